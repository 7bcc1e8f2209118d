import { spawn } from 'node:child_process';
import pg from 'pg';
import { cpuOf, freePort, load, makeTenant, postgresBelow, send, startProduct } from './product.mjs';

/** CPU of server and database together, product against the least that could do the same, in one run. */

// CPU is told in ticks of 10 ms: fewer would measure those.
const COUNT = Number(process.argv[2] ?? 12_000);
const WIDTH = 8;
const ROUNDS = 3;

if (process.argv[2] === 'baseline') await baseline();
else await compare();

async function baseline() {
  const { default: Fastify } = await import('fastify');
  const [, , , port, host, database] = process.argv;
  const pool = new pg.Pool({ host, port: Number(database), user: 'app', database: 'postgres', max: 16 });
  const app = Fastify();
  const read = async (request) => {
    const { rows } = await pool.query({
      name: 'read',
      text: 'select id, name, description, status, version, created_at, updated_at from bench_groups where id = $1',
      values: [request.params.id],
    });
    return rows[0];
  };
  app.get('/groups/:id', read);
  // A question comes with a body.
  app.post('/groups/:id', read);
  app.post('/groups', async (request, reply) => {
    const { rows } = await pool.query({
      name: 'create',
      text: `with made as (insert into bench_groups (name) values ($1) returning *)
             , entry as (insert into bench_audit (action, target_id, changes) select 'groups.create', id, to_jsonb(made) from made)
             select * from made`,
      values: [request.body.name],
    });
    return reply.code(201).send(rows[0]);
  });
  await app.listen({ port: Number(port), host: '127.0.0.1' });
}

async function compare() {
  const product = await startProduct();
  const socket = product.socketOf('au');
  const admin = new pg.Client({ ...socket, user: 'postgres', database: 'postgres' });
  await admin.connect();
  await admin.query(`
    create table bench_groups (id uuid primary key default gen_random_uuid(), name text not null, description text not null default '',
      status text not null default 'enabled', version int not null default 1, created_at timestamptz not null default now(), updated_at timestamptz not null default now());
    create table bench_audit (id uuid primary key default gen_random_uuid(), at timestamptz not null default now(), action text not null, target_id uuid not null, changes jsonb);
    grant select, insert on bench_groups, bench_audit to app`);
  const port = await freePort();
  const bare = spawn(
    'node',
    [new URL(import.meta.url).pathname, 'baseline', String(port), socket.host, String(socket.port)],
    { stdio: 'inherit' },
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  try {
    const row = JSON.parse((await send(port, 'POST', '/groups', { body: '{"name":"read me"}' })).text);
    const database = () => postgresBelow(`${product.data}/au`);

    const measure = async (label, pid, one) => {
      await load(2 * COUNT, WIDTH, one); // until V8 has compiled what is used
      const before = { server: cpuOf([pid]), database: cpuOf(database()) };
      await load(COUNT, WIDTH, one);
      const server = cpuOf([pid]) - before.server;
      const base = cpuOf(database()) - before.database;
      const each = (seconds) => ((seconds / COUNT) * 1e6).toFixed(0).padStart(5);
      console.log(
        `  ${label.padEnd(26)} ${each(server + base)} µs CPU a request: server ${each(server)}, database ${each(base)}`,
      );
      return server + base;
    };
    const expect = (status, reply) => {
      if (reply.status !== status) throw new Error(`${reply.status} ${reply.text}`);
    };
    const tenant = await makeTenant(product.port, 'au', 'bench-cost');
    const path = `/v1/tenants/${tenant.id}/groups`;
    const group = JSON.parse(
      (await send(product.port, 'POST', path, { key: tenant.key, body: '{"name":"read me"}' })).text,
    );
    // Before anything is created in numbers: what PostgreSQL tidies up after that is no part of a read.
    for (let round = 1; round <= ROUNDS; round++) {
      console.log(`reads, round ${round}, ${COUNT} requests each`);
      const read = await measure('read of one group', product.pid, async () =>
        expect(200, await send(product.port, 'GET', `${path}/${group.id}`, { key: tenant.key })),
      );
      const bareRead = await measure('bare Fastify, one SELECT', bare.pid, async () =>
        expect(200, await send(port, 'GET', `/groups/${row.id}`)),
      );
      console.log(`  ratio ${(read / bareRead).toFixed(2)} (bar 1.7)`);
    }
    for (let round = 1; round <= ROUNDS; round++) {
      console.log(`creates, round ${round}, ${COUNT} requests each`);
      // One of its own for each round: a tenant has 50,000 groups at most.
      const filled = await makeTenant(product.port, 'au', `bench-cost-${round}`);
      const create = await measure('durable, audited create', product.pid, async (at) =>
        expect(
          201,
          await send(product.port, 'POST', `/v1/tenants/${filled.id}/groups`, {
            key: filled.key,
            body: JSON.stringify({ name: `g ${round} ${at} ${Math.trunc(performance.now() * 1000)}` }),
          }),
        ),
      );
      const bareCreate = await measure('bare Fastify, one INSERT', bare.pid, async (at) =>
        expect(201, await send(port, 'POST', '/groups', { body: JSON.stringify({ name: `g ${at}` }) })),
      );
      console.log(`  ratio ${(create / bareCreate).toFixed(2)} (bar 2.5)`);
    }
  } finally {
    bare.kill();
    await admin.end();
    await product.stop();
  }
}
