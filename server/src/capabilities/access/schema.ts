import { z } from 'zod';
import { type Permission, permissions } from '../../kernel/catalogue.ts';
import { Id, listOf, listQuery, personal, Timestamp } from '../../kernel/schema.ts';
import { LookAtMany } from '../accounts/schema.ts';
import { AffectedList, Effect, LookAtSwitch, Newcomer, namesAsked } from '../effects/schema.ts';
import { LookAtMapping } from '../identity-providers/schema.ts';
import { UndoWindow } from '../provisioning/schema.ts';
import { LookAtServiceAccount } from '../service-accounts/schema.ts';

const PermissionName = z.enum(permissions as [Permission, ...Permission[]]);
const Resource = Id.optional().describe('A namespace, or the tenant itself, which it is without one.');

export const ExplainQuery = z
  .strictObject({
    principal: Id.optional().describe(
      'An account, service account or guest, or a key or token; the caller itself without one.',
    ),
    permission: PermissionName.optional(),
    operation: z.string().max(100).optional().describe('The id of an operation, instead of a permission.'),
    resource: Resource,
  })
  .refine(({ permission, operation }) => (permission === undefined) !== (operation === undefined), {
    message: 'must be named, or operation instead of it',
    path: ['permission'],
  });

const GrantGiven = z.strictObject({ permission: z.string(), namespaceId: Id.nullable() });
const GroupNamed = z.strictObject({ id: Id, name: z.string(), isOwnerGroup: z.boolean(), source: z.string() });

/** One way in which a right reaches somebody: each alone is enough. */
const Path = z
  .strictObject({
    group: GroupNamed,
    memberSince: Timestamp,
    memberUntil: Timestamp.nullable().describe('When the membership ends by itself; null when it does not.'),
    grant: GrantGiven.nullable().describe('Null for the Owner Group, which has full access by itself.'),
    delegation: z
      .strictObject({ id: Id, partnerTenantId: Id, activationId: Id.nullable() })
      .nullable()
      .describe("By which a partner's person, or one of an imported group, is in the group; null for members."),
  })
  .meta({ id: 'AccessPath' });

const Change = z
  .strictObject({
    kind: z.enum([
      'join-group',
      'join-some-group',
      'enable-group',
      'grant',
      'enable-account',
      'accept-invitation',
      'enable-service-account',
      'resume-credential',
      'resume-tenant',
      'restore-tenant',
      'free-seat',
      'resume-partner-access',
      'approve-activation',
    ]),
    group: GroupNamed.nullable(),
    grant: GrantGiven.nullable(),
    text: z.string(),
  })
  .meta({ id: 'AccessChange' });

const PrincipalKind = z.enum([
  'account',
  'service-account',
  'guest',
  'service-account-key',
  'provisioning-token',
  'service-key',
  'agent-key',
]);

/** Of one's own tenant `GET /v1/me` says the same. */
export const OwnRights = z
  .strictObject({
    isOwner: z.boolean(),
    grants: z
      .array(z.string())
      .describe('permission, topic.*, either followed by @<namespace id>; an owner holds all.'),
  })
  .meta({ id: 'OwnRights' });

/** A decision and its reasons, of the facts that the decision about a request reads. */
export const Explanation = z
  .strictObject({
    principal: z.strictObject({ id: Id, kind: PrincipalKind, name: personal(z.string()) }),
    permission: z.string(),
    operation: z.string().nullable(),
    resource: z.strictObject({ kind: z.enum(['tenant', 'namespace']), id: Id, name: z.string().nullable() }),
    allowed: z.boolean(),
    conditions: z.array(
      z
        .strictObject({
          name: z.string(),
          met: z.boolean().nullable().describe('Null where it depends on the request, for example on its address.'),
          text: z.string(),
        })
        .meta({ id: 'AccessCondition' }),
    ),
    paths: z.array(Path),
    remedies: z
      .array(
        z
          .strictObject({
            changes: z.array(Change),
            alsoGives: z.int().describe('How many further rights come with it: each single permission in each place.'),
          })
          .meta({ id: 'AccessRemedy' }),
      )
      .describe('Each alone makes it a yes, and none of them is longer than it must be; those that give least first.'),
    remedyCount: z.int().describe('How many there are; at most 20 are listed.'),
    mayAsk: z
      .boolean()
      .describe(
        'Whether this is a person who may ask for access here: none whom a group of another tenant alone lets in.',
      ),
  })
  .meta({ id: 'Explanation' });

/** A change to be looked at before it is saved: one of these. Changes of one group have a preview of their own. */
export const Look = z
  .strictObject({
    accounts: LookAtMany.optional().describe('An act on accounts.'),
    groups: LookAtSwitch.optional().describe('Several turned on or off together.'),
    serviceAccount: LookAtServiceAccount.optional(),
    serviceAccounts: LookAtSwitch.optional().describe('Several turned on or off together.'),
    guest: z.strictObject({ id: Id }).optional().describe('One who is let in no longer.'),
    identityProvider: LookAtMapping.optional().describe('Another mapping to groups.'),
    newcomer: z
      .strictObject({ groupIds: z.array(Id).min(1).max(100) })
      .optional()
      .describe('Somebody who is invited into groups, as a guest too.'),
    provisioning: z
      .strictObject({
        undo: UndoWindow.optional(),
        holdId: Id.optional().describe('Letting through what is held back.'),
        allHolds: z.literal(true).optional().describe('Letting through all that is held back.'),
      })
      .optional(),
    names: z.strictObject(namesAsked).optional().describe('Lists who is behind the numbers.'),
  })
  .refine(
    ({ names: _names, provisioning, ...others }) =>
      [...Object.values(others), ...Object.values(provisioning ?? {})].filter((each) => each !== undefined).length ===
      1,
    'must name one change: of accounts, groups, serviceAccount, serviceAccounts, guest, identityProvider, newcomer or provisioning',
  )
  .meta({ id: 'Look' });

/** What it would do. */
export const Looked = z
  .strictObject({
    effect: Effect,
    names: AffectedList.nullable().describe('When they were asked for.'),
    skipped: z.int().describe('Accounts that the act leaves as they are, for how they stand.'),
    newcomers: z.array(Newcomer).describe('What whoever comes would hold, where it is not known who comes.'),
  })
  .meta({ id: 'Looked' });

export const HoldersQuery = listQuery(['displayName']).extend({
  permission: PermissionName,
  resource: Resource,
});

export const HolderList = listOf(
  z
    .strictObject({
      id: Id,
      kind: z.enum(['account', 'service-account', 'guest']),
      displayName: personal(z.string()),
      email: personal(z.string().nullable()),
      paths: z.array(Path),
    })
    .meta({ id: 'Holder' }),
).extend({
  byGroupsOfOthers: z
    .array(
      z
        .strictObject({
          partnerTenantId: Id,
          people: z.int().nullable().describe('How many may act now; null while their home does not answer.'),
          afterApproval: z
            .int()
            .nullable()
            .describe(
              'How many more may once they ask for an activation and it is approved; null while their home does not answer.',
            ),
          names: z
            .array(
              z.strictObject({
                id: Id.nullable().describe(
                  'As a guest of this tenant, to be explained by; null until it was here once.',
                ),
                homeAccountId: Id,
                displayName: personal(z.string()),
              }),
            )
            .describe('The first 100, as their home tells them at this moment.'),
          paths: z.array(Path),
        })
        .meta({ id: 'HoldersOfAnother' }),
    )
    .describe('Those who come in by a group of another tenant, each delegation or import once; with the first page.'),
});

export const EvaluateBody = z
  .strictObject({
    questions: z
      .array(
        z.strictObject({
          principal: Id.optional().describe('An account, service account or guest; the caller itself without one.'),
          permission: PermissionName,
          resource: Resource,
        }),
      )
      .min(1)
      .max(1000),
  })
  .meta({ id: 'EvaluateBody' });

export const Evaluated = z
  .strictObject({
    items: z.array(
      z
        .strictObject({
          allowed: z.boolean(),
          reason: z.enum([
            'granted',
            'not-granted',
            'no-such-principal',
            'no-such-permission',
            'principal-not-active',
            'no-such-namespace',
            'tenant-not-open',
          ]),
        })
        .meta({ id: 'Decision' }),
    ),
  })
  .meta({ id: 'Decisions', description: 'In the order of the questions.' });
