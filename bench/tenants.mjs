import pg from 'pg';
import { makeTenant, operatorKey, send, startProduct } from './product.mjs';

/** The list of tenants and going to one of them, for a person whom 10 tenants let in and for one whom 1,000 do, interleaved. */

const [FEW, MANY, ROUNDS] = [10, 1_000, Number(process.argv[2] ?? 400)];
const product = await startProduct();
const admin = new pg.Client({ ...product.socketOf('au'), user: 'postgres', database: 'postgres' });
await admin.connect();
const password = 'ten small boats leave at dawn';
const json = ({ status, text }) => {
  if (status >= 300) throw new Error(`${status} ${text}`);
  return JSON.parse(text);
};
const ask = async (method, path, key, body, headers = {}) =>
  json(await send(product.port, method, path, { key, headers, ...(body ? { body: JSON.stringify(body) } : {}) }));

const home = await makeTenant(product.port, 'au', 'visiting');

async function aPerson(name) {
  const email = `${name}@visiting.example`;
  const account = await ask('POST', `/v1/tenants/${home.id}/accounts`, home.key, {
    email,
    firstName: name,
    lastName: 'Person',
  });
  for (;;) {
    const { items } = await ask('GET', '/v1/operator/outbox?limit=200', operatorKey);
    const mail = items.find(({ to }) => to === email);
    if (!mail) continue;
    await ask('POST', '/v1/invitations/accept', undefined, { token: /\/accept#(\S+)/.exec(mail.body)[1], password });
    break;
  }
  const reply = await fetch(`${product.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password, tenantId: home.id }),
  });
  if (reply.status !== 201) throw new Error(`${reply.status} ${await reply.text()}`);
  return { id: account.id, cookie: reply.headers.get('set-cookie').split(';')[0] };
}

/** Tenants that let the person in, as an accepted invitation leaves them, straight into the tables. */
async function letIn({ id }, count) {
  const { rows } = await admin.query(
    `with made as materialized (select gen_random_uuid() as id, gen_random_uuid() as guest, gen_random_uuid() as grp, n from generate_series(1, ${count}) n),
       tenant as (insert into tenants (tenant_id, name, display_name, legal_name, type, region, country, namespace_regions)
         select id, 'v-' || left(id::text, 13), 'Visited ' || n, 'Visited ' || n || ' Ltd', 'customer', 'au', 'AU', '{au}' from made returning 1),
       placed as (insert into placements (tenant_id, cell) select id, 0 from made returning 1),
       indexed as (insert into tenant_index (tenant_id, status, created_at, changed_at)
         select id, 'active', now() - n * interval '1 second', now() from made returning 1),
       grouped as (insert into groups (tenant_id, id, name, name_canonical, is_owner_group) select id, grp, 'G', 'g', false from made returning 1),
       granted as (insert into grants (tenant_id, group_id, permission) select id, grp, 'groups.view' from made returning 1),
       principal as (insert into principals (tenant_id, id, kind, created_at) select id, guest, 'guest', now() from made returning 1),
       guest as (insert into guests (tenant_id, id, home_tenant_id, home_region, home_account_id, created_at)
         select id, guest, $1, 'au', $2, now() from made returning 1),
       member as (insert into memberships (tenant_id, group_id, principal_id) select id, grp, guest from made returning 1),
       visit as (insert into visits (tenant_id, id, account_id, visited_tenant_id, visited_region) select $1, gen_random_uuid(), $2, id, 'au' from made returning 1),
       shown as (insert into shown_tenants (tenant_id, account_id, shown_tenant_id, name, display_name, legal_name, type, created_at)
         select $1, $2, id, 'v-' || left(id::text, 13), 'Visited ' || n, 'Visited ' || n || ' Ltd', 'customer', now() - n * interval '1 second' from made returning 1)
     select id from made order by n`,
    [home.id, id],
  );
  return rows.map((row) => row.id);
}

const people = [];
for (const [name, count] of [
  ['few', FEW],
  ['many', MANY],
]) {
  const person = await aPerson(name);
  people.push({ name, count, cookie: person.cookie, tenants: await letIn(person, count) });
}
await admin.query('analyze');

const acts = {
  'first page of 20': () => '/v1/tenants?limit=20',
  'searched by name': ({ tenants }) =>
    `/v1/tenants?limit=20&q=Visited ${(1 + Math.floor(Math.random() * tenants.length)).toString()}`,
  'sorted by name': () => '/v1/tenants?limit=20&sort=displayName',
  'a page of one of them': ({ tenants }) => `/v1/tenants/${tenants[Math.floor(Math.random() * tenants.length)]}/groups`,
};
const at = (times, part) => times.sort((a, b) => a - b)[Math.floor(times.length * part)];
for (const [name, pathOf] of Object.entries(acts)) {
  const times = people.map(() => []);
  for (let round = -50; round < ROUNDS; round++)
    for (const [which, person] of people.entries()) {
      const began = performance.now();
      const reply = await fetch(encodeURI(product.url + pathOf(person)), { headers: { cookie: person.cookie } });
      await reply.arrayBuffer();
      if (reply.status === 429) await new Promise((resolve) => setTimeout(resolve, 1000));
      else if (reply.status !== 200) throw new Error(`${name}: ${reply.status}`);
      else if (round >= 0) times[which].push(performance.now() - began);
    }
  const [few, many] = times;
  console.log(
    `${name.padEnd(22)} ms at ${FEW}: P50 ${at(few, 0.5).toFixed(2)} P95 ${at(few, 0.95).toFixed(2)}; at ${MANY}: P50 ${at(many, 0.5).toFixed(2)} ` +
      `P95 ${at(many, 0.95).toFixed(2)}; ratio of P50 ${(at(many, 0.5) / at(few, 0.5)).toFixed(2)}`,
  );
}

// A partner asks the thousand customers in one act, each with a result.
await ask(
  'PATCH',
  `/v1/operator/tenants/${home.id}`,
  operatorKey,
  { type: 'partner', supportId: null },
  { 'if-match': '*' },
);
const group = await ask('POST', `/v1/tenants/${home.id}/groups`, home.key, { name: 'For customers' });
const began = performance.now();
const task = await ask('POST', `/v1/tenants/${home.id}/delegations/many`, home.key, {
  customerTenantIds: people[1].tenants,
  groupId: group.id,
  permissions: ['groups.view'],
  days: 30,
  purpose: 'Run it for them',
});
const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));
const following = () => ask('GET', `/v1/tenants/${home.id}/tasks/${task.id}`, home.key);
let done = await following();
while (done.state !== 'done') {
  await pause();
  done = await following();
}
console.log(`${MANY} customers asked in one act: done after ${seconds()} s, ${JSON.stringify(done.result.counts)}`);
for (;;) {
  const { rows } = await admin.query(`select count(*)::int as n from delegations where side = 'customer'`);
  if (rows[0].n === MANY) break;
  await pause();
}
console.log(`all ${MANY} requests at their customers after ${seconds()} s`);
await admin.end();
await product.stop?.();
process.exit(0);
