import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { type Pool, Unit } from '../../kernel/database/pool.ts';
import { prepared } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import { anyOf, byText, byTime, byTimeIfAny, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { AccountQuery } from './schema.ts';
import { endOf, termsOf, wordsOf } from './words.ts';

/** When the newest invitation that may still be accepted runs out. */
const invitationExpiresAt = sql<Date | null>`(
  select max(l.expires_at) from links l
  where l.tenant_id = accounts.tenant_id and l.account_id = accounts.id and l.purpose = 'invitation'
    and l.consumed_at is null and accounts.verified_at is null)`;

/** The address that waits to be confirmed, also when its link has run out. */
const emailChange = sql<{ email: string; expiresAt: string } | null>`(
  select json_build_object('email', e.email,
    'expiresAt', to_char(e.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  from email_changes e where e.tenant_id = accounts.tenant_id and e.account_id = accounts.id)`;

/** What people see of an account; what provisioning keeps beside it stands in provisioned-store.ts. */
const columns = [
  'accounts.id',
  'accounts.email',
  'accounts.username',
  'accounts.firstName',
  'accounts.lastName',
  'accounts.displayName',
  'accounts.mobilePhone',
  'accounts.status',
  'accounts.source',
  'accounts.verifiedAt',
  'accounts.lastSignInAt',
  'accounts.createdAt',
  'accounts.updatedAt',
  'accounts.version',
] as const;

const accounts = ({ db }: TenantContext) =>
  db
    .selectFrom('accounts')
    .select(columns)
    .select([invitationExpiresAt.as('invitationExpiresAt'), emailChange.as('emailChange')])
    .where('deletedAt', 'is', null);

export type AccountRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  accounts(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('account'));

/** Reads an account and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  accounts(ctx)
    .where('id', '=', id)
    .forUpdate('accounts')
    .executeTakeFirstOrThrow(() => notFound('account'));

/** What a list is narrowed by; acts on "all that match" take the same. */
export type Filters = Pick<
  z.output<typeof AccountQuery>,
  'q' | 'status' | 'source' | 'groupId' | 'lastSignIn' | 'waiting'
>;

const DAY_SECONDS = 86_400;

/** More than a search shows of what it finds: beyond it the list is read in its own order until the page is full. */
const FOUND_AT_ONCE = 2_000;

const anyWord = (term: string, account: RawBuilder<unknown>) => sql<boolean>`exists (
  select from account_words w where w.account_id = ${account} and w.word >= ${term} and w.word < ${endOf(term)})`;

/**
 * The accounts that each term finds, by the start of one of their words; undefined when there are more than 2,000, of
 * which the beginning of a list is found sooner by the list's own order.
 */
async function foundBy({ db }: TenantContext, [longest, ...others]: string[]): Promise<string[] | undefined> {
  if (longest === undefined) return [];
  // An account may be found by several of its words.
  const most = 2 * FOUND_AT_ONCE;
  const { rows } = await sql<{ id: string }>`
    select f.account_id as id from account_words f
    where f.word >= ${longest} and f.word < ${endOf(longest)}
      and ${sql.join([sql`true`, ...others.map((term) => anyWord(term, sql`f.account_id`))], sql` and `)}
    limit ${most + 1}`.execute(db);
  const ids = [...new Set(rows.map(({ id }) => id))];
  return rows.length > most || ids.length > FOUND_AT_ONCE ? undefined : ids;
}

/** The accounts that the filters leave. @param at where the caller's input holds them */
async function filtered(ctx: TenantContext, { q, groupId, lastSignIn, ...query }: Filters, at: 'query' | 'filter') {
  const statuses = anyOf(query.status, ['new', 'enabled', 'disabled'], `${at}.status`);
  const sources = anyOf(query.source, ['local', 'scim'], `${at}.source`);
  let rows = accounts(ctx);
  const ago = (days: number) => ctx.later(-days * DAY_SECONDS);
  if (lastSignIn === 'never') rows = rows.where(lastSignInAt, '=', sql<Date>`'-infinity'::timestamptz`);
  else if (lastSignIn === 'within-30-days') rows = rows.where(lastSignInAt, '>=', ago(30));
  else if (lastSignIn)
    rows = rows
      .where(lastSignInAt, '<', ago(lastSignIn === 'over-30-days' ? 30 : 90))
      .where(lastSignInAt, '>', sql<Date>`'-infinity'::timestamptz`);
  if (statuses) rows = rows.where('status', 'in', statuses);
  if (sources) rows = rows.where('source', 'in', sources);
  // Who waits never signed in, and is found by the index of those.
  if (query.waiting)
    rows = rows.where('status', '=', 'new').where('verifiedAt', 'is not', null).where('lastSignInAt', 'is', null);
  if (groupId)
    rows = rows.where((eb) =>
      eb.exists(
        eb
          .selectFrom('memberships')
          .select('groupId')
          .whereRef('memberships.principalId', '=', 'accounts.id')
          .where('memberships.groupId', '=', groupId),
      ),
    );
  const terms = termsOf(q ?? '');
  // No index knows the state (0011_scim_speed.sql), so that counting reads accounts of every state.
  if (terms.length === 0) return statuses ? { rows, countLimit: FOUND_AT_ONCE } : { rows };
  const ids = await foundBy(ctx, terms);
  if (ids) return { rows: rows.where(sql<boolean>`accounts.id = any(${ids}::uuid[])`) };
  for (const term of terms) rows = rows.where(anyWord(term, sql.ref('accounts.id')));
  return { rows, countLimit: FOUND_AT_ONCE };
}

/** As the list sorts and filters by it, so that one index serves both. */
const lastSignInAt = sql<Date>`coalesce(accounts.last_sign_in_at, '-infinity'::timestamptz)`;

const sorts = {
  createdAt: byTime('accounts.created_at'),
  email: { by: sql`coalesce(accounts.email_canonical, '') collate "C"`, type: 'text' as const },
  username: byText('accounts.username_canonical'),
  displayName: byText('accounts.display_name'),
  status: byText('accounts.status'),
  source: byText('accounts.source'),
  lastSignInAt: byTimeIfAny('accounts.last_sign_in_at'),
};

export const list = async (ctx: TenantContext, query: z.output<typeof AccountQuery>) =>
  page(ctx.db, query, { ...(await filtered(ctx, query, 'query')), id: 'accounts.id', sorts });

/** Which accounts an act is about: these, or all that match of those made until then. */
export type Which = { ids: string[] } | { filter: Filters; until: string };

const those = async (ctx: TenantContext, which: Which) =>
  'ids' in which
    ? accounts(ctx).where(sql<boolean>`accounts.id = any(${which.ids}::uuid[])`)
    : (await filtered(ctx, which.filter, 'filter')).rows.where('createdAt', '<=', new Date(which.until));

export const countOf = async (ctx: TenantContext, which: Which): Promise<number> => {
  const rows = (await those(ctx, which)).clearSelect().select((eb) => eb.fn.countAll<number>().as('count'));
  return Number((await rows.executeTakeFirstOrThrow()).count);
};

/** Holds the next so many, in the order of their ids, so that no two acts wait for each other. */
export const lockNext = async (ctx: TenantContext, which: Which, after: string | null, count: number) => {
  let rows = await those(ctx, which);
  if (after !== null) rows = rows.where('accounts.id', '>', after);
  return rows.orderBy('accounts.id').limit(count).forUpdate('accounts').execute();
};

export const isOwner = async ({ db }: TenantContext, id: string): Promise<boolean> =>
  (await db
    .selectFrom('memberships')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .select('groups.id')
    .where('memberships.principalId', '=', id)
    .where('groups.isOwnerGroup', '=', true)
    .executeTakeFirst()) !== undefined;

/** Those of the ids that are accounts. */
export const existing = async ({ db }: TenantContext, ids: string[]): Promise<string[]> => {
  const rows = await db
    .selectFrom('accounts')
    .select('id')
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .where('deletedAt', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
};

interface NewRow {
  id: string;
  email: string;
  emailCanonical: string;
  username: string;
  usernameCanonical: string;
  firstName: string;
  lastName: string;
  displayName: string;
  mobilePhone: string | null;
  status: string;
  verifiedAt: Date | null;
  createdBy: string | null;
  /** Keyed fingerprint of the canonical address. */
  fingerprint: Buffer;
}

/** Who holds an address or a username. */
export const taken = ({ db }: TenantContext, emailCanonical: string, usernameCanonical: string) =>
  db
    .selectFrom('accounts')
    .select(['id', 'emailCanonical'])
    .where('deletedAt', 'is', null)
    .where((eb) => eb.or([eb('emailCanonical', '=', emailCanonical), eb('usernameCanonical', '=', usernameCanonical)]))
    .execute();

/** Sign-in tries the most recently used accounts of an address: one that its person never used comes after all others. */
const NEVER_USED = new Date(0);

/** The account with its principal and its place in the sign-in index. */
export const insert = async (ctx: TenantContext, { fingerprint, ...row }: NewRow) => {
  const { tenantId } = ctx;
  await ctx.db.insertInto('principals').values({ tenantId, id: row.id, kind: 'account', createdAt: ctx.now }).execute();
  await ctx.db
    .insertInto('accounts')
    .values({ tenantId, ...row, hasWords: true, createdAt: ctx.now, ...ctx.changedBy })
    .execute();
  insertWords(ctx, row);
  await ctx.db
    .insertInto('signInIndex')
    .values({ tenantId, accountId: row.id, fingerprint, lastUsedAt: row.verifiedAt ?? NEVER_USED })
    .execute();
  return find(ctx, row.id);
};

type Changes = Partial<{
  email: string;
  emailCanonical: string;
  username: string;
  usernameCanonical: string;
  firstName: string;
  lastName: string;
  displayName: string;
  mobilePhone: string | null;
  status: string;
  verifiedAt: Date | null;
  removedAt: Date | null;
  createdBy: string | null;
  /** JSON */
  attributes: string;
}>;

/** Requires the row to be held by `lock`. */
export const update = async (ctx: TenantContext, id: string, changes: Changes) => {
  await ctx.db
    .updateTable('accounts')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  const after = await find(ctx, id);
  if (named.some((field) => field in changes)) replaceWords(ctx, after);
  return after;
};

const named = ['firstName', 'lastName', 'displayName', 'username', 'email'] as const;

type Worded = Parameters<typeof wordsOf>[0] & { id: string };

const inserting = (db: Kysely<Tables>, at: { tenantId: string; accountId: string; words: string[] }) =>
  db
    .insertInto('accountWords')
    .columns(['tenantId', 'accountId', 'word'])
    .expression(
      db.selectNoFrom([
        sql<string>`${at.tenantId}::uuid`.as('tenantId'),
        sql<string>`${at.accountId}::uuid`.as('accountId'),
        sql<string>`unnest(${at.words}::text[])`.as('word'),
      ]),
    );
const insertingWords = prepared(inserting);
const addingWords = prepared((db, at: Parameters<typeof inserting>[1]) =>
  inserting(db, at).onConflict((conflict) => conflict.doNothing()),
);
const removingWords = prepared((db, at: { accountId: string; kept: string[] }) =>
  db
    .deleteFrom('accountWords')
    .where('accountId', '=', at.accountId)
    .where(sql<boolean>`word <> all(${at.kept}::text[])`),
);

/** Has searches find an account that was just made. Nothing waits for it. */
export const insertWords = (ctx: TenantContext, account: Worded): void =>
  ctx.defer(insertingWords({ tenantId: ctx.tenantId, accountId: account.id, words: wordsOf(account) }));

/** Has searches find an account that is there again. Nothing waits for it. */
export const addWords = (ctx: TenantContext, account: Worded): void =>
  ctx.defer(addingWords({ tenantId: ctx.tenantId, accountId: account.id, words: wordsOf(account) }));

/** Has searches find an account by what it is called now. Nothing waits for it. */
export const replaceWords = (ctx: TenantContext, account: Worded): void => {
  ctx.defer(removingWords({ accountId: account.id, kept: wordsOf(account) }));
  addWords(ctx, account);
};

const WORDLESS_AT_ONCE = 500;

/**
 * Makes the words of some accounts that an earlier version wrote.
 *
 * @returns whether there may be more
 */
export async function addMissingWords(cell: Pool, tenantId: string): Promise<boolean> {
  const { unit } = await Unit.open(cell, tenantId);
  try {
    const rows = await unit.db
      .selectFrom('accounts')
      .select(['id', ...named])
      .where('hasWords', '=', false)
      .where('deletedAt', 'is', null)
      .orderBy('id')
      .limit(WORDLESS_AT_ONCE)
      .forUpdate()
      .skipLocked()
      .execute();
    if (rows.length > 0) {
      const words = rows.flatMap((row) => wordsOf(row).map((word) => ({ id: row.id, word })));
      await sql`insert into account_words (tenant_id, account_id, word)
        select ${tenantId}::uuid, * from unnest(${words.map(({ id }) => id)}::uuid[], ${words.map(({ word }) => word)}::text[])
        on conflict do nothing`.execute(unit.db);
      await sql`update accounts set has_words = true where id = any(${rows.map(({ id }) => id)}::uuid[])`.execute(
        unit.db,
      );
    }
    await unit.commit();
    return rows.length === WORDLESS_AT_ONCE;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

/** Has sign-in find the account by the address with this fingerprint. Nothing waits for it. */
export const indexAddress = (ctx: TenantContext, accountId: string, fingerprint: Buffer): void =>
  ctx.defer(
    ctx.db
      .insertInto('signInIndex')
      .values({ tenantId: ctx.tenantId, accountId, fingerprint, lastUsedAt: NEVER_USED })
      .onConflict((conflict) => conflict.columns(['tenantId', 'accountId']).doUpdateSet({ fingerprint })),
  );

/** Takes everything away that an account signs in by, and what was begun with it. */
export const removeWaysIn = (ctx: TenantContext, id: string): void => {
  const { db } = ctx;
  ctx.defer(db.deleteFrom('passwords').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('emergencyCodes').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('factors').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('recoveryCodes').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('unfinishedSignIns').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('devices').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('emailChanges').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('externalIdentities').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('samlSessions').where('accountId', '=', id));
};

/**
 * Leaves of an account its row, for what refers to it, without anything of the person; address and username are free.
 * Requires the row to be held. Nothing waits for it.
 */
export const entomb = (ctx: TenantContext, id: string, removedAt: Date | null = null): void => {
  const { db, tenantId } = ctx;
  removeWaysIn(ctx, id);
  ctx.defer(db.deleteFrom('signInIndex').where('tenantId', '=', tenantId).where('accountId', '=', id));
  ctx.defer(db.deleteFrom('accountEmails').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('accountWords').where('accountId', '=', id));
  ctx.defer(
    db
      .updateTable('accounts')
      .set((eb) => ({
        email: '',
        emailCanonical: '',
        username: '',
        usernameCanonical: '',
        usernameFolded: '',
        externalId: null,
        attributes: '{}',
        firstName: '',
        lastName: '',
        displayName: 'Deleted account',
        mobilePhone: null,
        status: 'disabled',
        deletedAt: ctx.now,
        removedAt,
        ...ctx.changedBy,
        version: eb('version', '+', 1),
      }))
      .where('id', '=', id),
  );
};

/** Holds a deleted account of which something personal may be left. */
export const lockTombstone = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accounts')
    .select(['id'])
    .where('id', '=', id)
    .where('deletedAt', 'is not', null)
    .where('erasedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst();

/** Takes away what lies beside an account that was deleted. Nothing waits for it. */
export const eraseTraces = (ctx: TenantContext, id: string, email: string | null): void => {
  const { db } = ctx;
  const notices = db.selectFrom('notices').select('id').where('accountId', '=', id);
  ctx.defer(db.deleteFrom('noticeReads').where('noticeId', 'in', notices));
  ctx.defer(db.deleteFrom('notices').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('links').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('provisioningHolds').where('accountId', '=', id));
  ctx.defer(
    db
      .updateTable('ownershipRecoveries')
      .set({ email: '', emailCanonical: '', firstName: '', lastName: '' })
      .where('accountId', '=', id)
      .where('state', '<>', 'waiting'),
  );
  if (email) ctx.defer(db.deleteFrom('mails').where('recipient', '=', email));
  ctx.defer(db.updateTable('accounts').set({ erasedAt: ctx.now }).where('id', '=', id));
};

/** What a person signs in by, beside a password, and by which providers they come in. */
export const waysIn = async ({ db }: TenantContext, id: string) => {
  const [factors, identities] = await Promise.all([
    db.selectFrom('factors').select(['kind', 'name', 'createdAt', 'lastUsedAt']).where('accountId', '=', id).execute(),
    db
      .selectFrom('externalIdentities')
      .innerJoin('identityProviders', 'identityProviders.id', 'externalIdentities.providerId')
      .select(['identityProviders.name as provider', 'issuer', 'subject', 'externalIdentities.createdAt'])
      .where('externalIdentities.accountId', '=', id)
      .execute(),
  ]);
  return { factors, identities };
};

/** Nothing waits for it. */
export const setPassword = (ctx: TenantContext, accountId: string, hash: string, standsAlone = true): void =>
  ctx.defer(
    ctx.db
      .insertInto('passwords')
      .values({ tenantId: ctx.tenantId, accountId, hash, standsAlone, changedAt: ctx.now })
      .onConflict((conflict) =>
        conflict.columns(['tenantId', 'accountId']).doUpdateSet({ hash, standsAlone, changedAt: ctx.now }),
      ),
  );

/** Nothing waits for it. */
export const removePassword = (ctx: TenantContext, accountId: string): void =>
  ctx.defer(ctx.db.deleteFrom('passwords').where('accountId', '=', accountId));

/** Whose password it is: what it must not be built from. */
export const passwordOwner = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accounts')
    .innerJoin('tenants', 'tenants.tenantId', 'accounts.tenantId')
    .leftJoin('passwords', 'passwords.accountId', 'accounts.id')
    .where('accounts.id', '=', id)
    .where('accounts.deletedAt', 'is', null)
    .select([
      'accounts.email',
      'accounts.firstName',
      'accounts.lastName',
      'accounts.username',
      'tenants.displayName',
      'tenants.legalName',
      'tenants.name',
      'passwords.hash',
    ])
    .executeTakeFirstOrThrow(() => notFound('account'));

interface NewLink {
  id: string;
  accountId: string;
  secretHash: Buffer;
  expiresAt: Date;
}

export const insertInvitation = (ctx: TenantContext, link: NewLink) =>
  ctx.db
    .insertInto('links')
    .values({ tenantId: ctx.tenantId, ...link, purpose: 'invitation', createdAt: ctx.now })
    .execute();

export const countInvitations = async ({ db }: TenantContext, accountId: string, since: Date): Promise<number> => {
  const { count } = await db
    .selectFrom('links')
    .where('accountId', '=', accountId)
    .where('createdAt', '>', since)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Whether the tenant made so many invitations since then; reads no further than that many. */
export const hasInvited = async ({ db }: TenantContext, count: number, since: Date): Promise<boolean> =>
  (await db
    .selectFrom('links')
    .select('id')
    .where('purpose', '=', 'invitation')
    .where('createdAt', '>', since)
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst()) !== undefined;

const endingLinks = prepared((db, at: { accountId: string; now: Date }) =>
  db
    .updateTable('links')
    .set({ consumedAt: at.now })
    .where('accountId', '=', at.accountId)
    .where('consumedAt', 'is', null),
);

/** Ends the links of an account that are still open. Nothing waits for it. */
export const endLinks = (ctx: TenantContext, accountId: string): void =>
  ctx.defer(endingLinks({ accountId, now: ctx.now }));

/** The account that an invitation may still be accepted for. */
export const invited = (ctx: TenantContext, secretHash: Buffer) =>
  ctx.db
    .selectFrom('links')
    .innerJoin('accounts', 'accounts.id', 'links.accountId')
    .where('links.secretHash', '=', secretHash)
    .where('links.purpose', '=', 'invitation')
    .where('links.consumedAt', 'is', null)
    .where('links.expiresAt', '>', ctx.now)
    .where('accounts.status', '<>', 'disabled')
    .where('accounts.verifiedAt', 'is', null)
    .where('accounts.deletedAt', 'is', null)
    .where('accounts.email', 'is not', null)
    .select(['accounts.id', 'accounts.email', 'accounts.firstName', 'accounts.lastName', 'accounts.username'])
    .$narrowType<{ email: string }>()
    .executeTakeFirst();

/** Consumes an invitation: of any number at once exactly one is told whose it was. */
export const consumeInvitation = async (ctx: TenantContext, secretHash: Buffer): Promise<string | null> => {
  const row = await ctx.db
    .updateTable('links')
    .set({ consumedAt: ctx.now })
    .where('secretHash', '=', secretHash)
    .where('purpose', '=', 'invitation')
    .where('consumedAt', 'is', null)
    .where('expiresAt', '>', ctx.now)
    .returning('accountId')
    .executeTakeFirst();
  return row?.accountId ?? null;
};

/** Whether an account has the address. */
export const isAddressTaken = async ({ db }: TenantContext, emailCanonical: string): Promise<boolean> =>
  (await db
    .selectFrom('accounts')
    .select('id')
    .where('deletedAt', 'is', null)
    .where('emailCanonical', '=', emailCanonical)
    .executeTakeFirst()) !== undefined;

interface NewEmailChange {
  id: string;
  accountId: string;
  email: string;
  emailCanonical: string;
  secretHash: Buffer;
  expiresAt: Date;
}

/** Replaces what was asked before: one link works at most. */
export const putEmailChange = (ctx: TenantContext, change: NewEmailChange) => {
  const row = { ...change, createdAt: ctx.now, createdBy: ctx.actor.id };
  return ctx.db
    .insertInto('emailChanges')
    .values({ tenantId: ctx.tenantId, ...row })
    .onConflict((conflict) => conflict.columns(['tenantId', 'accountId']).doUpdateSet(row))
    .execute();
};

export const emailChangeOf = ({ db }: TenantContext, accountId: string) =>
  db.selectFrom('emailChanges').selectAll().where('accountId', '=', accountId).executeTakeFirst();

/** The change that a link may still confirm. */
export const emailChangeBy = (ctx: TenantContext, secretHash: Buffer) =>
  ctx.db
    .selectFrom('emailChanges')
    .innerJoin('accounts', 'accounts.id', 'emailChanges.accountId')
    .innerJoin('tenants', 'tenants.tenantId', 'accounts.tenantId')
    .where('emailChanges.secretHash', '=', secretHash)
    .where('emailChanges.expiresAt', '>', ctx.now)
    .where('accounts.status', '<>', 'disabled')
    .where('accounts.deletedAt', 'is', null)
    .select([
      'emailChanges.accountId',
      'emailChanges.email',
      'emailChanges.emailCanonical',
      'tenants.displayName as tenantDisplayName',
    ])
    .executeTakeFirst();

/** @returns what was asked; undefined when nothing was */
export const takeEmailChange = ({ db }: TenantContext, accountId: string) =>
  db.deleteFrom('emailChanges').where('accountId', '=', accountId).returning(['email', 'expiresAt']).executeTakeFirst();

/** What the tenant says of itself to its people. */
export const tenant = ({ db }: TenantContext) =>
  db.selectFrom('tenants').select(['displayName', 'legalName', 'name', 'accountEnabling']).executeTakeFirstOrThrow();

/** The first owner while the invitation was never accepted: made with the tenant, by nobody inside it. */
export const lockFirstOwner = (ctx: TenantContext) =>
  accounts(ctx)
    .where('createdBy', 'is', null)
    .where('source', '=', 'local')
    .where('status', '=', 'new')
    .where('verifiedAt', 'is', null)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('memberships')
          .innerJoin('groups', 'groups.id', 'memberships.groupId')
          .select('groupId')
          .whereRef('memberships.principalId', '=', 'accounts.id')
          .where('groups.isOwnerGroup', '=', true),
      ),
    )
    .orderBy('createdAt')
    .limit(1)
    .forUpdate('accounts')
    .executeTakeFirst();
