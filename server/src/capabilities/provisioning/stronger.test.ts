import { expect, test } from 'vitest';
import { bulkOf, patchOf, problem as scimProblem, unlimited, urn } from '../../../test/conformance/scim/scim.ts';
import { aName, aPlatform, aTenant, type TestTenant } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'], nodes: 2, env: unlimited });
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const held = scimProblem(429);
const issuing = ['provisioning.view', 'provisioning.change', 'provisioning.issue'].map((permission) => ({
  permission,
}));

/** A tenant whose token was issued by a machine that holds nothing but provisioning, when nobody else held more. */
async function withWeakToken() {
  const tenant = await aTenant(platform);
  const issuer = await tenant.given.machine(issuing);
  const token = (await issuer.client.post('/provisioning-tokens', { name: 'weak' })).body;
  const scim = scimOf(tenant, token.value);
  const name = aName('grace');
  const made = await scim('POST', '/Users', {
    schemas: [urn.user],
    userName: name,
    externalId: `id-${name}`,
    emails: [{ value: `${name}@example.com`, primary: true }],
  });
  expect(made.status).toBe(201);
  return { tenant, issuer, token, scim, name, id: made.body.id as string, user: made.body };
}

const scimOf =
  (tenant: TestTenant, value: string, node = 0) =>
  (method: string, path: string, body?: unknown) =>
    platform.client(value, node).call(method, `/scim/v2/${tenant.id}${path}`, {
      ...(body === undefined ? {} : { body }),
      headers: { 'content-type': 'application/scim+json' },
    });

const replacing = (path: string, value: unknown) => patchOf({ op: 'replace', path, value });

const signIn = (email: string, password: string) => platform.anyone.post('/v1/sessions', { email, password });

/** Puts the account into a group that gives what the issuer of the token lacks. */
async function strengthen(tenant: TestTenant, id: string, grants = [{ permission: 'audit.view' }]) {
  const group = await tenant.given.group();
  expect((await tenant.client.put(`/groups/${group.id}/grants`, { grants }, '*')).status).toBe(200);
  expect((await tenant.client.post(`/groups/${group.id}/members`, { accountIds: [id] })).status).toBeLessThan(300);
  return group as { id: string };
}

const holdsOf = async (tenant: TestTenant, query = '?kind=credentials') =>
  (await tenant.client.get(`/provisioning/holds${query}`)).body.items;
const notices = (tenant: TestTenant) =>
  platform.sql('au', `select id from notices where tenant_id = $1 and kind = 'provisioning-credentials'`, [tenant.id]);

test('Z2, P23: a token issued before its person got more changes none of what they sign in by, by PATCH, PUT or Bulk', async () => {
  const { tenant, scim, id, user, name } = await withWeakToken();
  expect((await scim('PATCH', `/Users/${id}`, replacing('password', 'first-of-grace'))).status).toBe(200);
  const email = `${name}@example.com`;
  expect((await signIn(email, 'first-of-grace')).status).toBe(201);
  await strengthen(tenant, id);

  const address = [{ value: 'thief@example.com', primary: true }];
  for (const body of [
    replacing('password', 'second-of-thief'),
    patchOf({ op: 'remove', path: 'password' }),
    replacing('userName', aName('thief')),
    replacing('emails', address),
    replacing('emails[primary eq true].value', 'thief@example.com'),
    patchOf({ op: 'remove', path: 'emails' }),
    replacing('externalId', 'thief'),
    patchOf(
      { op: 'replace', path: 'title', value: 'x' },
      { op: 'replace', path: 'password', value: 'second-of-thief' },
    ),
  ]) {
    const refused = await scim('PATCH', `/Users/${id}`, body);
    expect(refused).toMatchObject(held);
    expect(refused.headers.get('retry-after')).toBe('3600');
  }
  expect(await scim('PUT', `/Users/${id}`, { ...user, password: 'second-of-thief' })).toMatchObject(held);
  const bulk = await scim(
    'POST',
    '/Bulk',
    bulkOf([
      { method: 'PATCH', path: `/Users/${id}`, data: replacing('password', 'second-of-thief') },
      { method: 'PATCH', path: `/Users/${id}`, data: replacing('nickName', 'G') },
    ]),
  );
  expect(bulk.body.Operations.map(({ status }: { status: string }) => status)).toEqual(['429', '200']);

  const now = (await scim('GET', `/Users/${id}`)).body;
  expect(now).toMatchObject({ userName: user.userName, externalId: user.externalId, emails: user.emails });
  expect(now.title).toBeUndefined();
  expect((await signIn(email, 'first-of-grace')).status).toBe(201);
  expect((await signIn(email, 'second-of-thief')).status).toBe(401);
  // One for each thing that was wanted: a password, another name, another address, none, another external id.
  const waiting = await holdsOf(tenant);
  expect(waiting).toHaveLength(5);
  for (const hold of waiting) expect(hold).toMatchObject({ state: 'open', account: { id } });
  expect(waiting.reduce((sum: number, { attempts }: { attempts: number }) => sum + attempts, 0)).toBe(10);
  expect(await notices(tenant)).toHaveLength(1);

  // All else goes on, the password that is there and another look of the same name included.
  const rest = [
    replacing('name.givenName', 'Grace'),
    replacing('userName', user.userName.toUpperCase()),
    replacing('password', 'first-of-grace'),
    replacing('active', false),
    replacing('active', true),
  ];
  for (const body of rest) expect((await scim('PATCH', `/Users/${id}`, body)).status).toBe(200);
});

test('P23: an owner is out of reach in the same way, and so is who is in a disabled group that gives more', async () => {
  const { tenant, scim, id } = await withWeakToken();
  const group = await strengthen(tenant, id);
  await tenant.client.post(`/groups/${group.id}/disable`);
  expect(await scim('PATCH', `/Users/${id}`, replacing('password', 'second-of-thief'))).toMatchObject(held);
  await tenant.client.delete(`/groups/${group.id}/members/${id}`);
  expect(await holdsOf(tenant)).toMatchObject([{ state: 'settled' }]);
  expect((await scim('PATCH', `/Users/${id}`, replacing('password', 'second-of-grace'))).status).toBe(200);

  const [owners] = (await tenant.client.get('/groups?q=owner')).body.items;
  expect((await tenant.client.post(`/groups/${owners.id}/members`, { accountIds: [id] })).status).toBeLessThan(300);
  expect(await scim('PATCH', `/Users/${id}`, replacing('password', 'third-of-thief'))).toMatchObject(held);
});

test('P23: what an administrator as strong lets through passes once, as it was sent, and within 24 hours', async () => {
  const { tenant, issuer, scim, id, name } = await withWeakToken();
  await strengthen(tenant, id);
  const wanted = patchOf(
    { op: 'replace', path: 'password', value: 'second-of-grace' },
    { op: 'replace', path: 'userName', value: `${name}-married` },
  );
  expect(await scim('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  const [hold] = await holdsOf(tenant);
  expect(hold).toMatchObject({
    kind: 'credentials',
    changes: ['password', 'userName'],
    userName: `${name}-married`,
    email: `${name}@example.com`,
    account: { id, username: name },
  });
  expect(JSON.stringify(await platform.sql('au', 'select * from provisioning_holds'))).not.toContain('second-of');

  expect(await issuer.client.post(`/provisioning/holds/${hold.id}/allow`)).toMatchObject({
    status: 403,
    body: { type: problem('stronger-principal') },
  });
  expect((await tenant.client.post('/provisioning/holds/allow-all')).body).toMatchObject({ allowed: 0 });
  expect(await scim('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  expect((await tenant.client.post(`/provisioning/holds/${hold.id}/allow`)).body.state).toBe('allowed');

  expect(await scim('PATCH', `/Users/${id}`, replacing('userName', 'another'))).toMatchObject(held);
  expect(await scim('PATCH', `/Users/${id}`, replacing('externalId', 'another'))).toMatchObject(held);
  expect((await scim('PATCH', `/Users/${id}`, wanted)).status).toBe(200);
  expect((await signIn(`${name}@example.com`, 'second-of-grace')).status).toBe(201);
  const settled = await holdsOf(tenant);
  expect(settled.map(({ state }: { state: string }) => state)).toEqual(['settled', 'settled', 'settled']);
  expect(settled).toContainEqual(expect.objectContaining({ id: hold.id, allowedUntil: expect.any(String) }));
  expect(await scim('PATCH', `/Users/${id}`, replacing('password', 'third-of-thief'))).toMatchObject(held);

  const [again] = await holdsOf(tenant, '?kind=credentials&state=open');
  expect((await tenant.client.post(`/provisioning/holds/${again.id}/dismiss`)).body.state).toBe('dismissed');
  expect(await scim('PATCH', `/Users/${id}`, replacing('password', 'third-of-thief'))).toMatchObject(held);
  const entries = (await tenant.client.get('/audit-entries?limit=200')).body.items;
  for (const action of ['provisioning-holds.allow', 'provisioning-holds.dismiss'])
    expect(entries.find((entry: { action: string }) => entry.action === action)).toMatchObject({
      target: { kind: 'account', id },
    });
});

test('P23: a day later, or when the account was given more than who decided holds, nothing passes that was let through', async () => {
  const { tenant, scim, id } = await withWeakToken();
  await strengthen(tenant, id);
  const deputy = await tenant.given.machine([...issuing, { permission: 'audit.view' }]);
  const wanted = replacing('password', 'second-of-grace');
  expect(await scim('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  const [hold] = await holdsOf(tenant);
  expect((await deputy.client.post(`/provisioning/holds/${hold.id}/allow`)).status).toBe(200);
  await strengthen(tenant, id, [{ permission: 'licences.view' }]);
  expect(await scim('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);

  const [more] = await holdsOf(tenant, '?kind=credentials&state=open');
  expect((await tenant.client.post(`/provisioning/holds/${more.id}/allow`)).status).toBe(200);
  await platform.sql('au', `update provisioning_holds set allowed_until = platform_time() where id = $1`, [more.id]);
  expect(await scim('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
});

test('P23: behind a token stands who issued it, with what they hold now; rotated by an owner, an owner', async () => {
  const { tenant, issuer, token, scim, id } = await withWeakToken();
  await strengthen(tenant, id);
  const wanted = replacing('password', 'second-of-grace');
  expect(await scim('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  const grants = [...issuing, { permission: 'audit.view' }];
  const granted = await tenant.client.put(`/groups/${issuer.groupId}/grants`, { grants }, '*');
  expect(granted.status).toBe(200);
  expect((await scim('PATCH', `/Users/${id}`, wanted)).status).toBe(200);
  expect(await holdsOf(tenant)).toMatchObject([{ state: 'settled' }]);

  await tenant.client.post(`/service-accounts/${issuer.id}/disable`);
  const third = replacing('password', 'third-of-grace');
  expect(await scim('PATCH', `/Users/${id}`, third)).toMatchObject(held);
  const { value } = (await tenant.client.post(`/provisioning-tokens/${token.id}/rotate`, {})).body;
  expect(await scim('PATCH', `/Users/${id}`, third)).toMatchObject(held);
  expect((await scimOf(tenant, value)('PATCH', `/Users/${id}`, third)).status).toBe(200);
});

test('P23: on two nodes at once, a right and a password come one after the other: none is set on who holds more already', async () => {
  const { tenant, token, id } = await withWeakToken();
  const group = await strengthen(tenant, (await tenant.given.account()).id);
  const other = scimOf(tenant, token.value, 1);
  const inPlace = () => platform.sql('au', 'select hash from passwords where account_id = $1', [id]);
  for (let round = 0; round < 12; round++) {
    const [before] = await inPlace();
    const [given, sent] = await Promise.all([
      tenant.client.post(`/groups/${group.id}/members`, { accountIds: [id] }),
      other('PATCH', `/Users/${id}`, replacing('password', `round-${round}-of-grace`)),
    ]);
    expect(given.status).toBeLessThan(300);
    expect([200, 429]).toContain(sent.status);
    const [after] = await inPlace();
    expect(after?.hash !== before?.hash).toBe(sent.status === 200);
    // Whoever was told that the right is given may be sure of it.
    expect(await other('PATCH', `/Users/${id}`, replacing('password', 'after-it-of-thief'))).toMatchObject(held);
    await tenant.client.delete(`/groups/${group.id}/members/${id}`);
  }
});

test('P23: while a change of credentials is under way, who gives the person or its group more waits for it', async () => {
  const { tenant, token, id } = await withWeakToken();
  const group = await tenant.given.group();
  await tenant.client.post(`/groups/${group.id}/members`, { accountIds: [id] });
  const other = scimOf(tenant, token.value, 1);
  for (let round = 0; round < 12; round++) {
    const [granted, sent] = await Promise.all([
      tenant.client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*'),
      other('PATCH', `/Users/${id}`, replacing('emails', [{ value: `r${round}@example.com`, primary: true }])),
    ]);
    expect(granted.status).toBe(200);
    expect([200, 429]).toContain(sent.status);
    const address = [{ value: 'thief@example.com', primary: true }];
    expect(await other('PATCH', `/Users/${id}`, replacing('emails', address))).toMatchObject(held);
    await tenant.client.put(`/groups/${group.id}/grants`, { grants: [] }, '*');
  }
});

test('P23: an account that got more since it was let be taken over stays local', async () => {
  const { tenant, scim } = await withWeakToken();
  const name = aName('ada');
  const local = await tenant.given.account({ username: name });
  const wanted = { schemas: [urn.user], userName: name, password: 'first-of-thief' };
  expect(await scim('POST', '/Users', wanted)).toMatchObject(scimProblem(409, 'uniqueness'));
  const deputy = await tenant.given.machine(issuing);
  const [clash] = await holdsOf(tenant, '?kind=clash');
  expect((await deputy.client.post(`/provisioning/holds/${clash.id}/allow`)).status).toBe(200);
  await strengthen(tenant, local.id);
  expect(await scim('POST', '/Users', wanted)).toMatchObject(scimProblem(409, 'uniqueness'));
  const [open] = await holdsOf(tenant, '?kind=clash&state=open');
  expect((await tenant.client.post(`/provisioning/holds/${open.id}/allow`)).status).toBe(200);
  expect(await scim('POST', '/Users', wanted)).toMatchObject({ status: 201, body: { id: local.id } });
});

test('P23: what somebody holds only by groups of provisioning does not protect them from the tokens that fill these', async () => {
  const { tenant, scim, id } = await withWeakToken();
  const wanted = { schemas: [urn.group], displayName: aName('filled'), members: [{ value: id }] };
  const group = (await scim('POST', '/Groups', wanted)).body;
  const grants = [{ permission: 'audit.view' }];
  expect((await tenant.client.put(`/groups/${group.id}/grants`, { grants }, '*')).status).toBe(200);
  const sent = replacing('password', 'second-of-grace');
  expect(await scim('PATCH', `/Users/${id}`, sent)).toMatchObject(held);

  const leaving = patchOf({ op: 'remove', path: `members[value eq "${id}"]` });
  const joining = patchOf({ op: 'add', path: 'members', value: [{ value: id }] });
  expect((await scim('PATCH', `/Groups/${group.id}`, leaving)).status).toBeLessThan(300);
  expect((await scim('PATCH', `/Users/${id}`, sent)).status).toBe(200);
  expect((await scim('PATCH', `/Groups/${group.id}`, joining)).status).toBeLessThan(300);

  // What a local group gives protects, whatever groups of provisioning give besides.
  await strengthen(tenant, id, [{ permission: 'licences.view' }]);
  expect((await scim('PATCH', `/Groups/${group.id}`, leaving)).status).toBeLessThan(300);
  expect(await scim('PATCH', `/Users/${id}`, replacing('password', 'third-of-thief'))).toMatchObject(held);
});

test('P23: an account that is given more while it is about to be taken over stays local', async () => {
  const { tenant, scim } = await withWeakToken();
  const group = await tenant.given.group();
  const name = aName('ada');
  const local = await tenant.given.account({ username: name });
  expect((await tenant.client.post(`/groups/${group.id}/members`, { accountIds: [local.id] })).status).toBeLessThan(
    300,
  );
  const wanted = { schemas: [urn.user], userName: name, password: 'first-of-thief' };
  expect(await scim('POST', '/Users', wanted)).toMatchObject(scimProblem(409, 'uniqueness'));
  const deputy = await tenant.given.machine(issuing);
  const [clash] = await holdsOf(tenant, '?kind=clash');
  expect((await deputy.client.post(`/provisioning/holds/${clash.id}/allow`)).status).toBe(200);

  let sent: ReturnType<typeof scim> | undefined;
  const holding = `select from accounts where id = '${local.id}' for no key update`;
  await platform.besideChange('au', holding, async (somebodyWaits) => {
    sent = scim('POST', '/Users', wanted);
    await somebodyWaits();
    const grants = [{ permission: 'audit.view' }];
    expect((await tenant.client.put(`/groups/${group.id}/grants`, { grants }, '*')).status).toBe(200);
  });
  expect(await sent).toMatchObject(scimProblem(409, 'uniqueness'));
  expect((await tenant.client.get(`/accounts/${local.id}`)).body.source).toBe('local');
});

test('P23: who is made inactive by a change of credentials that waits is inactive all the same', async () => {
  const { tenant, scim, id, user, name } = await withWeakToken();
  await strengthen(tenant, id);
  const sent = { schemas: [urn.user], userName: `${name}-left`, externalId: user.externalId, active: false };
  const refused = await scim('PUT', `/Users/${id}`, sent);
  expect(refused).toMatchObject(held);
  expect(refused.body.detail).toContain('was made inactive');
  const now = (await scim('GET', `/Users/${id}`)).body;
  expect(now).toMatchObject({ active: false, userName: name, emails: user.emails });
  expect(await holdsOf(tenant)).toMatchObject([{ state: 'open', account: { id } }]);
  const { items } = (await tenant.client.get('/audit-entries?limit=200')).body;
  expect(items.filter(({ action }: { action: string }) => action === 'scim.replace-user')).toContainEqual(
    expect.objectContaining({ outcome: 'success', after: expect.objectContaining({ status: 'disabled' }) }),
  );

  // The guard holds it back as ever, and one answer tells of both.
  expect((await scim('PATCH', `/Users/${id}`, replacing('active', true))).status).toBe(200);
  await platform.sql(
    'au',
    `update accounts set removed_at = null, last_sign_in_at = now(), created_at = now() - interval '9 days' where id = $1`,
    [id],
  );
  await fillGuard(scim, tenant);
  expect(await scim('PUT', `/Users/${id}`, sent)).toMatchObject(held);
  expect((await scim('GET', `/Users/${id}`)).body.active).toBe(true);
  expect(await holdsOf(tenant, '?kind=deactivation&state=open')).toMatchObject([{ account: { id } }]);
  expect(await holdsOf(tenant, '?kind=credentials&state=open')).toMatchObject([{ account: { id } }]);
});

/** Removes as many as the guard lets through. */
async function fillGuard(scim: ReturnType<typeof scimOf>, tenant: TestTenant) {
  const ids: string[] = [];
  for (let one = 0; one < 10; one++)
    ids.push((await scim('POST', '/Users', { schemas: [urn.user], userName: aName('leaver') })).body.id);
  await platform.sql(
    'au',
    `update accounts set created_at = now() - interval '9 days' where tenant_id = $1 and source = 'scim'`,
    [tenant.id],
  );
  for (const id of ids) expect((await scim('PATCH', `/Users/${id}`, replacing('active', false))).status).toBe(200);
}
