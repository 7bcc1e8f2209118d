import { publicJwk, readCertificate } from '../../kernel/certificates.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { Reply } from '../../kernel/operation.ts';
import { notFound } from '../../kernel/problem.ts';
import { publishedStatement } from './certificates-store.ts';
import { type PublishedTimes, publishedOf } from './overlap.ts';

/** Upstreams may keep keys for so long. */
const KEPT_SECONDS = 300;

interface PublishedRow extends PublishedTimes {
  certificate: string;
  algorithm: string;
  now: Date;
}
interface WithoutCertificate {
  certificate: null;
  now: Date;
}

/** The public keys of a gateway by which it signs about now (RFC 7517), for whoever verifies what it signed. */
export async function publishKeys(
  { platform }: PlatformContext,
  { tenantId, gatewayId }: { tenantId: string; gatewayId: string },
): Promise<Reply> {
  const place = await platform.locate(tenantId);
  if (!place) throw notFound('gateway');
  const { unit, rows } = await Unit.open(place.cell, tenantId, [publishedStatement(gatewayId)], 'read');
  unit.finishRead();
  const found = rows[0] as (PublishedRow | WithoutCertificate)[];
  const [first] = found;
  if (!first) throw notFound('gateway');
  const there = found.filter((row) => row.certificate !== null);
  const keys = publishedOf(there, first.now).map(({ certificate, algorithm }) => keyOf(certificate, algorithm));
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
