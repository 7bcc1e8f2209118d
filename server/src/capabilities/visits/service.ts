import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { Home as AtHomeOrAbroad } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import { eachOf, groupBy } from '../../kernel/lists.ts';
import { forbidden, notFound, Problem } from '../../kernel/problem.ts';
import { askFor, askRegion, requireTenantOf } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import { recall } from './abroad.ts';
import type { Standing } from './leases-store.ts';
import {
  type AskedCalled,
  type AskedGroups,
  type AskedPeople,
  type AskedShown,
  type GuestOver,
  type Home,
  MOST_ASKED_ABOUT,
} from './messages.ts';
import { Visit, type VisitQuery } from './schema.ts';
import * as shown from './shown-store.ts';
import * as store from './store.ts';

/**
 * The home side of guests. What home says holds with the next request: the session is asked there, and whether it still
 * lets its person visit. Everything else that follows is told by jobs.
 */

export { recall, recallFound } from './abroad.ts';
export { AtHome, type Home } from './messages.ts';
export type { ShownQuery } from './shown-store.ts';
export { hide as hideTenant, show as showTenant } from './shown-store.ts';
export { all as allVisits, among as visitsAmong, find as visitOf, regionsOf } from './store.ts';

/** A page of each cell of a region served here of the tenants that it shows the person. */
export async function listShownIn(platform: Platform, { homeTenantId, shownTo, region, query }: AskedShown) {
  const { code, baseUrl, cells = [] } = platform.regions.get(region) ?? {};
  return Promise.all(
    cells.map(async (cell) => {
      const page = await shown.list(cell, homeTenantId, shownTo, query);
      return { ...page, items: page.items.map((item) => ({ region: code as string, baseUrl, ...item })) };
    }),
  );
}

/** A region asks which of the tenants here its person is shown. @throws {Problem} 403 about people of others */
export async function sayShown(platform: Platform, from: string, asked: AskedShown) {
  await requireTenantOf(platform, from, asked.homeTenantId);
  return listShownIn(platform, asked);
}

/** A region asks which of the tenants here are called so, of those that its people or their groups are shown. */
export async function sayCalled(platform: Platform, from: string, { homeTenantId, shownTo, region, q }: AskedCalled) {
  await requireTenantOf(platform, from, homeTenantId);
  const { cells = [] } = platform.regions.get(region) ?? {};
  return (await Promise.all(cells.map((cell) => shown.called(cell, homeTenantId, shownTo, q)))).flat();
}

/** Ids of tenants that let these groups of the tenant in and are called so, as far as the regions answer. */
export async function shownAndCalled(ctx: TenantContext, shownTo: string[], regions: string[], q: string) {
  const asked = (region: string) => ({ homeTenantId: ctx.tenantId, shownTo, region, q });
  const found = regions.map((region) =>
    askFor<string[]>(ctx, region, 'shown-called', asked(region)).catch((): string[] => []),
  );
  return (await Promise.all(found)).flat();
}

/** A region asks by which groups its tenants let a person of a tenant here in. */
export async function sayGroups(platform: Platform, from: string, asked: AskedGroups): Promise<string[]> {
  const place = await platform.locateHere(asked.homeTenantId);
  if (!place) return [];
  const { unit } = await Unit.open(place.cell, asked.homeTenantId, [], 'read');
  try {
    return await store.groupsThatVisit(unit.db, asked.accountId, from);
  } finally {
    unit.finishRead();
  }
}

/** By which groups the caller is let in: home says it of one from another region. */
export function groupsLetIn({ platform, place, db }: TenantContext, { tenantId, accountId, abroad }: AtHomeOrAbroad) {
  if (!abroad) return store.groupsThatVisit(db, accountId);
  const asked = { homeTenantId: tenantId, accountId };
  return askRegion<string[]>(platform, place.region.code, abroad.region, 'groups-let-in', asked).catch(() => []);
}

/** The job by which the visited tenant hears of an end at home. */
const followHome = 'guests.follow-home';
/** So many homes are asked at once for the names of their people. */
const HOMES_AT_ONCE = 10;

/** Where accounts of this tenant are guests. */
export async function listVisits(ctx: TenantContext, query: z.output<typeof VisitQuery>) {
  const found = await store.list(ctx, query);
  const names = await tenantNames(ctx, found.items);
  const actions = actionsOf(ctx, [{ name: 'visits.withdraw', permission: 'accounts.change' }]);
  const items = found.items.map((row) => ({
    visitedTenantName: names.get(row.visitedTenantId) ?? null,
    actions,
    ...row,
  }));
  return { ...found, items };
}

/** Where the caller is a guest. */
export const listOwnVisits = (ctx: TenantContext, query: Omit<z.output<typeof VisitQuery>, 'accountId'>) =>
  listVisits(ctx, { accountId: personOf(ctx), ...query });

async function tenantNames({ platform, tenantId }: TenantContext, visits: store.VisitRow[]) {
  const accountIds = [...new Set(visits.map((row) => row.accountId))];
  const tenantIds = [...new Set(visits.map((row) => row.visitedTenantId))];
  const names = new Map<string, string>();
  if (visits.length === 0) return names;
  const cells = [...platform.regions.values()].flatMap((region) => region.cells);
  for (const rows of await Promise.all(cells.map((cell) => shown.named(cell, tenantId, accountIds, tenantIds))))
    for (const { shownTenantId, displayName } of rows) names.set(shownTenantId, displayName);
  return names;
}

/** @throws {Problem} 403 `people-only` */
export function personOf({ actor }: TenantContext): string {
  if (actor.kind === 'account' && actor.id) return actor.id;
  throw forbidden('people-only', 'Only a person who is signed in at home does this.');
}

/** Notes that the account may visit the tenant. */
export async function beginVisit(
  ctx: TenantContext,
  accountId: string,
  visited: { tenantId: string; region: string; stay?: number },
): Promise<void> {
  const { tenantId: visitedTenantId, region: visitedRegion, stay = null } = visited;
  const { id } = await store.insert(ctx, { id: newId(), accountId, visitedTenantId, visitedRegion, stay });
  record(ctx, { id, accountId, visitedTenantId, visitedRegion }, 'visits.create');
}

/**
 * Ends a visit from home: the next request of its person to that tenant is refused.
 *
 * @throws {Problem} 404
 */
export async function withdrawVisit(ctx: TenantContext, id: string): Promise<void> {
  await end(ctx, await store.lock(ctx, id));
}

/** Ends a visit of the caller's own. @throws {Problem} 404 */
export async function leaveVisit(ctx: TenantContext, id: string): Promise<void> {
  const accountId = personOf(ctx);
  const before = await store.lock(ctx, id);
  if (before.accountId !== accountId) throw notFound('visit');
  await end(ctx, before);
}

/** Ends all visits of an account that is deleted; the caller records it and ends its sessions. */
export const endVisitsOf = (ctx: TenantContext, accountId: string): void =>
  store.removeAllOf(ctx, accountId, followHome);

type Ended = Pick<store.VisitRow, 'id' | 'accountId' | 'visitedTenantId' | 'visitedRegion' | 'stay'>;

async function end(ctx: TenantContext, visit: Ended): Promise<void> {
  await store.remove(ctx, visit.id);
  record(ctx, visit);
  tellVisited(ctx, visit);
  recall(ctx, visit.accountId);
}

const tellVisited = (ctx: TenantContext, { accountId, visitedTenantId, visitedRegion, stay }: Ended) =>
  ctx.enqueue(followHome, { accountId, visitedTenantId, visitedRegion, stay });

const record = (
  ctx: TenantContext,
  { id, accountId, visitedTenantId, visitedRegion }: Omit<Ended, 'stay'>,
  action?: string,
) =>
  ctx.audit(Visit, {
    target: { kind: 'visit', id },
    details: { accountId, visitedTenantId, visitedRegion },
    ...(action ? { action } : {}),
  });

/**
 * A job of the visited tenant: home hears which stay is over, and leaves a later one. Nothing is said when one has begun:
 * jobs and regions of an older version know no stays.
 */
export async function dropVisit(ctx: TenantContext, over: Home & { stay?: number }): Promise<void> {
  const { platform, tenantId: visitedTenantId, place } = ctx;
  if (await store.isGuest(ctx, over.homeTenantId, over.homeAccountId)) return;
  await askRegion(platform, place.region.code, over.homeRegion, 'guest-over', { visitedTenantId, ...over });
}

/** A region says that the time of a guest there is over. */
export async function visitOver(
  platform: Platform,
  visitedRegion: string,
  { visitedTenantId, stay, ...home }: GuestOver,
): Promise<void> {
  const at = await platform.locateHere(home.homeTenantId);
  if (!at) return;
  const request = { id: newId(), action: 'visits.end', sourceAddress: null, userAgent: null, ifMatch: '*' };
  const actor = { kind: 'system' as const, id: null, credentialId: null, door: 'job' as const };
  await enterTenant({ platform, place: at, tenantId: home.homeTenantId, actor, request }, async (atHome) => {
    const visit = { accountId: home.homeAccountId, visitedTenantId, visitedRegion };
    const removed = await store.removeOne(atHome, visit, stay);
    if (removed) record(atHome, { ...removed, ...visit }, 'visits.end');
  });
}

export interface Person {
  displayName: string;
  tenantDisplayName: string;
}

/** Asks the homes of some people about them, each once for so many of its people. What does not answer is missing. */
async function askHomes<Row>(
  { tenantId: visitedTenantId }: TenantContext,
  homes: Home[],
  ask: (homeRegion: string, asked: AskedPeople) => Promise<Row[]>,
): Promise<Map<string, Row[]>> {
  const said = new Map<string, Row[]>();
  const byTenant = groupBy(homes, ({ homeTenantId }) => homeTenantId);
  await eachOf(byTenant, HOMES_AT_ONCE, async ([homeTenantId, people]) => {
    const { homeRegion } = people[0];
    const found: Row[] = [];
    for (let at = 0; at < people.length; at += MOST_ASKED_ABOUT) {
      const accountIds = people.slice(at, at + MOST_ASKED_ABOUT).map(({ homeAccountId }) => homeAccountId);
      const asked = { visitedTenantId, homeTenantId, accountIds };
      const rows = await ask(homeRegion, asked).catch(() => null);
      if (!rows) return;
      found.push(...rows);
      if (at + MOST_ASKED_ABOUT >= people.length) said.set(homeTenantId, found);
    }
  });
  return said;
}

/**
 * What guests of this tenant are called, asked at their homes and kept nowhere; those whose home does not answer, or does
 * not let them visit any more, are missing.
 */
export async function peopleOf(ctx: TenantContext, homes: Home[]): Promise<Map<string, Person>> {
  const said = await askHomes(ctx, homes, (homeRegion, asked) =>
    askFor<store.PersonRow[]>(ctx, homeRegion, 'people', asked),
  );
  return new Map([...said.values()].flat().map(({ accountId, ...person }) => [accountId, person]));
}

/** A guest as home speaks of it at this moment: `says` is null while home gives no answer, undefined when it is not let in. */
export interface AtHomeNow extends Home {
  id: string;
  says: Pick<Standing, 'isInvited' | 'groupIds'> | null | undefined;
}

/** How these guests stand at home. */
export async function standingsAtHome(ctx: TenantContext, ids: string[]): Promise<AtHomeNow[]> {
  if (ids.length === 0) return [];
  const homes = await store.homesOf(ctx, ids);
  const said = await askHomes(ctx, homes, (homeRegion, asked) => askStandings(ctx, homeRegion, asked));
  const byAccount = new Map([...said.values()].flat().map((each) => [each.accountId, each]));
  return homes.map((home) => ({
    ...home,
    says: said.has(home.homeTenantId) ? byAccount.get(home.homeAccountId) : null,
  }));
}

/** A region of an older version is asked about one after another. */
async function askStandings({ platform, place }: TenantContext, homeRegion: string, asked: AskedPeople) {
  const say = <T>(kind: string, body: object) => askRegion<T>(platform, place.region.code, homeRegion, kind, body);
  try {
    return await say<Standing[]>('standings', asked);
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'unknown-message')) throw error;
  }
  const { accountIds, ...at } = asked;
  const found: Standing[] = [];
  for (const accountId of accountIds) {
    const said = await say<Omit<Standing, 'accountId'>>('standing', { accountId, ...at }).catch((error: unknown) => {
      if (error instanceof Problem && error.status < 500) return undefined;
      throw error;
    });
    if (said) found.push({ accountId, ...said });
  }
  return found;
}

/** Says what people of a tenant here are called who visit one of the region that asks. */
export async function sayPeople(platform: Platform, from: string, asked: AskedPeople): Promise<store.PersonRow[]> {
  const place = await platform.locateHere(asked.homeTenantId);
  if (!place) return [];
  const isThere = (await platform.regionOfTenant(asked.visitedTenantId).catch(() => undefined)) === from;
  const statement = store.people(asked.visitedTenantId, from, asked.accountIds, isThere);
  const { unit, rows } = await Unit.open(place.cell, asked.homeTenantId, [statement], 'read');
  unit.finishRead();
  return rows[0] as store.PersonRow[];
}

/** Gives the guests among some principals the names that they have at home. */
export async function nameGuests<Row extends { id: string; kind: string; displayName: string }>(
  ctx: TenantContext,
  rows: Row[],
): Promise<Row[]> {
  const ids = rows.filter(({ kind }) => kind === 'guest').map(({ id }) => id);
  const names = await guestNames(ctx, ids);
  return names.size === 0 ? rows : rows.map((row) => ({ ...row, displayName: names.get(row.id) ?? row.displayName }));
}

/** Where the guests among these are at home, by their ids: what a file says of them, as their names are kept at home only. */
export async function guestHomes(
  ctx: TenantContext,
  rows: readonly { kind: string; principalId: string | null }[],
): Promise<Map<string | null, GuestHome>> {
  const ids = rows.flatMap(({ kind, principalId }) => (kind === 'guest' && principalId ? [principalId] : []));
  const homes = ids.length === 0 ? [] : await store.homesOf(ctx, ids);
  return new Map(homes.map(({ id, homeTenantId, homeAccountId }) => [id, { homeTenantId, homeAccountId }]));
}

export interface GuestHome {
  homeTenantId: string | null;
  homeAccountId: string | null;
}

/** By the ids of guests. */
export async function guestNames(ctx: TenantContext, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const homes = await store.homesOf(ctx, ids);
  const people = await peopleOf(ctx, homes);
  return new Map(
    homes.flatMap(({ id, homeAccountId }) => {
      const person = people.get(homeAccountId);
      return person ? [[id, `${person.displayName} (${person.tenantDisplayName})`] as const] : [];
    }),
  );
}
