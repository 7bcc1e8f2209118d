import { type Selectable, sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import type { Prepared } from '../../kernel/database/pool.ts';
import { prepared } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
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
  const [row] = await ctx.ask(policyQuery({ tenantId: ctx.tenantId }));
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

// ---------------------------------------------------------------- the logo

const logoColumns = ['digest', 'type', 'width', 'height'] as const;

/** What there is to say of the logo, without its bytes. */
export const logoQuery = prepared((db, _: object) => db.selectFrom('logos').select(logoColumns));

export type LogoRow = Pick<Selectable<Tables['logos']>, (typeof logoColumns)[number]>;

export const logo = async ({ db }: TenantContext): Promise<LogoRow | undefined> =>
  (await db.executeQuery(logoQuery({}))).rows[0];

export function putLogo(ctx: TenantContext, row: LogoRow & { picture: Buffer }): void {
  const values = { ...row, ...ctx.changedBy };
  ctx.defer(
    ctx.db
      .insertInto('logos')
      .values({ tenantId: ctx.tenantId, ...values })
      .onConflict((conflict) => conflict.column('tenantId').doUpdateSet(values)),
  );
}

export const deleteLogo = (ctx: TenantContext): void => ctx.defer(ctx.db.deleteFrom('logos'));

/** As `logoQuery`, before anybody is known. */
export const logoStatement: Prepared = {
  name: 'logo',
  text: 'select digest, type, width, height from logos where tenant_id = current_tenant()',
  values: [],
};

/** The picture of an address, before anybody is known. */
export const pictureStatement = (digest: string): Prepared => ({
  name: 'logo-picture',
  text: `select l.type, l.picture from logos l join tenants t using (tenant_id)
         where l.tenant_id = current_tenant() and l.digest = $1 and t.status <> 'closed'`,
  values: [digest],
});
