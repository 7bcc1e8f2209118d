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
    withheld: z
      .enum(['erased', 'unreadable'])
      .optional()
      .describe('Why personal fields are absent: the person was erased, or what is stored does not open.'),
    requestId: z.string(),
    sourceAddress: personal(z.string().nullable()),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

const filters = {
  from: Timestamp.optional().describe('Entries of this time and later.'),
  until: Timestamp.optional().describe('Entries of this time and earlier.'),
  actorId: Id.optional(),
  action: z
    .string()
    .max(500)
    .regex(/^[a-z0-9.,-]+$/, 'must be ids of operations, separated by commas')
    .optional()
    .describe('One or several, separated by commas.'),
  targetKind: z
    .string()
    .max(50)
    .regex(/^[a-z-]+$/, 'must be a kind of object')
    .optional(),
  targetId: Id.optional(),
  outcome: z.enum(['success', 'refused']).optional(),
};

export const AuditQuery = listQuery(['at']).extend(filters);
export const AuditList = listOf(AuditEntry);

/** Filters of the list, as text; the result of the task is a CSV file. */
export const AuditExport = z.strictObject(filters).meta({ id: 'AuditExport' });
export type AuditExport = z.infer<typeof AuditExport>;
