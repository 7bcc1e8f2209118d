import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { type Pool, Unit } from '../../kernel/database/pool.ts';
import { builder, elseOvertaken, prepared } from '../../kernel/database/queries.ts';
import { anyOf, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import { lentAmong } from '../../kernel/strength.ts';
import {
  type credentialNames,
  holdKinds,
  holdStates,
  type OutOfStepQuery,
  type ProvisioningCallQuery,
  type ProvisioningHoldQuery,
} from './schema.ts';

/**
 * Makes acts that count or pair the tenant's tokens wait for one another. Rows that refer to the tenant may be written
 * meanwhile.
 */
export const lockTokens = async ({ db }: TenantContext): Promise<void> => {
  await db.selectFrom('tenants').select('tenantId').forNoKeyUpdate().execute();
};

/** What people of provisioning hold, and its groups give. */
export const heldByProvisioned = async ({ db }: TenantContext) => {
  const theirs = db
    .selectFrom('groups')
    .where((eb) =>
      eb.or([
        eb('groups.source', '=', 'scim'),
        eb.exists(
          eb
            .selectFrom('memberships')
            .innerJoin('accounts', 'accounts.id', 'memberships.principalId')
            .select('accounts.id')
            .whereRef('memberships.groupId', '=', 'groups.id')
            .where('accounts.source', '=', 'scim')
            .where('accounts.deletedAt', 'is', null),
        ),
      ]),
    );
  const [rows, lent] = await Promise.all([
    theirs
      .leftJoin('grants', 'grants.groupId', 'groups.id')
      .select(['groups.isOwnerGroup', 'grants.permission', 'grants.namespaceId'])
      .distinct()
      .execute(),
    lentAmong(db, theirs.select('groups.id')).execute(),
  ]);
  return {
    isOwner: rows.some(({ isOwnerGroup }) => isOwnerGroup),
    given: [
      ...rows.flatMap(({ permission, namespaceId }) =>
        permission === null ? [] : [{ permission, namespaceId, isLent: false }],
      ),
      ...lent,
    ],
  };
};

// ---------------------------------------------------------------- settings

const settingsOf = ({ db }: TenantContext) =>
  db.selectFrom('tenants').select(['provisioning', 'guardPercent', 'guardOpenUntil', 'undoDays', 'version']);

export type SettingsRow = Awaited<ReturnType<typeof readSettings>>;

export const readSettings = (ctx: TenantContext) => settingsOf(ctx).executeTakeFirstOrThrow(() => notFound('tenant'));

/** The same, and holds the tenant's row until the transaction ends. */
export const lockSettings = (ctx: TenantContext) =>
  settingsOf(ctx)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('tenant'));

/** Requires the row to be held by `lockSettings`. */
export const updateSettings = (
  ctx: TenantContext,
  changes: Partial<Omit<SettingsRow, 'version'>>,
): Promise<SettingsRow> =>
  ctx.db
    .updateTable('tenants')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('tenantId', '=', ctx.tenantId)
    .returning(['provisioning', 'guardPercent', 'guardOpenUntil', 'undoDays', 'version'])
    .executeTakeFirstOrThrow();

interface Facts {
  accounts: number;
  groups: number;
  liveTokens: number;
  openHolds: number;
  outOfStep: number;
  lastCallAt: Date | null;
}

/** What the page of provisioning shows beside its settings; calls are noted a second late, uses of tokens a minute. */
export const readFacts = async ({ db }: TenantContext): Promise<Facts> => {
  const { rows } = await sql<Facts>`
    select (select count(*)::int from accounts where source = 'scim' and deleted_at is null) as accounts,
           (select count(*)::int from groups where source = 'scim') as groups,
           (select count(*)::int from credentials where kind = 'pt' and revoked_at is null and paused_at is null
              and (expires_at is null or expires_at > platform_time())
              and (ends_at is null or ends_at > platform_time())) as "liveTokens",
           (select count(*)::int from provisioning_holds
            left join accounts on accounts.id = provisioning_holds.account_id
            left join groups on groups.id = provisioning_holds.group_id
            where (provisioning_holds.decided_at is null or provisioning_holds.kind = 'credentials')
              and ${holdState} = 'open') as "openHolds",
           (select count(*)::int from provisioning_calls as calls where ${isOutOfStep}) as "outOfStep",
           greatest((select max(at) from provisioning_calls),
                    (select max(last_used_at) from credentials where kind = 'pt')) as "lastCallAt"`.execute(db);
  return rows[0] as Facts;
};

// ---------------------------------------------------------------- guard

export interface Standing {
  guardPercent: number;
  /** An administrator lets every removal through. */
  isOpen: boolean;
  /** Accounts that provisioning deactivated or deleted within 24 hours. */
  removed: number;
  /** Accounts that it had 24 hours ago: as many as it needs to be far from the limit, or fewer when there are fewer. */
  base: number;
}

const windowStart = sql<Date>`platform_time() - interval '24 hours'`;
const isGuardOpen = sql<boolean>`coalesce(tenants.guard_open_until > platform_time(), false)`;

/** Without parameters, so that it can be foreseen by every removal. */
const standing = prepared<Record<never, never>, Standing>((db) =>
  db
    .selectFrom('tenants')
    .innerJoinLateral(
      sql<{ removed: number }>`(select count(*)::int as removed from accounts
        where tenants.guard_percent < 100 and removed_at > ${windowStart})`.as<'gone'>(sql`gone`),
      (join) => join.onTrue(),
    )
    .innerJoinLateral(
      sql<{ base: number }>`(select count(*)::int as base from (
        select from accounts where tenants.guard_percent < 100 and source = 'scim' and deleted_at is null
          and created_at <= ${windowStart}
        limit ceil((gone.removed + ${sql.lit(GUARD_MARGIN + 1)}) * 100.0 / tenants.guard_percent)::int) known)`.as<'had'>(
        sql`had`,
      ),
      (join) => join.onTrue(),
    )
    .select(['tenants.guardPercent', isGuardOpen.as('isOpen'), 'gone.removed', 'had.base']),
);

/** How far from the limit the guard lets removals pass without making them wait for one another. */
export const GUARD_MARGIN = 64;

/** The query of `readStanding`, to be foreseen. */
export const foreseenStanding = () => standing({});

/** Where the tenant stands; costs the removals of a day and a share of the accounts at most. */
export const readStanding = async (ctx: TenantContext): Promise<Standing> =>
  (await ctx.ask(standing({})))[0] as Standing;

/**
 * The same exactly, when no other removal is under way: waits for those, and holds them up until the commit. Holds the
 * account that is to go first, as a deletion does already, and ends the transaction when it is no longer as it was read.
 */
export const holdStanding = async (ctx: TenantContext, account: { id: string; version: number }): Promise<Standing> => {
  await ctx.db
    .with('held', (cte) =>
      cte
        .selectFrom('accounts')
        .select('version')
        .where('id', '=', account.id)
        .where('deletedAt', 'is', null)
        .forNoKeyUpdate(),
    )
    .selectNoFrom(elseOvertaken)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('held').select('version').where('version', '=', account.version))),
    )
    .execute();
  await ctx.db.selectFrom('tenants').select('tenantId').forNoKeyUpdate().execute();
  const { rows } = await sql<Standing>`
    select guard_percent as "guardPercent", ${isGuardOpen} as "isOpen",
           (select count(*)::int from accounts where removed_at > ${windowStart}) as removed,
           (select count(*)::int from accounts where source = 'scim' and created_at <= ${windowStart}
              and (deleted_at is null or deleted_at > ${windowStart})) as base
    from tenants`.execute(ctx.db);
  return rows[0] as Standing;
};

/** Whether an administrator let the removal of this account through, and it still passes. */
export const isLetThrough = async ({ db }: TenantContext, accountId: string): Promise<boolean> =>
  (await db
    .selectFrom('provisioningHolds')
    .select('id')
    .where('accountId', '=', accountId)
    .where('kind', 'in', removals)
    .where('allowedUntil', '>', sql<Date>`platform_time()`)
    .limit(1)
    .executeTakeFirst()) !== undefined;

// ---------------------------------------------------------------- holds

export type Credential = (typeof credentialNames)[number];
const removals: readonly (typeof holdKinds)[number][] = ['deactivation', 'deletion'];

/** Whether the local account or group has the name and the address no more that were asked for. */
const isFree = sql<boolean>`coalesce(provisioning_holds.taken_name, provisioning_holds.taken_email) is not null
  and coalesce(accounts.username_canonical, groups.name_canonical) is distinct from provisioning_holds.taken_name
  and (provisioning_holds.taken_email is null or accounts.email_canonical is distinct from provisioning_holds.taken_email)`;

/** Whether the account holds nothing any more, so that its credentials wait for nobody. */
const holdsNothing = sql<boolean>`not exists (select from memberships m join groups g on g.id = m.group_id
  left join grants r on r.group_id = g.id
  where m.principal_id = provisioning_holds.account_id and (g.is_owner_group or r.permission is not null))`;

/** Whether what was refused has happened meanwhile, or is refused no more; accounts and groups are joined. */
const isSettled = sql<boolean>`(accounts.deleted_at is not null or case provisioning_holds.kind
  when 'credentials' then provisioning_holds.settled_at is not null or provisioning_holds.token_id is null or ${holdsNothing}
  when 'clash' then coalesce(accounts.source, groups.source) = 'scim' or ${isFree}
  when 'deactivation' then accounts.status = 'disabled' else false end)`;

/**
 * Of credentials, `decided_at` is filled before anybody decides, so that one person may have several and servers of before
 * let none of them through. What such a server let through has no mark.
 */
const isDecided = sql<boolean>`(case provisioning_holds.kind when 'credentials' then provisioning_holds.let_through is not null
  else provisioning_holds.decided_at is not null end)`;

const holdState: RawBuilder<(typeof holdStates)[number]> = sql`case
  when ${isDecided} and provisioning_holds.allowed_until is null then 'dismissed'
  when ${isSettled} then 'settled'
  when not ${isDecided} then 'open'
  when provisioning_holds.allowed_until > platform_time() then 'allowed'
  else 'expired' end`;

const holds = ({ db }: TenantContext) =>
  db
    .selectFrom('provisioningHolds')
    .leftJoin('accounts', 'accounts.id', 'provisioningHolds.accountId')
    .leftJoin('groups', 'groups.id', 'provisioningHolds.groupId')
    .leftJoin('credentials', 'credentials.id', 'provisioningHolds.tokenId')
    .select([
      'provisioningHolds.id',
      'provisioningHolds.kind',
      'provisioningHolds.accountId',
      'provisioningHolds.groupId',
      'provisioningHolds.askedFor',
      'provisioningHolds.userName',
      'provisioningHolds.externalId',
      'provisioningHolds.changes',
      'provisioningHolds.email',
      'provisioningHolds.tokenId',
      'credentials.name as tokenName',
      'provisioningHolds.at',
      'provisioningHolds.attempts',
      sql<Date | null>`case when ${isDecided} then provisioning_holds.decided_at end`.as('decidedAt'),
      'provisioningHolds.decidedBy',
      'provisioningHolds.allowedUntil',
      'accounts.displayName',
      'accounts.username',
      'accounts.usernameCanonical',
      'groups.name as groupName',
      holdState.as('state'),
    ])
    .$narrowType<{ kind: (typeof holdKinds)[number]; changes: Credential[] | null }>();

export type HoldRow = Awaited<ReturnType<typeof lockHold>>;

/** Holds the hold and the row of its account. */
export const lockHold = async (ctx: TenantContext, id: string) => {
  const { accountId } = await ctx.db
    .selectFrom('provisioningHolds')
    .select('accountId')
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('hold'));
  if (accountId) await ctx.db.selectFrom('accounts').select('id').where('id', '=', accountId).forUpdate().execute();
  return holds(ctx)
    .where('provisioningHolds.id', '=', id)
    .forUpdate('provisioningHolds')
    .executeTakeFirstOrThrow(() => notFound('hold'));
};

export const findHold = (ctx: TenantContext, id: string) =>
  holds(ctx)
    .where('provisioningHolds.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('hold'));

export function listHolds(ctx: TenantContext, query: z.output<typeof ProvisioningHoldQuery>) {
  const kinds = anyOf(query.kind, holdKinds, 'query.kind');
  const states = anyOf(query.state, holdStates, 'query.state');
  let rows = holds(ctx);
  if (kinds) rows = rows.where('provisioningHolds.kind', 'in', kinds);
  if (states) rows = rows.where(holdState, 'in', states);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) =>
      eb.or([
        eb('provisioningHolds.userName', 'ilike', pattern),
        eb('accounts.displayName', 'ilike', pattern),
        eb('groups.name', 'ilike', pattern),
      ]),
    );
  }
  return page(ctx.db, query, {
    rows,
    id: 'provisioning_holds.id',
    sorts: { lastAttemptAt: byTime('provisioning_holds.at') },
    defaultSort: '-lastAttemptAt',
  });
}

/** Requires the hold to be held by `lockHold`. @param allowedUntil null when it is dismissed */
export const decideHold = (ctx: TenantContext, id: string, allowedUntil: Date | null) =>
  ctx.db
    .updateTable('provisioningHolds')
    .set({ decidedAt: ctx.now, decidedBy: ctx.actor.id, allowedUntil, letThrough: allowedUntil !== null })
    .where('id', '=', id)
    .execute();

/** Lets every removal through, those that are held back and those to come. @returns how many were held back */
export const allowRemovals = async (ctx: TenantContext, allowedUntil: Date): Promise<number> => {
  await ctx.db
    .updateTable('tenants')
    .set((eb) => ({ guardOpenUntil: allowedUntil, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('tenantId', '=', ctx.tenantId)
    .execute();
  const open = holds(ctx).where('provisioningHolds.kind', 'in', removals).where(holdState, '=', 'open');
  const { numUpdatedRows } = await ctx.db
    .updateTable('provisioningHolds')
    .set({ decidedAt: ctx.now, decidedBy: ctx.actor.id, allowedUntil })
    .where('id', 'in', open.clearSelect().select('provisioningHolds.id'))
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
};

interface NewHold {
  id: string;
  kind: (typeof holdKinds)[number];
  /** One of the two. */
  accountId: string | null;
  groupId: string | null;
  askedFor: string | null;
  userName: string;
  externalId: string | null;
  /** Canonical: by what a clash is one. */
  takenName: string | null;
  takenEmail: string | null;
}

interface NewHeldCredentials {
  id: string;
  accountId: string;
  /** Who asks; what is let through passes for it alone. */
  tokenId: string | null;
  changes: Credential[];
  userName: string;
  externalId: string | null;
  email: string | null;
}

/** Kinds of which the owners are told as of one. */
const toldWith = (kind: NewHold['kind']): readonly NewHold['kind'][] => (removals.includes(kind) ? removals : [kind]);

/** How often owners were told of these kinds within an hour. Of many at once one is the first: the others wait. */
const timesTold = async ({ db }: TenantContext, kinds: readonly NewHold['kind'][]): Promise<number> => {
  await db.selectFrom('tenants').select('tenantId').forNoKeyUpdate().execute();
  const { told } = await db
    .selectFrom('provisioningHolds')
    .select((eb) => eb.fn.countAll<string>().as('told'))
    .where('toldAt', '>', sql<Date>`platform_time() - interval '1 hour'`)
    .where('kind', 'in', kinds)
    .executeTakeFirstOrThrow();
  return Number(told);
};

/**
 * Notes a refusal: a new hold, or one more attempt of the open one, which then is about what was sent last.
 *
 * @returns whether owners are to be told: of a new one, when they were told of none within an hour
 */
export const noteRefusal = async (ctx: TenantContext, hold: NewHold): Promise<boolean> => {
  const { db, tenantId } = ctx;
  const isTold = (await timesTold(ctx, toldWith(hold.kind))) === 0;
  const at = sql<Date>`platform_time()`;
  const { id } = await db
    .insertInto('provisioningHolds')
    .values({ tenantId, ...hold, at, toldAt: isTold ? at : null })
    .onConflict((conflict) =>
      (hold.groupId
        ? conflict
            .columns(['tenantId', 'groupId'])
            .where((eb) => eb.and([eb('decidedAt', 'is', null), eb('groupId', 'is not', null)]))
        : conflict.columns(['tenantId', 'accountId', 'kind']).where('decidedAt', 'is', null)
      ).doUpdateSet((eb) => ({
        attempts: eb('provisioningHolds.attempts', '+', 1),
        at: eb.ref('excluded.at'),
        askedFor: eb.ref('excluded.askedFor'),
        userName: eb.ref('excluded.userName'),
        externalId: eb.ref('excluded.externalId'),
        takenName: eb.ref('excluded.takenName'),
        takenEmail: eb.ref('excluded.takenEmail'),
      })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id === hold.id && isTold;
};

/** So many that nobody decided are kept of a token and a person: the latest. */
const MOST_UNDECIDED = 10;
/** How often within an hour owners are told that one of them is meant. */
const MOST_TOLD_OF_OWNERS = 5;

/**
 * Notes a refused change of credentials: one more attempt of the hold that is about exactly this and of this token, or a
 * hold of its own. What a hold says never changes, so that who decides decides what they saw.
 *
 * @returns the hold that owners are to be told of, if any: a new one, when they were told of none within an hour or an
 *   owner is meant
 */
export const noteHeldCredentials = async (
  ctx: TenantContext,
  hold: NewHeldCredentials,
): Promise<string | undefined> => {
  const { db, tenantId } = ctx;
  const told = await timesTold(ctx, ['credentials']);
  const undecided = db
    .selectFrom('provisioningHolds')
    .where('accountId', '=', hold.accountId)
    .where('kind', '=', 'credentials')
    .where('tokenId', '=', hold.tokenId)
    .where('letThrough', 'is', null);
  const same = await undecided
    .select(['id', 'settledAt'])
    .where(sql<boolean>`changes = ${hold.changes}::text[]`)
    .where('userName', '=', hold.userName)
    .where('email', 'is not distinct from', hold.email)
    .where('externalId', 'is not distinct from', hold.externalId)
    .executeTakeFirst();
  const isNew = !same || same.settledAt !== null;
  const isTold = isNew && (told === 0 || (told < MOST_TOLD_OF_OWNERS && (await isInOwnerGroup(ctx, hold.accountId))));
  const at = sql<Date>`platform_time()`;
  const attempt = { at, decidedAt: at, settledAt: null, ...(isTold ? { toldAt: at } : {}) };
  if (same)
    await db
      .updateTable('provisioningHolds')
      .set((eb) => ({ ...attempt, attempts: eb('attempts', '+', 1) }))
      .where('id', '=', same.id)
      .execute();
  else {
    await db
      .deleteFrom('provisioningHolds')
      .where(
        'id',
        'in',
        undecided
          .select('id')
          .orderBy('at', 'desc')
          .offset(MOST_UNDECIDED - 1),
      )
      .execute();
    await db
      .insertInto('provisioningHolds')
      .values({ ...attempt, ...hold, tenantId, kind: 'credentials' })
      .execute();
  }
  return isTold ? (same?.id ?? hold.id) : undefined;
};

/** The name and the external id of an account, of either source and also when it is deleted. */
export const namesOf = ({ db }: TenantContext, accountId: string) =>
  db.selectFrom('accounts').select(['username', 'externalId']).where('id', '=', accountId).executeTakeFirst();

const adoptable = prepared((db, at: { usernameCanonical: string; externalId: string | null }) =>
  db
    .selectFrom('accounts')
    .innerJoin('provisioningHolds', 'provisioningHolds.accountId', 'accounts.id')
    .leftJoin('principals', 'principals.id', 'provisioningHolds.decidedBy')
    .select(['accounts.id', 'principals.id as deciderId', 'principals.kind as deciderKind'])
    .where('accounts.usernameCanonical', '=', at.usernameCanonical)
    .where('accounts.source', '=', 'local')
    .where('accounts.deletedAt', 'is', null)
    .where('provisioningHolds.kind', '=', 'clash')
    .where('provisioningHolds.allowedUntil', '>', sql<Date>`platform_time()`)
    .where(sql<boolean>`provisioning_holds.external_id is not distinct from ${at.externalId}::text`)
    .orderBy('provisioningHolds.decidedAt', 'desc')
    .limit(1),
);

export const readAdoptable = async (ctx: TenantContext, at: { usernameCanonical: string; externalId: string | null }) =>
  (await ctx.ask(adoptable(at)))[0];

export interface Principal {
  id: string;
  kind: string;
}

/** Who issued the token; undefined when nobody of the tenant did. */
export const issuerOf = ({ db }: TenantContext, tokenId: string | null): Promise<Principal | undefined> =>
  db
    .selectFrom('credentials')
    .innerJoin('principals', 'principals.id', 'credentials.createdBy')
    .select(['principals.id', 'principals.kind'])
    .where('credentials.id', '=', tokenId)
    .executeTakeFirst();

/** Guests who may be asked what they hold when this token is used: its issuer, and who let something through that still passes. */
export const guestsAnswerable = async ({ db }: TenantContext, tokenId: string): Promise<string[]> => {
  const { rows } = await sql<{ id: string }>`
    select g.id from guests g
    where g.id = (select created_by from credentials where id = ${tokenId})
      or g.id in (select decided_by from provisioning_holds
                  where let_through and settled_at is null and allowed_until > platform_time())`.execute(db);
  return rows.map(({ id }) => id);
};

/** Who let this change of credentials through for this token, while it passes. Of a password nobody knows which. */
export const allowedCredentials = async (
  { db, actor }: TenantContext,
  { accountId, changes, userName, email, externalId }: Omit<NewHeldCredentials, 'id' | 'tokenId'>,
) =>
  db
    .selectFrom('provisioningHolds')
    .select('decidedBy')
    .where('accountId', '=', accountId)
    .where('kind', '=', 'credentials')
    .where('tokenId', '=', actor.credentialId)
    .where('letThrough', '=', true)
    .where('allowedUntil', '>', sql<Date>`platform_time()`)
    .where('settledAt', 'is', null)
    .where(sql<boolean>`${changes}::text[] <@ changes`)
    .where('userName', '=', userName)
    .where('email', 'is not distinct from', email)
    .where('externalId', 'is not distinct from', externalId)
    .orderBy('decidedAt', 'desc')
    .limit(1)
    .executeTakeFirst();

/** A change of credentials passed: what waited for it is over, and what was let through passes no more. */
export const settleCredentials = (ctx: TenantContext, accountId: string): void => {
  const { db, now } = ctx;
  ctx.defer(
    db
      .updateTable('provisioningHolds')
      .set({ settledAt: now })
      .where('accountId', '=', accountId)
      .where('kind', '=', 'credentials')
      .where('settledAt', 'is', null),
  );
};

/** Nobody takes the account over any more by a decision that was made before. */
export const endAdoption = ({ db, now }: TenantContext, accountId: string) =>
  db
    .updateTable('provisioningHolds')
    .set({ allowedUntil: now })
    .where('accountId', '=', accountId)
    .where('kind', '=', 'clash')
    .where('allowedUntil', '>', now)
    .execute();

export const isInOwnerGroup = async ({ db }: TenantContext, accountId: string): Promise<boolean> =>
  (await db
    .selectFrom('memberships')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .select('groupId')
    .where('memberships.principalId', '=', accountId)
    .where('groups.isOwnerGroup', '=', true)
    .executeTakeFirst()) !== undefined;

// ---------------------------------------------------------------- calls

const isFailure = sql<boolean>`(calls.status >= 400)`;

/** What a repeated creation asked for is there: the identity provider finds it and goes on by its id. */
const isThere = sql<boolean>`(calls.method = 'POST' and calls.status = 409 and case when calls.resource like 'Groups%'
  then exists (select from groups where groups.source = 'scim' and lower(groups.name) = calls.target_key)
  else exists (select from accounts where accounts.source = 'scim' and accounts.deleted_at is null
    and accounts.username_folded = calls.target_key) end)`;

/** What was in the way of a creation was deleted: the next attempt tells whether it can be. */
const isFreed = sql<boolean>`(calls.method = 'POST' and calls.status = 409
  and case when calls.target_key ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  then exists (select from accounts where accounts.id = calls.target_key::uuid and accounts.deleted_at is not null)
  else false end)`;

/** The last change of its target, and it failed. Who was gone already when it was to be deleted is in step. */
const isOutOfStep = sql<boolean>`(${isFailure} and calls.target_key is not null
  and calls.method in ('POST', 'PUT', 'PATCH', 'DELETE') and not (calls.method = 'DELETE' and calls.status = 404)
  and not ${isThere} and not ${isFreed}
  and not exists (select from provisioning_calls later
    where later.target_key = calls.target_key and later.method in ('POST', 'PUT', 'PATCH', 'DELETE')
      and (later.at, later.id) > (calls.at, calls.id)))`;

const calls = ({ db }: TenantContext) =>
  db
    .selectFrom('provisioningCalls as calls')
    .leftJoin('credentials', 'credentials.id', 'calls.tokenId')
    .select([
      'calls.id',
      'calls.at',
      'calls.tokenId',
      'credentials.name as tokenName',
      'calls.method',
      'calls.resource',
      'calls.targetKey as target',
      'calls.status',
      'calls.scimType',
      'calls.detail',
      'calls.durationMs',
      'calls.requestId',
    ]);

export type CallRow = Awaited<ReturnType<typeof listCalls>>['items'][number];

const newestFirst = { id: 'calls.id', sorts: { at: byTime('calls.at') }, defaultSort: '-at' };

/** @param target as it is kept: an id or a folded name */
export function listCalls(
  ctx: TenantContext,
  { outcome, tokenId, target, q, ...query }: z.output<typeof ProvisioningCallQuery>,
) {
  let rows = calls(ctx);
  if (outcome) rows = rows.where('calls.status', outcome === 'failure' ? '>=' : '<', 400);
  if (tokenId) rows = rows.where('calls.tokenId', '=', tokenId);
  if (target !== undefined) rows = rows.where('calls.targetKey', '=', target);
  if (q !== undefined)
    rows = rows.where((eb) =>
      eb.or([
        eb('calls.requestId', '=', q),
        eb('calls.targetKey', 'ilike', containing(q)),
        eb('calls.detail', 'ilike', containing(q)),
      ]),
    );
  return page(ctx.db, query, { rows, ...newestFirst });
}

export function listOutOfStep(ctx: TenantContext, { q, ...query }: z.output<typeof OutOfStepQuery>) {
  let rows = calls(ctx).where(isOutOfStep);
  if (q !== undefined) rows = rows.where('calls.targetKey', 'ilike', containing(q));
  return page(ctx.db, query, { rows, ...newestFirst });
}

/** Accounts and groups of provisioning by their ids or folded names, as calls are about them. */
export const targetsOf = async ({ db }: TenantContext, { ids, names }: { ids: string[]; names: string[] }) => {
  const [accounts, groups] = await Promise.all([
    ids.length + names.length === 0
      ? []
      : db
          .selectFrom('accounts')
          .select(['id', 'displayName as name', 'usernameFolded'])
          .where('source', '=', 'scim')
          .where('deletedAt', 'is', null)
          .where((eb) =>
            eb.or([
              ...(ids.length > 0 ? [eb('id', 'in', ids)] : []),
              ...(names.length > 0 ? [eb('usernameFolded', 'in', names)] : []),
            ]),
          )
          .execute(),
    ids.length === 0
      ? []
      : db.selectFrom('groups').select(['id', 'name']).where('source', '=', 'scim').where('id', 'in', ids).execute(),
  ]);
  return { accounts, groups };
};

export interface NewCall {
  id: string;
  tokenId: string | null;
  method: string;
  resource: string;
  targetKey: string | null;
  status: number;
  scimType: string | null;
  detail: string | null;
  durationMs: number;
  requestId: string;
  /** By the node's clock. */
  atMs: number;
}

/** A call as text: what waits to be written is one value, and made of many it would outlive the young of the heap. */
export const callText = (call: NewCall): string =>
  JSON.stringify({
    id: call.id,
    token_id: call.tokenId,
    method: call.method,
    resource: call.resource,
    target_key: call.targetKey,
    status: call.status,
    scim_type: call.scimType,
    detail: call.detail,
    duration_ms: call.durationMs,
    request_id: call.requestId,
    at_ms: call.atMs,
  });

/** Of calls that went well and of failures so many each: a first load does not push out what went wrong. */
const KEPT_EACH = 5_000;

const oldestKept = (failures: boolean) => sql`select at, id from provisioning_calls as calls
  where ${isFailure} = ${sql.lit(failures)} order by at desc, id desc offset ${sql.lit(KEPT_EACH - 1)} limit 1`;

/** A failure goes with the later success of the same target, so that nobody seems out of step who is not. */
const trimming = [
  sql`with kept as (${oldestKept(false)}),
           gone as (delete from provisioning_calls as calls using kept
                    where not ${isFailure} and (calls.at, calls.id) < (kept.at, kept.id)
                    returning calls.target_key, calls.at),
           latest as (select target_key, max(at) as at from gone group by target_key)
      delete from provisioning_calls as calls using latest
      where ${isFailure} and calls.target_key = latest.target_key and calls.at <= latest.at`,
  sql`with kept as (${oldestKept(true)})
      delete from provisioning_calls as calls using kept
      where ${isFailure} and (calls.at, calls.id) < (kept.at, kept.id)`,
].map((query) => query.compile(builder));

/**
 * Writes calls of a tenant in one message.
 *
 * @param trims takes away those beyond what is kept; it looks at as many as are kept
 */
export async function writeCalls(
  cell: Pool,
  tenantId: string,
  calls: string[],
  nowMs: number,
  trims: boolean,
): Promise<void> {
  const { unit } = await Unit.open(cell, tenantId);
  try {
    unit.defer(
      sql`insert into provisioning_calls (tenant_id, id, at, token_id, method, resource, target_key, status, scim_type,
            detail, duration_ms, request_id)
          select current_tenant(), id, platform_time() - (${nowMs}::float8 - at_ms) * interval '1 millisecond', token_id, method, resource,
            target_key, status, scim_type, detail, duration_ms, request_id
          from jsonb_to_recordset(${`[${calls.join()}]`}::jsonb) as noted (id uuid, token_id uuid,
            method text, resource text, target_key text, status int, scim_type text, detail text, duration_ms int,
            request_id text, at_ms double precision)`.compile(unit.db),
    );
    if (trims) for (const query of trimming) unit.defer(query);
    await unit.commit();
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

// ---------------------------------------------------------------- undo

/** Of these accounts those of provisioning that are there. */
export const livingProvisioned = async ({ db }: TenantContext, ids: readonly string[]): Promise<string[]> => {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select accounts.id from unnest(${`{${ids.join(',')}}`}::uuid[]) named(id)
    join accounts on accounts.id = named.id
    where accounts.source = 'scim' and accounts.deleted_at is null`.execute(db);
  return rows.map(({ id }) => id);
};

/** How accounts of provisioning stand; those that are gone are left out. */
export const statusesOf = async ({ db }: TenantContext, ids: readonly string[]): Promise<Map<string, string>> => {
  const rows = await db
    .selectFrom('accounts')
    .select(['id', 'status'])
    .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
    .where('deletedAt', 'is', null)
    .execute();
  return new Map(rows.map(({ id, status }) => [id, status]));
};

/** Accounts whose removal is held back: that of one decision, or all that wait. */
export const heldAccounts = async (ctx: TenantContext, holdId: string | undefined): Promise<string[]> => {
  const open = holds(ctx).where('provisioningHolds.kind', 'in', removals).where(holdState, '=', 'open');
  const rows = await (holdId === undefined ? open : open.where('provisioningHolds.id', '=', holdId)).execute();
  return rows.flatMap(({ accountId }) => accountId ?? []);
};

/** A group of the name other than this one. */
export const groupNamed = ({ db }: TenantContext, nameCanonical: string, besides: string) =>
  db
    .selectFrom('groups')
    .select(['id', 'name'])
    .where('nameCanonical', '=', nameCanonical)
    .where('id', '<>', besides)
    .executeTakeFirst();

/** The local group of the name. */
export const localGroupNamed = ({ db }: TenantContext, nameCanonical: string) =>
  db
    .selectFrom('groups')
    .select('id')
    .where('nameCanonical', '=', nameCanonical)
    .where('source', '=', 'local')
    .executeTakeFirst();

/** Those of the groups that are there. */
export const existingGroups = async ({ db }: TenantContext, ids: readonly string[]): Promise<string[]> => {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('groups')
    .select('id')
    .where('id', 'in', [...ids])
    .execute();
  return rows.map(({ id }) => id);
};
