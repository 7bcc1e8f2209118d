import { type ExpressionBuilder, sql } from 'kysely';
import { foldCase, unlinked } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import { languageFor } from '../../kernel/messages/languages.ts';
import { reader } from '../../kernel/messages/readers.ts';
import { notFound } from '../../kernel/problem.ts';
import { NEVER_USED, removeWaysIn } from './ways-in-store.ts';
import { named } from './words.ts';
import { insertWords, replaceWords } from './words-store.ts';

/** The rows of accounts. Beside them: list-store, words-store, links-store, ways-in-store, provisioned-store. */

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
  'accounts.language',
  'accounts.status',
  'accounts.source',
  'accounts.verifiedAt',
  'accounts.lastSignInAt',
  'accounts.createdAt',
  'accounts.updatedAt',
  'accounts.version',
] as const;

/** Neither filtered further nor ordered. */
export const accounts = ({ db }: TenantContext) =>
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

/** How these stand, deleted ones too. */
export const standingNow = ({ db }: TenantContext, ids: readonly string[]) =>
  db
    .selectFrom('accounts')
    .select(['id', 'status', 'deletedAt', 'displayName', 'email'])
    .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
    .execute();

/** Reads an account and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  accounts(ctx)
    .where('id', '=', id)
    .forUpdate('accounts')
    .executeTakeFirstOrThrow(() => notFound('account'));

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
  /** Whether the person showed that the mailbox is theirs: else whoever makes accounts could have theirs tried first. */
  hasProvedAddress?: boolean;
}

/** Who holds an address or a username. */
export const taken = ({ db }: TenantContext, emailCanonical: string, usernameCanonical: string) =>
  db
    .selectFrom('accounts')
    .select(['id', 'emailCanonical'])
    .where('deletedAt', 'is', null)
    .where((eb) => eb.or([eb('emailCanonical', '=', emailCanonical), eb('usernameCanonical', '=', usernameCanonical)]))
    .execute();

/** The account with its principal and its place in the sign-in index. */
export const insert = async (ctx: TenantContext, { fingerprint, hasProvedAddress, ...row }: NewRow) => {
  const { tenantId } = ctx;
  await ctx.db.insertInto('principals').values({ tenantId, id: row.id, kind: 'account', createdAt: ctx.now }).execute();
  await ctx.db
    .insertInto('accounts')
    .values({ tenantId, ...row, hasWords: true, createdAt: ctx.now, ...ctx.changedBy })
    .execute();
  insertWords(ctx, { ...row, source: 'local' });
  await ctx.db
    .insertInto('signInIndex')
    .values({ tenantId, accountId: row.id, fingerprint, lastUsedAt: hasProvedAddress ? ctx.now : NEVER_USED })
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
  language: string | null;
  status: string;
  verifiedAt: Date | null;
  removedAt: Date | null;
  createdBy: string | null;
  /** JSON */
  attributes: string;
}>;

const isFoundBy = [...named, 'status', 'verifiedAt'] as const;

/** Requires the row to be held by `lock`. */
export const update = async (ctx: TenantContext, id: string, changes: Changes) => {
  await ctx.db
    .updateTable('accounts')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  const after = await find(ctx, id);
  if (isFoundBy.some((field) => field in changes)) replaceWords(ctx, after);
  return after;
};

/**
 * Leaves of an account its row, for what refers to it, without anything of the person; address and username are free.
 * Requires the row to be held. Nothing waits for it.
 */
export const entomb = (
  ctx: TenantContext,
  { id, username }: { id: string; username: string },
  removedAt: Date | null = null,
): void => {
  const { db, tenantId } = ctx;
  removeWaysIn(ctx, id);
  ctx.defer(db.deleteFrom('signInIndex').where('tenantId', '=', tenantId).where('accountId', '=', id));
  ctx.defer(db.deleteFrom('accountEmails').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('accountWords').where('accountId', '=', id));
  // The name is forgotten with the account, and an erasure finds the calls by the id.
  ctx.defer(
    db
      .updateTable('provisioningCalls')
      .set({ targetKey: id })
      .where('resource', 'not like', 'Groups%')
      .where('targetKey', '=', foldCase(username)),
  );
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
        language: null,
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

/** The recoveries that are decided and name the person of an account: by its id, or by an address that it has. */
export const recoveriesOf = async ({ db }: TenantContext, id: string, emailCanonical: string | null) => {
  const rows = await db
    .selectFrom('ownershipRecoveries')
    .select('id')
    .where('state', '<>', 'waiting')
    .where(({ eb, or }) =>
      or([eb('accountId', '=', id), ...(emailCanonical ? [eb('emailCanonical', '=', emailCanonical)] : [])]),
    )
    .execute();
  return rows.map((row) => row.id);
};

/**
 * Takes away what providers call a person in transactions of gateways that accept their tokens, from before the account
 * was known by it. Goes before the identities, which it goes by. Nothing waits for it.
 */
export const eraseSubjects = (ctx: TenantContext, id: string): void =>
  ctx.defer(
    ctx.db
      .updateTable('transactions')
      .set({ subject: null })
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('externalIdentities as e')
            .innerJoin('gateways as g', 'g.identityProviderId', 'e.providerId')
            .select('e.id')
            .where('e.accountId', '=', id)
            .whereRef('e.subject', '=', 'transactions.subject')
            .whereRef('g.id', '=', 'transactions.gatewayId'),
        ),
      ),
  );

/** Takes away what lies beside an account that was deleted. Nothing waits for it. */
export const eraseTraces = (
  ctx: TenantContext,
  id: string,
  { email, recoveryIds }: { email: string | null; recoveryIds: string[] },
): void => {
  const { db } = ctx;
  const names = sql<boolean>`${id}::uuid = any(names)`;
  const isOfPerson = ({ eb, or, and }: ExpressionBuilder<Tables, 'notices'>) =>
    or([
      names,
      // What was written before notices had names.
      eb('accountId', '=', id),
      and([eb('targetKind', '=', 'account'), eb('targetId', '=', id)]),
      and([eb('targetKind', '=', 'ownership-recovery'), sql<boolean>`target_id = any(${recoveryIds}::uuid[])`]),
    ]);
  ctx.defer(
    db.deleteFrom('noticeReads').where('noticeId', 'in', db.selectFrom('notices').select('id').where(isOfPerson)),
  );
  ctx.defer(db.deleteFrom('notices').where(isOfPerson));
  ctx.defer(db.deleteFrom('mails').where(names));
  if (email) ctx.defer(db.deleteFrom('mails').where(sql<boolean>`recipient = ${email} or strpos(body, ${email}) > 0`));
  ctx.defer(db.deleteFrom('links').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('provisioningHolds').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('provisioningCalls').where('targetKey', '=', id));
  ctx.defer(
    db
      .updateTable('ownershipRecoveries')
      .set({ email: '', emailCanonical: '', firstName: '', lastName: '' })
      .where(sql<boolean>`id = any(${recoveryIds}::uuid[])`),
  );
  // What they gave as a reason, and what was said to them or of them.
  ctx.defer(db.updateTable('accessRequests').set({ reason: '', decision: null }).where('principalId', '=', id));
  ctx.defer(
    db
      .updateTable('changeRequests')
      .set({ decision: null })
      .where(({ eb, or }) => or([eb('askedBy', '=', id), eb('decidedBy', '=', id)])),
  );
  ctx.defer(db.updateTable('delegationActivations').set({ reason: null }).where('homeAccountId', '=', id));
  ctx.defer(db.updateTable('reviewItems').set({ reason: null, note: null }).where('principalId', '=', id));
  ctx.defer(db.updateTable('accounts').set({ erasedAt: ctx.now }).where('id', '=', id));
};

/** Whether an account has the address. */
export const isAddressTaken = async ({ db }: TenantContext, emailCanonical: string): Promise<boolean> =>
  (await db
    .selectFrom('accounts')
    .select('id')
    .where('deletedAt', 'is', null)
    .where('emailCanonical', '=', emailCanonical)
    .executeTakeFirst()) !== undefined;

/** What the tenant says of itself to its people. */
export const tenant = ({ db }: TenantContext) =>
  db.selectFrom('tenants').select(['displayName', 'legalName', 'name', 'accountEnabling']).executeTakeFirstOrThrow();

/** In what language somebody is written to, and what their organisation calls itself, as mails show it. */
export const letterhead = async ({ db }: TenantContext, id: string) => {
  const { displayName, ...known } = await db
    .selectFrom('tenants')
    .innerJoin('accounts', 'accounts.tenantId', 'tenants.tenantId')
    .select(['tenants.displayName', ...reader])
    .where('accounts.id', '=', id)
    .executeTakeFirstOrThrow();
  return { tenant: unlinked(displayName), language: languageFor(known) };
};

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
