import { makeCertificate, readCertificate } from '../../kernel/certificates.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { writeKeyFile } from '../../kernel/pkcs12-writing.ts';
import { Problem } from '../../kernel/problem.ts';
import { newReadableCode } from '../../kernel/readable-code.ts';
import { requireSeen } from './agent-certificates.ts';
import { AgentCertificate, type NewAgentCertificate } from './agent-certificates-schema.ts';
import { inTurn } from './certificate-files.ts';
import { type GatewayParts, gatewayOf } from './service.ts';

/**
 * Makes a key for a program, which leaves in the reply and is kept nowhere. The gateway lets in nobody by its certificate
 * before that is among its `agentCertificates`.
 *
 * @throws {Problem} 409 `no-client-certificates`; 429 while others have theirs made
 */
export async function generateAgentCertificate(ctx: TenantContext, at: GatewayParts, body: NewAgentCertificate) {
  const { name, days } = body;
  const password = newReadableCode();
  const { file, certificate } = await inTurn(ctx, gatewayOf(at), async () => {
    requireSeen(ctx.platform);
    const pair = await makeCertificate(name, ctx.now, ctx.later(days * 86_400), 'ES256', 'clients');
    return { file: await writeKeyFile(pair, name, password), certificate: pair.certificate };
  });
  const read = readCertificate(certificate);
  if (!read) throw new Error('A certificate that was made cannot be read.');
  const { subject, fingerprint, startsAt, expiresAt } = read;
  const made = { id: newId(), gatewayId: at.gatewayId, subject, fingerprint, startsAt, expiresAt, certificate };
  ctx.audit(AgentCertificate, { after: made, target: { kind: 'agent-certificate', id: made.id, name: subject } });
  return { ...made, pkcs12: file.toString('base64'), password };
}

/** @throws {Problem} 410 `key-left-once`: what left is not here any more */
export function rereadAgentCertificate(): never {
  throw new Problem(
    410,
    'key-left-once',
    'This key left once, and is kept nowhere. Make another one, with another Idempotency-Key.',
  );
}
