import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { isGrantable } from '../../kernel/catalogue.ts';
import { Id, listOf, listQuery, personal, Timestamp, text } from '../../kernel/schema.ts';
import { Effect, namesAsked } from '../effects/schema.ts';
import { templateNames } from './templates.ts';

const memberCounts = {
  memberCount: z.int().describe('Counted to 10,000.'),
  memberCountIsAtLeast: z.boolean().describe('Whether there are more members than were counted.'),
};

export const Group = z
  .strictObject({
    id: Id,
    name: z.string(),
    description: z.string(),
    status: z.enum(['enabled', 'disabled']),
    source: z.enum(['local', 'scim', 'imported']),
    isOwnerGroup: z.boolean(),
    ownerId: Id.nullable().describe('The account responsible for the group.'),
    ...memberCounts,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Group' });
export type Group = z.infer<typeof Group>;

export const NewGroup = z
  .strictObject({
    name: text(100),
    description: text(500, 0).optional(),
    ownerId: Id.optional(),
    template: z.enum(templateNames).optional().describe('Begins with the grants of this template.'),
  })
  .meta({ id: 'NewGroup' });
export type NewGroup = z.infer<typeof NewGroup>;

export const GroupChanges = z
  .strictObject({ name: text(100), description: text(500, 0), ownerId: Id.nullable() })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'GroupChanges' });
export type GroupChanges = z.infer<typeof GroupChanges>;

export const GroupQuery = listQuery(['createdAt', 'name', 'status', 'source']).extend({
  status: z.string().max(100).optional().describe('One or several states, separated by commas.'),
  source: z.string().max(100).optional(),
  memberId: Id.optional().describe('Groups that this principal is a member of.'),
  ownerId: Id.optional().describe('Groups that this account is responsible for.'),
  isOwnerGroup: z.literal('true').optional().describe('Only the Owner Group.'),
});
export const GroupList = listOf(Group);

export const Member = z
  .strictObject({
    id: Id.describe('Of the account, service account or guest.'),
    kind: z.enum(['account', 'service-account', 'guest']),
    displayName: personal(z.string()),
    email: personal(z.string().nullable()),
    status: z.string(),
    addedAt: Timestamp,
    endsAt: Timestamp.nullable().describe('When the membership ends by itself; null when it does not.'),
  })
  .meta({ id: 'Member' });
export const MemberQuery = listQuery(['addedAt', 'displayName', 'endsAt']);
export const MemberList = listOf(Member);

export const NewMembers = z
  .strictObject({
    accountIds: z.array(Id).max(1000).optional(),
    serviceAccountIds: z.array(Id).max(1000).optional(),
    guestIds: z.array(Id).max(1000).optional().describe('Of guests who were let in already.'),
    endsAt: Timestamp.optional().describe('When the memberships that this makes end by themselves.'),
  })
  .refine(
    ({ accountIds = [], serviceAccountIds = [], guestIds = [] }) =>
      accountIds.length + serviceAccountIds.length + guestIds.length > 0,
    'must name at least one member',
  )
  .meta({ id: 'NewMembers' });

export const MemberChanges = z
  .strictObject({ endsAt: Timestamp.nullable().describe('Null: it does not end by itself.') })
  .meta({ id: 'MemberChanges' });

/** `added` counts those who were not members before. */
export const MembersAdded = z.strictObject({ added: z.int(), ...memberCounts }).meta({ id: 'MembersAdded' });

export const Grant = z
  .strictObject({
    permission: z
      .string()
      .max(100)
      .refine(isGrantable, 'must be a permission of GET /v1/topics, or <topic>.* for a whole topic'),
    namespaceId: Id.nullable().optional().describe('Limits the grant to one namespace.'),
  })
  .meta({ id: 'Grant' });

export const Grants = z.strictObject({ grants: z.array(Grant).max(1000) }).meta({ id: 'Grants' });
export type Grants = z.infer<typeof Grants>;

export const GroupTemplates = z
  .strictObject({
    items: z.array(
      z.strictObject({ name: z.string(), title: z.string(), description: z.string(), grants: z.array(z.string()) }),
    ),
  })
  .meta({ id: 'GroupTemplates' });

export const GroupCopy = z
  .strictObject({
    name: text(100),
    description: text(500, 0).optional(),
    withMembers: z
      .boolean()
      .optional()
      .describe('Copies the members too, and whether it is enabled; only the grants unless set.'),
  })
  .meta({ id: 'GroupCopy' });
export type GroupCopy = z.infer<typeof GroupCopy>;

const Held = z.array(z.strictObject({ permission: z.string(), namespaceId: Id.nullable() }));
const Compared = Group.pick({ id: true, name: true, status: true, source: true });

/** Two groups beside each other: single permissions, whole topics taken apart, and how many members. */
export const GroupComparison = z
  .strictObject({
    first: Compared,
    second: Compared,
    permissions: z.strictObject({ onlyFirst: Held, both: Held, onlySecond: Held }),
    members: z.strictObject({ onlyFirst: z.int(), both: z.int(), onlySecond: z.int() }),
  })
  .meta({ id: 'GroupComparison' });
export const ComparisonQuery = z.strictObject({ with: Id.describe('The other group.') });
export const ComparedMembersQuery = MemberQuery.extend({
  with: Id.describe('The other group.'),
  in: z.enum(['only-first', 'both', 'only-second']),
});

const changeOfGroup = {
  grants: z.array(Grant).max(1000).optional().describe('All grants that the group would have.'),
  status: z.enum(['enabled', 'disabled', 'deleted']).optional(),
  ownerId: Id.nullable().optional().describe('Who answers for a group gains and loses nothing by it.'),
  addAccountIds: z.array(Id).max(1000).optional(),
  addServiceAccountIds: z.array(Id).max(1000).optional(),
  addGuestIds: z.array(Id).max(1000).optional().describe('Of guests who were let in already.'),
  removeMemberIds: z.array(Id).max(1000).optional(),
};
export const GroupPreview = z.strictObject(changeOfGroup).meta({ id: 'GroupPreview' });
export type GroupPreview = z.output<typeof GroupPreview>;

export const GroupPreviewNames = z
  .strictObject({
    ...changeOfGroup,
    ...namesAsked,
  })
  .meta({ id: 'GroupPreviewNames' });

/** What a change of grants would do, before it is saved. */
export const GrantsPreview = z
  .strictObject({
    added: z.array(Grant),
    removed: z.array(Grant),
    affected: z.strictObject({ accounts: z.int(), serviceAccounts: z.int(), guests: z.int() }),
    effect: Effect,
    warnings: z.array(z.string()),
  })
  .meta({ id: 'GrantsPreview' });

/** What the audit keeps of a group that provisioning manages; undo reads it. */
export const ProvisionedGroup = Group.pick({
  id: true,
  name: true,
  description: true,
  status: true,
  source: true,
  ownerId: true,
  createdAt: true,
}).extend({ externalId: z.string().nullable(), createdBy: Id.nullable() });

/** The changes in the entry of a deletion by provisioning: all that a restoration needs. */
export const DeletedGroup = z.object({
  before: z.object({
    id: Id,
    name: z.string(),
    description: z.string(),
    status: z.string(),
    createdAt: z.iso.datetime().transform((text) => new Date(text)),
    // What was null is not in the entry.
    ownerId: Id.nullable().default(null),
    externalId: z.string().nullable().default(null),
    createdBy: Id.nullable().default(null),
  }),
  details: z.object({
    members: z.array(Id).describe('Principals of every kind.'),
    grants: z.array(z.object({ permission: z.string(), namespaceId: Id.nullable() })),
    version: z.int(),
  }),
});
export type DeletedGroup = z.output<typeof DeletedGroup>;
