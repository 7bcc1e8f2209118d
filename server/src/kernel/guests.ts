import { CompiledQuery } from 'kysely';
import { type Given, Rights } from './access.ts';
import { noteOf } from './audit.ts';
import {
  activationStatement,
  type Claim,
  type GuestRow,
  givenBy,
  guestOf,
  guestStatement,
  type Home,
  type Identity,
  rightsFrom,
  rightsNow,
  type Visit,
} from './authenticate.ts';
import type { RequestFacts, TenantContext } from './context.ts';
import { Unit } from './database/pool.ts';
import { enterTenant } from './enter.ts';
import { isId, newId } from './ids.ts';
import { leaseOf } from './leases.ts';
import { forbidden, Problem, unavailable } from './problem.ts';
import { askFor } from './region-messages.ts';
import type { Place, Platform } from './regions.ts';

/** How a person whose home is another tenant gets in: home is asked, and the tenant what it lets the person do. */

interface Coming {
  platform: Platform;
  /** Open in the tenant of the session. */
  unit: Unit;
  kind: 'read' | 'late' | 'write';
  /** Of the session's tenant. */
  place: Place;
  claim: Exclude<Claim, { kind: 'operator' }>;
  identity: Identity;
  /** The tenant to go on in. */
  tenantId: string;
  from: string | null;
  facts: RequestFacts;
}

/** Where a request goes on, and as whom. */
export interface Entered {
  identity: Identity;
  unit: Unit;
  place: Place;
}

/**
 * Goes on in the tenant that the path names, when home lets the person of a session visit it and it knows the guest: in
 * the same unit of work within a cell, else in one of that cell. Both are asked with each request.
 *
 * @param visit what home said, in the message that opened the unit
 * @returns undefined for everybody else, without a look whether there is such a tenant
 * @throws {Problem} 403 `activation-needed` to whom a delegation lets in when the use is approved
 */
export async function enterAsGuest(coming: Coming, visit: Visit | undefined): Promise<Entered | undefined> {
  const { identity: home, tenantId, from, place } = coming;
  if (home.home?.abroad) return enterFromAbroad(coming);
  const isOpenAtHome = home.tenantStatus === 'active' || home.tenantStatus === 'read-only';
  if (!home.home || !isOpenAtHome || !visit || !isId(tenantId)) return undefined;
  const there = await goTo(coming);
  if (!there) return undefined;
  const statement = guestStatement(home.home, from, visit);
  let rows = await there.ask(statement);
  if (rows.length === 0 && visit.groupIds.length > 0) {
    const person = { tenantId: coming.claim.tenantId, region: place.region.code, accountId: home.home.accountId };
    if (await there.meet(person, visit.groupIds)) rows = await there.ask(statement);
  }
  const guest = guestOf(home, rows);
  return guest ? there.as(guest) : there.turnAway(home.home, visit.groupIds);
}

/**
 * The same of a guest whose home is another region. What home says is kept by the count of what it took back, which is in
 * the row of the guest: so whoever is not known yet is met first, and home asked again.
 *
 * @throws {Problem} 401, 503 as `leaseOf`; 403 `activation-needed`
 */
async function enterFromAbroad(coming: Coming): Promise<Entered | undefined> {
  const { platform, claim, place, identity, tenantId, from } = coming;
  const { home } = identity;
  if (!home?.abroad || !isId(tenantId)) return undefined;
  const { abroad } = home;
  const there = await goTo(coming);
  const here = (there?.place ?? place).region.code;
  const lease = (recalls: number) =>
    leaseOf(platform, here, { ...home, ...abroad, visitedTenantId: tenantId, from, recalls });
  const isOwn = tenantId === claim.tenantId;
  const asInvited = guestStatement(home, from, { isInvited: true, groupIds: [] });
  const rows = isOwn ? [] : ((await there?.ask(asInvited)) ?? []);
  let recalls = isOwn ? abroad.recalls : recallsIn(rows);
  if (recalls === undefined) {
    // Home is asked about tenants that are not there as well, so that the answer tells nothing (P4).
    const groupIds = await lease(UNKNOWN).then(
      (said) => said.groupIds,
      (error) => {
        if (error instanceof Problem && error.status === 401) return [];
        throw error;
      },
    );
    const person = { tenantId: home.tenantId, region: abroad.region, accountId: home.accountId };
    if (!there || groupIds.length === 0 || !(await there.meet(person, groupIds))) return there?.as(undefined);
    recalls = recallsIn(await there.ask(asInvited));
  }
  if (!there || recalls === undefined) return there?.as(undefined);
  const said = await lease(recalls);
  const guest = guestOf(identity, await there.ask(guestStatement(home, from, said)));
  return guest ? there.as({ ...guest, isFresh: said.isFresh }) : there.turnAway(home, said.groupIds);
}

const activationNeeded = () =>
  forbidden(
    'activation-needed',
    'This tenant approves each use. Ask for an activation at home (My profile, Customers), and enter when it is approved.',
  );

/** No row of a guest counts so far: what is said for it is not kept. */
const UNKNOWN = -1;

const recallsIn = (rows: unknown[]) => (rows[0] as { recalls: number } | undefined)?.recalls;

/** The tenant to go on in, whichever cell it is in; undefined when this node does not serve it. */
async function goTo({ platform, unit, kind, place, claim, identity, tenantId, facts }: Coming) {
  const target = tenantId === claim.tenantId ? place : await platform.locateHere(tenantId);
  if (!target) return undefined;
  let at = unit;
  const isSameCell = target.cell === place.cell;
  return {
    place: target,
    /** A statement in the tenant, in the unit that the request goes on in. */
    async ask(statement: ReturnType<typeof guestStatement>): Promise<unknown[]> {
      if (isSameCell) return unit.enter(tenantId, statement);
      if (at !== unit) await at.rollback();
      else unit.finishRead();
      const opened = await Unit.open(target.cell, tenantId, [statement], kind);
      at = opened.unit;
      return opened.rows[0] ?? [];
    },
    meet: (person: Person, groupIds: string[]) =>
      enterTenant({ platform, place: target, tenantId, actor: identity.actor, request: facts }, (ctx) =>
        meet(ctx, person, groupIds),
      ),
    /** @throws {Problem} 403 `activation-needed` to whom a delegation would let in */
    async turnAway(home: Pick<Home, 'tenantId'>, groupIds: string[]): Promise<undefined> {
      const waits = groupIds.length > 0 && (await this.ask(activationStatement(home, groupIds))).length > 0;
      await this.as(undefined);
      if (waits) throw activationNeeded();
    },
    async as(guest: Identity | undefined): Promise<Entered | undefined> {
      if (guest) return { identity: guest, unit: at, place: target };
      if (at !== unit) await at.rollback();
      return undefined;
    },
  };
}

/** Somebody as home knows them. */
export interface Person {
  tenantId: string;
  region: string;
  accountId: string;
}

/**
 * A person of a partner's group comes for the first time: from here on it is a principal, of which ids are kept. By that alone
 * it holds nothing.
 *
 * @returns the id of the guest; undefined when no delegation stands for one of the groups
 */
export async function meet(ctx: TenantContext, person: Person, groupIds: string[]): Promise<string | undefined> {
  const delegation = await ctx.db
    .selectFrom('delegations')
    .select('id')
    .where('side', '=', 'customer')
    .where('state', '=', 'active')
    .where('otherTenantId', '=', person.tenantId)
    .where('partnerGroupId', 'in', groupIds)
    .executeTakeFirst();
  if (!delegation) return undefined;
  const known = await guestFrom(ctx, person);
  if (known) return known;
  const { tenantId, now } = ctx;
  const id = newId();
  await ctx.db.insertInto('principals').values({ tenantId, id, kind: 'guest', createdAt: now }).execute();
  const made = await ctx.db
    .insertInto('guests')
    .values({
      tenantId,
      id,
      homeTenantId: person.tenantId,
      homeRegion: person.region,
      homeAccountId: person.accountId,
      createdAt: now,
      endedAt: now, // nobody invited it
    })
    .onConflict((conflict) => conflict.columns(['tenantId', 'homeTenantId', 'homeAccountId']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!made) await ctx.db.deleteFrom('principals').where('id', '=', id).execute(); // met by another request
  ctx.record(
    { ...noteOf('guests.meet', { kind: 'guest', id }), changes: { details: { delegationId: delegation.id } } },
    { kind: 'guest', id, credentialId: null, door: 'partner' },
  );
  return made?.id ?? guestFrom(ctx, person);
}

const guestFrom = async ({ db }: TenantContext, { tenantId, accountId }: Person): Promise<string | undefined> =>
  (
    await db
      .selectFrom('guests')
      .select('id')
      .where('homeTenantId', '=', tenantId)
      .where('homeAccountId', '=', accountId)
      .executeTakeFirst()
  )?.id;

/**
 * Whether a delegation lets a person of these groups act at this moment.
 *
 * @throws {Problem} 403 `activation-needed` when it does once the use is approved
 */
export async function isLetInByDelegation(
  { db }: TenantContext,
  person: Pick<Person, 'tenantId' | 'accountId'>,
  groupIds: string[],
): Promise<boolean> {
  const ask = async <Row>({ text, values }: ReturnType<typeof guestStatement>) =>
    (await db.executeQuery<Row>(CompiledQuery.raw(text, [...values]))).rows;
  const held = await ask<{ delegationId: string | null }>(guestStatement(person, null, { isInvited: false, groupIds }));
  if (held.some(({ delegationId }) => delegationId !== null)) return true;
  if ((await ask(activationStatement(person, groupIds))).length > 0) throw activationNeeded();
  return false;
}

/** What somebody holds here at this moment, and what each delegation gives of it. */
interface Standing {
  rights: Rights;
  delegations: Given[];
  home: Home | null;
}

/** A guest, and how home lets it visit at this moment: undefined when it does not. */
export interface Word {
  home: Home;
  visit: Visit | undefined;
}

/**
 * Asks home about a guest, whichever session it has.
 *
 * @returns undefined of who is no guest
 * @throws {Problem} 503 when home gives no answer
 */
export async function wordOfHome(ctx: TenantContext, guestId: string): Promise<Word | undefined> {
  const { db, tenantId: visitedTenantId } = ctx;
  const guest = await db
    .selectFrom('guests')
    .select(['homeTenantId', 'homeRegion', 'homeAccountId'])
    .where('id', '=', guestId)
    .executeTakeFirst();
  if (!guest) return undefined;
  const { wordsOfHomes } = ctx.request;
  if (wordsOfHomes) {
    const said = wordsOfHomes.get(guestId);
    if (!said) throw unavailable('The home of this guest gave no answer before this began. Try again.');
    return said;
  }
  const home = { tenantId: guest.homeTenantId, accountId: guest.homeAccountId };
  const asked = { homeTenantId: home.tenantId, accountId: home.accountId, visitedTenantId };
  const visit = await askFor<Visit>(ctx, guest.homeRegion, 'standing', asked).catch((error) => {
    if (error instanceof Problem && error.status < 500) return undefined;
    throw error;
  });
  return { home, visit };
}

/**
 * Asks the homes of guests before work of this request that holds rows: from then on to the end of the request it goes by
 * what they said, and none is asked. Of a guest whose home gave no answer, or who is not named, it finds 503.
 *
 * @param guestIds of whom it may want to know
 */
export async function hearOfGuests(ctx: TenantContext, guestIds: readonly string[]): Promise<void> {
  const words = new Map<string, Word>();
  for (const id of guestIds) {
    const said = await wordOfHome(ctx, id).catch((error) => {
      if (error instanceof Problem && error.status === 503) return undefined;
      throw error;
    });
    if (said) words.set(id, said);
  }
  ctx.request.wordsOfHomes = words;
}

/**
 * What a principal holds at this moment, for work that it asked for earlier; nothing when it is no longer let in. Of a guest
 * home is asked first.
 *
 * @throws {Problem} 503 when the home of a guest gives no answer; the work waits then
 */
export async function standingNow(ctx: TenantContext, principalId: string): Promise<Standing> {
  const { db } = ctx;
  const said = await wordOfHome(ctx, principalId);
  if (!said) return { rights: await rightsNow(db, principalId), delegations: [], home: null };
  const { home, visit } = said;
  if (!visit) return { rights: Rights.none, delegations: [], home };
  const { text, values } = guestStatement(home, null, visit);
  const { rows } = await db.executeQuery<GuestRow>(CompiledQuery.raw(text, [...values]));
  return { rights: rightsFrom(rows), delegations: givenBy(rows), home };
}
