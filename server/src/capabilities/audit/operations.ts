import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Actor } from '../../kernel/authenticate.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { Task } from '../tasks/schema.ts';
import { readTask } from '../tasks/service.ts';
import { AuditEntry, AuditExport, AuditList, AuditQuery } from './schema.ts';
import { auditExport, exportEntries, listEntries, readEntry, summariseRefusals } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const path = '/v1/tenants/:tenantId/audit-entries';

export const audit: Capability = {
  name: 'audit',
  operations: [
    operation({
      id: 'audit.list-entries',
      method: 'GET',
      path,
      summary: 'List audit entries, newest first',
      access: allow('audit.view'),
      params: InTenant,
      query: AuditQuery,
      reply: AuditList,
      handle: (ctx, { query }) => listEntries(ctx, query),
    }),
    operation({
      id: 'audit.read-entry',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read an audit entry',
      access: allow('audit.view'),
      params: z.strictObject({ tenantId: Id, id: Id }),
      reply: AuditEntry,
      handle: (ctx, { params }) => readEntry(ctx, params.id),
    }),
    operation({
      id: 'audit.export',
      method: 'POST',
      path: `${path}/export`,
      summary: 'Export audit entries as CSV: a task',
      access: allow('audit.export', { duringReadOnly: true, duringClosing: true }),
      params: InTenant,
      body: AuditExport,
      reply: Task,
      status: 202,
      creates: { reread: readTask },
      handle: (ctx, { body }) => exportEntries(ctx, body),
    }),
  ],
  jobs: [
    auditExport.job,
    job<{ principalId: string; minute: string; actor: Actor }>(
      'audit.summarise-refusals',
      (ctx, { principalId, minute, actor }) => summariseRefusals(ctx, principalId, new Date(minute), actor),
    ),
  ],
};
