import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { agentOf, aName, aPlatform, aTenant, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { aBatch, aBillingProfile, aProduct } from '../../../test/isolation/bodies.ts';

let platform: TestPlatform;
let tenant: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
  tenant = await aTenant(platform, 'au');
});

/** Asks until it is so. */
async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (isSo(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const person = () => ({ email: `${aName()}@people.example`, firstName: 'Grace', lastName: 'Person' });
const usage = async (of = tenant) => (await of.client.get('/licences/usage')).body;
const told = async (of: TestTenant) =>
  (
    await platform.sql(
      'au',
      `select text from notices where tenant_id = $1 and kind = 'licence' order by created_at, text`,
      [of.id],
    )
  ).map(({ text }) => text as string);

/** A namespace of a new tenant with a running gateway and a licence for it. */
async function licensed(tier: object, on = platform) {
  const own = await aTenant(on, 'au');
  const namespace = await own.given.namespace();
  await own.given.gateway(namespace.id);
  const agent = await own.given.agent(namespace.agentKey);
  const licence = await own.given.licence(tier);
  const assigned = await own.client.put(`/licences/${licence.id}/namespaces`, { namespaceIds: [namespace.id] }, '*');
  expect(assigned.status, assigned.text).toBe(200);
  const configuration = async () =>
    (await agentOf(on.url, namespace.agentKey).get(`${own.path}/agents/${agent.id}/configuration`)).body;
  const carry = (count: number, batch = aBatch(...Array.from({ length: count }, () => ({})))) =>
    own.given.transactions(namespace.agentKey, agent.id, batch);
  return { ...own, namespace, agent, licence, configuration, carry };
}

describe('transactions', () => {
  test('are counted once, also of a batch that is sent again; what gateways let in is, whatever comes of it, what they refuse is not', async () => {
    const own = await licensed({ transactionLimit: 1000 });
    const batch = aBatch({}, {}, { status: 403, reason: 'not-let-in' }, { status: 200, reason: 'let-in' });
    await own.carry(0, batch);
    await own.carry(0, batch);
    const routeId = randomUUID();
    const failed = ['upstream-failed', 'upstream-late', 'too-long', 'fault'].map((reason) => ({ status: 502, reason }));
    await own.carry(
      0,
      aBatch(
        ...failed.map((each) => ({ routeId, ...each })),
        { status: 499, routeId },
        { status: 499 },
        { status: 499, reason: 'hung-up', routeId },
        { status: 503, reason: 'fault' },
      ),
    );
    const { transactionsThisMonth, limits, items } = await usage(own);
    expect(transactionsThisMonth).toBe(8);
    expect(limits).toMatchObject([
      { of: 'transactions', used: 8, limit: 1000, state: 'within', licence: { id: own.licence.id } },
    ]);
    expect(items.at(-1)).toMatchObject({ transactions: 8, users: 1, peakUsers: 1 });
    expect(items).toHaveLength(31);
  });

  test('are of the licence that the namespace had then: assigning anew changes nothing of what was used', async () => {
    const own = await licensed({ transactionLimit: 5, graceDays: 1 });
    const other = await own.given.licence({ transactionLimit: 100 });
    const assign = async (licence: { id: string }, namespaceIds: string[]) => {
      const reply = await own.client.put(`/licences/${licence.id}/namespaces`, { namespaceIds }, '*');
      expect(reply.status, reply.text).toBe(200);
    };
    const limits = async () =>
      Object.fromEntries(
        (await usage(own)).limits
          .filter(({ of }: { of: string }) => of === 'transactions')
          .map(({ licence, ...limit }: { licence: { id: string } }) => [licence.id, limit]),
      );
    await own.carry(6);
    await look(own);
    const first = (await limits())[own.licence.id];
    expect(first).toMatchObject({ used: 6, state: 'grace' });
    const of = async ({ id }: { id: string }) => (await own.client.get(`/licences/usage?licenceId=${id}`)).body;
    const ofFirst = await of(own.licence);
    expect([ofFirst.transactionsThisMonth, ofFirst.items.at(-1).transactions]).toEqual([6, 6]);
    expect(ofFirst.limits.map(({ licence }: { licence: { id: string } }) => licence.id)).toEqual([own.licence.id]);
    const ofOther = await of(other);
    expect([ofOther.transactionsThisMonth, ofOther.items.at(-1).transactions]).toEqual([0, 0]);
    expect(ofOther.limits.map(({ licence }: { licence: { id: string } }) => licence.id)).toEqual([other.id]);
    expect(await own.client.get(`/licences/usage?licenceId=${randomUUID()}`)).toMatchObject({ status: 404 });
    const ofUsers = await own.given.licence({ userLimit: 1, enforcement: 'hard' });
    expect(await of(ofUsers)).toMatchObject({
      limits: [{ of: 'users', state: 'refusing' }],
      refused: [{ of: 'users' }],
    });
    expect((await of(other)).limits).toHaveLength(1);
    expect((await of(other)).refused).toEqual([]);

    await assign(own.licence, []);
    expect((await limits())[own.licence.id]).toEqual(first);
    await own.carry(1);
    await assign(other, [own.namespace.id]);
    await own.carry(2);
    expect(await limits()).toMatchObject({ [own.licence.id]: { used: 6 }, [other.id]: { used: 2 } });
    await assign(other, []);
    await assign(own.licence, [own.namespace.id]);
    expect((await limits())[own.licence.id]).toEqual(first);
    expect((await usage(own)).transactionsThisMonth).toBe(9);
  });

  test('over a soft limit go on, and it is told once', async () => {
    const own = await licensed({ transactionLimit: 5, enforcement: 'soft' });
    await own.carry(4);
    await look(own);
    await look(own);
    await own.carry(4);
    await look(own);
    await look(own);
    expect((await own.configuration()).refusal).toBeNull();
    expect(await told(own)).toEqual([
      expect.stringMatching(/4 of 5 transactions of this month are used, which is 80 % or more/),
      expect.stringMatching(/8 of 5 .* Everything goes on/),
    ]);
  });

  test('over a hard limit whose grace outlasts the month go on, and it is told so', async () => {
    const own = await licensed({ transactionLimit: 5, graceDays: 31 });
    await own.carry(6);
    await look(own);
    expect(await told(own)).toEqual([expect.stringMatching(/which is all\. Gateways go on: the month is over before/)]);
  });

  test('over a hard limit without days of grace are refused at once, and nothing is told of going on', async () => {
    const own = await licensed({ transactionLimit: 5, graceDays: 0 });
    await own.carry(6);
    await look(own);
    expect(await told(own)).toEqual([
      expect.stringMatching(/6 of 5 transactions .* are used, and gateways refuse now/),
    ]);
  });

  test('over a hard limit go on for the days of grace; then gateways are told to refuse, until there is more', async () => {
    const own = await licensed({ transactionLimit: 5, graceDays: 1 });
    const before = await own.configuration();
    await own.carry(6);
    await look(own);
    expect((await usage(own)).limits[0]).toMatchObject({ state: 'grace', used: 6, refusesFrom: expect.any(String) });
    expect((await own.configuration()).refusal).toBeNull();
    await platform.sql(
      'au',
      `update licence_standings set over_since = over_since - interval '1 day' where tenant_id = $1`,
      [own.id],
    );
    await look(own);
    const after = await own.configuration();
    expect(after.refusal).toMatch(
      new RegExp(
        `"${own.licence.name}" allows 5 transactions .* used up\\. It goes on from \\d{4}-\\d\\d-01 \\(UTC\\)`,
      ),
    );
    expect(after.version).not.toBe(before.version);
    await own.client.post(`/licences/${own.licence.id}/subscriptions`, {
      tiers: [{ product: own.licence.product.code, tier: 'small' }],
    });
    expect(await own.configuration()).toMatchObject({ refusal: null, version: before.version });
    expect((await told(own)).filter((text) => text.includes('gateways refuse now'))).toHaveLength(1);
  });

  test('over a hard limit have one grace, whatever is added and deleted meanwhile; a limit that was never reached has its own', async () => {
    const own = await licensed({ transactionLimit: 5, graceDays: 2 });
    const at = `/licences/${own.licence.id}/subscriptions`;
    const add = async () =>
      (await own.client.post(at, { tiers: [{ product: own.licence.product.code, tier: 'small' }] })).body;
    const limit = async () => {
      const [{ state, refusesFrom }] = (await usage(own)).limits;
      return { state, refusesFrom };
    };
    const aDayPasses = () =>
      platform.sql(
        'au',
        `update licence_standings set over_since = over_since - interval '1 day' where tenant_id = $1`,
        [own.id],
      );
    await own.carry(6);
    await look(own);
    await aDayPasses();
    const first = await limit();
    expect(first.state).toBe('grace');

    const second = await add();
    expect((await limit()).state).toBe('within');
    expect((await own.client.delete(`${at}/${second.id}`, '*')).status).toBe(204);
    expect(await limit()).toEqual(first);

    const third = await add();
    await own.carry(4);
    await look(own);
    const later = await limit();
    expect(later.state).toBe('grace');
    expect(later.refusesFrom > first.refusesFrom).toBe(true);
    await own.carry(5);
    const fourth = await add();
    expect(await limit()).toEqual(later);
    for (const { id } of [fourth, third]) expect((await own.client.delete(`${at}/${id}`, '*')).status).toBe(204);
    expect(await limit()).toEqual(first);
    await aDayPasses();
    await look(own);
    expect((await limit()).state).toBe('refusing');
  });
});

/** Has the look that comes by itself come now. */
async function look({ id }: TestTenant) {
  const [before] = await platform.sql('au', 'select id from licence_looks where tenant_id = $1', [id]);
  await platform.sql('au', `update due_jobs set due_at = now() where tenant_id = $1 and kind = 'licences.look'`, [id]);
  await until(
    () => platform.sql('au', 'select id from licence_looks where tenant_id = $1', [id]),
    ([now]) => now?.id !== before?.id,
  );
}

describe('time', () => {
  afterEach(() => platform.shiftClock('au', '0'));

  test('a subscription is renewed at its end by its frequency; one that is not goes on for its grace, and is over', async () => {
    const own = await aTenant(platform, 'au');
    const [kept, left] = [
      await own.given.licence({ userLimit: 50 }),
      await own.given.licence({ userLimit: 2, graceDays: 5 }),
    ];
    const path = `/licences/${left.id}/subscriptions/${left.subscription.id}`;
    expect((await own.client.patch(path, { autoRenew: false }, '*')).body.autoRenew).toBe(false);
    const { key } = await own.given.machine([{ permission: 'licences.view' }]);
    const viewer = own.below(await lasting(own, key));
    await platform.shiftClock('au', '33 days');
    const renewedOne = () => viewer.get(`/licences/${kept.id}/subscriptions/${kept.subscription.id}`);
    const { body } = await until(renewedOne, (reply) => reply.body.activeThrough !== kept.subscription.activeThrough);
    expect(body).toMatchObject({ state: 'active', activeFrom: kept.subscription.activeFrom });
    expect(await own.auditedActions()).toContain('subscriptions.renew');
    expect((await viewer.get(path)).body.state).toBe('grace');
    expect(await told(own)).toContainEqual(
      expect.stringMatching(/Subscription 0001 .* is over\. It stays in force until/),
    );
    await platform.shiftClock('au', '39 days');
    await until(
      () => viewer.get(path),
      (reply) => reply.body.state === 'ended',
    );
    await until(
      () => platform.sql('au', 'select seats from seat_limits where tenant_id = $1', [own.id]),
      ([limit]) => limit?.seats === 50,
    );
  });

  test('when all is over nobody is added by a hard limit, and the refusal says so', async () => {
    const own = await aTenant(platform, 'au');
    const { id, subscription, name } = await own.given.licence({ userLimit: 50 });
    await own.client.patch(`/licences/${id}/subscriptions/${subscription.id}`, { autoRenew: false }, '*');
    await platform.sql(
      'au',
      `update subscriptions set active_from = now() - interval '2 days', active_through = now() - interval '1 day' where tenant_id = $1`,
      [own.id],
    );
    await look(own);
    const reply = await own.client.post('/accounts', person());
    expect([reply.status, reply.body.type]).toEqual([409, 'urn:bailiwick:problem:no-seat-left']);
    expect(reply.body.detail).toContain(`"${name}" is over`);
    expect((await own.client.delete(`/licences/${id}`, '*')).status).toBe(204);
    expect((await own.client.post('/accounts', person())).status).toBe(201);
  });
});

/** A key of the machine that outlives the clock of the test. */
async function lasting(own: TestTenant, key: string): Promise<string> {
  await platform.sql('au', `update credentials set expires_at = now() + interval '300 days' where tenant_id = $1`, [
    own.id,
  ]);
  return key;
}

describe('what is much', () => {
  test('a tenant has 500 subscriptions at most, of all its licences; the refusal says what to do', async () => {
    const own = await aTenant(platform, 'au');
    const { id, product } = await own.given.licence({ transactionLimit: 1 });
    const other = await own.given.licence();
    await platform.sql(
      'au',
      `insert into subscriptions
         select (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'number', 'n' || n))).*
         from subscriptions s cross join generate_series(1, 497) n
         where s.tenant_id = $1 and s.licence_id = $2`,
      [own.id, other.id],
    );
    const tiers = [{ product: product.code, tier: 'small' }];
    const add = () => own.client.post(`/licences/${id}/subscriptions`, { tiers });
    expect((await add()).status).toBe(201);
    const refused = await add();
    expect([refused.status, refused.body.type]).toEqual([409, 'urn:bailiwick:problem:too-many-subscriptions']);
    expect(refused.body.detail).toMatch(/500 subscriptions at most\. Delete/);
  });

  test('of many limits at once 20 are told one by one, and then how many more', async () => {
    const own = await licensed({ transactionLimit: 1 });
    await platform.sql(
      'au',
      `update subscriptions set tiers = (
         select jsonb_agg(jsonb_set(tiers->0, '{product}', jsonb_build_object('code', 'p' || n, 'name', 'P' || n)))
         from generate_series(1, 30) n) where tenant_id = $1`,
      [own.id],
    );
    await own.carry(1);
    await look(own);
    await look(own);
    const texts = await told(own);
    expect(texts).toHaveLength(21);
    expect(texts).toContainEqual(expect.stringMatching(/^10 more limits and ends of licences/));
  });

  test('accounts are counted each hour where no licence limits them, and at each look where one does', async () => {
    const latest = async (of: TestTenant) => {
      const [day] = await platform.sql('au', 'select users from usage_days where tenant_id = $1 order by day desc', [
        of.id,
      ]);
      return day?.users;
    };
    const [free, limited] = [await aTenant(platform, 'au'), await aTenant(platform, 'au')];
    await free.given.licence({ userLimit: null, transactionLimit: 5 });
    await limited.given.licence({ userLimit: 50, transactionLimit: 5 });
    const before = await latest(free);
    for (const own of [free, limited]) {
      await own.given.account();
      await look(own);
    }
    expect([await latest(free), await latest(limited)]).toEqual([before, before + 1]);
    await platform.shiftClock('au', '61 minutes');
    await until(
      () => latest(free),
      (users) => users === before + 1,
    );
    await platform.shiftClock('au', '0');
  });
});

describe('notices', () => {
  test('at 80 and 100 % of the accounts, once each, to whoever may see licences, by mail too', async () => {
    const own = await aTenant(platform, 'au');
    const viewers = await own.given.group();
    await own.client.put(`/groups/${viewers.id}/grants`, { grants: [{ permission: 'licences.view' }] }, '*');
    const { email } = await own.given.person('a long enough password for tests', { groupIds: [viewers.id] });
    await own.given.licence({ userLimit: 5 });
    for (const count of [4, 5]) {
      while ((await usage(own)).users < count) await own.given.account();
      await look(own);
      await look(own);
    }
    const texts = await told(own);
    expect(texts.filter((text) => text.includes('4 of 5 accounts are used'))).toHaveLength(1);
    expect(texts.filter((text) => text.includes('5 of 5 accounts are used, which is all'))).toHaveLength(1);
    const mails = await until(
      () => platform.outbox(email),
      (all) => all.some(({ body }) => body.includes('which is all')),
    );
    expect(mails.filter(({ body }) => body.includes('which is all'))).toHaveLength(1);
  });
});

describe('what has no licence', () => {
  test('is not limited; where the operator asks for one, gateways carry nothing without', async () => {
    const own = await aTenant(platform, 'au');
    const namespace = await own.given.namespace();
    await own.given.gateway(namespace.id);
    const agent = await own.given.agent(namespace.agentKey);
    const at = `${own.path}/agents/${agent.id}/configuration`;
    expect((await agentOf(platform.url, namespace.agentKey).get(at)).body.refusal).toBeNull();

    const strict = await aPlatform({ regions: ['au'], env: { BAILIWICK_LICENSING: 'required' } });
    const there = await aTenant(strict, 'au');
    const strictly = await there.given.namespace();
    await there.given.gateway(strictly.id);
    const running = await there.given.agent(strictly.agentKey);
    const ask = async () =>
      (await agentOf(strict.url, strictly.agentKey).get(`${there.path}/agents/${running.id}/configuration`)).body;
    const before = await ask();
    expect(before.refusal).toContain('has no licence');
    expect((await there.client.post('/accounts', person())).status).toBe(201);
    const { id } = await there.given.licence();
    await there.client.put(`/licences/${id}/namespaces`, { namespaceIds: [strictly.id] }, '*');
    const after = await ask();
    expect(after.refusal).toBeNull();
    expect(after.version).not.toBe(before.version);
    await there.client.delete(`/licences/${id}`, '*');
    expect((await ask()).refusal).toContain('has no licence');
    expect((await there.client.post('/accounts', person())).body.detail).toContain('has no licence any more');
  });
});

describe('what is offered, and who is billed', () => {
  test('tenants see what is offered in their region, and keep what they added', async () => {
    const { operator } = platform;
    const product = (await operator.post('/v1/operator/products', { region: 'au', ...aProduct({ userLimit: 700 }) }))
      .body;
    const offers = async () =>
      (await tenant.client.get('/licence-offers')).body.items.filter(
        ({ code }: { code: string }) => code === product.code,
      );
    expect(await offers()).toMatchObject([{ tiers: [{ code: 'small', userLimit: 700, renewalFrequency: 'month' }] }]);
    const licence = (await tenant.client.post('/licences', { name: 'Ours' })).body;
    const at = `/licences/${licence.id}/subscriptions`;
    const tiers = [{ product: product.code, tier: 'small' }];
    const added = (await tenant.client.post(at, { tiers })).body;
    const { region: _, id, code: __, version: ___, createdAt: ____, updatedAt: _____, ...rest } = product;
    const replaced = await operator.put(`/v1/operator/products/${id}`, { ...rest, isOffered: false }, '"1"');
    expect(replaced.status, replaced.text).toBe(200);
    expect((await operator.put(`/v1/operator/products/${id}`, rest, '"1"')).status).toBe(412);
    expect(await offers()).toEqual([]);
    expect((await tenant.client.post(at, { tiers })).body.errors[0]).toMatchObject({ path: 'tiers.0.product' });
    expect((await tenant.client.get(`${at}/${added.id}`)).body.tiers[0].userLimit).toBe(700);
    expect((await operator.delete(`/v1/operator/products/${id}`, '*')).status).toBe(204);
    const noted = await platform.sql(
      'au',
      `select distinct action from operator_entries where action like 'products.%'`,
    );
    expect(noted.map(({ action }) => action).sort()).toEqual([
      'products.create',
      'products.delete',
      'products.replace',
    ]);
  });

  test('Z3: limits, times, owner and source are nobody’s to send', async () => {
    const { client } = tenant;
    const licence = (await client.post('/licences', { name: 'Plain' })).body;
    for (const [field, value] of Object.entries({
      source: 'file',
      owner: licence.id,
      userLimit: 9,
      legacyKey: 'x',
      createdAt: licence.createdAt,
      id: licence.id,
      tenantId: tenant.id,
    })) {
      const made = await client.post('/licences', { name: 'x', [field]: value });
      expect([made.status, made.body.errors?.[0].path]).toEqual([400, field]);
      const changed = await client.patch(`/licences/${licence.id}`, { name: 'x', [field]: value }, '*');
      expect([changed.status, changed.body.errors?.[0].path]).toEqual([400, field]);
    }
    const tiers = [{ product: 'a', tier: 'b', userLimit: 1_000_000 }];
    const added = await client.post(`/licences/${licence.id}/subscriptions`, {
      tiers,
      activeThrough: '2099-01-01T00:00:00Z',
    });
    expect(added.status).toBe(400);
  });

  test('billing is off unless the operator turns it on; then nothing is added without a profile, files are', async () => {
    expect((await tenant.client.get('/billing-profile')).body).toMatchObject({ state: 'off', currency: null });
    const refused = await tenant.client.put('/billing-profile', aBillingProfile, '*');
    expect([refused.status, refused.body.type]).toEqual([409, 'urn:bailiwick:problem:billing-off']);

    const billed = await aPlatform({ regions: ['au'], env: { BAILIWICK_BILLING: 'on' } });
    const there = await aTenant(billed, 'au');
    const gate = await there.client.post('/licences', { name: 'Ours' });
    expect([gate.status, gate.body.detail]).toEqual([409, expect.stringMatching(/^No active billing profile found/)]);
    expect((await there.client.get('/licence-offers')).body.needsBillingProfile).toBe(true);
    const said = await there.client.put('/billing-profile', aBillingProfile, '"1"');
    expect(said.body).toMatchObject({ state: 'active', activeSince: expect.any(String), ...aBillingProfile });
    expect((await there.client.put('/billing-profile', aBillingProfile, '"1"')).status).toBe(412);
    expect((await there.client.post('/licences', { name: 'Ours' })).status).toBe(201);
    for (const field of ['reference', 'contactName', 'purchaseOrder']) {
      const card = await there.client.put(
        '/billing-profile',
        { ...aBillingProfile, [field]: 'no 4111 1111-1111 1111' },
        '*',
      );
      expect(card.body.errors?.[0], card.text).toMatchObject({
        path: field,
        message: expect.stringContaining('number of a card'),
      });
    }
    const wrong = await there.client.put('/billing-profile', { ...aBillingProfile, currency: 'XXQ' }, '*');
    expect(wrong.body.errors[0].path).toBe('currency');
    expect((await there.client.delete('/billing-profile', '*')).status).toBe(204);
    expect((await there.client.post('/licences', { name: 'More' })).status).toBe(409);
    const entries = await billed.sql(
      'au',
      `select changes::text as text from audit_entries where action like 'billing%'`,
    );
    expect(entries.some(({ text }) => text?.includes('Ann Lee'))).toBe(false);
  });

  test('a namespace has one licence at most', async () => {
    const own = await licensed({});
    const other = await own.given.licence();
    const reply = await own.client.put(`/licences/${other.id}/namespaces`, { namespaceIds: [own.namespace.id] }, '*');
    expect(reply.body.errors).toEqual([
      { path: 'namespaceIds.0', message: expect.stringContaining('has another licence') },
    ]);
    const of = async ({ id }: { id: string }) =>
      (await own.client.get(`/licences/${id}`)).body.namespaces.map((namespace: { id: string }) => namespace.id);
    const before = await own.client.get(`/licences/${own.licence.id}`);
    const taken = await own.client.put(
      `/licences/${other.id}/namespaces`,
      { namespaceIds: [own.namespace.id], takeOver: true },
      '*',
    );
    expect(taken.status, taken.text).toBe(200);
    expect([await of(own.licence), await of(other)]).toEqual([[], [own.namespace.id]]);
    expect((await own.client.get(`/licences/${own.licence.id}`)).etag).not.toBe(before.etag);
    const entries = (await own.client.get('/audit-entries?action=licences.assign')).body.items;
    expect(
      entries
        .slice(0, 2)
        .map(({ target }: { target: { id: string } }) => target.id)
        .sort(),
    ).toEqual([own.licence.id, other.id].sort());
  });
});
