import { z } from 'zod';
import { Id, listOf, listQuery, personal, Timestamp } from '../../kernel/schema.ts';

const Values = z.record(z.string(), z.unknown());

export const AuditEntry = z
  .strictObject({
    id: Id,
    at: Timestamp,
    actor: z.strictObject({ kind: z.string(), id: Id.nullable(), name: personal(z.string()) }),
    onBehalfOf: Id.nullable().optional(),
    credentialId: Id.nullable(),
    door: z.string(),
    action: z.string(),
    target: z.strictObject({ kind: z.string(), id: Id.nullable(), name: personal(z.string().nullable()) }),
    outcome: z.enum(['success', 'refused']),
    before: Values.nullable().optional(),
    after: Values.nullable().optional(),
    details: Values.optional(),
    requestId: z.string(),
    sourceAddress: personal(z.string().nullable()),
  })
  .meta({ id: 'AuditEntry' });

export const AuditQuery = listQuery(['at']).extend({
  from: Timestamp.optional(),
  until: Timestamp.optional(),
  actorId: Id.optional(),
  action: z.string().max(500).optional().describe('One or several, separated by commas.'),
  targetKind: z.string().max(50).optional(),
  targetId: Id.optional(),
  outcome: z.enum(['success', 'refused']).optional(),
});
export const AuditList = listOf(AuditEntry);

/** Filters of the list, as text; the result of the task is a CSV file. */
export const AuditExport = z
  .strictObject({
    from: Timestamp.optional(),
    until: Timestamp.optional(),
    actorId: Id.optional(),
    action: z.string().max(500).optional(),
    targetKind: z.string().max(50).optional(),
    targetId: Id.optional(),
    outcome: z.enum(['success', 'refused']).optional(),
  })
  .meta({ id: 'AuditExport' });
