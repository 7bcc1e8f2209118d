// What the gateway costs: a request through it, through a bare proxy of the same shape, through nginx that asks it, and to
// the upstream itself, side by side; requests a second; a long stream and the memory meanwhile; a decision with 2,000 rules.
//
//   node bailiwick.mjs gateway --help   (builds it)
//   node bench/gateway.mjs [seconds of each measurement, 6 by default]
//
// nginx is the one of BAILIWICK_TEST_NGINX or /usr/sbin/nginx, set up as docs/proxies.md says; without one it is left out.

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Agent } from 'undici';

const seconds = Number(process.argv[2] ?? 6);
const built = (path) => new URL(`../gateway/dist/${path}`, import.meta.url);
const self = fileURLToPath(import.meta.url);
const RULES = 2_000;

function ready(server) {
  server.listen(0, '127.0.0.1', () => console.log(`ready at http://127.0.0.1:${server.address().port}`));
}

/** A kilobyte at once, or a gigabyte in pieces. */
function upstream() {
  const body = Buffer.alloc(1024, 'x');
  const piece = Buffer.alloc(64 * 1024, 'y');
  const server = http.createServer((request, reply) => {
    if (!request.url.startsWith('/long')) return reply.end(body);
    let left = 16 * 1024;
    const more = () => {
      while (left > 0) {
        left -= 1;
        if (!reply.write(piece)) return reply.once('drain', more);
      }
      reply.end();
    };
    more();
  });
  server.keepAliveTimeout = 60_000;
  ready(server);
}

/** What a proxy of node:http and undici is at the least. */
function proxy(origin) {
  const agent = new Agent({ pipelining: 1 });
  ready(
    http.createServer((request, reply) => {
      const { method, url, headers } = request;
      const { host: _host, connection: _connection, ...rest } = headers;
      agent
        .stream({ origin, path: url, method, headers: rest, body: method === 'GET' ? null : request }, (answer) => {
          const { connection: _c, 'transfer-encoding': _t, 'keep-alive': _k, ...kept } = answer.headers;
          reply.writeHead(answer.statusCode, kept);
          return reply;
        })
        .catch(() => reply.destroy());
    }),
  );
}

function started(args) {
  // As docs/gateways.md starts one; the others alike.
  const env = { ...process.env, NODE_OPTIONS: '--max-semi-space-size=2' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      const url = /ready at (\S+)\n/.exec(text)?.[1];
      if (url) resolve({ url, child });
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
}

/** A region and a provider that say what the gateway asks, so that nothing else runs on the machine. */
async function surroundings(upstreamUrl) {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const { routes, rules } = aConfiguration(upstreamUrl);
  const { url } = await listening((request, reply) => {
    const at = `http://${request.headers.host}`;
    const { pathname, searchParams } = new URL(request.url, at);
    const json = (value, status = 200) =>
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (pathname === '/.well-known/openid-configuration') return json({ issuer: at, jwks_uri: `${at}/keys` });
    if (pathname === '/keys') return json({ keys: [jwk] });
    if (pathname.endsWith('/agents')) return json({ id: 'agent', gateway: { id: 'g', name: 'bench' } }, 201);
    if (/\/(report|transactions)$/.test(pathname))
      return request.resume().once('end', () => reply.writeHead(204).end());
    if (pathname.endsWith('/principals')) return json({ items: [{ subject: 'ann', groupIds: ['group 7'] }] });
    if (searchParams.has('after')) return setTimeout(() => reply.writeHead(304).end(), 20_000);
    return json({
      version: '1',
      state: 'serving',
      gateway: { id: 'g', name: 'bench', prefix: '/erp' },
      provider: { issuer: at, audiences: ['bench'] },
      routes,
      rules,
    });
  });
  const token = await new SignJWT({ iss: url, aud: 'bench', sub: 'ann' })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setExpirationTime('1h')
    .sign(privateKey);
  return { url, token };
}

function aConfiguration(upstreamUrl) {
  const route = (name, itemFrom, upstream) => ({
    id: name,
    name,
    host: '',
    pathPrefix: `/${name}`,
    methods: [],
    serviceId: `service ${name}`,
    service: name,
    itemFrom,
    item: null,
    upstream,
    stripsPrefix: true,
    connectTimeoutMs: 5000,
    responseTimeoutMs: 60000,
    trustedCertificates: null,
    requestHeaders: { set: [], remove: [] },
    responseHeaders: { set: [], remove: [] },
  });
  const routes = [route('orders', 'path', upstreamUrl)];
  for (let at = 0; at < 99; at++) routes.push(route(`other${at}`, 'none', 'https://other.example'));
  const rules = [];
  for (let at = 0; at < RULES; at++)
    rules.push({
      id: `rule ${at}`,
      serviceId: 'service orders',
      item: at === 0 ? null : `item-${at}`,
      groupIds: [`group ${at % 50}`, 'group 7'],
      claims: [],
    });
  return { routes, rules };
}

function listening(handle) {
  const server = http.createServer(handle).unref();
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, server })),
  );
}

/** So many at a time for so long. @returns requests a second */
async function flood({ url, headers }, atOnce = 32) {
  const agent = new Agent({ connections: atOnce, pipelining: 1 });
  const { origin, pathname } = new URL(url);
  const until = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < until) {
        const reply = await agent.request({ origin, path: pathname, method: 'GET', headers });
        if (reply.statusCode !== 200) throw new Error(`${url} answered ${reply.statusCode}`);
        await reply.body.dump();
        done += 1;
      }
    }),
  );
  await agent.close();
  return done / seconds;
}

/** So many a second, evenly. @returns sorted milliseconds */
async function paced({ url, headers }, perSecond) {
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const { origin, pathname } = new URL(url);
  const took = [];
  const under = [];
  const began = performance.now();
  for (let at = 0; ; at++) {
    const due = began + (at * 1000) / perSecond;
    if (due - began > seconds * 1000) break;
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
    under.push(
      (async () => {
        const start = performance.now();
        const reply = await agent.request({ origin, path: pathname, method: 'GET', headers });
        await reply.body.dump();
        took.push(performance.now() - start);
      })(),
    );
  }
  await Promise.all(under);
  await agent.close();
  return took.sort((a, b) => a - b);
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
/** Microseconds of processor of all its threads. */
const processorOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000,
    0,
  );

/** nginx as docs/proxies.md sets it up, which asks the gateway and carries what is let in itself. */
async function nginx(binary, folder, door, upstreamUrl) {
  const [, block] = /```nginx\n([\s\S]*?)```/.exec(
    readFileSync(new URL('../docs/proxies.md', import.meta.url), 'utf8'),
  );
  const { url, server } = await listening(() => undefined);
  await new Promise((resolve) => server.close(resolve));
  const ours = block
    .replaceAll('127.0.0.1:7081', door)
    .replaceAll('127.0.0.1:9000', new URL(upstreamUrl).host)
    .replaceAll('127.0.0.1:8080', new URL(url).host);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  chmodSync(folder, 0o777);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 256; }
     http { access_log off; ${paths.join(' ')}\n${ours}\n}`,
  );
  const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')];
  const child = spawn(binary, args, { stdio: 'inherit' });
  while (
    await fetch(url).then(
      () => false,
      () => true,
    )
  )
    await new Promise((resolve) => setTimeout(resolve, 50));
  return { url, child };
}

const memoryOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'));
  const children = [];
  const start = async (args) => {
    const made = await started(args);
    children.push(made.child);
    return made;
  };
  try {
    const up = await start([self, 'upstream']);
    const { url, token } = await surroundings(up.url);
    const bare = await start([self, 'proxy', up.url]);
    const key = await anAgentKey();
    const { url: free, server: held } = await listening(() => undefined);
    await new Promise((resolve) => held.close(resolve));
    const door = new URL(free).host;
    const gate = await start([
      fileURLToPath(built('gateway/src/main.js')),
      ...['--enrol', key, '--url', url, '--listen', '127.0.0.1:0', '--data', join(folder, 'data')],
      ...['--proxy-listen', door],
    ]);
    const headers = { authorization: `Bearer ${token}` };
    const through = {
      bare: { url: `${bare.url}/item-1999`, headers, child: bare.child },
      gateway: { url: `${gate.url}/erp/orders/item-1999`, headers, child: gate.child },
    };
    const binary = [process.env.BAILIWICK_TEST_NGINX, '/usr/sbin/nginx'].find((file) => file && existsSync(file));
    if (binary) {
      const asking = await nginx(binary, folder, door, up.url);
      children.push(asking.child);
      const host = 'shop.example.com';
      through.nginx = { url: `${asking.url}/erp/orders/item-1999`, headers: { ...headers, host }, child: gate.child };
    }
    await streamed(gate, headers, 'begun this moment');
    for (const each of Object.values(through)) await flood(each, 8);

    const rates = { bare: [], gateway: [], nginx: [] };
    const took = { bare: [], gateway: [], nginx: [] };
    for (let round = 0; round < 3; round++)
      for (const [name, each] of Object.entries(through)) {
        const before = processorOf(each.child.pid);
        rates[name].push(await flood(each));
        took[name].push((processorOf(each.child.pid) - before) / (rates[name].at(-1) * seconds));
      }
    const best = { bare: Math.max(...rates.bare), gateway: Math.max(...rates.gateway) };
    for (const name of Object.keys(through))
      console.log(
        `${name}: requests a second ${rates[name].map(Math.round)}, microseconds of ${name === 'nginx' ? 'the gateway that is asked' : 'processor'} ${took[name].map(Math.round)}`,
      );
    console.log(`share of the bare proxy: ${((100 * best.gateway) / best.bare).toFixed(0)} %`);

    const half = best.gateway / 2;
    for (let round = 0; round < 2; round++) {
      const [none, one, two] = [
        await paced({ url: `${up.url}/item`, headers }, half),
        await paced(through.bare, half),
        await paced(through.gateway, half),
      ];
      const line = (name, took) => `${name} ${at(took, 0.5).toFixed(2)} / ${at(took, 0.99).toFixed(2)}`;
      console.log(
        `ms at ${Math.round(half)} a second, p50 / p99   ${line('upstream', none)}   ${line('bare', one)}   ${line('gateway', two)}`,
      );
      console.log(
        `  the gateway adds to the upstream ${(at(two, 0.5) - at(none, 0.5)).toFixed(2)} / ${(at(two, 0.99) - at(none, 0.99)).toFixed(2)}, to the bare proxy ${(at(two, 0.5) - at(one, 0.5)).toFixed(2)} / ${(at(two, 0.99) - at(one, 0.99)).toFixed(2)}`,
      );
    }

    if (through.nginx) {
      const perSecond = Math.max(...rates.nginx) / 2;
      const asked = await paced(through.nginx, perSecond);
      console.log(
        `ms at ${Math.round(perSecond)} a second, p50 / p99   nginx ${at(asked, 0.5).toFixed(2)} / ${at(asked, 0.99).toFixed(2)}`,
      );
    }

    await streamed(gate, headers, 'after the load');
    await decisions();
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit(0);
}

/** A gigabyte through the gateway, and what it holds in memory meanwhile. */
async function streamed(gate, headers, when) {
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, memoryOf(gate.child.pid));
  }, 50);
  const before = memoryOf(gate.child.pid);
  const began = performance.now();
  const reply = await new Agent().request({ origin: gate.url, path: '/erp/orders/long', method: 'GET', headers });
  let length = 0;
  for await (const chunk of reply.body) length += chunk.length;
  clearInterval(watching);
  const took = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${Math.round(length / 2 ** 20)} MiB streamed in ${took} s, ${when}; memory ${before.toFixed(0)} MiB before, ${most.toFixed(0)} MiB at most`,
  );
}

async function anAgentKey() {
  const { formatAgentKey } = await import(built('server/src/kernel/credential-text.js'));
  const { newId } = await import(built('server/src/kernel/ids.js'));
  return formatAgentKey(newId(), newId(), Buffer.alloc(32)).value;
}

async function decisions() {
  const { decide, tableOf } = await import(built('server/src/capabilities/gateways/deciding.js'));
  const { routes, rules } = aConfiguration('https://orders.example');
  const table = tableOf(routes, rules);
  const person = { groupIds: new Set(['group 7']), claims: {} };
  const request = { method: 'GET', host: 'h', path: '/erp/orders/item-1999/lines/4' };
  const times = [];
  for (let round = 0; round < 20; round++) {
    const began = performance.now();
    for (let n = 0; n < 20_000; n++) if (!decide('/erp', table, request, person).isAllowed) throw new Error('refused');
    times.push(((performance.now() - began) * 1000) / 20_000);
  }
  times.sort((a, b) => a - b);
  console.log(
    `a decision with ${RULES} rules and 100 routes: ${at(times, 0.5).toFixed(2)} microseconds (${times[0].toFixed(2)} at best)`,
  );
}

if (process.argv[2] === 'upstream') upstream();
else if (process.argv[2] === 'proxy') proxy(process.argv[3]);
else await measure();
