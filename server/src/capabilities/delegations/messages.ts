import { z } from 'zod';
import { MOST_DAYS, MOST_HOURS } from './schema.ts';

/** What one side of a delegation says to the other, wherever that lives, by kind of message. */

/** So many tenants are asked whether partners stand in a circle, however they stand. */
export const MOST_ASKED = 100;

const Between = z.object({
  /** The tenant that speaks, and the one that is spoken to. */
  of: z.uuid(),
  to: z.uuid(),
});
export type Between = z.infer<typeof Between>;

/** A row as its side tells it: without that side's words, which are asked for when somebody looks. */
export const ToldDelegation = Between.extend({
  requestId: z.string().max(100),
  row: z.object({
    id: z.uuid(),
    side: z.enum(['customer', 'partner']),
    partnerGroupId: z.uuid(),
    relation: z.enum(['partner', 'parent']),
    askedPermissions: z.array(z.string()),
    askedDays: z.int().min(1).max(MOST_DAYS),
    permissions: z.array(z.string()).nullable(),
    needsActivation: z.boolean(),
    renews: z.uuid().nullable(),
    state: z.enum(['requested', 'active', 'refused', 'ended', 'expired']),
    createdAt: z.coerce.date(),
    requestEndsAt: z.coerce.date(),
    decidedAt: z.coerce.date().nullable(),
    endsAt: z.coerce.date().nullable(),
    endedBy: z.enum(['customer', 'partner', 'time']).nullable(),
  }),
});
export type ToldDelegation = z.infer<typeof ToldDelegation>;

export const ToldActivation = Between.extend({
  requestId: z.string().max(100),
  activation: z.object({
    id: z.uuid(),
    delegationId: z.uuid(),
    homeAccountId: z.uuid(),
    hours: z.int().min(1).max(MOST_HOURS),
    state: z.enum(['requested', 'active', 'refused', 'ended']),
    askedAt: z.coerce.date(),
    decidedAt: z.coerce.date().nullable(),
    endsAt: z.coerce.date().nullable(),
  }),
});
export type ToldActivation = z.infer<typeof ToldActivation>;

export const ToldActs = Between.extend({
  requestId: z.string().max(100),
  delegationId: z.uuid(),
  acts: z.array(z.object({ entryId: z.uuid(), homeAccountId: z.uuid(), action: z.string(), at: z.coerce.date() })),
});
export type ToldActs = z.infer<typeof ToldActs>;

export const AskedPeople = Between.extend({ ids: z.array(z.uuid()), guests: z.array(z.uuid()) });
export type AskedPeople = z.infer<typeof AskedPeople>;

/** Those whose groups are exactly one of the sets, `but` some, and `besides` them others. */
export const AskedPeopleNamed = Between.extend({
  ids: z.array(z.uuid()),
  sets: z.array(z.array(z.uuid())),
  but: z.array(z.uuid()),
  besides: z.array(z.uuid()),
  after: z.uuid(),
  limit: z.int().min(1).max(201),
});
export type AskedPeopleNamed = z.infer<typeof AskedPeopleNamed>;

export const AskedMembers = Between.extend({ ids: z.array(z.uuid()).length(1), only: z.array(z.uuid()).nullable() });
export type AskedMembers = z.infer<typeof AskedMembers>;

/** What is asked about: delegations, activations or the acts of a delegation. */
export const AskedOf = Between.extend({ ids: z.array(z.uuid()) });
export type AskedOf = z.infer<typeof AskedOf>;

/** Whether one stands above the tenant that is spoken to; at most so many more are asked. */
export const AskedAbove = Between.extend({ sought: z.uuid(), most: z.int().min(0).max(MOST_ASKED) });
export type AskedAbove = z.infer<typeof AskedAbove>;
