import { Readable } from 'node:stream';
import type { z } from 'zod';
import { goingOnBy } from '../../kernel/access.ts';
import type { Permission } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { standingNow } from '../../kernel/guests.ts';
import { type JobKind, job } from '../../kernel/jobs.ts';
import { Reply } from '../../kernel/operation.ts';
import { conflict, lacking, notFound, Problem, tooMany } from '../../kernel/problem.ts';
import type { TaskQuery } from './schema.ts';
import * as store from './store.ts';

/** Part of a result: text to append, how many rows it has, where the next batch begins; null after the last one. */
export interface Batch {
  text: string;
  rows: number;
  cursor: string | null;
  /** How many rows ended in which way, for the result. */
  counts?: Record<string, number>;
  /** When the next batch is to begin, where it has to wait. */
  notBefore?: Date;
}

/** Long work that makes a file, batch by batch. */
export interface TaskKind<Asked extends object> {
  /** The operation that starts it, for example `audit.export`. */
  kind: string;
  /** Who asked must still hold it at each batch, and whoever reads the result. Null: it is theirs, and for them alone. */
  permission: Permission | null;
  /** It is enough to hold it in the namespace that `asked.namespaceId` names. */
  isInNamespace?: true;
  /** Made by us: it goes into a header. */
  fileName: string;
  /** CSV unless it says otherwise. */
  contentType?: 'application/json';
  /** Each batch acts as who asked, with what they hold then, and is recorded as theirs under this action. */
  actsAs?: string;
  /** How many rows there will be. */
  count: (ctx: TenantContext, asked: Asked) => Promise<number>;
  /** @param partOf gives back the parts of the start by their numbers */
  batch: (
    ctx: TenantContext,
    asked: Asked,
    cursor: string | null,
    partOf: (number: number) => Promise<string>,
  ) => Promise<Batch>;
}

/** A kind of task with the job that runs it; the job belongs into its capability's `jobs`. */
export type RunnableTaskKind<Asked extends object> = TaskKind<Asked> & { job: JobKind };

export const taskKind = <Asked extends object>(definition: TaskKind<Asked>): RunnableTaskKind<Asked> => ({
  ...definition,
  job: job<{ taskId: string }>(jobOf(definition.kind), (ctx, { taskId }) => runBatch(ctx, definition, taskId), {
    tries: TRIES,
    giveUp: (ctx, { taskId }) => giveUp(ctx, definition, taskId),
  }),
});

const jobOf = (kind: string) => `tasks.run-${kind}`;

const KEPT_SECONDS = 7 * 86_400;
const MAX_UNDER_WAY = 10;
/** Of one batch, over an hour. */
const TRIES = 8;

/** A task as its readers see it. */
export const shown = (task: store.TaskRow) => ({
  ...task,
  result: task.result as Record<string, unknown> | null,
});

/**
 * Starts long work for the caller. Answer with `accepted`.
 *
 * @param parts what the batches are to work on, where that is more than can be asked; kept until the task is over
 * @throws {Problem} 429 when the tenant has 10 tasks under way
 */
export async function startTask<Asked extends object>(
  ctx: TenantContext,
  kind: RunnableTaskKind<Asked>,
  asked: Asked,
  parts: string[] = [],
) {
  await store.holdStarts(ctx);
  if ((await store.countUnderWay(ctx)) >= MAX_UNDER_WAY)
    throw tooMany(`This tenant has ${MAX_UNDER_WAY} tasks under way. Wait until one is done, or cancel one.`, 30);
  const { permission, contentType } = kind;
  const progress = {
    asked,
    permission,
    ...(ctx.identity.delegationId ? { delegationId: ctx.identity.delegationId } : {}),
    cursor: null,
    chunks: 0,
    bytes: 0,
    ...(kind.isInNamespace ? { namespaceId: (asked as { namespaceId?: string }).namespaceId as string } : {}),
    ...(contentType ? { contentType } : {}),
  };
  const task = await store.insert(ctx, kind.kind, ctx.actor.id as string, progress);
  await store.addParts(ctx, task.id, parts);
  await ctx.enqueue(kind.job.kind, { taskId: task.id });
  return shown(task);
}

/** 202 with the task and where to follow it. */
export const accepted = (ctx: TenantContext, task: ReturnType<typeof shown>) =>
  new Reply(task, { status: 202, headers: { location: pathOf(ctx, task.id) } });

const pathOf = ({ tenantId }: TenantContext, id: string) => `/v1/tenants/${tenantId}/tasks/${id}`;

export const readTask = async (ctx: TenantContext, id: string) => shown(await store.find(ctx, id));

export async function listTasks(ctx: TenantContext, query: z.output<typeof TaskQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: found.items.map((row) => shown({ ...row, parameters: row.parameters as store.Progress })) };
}

/**
 * The file that a task made.
 *
 * @throws {Problem} 403 when the caller may no longer do what the task did; 409 `task-not-done`
 */
export async function readResult(ctx: TenantContext, id: string): Promise<Reply> {
  const task = await store.find(ctx, id);
  const { permission, namespaceId, chunks, bytes, contentType = 'text/csv' } = task.parameters;
  if (permission === null && task.createdBy !== ctx.actor.id) throw notFound('task');
  if (permission !== null && !ctx.rights.may(permission, namespaceId))
    throw lacking(`This needs the permission ${permission}.`, { permission, namespaceId });
  if (task.state !== 'done') throw conflict('task-not-done', `This task is ${task.state}; it has no result.`);
  const { fileName } = task.result as { fileName: string };
  return new Reply(Readable.from(store.chunksOf(ctx.place.cell, ctx.tenantId, id, chunks)), {
    headers: {
      'content-type': `${contentType}; charset=utf-8`,
      'content-length': String(bytes),
      'content-disposition': `attachment; filename="${fileName}"`,
    },
  });
}

/**
 * Stops a task before its next batch; what it made is dropped.
 *
 * @throws {Problem} 409 `task-over`
 */
export async function cancelTask(ctx: TenantContext, id: string) {
  const task = await store.lockVisible(ctx, id);
  if (!isUnderWay(task)) throw conflict('task-over', `This task is ${task.state}.`);
  return shown(await finish(ctx, task, 'cancelled', {}));
}

export const forgetTask = async (ctx: TenantContext, id: string): Promise<void> => {
  await store.remove(ctx, id);
};

/**
 * Takes away all files that tasks made, with the tasks, and has exports under way begin anew: one who may be named in them
 * was erased. Nothing waits for it.
 */
export const forgetFiles = (ctx: TenantContext): void => store.forgetFiles(ctx);

const isUnderWay = ({ state }: store.TaskRow) => state === 'waiting' || state === 'running';

/** Whether somebody's task goes on; one that is over, or was taken away, does not. */
export const isTaskUnderWay = async (ctx: TenantContext, id: string): Promise<boolean> => {
  const task = await store.lock(ctx, id);
  return task !== undefined && isUnderWay(task);
};

async function finish(
  ctx: TenantContext,
  task: store.TaskRow,
  state: 'done' | 'failed' | 'cancelled',
  changes: Parameters<typeof store.update>[2],
) {
  await store.removeChunks(ctx, task.id, state === 'done' ? 'parts' : 'all');
  const after = await store.update(ctx, task.id, { ...changes, state, finishedAt: ctx.now });
  await ctx.enqueue('tasks.forget', { taskId: task.id }, ctx.later(KEPT_SECONDS));
  return after;
}

/** Ends a task that cannot be done, and tells whoever asked for it. */
async function fail(ctx: TenantContext, { fileName }: { fileName: string }, task: store.TaskRow, problem: Problem) {
  await finish(ctx, task, 'failed', { result: { problem: problem.toBody(task.requestId) } });
  if (await store.isAccount(ctx, task.createdBy))
    ctx.notify({
      kind: 'task-failed',
      text: `The file ${fileName} that you asked for was not made. ${problem.message}`,
      to: { accountId: task.createdBy },
      target: { kind: 'task', id: task.id },
    });
}

/** When a batch failed at each try. */
async function giveUp(ctx: TenantContext, kind: { fileName: string }, taskId: string) {
  const task = await store.lock(ctx, taskId);
  if (!task || !isUnderWay(task)) return;
  const why = `It failed ${TRIES} times and was given up. Ask for it again, or for less; if that fails too, report it with the request id ${task.requestId}.`;
  await fail(ctx, kind, task, new Problem(500, 'task-given-up', why));
}

/**
 * Does one batch: its part of the file, the progress and the job of the next batch are one commit, so that a node that
 * dies loses nothing and doubles nothing.
 */
async function runBatch<Asked extends object>(ctx: TenantContext, kind: TaskKind<Asked>, taskId: string) {
  const task = await store.lock(ctx, taskId);
  if (!task || !isUnderWay(task)) return;
  const { parameters: progress } = task;
  const { rights, delegations, home } = await standingNow(ctx, task.createdBy);
  if (kind.permission !== null && !rights.may(kind.permission, progress.namespaceId)) {
    const why = `Who asked for this no longer holds the permission ${kind.permission}.`;
    return fail(ctx, kind, task, lacking(why, { permission: kind.permission, namespaceId: progress.namespaceId }));
  }
  if (kind.actsAs) {
    const delegationId = goingOnBy(delegations, progress.delegationId, { ...kind, namespaceId: progress.namespaceId });
    Object.assign(ctx.identity, { rights, delegationId, home });
    ctx.identity.actor = { ...(await store.principal(ctx, task.createdBy)), credentialId: null, door: 'job' };
    ctx.request.action = kind.actsAs;
  }
  const asked = progress.asked as Asked;
  const total = task.total ?? (await kind.count(ctx, asked));
  const {
    text,
    rows,
    cursor,
    counts = {},
    notBefore,
  } = await kind.batch(ctx, asked, progress.cursor, (number) => store.part(ctx, task.id, number));
  const chunk = Buffer.from(text);
  if (chunk.length > 0) await store.addChunk(ctx, task.id, progress.chunks, chunk);
  const bytes = progress.bytes + chunk.length;
  const done = task.done + rows;
  const parameters = {
    ...progress,
    cursor,
    bytes,
    chunks: progress.chunks + (chunk.length > 0 ? 1 : 0),
    counts: added(progress.counts, counts),
  };
  if (cursor === null) {
    const result = {
      fileName: kind.fileName,
      bytes,
      rows: done,
      href: `${pathOf(ctx, task.id)}/result`,
      expiresAt: ctx.later(KEPT_SECONDS).toISOString(),
      ...(Object.keys(parameters.counts).length > 0 ? { counts: parameters.counts } : {}),
    };
    await finish(ctx, task, 'done', { done, total: done, parameters, result });
    return;
  }
  await store.update(ctx, task.id, { state: 'running', done, total: Math.max(total, done), parameters });
  await ctx.enqueue(jobOf(kind.kind), { taskId }, notBefore);
}

const added = (before: Record<string, number> = {}, more: Record<string, number>) =>
  Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(more)])].map((name) => [
      name,
      (before[name] ?? 0) + (more[name] ?? 0),
    ]),
  );
