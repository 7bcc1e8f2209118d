import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, personal, secret, Timestamp, text } from '../../kernel/schema.ts';
import { changeStates } from '../../kernel/second-approver.ts';

const Principal = z.strictObject({
  id: Id,
  kind: z.enum(['account', 'service-account', 'guest']),
  displayName: personal(z.string()),
});

const Effect = z
  .strictObject({
    action: z.string(),
    target: z.strictObject({ kind: z.string(), id: Id.nullable(), name: z.string().nullable() }),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    details: z.unknown().optional(),
  })
  .meta({ id: 'ChangeEffect', description: 'As the audit would have it; without secrets.' });

export const ChangeRequest = z
  .strictObject({
    id: Id,
    namespaceId: Id,
    namespaceName: z.string(),
    operation: z.string().describe('The operation that was asked for.'),
    summary: z.string(),
    askedBy: Principal,
    effects: z
      .array(Effect)
      .nullable()
      .describe('What it would change. Null in a list, and for those who neither asked nor may approve.'),
    effectsLeftOut: z.int().describe('Of a large change: how many effects are not shown.'),
    state: z.enum(changeStates).describe('`lapsed`: what it is about changed, or who asked may not do it any more.'),
    decidedBy: Principal.nullable(),
    decidedAt: Timestamp.nullable(),
    decision: z.string().nullable().describe('What was said to who asked.'),
    createdAt: Timestamp,
    expiresAt: Timestamp.describe('One that nobody has decided by then is over.'),
    actions: z.array(Action),
  })
  .meta({ id: 'ChangeRequest' });

export const ChangeRequestQuery = listQuery(['createdAt']).extend({ state: z.enum(changeStates).optional() });
export const ChangeRequestList = listOf(ChangeRequest);

export const MadeChange = ChangeRequest.extend({
  result: secret(z.unknown().optional()).describe(
    'What the operation replied; a key that was reset is shown here, once.',
  ),
}).meta({ id: 'MadeChange' });

export const ChangeRefusal = z.strictObject({ reason: text(500) }).meta({ id: 'ChangeRefusal' });
