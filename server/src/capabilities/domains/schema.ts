import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, Timestamp } from '../../kernel/schema.ts';
import { LogoPicture } from '../sign-in-policy/schema.ts';

/** An e-mail domain that a tenant proves to own, so that its people find their sign-in by their address. */
export const Domain = z
  .strictObject({
    id: Id,
    name: z.string().describe('In ASCII form (IDNA).'),
    displayName: z.string().describe('As people read it.'),
    status: z
      .enum(['pending', 'verified', 'failing', 'released'])
      .describe(
        'pending: not proved yet. verified: leads here. failing: leads here, but the record was not found; released after the grace. released: was proved, leads nowhere any more.',
      ),
    record: z
      .strictObject({ type: z.literal('TXT'), name: z.string(), value: z.string() })
      .describe('What to enter at the DNS provider. The value is this tenant’s own, beside those of others.'),
    verifiedAt: Timestamp.nullable(),
    lastCheckedAt: Timestamp.nullable(),
    lastFoundAt: Timestamp.nullable(),
    lastOutcome: z
      .enum(['found', 'absent', 'other-value', 'unanswered'])
      .nullable()
      .describe('What the last look-up found.'),
    releasesAt: Timestamp.nullable().describe('While failing: when it is released unless the record is found again.'),
    sharedAt: Timestamp.nullable().describe('When another organisation was last seen to prove the same domain.'),
    version: z.int(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Domain' });

export const NewDomain = z.strictObject({ name: z.string().min(1).max(253) }).meta({ id: 'NewDomain' });
export const DomainQuery = listQuery(['createdAt', 'name']);
export const DomainList = listOf(Domain);

export const Discover = z.strictObject({ email: z.string().max(254) }).meta({ id: 'Discover' });

const Method = z.enum(['password', 'passkey', 'link']);

const Provider = z.strictObject({ id: Id, name: z.string(), type: z.enum(['oidc', 'oauth2', 'saml']) });

const RegionLink = z.strictObject({
  code: z.string(),
  name: z.string(),
  baseUrl: z.string(),
  isServedHere: z.boolean(),
});

/** Where a verified domain leads. Of a tenant in another region only that; its own region knows the rest. */
const LeadsTo = z.strictObject({
  tenantId: Id,
  region: z.string(),
  label: z.string().describe('As the tenant named itself for choosing; the region’s name unless it did.'),
  baseUrl: z.string(),
  providers: z.array(Provider).optional(),
  methods: z.array(Method).optional(),
});

export const Discovered = z
  .strictObject({
    methods: z.array(Method).describe('What every address may try; empty when the domain leads to a tenant.'),
    regions: z.array(RegionLink),
    tenants: z
      .array(LeadsTo)
      .optional()
      .describe('Only for a verified domain: the tenants that proved it, to choose from when there are several.'),
  })
  .meta({ id: 'Discovered' });

/** What the sign-in page of one tenant shows, with the emergency door, which is always there. */
export const SignInPage = z
  .strictObject({
    tenantId: Id,
    displayName: z.string(),
    logo: LogoPicture.nullable(),
    region: z.string(),
    baseUrl: z.string(),
    providers: z.array(Provider),
    methods: z.array(Method).describe('Beside the providers; none while single sign-on is required.'),
  })
  .meta({ id: 'SignInPage' });
