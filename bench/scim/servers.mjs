import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { cpuOf, freePort, makeTenant, postgresBelow, send, startProduct } from '../product.mjs';

/** Four SCIM servers, each in a process of its own, on databases of one PostgreSQL cluster: the product's in `au`. */

const REGION = 'au';

/** How many members a group has, asked of the database where the server itself does not say. */
const MEMBERS = {
  'better-auth': 'select count(*)::int from "scimGroupMember" where "groupId" = $1',
  polis: `select count(*)::int from jackson_store where value like '%"group_id":"' || $1 || '"%'`,
  floor: 'select count(*)::int from members where group_id = $1',
};

/** @returns `{ servers: [{ name, pid, call, cpu, countMembers }], product, settle, alone, stop }` */
export async function startServers(names = ['bailiwick', 'better-auth', 'polis', 'floor']) {
  const product = await startProduct();
  const children = [];
  const clients = [];
  const stop = async () => {
    for (const child of children) {
      child.kill('SIGCONT');
      child.kill();
    }
    process.kill(product.pid, 'SIGCONT');
    await Promise.all(clients.map((client) => client.end()));
    await product.stop();
  };
  try {
    const socket = product.socketOf(REGION);
    const connect = async (database) => {
      const client = new pg.Client({ ...socket, user: 'postgres', database });
      await client.connect();
      clients.push(client);
      return client;
    };
    const admin = await connect('postgres');
    await checkCluster(admin);

    const servers = [];
    const add = (name, pid, port, base, token, countMembers) =>
      servers.push({
        name,
        pid,
        port,
        base,
        token,
        countMembers,
        call: callTo(port, base, token),
        cpu: cpuMeter(pid, product),
      });

    if (names.includes('bailiwick')) {
      const { base, token } = await provision(product);
      add('bailiwick', product.pid, product.port, base, token);
    }
    for (const name of names.filter((name) => name !== 'bailiwick')) {
      const own = name.replace('-', '_');
      await admin.query(`create database ${own}`);
      const port = await freePort();
      const { child, base, token } = await startRival(name, [port, socket.host, socket.port, own]);
      children.push(child);
      const client = await connect(own);
      add(name, child.pid, port, base, token, async (group) => {
        const { rows } = await client.query(MEMBERS[name], [group]);
        return rows[0].count;
      });
    }
    return {
      servers,
      product,
      stop,
      /** What one server left to write is written before the next is measured. */
      settle: () => admin.query('checkpoint'),
      /** Lets one server run and no other, so that nobody pays for another's timers. */
      alone(server) {
        for (const { pid } of servers) if (pid !== server.pid) process.kill(pid, 'SIGSTOP');
        process.kill(server.pid, 'SIGCONT');
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function checkCluster(admin) {
  const { rows } = await admin.query(
    `select version(), current_setting('fsync') fsync, current_setting('synchronous_commit') commit`,
  );
  const [{ version, fsync, commit }] = rows;
  if (fsync !== 'on' || commit !== 'on') throw new Error(`fsync ${fsync}, synchronous_commit ${commit}: not durable`);
  console.log(`${version.split(' on ')[0]}, fsync on, Node ${process.versions.node}`);
}

/** CPU seconds of a server and all of PostgreSQL. Processes come and go: they are looked up each time. */
export const cpuMeter =
  (pid, { data }) =>
  () =>
    cpuOf([pid, ...postgresBelow(`${data}/`)]);

/** A tenant that is provisioned, with its token. */
export async function provision({ port }, name = 'bench-scim') {
  const tenant = await makeTenant(port, REGION, name);
  const { status, text } = await send(port, 'POST', `/v1/tenants/${tenant.id}/provisioning-tokens`, {
    key: tenant.key,
    body: JSON.stringify({ name: 'bench' }),
  });
  if (status !== 201) throw new Error(text);
  return { base: `/scim/v2/${tenant.id}`, token: JSON.parse(text).value, tenant };
}

async function startRival(name, args) {
  const child = spawn('node', [fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url)), ...args.map(String)], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{"base"')) resolve(JSON.parse(line));
      else console.error(`${name}: ${line}`);
    });
  });
  return { child, ...said };
}

/** `call(method, path, body)` answers `{ status, body }`, and throws at a status other than `expected`. */
export const callTo = (port, base, token) => async (method, path, body, expected) => {
  const { status, text } = await send(port, method, base + path, {
    key: token,
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/scim+json' } } : {}),
  });
  if (expected ? !expected.includes(status) : status >= 300)
    throw new Error(`${method} ${base}${path}: ${status} ${text.slice(0, 500)}`);
  return { status, body: text ? JSON.parse(text) : undefined };
};
