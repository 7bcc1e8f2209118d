import { z } from 'zod';
import { Id, listOf, listQuery, Timestamp } from '../../kernel/schema.ts';

export const Task = z
  .strictObject({
    id: Id,
    kind: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
    done: z.int(),
    total: z.int().nullable(),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('When done: for exports { fileName, bytes, rows, href }; when failed: { problem }.'),
    createdAt: Timestamp,
    createdBy: Id,
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Task' });
export const TaskQuery = listQuery(['createdAt']).extend({ state: z.string().max(100).optional() });
export const TaskList = listOf(Task);
