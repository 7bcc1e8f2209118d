import { expect, test, vi } from 'vitest';
import { aPlatform, aTenant, type Client, signIn } from '../../../test/harness.ts';

const platform = await aPlatform();
const password = 'lantern orbit plum ferry';
const soon = { timeout: 20_000, interval: 100 };

async function fileOf(client: Pick<Client, 'get'>, path: string, id: string) {
  await vi.waitFor(async () => expect((await client.get(`${path}/tasks/${id}`)).body.state).toBe('done'), soon);
  const file = await client.get(`${path}/tasks/${id}/result`);
  expect(file.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return file;
}

test('what a person may do, with the groups that give it', async () => {
  const tenant = await aTenant(platform);
  const space = await tenant.given.namespace();
  const [one, two, off] = [await tenant.given.group(), await tenant.given.group(), await tenant.given.group()];
  const grant = (id: string, grants: object[]) => tenant.client.put(`/groups/${id}/grants`, { grants }, '*');
  await grant(one.id, [{ permission: 'audit.*' }, { permission: 'namespaces.change', namespaceId: space.id }]);
  await grant(two.id, [{ permission: 'audit.view' }]);
  await grant(off.id, [{ permission: 'tenant.close' }]);
  await tenant.client.post(`/groups/${off.id}/disable`);
  const { id } = await tenant.given.person(password, { groupIds: [one.id, two.id, off.id] });
  const inGroup = ({ id: groupId, name }: { id: string; name: string }) => ({ id: groupId, name });
  expect(await tenant.client.get(`/accounts/${id}/access`)).toMatchObject({
    status: 200,
    body: {
      isOwner: false,
      isHeldBack: false,
      permissions: [
        { permission: 'namespaces.change', namespaceId: space.id, namespaceName: space.name, groups: [inGroup(one)] },
        { permission: 'audit.view', namespaceId: null, groups: [inGroup(one), inGroup(two)] },
        { permission: 'audit.export', namespaceId: null, groups: [inGroup(one)] },
      ],
    },
  });
  await tenant.client.post(`/accounts/${id}/disable`);
  expect((await tenant.client.get(`/accounts/${id}/access`)).body.isHeldBack).toBe(true);

  const owner = (await tenant.client.get(`/accounts?q=${tenant.ownerEmail}`)).body.items[0];
  const { body: all } = await tenant.client.get(`/accounts/${owner.id}/access`);
  expect(all).toMatchObject({ isOwner: true, isHeldBack: true });
  expect(all.permissions.length).toBeGreaterThan(20);
});

test('how a person came in, refused tries too', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.person(password);
  await signIn(platform, email, password);
  await platform.anyone.post('/v1/sessions', { email, password: 'a wrong one of some length' });
  const found = await vi.waitFor(async () => {
    const { body } = await tenant.client.get(`/accounts/${id}/sign-ins`);
    expect(body.total).toBe(2);
    return body;
  }, soon);
  expect(found.items).toMatchObject([
    { outcome: 'refused', method: null },
    { outcome: 'success', method: 'password', sourceAddress: '127.0.0.1', userAgent: expect.any(String) },
  ]);
  expect((await tenant.client.get(`/accounts/${id}/sign-ins?outcome=refused`)).body.items).toHaveLength(1);
});

test('a person gathers what is held of them, which nobody else can read', async () => {
  const tenant = await aTenant(platform);
  const group = await tenant.given.group();
  const { id, email } = await tenant.given.person(password, { groupIds: [group.id] });
  await signIn(platform, email, password);
  const session = platform.session(await signIn(platform, email, password));
  const started = await session.post('/v1/me/export');
  expect(started).toMatchObject({ status: 202, body: { kind: 'me.export' } });
  const file = await fileOf(session, tenant.path, started.body.id);
  const data = JSON.parse(file.text);
  expect(data).toMatchObject({
    tenant: { id: tenant.id, region: 'au' },
    account: { id, email, firstName: 'Grace' },
    groups: [{ id: group.id, name: group.name }],
    factors: [],
    identities: [],
    sessions: [{ method: 'password', sourceAddress: expect.any(String) }, { method: 'password' }],
    devices: [{ lastSeenAt: expect.any(String) }, {}],
    notices: [{ kind: 'new-device', text: expect.stringContaining('signed in to your account') }],
    accessRequests: [],
  });
  expect(data).not.toHaveProperty('provisioned');
  const about = data.auditEntries.about.map(({ action }: { action: string }) => action);
  expect(about).toEqual(
    expect.arrayContaining(['accounts.create', 'invitations.accept', 'sessions.create', 'me.export']),
  );
  expect(data.auditEntries.about.find(({ action }: { action: string }) => action === 'accounts.create')).toMatchObject({
    actor: 'service-account',
    after: { email },
  });
  expect(data.auditEntries.by.length).toBeGreaterThan(0);
  expect((await tenant.client.get(`/tasks/${started.body.id}`)).status).toBe(200);
  expect((await tenant.client.get(`/tasks/${started.body.id}/result`)).status).toBe(404);
  expect((await platform.client(tenant.ownerKey).post('/v1/me/export')).status).toBe(404);
});

test('what a directory said, and what a person asked for, is gathered as they said it', async () => {
  const tenant = await aTenant(platform);
  const { value } = await tenant.given.token();
  const said = {
    userName: 'rae',
    password,
    emails: [{ value: `rae@${tenant.name}.example`, primary: true }],
    addresses: [{ streetAddress: '1 Quiet Lane', type: 'home' }],
  };
  const made = await platform.client(value).call('POST', `/scim/v2/${tenant.id}/Users`, {
    headers: { 'content-type': 'application/scim+json' },
    body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], ...said },
  });
  expect(made.status, made.text).toBe(201);
  const session = platform.session(await signIn(platform, said.emails[0]?.value as string, password, tenant.id));
  const asked = await session.post(`${tenant.path}/access-requests`, {
    permission: 'audit.view',
    reason: 'I keep the books.',
  });
  expect(asked.status, asked.text).toBe(201);
  const file = await fileOf(session, tenant.path, (await session.post('/v1/me/export')).body.id);
  const data = JSON.parse(file.text);
  expect(data.account).toMatchObject({ username: 'rae', source: 'scim' });
  expect(JSON.stringify(data.provisioned)).toContain('1 Quiet Lane');
  expect(data.accessRequests).toEqual([
    expect.objectContaining({ permission: 'audit.view', reason: 'I keep the books.', state: 'pending' }),
  ]);
  expect(file.text).not.toContain('$argon2');
});

test('an administrator who may read both account and audit gathers it too', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.account();
  const auditor = await tenant.given.machine([{ permission: 'audit.*' }]);
  expect((await auditor.client.post(`/accounts/${id}/export`)).status).toBe(403);
  const started = await tenant.client.post(`/accounts/${id}/export`);
  expect(started.status).toBe(202);
  const file = await fileOf(platform.client(tenant.ownerKey), tenant.path, started.body.id);
  expect(JSON.parse(file.text)).toMatchObject({ account: { email }, auditEntries: { by: [] } });
  expect(await tenant.auditedActions()).toContain('accounts.export');
});

test('a person asks to be erased: the owners are told, and nothing is erased', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.person(password);
  const session = platform.session(await signIn(platform, email, password));
  const ask = async () => (await session.post('/v1/me/erasure-request')).status;
  expect(await ask()).toBe(204);
  expect((await tenant.client.get(`/accounts/${id}`)).body.status).toBe('enabled');
  const told = () =>
    platform.sql('au', 'select audience, account_id, text from notices where target_id = $1 order by audience', [id]);
  expect(await told()).toEqual([
    { audience: 'account', account_id: id, text: expect.stringContaining('were told') },
    { audience: 'owners', account_id: null, text: expect.stringMatching(/^Grace Person asks /) },
  ]);
  expect(await tenant.auditedActions()).toContain('me.ask-erasure');
  expect([await ask(), await ask(), await ask()]).toEqual([204, 204, 429]);
  expect((await tenant.client.post('/v1/me/erasure-request')).status).toBe(404);

  // Once it is granted, what named the person to the owners goes too.
  await tenant.client.post(`/accounts/${id}/disable`);
  expect((await tenant.client.post(`/accounts/${id}/erase`)).status).toBe(204);
  expect(await told()).toEqual([]);
});

test('erasing a person leaves entries that verify and nothing of the person', async () => {
  const tenant = await aTenant(platform);
  const group = await tenant.given.group();
  const { id, email } = await tenant.given.person(password, { groupIds: [group.id] });
  await signIn(platform, email, password);
  const erase = () => tenant.client.post(`/accounts/${id}/erase`);
  expect(await erase()).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:not-disabled' } });
  await tenant.client.post(`/accounts/${id}/disable`);
  const hashes = () =>
    platform.sql('au', 'select id, content_hash from audit_entries where subject_id = $1 order by id', [id]);
  const before = await hashes();
  expect(before.length).toBeGreaterThan(1);

  expect((await erase()).status).toBe(204);
  expect((await tenant.client.get(`/accounts/${id}`)).status).toBe(404);
  expect((await erase()).status).toBe(404);
  expect(await hashes()).toEqual(before);
  expect(await platform.sql('au', 'select 1 from subject_keys where subject_id = $1', [id])).toEqual([]);
  const { body } = await tenant.client.get(`/audit-entries?targetId=${id}`);
  expect(JSON.stringify(body)).not.toContain(email);
  expect(body.items[0]).toMatchObject({ action: 'accounts.erase' });
  expect(body.items.filter(({ withheld }: { withheld?: string }) => withheld === 'erased')).toHaveLength(before.length);

  // Nowhere in the cell, in whatever column.
  const columns = await platform.sql(
    'au',
    `select table_name, column_name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and data_type in ('text', 'jsonb', 'ARRAY')`,
  );
  for (const { table_name, column_name } of columns as { table_name: string; column_name: string }[]) {
    const found = await platform.sql(
      'au',
      `select count(*)::int as count from ${table_name} where ${column_name}::text like '%' || $1 || '%'`,
      [email],
    );
    expect(found, `${table_name}.${column_name}`).toEqual([{ count: 0 }]);
  }
  const again = await tenant.given.account({ email });
  expect(again.id).not.toBe(id);
});

test('what is left of an account that was deleted is erased as well', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.account();
  await tenant.client.post(`/accounts/${id}/disable`);
  await tenant.client.delete(`/accounts/${id}`, '*');
  const entries = async () => JSON.stringify((await tenant.client.get(`/audit-entries?targetId=${id}`)).body);
  expect(await entries()).toContain(email);
  expect((await tenant.client.post(`/accounts/${id}/erase`)).status).toBe(204);
  expect(await entries()).not.toContain(email);
  const helper = await tenant.given.machine([{ permission: 'accounts.change' }]);
  expect((await helper.client.post(`/accounts/${id}/erase`)).status).toBe(403);
});
