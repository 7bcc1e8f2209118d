import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { tenantStates } from '../../kernel/doors.ts';
import { languages } from '../../kernel/messages/languages.ts';
import { Id, listOf, listQuery, personal, secret, Timestamp, text } from '../../kernel/schema.ts';
import { checkDomain, checkPhone, isCountry } from './identifiers.ts';

/** Permanent, without spaces, unique on the platform by keyed fingerprint. */
export const SystemName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'must have 1 to 63 letters a-z, digits or hyphens, and begin and end with a letter or digit',
  );

export const Country = z
  .string()
  .refine(isCountry, 'must be a country code of ISO 3166-1, two capital letters such as AU');

export const Phone = z
  .string()
  .refine((value) => checkPhone(value).ok, 'must be a phone number of E.164 such as +61280001234');

export const SupportDomain = z
  .string()
  .max(253)
  .refine((value) => checkDomain(value).ok, 'must be a domain such as example.com');

export const Address = z
  .strictObject({
    mailingName: text(200).optional(),
    line1: text(200),
    line2: text(200).optional(),
    line3: text(200).optional(),
    city: text(100),
    state: text(100).optional(),
    postalCode: text(20).optional(),
    country: Country,
  })
  .meta({ id: 'Address' });

export const Tenant = z
  .strictObject({
    id: Id,
    name: SystemName.describe('System name: permanent.'),
    displayName: text(200),
    legalName: text(200),
    status: z.enum(tenantStates),
    type: z.enum(['customer', 'partner']).describe('Set by the operator.'),
    region: z.string().describe('Where all of its data stays: permanent.'),
    country: Country,
    companyId: z.string().nullable().describe('Company register number, checked by the rule of its country.'),
    taxId: z.string().nullable().describe('Tax number, checked by the rule of its country.'),
    phone: personal(Phone.nullable()),
    supportDomain: z.string().nullable(),
    supportId: z.string().nullable().describe('Set by the operator.'),
    partnerTenantId: Id.nullable().describe('Comes with a delegation.'),
    parentTenantId: Id.nullable().describe('Comes with a delegation.'),
    primaryAddress: personal(Address.nullable()),
    billingAddress: personal(Address.nullable()),
    namespaceRegions: z
      .array(z.string())
      .describe('Regions in which gateways of its namespaces may be expected to run.'),
    accountEnabling: z
      .enum(['automatic', 'administrator'])
      .describe('Who enables an account after its e-mail address was verified.'),
    language: z.string().describe('Of mails to people who chose none.'),
    closesAt: Timestamp.nullable().describe('While closing: when it closes for good.'),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof Tenant>;

/** Said of an empty change only, not beside a field that cannot be set. */
const namesOne = {
  error: 'must name at least one field to change',
  when: ({ issues }: { issues: unknown[] }) => issues.length === 0,
};

/** What owners may edit; everything else is refused by name. */
export const TenantChanges = z
  .strictObject({
    displayName: text(200),
    legalName: text(200),
    country: Country,
    companyId: text(50).nullable(),
    taxId: text(50).nullable(),
    phone: Phone.nullable(),
    supportDomain: SupportDomain.nullable(),
    primaryAddress: Address.nullable(),
    billingAddress: Address.nullable(),
    namespaceRegions: z.array(z.string().max(8)).min(1).max(50),
    accountEnabling: z.enum(['automatic', 'administrator']),
    language: z.enum(languages),
  })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, namesOne)
  .meta({ id: 'TenantChanges' });
export type TenantChanges = z.infer<typeof TenantChanges>;

/** What the operator may edit. */
export const OperatorTenantChanges = z
  .strictObject({ type: z.enum(['customer', 'partner']), supportId: text(100).nullable() })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, namesOne)
  .meta({ id: 'OperatorTenantChanges' });

const profile = {
  name: SystemName,
  displayName: text(200),
  legalName: text(200),
  country: Country,
  companyId: text(50).optional(),
  taxId: text(50).optional(),
  phone: Phone.optional(),
  supportDomain: SupportDomain.optional(),
  primaryAddress: Address.optional(),
  billingAddress: Address.optional(),
  language: z
    .enum(languages)
    .optional()
    .describe('Of mails to people who chose none; by default what the request wants.'),
};

/** The operator makes a tenant; its first owner is invited by mail. */
export const NewTenant = z
  .strictObject({
    ...profile,
    region: z.string().max(8),
    type: z.enum(['customer', 'partner']),
    owner: z.strictObject({ email: z.string().max(254), firstName: text(100), lastName: text(100) }),
    bootstrapKey: z.boolean().optional().describe('Reply once with a key of a service account in the Owner Group.'),
    bootstrapKeyExpiresAt: Timestamp.optional().describe('24 hours from now by default, 30 days at most.'),
  })
  .meta({ id: 'NewTenant' });
export type NewTenant = z.infer<typeof NewTenant>;

export const MadeTenant = z
  .strictObject({ tenant: Tenant, ownerKey: secret(z.string().optional()).describe('Shown once.') })
  .meta({ id: 'MadeTenant' });

/** What the operator sees of a tenant: nothing of its contents. */
export const TenantSummary = z
  .strictObject({
    id: Id,
    region: z.string(),
    status: z.enum(tenantStates),
    createdAt: Timestamp,
    changedAt: Timestamp.optional(),
    name: z.string().optional(),
    displayName: z.string().optional(),
    legalName: z.string().optional(),
    type: z.enum(['customer', 'partner']).optional(),
    baseUrl: z.string().optional(),
  })
  .meta({ id: 'TenantSummary', description: 'Names only for those who have access to the tenant.' });

export const TenantQuery = listQuery(['createdAt', 'name', 'displayName', 'legalName', 'status', 'region']).extend({
  id: Id.optional(),
  region: z.string().max(200).optional().describe('One or several codes, separated by commas.'),
  status: z.string().max(200).optional().describe('One or several states, separated by commas.'),
  createdAfter: Timestamp.optional(),
  createdBefore: Timestamp.optional(),
});
export const TenantList = listOf(TenantSummary);

/** What stands in the way of closing, and what ends with it. */
export const ClosePreflight = z
  .strictObject({
    tenantId: Id,
    closesAt: Timestamp.describe('When it would close for good if it was closed now.'),
    graceDays: z.int(),
    ends: z.array(z.strictObject({ kind: z.string(), count: z.int(), text: z.string() })),
    blockers: z.array(z.string()),
  })
  .meta({ id: 'ClosePreflight' });

/** Closing is confirmed by the system name, typed. */
export const CloseRequest = z.strictObject({ confirmName: z.string().max(63) }).meta({ id: 'CloseRequest' });

/** Step one of registering: the region first, so that nothing is stored elsewhere. */
export const NewRegistration = z
  .strictObject({
    region: z.string().max(8),
    email: z.string().max(254),
    fullName: text(200),
    mobilePhone: Phone,
    invitation: z.string().max(200).optional(),
  })
  .meta({ id: 'NewRegistration' });

export const RegistrationReceived = z.strictObject({ message: z.string() }).meta({ id: 'RegistrationReceived' });

/** Step two, from the mailed link: password and tenant. */
export const CompleteRegistration = z
  .strictObject({ token: z.string().max(200), password: z.string().max(1024), ...profile })
  .meta({ id: 'CompleteRegistration' });

/** What the mailed link shows before the form is filled in. */
export const RegistrationQuestion = z.strictObject({ token: z.string().max(200) }).meta({ id: 'RegistrationQuestion' });
export const RegistrationDetails = z
  .strictObject({
    region: z.string(),
    email: personal(z.string()),
    fullName: personal(z.string()),
    mobilePhone: personal(z.string()).nullable(),
  })
  .meta({ id: 'RegistrationDetails' });

/** First run: the one-time set-up link makes the first tenant and its owner in one form. */
export const FirstRun = z
  .strictObject({
    token: z.string().max(200),
    region: z.string().max(8),
    ...profile,
    owner: z.strictObject({
      email: z.string().max(254),
      firstName: text(100),
      lastName: text(100),
      password: z.string().max(1024),
    }),
  })
  .meta({ id: 'FirstRun' });

/** What the operator sees of one tenant: what it decides itself, nothing of the contents. */
export const OperatorTenant = z
  .strictObject({
    id: Id,
    region: z.string(),
    status: z.enum(tenantStates),
    type: z.enum(['customer', 'partner']),
    supportId: z.string().nullable(),
    createdAt: Timestamp,
    closesAt: Timestamp.nullable(),
  })
  .meta({ id: 'OperatorTenant' });

/** A tenant made by its own owner, who signs in at `baseUrl` with the password just set. */
export const TenantMade = z
  .strictObject({ tenantId: Id, accountId: Id, region: z.string(), baseUrl: z.string() })
  .meta({ id: 'TenantMade' });

/** Lets somebody register where registration is by invitation. */
export const NewRegistrationInvitation = z
  .strictObject({
    region: z.string().max(8),
    email: z.string().max(254).optional().describe('Only this address may register with it.'),
  })
  .meta({ id: 'NewRegistrationInvitation' });
export const RegistrationInvitation = z
  .strictObject({ invitation: z.string().describe('Shown once.'), expiresAt: Timestamp })
  .meta({ id: 'RegistrationInvitation' });

/** Whether the set-up link still opens, and where the first tenant can be made. */
export const FirstRunQuestion = z.strictObject({ token: z.string().max(200) }).meta({ id: 'FirstRunQuestion' });
export const FirstRunDetails = z
  .strictObject({ regions: z.array(z.strictObject({ code: z.string(), name: z.string(), country: z.string() })) })
  .meta({ id: 'FirstRunDetails' });
