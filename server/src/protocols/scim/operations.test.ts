import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au', 'eu'] });
const tenant = await aTenant(platform);
const token = await tenant.given.token();
const path = `/scim/v2/${tenant.id}/ServiceProviderConfig`;

test('a valid token reads what the server does (RFC 7643 section 5)', async () => {
  const reply = await platform.client(token.value).get(path);

  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  expect(reply.body).toMatchObject({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: false },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: false, maxResults: 0 },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [{ type: 'oauthbearertoken' }],
    meta: { resourceType: 'ServiceProviderConfig', location: expect.stringContaining(path) },
  });
});

test('parameters that do not apply are ignored', async () => {
  expect((await platform.client(token.value).get(`${path}?startIndex=1&unknown=x`)).status).toBe(200);
});

test('without a valid token: 401 in the form of RFC 7644 section 3.12', async () => {
  const wrong = `${token.value.slice(0, -1)}${token.value.endsWith('a') ? 'b' : 'a'}`;

  for (const key of [null, wrong, tenant.ownerKey]) {
    const reply = await platform.client(key).get(path);
    expect(reply).toMatchObject({
      status: 401,
      body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401', detail: expect.any(String) },
    });
    expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
  }
});

test('a token opens no other tenant, whether it is there or not, and nothing of /v1', async () => {
  const neighbour = await aTenant(platform);
  const abroad = await aTenant(platform, 'eu');
  const client = platform.client(token.value);
  const nowhere = await client.get(`/scim/v2/${crypto.randomUUID()}/ServiceProviderConfig`);

  expect(nowhere).toMatchObject({ status: 404, body: { status: '404' } });
  for (const { id } of [neighbour, abroad])
    expect((await client.get(`/scim/v2/${id}/ServiceProviderConfig`)).text).toBe(nowhere.text);
  expect((await client.get(`${tenant.path}/accounts`)).status).toBe(401);
  expect((await client.get(`${tenant.path}/provisioning-tokens`)).status).toBe(401);
});
