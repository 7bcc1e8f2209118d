import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { type Permission, permissions } from '../../kernel/catalogue.ts';
import { Id, listOf, listQuery, personal, Timestamp, text } from '../../kernel/schema.ts';

const states = ['pending', 'approved', 'refused', 'withdrawn', 'expired'] as const;

export const AccessRequest = z
  .strictObject({
    id: Id,
    principal: z.strictObject({ id: Id, kind: z.enum(['account', 'guest']), displayName: personal(z.string()) }),
    permission: z.string(),
    namespaceId: Id.nullable().describe('Null for the whole tenant.'),
    namespaceName: z.string().nullable().describe('Null also for who may not see the namespace.'),
    reason: personal(z.string()),
    state: z.enum(states),
    groupId: Id.nullable().describe('The group that gave it.'),
    groupName: z.string().nullable(),
    endsAt: Timestamp.nullable().describe('When what was given ends by itself.'),
    decidedAt: Timestamp.nullable(),
    decision: z.string().nullable().describe('What was said to the person.'),
    createdAt: Timestamp,
    expiresAt: Timestamp.describe('One that nobody has decided by then is over.'),
    actions: z.array(Action),
  })
  .meta({ id: 'AccessRequest' });

export const NewAccessRequest = z
  .strictObject({
    permission: z.enum(permissions as [Permission, ...Permission[]]),
    resource: Id.optional().describe('A namespace, or the tenant itself, which it is without one.'),
    reason: text(500).describe('What it is needed for; whoever may grant it reads this.'),
  })
  .meta({ id: 'NewAccessRequest' });

export const AccessRequestQuery = listQuery(['createdAt']).extend({
  state: z.enum(states).optional(),
  own: z.literal('true').optional().describe('Only those of the caller, also of who decides about others.'),
});
export const AccessRequestList = listOf(AccessRequest);

export const Approval = z
  .strictObject({
    groupId: Id.describe('A group that gives it; the person joins it.'),
    endsAt: Timestamp.optional().describe('When the membership ends by itself.'),
  })
  .meta({ id: 'AccessApproval' });

export const Refusal = z.strictObject({ reason: text(500) }).meta({ id: 'AccessRefusal' });
