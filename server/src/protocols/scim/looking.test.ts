import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { aModel, type Person } from '../../../test/brute.ts';
import { bulkOf, patchOf, unlimited } from '../../../test/conformance/scim/scim.ts';
import { urn } from '../../../test/conformance/scim/urn.ts';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { flushCalls } from '../../capabilities/provisioning/service.ts';
import { Quota } from '../../kernel/quota.ts';

/** What a Bulk would do is seen before it is done: held against what it then does. */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const [node] = platform.nodes as Any;
const tenant = await aTenant(platform);
const { client, given } = tenant;
const { groupIds, state, brute, asBrute } = await aModel(platform, tenant);
const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);
const token = await given.token();
const base = `/scim/v2/${tenant.id}`;
const scim = platform.client(token.value);

const preview = (body: object, query = '', by = client) => by.post(`/provisioning/bulk/preview${query}`, body);
const previewed = async (body: object, query = '') => {
  const reply = await preview(body, query);
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
};
const sent = async (body: object, by = scim) => (await by.post(`${base}/Bulk`, body)).body.Operations as Any[];
const made = async (path: string, body: object) => {
  const reply = await scim.post(base + path, body);
  expect(reply.status, reply.text).toBe(201);
  return reply.body.id as string;
};
const user = (more: object = {}) => made('/Users', { schemas: [urn.user], userName: aName('user'), ...more });
const group = async (members: string[], grants: object[] = []) => {
  const id = await made('/Groups', {
    schemas: [urn.group],
    displayName: aName('group'),
    members: members.map((value) => ({ value })),
  });
  const reply = await client.put(`/groups/${id}/grants`, { grants }, '*');
  expect(reply.status, reply.text).toBe(200);
  return id;
};
const guard = async (guardPercent: number) =>
  expect((await client.patch('/provisioning', { guardPercent }, '*')).status).toBe(200);

/** What a look itself moves: the request, the session that asks, and what the product does by itself. */
const movedAnyway = ['jobs', 'due_jobs', 'outbox', 'sessions', 'credentials', 'quota_blocks', 'quota_shares'];
const kept = (
  await sql(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  )
)
  .map(({ name }) => name as string)
  .filter((name) => !movedAnyway.includes(name));

/** Of each table how many rows the tenant has there, and what they add up to. */
async function traces(): Promise<Record<string, string>> {
  await flushCalls(node.platform);
  const sums = kept.map(
    (name) =>
      `(select count(*) || ' ' || coalesce(sum(hashtextextended((to_jsonb(r) - 'sent_at' - 'body')::text, 0)), 0) from ${name} r where tenant_id = $1) as ${name}`,
  );
  const [found] = await sql(`select ${sums.join(', ')}`, [tenant.id]);
  return found as Record<string, string>;
}

/** Looks, sees that nothing is left behind, and sends. */
async function lookedAndSent(body: object, by: { id: string; value: string } = token) {
  const before = { ...(await state()), traces: await traces() };
  const reply = await preview(body, `?tokenId=${by.id}`);
  expect(reply.status, reply.text).toBe(200);
  const seen = reply.body;
  expect(await traces()).toEqual(before.traces);
  // Others are done meanwhile.
  expect(await sql('select kind from jobs where request_id = $1', [reply.headers.get('x-request-id')])).toEqual([]);
  const answers = await sent(body, platform.client(by.value));
  const after = await state();
  const come = after.everybody.filter(({ id }) => !before.everybody.some((each) => each.id === id));
  const { namespaces: _counted, ...expected } = brute(
    before.groups,
    after.groups,
    after.everybody,
    undefined,
    // Who is made without being active holds nothing yet, and would once they are.
    [...before.everybody, ...come.map((each): Person => ({ ...each, mayAct: false }))],
  );
  const { namespaces: _said, ...said } = asBrute(seen.effect);
  expect(said, JSON.stringify(body)).toEqual(expected);
  const reached = seen.operations.filter(({ status }: Any) => status !== null);
  expect(
    reached.map(({ status, detail }: Any) => [String(status), detail]),
    JSON.stringify(body),
  ).toEqual(answers.map(({ status, response }) => [status, response?.detail ?? null]));
  return { seen, expected, before, after, come };
}

const deactivating = (id: string, ...more: object[]) => ({
  method: 'PATCH',
  path: `/Users/${id}`,
  data: patchOf(...more, { op: 'replace', path: 'active', value: false }),
});
const outcomesOf = ({ operations }: Any) => operations.map(({ outcome, code }: Any) => [outcome, code]);
/** A group of the tenant's own, in which they see the audit. */
const auditors = async (accountIds: string[]) => {
  const { id } = await given.group();
  expect((await client.put(`/groups/${id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*')).status).toBe(200);
  expect((await client.post(`/groups/${id}/members`, { accountIds })).status).toBe(200);
  return id as string;
};

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

test('a Bulk does what was looked at, on random ones', { timeout: 120_000 }, async () => {
  await guard(100);
  const [space] = (await client.get('/namespaces')).body.items;
  const grants = [
    [{ permission: 'accounts.change' }],
    [{ permission: 'groups.change' }, { permission: 'gateways.change', namespaceId: space.id }],
    [{ permission: 'gateways.*' }],
  ];
  const local = groupIds[0] as string;
  await client.put(`/groups/${local}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  const taken = (await client.post('/accounts', { email: 'taken@example.com', firstName: 'A', lastName: 'B' })).body;
  expect(taken.id).toBeTypeOf('string');
  let moved = 0;
  const outcomes = new Set<string>();
  for (let round = 0; round < 24; round++) {
    const users = await Promise.all([0, 1, 2, 3].map((at) => user({ active: at !== 3 })));
    const groups = await Promise.all(
      grants.map((each, at) =>
        group(
          users.filter((_, place) => (place + at + round) % 2 === 0),
          each,
        ),
      ),
    );
    await client.post(`/groups/${local}/members`, { accountIds: [users[0], users[3]] });
    const someone = fc.constantFrom(...users, 'bulkId:u0', 'bulkId:u1');
    const somewhere = fc.constantFrom(...groups, 'bulkId:g0');
    const members = fc.uniqueArray(someone, { maxLength: 3 }).map((ids) => ids.map((value) => ({ value })));
    const names = aName('r');
    const operation = fc.oneof(
      fc.record({ id: someone, active: fc.boolean() }).map(({ id, active }) => ({
        method: 'PATCH',
        path: `/Users/${id}`,
        data: patchOf({ op: 'replace', path: 'active', value: active }),
      })),
      fc
        .record({ id: someone, active: fc.constantFrom(undefined, true, false), at: fc.nat({ max: 4 }) })
        .map(({ id, active, at }) => ({
          method: 'PUT',
          path: `/Users/${id}`,
          data: { schemas: [urn.user], userName: at === 4 ? 'taken@example.com' : `${names}-${at}`, active },
        })),
      fc
        .record({ id: somewhere, value: members, op: fc.constantFrom('add', 'remove', 'replace') })
        .map(({ id, value, op }) => ({
          method: 'PATCH',
          path: `/Groups/${id}`,
          data: patchOf({ op, path: 'members', value }),
        })),
      fc.record({ id: somewhere, who: someone }).map(({ id, who }) => ({
        method: 'PATCH',
        path: `/Groups/${id}`,
        data: patchOf({ op: 'remove', path: `members[value eq "${who}"]` }),
      })),
      fc
        .record({ id: somewhere, value: fc.option(members, { nil: undefined }), at: fc.nat({ max: 3 }) })
        .map(({ id, value, at }) => ({
          method: 'PUT',
          path: `/Groups/${id}`,
          data: { schemas: [urn.group], displayName: `${names} ${at}`, members: value },
        })),
      fc.constantFrom(...users.map((id) => ({ method: 'DELETE', path: `/Users/${id}` }))),
      fc.constantFrom(...groups.map((id) => ({ method: 'DELETE', path: `/Groups/${id}` }))),
      fc
        .record({ at: fc.nat({ max: 1 }), name: fc.nat({ max: 4 }), active: fc.boolean() })
        .map(({ at, name, active }) => ({
          method: 'POST',
          path: '/Users',
          bulkId: `u${at}`,
          data: { userName: name === 4 ? 'Taken@example.com' : `${names}-${name}`, active },
        })),
      fc.record({ value: members }).map(({ value }) => ({
        method: 'POST',
        path: '/Groups',
        bulkId: 'g0',
        data: { displayName: names, members: value },
      })),
      fc.constantFrom<object>(
        { method: 'DELETE', path: '/Users/nobody' },
        {
          method: 'PATCH',
          path: `/Groups/${groups[0]}`,
          data: patchOf({ op: 'add', path: 'members', value: `${round}` }),
        },
        { method: 'GET', path: '/Users' },
        { method: 'PUT', path: `/Users/${users[0]}`, version: 'W/"7"', data: { userName: `${names}-9` } },
      ),
    );
    const [body] = fc.sample(
      fc
        .record({
          operations: fc.array(operation, { minLength: 1, maxLength: 10 }),
          failOnErrors: fc.constantFrom(undefined, undefined, 1, 2),
        })
        .map(({ operations, failOnErrors }) => bulkOf(operations, failOnErrors ? { failOnErrors } : {})),
      { numRuns: 1, seed: round },
    );
    const { seen, expected, come } = await lookedAndSent(body as object);
    for (const { outcome } of seen.operations) outcomes.add(outcome);
    expect(seen.counts.users.created).toBe(come.length);
    if (expected.gains.people + expected.loses.people + expected.loses.inactive > 0) moved++;
  }
  expect(moved).toBeGreaterThan(8);
  expect([...outcomes].sort()).toEqual(
    ['activated', 'changed', 'created', 'deactivated', 'deleted', 'not-reached', 'nothing', 'refused'].sort(),
  );
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
  const ids = (
    await sql(
      `with made as (insert into principals (tenant_id, id, kind)
                     select $1, gen_random_uuid(), 'account' from generate_series(1, 5300) returning id)
       insert into accounts (tenant_id, id, username, username_canonical, username_folded, first_name, last_name,
                             display_name, status, source, attributes, has_words)
       select $1, id, id, id, id, '', '', id, 'enabled', 'scim', '{}', false from made returning id`,
      [tenant.id],
    )
  ).map(({ id }: Any) => id as string);
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
    expect(performance.now() - started).toBeLessThan(5_000);
  });
  expect(await traces()).toEqual(before);
  const { operations } = await previewed(bulkOf([{ method: 'DELETE', path: `/Users/${id}` }]));
  const [{ display_name: name }] = (await sql('select display_name from accounts where id = $1', [id])) as Any;
  expect(operations).toMatchObject([{ status: 204, outcome: 'deleted', name }]);
});

test('whoever waits for what a look holds has it at once, and the look gives way', { timeout: 60_000 }, async () => {
  const users = await Promise.all(Array.from({ length: 60 }, () => user()));
  const body = bulkOf(users.map((id) => ({ method: 'DELETE', path: `/Users/${id}` })));
  const before = await traces();
  const seen: string[] = [];
  for (let round = 0; round < 20 && !seen.some((detail) => detail.startsWith('Somebody changes')); round++) {
    const looking = preview(body);
    await setTimeout(20 + 10 * round);
    const reply = await scim.patch(`${base}/Users/${users[0]}`, patchOf({ op: 'replace', path: 'title', value: 'x' }));
    expect(reply.status, reply.text).toBe(200);
    const { status, body: said } = await looking;
    // On a machine that is busy its time may be over before.
    expect([200, 413, 503]).toContain(status);
    seen.push(said.detail ?? '');
  }
  expect(seen.at(-1)).toMatch(/^Somebody changes the same just now/);
  const after = await traces();
  const moved = Object.keys(after).filter((name) => after[name] !== before[name]);
  expect(moved.filter((name) => !['accounts', 'audit_entries', 'provisioning_calls'].includes(name))).toEqual([]);
  expect((await previewed(body)).counts.users.deleted).toBe(60);
});

test('one is looked at at a time, for two seconds, and each operation is a request', { timeout: 60_000 }, async () => {
  const id = await user();
  const body = bulkOf([deactivating(id), { method: 'GET' }, { method: 'DELETE', path: '/Users/nobody' }]);
  const spending = vi.spyOn(Quota.prototype, 'spend');
  await previewed(body);
  expect(spending).toHaveBeenCalledTimes(3);
  spending.mockRestore();
  await sql(
    `create function slowly() returns trigger language plpgsql as 'begin perform pg_sleep(5); return new; end'`,
  );
  await sql('create trigger slowly before update on accounts for each row execute function slowly()');
  try {
    const before = await traces();
    const started = performance.now();
    const slow = preview(body);
    await setTimeout(500);
    expect(await preview(body)).toMatchObject({
      status: 429,
      body: { detail: expect.stringMatching(/^Another Bulk/) },
    });
    expect(await slow).toMatchObject({ status: 413, body: { detail: expect.stringContaining('2 seconds') } });
    // The statement would have slept for five.
    expect(performance.now() - started).toBeLessThan(4_500);
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
    [bulkOf(Array.from({ length: 61 }, () => ({}))), 413],
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
