import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The product as a process on a data folder of its own, and what benchmarks read of processes. */

const root = fileURLToPath(new URL('..', import.meta.url));
export const operatorKey = `bwk_op_${'b'.repeat(40)}`;

export const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export async function startProduct(env = {}) {
  const home = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'));
  chmodSync(home, 0o755);
  const data = join(home, 'data');
  const port = await freePort();
  const child = spawn(
    'node',
    // As npm start does.
    [
      '--max-semi-space-size=4',
      '--v8-pool-size=1',
      '--no-parallel-scavenge',
      ...(process.env.BENCH_NODE_ARGS ?? '').split(' ').filter(Boolean),
      'server/dist/main.js',
      'start',
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        BAILIWICK_PORT: String(port),
        BAILIWICK_DATA: data,
        BAILIWICK_OPERATOR_KEY: operatorKey,
        BAILIWICK_REQUESTS_PER_SECOND: '1000000',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await new Promise((resolve, reject) => {
    let log = '';
    child.stdout.on('data', (chunk) => {
      log += chunk;
      if (log.includes('ready at')) resolve();
    });
    child.once('exit', () => reject(new Error(`The product did not start:\n${log}`)));
  });
  return {
    port,
    data,
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    /** Where a region's database listens. */
    socketOf: (region) => socketBelow(join(data, region)),
    async stop() {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function socketBelow(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (/^\.s\.PGSQL\.\d+$/.test(entry.name))
      return { host: entry.parentPath ?? entry.path, port: Number(entry.name.slice(9)) };
  throw new Error(`No database socket below ${folder}`);
}

const stat = (pid) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // utime, stime and those of children that ended, in clock ticks of 10 ms
    return {
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
      ended: Number(fields[13]) + Number(fields[14]),
    };
  } catch {
    return undefined;
  }
};

export const pids = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Database processes whose command line names the folder, and what they started. */
export function postgresBelow(folder) {
  const postmasters = pids().filter((pid) => {
    try {
      return (
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder) &&
        /postgres/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'))
      );
    } catch {
      return false;
    }
  });
  return [...postmasters, ...pids().filter((pid) => postmasters.includes(stat(pid)?.parent))];
}

/** CPU seconds that these processes have used. */
export const cpuOf = (list) =>
  list.reduce((sum, pid) => sum + ((stat(pid)?.ticks ?? 0) + (stat(pid)?.ended ?? 0)) / 100, 0);

/** Nanoseconds on a processor of all threads of these processes that are there. */
export const processorOf = (list) =>
  list.reduce((sum, pid) => threadsOf(pid).reduce((ofAll, thread) => ofAll + tookOf(pid, thread), sum), 0);

function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function tookOf(pid, thread) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}

const shared = new Agent({ keepAlive: true, maxSockets: 16 });

export const send = (port, method, path, { key, body, headers = {}, agent = shared } = {}) =>
  new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: {
          ...(key ? { authorization: `Bearer ${key}` } : {}),
          ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}),
          ...headers,
        },
      },
      (reply) => {
        let text = '';
        reply.setEncoding('utf8');
        reply.on('data', (chunk) => {
          text += chunk;
        });
        reply.on('end', () => resolve({ status: reply.statusCode, text, headers: reply.headers }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });

/**
 * Sends one request over and over on connections of its own, with so little done here that servers beside it on the same
 * processors have them. The answer is its status and body, as they came.
 */
export function repeating(port, method, path, { key, body = '', headers = {} } = {}) {
  const lines = [`${method} ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`];
  if (key) lines.push(`authorization: Bearer ${key}`);
  if (body) lines.push('content-type: application/json', `content-length: ${Buffer.byteLength(body)}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
  const free = [];
  const connect = () => {
    const socket = net.connect(port, '127.0.0.1');
    socket.setNoDelay();
    const connection = { socket, waiting: undefined };
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.latin1Slice();
      const head = text.indexOf('\r\n\r\n') + 4;
      if (head < 4) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(text);
      if (length ? text.length < head + Number(length[1]) : !text.endsWith('0\r\n\r\n')) return;
      const answer = { status: Number(text.slice(9, 12)), text: text.slice(head) };
      text = '';
      free.push(connection);
      connection.waiting.resolve(answer);
      connection.waiting = undefined;
    });
    socket.on('error', (error) => connection.waiting?.reject(error));
    // A server closes who asks nothing for a while, as happens while the others have their turn.
    socket.on('close', () => {
      const place = free.indexOf(connection);
      if (place >= 0) free.splice(place, 1);
      connection.waiting?.reject(new Error(`${path}: the connection was closed`));
    });
    return connection;
  };
  return () =>
    new Promise((resolve, reject) => {
      const connection = free.pop() ?? connect();
      connection.waiting = { resolve, reject };
      connection.socket.write(request);
    });
}

/** Sends `count` requests, `width` at a time. */
export async function load(count, width, one) {
  let next = 0;
  const worker = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export async function makeTenant(port, region, name) {
  const { status, text } = await send(port, 'POST', '/v1/tenants', {
    key: operatorKey,
    body: JSON.stringify({
      name,
      displayName: name,
      legalName: name,
      region,
      country: 'AU',
      type: 'customer',
      owner: { email: `owner@${name}.example`, firstName: 'A', lastName: 'B' },
      bootstrapKey: true,
    }),
  });
  if (status !== 201) throw new Error(text);
  const made = JSON.parse(text);
  return { id: made.tenant.id, key: made.ownerKey };
}
