import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { personal, text } from '../../kernel/schema.ts';
import { isNetwork } from './networks.ts';

const Network = z.string().max(50).refine(isNetwork, 'must be a network such as 192.0.2.0/24 or 2001:db8::/32');

/** How the people of a tenant sign in, whatever each of them set up for themselves. */
export const SignInPolicy = z
  .strictObject({
    secondFactor: z
      .enum(['optional', 'required'])
      .describe('Required: who signs in by one factor alone is asked for another, or to enrol one.'),
    sessionHours: z.int().min(1).max(720).describe('How long a session lasts at most; a shorter time ends older ones.'),
    idleMinutes: z.int().min(5).max(43_200).describe('How long a session lasts without use.'),
    accountsEnabled: z
      .enum(['automatically', 'by-administrator'])
      .describe('Whether an accepted invitation lets in at once. It always does for owners.'),
    allowedNetworks: z
      .array(Network)
      .max(100)
      .describe('From where sessions and keys of service accounts are let in (CIDR); none means from anywhere.'),
    networksHoldForProvisioning: z.boolean().describe('Whether the networks hold for provisioning tokens too.'),
    signInLabel: text(60).nullable().describe('What a choice between tenants of one domain shows; public.'),
    singleSignOn: z.enum(['optional', 'required']).describe('Changed by acts of its own, which make sure of it first.'),
    yourAddress: personal(z.string().nullable()).describe('Where this request came from: what the networks must hold.'),
    version: z.int(),
    actions: z.array(Action),
  })
  .meta({ id: 'SignInPolicy' });

export const SignInPolicyChanges = SignInPolicy.omit({
  singleSignOn: true,
  yourAddress: true,
  version: true,
  actions: true,
})
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'Name at least one field to change.')
  .meta({ id: 'SignInPolicyChanges' });
export type SignInPolicyChanges = z.output<typeof SignInPolicyChanges>;

/** A picture as pages show it. */
export const LogoPicture = z
  .strictObject({
    address: z.string().describe('Below the base URL of the region. Another picture has another address.'),
    type: z.string(),
    width: z.int(),
    height: z.int(),
  })
  .meta({ id: 'LogoPicture' });

/** What the sign-in page of the tenant shows beside its name. */
export const Logo = z
  .strictObject({ picture: LogoPicture.nullable(), version: z.int(), actions: z.array(Action) })
  .meta({ id: 'Logo' });

export const NewLogo = z
  .strictObject({
    image: z
      .base64()
      .max(140_000, 'must have at most 140,000 characters')
      .describe(
        'PNG, JPEG or WebP in base64: 100 KiB, 16 to 2048 pixels wide and high. What else is in it is left out.',
      ),
  })
  .meta({ id: 'NewLogo' });
