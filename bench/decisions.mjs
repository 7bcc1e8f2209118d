import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { at, median } from './load.mjs';
import { freePort, load, makeTenant, postgresBelow, processorOf, repeating, send, startProduct } from './product.mjs';

/**
 * Decisions over HTTP with the check of the key (AuthZEN): CPU against bare Fastify with one prepared SELECT, answers a
 * second against better-auth's has-permission where `bench/scim` is installed, 1,000 evaluations in one call; with 10 and
 * with 2,000 groups in the tenant, that grant something else or what is asked for, and 1, 10 and 100 groups of a person
 * or of the key that asks.
 * What is compared takes turns, a quarter of a second each, so that whatever else the machine does meets all of them:
 * the medians of the rounds count.
 * `node bench/decisions.mjs [rounds] [requests of each in a round] [at once]`.
 */

const ROUNDS = Number(process.argv[2] ?? 21);
const COUNT = Number(process.argv[3] ?? 1000);
const WIDTH = Number(process.argv[4] ?? 8);
/** Before V8 has compiled what is used, it is something else that is measured. */
const WARM = 6_000;
const product = await startProduct();
const socket = product.socketOf('au');
const admin = new pg.Client({ ...socket, user: 'postgres', database: 'postgres' });
await admin.connect();
const children = [];

/** Of which the groups grant the first alone. */
const tenPermissions = ['gateways', 'namespaces', 'groups', 'accounts', 'licences'].flatMap((topic) => [
  `${topic}.view`,
  `${topic}.change`,
]);

const expect = (status, reply) => {
  if (reply.status !== status) throw new Error(`${reply.status} ${reply.text}`);
  return reply;
};

async function startBare() {
  await admin.query(`
    create table bench_groups (id uuid primary key default gen_random_uuid(), name text not null, description text not null default '',
      status text not null default 'enabled', version int not null default 1, created_at timestamptz not null default now(), updated_at timestamptz not null default now());
    create table bench_audit (id uuid);
    grant select, insert on bench_groups, bench_audit to app`);
  const { rows } = await admin.query("insert into bench_groups (name) values ('read me') returning id");
  const port = await freePort();
  const script = fileURLToPath(new URL('cost.mjs', import.meta.url));
  const child = spawn('node', [script, 'baseline', String(port), socket.host, String(socket.port)], {
    stdio: 'inherit',
  });
  children.push(child);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const path = `/groups/${rows[0].id}`;
  const asking = (ask) => async () => expect(200, await ask());
  return {
    pid: child.pid,
    get: asking(repeating(port, 'GET', path)),
    post: (body) => asking(repeating(port, 'POST', path, { body })),
  };
}

/** Undefined where `bench/scim` is not installed. */
async function startRival() {
  await admin.query('create database better_auth_access');
  const port = await freePort();
  const script = fileURLToPath(new URL('scim/servers/better-auth-access.mjs', import.meta.url));
  const child = spawn('node', [script, String(port), socket.host, String(socket.port), 'better_auth_access'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  children.push(child);
  const line = await new Promise((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', () => resolve(undefined));
  });
  if (!line) return undefined;
  const { base, token: cookie } = JSON.parse(line);
  const body = JSON.stringify({ permissions: { organization: ['update'] } });
  const headers = { cookie, origin: `http://127.0.0.1:${port}` };
  const send = repeating(port, 'POST', base, { body, headers });
  const ask = async () => {
    const { text } = expect(200, await send());
    if (!text.includes('"success":true')) throw new Error(text);
  };
  return { pid: child.pid, ask };
}

/** @param targets by name: `{ pid, ask }`. @returns of each round microseconds of CPU of one, and how many a second */
async function measure(targets) {
  const found = Object.fromEntries(Object.keys(targets).map((name) => [name, { cpu: [], rate: [] }]));
  for (const { ask } of Object.values(targets)) await load(WARM, WIDTH, ask);
  // Backends come with the load: a list from before would miss them.
  const database = postgresBelow(`${product.data}/au`);
  const order = Object.entries(targets);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { pid, ask }] of order) {
      const before = processorOf([pid, ...database]);
      const began = performance.now();
      await load(COUNT, WIDTH, ask);
      found[name].rate.push((COUNT / (performance.now() - began)) * 1000);
      found[name].cpu.push((processorOf([pid, ...database]) - before) / 1000 / COUNT);
    }
    order.reverse(); // who comes after the dearest finds the caches full of it
  }
  for (const [name, { cpu, rate }] of Object.entries(found)) {
    const each = `${median(cpu).toFixed(0).padStart(5)} µs CPU  ${median(rate).toFixed(0).padStart(6)} a second`;
    console.log(`  ${name.padEnd(48)} ${each}`);
  }
  return found;
}

/** How many times the other's, round by round. */
function ratio(label, of, to) {
  const all = of.map((each, round) => each / to[round]).sort((a, b) => a - b);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => at(all, share).toFixed(2));
  console.log(`  ${label}: ${middle} (half of the rounds ${low} to ${high})`);
}

try {
  const tenant = await makeTenant(product.port, 'au', 'decisions');
  const call = async (method, path, body) => {
    const reply = await send(product.port, method, `/v1/tenants/${tenant.id}${path}`, {
      key: tenant.key,
      body: body && JSON.stringify(body),
      headers: { 'if-match': '*' },
    });
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`);
    return reply.text ? JSON.parse(reply.text) : undefined;
  };
  const space = await call('POST', '/namespaces', { name: 'space' });
  const asking = await call('POST', '/groups', { name: 'asking' });
  await call('PUT', `/groups/${asking.id}/grants`, { grants: [{ permission: 'groups.evaluate' }] });
  const makeAsker = async (name) => {
    const { id } = await call('POST', '/service-accounts', { name, groupIds: [asking.id] });
    return { id, key: (await call('POST', `/service-accounts/${id}/keys`, { name: 'key' })).value };
  };
  const { key } = await makeAsker('pep');
  const often = await makeAsker('in 100 groups');
  const people = [];
  for (const name of ['one', 'hundred']) people.push((await call('POST', '/service-accounts', { name })).id);
  const [one, hundred] = people;

  /** Groups that grant something else, so many in all; two are in 100 of them at most, the one also in one that counts. */
  const makeGroups = async (upTo) => {
    await admin.query(
      `with made as (insert into groups (tenant_id, id, name, name_canonical)
         select $1, gen_random_uuid(), 'g ' || n, 'g ' || n from generate_series(1, $2::int) n
         on conflict do nothing returning id)
       insert into grants (tenant_id, group_id, permission) select $1, id, unnest(array['audit.view', 'gateways.view']) from made`,
      [tenant.id, upTo],
    );
    await admin.query(
      `insert into memberships (tenant_id, group_id, principal_id)
       select $1, id, unnest($2::uuid[]) from (
         select id from groups where tenant_id = $1 and name like 'g %' order by length(name), name limit 99) those on conflict do nothing`,
      [tenant.id, [hundred, often.id]],
    );
    for (const table of ['groups', 'grants', 'memberships']) await admin.query(`vacuum analyze ${table}`);
  };
  const counting = await call('POST', '/groups', { name: 'counting' });
  await call('PUT', `/groups/${counting.id}/grants`, {
    grants: [{ permission: 'namespaces.view', namespaceId: space.id }],
  });
  await call('POST', `/groups/${counting.id}/members`, { serviceAccountIds: people });

  const base = `/authzen/${tenant.id}/access/v1`;
  const of = (id, name = 'namespaces.view') => ({
    subject: { type: 'service-account', id },
    action: { name },
    resource: { type: 'namespace', id: space.id },
  });
  const evaluate = (id, { name, asker = key, answer = true } = {}) => {
    const body = JSON.stringify(of(id, name));
    const ask = repeating(product.port, 'POST', `${base}/evaluation`, { key: asker, body });
    const asked = async () => {
      const { text } = expect(200, await ask());
      if (text !== `{"decision":${answer}}`) throw new Error(text);
    };
    return { pid: product.pid, ask: asked };
  };
  const bare = await startBare();
  const rival = await startRival();

  console.log(`${ROUNDS} rounds of ${COUNT} requests each, ${WIDTH} at once`);
  await makeGroups(10);
  const decision = evaluate(one);
  const against = await measure({
    decision,
    'bare Fastify, the same body, one SELECT': { pid: bare.pid, ask: bare.post(JSON.stringify(of(one))) },
    'bare Fastify, GET, one SELECT': { pid: bare.pid, ask: bare.get },
    ...(rival ? { 'better-auth, has-permission': rival } : {}),
  });
  const [ours, floor, get, other] = Object.values(against);
  ratio('CPU of a decision to the same body (bar 1.7)', ours.cpu, floor.cpu);
  ratio('CPU of a decision to a GET', ours.cpu, get.cpu);
  if (other) ratio('a second, to better-auth (bar 10)', ours.rate, other.rate);
  await makeGroups(2000);
  const large = await measure({
    'decision, 2,000 groups in the tenant': decision,
    'decision, person in 100 groups': evaluate(hundred),
    'the same, 99 of them grant it': evaluate(hundred, { name: 'gateways.view' }),
    'the same, none of them grants it': evaluate(hundred, { name: 'licences.view', answer: false }),
    'decision, asked by a key in 100 groups': evaluate(one, { asker: often.key }),
    'bare Fastify, the same body, one SELECT': { pid: bare.pid, ask: bare.post(JSON.stringify(of(one))) },
  });
  const [many, hundredth, allGrant, noneGrants, askedOften, bareAgain] = Object.values(large);
  ratio('CPU with 2,000 groups to the same body (bar 1.7)', many.cpu, bareAgain.cpu);
  ratio('CPU of who is in 100 groups to who is in one', hundredth.cpu, many.cpu);
  ratio('the same where 99 of them grant it', allGrant.cpu, many.cpu);
  ratio('the same where none of them grants it', noneGrants.cpu, many.cpu);
  ratio('CPU where the key that asks is in 100 groups', askedOften.cpu, many.cpu);

  await admin.query(
    `with people as (insert into principals (tenant_id, id, kind)
                     select $1, gen_random_uuid(), 'account' from generate_series(1, 1000) returning id),
          named as (select id, row_number() over () as n from people)
     insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, first_name, last_name,
                           display_name, status)
     select $1, id, n || '@example.com', n || '@example.com', n || '@example.com', n || '@example.com', 'Person', n,
            'Person ' || n, 'enabled' from named`,
    [tenant.id],
  );
  /** Each person in so many of the 2,000 groups, all of which grant `gateways.view` and none `namespaces.view`. */
  const joinGroups = async (each) => {
    await admin.query(
      `insert into memberships (tenant_id, group_id, principal_id)
       select a.tenant_id, g.id, a.id from accounts a cross join lateral
         (select id from groups where tenant_id = a.tenant_id and name like 'g %' order by md5(name || a.id) limit $2) g
       where a.tenant_id = $1 and a.first_name = 'Person' on conflict do nothing`,
      [tenant.id, each],
    );
    for (const table of ['accounts', 'principals', 'memberships']) await admin.query(`vacuum analyze ${table}`);
  };
  await joinGroups(10);
  const { rows } = await admin.query("select id from accounts where tenant_id = $1 and first_name = 'Person'", [
    tenant.id,
  ]);
  const ofPeople = (...names) =>
    rows.map(({ id }, n) => ({
      ...of(id),
      subject: { type: 'account', id },
      action: { name: names[n % names.length] },
    }));
  for (const [label, evaluations, groups] of [
    ['1,000 evaluations of 1,000 people', ofPeople('namespaces.view')],
    ['1,000 evaluations of one', Array.from({ length: 1000 }, () => of(one))],
    ['of 1,000 people, 2,000 groups grant it', ofPeople('gateways.view')],
    ['the same of ten permissions in turns', ofPeople(...tenPermissions)],
    ['of 1,000 people in 100 groups each', ofPeople('namespaces.view'), 100],
    ['the same, 2,000 groups grant it', ofPeople('gateways.view')],
  ]) {
    if (groups) await joinGroups(groups);
    const body = JSON.stringify({ evaluations });
    const asked = async (calls) => {
      const times = [];
      for (let call = 0; call < calls; call++) {
        const began = performance.now();
        expect(200, await send(product.port, 'POST', `${base}/evaluations`, { key, body }));
        times.push(performance.now() - began);
      }
      return times;
    };
    const tellTimes = (times) => {
      const sorted = times.toSorted((a, b) => a - b);
      const [p50, p95, slowest] = [0.5, 0.95, 1].map((part) => sorted[Math.ceil(sorted.length * part) - 1].toFixed(1));
      return `P50 ${p50}, P95 ${p95}, slowest ${slowest}`;
    };
    const cold = await asked(30); // V8 and the plans of PostgreSQL are new to it
    const warm = await asked(200);
    console.log(
      `  ${label.padEnd(48)} ${tellTimes(warm)} ms of 200 calls (bar 50); of the 30 before them ${tellTimes(cold)}, the first ${cold[0].toFixed(1)}`,
    );
  }
} finally {
  for (const child of children) child.kill();
  await admin.end();
  await product.stop();
}
