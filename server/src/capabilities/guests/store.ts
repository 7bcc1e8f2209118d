import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { type Pool, Unit } from '../../kernel/database/pool.ts';
import { byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { Home } from '../visits/service.ts';
import type { GuestQuery, InvitationQuery } from './schema.ts';

const guests = ({ db }: TenantContext) => db.selectFrom('guests').selectAll().where('endedAt', 'is', null);

export type GuestRow = Awaited<ReturnType<typeof find>>;

export function list(ctx: TenantContext, query: z.output<typeof GuestQuery>) {
  let rows = guests(ctx);
  if (query.homeTenantId) rows = rows.where('homeTenantId', '=', query.homeTenantId);
  return page(ctx.db, query, { rows, id: 'guests.id', sorts: { createdAt: byTime('guests.created_at') } });
}

export const find = (ctx: TenantContext, id: string) =>
  guests(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('guest'));

export const findIfAny = (ctx: TenantContext, id: string) => guests(ctx).where('id', '=', id).executeTakeFirst();

/** Reads a guest and holds its row until the transaction ends. @throws {Problem} 404 */
export const lock = (ctx: TenantContext, id: string) =>
  guests(ctx)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('guest'));

/** Has every node ask home anew about a guest. */
export async function countRecall(
  cell: Pool,
  tenantId: string,
  home: { homeTenantId: string; accountId: string; region: string },
): Promise<void> {
  const { unit } = await Unit.open(cell, tenantId, [], 'late');
  await unit.commit([
    {
      name: 'count-recall',
      text: `update guests set recalls = recalls + 1
             where home_tenant_id = $1 and home_account_id = $2 and home_region = $3`,
      values: [home.homeTenantId, home.accountId, home.region],
    },
  ]);
}

interface NewSession {
  id: string;
  secretHash: Buffer;
  guestId: string;
  homeSessionId: string;
  expiresAt: Date;
}

/** Sessions of a guest: more than anybody has browsers. The next one ends the oldest. */
const MOST_SESSIONS = 20;

export async function insertSession({ db, tenantId, now }: TenantContext, row: NewSession): Promise<void> {
  await db
    .insertInto('guestSessions')
    .values({ tenantId, ...row, createdAt: now })
    .execute();
  const oldest = db
    .selectFrom('guestSessions')
    .select('id')
    .where('guestId', '=', row.guestId)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .offset(MOST_SESSIONS);
  await db.deleteFrom('guestSessions').where('id', 'in', oldest).execute();
}

/** The guest whose home is there, held; undefined when there is none. */
export const lockFrom = (ctx: TenantContext, { homeTenantId, homeAccountId, homeRegion }: Home) =>
  guests(ctx)
    .where('homeRegion', '=', homeRegion)
    .where('homeTenantId', '=', homeTenantId)
    .where('homeAccountId', '=', homeAccountId)
    .forUpdate()
    .executeTakeFirst();

/** Guests after an id, for work on all of them. */
export const batch = (ctx: TenantContext, after: string | null, size: number) => {
  let rows = guests(ctx);
  if (after) rows = rows.where('id', '>', after);
  return rows.orderBy('id').limit(size).execute();
};

interface NewRow {
  id: string;
  homeTenantId: string;
  homeRegion: string;
  homeAccountId: string;
  invitedBy: string | null;
}

/** Makes a guest, or lets one in again whose time was over. */
export async function insert(ctx: TenantContext, row: NewRow): Promise<GuestRow> {
  const { db, tenantId, now } = ctx;
  const again = { endedAt: null, createdAt: now, invitedBy: row.invitedBy, homeRegion: row.homeRegion };
  const revived = await db
    .updateTable('guests')
    .set((row) => ({ stay: row('stay', '+', 1), ...again }))
    .where('homeTenantId', '=', row.homeTenantId)
    .where('homeAccountId', '=', row.homeAccountId)
    .returningAll()
    .executeTakeFirst();
  if (revived) return revived;
  await db.insertInto('principals').values({ tenantId, id: row.id, kind: 'guest', createdAt: now }).execute();
  return db
    .insertInto('guests')
    .values({ tenantId, ...row, createdAt: now })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export const end = async ({ db, now }: TenantContext, id: string): Promise<void> => {
  await db.updateTable('guests').set({ endedAt: now }).where('id', '=', id).execute();
  await db.deleteFrom('guestSessions').where('guestId', '=', id).execute();
};

const openInvitations = ({ db, now }: TenantContext) =>
  db.selectFrom('guestInvitations').selectAll().where('endedAt', 'is', null).where('expiresAt', '>', now);

export type InvitationRow = Awaited<ReturnType<typeof findInvitation>>;

export const listInvitations = (ctx: TenantContext, query: z.output<typeof InvitationQuery>) =>
  page(ctx.db, query, {
    rows: openInvitations(ctx),
    id: 'guest_invitations.id',
    sorts: { createdAt: byTime('guest_invitations.created_at') },
  });

export const findInvitation = (ctx: TenantContext, id: string) =>
  openInvitations(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('invitation'));

export const lockInvitation = (ctx: TenantContext, id: string) =>
  openInvitations(ctx)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('invitation'));

export const invitationBy = (ctx: TenantContext, secretHash: Buffer) =>
  openInvitations(ctx).where('secretHash', '=', secretHash).executeTakeFirst();

export const countInvitations = async (ctx: TenantContext): Promise<number> => {
  const { count } = await openInvitations(ctx)
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

interface NewInvitation {
  id: string;
  secretHash: Buffer;
  homeTenantId: string | null;
  groupIds: string[];
  expiresAt: Date;
}

export const insertInvitation = ({ db, tenantId, now, actor }: TenantContext, row: NewInvitation) =>
  db
    .insertInto('guestInvitations')
    .values({ tenantId, ...row, createdAt: now, createdBy: actor.id })
    .returningAll()
    .executeTakeFirstOrThrow();

export const endInvitation = async ({ db, now }: TenantContext, id: string): Promise<void> => {
  await db.updateTable('guestInvitations').set({ endedAt: now }).where('id', '=', id).execute();
};

/** Uses an invitation up: of any number at once exactly one gets it. */
export const consumeInvitation = ({ db, now }: TenantContext, secretHash: Buffer, homeTenantId: string) =>
  db
    .updateTable('guestInvitations')
    .set({ endedAt: now })
    .where('secretHash', '=', secretHash)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', now)
    .where((eb) => eb.or([eb('homeTenantId', 'is', null), eb('homeTenantId', '=', homeTenantId)]))
    .returningAll()
    .executeTakeFirst();

/** What the tenant shows of itself to whom it lets in. */
export const shown = ({ db }: TenantContext) =>
  db
    .selectFrom('tenants')
    .select(['tenantId as id', 'name', 'displayName', 'legalName', 'type', 'createdAt'])
    .executeTakeFirstOrThrow();

export const groupNames = ({ db }: TenantContext, ids: string[]) =>
  db
    .selectFrom('groups')
    .select(['id', 'name'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .orderBy('nameCanonical')
    .execute();

/** Also one whose time is over. */
export const findEver = ({ db }: TenantContext, id: string) =>
  db.selectFrom('guests').selectAll().where('id', '=', id).executeTakeFirst();
