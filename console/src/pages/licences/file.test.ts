import { expect, test } from 'vitest';
import { looksLikeFile, saidIn } from './file.ts';

const fileOf = (contents: unknown) => `e30.${Buffer.from(JSON.stringify(contents)).toString('base64url')}.c2ln`;
const tier = {
  product: { code: 'platform', name: 'Plattform für alle' },
  tier: { code: 'small', name: 'Small' },
  userLimit: 10,
  transactionLimit: null,
  enforcement: 'hard',
  graceDays: 7,
};
const contents = {
  iss: 'vendor',
  aud: 'a-tenant',
  iat: 1_790_000_000,
  licence: {
    number: 'L-1',
    name: 'Große Lizenz',
    subscriptions: [
      { number: 'S-1', activeFrom: '2026-01-01T00:00:00Z', activeThrough: '2027-01-01T00:00:00Z', tiers: [tier] },
    ],
  },
};

test('what a file says is read from it', () => {
  expect(saidIn(fileOf(contents))).toMatchObject({
    issuer: 'vendor',
    tenantId: 'a-tenant',
    name: 'Große Lizenz',
    usableUntil: undefined,
    subscriptions: [{ number: 'S-1', tiers: [tier] }],
  });
});

test('what is no such file says nothing, whatever is in it', () => {
  for (const file of ['', 'no file', 'a.b', fileOf(null), fileOf([]), fileOf({ ...contents, licence: { name: 7 } })])
    expect(saidIn(file)).toBeUndefined();
  const { licence } = contents;
  expect(saidIn(fileOf({ ...contents, licence: { ...licence, subscriptions: [{ tiers: 'x' }] } }))).toBeUndefined();
  expect(saidIn(fileOf({ ...contents, iat: 'yesterday' }))).toBeUndefined();
  expect(looksLikeFile('a.b.c')).toBe(true);
  expect(looksLikeFile('a.b.c\n')).toBe(false);
});
