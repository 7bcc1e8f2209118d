import { afterEach, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, type TestTenant } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'] });

afterEach(() => platform.shiftClock('au', '0'));

const DAY_MS = 86_400_000;
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const config = (tenant: TestTenant) => `/scim/v2/${tenant.id}/ServiceProviderConfig`;

/** What the token opens now: 200 or 401. */
const tried = async (tenant: TestTenant, token: string) => (await platform.client(token).get(config(tenant))).status;

/** Holds the database's clock at one moment. */
const freezeClock = (at: Date) =>
  platform.sql(
    'au',
    `create or replace function platform_time() returns timestamptz language sql stable parallel safe
     return timestamptz '${at.toISOString()}'`,
  );

test('a token lives 30 days, is shown once and opens its tenant’s SCIM', async () => {
  const tenant = await aTenant(platform);
  const made = await tenant.client.post('/provisioning-tokens', { name: 'Entra ID' });

  expect(made).toMatchObject({
    status: 201,
    etag: '"1"',
    body: { name: 'Entra ID', state: 'active', endsAt: null, successorId: null, createdBy: { name: 'bootstrap' } },
  });
  expect(made.body.value).toMatch(/^bwk_pt_[0-9A-Za-z]{54}_[0-9A-Za-z]{6}$/);
  expect(made.body.lastFour).toBe(made.body.value.slice(-4));
  expect(Date.parse(made.body.expiresAt) - Date.parse(made.body.createdAt)).toBe(30 * DAY_MS);
  expect(await tried(tenant, made.body.value)).toBe(200);

  const read = await tenant.client.get(`/provisioning-tokens/${made.body.id}`);
  const { value, ...rest } = made.body;
  expect({ ...read.body, lastUsedAt: null }).toEqual(rest);
  expect(value).toBeDefined();
});

test('a life is in the future and of 365 days at most', async () => {
  const tenant = await aTenant(platform);
  const issue = (days: number) =>
    tenant.client.post('/provisioning-tokens', {
      name: 'x',
      expiresAt: new Date(Date.now() + days * DAY_MS).toISOString(),
    });

  for (const days of [-1, 366, 3650])
    expect(await issue(days)).toMatchObject({ status: 400, body: { errors: [{ path: 'expiresAt' }] } });
  expect((await issue(364.9)).status).toBe(201);
  expect(
    await tenant.client.post('/provisioning-tokens', { name: 'x', expiresAt: '2026-13-01T00:00:00Z' }),
  ).toMatchObject({ status: 400, body: { errors: [{ path: 'expiresAt' }] } });
});

test('a token is over at the second of its expiry, by the database’s time', async () => {
  const tenant = await aTenant(platform);
  const token = await tenant.given.token();
  const expiry = Date.parse(token.expiresAt);

  const seen = [];
  for (const offsetMs of [-1000, 0, 1000]) {
    await freezeClock(new Date(expiry + offsetMs));
    seen.push(await tried(tenant, token.value));
  }
  expect(seen).toEqual([200, 401, 401]);
});

test('the expiry of a token cannot be edited', async () => {
  const tenant = await aTenant(platform);
  const token = await tenant.given.token();

  expect(
    (await tenant.client.patch(`/provisioning-tokens/${token.id}`, { expiresAt: token.expiresAt }, '*')).status,
  ).toBe(405);
  expect(
    await tenant.client.post(`/provisioning-tokens/${token.id}/rotate`, { expiresAt: token.expiresAt }),
  ).toMatchObject({ status: 400, body: { errors: [{ path: 'expiresAt' }] } });
});

test('a rotation leaves both valid for the overlap, then the successor alone', async () => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token({ name: 'Okta' });
  const rotated = await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`, { overlapSeconds: 600 });

  expect(rotated).toMatchObject({ status: 200, body: { name: 'Okta', state: 'active', successorId: null } });
  const next = rotated.body;
  expect(Date.parse(next.expiresAt) - Date.parse(next.createdAt)).toBe(30 * DAY_MS);
  expect((await tenant.client.get(`/provisioning-tokens/${old.id}`)).body).toMatchObject({
    state: 'rotating',
    successorId: next.id,
    expiresAt: old.expiresAt,
    endsAt: new Date(Date.parse(next.createdAt) + 600_000).toISOString(),
  });
  expect([await tried(tenant, old.value), await tried(tenant, next.value)]).toEqual([200, 200]);

  await platform.shiftClock('au', '9 minutes 50 seconds');
  expect(await tried(tenant, old.value)).toBe(200);
  await platform.shiftClock('au', '10 minutes');
  expect([await tried(tenant, old.value), await tried(tenant, next.value)]).toEqual([401, 200]);
  expect((await tenant.client.get(`/provisioning-tokens/${old.id}`)).body.state).toBe('expired');
});

test('the overlap is an hour by default, a day at most, and none ends the old one at once', async () => {
  const tenant = await aTenant(platform);
  const byDefault = await tenant.given.token();
  const { body } = await tenant.client.post(`/provisioning-tokens/${byDefault.id}/rotate`);
  const { endsAt } = (await tenant.client.get(`/provisioning-tokens/${byDefault.id}`)).body;
  expect(Date.parse(endsAt) - Date.parse(body.createdAt)).toBe(3_600_000);

  const old = await tenant.given.token();
  for (const overlapSeconds of [-1, 86_401, 1.5, '60', null])
    expect(await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`, { overlapSeconds })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'overlapSeconds' }] },
    });
  const next = await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`, { overlapSeconds: 0 });
  expect([await tried(tenant, old.value), await tried(tenant, next.body.value)]).toEqual([401, 200]);
});

test('an overlap never carries the old token beyond its own expiry', async () => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() });

  await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`, { overlapSeconds: 86_400 });

  expect((await tenant.client.get(`/provisioning-tokens/${old.id}`)).body.endsAt).toBe(old.expiresAt);
  await platform.shiftClock('au', '1 hour');
  expect(await tried(tenant, old.value)).toBe(401);
});

test.each(['old', 'new'])('a rotation is cancelled by naming the %s token', async (named) => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token();
  const next = (await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`)).body;

  const cancelled = await tenant.client.post(
    `/provisioning-tokens/${named === 'old' ? old.id : next.id}/cancel-rotation`,
  );

  expect(cancelled).toMatchObject({
    status: 200,
    body: { id: old.id, state: 'active', endsAt: null, successorId: null, expiresAt: old.expiresAt },
  });
  expect([await tried(tenant, old.value), await tried(tenant, next.value)]).toEqual([200, 401]);
  await platform.shiftClock('au', '2 hours');
  expect(await tried(tenant, old.value)).toBe(200);
  expect(await tenant.client.post(`/provisioning-tokens/${old.id}/cancel-rotation`)).toMatchObject({
    status: 409,
    body: { type: problem('no-rotation') },
  });
});

test('a rotation whose overlap is over cannot be cancelled', async () => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token();
  const next = (await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`, { overlapSeconds: 60 })).body;
  await platform.shiftClock('au', '1 minute');

  for (const { id } of [old, next])
    expect(await tenant.client.post(`/provisioning-tokens/${id}/cancel-rotation`)).toMatchObject({
      status: 409,
      body: { type: problem('no-rotation') },
    });
  expect(await tried(tenant, next.value)).toBe(200);
});

test('a token that rotates, or whose predecessor does, is not rotated again', async () => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token();
  const next = (await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`)).body;

  expect(await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`)).toMatchObject({
    status: 409,
    body: { type: problem('wrong-state') },
  });
  expect(await tenant.client.post(`/provisioning-tokens/${next.id}/rotate`)).toMatchObject({
    status: 409,
    body: { type: problem('rotation-under-way') },
  });
});

test('50 rotations of one token at once make one successor', async () => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token();
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => tenant.client.post(`/provisioning-tokens/${old.id}/rotate`)),
  );

  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200, 409]));
  expect((await tenant.client.get('/provisioning-tokens')).body.total).toBe(2);
});

test('a paused token opens nothing until it is resumed, and its life runs on', async () => {
  const tenant = await aTenant(platform);
  const token = await tenant.given.token();

  expect((await tenant.client.post(`/provisioning-tokens/${token.id}/pause`)).body.state).toBe('paused');
  expect(await tried(tenant, token.value)).toBe(401);
  expect((await tenant.client.get('/provisioning-tokens?state=paused,revoked')).body.items).toMatchObject([
    { id: token.id },
  ]);
  for (const act of ['pause', 'rotate'])
    expect(await tenant.client.post(`/provisioning-tokens/${token.id}/${act}`)).toMatchObject({
      status: 409,
      body: { type: problem('wrong-state') },
    });
  const resumed = await tenant.client.post(`/provisioning-tokens/${token.id}/resume`);
  expect(resumed.body).toMatchObject({ state: 'active', expiresAt: token.expiresAt });
  expect(await tried(tenant, token.value)).toBe(200);
  expect((await tenant.client.post(`/provisioning-tokens/${token.id}/resume`)).status).toBe(409);
});

test('a revoked token is refused with its next request, for good', async () => {
  const tenant = await aTenant(platform);
  const token = await tenant.given.token();
  expect(await tried(tenant, token.value)).toBe(200);

  expect(await tenant.client.delete(`/provisioning-tokens/${token.id}`)).toMatchObject({ status: 204, text: '' });

  expect(await tried(tenant, token.value)).toBe(401);
  expect((await tenant.client.get(`/provisioning-tokens/${token.id}`)).body.state).toBe('revoked');
  for (const act of ['pause', 'resume', 'rotate'])
    expect((await tenant.client.post(`/provisioning-tokens/${token.id}/${act}`)).status).toBe(409);
  expect((await tenant.client.delete(`/provisioning-tokens/${token.id}`)).status).toBe(204);
  expect((await tenant.client.delete(`/provisioning-tokens/${crypto.randomUUID()}`)).status).toBe(404);
});

test('a tenant holds 10 live tokens: of 50 asked for at once exactly 10 are made', async () => {
  const tenant = await aTenant(platform);
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, at) => tenant.client.post('/provisioning-tokens', { name: `token ${at}` })),
  );

  const made = replies.filter(({ status }) => status === 201);
  expect(made).toHaveLength(10);
  for (const refused of replies.filter(({ status }) => status !== 201))
    expect(refused).toMatchObject({ status: 409, body: { type: problem('too-many-tokens') } });
  expect((await tenant.client.get('/provisioning-tokens')).body.total).toBe(10);

  // A full house can still rotate, and cancel it.
  const [first, second] = made.map(({ body }) => body.id);
  expect((await tenant.client.post(`/provisioning-tokens/${first}/rotate`)).status).toBe(200);
  expect((await tenant.client.post(`/provisioning-tokens/${first}/cancel-rotation`)).status).toBe(200);
  expect((await tenant.client.post('/provisioning-tokens', { name: '11th' })).status).toBe(409);
  await tenant.client.delete(`/provisioning-tokens/${second}`);
  expect((await tenant.client.post('/provisioning-tokens', { name: '11th' })).status).toBe(201);
});

test('cancelling a rotation does not make an 11th live token', async () => {
  const tenant = await aTenant(platform);
  const tokens = await Promise.all(Array.from({ length: 10 }, () => tenant.given.token()));
  const old = tokens[0];
  const next = (await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`)).body;
  await tenant.client.delete(`/provisioning-tokens/${next.id}`);
  await tenant.given.token();

  expect(await tenant.client.post(`/provisioning-tokens/${old.id}/cancel-rotation`)).toMatchObject({
    status: 409,
    body: { type: problem('too-many-tokens') },
  });
});

test('the same Idempotency-Key issues one token and shows its value once', async () => {
  const tenant = await aTenant(platform);
  const issue = (headers: Record<string, string>) =>
    tenant.client.post('/provisioning-tokens', { name: 'once' }, headers);
  const headers = { 'idempotency-key': aName() };
  const first = await issue(headers);
  const again = await issue(headers);

  expect(again).toMatchObject({ status: 201, body: { id: first.body.id } });
  expect(first.body.value).toBeDefined();
  expect(again.body.value).toBeUndefined();
  expect((await tenant.client.get('/provisioning-tokens')).body.total).toBe(1);
});

test('no later reply, entry, notice, mail or row holds a value', async () => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token();
  const next = (await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`)).body;
  await tenant.client.post(`/provisioning-tokens/${next.id}/pause`);
  const seen = [
    await tenant.client.get('/provisioning-tokens'),
    await tenant.client.get(`/provisioning-tokens/${next.id}`),
    await tenant.client.get('/audit-entries?limit=200'),
  ].map(({ text }) => text);
  for (const table of ['credentials', 'audit_entries', 'jobs', 'notices', 'mails', 'idempotency_records'])
    seen.push(JSON.stringify(await platform.sql('au', `select t::text from ${table} t`)));

  for (const { value } of [old, next])
    for (const text of seen) expect(text).not.toContain(value.slice('bwk_pt_'.length + 22, -7));
  expect(await tenant.auditedActions()).toEqual(
    expect.arrayContaining(['provisioning-tokens.issue', 'provisioning-tokens.rotate', 'provisioning-tokens.pause']),
  );
});

test('the audit says what became of a token, before and after', async () => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token({ name: 'Okta' });
  const next = (await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`)).body;
  await tenant.client.delete(`/provisioning-tokens/${next.id}`);
  const { items } = (await tenant.client.get('/audit-entries?limit=200')).body;
  const entries = items.filter(({ target }: { target: { kind: string } }) => target.kind === 'provisioning-token');

  expect(entries).toMatchObject([
    {
      action: 'provisioning-tokens.revoke',
      target: { id: next.id, name: 'Okta' },
      outcome: 'success',
      before: { state: 'active' },
      after: { state: 'revoked' },
    },
    {
      action: 'provisioning-tokens.rotate',
      target: { id: old.id },
      before: { state: 'active', endsAt: null, successorId: null },
      after: { state: 'rotating', endsAt: expect.any(String), successorId: next.id },
    },
    { action: 'provisioning-tokens.rotate', target: { id: next.id }, after: { lastFour: next.lastFour } },
    { action: 'provisioning-tokens.issue', target: { id: old.id }, after: { expiresAt: old.expiresAt } },
  ]);
  expect(Object.keys(entries[0].after)).toEqual(['state']);
});

test('tokens are found by name and by their last four characters, sorted and paged', async () => {
  const tenant = await aTenant(platform);
  const [b, a, c] = [
    await tenant.given.token({ name: 'b' }),
    await tenant.given.token({ name: 'a' }),
    await tenant.given.token({ name: 'c' }),
  ];
  const ids = async (query: string) => {
    const { body } = await tenant.client.get(`/provisioning-tokens?${query}`);
    return body.items.map(({ id }: { id: string }) => id);
  };

  expect(await ids('')).toEqual([c.id, a.id, b.id]);
  expect(await ids('sort=name')).toEqual([a.id, b.id, c.id]);
  expect(await ids(`q=${a.lastFour}`)).toContain(a.id);
  const first = (await tenant.client.get('/provisioning-tokens?sort=name&limit=2')).body;
  expect(await ids(`sort=name&limit=2&cursor=${first.nextCursor}`)).toEqual([c.id]);
  expect(await tenant.client.get('/provisioning-tokens?state=lost')).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'query.state' }] },
  });
});

test('in a read-only tenant tokens can be revoked and paused, and nothing else', async () => {
  const tenant = await aTenant(platform);
  const [first, second] = [await tenant.given.token(), await tenant.given.token()];
  expect((await platform.operator.post(`${tenant.path}/read-only`)).status).toBe(200);

  expect((await tenant.client.delete(`/provisioning-tokens/${first.id}`)).status).toBe(204);
  expect((await tenant.client.post(`/provisioning-tokens/${second.id}/pause`)).status).toBe(200);
  for (const path of ['', `/${second.id}/resume`, `/${second.id}/rotate`, `/${second.id}/cancel-rotation`])
    expect(await tenant.client.post(`/provisioning-tokens${path}`, path === '' ? { name: 'x' } : {})).toMatchObject({
      status: 403,
      body: { type: problem('tenant-read-only') },
    });
});

test('each act needs its permission', async () => {
  const tenant = await aTenant(platform);
  const token = await tenant.given.token();
  const viewer = await tenant.given.machine([{ permission: 'provisioning.view' }]);
  const changer = await tenant.given.machine([{ permission: 'provisioning.change' }]);
  const nobody = await tenant.given.machine();

  expect((await nobody.client.get('/provisioning-tokens')).status).toBe(403);
  const read = await viewer.client.get(`/provisioning-tokens/${token.id}`);
  expect(read.body.actions.every(({ allowed }: { allowed: boolean }) => !allowed)).toBe(true);
  expect((await viewer.client.delete(`/provisioning-tokens/${token.id}`)).status).toBe(403);
  expect((await changer.client.post('/provisioning-tokens', { name: 'x' })).status).toBe(403);
  expect((await changer.client.post(`/provisioning-tokens/${token.id}/rotate`)).status).toBe(403);
  expect((await changer.client.delete(`/provisioning-tokens/${token.id}`)).status).toBe(204);
});

test('a token of another tenant is answered like one that never was', async () => {
  const tenant = await aTenant(platform);
  const foreign = await (await aTenant(platform)).given.token();
  const withoutId = ({ text }: { text: string }) => text.replace(/"requestId":"[^"]*"/, '');

  for (const act of ['', '/rotate', '/cancel-rotation', '/pause', '/resume']) {
    const call = (id: string) =>
      act === ''
        ? tenant.client.get(`/provisioning-tokens/${id}`)
        : tenant.client.post(`/provisioning-tokens/${id}${act}`);
    const there = await call(foreign.id);
    expect(there.status).toBe(404);
    expect(withoutId(there)).toBe(withoutId(await call(crypto.randomUUID())));
  }
});

test('owners are told 7 days and 1 day before a token expires, once each', async () => {
  const tenant = await aTenant(platform);
  const token = await tenant.given.token({ name: 'Entra ID' });
  const revoked = await tenant.given.token();
  await tenant.client.delete(`/provisioning-tokens/${revoked.id}`);
  /** The notices made, once no more than these jobs are left. */
  const toldWhenLeft = async (jobs: number) => {
    const left = () =>
      platform.sql('au', `select id from jobs where tenant_id = $1 and kind = 'provisioning.expiry-notice'`, [
        tenant.id,
      ]);
    for (let attempt = 0; attempt < 200 && (await left()).length > jobs; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await left()).toHaveLength(jobs);
    return platform.sql(
      'au',
      `select target_id, text from notices where tenant_id = $1 and kind = 'provisioning-token-expiry'`,
      [tenant.id],
    );
  };

  expect(await toldWhenLeft(4)).toEqual([]);
  await platform.shiftClock('au', '23 days');
  expect(await toldWhenLeft(2)).toMatchObject([{ target_id: token.id, text: expect.stringContaining('Entra ID') }]);
  await platform.shiftClock('au', '29 days');
  expect(await toldWhenLeft(0)).toMatchObject([{ target_id: token.id }, { target_id: token.id }]);
});

test('owners are not told of a token that was rotated', async () => {
  const tenant = await aTenant(platform);
  const old = await tenant.given.token({ expiresAt: new Date(Date.now() + 2 * DAY_MS).toISOString() });
  await platform.shiftClock('au', '23 hours 30 minutes');
  const { body } = await tenant.client.post(`/provisioning-tokens/${old.id}/rotate`);
  await platform.shiftClock('au', '25 hours');
  const left = () =>
    platform.sql(
      'au',
      `select payload->>'id' as id from jobs where tenant_id = $1 and kind = 'provisioning.expiry-notice'`,
      [tenant.id],
    );
  for (let attempt = 0; attempt < 200 && (await left()).length > 1; attempt++)
    await new Promise((resolve) => setTimeout(resolve, 100));

  expect(await left()).toEqual([{ id: body.id }]);
  expect(
    await platform.sql('au', `select id from notices where tenant_id = $1 and kind = 'provisioning-token-expiry'`, [
      tenant.id,
    ]),
  ).toEqual([]);
});
