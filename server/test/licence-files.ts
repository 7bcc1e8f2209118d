import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign } from 'jose';

/** A vendor of licence files: keys, and what it signs with them. */

interface Header {
  alg?: string;
  kid?: string;
  typ?: string;
}

export function aVendor() {
  const ed = generateKeyPairSync('ed25519');
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys: Record<string, KeyObject> = { ed: ed.privateKey, ec: ec.privateKey };
  const path = join(mkdtempSync(join(tmpdir(), 'licence-keys-')), 'keys.json');
  writeFileSync(
    path,
    JSON.stringify({
      keys: [
        { kid: 'ed', ...ed.publicKey.export({ format: 'jwk' }) },
        { kid: 'ec', ...ec.publicKey.export({ format: 'jwk' }) },
      ],
    }),
  );
  return {
    /** The file of public keys that a platform is given. */
    path,
    sign: (contents: unknown, { kid = 'ed', alg, typ = 'bailiwick-licence+jws' }: Header = {}, by = keys[kid]) =>
      new CompactSign(Buffer.from(typeof contents === 'string' ? contents : JSON.stringify(contents)))
        .setProtectedHeader({ alg: alg ?? (kid === 'ec' ? 'ES256' : 'EdDSA'), kid, typ })
        .sign(by as KeyObject),
  };
}

const seconds = (at: number) => Math.floor(at / 1000);

export const aTier = (more: object = {}) => ({
  product: { code: 'platform', name: 'Platform' },
  tier: { code: 'small', name: 'Small' },
  userLimit: null,
  transactionLimit: null,
  enforcement: 'hard',
  graceDays: 0,
  ...more,
});

/** What a file for the tenant has in it. */
export const aFile = (
  tenantId: string,
  tier: object = {},
  more: { iat?: number; exp?: number; number?: string } = {},
) => ({
  iss: 'bailiwick',
  aud: tenantId,
  iat: more.iat ?? seconds(Date.now()),
  ...(more.exp === undefined ? {} : { exp: more.exp }),
  licence: {
    number: more.number ?? 'L-1',
    name: 'From the vendor',
    legacyKey: 'OLD-KEY-7',
    subscriptions: [
      {
        number: 'S-1',
        activeFrom: new Date(Date.now() - 86_400_000).toISOString(),
        activeThrough: new Date(Date.now() + 30 * 86_400_000).toISOString(),
        renewalFrequency: 'year',
        tiers: [aTier(tier)],
      },
    ],
  },
});
