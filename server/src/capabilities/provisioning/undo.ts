import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { standingNow } from '../../kernel/guests.ts';
import { invalid, Problem, problemOf } from '../../kernel/problem.ts';
import { cover } from '../../kernel/strength.ts';
import { type Attributes, DeletedAccount } from '../accounts/schema.ts';
import {
  clashesOf,
  deleteProvisioned,
  lockProvisioned,
  obstaclesToRestoring,
  type ProvisionedPerson,
  personOf,
  readProvisioned,
  release,
  replaceProvisioned,
  restoreProvisioned,
} from '../accounts/service.ts';
import { changesOfProvisioning, countChangesOfProvisioning, csvLine } from '../audit/service.ts';
import type * as effects from '../effects/service.ts';
import { lookAt } from '../effects/service.ts';
import { DeletedGroup } from '../groups/schema.ts';
import {
  changeProvisionedGroup,
  changesOfGroups,
  deleteProvisionedGroup,
  type GroupChange,
  holdMembers,
  livingAmong,
  lockProvisionedGroup,
  obstacleTo,
  readProvisionedGroup,
  requireNotStronger,
  restoredGroup,
  restoreProvisionedGroup,
  whatGroupGives,
} from '../groups/service.ts';
import { accepted, startTask, taskKind } from '../tasks/service.ts';
import { UndoWindow } from './schema.ts';
import * as store from './store.ts';

/**
 * Takes back what provisioning changed in a time, the newest change first, by what its audit entries hold. Only what
 * is still as the change left it is taken back: what somebody changed since stays.
 */

type Change = Awaited<ReturnType<typeof changesOfProvisioning>>['items'][number];
type Kind = 'account' | 'group';
type Current = Awaited<ReturnType<typeof readProvisioned>>;

/** Why a change cannot be taken back, in words for who asked. */
class Obstacle extends Error {}

const DAY_MS = 86_400_000;

/** @throws {Problem} 400 that names `from` or `to` */
async function windowOf(ctx: TenantContext, { from, to }: z.output<typeof UndoWindow>) {
  const { undoDays } = await store.readSettings(ctx);
  const window = { from: new Date(from), until: to === undefined ? ctx.now : new Date(to) };
  if (window.until > ctx.now) throw invalid({ path: 'to', message: 'must not be in the future' });
  if (window.from >= window.until) throw invalid({ path: 'from', message: 'must be before the end of the window' });
  if (window.from.getTime() < ctx.now.getTime() - undoDays * DAY_MS)
    throw invalid({ path: 'from', message: `must be within the ${undoDays} days that changes can be undone` });
  return window;
}

const actOf = ({ before, after }: Change) =>
  before && !after ? ('deletion' as const) : after && !before ? ('creation' as const) : ('change' as const);

/** What of an account's change an undo can give back; a password and sessions that ended are gone. */
const fields = [
  'username',
  'externalId',
  'email',
  'firstName',
  'lastName',
  'displayName',
  'mobilePhone',
  'status',
  'attributes',
] as const;

/** @returns what the account was before a change, as far as it is still what the change made of it */
function personBefore(current: Current, { before = {}, after = {} }: Change) {
  const earlier: Record<string, unknown> = {};
  const since = [];
  for (const field of fields) {
    if (!(field in before) && !(field in after)) continue;
    if (isDeepStrictEqual(current[field] ?? null, after[field] ?? null)) earlier[field] = before[field] ?? null;
    else since.push(field);
  }
  const { username, status, attributes, ...others } = earlier;
  const person: ProvisionedPerson = {
    ...personOf(current),
    ...(others as Partial<ProvisionedPerson>),
    ...(username === undefined ? {} : { userName: username as string }),
    ...(status === undefined ? {} : { active: status === 'enabled' }),
    ...(attributes === undefined ? {} : { attributes: attributes as Attributes }),
  };
  return { person, since, isAny: Object.keys(earlier).length > 0 };
}

const named = (displayName: string) => `The name or address belongs to ${displayName} now.`;
const gone = { account: 'The account was deleted since.', group: 'The group was deleted since.' };
/** What an undo cannot give back of a password; '' when the change has none. */
const passwordNote = ({ before, after }: Change) =>
  after?.password !== undefined
    ? 'The password that was set stays: the one before is not kept anywhere.'
    : before?.password !== undefined
      ? 'The password that was taken away is not kept anywhere.'
      : '';
const erased = 'What the audit holds of this person is gone.';
const lacking = 'You lack a permission that this would give. Nobody grants what they lack; ask an owner.';

const idsOf = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);

/** P23: who asks for an undo puts nobody into a group that holds more than they do. */
async function requireHoldsAllOf(ctx: TenantContext, groupIds: string[]) {
  if (ctx.rights.isOwner) return;
  for (const id of await store.existingGroups(ctx, groupIds))
    if (!cover(ctx.rights, await whatGroupGives(ctx, id))) throw new Obstacle(lacking);
}

const missing = (why: string) => (error: unknown) => {
  if (error instanceof Problem && error.status === 404) throw new Obstacle(why);
  throw error;
};

/** Takes one change of an account back. @returns what is not as before although it was. @throws {Obstacle} */
async function undoAccount(ctx: TenantContext, change: Change, id: string): Promise<string> {
  if (change.withheld) throw new Obstacle(erased);
  const act = actOf(change);
  if (act === 'deletion') {
    const deleted = DeletedAccount.parse({ before: change.before, details: change.details });
    await requireHoldsAllOf(ctx, deleted.details.groupIds);
    const restored = await restoreProvisioned(ctx, deleted).catch(missing('The account is there again.'));
    if ('clashes' in restored) throw new Obstacle(named(restored.clashes?.[0]?.displayName ?? 'somebody else'));
    const { length } = restored.missingGroupIds;
    return length > 0 ? `Groups of it that are gone: ${length}.` : '';
  }
  const current = await lockProvisioned(ctx, id).catch(missing(gone.account));
  await requireNotStronger(ctx, id);
  if (act === 'creation') {
    await deleteProvisioned(ctx, current);
    return '';
  }
  const { person, since, isAny } = personBefore(current, change);
  const kept = since.length > 0 ? `Changed since, and kept: ${since.join(', ')}.` : '';
  const isAdoption = change.before?.source === 'local';
  if (!isAny && !isAdoption) {
    if (since.length > 0) throw new Obstacle(kept);
    throw new Obstacle(passwordNote(change));
  }
  const clashes = await clashesOf(ctx, person);
  const other = clashes.find(({ accountId }) => accountId !== id);
  if (other) throw new Obstacle(named(other.displayName));
  const notes = [kept, passwordNote(change)].filter((note) => note !== '');
  if (isAdoption) await releaseAs(ctx, current, person, change);
  else await replaceProvisioned(ctx, current, person);
  return notes.join(' ');
}

/** Gives an account back to the administrators that provisioning took over. @throws {Obstacle} */
async function releaseAs(ctx: TenantContext, current: Current, person: ProvisionedPerson, { before, after }: Change) {
  const { userName: username, email, firstName, lastName, displayName, mobilePhone } = person;
  if (email === null) throw new Obstacle('It has no e-mail address any more, and a local account needs one.');
  const status = current.status === after?.status && before?.status ? (before.status as string) : current.status;
  await release(ctx, current, { username, email, firstName, lastName, displayName, mobilePhone, status });
  await store.endAdoption(ctx, current.id); // else the identity provider's next attempt takes it over again
}

/** Takes one change of a group back. @throws {Obstacle} */
async function undoGroup(ctx: TenantContext, change: Change, id: string): Promise<string> {
  const act = actOf(change);
  const { details = {}, before, after } = change;
  if (act === 'deletion') {
    const deleted = DeletedGroup.parse({ before, details });
    const restored = await restoreProvisionedGroup(ctx, deleted);
    if (restored.obstacle)
      throw new Obstacle(
        restored.obstacle.kind === 'there' ? 'The group is there again.' : named(restored.obstacle.name),
      );
    const { members, grants } = restored;
    return [
      ...(members.gone > 0 ? [`Of its members ${members.gone} are gone.`] : []),
      ...(grants.gone > 0 ? [`Of its grants ${grants.gone} are gone.`] : []),
    ].join(' ');
  }
  const removed = idsOf(details.removed);
  await holdMembers(ctx, removed);
  const current = await lockProvisionedGroup(ctx, id).catch(missing(gone.group));
  await requireHoldsAllOf(ctx, [id]);
  if (act === 'creation') {
    await deleteProvisionedGroup(ctx, current);
    return '';
  }
  const back = await store.livingProvisioned(ctx, removed);
  const changes: GroupChange[] = [{ remove: idsOf(details.added) }, { add: back }];
  const notes = removed.length > back.length ? [`Of its members ${removed.length - back.length} are gone.`] : [];
  const set: { displayName?: string; externalId?: string | null } = {};
  if (before && 'name' in before) {
    if (current.name !== after?.name) notes.push('Renamed since, and kept.');
    else {
      const other = await store.groupNamed(ctx, skeleton(before.name as string), id);
      if (other) throw new Obstacle(named(other.name));
      set.displayName = before.name as string;
    }
  }
  if (before && after && ('externalId' in before || 'externalId' in after)) {
    if (current.externalId === (after.externalId ?? null)) set.externalId = (before.externalId as string) ?? null;
    else notes.push('Its external id was changed since, and kept.');
  }
  if (Object.keys(set).length > 0) changes.push({ set });
  await changeProvisionedGroup(ctx, id, changes);
  return notes.join(' ');
}

/** As a person was called then: who is deleted has no name any more. */
function nameIn({ target, before, after }: Change): string | null {
  const displayName = before?.displayName ?? after?.displayName;
  return typeof displayName === 'string' && displayName !== '' ? displayName : target.name;
}

const kindOf = ({ target }: Change) => target.kind as Kind;

const undoOne = (ctx: TenantContext, change: Change): Promise<string> => {
  const id = change.target.id as string;
  return kindOf(change) === 'account' ? undoAccount(ctx, change, id) : undoGroup(ctx, change, id);
};

/** What stands in the way of who asks, also when a rule says it. A fault or a lost database goes on. */
function obstacleIn(error: unknown): string {
  if (error instanceof Obstacle) return error.message;
  const problem = problemOf(error);
  if (problem && problem.status < 500) return problem.message;
  throw error;
}

const BATCH = 50;
const columns = ['at', 'kind', 'id', 'name', 'change', 'outcome', 'note'];

interface Asked {
  from: string;
  to: string;
  askedBy: string;
}

/** The work: a line for each change. */
export const undoing = taskKind<Asked>({
  kind: 'provisioning.undo',
  permission: 'provisioning.change',
  fileName: 'undone-provisioning.csv',
  count: (ctx, { from, to }) => countChangesOfProvisioning(ctx, { from: new Date(from), until: new Date(to) }),
  async batch(ctx, { from, to, askedBy }, cursor) {
    // The job acts with what whoever asked for it holds now.
    ctx.identity.rights = (await standingNow(ctx, askedBy)).rights;
    ctx.request.action = 'provisioning.undo';
    const window = { from: new Date(from), until: new Date(to) };
    const found = await changesOfProvisioning(ctx, window, cursor, BATCH);
    const lines = [];
    for (const change of found.items) {
      let outcome = 'undone';
      let note: string;
      try {
        note = await ctx.attempt(() => undoOne(ctx, change));
      } catch (error) {
        note = obstacleIn(error);
        outcome = 'skipped';
      }
      const { at, target } = change;
      lines.push(csvLine([at.toISOString(), target.kind, target.id, nameIn(change), actOf(change), outcome, note]));
    }
    const head = cursor === null ? csvLine(columns) : '';
    return { text: head + lines.join(''), rows: lines.length, cursor: found.cursor };
  },
});

/**
 * Starts taking back what provisioning changed in a time. The result is a file that says of each change whether it
 * was undone, or why it was skipped. Sessions and keys that ended stay dead, passwords stay as they are.
 *
 * @throws {Problem} 400 that names `from` or `to`: never further back than the tenant's `undoDays`; 429 as `startTask`
 */
export async function startUndo(ctx: TenantContext, asked: z.output<typeof UndoWindow>) {
  const { from, until } = await windowOf(ctx, asked);
  const window = { from: from.toISOString(), to: until.toISOString() };
  const effect = await lookAt(ctx, await changeByUndo(ctx, asked));
  const task = await startTask(ctx, undoing, { ...window, askedBy: ctx.actor.id as string });
  ctx.audit(UndoWindow, { after: window, target: { kind: 'task', id: task.id }, details: { effect } });
  return accepted(ctx, task);
}

/** Where accounts, groups and memberships would stand when changes are taken back, the newest first. */
class Outcome {
  /** Of accounts; null when they go. */
  readonly #statuses = new Map<string, { from: string; to: string | null }[]>();
  readonly #groups = new Map<string, { status: string; grants: effects.Grant[] } | null>();
  readonly #members = new Map<string, Map<string, boolean>>();

  takeBack(change: Change): void {
    const id = change.target.id as string;
    if (kindOf(change) === 'account') this.#takeBackAccount(change, id);
    else this.#takeBackGroup(change, id);
  }

  #takeBackAccount(change: Change, id: string) {
    const act = actOf(change);
    const steps = this.#statuses.get(id) ?? [];
    this.#statuses.set(id, steps);
    if (act === 'creation') steps.push({ from: '', to: null });
    else if (act === 'deletion') {
      const deleted = DeletedAccount.parse({ before: change.before, details: change.details });
      steps.push({ from: '', to: String(change.before?.status ?? '') });
      for (const groupId of deleted.details.groupIds) this.#set(groupId, [id], true);
    } else if (change.before?.status !== undefined)
      steps.push({ from: String(change.after?.status ?? ''), to: String(change.before.status) });
  }

  #takeBackGroup(change: Change, id: string) {
    const { details = {} } = change;
    const act = actOf(change);
    if (act === 'creation') this.#groups.set(id, null);
    else if (act === 'deletion') {
      const deleted = DeletedGroup.parse({ before: change.before, details });
      this.#groups.set(id, { status: deleted.before.status, grants: deleted.details.grants });
      this.#set(id, deleted.details.members, true);
    } else {
      this.#set(id, idsOf(details.added), false);
      this.#set(id, idsOf(details.removed), true);
    }
  }

  #set(groupId: string, ids: readonly string[], isMember: boolean) {
    const members = this.#members.get(groupId) ?? new Map<string, boolean>();
    this.#members.set(groupId, members);
    for (const id of ids) members.set(id, isMember);
  }

  /** As an effect is asked of it. */
  async change(ctx: TenantContext): Promise<effects.Change> {
    const starting: string[] = [];
    const stopping: string[] = [];
    const now = await store.statusesOf(ctx, [...this.#statuses.keys()]);
    for (const [id, steps] of this.#statuses) {
      const before = now.get(id) ?? null;
      let status = before;
      // What was changed since by somebody else stays.
      for (const { from, to } of steps) if (from === '' || status === from) status = to;
      if (status === 'enabled' && before !== 'enabled') starting.push(id);
      if (status !== 'enabled' && before === 'enabled') stopping.push(id);
    }
    const there = new Set(starting);
    const mentioned = [...new Set([...this.#members.values()].flatMap((members) => [...members.keys()]))];
    for (const id of await livingAmong(ctx, mentioned)) there.add(id);
    const wanted = new Map<string, effects.GroupChange>();
    for (const [groupId, members] of this.#members) {
      const of = (isMember: boolean) => [...members].flatMap(([id, is]) => (is === isMember ? [id] : []));
      wanted.set(groupId, { joining: of(true).filter((id) => there.has(id)), leaving: of(false) });
    }
    for (const [groupId, back] of this.#groups)
      if (back === null) wanted.set(groupId, { ...wanted.get(groupId), isDeleted: true });
    const groups = await changesOfGroups(ctx, wanted);
    const found = new Set(groups.map(({ group }) => group.id));
    const restored = await Promise.all(
      [...this.#groups].flatMap(([id, back]) =>
        back && !found.has(id) ? [restoredGroup(ctx, { id, ...back }, wanted.get(id)?.joining ?? [])] : [],
      ),
    );
    return { groups: [...groups, ...restored], starting, stopping };
  }
}

const EXAMINED = 2_000;
const LISTED = 200;

/**
 * What an undo of a time would do: how many accounts and groups go, come back and change, and what stands in the way.
 * Looks at the newest 2,000 changes.
 *
 * @throws {Problem} as `startUndo`
 */
export async function previewUndo(ctx: TenantContext, asked: z.output<typeof UndoWindow>) {
  const { preview } = await lookAtUndo(ctx, asked);
  return preview;
}

/** What an undo would change of rights. @throws {Problem} as `startUndo` */
export const changeByUndo = async (ctx: TenantContext, asked: z.output<typeof UndoWindow>): Promise<effects.Change> =>
  (await lookAtUndo(ctx, asked)).outcome.change(ctx);

async function lookAtUndo(ctx: TenantContext, asked: z.output<typeof UndoWindow>) {
  const window = await windowOf(ctx, asked);
  const changes = await countChangesOfProvisioning(ctx, window);
  const counts = {
    account: { removed: 0, restored: 0, changed: 0 },
    group: { removed: 0, restored: 0, changed: 0 },
  };
  const obstacles = [];
  const names = new Map<string, string | null>();
  const seen = { goes: new Set<string>(), comes: new Set<string>() };
  const outcome = new Outcome();
  let cursor: string | null = null;
  let examined = 0;
  let hasPasswords = false;
  do {
    const found: Awaited<ReturnType<typeof changesOfProvisioning>> = await changesOfProvisioning(
      ctx,
      window,
      cursor,
      500,
    );
    for (const change of found.items) {
      const kind = kindOf(change);
      const act = actOf(change);
      const reason = await obstacleAhead(ctx, change, seen);
      const { at } = change;
      const id = change.target.id as string;
      if (act === 'deletion') names.set(id, nameIn(change));
      if (reason !== null) obstacles.push({ at, target: { kind, id, name: names.get(id) ?? nameIn(change) }, reason });
      else {
        counts[kind][act === 'deletion' ? 'restored' : act === 'creation' ? 'removed' : 'changed']++;
        outcome.takeBack(change);
      }
      if (act === 'deletion' && reason === null) seen.comes.add(id);
      if (act === 'creation') seen.goes.add(id);
      hasPasswords ||= act === 'change' && passwordNote(change) !== '';
    }
    examined += found.items.length;
    cursor = found.cursor;
  } while (cursor !== null && examined < EXAMINED);
  const { provisioning } = await store.readSettings(ctx);
  const preview = {
    from: window.from,
    to: window.until,
    changes,
    examined,
    accounts: counts.account,
    groups: counts.group,
    obstacles: obstacles.slice(0, LISTED),
    obstacleCount: obstacles.length,
    warnings: [
      ...(provisioning === 'on'
        ? ['Provisioning is on: the identity provider may send the same changes again. Pause it first.']
        : []),
      ...(counts.account.restored > 0 ? ['Who comes back has no password until a new one is set.'] : []),
      ...(hasPasswords
        ? ['Passwords that were set or taken away in this time stay so: the ones before are not kept anywhere.']
        : []),
      ...(changes > examined
        ? [`Only the newest ${examined} changes were looked at. A shorter window shows all.`]
        : []),
    ],
  };
  return { preview, outcome };
}

/** What will stand in the way when everything newer was taken back; null when nothing does. */
async function obstacleAhead(
  ctx: TenantContext,
  change: Change,
  { goes, comes }: { goes: Set<string>; comes: Set<string> },
): Promise<string | null> {
  const id = change.target.id as string;
  const isAccount = kindOf(change) === 'account';
  if (change.withheld) return erased;
  if (actOf(change) === 'deletion') {
    if (isAccount) {
      const deleted = DeletedAccount.parse({ before: change.before, details: change.details });
      const { clashes } = await obstaclesToRestoring(ctx, deleted);
      const other = clashes.find(({ accountId }) => !goes.has(accountId));
      return other ? named(other.displayName) : null;
    }
    const other = await obstacleTo(ctx, DeletedGroup.parse({ before: change.before, details: change.details }));
    return other && !goes.has(other.id) ? named(other.name) : null;
  }
  if (comes.has(id)) return null;
  const read: Promise<unknown> = isAccount ? readProvisioned(ctx, id) : readProvisionedGroup(ctx, id);
  try {
    await read;
  } catch (error) {
    obstacleIn(error);
    return gone[kindOf(change)];
  }
  if (isAccount && change.before?.username !== undefined) {
    const clashes = await clashesOf(ctx, { userName: change.before.username as string, email: null });
    const other = clashes.find(({ accountId }) => accountId !== id && !goes.has(accountId));
    if (other) return named(other.displayName);
  }
  if (!isAccount && change.before?.name !== undefined) {
    const other = await store.groupNamed(ctx, skeleton(change.before.name as string), id);
    if (other && !goes.has(other.id)) return named(other.name);
  }
  return null;
}
