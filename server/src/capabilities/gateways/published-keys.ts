import { publicJwk, readCertificate } from '../../kernel/certificates.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { Reply } from '../../kernel/operation.ts';
import { notFound } from '../../kernel/problem.ts';
import { publishedStatement } from './certificates-store.ts';

/** Upstreams may keep keys for so long; a new one is published a day before it signs. */
const KEPT_SECONDS = 300;

/** The public keys of a gateway that are not over (RFC 7517), for whoever verifies what it signed. */
export async function publishKeys(
  { platform }: PlatformContext,
  { tenantId, gatewayId }: { tenantId: string; gatewayId: string },
): Promise<Reply> {
  const place = await platform.locate(tenantId);
  if (!place) throw notFound('gateway');
  const { unit, rows } = await Unit.open(place.cell, tenantId, [publishedStatement(gatewayId)], 'read');
  unit.finishRead();
  const found = rows[0] as { certificate: string | null; algorithm: string }[];
  if (found.length === 0) throw notFound('gateway');
  const keys = found.flatMap(({ certificate, algorithm }) => (certificate ? [keyOf(certificate, algorithm)] : []));
  return new Reply({ keys }, { headers: { 'cache-control': `public, max-age=${KEPT_SECONDS}` } });
}

function keyOf(pem: string, alg: string) {
  const chain = pem.split(/(?<=-----END CERTIFICATE-----\n)/).flatMap((each) => readCertificate(each) ?? []);
  const [own] = chain;
  if (!own) throw new Error('A certificate that was read before cannot be read.');
  const base64 = (each: string) => each.replace(/-----[^-]+-----|\n/g, '');
  return {
    use: 'sig',
    alg,
    ...publicJwk(own.publicKey),
    'x5t#S256': Buffer.from(own.fingerprint, 'hex').toString('base64url'),
    x5c: chain.map((each) => base64(each.pem)),
  };
}
