import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { AccessRequestQuery } from './schema.ts';

const state = sql<'pending' | 'approved' | 'refused' | 'withdrawn' | 'expired'>`
  case when r.state = 'pending' and r.expires_at <= platform_time() then 'expired' else r.state end`;

const requests = ({ db }: TenantContext) =>
  db
    .selectFrom('accessRequests as r')
    .innerJoin('principals as p', 'p.id', 'r.principalId')
    .leftJoin('accounts as a', 'a.id', 'r.principalId')
    .leftJoin('namespaces as n', 'n.id', 'r.namespaceId')
    .leftJoin('groups as g', 'g.id', 'r.groupId')
    .select([
      'r.id',
      'r.principalId',
      sql<'account' | 'guest'>`p.kind`.as('kind'),
      sql<string>`coalesce(a.display_name, 'Guest')`.as('displayName'),
      'r.permission',
      'r.namespaceId',
      'n.name as namespaceName',
      'r.reason',
      state.as('state'),
      'r.groupId',
      'g.name as groupName',
      'r.endsAt',
      'r.decidedAt',
      'r.decision',
      'r.createdAt',
      'r.expiresAt',
    ]);
export type RequestRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  requests(ctx)
    .where('r.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('access request'));

export const lock = (ctx: TenantContext, id: string) =>
  requests(ctx)
    .where('r.id', '=', id)
    .forUpdate('r')
    .executeTakeFirstOrThrow(() => notFound('access request'));

/** Before a request of it: who erases an account holds it before its requests. */
export const holdAccount = ({ db }: TenantContext, id: string) =>
  db.selectFrom('accounts').select('id').where('id', '=', id).forKeyShare().execute();

/** Makes who asks do so one after another. */
export const holdAsker = ({ db }: TenantContext, id: string) =>
  db.selectFrom('principals').select('id').where('id', '=', id).forUpdate().execute();

/** @param ownOf only those of this principal */
export const list = (ctx: TenantContext, query: z.output<typeof AccessRequestQuery>, ownOf: string | undefined) => {
  let rows = requests(ctx);
  if (ownOf !== undefined) rows = rows.where('r.principalId', '=', ownOf);
  if (query.state) rows = rows.where(sql<boolean>`${state} = ${query.state}`);
  return page(ctx.db, query, { rows, id: 'r.id', sorts: { createdAt: byTime('r.created_at') } });
};

/** Those that nobody decided in time make room for others. */
export const expire = ({ db }: TenantContext, principalId: string) =>
  db
    .updateTable('accessRequests')
    .set({ state: 'expired' })
    .where('principalId', '=', principalId)
    .where('state', '=', 'pending')
    .where(sql<boolean>`expires_at <= platform_time()`)
    .execute();

export const countPending = async ({ db }: TenantContext, principalId: string): Promise<number> =>
  (
    await db
      .selectFrom('accessRequests')
      .select('id')
      .where('principalId', '=', principalId)
      .where('state', '=', 'pending')
      .execute()
  ).length;

export const insert = (
  ctx: TenantContext,
  request: {
    id: string;
    principalId: string;
    permission: string;
    namespaceId: string | null;
    reason: string;
    expiresAt: Date;
  },
) =>
  ctx.db
    .insertInto('accessRequests')
    .values({ tenantId: ctx.tenantId, createdAt: ctx.now, ...request })
    .execute();

export const decide = (
  { db, actor, now }: TenantContext,
  id: string,
  decided: {
    state: 'approved' | 'refused' | 'withdrawn';
    groupId?: string;
    endsAt?: Date | null;
    decision?: string;
  },
) =>
  db
    .updateTable('accessRequests')
    .set({ decidedBy: actor.id, decidedAt: now, ...decided })
    .where('id', '=', id)
    .execute();
