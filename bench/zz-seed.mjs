import { writeFileSync } from 'node:fs';
import pg from 'pg';
import { wordsOf } from '../server/dist/capabilities/accounts/words.js';
import { makeTenant, startProduct } from './product.mjs';
const MANY = 100_000;
const product = await startProduct();
const admin = new pg.Client({ ...product.socketOf('au'), user: 'postgres', database: 'postgres' });
await admin.connect();
let seed = 42;
const below = (n) => { seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31; return Math.floor((seed / 2 ** 31) * n); };
const syllables = 'an be ca do el fi ga ho is ju ka le mi no ol pe ra sa ti ur va wi xe yo zu mar ber ton son ley'.split(' ');
const name = (parts) => { const text = Array.from({ length: parts }, () => syllables[below(syllables.length)]).join(''); return text[0].toUpperCase() + text.slice(1); };
const firstNames = Array.from({ length: 600 }, () => name(2));
const lastNames = Array.from({ length: 8_000 }, () => name(3));
const SLICE = 10_000;
async function fill(tenantId, count) {
  for (let from = 0; from < count; from += SLICE) {
    const rows = Array.from({ length: Math.min(SLICE, count - from) }, (_, at) => {
      const firstName = firstNames[Math.floor(below(600) * (below(1000) / 1000))];
      const lastName = lastNames[below(8_000)];
      const n = from + at;
      const email = `${firstName}.${lastName}${n}@example.com`.toLowerCase();
      const row = { firstName, lastName, displayName: `${firstName} ${lastName}`, username: email, email };
      const scim = n % 2 === 0;
      return { ...row, words: wordsOf(row), status: n > count * 0.94 ? 'new' : at % 20 === 0 ? 'disabled' : 'enabled', source: scim ? 'scim' : 'local',
       attributes: scim ? {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"name":{"givenName":firstName,"familyName":lastName},"emails":[{"value":email,"type":"work","primary":true}],"title":"Engineer","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales","employeeNumber":String(n)}} : null, n };
    });
    await admin.query(
      `with given as (select gen_random_uuid() as id, row from jsonb_array_elements($2::jsonb) as row),
       principal as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from given),
       account as (
         insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, first_name, last_name,
                               display_name, status, has_words, created_at, last_sign_in_at, source, attributes, username_folded)
         select $1, id, row->>'email', row->>'email', row->>'username', row->>'username', row->>'firstName',
                row->>'lastName', row->>'displayName', row->>'status', true, now() - (900.0 - (row->>'n')::int * 900.0 / ${count}) * interval '1 day',
                case when row->>'status' <> 'new' and random() < 0.7 then now() - random() * least(200.0, 900.0 - (row->>'n')::int * 900.0 / ${count}) * interval '1 day' end,
                row->>'source', case when row->>'source'='scim' then row->'attributes' end, case when row->>'source'='scim' then row->>'username' end
         from given)
       insert into account_words (tenant_id, account_id, word)
       select $1, id, word from given, jsonb_array_elements_text(row->'words') as word`,
      [tenantId, JSON.stringify(rows)],
    );
  }
}
const tenant = await makeTenant(product.port, 'au', 'large');
const neighbour = await makeTenant(product.port, 'au', 'neighbour');
await fill(tenant.id, MANY); await fill(neighbour.id, MANY);
await admin.query(`insert into groups (tenant_id, id, name, name_canonical, source) select $1, gen_random_uuid(), n, n, 'local' from unnest(array['all','half','one','few','tail']) n`, [tenant.id]);
for (const [g, c] of [['all','true'],['half','random()<0.5'],['one','random()<0.01'],['few','random()<0.0001'],['tail',"a.created_at > now() - interval '90 days'"]])
  await admin.query(`insert into memberships (tenant_id, group_id, principal_id) select a.tenant_id, g.id, a.id from accounts a join groups g using (tenant_id) where a.tenant_id=$1 and g.name=$2 and ${c}`, [tenant.id, g]);
await admin.query('vacuum analyze');
console.log(tenant.id, product.data);
writeFileSync('/tmp/acc/where.json', JSON.stringify({ tenant: tenant.id, neighbour: neighbour.id, data: product.data }));
await admin.end();
process.kill(product.pid, 'SIGTERM');
