import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, secret, Timestamp, text } from '../../kernel/schema.ts';

export const ProvisioningToken = z
  .strictObject({
    id: Id,
    name: z.string(),
    lastFour: z.string(),
    state: z.enum(['active', 'rotating', 'paused', 'expired', 'revoked']),
    createdAt: Timestamp,
    createdBy: z.strictObject({ id: Id.nullable(), name: z.string() }),
    lastUsedAt: Timestamp.nullable(),
    expiresAt: Timestamp,
    endsAt: Timestamp.nullable().describe('While rotating: when it stops in favour of its successor.'),
    successorId: Id.nullable(),
    actions: z.array(Action),
  })
  .meta({ id: 'ProvisioningToken' });
export const MadeProvisioningToken = ProvisioningToken.extend({
  value: secret(z.string().optional()).describe('Shown once.'),
}).meta({ id: 'MadeProvisioningToken' });

export const NewProvisioningToken = z
  .strictObject({
    name: text(100),
    expiresAt: Timestamp.optional().describe('30 days from now by default, 365 at most.'),
  })
  .meta({ id: 'NewProvisioningToken' });

export const Rotation = z
  .strictObject({
    overlapSeconds: z.int().min(0).max(86_400).default(3600).describe('How long the old one stays valid, in seconds.'),
  })
  .meta({ id: 'Rotation' });

export const ProvisioningTokenQuery = listQuery(['createdAt', 'name', 'expiresAt']).extend({
  state: z.string().max(100).optional().describe('One or several states, separated by commas.'),
});
export const ProvisioningTokenList = listOf(ProvisioningToken);
