import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { aGateway, anIssuer, anUpstream, aPlace, type Place, type Running, until } from './given.ts';

/** What an upstream learns from the token that the gateway signs, and that nothing comes unsigned. */

let platform: TestPlatform;
let issuer: Awaited<ReturnType<typeof anIssuer>>;
let upstream: Awaited<ReturnType<typeof anUpstream>>;
let place: Place;
let gateway: Running;
let token: string;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  issuer = await anIssuer();
  upstream = await anUpstream();
  place = await aPlace(platform, issuer.issuer, upstream.url);
  await place.person('ann');
  token = await issuer.token('ann');
  const { client } = place.tenant;
  expect((await client.post(`${place.gatewayAt}/certificates/generate`, {})).status).toBe(201);
  await sign({ header: 'x-shop-token', lifetimeSeconds: 30 });
  gateway = await aGateway({ enrol: place.namespace.agentKey, url: platform.url, name: 'first' });
}, 120_000);

async function sign(signing: object | null) {
  expect((await place.tenant.client.patch(place.gatewayAt, { signing }, '*')).status).toBe(200);
}

/** What the upstream got in a header. */
async function arrived(header: string, path = '/erp/orders/7', init: RequestInit = {}) {
  const reply = await gateway.get(path, token, init);
  expect(reply.status).toBe(200);
  return ((await reply.json()) as { headers: Record<string, string> }).headers[header];
}

async function verified(text: string) {
  const found = (await place.tenant.client.get(place.gatewayAt)).body;
  const { pathname } = new URL(found.keysAddress);
  const keys = (await platform.anyone.get(pathname)).body as JSONWebKeySet;
  return jwtVerify(text, createLocalJWKSet(keys), { issuer: found.issuer, audience: 'orders' });
}

test('the upstream verifies by the public keys who comes, for which service', async () => {
  const { payload, protectedHeader } = await verified((await arrived('x-shop-token')) ?? '');
  expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT' });
  expect(payload).toMatchObject({
    sub: 'ann',
    identity_provider: issuer.issuer,
    item: '7',
    groups: [place.group.id],
    jti: expect.any(String),
  });
  expect((payload.exp as number) - (payload.iat as number)).toBe(30);
});

test('what a sender or a route says in its place does not arrive', async () => {
  const forged = { headers: { 'x-shop-token': 'forged', x_shop_token: 'forged' } };
  expect(await arrived('x_shop_token', '/erp/orders/7', forged)).toBeUndefined();
  expect(decodeJwt((await arrived('x-shop-token', '/erp/orders/7', forged)) ?? '').sub).toBe('ann');
  const at = `${place.gatewayAt}/routes/${place.route.id}`;
  const set = [{ name: 'x-shop-token', value: 'by the route' }];
  await place.tenant.client.patch(at, { requestHeaders: { set, remove: ['x-remove'] } }, '*');
  await until('the route is in force', async () => (await arrived('x-set')) === undefined);
  expect(decodeJwt((await arrived('x-shop-token')) ?? '').sub).toBe('ann');
});

test('in authorization it stands as a bearer token, in the place of the one that came', async () => {
  await sign({ header: 'authorization', includesGroups: false });
  await until('the header is in force', async () => (await arrived('authorization')) !== `Bearer ${token}`);
  const text = ((await arrived('authorization')) ?? '').replace(/^Bearer /, '');
  const { payload } = await verified(text);
  expect(payload.sub).toBe('ann');
  expect(payload).not.toHaveProperty('groups');
});

test('another certificate signs when its turn is given, and an upstream knows its key by then', async () => {
  const before = (await place.tenant.client.get(`${place.gatewayAt}/certificates`)).body.items[0];
  const at = `${place.gatewayAt}/certificates`;
  const next = (await place.tenant.client.post(`${at}/generate`, { algorithm: 'EdDSA' })).body;
  const read = async () => (await verified(((await arrived('authorization')) ?? '').slice(7))).protectedHeader.kid;
  expect(await read()).toBe(before.keyId);
  await place.tenant.client.patch(`${at}/${next.id}`, { signsFrom: new Date().toISOString() }, '*');
  await until('the next one signs', async () => (await read()) === next.keyId);
  expect((await place.tenant.client.delete(`${at}/${before.id}`, '*')).status).toBe(204);
  expect(await read()).toBe(next.keyId);
});

test('nothing goes unsigned: without a valid certificate the request is refused, and none reaches the upstream', async () => {
  await platform.sql('au', `update gateway_certificates set expires_at = now() - interval '1 second'`);
  await platform.sql('au', 'update gateways set configuration = configuration + 1');
  await until('it refuses', async () => (await gateway.get('/erp/orders/7', token)).status === 503);
  const seen = upstream.seen.length;
  const reply = await gateway.get('/erp/orders/7', token);
  expect(await reply.json()).toMatchObject({ type: 'urn:bailiwick:problem:no-certificate' });
  expect(upstream.seen).toHaveLength(seen);
  await platform.sql('au', `update gateway_certificates set expires_at = now() + interval '1 day'`);
  await platform.sql('au', 'update gateways set configuration = configuration + 1');
  await until('it signs again', async () => (await gateway.get('/erp/orders/7', token)).status === 200);
});
