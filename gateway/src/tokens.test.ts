import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BadToken, ProviderAway, Tokens } from './tokens.ts';

/** What is remembered of tokens and of the keys that verify them, by a clock that is moved on. */

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => vi.useRealTimers());

const later = (seconds: number) => vi.advanceTimersByTime(seconds * 1000);
const MINUTE = 60;
const HOUR = 60 * MINUTE;

const issuer = 'https://login.example.com';

/** A provider whose keys can be changed, and what is heard of it. */
async function aProvider() {
  const make = async (kid: string) => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
  };
  const [one, two] = [await make('one'), await make('two')];
  const provider = { keys: [one.jwk], isAway: false, said: [] as unknown[] };
  /** When it was asked for its description, which is before each look at its keys; monotonic, in ms. */
  const asked: number[] = [];
  const way = {
    addressesOf: async () => ['1.1.1.1'],
    get: async ({ pathname }: URL) => {
      if (pathname !== '/keys') asked.push(performance.now());
      if (provider.isAway) throw new Error('away');
      const known = pathname === '/keys' ? { keys: provider.keys } : { issuer, jwks_uri: `${issuer}/keys` };
      return { status: 200, text: JSON.stringify(known) };
    },
  };
  const tokens = new Tokens({ issuer, audiences: ['orders'] }, (...said) => provider.said.push(said), way);
  const tokenOf = (sub: string, by = one) =>
    new SignJWT({ iss: issuer, aud: 'orders', sub })
      .setProtectedHeader({ alg: 'ES256', kid: by.jwk.kid })
      .setExpirationTime('12h')
      .sign(by.privateKey);
  return {
    provider,
    asked,
    tokens,
    tokenOf,
    rotate: () => {
      provider.keys = [two.jwk];
    },
    byTheNewKey: (sub: string) => tokenOf(sub, two),
    byNoKey: (kid: string) => tokenOf('eve', { ...two, jwk: { ...two.jwk, kid } }),
  };
}

test('of one connection the last token is known, and no other by it', async () => {
  const { tokens, tokenOf } = await aProvider();
  const [ann, ben] = [await tokenOf('ann'), await tokenOf('ben')];
  const connection = {};
  expect(tokens.known(`Bearer ${ann}`, connection)).toBeUndefined();
  await tokens.claimsOf(ann);
  for (let time = 0; time < 2; time++) expect(tokens.known(`Bearer ${ann}`, connection)).toMatchObject({ sub: 'ann' });
  expect(tokens.known(`Bearer ${ben}`, connection)).toBeUndefined();
  await tokens.claimsOf(ben);
  expect(tokens.known(`Bearer ${ben}`, connection)).toMatchObject({ sub: 'ben' });
  expect(tokens.known(`Bearer ${ann}`, connection)).toMatchObject({ sub: 'ann' });
});

test('after its minute it is verified again, also on the connection that it came by', async () => {
  const { tokens, tokenOf } = await aProvider();
  const token = await tokenOf('ann');
  const connection = {};
  await tokens.claimsOf(token);
  expect(tokens.known(`Bearer ${token}`, connection)).toMatchObject({ sub: 'ann' });
  later(MINUTE + 1);
  expect(tokens.known(`Bearer ${token}`, connection)).toBeUndefined();
  await tokens.claimsOf(token);
  expect(tokens.known(`Bearer ${token}`, connection)).toMatchObject({ sub: 'ann' });
});

test('by a key that the provider took back nothing is known any more, also on the connection that it came by', async () => {
  const { tokens, tokenOf, rotate, byTheNewKey } = await aProvider();
  const token = await tokenOf('ann');
  const connection = {};
  await tokens.claimsOf(token);
  expect(tokens.known(`Bearer ${token}`, connection)).toMatchObject({ sub: 'ann' });
  rotate();
  later(40);
  expect(await tokens.claimsOf(await byTheNewKey('cat'))).toMatchObject({ sub: 'cat' });
  expect(tokens.known(`Bearer ${token}`, connection)).toBeUndefined();
  await expect(tokens.claimsOf(token)).rejects.toThrow('a key that its issuer does not publish');
});

describe('keys of the provider', () => {
  test('are read again after ten minutes, and nobody waits for that', async () => {
    const { asked, tokens, tokenOf, rotate, byTheNewKey } = await aProvider();
    const [ann, ben] = [await tokenOf('ann'), await byTheNewKey('ben')];
    await tokens.claimsOf(ann);
    rotate();
    later(10 * MINUTE - 1);
    await tokens.claimsOf(ann);
    expect(asked).toHaveLength(1);
    later(2);
    expect(await tokens.claimsOf(ann)).toMatchObject({ sub: 'ann' });
    expect(asked).toHaveLength(2);
    await vi.waitFor(() => expect(tokens.claimsOf(ann)).rejects.toThrow(BadToken));
    expect(await tokens.claimsOf(ben)).toMatchObject({ sub: 'ben' });
    expect(asked).toHaveLength(2);
  });

  test('are good for an hour while it is away, and not for a token that was verified just before', async () => {
    const { provider, tokens, tokenOf } = await aProvider();
    const [ann, ben] = [await tokenOf('ann'), await tokenOf('ben')];
    const connection = {};
    await tokens.claimsOf(ann);
    provider.isAway = true;
    later(HOUR - 10);
    expect(await tokens.claimsOf(ann)).toMatchObject({ sub: 'ann' });
    expect(tokens.known(`Bearer ${ann}`, connection)).toMatchObject({ sub: 'ann' });
    later(11);
    expect(tokens.known(`Bearer ${ann}`, connection)).toBeUndefined();
    for (const token of [ann, ben]) await expect(tokens.claimsOf(token)).rejects.toThrow(ProviderAway);
    provider.isAway = false;
    later(30);
    expect(await tokens.claimsOf(ben)).toMatchObject({ sub: 'ben' });
  });

  test.each([
    ['it answers', false],
    ['it is away', true],
  ])('G2: are looked for once in 30 seconds at most while %s, whatever keys tokens name', async (_when, isAway) => {
    const { provider, asked, tokens, byNoKey } = await aProvider();
    provider.isAway = isAway;
    const refused = isAway ? ProviderAway : BadToken;
    for (let second = 0; second <= 10 * MINUTE; second++) {
      const strange = [await byNoKey(`${second}`), await byNoKey(`${second}, too`)];
      await Promise.all(strange.map((token) => expect(tokens.claimsOf(token)).rejects.toThrow(refused)));
      later(1);
    }
    const pauses = asked.slice(1).map((at, before) => at - (asked[before] as number));
    expect(pauses).toEqual(Array(20).fill(30_000));
  });

  test('that cannot be read are said in the log once, with the reason', async () => {
    const { provider, tokens, tokenOf } = await aProvider();
    provider.isAway = true;
    const token = await tokenOf('ann');
    for (let time = 0; time < 3; time++) {
      await expect(tokens.claimsOf(token)).rejects.toThrow(ProviderAway);
      later(31);
    }
    const message = 'https://login.example.com cannot be read: away';
    expect(provider.said).toEqual([['warn', 'the keys of the identity provider cannot be read', { message }]]);
  });
});
