import { expect, test } from 'vitest';
import { accept, aName, aPlatform, aTenant, signIn, type TestTenant } from '../../../test/harness.ts';

/** Z6, P25: the last way in stays, whichever way it is taken, also by several at once on two nodes. */

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const password = 'lantern orbit plum ferry';
const refused = (status: number, code: string) => ({ status, body: { type: `urn:bailiwick:problem:${code}` } });

/** A tenant whose first owner accepted and is the only one. */
async function anOwnedTenant() {
  const tenant = await aTenant(platform);
  const { accountId } = await accept(platform, tenant.ownerEmail, password);
  const session = platform.session(await signIn(platform, tenant.ownerEmail, password));
  const [group] = (await tenant.client.get('/groups?q=Owners')).body.items;
  return { tenant, session, accountId: accountId as string, groupId: group.id as string };
}

async function activeProvider(tenant: TestTenant): Promise<string> {
  const { id } = await tenant.given.identityProvider();
  expect((await tenant.client.post(`/identity-providers/${id}/activate`)).status).toBe(200);
  return id;
}

/** As if the owner were signed in through the provider. */
const comeThrough = (tenant: TestTenant, accountId: string, providerId: string) =>
  platform.sql(
    tenant.region,
    `insert into sessions (tenant_id, id, account_id, secret_hash, expires_at, method, identity_provider_id)
     values ($1, gen_random_uuid(), $2, uuid_send(gen_random_uuid()), now() + interval '1 hour', 'identity-provider', $3)`,
    [tenant.id, accountId, providerId],
  );

/** A tenant that requires single sign-on by one provider; its owner has codes that were tried. */
async function aRequiringTenant() {
  const owned = await anOwnedTenant();
  const provider = await activeProvider(owned.tenant);
  await comeThrough(owned.tenant, owned.accountId, provider);
  const { codes } = (await owned.session.post('/v1/me/emergency-codes')).body;
  expect((await owned.session.post('/v1/me/emergency-codes/drill', { code: codes[0] })).status).toBe(200);
  expect((await owned.tenant.client.post('/sign-in-policy/require-single-sign-on')).status).toBe(200);
  return { ...owned, provider, codes: codes.slice(1) as string[] };
}

const ended = (tenant: TestTenant, taskId: string) =>
  expect.poll(async () => (await tenant.client.get(`/tasks/${taskId}`)).body.state, { timeout: 20_000 }).toBe('done');

async function isIn({ tenant, accountId, groupId }: { tenant: TestTenant; accountId: string; groupId: string }) {
  const account = (await tenant.client.get(`/accounts/${accountId}`)).body;
  return account.status === 'enabled' && account.groups.some(({ id }: { id: string }) => id === groupId);
}

test('the last owner who can get in stays, on every path that takes one', async () => {
  const owned = await anOwnedTenant();
  const { tenant, accountId, groupId, session } = owned;
  const gone = refused(409, 'last-owner');
  expect(await tenant.client.post(`/accounts/${accountId}/disable`)).toMatchObject(gone);
  expect(await session.post(`${tenant.path}/accounts/${accountId}/disable`)).toMatchObject({ status: 409 });
  expect(await tenant.client.delete(`/groups/${groupId}/members/${accountId}`)).toMatchObject(gone);
  expect(await session.delete(`${tenant.path}/groups/${groupId}/members/${accountId}`)).toMatchObject(gone);
  expect(await tenant.client.post(`/groups/${groupId}/disable`)).toMatchObject(refused(409, 'owner-group-fixed'));
  expect(await tenant.client.delete(`/groups/${groupId}`, '*')).toMatchObject(refused(409, 'owner-group-fixed'));
  expect((await tenant.client.delete(`/accounts/${accountId}`, '*')).status).toBe(409);
  expect(
    (await tenant.client.post(`/accounts/${accountId}/erase`, { confirmName: 'x' })).status,
  ).toBeGreaterThanOrEqual(400);
  for (const [act, more] of [
    ['disable-many', {}],
    ['delete-many', {}],
    ['remove-from-group', { groupId }],
  ] as const) {
    const started = await tenant.client.post(`/accounts/${act}`, { ids: [accountId], ...more });
    if (started.status === 202) await ended(tenant, started.body.id);
    else expect(started.status, started.text).toBeGreaterThanOrEqual(400);
    expect(await isIn(owned), act).toBe(true);
  }
  expect(await isIn(owned)).toBe(true);
});

test('provisioning takes no owner: not by name, not by address, not by what an administrator allows', async () => {
  const owned = await anOwnedTenant();
  const { tenant, accountId, groupId } = owned;
  const token = await tenant.given.token();
  const scim = platform.client(token.value);
  const at = `/scim/v2/${tenant.id}`;
  const send = (method: string, path: string, body?: object) =>
    scim.call(method, `${at}${path}`, {
      ...(body ? { body: JSON.stringify(body) } : {}),
      headers: { 'content-type': 'application/scim+json' },
    });
  const made = await send('POST', '/Users', {
    userName: tenant.ownerEmail,
    externalId: aName('external'),
    active: false,
  });
  expect(made.status).toBe(409);
  for (const [method, body] of [
    ['PATCH', { Operations: [{ op: 'replace', path: 'active', value: false }] }],
    ['DELETE', undefined],
  ] as const)
    expect((await send(method, `/Users/${accountId}`, body)).status).toBe(404);
  expect((await send('PATCH', `/Groups/${groupId}`, { Operations: [{ op: 'remove', path: 'members' }] })).status).toBe(
    404,
  );
  const [hold] = (await tenant.client.get('/provisioning/holds')).body.items;
  if (hold) {
    await tenant.client.post(`/provisioning/holds/${hold.id}/allow`);
    await send('POST', '/Users', { userName: tenant.ownerEmail, externalId: aName('external'), active: false });
  }
  expect(await isIn(owned)).toBe(true);
});

test('the only passkey of the only owner stays, whoever removes it', async () => {
  const { tenant, accountId, session } = await anOwnedTenant();
  await platform.sql(
    tenant.region,
    `insert into factors (tenant_id, id, account_id, kind, name, credential_id, public_key, confirmed_at)
     values ($1, gen_random_uuid(), $2, 'passkey', 'key', uuid_send(gen_random_uuid()), '\\x00', now())`,
    [tenant.id, accountId],
  );
  await platform.sql(tenant.region, 'delete from passwords where account_id = $1', [accountId]);
  const [factor] = (await session.get('/v1/me/factors')).body.items;
  expect(await session.delete(`/v1/me/factors/${factor.id}`)).toMatchObject({ status: 409 });
  expect((await tenant.client.delete(`/accounts/${accountId}/factors`)).status).toBe(409);
  expect((await session.get('/v1/me/factors')).body.items).toHaveLength(1);
});

test('the last provider of a tenant that requires single sign-on is neither deactivated nor deleted', async () => {
  const { tenant, provider } = await aRequiringTenant();
  const { client } = tenant;
  expect(await client.post(`/identity-providers/${provider}/deactivate`)).toMatchObject(refused(409, 'last-method'));
  expect(await client.delete(`/identity-providers/${provider}`, '*')).toMatchObject(refused(409, 'provider-active'));
  expect((await client.patch('/sign-in-policy', { singleSignOn: 'required' }, '*')).status).toBe(400);
  const second = await activeProvider(tenant);
  expect((await client.post(`/identity-providers/${provider}/deactivate`)).status).toBe(200);
  expect((await client.delete(`/identity-providers/${provider}`, '*')).status).toBe(204);
  expect(await client.post(`/identity-providers/${second}/deactivate`)).toMatchObject(refused(409, 'last-method'));
  expect((await client.post('/sign-in-policy/stop-requiring-single-sign-on')).status).toBe(200);
  expect((await client.post(`/identity-providers/${second}/deactivate`)).status).toBe(200);
});

test('of the last two providers, deactivated at once on two nodes, one stays', async () => {
  const { tenant, provider } = await aRequiringTenant();
  const providers = [provider, await activeProvider(tenant)];
  for (let round = 0; round < 8; round++) {
    const replies = await Promise.all(
      providers.map((id, at) => tenant.below(tenant.ownerKey, at).post(`/identity-providers/${id}/deactivate`)),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    for (const id of providers) await tenant.client.post(`/identity-providers/${id}/activate`);
  }
});

test('requiring it, and deactivating the provider or losing the codes at once, never leave it required without both', async () => {
  const { tenant, provider, accountId, session, groupId } = await aRequiringTenant();
  const { client } = tenant;
  const seen = new Set<string>();
  for (let round = 0; round < 10; round++) {
    expect((await client.post('/sign-in-policy/stop-requiring-single-sign-on')).status).toBe(200);
    await client.post(`/identity-providers/${provider}/activate`);
    await comeThrough(tenant, accountId, provider);
    const replies = await Promise.all([
      tenant.below(tenant.ownerKey, 0).post('/sign-in-policy/require-single-sign-on'),
      tenant.below(tenant.ownerKey, 1).post(`/identity-providers/${provider}/deactivate`),
      tenant.below(tenant.ownerKey, 0).delete(`/groups/${groupId}/members/${accountId}`),
    ]);
    for (const { status, text } of replies) expect([200, 409], text).toContain(status);
    seen.add(replies.map(({ status }) => status).join());
    const { state, conditions, owners } = (await client.get('/sign-in-policy/single-sign-on')).body;
    if (state === 'required') {
      expect(conditions[0]).toMatchObject({ name: 'provider-active', isMet: true });
      expect(owners.some(({ unusedCodes }: { unusedCodes: number }) => unusedCodes > 0)).toBe(true);
    }
  }
  expect([...seen].every((statuses) => statuses.endsWith('409'))).toBe(true);
  expect((await session.get('/v1/me')).body.isOwner).toBe(true);
});

test('a policy that asks for more keeps the owner’s way in: new networks hold the address they come from', async () => {
  const { tenant, session } = await anOwnedTenant();
  const change = (body: object) => session.patch(`${tenant.path}/sign-in-policy`, body, '*');
  expect(await change({ allowedNetworks: ['192.0.2.0/24'] })).toMatchObject(refused(409, 'would-lock-you-out'));
  expect((await change({ secondFactor: 'required', accountsEnabled: 'by-administrator' })).status).toBe(200);
  const again = await platform.anyone.post('/v1/sessions', { email: tenant.ownerEmail, password });
  // To enrol a second factor, which is a way on.
  expect([200, 201], again.text).toContain(again.status);
});
