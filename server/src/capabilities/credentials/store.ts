import { type RawBuilder, sql } from 'kysely';
import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, byTime, byTimeIfAny, containing, page } from '../../kernel/page.ts';
import type { CredentialState } from './schema.ts';
import type { Holder, IssuedKind } from './service.ts';

/** By the database's time: at the second of expiry it is over. */
const state = (now: Date) => sql<CredentialState>`case
  when credentials.revoked_at is not null then 'revoked'
  when least(credentials.expires_at, credentials.ends_at) <= ${now} then 'expired'
  when credentials.paused_at is not null then 'paused'
  when credentials.ends_at is not null then 'rotating'
  else 'active' end`;

/** Never the hash, nor the public key: nothing shows them. */
const credentials = ({ db, now }: TenantContext) =>
  db
    .selectFrom('credentials')
    .leftJoin('accounts', 'accounts.id', 'credentials.createdBy')
    .leftJoin('serviceAccounts', 'serviceAccounts.id', 'credentials.createdBy')
    .select([
      'credentials.id',
      'credentials.kind',
      'credentials.name',
      'credentials.principalId',
      'credentials.namespaceId',
      'credentials.lastFour',
      'credentials.expiresAt',
      'credentials.endsAt',
      'credentials.successorId',
      'credentials.lastUsedAt',
      'credentials.noticedAt',
      'credentials.version',
      'credentials.createdAt',
      'credentials.createdBy',
      state(now).as('state'),
      sql<string | null>`coalesce(accounts.display_name, service_accounts.name)`.as('creatorName'),
    ]);

export type CredentialRow = NonNullable<Awaited<ReturnType<typeof find>>>;

const held = (ctx: TenantContext, kind: IssuedKind, { principalId, namespaceId }: Holder) => {
  let rows = credentials(ctx).where('credentials.kind', '=', kind);
  if (principalId) rows = rows.where('credentials.principalId', '=', principalId);
  if (namespaceId) rows = rows.where('credentials.namespaceId', '=', namespaceId);
  return rows;
};

export const find = (ctx: TenantContext, kind: IssuedKind, holder: Holder, id: string) =>
  held(ctx, kind, holder).where('credentials.id', '=', id).executeTakeFirst();

/** Reads a credential and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, kind: IssuedKind, holder: Holder, id: string) =>
  held(ctx, kind, holder).where('credentials.id', '=', id).forUpdate('credentials').executeTakeFirst();

/** The one that is rotating in favour of this one, held until the transaction ends. */
export const lockPredecessor = (ctx: TenantContext, kind: IssuedKind, id: string) =>
  credentials(ctx)
    .where('credentials.kind', '=', kind)
    .where('credentials.successorId', '=', id)
    .where('credentials.revokedAt', 'is', null)
    .where('credentials.endsAt', '>', ctx.now)
    .forUpdate('credentials')
    .executeTakeFirst();

interface ListQuery {
  limit: number;
  cursor?: string | undefined;
  sort?: string | undefined;
  q?: string | undefined;
}

export function list(
  ctx: TenantContext,
  kind: IssuedKind,
  holder: Holder,
  query: ListQuery,
  states: CredentialState[] | undefined,
) {
  let rows = held(ctx, kind, holder);
  if (states) rows = rows.where(state(ctx.now), 'in', states);
  if (query.q) {
    const q = query.q;
    // Who found one somewhere knows its end only.
    rows = rows.where((eb) =>
      eb.or([eb('credentials.name', 'ilike', containing(q)), eb('credentials.lastFour', '=', q)]),
    );
  }
  return page(ctx.db, query, {
    rows,
    id: 'credentials.id',
    sorts: {
      createdAt: byTime('credentials.created_at'),
      name: byText('credentials.name'),
      expiresAt: byTimeIfAny('credentials.expires_at'),
    },
  });
}

/** Those that open doors now or when they are resumed; one that rotates counts as one with its successor. */
export const countLive = async (ctx: TenantContext, kind: IssuedKind, holder: Holder): Promise<number> => {
  const { count } = await held(ctx, kind, holder)
    .where(state(ctx.now), 'in', ['active', 'paused'])
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Live keys of namespaces, oldest first. */
export const liveOfNamespaces = (ctx: TenantContext, namespaceIds: string[]) =>
  namespaceIds.length === 0
    ? Promise.resolve([])
    : credentials(ctx)
        .where('credentials.namespaceId', 'in', namespaceIds)
        .where(state(ctx.now), 'in', ['active', 'rotating'])
        .orderBy('credentials.createdAt')
        .orderBy('credentials.id')
        .execute();

interface NewRow extends Holder {
  id: string;
  kind: IssuedKind;
  name: string;
  secretHash: Buffer | null;
  publicKey: Buffer | null;
  lastFour: string;
  expiresAt: Date | null;
}

export const insert = async (ctx: TenantContext, row: NewRow): Promise<void> => {
  await ctx.db
    .insertInto('credentials')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now, createdBy: ctx.actor.id, ...ctx.changedBy })
    .execute();
};

interface Changes {
  endsAt?: Date | null;
  successorId?: string | null;
  pausedAt?: Date | null;
  revokedAt?: Date;
}

/** Requires the row to be held by `lock`. */
export const update = async (ctx: TenantContext, id: string, changes: Changes): Promise<void> => {
  await ctx.db
    .updateTable('credentials')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
};

/** @returns how many were not revoked before */
export const revokeAllOfPrincipal = async (ctx: TenantContext, principalId: string): Promise<number> => {
  const { numUpdatedRows } = await ctx.db
    .updateTable('credentials')
    .set((eb) => ({ revokedAt: ctx.now, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('principalId', '=', principalId)
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
};

export const removeAllOfNamespace = ({ db }: TenantContext, namespaceId: string) =>
  db.deleteFrom('credentials').where('namespaceId', '=', namespaceId).execute();

export const noteNotice = async ({ db, now }: TenantContext, id: string): Promise<void> => {
  await db.updateTable('credentials').set({ noticedAt: now }).where('id', '=', id).execute();
};

/** A query of the ids of those who stand behind the principal of this expression: itself, who made it or a key of it, and so on. */
export const behind = (principalId: RawBuilder<unknown>) => sql`(
  with recursive behind (id) as (
    select ${principalId}
    union
    select maker.id from behind b
    cross join lateral (
      select s.created_by as id from service_accounts s where s.id = b.id
      union all
      select c.created_by from credentials c where c.principal_id = b.id
    ) maker
    where maker.id is not null
  ) select id from behind)`;

export async function whoStandsBehind({ db }: TenantContext, principalIds: string[]) {
  const found = sql<{ principalId: string; id: string }>`
    select each.id as "principalId", who.id
    from unnest(${principalIds}::uuid[]) each (id) cross join lateral ${behind(sql`each.id`)} who`;
  return (await found.execute(db)).rows;
}

export const isLive = async ({ db }: TenantContext, id: string): Promise<boolean> =>
  (
    await db
      .selectFrom('credentials as c')
      .select('c.id')
      .where('c.id', '=', id)
      .where(sql<boolean>`${sql.raw(allOf(conditions.credential))}`)
      .execute()
  ).length > 0;
