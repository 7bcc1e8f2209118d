import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import type { Prepared } from '../../kernel/database/pool.ts';
import type { TenantState } from '../../kernel/doors.ts';
import { newId } from '../../kernel/ids.ts';

const owners = ({ db }: TenantContext) =>
  db
    .selectFrom('accounts')
    .innerJoin('memberships', 'memberships.principalId', 'accounts.id')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .where('groups.isOwnerGroup', '=', true)
    .where('accounts.deletedAt', 'is', null)
    .where('accounts.source', '=', 'local');

/** Holds the row of a local owner; undefined for anybody else. */
export const lockOwner = (ctx: TenantContext, accountId: string) =>
  owners(ctx)
    .where('accounts.id', '=', accountId)
    .select(['accounts.id', 'accounts.displayName', 'accounts.status'])
    .forUpdate('accounts')
    .executeTakeFirst();

/** Whether single sign-on is required, and since when that is suspended. */
export const standing = ({ db, tenantId }: TenantContext) =>
  db
    .selectFrom('tenants')
    .select(['singleSignOn', 'singleSignOnSuspendedAt as suspendedAt'])
    .where('tenantId', '=', tenantId)
    .executeTakeFirstOrThrow();

/** The same, and holds the tenant's row. Hold the owners first. */
export const lockStanding = ({ db, tenantId }: TenantContext) =>
  db
    .selectFrom('tenants')
    .select(['singleSignOn', 'singleSignOnSuspendedAt as suspendedAt'])
    .where('tenantId', '=', tenantId)
    .forUpdate()
    .executeTakeFirstOrThrow();

export const setStanding = (ctx: TenantContext, singleSignOn: 'optional' | 'required', suspendedAt: Date | null) =>
  ctx.db
    .updateTable('tenants')
    .set((eb) => ({
      singleSignOn,
      singleSignOnSuspendedAt: suspendedAt,
      ...ctx.changedBy,
      version: eb('version', '+', 1),
    }))
    .where('tenantId', '=', ctx.tenantId)
    .execute();

export const countActiveProviders = async ({ db }: TenantContext): Promise<number> => {
  const { count } = await db
    .selectFrom('identityProviders')
    .where('status', '=', 'active')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Whether an owner, of whatever source, has a live session that came through a provider that is active. */
export const cameThroughProvider = async (ctx: TenantContext): Promise<boolean> =>
  (await ctx.db
    .selectFrom('sessions')
    .innerJoin('identityProviders', 'identityProviders.id', 'sessions.identityProviderId')
    .innerJoin('accounts', 'accounts.id', 'sessions.accountId')
    .innerJoin('memberships', 'memberships.principalId', 'accounts.id')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .where('identityProviders.status', '=', 'active')
    .where('sessions.method', '=', 'identity-provider')
    .where('sessions.endedAt', 'is', null)
    .where('sessions.expiresAt', '>', ctx.now)
    .where('accounts.status', '=', 'enabled')
    .where('accounts.deletedAt', 'is', null)
    .where('groups.isOwnerGroup', '=', true)
    .select('sessions.id')
    .limit(1)
    .executeTakeFirst()) !== undefined;

/** Local owners who are enabled, with the set of codes that each has in use. */
export const ownersWithCodes = (ctx: TenantContext) =>
  owners(ctx)
    .leftJoin('emergencyCodes', (join) =>
      join.onRef('emergencyCodes.accountId', '=', 'accounts.id').on(
        sql<boolean>`exists (select from emergency_codes tried where tried.tenant_id = emergency_codes.tenant_id
                               and tried.account_id = emergency_codes.account_id
                               and tried.set_id = emergency_codes.set_id and tried.used_at is not null)`,
      ),
    )
    .where('accounts.status', '=', 'enabled')
    .select((eb) => [
      'accounts.id as accountId',
      'accounts.displayName',
      eb.fn.count<number>('emergencyCodes.id').filterWhere('emergencyCodes.usedAt', 'is', null).as('unusedCodes'),
      eb.fn.min<Date | null>('emergencyCodes.usedAt').as('triedAt'),
    ])
    .groupBy(['accounts.id', 'accounts.displayName'])
    .orderBy('accounts.displayName')
    .limit(1_000)
    .execute();

// ---------------------------------------------------------------- emergency codes

export const setsOf = ({ db }: TenantContext, accountId: string) =>
  db
    .selectFrom('emergencyCodes')
    .where('accountId', '=', accountId)
    .select((eb) => [
      'setId',
      eb.fn.countAll<number>().filterWhere('usedAt', 'is', null).as('unused'),
      eb.fn.min<Date>('createdAt').as('createdAt'),
      eb.fn.min<Date | null>('usedAt').as('triedAt'),
    ])
    .groupBy('setId')
    .execute();

export const insertCodes = (ctx: TenantContext, accountId: string, setId: string, hashes: Buffer[]) =>
  ctx.db
    .insertInto('emergencyCodes')
    .values(
      hashes.map((codeHash) => ({
        tenantId: ctx.tenantId,
        id: newId(),
        accountId,
        setId,
        codeHash,
        createdAt: ctx.now,
      })),
    )
    .execute();

export const removeSets = async ({ db }: TenantContext, accountId: string, setIds: string[]): Promise<void> => {
  if (setIds.length > 0)
    await db.deleteFrom('emergencyCodes').where('accountId', '=', accountId).where('setId', 'in', setIds).execute();
};

/** Uses a code up: of any number at once one succeeds. @returns its set; undefined when it opens nothing */
export const consume = async (
  ctx: TenantContext,
  accountId: string,
  codeHash: Buffer,
  usedFor: 'drill' | 'sign-in',
): Promise<string | undefined> => {
  const used = await ctx.db
    .updateTable('emergencyCodes')
    .set({ usedAt: ctx.now, usedFor })
    .where('accountId', '=', accountId)
    .where('codeHash', '=', codeHash)
    .where('usedAt', 'is', null)
    .returning('setId')
    .executeTakeFirst();
  return used?.setId;
};

export interface DoorRow {
  accountId: string;
  /** Whether the code is one of the account's, unused, and the account a local owner who is enabled. */
  opens: boolean;
  tenantStatus: TenantState;
  tenantDisplayName: string;
  provisioning: 'on' | 'paused' | 'off';
  lendsGroups: boolean;
  now: Date;
}

/** What the door asks: as much for an address that nobody has. */
export const doorStatement = (canonicalEmail: string, codeHash: Buffer): Prepared => ({
  name: 'emergency-door',
  text: `select a.id as "accountId", t.status as "tenantStatus", t.display_name as "tenantDisplayName", t.provisioning,
                t.lends_groups as "lendsGroups", platform_time() as now,
                a.status = 'enabled' and a.source = 'local'
                  and exists (select from emergency_codes c where c.tenant_id = a.tenant_id and c.account_id = a.id
                                and c.code_hash = $2 and c.used_at is null)
                  and exists (select from memberships m join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
                              where m.tenant_id = a.tenant_id and m.principal_id = a.id and g.is_owner_group) as opens
         from accounts a join tenants t on t.tenant_id = a.tenant_id
         where a.tenant_id = current_tenant() and a.email_canonical = $1 and a.deleted_at is null`,
  values: [canonicalEmail, codeHash],
});
