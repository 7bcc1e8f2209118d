import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { type Pool, Unit } from '../../kernel/database/pool.ts';
import { newId } from '../../kernel/ids.ts';
import { anyOf, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import { type TaskQuery, taskStates } from './schema.ts';

/** What a task needs to go on where its last batch ended. */
export interface Progress {
  /** What was asked for, by the kind's own shape. */
  asked: object;
  /** Who asked must hold it during the work, and whoever reads the result. */
  permission: string | null;
  /** Where holding it is enough. */
  namespaceId?: string;
  /** By which the start was done, of whom one let in. */
  delegationId?: string;
  cursor: string | null;
  chunks: number;
  bytes: number;
  contentType?: string;
  counts?: Record<string, number>;
}

/** Tasks that the caller may see: its own; an owner sees all. */
const visible = (ctx: TenantContext) => {
  const tasks = ctx.db.selectFrom('tasks').selectAll();
  return ctx.rights.isOwner ? tasks : tasks.where('createdBy', '=', ctx.actor.id);
};

const typed = <Row extends { parameters: unknown }>(row: Row) => ({ ...row, parameters: row.parameters as Progress });

export const find = async (ctx: TenantContext, id: string) =>
  typed(
    await visible(ctx)
      .where('id', '=', id)
      .executeTakeFirstOrThrow(() => notFound('task')),
  );

/** Holds a task that the caller may see. */
export const lockVisible = async (ctx: TenantContext, id: string) =>
  typed(
    await visible(ctx)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow(() => notFound('task')),
  );

/** Holds any task, for the work itself; undefined when it was forgotten. */
export const lock = async ({ db }: TenantContext, id: string) => {
  const row = await db.selectFrom('tasks').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row && typed(row);
};

/** Machines read their tasks; people are told as well. */
export const isAccount = async ({ db }: TenantContext, principalId: string): Promise<boolean> =>
  (await db.selectFrom('accounts').select('id').where('id', '=', principalId).executeTakeFirst()) !== undefined;

/** Who asked for a task, as an actor. */
export const principal = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('principals')
    .select(['id', 'kind'])
    .where('id', '=', id)
    .$narrowType<{ kind: 'account' | 'service-account' | 'guest' }>()
    .executeTakeFirstOrThrow();

export type TaskRow = NonNullable<Awaited<ReturnType<typeof lock>>>;

export function list(ctx: TenantContext, query: z.output<typeof TaskQuery>) {
  const states = anyOf(query.state, taskStates, 'query.state');
  let rows = visible(ctx);
  if (states) rows = rows.where('state', 'in', states);
  if (query.q) rows = rows.where('kind', 'ilike', containing(query.q));
  return page(ctx.db, query, {
    rows,
    id: 'tasks.id',
    sorts: { createdAt: { by: sql.ref('tasks.created_at'), type: 'timestamptz' } },
  });
}

/** Makes starts of the tenant wait for one another, so that they count rightly; others may refer to it meanwhile. */
export const holdStarts = async ({ db }: TenantContext): Promise<void> => {
  await db.selectFrom('tenants').select('tenantId').forNoKeyUpdate().execute();
};

export const countUnderWay = async ({ db }: TenantContext): Promise<number> => {
  const { count } = await db
    .selectFrom('tasks')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', 'in', ['waiting', 'running'])
    .executeTakeFirstOrThrow();
  return Number(count);
};

export const insert = async (ctx: TenantContext, kind: string, createdBy: string, progress: Progress) =>
  typed(
    await ctx.db
      .insertInto('tasks')
      .values({
        tenantId: ctx.tenantId,
        id: newId(),
        kind,
        parameters: JSON.stringify(progress),
        requestId: ctx.request.id,
        createdAt: ctx.now,
        createdBy,
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );

interface Changes {
  state?: string;
  done?: number;
  total?: number;
  parameters?: Progress;
  result?: object;
  finishedAt?: Date;
}

/** Requires the row to be held. */
export const update = async ({ db }: TenantContext, id: string, { parameters, result, ...changes }: Changes) =>
  typed(
    await db
      .updateTable('tasks')
      .set((eb) => ({
        ...changes,
        ...(parameters ? { parameters: JSON.stringify(parameters) } : {}),
        ...(result ? { result: JSON.stringify(result) } : {}),
        version: eb('version', '+', 1),
      }))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow(),
  );

export const addChunk = ({ db, tenantId }: TenantContext, taskId: string, position: number, bytes: Buffer) =>
  db.insertInto('taskChunks').values({ tenantId, taskId, position, bytes }).execute();

/** Parts lie below the chunks of the result: at -1, -2 and so on. */
const placeOf = (number: number) => -1 - number;

export async function addParts({ db, tenantId }: TenantContext, taskId: string, parts: string[]): Promise<void> {
  if (parts.length === 0) return;
  await sql`insert into task_chunks (tenant_id, task_id, position, bytes)
    select ${tenantId}::uuid, ${taskId}::uuid, -n, convert_to(part, 'UTF8')
    from unnest(${parts}::text[]) with ordinality as given (part, n)`.execute(db);
}

export const part = async ({ db }: TenantContext, taskId: string, number: number): Promise<string> => {
  const { bytes } = await db
    .selectFrom('taskChunks')
    .select('bytes')
    .where('taskId', '=', taskId)
    .where('position', '=', placeOf(number))
    .executeTakeFirstOrThrow();
  return bytes.toString();
};

export const removeChunks = ({ db }: TenantContext, taskId: string, which: 'parts' | 'all') =>
  db
    .deleteFrom('taskChunks')
    .where('taskId', '=', taskId)
    .$if(which === 'parts', (chunks) => chunks.where('position', '<', 0))
    .execute();

/** Exports only read, so they may be read again. */
const isExport = sql<boolean>`kind like '%.export%'`;

export const forgetFiles = (ctx: TenantContext): void => {
  const { db } = ctx;
  const hasFile = sql<boolean>`exists (select from task_chunks c where c.tenant_id = tasks.tenant_id and c.task_id = tasks.id)`;
  ctx.defer(db.deleteFrom('tasks').where('finishedAt', 'is not', null).where(hasFile));
  const begunAnew = sql<string>`parameters || '{"cursor": null, "chunks": 0, "bytes": 0, "counts": {}}'`;
  const underWay = db.selectFrom('tasks').select('id').where('finishedAt', 'is', null).where(isExport);
  ctx.defer(db.deleteFrom('taskChunks').where('taskId', 'in', underWay));
  ctx.defer(db.updateTable('tasks').set({ parameters: begunAnew, done: 0 }).where('id', 'in', underWay));
};

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('tasks').where('id', '=', id).execute();

/** The chunks of a result in order, each read in a unit of work of its own: a file is never whole in memory. */
export async function* chunksOf(cell: Pool, tenantId: string, taskId: string, count: number) {
  for (let position = 0; position < count; position++) {
    const { unit } = await Unit.open(cell, tenantId, [], 'read');
    try {
      const { bytes } = await unit.db
        .selectFrom('taskChunks')
        .select('bytes')
        .where('taskId', '=', taskId)
        .where('position', '=', position)
        .executeTakeFirstOrThrow();
      unit.finishRead();
      yield bytes;
    } catch (error) {
      await unit.rollback();
      throw error;
    }
  }
}
