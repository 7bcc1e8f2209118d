import { z } from 'zod';
import { Id, Timestamp } from '../../kernel/schema.ts';

/** What the home page shows: set-up steps, what expires, what happened. Parts that the caller may not see are absent. */
export const Overview = z
  .strictObject({
    tenantId: Id,
    setupSteps: z.array(
      z.strictObject({
        step: z.enum(['identity-provider', 'provisioning-token', 'second-owner', 'namespace']),
        isDone: z.boolean(),
        isAvailable: z.boolean().describe('False where this version cannot do it yet or the caller may not.'),
      }),
    ),
    counts: z.strictObject({
      accounts: z.int().optional(),
      groups: z.int().optional(),
      namespaces: z.int().optional(),
      provisioningTokens: z.int().optional(),
      serviceAccounts: z.int().optional(),
    }),
    atLeast: z
      .array(z.string())
      .describe('Names of the counts that go no further: there are so many or more. What waits may be among them.'),
    expiring: z.array(z.strictObject({ kind: z.string(), id: Id, name: z.string(), expiresAt: Timestamp })),
    waitingAccounts: z.int().optional(),
    waitingAccessRequests: z
      .int()
      .optional()
      .describe('For those who may answer: requests of others for access that wait.'),
    waitingPartnerRequests: z
      .int()
      .optional()
      .describe('For those who may answer: requests of partners to be let in that wait.'),
    waitingActivations: z
      .array(z.strictObject({ delegationId: Id, groupName: z.string(), count: z.int() }))
      .optional()
      .describe(
        'For those who may answer: uses of partner access that wait for approval, but their own, by the group that lets in; 20 at most.',
      ),
    waitingChanges: z
      .array(z.strictObject({ namespaceId: Id, namespaceName: z.string(), count: z.int() }))
      .optional()
      .describe(
        'For those who may approve: changes of others that wait in protected namespaces, 20 namespaces at most.',
      ),
    refusedByLicences: z
      .array(z.string())
      .optional()
      .describe('For those who see licences: why accounts are not added, or gateways let nobody in.'),
    waitingRecovery: z
      .strictObject({ id: Id, dueAt: Timestamp })
      .nullable()
      .optional()
      .describe('Of owners: that the operator is about to let somebody in as an owner, unless an owner stops it.'),
    changesPerDay: z
      .array(
        z.strictObject({
          day: z.string(),
          changes: z.int(),
          refused: z.int(),
          isAtLeast: z.boolean().describe('Of a busy day only its first 1,000 entries are counted.'),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Overview' });
