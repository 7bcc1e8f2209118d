import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import { notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type { Prepared } from '../../kernel/database/pool.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import { byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { ImportedMembersQuery, ImportKeyQuery, ImportsQuery } from './schema.ts';

// ---------------------------------------------------------------- keys

const stateOfKey = sql<'open' | 'used' | 'revoked' | 'expired'>`case
  when used_at is not null then 'used'
  when revoked_at is not null then 'revoked'
  when import_keys.expires_at <= platform_time() then 'expired'
  else 'open' end`;

const keys = ({ db }: { db: Kysely<Tables> }) =>
  db
    .selectFrom('importKeys')
    .innerJoin('groups', 'groups.id', 'importKeys.groupId')
    .select([
      'importKeys.id',
      'importKeys.groupId',
      'groups.name as groupName',
      'importKeys.receivingTenantId',
      stateOfKey.as('state'),
      'importKeys.createdAt',
      'importKeys.createdBy',
      'importKeys.expiresAt',
      'importKeys.usedAt',
      'importKeys.revokedAt',
    ]);

export type KeyRow = Awaited<ReturnType<typeof findKey>>;

export const findKey = (ctx: TenantContext, id: string) =>
  keys(ctx)
    .where('importKeys.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('import key'));

/** Reads a key and holds its row until the transaction ends. */
export const lockKey = (ctx: TenantContext, id: string) =>
  keys(ctx)
    .where('importKeys.id', '=', id)
    .forUpdate('importKeys')
    .executeTakeFirstOrThrow(() => notFound('import key'));

export function listKeys(ctx: TenantContext, query: z.output<typeof ImportKeyQuery>) {
  let rows = keys(ctx);
  if (query.groupId) rows = rows.where('importKeys.groupId', '=', query.groupId);
  if (query.state) rows = rows.where(stateOfKey, '=', query.state);
  return page(ctx.db, query, {
    rows,
    id: 'import_keys.id',
    sorts: { createdAt: byTime('import_keys.created_at') },
  });
}

export const countOpenKeys = async ({ db }: TenantContext): Promise<number> => {
  const { count } = await db
    .selectFrom('importKeys')
    .where(stateOfKey, '=', 'open')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

interface NewKey {
  id: string;
  groupId: string;
  secretHash: Buffer;
  receivingTenantId: string;
  expiresAt: Date;
}

export async function insertKey(ctx: TenantContext, row: NewKey) {
  const { db, tenantId, now, actor } = ctx;
  await db
    .insertInto('importKeys')
    .values({ tenantId, ...row, createdAt: now, createdBy: actor.id })
    .execute();
  return findKey(ctx, row.id);
}

export const revokeKey = async ({ db, now }: TenantContext, id: string): Promise<void> => {
  await db.updateTable('importKeys').set({ revokedAt: now }).where('id', '=', id).execute();
};

export const openKeyBy = (ctx: TenantContext, secretHash: Buffer, receivingTenantId: string) =>
  keys(ctx)
    .where('secretHash', '=', secretHash)
    .where('receivingTenantId', '=', receivingTenantId)
    .where(stateOfKey, '=', 'open')
    .executeTakeFirst();

/** Uses a key up: of any number at once exactly one gets it. */
export const consumeKey = ({ db, now }: TenantContext, secretHash: Buffer, receivingTenantId: string) =>
  db
    .updateTable('importKeys')
    .set({ usedAt: now })
    .where('secretHash', '=', secretHash)
    .where('receivingTenantId', '=', receivingTenantId)
    .where(stateOfKey, '=', 'open')
    .returning(['id', 'groupId', 'createdBy'])
    .executeTakeFirst();

// ---------------------------------------------------------------- imports

const side = sql<'home' | 'receiver'>`case delegations.side when 'partner' then 'home' else 'receiver' end`;

const imports = ({ db }: { db: Kysely<Tables> }) =>
  db
    .selectFrom('delegations')
    .where('delegations.kind', '=', 'import')
    .select([
      'delegations.id',
      side.as('side'),
      'otherTenantId',
      'partnerGroupId as homeGroupId',
      'groupId',
      sql<'active' | 'ended'>`delegations.state`.as('state'),
      'createdAt',
      'endedAt',
      sql<'home' | 'receiver' | null>`case ended_by when 'partner' then 'home' when 'customer' then 'receiver' end`.as(
        'endedBy',
      ),
      'delegations.version',
    ]);

export type ImportRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  imports(ctx)
    .where('delegations.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('import'));

export const findIfAny = (ctx: TenantContext, id: string) =>
  imports(ctx).where('delegations.id', '=', id).executeTakeFirst();

/** What lets the group in, as a decision about it is looked at. */
export const consentOf = ({ id, otherTenantId, homeGroupId }: ImportRow) => ({
  id,
  otherTenantId,
  otherRegion: null,
  partnerGroupId: homeGroupId,
});

/** Reads an import and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  imports(ctx)
    .where('delegations.id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('import'));

export const lockIfAny = (ctx: TenantContext, id: string) =>
  imports(ctx).where('delegations.id', '=', id).forUpdate().executeTakeFirst();

export function list(ctx: TenantContext, query: z.output<typeof ImportsQuery>) {
  let rows = imports(ctx);
  const { groupId } = query;
  if (query.side) rows = rows.where(side, '=', query.side);
  if (query.state) rows = rows.where('delegations.state', '=', query.state);
  if (groupId)
    rows = rows.where((eb) =>
      eb.or([eb('groupId', '=', groupId), eb.and([eb('partnerGroupId', '=', groupId), eb(side, '=', 'home')])]),
    );
  return page(ctx.db, query, {
    rows,
    id: 'delegations.id',
    sorts: { createdAt: byTime('delegations.created_at') },
    defaultSort: '-createdAt',
  });
}

/** Of a group at home, or of this tenant's own. */
export const standingOf = (ctx: TenantContext, homeGroupId: string, where: 'home' | 'receiver') =>
  imports(ctx)
    .where('partnerGroupId', '=', homeGroupId)
    .where(side, '=', where)
    .where('delegations.state', '=', 'active')
    .execute();

export const countStanding = async ({ db }: TenantContext, where: 'home' | 'receiver'): Promise<number> => {
  const { count } = await db
    .selectFrom('delegations')
    .where('kind', '=', 'import')
    .where('state', '=', 'active')
    .where(side, '=', where)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

interface NewRow {
  id: string;
  side: 'home' | 'receiver';
  otherTenantId: string;
  otherRegion: string;
  homeGroupId: string;
  groupId: string | null;
}

export async function insert(ctx: TenantContext, row: NewRow): Promise<ImportRow> {
  const { db, tenantId, now, actor } = ctx;
  await db
    .insertInto('delegations')
    .values({
      tenantId,
      id: row.id,
      kind: 'import',
      side: row.side === 'home' ? 'partner' : 'customer',
      otherTenantId: row.otherTenantId,
      otherRegion: row.otherRegion,
      partnerGroupId: row.homeGroupId,
      groupId: row.groupId,
      relation: 'partner',
      askedPermissions: [],
      askedDays: 0,
      permissions: [],
      state: 'active',
      createdAt: now,
      requestedBy: actor.id,
      requestEndsAt: now,
      decidedAt: now,
      decidedBy: actor.id,
    })
    .execute();
  return find(ctx, row.id);
}

/** Requires the row to be held. */
export async function end(ctx: TenantContext, id: string, by: 'home' | 'receiver'): Promise<ImportRow> {
  await ctx.db
    .updateTable('delegations')
    .set((eb) => ({
      state: 'ended',
      endedAt: ctx.now,
      endedBy: by === 'home' ? 'partner' : 'customer',
      groupId: null,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute();
  return find(ctx, id);
}

// ---------------------------------------------------------------- what one side tells the other

export interface Told {
  id: string;
  tenantName: string;
  /** Told by home. */
  groupName: string | null;
  groupDescription: string | null;
  memberCount: number | null;
}

/** At either side: how it shows itself to one that it shares an import with. */
export const telling = (otherTenantId: string, ids: string[]): Prepared => ({
  name: 'import-names',
  text: `select d.id, t.display_name as "tenantName", g.name as "groupName", g.description as "groupDescription",
                case when g.id is not null then (
                  select count(*)::int from memberships m join accounts a on a.id = m.principal_id
                  where m.group_id = g.id and ${notOver('m')}) end as "memberCount"
         from delegations d
         cross join tenants t
         left join groups g on g.id = d.partner_group_id and d.side = 'partner' and d.state = 'active'
         where d.kind = 'import' and d.other_tenant_id = $1 and d.id = any($2::uuid[])`,
  values: [otherTenantId, ids],
});

export const groupOfImport = ({ db }: TenantContext, id: string, otherTenantId: string) =>
  db
    .selectFrom('delegations')
    .innerJoin('groups', 'groups.id', 'delegations.partnerGroupId')
    .select('groups.id')
    .where('delegations.kind', '=', 'import')
    .where('delegations.side', '=', 'partner')
    .where('delegations.state', '=', 'active')
    .where('delegations.id', '=', id)
    .where('delegations.otherTenantId', '=', otherTenantId)
    .executeTakeFirst();

export const countAccountsIn = async ({ db }: TenantContext, groupId: string): Promise<number> => {
  const { count } = await accountsIn(db, groupId)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

const accountsIn = (db: Kysely<Tables>, groupId: string) =>
  db
    .selectFrom('memberships')
    .innerJoin('accounts', 'accounts.id', 'memberships.principalId')
    .where('memberships.groupId', '=', groupId)
    .where(sql<boolean>`${sql.raw(notOver('memberships'))}`);

/** A page of the accounts in a group at home. */
export function listAccountsIn({ db }: TenantContext, groupId: string, query: z.output<typeof ImportedMembersQuery>) {
  let rows = accountsIn(db, groupId).select([
    'accounts.id as homeAccountId',
    'accounts.displayName',
    'accounts.status',
  ]);
  if (query.q) rows = rows.where('accounts.displayName', 'ilike', containing(query.q));
  return page(db, query, {
    rows,
    id: 'accounts.id',
    sorts: { displayName: { by: sql`accounts.display_name collate "C"`, type: 'text' } },
    defaultSort: 'displayName',
  });
}

/** Groups of this tenant that it shares by some imports. */
export async function ownGroups(
  { db }: TenantContext,
  rows: ImportRow[],
): Promise<Map<string, Omit<Told, 'id' | 'tenantName'>>> {
  const shared = rows.filter((row) => row.side === 'home');
  if (shared.length === 0) return new Map();
  const ids = [...new Set(shared.map(({ homeGroupId }) => homeGroupId))];
  const found = await db
    .selectFrom('groups')
    .select([
      'id',
      'name',
      'description',
      sql<number>`(select count(*)::int from memberships m join accounts a on a.id = m.principal_id
        where m.group_id = groups.id and ${sql.raw(notOver('m'))})`.as('memberCount'),
    ])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute();
  const byId = new Map(
    found.map(({ id, name, description, memberCount }) => [
      id,
      { groupName: name, groupDescription: description, memberCount },
    ]),
  );
  return new Map(
    shared.flatMap(({ id, homeGroupId }) => {
      const group = byId.get(homeGroupId);
      return group ? [[id, group] as const] : [];
    }),
  );
}
