import { readFileSync } from 'node:fs';
import pg from 'pg';
const { tenant, data } = JSON.parse(readFileSync('/tmp/acc/where.json'));
const c = new pg.Client({ host: `${data}/au/socket`, port: 5432, user: process.env.PGUSER ?? 'app', database: 'postgres' });
await c.connect();
const { rows: [{ pid }] } = await c.query('select pg_backend_pid() as pid');
const cpu = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
const groups = Object.fromEntries((await (async () => { await c.query('begin'); await c.query("select set_config('bailiwick.tenant', $1, true)", [tenant]); return c.query('select name, id from groups'); })()).rows.map(r => [r.name, r.id]));
const text = readFileSync(process.argv[2], 'utf8');
for (const part of text.split(/\n;\n?/)) {
  let q = part.trim(); if (!q) continue;
  let label = ''; 
  const m = q.match(/^-- (.*)\n/); if (m) label = m[1];
  q = q.replace(/\{(\w+)\}/g, (_, n) => `'${groups[n] ?? (n === 'tenant' ? tenant : '?')}'`);
  try {
  if (process.argv[3]) { const { rows } = await c.query(`explain (analyze, timing off, buffers) ${q}`); console.log(label); console.log(rows.map(r => r['QUERY PLAN']).join('\n')); }
  const t = []; let n;
  for (let i = 0; i < 7; i++) { const a = cpu(); const r = await c.query(q); n = r.rows.length; t.push(cpu() - a); }
  t.sort((a, b) => a - b);
  console.log(label.padEnd(60), 'min', t[0].toFixed(1), 'med', t[3].toFixed(1), 'rows', n);
  } catch (e) { console.log(label, e.message); await c.query('rollback'); await c.query('begin'); await c.query("select set_config('bailiwick.tenant', $1, true)", [tenant]);}
}
await c.end();
