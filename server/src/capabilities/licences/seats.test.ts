import { beforeAll, describe, expect, test } from 'vitest';
import {
  accept,
  aName,
  aPlatform,
  aTenant,
  clientOf,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../../../test/harness.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await aPlatform({
    regions: ['au'],
    nodes: 2,
    env: { BAILIWICK_REQUESTS_PER_SECOND: '100000', BAILIWICK_POOL_SIZE: '5' },
  });
});

/** A tenant whose licence leaves so many seats free. */
async function withFree(free: number, tier: object = {}) {
  const tenant = await aTenant(platform, 'au');
  const { users } = (await tenant.client.get('/licences/usage')).body;
  const licence = await tenant.given.licence({ userLimit: users + free, ...tier });
  return { ...tenant, licence };
}

const person = () => ({ email: `${aName()}@people.example`, firstName: 'Grace', lastName: 'Person' });
const scim = (key: string, node = 0) =>
  clientOf(platform.urls[node % platform.urls.length] as string, key, { 'content-type': 'application/scim+json' });

/** What is counted against what is there. */
async function expectExact({ id }: TestTenant) {
  const [row] = await platform.sql(
    'au',
    `select l.seats - (select sum(free) from seats s where s.tenant_id = l.tenant_id)::int as counted,
            (select count(*)::int from accounts a where a.tenant_id = l.tenant_id and status <> 'disabled'
             and deleted_at is null) as there
     from seat_limits l where l.tenant_id = $1`,
    [id],
  );
  expect(row.counted).toBe(row.there);
  return row.there as number;
}

describe('a hard limit of accounts', () => {
  test('Z9: of 50 creations at once over two nodes for one free seat exactly one succeeds', async () => {
    const tenant = await withFree(1);
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, at) => tenant.below(tenant.ownerKey, at % 2).post('/accounts', person())),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = replies.filter(({ status }) => status !== 201);
    for (const { status, body } of refused) {
      expect([status, body.type]).toEqual([409, 'urn:bailiwick:problem:no-seat-left']);
      expect(body.detail).toContain(tenant.licence.name);
      expect(body.detail).toMatch(/allows 2 accounts.*Disable or delete accounts/);
    }
    expect(await expectExact(tenant)).toBe(2);
  });

  test('Z9: the same of SCIM, with creations and reactivations together', async () => {
    const tenant = await withFree(4);
    const { value: token } = await tenant.given.token();
    const path = `/scim/v2/${tenant.id}/Users`;
    const made = await Promise.all(
      [0, 1, 2, 3].map((at) => scim(token, at).post(path, { userName: aName('user'), active: true })),
    );
    const ids = made.map(({ body }) => body.id as string);
    const active = (id: string, value: boolean, at: number) =>
      scim(token, at).patch(`${path}/${id}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'active', value }],
      });
    for (const id of ids) expect((await active(id, false, 0)).status).toBe(200);
    await tenant.given.account();
    await tenant.given.account();
    await tenant.given.account();
    const replies = await Promise.all([
      ...ids.map((id, at) => active(id, true, at)),
      ...Array.from({ length: 16 }, (_, at) => scim(token, at).post(path, { userName: aName('user') })),
    ]);
    expect(replies.filter(({ status }) => status < 300)).toHaveLength(1);
    for (const { status, body } of replies.filter((each) => each.status >= 300))
      expect([status, body.detail]).toEqual([409, expect.stringContaining('all seats are taken')]);
    await expectExact(tenant);
  });

  test('holds for enabling as for making', async () => {
    const tenant = await withFree(2);
    const { client } = tenant;
    const { email } = await tenant.given.person('a long enough password for tests');
    const [first] = (await client.get(`/accounts?q=${email}`)).body.items;
    await tenant.given.account();
    await client.post(`/accounts/${first.id}/disable`);
    await tenant.given.account();
    const enabled = await client.post(`/accounts/${first.id}/enable`);
    expect([enabled.status, enabled.body.type]).toEqual([409, 'urn:bailiwick:problem:no-seat-left']);
    expect((await client.get(`/accounts/${first.id}`)).body.status).toBe('disabled');
    await expectExact(tenant);
  });

  test('an explanation tells it as the act does: made and enabled, while all seats are taken and when one is free again', async () => {
    const tenant = await withFree(2);
    const { client } = tenant;
    await accept(platform, tenant.ownerEmail, 'a long enough password for tests');
    const { id } = await tenant.given.person('a long enough password for tests');
    await client.post(`/accounts/${id}/disable`);
    const explained = async (operation: string) => (await client.get(`/access/explain?operation=${operation}`)).body;
    const seat = ({ conditions }: { conditions: { name: string; met: boolean | null }[] }) =>
      conditions.find(({ name }) => name === 'seat-free')?.met;
    const act = {
      'accounts.create': () => client.post('/accounts', person()),
      'accounts.enable': () => client.post(`/accounts/${id}/enable`),
    };
    const left = await tenant.given.account();
    const other = await tenant.given.account();
    await platform.sql('au', `update accounts set status = 'enabled' where tenant_id = $1 and status = 'new'`, [
      tenant.id,
    ]);
    for (const [operation, send] of Object.entries(act)) {
      const no = await explained(operation);
      expect([operation, no.allowed, seat(no)]).toEqual([operation, false, false]);
      expect(
        no.remedies.map(({ changes }: { changes: { kind: string }[] }) => changes.map(({ kind }) => kind)),
      ).toEqual([['free-seat']]);
      expect((await send()).body.type).toBe('urn:bailiwick:problem:no-seat-left');
    }
    // Of what takes none it says nothing, and who has a seat needs none.
    expect(seat(await explained('accounts.change'))).toBeUndefined();
    const is = (state: string, { id: of }: { id: string }) =>
      platform.sql('au', `update accounts set ${state} where tenant_id = $1 and id = $2`, [tenant.id, of]);
    const answered = async (operation: string) => {
      const body = await explained(operation);
      return [body.allowed, seat(body)];
    };
    const sent = (act: string, { id: of }: { id: string }) => client.post(`/accounts/${of}/${act}`);
    // An invitation that waits is sent again, and enabled once it was accepted.
    await is(`status = 'new'`, other);
    expect(await answered('accounts.enable')).toEqual([false, false]);
    expect((await sent('enable', other)).body.type).toBe('urn:bailiwick:problem:not-verified');
    await is('verified_at = now()', left);
    expect(await answered('accounts.invite')).toEqual([true, null]);
    expect((await sent('invite', other)).status).toBe(200);
    await is('verified_at = now()', other);
    expect(await answered('accounts.enable')).toEqual([true, null]);
    expect((await sent('enable', other)).body.status).toBe('enabled');
    // One that provisioning left is invited, and stays enabled.
    expect(await answered('accounts.invite')).toEqual([false, false]);
    await is('verified_at = null', left);
    expect(await answered('accounts.invite')).toEqual([true, null]);
    expect((await sent('invite', left)).body.status).toBe('enabled');
    // One that provisioning brings is changed there.
    await is(`source = 'scim'`, left);
    expect(await answered('accounts.invite')).toEqual([false, false]);
    expect((await sent('invite', left)).body.type).toBe('urn:bailiwick:problem:managed-elsewhere');
    // The remedy that it tells.
    expect((await client.post(`/accounts/${other.id}/disable`)).status).toBe(200);
    for (const [operation, send] of Object.entries(act)) {
      const yes = await explained(operation);
      expect([operation, yes.allowed, seat(yes)]).toEqual([operation, true, true]);
      const made = await send();
      expect(made.status, made.text).toBeLessThan(300);
      await client.post(`/accounts/${made.body.id}/disable`);
    }
  });

  test('holds for people of a file: those who find no seat are named, and the others are invited', async () => {
    const tenant = await withFree(2);
    const lines = [1, 2, 3, 4].map((at) => `p${at}@${tenant.name}.example,Person,Number ${at}`);
    const started = await tenant.client.post('/accounts/invite-many', {
      csv: ['E-mail,First name,Last name', ...lines].join('\r\n'),
    });
    let task = started.body;
    while (!['done', 'failed'].includes(task.state)) task = (await tenant.client.get(`/tasks/${task.id}`)).body;
    expect(task.state).toBe('done');
    expect(task.result.counts.invited).toBe(2);
    expect((await tenant.client.get(`/tasks/${task.id}/result`)).text).toContain('all seats are taken');
    expect(await expectExact(tenant)).toBe(3);
  });

  test('signs nobody out, also when there are fewer seats than people', async () => {
    const tenant = await aTenant(platform, 'au');
    const { email } = await tenant.given.person('a long enough password for tests');
    const cookie = await signIn(platform, email, 'a long enough password for tests');
    await tenant.given.licence({ userLimit: 1 });
    expect((await platform.session(cookie).get('/v1/me')).status).toBe(200);
    expect(await signIn(platform, email, 'a long enough password for tests')).toBeTruthy();
  });

  test('counts by what is there: random acts at once, then it is equal', async () => {
    const tenant = await withFree(12);
    const { value: token } = await tenant.given.token();
    const path = `/scim/v2/${tenant.id}/Users`;
    const ids: string[] = [];
    const users: string[] = [];
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    const one = async (at: number) => {
      const client = tenant.below(tenant.ownerKey, at % 2);
      const id = ids[random(Math.max(1, ids.length))];
      const user = users[random(Math.max(1, users.length))];
      switch (random(7)) {
        case 0:
        case 1:
          return client.post('/accounts', person()).then(({ body }) => body.id && ids.push(body.id));
        case 2:
          return id && client.post(`/accounts/${id}/disable`);
        case 3:
          return id && client.delete(`/accounts/${id}`, '*');
        case 4:
          return id && client.post(`/accounts/${id}/enable`);
        case 5:
          return scim(token, at)
            .post(path, { userName: aName('user'), active: random(3) > 0 })
            .then(({ body }) => body.id && users.push(body.id));
        default:
          return user && scim(token, at).call('DELETE', `${path}/${user}`);
      }
    };
    for (let round = 0; round < 6; round++) {
      await Promise.all(Array.from({ length: 12 }, (_, at) => one(at)));
      const there = await expectExact(tenant);
      expect(there).toBeLessThanOrEqual(13);
    }
  });

  test('is counted exactly when it begins and ends beside creations', async () => {
    const tenant = await aTenant(platform, 'au');
    for (let round = 0; round < 3; round++) {
      const [licence] = await Promise.all([
        tenant.given.licence({ userLimit: 1000 }),
        ...Array.from({ length: 12 }, (_, at) => tenant.below(tenant.ownerKey, at % 2).post('/accounts', person())),
      ]);
      await expectExact(tenant);
      expect((await tenant.client.delete(`/licences/${licence.id}`, '*')).status).toBe(204);
    }
    expect(await platform.sql('au', 'select from seats where tenant_id = $1', [tenant.id])).toEqual([]);
  });

  test('below what is there refuses until there is room, and gives no seat twice', async () => {
    const tenant = await aTenant(platform, 'au');
    const made = [];
    for (let at = 0; at < 5; at++) made.push(await tenant.given.account());
    await tenant.given.licence({ userLimit: 4 });
    for (const { id } of made.slice(0, 2)) {
      expect((await tenant.client.post('/accounts', person())).status).toBe(409);
      await tenant.client.post(`/accounts/${id}/disable`);
    }
    expect((await tenant.client.post('/accounts', person())).status).toBe(409);
    await tenant.client.post(`/accounts/${made[2]?.id}/disable`);
    const gone = await tenant.client.delete(`/accounts/${made[2]?.id}`, '*');
    expect(gone.status, gone.text).toBe(204);
    expect((await tenant.client.post('/accounts', person())).status).toBe(201);
    expect((await tenant.client.post('/accounts', person())).status).toBe(409);
    expect(await expectExact(tenant)).toBe(4);
  });
});

test('a soft limit lets everybody in, and a tenant without a limit has nothing counted', async () => {
  const tenant = await withFree(1, { enforcement: 'soft' });
  for (const _ of [1, 2, 3]) expect((await tenant.client.post('/accounts', person())).status).toBe(201);
  expect(await platform.sql('au', 'select from seats where tenant_id = $1', [tenant.id])).toEqual([]);
  const { limits } = (await tenant.client.get('/licences/usage')).body;
  expect(limits).toMatchObject([{ of: 'users', limit: 2, used: 4, enforcement: 'soft', state: 'reached' }]);
});

test('licences of one product add up; of several products the least decides', async () => {
  const tenant = await aTenant(platform, 'au');
  const first = await tenant.given.licence({ userLimit: 2 });
  const again = await tenant.client.post(`/licences/${first.id}/subscriptions`, {
    tiers: [{ product: first.product.code, tier: 'small' }],
  });
  expect(again.body.number).toBe('0002');
  expect(await platform.sql('au', 'select seats from seat_limits where tenant_id = $1', [tenant.id])).toEqual([
    { seats: 4 },
  ]);
  await tenant.given.licence({ userLimit: 3 });
  expect(await platform.sql('au', 'select seats from seat_limits where tenant_id = $1', [tenant.id])).toEqual([
    { seats: 3 },
  ]);
  await tenant.given.licence({ userLimit: 1, enforcement: 'soft' });
  expect(await platform.sql('au', 'select seats from seat_limits where tenant_id = $1', [tenant.id])).toEqual([
    { seats: 3 },
  ]);
});
