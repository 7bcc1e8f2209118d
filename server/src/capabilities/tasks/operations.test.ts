import { beforeAll, expect, test, vi } from 'vitest';
import {
  aName,
  aPlatform,
  aTenant,
  type Client,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../../../test/harness.ts';

let platform: TestPlatform;
let tenant: TestTenant;
beforeAll(async () => {
  platform = await aPlatform();
  tenant = await aTenant(platform);
});

const soon = { timeout: 20_000, interval: 100 };
type Below = Pick<Client, 'get' | 'post'>;

async function ended(client: Below, id: string) {
  return vi.waitFor(async () => {
    const { body } = await client.get(`/tasks/${id}`);
    expect(['done', 'failed', 'cancelled']).toContain(body.state);
    return body;
  }, soon);
}

/** Holds each batch until `release`, so that a test can act between two. */
async function heldBatches() {
  await platform.sql(
    'au',
    `create or replace function hold() returns trigger language plpgsql as
       $$ begin new.due_at := 'infinity'; return new; end $$;
     create or replace trigger hold before insert on due_jobs for each row
       when (new.kind = 'tasks.run-audit.export') execute function hold()`,
  );
  return {
    release: () => platform.sql('au', "update due_jobs set due_at = now() where kind = 'tasks.run-audit.export'"),
    end: () => platform.sql('au', 'drop trigger hold on due_jobs'),
  };
}

/** Entries of a tenant that no act made, for a long list. */
const manyEntries = (tenantId: string, count: number) =>
  platform.sql(
    'au',
    `insert into audit_entries (tenant_id, id, at, actor_kind, door, action, target_kind, outcome, content_hash, request_id)
     select $1, gen_random_uuid(), now() - interval '1 hour', 'system', 'job', 'bulk.made', 'thing', 'success', '', n::text
     from generate_series(1, $2::int) n`,
    [tenantId, count],
  );

test('an export is a task whose result is a CSV file', async () => {
  const name = `=${aName('cmd')}`;
  const group = await tenant.given.group({ name, description: 'says "hi", twice' });

  const started = await tenant.client.post('/audit-entries/export', { targetId: group.id });

  expect(started.status).toBe(202);
  expect(started.headers.get('location')).toBe(`${tenant.path}/tasks/${started.body.id}`);
  expect(started.body).toMatchObject({ kind: 'audit.export', state: 'waiting', done: 0, total: null, result: null });
  expect(started.body.parameters).toBeUndefined();
  const task = await ended(tenant.client, started.body.id);
  expect(task).toMatchObject({ state: 'done', done: 1, total: 1, result: { rows: 1, fileName: 'audit-entries.csv' } });

  const file = await platform.client(tenant.ownerKey).get(task.result.href);
  expect(file.status).toBe(200);
  expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(file.headers.get('content-disposition')).toBe('attachment; filename="audit-entries.csv"');
  expect(Buffer.byteLength(file.text)).toBe(task.result.bytes);
  const [head, line] = file.text.split('\r\n');
  expect(head).toContain('"id","at","actorKind"');
  expect(line).toContain(`"'${name}"`);
  expect(line).toContain('says \\""hi\\"", twice');
  expect(await tenant.auditedActions()).toContain('audit.export');
});

test('an Idempotency-Key starts one task', async () => {
  const key = { 'idempotency-key': aName('key') };
  const first = await tenant.client.post('/audit-entries/export', { outcome: 'refused' }, key);
  const second = await tenant.client.post('/audit-entries/export', { outcome: 'refused' }, key);
  expect(second).toMatchObject({ status: 202, body: { id: first.body.id } });
  await ended(tenant.client, first.body.id);
});

test('each sees its own tasks, an owner all; a right that is gone closes the result', async () => {
  const machine = await tenant.given.machine([{ permission: 'audit.export' }]);
  const other = await tenant.given.machine([{ permission: 'audit.*' }]);
  const { body } = await machine.client.post('/audit-entries/export', {});
  await ended(machine.client, body.id);
  const ids = async (client: Below) => (await client.get('/tasks')).body.items.map(({ id }: { id: string }) => id);

  expect(await ids(machine.client)).toEqual([body.id]);
  expect(await ids(other.client)).toEqual([]);
  expect(await ids(tenant.client)).toContain(body.id);
  for (const path of ['', '/result']) expect((await other.client.get(`/tasks/${body.id}${path}`)).status).toBe(404);
  expect((await other.client.post(`/tasks/${body.id}/cancel`)).status).toBe(404);
  expect((await machine.client.get(`/tasks/${body.id}/result`)).status).toBe(200);

  await tenant.client.put(`/groups/${machine.groupId}/grants`, { grants: [] }, '*');

  expect((await machine.client.get(`/tasks/${body.id}/result`)).status).toBe(403);
  expect((await machine.client.post('/audit-entries/export', {})).status).toBe(403);
});

test('goes on batch by batch, and stops at the next one when it is cancelled', async () => {
  const big = await aTenant(platform);
  await manyEntries(big.id, 1200);
  const batches = await heldBatches();
  try {
    const { body } = await big.client.post('/audit-entries/export', { action: 'bulk.made' });
    const early = await big.client.get(`/tasks/${body.id}/result`);
    expect(early).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:task-not-done' } });
    await batches.release();
    await vi.waitFor(
      async () =>
        expect((await big.client.get(`/tasks/${body.id}`)).body).toMatchObject({
          state: 'running',
          done: 500,
          total: 1200,
        }),
      soon,
    );

    const cancelled = await big.client.post(`/tasks/${body.id}/cancel`);
    await batches.release();

    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled', done: 500 } });
    await vi.waitFor(
      async () =>
        expect(await platform.sql('au', "select id from due_jobs where kind = 'tasks.run-audit.export'")).toEqual([]),
      soon,
    );
    expect((await big.client.get(`/tasks/${body.id}`)).body).toMatchObject({ state: 'cancelled', done: 500 });
    expect(await platform.sql('au', 'select position from task_chunks where task_id = $1', [body.id])).toEqual([]);
    expect(await big.client.post(`/tasks/${body.id}/cancel`)).toMatchObject({
      status: 409,
      body: { type: 'urn:bailiwick:problem:task-over' },
    });
  } finally {
    await batches.end();
  }
});

test('a batch that fails midway is neither lost nor doubled', async () => {
  const big = await aTenant(platform);
  await manyEntries(big.id, 1200);
  const batches = await heldBatches();
  const { body } = await big.client.post('/audit-entries/export', { action: 'bulk.made' });
  await platform.sql(
    'au',
    `create function fail() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$;
     create trigger fail before update on tasks for each row when (new.done = 1000) execute function fail()`,
  );
  await batches.release();
  await vi.waitFor(
    async () => expect((await big.client.get(`/tasks/${body.id}`)).body).toMatchObject({ state: 'running', done: 500 }),
    soon,
  );
  await batches.end();
  await batches.release();
  await vi.waitFor(
    async () =>
      expect(
        await platform.sql(
          'au',
          "select id from due_jobs where kind = 'tasks.run-audit.export' and attempts > 0 and due_at > now() + interval '10 seconds'",
        ),
      ).toHaveLength(1),
    soon,
  );
  expect((await big.client.get(`/tasks/${body.id}`)).body).toMatchObject({ state: 'running', done: 500 });

  await platform.sql('au', 'drop trigger fail on tasks');
  await batches.release();

  const task = await ended(big.client, body.id);
  expect(task).toMatchObject({ state: 'done', done: 1200, result: { rows: 1200 } });
  const { text } = await platform.client(big.ownerKey).get(task.result.href);
  const ids = text
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(',')[0]);
  expect(ids).toHaveLength(1200);
  expect(new Set(ids).size).toBe(1200);
});

test('who lost the right meanwhile gets no file', async () => {
  const machine = await tenant.given.machine([{ permission: 'audit.export' }]);
  const batches = await heldBatches();
  const { body } = await machine.client.post('/audit-entries/export', {});
  await tenant.client.post(`/groups/${machine.groupId}/disable`);
  await batches.end();
  await batches.release();

  const task = await ended(machine.client, body.id);

  expect(task).toMatchObject({
    state: 'failed',
    result: { problem: { status: 403, type: 'urn:bailiwick:problem:forbidden' } },
  });
  expect(await platform.sql('au', 'select position from task_chunks where task_id = $1', [body.id])).toEqual([]);
});

test('a task whose batch always fails becomes failed, and who asked is told', async () => {
  const big = await aTenant(platform);
  const owners = (await big.client.get('/groups')).body.items[0];
  const password = 'correct horse battery staple';
  const { email } = await big.given.person(password, { groupIds: [owners.id] });
  const person = platform.session(await signIn(platform, email, password, big.id));
  const client = { get: (at: string) => person.get(big.path + at), post: (at: string) => person.post(big.path + at) };
  const batches = await heldBatches();
  const { body } = await person.post(`${big.path}/audit-entries/export`, {});
  await platform.sql(
    'au',
    `create function never() returns trigger language plpgsql as $$ begin raise 'never'; end $$;
     create trigger never before insert on task_chunks for each row execute function never()`,
  );
  await batches.end();
  const tryAgain = () =>
    platform.sql('au', "update due_jobs set due_at = now(), attempts = 7 where kind = 'tasks.run-audit.export'");
  await platform.sql('au', "update due_jobs set attempts = 6 where kind = 'tasks.run-audit.export'");
  await batches.release();
  const tried = async () =>
    (await platform.sql('au', "select attempts from due_jobs where kind = 'tasks.run-audit.export'"))[0]?.attempts;
  await vi.waitFor(async () => expect(await tried()).toBe(7), soon);
  expect((await client.get(`/tasks/${body.id}`)).body.state).toBe('waiting');

  await tryAgain();

  const task = await ended(client, body.id);
  await platform.sql('au', 'drop trigger never on task_chunks');
  expect(task).toMatchObject({
    state: 'failed',
    result: { problem: { type: 'urn:bailiwick:problem:task-given-up', detail: expect.stringContaining('8 times') } },
  });
  expect((await client.get('/notices')).body.items).toMatchObject([
    {
      kind: 'task-failed',
      text: expect.stringContaining('audit-entries.csv'),
      target: { kind: 'task', id: body.id },
    },
  ]);
  expect((await big.client.get('/notices')).body.items).toEqual([]);
  expect((await platform.outbox(email)).some(({ body: text }) => text.includes('audit-entries.csv'))).toBe(true);
});

test('a tenant has at most 10 tasks under way', async () => {
  const busy = await aTenant(platform);
  const batches = await heldBatches();
  try {
    for (let at = 0; at < 10; at++) expect((await busy.client.post('/audit-entries/export', {})).status).toBe(202);
    const refused = await busy.client.post('/audit-entries/export', {});
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('30');
  } finally {
    await batches.end();
    await batches.release();
  }
});

test('after 7 days a task and its file are gone', async () => {
  const { body } = await tenant.client.post('/audit-entries/export', { outcome: 'refused' });
  await ended(tenant.client, body.id);

  await platform.shiftClock('au', '7 days 1 minute');

  await vi.waitFor(
    async () => expect(await platform.sql('au', 'select id from tasks where id = $1', [body.id])).toEqual([]),
    soon,
  );
  expect(await platform.sql('au', 'select position from task_chunks where task_id = $1', [body.id])).toEqual([]);
  await platform.shiftClock('au', '0');
});
