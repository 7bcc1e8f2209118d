import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { runnerImport } from 'vite';
import { load, send, startProduct } from '../product.mjs';
import { createGroup, createUser, patch, WIDTH } from './client.mjs';
import { callTo, provision } from './servers.mjs';

/**
 * How long a refusal takes: what is wrong in every way that the conformance storms know, and bodies at the limits, one
 * request at a time on one connection. What is answered by less than 400 is not counted; a 5xx ends it.
 *
 *     node bad-input.mjs [requests of each storm] [people]
 */

const EACH = Number(process.argv[2] ?? 3000);
const PEOPLE = Number(process.argv[3] ?? 2000);
const BAR_MS = 50;
/** What is at a limit is sent so many times. */
const REPEATS = 10;

const conformance = (name) => fileURLToPath(new URL(`../../server/test/conformance/scim/${name}`, import.meta.url));
const of = async (name) => (await runnerImport(conformance(name), { logLevel: 'error' })).module;
const { anyFilter, anyName, garbage, operation, operationOfGroup, operationsOfBulk, text, user } =
  await of('grammar.ts');
const { badBodies } = await of('bad-bodies.ts');
const { urn } = await of('urn.ts');

const product = await startProduct();
try {
  const { base, token, tenant } = await provision(product, 'bench-bad');
  const server = { call: callTo(product.port, base, token) };
  const people = [];
  await load(PEOPLE, WIDTH, async (n) => {
    people[n] = await createUser(server, n);
  });
  const groups = [];
  for (let n = 0; n < 3; n++) groups[n] = await createGroup(server, `Group ${n}`);
  const accounts = JSON.parse(
    (await send(product.port, 'GET', `/v1/tenants/${tenant.id}/accounts?source=local`, tenant)).text,
  );
  const ask = asker(product.port, base, token);
  const ids = people.slice(0, 6).map(({ id }) => id);

  const tables = [];
  const told = async (name, shots) => tables.push(await measured(ask, name, shots));
  // Compiled and connected, as in use.
  await measured(
    ask,
    '',
    storms({ ids, groups }, 300).flatMap(([, shots]) => shots),
  );
  for (const [name, shots] of storms({ ids, groups }, EACH)) await told(name, shots);
  for (const [name, shot] of deliberate({ ids, groups, owner: accounts.items[0] }))
    await told(
      name,
      Array.from({ length: REPEATS }, () => shot),
    );
  report(tables);
} finally {
  await product.stop();
}

/** What the conformance storms send. */
function storms({ ids, groups }, count) {
  const encoded = (value) => encodeURIComponent(value.toWellFormed());
  const resource = fc.constantFrom('/Users', '/Groups');
  const patching = (path, all, operations) =>
    fc
      .tuple(fc.constantFrom(...all), fc.array(operations, { minLength: 1, maxLength: 4 }))
      .map(([id, some]) => ['PATCH', `${path}/${id}`, patch(...some)]);
  const arbitraries = {
    'filters by GET': fc
      .tuple(resource, anyFilter)
      .map(([at, filter]) => ['GET', `${at}?count=3&filter=${encoded(filter)}`]),
    'filters by .search': fc
      .tuple(fc.constantFrom('/Users', '/Groups', ''), anyFilter)
      .map(([at, filter]) => ['POST', `${at}/.search`, { filter, count: 3 }]),
    'sortBy, attributes, cursor, count': fc
      .tuple(
        resource,
        fc.constantFrom('sortBy', 'attributes', 'excludedAttributes', 'cursor', 'count'),
        fc.oneof(anyName, text),
      )
      .map(([at, name, value]) => ['GET', `${at}?${name}=${encoded(value)}`]),
    'PATCH of users': patching('/Users', ids, operation),
    'PATCH of groups': patching('/Groups', groups, operationOfGroup(ids)),
    creations: user.map((body) => ['POST', '/Users', body]),
    'bodies that are none': fc
      .tuple(fc.constantFrom('/Users', '/Groups', '/Bulk', '/Users/.search', '/.search'), garbage)
      .map(([path, body]) => ['POST', path, body]),
    'operations of a Bulk, each by itself': operationsOfBulk.map((some) => ['POST', '/Bulk', bulk(some)]),
  };
  return Object.entries(arbitraries).map(([name, arbitrary]) => [name, fc.sample(arbitrary, count)]);
}

function bulk(Operations) {
  return { schemas: [urn.bulkRequest], Operations };
}

/** Traps, attacks and what is at a limit, each with its name. */
function deliberate({ ids: [id], groups: [group], owner }) {
  const at = `/Users/${id}`;
  const search = (filter) => ['POST', '/Users/.search', { filter }];
  const many = (count, make) => Array.from({ length: count }, (_, n) => make(n));
  const good = (n) => ({ op: 'replace', path: 'title', value: `t${n}` });
  const bad = { op: 'replace', path: 'name.nobody', value: 'x' };
  const strangers = (count) => many(count, () => ({ value: randomUUID() }));
  const filling = (bytes) => many(Math.floor(bytes / 8100), () => 'x'.repeat(8000));
  const bodies = badBodies.flatMap(([name, body]) => [
    [`POST, ${name}`, ['POST', '/Users', body]],
    [`PUT, ${name}`, ['PUT', at, body]],
    [`PATCH, ${name}`, ['PATCH', at, `{"Operations":[{"op":"add","value":${body || '""'}}]}`]],
  ]);
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'constructor.prototype',
    'name.__proto__',
    'emails[type eq "work"].__proto__',
  ];
  const polluting = names.flatMap((name) => {
    const key = JSON.stringify(name);
    return [
      [`PATCH path ${name}`, ['PATCH', at, `{"Operations":[{"op":"add","path":${key},"value":{"a":1}}]}`]],
      [`PATCH key ${name}`, ['PATCH', at, `{"Operations":[{"op":"add","value":{${key}:{"a":1}}}]}`]],
      [`filter ${name}`, search(`${name} eq "x"`)],
      [`sortBy ${name}`, ['GET', `/Users?sortBy=${encodeURIComponent(name)}`]],
    ];
  });
  return [
    ...bodies,
    ...polluting,
    ['filter of 10,000 brackets', search(`${'('.repeat(10_000)}userName pr${')'.repeat(10_000)}`)],
    ['filter of 2,000 not', search(`${'not ('.repeat(2000)}userName pr${')'.repeat(2000)}`)],
    ['filter of 10,000 or', search(many(10_000, () => 'userName eq "a"').join(' or '))],
    [
      'filter of 8 KiB, wrong at its end',
      search(
        `${many(190, (n) => `title eq "${n}"`)
          .join(' or ')
          .padEnd(8180)} or`,
      ),
    ],
    ['filter of a megabyte', search(`userName eq "${'a'.repeat(1_000_000)}"`)],
    ['filter on password', search('password pr')],
    ['filter of 9,000 blanks', search(`userName ${' '.repeat(9000)} pr`)],
    ['user who has a local owner’s name', ['POST', '/Users', { userName: owner.username }]],
    [
      'user who has a local owner’s address',
      ['POST', '/Users', { userName: randomUUID(), emails: [{ value: owner.email, primary: true }] }],
    ],
    [
      'user who has another’s name by PATCH',
      ['PATCH', at, patch({ op: 'replace', path: 'userName', value: owner.username })],
    ],
    ['local owner by id', ['PATCH', `/Users/${owner.id}`, patch({ op: 'replace', path: 'active', value: false })]],
    ['nobody by id', ['GET', `/Users/${randomUUID()}`]],
    ['no address', ['GET', '/Foo']],
    ['a method that there is not', ['PUT', '/Users', {}]],
    ['a common password', ['PATCH', at, patch({ op: 'replace', path: 'password', value: 'password' })]],
    ['PATCH of a user, the last of 1,000 wrong', ['PATCH', at, patch(...many(999, good), bad)]],
    ['PATCH of a user, 1,001', ['PATCH', at, patch(...many(1001, good))]],
    [
      'PATCH of a user of 200 values, thrice',
      [
        'PATCH',
        at,
        patch(...many(3, (k) => ({ op: 'add', path: 'roles', value: many(200, (n) => ({ value: `${k}.${n}` })) }))),
      ],
    ],
    [
      'PATCH of a group, the last of 10,000 wrong',
      [
        'PATCH',
        `/Groups/${group}`,
        patch(...many(9999, () => ({ op: 'replace', path: 'externalId', value: 'x' })), bad),
      ],
    ],
    [
      'PATCH of a group, 10,001',
      ['PATCH', `/Groups/${group}`, patch(...many(10_001, () => ({ op: 'replace', path: 'externalId', value: 'x' })))],
    ],
    [
      'PATCH of a group, 1,000 strangers',
      ['PATCH', `/Groups/${group}`, patch({ op: 'add', path: 'members', value: strangers(1000) })],
    ],
    [
      'PATCH of a group, 100,000 strangers',
      ['PATCH', `/Groups/${group}`, patch({ op: 'add', path: 'members', value: strangers(100_000) })],
    ],
    [
      'PUT of a group, 100,000 strangers',
      ['PUT', `/Groups/${group}`, { displayName: 'x', members: strangers(100_000) }],
    ],
    [
      'group of 16 MiB, broken at its end',
      [
        'PATCH',
        `/Groups/${group}`,
        `${JSON.stringify(patch({ op: 'add', path: 'members', value: strangers(300_000) })).slice(0, 16_000_000)}`,
      ],
    ],
    ['group beyond 16 MiB', ['PATCH', `/Groups/${group}`, ' '.repeat(17 * 1024 * 1024)]],
    ['user of 2 MiB', ['POST', '/Users', { userName: 'zz', a: filling(2 * 1024 * 1024 - 10_000), name: 'x' }]],
    [
      'user of 2 MiB, broken at its end',
      ['POST', '/Users', JSON.stringify({ userName: 'zz', a: filling(2 * 1024 * 1024 - 10_000) }).slice(0, -1)],
    ],
    [
      'user of 2 MiB of small values',
      ['POST', '/Users', { userName: 'zz', name: 'x', a: many(150_000, (n) => ({ n })) }],
    ],
    [
      'user of 2 MiB of keys',
      ['POST', '/Users', `{"userName":"zz","name":"x",${many(140_000, (n) => `"k${n}":1`).join()}}`],
    ],
    ['user beyond 2 MiB', ['POST', '/Users', { userName: 'zz', title: 'x'.repeat(2 * 1024 * 1024) }]],
    [
      'Bulk of 1,001',
      ['POST', '/Bulk', bulk(many(1001, (n) => ({ method: 'POST', path: '/Users', bulkId: `b${n}`, data: {} })))],
    ],
    [
      'Bulk of 2 MiB, broken at its end',
      [
        'POST',
        '/Bulk',
        JSON.stringify(
          bulk(
            many(900, (n) => ({ method: 'POST', path: '/Users', bulkId: `b${n}`, data: { title: 'x'.repeat(2000) } })),
          ),
        ).slice(0, -2),
      ],
    ],
    [
      'Bulk beyond 2 MiB',
      ['POST', '/Bulk', bulk([{ method: 'POST', path: '/Users', data: { title: 'x'.repeat(2 * 1024 * 1024) } }])],
    ],
    ['token of another form', ['GET', '/Users', undefined, { authorization: 'Bearer x' }]],
    [
      'token that was never issued',
      ['GET', '/Users', undefined, { authorization: `Bearer bwk_pt_${'x'.repeat(22)}${'1'.repeat(32)}_abcdef` }],
    ],
    ['headers of 20 KB', ['GET', '/Users', undefined, { 'x-a': 'x'.repeat(20_000) }]],
    ['another content type', ['POST', '/Users', '{}', { 'content-type': 'text/plain' }]],
  ];
}

/** @returns how long each refusal took in milliseconds, and what it was */
async function measured(ask, name, shots) {
  const refusals = [];
  for (const shot of shots) {
    const { status, tookMs, refused } = await ask(...shot);
    if (status >= 500) throw new Error(`${status}: ${JSON.stringify(shot).slice(0, 1000)}`);
    if (status >= 400 || refused) refusals.push({ tookMs, status, what: JSON.stringify(shot).slice(0, 300) });
  }
  return { name, sent: shots.length, refusals };
}

/** Sends one request on the one connection; its time is from the first byte sent to the last one read. */
function asker(port, base, token) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new WeakSet();
  return (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const sent = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const started = performance.now();
      // Whoever sends on after the refusal may be cut off, and then hears nothing of it.
      const cut = (problem) =>
        ['EPIPE', 'ECONNRESET'].includes(problem.code)
          ? resolve({ status: 'cut off', tookMs: performance.now() - started, refused: true })
          : reject(problem);
      const asked = request(
        {
          agent,
          port,
          host: '127.0.0.1',
          method,
          path: base + path,
          headers: {
            authorization: `Bearer ${token}`,
            ...(sent ? { 'content-type': 'application/scim+json', 'content-length': sent.length } : {}),
            ...headers,
          },
        },
        (reply) => {
          const parts = [];
          reply.on('data', (part) => parts.push(part));
          reply.on('error', cut);
          reply.on('end', () => {
            const tookMs = performance.now() - started;
            const isBulk = path === '/Bulk' && reply.statusCode === 200;
            const operations = isBulk ? JSON.parse(Buffer.concat(parts)).Operations : [];
            resolve({ status: reply.statusCode, tookMs, refused: operations.some(({ status }) => status >= '400') });
          });
        },
      );
      asked.on('error', cut);
      asked.on('socket', (socket) => {
        if (!sockets.has(socket)) socket.on('error', () => {});
        sockets.add(socket);
      });
      asked.end(sent);
    });
}

function report(tables) {
  const all = tables.flatMap(({ refusals }) => refusals);
  const ms = (list, share) => [...list].sort((a, b) => a.tookMs - b.tookMs)[Math.floor((list.length - 1) * share)];
  const line = (name, list, sent) => {
    if (list.length === 0) return console.log(`${name.padEnd(52)} ${sent} sent, none refused`);
    const [p50, p99, slowest] = [0.5, 0.99, 1].map((share) => ms(list, share).tookMs);
    console.log(
      `${name.padEnd(52)} ${String(list.length).padStart(6)} of ${String(sent).padEnd(6)} P50 ${p50.toFixed(1)}, P99 ${p99.toFixed(1)}, slowest ${slowest.toFixed(1)} ms${slowest > BAR_MS ? '  BEYOND' : ''}`,
    );
  };
  for (const { name, sent, refusals } of tables) line(name, refusals, sent);
  line(
    'all',
    all,
    tables.reduce((sum, { sent }) => sum + sent, 0),
  );
  const late = all.filter(({ tookMs }) => tookMs > BAR_MS).sort((a, b) => b.tookMs - a.tookMs);
  console.log(`beyond ${BAR_MS} ms: ${late.length} of ${all.length}`);
  for (const { tookMs, status, what } of late.slice(0, 20))
    console.log(`  ${tookMs.toFixed(0)} ms, ${status}: ${what.slice(0, 160)}`);
}
