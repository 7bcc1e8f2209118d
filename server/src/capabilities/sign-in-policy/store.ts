import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { prepared } from '../../kernel/database/queries.ts';
import { notFound } from '../../kernel/problem.ts';

const columns = [
  'secondFactor',
  'sessionHours',
  'idleMinutes',
  'accountEnabling',
  'allowedNetworks',
  'networksHoldForProvisioning',
  'signInLabel',
  'singleSignOn',
  'version',
] as const;

/** The policy stands in the tenant's row, which each request reads anyway. */
export const policyQuery = prepared((db, at: { tenantId: string }) =>
  db.selectFrom('tenants').select(columns).where('tenantId', '=', at.tenantId),
);

export type PolicyRow = Awaited<ReturnType<typeof read>>;

export const read = async (ctx: TenantContext) => {
  const [row] = (await ctx.db.executeQuery(policyQuery({ tenantId: ctx.tenantId }))).rows;
  if (!row) throw notFound('tenant');
  return row;
};

/** The same, and holds the tenant's row until the transaction ends. */
export const lock = (ctx: TenantContext) =>
  ctx.db
    .selectFrom('tenants')
    .select(columns)
    .where('tenantId', '=', ctx.tenantId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('tenant'));

/** Requires the row to be held by `lock`. */
export const update = (
  ctx: TenantContext,
  changes: { [Field in keyof Omit<PolicyRow, 'version'>]?: PolicyRow[Field] | undefined },
): Promise<PolicyRow> =>
  ctx.db
    .updateTable('tenants')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('tenantId', '=', ctx.tenantId)
    .returning(columns)
    .executeTakeFirstOrThrow();

/** Lets no live session outlast so many hours from its beginning. */
export const shortenSessions = (ctx: TenantContext, hours: number): void =>
  ctx.defer(
    sql`
    update sessions set expires_at = created_at + make_interval(hours => ${hours})
    where ended_at is null and expires_at > greatest(${ctx.now}, created_at + make_interval(hours => ${hours}))`.compile(
      ctx.db,
    ),
  );
