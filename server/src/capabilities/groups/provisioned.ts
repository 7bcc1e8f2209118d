import { hasForbiddenCharacters, skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId, newId } from '../../kernel/ids.ts';
import { PackedIds } from '../../kernel/packed-ids.ts';
import { invalid, notFound } from '../../kernel/problem.ts';
import { effectToKeep, type Grant, type GroupChange as Move } from '../effects/service.ts';
import { requireHolds } from './authority.ts';
import { holdingPrincipals, holdPrincipals, memberIds } from './holding-store.ts';
import * as store from './provisioned-store.ts';
import { type DeletedGroup, ProvisionedGroup } from './schema.ts';
import * as groups from './store.ts';

/**
 * Groups of provisioning, as `protocols/scim` changes them. Every function sees groups of source `scim` and members
 * that are accounts of source `scim` only: local groups, the Owner Group among them, and members that an administrator
 * added while provisioning was off are not there for it.
 */

export type ProvisionedRow = Omit<groups.GroupRow, 'memberCount'>;

/** Members of which a request says something. */
export type Named = readonly string[] | PackedIds;

/** What a PATCH or PUT comes to (RFC 7644 sections 3.5.1 and 3.5.2), to be done in order. */
export type GroupChange =
  | { set: { displayName?: string; externalId?: string | null } }
  | { add: Named }
  | { remove: Named }
  | { removeAll: true }
  | { replaceWith: Named };

/** No row has it, so what is no id finds nothing without reaching a cast. */
const nobody = '00000000-0000-0000-0000-000000000000';
const known = (id: string) => (isId(id) ? id : nobody);

/** The query of `readProvisionedGroup`, to be foreseen. Any text may be the id. */
export const foundProvisionedGroup = (id: string) => store.provisioned({ id: known(id) });

/** The query by which every change begins, to be foreseen. Any text may be the id. */
export const lockedProvisionedGroup = (id: string) => store.provisionedLocked({ id: known(id) });

async function only(ctx: TenantContext, query: ReturnType<typeof foundProvisionedGroup>): Promise<ProvisionedRow> {
  const [row] = await ctx.ask(query);
  if (!row) throw notFound('group');
  return row;
}

/** Without members. @throws {Problem} 404 */
export const readProvisionedGroup = (ctx: TenantContext, id: string) => only(ctx, foundProvisionedGroup(id));

/**
 * Reads a group and holds its row until the transaction ends. What is asked afterwards sees all that writers before
 * this one committed, since under READ COMMITTED each statement looks anew.
 *
 * @throws {Problem} 404
 */
export const lockProvisionedGroup = (ctx: TenantContext, id: string) => only(ctx, lockedProvisionedGroup(id));

const LONGEST_NAME = 256;
/** Of a text in an index, in bytes: an entry of PostgreSQL's holds 2,704. */
const LONGEST_KEY = 2000;
const isLongKey = (text: string) => text.length > LONGEST_KEY || Buffer.byteLength(text) > LONGEST_KEY;

/** @throws {Problem} 400 that names `displayName` */
function nameOf(displayName: string) {
  const refuse = (message: string) => invalid({ path: 'displayName', message });
  if (displayName.length > 2 * LONGEST_NAME || [...displayName].length > LONGEST_NAME)
    throw refuse(`must have at most ${LONGEST_NAME} characters`);
  if (hasForbiddenCharacters(displayName)) throw refuse('must not contain control or direction characters');
  const nameCanonical = skeleton(displayName);
  if (nameCanonical === '') throw refuse('must not be empty');
  // One character may stand for eighteen (U+FDFA).
  if (isLongKey(nameCanonical)) throw refuse('is too long when its characters are written out');
  return { name: displayName, nameCanonical };
}

/** @throws {Problem} 400 that names `externalId` */
function externalIdOf(externalId: string | null) {
  const refuse = (message: string) => invalid({ path: 'externalId', message });
  if (externalId === null) return { externalId };
  if (isLongKey(externalId)) throw refuse(`must have at most ${LONGEST_KEY} bytes`);
  if (hasForbiddenCharacters(externalId)) throw refuse('must not contain control or direction characters');
  return { externalId };
}

/** @throws {Problem} 400 that counts those that name no account of provisioning, at the place of the first */
function requireMembers(ids: readonly string[], strangers: ReadonlySet<string>) {
  const isStranger = (id: string) => !isId(id) || strangers.has(id);
  const first = ids.findIndex(isStranger);
  if (first < 0) return;
  throw strangeMembers(first, ids.filter(isStranger).length, ids.length);
}

/** @param looked how many of them were looked up */
function strangeMembers(first: number, strange: number, count: number, looked = count) {
  const message =
    strange === 1
      ? 'names no user that provisioning made in this tenant. Create the user, then add it'
      : looked < count
        ? `names no user that provisioning made in this tenant, as ${strange} of the ${looked} that were looked up do not. Create the users, then add them`
        : `names no user that provisioning made in this tenant, as ${strange} of the ${count} do not. Create the users, then add them`;
  return invalid({ path: `members.${first}`, message });
}

interface NewProvisionedGroup {
  displayName: string;
  externalId?: string | null | undefined;
  memberIds?: Named | undefined;
}

/**
 * Makes a group with its members.
 *
 * @throws {Problem} 400 that names the field; 409 `name-taken`, with the commit
 */
export async function createProvisionedGroup(
  ctx: TenantContext,
  { displayName, externalId = null, memberIds = [] }: NewProvisionedGroup,
): Promise<ProvisionedRow> {
  await requireRoom(ctx, 'groups');
  const id = newId();
  const fields = { ...nameOf(displayName), ...externalIdOf(externalId) };
  const many = isMany(memberIds) ? packed(memberIds) : undefined;
  const few = many ? [] : (memberIds as readonly string[]);
  const added = sortedIds(few);
  await holdPrincipals(ctx, added);
  if (many) await requireAll(ctx, id, [many], await holdMany(ctx, [many]));
  const { strangers } = await standingOf(ctx, id, added);
  requireMembers(few, strangers);
  const { memberCount: _none, ...group } = groups.insert(ctx, { id, source: 'scim', ...fields });
  store.join(ctx, id, added);
  ctx.audit(ProvisionedGroup, {
    after: group,
    target: targetOf(group),
    ...(added.length > 0 ? { details: { added } } : {}),
  });
  if (many) await addMany(ctx, { group, grants: [] }, many);
  return group;
}

const targetOf = ({ id, name }: ProvisionedRow) => ({ kind: 'group', id, name });

const standingOf = (ctx: TenantContext, groupId: string, ids: readonly string[]) =>
  ids.length === 0 ? { members: [], strangers: new Set<string>(), gives: true } : store.readStanding(ctx, groupId, ids);

/** A held group with what it gives; members who come and go by the change gain and lose that. */
interface Giving {
  group: ProvisionedRow;
  grants: readonly Grant[];
}

/** @param gives false when it is known that it grants nothing */
async function givingOf(ctx: TenantContext, group: ProvisionedRow, gives = true): Promise<Giving> {
  const isAsked = gives && group.status === 'enabled' && !ctx.isRehearsing;
  return { group, grants: isAsked ? await groups.grantsOf(ctx, group.id) : [] };
}

/** Who gains and loses what, for the entry; nothing where the group gives nothing. */
const effectIn = (ctx: TenantContext, { group, grants }: Giving, move: Move, memberCount = 0) =>
  grants.length > 0
    ? effectToKeep(ctx, { groups: [{ ...move, group: { ...group, grants, memberCount } }] })
    : undefined;

/** What is an id, each once, in the order of indexes and of locks. */
const sortedIds = (ids: readonly string[]) => [...new Set(ids.filter(isId))].sort();

/** The ids that changes name, and those of them that they add. */
function namedIn(changes: readonly GroupChange[]) {
  const listings = changes.filter((change) => 'add' in change || 'remove' in change || 'replaceWith' in change);
  const added = listings.filter((change) => !('remove' in change));
  const named = sortedIds(listings.flatMap(idsIn));
  return { named, joining: added.length === listings.length ? named : sortedIds(added.flatMap(idsIn)) };
}

type Listing = Extract<GroupChange, { add: unknown } | { remove: unknown } | { replaceWith: unknown }>;
const namedBy = (change: Listing): Named =>
  'add' in change ? change.add : 'remove' in change ? change.remove : change.replaceWith;
const idsIn = (change: Listing) => namedBy(change) as readonly string[];

/** Whether a change names so many that they are worked on in slices. */
const namesMany = (change: GroupChange) =>
  ('add' in change || 'remove' in change || 'replaceWith' in change) && isMany(namedBy(change));

/** The queries that a change of members asks, to be foreseen: it then takes one message more, the commit. */
export const foreseenOfChange = (id: string, changes: readonly GroupChange[]) => {
  if (changes.some(namesMany)) return [];
  const { named, joining } = namedIn(changes);
  return [
    ...(joining.length > 0 ? [holdingPrincipals(joining)] : []),
    lockedProvisionedGroup(id),
    ...(named.length > 0 ? [store.standingOf(known(id), named)] : []),
  ];
};

/**
 * Changes a group of provisioning: the changes in their order, as one. Costs what they name and not the group, but for
 * `removeAll` and `replaceWith`, which look at the whole list. A group that is as before keeps its version. Many members
 * are worked on in slices, each with an entry of its own.
 *
 * @param hold is handed the held group before anything is done, for If-Match
 * @returns the group as it is now, and whom it gained and lost, unless they are many
 * @throws {Problem} 404; 400 that names the field; 409 `name-taken`, with the commit
 */
export async function changeProvisionedGroup(
  ctx: TenantContext,
  id: string,
  changes: readonly GroupChange[],
  hold: (before: ProvisionedRow) => void = () => {},
) {
  if (changes.some(namesMany)) return changeMany(ctx, id, changes, hold);
  const { named, joining } = namedIn(changes);
  await holdPrincipals(ctx, joining);
  const before = await lockProvisionedGroup(ctx, id);
  hold(before);
  const { members, strangers, gives } = await standingOf(ctx, id, named);

  // Nobody else writes while the row is held, so the outcome is known before anything is written.
  const fields = fieldsAfter(before, changes);
  const outcome = new Set(members);
  let keepsOthers = true;
  for (const change of changes) {
    if ('set' in change) continue;
    if ('remove' in change) for (const one of idsIn(change)) outcome.delete(one);
    else {
      if (!('add' in change)) {
        outcome.clear();
        keepsOthers = false;
      }
      const ids = 'removeAll' in change ? [] : idsIn(change);
      requireMembers(ids, strangers);
      for (const one of ids) outcome.add(one);
    }
  }
  const stood = new Set(members);
  const added = named.filter((one) => outcome.has(one) && !stood.has(one));
  const removed = members.filter((one) => !outcome.has(one));
  const others = keepsOthers ? [] : await store.membersBeside(ctx, id, named, SLICE);
  for (const one of others) removed.push(one);

  const isMoved = added.length + removed.length > 0;
  if (!isMoved && !isRenamed(before, fields)) return { group: before, added, removed };
  const group = changed(ctx, before, fields);
  const giving = await givingOf(ctx, group, isMoved && gives);
  const effect = await effectIn(ctx, giving, { joining: added, leaving: removed });
  store.write(ctx, group, { isRenamed: isRenamed(before, fields), added, removed });
  ctx.audit(ProvisionedGroup, {
    ...(isRenamed(before, fields) ? { before, after: group } : {}),
    target: targetOf(group),
    ...(isMoved
      ? { details: { ...(added.length > 0 ? { added } : {}), ...(removed.length > 0 ? { removed } : {}), ...effect } }
      : {}),
  });
  if (others.length === SLICE) await removeOthers(ctx, giving, PackedIds.of(outcome));
  return { group, added, removed };
}

type Fields = Pick<ProvisionedRow, 'name' | 'nameCanonical' | 'externalId'>;

/** @throws {Problem} 400 that names the field */
function fieldsAfter(before: ProvisionedRow, changes: readonly GroupChange[]): Fields {
  const fields = { name: before.name, nameCanonical: before.nameCanonical, externalId: before.externalId };
  for (const change of changes) {
    if (!('set' in change)) continue;
    const { displayName, externalId } = change.set;
    if (displayName !== undefined) Object.assign(fields, nameOf(displayName));
    if (externalId !== undefined) Object.assign(fields, externalIdOf(externalId));
  }
  return fields;
}

const isRenamed = (before: ProvisionedRow, { name, externalId }: Fields) =>
  name !== before.name || externalId !== before.externalId;

// Not spread: an object of another layout each time (decision 14).
const changed = (ctx: TenantContext, before: ProvisionedRow, fields: Fields) =>
  Object.assign({}, before, fields, ctx.changedBy, {
    version: before.version + 1,
    // One that waited for the row began before the change that it waited for.
    updatedAt: new Date(Math.max(before.updatedAt.getTime(), ctx.now.getTime())),
  });

// ---------------------------------------------------------------- many members

/** Members of one statement and one entry: their ids are 90 KiB of text. */
const SLICE = 2500;

const isMany = (ids: Named) => ids instanceof PackedIds || ids.length > 2 * SLICE;
/** @throws {Problem} 400 as `requireMembers`, for what is no id */
function packed(ids: Named): PackedIds {
  if (ids instanceof PackedIds) return ids;
  requireMembers(ids, new Set());
  return PackedIds.of(ids);
}

type Step =
  | { set: object }
  | { removeAll: true }
  | { remove: PackedIds }
  /** The rest of the members go. */
  | { add: PackedIds; isRest?: boolean };

/** The change of a group in slices, in one transaction: neither the node nor the audit holds the list as a whole. */
async function changeMany(
  ctx: TenantContext,
  id: string,
  changes: readonly GroupChange[],
  hold: (before: ProvisionedRow) => void,
) {
  const steps: Step[] = changes.map((change) => {
    if ('add' in change) return { add: packed(change.add) };
    if ('remove' in change)
      return { remove: change.remove instanceof PackedIds ? change.remove : PackedIds.of(change.remove.filter(isId)) };
    return 'replaceWith' in change ? { add: packed(change.replaceWith), isRest: true } : change;
  });
  const joining = steps.flatMap((step) => ('add' in step ? [step.add] : []));
  const absent = await holdMany(ctx, joining);
  const before = await lockProvisionedGroup(ctx, id);
  hold(before);
  await requireAll(ctx, id, joining, absent);
  const fields = fieldsAfter(before, changes);
  const giving = await givingOf(ctx, before);
  let moved = 0;
  for (const step of steps) {
    if ('add' in step) moved += await addMany(ctx, giving, step.add);
    if ('remove' in step) moved += await removeMany(ctx, giving, step.remove);
    if ('removeAll' in step) moved += await removeOthers(ctx, giving, new PackedIds());
    if ('add' in step && step.isRest) moved += await removeOthers(ctx, giving, step.add);
  }
  if (moved === 0 && !isRenamed(before, fields)) return { group: before, added: [], removed: [] };
  const group = changed(ctx, before, fields);
  store.write(ctx, group, { isRenamed: isRenamed(before, fields), added: [], removed: [] });
  if (isRenamed(before, fields)) ctx.audit(ProvisionedGroup, { before, after: group, target: targetOf(group) });
  return { group, added: [], removed: [] };
}

/** Keeps who is to join from being deleted; before the group is held. */
export const holdMembers = (ctx: TenantContext, ids: readonly string[]) => holdPrincipals(ctx, ids);

interface Slice {
  ids: PackedIds;
  slice: string[];
  /** How many were looked up, with those of this slice. */
  looked: number;
}

function* slicesOf(ids: PackedIds): Generator<Slice> {
  let looked = 0;
  for (const slice of ids.slices(SLICE)) {
    looked += slice.length;
    yield { ids, slice, looked };
  }
}

/** The same for many, up to the first slice with somebody who is not there: so much and no more costs a mistake. */
async function holdMany(ctx: TenantContext, lists: readonly PackedIds[]): Promise<Slice | undefined> {
  for (const ids of lists)
    for (const slice of slicesOf(ids)) if ((await holdPrincipals(ctx, slice.slice)) < slice.slice.length) return slice;
  return undefined;
}

/** @throws {Problem} 400 as `requireMembers`, when somebody was not there and still is not */
async function requireAll(ctx: TenantContext, groupId: string, lists: readonly PackedIds[], absent: Slice | undefined) {
  if (!absent) return;
  requireSlice(absent, (await standingOf(ctx, groupId, absent.slice)).strangers);
  // Made in between: the group is held by now, and they and all others after it.
  await holdMany(ctx, lists);
}

/** @throws {Problem} 400 as `requireMembers`, of this slice alone */
function requireSlice({ ids, looked }: Slice, strangers: ReadonlySet<string>): void {
  if (strangers.size === 0) return;
  const first = Math.min(...Array.from(strangers, (stranger) => ids.placeOf(stranger)));
  throw strangeMembers(first, strangers.size, ids.length, looked);
}

/** An entry for a slice of what happens to a group's members. */
async function noteSlice(
  ctx: TenantContext,
  giving: Giving,
  { added = [], removed = [] }: { added?: string[]; removed?: string[] },
) {
  // Also on the way of a deletion, whose entry then has the rest.
  const action = ctx.request.action === 'scim.delete-group' ? 'scim.change-group' : ctx.request.action;
  const effect = await effectIn(ctx, giving, { joining: added, leaving: removed });
  const details = { ...(added.length > 0 ? { added } : { removed }), ...effect };
  ctx.audit(ProvisionedGroup, { target: targetOf(giving.group), details, action });
  await ctx.writeEntries();
}

/** @returns how many are new @throws {Problem} 400 as `requireMembers` */
async function addMany(ctx: TenantContext, giving: Giving, ids: PackedIds): Promise<number> {
  const { group } = giving;
  let count = 0;
  for (const part of slicesOf(ids)) {
    const { slice } = part;
    const { members, strangers } = await standingOf(ctx, group.id, slice);
    requireSlice(part, strangers);
    const stood = new Set(members);
    const added = slice.filter((id) => !stood.has(id));
    if (added.length === 0) continue;
    store.join(ctx, group.id, added);
    await noteSlice(ctx, giving, { added });
    count += added.length;
  }
  return count;
}

/** @returns how many were members */
async function removeMany(ctx: TenantContext, giving: Giving, ids: PackedIds): Promise<number> {
  let count = 0;
  for (const slice of ids.slices(SLICE)) {
    const { members } = await standingOf(ctx, giving.group.id, slice);
    count += await removeSlice(ctx, giving, members);
  }
  return count;
}

/** Takes all out of the group but these. @returns how many were others */
async function removeOthers(ctx: TenantContext, giving: Giving, staying: PackedIds): Promise<number> {
  const { group } = giving;
  let count = 0;
  for (let page = await membersOfProvisioned(ctx, group.id, '', SLICE); page.length > 0; ) {
    const removed = page.filter((id) => !staying.has(id));
    count += await removeSlice(ctx, giving, removed);
    page = page.length < SLICE ? [] : await membersOfProvisioned(ctx, group.id, page.at(-1) as string, SLICE);
  }
  return count;
}

async function removeSlice(ctx: TenantContext, giving: Giving, removed: string[]): Promise<number> {
  if (removed.length === 0) return 0;
  store.leave(ctx, giving.group.id, removed);
  await noteSlice(ctx, giving, { removed });
  return removed.length;
}

/** The query of `membersOfProvisioned`, to be foreseen. */
export const foundMembers = (id: string, after: string, limit: number) =>
  store.paging({ groupId: known(id), after: known(after), limit });

/** Every group of provisioning, to be filtered, ordered and limited. */
export const selectProvisionedGroups = store.everyProvisioned;

/** Ids of members in their order, so many after this one; from the first when it is ''. */
export const membersOfProvisioned = (ctx: TenantContext, id: string, after: string, limit: number) =>
  store.pageOfMembers(ctx, { groupId: known(id), after: known(after), limit });

/** Of each of some groups the ids of its first members, so many at most, in one query. */
export const firstMembersOfProvisioned = store.firstMembers;

export const hasMember = async (ctx: TenantContext, id: string, accountId: string): Promise<boolean> =>
  isId(id) && isId(accountId) && store.hasProvisionedMember(ctx, id, accountId);

/**
 * Deletes a group with its memberships and grants; its name is free at once. The entry holds what
 * `restoreProvisionedGroup` needs.
 *
 * @param before held by `lockProvisionedGroup`
 */
export async function deleteProvisionedGroup(ctx: TenantContext, before: ProvisionedRow): Promise<void> {
  const { id, version } = before;
  const grants = await groups.grantsOf(ctx, id);
  const effect = await effectOfDeletion(ctx, { group: before, grants });
  const first = () => membersOfProvisioned(ctx, id, '', SLICE);
  const noted = { group: before, grants: [] };
  for (let page = await first(); page.length === SLICE; page = await first()) await removeSlice(ctx, noted, page);
  const members = await memberIds(ctx, id);
  store.removeProvisioned(ctx, id);
  groups.endLendingOf(ctx, id);
  ctx.audit(ProvisionedGroup, { before, target: targetOf(before), details: { members, grants, version, ...effect } });
}

/** Of all its members at once, before they go in slices. */
async function effectOfDeletion(ctx: TenantContext, giving: Giving) {
  if (ctx.isRehearsing || giving.grants.length === 0 || giving.group.status !== 'enabled') return undefined;
  const { accounts, serviceAccounts, guests } = await groups.countMembers(ctx, giving.group.id);
  return effectIn(ctx, giving, { isDeleted: true }, accounts + serviceAccounts + guests);
}

/** What stands in the way of a restoration; a group that is there again, or another with its name. */
export async function obstacleTo(ctx: TenantContext, { before: { id, name } }: DeletedGroup) {
  const occupant = await store.occupantOf(ctx, { id, nameCanonical: skeleton(name) });
  return occupant && { kind: occupant.id === id ? ('there' as const) : ('name-taken' as const), ...occupant };
}

/**
 * Undoes a deletion: the group with the same id, name, state, grants, and those of its members who are there. Where
 * something stands in the way, says what and does nothing.
 *
 * @param deleted what the deletion's audit entry holds as its changes
 * @returns the obstacle, or how many members and grants came back and how many are gone for good
 * @throws {Problem} 403 `not-yours-to-grant` when the caller lacks what the group granted
 */
export async function restoreProvisionedGroup(ctx: TenantContext, deleted: DeletedGroup) {
  const obstacle = await obstacleTo(ctx, deleted);
  if (obstacle) return { obstacle };
  const { before, details } = deleted;
  const { id } = before;
  requireHolds(ctx, details.grants, 'This group held');
  await holdPrincipals(ctx, sortedIds(details.members));
  const members = await store.livingPrincipals(ctx, details.members);
  const named = details.grants.flatMap(({ namespaceId }) => namespaceId ?? []);
  const namespaces = await groups.existingNamespaces(ctx, [...new Set(named)]);
  const grants = details.grants.filter(({ namespaceId }) => namespaceId === null || namespaces.has(namespaceId));
  const { memberCount: _none, ...group } = groups.insert(ctx, {
    ...before,
    nameCanonical: skeleton(before.name),
    source: 'scim',
    version: details.version + 1,
  });
  store.join(ctx, id, members);
  await groups.addGrants(ctx, id, grants);
  ctx.audit(ProvisionedGroup, { after: group, target: targetOf(group), details: { members, grants } });
  return {
    group,
    members: { restored: members.length, gone: details.members.length - members.length },
    grants: { restored: grants.length, gone: details.grants.length - grants.length },
  };
}
