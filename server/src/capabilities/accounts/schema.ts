import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { languages } from '../../kernel/messages/languages.ts';
import { Id, listOf, listQuery, personal, secret, Timestamp, text } from '../../kernel/schema.ts';
import { Phone } from '../tenants/schema.ts';

const Language = z.enum(languages);

/** An address that waits to be confirmed by the link that was sent there. */
export const EmailChange = z
  .strictObject({ email: personal(z.string()), expiresAt: Timestamp.describe('After that, ask again.') })
  .meta({ id: 'EmailChange' });

export const Account = z
  .strictObject({
    id: Id,
    email: personal(z.string().nullable()).describe('None when provisioning gave none that is valid.'),
    username: personal(z.string()),
    firstName: personal(z.string()),
    lastName: personal(z.string()),
    displayName: personal(z.string()),
    mobilePhone: personal(z.string().nullable()),
    language: personal(z.string().nullable()).describe(
      'Of mails to the person: their own choice. Else what provisioning sent as preferredLanguage, else the tenant’s.',
    ),
    status: z.enum(['new', 'enabled', 'disabled']),
    source: z.enum(['local', 'scim']),
    verifiedAt: Timestamp.nullable().describe('When the invitation was accepted.'),
    invitationExpiresAt: Timestamp.nullable(),
    emailChange: personal(EmailChange.nullable()),
    lastSignInAt: Timestamp.nullable(),
    groups: z.array(z.strictObject({ id: Id, name: z.string(), status: z.enum(['enabled', 'disabled']) })),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof Account>;

export const NewAccount = z
  .strictObject({
    email: z.string().max(254),
    username: text(100).optional().describe('Permanent; made from the e-mail address when left out.'),
    firstName: text(100),
    lastName: text(100),
    displayName: text(200).optional(),
    mobilePhone: Phone.optional(),
    groupIds: z.array(Id).max(100).optional(),
  })
  .meta({ id: 'NewAccount' });
export type NewAccount = z.infer<typeof NewAccount>;

export const AccountChanges = z
  .strictObject({
    firstName: text(100),
    lastName: text(100),
    displayName: text(200),
    mobilePhone: Phone.nullable(),
    language: Language.nullable(),
  })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'AccountChanges' });
export type AccountChanges = z.infer<typeof AccountChanges>;

const words = z
  .string()
  .max(100)
  .regex(/^[a-z, -]*$/, 'must be words, separated by commas');

const filters = {
  status: words.optional().describe('One or several states, separated by commas.'),
  source: words.optional().describe('One or several sources, separated by commas.'),
  groupId: Id.optional().describe('Members of this group.'),
  lastSignIn: z
    .enum(['never', 'within-30-days', 'over-30-days', 'over-90-days'])
    .optional()
    .describe('When they last signed in; who never did is in `never` alone.'),
  waiting: z
    .literal('true')
    .optional()
    .describe('Only those who accepted their invitation and wait for an administrator to enable them.'),
};
export const AccountQuery = listQuery([
  'createdAt',
  'email',
  'username',
  'displayName',
  'status',
  'source',
  'lastSignInAt',
]).extend(filters);
export const AccountList = listOf(Account);

const Filter = z.strictObject({ q: AccountQuery.shape.q, ...filters });

const many = {
  ids: z.array(Id).min(1).max(1000).optional().describe('These accounts.'),
  filter: Filter.optional().describe('All accounts that match, as the list finds them; {} means all there are.'),
};
const namesWhich = ({ ids, filter }: { ids?: unknown; filter?: unknown }) =>
  (ids === undefined) !== (filter === undefined);

/** Which accounts an act is about. */
export const ManyAccounts = z
  .strictObject(many)
  .refine(namesWhich, 'must name ids or filter, one of them')
  .meta({ id: 'ManyAccounts' });
export type ManyAccounts = z.infer<typeof ManyAccounts>;

export const ManyAccountsAndGroup = z
  .strictObject({ groupId: Id, ...many })
  .refine(namesWhich, 'must name ids or filter, one of them')
  .meta({ id: 'ManyAccountsAndGroup' });

/** These accounts, or all that match, as a file. */
export const AccountExport = z
  .strictObject({ format: z.enum(['csv', 'json']), ...many })
  .refine(namesWhich, 'must name ids or filter, one of them')
  .meta({ id: 'AccountExport' });

/** What the audit keeps of it: without what was searched for. */
export const ExportOfMany = z
  .object({
    accounts: z.int(),
    format: z.enum(['csv', 'json']),
    filter: z.object(filters).optional(),
  })
  .meta({ id: 'ExportOfMany' });

/** An act on many, to be looked at before it is done. */
export const LookAtMany = z
  .strictObject({
    act: z.enum(['enable', 'disable', 'delete', 'addToGroup', 'removeFromGroup']),
    oneByOne: z.literal(true).optional().describe('Each by a call of its own, which does not leave out who asks.'),
    groupId: Id.optional(),
    ...many,
  })
  .refine(namesWhich, 'must name ids or filter, one of them')
  .meta({ id: 'LookAtMany' });

/** 1 MiB, as text. */
const MAX_CSV = 1024 * 1024;
export const ManyInvitations = z
  .strictObject({
    csv: z
      .string()
      .min(1, 'must not be empty')
      .max(MAX_CSV, 'must have at most 1 MiB')
      .meta({ contentMediaType: 'text/csv' })
      .describe(
        'A line for each person below a line of column names: email, firstName, lastName, and if wanted displayName, username, mobilePhone, groups (names, separated by "|", which a name has as "\\|"). What an export has beside is passed over. At most 5,000 people.',
      ),
  })
  .meta({ id: 'ManyInvitations' });

/** What the audit keeps of an act on many: which, never who. */
export const ActOnMany = z.object({ accounts: z.int(), groupId: Id.optional() }).meta({ id: 'ActOnMany' });

/** From the mailed link: the invited person sets a password. */
export const AcceptInvitation = z
  .strictObject({ token: z.string().max(200), password: z.string().max(1024) })
  .meta({ id: 'AcceptInvitation' });
/** The token of an invitation, asked about before it is used. */
export const InvitationQuestion = z.strictObject({ token: z.string().max(200) }).meta({ id: 'InvitationQuestion' });
export const InvitationAnswer = z
  .strictObject({ tenantDisplayName: z.string(), email: personal(z.string()), firstName: personal(z.string()) })
  .meta({ id: 'InvitationAnswer' });

/** What a person may do, and why. */
export const AccountAccess = z
  .strictObject({
    isOwner: z.boolean(),
    isHeldBack: z.boolean().describe('The account is not enabled, so that nothing of it holds now.'),
    permissions: z.array(
      z.strictObject({
        permission: z.string(),
        namespaceId: Id.nullable().describe('Where it is limited to one namespace.'),
        namespaceName: z.string().nullable(),
        groups: z.array(z.strictObject({ id: Id, name: z.string() })).describe('The groups that give it.'),
      }),
    ),
  })
  .meta({ id: 'AccountAccess' });

/** A sign-in, or a try that was refused. */
export const AccountSignIn = z
  .strictObject({
    id: Id.describe('The audit entry.'),
    at: Timestamp,
    outcome: z.enum(['success', 'refused']),
    method: z.string().nullable().describe('How, of those that succeeded.'),
    sourceAddress: personal(z.string().nullable()),
    userAgent: personal(z.string().nullable()),
  })
  .meta({ id: 'AccountSignIn' });
export const AccountSignInQuery = listQuery(['at'])
  .omit({ q: true })
  .extend({ outcome: z.enum(['success', 'refused']).optional() });
export const AccountSignInList = listOf(AccountSignIn);

/** What the audit keeps of an export or an erasure: that it was, of whom. */
export const AboutPerson = z.object({}).meta({ id: 'AboutPerson' });

/** Another address that is asked for; it is the account's once its link was used. */
export const NewEmail = z.strictObject({ email: z.string().max(254) }).meta({ id: 'NewEmail' });
export const OwnEmail = z
  .strictObject({ email: personal(z.string().nullable()), pending: personal(EmailChange.nullable()) })
  .meta({ id: 'OwnEmail' });
/** In which language the person is written to. */
export const OwnLanguage = z
  .strictObject({ language: Language.nullable().describe('The tenant’s when null, or what provisioning sent.') })
  .meta({ id: 'OwnLanguage' });
export const OwnLanguageInUse = OwnLanguage.extend({
  inUse: Language.describe('In which mails come: what was chosen, else what provisioning sent, else the tenant’s.'),
}).meta({ id: 'OwnLanguageInUse' });
export const EmailChangeToken = z.strictObject({ token: z.string().max(200) }).meta({ id: 'EmailChangeToken' });
export const EmailChangeAnswer = z
  .strictObject({ tenantDisplayName: z.string(), email: personal(z.string()) })
  .meta({ id: 'EmailChangeAnswer' });
export const EmailConfirmed = EmailChangeAnswer.extend({ tenantId: Id }).meta({ id: 'EmailConfirmed' });

/** The operator sends the first owner's invitation again, or to another address. */
export const NewOwnerInvitation = z
  .strictObject({ email: z.string().max(254).optional() })
  .meta({ id: 'NewOwnerInvitation' });
export const OwnerInvitation = z.strictObject({ accountId: Id, expiresAt: Timestamp }).meta({ id: 'OwnerInvitation' });

export const InvitationAccepted = z
  .strictObject({
    tenantId: Id,
    accountId: Id,
    status: z.enum(['new', 'enabled', 'disabled']),
    email: personal(z.string()),
  })
  .meta({ id: 'InvitationAccepted' });

/** What a SCIM resource holds, by canonical attribute names (RFC 7643 section 2.1). */
export type Attributes = Readonly<Record<string, unknown>>;

/** What the audit keeps of an account that provisioning manages; undo reads it. */
export const ProvisionedAccount = z.object({
  id: Id,
  username: personal(z.string()),
  externalId: personal(z.string().nullable()),
  email: personal(z.string().nullable()),
  firstName: personal(z.string()),
  lastName: personal(z.string()),
  displayName: personal(z.string()),
  mobilePhone: personal(z.string().nullable()),
  status: z.enum(['new', 'enabled', 'disabled']),
  source: z.enum(['local', 'scim']),
  attributes: personal(z.record(z.string(), z.unknown())),
  password: secret(z.string()).optional(),
});

/** The entry of a deletion by provisioning, its personal part included: all that a restoration needs. */
export const DeletedAccount = z.object({
  before: ProvisionedAccount.omit({ password: true, source: true }).extend({
    // What was null is not in the entry.
    externalId: z.string().nullable().default(null),
    email: z.string().nullable().default(null),
    mobilePhone: z.string().nullable().default(null),
  }),
  details: z.object({ groupIds: z.array(Id).describe('Local ones too.') }),
});
export type DeletedAccount = z.output<typeof DeletedAccount>;
