import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { anyOf, byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import { lentAmong } from '../../kernel/strength.ts';
import {
  type Admission,
  type ExternalIdentityQuery,
  type IdentityProviderQuery,
  type Mapping,
  type ProviderType,
  providerTypes,
} from './schema.ts';

const USE_NOTED_MS = 60_000;

const providers = ({ db }: TenantContext) =>
  db.selectFrom('identityProviders').selectAll().$narrowType<{
    type: ProviderType;
    status: 'inactive' | 'active';
    settings: Record<string, unknown>;
    mapping: Mapping;
    admission: Omit<Admission, 'defaultGroupIds' | 'mappedGroups'>;
  }>();

export type ProviderRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  providers(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('identity provider'));

export const ifAny = (ctx: TenantContext, id: string) => providers(ctx).where('id', '=', id).executeTakeFirst();

/** Reads a provider and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  providers(ctx)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('identity provider'));

/** The same, when it is there. */
export const lockIfAny = (ctx: TenantContext, id: string) =>
  providers(ctx).where('id', '=', id).forUpdate().executeTakeFirst();

export function list(ctx: TenantContext, query: z.output<typeof IdentityProviderQuery>) {
  const statuses = anyOf(query.status, ['inactive', 'active'], 'query.status');
  const types = anyOf(query.type, [...providerTypes], 'query.type');
  let rows = providers(ctx);
  if (statuses) rows = rows.where('status', 'in', statuses);
  if (types) rows = rows.where('type', 'in', types);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb('name', 'ilike', pattern), eb('description', 'ilike', pattern)]));
  }
  return page(ctx.db, query, {
    rows,
    id: 'identity_providers.id',
    sorts: {
      name: byText('identity_providers.name_canonical'),
      createdAt: byTime('identity_providers.created_at'),
      type: byText('identity_providers.type'),
      status: byText('identity_providers.status'),
    },
    defaultSort: 'name',
  });
}

interface NewRow {
  id: string;
  name: string;
  nameCanonical: string;
  type: string;
  description: string;
  /** JSON */
  settings: string;
  mapping: string;
  admission: string;
}

export const insert = async (ctx: TenantContext, row: NewRow) => {
  await ctx.db
    .insertInto('identityProviders')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now, createdBy: ctx.actor.id, ...ctx.changedBy })
    .execute();
};

type Changes = Partial<{
  description: string;
  status: string;
  settings: string;
  mapping: string;
  admission: string;
  clientSecret: Buffer | null;
  clientSecretExpiresAt: Date | null;
  earlierClientSecret: Buffer | null;
  earlierClientSecretUntil: Date | null;
  trustVersion: number;
  trustedBy: string | null;
  activatedAt: Date | null;
}>;

/** Requires the row to be held by `lock`, or new. */
export const update = async (ctx: TenantContext, id: string, changes: Changes) => {
  await ctx.db
    .updateTable('identityProviders')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
};

export const remove = async ({ db }: TenantContext, id: string) => {
  await db.deleteFrom('identityProviders').where('id', '=', id).execute();
};

/** Groups that people join, of each of the providers. The empty value stands for all whom a provider creates. */
export const groupsOf = ({ db }: TenantContext, providerIds: string[]) =>
  providerIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('identityProviderGroups')
        .select(['providerId', 'claimValue', 'groupId'])
        .where('providerId', 'in', providerIds)
        .orderBy('claimValue')
        .orderBy('groupId')
        .execute();

export const replaceGroups = async (
  { db, tenantId }: TenantContext,
  providerId: string,
  wanted: { claimValue: string; groupId: string }[],
) => {
  await db.deleteFrom('identityProviderGroups').where('providerId', '=', providerId).execute();
  if (wanted.length > 0)
    await db
      .insertInto('identityProviderGroups')
      .values(wanted.map((each) => ({ tenantId, providerId, ...each })))
      .execute();
};

/** When somebody last came by each of the providers. */
export const usesOf = ({ db }: TenantContext, providerIds: string[]) =>
  providerIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('externalIdentities')
        .select((eb) => ['providerId', eb.fn.max('lastUsedAt').as('lastUsedAt')])
        .where('providerId', 'in', providerIds)
        .groupBy('providerId')
        .execute();

/** The newest test and the live set-up link of each of the providers. */
export const testsOf = ({ db }: TenantContext, providerIds: string[]) =>
  providerIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('providerTests')
        .distinctOn('providerId')
        .select(['id', 'providerId', 'state', 'createdAt'])
        .$narrowType<{ state: 'waiting' | 'passed' | 'failed' }>()
        .where('providerId', 'in', providerIds)
        .orderBy('providerId')
        .orderBy('id', 'desc')
        .execute();

export const setUpLinksOf = ({ db, now }: TenantContext, providerIds: string[]) =>
  providerIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('providerSetUpLinks')
        .select(['providerId', 'expiresAt'])
        .where('providerId', 'in', providerIds)
        .where('endedAt', 'is', null)
        .where('expiresAt', '>', now)
        .execute();

export const insertSetUpLink = async (
  ctx: TenantContext,
  link: { id: string; providerId: string; secretHash: Buffer; expiresAt: Date },
) => {
  await ctx.db
    .insertInto('providerSetUpLinks')
    .values({ tenantId: ctx.tenantId, ...link, createdAt: ctx.now, createdBy: ctx.actor.id })
    .execute();
};

export const endSetUpLinks = async ({ db, now }: TenantContext, providerId: string) => {
  await db
    .updateTable('providerSetUpLinks')
    .set({ endedAt: now })
    .where('providerId', '=', providerId)
    .where('endedAt', 'is', null)
    .execute();
};

export const liveSetUpLink = ({ db, now }: TenantContext, secretHash: Buffer) =>
  db
    .selectFrom('providerSetUpLinks')
    .select(['id', 'providerId', 'createdBy', 'expiresAt'])
    .where('secretHash', '=', secretHash)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst();

export type KeyRow = Awaited<ReturnType<typeof keysOf>>[number];

/** Keys of ours that have not retired, the newest first. */
export const keysOf = ({ db, now }: TenantContext, providerIds: string[]) =>
  providerIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('samlKeys')
        .selectAll()
        .where('providerId', 'in', providerIds)
        .where((eb) => eb.or([eb('retiresAt', 'is', null), eb('retiresAt', '>', now)]))
        .orderBy('signsFrom', 'desc')
        .execute();

export const insertKey = async (
  ctx: TenantContext,
  key: {
    id: string;
    providerId: string;
    certificate: string;
    privateKey: Buffer;
    signsFrom: Date;
    expiresAt: Date;
  },
) => {
  await ctx.db
    .insertInto('samlKeys')
    .values({ tenantId: ctx.tenantId, ...key, createdAt: ctx.now, createdBy: ctx.actor.id })
    .execute();
};

/** Those that have no end yet get this one. */
export const retireKeys = async ({ db }: TenantContext, providerId: string, retiresAt: Date) => {
  await db
    .updateTable('samlKeys')
    .set({ retiresAt })
    .where('providerId', '=', providerId)
    .where('retiresAt', 'is', null)
    .execute();
};

/** Until when certificates are accepted that metadata names no more, by fingerprint; RFC 3339. */
export type Leaving = Record<string, string>;

const metadata = ({ db }: TenantContext) =>
  db.selectFrom('samlMetadata').selectAll().$narrowType<{ leaving: Leaving }>();

/** How the reading of metadata goes, of each of the providers that follow theirs. */
export const metadataOf = (ctx: TenantContext, providerIds: string[]) =>
  providerIds.length === 0 ? Promise.resolve([]) : metadata(ctx).where('providerId', 'in', providerIds).execute();

export const lockMetadata = (ctx: TenantContext, providerId: string) =>
  metadata(ctx).where('providerId', '=', providerId).forUpdate().executeTakeFirst();

export interface MetadataNote {
  readAt: Date | null;
  triedAt: Date | null;
  failingSince: Date | null;
  problem: string | null;
  toldAt: Date | null;
  leaving: Leaving;
  nextAt: Date;
}

export const noteMetadata = async (
  { db, tenantId }: TenantContext,
  providerId: string,
  { leaving, ...note }: MetadataNote,
) => {
  const row = { ...note, leaving: JSON.stringify(leaving) };
  await db
    .insertInto('samlMetadata')
    .values({ tenantId, providerId, ...row })
    .onConflict((conflict) => conflict.columns(['tenantId', 'providerId']).doUpdateSet(row))
    .execute();
};

interface NewTrip {
  id: string;
  providerId: string;
  purpose: string;
  accountId: string | null;
  testId: string | null;
  trustVersion: number;
  ticketHash: Buffer | null;
  stateHash: Buffer | null;
  browserHash: Buffer | null;
  secrets: Buffer | null;
  returnTo: string;
  expiresAt: Date;
  consumedAt?: Date;
}

export const insertTrip = async (ctx: TenantContext, trip: NewTrip) => {
  await ctx.db
    .insertInto('signInTrips')
    .values({ tenantId: ctx.tenantId, ...trip, createdAt: ctx.now })
    .execute();
};

/** Has a ticket used, in the browser that it was given to: of any number at once one finds it. */
export const takeTicket = ({ db, now }: TenantContext, providerId: string, ticketHash: Buffer, browserHash: Buffer) =>
  db
    .updateTable('signInTrips')
    .set({ ticketHash: null })
    .where('consumedAt', 'is', null)
    .where('ticketHash', '=', ticketHash)
    .where((eb) => eb.or([eb('browserHash', 'is', null), eb('browserHash', '=', browserHash)]))
    .where('providerId', '=', providerId)
    .where('expiresAt', '>', now)
    .returning(['id', 'purpose', 'accountId', 'testId', 'returnTo'])
    .executeTakeFirst();

export const boardTrip = async (
  { db }: TenantContext,
  id: string,
  trip: { trustVersion: number; stateHash: Buffer; browserHash: Buffer; secrets: Buffer; expiresAt: Date },
) => {
  await db.updateTable('signInTrips').set(trip).where('id', '=', id).execute();
};

/** Consumes a trip: of any number at once, on whichever nodes, one finds it. */
export const consumeTrip = ({ db, now }: TenantContext, providerId: string, stateHash: Buffer, browserHash: Buffer) =>
  db
    .updateTable('signInTrips')
    .set({ consumedAt: now })
    .where('stateHash', '=', stateHash)
    .where('browserHash', '=', browserHash)
    .where('providerId', '=', providerId)
    .where('consumedAt', 'is', null)
    .where('expiresAt', '>', now)
    .returning(['id', 'purpose', 'accountId', 'testId', 'trustVersion', 'secrets', 'returnTo'])
    .executeTakeFirst();

/** Keeps what came at the end of a trip, until the browser fetches it with the ticket. */
export const parkTrip = async (
  { db }: TenantContext,
  id: string,
  parked: { ticketHash: Buffer; browserHash: Buffer; secrets: Buffer; expiresAt: Date },
) => {
  await db.updateTable('signInTrips').set(parked).where('id', '=', id).execute();
};

/** Fetches it: of any number at once, on whichever nodes, one finds it. */
export const fetchTrip = ({ db, now }: TenantContext, providerId: string, ticketHash: Buffer, browserHash: Buffer) =>
  db
    .updateTable('signInTrips')
    .set({ ticketHash: null })
    .where('ticketHash', '=', ticketHash)
    .where('browserHash', '=', browserHash)
    .where('providerId', '=', providerId)
    .where('consumedAt', 'is not', null)
    .where('expiresAt', '>', now)
    .returning(['id', 'purpose', 'accountId', 'testId', 'trustVersion', 'secrets', 'returnTo'])
    .executeTakeFirst();

/** Takes the id of a message. @returns whether nobody took it before */
export const takeMessage = async (ctx: TenantContext, providerId: string, idHash: Buffer, expiresAt: Date) => {
  const { numInsertedOrUpdatedRows } = await ctx.db
    .insertInto('samlMessages')
    .values({ tenantId: ctx.tenantId, providerId, idHash, expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows) === 1;
};

export const insertSamlSession = async (
  ctx: TenantContext,
  row: {
    id: string;
    providerId: string;
    accountId: string;
    sessionId: string | null;
    nameHash: Buffer;
    indexHash: Buffer | null;
    subject: Buffer;
    expiresAt: Date;
  },
) => {
  await ctx.db
    .insertInto('samlSessions')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now })
    .execute();
};

export const samlSessionsOf = ({ db }: TenantContext, providerId: string, nameHash: Buffer) =>
  db
    .selectFrom('samlSessions')
    .select(['accountId', 'sessionId', 'indexHash'])
    .where('providerId', '=', providerId)
    .where('nameHash', '=', nameHash)
    .execute();

/** Of this session, else the last one of the account: it waited for a second factor then. */
export const samlSessionFor = ({ db }: TenantContext, providerId: string, accountId: string, sessionId: string) =>
  db
    .selectFrom('samlSessions')
    .select(['id', 'subject'])
    .where('providerId', '=', providerId)
    .where('accountId', '=', accountId)
    .where((eb) => eb.or([eb('sessionId', '=', sessionId), eb('sessionId', 'is', null)]))
    .orderBy('sessionId')
    .orderBy('createdAt', 'desc')
    .executeTakeFirst();

export const insertTest = async (ctx: TenantContext, test: { id: string; providerId: string; expiresAt: Date }) => {
  await ctx.db
    .insertInto('providerTests')
    .values({ tenantId: ctx.tenantId, ...test, createdAt: ctx.now, createdBy: ctx.actor.id })
    .execute();
};

export const test = (ctx: TenantContext, providerId: string, id: string) =>
  ctx.db
    .selectFrom('providerTests')
    .selectAll()
    .$narrowType<{ state: 'waiting' | 'passed' | 'failed' }>()
    .where('id', '=', id)
    .where('providerId', '=', providerId)
    .where('expiresAt', '>', ctx.now)
    .executeTakeFirstOrThrow(() => notFound('test'));

export const finishTest = async ({ db, now }: TenantContext, id: string, state: string, report: Buffer) => {
  await db.updateTable('providerTests').set({ state, report, finishedAt: now }).where('id', '=', id).execute();
};

/** The link of somebody of the provider to an account here. */
export const identity = ({ db }: TenantContext, providerId: string, issuer: string, subject: string) =>
  db
    .selectFrom('externalIdentities')
    .selectAll()
    .where('providerId', '=', providerId)
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();

export function listIdentities(
  ctx: TenantContext,
  providerId: string | undefined,
  query: z.output<typeof ExternalIdentityQuery>,
) {
  let rows = ctx.db
    .selectFrom('externalIdentities')
    .innerJoin('identityProviders', 'identityProviders.id', 'externalIdentities.providerId')
    .innerJoin('accounts', 'accounts.id', 'externalIdentities.accountId')
    .select([
      'externalIdentities.id',
      'externalIdentities.providerId',
      'externalIdentities.accountId',
      'externalIdentities.issuer',
      'externalIdentities.subject',
      'externalIdentities.createdAt',
      'externalIdentities.lastUsedAt',
      'identityProviders.name as providerName',
      'accounts.displayName as accountName',
    ]);
  if (providerId) rows = rows.where('externalIdentities.providerId', '=', providerId);
  if (query.accountId) rows = rows.where('externalIdentities.accountId', '=', query.accountId);
  if (query.q) rows = rows.where('externalIdentities.subject', 'ilike', containing(query.q));
  return page(ctx.db, query, {
    rows,
    id: 'external_identities.id',
    sorts: { createdAt: byTime('external_identities.created_at') },
  });
}

export const lockIdentity = ({ db }: TenantContext, providerId: string, id: string) =>
  db
    .selectFrom('externalIdentities')
    .selectAll()
    .where('id', '=', id)
    .where('providerId', '=', providerId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('identity'));

export const insertIdentity = async (
  ctx: TenantContext,
  row: { id: string; providerId: string; issuer: string; subject: string; accountId: string; ownsFields: boolean },
) => {
  await ctx.db
    .insertInto('externalIdentities')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now })
    .execute();
};

/** At most once a minute. */
export const noteUse = async ({ db, now }: TenantContext, id: string) => {
  await db
    .updateTable('externalIdentities')
    .set({ lastUsedAt: now })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('lastUsedAt', 'is', null), eb('lastUsedAt', '<', new Date(now.getTime() - USE_NOTED_MS))]))
    .execute();
};

export const removeIdentity = async ({ db }: TenantContext, id: string) => {
  await db.deleteFrom('externalIdentities').where('id', '=', id).execute();
};

/** All links of a provider. @returns how many there were */
export const removeIdentitiesOf = async ({ db }: TenantContext, providerId: string): Promise<number> => {
  const { numDeletedRows } = await db
    .deleteFrom('externalIdentities')
    .where('providerId', '=', providerId)
    .executeTakeFirst();
  return Number(numDeletedRows);
};

/** Accounts of provisioning that a first sign-in may be matched with; two are enough to see that it is not one. */
export const matching = ({ db }: TenantContext, field: 'externalId' | 'usernameFolded', value: string) =>
  db
    .selectFrom('accounts')
    .select(['id', 'username'])
    .where('source', '=', 'scim')
    .where('deletedAt', 'is', null)
    .where(field, '=', value)
    .limit(2)
    .execute();

/** Holds an account's row, so that of several who are matched with it at once one is first; none when it was deleted. */
export const lockAccount = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accounts')
    .select(['id', 'status', 'version'])
    .where('id', '=', id)
    .where('deletedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst();

/** Whether somebody of the provider is linked with an account, whose row is held. */
export async function isLinked({ db }: TenantContext, providerId: string, accountId: string): Promise<boolean> {
  const one = db.selectFrom('externalIdentities').select('id').where('providerId', '=', providerId);
  return (await one.where('accountId', '=', accountId).limit(1).executeTakeFirst()) !== undefined;
}

/** Whether there is a notice of the kind about a provider as it is now. */
export const isTold = async (
  { db }: TenantContext,
  kind: string,
  { id, updatedAt }: Pick<ProviderRow, 'id' | 'updatedAt'>,
) =>
  (await db
    .selectFrom('notices')
    .select('id')
    .where('createdAt', '>=', updatedAt)
    .where('kind', '=', kind)
    .where('targetId', '=', id)
    .limit(1)
    .executeTakeFirst()) !== undefined;

/** Memberships that mapped claims gave. */
export const givenTo = async ({ db }: TenantContext, identityId: string): Promise<string[]> =>
  (await db.selectFrom('identityMemberships').select('groupId').where('identityId', '=', identityId).execute()).map(
    ({ groupId }) => groupId,
  );

/** Who is in which group because the provider's mapped values said so. */
export const givenByProvider = ({ db }: TenantContext, providerId: string) =>
  db
    .selectFrom('identityMemberships')
    .innerJoin('externalIdentities', 'externalIdentities.id', 'identityMemberships.identityId')
    .where('externalIdentities.providerId', '=', providerId)
    .select(['identityMemberships.groupId', 'externalIdentities.accountId'])
    .execute();

export const noteGiven = async ({ db, tenantId }: TenantContext, identityId: string, groupIds: string[]) => {
  if (groupIds.length > 0)
    await db
      .insertInto('identityMemberships')
      .values(groupIds.map((groupId) => ({ tenantId, identityId, groupId })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
};

export const forgetGiven = async ({ db }: TenantContext, identityId: string, groupIds: string[]) => {
  if (groupIds.length > 0)
    await db
      .deleteFrom('identityMemberships')
      .where('identityId', '=', identityId)
      .where('groupId', 'in', groupIds)
      .execute();
};

/**
 * What people hold who come in by the provider: those linked with it, and those of provisioning that it may find when
 * it matches. One row a permission; one whose permission is null for an owner.
 */
export const heldThrough = async ({ db }: TenantContext, providerId: string, isMatching: boolean) => {
  const linked = db.selectFrom('externalIdentities').select('accountId').where('providerId', '=', providerId);
  const matched = db
    .selectFrom('accounts')
    .select('id as accountId')
    .where('source', '=', 'scim')
    .where('deletedAt', 'is', null);
  const people = isMatching ? linked.union(matched) : linked;
  const rows = await db
    .selectFrom('memberships')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .innerJoin('grants', 'grants.groupId', 'groups.id')
    .where('memberships.principalId', 'in', people)
    .select(['grants.permission', 'grants.namespaceId', sql<boolean>`false`.as('isLent')])
    .union(
      db
        .selectFrom(
          lentAmong(db, db.selectFrom('memberships').select('groupId').where('principalId', 'in', people)).as('lent'),
        )
        .select(['lent.permission', 'lent.namespaceId', 'lent.isLent']),
    )
    .orderBy('isLent')
    .execute();
  return {
    // An owner is never found by matching, so only links count.
    isOwner:
      (await db
        .selectFrom('memberships')
        .innerJoin('groups', 'groups.id', 'memberships.groupId')
        .select('groupId')
        .where('groups.isOwnerGroup', '=', true)
        .where('memberships.principalId', 'in', linked)
        .limit(1)
        .executeTakeFirst()) !== undefined,
    given: rows,
  };
};
