import { sql } from 'kysely';
import type { z } from 'zod';
import type { ProvisioningState } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { ask, type Pool, type Prepared, Unit } from '../../kernel/database/pool.ts';
import { prepared } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import type { TenantState } from '../../kernel/doors.ts';
import { newId } from '../../kernel/ids.ts';
import { byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { SessionQuery } from './schema.ts';

/** Idle for as long as the tenant's policy says, a session is over; `kernel/authenticate.ts` judges by the same. */
const live = (ctx: TenantContext) =>
  ctx.db
    .selectFrom('sessions')
    .selectAll()
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', ctx.now)
    .where('lastSeenAt', '>', (eb) =>
      eb
        .selectFrom('tenants')
        .select(sql<Date>`${ctx.now}::timestamptz - make_interval(mins => idle_minutes)`.as('since')),
    );

export function listOf(ctx: TenantContext, accountId: string, query: z.output<typeof SessionQuery>) {
  let rows = live(ctx).where('accountId', '=', accountId);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb('userAgent', 'ilike', pattern), eb('sourceAddress', 'ilike', pattern)]));
  }
  return page(ctx.db, query, {
    rows,
    id: 'sessions.id',
    sorts: { createdAt: byTime('sessions.created_at'), lastSeenAt: byTime('sessions.last_seen_at') },
  });
}

export const keptOf = ({ db }: TenantContext, accountId: string) =>
  db
    .selectFrom('sessions')
    .select(['id', 'method', 'createdAt', 'lastSeenAt', 'expiresAt', 'endedAt', 'sourceAddress', 'userAgent'])
    .where('accountId', '=', accountId)
    .orderBy('createdAt', 'desc')
    .limit(2_000)
    .execute();

export const forgetAllOf = (ctx: TenantContext, accountId: string): void =>
  ctx.defer(ctx.db.deleteFrom('sessions').where('accountId', '=', accountId));

interface NewRow {
  id: string;
  accountId: string;
  secretHash: Buffer;
  sourceAddress: string | null;
  userAgent: string | null;
  expiresAt: Date;
  method: string;
  identityProviderId: string | null;
  provedBy: string;
  provedAt: Date;
  secondFactorAt: Date | null;
}

export const insert = (ctx: TenantContext, row: NewRow) =>
  ctx.db
    .insertInto('sessions')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now, lastSeenAt: ctx.now })
    .returningAll()
    .executeTakeFirstOrThrow();

/** Takes the session of a guest from another region away. */
export const endGuestSession = async ({ db }: TenantContext, secretHash: Buffer): Promise<void> => {
  await db.deleteFrom('guestSessions').where('secretHash', '=', secretHash).execute();
};

/** The same by its id. */
export const endGuestSessionById = async ({ db }: TenantContext, id: string): Promise<void> => {
  await db.deleteFrom('guestSessions').where('id', '=', id).execute();
};

/** Ends a live session of the account. @throws {Problem} 404 */
export const end = (ctx: TenantContext, accountId: string, id: string) =>
  ctx.db
    .updateTable('sessions')
    .set({ endedAt: ctx.now })
    .where('id', '=', id)
    .where('accountId', '=', accountId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', ctx.now)
    .returningAll()
    .executeTakeFirstOrThrow(() => notFound('session'));

/** The session that has this secret, unless it is over. */
export const liveBySecret = (ctx: TenantContext, secretHash: Buffer) =>
  live(ctx).where('secretHash', '=', secretHash).executeTakeFirst();

export const liveById = (ctx: TenantContext, id: string) => live(ctx).where('id', '=', id).executeTakeFirst();

/** Ends all sessions of an account, and what was begun and not finished. @returns the ids of those that ended */
export const endAllOf = async (ctx: TenantContext, accountId: string): Promise<string[]> => {
  removeAllUnfinished(ctx, accountId);
  const rows = await ctx.db
    .updateTable('sessions')
    .set({ endedAt: ctx.now })
    .where('accountId', '=', accountId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', ctx.now)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
};

const shutting = prepared((db, at: { accountId: string; now: Date }) =>
  db
    .with('unfinished', (cte) => cte.deleteFrom('unfinishedSignIns').where('accountId', '=', at.accountId))
    .with('closed', (cte) =>
      cte
        .updateTable('sessions')
        .set({ endedAt: at.now })
        .where('accountId', '=', at.accountId)
        .where('endedAt', 'is', null)
        .where('expiresAt', '>', at.now),
    )
    .with('ended', (cte) =>
      cte
        .updateTable('links')
        .set({ consumedAt: at.now })
        .where('accountId', '=', at.accountId)
        .where('consumedAt', 'is', null),
    )
    .selectFrom('leases')
    .select(['accountId', 'visitedTenantId', 'visitedRegion'])
    .distinct()
    .where('accountId', '=', at.accountId)
    .where(sql<boolean>`asked_at > platform_time() - interval '15 seconds'`),
);

/** The same and open links, of an account whose row is held; nothing waits for it. @param told of what other regions may let in by yet */
export const shutOut = (ctx: TenantContext, accountId: string, told: (leases: Lease[]) => void): void =>
  ctx.defer(shutting({ accountId, now: ctx.now }), told);

type Lease = Pick<Tables['leases'], 'accountId' | 'visitedTenantId' | 'visitedRegion'>;

/** Ends all sessions that an identity provider opened. @returns their ids */
export const endAllOfProvider = async (ctx: TenantContext, identityProviderId: string): Promise<string[]> => {
  const rows = await ctx.db
    .updateTable('sessions')
    .set({ endedAt: ctx.now })
    .where('identityProviderId', '=', identityProviderId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', ctx.now)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
};

/** Ends all sessions of an account but one. @returns their ids */
export const endOthers = async (ctx: TenantContext, accountId: string, kept: string | null): Promise<string[]> => {
  let rows = ctx.db
    .updateTable('sessions')
    .set({ endedAt: ctx.now })
    .where('accountId', '=', accountId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', ctx.now);
  if (kept) rows = rows.where('id', '<>', kept);
  return (await rows.returning('id').execute()).map(({ id }) => id);
};

/** Notes a fresh proof of a session's person; its secret is another one from then on. */
export const renew = (
  ctx: TenantContext,
  id: string,
  { secretHash, provedBy, hasSecondFactor }: { secretHash: Buffer; provedBy: string; hasSecondFactor: boolean },
) =>
  ctx.db
    .updateTable('sessions')
    .set({ secretHash, provedBy, provedAt: ctx.now, ...(hasSecondFactor ? { secondFactorAt: ctx.now } : {}) })
    .where('id', '=', id)
    .where('endedAt', 'is', null)
    .returningAll()
    .executeTakeFirstOrThrow(() => notFound('session'));

/** Ends those of an account that an identity provider opened, or of these only those named. @returns their ids */
export const endByProvider = async (
  ctx: TenantContext,
  accountId: string,
  identityProviderId: string,
  ids: string[] | undefined,
): Promise<string[]> => {
  let ending = ctx.db
    .updateTable('sessions')
    .set({ endedAt: ctx.now })
    .where('accountId', '=', accountId)
    .where('identityProviderId', '=', identityProviderId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', ctx.now);
  if (ids) ending = ending.where('id', 'in', ids);
  return (await ending.returning('id').execute()).map(({ id }) => id);
};

/** Ends the oldest live sessions of an account, all but so many. @returns their ids */
export const endOldest = async (ctx: TenantContext, accountId: string, kept: number): Promise<string[]> => {
  const oldest = live(ctx)
    .clearSelect()
    .select('id')
    .where('accountId', '=', accountId)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .offset(kept);
  const rows = await ctx.db
    .updateTable('sessions')
    .set({ endedAt: ctx.now })
    .where('id', 'in', oldest)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
};

/** Deletes the oldest sessions of an account that are over, all but so many. */
export const forgetOldest = (ctx: TenantContext, accountId: string, kept: number): void => {
  const oldest = ctx.db
    .selectFrom('sessions')
    .select('id')
    .where('accountId', '=', accountId)
    .where((eb) => eb.or([eb('endedAt', 'is not', null), eb('expiresAt', '<=', ctx.now)]))
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .offset(kept);
  ctx.defer(ctx.db.deleteFrom('sessions').where('id', 'in', oldest));
};

/** Notes the sign-in on the account, which it holds; nothing when it may not sign in any more. */
export const noteSignIn = (ctx: TenantContext, accountId: string) =>
  ctx.db
    .updateTable('accounts')
    .set({ lastSignInAt: ctx.now })
    .where('id', '=', accountId)
    .where('status', '=', 'enabled')
    .where('deletedAt', 'is', null)
    .returning(['displayName'])
    .executeTakeFirst();

export const passwordOf = async ({ db }: TenantContext, accountId: string) =>
  (await db.selectFrom('passwords').select('hash').where('accountId', '=', accountId).executeTakeFirst())?.hash;

/** What an account that may sign in can prove itself by; undefined when it may not. */
export const waysOf = ({ db }: TenantContext, accountId: string) =>
  db
    .selectFrom('accounts')
    .leftJoin('passwords', 'passwords.accountId', 'accounts.id')
    .where('accounts.id', '=', accountId)
    .where('accounts.status', '=', 'enabled')
    .where('accounts.deletedAt', 'is', null)
    .select((eb) => {
      const factors = eb
        .selectFrom('factors')
        .select('factors.id')
        .whereRef('factors.accountId', '=', 'accounts.id')
        .where('factors.confirmedAt', 'is not', null);
      const codes = eb
        .selectFrom('recoveryCodes')
        .select('recoveryCodes.codeHash')
        .whereRef('recoveryCodes.accountId', '=', 'accounts.id')
        .where('recoveryCodes.usedAt', 'is', null);
      return [
        'passwords.standsAlone as passwordStandsAlone',
        eb
          .exists(factors.where('factors.kind', '=', 'totp'))
          .$castTo<boolean>()
          .as('hasTotp'),
        eb
          .exists(factors.where('factors.kind', '=', 'passkey'))
          .$castTo<boolean>()
          .as('hasPasskey'),
        eb.exists(codes).$castTo<boolean>().as('hasRecoveryCode'),
      ];
    })
    .executeTakeFirst();

interface NewUnfinished {
  id: string;
  accountId: string;
  secretHash: Buffer;
  method: string;
  identityProviderId: string | null;
  asks: string[];
  expiresAt: Date;
}

export const insertUnfinished = (ctx: TenantContext, row: NewUnfinished): void =>
  ctx.defer(ctx.db.insertInto('unfinishedSignIns').values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now }));

export interface UnfinishedRow {
  id: string;
  accountId: string;
  method: string;
  identityProviderId: string | null;
  asks: string[];
  expiresAt: Date;
  isKnownSource: boolean;
  tenantStatus: TenantState;
  tenantDisplayName: string;
  provisioning: ProvisioningState;
  lendsGroups: boolean;
  now: Date;
}

/** The unfinished sign-in that has this secret, unless it is over. @param network CIDR */
export const unfinishedStatement = (secretHash: Buffer, network: string): Prepared => ({
  name: 'unfinished-sign-in',
  text: `select u.id, u.account_id as "accountId", u.method, u.identity_provider_id as "identityProviderId", u.asks,
                u.expires_at as "expiresAt", t.status as "tenantStatus", t.display_name as "tenantDisplayName",
                t.provisioning, t.lends_groups as "lendsGroups", platform_time() as now,
                exists (select from sessions s where s.tenant_id = u.tenant_id and s.account_id = u.account_id
                          and s.source_address is not null and s.source_address::inet <<= $2::inet) as "isKnownSource"
         from unfinished_sign_ins u
         join tenants t on t.tenant_id = u.tenant_id
         join accounts a on a.tenant_id = u.tenant_id and a.id = u.account_id
         where u.tenant_id = current_tenant() and u.secret_hash = $1 and u.expires_at > platform_time()
           and a.status = 'enabled' and a.deleted_at is null`,
  values: [secretHash, network],
});

/** Holds an unfinished sign-in until the transaction ends; undefined when it is over. */
export const lockUnfinished = ({ db, now }: TenantContext, secretHash: Buffer) =>
  db
    .selectFrom('unfinishedSignIns')
    .select('id')
    .where('secretHash', '=', secretHash)
    .where('expiresAt', '>', now)
    .forUpdate()
    .executeTakeFirst();

export const removeUnfinished = async ({ db }: TenantContext, id: string): Promise<void> => {
  await db.deleteFrom('unfinishedSignIns').where('id', '=', id).execute();
};

const removing = prepared((db, at: { accountId: string }) =>
  db.deleteFrom('unfinishedSignIns').where('accountId', '=', at.accountId),
);

/** Deletes all unfinished sign-ins of an account. */
export const removeAllUnfinished = (ctx: TenantContext, accountId: string): void => ctx.defer(removing({ accountId }));

/** Deletes the oldest unfinished sign-ins of an account, all but so many. */
export const forgetUnfinished = (ctx: TenantContext, accountId: string, kept: number): void => {
  const oldest = ctx.db
    .selectFrom('unfinishedSignIns')
    .select('id')
    .where('accountId', '=', accountId)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .offset(kept);
  ctx.defer(ctx.db.deleteFrom('unfinishedSignIns').where('id', 'in', oldest));
};

/** Notes that an account signed in from a browser. @returns whether it had before, and how many others are known */
export async function noteDevice(ctx: TenantContext, accountId: string, secretHash: Buffer, kept: number) {
  const rows = await ctx.db
    .selectFrom('devices')
    .select('secretHash')
    .where('accountId', '=', accountId)
    .orderBy('lastSeenAt', 'desc')
    .limit(kept)
    .execute();
  const isKnown = rows.some((row) => row.secretHash.equals(secretHash));
  ctx.defer(
    ctx.db
      .insertInto('devices')
      .values({ tenantId: ctx.tenantId, accountId, secretHash, createdAt: ctx.now, lastSeenAt: ctx.now })
      .onConflict((conflict) =>
        conflict.columns(['tenantId', 'accountId', 'secretHash']).doUpdateSet({ lastSeenAt: ctx.now }),
      ),
  );
  const oldest = rows.at(-1);
  if (!isKnown && rows.length === kept && oldest)
    ctx.defer(
      ctx.db.deleteFrom('devices').where('accountId', '=', accountId).where('secretHash', '=', oldest.secretHash),
    );
  return { isKnown, others: rows.length - (isKnown ? 1 : 0) };
}

/**
 * Has sign-in try the account before others of the same address; one whose person showed once that the mailbox is theirs
 * before all others: who makes accounts, by a provider or a directory of their own, could else have theirs tried instead.
 * Those others have their order in January 1970.
 *
 * @param isProved they show it now
 */
export const noteUseOfAddress = (ctx: TenantContext, accountId: string, isProved: boolean) =>
  ctx.db
    .updateTable('signInIndex')
    .set({
      lastUsedAt: isProved
        ? ctx.now
        : sql<Date>`case when last_used_at > '1971-01-01T00:00:00Z' then ${ctx.now}::timestamptz
            else ${new Date(ctx.now.getTime() / 1000)}::timestamptz end`,
    })
    .where('tenantId', '=', ctx.tenantId)
    .where('accountId', '=', accountId)
    .execute();

/** The name and address, if any, of the caller, for `GET /v1/me`. */
export const personOf = async ({ db }: TenantContext, accountId: string) => {
  const row = await db
    .selectFrom('accounts')
    .select(['displayName', 'email'])
    .where('id', '=', accountId)
    .executeTakeFirst();
  return { displayName: row?.displayName, ...(row?.email ? { email: row.email } : {}) };
};

export const machineOf = ({ db }: TenantContext, id: string) =>
  db.selectFrom('serviceAccounts').select(['name']).where('id', '=', id).executeTakeFirst();

/** Accounts of a cell that an address may open, the most recently used first. */
export const placesOf = (cell: Pool, fingerprint: Buffer, tenantId: string | undefined, limit: number) =>
  ask<{ tenantId: string; accountId: string; lastUsedAt: Date }>(cell, {
    name: 'sign-in-places',
    text: `select tenant_id as "tenantId", account_id as "accountId", last_used_at as "lastUsedAt"
           from sign_in_index where fingerprint = $1 and ($2::uuid is null or tenant_id = $2)
           order by last_used_at desc limit $3`,
    values: [fingerprint, tenantId ?? null, limit],
  });

export interface SignInRow {
  accountId: string;
  status: string;
  hash: string | null;
  /** Whether the account was signed in from this network before. */
  isKnownSource: boolean;
  tenantStatus: TenantState;
  tenantDisplayName: string;
  provisioning: ProvisioningState;
  lendsGroups: boolean;
  now: Date;
}

/** What a sign-in needs to know of an account, in its tenant. @param network CIDR */
export const signInStatement = (accountId: string, canonicalEmail: string, network: string): Prepared => ({
  name: 'sign-in-account',
  text: `select a.id as "accountId", a.status, p.hash, t.status as "tenantStatus", t.display_name as "tenantDisplayName", t.provisioning,
                t.lends_groups as "lendsGroups", platform_time() as now,
                exists (select from sessions s where s.tenant_id = a.tenant_id and s.account_id = a.id
                          and s.source_address is not null and s.source_address::inet <<= $3::inet) as "isKnownSource"
         from accounts a
         join tenants t on t.tenant_id = a.tenant_id
         left join passwords p on p.tenant_id = a.tenant_id and p.account_id = a.id
         where a.tenant_id = current_tenant() and a.id = $1 and a.email_canonical = $2 and a.deleted_at is null`,
  values: [accountId, canonicalEmail, network],
});

/** Commits as a refusal does, in the context of no tenant that there is, and leaves nothing. */
export async function writeNothing(cell: Pool): Promise<void> {
  const tenantId = newId();
  const { unit } = await Unit.open(cell, tenantId);
  try {
    await unit.db
      .insertInto('refusalCounts')
      .values({ tenantId, principalId: tenantId, minute: new Date(0), count: 1 })
      .execute();
    await unit.commit([
      { name: 'write-nothing', text: 'delete from refusal_counts where tenant_id = current_tenant()', values: [] },
    ]);
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}
