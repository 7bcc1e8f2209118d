import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aFolder } from '../process.ts';

/** A vendor of licences, and files as it signs them. */

const vendor = generateKeyPairSync('ed25519');
const DAY_MS = 86_400_000;

/** The file of its public keys, for `BAILIWICK_LICENCE_KEYS`. */
export function vendorKeys(): string {
  const keys = join(aFolder(), 'vendor.json');
  writeFileSync(keys, JSON.stringify({ keys: [{ ...vendor.publicKey.export({ format: 'jwk' }), kid: 'vendor' }] }));
  return keys;
}

interface Contents {
  number?: string;
  name?: string;
  issuedAt?: number;
  /** In days from now. */
  fromDays?: number;
  throughDays?: number;
  product?: { code: string; name: string };
  userLimit?: number | null;
  transactionLimit?: number | null;
  enforcement?: 'soft' | 'hard';
  graceDays?: number;
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

export function aFile(
  tenantId: string,
  {
    number = 'L-2026-7',
    name = 'Platform licence',
    issuedAt = Date.now() - 60_000,
    fromDays = -1,
    throughDays = 60,
    ...tier
  }: Contents,
): string {
  const signed = [
    base64url({ alg: 'EdDSA', kid: 'vendor', typ: 'bailiwick-licence+jws' }),
    base64url({
      iss: 'bailiwick',
      aud: tenantId,
      iat: Math.floor(issuedAt / 1000),
      licence: {
        number,
        name,
        legacyKey: 'OLD-KEY-7',
        subscriptions: [
          {
            number: 'S-1',
            activeFrom: inDays(fromDays),
            activeThrough: inDays(throughDays),
            renewalFrequency: 'year',
            tiers: [
              {
                product: { code: 'platform', name: 'Platform' },
                tier: { code: 'small', name: 'Small' },
                userLimit: null,
                transactionLimit: 1_000_000,
                enforcement: 'hard',
                graceDays: 14,
                ...tier,
              },
            ],
          },
        ],
      },
    }),
  ].join('.');
  return `${signed}.${sign(null, Buffer.from(signed), vendor.privateKey).toString('base64url')}`;
}
