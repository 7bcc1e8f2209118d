import { z } from 'zod';
import { Id, Timestamp } from '../../kernel/schema.ts';

/**
 * - `active`: opens its doors
 * - `rotating`: still does, until it ends in favour of its successor
 * - `paused`: opens nothing until it is resumed
 * - `expired`: its life, or the overlap of its rotation, is over
 * - `revoked`: for good
 */
export const CredentialState = z.enum(['active', 'rotating', 'paused', 'expired', 'revoked']);
export type CredentialState = z.infer<typeof CredentialState>;

/** A credential as the audit keeps it: what lists show of it, never the secret. */
export const Credential = z
  .strictObject({
    id: Id,
    name: z.string(),
    lastFour: z.string(),
    state: CredentialState,
    principalId: Id.nullable(),
    namespaceId: Id.nullable(),
    expiresAt: Timestamp.nullable(),
    endsAt: Timestamp.nullable(),
    successorId: Id.nullable(),
  })
  .meta({ id: 'Credential' });
