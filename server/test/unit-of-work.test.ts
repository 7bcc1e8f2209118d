import { sql } from 'kysely';
import pg from 'pg';
import { expect, inject, test, vi } from 'vitest';
import { ask, makePool, Unit } from '../src/kernel/database/pool.ts';
import { enterTenant } from '../src/kernel/enter.ts';
import { newId } from '../src/kernel/ids.ts';
import { aPlatform, aTenant } from './harness.ts';

/** A pool with one connection for units of work. */
function poolOfOne(database: string | undefined) {
  const { host, port } = inject('postgres');
  return makePool({ connection: { host, port, user: 'app', database: database as string }, size: 1 });
}

/** T4: one connection, tenants in turn, failures between. */
test('T4: each unit of work sees its own tenant only, and leaves nothing behind on the connection', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const pool = poolOfOne(platform.databases.cells.au?.[0]);
  const tenants = [newId(), newId()];
  const context = { name: 'context', text: "select current_setting('bailiwick.tenant', true) as tenant", values: [] };
  try {
    for (let at = 0; at < 1000; at++) {
      const tenantId = tenants[at % 2] as string;
      const { unit, rows } = await Unit.open(pool, tenantId, [context]);
      expect(rows[0]).toEqual([{ tenant: tenantId }]);
      if (at % 10 === 0) {
        const broken = unit.db
          .insertInto('groups')
          .values({ tenantId, id: newId(), name: 'x', nameCanonical: 'x', status: 'x' })
          .execute();
        await expect(broken).rejects.toThrow(/groups_status/);
        await expect(unit.commit()).rejects.toThrow('rolled back instead of committed');
      } else if (at % 2) await unit.rollback();
      else await unit.commit();
      const between = await Unit.open(pool, null, [context]);
      expect(between.rows[0]?.map((row) => (row as { tenant: string | null }).tenant || null)).toEqual([null]);
      await between.unit.rollback();
    }
  } finally {
    await pool.end();
  }
});

test('parts of a question are asked at once over a connection of those that nobody uses, and by what may write over its own', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const [database] = platform.databases.cells.au ?? [];
  let pool = poolOfOne(database);
  let reading: Unit | undefined;
  const asked = async (unit: Unit) => {
    const part = sql<{ tenant: string; pid: number }>`
      select current_setting('bailiwick.tenant', true) as tenant, pg_backend_pid() as pid, pg_sleep(0.01)`;
    const parts = await unit.askParts([part.compile(unit.db), part.compile(unit.db)]);
    return { tenants: parts.map(({ tenant }) => tenant), connections: new Set(parts.map(({ pid }) => pid)).size };
  };
  try {
    for (const [kind, connections] of [
      ['read', 2],
      ['late', 1],
      ['write', 1],
    ] as const) {
      const tenantId = newId();
      const { unit } = await Unit.open(pool, tenantId, [], kind);
      expect(await asked(unit), kind).toEqual({ tenants: [tenantId, tenantId], connections });
      await unit.rollback();
      await expect(asked(unit)).rejects.toThrow('over');
    }
    await pool.end();
    pool = poolOfOne(database);
    const { unit } = await Unit.open(pool, newId(), [], 'read');
    reading = unit;
    await sql`select 1`.execute(unit.db);
    await platform.sql('au', `alter database "${database}" connection limit 1`);
    expect((await asked(unit)).connections, 'the server has no other').toBe(1);
    await platform.sql('au', `alter database "${database}" connection limit -1`);
    const held = ask(pool, { text: 'select pg_sleep(0.3)', values: [] });
    expect((await asked(unit)).connections, 'the last one is for what is asked alone').toBe(1);
    await held;
    expect((await asked(unit)).connections).toBe(2);
  } finally {
    await reading?.rollback();
    await pool.end();
  }
});

test('a unit of work that reads refuses to write', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const pool = poolOfOne(platform.databases.cells.au?.[0]);
  try {
    const { unit } = await Unit.open(pool, newId(), [], 'read');
    const change = unit.db.updateTable('groups').set({ name: 'x' });
    await expect(change.execute()).rejects.toThrow('asked to write');
    expect(() => unit.defer(change.compile())).toThrow('asked to write');
    await unit.rollback();
  } finally {
    await pool.end();
  }
});

test('a unit of work that is over takes no more queries', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const pool = poolOfOne(platform.databases.cells.au?.[0]);
  try {
    const { unit } = await Unit.open(pool, newId());
    await unit.commit();
    await expect(unit.db.selectFrom('groups').selectAll().execute()).rejects.toThrow('over');
  } finally {
    await pool.end();
  }
});

test('a part within a part is taken back with it, also after one that was taken back alone', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(platform);
  const { id } = await tenant.given.group();
  const pool = poolOfOne(platform.databases.cells.au?.[0]);
  try {
    const { unit } = await Unit.open(pool, tenant.id);
    const describeIt = (description: string) =>
      unit.db.updateTable('groups').set({ description }).where('id', '=', id).execute();
    await unit.rehearse(async () => {
      await describeIt('tried');
      await unit.rehearse(() => describeIt('tried within'));
    });
    expect(await unit.db.selectFrom('groups').select('description').where('id', '=', id).execute()).toEqual([
      { description: '' },
    ]);
    await unit.rollback();
  } finally {
    await pool.end();
  }
});

test('a part knows whether it wrote: rows that it read or held are nothing to take back', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(platform);
  const pool = poolOfOne(platform.databases.cells.au?.[0]);
  try {
    const { unit } = await Unit.open(pool, tenant.id);
    const groups = unit.db.selectFrom('groups').select('id');
    const changing = unit.db.updateTable('groups').set({ description: 'changed' });
    const wrote = async (work: () => unknown) => {
      const before = unit.writes;
      await work();
      return unit.writes > before;
    };
    await unit.rehearse(async () => {
      expect(await wrote(() => groups.execute())).toBe(false);
      expect(await wrote(() => groups.forUpdate().execute())).toBe(false);
      const holding = unit.db.with('held', () => groups.forNoKeyUpdate()).selectFrom('held');
      expect(await wrote(() => holding.selectAll().execute())).toBe(false);
      expect(await wrote(() => changing.execute())).toBe(true);
      expect(await wrote(() => unit.defer(changing.compile()))).toBe(true);
      const within = unit.db.with('changed', () => changing.returning('id')).selectFrom('changed');
      expect(await wrote(() => within.selectAll().execute())).toBe(true);
    });
    await unit.rollback();
  } finally {
    await pool.end();
  }
});

test('a unit of work that changed rows and recorded nothing refuses to commit', async () => {
  const whole = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(whole);
  const platform = whole.nodes[0]?.platform as (typeof whole.nodes)[number]['platform'];
  const place = await platform.locate(tenant.id);
  if (!place) throw new Error('The tenant is not here.');
  const request = { id: newId(), action: 'groups.forget', sourceAddress: null, userAgent: null, ifMatch: undefined };
  const actor = { kind: 'system', id: null, credentialId: null, door: 'job' } as const;
  const forgetful = enterTenant({ platform, place, tenantId: tenant.id, actor, request }, ({ db }) =>
    db.updateTable('groups').set({ description: 'changed by nobody' }).execute(),
  );
  await expect(forgetful).rejects.toThrow('groups.forget changed rows without an audit entry');
  expect(await whole.sql('au', "select id from groups where description = 'changed by nobody'")).toEqual([]);
  const looking = { ...request, action: 'groups.look' };
  const recording = enterTenant({ platform, place, tenantId: tenant.id, actor, request: looking }, async (ctx) => {
    ctx.afterwards(async () => undefined);
    ctx.finishRead();
  });
  await expect(recording).rejects.toThrow('groups.look only reads, and recorded something');
});

test('a read of one row is decided and answered by one message, which writes nothing', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(platform);
  const { id } = await tenant.given.group();
  expect((await tenant.client.get(`/groups/${id}`)).status).toBe(200);
  const sent = vi.spyOn(pg.Client.prototype, 'query');
  expect((await tenant.client.get(`/groups/${id}`)).status).toBe(200);
  const messages = sent.mock.calls
    .map(([query]) => (query as unknown as { statements?: { text: string; values: unknown[] }[] }).statements ?? [])
    .filter((statements) => statements.some(({ values }) => values.includes(id)));
  sent.mockRestore();
  expect(messages).toHaveLength(1);
  const texts = messages[0]?.map(({ text }) => text) ?? [];
  expect(texts.some((text) => text.includes('credentials'))).toBe(true);
  for (const text of texts) expect(text).not.toMatch(/\b(insert|update|delete)\b/i);
});

test('a tenant id of another form never reaches the database', async () => {
  const pool = poolOfOne('template_cell');
  try {
    for (const id of ["'; drop table groups; --", '', 'NULL', newId().toUpperCase()])
      await expect(Unit.open(pool, id)).rejects.toThrow();
  } finally {
    await pool.end();
  }
});

test('what is asked alone within units does not wait for another connection: units that hold all of them go on', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_POOL_SIZE: '1' } });
  const tenant = await aTenant(platform);
  const made = await Promise.all(
    Array.from({ length: 8 }, () =>
      tenant.client.post('/accounts', { email: `${newId()}@people.example`, firstName: 'Grace', lastName: 'Person' }),
    ),
  );
  expect(made.map(({ status }) => status)).toEqual(Array(8).fill(201));
});

/** P39: an expand step of a newer version comes while this one serves. */
test('a schema that grows below a serving node fails no read and no beginning, and a change at most once', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_POOL_SIZE: '2' } });
  const tenant = await aTenant(platform);
  const change = () => tenant.client.post('/groups', { name: newId() });
  const { id } = (await change()).body;
  await tenant.client.get(`/groups/${id}`);
  for (const table of ['groups', 'sessions', 'tenants', 'credentials'])
    await platform.sql('au', `alter table ${table} add column grown text`);
  for (let at = 0; at < 6; at++) expect((await tenant.client.get(`/groups/${id}`)).status).toBe(200);
  const changes = [];
  for (let at = 0; at < 6; at++) changes.push((await change()).status);
  expect(changes.filter((status) => status !== 201 && status !== 503)).toEqual([]);
  expect(changes.slice(-3)).toEqual([201, 201, 201]);
});

test('with one connection to each database every kind of answer gives it back', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_POOL_SIZE: '1' } });
  const tenant = await aTenant(platform);
  const other = await aTenant(platform);
  const member = await tenant.given.machine();
  const group = await tenant.given.group();
  const at = `/groups/${group.id}`;
  const key = { 'idempotency-key': newId() };
  const signIn = { email: tenant.ownerEmail, password: 'not the right password' };
  const link = { token: 'x'.repeat(65), password: 'not the right password' };
  const answers = () =>
    Promise.all([
      tenant.client.get(at),
      tenant.client.get('/tasks?cursor=x'),
      tenant.client.get(`/groups/${newId()}`),
      tenant.client.patch(at, { description: newId() }),
      tenant.client.patch(at, { description: newId() }, '"0"'),
      tenant.client.patch(at, { nothing: 1 }, '*'),
      tenant.client.post('/groups', { name: group.name }),
      tenant.client.post('/groups', { name: newId() }, key),
      tenant.client.post(`/groups/${group.id}/members`, { accountIds: [newId()] }),
      tenant.client.post('/audit-entries/export', {}),
      member.client.get('/accounts'),
      member.client.post('/groups', { name: newId() }),
      other.client.get('/groups'),
      platform.client(other.ownerKey).get(`${tenant.path}/groups`),
      platform.operator.get('/v1/tenants'),
      platform.operator.post(`${tenant.path}/resume`),
      platform.anyone.get(`${tenant.path}/groups`),
      platform.anyone.post('/v1/sessions', signIn),
      platform.anyone.post('/v1/invitations/accept', link),
      platform.client(null).get('/v1/regions'),
    ]);
  const seen = new Set<number>();
  for (let round = 0; round < 8; round++) for (const { status } of await answers()) seen.add(status);
  expect([...seen].filter((status) => status >= 500)).toEqual([]);
  for (const status of [200, 201, 400, 401, 403, 404, 409, 410, 412, 422, 428]) expect([...seen]).toContain(status);
  expect((await tenant.client.get(at)).status).toBe(200);
});
