import { z } from 'zod';
import { Id, secret, Timestamp, text } from '../../kernel/schema.ts';

export const NewAgentCertificate = z
  .strictObject({
    name: text(64).describe('Of the program or its machine: the subject of the certificate.'),
    days: z.int().min(1).max(1825).default(365).describe('Days until it is over.'),
  })
  .meta({ id: 'NewAgentCertificate' });
export type NewAgentCertificate = z.output<typeof NewAgentCertificate>;

const certificate = {
  id: Id,
  gatewayId: Id,
  subject: z.string(),
  fingerprint: z.string().describe('SHA-256 of the certificate, in hex.'),
  startsAt: Timestamp,
  expiresAt: Timestamp,
  certificate: z.string().describe('PEM, for `agentCertificates` of the gateway.'),
};

/** What is recorded of it. */
export const AgentCertificate = z.strictObject(certificate).meta({ id: 'AgentCertificate' });

export const AgentCertificateFile = z
  .strictObject({
    ...certificate,
    pkcs12: secret(z.base64()).describe(
      'The key and its certificate as a PKCS#12 file (RFC 7292: AES-256, SHA-256), in Base64. Shown once.',
    ),
    password: secret(z.string()).describe('Opens the file. Shown once.'),
  })
  .meta({ id: 'AgentCertificateFile' });
