import { readFileSync } from 'node:fs';
import pg from 'pg';
import { AccountQuery } from '../server/dist/capabilities/accounts/schema.js';
import { list } from '../server/dist/capabilities/accounts/list-store.js';
import { queriesOver } from '../server/dist/kernel/database/queries.js';
const { tenant, data } = JSON.parse(readFileSync('/tmp/acc/where.json'));
const c = new pg.Client({ host: `${data}/au/socket`, port: 5432, user: 'app', database: 'postgres' });
await c.connect();
const { rows: [{ pid }] } = await c.query('select pg_backend_pid() as pid');
const cpu = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
await c.query('begin'); await c.query("select set_config('bailiwick.tenant', $1, true)", [tenant]);
const groups = Object.fromEntries((await c.query('select name, id from groups')).rows.map(r => [r.name, r.id]));
const camel = (row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k.replace(/_([a-z])/g, (_, x) => x.toUpperCase()), v]));
const now = new Date();
export async function run(path, show) {
  const query = AccountQuery.parse(Object.fromEntries(new URLSearchParams(path)));
  let queue = Promise.resolve(); const parts = [];
  const db = queriesOver((q) => { const next = queue.then(async () => {
    if (show === 2) { const { rows } = await c.query(`explain (analyze, timing off, buffers off) ${q.sql}`, [...q.parameters]); console.log(q.sql.replace(/\s+/g,' ').slice(0,400)); console.log(rows.map(r => r['QUERY PLAN']).join('\n')); }
    const a = cpu(); const { rows } = await c.query(q.sql, [...q.parameters]); parts.push(cpu() - a); return { rows: rows.map(camel) }; }); queue = next.catch(() => {}); return next; });
  const reply = await list({ db, now, tenantId: tenant, later: (s) => new Date(now.getTime() + s * 1000) }, query);
  return { ms: parts.reduce((a, b) => a + b, 0), parts, reply };
}
if (process.argv[2]) {
  for (const p of process.argv.slice(2).filter(a => a !== '-x')) { const path = p.replace(/\{(\w+)\}/g, (_, n) => groups[n]);
  for (let i = 0; i < 3; i++) { const r = await run(path, process.argv.includes('-x') && i === 0 ? 2 : 0); console.log(p, r.ms.toFixed(1), r.parts.map(x => x.toFixed(1)).join(' '), r.reply.items.length, r.reply.total, r.reply.totalIsAtLeast); } }
  await c.end();
} else {
  const q = [undefined, 'a', 'e', 'x', 'ma', 'zu', 'mar', 'zumazu', 'nobody', 'a b', 'e x', 'a b c d f', 'wiw', 'y'];
  const status = [undefined, 'enabled', 'disabled', 'new', 'new,disabled'];
  const source = [undefined, 'scim'];
  const group = [undefined, 'all', 'half', 'one', 'few', 'tail'];
  const last = [undefined, 'never', 'within-30-days', 'over-90-days'];
  const sort = ['displayName', '-displayName', 'createdAt', '-createdAt', 'email', 'username', 'lastSignInAt', '-lastSignInAt', 'status', '-status', 'source'];
  const out = []; let n = 0;
  const seeded = (() => { let s = 7; return () => (s = (s * 1103515245 + 12345) % 2 ** 31) / 2 ** 31; })();
  const part = Number(process.env.PART ?? 0.02);
  for (const a of q) for (const b of status) for (const d of source) for (const g of group) for (const l of last) for (const s of sort) {
    const given = { q: a, status: b, source: d, groupId: g && groups[g], lastSignIn: l };
    const count = Object.values(given).filter(Boolean).length;
    if (seeded() > (count <= 1 ? 1 : part)) continue;
    const params = new URLSearchParams(Object.entries({ ...given, sort: s }).filter(([, v]) => v));
    let r = await run(params.toString()); if (r.ms > 30) { const r2 = await run(params.toString()); if (r2.ms < r.ms) r = r2; }
    n++; out.push([r.ms, `${params.toString().replace(groups[g] ?? '#', g)} total=${r.reply.total}${r.reply.totalIsAtLeast ? '+' : ''}`, r.parts.map(x => x.toFixed(1)).join(' ')]);
    if (r.reply.nextCursor && seeded() < 0.3) { params.set('cursor', r.reply.nextCursor); let x = await run(params.toString()); out.push([x.ms, 'page2 ' + params.toString().replace(groups[g] ?? '#', g).replace(/&cursor.*/, ''), x.parts.map(x => x.toFixed(1)).join(' ')]); }
  }
  out.sort((a, b) => b[0] - a[0]);
  for (const o of out.slice(0, 40)) console.log(o[0].toFixed(1), o[1], '|', o[2]);
  const p = (f) => out[Math.floor(out.length * (1 - f))]?.[0].toFixed(1);
  console.log(out.length, 'p50', p(.5), 'p95', p(.95), 'p99', p(.99), 'max', out[0][0].toFixed(1), 'over 50:', out.filter(o => o[0] > 50).length);
  await c.end();
}
