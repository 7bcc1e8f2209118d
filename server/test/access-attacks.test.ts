import { expect, test, vi } from 'vitest';
import { aName, aPlatform, aTenant, type Client, clientOf } from './harness.ts';

/** Attacks on who may do what, each by its number. */

const platform = await aPlatform({ regions: ['au'], nodes: 3 });
const [a, b] = [await aTenant(platform), await aTenant(platform)];

type Machine = Awaited<ReturnType<typeof a.given.machine>>;

/** Has tasks wait until they are let go, so that something can be taken away before. */
async function holdTasks({ sql }: typeof platform) {
  await sql(
    'au',
    `create or replace function wait_for_the_test() returns trigger language plpgsql as $$
     begin new.due_at := now() + interval '1 hour'; return new; end $$`,
  );
  await sql(
    'au',
    `create or replace trigger wait_for_the_test before insert on due_jobs for each row when (new.kind like 'tasks.run-%')
     execute function wait_for_the_test()`,
  );
  return async () => {
    await sql('au', 'drop trigger wait_for_the_test on due_jobs');
    await sql('au', `update due_jobs set due_at = now() where kind like 'tasks.run-%'`);
  };
}

const password = 'a long enough password for tests';

/** What tells of tables, of statements, or of somebody else. */
const telling = /constraint|relation "|column|duplicate key|syntax|violates|_canonical|\bselect\b|\binsert\b/i;

test('Z5: nobody acts as somebody else by naming them', async () => {
  const victim = await a.given.machine([{ permission: 'tenant.close' }]);
  const path = `/service-accounts/${victim.id}/keys`;
  const named = ['userId', 'actorId', 'onBehalfOf', 'principalId', 'createdBy'];
  const headers = Object.fromEntries(
    ['x-user-id', 'x-actor-id', 'on-behalf-of', 'x-on-behalf-of', 'x-impersonate'].map((name) => [name, victim.id]),
  );
  for (const field of named) {
    const reply = await a.client.post(path, { name: 'key', [field]: victim.id });
    expect(reply.status, field).toBe(400);
    expect(reply.text).toContain(field);
  }
  expect((await a.below(null).post(path, { name: 'key' }, headers)).status).toBe(401);
  const weak = await a.given.machine([{ permission: 'integrations.view' }]);
  expect((await weak.client.post(path, { name: 'key' }, headers)).status).toBe(403);
  const { body: me } = await clientOf(platform.url, weak.key).get('/v1/me', headers);
  expect(JSON.stringify(me)).not.toContain(victim.id);
  const [person, other] = [await a.given.person(password), await a.given.person(password)];
  const signingIn = { email: person.email, password, tenantId: a.id };
  const anyone = clientOf(platform.url, null);
  for (const field of named) {
    const token = await a.client.post('/provisioning-tokens', { name: aName('token'), [field]: victim.id });
    const session = await anyone.post('/v1/sessions', { ...signingIn, [field]: other.id });
    for (const reply of [token, session]) {
      expect(reply, reply.text).toMatchObject({ status: 400, body: { errors: [{ path: field }] } });
      expect(reply.headers.get('set-cookie')).toBeNull();
    }
  }
  expect((await a.below(null).post('/provisioning-tokens', { name: aName('token') }, headers)).status).toBe(401);
  expect((await weak.client.post('/provisioning-tokens', { name: aName('token') }, headers)).status).toBe(403);
  const issued = await a.client.post('/provisioning-tokens', { name: aName('token') }, headers);
  expect(issued.status, issued.text).toBe(201);
  const entries = await a.client.get('/audit-entries?action=provisioning-tokens.issue&limit=1');
  expect(entries.body.items[0].actor.id).not.toBe(victim.id);
  const asOther = Object.fromEntries(Object.keys(headers).map((header) => [header, other.id as string]));
  const entered = await anyone.post('/v1/sessions', signingIn, asOther);
  const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] as string;
  const { text: whoever } = await anyone.get('/v1/me', { cookie, ...asOther });
  expect(whoever).toContain(person.id);
  expect(whoever).not.toContain(other.id);
  const name = aName('namespace');
  expect((await a.client.post('/namespaces', { name }, headers)).status).toBe(201);
  const { body } = await a.client.get('/audit-entries?action=namespaces.create&limit=1');
  expect(body.items[0].actor.id).not.toBe(victim.id);
  expect(body.items[0].onBehalfOf ?? null).toBeNull();
});

test('Z7: a permission that is taken away on one node is a no on every node with the next question', async () => {
  const asking = await a.given.machine([{ permission: 'groups.evaluate' }]);
  const person = await a.given.machine();
  const decisions = async () =>
    Promise.all(
      Array.from({ length: 30 }, async (_, at) => {
        const client = platform.client(asking.key, at % platform.urls.length);
        const { body } = await client.post(`/authzen/${a.id}/access/v1/evaluation`, {
          subject: { type: 'service-account', id: person.id },
          action: { name: 'accounts.view' },
          resource: { type: 'tenant', id: a.id },
        });
        const { status } = await a.below(person.key, at % platform.urls.length).get('/accounts?limit=1');
        return [body.decision, status === 200];
      }),
    );
  const [here, there, third] = [0, 1, 2].map((node) => a.below(a.ownerKey, node)) as [Client, Client, Client];
  const grants = `/groups/${person.groupId}/grants`;
  const turns = [
    {
      give: () => here.put(grants, { grants: [{ permission: 'accounts.*' }] }, '*'),
      take: () => there.put(grants, { grants: [] }, '*'),
    },
    {
      give: () => there.post(`/groups/${person.groupId}/members`, { serviceAccountIds: [person.id] }),
      take: () => here.delete(`/groups/${person.groupId}/members/${person.id}`),
    },
    {
      give: () => here.post(`/groups/${person.groupId}/enable`),
      take: () => third.post(`/groups/${person.groupId}/disable`),
    },
  ];
  await turns[0]?.give();
  for (const { give, take } of [...turns, ...turns]) {
    expect(new Set((await decisions()).flat())).toEqual(new Set([true]));
    expect((await take()).status).toBeLessThan(300);
    expect(new Set((await decisions()).flat())).toEqual(new Set([false]));
    expect((await give()).status).toBeLessThan(300);
  }
});

test('T7: names that another tenant has are free, and errors tell nothing of how things are kept', async () => {
  const creations: Record<string, (n: string) => object> = {
    groups: (name) => ({ name }),
    namespaces: (name) => ({ name }),
    'service-accounts': (name) => ({ name }),
    'provisioning-tokens': (name) => ({ name }),
    accounts: (name) => ({ email: `${name}@same.example`, username: name, firstName: 'Same', lastName: 'Name' }),
  };
  for (const [collection, body] of Object.entries(creations)) {
    const name = aName('same');
    const theirs = await b.client.post(`/${collection}`, body(name));
    expect(theirs.status, theirs.text).toBe(201);
    expect((await a.client.post(`/${collection}`, body(name))).status).toBe(201);
    const again = await a.client.post(`/${collection}`, body(name));
    expect([201, 409]).toContain(again.status);
    expect(again.text).not.toContain(theirs.body.id);
    if (again.status === 409) expect(again.text).not.toMatch(telling);
    for (const id of ['1', "'", '%00', '00000000-0000-0000-0000-00000000000g', theirs.body.id]) {
      const reply = await a.client.get(`/${collection}/${encodeURIComponent(id)}`);
      expect([400, 404, 405], `${collection} ${id}`).toContain(reply.status);
      expect(reply.text).not.toMatch(telling);
      expect(reply.text).not.toContain(theirs.body.id);
    }
    for (const query of ['limit=1e9', 'cursor=x', "sort='", 'q=%00', "q='%25\\"])
      expect((await a.client.get(`/${collection}?${query}`)).text).not.toMatch(telling);
  }
});

test('T9: work after the answer has the rights of whoever asked, and touches nobody of another tenant', async () => {
  const theirs = await b.given.account();
  const before = (await b.client.get(`/accounts/${theirs.id}`)).text;
  for (const act of ['disable-many', 'delete-many', 'add-to-group']) {
    const { id: groupId } = await a.given.group();
    const body = { ids: [theirs.id], ...(act === 'add-to-group' ? { groupId } : {}) };
    const started = await a.client.post(`/accounts/${act}`, body);
    expect([202, 400, 404], `${act} ${started.text}`).toContain(started.status);
    if (started.status !== 202) continue;
    await vi.waitFor(
      async () => expect(['done', 'failed']).toContain((await a.client.get(`/tasks/${started.body.id}`)).body.state),
      { timeout: 20_000, interval: 100 },
    );
    const result = await a.client.get(`/tasks/${started.body.id}/result`);
    expect(result.text).not.toContain(theirs.email);
  }
  expect((await b.client.get(`/accounts/${theirs.id}`)).text).toBe(before);
  expect((await b.client.get(`/tasks?limit=10`)).body.items).toEqual([]);
});

test.each([
  ['the grant', ({ groupId }: Machine) => a.client.put(`/groups/${groupId}/grants`, { grants: [] }, '*')],
  ['the membership', ({ groupId, id }: Machine) => a.client.delete(`/groups/${groupId}/members/${id}`)],
  ['the group', ({ groupId }: Machine) => a.client.post(`/groups/${groupId}/disable`)],
  ['the account', ({ id }: Machine) => a.client.post(`/service-accounts/${id}/disable`)],
] as const)('T9: work after the answer stops when %s is taken away before it begins', async (_what, take) => {
  const rights = ['accounts.view', 'accounts.change', 'accounts.delete', 'groups.view', 'groups.change'];
  const grants = [...rights, 'audit.export'].map((permission) => ({ permission }));
  const machine = await a.given.machine(grants);
  const { id: groupId } = await a.given.group();
  const people = [await a.given.person(password), await a.given.person(password)];
  const ids = people.map(({ id }) => id);
  const standing = async () => Promise.all(ids.map(async (id) => (await a.client.get(`/accounts/${id}`)).text));
  const before = await standing();
  const letGo = await holdTasks(platform);
  const begun = [
    await machine.client.post('/accounts/disable-many', { ids }),
    await machine.client.post('/accounts/delete-many', { ids }),
    await machine.client.post('/accounts/add-to-group', { ids, groupId }),
    await machine.client.post('/audit-entries/export', {}),
  ];
  for (const { status, text } of begun) expect(status, text).toBe(202);
  expect((await take(machine)).status).toBeLessThan(300);
  await letGo();
  for (const { body } of begun)
    await vi.waitFor(async () => expect((await a.client.get(`/tasks/${body.id}`)).body.state).toBe('failed'), {
      timeout: 20_000,
      interval: 100,
    });
  expect(await standing()).toEqual(before);
});
