import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, personal, secret, Timestamp, text } from '../../kernel/schema.ts';

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

/**
 * Whether identity providers may provision, and how far. While it is on, accounts and groups of provisioning are
 * changed by the identity provider alone.
 */
export const Provisioning = z
  .strictObject({
    on: z
      .boolean()
      .describe(
        'Off: every SCIM request is answered 403, but for ServiceProviderConfig, Schemas and ResourceTypes. Accounts and groups stay, and administrators manage them like local ones; tokens keep existing and open nothing else.',
      ),
    paused: z
      .boolean()
      .describe(
        'While on: every SCIM request is answered 503 with Retry-After, but for ServiceProviderConfig, Schemas and ResourceTypes, so that identity providers come again. Accounts and groups stay as they are and stay read-only in the console.',
      ),
    guardPercent: z
      .int()
      .min(1)
      .max(100)
      .describe(
        'Share of the accounts of provisioning, in percent, that it may deactivate or delete within 24 hours; 10 accounts at least. 100 turns the guard off.',
      ),
    guardOpenUntil: Timestamp.nullable().describe(
      'While an administrator lets every removal through: until when. Null closes the guard at once.',
    ),
    undoDays: z.int().min(1).max(365).describe('How many days back changes of provisioning can be undone.'),
    baseUrl: z.string().describe('The SCIM address to give to the identity provider.'),
    lastCallAt: Timestamp.nullable(),
    counts: z.strictObject({
      accounts: z.int(),
      groups: z.int(),
      liveTokens: z.int(),
      openHolds: z.int(),
      outOfStep: z.int().describe('People and groups whose last change by the identity provider failed.'),
    }),
    warnings: z.array(z.string()),
    actions: z.array(Action),
  })
  .meta({ id: 'Provisioning' });

export const ProvisioningChanges = Provisioning.pick({ on: true, paused: true, guardPercent: true, undoDays: true })
  .extend({
    guardOpenUntil: Timestamp.nullable()
      .refine((until) => until === null, 'can only be null, which closes the guard')
      .describe('Null closes the guard that letting all removals through has opened.'),
  })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'ProvisioningChanges' });

export const holdKinds = ['clash', 'deactivation', 'deletion', 'credentials'] as const;
export const credentialNames = ['password', 'userName', 'email', 'externalId'] as const;
export const holdStates = ['open', 'allowed', 'expired', 'dismissed', 'settled'] as const;

/** What provisioning was refused and an administrator may let through. */
export const ProvisioningHold = z
  .strictObject({
    id: Id,
    kind: z
      .enum(holdKinds)
      .describe(
        '`clash`: what was asked for has the name or address of a local account or group. `credentials`: the account holds more than who issued the token. Else the guard held a removal back.',
      ),
    state: z
      .enum(holdStates)
      .describe('`allowed` until `allowedUntil`, then `expired`; `settled` when what was refused has happened.'),
    account: z
      .strictObject({ id: Id, displayName: personal(z.string()), username: personal(z.string()) })
      .nullable()
      .describe('Whom it is about; of a clash the local account. Null when it is about a group.'),
    group: z.strictObject({ id: Id, name: z.string() }).nullable().describe('The local group that has the name.'),
    askedFor: Id.nullable().describe(
      'Of a clash: the account or group of provisioning that would have got the name; null when one was to be made.',
    ),
    userName: personal(z.string()).describe(
      'The userName, of a group the displayName, as the identity provider sent it.',
    ),
    externalId: personal(z.string().nullable()),
    changes: z
      .array(z.enum(credentialNames))
      .nullable()
      .describe('Of credentials: what would change, to `userName`, `email` and `externalId`; a password is not kept.'),
    email: personal(z.string().nullable()).describe('Of credentials: the primary address as it would be.'),
    tokenId: Id.nullable().describe('Of credentials: the token that asked. What is let through passes for it alone.'),
    tokenName: z.string().nullable(),
    lastAttemptAt: Timestamp,
    attempts: z.int(),
    decidedAt: Timestamp.nullable(),
    decidedBy: Id.nullable(),
    allowedUntil: Timestamp.nullable(),
    actions: z.array(Action),
  })
  .meta({ id: 'ProvisioningHold' });

export const ProvisioningHoldQuery = listQuery(['lastAttemptAt']).extend({
  kind: z.string().max(100).optional().describe('One or several, separated by commas.'),
  state: z.string().max(100).optional().describe('One or several, separated by commas.'),
});
export const ProvisioningHoldList = listOf(ProvisioningHold);
export const HoldsAllowed = z
  .strictObject({
    allowed: z.int().describe('Removals that were held back.'),
    guardOpenUntil: Timestamp.describe('Until then every removal passes.'),
  })
  .meta({ id: 'HoldsAllowed' });

/** A SCIM request and what came of it; kept for 7 days. */
export const ProvisioningCall = z
  .strictObject({
    id: Id,
    at: Timestamp,
    tokenId: Id.nullable(),
    tokenName: z.string().nullable(),
    method: z.string(),
    resource: z.string(),
    target: personal(z.string().nullable()).describe('The id, or the folded name, of whom or what it was about.'),
    status: z.int(),
    scimType: z.string().nullable(),
    detail: z.string().nullable(),
    remedy: z.string().nullable().describe('Of an error: what to do about it.'),
    durationMs: z.int(),
    requestId: z.string(),
  })
  .meta({ id: 'ProvisioningCall' });

export const ProvisioningCallQuery = listQuery(['at']).extend({
  outcome: z.enum(['success', 'failure']).optional(),
  tokenId: Id.optional(),
  target: text(1000).optional().describe('An id, a userName or a displayName.'),
});
export const ProvisioningCallList = listOf(ProvisioningCall);

export const OutOfStepQuery = listQuery(['at']);
/** The last change of somebody or something, which failed. */
export const OutOfStep = ProvisioningCall.extend({
  kind: z.enum(['account', 'group']),
  targetId: Id.nullable(),
  name: personal(z.string().nullable()),
}).meta({ id: 'OutOfStep' });
export const OutOfStepList = listOf(OutOfStep);

const window = {
  from: Timestamp.describe('Changes of this time and later.'),
  to: Timestamp.optional().describe('Changes of this time and earlier; until now by default.'),
};
export const UndoWindow = z.strictObject(window).meta({ id: 'UndoWindow' });

const Undone = z.strictObject({
  removed: z.int().describe('Made in the window: they go.'),
  restored: z.int().describe('Deleted in the window: they come back.'),
  changed: z.int().describe('Changes that are taken back.'),
});

/** What an undo would do, before it is done. */
export const UndoPreview = z
  .strictObject({
    from: Timestamp,
    to: Timestamp,
    changes: z.int(),
    examined: z.int().describe('Of them; the newest first.'),
    accounts: Undone,
    groups: Undone,
    obstacles: z
      .array(
        z.strictObject({
          at: Timestamp,
          target: z.strictObject({ kind: z.enum(['account', 'group']), id: Id, name: personal(z.string().nullable()) }),
          reason: personal(z.string()),
        }),
      )
      .describe('Changes that cannot be taken back; 200 at most.'),
    obstacleCount: z.int(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'UndoPreview' });
