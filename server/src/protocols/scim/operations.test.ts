import { expect, test } from 'vitest';
import { aScim, aWord, bulkOf, problem, unlimited, urn } from '../../../test/conformance/scim/scim.ts';
import { accept, aPlatform, signIn } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'], env: unlimited });

/** What provisioning is answered about people, and what an administrator sees and decides of it. */

test('a bulk makes what refers to what comes later, and circles', async () => {
  const scim = await aScim(platform);
  const withManager = (userName: string, value: string) => ({ userName, [urn.enterprise]: { manager: { value } } });
  const done = await scim.post(
    '/Bulk',
    bulkOf([
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { displayName: 'G', members: [{ value: 'bulkId:a' }, { value: 'bulkId:b' }] },
      },
      { method: 'POST', path: '/Users', bulkId: 'a', data: withManager('a', 'bulkId:b') },
      { method: 'POST', path: '/Users', bulkId: 'b', data: withManager('b', 'bulkId:a') },
      { method: 'DELETE', path: '/Users/nobody' },
    ]),
  );
  const statuses = done.body.Operations.map((each: { status: string }) => each.status);
  expect(statuses).toEqual(['201', '201', '201', '404']);
  expect((await scim.get('/Groups')).body.Resources[0].members).toHaveLength(2);
  const [a, b] = (await scim.get('/Users?sortBy=userName')).body.Resources;
  expect([a[urn.enterprise].manager.value, b[urn.enterprise].manager.value]).toEqual([b.id, a.id]);
});

test('a user with the name of a local account waits for an administrator, then takes it over; never an owner', async () => {
  const scim = await aScim(platform);
  const { client, ownerEmail } = scim.tenant;
  const email = `${aWord('local')}@example.com`;
  const local = (await client.post('/accounts', { email, firstName: 'A', lastName: 'B' })).body;
  const wanted = { userName: email, externalId: 'x1', emails: [{ value: email, primary: true }] };

  expect(await scim.post('/Users', wanted)).toMatchObject(problem(409, 'uniqueness'));
  expect(await scim.post('/Users', wanted)).toMatchObject(problem(409, 'uniqueness'));
  const { items } = (await client.get('/provisioning/holds')).body;
  expect(items).toMatchObject([{ kind: 'clash', state: 'open', attempts: 2, account: { id: local.id } }]);
  expect((await client.post(`/provisioning/holds/${items[0].id}/allow`)).status).toBe(200);
  expect(await scim.post('/Users', wanted)).toMatchObject({ status: 201, body: { id: local.id, externalId: 'x1' } });
  expect((await client.get(`/accounts/${local.id}`)).body).toMatchObject({ source: 'scim', status: 'enabled' });

  const owner = { userName: ownerEmail, emails: [{ value: ownerEmail, primary: true }] };
  expect(await scim.post('/Users', owner)).toMatchObject(problem(409, 'uniqueness'));
  const [held] = (await client.get('/provisioning/holds?state=open')).body.items;
  expect((await client.post(`/provisioning/holds/${held.id}/allow`)).status).toBe(409);
});

test('what the guard holds back is 429, is seen by an administrator, and passes when it is let through', async () => {
  const scim = await aScim(platform);
  const people = await Promise.all(
    Array.from({ length: 12 }, async () => (await scim.given.user({ userName: aWord('leaver') })).id as string),
  );
  await platform.sql('au', `update accounts set created_at = created_at - interval '2 days' where source = 'scim'`);
  const leave = (id: string) => scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
  for (const id of people.slice(0, 10)) expect((await leave(id)).status).toBe(200);
  const last = people[10] as string;
  const refused = await leave(last);
  expect(refused).toMatchObject(problem(429));
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await scim.get(`/Users/${last}`)).body.active).toBe(true);
  const [held] = (await scim.tenant.client.get('/provisioning/holds')).body.items;
  expect(held).toMatchObject({ kind: 'deactivation', account: { id: last } });
  await scim.tenant.client.post(`/provisioning/holds/${held.id}/allow`);
  expect((await leave(last)).status).toBe(200);
});

test('each answered request is listed with what to do about it', async () => {
  const scim = await aScim(platform);
  const { id } = await scim.given.user();
  await scim.get('/Users?filter=nothing');
  await expect
    .poll(async () => (await scim.tenant.client.get('/provisioning/calls')).body.items, { timeout: 20_000 })
    .toMatchObject([
      { method: 'GET', status: 400, scimType: 'invalidFilter', remedy: expect.any(String) },
      { method: 'POST', resource: 'Users', status: 201, remedy: null },
      { method: 'GET', resource: 'ServiceProviderConfig', status: 200 },
    ]);
  expect(id).toBeTruthy();
});

test('paused provisioning asks to come again, one that is off is refused, and both say what the server does', async () => {
  const scim = await aScim(platform);
  const { client } = scim.tenant;
  const { id } = await scim.given.user();
  for (const [state, status] of [
    [{ paused: true }, 503],
    [{ on: false }, 403],
  ] as const) {
    expect((await client.patch('/provisioning', state, '*')).status).toBe(200);
    expect(await scim.get(`/Users/${id}`)).toMatchObject(problem(status));
    expect(await scim.post('/Bulk', bulkOf([]))).toMatchObject(problem(status));
    expect((await scim.get('/ServiceProviderConfig')).status).toBe(200);
  }
  await client.patch('/provisioning', { on: true, paused: false }, '*');
  expect((await scim.get(`/Users/${id}`)).status).toBe(200);
});

test('who is deactivated by provisioning is signed out with the next request', async () => {
  const scim = await aScim(platform);
  const { client } = scim.tenant;
  const email = `${aWord('person')}@example.com`;
  const { id } = (await client.post('/accounts', { email, firstName: 'A', lastName: 'B' })).body;
  const password = 'a long enough password 1';
  await accept(platform, email, password);
  const wanted = { userName: email, emails: [{ value: email, primary: true }] };
  await scim.post('/Users', wanted);
  const [held] = (await client.get('/provisioning/holds')).body.items;
  await client.post(`/provisioning/holds/${held.id}/allow`);
  expect((await scim.post('/Users', wanted)).body.id).toBe(id);
  const cookie = await signIn(platform, email, password);
  const me = async () => (await platform.anyone.get('/v1/me', { cookie })).status;
  expect(await me()).toBe(200);
  const left = await scim.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' });
  expect(left).toMatchObject({ status: 200, body: { active: false } });
  expect(await me()).toBe(401);
});

test('a change that somebody overtook is made on what is there then, once, with one entry', async () => {
  const scim = await aScim(platform);
  const { id } = await scim.given.user({ displayName: 'First' });
  const other = `update accounts set version = version + 1, attributes = attributes || '{"title":"Other"}' where id = '${id}'`;
  let change: ReturnType<typeof scim.patch> | undefined;
  await platform.besideChange('au', other, async (somebodyWaits) => {
    change = scim.patch(`/Users/${id}`, { op: 'replace', path: 'displayName', value: 'Second' });
    await somebodyWaits();
  });

  expect(await change).toMatchObject({ status: 200, body: { displayName: 'Second', title: 'Other' } });
  const { items } = (await scim.tenant.client.get(`/audit-entries?targetId=${id}`)).body;
  expect(items.map(({ action }: { action: string }) => action)).toEqual(['scim.change-user', 'scim.create-user']);
});
