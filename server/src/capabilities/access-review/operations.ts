import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { Task } from '../tasks/schema.ts';
import { readTask } from '../tasks/service.ts';
import { AccessExport } from './schema.ts';
import { exportAccess, exportJobs } from './service.ts';

export const accessReview: Capability = {
  name: 'access-review',
  operations: [
    operation({
      id: 'access-review.export',
      method: 'POST',
      path: '/v1/tenants/:tenantId/access-review/export',
      summary: 'Export who has what, since when and last used, as CSV or JSON: a task',
      access: allow('groups.view', { duringReadOnly: true, duringClosing: true }),
      params: z.strictObject({ tenantId: Id }),
      body: AccessExport,
      reply: Task,
      status: 202,
      creates: { reread: readTask },
      handle: (ctx, { body }) => exportAccess(ctx, body),
    }),
  ],
  jobs: exportJobs,
};
