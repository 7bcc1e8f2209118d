import { expect, test } from 'vitest';
import { accept, aName, aPlatform, aTenant, signIn } from '../../../test/harness.ts';

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const password = 'lantern orbit plum ferry';

let sources = 0;
/** An address from which nobody came before. */
const aSource = () => `203.0.${Math.floor(sources / 250)}.${(sources++ % 250) + 1}`;

const attempt = (body: object, { from = aSource(), node = 0, headers = {} } = {}) =>
  platform.client(null, node).post('/v1/sessions', body, { 'x-forwarded-for': from, ...headers });

/** What an answer tells, without what differs between any two. */
const told = ({ status, headers, body }: Awaited<ReturnType<typeof attempt>>) => {
  const { requestId: _, ...rest } = body;
  const names = [...headers.keys()].filter((name) => !['date', 'x-request-id'].includes(name));
  return { status, names, rest };
};

test('signing in gives a new session in a cookie that only the browser can use', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.person(password);
  const reply = await attempt({ email: email.toUpperCase(), password });
  expect(reply).toMatchObject({
    status: 201,
    body: { tenantId: tenant.id, accountId: id, displayName: 'Grace Person', region: 'au' },
  });
  const cookies = reply.headers.getSetCookie();
  expect(cookies.length).toBe(2);
  expect(cookies[1]).toMatch(
    /^__Host-bailiwick-device-au=[0-9A-Za-z]{54}; Path=\/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax$/,
  );
  expect(cookies[0]).toMatch(
    /^__Host-bailiwick-au=[0-9A-Za-z]{54}; Path=\/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax$/,
  );
  const cookie = cookies[0]?.split(';')[0] ?? '';
  const stored = await platform.sql('au', 'select * from sessions where account_id = $1', [id]);
  expect(JSON.stringify(stored)).not.toContain(cookie.slice(-32));

  const session = platform.session(cookie);
  expect(await session.get('/v1/me')).toMatchObject({
    status: 200,
    body: { kind: 'account', id, tenantId: tenant.id, email, isOwner: false, grants: [], region: 'au' },
  });
  expect(await session.get('/v1/me/sessions')).toMatchObject({
    body: { total: 1, items: [{ id: reply.body.sessionId, isCurrent: true }] },
  });
  expect((await tenant.client.get(`/accounts/${id}`)).body.lastSignInAt).not.toBeNull();
  const actions = await platform.sql(
    'au',
    `select action, outcome, credential_id from audit_entries where tenant_id = $1 and actor_id = $2 and door = 'console'`,
    [tenant.id, id],
  );
  expect(actions).toEqual([{ action: 'sessions.create', outcome: 'success', credential_id: reply.body.sessionId }]);
});

test('an account has at most 100 live sessions: the next sign-in ends the oldest; of dead ones 1,000 are kept', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.person(password);
  const first = await signIn(platform, email, password);
  const more = (count: number, minutesAgo: number, endedAt: string) =>
    platform.sql(
      'au',
      `insert into sessions (tenant_id, id, account_id, secret_hash, created_at, expires_at, ended_at)
       select $1, gen_random_uuid(), $2, uuid_send(gen_random_uuid()), now() - make_interval(mins => $4),
              now() + interval '1 hour', ${endedAt} from generate_series(1, $3::int)`,
      [tenant.id, id, count, minutesAgo],
    );
  await more(98, -1, 'null');
  await more(1_002, 5, 'now()');
  await signIn(platform, email, password);
  const open = platform.session(first);
  expect(await open.get('/v1/me/sessions')).toMatchObject({ status: 200, body: { total: 100 } });

  const newest = platform.session(await signIn(platform, email, password));

  expect((await open.get('/v1/me')).status).toBe(401);
  expect((await newest.get('/v1/me/sessions')).body.total).toBe(100);
  const [{ over }] = await platform.sql(
    'au',
    'select count(*)::int as over from sessions where account_id = $1 and ended_at is not null',
    [id],
  );
  expect(over).toBe(1_000);
  const [last, before] = (await tenant.client.get('/audit-entries?action=sessions.create')).body.items;
  expect(last.details).toEqual({ ended: [expect.any(String)] });
  expect(before.details).toBeUndefined();
});

test('A3: known and unknown, disabled, new and wrong are answered alike, and the first three are in the audit', async () => {
  const tenant = await aTenant(platform);
  const known = await tenant.given.person(password);
  const disabled = await tenant.given.person(password);
  await tenant.client.post(`/accounts/${disabled.id}/disable`);
  const invited = await tenant.given.account();
  const unknown = await attempt({ email: `${aName('nobody')}@${tenant.name}.example`, password });
  expect(unknown).toMatchObject({ status: 401, body: { type: 'urn:bailiwick:problem:sign-in-failed' } });
  expect(unknown.headers.get('set-cookie')).toBeNull();
  for (const body of [
    { email: known.email, password: `${password}!` },
    { email: known.email, password: '' },
    { email: known.email, password: 'x'.repeat(1000) },
    { email: known.email, password, tenantId: known.id },
    { email: disabled.email, password },
    { email: invited.email, password },
  ])
    expect(told(await attempt(body))).toEqual(told(unknown));
  const refused = await platform.sql(
    'au',
    `select actor_id, count(*)::int from audit_entries where tenant_id = $1 and action = 'sessions.create'
       and outcome = 'refused' group by 1 order by 2 desc`,
    [tenant.id],
  );
  expect(refused).toEqual(
    [
      { actor_id: known.id, count: 3 },
      ...[disabled.id, invited.id].sort().map((actor_id) => ({ actor_id, count: 1 })),
    ].sort((a, b) => b.count - a.count),
  );
  for (const email of ['', 'nobody', `${known.email}.`])
    expect(await attempt({ email, password })).toMatchObject({ status: 400, body: { errors: [{ path: 'email' }] } });
  expect((await attempt({ email: known.email, password: 'x'.repeat(2000) })).status).toBe(400);
});

test('who is opened in several tenants chooses, without a cookie', async () => {
  const here = await aTenant(platform);
  const there = await aTenant(platform, 'eu');
  const email = `${aName('both')}@${here.name}.example`;
  await here.given.person(password, { email });
  await there.client.post('/accounts', { email, firstName: 'Grace', lastName: 'Person' });
  for (let waited = 0; (await platform.outbox(email)).length < 2 && waited < 200; waited++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const [mail] = (await platform.outbox(email)).filter(({ region }) => region === 'eu');
  const token = /\/accept#(\S+)/.exec(mail?.body ?? '')?.[1];
  expect((await platform.anyone.post('/v1/invitations/accept', { token, password })).status).toBe(200);

  const choice = await attempt({ email, password });
  expect(choice.status).toBe(200);
  expect(choice.headers.get('set-cookie')).toBeNull();
  expect(choice.body.choices).toContainEqual({
    tenantId: there.id,
    displayName: `${there.name} display`,
    region: 'eu',
  });
  expect(choice.body.choices.length).toBe(2);
  const chosen = await attempt({ email, password, tenantId: there.id });
  expect(chosen).toMatchObject({ status: 201, body: { tenantId: there.id, region: 'eu' } });
  expect(chosen.headers.getSetCookie()[0]).toContain('__Host-bailiwick-eu=');
  expect((await platform.session(chosen.headers.getSetCookie()[0]?.split(';')[0] ?? '').get('/v1/me')).status).toBe(
    200,
  );
});

test('a tenant that is suspended says so after the right password only', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  const invited = await tenant.given.account();
  const [mail] = await platform.outbox(invited.email);
  const token = /\/accept#(\S+)/.exec(mail?.body ?? '')?.[1];
  const become = (status: string) =>
    platform.sql('au', 'update tenants set status = $2 where tenant_id = $1', [tenant.id, status]);
  await become('suspended');
  expect(await attempt({ email, password })).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:tenant-suspended' },
  });
  expect((await attempt({ email, password: 'another one entirely' })).status).toBe(401);
  expect((await platform.anyone.post('/v1/invitations/accept', { token, password })).status).toBe(403);
  await become('read-only');
  expect((await attempt({ email, password })).status).toBe(201);
  await become('closing');
  expect((await attempt({ email, password })).status).toBe(201);
  await become('closed');
  expect((await attempt({ email, password })).status).toBe(403);
});

test('A7: what stood in the browser before opens nothing after signing in', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  const planted = `__Host-bailiwick-au=${'A'.repeat(54)}`;
  const first = await attempt({ email, password }, { headers: { cookie: planted } });
  const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect(cookie).not.toBe(planted);
  expect((await platform.session(planted).get('/v1/me')).status).toBe(401);
  const second = await attempt({ email, password }, { headers: { cookie } });
  const renewed = second.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect(renewed).not.toBe(cookie);
  expect((await platform.session(cookie, 1).get('/v1/me')).status).toBe(401);
  expect((await platform.session(renewed, 1).get('/v1/me')).status).toBe(200);
  const third = await attempt({ email, password }, { headers: { cookie } });
  expect(third.status).toBe(201);
  expect((await platform.session(renewed, 1).get('/v1/me')).status).toBe(200);
});

test('signing in elsewhere takes the other region’s cookie out of the browser, and its session ends', async () => {
  const [here, there] = [await aTenant(platform), await aTenant(platform, 'eu')];
  const [one, two] = [await here.given.person(password), await there.given.person(password)];
  const cookie = await signIn(platform, one.email, password);
  const reply = await attempt({ email: two.email, password }, { headers: { cookie } });
  const [cleared, set] = reply.headers.getSetCookie();
  expect(cleared).toMatch(/^__Host-bailiwick-au=; Path=\/; Max-Age=0;/);
  expect(set).toMatch(/^__Host-bailiwick-eu=[0-9A-Za-z]{54};/);
  expect((await platform.session(cookie).get('/v1/me')).status).toBe(401);
  expect(await here.auditedActions()).toContain('sessions.end-current');
});

test('a sign-in by a browser that was not seen before is told to its person, the first and a known one are not', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  const enter = async (cookie = '') => {
    const reply = await attempt({ email, password }, { headers: { cookie } });
    const cookies = reply.headers.getSetCookie().map((each) => each.split(';')[0] as string);
    const named = (start: string) => cookies.find((each) => each.startsWith(start)) as string;
    return { session: named('__Host-bailiwick-au='), device: named('__Host-bailiwick-device-au=') };
  };
  const told = async (session: string) =>
    (await platform.session(session).get(`${tenant.path}/notices`)).body.items
      .filter(({ kind }: { kind: string }) => kind === 'new-device')
      .map(({ text }: { text: string }) => text);
  const first = await enter();
  expect(await told(first.session)).toEqual([]);
  expect(await told((await enter(first.device)).session)).toEqual([]);
  const notices = await told((await enter()).session);
  expect(notices).toEqual([expect.stringMatching(/signed in to your account from [\d.]+ with a browser/)]);
  await expect
    .poll(async () => (await platform.outbox(email)).map(({ body }) => body))
    .toContainEqual(expect.stringContaining(notices[0]));
});

test('A8: signing out ends the session on every node and clears the cookie', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  const cookie = await signIn(platform, email, password);
  for (const node of [0, 1]) expect((await platform.session(cookie, node).get('/v1/me')).status).toBe(200);
  const out = await platform.session(cookie).delete('/v1/sessions/current');
  expect(out.status).toBe(204);
  expect(out.headers.get('set-cookie')).toMatch(/^__Host-bailiwick-au=; Path=\/; Max-Age=0; HttpOnly; Secure/);
  for (const node of [0, 1]) expect((await platform.session(cookie, node).get('/v1/me')).status).toBe(401);
  expect((await platform.client(tenant.ownerKey).delete('/v1/sessions/current')).status).toBe(404);
});

test('a cookie is no bearer and a key no cookie, also where each was seen before', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  const cookie = await signIn(platform, email, password);
  const name = '__Host-bailiwick-au=';
  expect((await platform.session(cookie).get('/v1/me')).status).toBe(200);
  expect((await platform.client(tenant.ownerKey).get('/v1/me')).status).toBe(200);

  expect((await platform.client(cookie.slice(name.length)).get('/v1/me')).status).toBe(401);
  expect((await platform.session(name + tenant.ownerKey).get('/v1/me')).status).toBe(401);
});

test('one ends another session of one’s own, not somebody else’s', async () => {
  const tenant = await aTenant(platform);
  const [mine, theirs] = [await tenant.given.person(password), await tenant.given.person(password)];
  const session = platform.session(await signIn(platform, mine.email, password));
  const lost = platform.session(await signIn(platform, mine.email, password));
  const other = platform.session(await signIn(platform, theirs.email, password));
  const lostId = (await lost.get('/v1/me/sessions')).body.items.find(
    (each: { isCurrent: boolean }) => each.isCurrent,
  ).id;
  const otherId = (await other.get('/v1/me/sessions')).body.items[0].id;
  expect((await session.delete(`/v1/me/sessions/${otherId}`)).status).toBe(404);
  expect((await session.delete(`/v1/me/sessions/${lostId}`)).status).toBe(204);
  expect((await session.delete(`/v1/me/sessions/${lostId}`)).status).toBe(404);
  expect((await lost.get('/v1/me')).status).toBe(401);
  expect((await other.get('/v1/me')).status).toBe(200);
});

test('a session is over after 12 hours, or after 2 without use', async () => {
  const tenant = await aTenant(platform, 'eu');
  const { email } = await tenant.given.person(password);
  const session = platform.session(await signIn(platform, email, password));
  // Its use is noted beside the request.
  const noted = () =>
    platform.sql(
      'eu',
      `select 1 from sessions where tenant_id = $1 and last_seen_at > platform_time() - interval '1 hour'`,
      [tenant.id],
    );
  const atHours = async (hours: string) => {
    await platform.shiftClock('eu', hours);
    const { status } = await session.get('/v1/me');
    if (status === 200) await expect.poll(noted).toHaveLength(1);
    return status;
  };
  for (const hours of ['1.9', '3.8', '5.7', '7.6', '9.5', '11.4']) expect(await atHours(`${hours} hours`)).toBe(200);
  expect(await atHours('12.1 hours')).toBe(401);
  await platform.shiftClock('eu', '0');
  const idle = platform.session(await signIn(platform, email, password));
  await platform.shiftClock('eu', '2.1 hours');
  expect((await idle.get('/v1/me')).status).toBe(401);
  await platform.shiftClock('eu', '0');
});

test('A2: ten wrong passwords for an address from one source, then none is heard there, on any node', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  const from = aSource();
  const tries = await Promise.all(
    Array.from({ length: 14 }, (_, at) =>
      attempt({ email, password: `wrong guess number ${at}` }, { from, node: at % 2 }),
    ),
  );
  const statuses = tries.map(({ status }) => status).sort();
  expect(statuses.filter((status) => status === 401).length).toBe(10);
  expect(statuses.filter((status) => status === 429).length).toBe(4);
  const limited = await attempt({ email, password }, { from, node: 1 });
  expect(limited.status).toBe(429);
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(limited.headers.get('retry-after'))).toBeLessThanOrEqual(900);
  expect((await attempt({ email, password })).status).toBe(201);
  await platform.shiftClock('au', '16 minutes');
  expect((await attempt({ email, password }, { from })).status).toBe(201);
  await platform.shiftClock('au', '0');

  const unknown = `${aName('nobody')}@example.com`;
  const source = aSource();
  for (let at = 0; at < 10; at++)
    expect((await attempt({ email: unknown, password }, { from: source })).status).toBe(401);
  expect((await attempt({ email: unknown, password }, { from: source })).status).toBe(429);
});

test('A2: strangers exhaust an address for strangers, not for the person who signed in before', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  const home = aSource();
  expect((await attempt({ email, password }, { from: home })).status).toBe(201);
  await platform.sql('au', 'delete from guesses');
  expect((await attempt({ email, password: 'a stranger guesses' })).status).toBe(401);
  await platform.sql('au', 'update guesses set count = 100');
  expect((await attempt({ email, password: 'a stranger guesses' })).status).toBe(429);
  expect((await attempt({ email, password })).status).toBe(429);
  expect((await attempt({ email, password }, { from: home })).status).toBe(201);
  await platform.sql('au', 'delete from guesses');
});

test('right passwords cost nothing of what may be guessed', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  const from = aSource();
  for (let at = 0; at < 11; at++) expect((await attempt({ email, password }, { from })).status).toBe(201);
});

test('another site signs nobody in, and a form cannot', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  for (const origin of ['https://evil.example', 'null', `${platform.url}.evil.example`])
    expect(await attempt({ email, password }, { headers: { origin } })).toMatchObject({
      status: 403,
      body: { type: 'urn:bailiwick:problem:foreign-origin' },
    });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
    expect((await attempt({ email, password }, { headers: { 'content-type': type } })).status).toBe(415);
  const own = await attempt({ email, password }, { headers: { origin: platform.url } });
  expect(own.status).toBe(201);

  const cookie = own.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const change = (headers: Record<string, string>) =>
    platform.anyone.call('DELETE', '/v1/sessions/current', { headers: { cookie, ...headers } });
  expect((await change({})).status).toBe(403);
  expect((await change({ origin: platform.url })).status).toBe(403);
  expect((await change({ origin: 'https://evil.example', 'x-bailiwick-csrf': '1' })).status).toBe(403);
  expect((await change({ origin: platform.url, 'x-bailiwick-csrf': '1' })).status).toBe(204);
});

test('each kind of credential learns who it is', async () => {
  const tenant = await aTenant(platform);
  expect((await platform.operator.get('/v1/me')).body).toEqual({
    kind: 'operator',
    id: null,
    tenantId: null,
    expiresAt: null,
  });
  expect((await platform.client(tenant.ownerKey).get('/v1/me')).body).toMatchObject({
    kind: 'service-account',
    tenantId: tenant.id,
    isOwner: true,
  });
  const token = await tenant.given.token();
  expect((await platform.client(token.value).get('/v1/me')).body).toMatchObject({
    kind: 'provisioning-token',
    tenantId: tenant.id,
    id: token.id,
    expiresAt: token.expiresAt,
  });
  expect((await platform.anyone.get('/v1/me')).status).toBe(401);
  await accept(platform, tenant.ownerEmail, password);
  const owner = platform.session(await signIn(platform, tenant.ownerEmail, password));
  expect((await owner.get('/v1/me')).body).toMatchObject({
    kind: 'account',
    isOwner: true,
    tenantDisplayName: `${tenant.name} display`,
  });
});

test('A1: two passwords that agree in their first 72 bytes are two passwords', async () => {
  const tenant = await aTenant(platform);
  const long = 'velvet canyon otter mirage '.repeat(3);
  const { email } = await tenant.given.person(`${long}north by night`);
  expect((await attempt({ email, password: `${long}south by night` })).status).toBe(401);
  expect((await attempt({ email, password: `${long}north by night` })).status).toBe(201);
});

test('a person is found in whichever cell of the region the tenant lives', async () => {
  const { operator, outbox, anyone, sql, databases } = await aPlatform({ regions: ['us'], cells: 2 });
  const placed = new Set<number>();
  for (let at = 0; placed.size < 2 && at < 12; at++) {
    const email = `owner@cells-${at}.example`;
    const { body } = await operator.post('/v1/tenants', {
      name: `cells-${at}`,
      displayName: `Cells ${at}`,
      legalName: `Cells ${at}`,
      region: 'us',
      country: 'US',
      type: 'customer',
      owner: { email, firstName: 'Ada', lastName: 'Owner' },
    });
    const [placement] = await sql('us', 'select cell from placements where tenant_id = $1', [body.tenant.id]);
    if (placed.has(placement.cell)) continue;
    placed.add(placement.cell);
    const token = /\/accept#(\S+)/.exec((await outbox(email))[0]?.body ?? '')?.[1];
    expect((await anyone.post('/v1/invitations/accept', { token, password })).status).toBe(200);
    const reply = await anyone.post('/v1/sessions', { email, password });
    expect(reply).toMatchObject({ status: 201, body: { tenantId: body.tenant.id } });
  }
  expect(placed.size).toBe(databases.cells.us?.length);
});
