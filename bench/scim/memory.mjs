import { readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { load, send, startProduct } from '../product.mjs';
import { adding, createGroup, createUser, patch, WIDTH } from './client.mjs';
import { callTo, provision } from './servers.mjs';

/**
 * What large requests cost the node of its memory: the highest RSS in each phase (Linux: `VmHWM`, set back before it).
 * People are put into the database, so that the phases take a minute and not the time of a sync.
 *
 *     node memory.mjs [people]
 */

const PEOPLE = Number(process.argv[2] ?? 100_000);
const BAR_MIB = 150;
/** Requests that make the node what it is in use, before anything is measured. */
const WARM = 3000;

const product = await startProduct();
const admin = new pg.Client({ ...product.socketOf('au'), user: 'postgres', database: 'postgres' });
await admin.connect();

const memory = (field) =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${product.pid}/status`, 'utf8'))[1]) / 1024;

async function measured(what, act) {
  writeFileSync(`/proc/${product.pid}/clear_refs`, '5');
  const before = memory('VmRSS');
  const started = performance.now();
  await act();
  const took = (performance.now() - started) / 1000;
  const highest = memory('VmHWM');
  console.log(
    `${what}: ${before.toFixed(0)} before, ${highest.toFixed(0)} MiB at most, in ${took.toFixed(1)} s (bar ${BAR_MIB}: ${highest < BAR_MIB ? 'held' : 'MISSED'})`,
  );
}

async function people(tenantId, count) {
  const { rows } = await admin.query(
    `with given as (select gen_random_uuid() as id, 'known.' || n as name from generate_series(1, $2) n),
          principal as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from given)
     insert into accounts (tenant_id, id, source, username, username_canonical, username_folded, first_name, last_name,
       display_name, status, attributes)
     select $1, id, 'scim', name, name, name, '', '', name, 'enabled', '{}' from given returning id`,
    [tenantId, count],
  );
  await admin.query('analyze');
  return rows.map(({ id }) => id);
}

/** Reads a reply without keeping it, at the pace of a client that does. */
function take(base, token, path) {
  return send(product.port, 'GET', `${base}${path}`, { key: token }).then(({ status, text }) => {
    if (status !== 200) throw new Error(`${path}: ${status}`);
    return JSON.parse(text).members?.length;
  });
}

try {
  const { base, token, tenant } = await provision(product, 'bench-memory');
  const server = { call: callTo(product.port, base, token) };
  const ids = await people(tenant.id, PEOPLE);
  const half = ids.slice(0, PEOPLE / 2);
  const expect = async (group, count) => {
    const { rows } = await admin.query('select count(*)::int from memberships where group_id = $1', [group]);
    if (rows[0].count !== count) throw new Error(`${rows[0].count} members, not ${count}`);
  };
  const groups = [];
  await measured('use', async () => {
    await load(WARM, WIDTH, (n) => createUser(server, n));
    await load(WARM, WIDTH, (n) => server.call('GET', `/Users/${ids[n % ids.length]}`));
    for (let n = 0; n < 8; n++) groups.push(await createGroup(server, `Group ${n}`));
    await load(200, 2, (n) => server.call('PATCH', `/Groups/${groups[0]}`, adding(ids.slice(n * 100, n * 100 + 1000))));
  });
  const [, large, put, one, other, third] = groups;
  const PATH = (group) => `/Groups/${group}`;
  const members = (list) => list.map((value) => ({ value }));
  await measured(`PATCH that adds ${ids.length} members`, () => server.call('PATCH', PATH(large), adding(ids), [204]));
  await expect(large, ids.length);
  await measured(`PUT of ${half.length} members in place of them`, () =>
    server.call('PUT', PATH(large), { displayName: 'Group 1', members: members(half) }, [200]),
  );
  await expect(large, half.length);
  await measured(`PUT of ${ids.length} members`, () =>
    server.call('PUT', PATH(put), { displayName: 'Group 2', members: members(ids) }, [200]),
  );
  await expect(put, ids.length);
  await measured(`three PATCHes of ${ids.length} members at once`, () =>
    Promise.all([one, other, third].map((group) => server.call('PATCH', PATH(group), adding(ids), [204]))),
  );
  await measured(`PATCH that removes ${ids.length} members`, () =>
    server.call('PATCH', PATH(one), patch({ op: 'remove', path: 'members', value: members(ids) }), [204]),
  );
  await measured(`PATCH that removes all ${ids.length} members`, () =>
    server.call('PATCH', PATH(other), patch({ op: 'remove', path: 'members' }), [204]),
  );
  await measured(`six readers of ${half.length} members at once`, () =>
    Promise.all(Array.from({ length: 6 }, () => take(base, token, PATH(large)))),
  );
  await measured(`deletion of a group of ${ids.length}`, () => server.call('DELETE', PATH(third), undefined, [204]));
  console.log(`node: ${memory('VmRSS').toFixed(0)} MiB at the end`);
} finally {
  await admin.end();
  await product.stop();
}
