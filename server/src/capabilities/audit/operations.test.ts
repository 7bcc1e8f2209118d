import pg from 'pg';
import { beforeAll, expect, inject, test, vi } from 'vitest';
import { aName, aPlatform, aTenant, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

let platform: TestPlatform;
let tenant: TestTenant;
beforeAll(async () => {
  platform = await aPlatform();
  tenant = await aTenant(platform);
});

const soon = { timeout: 20_000, interval: 100 };

test('an entry says who did what to what, before and after', async () => {
  const group = await tenant.given.group({ name: aName('sales'), description: 'old' });
  const changed = await tenant.client.patch(`/groups/${group.id}`, { description: 'new' }, group.etag);

  const { status, body } = await tenant.client.get(`/audit-entries?targetId=${group.id}`);

  expect(status).toBe(200);
  expect(body).toMatchObject({ total: 2, totalIsAtLeast: false, nextCursor: null });
  expect(body.items[0]).toMatchObject({
    actor: { kind: 'service-account', name: expect.stringMatching(/\S/) },
    action: 'groups.change',
    target: { kind: 'group', id: group.id, name: group.name },
    outcome: 'success',
    before: { description: 'old' },
    after: { description: 'new' },
    door: 'api-key',
    requestId: changed.headers.get('x-request-id'),
  });
  expect(body.items[1]).toMatchObject({ action: 'groups.create', after: { name: group.name } });
  expect(body.items[1].before).toBeUndefined();
  const one = await tenant.client.get(`/audit-entries/${body.items[0].id}`);
  expect(one.body).toEqual(body.items[0]);
});

test('filters by time, actor, action, target, outcome, request', async () => {
  const machine = await tenant.given.machine([{ permission: 'groups.change' }]);
  const made = await machine.client.post('/groups', { name: aName('group') });
  await machine.client.get('/accounts'); // refused
  const ofActor = `actorId=${machine.id}`;
  const actions = async (query: string) =>
    (await tenant.client.get(`/audit-entries?${query}`)).body.items.map(({ action }: { action: string }) => action);

  expect(await actions(ofActor)).toEqual(['accounts.list', 'groups.create']);
  expect(await actions(`${ofActor}&outcome=refused`)).toEqual(['accounts.list']);
  expect(await actions(`${ofActor}&action=groups.create,groups.delete`)).toEqual(['groups.create']);
  expect(await actions(`${ofActor}&targetKind=group`)).toEqual(['groups.create']);
  expect(await actions(`targetId=${made.body.id}`)).toEqual(['groups.create']);
  expect(await actions(`q=${made.headers.get('x-request-id')}`)).toEqual(['groups.create']);
  const [entry] = (await tenant.client.get(`/audit-entries?${ofActor}`)).body.items;
  expect(await actions(`q=${entry.id}`)).toEqual(['accounts.list']);
  expect(await actions(`${ofActor}&from=${entry.at}`)).toEqual(['accounts.list']);
  expect(await actions(`${ofActor}&until=2020-01-01T00:00:00Z`)).toEqual([]);
});

test('bad filters are named', async () => {
  for (const [query, path] of [
    ['from=yesterday', 'query.from'],
    ['actorId=1', 'query.actorId'],
    ['action=%00', 'query.action'],
    ['targetKind=%27', 'query.targetKind'],
    ['outcome=maybe', 'query.outcome'],
    ['cursor=x', 'query.cursor'],
    ['sort=action', 'query.sort'],
    ['actor=x', 'query.actor'],
  ]) {
    const { status, body } = await tenant.client.get(`/audit-entries?${query}`);
    expect([query, status, body.errors?.[0]?.path]).toEqual([query, 400, path]);
  }
});

test('pages by cursor show each entry once, also while new ones are written', async () => {
  const other = await aTenant(platform);
  for (let at = 0; at < 5; at++) await other.given.group();
  const all = (await other.client.get('/audit-entries?limit=200')).body.items.map(({ id }: { id: string }) => id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await other.client.get(`/audit-entries?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
    await other.given.group();
  } while (cursor);
  expect(seen).toEqual(all);
});

test('needs audit.view, and another tenant sees nothing of it', async () => {
  const [entry] = (await tenant.client.get('/audit-entries')).body.items;
  const machine = await tenant.given.machine();
  expect((await machine.client.get('/audit-entries')).status).toBe(403);
  const other = await aTenant(platform);
  expect((await platform.client(other.ownerKey).get(`${tenant.path}/audit-entries`)).status).toBe(404);
  expect((await other.client.get(`/audit-entries/${entry.id}`)).status).toBe(404);
  expect((await other.client.get(`/audit-entries?q=${entry.id}`)).body.items).toEqual([]);
});

test('a person that was erased leaves its entries without personal fields', async () => {
  const account = await tenant.given.account({ firstName: 'Erasable' });
  const list = () => tenant.client.get(`/audit-entries?targetId=${account.id}&action=accounts.create`);
  const before = (await list()).body.items[0];
  expect(before.after).toMatchObject({ email: account.email, status: expect.any(String) });
  expect(before.withheld).toBeUndefined();
  const [stored] = await platform.sql('au', 'select changes::text as text from audit_entries where id = $1', [
    before.id,
  ]);
  expect(stored.text).not.toContain(account.email);

  await platform.sql('au', 'delete from subject_keys where subject_id = $1', [account.id]);

  const after = (await list()).body.items[0];
  expect(after).toMatchObject({ id: before.id, withheld: 'erased', after: { status: before.after.status } });
  expect(JSON.stringify(after.after)).not.toMatch(/Erasable|@/);
});

test('ciphertexts changed round open nowhere and hide nothing else', async () => {
  const [one, other] = [await tenant.given.account(), await tenant.given.account()];
  await platform.sql(
    'au',
    `update audit_entries e set personal = o.personal from audit_entries o
     where e.action = 'accounts.create' and o.action = 'accounts.create'
       and (e.target_id, o.target_id) in (($1, $2), ($2, $1))`,
    [one.id, other.id],
  );

  const { status, body } = await tenant.client.get('/audit-entries?limit=200');

  expect(status).toBe(200);
  const swapped = body.items.filter(
    ({ action, target }: { action: string; target: { id: string } }) =>
      action === 'accounts.create' && [one.id, other.id].includes(target.id),
  );
  expect(swapped).toHaveLength(2);
  for (const entry of swapped) {
    expect(entry.withheld).toBe('unreadable');
    expect(entry.after.email).toBeUndefined();
  }
});

test('without an entry there is no change, and a refusal stays a refusal', async () => {
  const machine = await tenant.given.machine();
  const name = aName('never');
  await platform.sql('au', 'revoke insert on audit_entries from app');
  try {
    const change = await tenant.client.post('/groups', { name });
    const refusal = await machine.client.post('/groups', { name });

    expect(change.status).toBeGreaterThanOrEqual(500);
    expect(refusal.status).toBe(403);
  } finally {
    await platform.sql('au', 'grant insert on audit_entries to app');
  }
  expect(await platform.sql('au', 'select id from groups where name = $1', [name])).toEqual([]);
});

test('the role of the server neither changes nor deletes entries', async () => {
  const { host, port } = inject('postgres');
  const client = new pg.Client({ host, port, user: 'app', database: platform.databases.cells.au?.[0] ?? '' });
  await client.connect();
  try {
    await client.query("select set_config('bailiwick.tenant', $1, false)", [tenant.id]);
    expect((await client.query('select id from audit_entries')).rows.length).toBeGreaterThan(0);
    for (const text of [
      "update audit_entries set action = 'x'",
      'delete from audit_entries',
      'truncate audit_entries',
      'select purge_tenant()',
    ])
      await expect(client.query(text)).rejects.toThrow(/permission denied|not closed/);
  } finally {
    await client.end();
  }
});

test('60 refusals of a minute are entries, the rest one summary of that principal', async () => {
  const machine = await tenant.given.machine();
  const [{ minute }] = await platform.sql('au', "select date_trunc('minute', now() - interval '5 minutes') as minute");
  const freeze = (at: Date) =>
    platform.sql(
      'au',
      `create or replace function platform_time() returns timestamptz language sql stable parallel safe
       return timestamptz '${at.toISOString()}'`,
    );
  await freeze(new Date(minute.getTime() + 10_000));
  for (let at = 0; at < 64; at++) expect((await machine.client.get('/accounts')).status).toBe(403);
  await freeze(new Date(minute.getTime() + 90_000));
  const entries = async () =>
    (await tenant.client.get(`/audit-entries?actorId=${machine.id}&outcome=refused&limit=200`)).body.items;
  await vi.waitFor(async () => expect(await entries()).toHaveLength(61), soon);
  await platform.shiftClock('au', '0');

  const [summary] = await entries();
  expect(summary).toMatchObject({
    action: 'audit.summarise-refusals',
    actor: { kind: 'service-account', id: machine.id },
    outcome: 'refused',
    details: { refused: 4 },
  });
});
