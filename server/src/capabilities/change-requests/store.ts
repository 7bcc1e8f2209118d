import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import { type ChangeEffect, stateNow } from '../../kernel/second-approver.ts';
import type { ChangeRequestQuery } from './schema.ts';

export interface ChangePath {
  namespaceId: string;
  id: string;
}

type Kind = 'account' | 'service-account' | 'guest';

const requests = ({ db }: TenantContext) =>
  db
    .selectFrom('changeRequests')
    .innerJoin('namespaces as n', 'n.id', 'changeRequests.namespaceId')
    .innerJoin('principals as p', 'p.id', 'changeRequests.askedBy')
    .leftJoin('accounts as a', 'a.id', 'changeRequests.askedBy')
    .leftJoin('serviceAccounts as s', 's.id', 'changeRequests.askedBy')
    .leftJoin('principals as dp', 'dp.id', 'changeRequests.decidedBy')
    .leftJoin('accounts as da', 'da.id', 'changeRequests.decidedBy')
    .leftJoin('serviceAccounts as ds', 'ds.id', 'changeRequests.decidedBy')
    .select([
      'changeRequests.id',
      'changeRequests.namespaceId',
      'n.name as namespaceName',
      'changeRequests.operation',
      'changeRequests.askedBy',
      sql<Kind>`p.kind`.as('askedByKind'),
      sql<string>`coalesce(a.display_name, s.name, 'Guest')`.as('askedByName'),
      'changeRequests.keyId',
      'changeRequests.effectsLeftOut',
      stateNow.as('state'),
      'changeRequests.decidedBy',
      sql<Kind>`dp.kind`.as('decidedByKind'),
      sql<string>`coalesce(da.display_name, ds.name, 'Guest')`.as('decidedByName'),
      'changeRequests.decidedAt',
      'changeRequests.decision',
      'changeRequests.createdAt',
      'changeRequests.expiresAt',
    ]);
export type ChangeRow = Awaited<ReturnType<typeof find>>;

const inNamespace = (ctx: TenantContext, namespaceId: string) =>
  requests(ctx).where('changeRequests.namespaceId', '=', namespaceId);

export const find = (ctx: TenantContext, { namespaceId, id }: ChangePath) =>
  inNamespace(ctx, namespaceId)
    .where('changeRequests.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('change request'));

/** For work after the commit, which knows no path. */
export const findAnywhere = (ctx: TenantContext, id: string) =>
  requests(ctx).where('changeRequests.id', '=', id).executeTakeFirst();

/** Holds one until the transaction ends: it is decided once. */
export const lock = (ctx: TenantContext, { namespaceId, id }: ChangePath) =>
  inNamespace(ctx, namespaceId)
    .where('changeRequests.id', '=', id)
    .forUpdate('changeRequests')
    .executeTakeFirstOrThrow(() => notFound('change request'));

export const effectsOf = async ({ db }: TenantContext, id: string) => {
  const found = await db.selectFrom('changeRequests').select('effects').where('id', '=', id).executeTakeFirst();
  return (found?.effects ?? []) as unknown as ChangeEffect[];
};

/** @param ownOf only those of this principal */
export const list = (
  ctx: TenantContext,
  namespaceId: string,
  query: z.output<typeof ChangeRequestQuery>,
  ownOf: string | undefined,
) => {
  let rows = inNamespace(ctx, namespaceId);
  if (ownOf !== undefined) rows = rows.where('changeRequests.askedBy', '=', ownOf);
  if (query.state) rows = rows.where(sql<boolean>`${stateNow} = ${query.state}`);
  return page(ctx.db, query, {
    rows,
    id: 'changeRequests.id',
    sorts: { createdAt: byTime('change_requests.created_at') },
  });
};

export const decide = (
  { db, actor, now }: TenantContext,
  id: string,
  decided: { state: 'approved' | 'refused' | 'withdrawn' | 'lapsed'; decision?: string },
) =>
  db
    .updateTable('changeRequests')
    .set({ decidedBy: actor.id, decidedAt: now, ...decided })
    .where('id', '=', id)
    .execute();

export const namespaceIsThere = async ({ db }: TenantContext, id: string): Promise<boolean> =>
  (await db.selectFrom('namespaces').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
