import { z } from 'zod';
import { member } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { Task, TaskFile, TaskList, TaskQuery } from './schema.ts';
import { cancelTask, forgetTask, listTasks, readResult, readTask } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const OneTask = z.strictObject({ tenantId: Id, id: Id });
const path = '/v1/tenants/:tenantId/tasks';
const access = member('who may start a task may follow it; each sees its own, an owner all');

export const tasks: Capability = {
  name: 'tasks',
  operations: [
    operation({
      id: 'tasks.list',
      method: 'GET',
      path,
      summary: 'List tasks',
      access,
      params: InTenant,
      query: TaskQuery,
      reply: TaskList,
      handle: (ctx, { query }) => listTasks(ctx, query),
    }),
    operation({
      id: 'tasks.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a task and its progress',
      access,
      params: OneTask,
      reply: Task,
      handle: (ctx, { params }) => readTask(ctx, params.id),
    }),
    operation({
      id: 'tasks.read-result',
      method: 'GET',
      path: `${path}/:id/result`,
      summary: 'Download the file that a task made; kept for 7 days',
      access,
      params: OneTask,
      reply: TaskFile,
      handle: (ctx, { params }) => readResult(ctx, params.id),
    }),
    operation({
      id: 'tasks.cancel',
      method: 'POST',
      path: `${path}/:id/cancel`,
      summary: 'Stop a task before its next batch',
      access,
      params: OneTask,
      reply: Task,
      handle: (ctx, { params }) => cancelTask(ctx, params.id),
    }),
  ],
  jobs: [job<{ taskId: string }>('tasks.forget', (ctx, { taskId }) => forgetTask(ctx, taskId))],
};
