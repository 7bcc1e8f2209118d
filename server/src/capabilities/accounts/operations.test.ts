import { expect, test } from 'vitest';
import { accept, aName, aPlatform, aTenant, signIn, type TestTenant } from '../../../test/harness.ts';

const platform = await aPlatform();
const password = 'lantern orbit plum ferry';

const person = (tenant: TestTenant, body: object = {}) => ({
  email: `${aName('ann')}@${tenant.name}.example`,
  firstName: 'Ann',
  lastName: 'Lee',
  ...body,
});

/** Token of the newest mail to the address, once there is one that has another than `before`. */
async function newestToken(email: string, before?: string): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const [mail] = await platform.outbox(email);
    const token = /\/accept#(\S+)/.exec(mail?.body ?? '')?.[1];
    if (token && token !== before) return token;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The mail did not come.');
}

const acceptWith = (token: string, secret = password) =>
  platform.anyone.post('/v1/invitations/accept', { token, password: secret });

const owners = async (tenant: TestTenant): Promise<string> => {
  const { body } = await tenant.client.get('/groups?q=Owners');
  return body.items.find((group: { isOwnerGroup: boolean }) => group.isOwnerGroup).id;
};

test('an invited person is new until the link is used, which works once', async () => {
  const tenant = await aTenant(platform);
  const made = await tenant.client.post('/accounts', person(tenant, { mobilePhone: '+61400000000' }));
  expect(made).toMatchObject({
    status: 201,
    etag: '"1"',
    body: { status: 'new', source: 'local', username: made.body.email, displayName: 'Ann Lee', verifiedAt: null },
  });
  expect(made.headers.get('location')).toBe(`${tenant.path}/accounts/${made.body.id}`);
  const sevenDays = Date.parse(made.body.invitationExpiresAt) - Date.parse(made.body.createdAt);
  expect(Math.abs(sevenDays - 7 * 86_400_000)).toBeLessThan(60_000);

  const token = await newestToken(made.body.email);
  expect(await platform.anyone.post('/v1/invitations/question', { token })).toMatchObject({
    status: 200,
    body: { tenantDisplayName: `${tenant.name} display`, email: made.body.email, firstName: 'Ann' },
  });
  const weak = await acceptWith(token, 'passwordpassword');
  expect(weak).toMatchObject({ status: 400, body: { errors: [{ path: 'password' }] } });

  const tries = await Promise.all(Array.from({ length: 20 }, () => acceptWith(token)));
  expect(tries.filter(({ status }) => status === 200).length).toBe(1);
  for (const each of tries) expect([200, 410]).toContain(each.status);
  expect(await acceptWith(token)).toMatchObject({
    status: 410,
    body: { type: 'urn:bailiwick:problem:link-over' },
  });
  const after = await tenant.client.get(`/accounts/${made.body.id}`);
  expect(after.body).toMatchObject({ status: 'enabled', invitationExpiresAt: null });
  expect(after.body.verifiedAt).not.toBeNull();
  const entries = await platform.sql(
    'au',
    `select actor_kind, actor_id, door from audit_entries where tenant_id = $1 and action = 'invitations.accept'`,
    [tenant.id],
  );
  expect(entries).toEqual([{ actor_kind: 'account', actor_id: made.body.id, door: 'link' }]);
});

test('a link that is old, replaced, changed or of a disabled account is over, all alike', async () => {
  const tenant = await aTenant(platform, 'eu');
  const { id, email } = await tenant.given.account();
  const first = await newestToken(email);
  expect((await tenant.client.post(`/accounts/${id}/invite`)).status).toBe(200);
  const second = await newestToken(email, first);
  const over = await acceptWith(first);
  expect(over.status).toBe(410);

  const body = ({ requestId: _, ...rest }: Record<string, unknown>) => rest;
  for (const token of [
    `${second.slice(0, -1)}${second.endsWith('a') ? 'b' : 'a'}`,
    'x',
    '0'.repeat(65),
    `9${second.slice(1)}`,
  ])
    expect(body((await acceptWith(token)).body)).toEqual(body(over.body));

  await platform.shiftClock('eu', '7 days 1 minute');
  expect((await acceptWith(second)).status).toBe(410);
  expect((await platform.anyone.post('/v1/invitations/question', { token: second })).status).toBe(410);
  await platform.shiftClock('eu', '0');

  expect((await tenant.client.post(`/accounts/${id}/disable`)).body.status).toBe('disabled');
  expect((await acceptWith(second)).status).toBe(410);
  expect(await tenant.client.post(`/accounts/${id}/enable`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:not-verified' },
  });
  expect((await tenant.client.post(`/accounts/${id}/invite`)).body.status).toBe('new');
  expect((await acceptWith(await newestToken(email, second))).status).toBe(200);
  expect(await tenant.client.post(`/accounts/${id}/invite`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:already-accepted' },
  });
});

test('A6: links show the region’s configured address, whatever Host says', async () => {
  const tenant = await aTenant(platform);
  const email = `${aName('ann')}@${tenant.name}.example`;
  await tenant.client.post('/accounts', person(tenant, { email }), { host: 'evil.example' });
  const [mail] = await platform.outbox(email);
  expect(mail?.body).toContain('http://localhost:0/accept#');
  expect(mail?.body).not.toContain('evil.example');
});

test('where an administrator enables, accepting verifies only; owners are enabled all the same', async () => {
  const tenant = await aTenant(platform);
  await platform.sql('au', `update tenants set account_enabling = 'administrator' where tenant_id = $1`, [tenant.id]);
  const { id, email } = await tenant.given.account();
  expect(await tenant.client.post(`/accounts/${id}/enable`)).toMatchObject({ status: 409 });
  await tenant.given.account();
  const queue = async () =>
    (await tenant.client.get('/accounts?waiting=true')).body.items.map((each: { id: string }) => each.id);
  expect(await queue()).toEqual([]);
  expect(await accept(platform, email, password)).toMatchObject({ status: 'new' });
  expect((await tenant.client.get(`/accounts/${id}`)).body.verifiedAt).not.toBeNull();
  expect(await queue()).toEqual([id]);
  expect((await tenant.client.get('/overview')).body.waitingAccounts).toBe(1);
  expect((await platform.anyone.post('/v1/sessions', { email, password })).status).toBe(401);
  expect((await tenant.client.post(`/accounts/${id}/enable`)).body.status).toBe('enabled');
  const [told] = await platform.outbox(email);
  expect(told?.subject).toMatch(/^You can sign in to .* now$/);
  expect(told?.body).toContain(`/t/${tenant.id}/sign-in`);
  expect(await queue()).toEqual([]);
  await signIn(platform, email, password);

  expect(await accept(platform, tenant.ownerEmail, password)).toMatchObject({ status: 'enabled' });
});

test('A11: one address and one username each, however they are written', async () => {
  const tenant = await aTenant(platform);
  const given = await tenant.given.account({ email: `Bob.Lee@${tenant.name}.example`, username: 'bob' });
  const create = (body: object) => tenant.client.post('/accounts', person(tenant, body));
  const taken = { status: 409, body: { type: 'urn:bailiwick:problem:email-taken' } };
  expect(await create({ email: `bob.lee@${tenant.name.toUpperCase()}.example` })).toMatchObject(taken);
  expect(await create({ email: `ｂob.lee@${tenant.name}.example` })).toMatchObject(taken);
  for (const email of [`bob.lee@${tenant.name}.example.`, `bоb.lee@${tenant.name}.example`, 'bob', 'a@b@c.example', ''])
    expect(await create({ email })).toMatchObject({ status: 400, body: { errors: [{ path: 'email' }] } });
  expect(await create({ username: 'BOB' })).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:username-taken' },
  });
  expect(await create({ username: 'bоb' })).toMatchObject({ status: 400, body: { errors: [{ path: 'username' }] } });
  expect(await create({ firstName: 'A\u202eb' })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'firstName' }] },
  });
  const another = await aTenant(platform);
  expect((await another.client.post('/accounts', person(another, { email: given.email }))).status).toBe(201);
});

test('fields that the server decides are refused by name', async () => {
  const tenant = await aTenant(platform);
  const { id, etag } = await tenant.given.account();
  for (const field of ['id', 'tenantId', 'status', 'source', 'verifiedAt', 'createdBy', 'isOwner'])
    expect(await tenant.client.post('/accounts', person(tenant, { [field]: 'x' }))).toMatchObject({
      status: 400,
      body: { errors: [{ path: field }] },
    });
  for (const field of ['email', 'username', 'status'])
    expect(await tenant.client.patch(`/accounts/${id}`, { [field]: 'x' }, etag)).toMatchObject({ status: 400 });
});

test('names change with the version that was read; a made display name follows', async () => {
  const tenant = await aTenant(platform);
  const { id, etag } = await tenant.given.account({ firstName: 'Grace', lastName: 'Hopper' });
  expect((await tenant.client.patch(`/accounts/${id}`, { lastName: 'Murray' })).status).toBe(428);
  const changed = await tenant.client.patch(`/accounts/${id}`, { lastName: 'Murray' }, etag);
  expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { displayName: 'Grace Murray' } });
  expect((await tenant.client.patch(`/accounts/${id}`, { lastName: 'X' }, etag)).status).toBe(412);
  const named = await tenant.client.patch(`/accounts/${id}`, { displayName: 'Admiral', mobilePhone: null }, '*');
  expect(named.body).toMatchObject({ displayName: 'Admiral', mobilePhone: null });
  expect((await tenant.client.patch(`/accounts/${id}`, { firstName: 'G.' }, '*')).body.displayName).toBe('Admiral');
});

test('a list filters, searches, sorts and pages', async () => {
  const tenant = await aTenant(platform);
  const group = await tenant.given.group();
  const ids = [];
  for (const firstName of ['Cleo', 'Ann', 'Bea'])
    ids.push((await tenant.given.account({ firstName, lastName: 'Zed', groupIds: [group.id] })).id);
  await tenant.client.post(`/accounts/${ids[0]}/disable`);
  const names = async (query: string) =>
    (await tenant.client.get(`/accounts?${query}`)).body.items.map((each: { firstName: string }) => each.firstName);
  expect(await names('q=zed&sort=displayName')).toEqual(['Ann', 'Bea', 'Cleo']);
  expect(await names('q=zed&sort=-displayName&limit=2')).toEqual(['Cleo', 'Bea']);
  expect(await names('status=disabled')).toEqual(['Cleo']);
  expect(await names('q=%25')).toEqual([]);
  expect(await names(`groupId=${group.id}&sort=createdAt`)).toEqual(['Cleo', 'Ann', 'Bea']);
  const { body } = await tenant.client.get('/accounts?q=zed&sort=displayName&limit=2');
  expect(body).toMatchObject({ total: 3, totalIsAtLeast: false });
  expect(body.items[0].groups).toEqual([{ id: group.id, name: group.name, status: 'enabled' }]);
  expect(await names(`q=zed&sort=displayName&limit=2&cursor=${body.nextCursor}`)).toEqual(['Cleo']);
  expect(await tenant.client.get('/accounts?status=gone')).toMatchObject({ status: 400 });
});

test('A8: disabling shuts the person out at once; enabling does not bring the sessions back', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.person(password);
  const session = platform.session(await signIn(platform, email, password));
  expect((await session.get('/v1/me')).status).toBe(200);
  expect((await tenant.client.post(`/accounts/${id}/disable`)).body.status).toBe('disabled');
  expect((await session.get('/v1/me')).status).toBe(401);
  expect((await platform.anyone.post('/v1/sessions', { email, password })).status).toBe(401);
  await tenant.client.post(`/accounts/${id}/enable`);
  expect((await session.get('/v1/me')).status).toBe(401);
  await signIn(platform, email, password);
});

test('sessions of an account are listed and ended', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.person(password);
  const session = platform.session(await signIn(platform, email, password));
  const listed = await tenant.client.get(`/accounts/${id}/sessions`);
  expect(listed.body).toMatchObject({ total: 1, items: [{ accountId: id, isCurrent: false }] });
  expect(listed.text).not.toContain('secret');
  expect((await tenant.client.delete(`/accounts/${id}/sessions`)).status).toBe(204);
  expect((await session.get('/v1/me')).status).toBe(401);
  expect((await tenant.client.get(`/accounts/${id}/sessions`)).body.items).toEqual([]);
  expect(await tenant.auditedActions()).toContain('accounts.end-sessions');
});

test('only a disabled account is deleted; nothing of the person stays and the address is free', async () => {
  const tenant = await aTenant(platform);
  const group = await tenant.given.group();
  const { id, email } = await tenant.given.person(password, { groupIds: [group.id] });
  expect((await tenant.client.delete(`/accounts/${id}`)).status).toBe(428);
  expect(await tenant.client.delete(`/accounts/${id}`, '*')).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:not-disabled' },
  });
  await tenant.client.post(`/accounts/${id}/disable`);
  expect((await tenant.client.delete(`/accounts/${id}`, '*')).status).toBe(204);
  expect((await tenant.client.get(`/accounts/${id}`)).status).toBe(404);
  expect((await tenant.client.delete(`/accounts/${id}`, '*')).status).toBe(404);
  const left = await tenant.client.get(`/groups/${group.id}`);
  expect([left.body.memberCount, left.etag]).toEqual([0, '"3"']);
  const [row] = await platform.sql(
    'au',
    `select a.*, (select count(*)::int from passwords p where p.account_id = a.id) as passwords,
            (select count(*)::int from sign_in_index i where i.account_id = a.id) as indexed
     from accounts a where id = $1`,
    [id],
  );
  expect(row).toMatchObject({ passwords: 0, indexed: 0, email: '', username: '', first_name: '', mobile_phone: null });
  expect(JSON.stringify(row)).not.toContain('Grace');
  expect((await tenant.client.post('/accounts', person(tenant, { email }))).status).toBe(201);
});

test('Z2: nobody touches a stronger account, nor gives what they lack', async () => {
  const tenant = await aTenant(platform);
  const helper = await tenant.given.machine([{ permission: 'accounts.*' }, { permission: 'groups.*' }]);
  const { body: found } = await tenant.client.get(`/accounts?q=${tenant.ownerEmail}`);
  const owner = found.items[0].id;
  const auditors = await tenant.given.group();
  await tenant.client.put(`/groups/${auditors.id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  const auditor = await tenant.given.account({ groupIds: [auditors.id] });
  const plain = await tenant.given.account();
  const stronger = { status: 403, body: { type: 'urn:bailiwick:problem:stronger-principal' } };
  for (const id of [owner, auditor.id]) {
    for (const act of ['enable', 'disable', 'invite'])
      expect(await helper.client.post(`/accounts/${id}/${act}`)).toMatchObject(stronger);
    expect(await helper.client.patch(`/accounts/${id}`, { displayName: 'Someone else' }, '*')).toMatchObject(stronger);
    expect(await helper.client.delete(`/accounts/${id}`, '*')).toMatchObject(stronger);
    expect(await helper.client.delete(`/accounts/${id}/sessions`)).toMatchObject(stronger);
  }
  expect((await helper.client.post(`/accounts/${plain.id}/disable`)).status).toBe(200);
  expect((await helper.client.delete(`/accounts/${plain.id}`, '*')).status).toBe(204);
  expect(await helper.client.post('/accounts', person(tenant, { groupIds: [auditors.id] }))).toMatchObject({
    status: 403,
  });
  expect(await helper.client.post('/accounts', person(tenant, { groupIds: [await owners(tenant)] }))).toMatchObject({
    status: 403,
  });
  const withoutGroups = await tenant.given.machine([{ permission: 'accounts.*' }]);
  const empty = await tenant.given.group();
  expect(await withoutGroups.client.post('/accounts', person(tenant, { groupIds: [empty.id] }))).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('groups.change') },
  });
  const unknown = person(tenant, { groupIds: [plain.id] });
  expect(await helper.client.post('/accounts', unknown)).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'groupIds.0' }] },
  });
  expect((await tenant.client.get(`/accounts?q=${unknown.email}`)).body.items).toEqual([]);
});

/** An account that provisioning made. */
async function provisioned(tenant: TestTenant, { email = null as string | null } = {}): Promise<string> {
  const id = (await tenant.given.account()).id;
  await platform.sql('au', `delete from sign_in_index where account_id = $1`, [id]);
  await platform.sql(
    'au',
    `update accounts set source = 'scim', status = 'enabled', email = $2, email_canonical = $2, first_name = 'Grace',
       last_name = 'Person', display_name = 'Grace Person', mobile_phone = '+61280002222', username_folded = lower(username), attributes = $3
     where id = $1`,
    [
      id,
      email,
      {
        name: { givenName: 'Grace', familyName: 'Person', formatted: 'Grace B. Person', middleName: 'B.' },
        phoneNumbers: [
          { type: 'work', value: '+61280001111' },
          { type: 'mobile', value: '+61280002222' },
        ],
        title: 'Captain',
      },
    ],
  );
  return id;
}

const setProvisioning = (tenant: TestTenant, state: 'on' | 'paused' | 'off') =>
  platform.sql('au', 'update tenants set provisioning = $2 where tenant_id = $1', [tenant.id, state]);

test.each(['on', 'paused'] as const)('an account of provisioning is not changed here while it is %s', async (state) => {
  const tenant = await aTenant(platform);
  const id = await provisioned(tenant);
  await setProvisioning(tenant, state);
  const managed = { status: 409, body: { type: 'urn:bailiwick:problem:managed-elsewhere' } };
  for (const act of ['enable', 'disable', 'invite'])
    expect(await tenant.client.post(`/accounts/${id}/${act}`)).toMatchObject(managed);
  expect(await tenant.client.patch(`/accounts/${id}`, { lastName: 'X' }, '*')).toMatchObject(managed);
  expect(await tenant.client.delete(`/accounts/${id}`, '*')).toMatchObject(managed);
  const blocked = (actions: { name: string; reason: string | null }[]) =>
    Object.fromEntries(actions.map(({ name, reason: why }) => [name, why]));
  const reason = expect.stringContaining('managed by provisioning');
  const { body } = await tenant.client.get(`/accounts/${id}`);
  expect(body).toMatchObject({ email: null, source: 'scim' });
  expect(blocked(body.actions)).toEqual({
    'accounts.change': reason,
    'accounts.enable': reason,
    'accounts.disable': reason,
    'accounts.invite': reason,
    'accounts.change-email': reason,
    'accounts.end-sessions': null,
    'accounts.reset-factors': null,
    'accounts.export': null,
    'accounts.delete': reason,
    'accounts.erase': reason,
  });
  const listed = await tenant.client.get('/accounts?sort=email');
  expect(listed.body.items[0]).toEqual(body);
});

test('an account of provisioning that is off is managed like a local one', async () => {
  const tenant = await aTenant(platform);
  const id = await provisioned(tenant);
  await setProvisioning(tenant, 'off');
  expect(await tenant.client.post(`/accounts/${id}/invite`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:no-address' },
  });
  expect(
    (await tenant.client.patch(`/accounts/${id}`, { lastName: 'Hopper', mobilePhone: null }, '*')).body,
  ).toMatchObject({ lastName: 'Hopper', displayName: 'Grace Hopper', mobilePhone: null });
  const [row] = await platform.sql('au', 'select attributes from accounts where id = $1', [id]);
  expect(row.attributes).toEqual({
    name: { givenName: 'Grace', familyName: 'Hopper', middleName: 'B.' },
    displayName: 'Grace Hopper',
    phoneNumbers: [{ type: 'work', value: '+61280001111' }],
    title: 'Captain',
  });
  expect((await tenant.client.post(`/accounts/${id}/disable`)).body.status).toBe('disabled');
  expect((await tenant.client.post(`/accounts/${id}/enable`)).body.status).toBe('enabled');
  await tenant.client.post(`/accounts/${id}/disable`);
  expect((await tenant.client.delete(`/accounts/${id}`, '*')).status).toBe(204);
  const [gone] = await platform.sql(
    'au',
    `select username, username_folded, external_id, attributes, email from accounts where id = $1`,
    [id],
  );
  expect(gone).toEqual({ username: '', username_folded: '', external_id: null, attributes: {}, email: '' });
});

test('one whom provisioning made and left gets a password by an invitation, and stays enabled meanwhile', async () => {
  const tenant = await aTenant(platform);
  const email = `${aName('left')}@${tenant.name}.example`;
  const id = await provisioned(tenant, { email });
  await setProvisioning(tenant, 'off');
  expect((await tenant.client.post(`/accounts/${id}/invite`)).body).toMatchObject({
    status: 'enabled',
    verifiedAt: null,
  });
  expect((await acceptWith(await newestToken(email))).body).toMatchObject({ accountId: id, status: 'enabled' });
  expect(await signIn(platform, email, password)).toContain('bailiwick');
});

test('an owner who can sign in always remains, whatever is tried at once', async () => {
  const tenant = await aTenant(platform);
  const group = await owners(tenant);
  const { body: found } = await tenant.client.get(`/accounts?q=${tenant.ownerEmail}`);
  const ids: string[] = [found.items[0].id];
  expect(await tenant.client.post(`/accounts/${ids[0]}/disable`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:last-owner' },
  });
  await accept(platform, tenant.ownerEmail, password);
  for (let more = 0; more < 3; more++) ids.push((await tenant.given.person(password, { groupIds: [group] })).id);

  const tries = await Promise.all(
    Array.from({ length: 50 }, (_, at) => {
      const id = ids[at % ids.length];
      return at % 3 === 0
        ? tenant.client.delete(`/groups/${group}/members/${id}`)
        : tenant.client.post(`/accounts/${id}/disable`);
    }),
  );
  for (const { status } of tries) expect([200, 204, 404, 409]).toContain(status);
  const usable = await platform.sql(
    'au',
    `select a.id from accounts a join memberships m on m.principal_id = a.id join passwords p on p.account_id = a.id
     where m.group_id = $1 and a.status = 'enabled'`,
    [group],
  );
  expect(usable.length).toBe(1);
  expect(tries.some(({ body }) => body?.type === 'urn:bailiwick:problem:last-owner')).toBe(true);
});

test('the operator sends the first invitation again, also to another address, until it was accepted', async () => {
  const tenant = await aTenant(platform);
  const send = (body: object) => platform.operator.post(`${tenant.path}/owner-invitation`, body);
  const first = await newestToken(tenant.ownerEmail);
  const again = await send({});
  expect(again).toMatchObject({ status: 200 });
  expect(Object.keys(again.body).sort()).toEqual(['accountId', 'expiresAt']);
  expect((await acceptWith(first)).status).toBe(410);
  const email = `${aName('other')}@${tenant.name}.example`;
  expect(await send({ email: 'nonsense' })).toMatchObject({ status: 400, body: { errors: [{ path: 'email' }] } });
  expect((await send({ email })).status).toBe(200);
  expect(await accept(platform, email, password)).toMatchObject({ status: 'enabled', email });
  await signIn(platform, email, password);
  expect((await platform.anyone.post('/v1/sessions', { email: tenant.ownerEmail, password })).status).toBe(401);
  expect(await send({})).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:already-accepted' } });
  expect((await tenant.client.post('/owner-invitation', {})).status).toBe(403);
  const noted = await platform.sql('au', 'select action from operator_entries where tenant_id = $1 order by at, id', [
    tenant.id,
  ]);
  expect(noted.map(({ action }) => action)).toEqual([
    'tenants.create',
    'owner-invitation.send',
    'owner-invitation.send',
  ]);
});

test('a repeated creation with one key makes one account and one mail', async () => {
  const tenant = await aTenant(platform);
  const body = person(tenant);
  const tries = await Promise.all(
    Array.from({ length: 5 }, () => tenant.client.post('/accounts', body, { 'idempotency-key': 'once' })),
  );
  expect(new Set(tries.map((each) => each.body.id)).size).toBe(1);
  for (const { status } of tries) expect(status).toBe(201);
  await newestToken(body.email);
  expect((await platform.outbox(body.email)).length).toBe(1);
});

test('A1: passwords are long, not guessable, of any script, and whole', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.account({ firstName: 'Wilhelmina', lastName: 'Featherstone' });
  const token = await newestToken(email);
  for (const bad of [
    '',
    'lantern orbi p',
    'aaaaaaaaaaaaaaaaaaaa',
    'password123password123',
    'Wilhelmina Featherstone',
    email,
    'lantern\u202eorbit plum ferry',
    'x'.repeat(1100),
  ])
    expect(await acceptWith(token, bad)).toMatchObject({ status: 400, body: { errors: [{ path: 'password' }] } });
  expect((await acceptWith(token, 'x'.repeat(1_100_000))).status).toBe(413);
  const long = 'Größe über Zäune, 夜の鉄道 '.repeat(7).trim();
  expect((await acceptWith(token, long.normalize('NFD'))).status).toBe(200);
  await signIn(platform, email, long.normalize('NFC'));
});

test('one person is invited ten times an hour at most', async () => {
  const tenant = await aTenant(platform);
  const { id } = await tenant.given.account();
  for (let more = 0; more < 9; more++) expect((await tenant.client.post(`/accounts/${id}/invite`)).status).toBe(200);
  const limited = await tenant.client.post(`/accounts/${id}/invite`);
  expect(limited.status).toBe(429);
  expect(limited.headers.get('retry-after')).toBe('3600');
});

test('trying links is limited by where it comes from; a right one is not counted', async () => {
  const other = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(other);
  const { email } = await tenant.given.account();
  for (let at = 0; at < 100; at++)
    expect((await other.anyone.post('/v1/invitations/question', { token: `wrong${at}` })).status).toBe(410);
  const refused = await other.anyone.post('/v1/registrations/question', { token: 'wrong' });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await other.shiftClock('au', '16 minutes');
  await accept(other, email, password);
  expect(await other.sql('au', 'select count(*)::int as n from guesses where count > 100')).toEqual([{ n: 0 }]);
});
