import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, expect, test, vi } from 'vitest';
import { Tokens } from './tokens.ts';

/** What is remembered of tokens that were verified, on each connection and beyond. */

const ended: (() => unknown)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const end of ended.splice(0)) end();
});

/** A provider whose keys can be changed. */
async function aProvider() {
  const make = async (kid: string) => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
  };
  const [one, two] = [await make('one'), await make('two')];
  let keys = [one.jwk];
  const server: Server = createServer((request, reply) => {
    const known = request.url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` };
    reply.setHeader('content-type', 'application/json').end(JSON.stringify(known));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokens = new Tokens({ issuer, audiences: ['orders'] });
  ended.push(
    () => tokens.stop(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const tokenOf = (sub: string, by = one) =>
    new SignJWT({ iss: issuer, aud: 'orders', sub })
      .setProtectedHeader({ alg: 'ES256', kid: by.jwk.kid })
      .setExpirationTime('1h')
      .sign(by.privateKey);
  return { tokens, tokenOf, rotate: () => (keys = [two.jwk]), byTheNewKey: () => tokenOf('cat', two) };
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
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + 61_000);
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
  const now = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(now + 40_000);
  expect(await tokens.claimsOf(await byTheNewKey())).toMatchObject({ sub: 'cat' });
  expect(tokens.known(`Bearer ${token}`, connection)).toBeUndefined();
  await expect(tokens.claimsOf(token)).rejects.toThrow('a key that its issuer does not publish');
});
