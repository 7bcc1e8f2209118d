import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { OwnershipQuery } from './schema.ts';

type Query = z.output<typeof OwnershipQuery>;

// ---------------------------------------------------------------- transfers

const transfers = ({ db }: TenantContext) =>
  db
    .selectFrom('ownershipTransfers')
    .innerJoin('accounts as giver', 'giver.id', 'ownershipTransfers.fromAccountId')
    .innerJoin('accounts as taker', 'taker.id', 'ownershipTransfers.toAccountId')
    .select([
      'ownershipTransfers.id',
      'fromAccountId',
      'giver.displayName as fromName',
      'toAccountId',
      'taker.displayName as toName',
      'staysOwner',
      'state',
      'ownershipTransfers.createdAt',
      'expiresAt',
      'decidedAt',
      'ownershipTransfers.version',
    ]);

export type TransferRow = Awaited<ReturnType<typeof findTransfer>>;

export const findTransfer = (ctx: TenantContext, id: string) =>
  transfers(ctx)
    .where('ownershipTransfers.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('ownership transfer'));

/** Reads an offer and holds its row until the transaction ends. */
export const lockTransfer = (ctx: TenantContext, id: string) =>
  transfers(ctx)
    .where('ownershipTransfers.id', '=', id)
    .forUpdate('ownershipTransfers')
    .executeTakeFirstOrThrow(() => notFound('ownership transfer'));

/** @param takerId only those made to this account; all without */
export function listTransfers(ctx: TenantContext, query: Query, takerId?: string) {
  let rows = transfers(ctx);
  if (takerId !== undefined) rows = rows.where('toAccountId', '=', takerId);
  return page(ctx.db, query, {
    rows,
    id: 'ownershipTransfers.id',
    sorts: { createdAt: byTime('ownership_transfers.created_at') },
    defaultSort: '-createdAt',
  });
}

export const hasWaiting = async ({ db, now }: TenantContext, giverId: string): Promise<boolean> =>
  (await db
    .selectFrom('ownershipTransfers')
    .select('id')
    .where('fromAccountId', '=', giverId)
    .where('state', '=', 'waiting')
    .where('expiresAt', '>', now)
    .limit(1)
    .executeTakeFirst()) !== undefined;

export const insertTransfer = async (
  ctx: TenantContext,
  row: { id: string; fromAccountId: string; toAccountId: string; staysOwner: boolean; expiresAt: Date },
) => {
  await ctx.db
    .insertInto('ownershipTransfers')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now })
    .execute();
  return findTransfer(ctx, row.id);
};

/** Requires the row to be held. */
export const decideTransfer = async (ctx: TenantContext, id: string, state: 'accepted' | 'declined' | 'cancelled') => {
  await ctx.db
    .updateTable('ownershipTransfers')
    .set((eb) => ({ state, decidedAt: ctx.now, decidedBy: ctx.actor.id, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  return findTransfer(ctx, id);
};

/** Holds the rows of accounts, in one order, so that no two wait for each other. @returns who may be an owner, and is */
export const lockPeople = async ({ db }: TenantContext, ids: string[]) => {
  const rows = await db
    .selectFrom('accounts')
    .where('id', 'in', ids)
    .where('deletedAt', 'is', null)
    .select((eb) => [
      'id',
      'displayName',
      'status',
      'source',
      eb
        .exists(
          eb
            .selectFrom('memberships')
            .innerJoin('groups', 'groups.id', 'memberships.groupId')
            .select('groupId')
            .whereRef('memberships.principalId', '=', 'accounts.id')
            .where('groups.isOwnerGroup', '=', true),
        )
        .as('isOwner'),
    ])
    .orderBy('id')
    .forUpdate('accounts')
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
};

// ---------------------------------------------------------------- recoveries

const recoveries = ({ db }: TenantContext) =>
  db
    .selectFrom('ownershipRecoveries')
    .select([
      'id',
      'email',
      'firstName',
      'lastName',
      sql<'waiting' | 'done' | 'stopped' | 'failed'>`case state when 'cancelled' then 'stopped' else state end`.as(
        'state',
      ),
      'dueAt',
      'createdAt',
      'decidedAt',
      'accountId',
      'version',
    ]);

export type RecoveryRow = Awaited<ReturnType<typeof findRecovery>>;

export const findRecovery = (ctx: TenantContext, id: string) =>
  recoveries(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('ownership recovery'));

/** Reads a recovery and holds its row until the transaction ends. */
export const lockRecovery = (ctx: TenantContext, id: string) =>
  recoveries(ctx)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('ownership recovery'));

/** Holds the one that waits, if any. */
export const lockWaiting = (ctx: TenantContext) =>
  recoveries(ctx).where('state', '=', 'waiting').forUpdate().executeTakeFirst();

/** The one that waits, if any. */
export const waiting = ({ db }: TenantContext) =>
  db.selectFrom('ownershipRecoveries').select(['id', 'dueAt']).where('state', '=', 'waiting').executeTakeFirst();

export const listRecoveries = (ctx: TenantContext, query: Query) =>
  page(ctx.db, query, {
    rows: recoveries(ctx),
    id: 'ownershipRecoveries.id',
    sorts: { createdAt: byTime('ownership_recoveries.created_at') },
    defaultSort: '-createdAt',
  });

/** A second one that waits breaks `ownership_recoveries_waiting`. */
export const insertRecovery = async (
  ctx: TenantContext,
  row: { id: string; email: string; emailCanonical: string; firstName: string; lastName: string; dueAt: Date },
) => {
  await ctx.db
    .insertInto('ownershipRecoveries')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now })
    .execute();
  return findRecovery(ctx, row.id);
};

/** Requires the row to be held. */
export const decideRecovery = async (
  ctx: TenantContext,
  id: string,
  state: 'done' | 'cancelled' | 'failed',
  accountId: string | null = null,
) => {
  await ctx.db
    .updateTable('ownershipRecoveries')
    .set((eb) => ({ state, accountId, decidedAt: ctx.now, decidedBy: ctx.actor.id, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  return findRecovery(ctx, id);
};

/** Requires the row to be held. */
export const postpone = async (ctx: TenantContext, id: string, dueAt: Date) => {
  await ctx.db
    .updateTable('ownershipRecoveries')
    .set((eb) => ({ dueAt, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  return findRecovery(ctx, id);
};
