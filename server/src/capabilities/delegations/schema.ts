import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { isDelegable, permissions } from '../../kernel/catalogue.ts';
import { isId } from '../../kernel/ids.ts';
import { Id, listOf, listQuery, personal, Timestamp, text } from '../../kernel/schema.ts';
import { AffectedList, Effect, namesAsked } from '../effects/schema.ts';

export const MOST_DAYS = 730;
/** How long a request waits for an answer. */
export const REQUEST_SECONDS = 90 * 86_400;
export const MOST_HOURS = 8;

const delegable = permissions.filter(isDelegable);
/** What no partner is let do stands in no request: owner rights, secrets, sign-in. */
const DelegablePermission = z.string().refine((name) => (delegable as string[]).includes(name), {
  error: `must be one of ${delegable.join(', ')}`,
});

const Relation = z
  .enum(['partner', 'parent'])
  .describe('What the other tenant becomes in the profile of the customer, by its consent.');
const State = z
  .enum(['requested', 'active', 'refused', 'ended', 'expired'])
  .describe('expired: a request that nobody answered within 90 days.');

/** A customer's consent that a partner's group acts in it, how far and until when; each of the two sees its own side. */
export const Delegation = z
  .strictObject({
    id: Id,
    side: z.enum(['customer', 'partner']).describe('What this tenant is in it.'),
    otherTenantId: Id,
    otherTenantName: z.string().nullable().describe('As the other tells it at this moment; null while it does not.'),
    partnerGroupId: Id.describe("The partner's group whose members come in."),
    partnerGroupName: z.string().nullable().describe('As the partner tells it; null while it does not.'),
    groupId: Id.nullable().describe("The customer's group of source `imported` with what it consented to."),
    relation: Relation,
    purpose: z.string().nullable().describe('As the partner tells it; null while it does not.'),
    askedPermissions: z.array(z.string()),
    askedNamespaces: z.array(z.string()).nullable().describe('By name; none: the whole tenant.'),
    askedDays: z.int(),
    permissions: z.array(z.string()).nullable().describe('What the customer let through; null until it decided.'),
    grants: z
      .array(z.strictObject({ permission: z.string(), namespaceName: z.string().nullable() }))
      .nullable()
      .describe(
        "What its people may do at this moment, as the customer's group has it: in a namespace, or without one everywhere. Null of one that is not active, and while the customer does not tell.",
      ),
    needsActivation: z.boolean().describe('Each use needs an activation that the customer approves.'),
    renews: Id.nullable(),
    state: State,
    reason: z.string().nullable().describe('Of a refusal, as the customer tells it.'),
    createdAt: Timestamp,
    requestEndsAt: Timestamp,
    decidedAt: Timestamp.nullable(),
    endsAt: Timestamp.nullable(),
    endedAt: Timestamp.nullable(),
    endedBy: z.enum(['customer', 'partner', 'time']).nullable(),
    version: z.int(),
    actions: z.array(Action),
  })
  .meta({ id: 'Delegation' });

export const DelegationQuery = listQuery(['createdAt', 'endsAt']).extend({
  side: z.enum(['customer', 'partner']).optional(),
  state: z.enum(['requested', 'active', 'refused', 'ended', 'expired']).optional(),
  otherTenantId: z
    .string()
    .max(7400)
    .refine((ids) => ids.split(',').every(isId), 'must be ids of tenants, separated by commas')
    .optional()
    .describe('One or several ids, separated by commas.'),
});
export const DelegationList = listOf(Delegation);

const asked = {
  groupId: Id.describe('A group of this tenant, whose members are to act in the customer.'),
  permissions: z.array(DelegablePermission).max(50).default([]),
  namespaces: z.array(text(63)).max(50).default([]).describe('Names of namespaces of the customer; none: all of it.'),
  days: z.int().min(1).max(MOST_DAYS).describe('From the approval on.'),
  purpose: text(500),
  relation: Relation.default('partner'),
};

export const NewDelegation = z
  .strictObject({
    customerTenantId: Id.describe('Told by the customer. Whether there is such a tenant is not told here.'),
    ...asked,
    renews: Id.optional().describe('A delegation of the same customer that this one takes the place of when approved.'),
  })
  .meta({ id: 'NewDelegation' });
export type NewDelegation = z.output<typeof NewDelegation>;

export const MOST_CUSTOMERS = 1_000;
export const NewDelegations = z
  .strictObject({
    customerTenantIds: z
      .array(Id)
      .min(1, 'must name at least one customer')
      .max(MOST_CUSTOMERS)
      .describe('Customers to ask; where one has a delegation of the same group, this asks to renew it.'),
    ...asked,
  })
  .meta({ id: 'NewDelegations' });
export type NewDelegations = z.output<typeof NewDelegations>;

export const Approval = z
  .strictObject({
    permissions: z.array(DelegablePermission).min(1).max(50).optional().describe('Fewer than asked; all without.'),
    namespaceIds: z
      .array(Id)
      .max(50)
      .optional()
      .describe(
        'Where permissions that stand in namespaces hold: as asked by name without; everywhere when empty, if that was asked for.',
      ),
    days: z.int().min(1).max(MOST_DAYS).optional().describe('Not more than asked.'),
    needsActivation: z
      .boolean()
      .optional()
      .describe('Whether each use has to be approved. Without: as what it renews, else not.'),
    groupName: text(100).optional().describe('Of the group that is made here for it.'),
  })
  .meta({ id: 'DelegationApproval' });
export type Approval = z.output<typeof Approval>;

/** For the people behind a number. */
export const NamesBehind = z.strictObject(namesAsked).describe('For the people behind a number.');

export const DelegationPreview = z
  .strictObject({
    act: z.enum(['approve', 'end', 'approve-activation']).describe('A renewal that is approved ends what it renews.'),
    activationId: Id.optional().describe('The use that would be approved.'),
    permissions: Approval.shape.permissions,
    namespaceIds: Approval.shape.namespaceIds,
    needsActivation: Approval.shape.needsActivation,
    names: NamesBehind.optional(),
  })
  .meta({ id: 'DelegationPreview' });

/** Who of another tenant gains and loses what by a decision here. */
export const EffectOnOthers = {
  effect: Effect.nullable().describe(
    "How many of the other tenant's people gain and lose what, counted as guests; null while the other side does not answer, and of a side that does not decide.",
  ),
  names: AffectedList.nullable().describe(
    'The people behind a number, when they were asked for, as their home tells them; ids are those of their accounts at home.',
  ),
};

/** The same of several other tenants, each for itself. */
export const EffectsOnOthers = z.array(
  z.strictObject({
    tenantId: Id,
    groups: z.array(z.strictObject({ id: Id, name: z.string() })).describe('By which its people come in.'),
    effect: Effect.nullable().describe(
      'How many they are is known there: null when that tenant gives no answer, and of tenants beyond 20, which are not asked.',
    ),
    names: AffectedList.nullable(),
  }),
);

export const DelegationEffect = z.strictObject(EffectOnOthers).meta({ id: 'DelegationEffect' });

export const Refusal = z.strictObject({ reason: text(500).optional() }).meta({ id: 'DelegationRefusal' });

export const Activation = z
  .strictObject({
    id: Id,
    delegationId: Id,
    homeAccountId: Id.describe("The partner's account."),
    displayName: personal(z.string().nullable()).describe('As its home tells it at this moment.'),
    reason: z.string().nullable().describe('As the partner tells it; null while it does not.'),
    hours: z.int(),
    state: z.enum(['requested', 'active', 'refused', 'ended']),
    askedAt: Timestamp,
    decidedAt: Timestamp.nullable(),
    endsAt: Timestamp.nullable(),
    version: z.int(),
    actions: z.array(Action),
  })
  .meta({ id: 'DelegationActivation' });
export const ActivationQuery = listQuery(['askedAt']).omit({ q: true });
export const ActivationList = listOf(Activation);

/** A customer as a person of the partner's group has it. */
export const OwnDelegation = Delegation.extend({
  isStopped: z
    .boolean()
    .nullable()
    .describe('Whether the customer lets no partner in at this moment; null where it let none in, or does not answer.'),
  activation: z
    .strictObject({
      id: Id,
      state: Activation.shape.state,
      hours: z.int(),
      askedAt: Timestamp,
      endsAt: Timestamp.nullable(),
    })
    .nullable()
    .describe("The caller's newest; null when they asked for none."),
}).meta({ id: 'OwnDelegation' });
export const OwnDelegationList = listOf(OwnDelegation);

export const NewActivation = z
  .strictObject({ reason: text(500), hours: z.int().min(1).max(MOST_HOURS) })
  .meta({ id: 'NewDelegationActivation' });

/** What the partner's people did, as this side has it, and how far the other side has the same. */
export const ActReport = z
  .strictObject({
    acts: z.int().describe('Acts that this side has.'),
    outstanding: z.int().describe('Of those, not yet known to be on the other side.'),
    missingHere: z.int().nullable().describe('Acts that only the other side has; null while it does not answer.'),
    missingThere: z.int().nullable().describe('Acts that only this side has; null while the other does not answer.'),
    agrees: z.boolean().nullable().describe('Whether the two have the same acts, one to one.'),
    items: z.array(
      z.strictObject({
        entryId: Id.describe("Of the customer's audit entry."),
        homeAccountId: Id,
        displayName: personal(z.string().nullable()).describe('As its home tells it at this moment.'),
        action: z.string(),
        at: Timestamp,
        isOutstanding: z.boolean(),
      }),
    ),
    nextCursor: z.string().nullable(),
    total: z.int(),
    totalIsAtLeast: z.boolean(),
  })
  .meta({ id: 'DelegationActReport' });
export const ActQuery = listQuery(['at']).omit({ q: true });

/** The owners' one switch. */
export const PartnerAccess = z
  .strictObject({
    stoppedAt: Timestamp.nullable().describe('Since when no partner gets in; null while delegations count.'),
    actions: z.array(Action),
  })
  .meta({ id: 'PartnerAccess' });

export const PartnerAccessPreview = z
  .strictObject({ to: z.enum(['stopped', 'open']), names: NamesBehind.optional() })
  .meta({ id: 'PartnerAccessPreview' });
export const PartnerAccessLooked = z
  .strictObject({ partners: EffectsOnOthers.describe('What people of other tenants would lose, or have again.') })
  .meta({ id: 'PartnerAccessLooked' });
