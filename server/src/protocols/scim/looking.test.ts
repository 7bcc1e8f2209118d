import { expect, test, vi } from 'vitest';
import { aTenantThatLooks } from '../../../test/bulk-looks.ts';
import { bulkOf, patchOf } from '../../../test/conformance/scim/scim.ts';
import { aName, aTenant } from '../../../test/harness.ts';
import { manyPeople } from '../../../test/many-people.ts';
import { TenantContext } from '../../kernel/context.ts';
import { Quota } from '../../kernel/quota.ts';

/** What a Bulk would do is seen before it is done: held against what it then does. */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const looks = await aTenantThatLooks();
const { platform, node, tenant, client, given, sql, token, base, scim } = looks;
const { preview, previewed, user, group, guard, traces, unhurried, lookedAndSent, deactivating, outcomesOf, auditors } =
  looks;

test('P23: what waits for who is as strong is seen by the token that would send it, and who leaves all the same', async () => {
  const machine = await given.machine(
    ['view', 'change', 'issue'].map((verb) => ({ permission: `provisioning.${verb}` })),
  );
  const weak = (await machine.client.post('/provisioning-tokens', { name: 'weak' })).body;
  const [stays, goes] = [await user(), await user()] as [string, string];
  await auditors([stays, goes]);
  const password = { op: 'replace', path: 'password', value: 'lantern orbit plum ferry' };
  const body = bulkOf([
    { method: 'PATCH', path: `/Users/${stays}`, data: patchOf(password) },
    deactivating(goes, password),
  ]);
  expect(outcomesOf(await previewed(body, `?tokenId=${token.id}`))).toEqual([
    ['changed', null],
    ['deactivated', null],
  ]);
  const { seen } = await lookedAndSent(body, weak);
  expect(seen.token).toEqual({ id: weak.id, name: 'weak' });
  expect(outcomesOf(seen)).toEqual([
    ['refused', 'credentials-held'],
    ['deactivated', 'credentials-held'],
  ]);
  expect(seen.effect.loses.people).toBe(1);
});

test('what the guard would hold back is seen, and who would act no more is without them', async () => {
  const users = await Promise.all(Array.from({ length: 12 }, () => user()));
  await sql(`update accounts set created_at = created_at - interval '2 days' where id = any($1)`, [users]);
  await auditors(users);
  await guard(1);
  const { seen } = await lookedAndSent(bulkOf(users.map((id) => deactivating(id))));
  const codes = outcomesOf(seen);
  expect(codes.filter(([outcome]: Any) => outcome === 'deactivated')).toHaveLength(10);
  expect(codes.slice(10)).toEqual([
    ['refused', 'removal-held'],
    ['refused', 'removal-held'],
  ]);
  expect(seen.effect.loses.people).toBe(10);
  await guard(100);
});

test('who would be taken over is seen to act, with the groups that they have', async () => {
  const local = await given.account();
  await auditors([local.id]);
  const data = { userName: local.username, emails: [{ value: local.email, primary: true }] };
  const body = bulkOf([{ method: 'POST', path: '/Users', bulkId: 'one', data }]);
  const { seen: refused } = await lookedAndSent(body);
  expect(outcomesOf(refused)).toEqual([['refused', expect.stringMatching(/taken$/)]]);
  const { items } = (await client.get('/provisioning/holds?state=open&kind=clash')).body;
  const hold = items.find(({ account }: Any) => account.id === local.id);
  expect((await client.post(`/provisioning/holds/${hold.id}/allow`)).status).toBe(200);
  const { seen } = await lookedAndSent(body);
  expect(outcomesOf(seen)).toEqual([['taken-over', null]]);
  expect(seen.effect.gains.people).toBe(1);
});

test('who would be made is named, with what they would get, and counts for nobody’s room', async () => {
  const taking = vi.spyOn(node.platform.rooms, 'take');
  const into = await group([], [{ permission: 'audit.view' }]);
  const body = bulkOf([
    { method: 'POST', path: '/Users', bulkId: 'ada', data: { userName: aName('ada'), displayName: 'Ada Lovelace' } },
    { method: 'POST', path: '/Users', bulkId: 'out', data: { userName: aName('out'), active: false } },
    {
      method: 'PATCH',
      path: `/Groups/${into}`,
      data: patchOf({ op: 'add', path: 'members', value: [{ value: 'bulkId:ada' }, { value: 'bulkId:out' }] }),
    },
  ]);
  taking.mockClear();
  const { names, effect, operations } = await previewed(body, '?side=gains&permission=audit.view');
  expect(taking).not.toHaveBeenCalled();
  expect(effect.gains).toMatchObject({ people: 1, inactive: 1 });
  expect(names.items).toMatchObject([{ displayName: 'Ada Lovelace', inactive: false }, { inactive: true }]);
  const first = (await previewed(body, '?side=gains&permission=audit.view&limit=1')).names;
  const second = (await previewed(body, `?side=gains&permission=audit.view&limit=1&after=${first.nextAfter}`)).names;
  expect([...first.items, ...second.items].map(({ displayName }: Any) => displayName)).toEqual(
    names.items.map(({ displayName }: Any) => displayName),
  );
  expect(second.nextAfter).toBeNull();
  expect(operations[0]).toMatchObject({ outcome: 'created', status: 201, name: 'Ada Lovelace', bulkId: 'ada' });
  expect(operations[2]).toMatchObject({ outcome: 'changed', name: (await client.get(`/groups/${into}`)).body.name });
});

test('a list of thousands of members is seen as well', async () => {
  const ids = await manyPeople(platform, tenant.id, 5300);
  const into = await group(ids.slice(0, 5200), [{ permission: 'audit.view' }]);
  const members = ids.slice(100).map((value) => ({ value }));
  const data = patchOf({ op: 'replace', path: 'members', value: members });
  const { seen } = await lookedAndSent(bulkOf([{ method: 'PATCH', path: `/Groups/${into}`, data }]));
  expect([seen.effect.gains.people, seen.effect.loses.people]).toEqual([100, 100]);
  const gone = await previewed(bulkOf([{ method: 'DELETE', path: `/Groups/${into}` }]));
  expect(gone.effect.loses.people).toBe(5200);
}, 120_000);

test('where somebody changes the same people nobody waits long', async () => {
  const id = await user();
  const before = await traces();
  await platform.besideChange('au', `update accounts set version = version where id = '${id}'`, async () => {
    const started = performance.now();
    const reply = await preview(bulkOf([{ method: 'DELETE', path: `/Users/${id}` }]));
    expect(reply.status, reply.text).toBe(503);
    expect(reply.headers.get('retry-after')).toBe('1');
    // Others wait ten seconds for a row.
    expect(performance.now() - started).toBeLessThan(9_000);
  });
  expect(await traces()).toEqual(before);
  const { operations } = await previewed(bulkOf([{ method: 'DELETE', path: `/Users/${id}` }]));
  const [{ display_name: name }] = (await sql('select display_name from accounts where id = $1', [id])) as Any;
  expect(operations).toMatchObject([{ status: 204, outcome: 'deleted', name }]);
});

test('whoever waits for what a look holds has it at once, and the look gives way', { timeout: 60_000 }, async () => {
  const users = await Promise.all(Array.from({ length: 250 }, () => user()));
  const deleting = (ids: string[]) => bulkOf(ids.map((id) => ({ method: 'DELETE', path: `/Users/${id}` })));
  const body = deleting(users);
  const before = await traces();
  const seen: string[] = [];
  const hurried = unhurried();
  const holding = vi.spyOn(TenantContext.prototype, 'waitAtMost');
  for (let round = 0; round < 20 && !seen.some((detail) => detail.startsWith('Somebody changes')); round++) {
    holding.mockClear();
    const looking = preview(body);
    // Then the first ones are done.
    await vi.waitUntil(() => holding.mock.calls.length > 1, { timeout: 30_000, interval: 5 });
    const reply = await scim.patch(`${base}/Users/${users[0]}`, patchOf({ op: 'replace', path: 'title', value: 'x' }));
    expect(reply.status, reply.text).toBe(200);
    const { status, body: said } = await looking;
    expect([200, 503]).toContain(status);
    seen.push(said.detail ?? '');
  }
  hurried();
  expect(seen.at(-1)).toMatch(/^Somebody changes the same just now/);
  const after = await traces();
  const moved = Object.keys(after).filter((name) => after[name] !== before[name]);
  expect(moved.filter((name) => !['accounts', 'audit_entries', 'provisioning_calls'].includes(name))).toEqual([]);
  expect((await previewed(deleting(users.slice(0, 10)))).counts.users.deleted).toBe(10);
});

test('one is looked at at a time, for two seconds, and each operation is a request', { timeout: 60_000 }, async () => {
  const id = await user();
  const body = bulkOf([deactivating(id), { method: 'GET' }, { method: 'DELETE', path: '/Users/nobody' }]);
  const spending = vi.spyOn(Quota.prototype, 'spend');
  await previewed(body);
  expect(spending).toHaveBeenCalledTimes(3);
  spending.mockRestore();
  await sql(
    `create function slowly() returns trigger language plpgsql as 'begin perform pg_sleep(30); return new; end'`,
  );
  await sql('create trigger slowly before update on accounts for each row execute function slowly()');
  try {
    const before = await traces();
    const started = performance.now();
    const slow = preview(body);
    const sleeping = "select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    await vi.waitUntil(async () => (await sql(sleeping)).length > 0, { timeout: 30_000, interval: 5 });
    expect(await preview(body)).toMatchObject({
      status: 429,
      body: { detail: expect.stringMatching(/^Another Bulk/) },
    });
    expect(await slow).toMatchObject({ status: 413, body: { detail: expect.stringContaining('2 seconds') } });
    // The statement would have slept for thirty.
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(await traces()).toEqual(before);
  } finally {
    await sql('drop trigger slowly on accounts');
  }
  expect((await previewed(body)).counts.users.deactivated).toBe(1);
});

test('paused or off is said, and looked at all the same', async () => {
  const body = bulkOf([{ method: 'DELETE', path: '/Users/nobody' }]);
  for (const [settings, says] of [
    [{ paused: true }, 'is paused'],
    [{ on: false }, 'is off'],
  ] as const) {
    expect((await client.patch('/provisioning', settings, '*')).status).toBe(200);
    const { warnings, operations } = await previewed(body);
    expect(warnings).toEqual([expect.stringContaining(says)]);
    expect(operations).toMatchObject([{ status: 404, outcome: 'refused' }]);
  }
  await client.patch('/provisioning', { on: true, paused: false }, '*');
  expect((await previewed(body)).warnings).toEqual([]);
});

test('it shows people and groups only to who may see them, and names what is wrong with what was handed in', async () => {
  const body = bulkOf([{ method: 'DELETE', path: '/Users/nobody' }]);
  const may = async (...permissions: string[]) =>
    (await given.machine(permissions.map((permission) => ({ permission })))).client;
  for (const [by, permission] of [
    [await may('provisioning.change', 'provisioning.view', 'groups.view', 'accounts.view'), 'provisioning.issue'],
    [await may('provisioning.issue', 'groups.view', 'accounts.view'), 'provisioning.view'],
    [await may('provisioning.issue', 'provisioning.view', 'groups.view'), 'accounts.view'],
    [await may('provisioning.issue', 'provisioning.view', 'accounts.view'), 'groups.view'],
  ] as const)
    expect(await preview(body, '', by)).toMatchObject({ status: 403, body: { permission } });
  const by = await may('provisioning.issue', 'provisioning.view', 'groups.view', 'accounts.view');
  expect((await preview(body, '', by)).status).toBe(200);

  for (const [wrong, status] of [
    [{}, 400],
    [{ Operations: 'none' }, 400],
    [{ Operations: [], failOnErrors: -1 }, 400],
    [bulkOf(Array.from({ length: 1001 }, () => ({}))), 413],
    [bulkOf([], { filler: 'x'.repeat(2_100_000) }), 413],
  ] as const)
    expect((await preview(wrong)).status).toBe(status);
  expect(await previewed(bulkOf([{}, 'x'] as Any))).toMatchObject({
    operations: [
      { status: 400, outcome: 'refused', method: '', path: '' },
      { status: 400, outcome: 'refused' },
    ],
    counts: { unreadable: 2 },
  });
  // As the Bulk itself takes it.
  expect(await previewed({ operations: [{ METHOD: 'delete', Path: '/Users/nobody' }], more: 1 })).toMatchObject({
    operations: [{ status: 404 }],
  });
  expect(await preview(body, `?tokenId=${tenant.id}`)).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'query.tokenId' }] },
  });
  const other = await aTenant(platform);
  expect(await other.client.post('/provisioning/bulk/preview', body)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:no-token' },
  });
});
