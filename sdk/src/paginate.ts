/** What a list answers (design, section 8). */
export interface ListPage<Item> {
  items: Item[];
  nextCursor?: string | null;
}

/**
 * Goes through a list, page by page as items are taken.
 *
 *     for await (const group of paginate((page) => client.groups.list({ tenantId, q: 'ops', ...page }))) ...
 */
export async function* paginate<Item>(
  list: (page: { cursor?: string }) => Promise<{ data: ListPage<Item> }>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | null | undefined;
  do {
    const { data } = await list(cursor ? { cursor } : {});
    yield* data.items;
    cursor = data.nextCursor;
  } while (cursor);
}
