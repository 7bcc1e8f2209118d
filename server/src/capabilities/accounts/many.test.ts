import { afterAll, expect, test, vi } from 'vitest';
import { aName, aPlatform, aTenant, type Client, signIn, type TestTenant } from '../../../test/harness.ts';

const platform = await aPlatform();
afterAll(async () => expect(await platform.wronglyFound('au')).toEqual([]));
const password = 'lantern orbit plum ferry';
const soon = { timeout: 20_000, interval: 100 };

type Below = Pick<Client, 'get' | 'post'>;

/** Waits for a task's end. @returns the task and the rows of its file, each by its columns */
async function ended(client: Below, id: string, tenant: TestTenant) {
  const task = await vi.waitFor(async () => {
    const { body } = await client.get(`/tasks/${id}`);
    expect(['done', 'failed', 'cancelled'], JSON.stringify(body)).toContain(body.state);
    return body;
  }, soon);
  if (task.state !== 'done') return { task, rows: [] };
  const { text } = await tenant.client.get(`/tasks/${id}/result`);
  const [head = [], ...lines] = text
    .trim()
    .split('\r\n')
    .map((line) => line.slice(1, -1).split('","'));
  return { task, rows: lines.map((line) => Object.fromEntries(line.map((value, at) => [head[at], value]))) };
}

async function run(tenant: TestTenant, act: string, body: object, client: Below = tenant.client) {
  const started = await client.post(`/accounts/${act}`, body);
  expect(started.status, started.text).toBe(202);
  return ended(client, started.body.id, tenant);
}

const statusOf = async (tenant: TestTenant, id: string) => (await tenant.client.get(`/accounts/${id}`)).body.status;

test('disables, enables and deletes those that are named, each recorded as whoever asked did it', async () => {
  const tenant = await aTenant(platform);
  const people = [await tenant.given.person(password), await tenant.given.person(password)];
  const invited = await tenant.given.account();
  const ids = [...people.map(({ id }) => id as string), invited.id as string];
  const cookie = await signIn(platform, people[0]?.email, password);

  const disabled = await run(tenant, 'disable-many', { ids });
  expect(disabled.task.result).toMatchObject({ rows: 3, counts: { done: 3, skipped: 0 } });
  expect(disabled.rows.map(({ id, outcome }) => [id, outcome])).toEqual([...ids].sort().map((id) => [id, 'done']));
  expect((await platform.session(cookie).get('/v1/me')).status).toBe(401);

  const enabled = await run(tenant, 'enable-many', { ids });
  expect(enabled.task.result.counts).toEqual({ done: 2, skipped: 1 });
  expect(enabled.rows.find(({ id }) => id === invited.id)).toMatchObject({
    outcome: 'skipped',
    reason: expect.stringContaining('never accepted'),
  });
  expect(await statusOf(tenant, ids[0] as string)).toBe('enabled');

  const deleted = await run(tenant, 'delete-many', { ids });
  expect(deleted.rows.filter(({ outcome }) => outcome === 'done').map(({ id }) => id)).toEqual([invited.id]);
  expect(deleted.rows.find(({ id }) => id === ids[0])?.reason).toContain('Disable the account');
  expect((await tenant.client.get(`/accounts/${invited.id}`)).status).toBe(404);

  const { id: machineId } = (await platform.client(tenant.ownerKey).get('/v1/me')).body;
  const { body: audit } = await tenant.client.get(`/audit-entries?targetId=${ids[0]}&action=accounts.disable`);
  expect(audit.items).toHaveLength(1);
  expect(audit.items[0]).toMatchObject({ door: 'job', actor: { kind: 'service-account', id: machineId } });
  const { body: start } = await tenant.client.get('/audit-entries?action=accounts.disable-many');
  expect(start.items[0]).toMatchObject({ target: { kind: 'task' }, after: { accounts: 3 } });
  expect(start.items[0].requestId).toBe(audit.items[0].requestId);
});

test('all that match a filter, over several batches; later accounts are left alone', async () => {
  const tenant = await aTenant(platform);
  const group = await tenant.given.group();
  await platform.sql(
    'au',
    `with given as (select gen_random_uuid() as id, n from generate_series(1, 60) n),
       p as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from given),
       w as (insert into account_words (tenant_id, account_id, word) select $1, id, ' waiting local' from given)
     insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, first_name, last_name, display_name, status, verified_at, has_words)
     select $1, id, 'p' || n || '@many.example', 'p' || n || '@many.example', 'p' || n, 'p' || n, 'P', 'Q', 'P Q', 'new', now(), true from given`,
    [tenant.id],
  );
  const waiting = await tenant.client.get('/accounts?waiting=true');
  expect(waiting.body.total).toBe(60);
  const { task } = await run(tenant, 'enable-many', { filter: { waiting: 'true' } });
  expect(task).toMatchObject({ done: 60, total: 60, result: { counts: { done: 60, skipped: 0 } } });
  expect((await tenant.client.get('/accounts?waiting=true')).body.total).toBe(0);

  const joined = await run(tenant, 'add-to-group', { groupId: group.id, filter: { status: 'enabled' } });
  expect(joined.task.result.counts.done).toBe(60);
  expect((await tenant.client.get(`/groups/${group.id}`)).body.memberCount).toBe(60);
  const left = await run(tenant, 'remove-from-group', { groupId: group.id, filter: { groupId: group.id } });
  expect(left.task.result.counts.done).toBe(60);
  expect((await tenant.client.get(`/groups/${group.id}`)).body.memberCount).toBe(0);
});

test('never takes away the last owner who can get in, nor the account of who asks', async () => {
  const tenant = await aTenant(platform);
  const { body } = await tenant.client.get('/groups?q=Owners');
  const owners = body.items[0].id;
  const first = (await tenant.client.get(`/accounts?q=${tenant.ownerEmail}`)).body.items[0];
  const all = await run(tenant, 'disable-many', { filter: {} });
  expect(all.rows).toEqual([
    expect.objectContaining({ id: first.id, outcome: 'skipped', reason: expect.stringContaining('without an owner') }),
  ]);
  expect(await statusOf(tenant, first.id)).toBe('new');

  const second = await tenant.given.person(password, { groupIds: [owners] });
  const other = await tenant.given.person(password);
  const session = platform.session(await signIn(platform, second.email, password));
  const client = {
    get: (at: string) => session.get(tenant.path + at),
    post: (at: string, given?: unknown) => session.post(tenant.path + at, given),
  };
  const mine = await run(tenant, 'disable-many', { ids: [second.id, other.id] }, client);
  expect(mine.rows.find(({ id }) => id === second.id)?.reason).toContain('your own account');
  expect(await statusOf(tenant, other.id)).toBe('disabled');

  // Both owners at once: one of them stays.
  const both = await run(tenant, 'disable-many', { ids: [first.id, second.id] });
  expect(both.task.result.counts).toEqual({ done: 1, skipped: 1 });
});

test('nobody does to many what they may not do to one', async () => {
  const tenant = await aTenant(platform);
  const strong = await tenant.given.group();
  await tenant.client.put(`/groups/${strong.id}/grants`, { grants: [{ permission: 'tenant.close' }] }, '*');
  const stronger = await tenant.given.person(password, { groupIds: [strong.id] });
  const plain = await tenant.given.person(password);
  const helper = await tenant.given.machine([{ permission: 'accounts.*' }, { permission: 'groups.*' }]);
  const acted = await run(tenant, 'disable-many', { ids: [stronger.id, plain.id] }, helper.client);
  expect(acted.rows.find(({ id }) => id === stronger.id)).toMatchObject({
    outcome: 'skipped',
    reason: expect.stringContaining('tenant.close'),
  });
  expect(await statusOf(tenant, stronger.id)).toBe('enabled');
  expect(await statusOf(tenant, plain.id)).toBe('disabled');
  for (const groupId of [strong.id, helper.groupId]) {
    const joined = await run(tenant, 'add-to-group', { groupId, ids: [plain.id] }, helper.client);
    expect(joined.rows[0]).toMatchObject({ outcome: 'skipped' });
  }
  const { body: entries } = await tenant.client.get(`/audit-entries?targetId=${strong.id}&action=groups.add-members`);
  expect(entries.items.filter(({ door }: { door: string }) => door === 'job')).toEqual([]);
});

test('names what is wrong with the question', async () => {
  const tenant = await aTenant(platform);
  const { id } = await tenant.given.account();
  const refused = async (act: string, body: object) => {
    const reply = await tenant.client.post(`/accounts/${act}`, body);
    expect(reply.status, reply.text).toBe(400);
    return reply.body.errors.map(({ path }: { path: string }) => path);
  };
  expect(await refused('enable-many', {})).toEqual(['body']);
  expect(await refused('enable-many', { ids: [id], filter: {} })).toEqual(['body']);
  expect(await refused('enable-many', { ids: [id, tenant.id] })).toEqual(['ids.1']);
  expect(await refused('enable-many', { filter: { status: 'asleep' } })).toEqual(['filter.status']);
  expect(await refused('add-to-group', { groupId: id, ids: [id] })).toEqual(['groupId']);
});

test('invites everybody in a file, with a result for each line', async () => {
  const tenant = await aTenant(platform);
  const staff = await tenant.given.group({ name: 'Field Staff' });
  const there = await tenant.given.account();
  const csv = [
    '\ufeffE-mail,First name,Last name,Groups,Mobile phone',
    `ada@${tenant.name}.example,Ada,"Love, lace",field staff,+61400000000`,
    `${there.email.toUpperCase()},Grace,There,,`,
    'not an address,Bad,Address,,',
    `lee@${tenant.name}.example,,Lee,,`,
    `max@${tenant.name}.example,Max,Missing,No such group,`,
    `ada@${tenant.name}.example,Ada,Again,,`,
    '',
    `zoe@${tenant.name}.example,Zoë,Last,Field Staff|Owners,`,
  ].join('\r\n');
  const { task, rows } = await run(tenant, 'invite-many', { csv });
  expect(task).toMatchObject({ done: 7, total: 7, result: { counts: { invited: 2, 'already-there': 2, invalid: 3 } } });
  expect(rows.map(({ line, outcome, field }) => [line, outcome, field])).toEqual([
    ['2', 'invited', ''],
    ['3', 'already-there', 'email'],
    ['4', 'invalid', 'email'],
    ['5', 'invalid', 'firstName'],
    ['6', 'invalid', 'groups'],
    ['7', 'already-there', 'email'],
    ['9', 'invited', ''],
  ]);
  const ada = (await tenant.client.get(`/accounts/${rows[0]?.accountId}`)).body;
  expect(ada).toMatchObject({ displayName: 'Ada Love, lace', status: 'new', mobilePhone: '+61400000000' });
  expect(ada.groups.map(({ id }: { id: string }) => id)).toEqual([staff.id]);
  expect((await platform.outbox(ada.email))[0]?.subject).toContain('Invitation');
  // What was given is not kept beside the result.
  expect(await platform.sql('au', 'select position from task_chunks where task_id = $1', [task.id])).toEqual([
    { position: 0 },
  ]);
});

test('who may not grant invites without groups', async () => {
  const tenant = await aTenant(platform);
  await tenant.given.group({ name: 'Staff' });
  const helper = await tenant.given.machine([{ permission: 'accounts.*' }]);
  const csv = `email;firstName;lastName;groups\na@${tenant.name}.example;A;A;Staff\nb@${tenant.name}.example;B;B;\nc@${tenant.name}.example;C;C;Owners`;
  const { rows } = await run(tenant, 'invite-many', { csv }, helper.client);
  expect(rows.map(({ outcome, field }) => [outcome, field])).toEqual([
    ['invalid', 'groups'],
    ['invited', ''],
    ['invalid', 'groups'],
  ]);
  expect((await tenant.client.get(`/accounts?q=a@${tenant.name}.example`)).body.items).toEqual([]);
});

test.each([
  ['', 'must not be empty'],
  ['email,firstName\na,b', 'lacks the column lastName'],
  ['email,firstName,lastName,constructor\na,b,c,d', 'has a column "constructor"'],
  ['email,firstName,lastName,shoeSize\na,b,c,d', 'shoeSize'],
  ['email,e-mail,firstName,lastName\na,b,c,d', 'twice'],
  ['email,firstName,lastName', 'names nobody'],
  ['email,firstName,lastName\n"a,b,c', 'line 2'],
  [`email,firstName,lastName\n${'a@b.example,A,B\n'.repeat(5_001)}`, 'at most 5,000'],
])('a file that is wrong as a whole is refused: %#', async (csv, says) => {
  const tenant = await aTenant(platform);
  const reply = await tenant.client.post('/accounts/invite-many', { csv });
  expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: 'csv' }] } });
  expect(reply.body.errors[0].message).toContain(says);
});

test('more than the invitations of an hour wait for the next one', async () => {
  const tenant = await aTenant(platform);
  const { id } = await tenant.given.account();
  await platform.sql(
    'au',
    `insert into links (tenant_id, id, purpose, account_id, secret_hash, expires_at)
     select $1, gen_random_uuid(), 'invitation', $2, decode(md5(n::text), 'hex'), now() from generate_series(1, 997) n`,
    [tenant.id, id],
  );
  const csv = `email,firstName,lastName\n${Array.from({ length: 4 }, (_, at) => `${aName('p')}@x${at}.example,A,B`).join('\n')}`;
  const { body } = await tenant.client.post('/accounts/invite-many', { csv });
  await vi.waitFor(
    async () =>
      expect((await tenant.client.get(`/tasks/${body.id}`)).body).toMatchObject({ state: 'running', done: 1 }),
    soon,
  );
  await platform.sql('au', "update links set created_at = created_at - interval '2 hours' where tenant_id = $1", [
    tenant.id,
  ]);
  await platform.sql('au', "update due_jobs set due_at = now() where kind = 'tasks.run-accounts.invite-many'");
  const { task } = await ended(tenant.client, body.id, tenant);
  expect(task).toMatchObject({ state: 'done', done: 4, result: { counts: { invited: 4 } } });
});
