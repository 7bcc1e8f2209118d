import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestTenant } from '../../../test/harness.ts';
import { type Door, passages, type TenantState, tenantStates } from '../../kernel/doors.ts';
import { signRequest } from '../../kernel/http-signature.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au', 'eu'] });
const password = 'seven quiet herons walk home';
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const { operator } = platform;

/** Brings a tenant into a state by the acts that lead there; `closed` as it is before its rows are deleted. */
async function bring(tenant: TestTenant, state: TenantState) {
  if (state === 'read-only' || state === 'suspended')
    await operator.post(`${tenant.path}/${state === 'suspended' ? 'suspend' : state}`);
  if (state === 'closing') await tenant.client.post('/close', { confirmName: tenant.name });
  if (state === 'closed')
    await platform.sql('au', `update tenants set status = 'closed' where tenant_id = $1`, [tenant.id]);
  const { body } = await operator.get(`/v1/operator/tenants/${tenant.id}`);
  expect(body.status).toBe(state);
}

/** What a caller with all rights meets: everything, reading and looking only, these and restoring, nothing. */
async function passageOf(call: {
  get: (at: string) => Promise<{ status: number; body: { type?: string; items?: { id: string }[] } }>;
  post: (at: string, body?: unknown) => Promise<{ status: number; body: { type?: string } }>;
}) {
  const read = await call.get('/groups');
  const look = await call.post(`/groups/${read.body.items?.[0]?.id ?? newId()}/preview`, { status: 'enabled' });
  const change = await call.post('/groups', { name: aName('group') });
  const restore = await call.post('/restore');
  return [read, look, change, restore].map(({ status, body }) =>
    status < 400 ? status : `${status} ${body.type?.slice(22)}`,
  );
}

const shutBy: Record<TenantState, string> = {
  active: 'never',
  'read-only': 'never',
  suspended: '403 tenant-suspended',
  closing: '403 tenant-closing',
  closed: '403 tenant-closed',
};
const expected = (state: TenantState, door: Door) => {
  const shut = shutBy[state];
  return {
    open: [200, 200, 201, '409 wrong-state'],
    read: [200, 200, '403 tenant-read-only', '403 tenant-read-only'],
    restore: [200, 200, '403 tenant-closing', 200],
    shut: [shut, shut, shut, shut],
  }[passages[state][door]];
};

interface Keys {
  tenant: TestTenant;
  cookie: string;
  token: string;
  serviceKey: string;
  agentKey: string;
  invitation: string;
}

async function aTenantWithKeys(): Promise<Keys> {
  const tenant = await aTenant(platform);
  const [owners] = (await tenant.client.get('/groups')).body.items;
  const person = await tenant.given.person(password, { groupIds: [owners.id] });
  const cookie = await signIn(platform, person.email, password, tenant.id);
  const { value: token } = await tenant.given.token();
  const namespace = await tenant.given.namespace();
  const { body } = await tenant.client.post(`/namespaces/${namespace.id}/service-key/reset`, { overlapSeconds: 0 });
  const [mail] = await platform.outbox(tenant.ownerEmail);
  const invitation = /\/accept#(\S+)/.exec(mail?.body ?? '')?.[1] as string;
  return { tenant, cookie, token, serviceKey: body.serviceKey, agentKey: namespace.agentKey, invitation };
}

type Probe = (keys: Keys, state: TenantState) => Promise<void>;

/** One answer: 200 where the door is not shut. */
const oneAnswer = (state: TenantState, door: Door, { status, body }: { status: number; body: { type?: string } }) =>
  passages[state][door] === 'shut'
    ? expect(`${status} ${body.type?.slice(22)}`).toBe(shutBy[state])
    : expect(status).toBe(200);

const probes: Partial<Record<Door, Probe>> = {
  console: async ({ tenant, cookie }, state) => {
    const session = platform.session(cookie);
    const call = {
      get: (at: string) => session.get(tenant.path + at),
      post: (at: string, body?: unknown) => session.post(tenant.path + at, body),
    };
    expect(await passageOf(call)).toEqual(expected(state, 'console'));
  },
  'api-key': async ({ tenant }, state) => {
    expect(await passageOf(tenant.client)).toEqual(expected(state, 'api-key'));
  },
  scim: async ({ tenant, token }, state) => {
    const reply = await platform.client(token).get(`/scim/v2/${tenant.id}/ServiceProviderConfig`);
    if (passages[state].scim === 'shut') expect(reply.status).toBe(403);
    else expect(reply.status).toBe(200);
  },
  gateway: async ({ serviceKey, agentKey }, state) => {
    oneAnswer(state, 'gateway', await platform.client(serviceKey).get('/v1/me'));
    const signed = signRequest({
      agentKey,
      method: 'GET',
      targetUri: `${platform.url}/v1/me`,
      body: Buffer.alloc(0),
      now: new Date(),
      nonce: newId(),
    });
    oneAnswer(state, 'gateway', await platform.anyone.get('/v1/me', signed));
  },
  link: async ({ invitation }, state) => {
    oneAnswer(state, 'link', await platform.anyone.post('/v1/invitations/question', { token: invitation }));
  },
  operator: async ({ tenant }, state) => {
    oneAnswer(state, 'operator', await operator.get(`/v1/operator/tenants/${tenant.id}`));
  },
  job: async ({ tenant }, state) => {
    const id = newId();
    await platform.sql(
      'au',
      `insert into jobs values ($1, $2, 'tenants.close-for-good', '{"closesAt":"never"}', 'test')`,
      [tenant.id, id],
    );
    await platform.sql('au', `insert into due_jobs (id, tenant_id, kind) values ($1, $2, 'tenants.close-for-good')`, [
      id,
      tenant.id,
    ]);
    // Taken, then either done or left waiting for the tenant.
    await expect
      .poll(() => platform.sql('au', 'select 1 from due_jobs where id = $1 and due_at <= now()', [id]), {
        timeout: 20_000,
      })
      .toEqual([]);
    const left = () => platform.sql('au', 'select kind from jobs where id = $1', [id]);
    if (passages[state].job === 'shut') expect(await left()).toHaveLength(1);
    else await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  },
};

for (const state of tenantStates) {
  let keys: Promise<Keys> | undefined;
  const prepared = async () => {
    keys ??= aTenantWithKeys().then(async (made) => {
      await bring(made.tenant, state);
      return made;
    });
    return keys;
  };
  // The restoring door goes last of its state: it changes it. Each of the two gets a tenant of its own.
  for (const [door, probe] of Object.entries(probes) as [Door, Probe][])
    test(`${state} tenant, ${door} door: ${passages[state][door]}`, async () => {
      if (passages[state][door] !== 'restore') return probe(await prepared(), state);
      const own = await aTenantWithKeys();
      await bring(own.tenant, state);
      return probe(own, state);
    });
}

const acts = {
  suspend: { from: ['active', 'read-only'], to: 'suspended' },
  'read-only': { from: ['active', 'suspended'], to: 'read-only' },
  resume: { from: ['read-only', 'suspended'], to: 'active' },
};

test.each(tenantStates.flatMap((state) => Object.entries(acts).map(([act, rule]) => [state, act, rule] as const)))(
  'a tenant that is %s, asked by the operator to %s',
  async (state, act, { from, to }) => {
    const tenant = await aTenant(platform);
    await bring(tenant, state);
    const reply = await operator.post(`${tenant.path}/${act}`);
    if (from.includes(state)) {
      expect(reply).toMatchObject({ status: 200, body: { id: tenant.id, status: to } });
      expect(reply.text).not.toContain(tenant.name);
      expect((await operator.get(`/v1/tenants?id=${tenant.id}`)).body.items).toMatchObject([{ status: to }]);
      const entries = await platform.sql(
        'au',
        `select actor_kind, changes->'after'->>'status' as status from audit_entries
       where tenant_id = $1 and action like 'tenants.%' order by id desc limit 1`,
        [tenant.id],
      );
      expect(entries).toEqual([{ actor_kind: 'operator', status: to }]);
    } else {
      expect(reply).toMatchObject({ status: 409, body: { type: problem('wrong-state') } });
      expect(reply.body.detail).toContain(`This tenant is ${state}.`);
    }
  },
);

test('only the operator suspends, and only who may close does', async () => {
  const tenant = await aTenant(platform);
  for (const act of ['suspend', 'read-only', 'resume']) {
    expect((await tenant.client.post(`/${act}`)).status).toBe(403);
    expect((await platform.anyone.post(`${tenant.path}/${act}`)).status).toBe(401);
    expect((await operator.post(`/v1/tenants/${newId()}/${act}`)).status).toBe(404);
  }
  const viewer = await tenant.given.machine([{ permission: 'tenant.view' }, { permission: 'tenant.change' }]);
  expect((await viewer.client.post('/close', { confirmName: tenant.name })).status).toBe(403);
  expect((await viewer.client.get('/close/preflight')).status).toBe(403);
  expect((await operator.post(`${tenant.path}/close`, { confirmName: tenant.name })).status).toBe(404);
});

test('closing says what ends, asks for the name, tells the owners, and is taken back by restoring', async () => {
  const tenant = await aTenant(platform);
  await tenant.given.namespace();
  const preflight = await tenant.client.get('/close/preflight');
  expect(preflight).toMatchObject({ status: 200, body: { tenantId: tenant.id, graceDays: 30, blockers: [] } });
  const counts = Object.fromEntries(
    preflight.body.ends.map(({ kind, count }: { kind: string; count: number }) => [kind, count]),
  );
  expect(counts).toMatchObject({ account: 1, 'service-account': 1, group: 1, namespace: 1 });

  for (const [path, body] of [
    ['confirmName', { confirmName: 'another' }],
    ['confirmName', { confirmName: '' }],
    ['confirmName', {}],
    ['confirmName', { confirmName: 7 }],
    ['now', { confirmName: tenant.name, now: true }],
  ] as const) {
    const refused = await tenant.client.post('/close', body);
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map((error: { path: string }) => error.path)).toEqual([path]);
  }

  const closing = await tenant.client.post('/close', { confirmName: tenant.name });
  expect(closing).toMatchObject({ status: 200, body: { status: 'closing' } });
  const days = (Date.parse(closing.body.closesAt) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(29.9);
  expect(days).toBeLessThan(30.1);
  expect(closing.body.actions).toContainEqual({ name: 'tenants.restore', allowed: true, reason: null });
  const notices = await platform.sql('au', 'select kind, audience from notices where tenant_id = $1', [tenant.id]);
  expect(notices).toContainEqual({ kind: 'tenant-closing', audience: 'owners' });
  expect((await tenant.client.get('/close/preflight')).body.blockers).toEqual(['This tenant is closing.']);

  const restored = await tenant.client.post('/restore');
  expect(restored).toMatchObject({ status: 200, body: { status: 'active', closesAt: null } });
  expect((await tenant.client.post('/restore')).body.type).toBe(problem('wrong-state'));
  const actions = await tenant.auditedActions();
  expect(actions).toContain('tenants.close');
  expect(actions).toContain('tenants.restore');
});

test('a restored tenant outlives the end of the grace that it was given', async () => {
  const tenant = await aTenant(platform);
  await tenant.client.post('/close', { confirmName: tenant.name });
  await tenant.client.post('/restore');
  await platform.sql('au', `update due_jobs set due_at = platform_time() where tenant_id = $1`, [tenant.id]);
  await expect
    .poll(() =>
      platform.sql('au', `select 1 from due_jobs where tenant_id = $1 and kind like 'tenants.%'`, [tenant.id]),
    )
    .toEqual([]);
  expect((await tenant.client.get('')).body.status).toBe('active');
});

test('after its grace a closed tenant is gone for good, and its name is never given again', async () => {
  const tenant = await aTenant(platform);
  await tenant.given.person(password);
  await tenant.given.token();
  await tenant.given.namespace();
  await tenant.given.machine([{ permission: 'groups.view' }]);
  const neighbour = await aTenant(platform);
  await tenant.client.post('/close', { confirmName: tenant.name });
  await platform.shiftClock('au', '31 days');
  const status = async () => (await operator.get(`/v1/tenants?id=${tenant.id}`)).body.items[0].status;
  await expect.poll(status, { timeout: 20_000, interval: 500 }).toBe('closed');
  await platform.shiftClock('au', '31 days 2 minutes');
  const tables = (
    await platform.sql(
      'au',
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
       where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`,
    )
  ).map(({ name }) => name as string);
  const holding = async () => {
    const found: string[] = [];
    for (const table of tables)
      if ((await platform.sql('au', `select 1 from ${table} where tenant_id = $1 limit 1`, [tenant.id])).length)
        found.push(table);
    return found;
  };
  await expect
    .poll(holding, { timeout: 20_000, interval: 500 })
    .toEqual(['operator_entries', 'placements', 'tenant_index']);
  await platform.shiftClock('au', '0');

  expect((await operator.get(`/v1/tenants?id=${tenant.id}`)).body.items).toMatchObject([{ status: 'closed' }]);
  expect((await operator.get(`/v1/operator/tenants/${tenant.id}`)).status).toBe(404);
  expect((await tenant.client.get('')).status).toBe(401);
  expect((await neighbour.client.get('')).status).toBe(200);
  const again = await operator.post('/v1/tenants', {
    name: tenant.name,
    displayName: 'Again',
    legalName: 'Again',
    region: 'eu',
    country: 'AU',
    type: 'customer',
    owner: { email: 'again@example.com', firstName: 'A', lastName: 'B' },
  });
  expect(again).toMatchObject({ status: 409, body: { type: problem('name-taken') } });
});
