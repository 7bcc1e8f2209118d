import pg from 'pg';
import { list } from '../server/dist/capabilities/accounts/list-store.js';
import { AccountQuery } from '../server/dist/capabilities/accounts/schema.js';
import { wordsOf } from '../server/dist/capabilities/accounts/words.js';
import { queriesOver } from '../server/dist/kernel/database/queries.js';
import { makeTenant, startProduct } from './product.mjs';

/**
 * The list of accounts with many in the tenant, and as many in its neighbour: search as one types, sorts, filters.
 * Each query of the list is asked as the application asks it, as its role and below row security, by EXPLAIN ANALYZE:
 * how long the database took, and by which index.
 */

const MANY = Number(process.argv[2] ?? 100_000);
const BAR_MS = 50;
const product = await startProduct();
const admin = new pg.Client({ ...product.socketOf('au'), user: 'postgres', database: 'postgres' });
await admin.connect();
const app = new pg.Client({ ...product.socketOf('au'), user: 'app', database: 'postgres' });

/** The same numbers in each run. */
let seed = 42;
const below = (n) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((seed / 2 ** 31) * n);
};
const syllables =
  'an be ca do el fi ga ho is ju ka le mi no ol pe ra sa ti ur va wi xe yo zu mar ber ton son ley'.split(' ');
const name = (parts) => {
  const text = Array.from({ length: parts }, () => syllables[below(syllables.length)]).join('');
  return text[0].toUpperCase() + text.slice(1);
};
const firstNames = Array.from({ length: 600 }, () => name(2));
const lastNames = Array.from({ length: 8_000 }, () => name(3));

const SLICE = 10_000;

async function fill(tenantId, count) {
  for (let from = 0; from < count; from += SLICE) {
    const rows = Array.from({ length: Math.min(SLICE, count - from) }, (_, at) => {
      const firstName = firstNames[Math.floor(below(600) * (below(1000) / 1000))];
      const lastName = lastNames[below(8_000)];
      const email = `${firstName}.${lastName}${from + at}@example.com`.toLowerCase();
      const row = { firstName, lastName, displayName: `${firstName} ${lastName}`, username: email, email };
      return { ...row, words: wordsOf(row), status: at % 50 === 0 ? 'new' : at % 20 === 0 ? 'disabled' : 'enabled' };
    });
    await admin.query(
      `with given as (select gen_random_uuid() as id, row from jsonb_array_elements($2::jsonb) as row),
       principal as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from given),
       account as (
         insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, first_name, last_name,
                               display_name, status, has_words, created_at, last_sign_in_at)
         select $1, id, row->>'email', row->>'email', row->>'username', row->>'username', row->>'firstName',
                row->>'lastName', row->>'displayName', row->>'status', true, now() - random() * interval '900 days',
                case when row->>'status' <> 'new' and random() < 0.7 then now() - random() * interval '200 days' end
         from given)
       insert into account_words (tenant_id, account_id, word)
       select $1, id, word from given, jsonb_array_elements_text(row->'words') as word`,
      [tenantId, JSON.stringify(rows)],
    );
  }
}

const percentile = (times, part) => times.toSorted((a, b) => a - b)[Math.ceil(times.length * part) - 1];

/** As somebody types: each of the first letters of a name or an address, in turn. */
function typed() {
  const [first, last] = [firstNames[below(600)], lastNames[below(8_000)]];
  const whole = [last, `${first} ${last}`, `${last} ${first}`, `${first}.${last}`.toLowerCase()][below(4)];
  return whole.slice(0, 1 + below(whole.length));
}

const camel = (row) =>
  Object.fromEntries(Object.entries(row).map(([k, v]) => [k.replace(/_([a-z])/g, (_, c) => c.toUpperCase()), v]));

/** Indexes and whole reads of tables in a plan. */
const nodesOf = (plan) => [
  ...(plan['Index Name']
    ? [plan['Index Name']]
    : plan['Node Type'] === 'Seq Scan'
      ? [`all of ${plan['Relation Name']}`]
      : []),
  ...(plan.Plans ?? []).flatMap(nodesOf),
];

/** A unit of work in the tenant that explains each query before it asks. */
async function explained(client, tenant, work) {
  let ms = 0;
  const used = new Set();
  await client.query('begin');
  await client.query("select set_config('bailiwick.tenant', $1, true)", [tenant.id]);
  const db = queriesOver(async ({ sql, parameters }) => {
    const values = [...parameters];
    const { rows: told } = await client.query(`explain (analyze, format json) ${sql}`, values);
    const [{ Plan: plan, 'Execution Time': took, 'Planning Time': planned }] = told[0]['QUERY PLAN'];
    ms += took + planned;
    for (const each of nodesOf(plan)) used.add(each);
    const { rows } = await client.query(sql, values);
    return { rows: rows.map(camel) };
  });
  const now = new Date();
  await work({ db, now, tenantId: tenant.id, later: (seconds) => new Date(now.getTime() + seconds * 1000) });
  await client.query('commit');
  return { ms, used };
}

async function measure(label, count, pathOf, tenant) {
  const times = [];
  const used = new Set();
  let slowest = { ms: 0 };
  for (let at = 0; at < count; at++) {
    const path = pathOf();
    const query = AccountQuery.parse(Object.fromEntries(new URLSearchParams(path)));
    const told = await explained(app, tenant, (ctx) => list(ctx, query));
    times.push(told.ms);
    for (const each of told.used) used.add(each);
    if (told.ms > slowest.ms) slowest = { ms: told.ms, path };
  }
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)];
  console.log(
    `${label.padEnd(34)} ${p50.toFixed(1).padStart(7)} ${p95.toFixed(1).padStart(7)} ${slowest.ms.toFixed(1).padStart(8)}  ${slowest.path}\n  by ${[...used].sort().join(', ')}`,
  );
  return p95;
}

try {
  const tenant = await makeTenant(product.port, 'au', 'large');
  const neighbour = await makeTenant(product.port, 'au', 'neighbour');
  const began = performance.now();
  await fill(tenant.id, MANY);
  await fill(neighbour.id, MANY);
  await admin.query('vacuum analyze accounts');
  await admin.query('vacuum analyze account_words');
  console.log(`filled two tenants with ${MANY} accounts each in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  await app.connect();
  console.log(`${'ms at the database'.padEnd(34)} ${'P50'.padStart(7)} ${'P95'.padStart(7)} ${'slowest'.padStart(8)}`);
  const search = (more) => () => `q=${encodeURIComponent(typed())}${more}`;
  await measure('(warm)', 50, search('&sort=displayName'), tenant);
  const p95 = await measure('search by name, as one types', 400, search('&sort=displayName'), tenant);
  await measure('search, newest first', 400, search(''), tenant);
  await measure('search among the disabled', 400, search('&status=disabled&sort=displayName'), tenant);
  await measure('search of one letter', 100, () => `q=${'abcdefghijk'[below(11)]}&sort=displayName`, tenant);
  await measure(
    'search of two letters apart',
    50,
    () => `q=${'abcdefg'[below(7)]}+${'hijklmn'[below(7)]}&sort=displayName`,
    tenant,
  );
  await measure('search of one letter, by e-mail', 20, () => `q=${'abcdefghijk'[below(11)]}&sort=email`, tenant);
  for (const sort of ['displayName', '-createdAt', 'email', 'username', 'status', 'source', '-lastSignInAt'])
    await measure(`list by ${sort}`, 20, () => `sort=${sort}`, tenant);
  for (const filter of ['status=disabled', 'source=scim', 'lastSignIn=never', 'lastSignIn=over-90-days'])
    await measure(`list of ${filter}`, 20, () => `${filter}&sort=displayName`, tenant);
  await measure('list of the waiting', 20, () => 'waiting=true&sort=displayName', tenant);
  console.log(`search as one types: P95 ${p95.toFixed(1)} ms, bar ${BAR_MS}`);
} finally {
  await app.end();
  await admin.end();
  await product.stop();
}
