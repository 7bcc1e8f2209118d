import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { type Topic, topics } from '../../kernel/catalogue.ts';
import { Id, listOf, listQuery, personal, Timestamp, text } from '../../kernel/schema.ts';
import { EffectsOnOthers } from '../delegations/schema.ts';
import { AffectedList, Effect, namesAsked } from '../effects/schema.ts';

const campaignStates = ['gathering', 'open', 'closing', 'closed'] as const;
export const itemStates = ['undecided', 'kept', 'removed', 'waiting', 'left'] as const;
const kinds = ['account', 'service-account', 'guest', 'partner'] as const;
const paths = ['direct', 'provisioning', 'identity-provider', 'partner'] as const;

const distinct = <S extends z.ZodType<string>>(item: S, most: number) =>
  z
    .array(item)
    .min(1, 'must not be empty')
    .max(most)
    .refine((values) => new Set(values).size === values.length, 'must not name one twice');

const Scope = z
  .strictObject({
    groupIds: distinct(Id, 1000).optional().describe('Memberships of these groups.'),
    topics: distinct(z.enum(topics.map(({ name }) => name) as [Topic, ...Topic[]]), 50)
      .optional()
      .describe('Of groups that grant anything of these topics.'),
    namespaceIds: distinct(Id, 100).optional().describe('Of groups whose grants count in one of these namespaces.'),
    kinds: distinct(z.enum(kinds), 4)
      .optional()
      .describe('Only of these; partner: all people of a group of another tenant.'),
  })
  .describe('What is named must all be so; nothing named: every membership. Owners have everything.');
export type Scope = z.output<typeof Scope>;

const name = text(100);
const dueAt = Timestamp.describe('The end: an hour from now at least, a year at most.');
const undecided = z
  .enum(['keep', 'remove'])
  .describe('What becomes at the end of what nobody decided. Owners are never removed undecided.');
const reviewerIds = distinct(Id, 50).describe(
  'Accounts. With group-owners they decide where nobody answers for a group, and about who answers for it.',
);

const Counts = z.strictObject({
  total: z.int(),
  undecided: z.int(),
  kept: z.int(),
  removed: z.int(),
  waiting: z.int().describe('To be removed, by somebody who may or where it is managed.'),
  left: z.int().describe('Nobody decided until the end, and so it stayed.'),
});
export type Counts = z.output<typeof Counts>;

export const ReviewCampaign = z
  .strictObject({
    id: Id,
    name: z.string(),
    scope: Scope,
    reviewers: z.enum(['group-owners', 'accounts']),
    reviewerIds: z.array(Id),
    undecided: z.enum(['keep', 'remove']),
    state: z.enum(campaignStates),
    dueAt: Timestamp,
    taskId: Id.nullable().describe('The task that gathers, later the one that closes.'),
    counts: Counts,
    yours: z.int().describe('How many wait for your decision.'),
    closedAt: Timestamp.nullable(),
    version: z.int(),
    createdAt: Timestamp,
    createdBy: Id,
    updatedAt: Timestamp,
    updatedBy: Id.nullable(),
    actions: z.array(Action),
  })
  .meta({ id: 'ReviewCampaign' });

export const NewReviewCampaign = z
  .strictObject({
    name,
    scope: Scope.default({}),
    reviewers: z.enum(['group-owners', 'accounts']).describe('Who answers for a group decides, or the named ones do.'),
    reviewerIds,
    undecided: undecided.default('keep'),
    dueAt,
  })
  .meta({ id: 'NewReviewCampaign' });
export type NewReviewCampaign = z.output<typeof NewReviewCampaign>;

export const ReviewCampaignChanges = z
  .strictObject({ name, reviewerIds, undecided, dueAt })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'Name at least one field to change.')
  .meta({ id: 'ReviewCampaignChanges' });

export const CampaignQuery = listQuery(['createdAt'])
  .omit({ q: true })
  .extend({ state: z.enum(campaignStates).optional() });
export const ReviewCampaignList = listOf(ReviewCampaign);

export const ReviewItem = z
  .strictObject({
    id: Id,
    principalId: Id.nullable().describe('Null for all people of a group of another tenant.'),
    kind: z.enum(kinds),
    displayName: personal(z.string()),
    email: personal(z.string().nullable()),
    group: z.strictObject({ id: Id, name: z.string(), isOwnerGroup: z.boolean() }),
    grants: z.array(z.string()).describe('What the group gave when the campaign began; `@` a namespace.'),
    path: z.enum(paths).describe('How it came about.'),
    addedAt: Timestamp,
    endsAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable().describe(
      'Of a person the last sign-in, of a service account the last use of a key.',
    ),
    changed: z.array(z.string()).describe('What is otherwise now than when the campaign began, in words.'),
    managed: z.string().nullable().describe('Where it is changed, if not here.'),
    state: z.enum(itemStates),
    reason: z.string().nullable().describe('As who decided gave it.'),
    decidedBy: z.strictObject({ id: Id, displayName: personal(z.string()) }).nullable(),
    decidedAt: Timestamp.nullable(),
    note: z.string().nullable().describe('Why a removal waits, or what there is to say about it.'),
    actions: z.array(Action),
  })
  .meta({ id: 'ReviewItem' });

const unusedDays = z.int().min(1).max(3650).describe('Not used for so many days when the campaign began, or never.');

export const ItemQuery = listQuery(['lastUsedAt', 'addedAt']).extend({
  state: z.enum(itemStates).optional(),
  groupId: Id.optional(),
  unusedDays: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a number of days from 1 to 9999')
    .transform(Number)
    .optional(),
  yours: z.enum(['true']).optional().describe('Only those that are yours to decide.'),
});
export type ItemQuery = z.output<typeof ItemQuery>;
export const ReviewItemList = listOf(ReviewItem);

const reason = text(500).describe('Kept with the decision.');

export const ReviewDecision = z
  .strictObject({ decision: z.enum(['keep', 'remove']), reason })
  .meta({ id: 'ReviewDecision' });
export type ReviewDecision = z.output<typeof ReviewDecision>;

/** Which of the items that are the caller's to decide and that nobody decided. */
const which = {
  itemIds: distinct(Id, 1000).optional(),
  groupId: Id.optional(),
  unusedDays: unusedDays.optional(),
};
export type Which = { itemIds?: string[] | undefined; groupId?: string | undefined; unusedDays?: number | undefined };

export const ReviewDecisions = z
  .strictObject({ decision: z.enum(['keep', 'remove']), reason, ...which })
  .meta({ id: 'ReviewDecisions', description: 'Of what is yours and undecided; all of it where nothing is named.' });
export type ReviewDecisions = z.output<typeof ReviewDecisions>;

export const ReviewLook = z
  .strictObject({ ...which, names: z.strictObject(namesAsked).optional().describe('Lists who is behind the numbers.') })
  .meta({
    id: 'ReviewLook',
    description:
      'Of what is yours and undecided; all of it where nothing is named. Who may see groups looks at any items that are named.',
  });
export type ReviewLook = z.output<typeof ReviewLook>;

/** What a removal would do. */
export const ReviewLooked = z
  .strictObject({
    effect: Effect.describe('Of the members of groups.'),
    names: AffectedList.nullable().describe('When they were asked for.'),
    partners: EffectsOnOthers.describe('What people of other tenants would lose, each tenant for itself.'),
  })
  .meta({ id: 'ReviewLooked' });

export const ReviewClosing = z.strictObject({ undecided }).meta({ id: 'ReviewClosing' });

export const ReviewExport = z.strictObject({ format: z.enum(['csv', 'json']) }).meta({ id: 'ReviewExport' });

export const ReviewReport = z
  .strictObject({
    id: Id,
    name: z.string(),
    state: z.enum(campaignStates),
    dueAt: Timestamp,
    closedAt: Timestamp.nullable(),
    counts: Counts,
    groups: z
      .array(z.strictObject({ id: Id, name: z.string(), counts: Counts }))
      .describe('The 200 with most undecided or waiting.'),
    reviewers: z.array(z.strictObject({ id: Id, displayName: personal(z.string()), decided: z.int() })),
  })
  .meta({ id: 'ReviewReport' });
