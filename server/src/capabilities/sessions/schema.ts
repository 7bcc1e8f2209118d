import { z } from 'zod';
import { Id, listOf, listQuery, personal, Timestamp } from '../../kernel/schema.ts';

/** Who a credential is, so that each can be tried. */
export const Me = z
  .strictObject({
    kind: z.enum(['account', 'service-account', 'guest', 'provisioning-token', 'service-key', 'agent-key', 'operator']),
    tenantId: Id.nullable(),
    namespaceId: Id.optional(),
    expiresAt: Timestamp.nullable(),
    id: Id.nullable().describe('The principal or credential.'),
    displayName: personal(z.string()).optional(),
    email: personal(z.string()).optional(),
    tenantDisplayName: z.string().optional(),
    region: z.string().optional(),
    isOwner: z.boolean().optional(),
    grants: z
      .array(z.string())
      .optional()
      .describe('permission, topic.*, either followed by @<namespace id>; an owner holds all.'),
  })
  .meta({ id: 'Me' });

export const SignIn = z
  .strictObject({ email: z.string().max(254), password: z.string().max(1024), tenantId: Id.optional() })
  .meta({ id: 'SignIn' });

/**
 * 201 with a session; or 200 with the tenants to choose from and no cookie; or 200 with what is asked beside the
 * password, and the cookie of a sign-in that is not finished.
 */
export const SignedIn = z
  .strictObject({
    tenantId: Id.optional(),
    accountId: Id.optional(),
    sessionId: Id.optional(),
    displayName: personal(z.string()).optional(),
    region: z.string().optional(),
    expiresAt: Timestamp.optional(),
    asks: z
      .array(z.enum(['totp', 'passkey', 'recovery-code', 'enrol-factor', 'new-password']))
      .optional()
      .describe('One of these finishes the sign-in, within 10 minutes.'),
    choices: z.array(z.strictObject({ tenantId: Id, displayName: z.string(), region: z.string() })).optional(),
  })
  .meta({ id: 'SignedIn' });

export const Session = z
  .strictObject({
    id: Id,
    accountId: Id,
    createdAt: Timestamp,
    lastSeenAt: Timestamp,
    expiresAt: Timestamp,
    sourceAddress: personal(z.string().nullable()),
    userAgent: personal(z.string().nullable()),
    method: z.enum(['password', 'passkey', 'identity-provider', 'emergency-code', 'link', 'device']),
    identityProviderId: Id.nullable(),
    provedAt: Timestamp.describe('When its person last proved to be there; dangerous acts ask for a fresh proof.'),
    secondFactorAt: Timestamp.nullable(),
    isCurrent: z.boolean(),
  })
  .meta({ id: 'Session' });
export const SessionQuery = listQuery(['createdAt', 'lastSeenAt']);
export const SessionList = listOf(Session);
export const EndedSessions = z.strictObject({
  keepCurrent: z.literal('true').optional().describe('All but the session that asks.'),
});
