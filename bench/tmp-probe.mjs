import { readFileSync } from 'node:fs';
import pg from 'pg';
import { list } from '../server/dist/capabilities/accounts/list-store.js';
import { AccountQuery } from '../server/dist/capabilities/accounts/schema.js';
import { standingOf, wordsOf } from '../server/dist/capabilities/accounts/words.js';
import { queriesOver } from '../server/dist/kernel/database/queries.js';
import { makeTenant, startProduct } from './product.mjs';

/**
 * The list of accounts with many in the tenant, and as many in its neighbour: search as one types, then every filter with
 * every sort, and combinations of them. Each query of the list is asked as the application asks it, as its role and below
 * row security: how long the database worked, planning and all. That is the processor time of its backend, of two runs
 * the smaller, so that what else the machine does does not count.
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
      const n = from + at;
      const named = { firstName, lastName, displayName: `${firstName} ${lastName}`, username: email, email };
      // The newest are new: state and time go together.
      const status = n > count * 0.94 ? 'new' : at % 20 === 0 ? 'disabled' : 'enabled';
      const source = n % 2 ? 'local' : 'scim';
      const words = [standingOf({ status, source, verifiedAt: null }), ...wordsOf(named)];
      return { ...named, status, source, words, days: 900 - (n * 900) / count };
    });
    await admin.query(
      `with given as (select gen_random_uuid() as id, row from jsonb_array_elements($2::jsonb) as row),
       principal as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from given),
       account as (
         insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, username_folded,
                               first_name, last_name, display_name, status, source, attributes, has_words, created_at,
                               last_sign_in_at)
         select $1, id, row->>'email', row->>'email', row->>'username', row->>'username', row->>'username',
                row->>'firstName', row->>'lastName', row->>'displayName', row->>'status', row->>'source', '{}', true,
                now() - (row->>'days')::float * interval '1 day',
                case when row->>'status' <> 'new' and random() < 0.7
                     then now() - random() * least(200, (row->>'days')::float) * interval '1 day' end
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

let backend;
const workedMs = () => Number(readFileSync(`/proc/${backend}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

/** A unit of work in the tenant that measures each query. */
async function measured(client, tenant, work) {
  let ms = 0;
  await client.query('begin');
  await client.query("select set_config('bailiwick.tenant', $1, true)", [tenant.id]);
  const asked = async (sql, values) => {
    const before = workedMs();
    const { rows } = await client.query(sql, values);
    return { rows, ms: workedMs() - before };
  };
  let queue = Promise.resolve();
  const db = queriesOver(({ sql, parameters }) => {
    const next = queue.then(async () => {
      const first = await asked(sql, [...parameters]);
      const { rows, ms: second } = await asked(sql, [...parameters]);
      ms += Math.min(first.ms, second);
      globalThis.traced?.push({ sql, parameters: [...parameters], ms: Math.min(first.ms, second), n: rows.length });
      return { rows: rows.map(camel) };
    });
    queue = next.catch(() => {});
    return next;
  });
  const now = new Date();
  const later = (seconds) => new Date(now.getTime() + seconds * 1000);
  const page = await work({ db, now, tenantId: tenant.id, later });
  await client.query('commit');
  return { ms, page };
}

const BEYOND = 5;

/** Asks each list, and its next page; prints the distribution, and the slowest. */
async function measure(label, lists, tenant) {
  const asked = [];
  for (const given of lists) {
    let query = AccountQuery.parse(given);
    for (let at = 0; at < 2; at++) {
      const { ms, page } = await measured(app, tenant, (ctx) => list(ctx, query));
      asked.push({ ms, path: new URLSearchParams(given).toString() + (at ? ', next page' : '') });
      if (!page.nextCursor) break;
      query = { ...query, cursor: page.nextCursor };
    }
  }
  const times = asked.map(({ ms }) => ms);
  const show = (ms) => ms.toFixed(1).padStart(7);
  console.log(
    `${label.padEnd(34)} ${show(percentile(times, 0.5))} ${show(percentile(times, 0.95))} ${show(Math.max(...times))}   ${times.filter((ms) => ms > BAR_MS).length} of ${times.length}`,
  );
  const slow = asked.filter(({ ms }) => ms > BAR_MS).sort((a, b) => b.ms - a.ms);
  for (const { ms, path } of slow.slice(0, BEYOND)) console.log(`  ${ms.toFixed(1)} ${path}`);
}

try {
  const tenant = await makeTenant(product.port, 'au', 'large');
  const neighbour = await makeTenant(product.port, 'au', 'neighbour');
  const began = performance.now();
  await fill(tenant.id, MANY);
  await fill(neighbour.id, MANY);
  const groups = {};
  for (const [name, which] of Object.entries({
    all: 'true',
    half: "id < '80000000-0000-0000-0000-000000000000'",
    few: "id < '02800000-0000-0000-0000-000000000000'",
    newest: "created_at > now() - interval '90 days'",
  })) {
    const { rows } = await admin.query(
      `insert into groups (tenant_id, id, name, name_canonical) values ($1, gen_random_uuid(), $2, $2) returning id`,
      [tenant.id, name],
    );
    groups[name] = rows[0].id;
    await admin.query(
      `insert into memberships (tenant_id, group_id, principal_id)
       select tenant_id, $2, id from accounts where tenant_id = $1 and deleted_at is null and ${which}`,
      [tenant.id, rows[0].id],
    );
  }
  await admin.query('vacuum analyze');
  console.log(`filled two tenants with ${MANY} accounts each in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  await app.connect();
  backend = (await app.query('select pg_backend_pid() as pid')).rows[0].pid;

  const G = groups;
  const lists = [
    { sort: '-status', groupId: G.all, lastSignIn: 'over-30-days' },
    { sort: '-status', status: 'new', lastSignIn: 'over-90-days', groupId: G.all },
    { sort: 'status', status: 'new', lastSignIn: 'within-30-days', groupId: G.half },
    { sort: '-status', status: 'new', lastSignIn: 'over-90-days', groupId: G.newest },
    { sort: 'source', q: 'example.com', status: 'disabled', lastSignIn: 'over-90-days' },
    { sort: 'username', lastSignIn: 'over-90-days', q: 'example.com', status: 'new' },
    { sort: 'status', status: 'new', source: 'local', lastSignIn: 'within-30-days', q: 'example.com' },
    { sort: '-email', lastSignIn: 'within-30-days', status: 'new', q: 'e', groupId: G.all },
    { sort: 'source', q: 'e', status: 'new', source: 'local', lastSignIn: 'over-90-days' },
    { sort: '-source', lastSignIn: 'over-30-days', source: 'scim', status: 'new,disabled', q: 'a' },
  ];
  const out = process.env.PROBE_OUT;
  const { writeFileSync, appendFileSync } = await import('node:fs');
  writeFileSync(out, '');
  for (const given of lists) {
    const query = AccountQuery.parse(given);
    for (let warm = 0; warm < 2; warm++) await measured(app, tenant, (ctx) => list(ctx, query));
    globalThis.traced = [];
    const { ms } = await measured(app, tenant, (ctx) => list(ctx, query));
    appendFileSync(out, `\n##### ${ms.toFixed(1)} ${JSON.stringify(given)}\n`);
    await app.query('begin');
    await app.query("select set_config('bailiwick.tenant', $1, true)", [tenant.id]);
    for (const { sql, parameters, ms: each, n } of globalThis.traced) {
      appendFileSync(out, `--- ${each.toFixed(1)} ms, ${n} rows: ${sql.replace(/\s+/g, ' ').slice(0, 1500)}\n`);
      if (each > 6) {
        const { rows } = await app.query(`explain (analyze, buffers, timing off) ${sql}`, parameters);
        appendFileSync(out, rows.map((r) => '      ' + r['QUERY PLAN']).join('\n') + '\n');
      }
    }
    await app.query('commit');
    globalThis.traced = undefined;
  }
} finally {
  await app.end();
  await admin.end();
  await product.stop();
}
