import { spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { cpuOf, freePort, load, makeTenant, operatorKey, postgresBelow, send, startProduct } from './product.mjs';

/**
 * CPU of discovery and of a request with a session, server and database together, against bare Fastify with one
 * prepared SELECT; how long sign-ins take while another tenant is flooded with wrong passwords, some at its owner
 * and most at people that it does not have, several times as many as can be hashed; and how long answers take for
 * addresses that are known and that are not.
 *
 *     node bench/sign-in.mjs [requests] [cost|flood|known [which]]
 */

const COUNT = Number(process.argv[2] ?? 6000);
const only = process.argv[3];
const isAsked = (part) => only === undefined || only === part;
const WIDTH = 8;
/** In turns alone and beside the flood, so that a machine that is busy for a while is so for both. */
const TURNS = 6;
const SIGN_INS = 20;
const FLOOD_PER_SECOND = 40;
/** Of each address, as attack A3 asks for. */
const SAMPLES = 500;
const NO_CODE = 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA';
const password = 'seven quiet otters row home';

const product = await startProduct({ BAILIWICK_REGIONS: 'au', BAILIWICK_TRUST_PROXY: '127.0.0.1' });
const socket = product.socketOf('au');
const admin = new pg.Client({ ...socket, user: 'postgres', database: 'postgres' });
await admin.connect();
await admin.query(`
  create table bench_groups (id uuid primary key default gen_random_uuid(), name text not null, description text not null default '',
    status text not null default 'enabled', version int not null default 1, created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  grant select, insert on bench_groups to app`);
const port = await freePort();
const bare = spawn(
  'node',
  [fileURLToPath(new URL('cost.mjs', import.meta.url)), 'baseline', String(port), socket.host, String(socket.port)],
  { stdio: 'inherit' },
);
await new Promise((resolve) => setTimeout(resolve, 1500));

const post = (path, body, options = {}) => send(product.port, 'POST', path, { body: JSON.stringify(body), ...options });
const expect = (status, reply) => {
  if (reply.status !== status) throw new Error(`${reply.status} ${reply.text}`);
  return reply;
};

/** An owner who has a password. */
async function signable(name) {
  const tenant = await makeTenant(product.port, 'au', name);
  const outbox = await send(product.port, 'GET', '/v1/operator/outbox', { key: operatorKey });
  const { items } = JSON.parse(outbox.text);
  const mail = items.find(({ to, recipient }) => (to ?? recipient) === `owner@${name}.example`);
  const token = /\/accept#(\S+)/.exec(mail.body)[1];
  expect(200, await post('/v1/invitations/accept', { token, password }));
  return { ...tenant, email: `owner@${name}.example` };
}

/** Mann and Whitney's U as a normal deviate: beyond 2 either way, one sample is slower more often than chance has it. */
function rankZ(one, other) {
  const above = one.reduce((sum, a) => sum + other.reduce((n, b) => n + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0);
  const pairs = one.length * other.length;
  return (above - pairs / 2) / Math.sqrt((pairs * (one.length + other.length + 1)) / 12);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

try {
  const [quiet, flooded] = [await signable('bench-quiet'), await signable('bench-flooded')];
  const others = new Agent({ keepAlive: true, maxSockets: 2000 });
  const signIn = (email, secret, address, agent) =>
    post(
      '/v1/sessions',
      { email, password: secret },
      { headers: { 'x-forwarded-for': address }, ...(agent ? { agent } : {}) },
    );

  const { headers } = expect(201, await signIn(quiet.email, password, '192.0.2.1'));
  const cookie = headers['set-cookie'].map((each) => each.split(';')[0]).join('; ');
  const path = `/v1/tenants/${quiet.id}/groups`;
  const group = JSON.parse(expect(201, await post(path, { name: 'read me' }, { key: quiet.key })).text);
  const row = (await admin.query(`insert into bench_groups (name) values ('read me') returning id`)).rows[0];

  const measure = async (label, pid, one) => {
    await load(COUNT, WIDTH, one);
    const pids = [pid, ...postgresBelow(`${product.data}/au`)];
    const before = cpuOf(pids);
    await load(COUNT, WIDTH, one);
    const used = ((cpuOf(pids) - before) / COUNT) * 1e6;
    console.log(`  ${label.padEnd(34)} ${used.toFixed(0).padStart(6)} µs CPU a request`);
    return used;
  };
  for (let round = 1; isAsked('cost') && round <= 3; round++) {
    console.log(`round ${round}, ${COUNT} requests each`);
    const discovery = await measure('discovery of an address', product.pid, async (at) =>
      expect(200, await post('/v1/sign-in/discover', { email: `someone@elsewhere${at % 100}.example` })),
    );
    const session = await measure('read of one group by session', product.pid, async () =>
      expect(200, await send(product.port, 'GET', `${path}/${group.id}`, { headers: { cookie } })),
    );
    const least = await measure('bare Fastify, one SELECT', bare.pid, async () =>
      expect(200, await send(port, 'GET', `/groups/${row.id}`)),
    );
    console.log(
      `  ratio discovery ${(discovery / least).toFixed(2)}, session ${(session / least).toFixed(2)} (bar 1.7)`,
    );
  }

  const timed = async () => {
    const times = [];
    for (let at = 0; at < SIGN_INS; at++) {
      const began = performance.now();
      expect(201, await signIn(quiet.email, password, '192.0.2.1'));
      times.push(performance.now() - began);
    }
    return times;
  };
  const floods = [
    ['from one network', () => '198.51.100.1'],
    ['from 200 networks', (at) => `198.51.100.${at % 200}`],
  ];
  if (isAsked('flood')) await timed();
  for (const [label, addressOf] of isAsked('flood') ? floods : []) {
    const times = { alone: [], besides: [] };
    let sent = 0;
    let refused = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      times.alone.push(...(await timed()));
      const unanswered = [];
      const flood = setInterval(() => {
        const at = sent++;
        const email = at % 10 === 0 ? flooded.email : `person${at}@bench-flooded.example`;
        const wrong = signIn(email, `wrong ${at} wrong wrong`, addressOf(at), others);
        unanswered.push(wrong.then(({ status }) => status === 429 && refused++));
      }, 1000 / FLOOD_PER_SECOND);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      times.besides.push(...(await timed()));
      clearInterval(flood);
      await Promise.all(unanswered); // alone is when nothing of it is left
      await admin.query('delete from guesses');
    }
    const [alone, besides] = [median(times.alone), median(times.besides)];
    console.log(
      `sign-in alone ${alone.toFixed(0)} ms, beside a flood ${label} ${besides.toFixed(0)} ms: ${(besides / alone).toFixed(2)} (bar 1.5); ${sent} wrong ones, ${refused} of them refused unheard`,
    );
  }

  const asking = (await post('/v1/sign-in/links', { email: quiet.email })).headers['set-cookie'][0].split(';')[0];
  const asks = {
    'password, wrong': (email) => signIn(email, 'wrong wrong wrong wrong', '192.0.2.2'),
    'link to sign in': (email) => post('/v1/sign-in/links', { email }),
    'link for a new password': (email) => post('/v1/sign-in/password-resets', { email }),
    'code of a link, wrong': (email) =>
      post('/v1/sign-in/links/by-code', { email, code: 'BBBB-BBBB' }, { headers: { cookie: asking } }),
    'emergency code, wrong': (email) =>
      post('/v1/sign-in/emergency-code', { tenantId: quiet.id, email, code: NO_CODE }),
    registration: (email) =>
      post('/v1/registrations', { region: 'au', email, fullName: 'Ada Known', mobilePhone: '+61280001234' }),
    discovery: (email) => post('/v1/sign-in/discover', { email }),
  };
  for (const [label, ask] of Object.entries(isAsked('known') ? asks : {})) {
    if (!label.includes(process.argv[4] ?? '')) continue;
    const times = { known: [], unknown: [] };
    for (let at = 0; at < SAMPLES; at++) {
      await admin.query('delete from guesses');
      for (const who of at % 2 ? ['known', 'unknown'] : ['unknown', 'known']) {
        const email = who === 'known' ? quiet.email : 'nobody@bench-quiet.example';
        const began = performance.now();
        await ask(email);
        times[who].push(performance.now() - began);
      }
    }
    const [known, unknown] = [median(times.known), median(times.unknown)];
    console.log(
      `${label.padEnd(24)} known ${known.toFixed(2)} ms, unknown ${unknown.toFixed(2)} ms: ${Math.abs(known - unknown).toFixed(2)} ms apart (bar 5 % or 5 ms); z ${rankZ(times.known, times.unknown).toFixed(2)}`,
    );
  }
} finally {
  bare.kill();
  await admin.end();
  await product.stop();
}
process.exit();
