import { expect, test } from 'vitest';
import { aPlatform, aTenant, signIn } from '../../../test/harness.ts';

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const password = 'lantern orbit plum ferry';
const from = (address: string) => ({ 'x-forwarded-for': address });

/** A tenant, one of whose owners is signed in. */
async function aTenantWithOwner(region = 'au') {
  const tenant = await aTenant(platform, region);
  const owner = await tenant.given.person(password);
  const [owners] = (await tenant.client.get('/groups?q=Owners')).body.items;
  await tenant.client.post(`/groups/${owners.id}/members`, { accountIds: [owner.id] });
  const session = platform.session(await signIn(platform, owner.email, password));
  return { tenant, owner, session, policy: `${tenant.path}/sign-in-policy` };
}

test('a tenant begins with sessions of 12 hours, 2 without use, from anywhere, a second factor by choice', async () => {
  const { tenant, session, policy } = await aTenantWithOwner();
  const read = await session.get(policy);
  expect(read).toMatchObject({
    status: 200,
    body: {
      secondFactor: 'optional',
      sessionHours: 12,
      idleMinutes: 120,
      accountsEnabled: 'automatically',
      allowedNetworks: [],
      networksHoldForProvisioning: false,
      signInLabel: null,
      singleSignOn: 'optional',
      actions: [{ name: 'sign-in-policy.change', allowed: true }],
    },
  });
  expect((await session.patch(policy, { idleMinutes: 30 })).status).toBe(428);
  const changed = await session.patch(policy, { idleMinutes: 30, accountsEnabled: 'by-administrator' }, read.etag);
  expect(changed).toMatchObject({ status: 200, body: { idleMinutes: 30, accountsEnabled: 'by-administrator' } });
  expect((await session.patch(policy, { idleMinutes: 31 }, read.etag)).status).toBe(412);
  const [entry] = (await tenant.client.get('/audit-entries?action=sign-in-policy.change')).body.items;
  expect(entry).toMatchObject({
    before: { idleMinutes: 120, accountsEnabled: 'automatically' },
    after: { idleMinutes: 30, accountsEnabled: 'by-administrator' },
  });
  for (const wrong of [
    { sessionHours: 0 },
    { idleMinutes: 4 },
    { allowedNetworks: ['10.0.0.0/40'] },
    { singleSignOn: 'required' },
    {},
  ])
    expect((await session.patch(policy, wrong, '*')).status).toBe(400);
});

test('idle time and session length hold for sessions that there are, on every node', async () => {
  const { tenant, owner, session, policy } = await aTenantWithOwner('eu');
  await platform.shiftClock('eu', '31 minutes');
  expect((await session.get('/v1/me')).status).toBe(200);
  // Its use is noted beside the request.
  const seen = `select 1 from sessions where tenant_id = $1 and last_seen_at > platform_time() - interval '10 minutes'`;
  await expect.poll(() => platform.sql('eu', seen, [tenant.id])).toHaveLength(1);
  await platform.shiftClock('eu', '0');
  await session.patch(policy, { idleMinutes: 30 }, '*');
  await platform.shiftClock('eu', '62 minutes');
  expect((await session.get('/v1/me')).status).toBe(401);
  await platform.shiftClock('eu', '0');

  const cookie = await signIn(platform, owner.email, password);
  await platform.session(cookie).patch(policy, { idleMinutes: 600 }, '*');
  const shortened = await platform.session(cookie).patch(policy, { sessionHours: 1 }, '*');
  expect(shortened.status).toBe(200);
  await platform.shiftClock('eu', '61 minutes');
  for (const node of [0, 1]) expect((await platform.session(cookie, node).get('/v1/me')).status).toBe(401);
  const again = await platform.anyone.post('/v1/sessions', { email: owner.email, password });
  expect(again.headers.getSetCookie()[0]).toContain('Max-Age=3600;');
  await platform.shiftClock('eu', '0');
});

test('nobody is let in from another network: not by session, key or sign-in; provisioning only if it is said', async () => {
  const { tenant, owner, session, policy } = await aTenantWithOwner();
  const token = await tenant.given.token();
  const scim = platform.client(token.value);
  const users = `/scim/v2/${tenant.id}/Users`;
  expect(await session.patch(policy, { allowedNetworks: ['203.0.113.0/24'] }, '*')).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:would-lock-you-out' },
  });
  const inside = from('203.0.113.9');
  const outside = from('198.51.100.9');
  const set = (changes: object) =>
    session.call('PATCH', policy, { body: changes, headers: { ...inside, 'if-match': '*' } });
  expect((await set({ allowedNetworks: ['203.0.113.0/24', '2001:db8::/32'] })).status).toBe(200);

  const refused = { status: 403, body: { type: 'urn:bailiwick:problem:network-not-allowed' } };
  expect(await session.get('/v1/me', outside)).toMatchObject(refused);
  expect(await session.get(`${tenant.path}/groups`, outside)).toMatchObject(refused);
  expect((await session.get('/v1/me', inside)).status).toBe(200);
  expect((await session.get('/v1/me', from('2001:db8::7'))).status).toBe(200);
  expect(await tenant.client.get('/groups', outside)).toMatchObject(refused);
  expect((await tenant.client.get('/groups', inside)).status).toBe(200);
  expect(await platform.anyone.post('/v1/sessions', { email: owner.email, password }, outside)).toMatchObject(refused);
  expect((await platform.anyone.post('/v1/sessions', { email: owner.email, password }, inside)).status).toBe(201);
  expect((await scim.get(users, outside)).status).toBe(200);
  expect((await set({ networksHoldForProvisioning: true })).status).toBe(200);
  expect((await scim.get(users, outside)).status).toBe(403);
  expect((await scim.get(users, inside)).status).toBe(200);
  const entries = await platform.sql(
    'au',
    `select count(*)::int from audit_entries where tenant_id = $1 and outcome = 'refused'`,
    [tenant.id],
  );
  expect(entries[0].count).toBeGreaterThanOrEqual(3);
});
