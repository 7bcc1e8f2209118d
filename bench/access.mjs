import pg from 'pg';
import { makeTenant, startProduct } from './product.mjs';

/**
 * Access with many in the tenant, over HTTP: how long a preview of a change takes that concerns everybody and every
 * topic, an explanation, and the list of everyone who may. `node bench/access.mjs [people] [groups]`.
 */

const MANY = Number(process.argv[2] ?? 100_000);
const GROUPS = Number(process.argv[3] ?? 2_000);
const BAR_MS = 200;
const product = await startProduct();
const admin = new pg.Client({ ...product.socketOf('au'), user: 'postgres', database: 'postgres' });
await admin.connect();

const percentile = (times, part) => times.toSorted((a, b) => a - b)[Math.ceil(times.length * part) - 1];

try {
  const tenant = await makeTenant(product.port, 'au', 'large');
  const headers = { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' };
  const ask = async (method, path, body) => {
    const reply = await fetch(`${product.url}/v1/tenants/${tenant.id}${path}`, {
      method,
      headers: { ...headers, 'if-match': '*' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  const { items: topics } = await (await fetch(`${product.url}/v1/topics`)).json();
  const whole = topics.map(({ name }) => ({ permission: `${name}.*` }));
  const spaces = [];
  for (let at = 0; at < 10; at++) spaces.push((await ask('POST', '/namespaces', { name: `space-${at}` })).id);

  const everybody = (await ask('POST', '/groups', { name: 'Everybody' })).id;
  await ask('PUT', `/groups/${everybody}/grants`, { grants: [{ permission: 'accounts.view' }] });
  // Each person is in the large group and in three others, of which each grants something, some in a namespace.
  await admin.query(
    `with people as (insert into principals (tenant_id, id, kind)
                     select $1, gen_random_uuid(), 'account' from generate_series(1, $2::int) returning id),
          named as (select id, row_number() over () as n, case when row_number() over () % 20 = 0 then 'disabled' else 'enabled' end as status
                    from people),
          words as (insert into account_words (tenant_id, account_id, word)
                    select $1, id, unnest(array[' ' || status || ' local', 'person', n::text]) from named)
     insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, first_name, last_name,
                           display_name, status, has_words)
     select $1, id, n || '@example.com', n || '@example.com', n || '@example.com', n || '@example.com', 'Person', n,
            'Person ' || n, status, true
     from named`,
    [tenant.id, MANY],
  );
  await admin.query(
    `insert into memberships (tenant_id, group_id, principal_id) select $1, $2, id from accounts
     where tenant_id = $1 and first_name = 'Person'`,
    [tenant.id, everybody],
  );
  const permissions = topics.flatMap((topic) => topic.permissions.map(({ name }) => [name, topic.namespaced]));
  await admin.query(
    `insert into groups (tenant_id, id, name, name_canonical) select $1, gen_random_uuid(), 'group ' || n, 'group ' || n
     from generate_series(1, $2::int) as n`,
    [tenant.id, GROUPS],
  );
  const { rows: groups } = await admin.query(
    "select id from groups where tenant_id = $1 and name like 'group %' order by id",
    [tenant.id],
  );
  const grants = groups.flatMap(({ id }, at) =>
    [0, 1, 2].map((n) => {
      const [permission, namespaced] = permissions[(at * 7 + n * 11) % permissions.length];
      return { group_id: id, permission, namespace_id: namespaced && n ? spaces[(at + n) % 10] : null };
    }),
  );
  await admin.query(
    `insert into grants (tenant_id, group_id, permission, namespace_id)
     select $1, group_id, permission, namespace_id from json_populate_recordset(null::grants, $2)`,
    [tenant.id, JSON.stringify(grants)],
  );
  // Without it each person is compared with each group, which takes minutes.
  await admin.query('analyze groups, accounts, memberships');
  await admin.query(
    `with numbered as (select id, row_number() over (order by id) as place from accounts where tenant_id = $1 and first_name = 'Person'),
          chosen as (select id as group_id, row_number() over (order by id) - 1 as place from groups where tenant_id = $1 and name like 'group %')
     insert into memberships (tenant_id, group_id, principal_id)
     select $1, chosen.group_id, numbered.id from numbered
     cross join (values (1), (101), (757)) as step(n)
     join chosen on chosen.place = (numbered.place * step.n) % $2
     on conflict do nothing`,
    [tenant.id, GROUPS],
  );
  for (const table of ['accounts', 'account_words', 'memberships', 'grants', 'groups', 'principals'])
    await admin.query(`vacuum analyze ${table}`);

  const measure = async (label, count, work) => {
    for (let at = 0; at < 3; at++) await work(at);
    const times = [];
    for (let at = 0; at < count; at++) {
      const began = performance.now();
      await work(at);
      times.push(performance.now() - began);
    }
    const p95 = percentile(times, 0.95);
    console.log(
      `${label.padEnd(60)} P50 ${percentile(times, 0.5).toFixed(1).padStart(7)} ms  P95 ${p95.toFixed(1).padStart(7)} ms`,
    );
    return p95;
  };
  console.log(`${MANY} people, ${GROUPS} groups, each person in four`);
  const worst = await measure('preview: every topic granted to everybody', 30, () =>
    ask('POST', `/groups/${everybody}/preview`, { grants: whole }),
  );
  await measure('preview: the group of everybody is disabled', 20, () =>
    ask('POST', `/groups/${everybody}/preview`, { status: 'disabled' }),
  );
  await measure('preview: every topic granted to a group of 150', 20, (at) =>
    ask('POST', `/groups/${groups[at].id}/preview`, { grants: whole }),
  );
  await measure('names behind a number, a page', 10, () =>
    ask('POST', `/groups/${everybody}/preview/names`, { grants: whole, side: 'gains', permission: 'audit.view' }),
  );
  const { items: people } = await ask('GET', `/access/holders?permission=accounts.view&limit=100`);
  await measure('explain', 100, (at) => ask('GET', `/access/explain?principal=${people[at].id}&permission=audit.view`));
  await measure('everyone who may (all of them), a page', 10, () =>
    ask('GET', '/access/holders?permission=accounts.view'),
  );
  console.log(`a preview that concerns everybody: P95 ${worst.toFixed(1)} ms, bar ${BAR_MS}`);
} finally {
  await admin.end();
  await product.stop();
}
