import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { Line } from '../../kernel/line.ts';
import { eachOf, groupBy } from '../../kernel/lists.ts';
import { conflict, notFound, Problem } from '../../kernel/problem.ts';
import { askFor } from '../../kernel/region-messages.ts';
import { askBeforeEnds, effectOfDecision, hideFromGroup, holdConsents } from '../delegations/service.ts';
import type { PeopleAtHome } from '../effects/service.ts';
import { makeImportedGroup, removeImportedGroup } from '../groups/service.ts';
import { shownOfTenant } from '../guests/service.ts';
import { showTenant } from '../visits/service.ts';
import type { Described } from './home.ts';
import { requireOwnPrincipal } from './keys.ts';
import { GroupImport, type ImportedMembersQuery, type ImportsQuery, type NewImport } from './schema.ts';
import * as store from './store.ts';

/**
 * Groups of another tenant that this one lets in, and groups of this one that others let in. Who is in such a group is asked at
 * home with each request, as for partners; nothing of its members is kept here.
 */

const MOST_STANDING = 1_000;
/** An import holds a connection while home is asked, which may take another one of the same cell. */
const line = new Line(2, 8, 'Many groups are being imported at this moment. Wait a second, then import again.');

export const over = () =>
  new Problem(
    410,
    'import-key-over',
    'This key was used, revoked or has expired, or is not for this tenant. Ask the other organisation for another.',
  );

async function shown(ctx: TenantContext, rows: store.ImportRow[]) {
  const told = await toldBy(ctx, rows);
  const own = await store.ownGroups(ctx, rows);
  return rows.map((row) => {
    const theirs = told.get(row.id);
    const group = own.get(row.id) ?? theirs;
    return {
      otherTenantName: theirs?.tenantName ?? null,
      homeGroupName: group?.groupName ?? null,
      homeGroupDescription: group?.groupDescription ?? null,
      memberCount: group?.memberCount ?? null,
      actions: actionsOf(ctx, [
        {
          name: 'group-imports.end',
          permission: 'groups.change',
          blocked: row.state === 'active' ? null : 'This import is over.',
        },
      ]),
      ...row,
    };
  });
}

const shownAlone = async (ctx: TenantContext, row: store.ImportRow) =>
  (await shown(ctx, [row]))[0] as Awaited<ReturnType<typeof shown>>[0];

export async function listImports(ctx: TenantContext, query: z.output<typeof ImportsQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: await shown(ctx, found.items) };
}

export const readImport = async (ctx: TenantContext, id: string) => shownAlone(ctx, await store.find(ctx, id));

/** So many tenants are asked at once for what they are called. */
const ASKED_AT_ONCE = 10;

/** What the other side of each says of itself; asked there and kept nowhere. */
async function toldBy(ctx: TenantContext, rows: store.ImportRow[]): Promise<Map<string, store.Told>> {
  const found = new Map<string, store.Told>();
  const active = rows.filter(({ state }) => state === 'active');
  const byTenant = groupBy(active, ({ otherTenantId }) => otherTenantId);
  await eachOf(byTenant, ASKED_AT_ONCE, async ([otherTenantId, imported]) => {
    const ids = imported.map(({ id }) => id);
    const told = await ask<store.Told[]>(ctx, otherTenantId, 'import-names', { ids }).catch(() => undefined);
    for (const row of told ?? []) found.set(row.id, row);
  });
  return found;
}

/** Asks the region of another tenant on behalf of this one; undefined when there is no such tenant. */
export async function ask<T>(
  ctx: TenantContext,
  otherTenantId: string,
  kind: string,
  body: object,
): Promise<T | undefined> {
  const region = await ctx.platform.regionOfTenant(otherTenantId);
  if (!region) return undefined;
  return askFor<T>(ctx, region, kind, { fromTenantId: ctx.tenantId, otherTenantId, ...body });
}

async function askHome<T>(ctx: TenantContext, kind: string, key: string, body: object = {}): Promise<T> {
  const homeTenantId = parseLinkSecret(key)?.tenantId;
  if (!homeTenantId || homeTenantId === ctx.tenantId) throw over();
  const secretHash = hashSecret(key).toString('base64url');
  const said = await ask<T>(ctx, homeTenantId, kind, { secretHash, ...body });
  if (!said) throw over();
  return said;
}

/** What a key is for. @throws {Problem} 410 `import-key-over` */
export async function askAboutKey(ctx: TenantContext, key: string) {
  requireOwnPrincipal(ctx);
  return askHome<Described>(ctx, 'import-question', key);
}

/**
 * Imports a group: it stands here without grants, and its members are whoever is in it at home. The key is used up.
 *
 * @throws {Problem} 410 `import-key-over`; 409 `already-imported`, `name-taken`, `too-many-imports`; 403 `not-for-guests`
 */
export function importGroup(ctx: TenantContext, wanted: NewImport) {
  requireOwnPrincipal(ctx);
  return line.run(() => importNow(ctx, wanted));
}

async function importNow(ctx: TenantContext, { key, name }: NewImport) {
  const said = await askHome<Described>(ctx, 'import-question', key);
  const { homeTenantId, homeGroupId } = said;
  if ((await store.countStanding(ctx, 'receiver')) >= MOST_STANDING)
    throw conflict('too-many-imports', `${MOST_STANDING} groups are imported. End some that are not needed.`);
  const standing = await store.standingOf(ctx, homeGroupId, 'receiver');
  if (standing.some(({ otherTenantId }) => otherTenantId === homeTenantId))
    throw conflict('already-imported', 'This group is imported here already. The key was not used.');
  await requireRoom(ctx, 'groups');
  const group = await makeImportedGroup(ctx, { name: name ?? said.name, description: '', grants: [] });
  const made = await store.insert(ctx, {
    id: newId(),
    side: 'receiver',
    otherTenantId: homeTenantId,
    otherRegion: said.homeRegion,
    homeGroupId,
    groupId: group.id,
  });
  ctx.audit(GroupImport, { after: { ...made, actions: [] } });
  // Home last: without its row nobody comes in, and whatever fails here leaves the key unused.
  await askHome(ctx, 'import-use', key, { id: made.id });
  ctx.enqueue('group-imports.show', { id: made.id });
  ctx.afterwards(async () => {
    await ctx.again((later) => showToGroup(later, { id: made.id })).catch(() => undefined);
  });
  return {
    otherTenantName: said.homeTenantName,
    homeGroupName: said.name,
    homeGroupDescription: said.description,
    memberCount: said.memberCount,
    actions: actionsOf(ctx, [{ name: 'group-imports.end', permission: 'groups.change' }]),
    ...made,
  };
}

/** A job: people of the group see this tenant in their list. */
export async function showToGroup(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const row = await store.find(ctx, id);
  if (row.state !== 'active') return;
  await showTenant(ctx.place.cell, row.otherTenantId, row.homeGroupId, await shownOfTenant(ctx));
}

/**
 * Ends an import from either side: its members are out with their next request, when this is answered.
 *
 * @throws {Problem} 404; as `endHeldImport`
 */
export async function endImport(ctx: TenantContext, id: string) {
  await store.find(ctx, id);
  const people = await askBeforeEnds(ctx, [id]);
  await holdConsents(ctx, [id]);
  return shownAlone(ctx, await endHeldImport(ctx, id, people.get(id)));
}

/**
 * The same of one that is held with its group.
 *
 * @param people what home said of who comes in by it
 * @throws {Problem} 403 `not-for-guests`; 409 `import-over`
 */
export async function endHeldImport(
  ctx: TenantContext,
  id: string,
  people: PeopleAtHome | undefined,
): Promise<store.ImportRow> {
  requireOwnPrincipal(ctx);
  const before = await store.lock(ctx, id);
  if (before.state !== 'active') throw conflict('import-over', 'This import is over already.');
  const effect = people && (await effectOfDecision(ctx, people, store.consentOf(before), { over: [id] }));
  const after = await endHere(ctx, before, before.side, { effect });
  tellSoon(ctx, after);
  return after;
}

/** Has the other side hear that an import is over. */
export const tellSoon = (ctx: TenantContext, { id }: { id: string }): void => {
  ctx.enqueue('group-imports.tell', { id });
};

/** Ends it on this side. Requires the row to be held. @param effect who loses what by it, where that was looked at */
export async function endHere(
  ctx: TenantContext,
  before: store.ImportRow,
  by: 'home' | 'receiver',
  { action, effect }: { action?: string; effect?: Awaited<ReturnType<typeof effectOfDecision>> | undefined } = {},
): Promise<store.ImportRow> {
  const after = await store.end(ctx, before.id, by);
  ctx.audit(GroupImport, {
    before: { ...before, actions: [] },
    after: { ...after, actions: [] },
    ...(action ? { action } : {}),
    ...(effect === undefined ? {} : { details: { effect } }),
  });
  // At home the kernel takes back what was said of the group's people, before this is answered.
  if (before.side === 'home') return after;
  if (before.groupId) await removeImportedGroup(ctx, before.groupId);
  ctx.afterwards(() => hideFromGroup(ctx, before.otherTenantId, before.homeGroupId));
  ctx.enqueue('group-imports.hide', { id: before.id });
  return after;
}

/** A job, for when the node ended before. */
export async function hideEnded(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const { otherTenantId, homeGroupId } = await store.find(ctx, id);
  await hideFromGroup(ctx, otherTenantId, homeGroupId);
}

/** A job: the other side hears that it is over. */
export async function tellEnd(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const row = await store.find(ctx, id);
  await ask(ctx, row.otherTenantId, 'import-over', { id, endedBy: row.endedBy });
}

/**
 * A job of home, some minutes after a key was used: where the other tenant has no such import, since it failed after home
 * had agreed, nobody comes in by it, and it is over here too.
 */
export async function confirmImport(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const row = await store.find(ctx, id);
  if (row.state !== 'active') return;
  const there = await ask<store.Told[]>(ctx, row.otherTenantId, 'import-names', { ids: [id] });
  if (there?.length) return;
  const before = await store.lock(ctx, id);
  if (before.state === 'active')
    tellSoon(ctx, await endHere(ctx, before, 'receiver', { action: 'group-imports.follow' }));
}

/** A job of home: the group is deleted, so what was imported of it is over. */
export async function endOfGroup(ctx: TenantContext, { groupId }: { groupId: string }): Promise<void> {
  for (const { id } of await store.standingOf(ctx, groupId, 'home')) {
    const before = await store.lock(ctx, id);
    if (before.state !== 'active') continue;
    tellSoon(ctx, await endHere(ctx, before, 'home', { action: 'group-imports.end' }));
  }
}

/** Who comes in by an imported group, a page as home tells it. @throws {Problem} 404; 503 when home gives no answer */
export async function listImportedMembers(
  ctx: TenantContext,
  id: string,
  query: z.output<typeof ImportedMembersQuery>,
) {
  const row = await store.find(ctx, id);
  if (row.side === 'home') return store.listAccountsIn(ctx, row.homeGroupId, query);
  const none = { items: [], nextCursor: null, total: 0, totalIsAtLeast: false };
  if (row.state !== 'active') return none;
  const said = await ask(ctx, row.otherTenantId, 'import-members', { id, query });
  if (!said) throw notFound('import');
  return said;
}
