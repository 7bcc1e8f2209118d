import { createPrivateKey, type KeyObject, sign } from 'node:crypto';

/**
 * What a gateway signs for an upstream: who comes, for which service, for a short while (RFC 7519). Pure, as `deciding`
 * is: the region shows by it what would be sent, and the gateway sends it.
 */

export interface KeyTimes {
  startsAt: Date;
  signsFrom: Date;
  expiresAt: Date;
}

/**
 * The key that signs at a time: of those that are valid the one whose turn came last, else the one whose turn is next.
 * None when all are over or not valid yet: then nothing is sent.
 */
export function keyThatSigns<K extends KeyTimes>(keys: readonly K[], now: Date): K | undefined {
  let best: K | undefined;
  for (const key of keys) {
    if (key.startsAt > now || key.expiresAt <= now) continue;
    if (!best || isBefore(best, key, now)) best = key;
  }
  return best;
}

function isBefore(best: KeyTimes, key: KeyTimes, now: Date): boolean {
  const [bestCame, keyCame] = [best.signsFrom <= now, key.signsFrom <= now];
  if (bestCame !== keyCame) return keyCame;
  return keyCame ? key.signsFrom > best.signsFrom : key.signsFrom < best.signsFrom;
}

export interface SigningSettings {
  issuer: string;
  lifetimeSeconds: number;
  includesGroups: boolean;
}

/** Whom the provider's token named, and the region knows by its groups. */
export interface Comer {
  /** `iss` and `sub` of the token that came. */
  issuer: string | null;
  subject: string | null;
  /** Those groups of the person that the rule which decided names. */
  groupIds: readonly string[];
}

/** Without `jti`, which is made when it is signed. */
export function claimsFor(
  { issuer, lifetimeSeconds, includesGroups }: SigningSettings,
  { service, item }: { service: string; item: string | null },
  comer: Comer,
  nowSeconds: number,
) {
  return {
    iss: issuer,
    aud: service,
    ...(comer.subject === null ? {} : { sub: comer.subject }),
    iat: nowSeconds,
    exp: nowSeconds + lifetimeSeconds,
    ...(comer.issuer === null ? {} : { identity_provider: comer.issuer }),
    ...(item === null ? {} : { item }),
    ...(includesGroups ? { groups: comer.groupIds } : {}),
  };
}

export interface SigningKey extends KeyTimes {
  kid: string;
  algorithm: 'RS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';
  /** PKCS#8 in PEM. */
  privateKey: string | KeyObject;
}

const digests = { RS256: 'sha256', ES256: 'sha256', ES384: 'sha384', ES512: 'sha512', EdDSA: null } as const;
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** The compact form (RFC 7515). */
export function signed({ kid, algorithm, privateKey }: SigningKey, claims: object, jti: string): string {
  const key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : privateKey;
  const text = `${encoded({ alg: algorithm, typ: 'JWT', kid })}.${encoded({ ...claims, jti })}`;
  const signature = sign(digests[algorithm], Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
