// What stands around a gateway that is measured: an upstream, a bare proxy, a region with its identity provider, nginx.
// Each is a process of its own, and ends with the one that started it.
//
//   node bench/gateway-parts.mjs upstream | proxy <upstream> | region <upstream>

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Agent } from 'undici';

export const RULES = 2_000;
export const self = fileURLToPath(import.meta.url);
const START_MS = 20_000;

const running = new Set();

/** Each with whatever it started, at once. */
export function endAll() {
  for (const { pid } of running)
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  running.clear();
}

/** A process that leads a group of its own, so that its children end with it. */
function begun(program, args, env = process.env) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** @returns the process, where it is ready and what it wrote until then */
export function started(args) {
  // As docs/gateways.md starts one; the others alike.
  const child = begun(process.execPath, args, {
    ...process.env,
    NODE_OPTIONS: '--max-semi-space-size=2',
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready in time: ${args.join(' ')}`)), START_MS);
    let text = '';
    child.stdout.on('data', (part) => {
      const isReady = text.includes('ready at');
      if (!isReady) text += part;
      const url = /ready at (\S+)\n/.exec(text)?.[1];
      if (url && !isReady) {
        clearTimeout(late);
        resolve({ url, child, text });
      }
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
}

/**
 * Gives what is measured a processor of its own, as a gateway has whose clients and upstreams are other machines: whoever
 * loads it here would else take it away in the middle of a request. Where there is no `taskset`, all stay as they are.
 *
 * @param pids what is measured, one at a time
 * @param others who loads them and whom they ask
 */
export function apart(pids, others) {
  const most = availableParallelism() - 1;
  if (most < 1) return false;
  const place = (pid, where) => execFileSync('taskset', ['-acp', where, String(pid)], { stdio: 'ignore' });
  try {
    for (const pid of pids) place(pid, String(most));
    for (const pid of others) place(pid, most === 1 ? '0' : `0-${most - 1}`);
    return true;
  } catch {
    return false;
  }
}

/** A port that nobody has at the moment. */
export async function freePort() {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** nginx as docs/proxies.md sets it up, which asks the gateway and carries what is let in itself. */
export async function nginx(binary, folder, door, upstreamUrl) {
  const [, block] = /```nginx\n([\s\S]*?)```/.exec(
    readFileSync(new URL('../docs/proxies.md', import.meta.url), 'utf8'),
  );
  const host = `127.0.0.1:${await freePort()}`;
  const ours = block
    .replaceAll('127.0.0.1:7081', door)
    .replaceAll('127.0.0.1:9000', new URL(upstreamUrl).host)
    .replaceAll('127.0.0.1:8080', host);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  chmodSync(folder, 0o777);
  // One process, as one worker would be: a master that is killed leaves its worker behind.
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 256; }
     http { access_log off; keepalive_requests 100000000; ${paths.join(' ')}\n${ours}\n}`,
  );
  const child = begun(binary, ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')]);
  let fault;
  child.once('error', (error) => {
    fault = error.message;
  });
  const until = performance.now() + START_MS;
  for (;;) {
    const isThere = await fetch(`http://${host}`, { signal: AbortSignal.timeout(2_000) }).then(
      () => true,
      () => false,
    );
    if (isThere) return { url: `http://${host}`, child };
    if (fault || child.exitCode !== null || performance.now() > until)
      throw new Error(`nginx does not start: ${fault ?? readFileSync(join(folder, 'error.log'), 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function aConfiguration(upstreamUrl) {
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

/** A region and a provider that say what the gateway asks. It writes a token of the provider, then where it is. */
async function region(upstreamUrl) {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const { routes, rules } = aConfiguration(upstreamUrl);
  const server = http.createServer((request, reply) => {
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
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const token = await new SignJWT({ iss: url, aud: 'bench', sub: 'ann' })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setExpirationTime('1h')
    .sign(privateKey);
  console.log(`token ${token}\nready at ${url}`);
}

const [, script, role, upstreamUrl] = process.argv;
if (script === self) {
  // Whoever started it is gone.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(), 500);
  if (role === 'upstream') upstream();
  else if (role === 'proxy') proxy(upstreamUrl);
  else await region(upstreamUrl);
}
