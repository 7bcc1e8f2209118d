import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestTenant } from '../../../test/harness.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import { requireWorkingMethod } from './service.ts';

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const password = 'lantern orbit plum ferry';
let sources = 0;
/** An address from which nobody came before. */
const aSource = () => ({ 'x-forwarded-for': `203.0.113.${(sources++ % 250) + 1}` });

type Session = ReturnType<typeof platform.session>;

/** Another owner of the tenant, who accepted with a password and is signed in. */
async function anOwner(tenant: TestTenant) {
  const { id, email } = await tenant.given.person(password);
  const [group] = (await tenant.client.get('/groups?q=Owners')).body.items;
  await tenant.client.post(`/groups/${group.id}/members`, { accountIds: [id] });
  const session = platform.session(await signIn(platform, email, password));
  return { id: id as string, email: email as string, groupId: group.id as string, session };
}

type Owner = Awaited<ReturnType<typeof anOwner>>;

/** An active provider, and a live session of the owner that came through it. */
async function cameThroughProvider(tenant: TestTenant, { id }: { id: string }) {
  const provider = newId();
  await platform.sql(
    tenant.region,
    `insert into identity_providers (tenant_id, id, name, name_canonical, type, status, settings, mapping, admission)
     values ($1, $2, $3, $3, 'oidc', 'active', '{}', '{}', '{}')`,
    [tenant.id, provider, aName('provider')],
  );
  await platform.sql(
    tenant.region,
    `insert into sessions (tenant_id, id, account_id, secret_hash, expires_at, method, identity_provider_id)
     values ($1, gen_random_uuid(), $2, uuid_send(gen_random_uuid()), now() + interval '1 hour', 'identity-provider', $3)`,
    [tenant.id, id, provider],
  );
  return provider;
}

const makeCodes = async (session: Session): Promise<string[]> => {
  const made = await session.post('/v1/me/emergency-codes');
  expect(made, made.text).toMatchObject({ status: 201 });
  return made.body.codes;
};
const drill = (session: Session, code: string | undefined) =>
  session.post('/v1/me/emergency-codes/drill', { code: code ?? '' });

const useDoor = (tenant: TestTenant, email: string, code: string | undefined, node = 0) =>
  platform.client(null, node).post('/v1/sign-in/emergency-code', { tenantId: tenant.id, email, code }, aSource());
const usePassword = (email: string) => platform.anyone.post('/v1/sessions', { email, password }, aSource());
const cookieOf = (reply: { headers: Headers }) => {
  const [set] = reply.headers.getSetCookie().filter((each) => /^__Host-bailiwick-\w+=[0-9A-Za-z]{54};/.test(each));
  return set?.split(';')[0] ?? '';
};

const requiring = (tenant: TestTenant) => tenant.client.post('/sign-in-policy/require-single-sign-on');
const stateOf = async (tenant: TestTenant) => (await tenant.client.get('/sign-in-policy/single-sign-on')).body.state;
const noticesOf = async (tenant: TestTenant, kind: string): Promise<string[]> =>
  (
    await platform.sql(tenant.region, 'select text from notices where tenant_id = $1 and kind = $2', [tenant.id, kind])
  ).map(({ text }) => text);

/** A tenant that requires single sign-on: its owner has nine codes left. */
async function aRequiringTenant() {
  const tenant = await aTenant(platform);
  const owner = await anOwner(tenant);
  const provider = await cameThroughProvider(tenant, owner);
  const codes = await makeCodes(owner.session);
  expect((await drill(owner.session, codes.pop())).status).toBe(200);
  const required = await requiring(tenant);
  expect(required, required.text).toMatchObject({ status: 200, body: { state: 'required' } });
  return { tenant, owner, provider, codes };
}

test('an owner makes ten codes, shown once; new ones take the place of the old when one of them was tried', async () => {
  const tenant = await aTenant(platform);
  const { session, id } = await anOwner(tenant);
  expect((await session.get('/v1/me/emergency-codes')).body).toEqual({ current: null, untried: null });
  const codes = await makeCodes(session);
  expect(new Set(codes).size).toBe(10);
  expect((await session.get('/v1/me/emergency-codes')).body).toMatchObject({
    current: null,
    untried: { unused: 10, triedAt: null },
  });
  expect(await drill(session, 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA')).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'code' }] },
  });
  const typed = codes[0]?.toLowerCase().replaceAll('-', ' ');
  expect((await drill(session, typed)).body).toMatchObject({
    current: { unused: 9, triedAt: expect.any(String) },
    untried: null,
  });
  expect((await drill(session, codes[0])).status).toBe(400);

  const newer = await makeCodes(session);
  expect((await session.get('/v1/me/emergency-codes')).body).toMatchObject({
    current: { unused: 9 },
    untried: { unused: 10 },
  });
  expect((await drill(session, newer[0])).body).toMatchObject({ current: { unused: 9 }, untried: null });
  expect((await drill(session, codes[1])).status).toBe(400);

  const stored = await platform.sql('au', 'select * from emergency_codes where account_id = $1', [id]);
  expect(stored).toHaveLength(10);
  const everything = JSON.stringify([
    stored,
    await platform.sql('au', 'select changes, encode(personal, $2) from audit_entries where tenant_id = $1', [
      tenant.id,
      'escape',
    ]),
    await platform.sql('au', 'select text from notices where tenant_id = $1', [tenant.id]),
  ]);
  for (const code of [...codes, ...newer]) {
    expect(everything).not.toContain(code);
    expect(everything).not.toContain(code.replaceAll('-', ''));
  }
  expect(await noticesOf(tenant, 'emergency-codes-made')).toHaveLength(2);
  expect(await noticesOf(tenant, 'emergency-drill')).toHaveLength(2);
});

test('only a local owner in person has codes', async () => {
  const tenant = await aTenant(platform);
  const member = await tenant.given.person(password);
  const session = platform.session(await signIn(platform, member.email, password));
  const refused = { status: 403, body: { type: 'urn:bailiwick:problem:owners-only' } };
  for (const client of [session, platform.client(tenant.ownerKey)]) {
    expect(await client.post('/v1/me/emergency-codes')).toMatchObject(refused);
    expect(await client.post('/v1/me/emergency-codes/drill', { code: 'x' })).toMatchObject(refused);
    expect((await client.get('/v1/me/emergency-codes')).body).toEqual({ current: null, untried: null });
  }
});

test('it is required only after an owner came through an active provider and tried a code', async () => {
  const tenant = await aTenant(platform);
  const owner = await anOwner(tenant);
  const refused = (code: string) => ({ status: 409, body: { type: `urn:bailiwick:problem:${code}` } });
  const met = async () =>
    (await tenant.client.get('/sign-in-policy/single-sign-on')).body.conditions.map(
      ({ isMet }: { isMet: boolean }) => isMet,
    );
  expect(await met()).toEqual([false, false, false]);
  expect(await requiring(tenant)).toMatchObject(refused('provider-not-active'));
  const provider = await cameThroughProvider(tenant, await tenant.given.person(password));
  expect(await met()).toEqual([true, false, false]);
  expect(await requiring(tenant)).toMatchObject(refused('provider-not-proved'));
  await platform.sql('au', 'update sessions set account_id = $2 where tenant_id = $1 and identity_provider_id = $3', [
    tenant.id,
    owner.id,
    provider,
  ]);
  expect(await requiring(tenant)).toMatchObject(refused('emergency-not-tried'));
  const [code] = await makeCodes(owner.session);
  expect(await requiring(tenant)).toMatchObject(refused('emergency-not-tried'));
  await drill(owner.session, code);
  expect(await met()).toEqual([true, true, true]);
  // Tried, but none is left: nobody could come in by one.
  const usedUp = '2020-01-01';
  await platform.sql('au', 'update emergency_codes set used_at = $2 where tenant_id = $1 and used_at is null', [
    tenant.id,
    usedUp,
  ]);
  expect(await requiring(tenant)).toMatchObject(refused('emergency-not-tried'));
  await platform.sql('au', 'update emergency_codes set used_at = null where tenant_id = $1 and used_at = $2', [
    tenant.id,
    usedUp,
  ]);
  // The session ended: nobody knows any more that the provider lets an owner in.
  await platform.sql('au', 'update sessions set ended_at = now() where identity_provider_id = $1', [provider]);
  expect(await requiring(tenant)).toMatchObject(refused('provider-not-proved'));
  await platform.sql('au', 'update sessions set ended_at = null where identity_provider_id = $1', [provider]);
  expect(await requiring(tenant)).toMatchObject({
    status: 200,
    body: { state: 'required', owners: [{ accountId: owner.id, unusedCodes: 9 }] },
  });
  expect((await tenant.client.get('/sign-in-policy')).body.singleSignOn).toBe('required');
  expect(await noticesOf(tenant, 'single-sign-on-required')).toHaveLength(1);
  const [entry] = (await tenant.client.get('/audit-entries?action=single-sign-on.require')).body.items;
  expect(entry).toMatchObject({ before: { state: 'optional' }, after: { state: 'required' } });
});

test('O6: where it is required, password and invitation are refused on every node; the emergency door opens', async () => {
  const { tenant, owner, codes } = await aRequiringTenant();
  const refused = { status: 403, body: { type: 'urn:bailiwick:problem:single-sign-on-required' } };
  for (const node of [0, 1])
    expect(
      await platform.client(null, node).post('/v1/sessions', { email: owner.email, password }, aSource()),
    ).toMatchObject(refused);
  const invited = await tenant.given.account();
  const [mail] = await platform.outbox(invited.email);
  const token = /\/accept#(\S+)/.exec(mail?.body ?? '')?.[1];
  expect(await platform.anyone.post('/v1/invitations/accept', { token, password })).toMatchObject(refused);
  expect((await platform.anyone.get(`/v1/sign-in/tenants/${tenant.id}`)).body).toMatchObject({
    methods: [],
    providers: [{ type: 'oidc' }],
  });

  const entered = await useDoor(tenant, owner.email, codes.pop());
  expect(entered, entered.text).toMatchObject({ status: 201, body: { tenantId: tenant.id, accountId: owner.id } });
  const session = platform.session(cookieOf(entered), 1);
  expect((await session.get('/v1/me')).body).toMatchObject({ id: owner.id, isOwner: true });
  const [told] = await noticesOf(tenant, 'emergency-code-used');
  expect(told).toMatch(/signed in by an emergency code, from 203\.0\.113\.\d+/);
  expect(await tenant.auditedActions()).toEqual(
    expect.arrayContaining(['sign-in.use-emergency-code', 'sessions.create']),
  );
  expect(await stateOf(tenant)).toBe('required');
});

test('a code opens once, of many at once over two nodes', async () => {
  const { tenant, owner, codes } = await aRequiringTenant();
  const tries = await Promise.all(
    Array.from({ length: 20 }, (_, at) => useDoor(tenant, owner.email, codes[0], at % 2)),
  );
  expect(tries.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(401)]);
  expect((await drill(owner.session, codes[0])).status).toBe(400);
});

test('the door answers alike whatever is wrong, and lets in owners alone', async () => {
  const { tenant, owner, codes } = await aRequiringTenant();
  const other = await aRequiringTenant();
  const member = await tenant.given.account();
  const told = ({ status, headers, body }: Awaited<ReturnType<typeof useDoor>>) => {
    const { requestId: _, ...rest } = body;
    return { status, rest, names: [...headers.keys()].filter((name) => !['date', 'x-request-id'].includes(name)) };
  };
  const unknown = await useDoor(tenant, `${aName('nobody')}@example.com`, codes[0]);
  expect(unknown).toMatchObject({ status: 401, body: { type: 'urn:bailiwick:problem:sign-in-failed' } });
  for (const reply of [
    await useDoor(tenant, owner.email, 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA'),
    await useDoor(tenant, owner.email, other.codes[0]),
    await useDoor(other.tenant, owner.email, codes[0]),
    await useDoor(tenant, member.email, codes[0]),
    await useDoor({ ...tenant, id: newId() }, owner.email, codes[0]),
  ])
    expect(told(reply)).toEqual(told(unknown));
  const refused = (await tenant.client.get('/audit-entries?action=sign-in.use-emergency-code&outcome=refused')).body;
  expect(refused.total).toBe(3);

  // Who is an owner no more gets in no more.
  const second = await anOwnerOf(tenant);
  await platform.sql('au', 'update emergency_codes set account_id = $2 where account_id = $1', [owner.id, second]);
  await platform.sql('au', 'delete from memberships where principal_id = $1', [second]);
  expect((await useDoor(tenant, owner.email, codes[0])).status).toBe(401);

  const from = aSource();
  const guesses = await Promise.all(
    Array.from({ length: 40 }, () =>
      platform.anyone.post('/v1/sign-in/emergency-code', { tenantId: tenant.id, email: owner.email, code: 'x' }, from),
    ),
  );
  expect(guesses.filter(({ status }) => status === 401).length).toBe(30);
  expect(guesses.filter(({ status }) => status === 429).length).toBe(10);
});

/** An account in the Owner Group that never signed in. */
async function anOwnerOf(tenant: TestTenant): Promise<string> {
  const { id } = await tenant.given.account();
  const [group] = (await tenant.client.get('/groups?q=Owners')).body.items;
  await tenant.client.post(`/groups/${group.id}/members`, { accountIds: [id] });
  return id;
}

test('the last code is never refused: it suspends what is required until new codes were tried', async () => {
  const { tenant, owner, codes } = await aRequiringTenant();
  for (const code of codes.slice(1)) expect((await useDoor(tenant, owner.email, code)).status).toBe(201);
  expect(await stateOf(tenant)).toBe('required');
  const last = await useDoor(tenant, owner.email, codes[0]);
  expect(last.status).toBe(201);
  expect(await stateOf(tenant)).toBe('suspended');
  expect(await noticesOf(tenant, 'single-sign-on-suspended')).toHaveLength(1);
  expect((await usePassword(owner.email)).status).toBe(201);

  const session = platform.session(cookieOf(last));
  const [first, second] = await makeCodes(session);
  expect(await stateOf(tenant)).toBe('suspended');
  expect((await drill(session, first)).status).toBe(200);
  expect(await stateOf(tenant)).toBe('required');
  expect((await usePassword(owner.email)).status).toBe(403);
  expect((await useDoor(tenant, owner.email, second)).status).toBe(201);
});

test('a provider that is broken: an owner is in again, and everybody by password, in three requests', async () => {
  const { tenant, owner, provider, codes } = await aRequiringTenant();
  // Nobody comes through it any more, and no session is left.
  await platform.sql(
    'au',
    `update identity_providers set settings = '{"issuer":"https://gone.invalid"}' where id = $1`,
    [provider],
  );
  await platform.sql('au', 'update sessions set ended_at = now() where tenant_id = $1', [tenant.id]);
  expect((await owner.session.get('/v1/me')).status).toBe(401);
  expect((await usePassword(owner.email)).status).toBe(403);
  const back = await platform.anyone.get(`/v1/sign-in/oidc/${tenant.id}/${provider}/start`);
  expect(back.headers.get('location')).toContain(`/t/${tenant.id}/sign-in?problem=provider-unreachable`);

  const entered = await useDoor(tenant, owner.email, codes[0]);
  const session = platform.session(cookieOf(entered));
  expect(await session.post(`${tenant.path}/sign-in-policy/stop-requiring-single-sign-on`)).toMatchObject({
    status: 200,
    body: { state: 'optional' },
  });
  expect((await usePassword(owner.email)).status).toBe(201);
});

test('Z6: where it is required, the last owner with codes that were tried stays', async () => {
  const { tenant, owner } = await aRequiringTenant();
  const other = await tenant.given.account(); // an owner with neither codes nor, yet, a password
  await tenant.client.post(`/groups/${owner.groupId}/members`, { accountIds: [other.id] });
  const refused = { status: 409, body: { type: 'urn:bailiwick:problem:last-owner' } };
  expect(await tenant.client.delete(`/groups/${owner.groupId}/members/${owner.id}`)).toMatchObject(refused);
  expect(await tenant.client.post(`/accounts/${owner.id}/disable`)).toMatchObject(refused);
  await platform.sql('au', `update accounts set status = 'disabled' where id = $1`, [owner.id]);
  expect(await tenant.client.delete(`/accounts/${owner.id}`, '*')).toMatchObject(refused);
  await platform.sql('au', `update accounts set status = 'enabled' where id = $1`, [owner.id]);
  expect((await tenant.client.post('/sign-in-policy/stop-requiring-single-sign-on')).status).toBe(200);
});

test('a deleted owner leaves no codes behind', async () => {
  const tenant = await aTenant(platform);
  const [first, second] = [await anOwner(tenant), await anOwner(tenant)];
  await makeCodes(second.session);
  await tenant.client.post(`/accounts/${second.id}/disable`);
  expect((await tenant.client.delete(`/accounts/${second.id}`, '*')).status).toBe(204);
  expect(await platform.sql('au', 'select 1 from emergency_codes where account_id = $1', [second.id])).toEqual([]);
  expect((await first.session.get('/v1/me')).status).toBe(200);
});

test('the last provider of a tenant that requires single sign-on stays', async () => {
  const { tenant, owner, provider } = await aRequiringTenant();
  const { platform: inner } = platform.nodes[0] as (typeof platform.nodes)[number];
  const deactivate = async (id: string) => {
    const place = await inner.locateHere(tenant.id);
    if (!place) throw new Error('The tenant is not here.');
    const request = { id: 'test', action: 'test', sourceAddress: null, userAgent: null, ifMatch: undefined };
    const actor = { kind: 'system' as const, id: null, credentialId: null, door: 'job' as const };
    await enterTenant({ platform: inner, place, tenantId: tenant.id, actor, request }, async (ctx) => {
      await ctx.db.updateTable('identityProviders').set({ status: 'inactive' }).where('id', '=', id).execute();
      await requireWorkingMethod(ctx);
      throw new Error('It would commit.');
    });
  };
  await expect(deactivate(provider)).rejects.toMatchObject({ status: 409, code: 'last-method' });
  await cameThroughProvider(tenant, owner);
  await expect(deactivate(provider)).rejects.toThrow('It would commit.');
});

test('every try at the last two owners with codes leaves one', async () => {
  const tenant = await aTenant(platform);
  const owners: Owner[] = [await anOwner(tenant), await anOwner(tenant)];
  await cameThroughProvider(tenant, owners[0] as Owner);
  for (const { session } of owners) await drill(session, (await makeCodes(session))[0]);
  expect((await requiring(tenant)).status).toBe(200);
  for (let round = 0; round < 5; round++) {
    const replies = await Promise.all(
      owners.flatMap(({ id, groupId }, at) => [
        tenant.below(tenant.ownerKey, at).delete(`/groups/${groupId}/members/${id}`),
        tenant.below(tenant.ownerKey, at).post(`/accounts/${id}/disable`),
      ]),
    );
    for (const { status } of replies) expect([200, 204, 404, 409]).toContain(status);
    const [{ count }] = await platform.sql(
      'au',
      `select count(*)::int from accounts a join memberships m on m.principal_id = a.id join groups g on g.id = m.group_id
       where a.tenant_id = $1 and g.is_owner_group and a.status = 'enabled'
         and exists (select from emergency_codes c where c.account_id = a.id)`,
      [tenant.id],
    );
    expect(count).toBeGreaterThanOrEqual(1);
    for (const { id, groupId } of owners) {
      await platform.sql('au', `update accounts set status = 'enabled' where id = $1`, [id]);
      await tenant.client.post(`/groups/${groupId}/members`, { accountIds: [id] });
    }
  }
});
