import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import { forbidden, notFound, Problem } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import { Visit, type VisitQuery } from './schema.ts';
import * as shown from './shown-store.ts';
import * as store from './store.ts';

/**
 * The home side of guests. What home says holds with the next request: the session is asked there, and whether it still
 * lets its person visit. Everything else that follows is told by jobs.
 */

export type { ShownQuery, ShownTenant } from './shown-store.ts';
export { hide as hideTenant, list as listShown, show as showTenant } from './shown-store.ts';
export { among as visitsAmong } from './store.ts';

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
  visited: { tenantId: string; region: string },
): Promise<void> {
  const id = newId();
  const { tenantId: visitedTenantId, region: visitedRegion } = visited;
  if (!(await store.insert(ctx, { id, accountId, visitedTenantId, visitedRegion }))) return;
  record(ctx, { id, accountId, visitedTenantId, visitedRegion }, 'visits.create');
}

/**
 * Ends a visit from home: the next request of its person to that tenant is refused.
 *
 * @throws {Problem} 404
 */
export async function withdrawVisit(ctx: TenantContext, id: string): Promise<void> {
  end(ctx, await store.lock(ctx, id));
  await store.remove(ctx, id);
}

/** Ends a visit of the caller's own. @throws {Problem} 404 */
export async function leaveVisit(ctx: TenantContext, id: string): Promise<void> {
  const accountId = personOf(ctx);
  const before = await store.lock(ctx, id);
  if (before.accountId !== accountId) throw notFound('visit');
  end(ctx, before);
  await store.remove(ctx, id);
}

/** Ends all visits of an account that is deleted; the caller records it. */
export async function endVisitsOf(ctx: TenantContext, accountId: string): Promise<void> {
  for (const visit of await store.removeAllOf(ctx, accountId)) tellVisited(ctx, { accountId, ...visit });
}

type Ended = Pick<store.VisitRow, 'id' | 'accountId' | 'visitedTenantId' | 'visitedRegion'>;

function end(ctx: TenantContext, visit: Ended) {
  record(ctx, visit);
  tellVisited(ctx, visit);
}

const tellVisited = (ctx: TenantContext, { accountId, visitedTenantId, visitedRegion }: Ended) =>
  ctx.enqueue('guests.follow-home', { accountId, visitedTenantId, visitedRegion });

const record = (ctx: TenantContext, { id, accountId, visitedTenantId, visitedRegion }: Ended, action?: string) =>
  ctx.audit(Visit, {
    target: { kind: 'visit', id },
    details: { accountId, visitedTenantId, visitedRegion },
    ...(action ? { action } : {}),
  });

/** Of a guest, as the visited tenant knows it. */
export interface Home {
  homeTenantId: string;
  homeRegion: string;
  homeAccountId: string;
}

/** A job of the visited tenant: home hears that the guest's time is over. */
export async function dropVisit(ctx: TenantContext, home: Home): Promise<void> {
  const { platform, tenantId: visitedTenantId, place, request } = ctx;
  const at = await hereOrNot(platform, home.homeTenantId);
  if (!at) return;
  const actor = { kind: 'system' as const, id: null, credentialId: null, door: 'job' as const };
  await enterTenant({ platform, place: at, tenantId: home.homeTenantId, actor, request }, async (atHome) => {
    const removed = await store.removeOne(atHome, home.homeAccountId, visitedTenantId);
    if (!removed) return;
    const visitedRegion = place.region.code;
    record(atHome, { accountId: home.homeAccountId, visitedTenantId, visitedRegion, ...removed }, 'visits.end');
  });
}

/** Where a tenant lives, if this node serves it. */
async function hereOrNot(platform: Platform, tenantId: string) {
  return platform.locate(tenantId).catch((error) => {
    if (error instanceof Problem && error.status === 421) return undefined;
    throw error;
  });
}

export interface Person {
  displayName: string;
  tenantDisplayName: string;
}

/**
 * What guests of this tenant are called, asked at their homes and kept nowhere; those whose home does not answer, or does
 * not let them visit any more, are missing.
 */
export async function peopleOf(ctx: TenantContext, homes: Home[]): Promise<Map<string, Person>> {
  const byTenant = new Map<string, string[]>();
  for (const { homeTenantId, homeAccountId } of homes)
    byTenant.set(homeTenantId, [...(byTenant.get(homeTenantId) ?? []), homeAccountId]);
  const found = new Map<string, Person>();
  const waiting = [...byTenant];
  const ask = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [homeTenantId, accountIds] = next;
      for (const { accountId, ...person } of await peopleAt(ctx, homeTenantId, accountIds))
        found.set(accountId, person);
    }
  };
  await Promise.all(Array.from({ length: Math.min(HOMES_AT_ONCE, waiting.length) }, ask));
  return found;
}

async function peopleAt({ platform, tenantId }: TenantContext, homeTenantId: string, accountIds: string[]) {
  const place = await hereOrNot(platform, homeTenantId).catch(() => undefined);
  return place ? visitingPeople(place.cell, homeTenantId, tenantId, accountIds) : [];
}

async function visitingPeople(
  cell: Parameters<typeof Unit.open>[0],
  homeTenantId: string,
  visitedTenantId: string,
  accountIds: string[],
): Promise<store.PersonRow[]> {
  const { unit, rows } = await Unit.open(cell, homeTenantId, [store.people(visitedTenantId, accountIds)], 'read');
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
