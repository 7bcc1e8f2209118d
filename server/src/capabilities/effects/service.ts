import { Rights } from '../../kernel/access.ts';
import { isNamespaced, permissions, permissionsOf } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { nameGuests } from '../visits/service.ts';
import type { Uncounted } from './asking.ts';
import * as few from './few.ts';
import { mixes } from './mixes.ts';
import { type HomesSaid, heldBeside, homesAround } from './others.ts';
import * as store from './store.ts';

/**
 * Who gains and loses what by a change of groups, of memberships and of who may act: what the decision (`Rights.may`)
 * says of each person after the change and not before, or the other way round. Rights add up over groups, so a
 * person's are those of the changed groups or those of the others; the latter come as bits from the database, for all
 * who stand alike at once.
 */

export { ask, whileHeld } from './asking.ts';
export {
  askForPeople,
  askHomes,
  type Consent,
  consentsOf,
  effectOnPeople,
  type HomesSaid,
  isStopped,
  lookAtImported,
  lookAtOthers,
  type PeopleAtHome,
  standing,
  usedThen,
} from './others.ts';

export interface Grant {
  permission: string;
  namespaceId: string | null;
}

/** A group as it is; one that is not there is disabled and has no members. */
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

export interface Change {
  groups?: readonly (GroupChange & { group: Group })[];
  /** Who would come to act: enabled, or there again. */
  starting?: readonly string[];
  /** Who would act no more: disabled or deleted. */
  stopping?: readonly string[];
  /** Who would be made. */
  coming?: readonly Coming[];
  /** What homes said before of guests whom it concerns, where one request makes several changes (`askHomes`); null asks nobody. */
  said?: HomesSaid | null;
}

/** An account that is not there yet; it joins as others do, by its id. */
export interface Coming {
  id: string;
  displayName: string;
  email: string | null;
  mayAct: boolean;
}

/** A right that may come or go; `any` is somewhere, in whichever namespace. */
interface Right {
  permission: string;
  place: string | null | 'any';
}

const holds = (rights: Rights, { permission, place }: Right) =>
  place === 'any' ? rights.namespacesWith(permission).length > 0 : rights.may(permission, place);

/** A bit for each right that they hold. */
const maskOf = (rights: readonly Right[], held: Rights) =>
  rights.reduce((mask, right, at) => (holds(held, right) ? mask | (1n << BigInt(at)) : mask), 0n);

/** What the groups give now, and what they would give. */
const givenBy = ({ group, grants, status = group.status, isDeleted }: GroupChange & { group: Group }) => ({
  before: group.status === 'enabled' ? Rights.of(group.isOwnerGroup, group.grants) : Rights.none,
  after: status === 'enabled' && !isDeleted ? Rights.of(group.isOwnerGroup, grants ?? group.grants) : Rights.none,
});

interface Plan {
  /** How many stand how. */
  standings: () => Promise<store.Standings[]>;
  standing: store.Standing;
  rights: Right[];
  /** How many of `rights` may come or go; the others only tell of mixes. */
  touched: number;
  groups: { before: bigint; after: bigint }[];
  marks: { joins: ReadonlySet<number>; leaves: ReadonlySet<number>; starts: boolean; stops: boolean }[];
  /** Mixes that the change may bring together, with the bits of their rights. */
  watched: { place: number; bits: bigint }[];
  /** What guests hold as people of a partner too, by their ids; no change of groups here touches it. */
  beside: ReadonlyMap<string, bigint>;
  /** Guests of whom it is not known what they hold as such people. */
  uncounted: Uncounted[];
}

/** Each principal that the change names, by what it says of it; who is named alike has one mark. */
function markedBy({ groups = [], starting = [], stopping = [] }: Change) {
  const said = new Map<string, string[]>();
  const note = (ids: readonly string[], what: string) => {
    for (const id of ids) said.set(id, [...(said.get(id) ?? []), what]);
  };
  for (const [at, { joining = [], leaving = [] }] of groups.entries()) {
    note(joining, `joins ${at}`);
    note(leaving, `leaves ${at}`);
  }
  note(starting, 'starts');
  note(stopping, 'stops');
  const marks = new Map<string, number>();
  const of = new Map<string, number>();
  for (const [id, whats] of said) {
    const text = whats.join();
    if (!marks.has(text)) marks.set(text, marks.size + 1);
    of.set(id, marks.get(text) as number);
  }
  const read = (text: string) => {
    const whats = text.split(',');
    const placed = (verb: string) =>
      new Set(whats.flatMap((what) => (what.startsWith(verb) ? [Number(what.slice(verb.length))] : [])));
    return {
      joins: placed('joins '),
      leaves: placed('leaves '),
      starts: whats.includes('starts'),
      stops: whats.includes('stops'),
    };
  };
  return { of, marks: ['', ...marks.keys()].map(read) };
}

/** What an effect is asked for: to be looked at, with the names behind its numbers too, or to be kept with the change. */
type Purpose = 'look' | 'names' | 'keep';

/** @returns undefined when nobody gains or loses anything by it */
async function planOf(ctx: TenantContext, change: Change, purpose: Purpose): Promise<Plan | undefined> {
  const { groups = [] } = change;
  const given = groups.map(givenBy);
  const { of, marks } = markedBy(change);
  const acts = (change.starting?.length ?? 0) + (change.stopping?.length ?? 0) > 0;
  const isGiven = given.some(({ before, after }) =>
    [before, after].some((each) => each.isOwner || each.grants.length > 0),
  );
  if (!acts && !isGiven) return undefined;

  const everybodyIn = groups.filter((each, at) => {
    const { before, after } = given[at] as (typeof given)[number];
    const all = [...each.group.grants, ...(each.grants ?? [])];
    return (
      all.some(({ permission, namespaceId }) =>
        permissionsOf(permission).some((single) => before.may(single, namespaceId) !== after.may(single, namespaceId)),
      ) || before.isOwner !== after.isOwner
    );
  });
  if (everybodyIn.length === 0 && of.size === 0) return undefined;
  const around: store.Around = {
    changed: groups.map(({ group }) => group.id),
    everybodyIn: everybodyIn.map(({ group }) => group.id),
    marked: of,
    count: everybodyIn.reduce((sum, { group }) => sum + group.memberCount, of.size),
  };
  // Homes are asked before the turn, which nobody keeps over such a wait; guests neither start nor stop.
  const asksFirst = purpose === 'keep' && change.said === undefined && groups.length > 0;
  const said = asksFirst ? await homesAround(ctx, around) : change.said;
  if (purpose === 'keep') store.takeTurn(ctx);
  const found = purpose === 'names' ? undefined : await few.fewAround(ctx, around);
  // Of a guest may count what it holds beside, which is asked of those that the general query finds.
  const people = found?.some(({ kind }) => kind === 2) ? undefined : found;
  const beside = people ? { grants: few.grantsOf(people), ownerGroupId: null } : await store.grantsBeside(ctx, around);

  const named = [
    ...groups.flatMap(({ group, grants = [] }) => [...group.grants, ...grants]),
    ...(acts ? beside.grants : []),
  ];
  const placesOf = new Map<string, Set<string>>();
  for (const { permission, namespaceId } of named)
    if (namespaceId)
      for (const single of permissionsOf(permission))
        placesOf.set(single, (placesOf.get(single) ?? new Set()).add(namespaceId));
  const moves = groups.map(({ joining = [], leaving = [] }) => joining.length + leaving.length > 0);
  const mayMove = (right: Right) =>
    acts ||
    given.some(({ before, after }, at) =>
      moves[at] ? holds(before, right) || holds(after, right) : holds(before, right) !== holds(after, right),
    );
  const touched = permissions.flatMap((permission) =>
    (isNamespaced(permission) ? [null, ...(placesOf.get(permission) ?? [])] : [null])
      .map((place): Right => ({ permission, place }))
      .filter(mayMove),
  );
  if (touched.length === 0) return undefined;
  const near = mixes.filter((mix) =>
    mix.permissions.some((each) => touched.some(({ permission }) => permission === each)),
  );
  const anywhere = [...new Set(near.flatMap((mix) => mix.permissions))];
  const rights = [...touched, ...anywhere.map((permission): Right => ({ permission, place: 'any' }))];
  const bitOf = new Map(anywhere.map((permission, at) => [permission, 1n << BigInt(touched.length + at)]));

  // One grant after the other is quicker than one group after the other, of which many grant the same.
  const ofPermission = new Map<string, [number, Right][]>();
  for (const [at, right] of rights.entries())
    ofPermission.set(right.permission, [...(ofPermission.get(right.permission) ?? []), [at, right]]);
  const maskOfGrant = (grant: Grant) => {
    const single = Rights.of(false, [grant]);
    return permissionsOf(grant.permission)
      .flatMap((permission) => ofPermission.get(permission) ?? [])
      .reduce((mask, [at, right]) => (holds(single, right) ? mask | (1n << BigInt(at)) : mask), 0n);
  };
  const all = (1n << BigInt(rights.length)) - 1n;
  const member = (at: number) => 1n << BigInt(rights.length + at);
  const owners = beside.ownerGroupId;
  // Provisioning names no guests itself.
  const isWithoutGuests = people !== undefined || (said === null && everybodyIn.length === 0);
  const ofGuests = isWithoutGuests ? undefined : await heldBeside(ctx, around, said);
  const comingInactive = (change.coming ?? []).filter(({ mayAct }) => !mayAct).map(({ id }) => id);
  const standing: store.Standing = {
    around,
    over: people ? [] : await store.membershipsOver(ctx),
    comingInactive,
    bits: rights.length + groups.length,
    grants: beside.grants.map((grant) => ({ grant, mask: maskOfGrant(grant) })).filter(({ mask }) => mask !== 0n),
    groups: [
      ...groups.map(({ group }, at) => ({ id: group.id, mask: member(at) })),
      ...(owners ? [{ id: owners, mask: all }] : []),
    ],
  };
  return {
    standings: async () =>
      people
        ? few.standingsOf(people, around, comingInactive, { ofGrant: maskOfGrant, ofMember: member, ofOwner: all })
        : store.countStandings(ctx, standing),
    standing,
    rights,
    touched: touched.length,
    groups: given.map(({ before, after }) => ({ before: maskOf(rights, before), after: maskOf(rights, after) })),
    marks,
    watched: near.map((mix) => ({
      place: mixes.indexOf(mix),
      bits: mix.permissions.reduce((bits, each) => bits | (bitOf.get(each) ?? 0n), 0n),
    })),
    beside: new Map([...(ofGuests?.held ?? [])].map(([id, held]) => [id, maskOf(rights, Rights.of(false, held))])),
    uncounted: ofGuests?.uncounted ?? [],
  };
}

/** The places of the bits that are set, from the lowest on. */
function bitsIn(mask: bigint): number[] {
  const found: number[] = [];
  for (let [rest, from] = [mask, 0]; rest > 0n; rest >>= 32n, from += 32)
    for (let word = Number(rest & 0xffffffffn) | 0; word !== 0; word &= word - 1)
      found.push(from + 31 - Math.clz32(word & -word));
  return found;
}

/** What one who stands so would gain and lose, by the places in `rights`, and which mixes it would come to hold. */
function outcomeOf({ rights, touched, groups, marks, watched }: Plan, { mark, acts, held }: store.Stance) {
  const said = marks[mark] as Plan['marks'][number];
  let was = held & ((1n << BigInt(rights.length)) - 1n);
  let will = was;
  const isMember = new Set(bitsIn(held >> BigInt(rights.length)));
  for (const at of new Set([...isMember, ...said.joins, ...said.leaves])) {
    const { before, after } = groups[at] as Plan['groups'][number];
    // Who joins was no member and who leaves was one, whether that is done already or not.
    if (said.leaves.has(at) || (isMember.has(at) && !said.joins.has(at))) was |= before;
    if (!said.leaves.has(at) && (isMember.has(at) || said.joins.has(at))) will |= after;
  }
  // Who cannot act before nor after is counted apart, by what it would hold if it could.
  const isInactive = !acts && !said.starts;
  if (!acts && !isInactive) was = 0n;
  if (said.stops) will = isInactive ? was : 0n;
  // Who gains it in the whole tenant gains it in each namespace: said once. The tenant comes before its places.
  const moved = (bits: bigint) => {
    let everywhere = '';
    return bitsIn(bits).filter((at) => {
      if (at >= touched) return false;
      const { permission, place } = rights[at] as Right;
      if (place === null) everywhere = permission;
      return place === null || everywhere !== permission;
    });
  };
  return {
    isInactive,
    gains: moved(will & ~was),
    loses: moved(was & ~will),
    mixes: watched.filter(({ bits }) => (will & bits) === bits && (was & bits) !== bits).map(({ place }) => place),
  };
}

/** How all stand whom the change concerns; guests who hold something beside one by one. */
async function standingsOf(ctx: TenantContext, plan: Plan): Promise<store.Standings[]> {
  const all = await plan.standings();
  if (plan.beside.size === 0) return all;
  const guests = await store.standingsOfEach(ctx, plan.standing, [...plan.beside.keys()]);
  const wayOf = ({ mark, acts, held }: store.Stance) => `${mark} ${acts} ${held}`;
  const apart = new Map<string, number>();
  for (const each of guests) apart.set(wayOf(each), (apart.get(wayOf(each)) ?? 0) + 1);
  const others = all.map((each) => {
    if (each.kind !== 'guest') return each;
    const taken = Math.min(each.count, apart.get(wayOf(each)) ?? 0);
    apart.set(wayOf(each), (apart.get(wayOf(each)) ?? 0) - taken);
    return { ...each, count: each.count - taken };
  });
  return [
    ...others,
    ...guests.map((each) => ({ ...withBeside(plan, each), kind: 'guest' as const, keys: 0, count: 1 })),
  ];
}

const withBeside = <S extends store.Stance & { id: string }>({ beside }: Plan, stance: S): S => ({
  ...stance,
  held: stance.held | (beside.get(stance.id) ?? 0n),
});

/** As which one counts; who cannot act counts as that only, and has no live keys. */
const fields = ['people', 'serviceAccounts', 'keys', 'guests', 'inactive'] as const;
type Count = Record<(typeof fields)[number], number>;
const fieldOf = { account: 'people', 'service-account': 'serviceAccounts', guest: 'guests' } as const;

/** Counts for so many places, in one row of numbers: thousands of standings count at each right. */
class Tally {
  readonly #numbers: Uint32Array;

  constructor(places: number) {
    this.#numbers = new Uint32Array(places * fields.length);
  }

  add(places: readonly number[], { kind, count, keys }: store.Standings, isInactive: boolean) {
    const numbers = this.#numbers;
    const field = fields.indexOf(isInactive ? 'inactive' : fieldOf[kind]);
    for (const place of places) {
      const from = place * fields.length;
      numbers[from + field] = (numbers[from + field] as number) + count;
      if (!isInactive && keys > 0) numbers[from + KEYS] = (numbers[from + KEYS] as number) + keys;
    }
  }

  at(place: number): Count {
    const of = (field: number) => this.#numbers[place * fields.length + field] as number;
    return { people: of(0), serviceAccounts: of(1), keys: of(2), guests: of(3), inactive: of(4) };
  }

  /** What somebody counts at, with what it is. */
  those<T>(what: readonly T[]): (T & Count)[] {
    return what.flatMap((each, place) => {
      const count = this.at(place);
      return fields.some((field) => count[field] > 0) ? [{ ...each, ...count }] : [];
    });
  }
}
const KEYS = fields.indexOf('keys');

const grantOf = ({ rights }: Plan, at: number) => {
  const { permission, place } = rights[at] as Right;
  return { permission, namespaceId: place };
};

/**
 * Of a change that is made now, for its entry: effects that are kept are taken one after another in a tenant, each as what
 * came before it left all. From here to the commit the change holds no row that it does not hold yet, but for those that
 * nobody holds who waits for this (decision 33).
 */
export const effectOf = (ctx: TenantContext, change: Change) => effectFor(ctx, change, 'keep');

/** The same of a change that is not made, or not yet, and holds up nobody. */
export const lookAt = (ctx: TenantContext, change: Change) => effectFor(ctx, change, 'look');

/** Takes the turn already, for who will hold other rows before there is anything to say. Groups and people are held before it. */
export { takeTurn } from './store.ts';

/** How many gain and lose what: people who may act, machines with their live keys, guests, and who cannot act now. */
async function effectFor(ctx: TenantContext, change: Change, purpose: Purpose) {
  const plan = await planOf(ctx, change, purpose);
  const touched = plan ? plan.rights.slice(0, plan.touched).map((_, at) => grantOf(plan, at)) : [];
  // Behind the places of the rights that of all who gain or lose any.
  const total = touched.length;
  const tallies = { gains: new Tally(total + 1), loses: new Tally(total + 1), mixes: new Tally(mixes.length) };
  for (const standing of plan ? await standingsOf(ctx, plan) : []) {
    if (standing.count === 0) continue;
    const outcome = outcomeOf(plan as Plan, standing);
    for (const side of ['gains', 'loses'] as const)
      if (outcome[side].length > 0) tallies[side].add([...outcome[side], total], standing, outcome.isInactive);
    tallies.mixes.add(outcome.mixes, standing, outcome.isInactive);
  }
  const sideOf = (tally: Tally) => ({ ...tally.at(total), permissions: tally.those(touched) });
  const [gains, loses] = [sideOf(tallies.gains), sideOf(tallies.loses)];
  const moved = [...gains.permissions, ...loses.permissions].filter(({ permission }) => isNamespaced(permission));
  const isEverywhere = moved.some(({ namespaceId }) => namespaceId === null);
  const elsewhere = await lettingIn(ctx, change);
  return {
    gains,
    loses,
    namespaces: isEverywhere
      ? await store.countNamespaces(ctx)
      : new Set(moved.map(({ namespaceId }) => namespaceId)).size,
    mixes: tallies.mixes.those(mixes.map(({ text, permissions }) => ({ text, permissions: [...permissions] }))),
    // What a guest holds besides only takes away from what the change gives or takes: nothing from who neither gains nor loses.
    ...(plan && plan.uncounted.length > 0 && gains.guests + loses.guests > 0 ? { uncounted: plan.uncounted } : {}),
    ...(elsewhere > 0 ? { elsewhere } : {}),
  };
}

/** How many other tenants let in people whom the change concerns, by groups of this one: what these give there is known there. */
async function lettingIn(ctx: TenantContext, { groups = [], starting = [], stopping = [] }: Change): Promise<number> {
  if (!ctx.identity.lendsGroups) return 0;
  const groupIds = groups.flatMap(({ group, status = group.status, isDeleted = false, joining = [], leaving = [] }) => {
    const isEnabled = status === 'enabled' && !isDeleted;
    const isMoved = (group.status === 'enabled') !== isEnabled || (isEnabled && joining.length + leaving.length > 0);
    return isMoved ? [group.id] : [];
  });
  const acting = [...starting, ...stopping];
  return groupIds.length + acting.length > 0 ? store.countLettingIn(ctx, groupIds, acting) : 0;
}

/** An entry of provisioning keeps so many permissions of each side, so that one request does not write a long one. */
const MOST_KEPT = 100;

type Side = Awaited<ReturnType<typeof effectOf>>['gains'];
const kept = (side: Side): Side & { permissionsLeftOut?: number } => {
  const left = side.permissions.length - MOST_KEPT;
  return left > 0 ? { ...side, permissions: side.permissions.slice(0, MOST_KEPT), permissionsLeftOut: left } : side;
};

/**
 * The same for the entry of a request of provisioning: nothing when nobody gains or loses, nor while all is taken back
 * again, which is asked about as a whole.
 */
export async function effectToKeep(ctx: TenantContext, change: Change) {
  if (ctx.isRehearsing) return undefined;
  const { gains, loses, ...effect } = await effectOf(ctx, { ...change, said: null });
  if (gains.permissions.length + loses.permissions.length === 0) return undefined;
  return { effect: { gains: kept(gains), loses: kept(loses), ...effect } };
}

/** What somebody new would hold by joining these groups, and which dangerous mixes. */
export async function givenToNewcomer(ctx: TenantContext, groups: readonly Group[]) {
  const joining = [newId()];
  const { gains, mixes: mixed } = await lookAt(ctx, { groups: groups.map((group) => ({ group, joining })) });
  return {
    permissions: gains.permissions.map(({ permission, namespaceId }) => ({ permission, namespaceId })),
    mixes: mixed.map(({ text }) => text),
  };
}

/** Whose names are asked for, a page at a time. */
export interface NamesAsked {
  side: 'gains' | 'loses';
  permission?: string | undefined;
  namespaceId?: string | null | undefined;
  after?: string | undefined;
  limit: number;
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** The people behind the numbers, those of one right when it is named, a page in the order of their ids. */
export async function namesOfEffect(
  ctx: TenantContext,
  change: Change,
  { side, permission, namespaceId = null, after = FIRST, limit }: NamesAsked,
) {
  const plan = await planOf(ctx, change, 'names');
  if (!plan) return { items: [], nextAfter: null };
  const isWanted = (at: number) => {
    const grant = grantOf(plan, at);
    return permission === undefined || (grant.permission === permission && grant.namespaceId === namespaceId);
  };
  const coming = new Map((change.coming ?? []).map((each) => [each.id, each]));
  const grantsOf = (places: number[]) => places.map((at) => grantOf(plan, at));
  const named = (row: store.NamedStanding) => {
    const { gains, loses, isInactive } = outcomeOf(plan, withBeside(plan, row));
    if (!{ gains, loses }[side].some(isWanted)) return [];
    const { id, kind } = row;
    const { displayName, email } = coming.get(id) ?? row;
    return [{ id, kind, displayName, email, inactive: isInactive, gains: grantsOf(gains), loses: grantsOf(loses) }];
  };

  const found: ReturnType<typeof named> = [];
  let asked: Parameters<typeof store.namesOfStandings>[2] = { after, limit: store.sizes.judgedFirst };
  for (;;) {
    const rows = await store.namesOfStandings(ctx, plan.standing, asked);
    found.push(...rows.flatMap(named));
    const last = rows.at(-1);
    if (found.length > limit || rows.length < asked.limit || !last) break;
    const ways = asked.ways ?? (await plan.standings()).filter((each) => outcomeOf(plan, each)[side].some(isWanted));
    if (ways.length === 0) break;
    asked = { ways, after: last.id, limit: Math.max(limit + 1, store.sizes.judgedFirst) };
  }
  const items = await nameGuests(ctx, found.slice(0, limit));
  return { items, nextAfter: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}
