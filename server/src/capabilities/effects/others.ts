import { Rights } from '../../kernel/access.ts';
import { rightsNow } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { ask, type Other, type Reason, type Uncounted, uncountedBy, whileHeld } from './asking.ts';
import * as store from './others-store.ts';
import type { Group, GroupChange, NamesAsked } from './service.ts';
import { besides, effectOfStances, isAskedFor, movesOf, type Stance } from './stances.ts';
import { type Around, type Grant, takeTurn } from './store.ts';

/**
 * Who of another tenant gains and loses what here: what its people hold by all that lets them in, before and after. Of the
 * people it is asked only how many are in which groups together, and what some are called when somebody wants to know.
 */

/** What lets a group of another tenant in, as it gives now and as it would. */
export interface Consent {
  /** The group at home. */
  partnerGroupId: string;
  before: readonly Grant[];
  after: readonly Grant[];
  /** Who may use it at this moment, by their accounts at home; null is everybody in the group. */
  only: readonly string[] | null;
}

/** People who are in the same of its groups; of those who were asked about, who. */
interface Together {
  groupIds: string[];
  people: number;
  guests: string[];
}

interface NamedRow {
  homeAccountId: string;
  displayName: string;
  groupIds: string[];
}

interface Looked {
  named: Grant[];
  groupIds: string[];
  /** How those stand who are in the same groups, and some by themselves, by the ids of their accounts. */
  sets: { groupIds: string[]; stance: Stance; alone: Map<string, Stance> }[];
  /** Its people who are guests here and were not asked about. */
  beyond: number;
}

export { consentsOf, isStopped } from './others-store.ts';

/** What a consent gives that stands as it is. */
export const standing = ({
  partnerGroupId,
  groupStatus,
  grants,
  ...row
}: store.ConsentRow): Consent & { before: Grant[] } => {
  const given = groupStatus === 'enabled' ? grants : [];
  return { partnerGroupId, before: given, after: given, only: usableBy(row) };
};

/** The same of one that other people may use then: what ends with the one use, and what begins with the other. */
export const usedThen = (row: store.ConsentRow, then: Partial<Usable>): Consent[] => [
  { ...standing(row), after: [] },
  { ...standing({ ...row, ...then }), before: [] },
];

type Usable = Pick<store.ConsentRow, 'isStopped' | 'needsActivation' | 'activated'>;

const usableBy = ({ isStopped, needsActivation, activated }: Usable) =>
  isStopped ? [] : needsActivation ? activated : null;

/**
 * Waits as long as any message: a decision about partner access asks the region that is silent then no second time.
 *
 * @param names of whom; nobody without
 * @returns null for both when the other tenant gives no answer
 */
export async function lookAtOthers(ctx: TenantContext, other: Other, consents: readonly Consent[], names?: NamesAsked) {
  const looked = await lookAt(ctx, other, consents);
  return looked ? answerOf(ctx, other, looked, names) : silent;
}

const silent = { effect: null, names: null };

/** Homes that one change asks. */
const MOST_HOMES = 20;

async function answerOf(ctx: TenantContext, other: Other, looked: Looked, names?: NamesAsked) {
  const stances = looked.sets.flatMap(({ stance, alone }) => [stance, ...alone.values()]);
  const effect = await effectOfStances(ctx, looked.named, stances);
  const moved = Math.max(...[effect.gains, effect.loses].map(({ guests, inactive }) => guests + inactive));
  const uncounted = uncountedBy([{ guests: Math.min(looked.beyond, moved), reason: 'too-many' }]);
  return {
    effect: uncounted.length > 0 ? { ...effect, uncounted } : effect,
    names: names ? await namesOf(ctx, other, looked, names) : null,
  };
}

/**
 * Of a change of a group whose members are those of a group of another tenant, with how many are in it. Nobody comes in
 * by one whose consent is over.
 *
 * @param isKept it is for the entry of the change, so that it gives up after 2 seconds, and takes its turn after that
 * @returns null for effect and names when the other tenant gives no answer
 */
export async function lookAtImported(
  ctx: TenantContext,
  { group, grants = group.grants, status = group.status, isDeleted = false }: GroupChange & { group: Group },
  { names, isKept = false }: { names?: NamesAsked; isKept?: boolean } = {},
) {
  const isChanged = ({ groupId }: store.ConsentRow) => groupId === group.id;
  const rows = await store.consentsBy(ctx, group.id);
  const changed = rows.find(isChanged);
  if (!changed)
    return { effect: await effectOfStances(ctx, [], []), names: { items: [], nextAfter: null }, inGroup: 0 };
  const after = status === 'enabled' && !isDeleted ? grants : [];
  const consentsIn = (all: store.ConsentRow[]) =>
    all.map((row) => (isChanged(row) ? { ...standing(row), after } : standing(row)));
  const looked = isKept
    ? await lookAfter(ctx, await askForPeople(ctx, changed), async () =>
        consentsIn(await store.consentsBy(ctx, group.id)),
      )
    : await lookAt(ctx, changed, consentsIn(rows));
  if (!looked) return { ...silent, inGroup: 0 };
  const inGroup = looked.sets
    .filter(({ groupIds }) => groupIds.includes(changed.partnerGroupId))
    .reduce((sum, { stance, alone }) => sum + stance.people + alone.size, 0);
  return { ...(await answerOf(ctx, changed, looked, names)), inGroup };
}

/** What another tenant is asked, by what lets its people in. */
async function questionTo(ctx: TenantContext, other: Other, consents: readonly Consent[]) {
  const { guests: invited, beyond } = await store.guestsOf(ctx, other.otherTenantId);
  const ids = [...new Set(consents.map(({ partnerGroupId }) => partnerGroupId))];
  const guests = [...new Set([...invited.keys(), ...consents.flatMap(({ only }) => only ?? [])])];
  return { about: { ids, guests }, invited, beyond };
}
type Question = Awaited<ReturnType<typeof questionTo>>;

/** @returns null when it gives no answer */
async function lookAt(ctx: TenantContext, other: Other, consents: readonly Consent[]): Promise<Looked | null> {
  const question = await questionTo(ctx, other, consents);
  const answer = await ask<Together[]>(ctx, other, 'delegation-people', question.about);
  return 'unheard' in answer ? null : lookedBy(ctx, consents, question, answer.said);
}

/** What a tenant said of its people, for the entry of a change that lets them in here or no longer. */
export interface PeopleAtHome {
  home: Other;
  /** The groups and the accounts that were asked about. */
  about: ReadonlySet<string>;
  /** Null without an answer. */
  said: readonly Together[] | null;
}

/**
 * Asks a tenant about its people in all groups that are let in here or ask for it, for 2 seconds: before the turn, and where
 * it can be before anything is held.
 *
 * @param besides accounts there that are asked about too
 */
export async function askForPeople(
  ctx: TenantContext,
  home: Other,
  { besides: more = [], late = whileHeld() }: { besides?: readonly string[]; late?: AbortSignal } = {},
): Promise<PeopleAtHome> {
  const { guests: invited } = await store.guestsOf(ctx, home.otherTenantId);
  const activated = await store.activatedOf(ctx, home.otherTenantId);
  const guests = [...new Set([...invited.keys(), ...activated, ...more])];
  const ids = await store.groupsAsking(ctx, home.otherTenantId);
  const answer = await ask<Together[]>(ctx, home, 'delegation-people', { ids, guests }, late);
  return { home, about: new Set([...ids, ...guests]), said: 'unheard' in answer ? null : answer.said };
}

/**
 * Who gains and loses by what lets people in, for the entry of a change: takes the turn, then reads it. Its rows and its
 * groups are held already.
 *
 * @param consents reads what lets them in, as it gives then and as it would
 * @returns null when home gave no answer, or was not asked about all who count by then
 */
export async function effectOnPeople(
  ctx: TenantContext,
  people: PeopleAtHome,
  consents: () => Promise<readonly Consent[]>,
) {
  const looked = await lookAfter(ctx, people, consents);
  return looked && (await answerOf(ctx, people.home, looked)).effect;
}

async function lookAfter(
  ctx: TenantContext,
  { home, about, said }: PeopleAtHome,
  consentsNow: () => Promise<readonly Consent[]>,
): Promise<Looked | null> {
  if (!said) return null;
  takeTurn(ctx);
  const consents = await consentsNow();
  const question = await questionTo(ctx, home, consents);
  const isKnown = [...question.about.ids, ...question.about.guests].every((id) => about.has(id));
  return isKnown ? lookedBy(ctx, consents, question, said) : null;
}

async function lookedBy(
  ctx: TenantContext,
  consents: readonly Consent[],
  question: Question,
  said: readonly Together[],
): Promise<Looked> {
  const { invited, beyond } = question;
  const groupIds = question.about.ids;
  const sets: Looked['sets'] = [];
  for (const { groupIds: ids, people, guests } of said) {
    const stanceOf = (count: number, own: Rights, accountId?: string): Stance => {
      const by = (side: 'before' | 'after', isUsed: (consent: Consent) => boolean) =>
        besides(
          own,
          consents
            .filter((consent) => ids.includes(consent.partnerGroupId) && isUsed(consent))
            .flatMap((consent) => consent[side]),
        );
      const isNow = ({ only }: Consent) => only === null || (accountId !== undefined && only.includes(accountId));
      const turn = (isUsed: (consent: Consent) => boolean) => ({
        before: by('before', isUsed),
        after: by('after', isUsed),
      });
      return { people: count, now: turn(isNow), once: turn(() => true) };
    };
    const alone = new Map<string, Stance>();
    for (const accountId of guests) {
      const guestId = invited.get(accountId);
      const own = guestId ? await rightsNow(ctx.db, guestId) : new Rights(false, []);
      alone.set(accountId, stanceOf(1, own, accountId));
    }
    sets.push({ groupIds: ids, stance: stanceOf(people - guests.length, new Rights(false, [])), alone });
  }
  const named = consents.flatMap(({ before, after }) => [...before, ...after]);
  return { named, groupIds, sets, beyond };
}

/** What guests hold besides, by their ids here, and of whom that is not known. */
export interface Beside {
  held: ReadonlyMap<string, Grant[]>;
  uncounted: Uncounted[];
}

type AroundRow = Awaited<ReturnType<typeof store.guestsAround>>;

/** What homes said: of each in which of its groups those guests are who were asked about; or why it is not known. */
export interface HomesSaid {
  found: AroundRow;
  of: ReadonlyMap<string, Heard | { unheard: Reason }>;
}
interface Heard {
  groupIds: ReadonlySet<string>;
  /** Of each account that was asked about. */
  groupsOf: ReadonlyMap<string, readonly string[]>;
}

const byHome = ({ guests }: AroundRow) => {
  const homes = new Map<string, Map<string, string>>();
  for (const { id, homeTenantId, homeAccountId } of guests)
    homes.set(homeTenantId, (homes.get(homeTenantId) ?? new Map()).set(homeAccountId, id));
  return homes;
};

/**
 * Asks the homes of guests whom a change of groups concerns in which of their groups they are; of so many guests and homes
 * at once, for 2 seconds.
 */
export async function homesAround(ctx: TenantContext, around: store.Whom): Promise<HomesSaid> {
  const found = await store.guestsAround(ctx, around);
  const of = new Map<string, Heard | { unheard: Reason }>();
  const late = whileHeld();
  for (const [at, [homeTenantId, ids]] of [...byHome(found)].entries()) {
    if (at >= MOST_HOMES) {
      of.set(homeTenantId, { unheard: 'too-many' });
      continue;
    }
    const rows = await store.consentsOf(ctx, homeTenantId);
    if (!rows[0]) continue; // over in between
    const groupIds = [...new Set(rows.map(({ partnerGroupId }) => partnerGroupId))];
    const accountIds = [...ids.keys()];
    const about = { ids: groupIds, guests: accountIds };
    const answer = await ask<Together[]>(ctx, rows[0], 'delegation-people', about, late);
    if ('unheard' in answer) {
      of.set(homeTenantId, answer);
      continue;
    }
    const groupsOf = new Map<string, readonly string[]>(accountIds.map((id) => [id, []]));
    for (const { groupIds: those, guests } of answer.said) for (const id of guests) groupsOf.set(id, those);
    of.set(homeTenantId, { groupIds: new Set(groupIds), groupsOf });
  }
  return { found, of };
}

/**
 * The same for several changes that one request makes (`Change.said`): nobody is asked once the first has taken the turn.
 *
 * @param whom guests by themselves, and by the groups that they are in
 */
export const askHomes = (ctx: TenantContext, whom: { guestIds?: readonly string[]; groupIds?: readonly string[] }) =>
  homesAround(ctx, { everybodyIn: whom.groupIds ?? [], marked: new Map(whom.guestIds?.map((id) => [id, 1])) });

/**
 * What guests whom a change of groups concerns hold as people of a partner or an import too, by what is let in now.
 *
 * @param asked what their homes said before; who came since is not known of. Null asks nobody
 */
export async function heldBeside(ctx: TenantContext, around: Around, asked?: HomesSaid | null): Promise<Beside> {
  const held = new Map<string, Grant[]>();
  const unheard: { guests: number; reason: Reason }[] = [];
  const said = asked === undefined ? await homesAround(ctx, around) : asked;
  const found = asked === undefined && said ? said.found : await store.guestsAround(ctx, around);
  const { guests, beyond } = found;
  if (!said) return { held, uncounted: uncountedBy([{ guests: guests.length + beyond, reason: 'provisioning' }]) };
  unheard.push({ guests: beyond, reason: 'too-many' });
  for (const [homeTenantId, ids] of byHome(found)) {
    const heard = said.of.get(homeTenantId) ?? { unheard: said.found.beyond > 0 ? 'too-many' : 'late' };
    if ('unheard' in heard) {
      unheard.push({ guests: ids.size, reason: heard.unheard });
      continue;
    }
    const rows = (await store.consentsOf(ctx, homeTenantId)).map(standing);
    const isKnown = rows.every(({ partnerGroupId }) => heard.groupIds.has(partnerGroupId));
    for (const [accountId, id] of ids) {
      const those = heard.groupsOf.get(accountId);
      if (!those || !isKnown) unheard.push({ guests: 1, reason: said.found.beyond > 0 ? 'too-many' : 'late' });
      else if (those.length > 0)
        held.set(
          id,
          rows
            .filter(
              ({ partnerGroupId, only }) =>
                those.includes(partnerGroupId) && (only === null || only.includes(accountId)),
            )
            .flatMap(({ before }) => before),
        );
    }
  }
  return { held, uncounted: uncountedBy(unheard) };
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** The people behind a number, a page in the order of their ids at home, which tells them. */
async function namesOf(ctx: TenantContext, other: Other, { named, groupIds, sets }: Looked, asked: NamesAsked) {
  const isOne = (stance: Stance) => isAskedFor(asked, movesOf(named, stance));
  const those = sets.filter(({ stance }) => isOne(stance));
  const apart = (of: Looked['sets'], isWanted: boolean) =>
    of.flatMap(({ alone }) => [...alone].flatMap(([id, stance]) => (isOne(stance) === isWanted ? id : [])));
  const answer = await ask<NamedRow[]>(ctx, other, 'delegation-people-named', {
    ids: groupIds,
    sets: those.map((set) => set.groupIds),
    but: apart(those, false),
    besides: apart(
      sets.filter((set) => !those.includes(set)),
      true,
    ),
    after: asked.after ?? FIRST,
    limit: asked.limit + 1,
  });
  if ('unheard' in answer) return null;
  const rows = answer.said;
  const items = rows.slice(0, asked.limit).flatMap(({ homeAccountId, displayName, groupIds: ids }) => {
    const set = sets.find((each) => each.groupIds.join() === ids.join());
    if (!set) return []; // moved between the two questions
    const moved = movesOf(named, set.alone.get(homeAccountId) ?? set.stance);
    return [{ id: homeAccountId, kind: 'guest' as const, displayName, email: null, ...moved }];
  });
  return { items, nextAfter: rows.length > asked.limit ? (rows[asked.limit - 1]?.homeAccountId ?? null) : null };
}
