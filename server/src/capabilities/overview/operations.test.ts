import { beforeAll, expect, test } from 'vitest';
import { aPlatform, aTenant, type TestPlatform } from '../../../test/harness.ts';

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
    expiring: [],
  });
  expect(bare.body.setupSteps.every(({ isAvailable }: { isAvailable: boolean }) => !isAvailable)).toBe(true);
  expect((await some.client.get('/overview')).body.counts).toEqual({ namespaces: 1 });
  const other = await aTenant(platform);
  expect((await platform.client(other.ownerKey).get(`${tenant.path}/overview`)).status).toBe(404);
});
