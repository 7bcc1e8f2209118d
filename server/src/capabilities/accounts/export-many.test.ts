import { beforeAll, expect, test, vi } from 'vitest';
import { aName, aPlatform, aTenant, type Client, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await aPlatform();
});
const soon = { timeout: 20_000, interval: 100 };

type Below = Pick<Client, 'get' | 'post'>;

async function ended(client: Below, id: string) {
  return vi.waitFor(async () => {
    const { body } = await client.get(`/tasks/${id}`);
    expect(['done', 'failed', 'cancelled'], JSON.stringify(body)).toContain(body.state);
    return body;
  }, soon);
}

async function exported(tenant: TestTenant, given: object, client: Below = tenant.client) {
  const started = await client.post('/accounts/export-many', given);
  expect(started.status, started.text).toBe(202);
  const task = await ended(client, started.body.id);
  return { task, file: await client.get(`/tasks/${task.id}/result`) };
}

const linesOf = (csv: string) =>
  csv
    .trim()
    .split('\r\n')
    .map((line) => line.slice(1, -1).split('","'));

/** People that no invitation made, for more than one batch. */
const manyPeople = (tenant: TestTenant, count: number) =>
  platform.sql(
    'au',
    `with given as (select gen_random_uuid() as id, n from generate_series(1, $2::int) n),
       p as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from given),
       w as (insert into account_words (tenant_id, account_id, word)
             select $1, id, unnest(array[' enabled local', 'crew']) from given)
     insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, username_folded,
                           first_name, last_name, display_name, status, has_words)
     select $1, id, 'p' || n || '@crew.example', 'p' || n || '@crew.example', 'p' || n, 'p' || n, 'p' || n, 'Crew', 'N', 'Crew ' || n, 'enabled', true
     from given`,
    [tenant.id, count],
  );

test('all that match, over several batches, each once, as CSV and as JSON', async () => {
  const tenant = await aTenant(platform);
  await manyPeople(tenant, 2_000);
  const csv = await exported(tenant, { format: 'csv', filter: { q: 'crew', status: 'enabled' } });
  expect(csv.task).toMatchObject({ kind: 'accounts.export-many-csv', done: 2_000, total: 2_000 });
  expect(csv.file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(csv.file.headers.get('content-disposition')).toBe('attachment; filename="accounts.csv"');
  const [head = [], ...lines] = linesOf(csv.file.text);
  expect(head.slice(0, 8)).toEqual([
    'id', 'email', 'username', 'firstName', 'lastName', 'displayName', 'mobilePhone', 'groups',
  ]); // biome-ignore format: reads like the line that it is
  expect(new Set(lines.map(([id]) => id)).size).toBe(2_000);

  const json = await exported(tenant, { format: 'json', filter: {} });
  expect(json.file.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const people = JSON.parse(json.file.text);
  expect(people).toHaveLength(2_001);
  expect(people.find(({ email }: { email: string }) => email === tenant.ownerEmail)).toMatchObject({
    groups: [{ name: 'Owners', status: 'enabled' }],
    status: 'new',
    lastSignInAt: null,
  });
  expect(
    people.filter(({ email }: { email: string }) => email !== tenant.ownerEmail).map(({ id }: { id: string }) => id),
  ).toEqual(lines.map(([id]) => id));

  const nobody = await exported(tenant, { format: 'json', filter: { q: 'nobody at all' } });
  expect(JSON.parse(nobody.file.text)).toEqual([]);
});

test('W2: what was exported runs nothing in a spreadsheet, and is invited elsewhere as it was', async () => {
  const [from, to] = [await aTenant(platform), await aTenant(platform)];
  const names = ['=Sales', 'North | South', 'Back\\slash'];
  const groups = await Promise.all(names.map((name) => from.given.group({ name })));
  const given = {
    email: `ada@${from.name}.example`,
    firstName: "'=1+1",
    lastName: '@Love, "lace"',
    displayName: "-O'Hara",
    mobilePhone: '+61400000000',
    groupIds: groups.map(({ id }) => id),
  };
  const { id } = (await from.client.post('/accounts', given)).body;
  const { file } = await exported(from, { format: 'csv', ids: [id] });
  for (const field of linesOf(file.text)[1] ?? []) expect(field).not.toMatch(/^[=+\-@]/);

  for (const name of names) await to.given.group({ name });
  const { body } = await to.client.post('/accounts/invite-many', { csv: file.text });
  expect((await ended(to.client, body.id)).result.counts).toMatchObject({ invited: 1 });
  const there = (await to.client.get(`/accounts?q=${given.email}`)).body.items[0];
  const { groupIds: _ids, ...fields } = given;
  expect(there).toMatchObject({ ...fields, status: 'new' });
  expect(there.groups.map(({ name }: { name: string }) => name).sort()).toEqual([...names].sort());
});

test('an export is recorded with what narrowed it, and not with what was searched for', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.account();
  const { task } = await exported(tenant, { format: 'csv', filter: { q: email, status: 'new', source: 'local' } });
  const { body } = await tenant.client.get('/audit-entries?action=accounts.export-many');
  expect(body.items).toHaveLength(1);
  expect(body.items[0]).toMatchObject({
    target: { kind: 'task', id: task.id },
    after: { accounts: 1, format: 'csv', filter: { status: 'new', source: 'local' } },
  });
  expect(JSON.stringify(body.items)).not.toContain(email);
});

test('whoever may see accounts exports them, and the file is for those alone; its link tells when it is over', async () => {
  const tenant = await aTenant(platform);
  const reader = await tenant.given.machine([{ permission: 'accounts.view' }]);
  const other = await tenant.given.machine([{ permission: 'groups.*' }]);
  expect((await other.client.post('/accounts/export-many', { format: 'csv', filter: {} })).status).toBe(403);
  const { task, file } = await exported(tenant, { format: 'csv', filter: {} }, reader.client);
  expect(file.status).toBe(200);
  const left = Date.parse(task.result.expiresAt) - Date.parse(task.finishedAt);
  expect(left).toBe(7 * 86_400_000);
  expect((await other.client.get(`/tasks/${task.id}/result`)).status).toBe(404);
  await tenant.client.put(`/groups/${reader.groupId}/grants`, { grants: [] }, '*');
  expect((await reader.client.get(`/tasks/${task.id}/result`)).status).toBe(403);
});

test('it stops when it is cancelled, and nothing of it is kept', async () => {
  const tenant = await aTenant(platform);
  await manyPeople(tenant, 1_500);
  await platform.sql(
    'au',
    `create or replace function hold() returns trigger language plpgsql as
       $$ begin new.due_at := 'infinity'; return new; end $$;
     create or replace trigger hold before insert on due_jobs for each row
       when (new.kind = 'tasks.run-accounts.export-many-json') execute function hold()`,
  );
  const { body } = await tenant.client.post('/accounts/export-many', { format: 'json', filter: {} });
  await platform.sql('au', "update due_jobs set due_at = now() where kind = 'tasks.run-accounts.export-many-json'");
  await vi.waitFor(
    async () =>
      expect((await tenant.client.get(`/tasks/${body.id}`)).body).toMatchObject({
        state: 'running',
        done: 1_000,
        total: 1_501,
      }),
    soon,
  );
  const cancelled = await tenant.client.post(`/tasks/${body.id}/cancel`);
  await platform.sql('au', 'drop trigger hold on due_jobs');
  expect(cancelled.body).toMatchObject({ state: 'cancelled', done: 1_000 });
  expect(await platform.sql('au', 'select position from task_chunks where task_id = $1', [body.id])).toEqual([]);
  expect((await tenant.client.get(`/tasks/${body.id}/result`)).body.type).toBe('urn:bailiwick:problem:task-not-done');
});

test('names what is wrong with the question', async () => {
  const tenant = await aTenant(platform);
  const { id } = await tenant.given.account({ email: `${aName('p')}@names.example` });
  const refused = async (body: object) => {
    const reply = await tenant.client.post('/accounts/export-many', body);
    expect(reply.status, reply.text).toBe(400);
    return reply.body.errors.map(({ path }: { path: string }) => path);
  };
  expect(await refused({ filter: {} })).toEqual(['format']);
  expect(await refused({ format: 'xlsx', filter: {} })).toEqual(['format']);
  expect(await refused({ format: 'csv' })).toEqual(['body']);
  expect(await refused({ format: 'csv', ids: [id, tenant.id] })).toEqual(['ids.1']);
  expect(await refused({ format: 'csv', filter: { status: 'asleep' } })).toEqual(['filter.status']);
});
