import { z } from 'zod';
import { Id, listOf, listQuery, Timestamp } from '../../kernel/schema.ts';

export const taskStates = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;

export const Task = z
  .strictObject({
    id: Id,
    kind: z.string(),
    state: z.enum(taskStates),
    done: z.int(),
    total: z.int().nullable(),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe(
        'When done: { fileName, bytes, rows, href, expiresAt }, and counts of rows by outcome where rows have one; when failed: { problem }.',
      ),
    createdAt: Timestamp,
    createdBy: Id,
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Task' });
export type Task = z.infer<typeof Task>;
export const TaskQuery = listQuery(['createdAt']).extend({
  state: z.string().max(100).optional().describe('One or several states, separated by commas.'),
});
export const TaskList = listOf(Task);

/** The file itself, as text. */
export const TaskFile = z.string().meta({ contentMediaType: 'text/csv' });
