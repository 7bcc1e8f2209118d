import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { claimsFor, keyThatSigns, type SigningKey, signed } from './upstream-token.ts';

const day = (n: number) => new Date(Date.UTC(2026, 0, n));
const aKey = (name: string, startsAt: number, signsFrom: number, expiresAt: number) => ({
  name,
  startsAt: day(startsAt),
  signsFrom: day(signsFrom),
  expiresAt: day(expiresAt),
});

describe('the key that signs', () => {
  test.each([
    ['none at all', [], undefined],
    ['the one that there is', [aKey('a', 1, 1, 30)], 'a'],
    ['not one that is over', [aKey('a', 1, 1, 10)], undefined],
    ['not one that is not valid yet', [aKey('a', 11, 11, 30)], undefined],
    ['the one whose turn came last', [aKey('a', 1, 1, 30), aKey('b', 1, 9, 20), aKey('c', 1, 5, 30)], 'b'],
    ['not the next one before its turn', [aKey('a', 1, 1, 30), aKey('b', 1, 11, 30)], 'a'],
    ['the next one before its turn when the one before is over', [aKey('a', 1, 1, 10), aKey('b', 1, 11, 30)], 'b'],
    ['of several next ones the first', [aKey('b', 1, 20, 30), aKey('a', 1, 11, 30)], 'a'],
  ] as const)('is %s', (_, keys, name) => {
    expect(keyThatSigns(keys, day(10))?.name).toBe(name);
    expect(keyThatSigns([...keys].reverse(), day(10))?.name).toBe(name);
  });
});

const settings = { issuer: 'https://eu.example/keys', lifetimeSeconds: 60, includesGroups: true };

describe('the claims', () => {
  test('name the service, the person and the groups, for a short while', () => {
    const comer = { issuer: 'https://idp.example', subject: 'ann', groupIds: ['g1'] };
    expect(claimsFor(settings, { service: 'orders', item: '4711' }, comer, 1000)).toEqual({
      iss: 'https://eu.example/keys',
      aud: 'orders',
      sub: 'ann',
      iat: 1000,
      exp: 1060,
      identity_provider: 'https://idp.example',
      item: '4711',
      groups: ['g1'],
    });
  });

  test('leave out what is not known or not wanted', () => {
    const comer = { issuer: null, subject: null, groupIds: ['g1'] };
    expect(claimsFor({ ...settings, includesGroups: false }, { service: 'orders', item: null }, comer, 1000)).toEqual({
      iss: 'https://eu.example/keys',
      aud: 'orders',
      iat: 1000,
      exp: 1060,
    });
  });
});

test.each([
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ES384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['ES512', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
  ['EdDSA', () => generateKeyPairSync('ed25519')],
] as const)('what is signed by %s is verified by another library', async (algorithm, make) => {
  const { privateKey } = make();
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const key: SigningKey = { ...aKey('a', 1, 1, 30), kid: 'k', algorithm, privateKey: pem };
  const now = Math.floor(Date.now() / 1000);
  const token = signed(key, { iss: 'us', aud: 'orders', iat: now, exp: now + 60 }, 'once');
  const { payload, protectedHeader } = await jwtVerify(token, createPublicKey(privateKey), {
    algorithms: [algorithm],
    issuer: 'us',
    audience: 'orders',
  });
  expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT', kid: 'k' });
  expect(payload.jti).toBe('once');
});
