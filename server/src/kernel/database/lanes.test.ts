import { connect, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, expect, inject, test, vi } from 'vitest';
import type { Prepared } from './batch.ts';
import { Lanes } from './lanes.ts';
import { makePool, Unit } from './pool.ts';

const ended: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const end of ended.splice(0).reverse()) await end();
});

const one = { name: 'one', text: 'select 1 as one', values: [] };
const tenant = { name: 'tenant', text: "select current_setting('bailiwick.tenant', true) as tenant", values: [] };
/** What opens a unit of no tenant. */
const opening = (...decision: Prepared[]) => ({ tenant: undefined, decision, foreseen: [] });
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const poolTo = (host: string, port: number, size: number, connectionTimeoutMillis = 10_000) => {
  const options = {
    host,
    port,
    user: 'app',
    database: 'template_cell',
    max: size,
    pipeline: true,
    connectionTimeoutMillis,
  };
  const pool = new pg.Pool(options as pg.PoolConfig);
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};

/** Stands between, and swallows all that is sent while it is cut off. */
async function aProxy() {
  const { host, port } = inject('postgres');
  const sockets = new Set<Socket>();
  const state = { isCutOff: false, port: 0, connections: 0 };
  const server: Server = createServer((near) => {
    state.connections++;
    const far = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.on('data', (bytes) => state.isCutOff || far.write(bytes)).on('close', () => far.destroy());
    far.on('data', (bytes) => state.isCutOff || near.write(bytes)).on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.port = (server.address() as { port: number }).port;
  ended.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return state;
}

test('a lane to a server that is cut off fails what waits, however many requests go on to come', async () => {
  const proxy = await aProxy();
  const lanes = new Lanes(poolTo('127.0.0.1', proxy.port, 1, 300), 1, 200);
  ended.push(() => lanes.end());
  // A busy machine takes more than one of the 300 ms to connect.
  const answers = async () => expect((await lanes.send(opening(one)))[0]?.rows).toEqual([{ one: 1 }]);
  await vi.waitFor(answers, 20_000);
  proxy.isCutOff = true;
  let failed = 0;
  const sent = [];
  for (let at = 0; at < 12; at++) {
    sent.push(lanes.send(opening(one)).catch(() => failed++));
    await wait(50);
  }
  // While they still came.
  expect(failed).toBeGreaterThan(0);
  proxy.isCutOff = false;
  await Promise.race([Promise.all(sent), wait(2000)]);
  await vi.waitFor(answers, 20_000);
  expect(proxy.connections).toBeGreaterThan(1);
}, 90_000);

test('a lane that is used now and then leaves no listener on its connection', async () => {
  const { host, port } = inject('postgres');
  const pool = poolTo(host, port, 1);
  const lanes = new Lanes(pool, 1, 20_000);
  ended.push(() => lanes.end());
  const clients = new Set<pg.PoolClient>();
  pool.on('acquire', (client) => clients.add(client));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const counts = new Set<string>();
  for (let at = 0; at < 4; at++) {
    await lanes.send(opening(one));
    const [client] = clients;
    counts.add(`${client?.listenerCount('error')} ${client?.listenerCount('end')}`);
    vi.advanceTimersByTime(6000);
  }
  expect(clients.size).toBe(1);
  expect(counts.size).toBe(1);
});

test('requests that wait together are decided together, and each for its own tenant', async () => {
  const { host, port } = inject('postgres');
  const pool = poolTo(host, port, 1);
  const lanes = new Lanes(pool, 1, 20_000);
  ended.push(() => lanes.end());
  const [first, second] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];
  const within = (id: string) => ({
    name: 'set-tenant',
    text: "select set_config('bailiwick.tenant', $1, true)",
    values: [id],
  });
  const decision = (secret: string) => ({
    name: 'decide',
    text: 'select current_setting($2, true) as tenant, $1::text as secret, clock_timestamp() as at',
    values: [Buffer.from(secret), 'bailiwick.tenant'],
  });
  const divided = (by: number) => ({ name: 'divide', text: 'select 6 / $1::int as part', values: [by] });
  const asks: [tenant: string, secret: string, by: number][] = [
    [first as string, 'a', 1],
    [second as string, 'a', 2],
    [first as string, 'a', 3],
    [first as string, 'b', 6],
  ];
  await lanes.send(opening(one));
  const answers = await Promise.all(
    asks.map(([tenant, secret, by]) =>
      lanes.send({ tenant: within(tenant), decision: [decision(secret)], foreseen: [divided(by)] }),
    ),
  );
  const rows = answers.map((each) => each.map(({ rows: [row] }) => row as Record<string, unknown>));
  for (const [at, [tenant, secret, by]] of asks.entries())
    expect(rows[at]).toMatchObject([{ tenant, secret }, { part: 6 / by }]);
  expect(rows[2]?.[0]?.at).toEqual(rows[0]?.[0]?.at); // asked once
  expect(rows[0]?.[0]).toBe(rows[2]?.[0]);
  expect(rows[0]?.[0]).not.toBe(rows[3]?.[0]);

  const outcomes = await Promise.allSettled(
    [1, 0, 2].map((by) =>
      lanes.send({ tenant: within(first as string), decision: [decision('a')], foreseen: [divided(by)] }),
    ),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('those that ask the same with other values are asked as one, and each gets its own rows', async () => {
  const { host, port } = inject('postgres');
  const pool = poolTo(host, port, 1);
  const lanes = new Lanes(pool, 1, 20_000);
  ended.push(() => lanes.end());
  const joint = {
    name: 'parts-together',
    text: `select asker::int as asker, 6 / by as part, clock_timestamp() as at
           from unnest($1::int[], $2::int[]) with ordinality asked (by, times, asker), generate_series(1, times)`,
  };
  const text = 'select 1 as asker, 6 / $1::int as part, clock_timestamp() as at from generate_series(1, $2::int)';
  const parts = (by: number, times: number) => ({ name: 'parts', text, values: [by, times], joint });
  const sent = vi.spyOn(pg.Client.prototype, 'query');
  ended.push(() => sent.mockRestore());
  const statements = () =>
    sent.mock.calls.map(([batch]) =>
      (batch as unknown as { statements: Prepared[] }).statements.map(({ name }) => name),
    );
  const ask = (asks: [by: number, times: number][]) =>
    Promise.allSettled(asks.map(([by, times]) => lanes.send({ ...opening(one), foreseen: [parts(by, times), one] })));
  await lanes.send(opening(one));

  sent.mockClear();
  const answers = await ask([
    [1, 2],
    [2, 0],
    [3, 1],
    [3, 1],
  ]);
  expect(statements()).toEqual([['one', 'parts-together', 'one', 'one', 'one', 'one']]);
  expect(
    answers.map((each) => {
      const [, own, last] = each.status === 'fulfilled' ? each.value : [];
      expect(last?.rows).toEqual([{ one: 1 }]);
      return [own?.count, own?.rows.map((row) => (row as { part: number }).part)];
    }),
  ).toEqual([
    [2, [6, 6]],
    [0, []],
    [1, [2]],
    [1, [2]],
  ]);

  sent.mockClear();
  const outcomes = await ask([
    [1, 1],
    [0, 1],
    [2, 1],
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  sent.mockClear();
  await ask([[1, 1]]);
  expect(statements()).toEqual([['one', 'parts', 'one']]);
});

test('what comes while a lane waits for a slow answer takes the next lane', async () => {
  const { host, port } = inject('postgres');
  const lanes = new Lanes(poolTo(host, port, 2), 2, 20_000);
  ended.push(() => lanes.end());
  const holder = new pg.Client({ host, port, user: 'app', database: 'template_cell' });
  await holder.connect();
  ended.push(() => holder.end());
  await holder.query('select pg_advisory_lock(20261130)');
  const order: string[] = [];
  const slow = lanes
    .send(opening({ name: 'slow', text: 'select pg_advisory_xact_lock(20261130)', values: [] }))
    .then(() => order.push('slow'));
  await wait(50);
  await lanes.send(opening(one)).then(() => order.push('quick'));
  await holder.query('select pg_advisory_unlock(20261130)');
  await slow;
  expect(order).toEqual(['quick', 'slow']);
});

test('queries that wait for a connection when their unit ends reach nobody else’s transaction', async () => {
  const { host, port } = inject('postgres');
  const pool = makePool({ connection: { host, port, user: 'app', database: 'template_cell' }, size: 1 });
  ended.push(() => pool.end());
  const [first, second] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];
  const holder = await Unit.open(pool, first as string, [tenant]);
  for (const kind of ['read', 'late'] as const) {
    const { unit } = await Unit.open(pool, second as string, [], kind);
    const asked = [0, 1, 2].map(() => unit.db.selectFrom('groups').selectAll().execute());
    const settled = Promise.allSettled(asked);
    await unit.rollback();
    // The next in line gets the connection as soon as the one that is over gives it back.
    const next = Unit.open(pool, first as string, [tenant]);
    if (kind === 'read') await holder.unit.commit();
    const { unit: other, rows } = await next;
    expect(rows[0]).toEqual([{ tenant: first }]);
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await other.commit();
  }
});

test('a search that comes after its unit of work is refused', async () => {
  const { host, port } = inject('postgres');
  const pool = makePool({ connection: { host, port, user: 'app', database: 'template_cell' }, size: 1 });
  ended.push(() => pool.end());
  const { unit } = await Unit.open(pool, null, [], 'read');
  const query = unit.db.selectFrom('groups').selectAll().compile();
  await unit.within(1000, query);
  unit.finishRead();
  await expect(unit.within(1000, query)).rejects.toThrow('over');
});

test('what opens a unit walks through indexes, however small the tables are; what follows is planned as the server likes', async () => {
  const { host, port } = inject('postgres');
  const pool = makePool({ connection: { host, port, user: 'app', database: 'template_cell' }, size: 1 });
  ended.push(() => pool.end());
  const scanning = { name: 'scanning', text: 'show enable_seqscan', values: [] };
  for (const [kind, value] of [
    ['read', 'off'],
    ['write', 'on'],
  ] as const) {
    const { unit, rows } = await Unit.open(pool, null, [scanning], kind);
    expect(rows[0]).toEqual([{ enableSeqscan: value }]);
    await unit.rollback();
  }
});
