import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, personal, secret, Timestamp } from '../../kernel/schema.ts';

/** Whether single sign-on is required, and what stands in the way of requiring it. */
export const SingleSignOn = z
  .strictObject({
    state: z
      .enum(['optional', 'required', 'suspended'])
      .describe(
        'required: nobody signs in by password, passkey or mailed link. suspended: not now, since no owner has emergency codes that were tried; required again once one has.',
      ),
    suspendedAt: Timestamp.nullable(),
    conditions: z
      .array(
        z.strictObject({
          name: z.enum(['provider-active', 'owner-came-through-it', 'emergency-codes-tried']),
          isMet: z.boolean(),
          text: z.string().describe('What to do, in words.'),
        }),
      )
      .describe('All are met before it can be required.'),
    owners: z
      .array(
        z.strictObject({
          accountId: Id,
          displayName: personal(z.string()),
          unusedCodes: z.int(),
          triedAt: Timestamp.nullable(),
        }),
      )
      .describe('Local owners, with the emergency codes that each of them has.'),
    actions: z.array(Action),
  })
  .meta({ id: 'SingleSignOn' });

const CodeSet = z.strictObject({
  unused: z.int().describe('Codes that still open.'),
  createdAt: Timestamp,
  triedAt: Timestamp.nullable().describe('When a code of the set was first used, in a drill or to sign in.'),
});

/** The emergency codes of an owner: one-time, they do not expire. */
export const EmergencyCodes = z
  .strictObject({
    current: CodeSet.nullable().describe('The set in use: one of its codes was tried.'),
    untried: CodeSet.nullable().describe(
      'A new set. Once a code of it is tried it takes the place of the current one.',
    ),
  })
  .meta({ id: 'EmergencyCodes' });

export const NewEmergencyCodes = EmergencyCodes.extend({
  codes: secret(z.array(z.string())).describe('Shown once. Keep them apart from this platform, for example on paper.'),
}).meta({ id: 'NewEmergencyCodes' });

const Code = z.string().regex(/^[0-9A-Za-z -]{1,100}$/, 'must be a code of letters, digits, hyphens and spaces');

export const EmergencyDrill = z.strictObject({ code: Code }).meta({ id: 'EmergencyDrill' });

export const EmergencySignIn = z
  .strictObject({ tenantId: Id, email: z.string().max(254), code: Code })
  .meta({ id: 'EmergencySignIn' });
