import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { isId, timeOfId } from '../../kernel/ids.ts';
import { page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { AuditExport } from './schema.ts';

const entries = ({ db }: TenantContext) =>
  db
    .selectFrom('auditEntries')
    .select([
      'id',
      'at',
      'actorKind',
      'actorId',
      'onBehalfOf',
      'credentialId',
      'door',
      'action',
      'targetKind',
      'targetId',
      'targetName',
      'outcome',
      'changes',
      'subjectId',
      'personal',
      'requestId',
      'sourceAddress',
    ]);

export type EntryRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  entries(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('audit entry'));

function filtered(ctx: TenantContext, filters: AuditExport) {
  const { from, until, actorId, action, targetKind, targetId, outcome } = filters;
  let rows = entries(ctx);
  if (from) rows = rows.where('at', '>=', new Date(from));
  if (until) rows = rows.where('at', '<=', new Date(until));
  if (actorId) rows = rows.where('actorId', '=', actorId);
  if (action !== undefined)
    rows = rows.where(
      'action',
      'in',
      action.split(',').map((each) => each.trim()),
    );
  if (targetKind !== undefined) rows = rows.where('targetKind', '=', targetKind);
  if (targetId) rows = rows.where('targetId', '=', targetId);
  if (outcome) rows = rows.where('outcome', '=', outcome);
  return rows;
}

interface ListQuery extends AuditExport {
  limit: number;
  cursor?: string | undefined;
  sort?: string | undefined;
  q?: string | undefined;
}

/** Nodes make ids by their own clocks. */
const CLOCKS_APART_MS = 10 * 60_000;

/** Newest first, by the index over (tenant, at, id). `q` is a request's id or an entry's. */
export function list(ctx: TenantContext, query: ListQuery) {
  const { q } = query;
  let rows = filtered(ctx, query);
  if (q !== undefined)
    rows = isId(q)
      ? rows
          .where((eb) => eb.or([eb('requestId', '=', q), eb('id', '=', q)]))
          .where('at', '>=', new Date(timeOfId(q).getTime() - CLOCKS_APART_MS))
      : rows.where('requestId', '=', q);
  return page(ctx.db, query, {
    rows,
    id: 'audit_entries.id',
    sorts: { at: { by: sql.ref('audit_entries.at'), type: 'timestamptz' } },
    defaultSort: '-at',
  });
}

/** The next so many entries from the newest down, after the one that the cursor names. */
export const batch = (ctx: TenantContext, filters: AuditExport, cursor: string | null, size: number) =>
  nextOf(filtered(ctx, filters), cursor, size);

async function nextOf(found: ReturnType<typeof filtered>, cursor: string | null, size: number) {
  let rows = found.select(sql<string>`at::text`.as('exactTime'));
  if (cursor !== null) {
    const [time, id] = cursor.split('|');
    rows = rows.where(sql<boolean>`(at, id) < (${time}::timestamptz, ${id}::uuid)`);
  }
  const next = await rows
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(size + 1)
    .execute();
  const items = next.slice(0, size);
  const last = items.at(-1);
  return { items, cursor: next.length > size && last ? `${last.exactTime}|${last.id}` : null };
}

interface Window {
  from: Date;
  until: Date;
}

const ofProvisioning = (ctx: TenantContext, { from, until }: Window) =>
  entries(ctx)
    .where('door', '=', 'scim')
    .where('outcome', '=', 'success')
    .where('targetKind', 'in', ['account', 'group'])
    .where('at', '>=', from)
    .where('at', '<=', until);

/** Changes of provisioning, in batches as `batch` gives them. */
export const batchOfProvisioning = (ctx: TenantContext, window: Window, cursor: string | null, size: number) =>
  nextOf(ofProvisioning(ctx, window), cursor, size);

export const countOfProvisioning = async (ctx: TenantContext, window: Window): Promise<number> => {
  const { total } = await ofProvisioning(ctx, window)
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return Number(total);
};

export const count = async (ctx: TenantContext, filters: AuditExport): Promise<number> => {
  const { total } = await filtered(ctx, filters)
    .clearSelect()
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return Number(total);
};

/** Display names of whatever the ids are: accounts, machines, credentials, groups, namespaces; one query a kind. */
export async function namesOf({ db }: TenantContext, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const found = await Promise.all([
    db.selectFrom('accounts').select(['id', 'displayName as name']).where('id', 'in', ids).execute(),
    db.selectFrom('serviceAccounts').select(['id', 'name']).where('id', 'in', ids).execute(),
    db.selectFrom('credentials').select(['id', 'name']).where('id', 'in', ids).execute(),
    db.selectFrom('groups').select(['id', 'name']).where('id', 'in', ids).execute(),
    db.selectFrom('namespaces').select(['id', 'name']).where('id', 'in', ids).execute(),
  ]);
  return new Map(found.flat().map(({ id, name }) => [id, name]));
}

/** Takes the count of a principal's refusals in a minute; undefined when it was taken before. */
export const takeRefusals = async ({ db }: TenantContext, principalId: string, minute: Date) => {
  const row = await db
    .deleteFrom('refusalCounts')
    .where('principalId', '=', principalId)
    .where('minute', '=', minute)
    .returning('count')
    .executeTakeFirst();
  return row?.count;
};
