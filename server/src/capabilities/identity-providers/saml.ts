import { z } from 'zod';
import { Id, Timestamp, text } from '../../kernel/schema.ts';

const Address = z.string().regex(/^[!-~]{1,2000}$/, 'must be an address without spaces');
const Binding = z.enum(['redirect', 'post']);

/** What a SAML provider has of its own. The protocol reads its metadata into it. */
export const SamlSettings = z
  .strictObject({
    entityId: text(1024).describe("The provider's own entity ID, as its assertions name it."),
    metadataUrl: Address.nullable().describe('Where its metadata is.'),
    followsMetadata: z
      .boolean()
      .describe('The metadata is read again every 6 hours, and certificates and addresses follow it.'),
    singleSignOnUrl: Address.describe('Where people sign in.'),
    singleSignOnBinding: Binding.describe(
      'How requests go there: in the address (HTTP-Redirect) or in a form (HTTP-POST).',
    ),
    singleLogoutUrl: Address.nullable().describe('Where people sign out.'),
    singleLogoutBinding: Binding.describe('How requests and answers go there.'),
    certificates: z.array(z.string().max(10_000)).max(5).describe('PEM; more than one while they are being rotated.'),
    nameIdFormat: text(200)
      .nullable()
      .describe('Asked for, and required of answers; whatever the provider sends when null.'),
    signsRequests: z.boolean().describe('Requests are signed with a key of this provider.'),
    signedPart: z
      .enum(['assertion', 'response'])
      .describe('What must be signed. What is signed beside it must be signed rightly too.'),
    requiresEncryption: z.boolean().describe('Assertions that are not encrypted for us are refused.'),
    acceptsUnrequested: z
      .boolean()
      .describe(
        'Sign-ins that begin at the provider are let in; others could then sign a person in as somebody else unnoticed.',
      ),
    requestedContexts: z
      .array(text(300))
      .max(5)
      .describe('Classes of authentication that are asked for, for example https://refeds.org/profile/mfa.'),
  })
  .meta({ id: 'SamlSettings' });
export type SamlSettings = z.infer<typeof SamlSettings>;

/** A certificate that assertions are verified with. */
export const SamlCertificate = z
  .strictObject({
    fingerprint: z.string(),
    subject: z.string(),
    startsAt: Timestamp,
    expiresAt: Timestamp,
    acceptedUntil: Timestamp.optional().describe('The metadata does not name it any more.'),
  })
  .meta({ id: 'SamlCertificate' });

/** How the reading of metadata goes that is followed. */
export const SamlMetadata = z
  .strictObject({
    readAt: Timestamp.nullable(),
    failingSince: Timestamp.nullable().describe('Since then it cannot be read; what was read last stays in force.'),
    problem: z.string().nullable(),
    nextAt: Timestamp,
  })
  .meta({ id: 'SamlMetadata' });

/** A key of ours: signs requests, decrypts assertions. */
export const SamlKey = z
  .strictObject({
    id: Id,
    certificate: z.string().describe('PEM, for the provider.'),
    fingerprint: z.string().describe('SHA-256 of the certificate.'),
    signsFrom: Timestamp.describe('Requests are signed with the one that began last.'),
    expiresAt: Timestamp,
    retiresAt: Timestamp.nullable().describe('Until then it decrypts and is published beside the one that follows it.'),
  })
  .meta({ id: 'SamlKey' });

export const NewSamlKey = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(90 * 86_400)
      .optional()
      .describe('How long the one before still signs, and then is still accepted; 7 days by default.'),
  })
  .meta({ id: 'NewSamlKey' });
