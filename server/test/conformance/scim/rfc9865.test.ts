import { beforeAll, expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, problem, query, shown, unlimited, urn } from './scim.ts';

/** RFC 9865: pages by cursor. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);
const made: string[] = [];

beforeAll(async () => {
  for (let at = 0; at < 11; at++)
    made.push((await scim.given.user({ title: `t${at % 3}`, userName: aWord(`u${at}-`) })).id);
  for (let at = 0; at < 3; at++) await scim.given.group();
});

/** All ids, page by page, with the pages. */
async function walk(parameters: Record<string, string | number>, resource = 'Users') {
  const pages = [];
  const ids: unknown[] = [];
  for (let cursor = ''; pages.length < 30; ) {
    const reply = await scim.get(`/${resource}${query({ ...parameters, cursor })}`);
    if (reply.status !== 200) throw new Error(reply.text);
    pages.push(reply.body);
    ids.push(...shown(reply, 'id'));
    if (reply.body.nextCursor === undefined) return { pages, ids };
    cursor = reply.body.nextCursor;
  }
  throw new Error('The pages have no end.');
}

test('2 "MUST include nextCursor in all paged query responses except when returning the last page"', async () => {
  const { pages, ids } = await walk({ count: 4 });

  expect(pages.map(({ Resources }) => Resources.length)).toEqual([4, 4, 3]);
  expect([...ids].sort()).toEqual([...made].sort());
  for (const { schemas, totalResults, itemsPerPage, Resources } of pages) {
    expect([schemas, totalResults]).toEqual([[urn.list], 11]);
    expect(itemsPerPage).toBe(Resources.length);
  }
  // Of a whole number of pages the last one ends it as well.
  expect((await walk({ count: 11 })).pages).toHaveLength(1);
  expect((await walk({})).pages).toHaveLength(1);
  expect((await walk({ count: 1 }, 'Groups')).pages).toHaveLength(3);
});

test('2 "previousCursor ... MUST NOT be returned with the first page"', async () => {
  expect((await scim.get('/Users?cursor&count=4')).body).not.toHaveProperty('previousCursor');
});

test('2 cursors have "unreserved characters" of RFC 3986 only', async () => {
  for (const parameters of [
    { count: 4 },
    { count: 4, sortBy: 'title' },
    { count: 4, filter: 'title co "+&?"  or title pr' },
  ])
    for (const { nextCursor = 'none' } of (await walk(parameters)).pages) expect(nextCursor).toMatch(/^[\w.~-]+$/);
});

test('2 the first page is asked for by a cursor without a value', async () => {
  const [bare, empty] = [await scim.get('/Users?cursor&count=3'), await scim.get('/Users?cursor=&count=3')];

  expect(bare.body).toEqual(empty.body);
  expect(bare.body.nextCursor).toEqual(expect.any(String));
});

test('2 pages go with filter, order and attributes, and neither skip nor repeat', async () => {
  const filtered = await walk({ filter: 'title eq "t1"', count: 2, attributes: 'title' });
  expect(filtered.ids).toHaveLength(4);
  for (const { Resources } of filtered.pages)
    for (const each of Resources) expect(each).toEqual({ schemas: [urn.user], id: each.id, title: 't1' });

  for (const sortOrder of ['ascending', 'descending']) {
    const { pages, ids } = await walk({ sortBy: 'title', sortOrder, count: 4 });
    expect([...ids].sort()).toEqual([...made].sort());
    const titles = pages.flatMap((body) => shown({ body }, 'title') as string[]);
    expect(titles).toEqual(sortOrder === 'ascending' ? [...titles].sort() : [...titles].sort().reverse());
  }
});

test('2.1 a cursor that is none, or one of another query: 400 with invalidCursor', async () => {
  const { nextCursor } = (await scim.get('/Users?cursor&count=4')).body;

  for (const path of [
    '/Users?cursor=nonsense',
    '/Users?cursor=bnVsbA',
    `/Users?cursor=${'x'.repeat(2000)}`,
    `/Users?cursor=${nextCursor.slice(0, -4)}`,
    `/Users${query({ cursor: nextCursor, filter: 'title pr' })}`,
    `/Users${query({ cursor: nextCursor, sortBy: 'title' })}`,
    `/Groups?cursor=${nextCursor}`,
  ])
    expect(await scim.get(path), path).toMatchObject(problem(400, 'invalidCursor'));
});

test('2.1 a cursor of one tenant shows another tenant its own rows only', async () => {
  const { nextCursor } = (await scim.get('/Users?cursor&count=4')).body;
  const other = await aScim(platform);
  const theirs = await other.given.user();
  const reply = await other.get(`/Users?cursor=${nextCursor}&count=100`);

  expect([200, 400]).toContain(reply.status);
  if (reply.status === 200) expect(shown(reply, 'id').filter((id) => id !== theirs.id)).toEqual([]);
});

test('2 count: "MUST NOT return more results than specified"; 2.1 one that is no number is 400 invalidCount', async () => {
  expect((await scim.get('/Users?cursor&count=2')).body.Resources).toHaveLength(2);
  for (const count of ['x', '1.5', '1e3'])
    for (const reply of [
      await scim.get(`/Users?cursor&count=${count}`),
      await scim.post('/Users/.search', { cursor: '', count: count === '1.5' ? 1.5 : count }),
    ])
      expect(reply, count).toMatchObject(problem(400, 'invalidCount'));
  // More than there may be on a page is as many as there may be.
  expect((await scim.get('/Users?cursor&count=5000')).body).toMatchObject({ totalResults: 11, itemsPerPage: 11 });
});

test('2 count: "A negative value SHALL be interpreted as 0", of which there is totalResults, and the way on', async () => {
  const ids = new Set<unknown>(made);
  for (const by of [{}, { sortBy: 'title' }])
    for (const count of [0, -3]) {
      const none = await scim.get(`/Users${query({ ...by, cursor: '', count })}`);
      expect(none.body).toMatchObject({ totalResults: 11, itemsPerPage: 0, Resources: [] });
      const { body: first } = await scim.get(`/Users${query({ ...by, cursor: none.body.nextCursor, count: 6 })}`);
      expect(first.Resources).toHaveLength(6);
      const between = await scim.get(`/Users${query({ ...by, cursor: first.nextCursor, count })}`);
      expect(between.body).toMatchObject({ totalResults: 11, Resources: [] });
      const { body: last } = await scim.get(`/Users${query({ ...by, cursor: between.body.nextCursor, count: 6 })}`);
      expect(new Set([...shown({ body: first }, 'id'), ...shown({ body: last }, 'id')])).toEqual(ids);
      expect(last).not.toHaveProperty('nextCursor');
    }
  const { body } = await scim.get(`/Users${query({ filter: 'title eq "nobody"', cursor: '', count: 0 })}`);
  expect(body).toMatchObject({ totalResults: 0, Resources: [] });
  expect(body).not.toHaveProperty('nextCursor');
});

test('a cursor outlasts what it was made of: it has no end of its own, and goes on behind who is gone', async () => {
  const own = await aScim(platform);
  const ids: string[] = [];
  for (let at = 0; at < 5; at++) ids.push((await own.given.user()).id);
  const { nextCursor, Resources } = (await own.get('/Users?cursor&count=2')).body;
  for (const { id } of Resources) await own.delete(`/Users/${id}`);

  const rest = await own.get(`/Users?cursor=${nextCursor}&count=2`);

  expect(shown(rest, 'id')).toEqual(ids.slice(2, 4));
  expect((await own.get('/ServiceProviderConfig')).body.pagination).not.toHaveProperty('cursorTimeout');
});

test('3 .search takes a cursor as well', async () => {
  const search = (cursor: string) => scim.post('/Users/.search', { schemas: [urn.search], cursor, count: 6 });
  const first = await search('');
  const second = await search(first.body.nextCursor);

  expect([...shown(first, 'id'), ...shown(second, 'id')].sort()).toEqual([...made].sort());
  expect(second.body).not.toHaveProperty('nextCursor');
});

test('4 ServiceProviderConfig says it: both methods, and a default of the two', async () => {
  const { pagination } = (await scim.get('/ServiceProviderConfig')).body;

  expect(pagination).toMatchObject({
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: 100,
    maxPageSize: 1000,
  });
  // By default by index: there is a startIndex and no cursor.
  const { body } = await scim.get('/Users?count=2');
  expect(body).toMatchObject({ startIndex: 1 });
  expect(body).not.toHaveProperty('nextCursor');
});

test('pages hold while people come and go', async () => {
  const own = await aScim(platform);
  const ids: string[] = [];
  for (let at = 0; at < 9; at++) ids.push((await own.given.user()).id);
  const first = (await own.get('/Users?cursor&count=3')).body;
  // One who was shown goes, one comes: an index would skip, a cursor does not.
  await own.delete(`/Users/${shown({ body: first }, 'id')[0]}`);
  const late = await own.given.user();
  const rest = (await own.get(`/Users?cursor=${first.nextCursor}&count=100`)).body;

  const seen = [...shown({ body: first }, 'id'), ...shown({ body: rest }, 'id')];
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(ids));
  expect(seen.filter((id) => !ids.includes(String(id)) && id !== late.id)).toEqual([]);
});
