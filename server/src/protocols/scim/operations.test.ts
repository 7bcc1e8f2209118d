import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import { MAX_BODY_BYTES } from './service-provider-config.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** A tenant and a client of its SCIM. */
async function aProvisioning() {
  const platform = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(platform);
  const token = await tenant.client.post('/provisioning-tokens', { name: 'Entra ID' });
  const base = `/scim/v2/${tenant.id}`;
  const client = platform.client(token.body.value);
  const send =
    (method: 'get' | 'post' | 'put' | 'patch' | 'delete') =>
    (path: string, ...rest: unknown[]) =>
      (
        client as unknown as Record<
          string,
          (path: string, ...rest: unknown[]) => Promise<{ status: number; body: any; headers: Record<string, string> }>
        >
      )[method]?.(base + path, ...rest) as Promise<{ status: number; body: any; headers: Record<string, string> }>;
  return {
    platform,
    tenant,
    base,
    get: send('get'),
    post: send('post'),
    put: send('put'),
    patch: send('patch'),
    remove: send('delete'),
  };
}

test('a user is created, read, found, changed and deleted', async () => {
  const scim = await aProvisioning();
  const made = await scim.post('/Users', {
    schemas: [core],
    userName: 'Ann@Example.com',
    externalId: '0a1',
    name: { givenName: 'Ann', familyName: 'Lee' },
    emails: [{ type: 'work', value: 'ann@example.com', primary: true }],
  });
  expect(made).toMatchObject({ status: 201, body: { userName: 'Ann@Example.com', active: true, schemas: [core] } });
  const { id } = made.body;
  expect((await scim.get(`/Users/${id}`)).body).toEqual(made.body);
  expect((await scim.get('/Users?filter=userName+eq+%22ann%40example.com%22')).body).toMatchObject({
    totalResults: 1,
    Resources: [{ id }],
  });
  expect(await scim.post('/Users', { schemas: [core], userName: 'ann@example.com' })).toMatchObject({
    status: 409,
    body: { scimType: 'uniqueness', status: '409' },
  });
  const patched = await scim.patch(`/Users/${id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
  expect(patched).toMatchObject({ status: 200, body: { active: false, meta: { version: 'W/"2"' } } });
  const group = await scim.post('/Groups', { displayName: 'Sales', members: [{ value: id }] });
  expect(group).toMatchObject({ status: 201, body: { members: [{ value: id }] } });
  expect(
    await scim.patch(`/Groups/${group.body.id}`, {
      Operations: [{ op: 'remove', path: 'members', value: [{ value: id }] }],
    }),
  ).toMatchObject({ status: 204 });
  expect((await scim.get(`/Groups/${group.body.id}`)).body.members).toEqual([]);
  const again = await scim.patch(`/Groups/${group.body.id}?attributes=members`, {
    Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }],
  });
  expect(again).toMatchObject({ status: 200, body: { members: [{ value: id }] } });
  expect((await scim.get('/Groups')).body).toMatchObject({
    totalResults: 1,
    Resources: [{ displayName: 'Sales', members: [{ value: id }] }],
  });
  expect((await scim.get(`/Users/${id}`)).body.groups).toMatchObject([{ value: group.body.id, display: 'Sales' }]);
  expect((await scim.remove(`/Users/${id}`)).status).toBe(204);
  expect((await scim.get(`/Users/${id}`)).status).toBe(404);
  expect((await scim.get('/Users')).body).toMatchObject({ totalResults: 0, Resources: [] });
});

test('a bulk makes what refers to what comes later, and circles', async () => {
  const scim = await aProvisioning();
  const done = await scim.post('/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { displayName: 'G', members: [{ value: 'bulkId:a' }, { value: 'bulkId:b' }] },
      },
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'a',
        data: {
          userName: 'a',
          'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: 'bulkId:b' } },
        },
      },
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'b',
        data: {
          userName: 'b',
          'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: 'bulkId:a' } },
        },
      },
      { method: 'DELETE', path: '/Users/nobody' },
    ],
  });
  expect(done.status).toBe(200);
  expect(done.body.Operations.map(({ status }: { status: string }) => status)).toEqual(['201', '201', '201', '404']);
  const groups = (await scim.get('/Groups')).body.Resources;
  expect(groups[0].members).toHaveLength(2);
  const users = (await scim.get('/Users?sortBy=userName')).body.Resources;
  const manager = (user: any) => user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].manager.value;
  expect([manager(users[0]), manager(users[1])]).toEqual([users[1].id, users[0].id]);
});

test('the configuration says what is done', async () => {
  const scim = await aProvisioning();
  const { body } = await scim.get('/ServiceProviderConfig');
  expect(body).toMatchObject({ patch: { supported: true }, bulk: { supported: true, maxPayloadSize: MAX_BODY_BYTES } });
  expect((await scim.get('/Schemas')).body.totalResults).toBe(3);
  expect((await scim.get('/Me')).status).toBe(501);
  expect((await scim.get('/nothing')).body).toMatchObject({ status: '404' });
});
