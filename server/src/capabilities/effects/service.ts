import { Rights } from '../../kernel/access.ts';
import { isNamespaced, permissions } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { mixes } from './mixes.ts';
import * as store from './store.ts';

/**
 * Who gains and loses what by a change of one group: what the decision (`Rights.may`) says of each person after the
 * change and not before, or the other way round. Rights add up over groups, so a person's are those of the group or
 * those of the other groups; the latter come as bits from the database, for all who stand alike at once.
 */

export interface Grant {
  permission: string;
  namespaceId: string | null;
}

/** A group as it is. */
export interface Group {
  id: string;
  status: string;
  isOwnerGroup: boolean;
  memberCount: number;
  grants: readonly Grant[];
}

/** The group as it would be; what is not named stays. */
export interface GroupChange {
  grants?: readonly Grant[] | undefined;
  status?: string | undefined;
  isDeleted?: boolean | undefined;
  joining?: readonly string[] | undefined;
  leaving?: readonly string[] | undefined;
}

/** A right that may come or go; `any` is somewhere, in whichever namespace. */
interface Right {
  permission: string;
  place: string | null | 'any';
}

const holds = (rights: Rights, { permission, place }: Right) =>
  place === 'any' ? rights.namespacesWith(permission).length > 0 : rights.may(permission, place);

/** A bit for each right, in columns. */
function maskOf(bits: boolean[]): bigint[] {
  const mask = Array.from({ length: Math.ceil(bits.length / store.BITS) }, () => 0n);
  for (const [at, bit] of bits.entries())
    if (bit)
      mask[Math.floor(at / store.BITS)] = (mask[Math.floor(at / store.BITS)] ?? 0n) | (1n << BigInt(at % store.BITS));
  return mask;
}

const nothing = new Rights(false, []);

interface Plan {
  affected: store.Affected;
  rights: Right[];
  before: boolean[];
  after: boolean[];
  masks: store.Masks;
  /** Mixes that the change may bring together, with the places of their rights. */
  watched: { mix: (typeof mixes)[number]; at: number[] }[];
}

/** @returns undefined when nobody gains or loses anything by it */
async function planOf(ctx: TenantContext, group: Group, change: GroupChange): Promise<Plan | undefined> {
  const { joining = [], leaving = [], status = group.status, isDeleted = false } = change;
  const grantsBefore = group.grants;
  const grantsAfter = change.grants ?? grantsBefore;
  const isOwner = group.isOwnerGroup;
  const before = group.status === 'enabled' ? Rights.of(isOwner, grantsBefore) : nothing;
  const after = status === 'enabled' && !isDeleted ? Rights.of(isOwner, grantsAfter) : nothing;

  const named = [...grantsBefore, ...grantsAfter].flatMap(({ namespaceId }) => namespaceId ?? []);
  const places = [null, ...new Set(named)];
  const moves = joining.length + leaving.length > 0;
  const touched = permissions.flatMap((permission) =>
    (isNamespaced(permission) ? places : [null])
      .map((place): Right => ({ permission, place }))
      .filter((right) =>
        moves ? holds(before, right) || holds(after, right) : holds(before, right) !== holds(after, right),
      ),
  );
  if (touched.length === 0) return undefined;
  const near = mixes.filter((mix) =>
    mix.permissions.some((each) => touched.some(({ permission }) => permission === each)),
  );
  const anywhere = [...new Set(near.flatMap((mix) => mix.permissions))];
  const rights = [...touched, ...anywhere.map((permission): Right => ({ permission, place: 'any' }))];
  const watched = near.map((mix) => ({
    mix,
    at: mix.permissions.map((each) => touched.length + anywhere.indexOf(each)),
  }));

  const isEverybody = touched.some((right) => holds(before, right) !== holds(after, right));
  const affected = { groupId: group.id, isEverybody, joining, leaving, memberCount: group.memberCount };
  const names = [...new Set(rights.flatMap(({ permission }) => [permission, `${permission.split('.')[0]}.*`]))];
  const beside = new Map<string, { isOwnerGroup: boolean; grants: Grant[] }>();
  for (const { groupId, isOwnerGroup, permission, namespaceId } of await store.grantsBeside(ctx, affected, names)) {
    const known = beside.get(groupId) ?? { isOwnerGroup, grants: [] };
    if (permission !== null) known.grants.push({ permission, namespaceId });
    beside.set(groupId, known);
  }
  const of = new Map<string, bigint[]>();
  for (const [groupId, { isOwnerGroup, grants }] of beside) {
    const given = Rights.of(isOwnerGroup, grants);
    const mask = maskOf(rights.map((right) => holds(given, right)));
    if (mask.some((column) => column !== 0n)) of.set(groupId, mask);
  }
  return {
    affected,
    rights,
    before: rights.map((right) => holds(before, right)),
    after: rights.map((right) => holds(after, right)),
    watched,
    masks: { columns: Math.ceil(rights.length / store.BITS), of },
  };
}

/** What one who stands so would gain and lose, and which mixes it would come to hold. */
function outcomeOf(
  { rights, before, after, watched }: Plan,
  { standing, held }: Pick<store.Standing, 'standing' | 'held'>,
) {
  const columns = held.split(',').map((column) => BigInt(column).toString(2));
  const isHeld = (at: number) => columns[Math.floor(at / store.BITS)]?.at(-1 - (at % store.BITS)) === '1';
  const was = rights.map((_right, at) => isHeld(at) || (standing !== 'joins' && before[at] === true));
  const will = rights.map((_right, at) => isHeld(at) || (standing !== 'leaves' && after[at] === true));
  const moved = (from: boolean[], to: boolean[]) => {
    const everywhere = new Set(
      rights.flatMap(({ permission, place }, at) => (place === null && !from[at] && to[at] ? [permission] : [])),
    );
    // Who gains it in the whole tenant gains it in each namespace: said once.
    return rights.flatMap(({ permission, place }, at): Grant[] =>
      place === 'any' || from[at] || !to[at] || (place !== null && everywhere.has(permission))
        ? []
        : [{ permission, namespaceId: place }],
    );
  };
  const hasAll = (bits: boolean[], at: readonly number[]) => at.every((each) => bits[each]);
  return {
    gains: moved(was, will),
    loses: moved(will, was),
    mixes: watched.filter(({ at }) => hasAll(will, at) && !hasAll(was, at)).map(({ mix }) => mix),
  };
}

interface Count {
  people: number;
  serviceAccounts: number;
  keys: number;
  guests: number;
}
const zero = (): Count => ({ people: 0, serviceAccounts: 0, keys: 0, guests: 0 });

function add(count: Count, { kind, count: n, keys }: store.Standing) {
  count[kind === 'account' ? 'people' : kind === 'guest' ? 'guests' : 'serviceAccounts'] += n;
  count.keys += keys;
}

const keyOf = ({ permission, namespaceId }: Grant) => `${permission}@${namespaceId ?? ''}`;

/** How many gain and lose what: people who may act, machines with their live keys, guests. */
export async function effectOf(ctx: TenantContext, group: Group, change: GroupChange) {
  const sides = {
    gains: { total: zero(), of: new Map<string, Grant & Count>() },
    loses: { total: zero(), of: new Map<string, Grant & Count>() },
  };
  const mixed = new Map<string, { permissions: readonly string[]; text: string } & Count>();
  const plan = await planOf(ctx, group, change);
  for (const standing of plan ? await store.countStandings(ctx, plan.affected, plan.masks) : []) {
    const outcome = outcomeOf(plan as Plan, standing);
    for (const side of ['gains', 'loses'] as const) {
      if (outcome[side].length === 0) continue;
      add(sides[side].total, standing);
      for (const grant of outcome[side]) {
        const known = sides[side].of.get(keyOf(grant)) ?? { ...grant, ...zero() };
        add(known, standing);
        sides[side].of.set(keyOf(grant), known);
      }
    }
    for (const mix of outcome.mixes) {
      const known = mixed.get(mix.text) ?? { ...mix, ...zero() };
      add(known, standing);
      mixed.set(mix.text, known);
    }
  }
  const moved = [...sides.gains.of.values(), ...sides.loses.of.values()].filter(({ permission }) =>
    isNamespaced(permission),
  );
  const isEverywhere = moved.some(({ namespaceId }) => namespaceId === null);
  return {
    gains: { ...sides.gains.total, permissions: [...sides.gains.of.values()] },
    loses: { ...sides.loses.total, permissions: [...sides.loses.of.values()] },
    namespaces: isEverywhere
      ? await store.countNamespaces(ctx)
      : new Set(moved.map(({ namespaceId }) => namespaceId)).size,
    mixes: [...mixed.values()],
  };
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** The people behind the numbers, those of one right when it is named, a page in the order of their ids. */
export async function namesOfEffect(
  ctx: TenantContext,
  group: Group,
  change: GroupChange,
  {
    side,
    permission,
    namespaceId = null,
    after = FIRST,
    limit,
  }: {
    side: 'gains' | 'loses';
    permission?: string | undefined;
    namespaceId?: string | null | undefined;
    after?: string | undefined;
    limit: number;
  },
) {
  const plan = await planOf(ctx, group, change);
  if (!plan) return { items: [], nextAfter: null };
  const isWanted = (grant: Grant) =>
    permission === undefined || (grant.permission === permission && grant.namespaceId === namespaceId);
  const ways = (await store.countStandings(ctx, plan.affected, plan.masks)).filter((standing) =>
    outcomeOf(plan, standing)[side].some(isWanted),
  );
  const rows = ways.length
    ? await store.namesOfStandings(ctx, plan.affected, plan.masks, ways, { after, limit: limit + 1 })
    : [];
  const items = rows.slice(0, limit).map((row) => {
    const { gains, loses } = outcomeOf(plan, row);
    const { id, kind, displayName, email } = row;
    return { id, kind, displayName, email, gains, loses };
  });
  return { items, nextAfter: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
