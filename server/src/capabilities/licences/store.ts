import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { LicenceQuery, SubscriptionQuery, SubscriptionTier } from './schema.ts';

type Frequency = 'month' | 'quarter' | 'year';

const licences = ({ db }: TenantContext) =>
  db
    .selectFrom('licences')
    .leftJoin('accounts as a', 'a.id', 'licences.createdBy')
    .leftJoin('serviceAccounts as s', 's.id', 'licences.createdBy')
    .select([
      'licences.id',
      'licences.name',
      sql<'catalogue' | 'file'>`licences.source`.as('source'),
      'licences.legacyKey',
      'licences.issuer',
      'licences.fileNumber',
      'licences.keyId',
      'licences.issuedAt',
      'licences.fileEndsAt',
      'licences.createdBy',
      sql<string | null>`coalesce(a.display_name, s.name)`.as('ownerName'),
      'licences.version',
      'licences.createdAt',
      'licences.updatedAt',
    ]);
export type LicenceRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  licences(ctx)
    .where('licences.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('licence'));

/** Holds it until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  licences(ctx)
    .where('licences.id', '=', id)
    .forUpdate('licences')
    .executeTakeFirstOrThrow(() => notFound('licence'));

export const lockOfFile = (ctx: TenantContext, issuer: string, fileNumber: string) =>
  licences(ctx)
    .where('licences.issuer', '=', issuer)
    .where('licences.fileNumber', '=', fileNumber)
    .forUpdate('licences')
    .executeTakeFirst();

export const list = (ctx: TenantContext, query: z.output<typeof LicenceQuery>) => {
  let rows = licences(ctx);
  if (query.q) rows = rows.where(sql<boolean>`strpos(lower(licences.name), lower(${query.q})) > 0`);
  return page(ctx.db, query, {
    rows,
    id: 'licences.id',
    sorts: { name: byText('licences.name'), createdAt: byTime('licences.created_at') },
    defaultSort: 'name',
  });
};

export const allLicences = ({ db }: TenantContext) =>
  db.selectFrom('licences').select(['id', 'name']).orderBy('name').orderBy('id').execute();

export const count = async ({ db }: TenantContext): Promise<number> =>
  (await db.selectFrom('licences').select(sql<number>`count(*)::int`.as('count')).executeTakeFirst())?.count ?? 0;

interface NewRow {
  id: string;
  name: string;
  source: 'catalogue' | 'file';
  legacyKey?: string | null;
  issuer?: string;
  fileNumber?: string;
  keyId?: string;
  issuedAt?: Date;
  fileEndsAt?: Date | null;
}

export const insert = (ctx: TenantContext, row: NewRow) =>
  ctx.db
    .insertInto('licences')
    .values({ tenantId: ctx.tenantId, createdAt: ctx.now, createdBy: ctx.actor.id, ...row, ...ctx.changedBy })
    .execute();

/** Requires the row to be held. */
export const update = (ctx: TenantContext, id: string, changes: Partial<Omit<NewRow, 'id' | 'source'>>) =>
  ctx.db
    .updateTable('licences')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('licences').where('id', '=', id).execute();

// ---------------------------------------------------------------- files

/** The newest file that came of a licence; holds what is known of it. */
/** In place of a hash, before the first file of a number is taken. */
const NO_FILE = Buffer.alloc(0);

/**
 * Holds what is known of a file's number until the transaction ends, so that of several that come at once one waits for
 * the other.
 *
 * @returns the newest that came before; undefined when none did
 */
export const holdNewestFile = async ({ db, tenantId }: TenantContext, issuer: string, fileNumber: string) => {
  await db
    .insertInto('licenceFiles')
    .values({ tenantId, issuer, fileNumber, issuedAt: new Date(0), hash: NO_FILE })
    .onConflict((conflict) => conflict.columns(['tenantId', 'issuer', 'fileNumber']).doNothing())
    .execute();
  const newest = await db
    .selectFrom('licenceFiles')
    .select(['issuedAt', 'hash'])
    .where('issuer', '=', issuer)
    .where('fileNumber', '=', fileNumber)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return newest.hash.equals(NO_FILE) ? undefined : newest;
};

/** Requires the number to be held. */
export const noteFile = (
  { db }: TenantContext,
  { issuer, fileNumber, ...file }: { issuer: string; fileNumber: string; issuedAt: Date; hash: Buffer },
) =>
  db.updateTable('licenceFiles').set(file).where('issuer', '=', issuer).where('fileNumber', '=', fileNumber).execute();

// ---------------------------------------------------------------- namespaces

export const namespacesOf = async ({ db }: TenantContext, licenceIds: string[]) =>
  db
    .selectFrom('licenceNamespaces')
    .innerJoin('namespaces', 'namespaces.id', 'licenceNamespaces.namespaceId')
    .select(['licenceNamespaces.licenceId', 'namespaces.id', 'namespaces.name'])
    .where(sql<boolean>`licence_namespaces.licence_id = any(${licenceIds}::uuid[])`)
    .where('namespaces.deletedAt', 'is', null)
    .orderBy('namespaces.name')
    .execute();

/** Those of the ids that are namespaces of the tenant, with the licence that they have. */
export const namespacesNamed = async ({ db }: TenantContext, ids: string[]) =>
  db
    .selectFrom('namespaces')
    .leftJoin('licenceNamespaces', 'licenceNamespaces.namespaceId', 'namespaces.id')
    .select(['namespaces.id', 'namespaces.name', 'licenceNamespaces.licenceId'])
    .where(sql<boolean>`namespaces.id = any(${ids}::uuid[])`)
    .where('namespaces.deletedAt', 'is', null)
    .execute();

/** Deleted namespaces, which nobody can name, keep theirs and come back with it. Requires the licences to be held. */
export const assign = async ({ db, tenantId }: TenantContext, licenceId: string, namespaceIds: string[]) => {
  await db
    .deleteFrom('licenceNamespaces')
    .where('licenceId', '=', licenceId)
    .where(sql<boolean>`namespace_id <> all(${namespaceIds}::uuid[])`)
    .where('namespaceId', 'in', ({ selectFrom }) =>
      selectFrom('namespaces').select('namespaces.id').where('namespaces.deletedAt', 'is', null),
    )
    .execute();
  if (namespaceIds.length > 0)
    await db
      .insertInto('licenceNamespaces')
      .values(namespaceIds.map((namespaceId) => ({ tenantId, licenceId, namespaceId })))
      .onConflict((conflict) => conflict.columns(['tenantId', 'namespaceId']).doNothing())
      .execute();
};

/** Requires the licences to be held. */
export const unassign = async ({ db }: TenantContext, licenceId: string, namespaceIds: string[]) => {
  await db
    .deleteFrom('licenceNamespaces')
    .where('licenceId', '=', licenceId)
    .where(sql<boolean>`namespace_id = any(${namespaceIds}::uuid[])`)
    .execute();
};

// ---------------------------------------------------------------- subscriptions

const subscriptions = ({ db }: TenantContext) =>
  db
    .selectFrom('subscriptions')
    .select([
      'id',
      'licenceId',
      'number',
      'activeFrom',
      'activeThrough',
      'autoRenew',
      'version',
      'createdAt',
      'updatedAt',
    ])
    .select((eb) => [
      eb.ref('renewalFrequency').$castTo<Frequency>().as('renewalFrequency'),
      eb.ref('tiers').$castTo<SubscriptionTier[]>().as('tiers'),
    ]);
export type SubscriptionRow = Awaited<ReturnType<typeof findSubscription>>;

const subscription = (ctx: TenantContext, licenceId: string, id: string) =>
  subscriptions(ctx).where('licenceId', '=', licenceId).where('id', '=', id);

export const findSubscription = (ctx: TenantContext, licenceId: string, id: string) =>
  subscription(ctx, licenceId, id).executeTakeFirstOrThrow(() => notFound('subscription'));

/** Holds it until the transaction ends. */
export const lockSubscription = (ctx: TenantContext, licenceId: string, id: string) =>
  subscription(ctx, licenceId, id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('subscription'));

export const subscriptionsOf = (ctx: TenantContext, licenceIds: string[]) =>
  subscriptions(ctx)
    .where(sql<boolean>`licence_id = any(${licenceIds}::uuid[])`)
    .orderBy('activeFrom')
    .orderBy('id')
    .execute();

export const allSubscriptions = (ctx: TenantContext) =>
  subscriptions(ctx).orderBy('activeFrom').orderBy('id').execute();

export const countSubscriptions = async ({ db }: TenantContext): Promise<number> =>
  (await db.selectFrom('subscriptions').select(sql<number>`count(*)::int`.as('count')).executeTakeFirst())?.count ?? 0;

export const listSubscriptions = (ctx: TenantContext, licenceId: string, query: z.output<typeof SubscriptionQuery>) => {
  let rows = subscriptions(ctx).where('licenceId', '=', licenceId);
  if (query.q) rows = rows.where(sql<boolean>`strpos(lower(number), lower(${query.q})) > 0`);
  return page(ctx.db, query, {
    rows,
    id: 'subscriptions.id',
    sorts: { activeFrom: byTime('subscriptions.active_from'), createdAt: byTime('subscriptions.created_at') },
    defaultSort: '-activeFrom',
  });
};

export interface NewSubscriptionRow {
  id: string;
  licenceId: string;
  number: string;
  activeFrom: Date;
  activeThrough: Date;
  autoRenew: boolean;
  renewalFrequency: Frequency;
  tiers: SubscriptionTier[];
}

export const insertSubscription = (ctx: TenantContext, { tiers, ...row }: NewSubscriptionRow) =>
  ctx.db
    .insertInto('subscriptions')
    .values({
      tenantId: ctx.tenantId,
      tiers: JSON.stringify(tiers),
      createdAt: ctx.now,
      createdBy: ctx.actor.id,
      ...row,
      ...ctx.changedBy,
    })
    .execute();

/** Requires the row, or its licence, to be held. */
export const updateSubscription = (
  ctx: TenantContext,
  id: string,
  { tiers, ...changes }: Partial<Omit<NewSubscriptionRow, 'id' | 'licenceId' | 'number'>>,
) =>
  ctx.db
    .updateTable('subscriptions')
    .set((eb) => ({
      ...(tiers ? { tiers: JSON.stringify(tiers) } : {}),
      ...changes,
      ...ctx.changedBy,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute();

export const removeSubscription = ({ db }: TenantContext, id: string) =>
  db.deleteFrom('subscriptions').where('id', '=', id).execute();
