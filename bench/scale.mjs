import pg from 'pg';
import { cpuOf, load, makeTenant, operatorKey, postgresBelow, send, startProduct } from './product.mjs';

/** List, search, create and decide with few and with many tenants in a region, in one run; CPU and time a request. */

const MANY = Number(process.argv[2] ?? 100_000);
const product = await startProduct();
const admin = new pg.Client({ ...product.socketOf('au'), user: 'postgres', database: 'postgres' });
await admin.connect();

/** Tenants as the product makes them, with an Owner Group and four more groups each, straight into the tables. */
async function fill(count) {
  await admin.query(`
    create temp table new_tenants as select gen_random_uuid() as id, n from generate_series(1, ${count}) as n;
    insert into tenants (tenant_id, name, display_name, legal_name, type, region, country, namespace_regions)
      select id, 'filled-' || n || '-' || left(id::text, 8), 'Filled ' || n, 'Filled ' || n || ' Ltd', 'customer', 'au', 'AU', '{au}' from new_tenants;
    insert into placements (tenant_id, cell) select id, 0 from new_tenants;
    insert into tenant_index (tenant_id, status, created_at, changed_at)
      select id, 'active', statement_timestamp() - n * interval '1 second', statement_timestamp() from new_tenants;
    insert into groups (tenant_id, id, name, name_canonical, is_owner_group)
      select id, gen_random_uuid(), 'Group ' || g, 'group ' || g, g = 0 from new_tenants, generate_series(0, 4) as g;
    drop table new_tenants`);
  await admin.query('analyze');
}

const database = () => postgresBelow(`${product.data}/au`);

async function measure() {
  const tenant = await makeTenant(product.port, 'au', `scale-${Date.now()}`);
  const path = `/v1/tenants/${tenant.id}`;
  const group = JSON.parse(
    (await send(product.port, 'POST', `${path}/groups`, { key: tenant.key, body: '{"name":"one"}' })).text,
  );
  const acts = {
    'list by the operator': [300, () => send(product.port, 'GET', '/v1/tenants?limit=50', { key: operatorKey })],
    'search by the operator': [
      300,
      () => send(product.port, 'GET', `/v1/tenants?id=${tenant.id}`, { key: operatorKey }),
    ],
    'own list': [1000, () => send(product.port, 'GET', '/v1/tenants', { key: tenant.key })],
    'search of groups': [1000, () => send(product.port, 'GET', `${path}/groups?q=on`, { key: tenant.key })],
    'decide and read': [2000, () => send(product.port, 'GET', `${path}/groups/${group.id}`, { key: tenant.key })],
    create: [
      500,
      (at) =>
        send(product.port, 'POST', `${path}/groups`, {
          key: tenant.key,
          body: JSON.stringify({ name: `g ${at} ${Math.trunc(performance.now() * 1000)}` }),
        }),
    ],
    'make a tenant': [50, (at) => makeTenant(product.port, 'au', `made-${at}-${Math.trunc(performance.now() * 1000)}`)],
  };
  const results = {};
  for (const [name, [count, one]] of Object.entries(acts)) {
    const checked = async (at) => {
      const reply = await one(at);
      if (reply.status && reply.status >= 300) throw new Error(`${name}: ${reply.status} ${reply.text}`);
    };
    await load(Math.ceil(count / 4), 4, checked);
    const [cpu, began] = [cpuOf([product.pid, ...database()]), performance.now()];
    await load(count, 4, checked);
    results[name] = {
      cpu: ((cpuOf([product.pid, ...database()]) - cpu) / count) * 1e6,
      ms: ((performance.now() - began) / count) * 4,
    };
  }
  return results;
}

try {
  await fill(100);
  await measure(); // warm
  const few = await measure();
  const began = performance.now();
  await fill(MANY - 100);
  console.log(`filled up to ${MANY} tenants in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const many = await measure();
  console.log(`${'act'.padEnd(24)} µs CPU at 100, at ${MANY}, ratio (bar 2)    ms at 100, at ${MANY}`);
  for (const name of Object.keys(few))
    console.log(
      `${name.padEnd(24)} ${few[name].cpu.toFixed(0).padStart(12)} ${many[name].cpu.toFixed(0).padStart(10)} ${(many[name].cpu / few[name].cpu).toFixed(2).padStart(7)} ${few[name].ms.toFixed(1).padStart(20)} ${many[name].ms.toFixed(1).padStart(9)}`,
    );
} finally {
  await admin.end();
  await product.stop();
}
