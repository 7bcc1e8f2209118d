import { execFileSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../server/test/free-port.ts';
import { newTenant, type Reply } from './http.ts';
import {
  aFolder,
  isRoot,
  kill,
  launch,
  nobody,
  type Product,
  processesOf,
  regions,
  root,
  start,
  until,
} from './process.ts';

/** What may befall a start: each gets a clear message or heals by itself, and loses nothing (issue 2, item 2). */

const databases = ['directory', ...regions];
const minutes = (count: number) => ({ timeout: count * 60_000 });

let product: Product;
const folder = aFolder();
const data = join(folder, 'data');
/** Of the tenant that lives through all of it. */
let key: string;
let tenantPath: string;
/** Groups that were acknowledged, by id. */
const acknowledged = new Map<string, string>();

async function write(name: string, on = product): Promise<Reply> {
  const reply = await on.send('POST', `${tenantPath}/groups`, { key, body: { name, description: 'x'.repeat(400) } });
  if (reply.status === 201) acknowledged.set(reply.body.id, name);
  return reply;
}

async function expectNothingLost(on = product): Promise<void> {
  expect(acknowledged.size).toBeGreaterThan(0);
  for (const [id, name] of acknowledged) {
    const reply = await on.send('GET', `${tenantPath}/groups/${id}`, { key });
    expect([reply.status, reply.body?.name]).toEqual([200, name]);
  }
}

/** Starts again on the same data and port. */
async function again(on: Product): Promise<Product> {
  const started = await start({ data: on.data, port: on.port });
  console.log(`a later start: ${started.seconds?.toFixed(1)} s (bar: 3 s on 2 quiet cores)`);
  return started;
}

/** The end of one that must not serve. @returns what it told the person at the keyboard */
async function refusalOf(refused: Product): Promise<string> {
  expect(await refused.ended()).toBe(1);
  expect(refused.stdout).not.toContain('ready');
  // A message, not a stack.
  expect(refused.output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  return refused.output;
}

const contentsOf = (database: string): string[] => {
  const inside = join(data, database);
  return existsSync(inside) ? readdirSync(inside) : [];
};

const setUpLine = /^Set up the first tenant: (\S+)$/m;

describe('a first start that is cut short', () => {
  const isReady = (database: string) => {
    const file = join(data, database, 'postgres', 'postmaster.pid');
    return existsSync(file) && /^ready\s*$/m.test(readFileSync(file, 'latin1'));
  };
  const moments: [string, 'killAll' | 'killNode', () => boolean][] = [
    ['the node alone, when the data folder appears', 'killNode', () => existsSync(join(data, 'format.json'))],
    [
      'everything, while the first database is made',
      'killAll',
      () => databases.some((name) => contentsOf(name).some((entry) => entry.startsWith('postgres.new-'))),
    ],
    [
      'the node alone, when the first database is in its place',
      'killNode',
      () => databases.some((name) => contentsOf(name).includes('postgres')),
    ],
    ['everything, when the first database is ready for its tables', 'killAll', () => databases.some(isReady)],
    ['the node alone, when all databases are ready', 'killNode', () => databases.every(isReady)],
  ];

  test.each(moments)('kill -9 of %s', minutes(4), async (_, how, moment) => {
    const cut = await launch({ data });
    await until('the moment', () => moment() || !cut.isRunning, 150_000);
    expect(cut.output).not.toContain('is ready at');
    expect(cut.isRunning, cut.output).toBe(true);
    await cut[how]();
  });

  test('the next one finishes it: ready, with a set-up link while no tenant is there', minutes(4), async () => {
    product = await start({ data });
    console.log(`a first start, after others were cut short: ${product.seconds?.toFixed(1)} s`);
    expect(product.stdout).toContain(`Bailiwick is ready at ${product.url}\n`);
    const link = await until('the set-up link', () => setUpLine.exec(product.stdout)?.[1]);
    expect(link.startsWith(`${product.url}/`)).toBe(true);
    for (const name of databases)
      expect(contentsOf(name).filter((entry) => entry.startsWith('postgres.new-'))).toEqual([]);

    const made = await product.asOperator('POST', '/v1/tenants', { body: newTenant('eu', 'lasting') });
    expect(made.status, made.text).toBe(201);
    key = made.body.ownerKey;
    tenantPath = `/v1/tenants/${made.body.tenant.id}`;
    expect((await write('first of all')).status).toBe(201);
  });
});

describe('while it runs', () => {
  test('a second start on the same data is refused, and the first goes on', minutes(2), async () => {
    const message = await refusalOf(await launch({ data }));
    expect(message).toContain('already runs');
    expect(message).toContain(data);
    expect(message).toContain(String(product.process.pid));
    expect(message).toContain('BAILIWICK_DATA=');
    expect((await write('beside a second start')).status).toBe(201);
    await expectNothingLost();
  });

  test('kill -9 of a postmaster: 503 and when to try again, then it heals by itself', minutes(3), async () => {
    const before = product.postmaster('eu');
    const failures: Reply[] = [];
    let acknowledgedAfter = 0;
    let isOver = false;
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let at = 0; !isOver && product.isRunning; at++) {
        const reply = await write(`w${writer}-${at}`);
        if (reply.status !== 201) failures.push(reply);
        else if (failures.length > 0) acknowledgedAfter++;
      }
    });
    const enough = acknowledged.size + 20;
    await until('20 writes', () => acknowledged.size >= enough, 60_000);
    kill(before, 'SIGKILL');
    await until('30 writes after failures', () => acknowledgedAfter >= 30 || !product.isRunning, 90_000).finally(() => {
      isOver = true;
    });
    const outcomes = await Promise.allSettled(writers);
    expect(product.isRunning, product.output).toBe(true);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);

    for (const { status, headers, body } of failures) {
      expect([status, body.type], `${JSON.stringify(body)}\n${product.output}`).toEqual([
        503,
        'urn:bailiwick:problem:unavailable',
      ]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(product.postmaster('eu')).not.toBe(before);
    expect((await product.send('GET', '/readyz')).status).toBe(200);
    await expectNothingLost();
  });
});

describe('after a hard end', () => {
  test('kill -9 of the node alone: the next start takes its databases over', minutes(3), async () => {
    expect((await write('before the node dies')).status).toBe(201);
    await product.killNode();
    expect(product.processes().length).toBeGreaterThan(0);
    product = await again(product);
    await expectNothingLost();
    expect((await write('after the node died')).status).toBe(201);
    expect(product.stdout).not.toMatch(setUpLine);
  });

  test('kill -9 of everything: the next start recovers', minutes(3), async () => {
    expect((await write('before everything dies')).status).toBe(201);
    await product.killAll();
    product = await again(product);
    await expectNothingLost();
  });
});

describe('an orderly end', () => {
  test('SIGTERM lets a request under way finish and leaves no process', minutes(2), async () => {
    const body = JSON.stringify({ name: 'under way' });
    const underWay = httpRequest(`${product.url}${tenantPath}/groups`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': String(body.length),
      },
    });
    const answer = new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      underWay.once('error', reject).once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.once('end', () => resolve({ status: response.statusCode, text }));
      });
    });
    await new Promise<void>((resolve) => underWay.write(body.slice(0, 8), () => resolve()));
    // Once another request was answered, the node has read the head of this one.
    expect((await product.send('GET', '/healthz')).status).toBe(200);
    const stopped = product.stop();
    await until('no new request is let in', () =>
      product.send('GET', '/healthz').then(
        () => false,
        () => true,
      ),
    );
    underWay.end(body.slice(8));
    const { status, text } = await answer;
    expect(status, text).toBe(201);
    acknowledged.set(JSON.parse(text).id, 'under way');
    await stopped;
    expect(await product.ended()).toBe(0);
    expect(processesOf(data)).toEqual([]);
  });

  test('a taken port is told, and nothing is left behind', minutes(2), async () => {
    const port = await freePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      const message = await refusalOf(await launch({ data, port }));
      expect(message).toMatch(/port/i);
      expect(message).toContain('BAILIWICK_PORT');
      await until('no process is left', () => processesOf(data).length === 0);
    } finally {
      other.close();
    }
  });

  test('data of a newer version are told and left alone', minutes(1), async () => {
    const file = join(data, 'format.json');
    const own = readFileSync(file);
    writeFileSync(file, '{"format":999}\n');
    try {
      const message = await refusalOf(await launch({ data }));
      expect(message).toContain('newer');
      expect(message).toContain('999');
      expect(readFileSync(file, 'utf8')).toBe('{"format":999}\n');
    } finally {
      writeFileSync(file, own);
    }
  });

  test('the next start serves, without a set-up link', minutes(2), async () => {
    product = await again(product);
    await expectNothingLost();
    // The ready line and a link come in one breath; one request later there is none.
    expect(product.stdout).not.toMatch(setUpLine);
    await product.stop();
  });
});

if (isRoot && process.platform === 'linux') {
  describe('a full disk', () => {
    const disk = join(folder, 'disk');
    const filler = join(disk, 'filler');
    const small = join(disk, 'data');

    beforeAll(() => {
      mkdirSync(disk);
      // Room for what is there, for a start (32 MiB) and for some work.
      const neededMiB = Number(execFileSync('du', ['-sm', data]).toString().split('\t')[0]) + 96;
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${neededMiB}m,mode=0755`, 'bailiwick-e2e', disk]);
      execFileSync('cp', ['-a', data, small]);
    });
    afterAll(async () => {
      await product.killAll();
      execFileSync('umount', ['-l', disk]);
    });

    /** Writes until not one byte more fits. */
    function fill() {
      const handle = openSync(filler, 'w');
      try {
        for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2))
          for (;;)
            try {
              writeSync(handle, Buffer.alloc(size));
            } catch (error) {
              expect((error as { code?: string }).code).toBe('ENOSPC');
              break;
            }
      } finally {
        closeSync(handle);
      }
    }

    test('reads go on, writes get 503, nothing is lost, and it heals when space is free', minutes(4), async () => {
      product = await start({ data: small });
      expect((await write('while there is room')).status).toBe(201);
      fill();

      const refused: Reply[] = [];
      let reads = 0;
      for (let at = 0; refused.length < 20 && at < 300; at++) {
        const reply = await write(`on a full disk ${at}`);
        if (reply.status !== 201) refused.push(reply);
        const read = await product.send('GET', `${tenantPath}/groups?limit=5`, { key });
        expect(read.status, `read ${reads} on a full disk: ${read.text}`).toBe(200);
        reads++;
      }
      expect(refused.length).toBe(20);
      for (const { status, headers, text } of refused) {
        expect(status, text).toBe(503);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      await expectNothingLost();

      rmSync(filler);
      await until(
        'a write is taken again',
        async () => (await write('after the disk was full')).status === 201,
        60_000,
      );
      await expectNothingLost();
      await product.stop();
    });

    test('a start on a full disk says so and loses nothing', minutes(2), async () => {
      fill();
      const message = await refusalOf(await launch({ data: small }));
      expect(message).toMatch(/full/);
      expect(message).toContain('Free');
      rmSync(filler);
      product = await again(product);
      await expectNothingLost();
      await product.stop();
    });
  });
} else {
  test('a full disk: NOT RUN, since only root may mount a small one', () => {
    expect(isRoot && process.platform === 'linux').toBe(false);
  });
}

if (isRoot) {
  test('as an ordinary user it serves from a folder of that user', minutes(4), async () => {
    const own = aFolder({ owner: nobody });
    const ordinary = await start({ data: join(own, 'data'), user: nobody, home: homeFor(nobody) });
    console.log(`a first start as an ordinary user: ${ordinary.seconds?.toFixed(1)} s`);
    expect(statSync(ordinary.data).uid).toBe(nobody.uid);
    expect(statSync(ordinary.data).mode & 0o077).toBe(0);
    expect((await ordinary.send('GET', '/readyz')).status).toBe(200);
    const made = await ordinary.asOperator('POST', '/v1/tenants', { body: newTenant('us', 'ordinary') });
    expect(made.status, made.text).toBe(201);
    await ordinary.stop();
    expect(await ordinary.ended()).toBe(0);
  });
} else {
  test('as an ordinary user it serves: every test of this file ran as one', () => {
    expect(isRoot).toBe(false);
  });
}

/** This tree where that user may read all of it, else a copy of what a start needs. */
function homeFor({ uid, gid }: typeof nobody): string {
  try {
    accessSync(root, constants.R_OK);
    execFileSync(
      process.execPath,
      ['-e', `require('node:fs').readdirSync(${JSON.stringify(join(root, 'server', 'dist'))})`],
      {
        uid,
        gid,
        stdio: 'ignore',
      },
    );
    return root;
  } catch {
    const copy = join(aFolder(), 'home');
    const isNeeded = (path: string) => !/\/(\.git|tmp|data|bench)$/.test(path);
    cpSync(root, copy, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    execFileSync('chmod', ['-R', 'o+rX', copy]);
    return copy;
  }
}
