import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, secret, Timestamp, text } from '../../kernel/schema.ts';

export const ServiceAccount = z
  .strictObject({
    id: Id,
    name: z.string(),
    description: z.string(),
    status: z.enum(['enabled', 'disabled']),
    groups: z.array(z.strictObject({ id: Id, name: z.string(), status: z.enum(['enabled', 'disabled']) })),
    createdAt: Timestamp,
    createdBy: Id.nullable(),
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'ServiceAccount' });

export const NewServiceAccount = z
  .strictObject({ name: text(100), description: text(500, 0).optional(), groupIds: z.array(Id).max(100).optional() })
  .meta({ id: 'NewServiceAccount' });

export const ServiceAccountChanges = z
  .strictObject({ name: text(100), description: text(500, 0) })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'ServiceAccountChanges' });

export const ServiceAccountQuery = listQuery(['createdAt', 'name', 'status']).extend({
  status: z.string().max(100).optional(),
});
export const ServiceAccountList = listOf(ServiceAccount);

export const Key = z
  .strictObject({
    id: Id,
    name: z.string(),
    lastFour: z.string(),
    state: z.enum(['active', 'rotating', 'paused', 'expired', 'revoked']),
    createdAt: Timestamp,
    createdBy: Id.nullable(),
    lastUsedAt: Timestamp.nullable(),
    expiresAt: Timestamp,
  })
  .meta({ id: 'Key' });
export const MadeKey = Key.extend({ value: secret(z.string().optional()).describe('Shown once.') }).meta({
  id: 'MadeKey',
});
export const NewKey = z
  .strictObject({
    name: text(100),
    expiresAt: Timestamp.optional().describe('90 days from now by default, 365 at most.'),
  })
  .meta({ id: 'NewKey' });
export const KeyQuery = listQuery(['createdAt', 'name', 'expiresAt']);
export const KeyList = listOf(Key);

/** Another status or other groups of a service account, to be looked at before they are saved. */
export const LookAtServiceAccount = z
  .strictObject({
    id: Id.optional().describe('A new one without it.'),
    status: z.enum(['enabled', 'disabled', 'deleted']).optional(),
    addGroupIds: z.array(Id).max(100).optional(),
    removeGroupIds: z.array(Id).max(100).optional(),
  })
  .meta({ id: 'LookAtServiceAccount' });
