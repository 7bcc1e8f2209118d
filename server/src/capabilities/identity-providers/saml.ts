import { z } from 'zod';
import { text } from '../../kernel/schema.ts';

const Address = z.string().regex(/^[!-~]{1,2000}$/, 'must be an address without spaces');

/** What a SAML provider has of its own. The protocol reads its metadata into it. */
export const SamlSettings = z
  .strictObject({
    entityId: text(1024).describe("The provider's own entity ID, as its assertions name it."),
    metadataUrl: Address.nullable(),
    singleSignOnUrl: Address,
    singleLogoutUrl: Address.nullable(),
    certificates: z.array(z.string().max(10_000)).max(5).describe('PEM; more than one while they are being rotated.'),
    nameIdFormat: text(200).nullable(),
    signsRequests: z.boolean().describe('Requests are signed with a key of this provider.'),
  })
  .meta({ id: 'SamlSettings' });
export type SamlSettings = z.infer<typeof SamlSettings>;
