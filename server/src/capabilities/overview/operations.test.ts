import { beforeAll, expect, test } from 'vitest';
import { aPlatform, aTenant, clientOf, signIn, type TestPlatform } from '../../../test/harness.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await aPlatform();
});

const stepsOf = (body: { setupSteps: { step: string; isDone: boolean }[] }) =>
  Object.fromEntries(body.setupSteps.map(({ step, isDone }) => [step, isDone]));

test('a new tenant has its steps before it, then behind it', async () => {
  const tenant = await aTenant(platform);
  const before = (await tenant.client.get('/overview')).body;
  expect(stepsOf(before)).toEqual({
    'identity-provider': false,
    'provisioning-token': false,
    'second-owner': false,
    namespace: false,
  });
  expect(before.counts).toEqual({ accounts: 1, groups: 1, namespaces: 0, provisioningTokens: 0, serviceAccounts: 1 });

  await tenant.given.token();
  await tenant.given.namespace();
  const { items } = (await tenant.client.get('/groups')).body;
  await tenant.given.person('correct horse battery staple', { groupIds: [items[0].id] });

  const after = (await tenant.client.get('/overview')).body;
  expect(stepsOf(after)).toEqual({
    'identity-provider': false,
    'provisioning-token': true,
    'second-owner': true,
    namespace: true,
  });
  expect(after.counts).toMatchObject({ accounts: 2, namespaces: 1, provisioningTokens: 1 });
  expect(after.changesPerDay).toHaveLength(14);
  expect(after.changesPerDay.at(-1).changes).toBeGreaterThan(3);
  expect(after.waitingAccounts).toBe(0);
});

test('owners see that the operator is about to let somebody in as an owner, until it is decided', async () => {
  const tenant = await aTenant(platform);
  const seen = async (client = tenant.client) => (await client.get('/overview')).body.waitingRecovery;
  expect(await seen()).toBeNull();
  const { body: begun } = await platform.operator.post(`/v1/operator/tenants/${tenant.id}/ownership-recoveries`, {
    email: 'robin@elsewhere.example',
    firstName: 'Robin',
    lastName: 'Return',
  });
  expect(await seen()).toEqual({ id: begun.id, dueAt: begun.dueAt });
  expect(await seen((await tenant.given.machine([{ permission: 'accounts.view' }])).client)).toBeUndefined();
  await tenant.client.post(`/ownership-recoveries/${begun.id}/stop`);
  expect(await seen()).toBeNull();
});

test('changes of others that wait for the caller are counted by namespace; so is said what licences refuse', async () => {
  const tenant = await aTenant(platform);
  const { client, given } = tenant;
  const password = 'a long enough password for tests';
  const person = await given.person(password);
  const group = await given.group();
  const permission = (name: string) => ({ permission: name });
  await client.put(`/groups/${group.id}/grants`, { grants: [permission('namespaces.*')] }, '*');
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id] });
  const [prod, later] = [await given.namespace(), await given.namespace()];
  for (const { id } of [prod, later]) await client.patch(`/namespaces/${id}`, { protection: 'approval' }, '*');
  const raw = clientOf(platform.url + tenant.path, tenant.ownerKey);
  for (const description of ['one', 'two']) {
    const asked = await raw.call('PATCH', `/namespaces/${prod.id}`, {
      headers: { 'if-match': '*', 'x-bailiwick-confirm': prod.name },
      body: { description },
    });
    expect(asked.status, asked.text).toBe(202);
  }
  const cookie = await signIn(platform, person.email, password);
  const approver = clientOf(platform.url + tenant.path, null, { cookie });
  const seen = (await approver.get('/overview')).body;
  expect(seen.waitingChanges).toEqual([{ namespaceId: prod.id, namespaceName: prod.name, count: 2 }]);
  expect(seen.refusedByLicences).toBeUndefined();
  expect((await client.get('/overview')).body).toMatchObject({ waitingChanges: [], refusedByLicences: [] });
  const elsewhere = await given.machine([{ permission: 'namespaces.approve', namespaceId: later.id }]);
  expect((await elsewhere.client.get('/overview')).body.waitingChanges).toEqual([]);

  const licence = await given.licence({ userLimit: 2 });
  const [reason, ...others] = (await client.get('/overview')).body.refusedByLicences;
  expect(reason).toContain(`The licence "${licence.name}" allows 2 accounts`);
  expect(others).toEqual([]);
});

test('days are days of UTC, the last 14, each outcome by itself, and of a busy one only so many are counted', async () => {
  const tenant = await aTenant(platform);
  const midnight = `date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'`;
  const entries = (count: number, outcome: string, at: string) =>
    platform.sql(
      'au',
      `insert into audit_entries (tenant_id, id, at, actor_kind, door, action, target_kind, outcome, content_hash, request_id)
       select $1, gen_random_uuid(), ${midnight} ${at}, 'system', 'job', 'bulk.made', 'thing', $3, '', n::text
       from generate_series(1, $2::int) n`,
      [tenant.id, count, outcome],
    );
  await entries(1, 'success', `- interval '13 days 1 second'`);
  await entries(2, 'success', `- interval '13 days'`);
  await entries(3, 'refused', `- interval '12 days 1 second'`);
  await entries(999, 'success', `- interval '2 days'`);
  await entries(1_500, 'success', `- interval '1 day'`);

  const days = (await tenant.client.get('/overview')).body.changesPerDay;

  expect(days).toHaveLength(14);
  expect(days[0]).toMatchObject({ changes: 2, refused: 3, isAtLeast: false });
  expect(days[1]).toMatchObject({ changes: 0, refused: 0, isAtLeast: false });
  expect(days[11]).toMatchObject({ changes: 999, isAtLeast: false });
  expect(days[12]).toMatchObject({ changes: 1_000, isAtLeast: true });
  expect(days[13].day).toBe(new Date().toISOString().slice(0, 10));
});

test('counts go to 10,000 and say so', async () => {
  const tenant = await aTenant(platform);
  await platform.sql(
    'au',
    `insert into groups (tenant_id, id, name, name_canonical)
     select $1, gen_random_uuid(), n::text, n::text from generate_series(1, 10050) n`,
    [tenant.id],
  );
  const { body } = await tenant.client.get('/overview');
  expect(body).toMatchObject({ counts: { groups: 10_000, accounts: 1 }, atLeast: ['groups'] });
});

test('credentials that end within 14 days are listed, the next first', async () => {
  const tenant = await aTenant(platform);
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  await tenant.given.token({ name: 'in ten', expiresAt: inDays(10) });
  await tenant.given.token({ name: 'in five', expiresAt: inDays(5) });
  await tenant.given.token({ name: 'in fifteen', expiresAt: inDays(15) });
  const revoked = await tenant.given.token({ name: 'revoked', expiresAt: inDays(4) });
  await tenant.client.delete(`/provisioning-tokens/${revoked.id}`);

  const { body } = await tenant.client.get('/overview');

  const tokens = body.expiring.filter(({ kind }: { kind: string }) => kind === 'provisioning-token');
  expect(tokens.map(({ name }: { name: string }) => name)).toEqual(['in five', 'in ten']);
  // The bootstrap key of the test's tenant.
  expect(body.expiring[0]).toMatchObject({ kind: 'service-account-key' });
});

test('shows each only what it may see', async () => {
  const tenant = await aTenant(platform);
  const namespace = await tenant.given.namespace();
  await tenant.given.namespace();
  const nobody = await tenant.given.machine();
  const some = await tenant.given.machine([{ permission: 'namespaces.view', namespaceId: namespace.id }]);

  const bare = await nobody.client.get('/overview');
  expect(bare.status).toBe(200);
  expect(bare.body).toEqual({
    tenantId: tenant.id,
    setupSteps: expect.any(Array),
    counts: {},
    atLeast: [],
    expiring: [],
  });
  expect(bare.body.setupSteps.every(({ isAvailable }: { isAvailable: boolean }) => !isAvailable)).toBe(true);
  expect((await some.client.get('/overview')).body.counts).toEqual({ namespaces: 1 });
  const other = await aTenant(platform);
  expect((await platform.client(other.ownerKey).get(`${tenant.path}/overview`)).status).toBe(404);
});
