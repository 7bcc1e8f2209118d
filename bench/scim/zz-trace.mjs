import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startProduct } from '../product.mjs';
import { createUser, patch } from './client.mjs';
import { callTo, provision } from './servers.mjs';

const product = await startProduct();
const { base, token } = await provision(product);
const server = { call: callTo(product.port, base, token) };
const users = [];
for (let n = 0; n < 20; n++) users.push(await createUser(server, n));
const sock = product.socketOf('au');
const c = new pg.Client({ ...sock, user: 'postgres', database: 'postgres' });
await c.connect();
const act = async (u, v) => server.call('PATCH', `/Users/${u.id}`, patch({ op: 'replace', path: 'active', value: v }));
for (let i = 0; i < 6; i++) {
  await act(users[i % 3], false);
  await act(users[i % 3], true);
}
await c.query("alter system set log_statement='all'");
await c.query('alter system set log_min_duration_statement=0');
await c.query('alter system set logging_collector=off');
await c.query('select pg_reload_conf()');
console.log((await c.query('show log_destination')).rows, (await c.query('show logging_collector')).rows, sock);
await new Promise((r) => setTimeout(r, 500));
const {
  rows: [{ now }],
} = await c.query('select now()');
await act(users[5], false);
await new Promise((r) => setTimeout(r, 300));
console.log('--');
await act(users[5], true);
await new Promise((r) => setTimeout(r, 1500));
const files = readdirSync(join(product.data, 'au'), { recursive: true }).filter((f) => /\.log$|log/.test(f));
console.log(files);
for (const f of files) {
  try {
    console.log(f, readFileSync(join(product.data, 'au', f), 'utf8').slice(-60000));
  } catch {}
}
await c.end();
await product.stop();
