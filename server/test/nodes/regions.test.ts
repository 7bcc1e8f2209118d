import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { readConfig } from '../../src/kernel/config.ts';
import { formatCredential } from '../../src/kernel/credential-text.ts';
import { cellTables, directoryTables } from '../../src/kernel/database/registry.ts';
import { signRequest } from '../../src/kernel/http-signature.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type RunningNode, startNode } from '../../src/node.ts';
import {
  aName,
  aPlatform,
  aTenant,
  clientOf,
  operatorKey,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../harness.ts';
import { aWire } from './cut.ts';

/** Design, section 3: nodes that serve one region each, the directory cut off, several cells in a region. */

const password = 'a long enough password for tests';
const baseUrls = {
  BAILIWICK_BASE_URL_AU: 'https://au.bailiwick.example',
  BAILIWICK_BASE_URL_EU: 'https://eu.bailiwick.example',
  BAILIWICK_POOL_SIZE: '4',
};

const withoutId = (text: string) => text.replace(/"requestId":"[^"]*"/, '');
const urlOf = (node: RunningNode) => `http://127.0.0.1:${node.port}`;

const newTenant = (region: string, name = aName('elsewhere')) => ({
  name,
  displayName: name,
  legalName: name,
  region,
  country: 'AU',
  type: 'customer',
  owner: { email: `owner@${name}.example`, firstName: 'Ada', lastName: 'Owner' },
  bootstrapKey: true,
});

/** Moved by jobs that earlier acts began, and beside requests. */
const moving = [
  'quota_blocks',
  'quota_shares',
  'refusal_counts',
  'audit_entries',
  'jobs',
  'due_jobs',
  'mails',
  'outbox',
];

/** How many rows each table of each database has, to show that nothing was stored. */
async function countRows(platform: TestPlatform): Promise<Record<string, Record<string, number>>> {
  const count = (tables: object) =>
    Object.keys(tables)
      .filter((table) => !moving.includes(table))
      .map((table) => `select '${table}' as table, count(*)::int from ${table}`)
      .join(' union all ');
  const counted = async (asked: Promise<object[]>) =>
    Object.fromEntries((await asked).map((row) => Object.values(row) as [string, number]));
  const found: Record<string, Record<string, number>> = {
    directory: await counted(platform.directorySql(count(directoryTables))),
  };
  for (const region of Object.keys(platform.databases.cells))
    found[region] = await counted(platform.sql(region, count(cellTables)));
  return found;
}

describe('nodes that serve one region each', () => {
  let platform: TestPlatform;
  let inAu: TestTenant;
  let inEu: TestTenant;
  let au: string;
  let eu: string;
  let auNode: RunningNode;

  beforeAll(async () => {
    platform = await aPlatform({ regions: ['au', 'eu'], env: baseUrls });
    [inAu, inEu] = [await aTenant(platform, 'au'), await aTenant(platform, 'eu')];
    auNode = await platform.startAnother(['au']);
    [au, eu] = [urlOf(auNode), urlOf(await platform.startAnother(['eu']))];
  });

  const elsewhere = {
    status: 421,
    body: {
      type: 'urn:bailiwick:problem:wrong-region',
      status: 421,
      region: 'eu',
      baseUrl: 'https://eu.bailiwick.example',
    },
  };

  test('each lists all regions with their base URLs', async () => {
    for (const url of [au, eu])
      expect((await clientOf(url, null).get('/v1/regions')).body.items).toMatchObject([
        { code: 'au', baseUrl: 'https://au.bailiwick.example' },
        { code: 'eu', baseUrl: 'https://eu.bailiwick.example' },
      ]);
  });

  test('a service-account key of the other region: 421 with its base URL, whatever is asked', async () => {
    const client = clientOf(au, inEu.ownerKey);
    const before = await countRows(platform);
    for (const reply of [
      await client.get('/v1/me'),
      await client.get('/v1/tenants'),
      await client.get(inEu.path),
      await client.get(`${inEu.path}/groups`),
      await client.get(`${inAu.path}/groups`),
      await client.post(`${inEu.path}/groups`, { name: 'astray' }),
      await client.post(`${inEu.path}/groups`, { nonsense: true }),
      await client.patch(inEu.path, { displayName: 'astray' }),
      await client.delete(`${inEu.path}/groups/not-an-id`),
    ])
      expect(reply, reply.text).toMatchObject(elsewhere);
    expect(await countRows(platform)).toEqual(before);
    expect((await clientOf(eu, inEu.ownerKey).get(`${inEu.path}/groups`)).status).toBe(200);
  });

  test('every other kind of credential of the other region: 421', async () => {
    const [token, namespace] = [await inEu.given.token(), await inEu.given.namespace()];
    expect(await clientOf(au, token.value).get(`/scim/v2/${inEu.id}/ServiceProviderConfig`)).toMatchObject({
      status: 421,
    });
    expect(await clientOf(au, token.value).get('/v1/me')).toMatchObject(elsewhere);
    expect(await clientOf(au, namespace.serviceKey).get('/v1/me')).toMatchObject(elsewhere);
    const signed = signRequest({
      method: 'GET',
      targetUri: `${au}/v1/me`,
      body: Buffer.alloc(0),
      agentKey: namespace.agentKey,
      now: new Date(),
      nonce: aName('nonce'),
    });
    expect(await clientOf(au, null).get('/v1/me', signed)).toMatchObject(elsewhere);
  });

  test('A7: before the first entry into the other region: a planted cookie is replaced, and one of here opens nothing there', async () => {
    const person = async (tenant: TestTenant) => (await tenant.given.person(password)).email;
    const [here, there] = [await person(inAu), await person(inEu)];
    const enter = async (url: string, email: string, cookie = '') => {
      const reply = await clientOf(url, null).post('/v1/sessions', { email, password }, { cookie });
      expect(reply.status, reply.text).toBe(201);
      return reply.headers.getSetCookie().map((each) => each.split(';')[0] as string);
    };
    const me = async (url: string, cookie: string) => (await clientOf(url, null).get('/v1/me', { cookie })).status;
    const [mine = ''] = await enter(au, here);
    const [stolen = ''] = await enter(eu, there);
    for (const planted of [`__Host-bailiwick-eu=${'A'.repeat(54)}`, mine.replace('-au=', '-eu='), stolen]) {
      const came = await enter(eu, there, `${mine}; ${planted}`);
      const set = came.find((each) => each.startsWith('__Host-bailiwick-eu=')) as string;
      expect(set).not.toBe(planted);
      expect(await me(eu, set)).toBe(200);
      expect(await me(eu, planted)).not.toBe(200);
    }
    expect(await me(eu, mine)).toBe(401);
    expect(await me(au, mine)).toBe(200);
  });

  test('too large and not JSON come before it', async () => {
    const client = clientOf(au, inEu.ownerKey);
    expect((await client.post(`${inEu.path}/groups`, 'x'.repeat(1_100_000))).status).toBe(413);
    const plain = await client.post(`${inEu.path}/groups`, 'name', { 'content-type': 'text/plain' });
    expect(plain.status).toBe(415);
  });

  test('a bad credential: 401 without a word of the region', async () => {
    const tampered = `${inEu.ownerKey.slice(0, -1)}${inEu.ownerKey.endsWith('0') ? '1' : '0'}`;
    const { fingerprintKey } = auNode.platform;
    const ofNobody = formatCredential('sa', newId(), fingerprintKey);
    const unknownHere = formatCredential('sa', inAu.id, fingerprintKey);
    for (const key of [null, 'nonsense', 'bwk_sa_nonsense', tampered, ofNobody, unknownHere])
      for (const path of [inEu.path, inAu.path, `/v1/tenants/${newId()}`]) {
        const reply = await clientOf(au, key).get(path);
        expect(reply.status, `${key} at ${path}: ${reply.text}`).toBe(401);
        expect(reply.text).not.toContain('eu.bailiwick.example');
      }
    const forgedElsewhere = formatCredential('sa', inEu.id, fingerprintKey);
    expect((await clientOf(eu, forgedElsewhere).get(inEu.path)).status).toBe(401);
  });

  test('a tenant without relation answers like one that never was, wherever it lives', async () => {
    const neighbour = await aTenant(platform, 'au');
    const { email } = await inAu.given.person(password);
    const cookie = await signIn(platform, email, password);
    const before = await countRows(platform);
    for (const client of [
      clientOf(au, inAu.ownerKey),
      clientOf(au, null, { cookie, origin: au, 'x-bailiwick-csrf': '1' }),
    ])
      for (const path of ['', '/groups', '/overview']) {
        const [there, near, nowhere] = [
          await client.get(`${inEu.path}${path}`),
          await client.get(`${neighbour.path}${path}`),
          await client.get(`/v1/tenants/${newId()}${path}`),
        ];
        expect([there.status, near.status, nowhere.status]).toEqual([404, 404, 404]);
        expect(withoutId(there.text)).toBe(withoutId(nowhere.text));
        expect(withoutId(near.text)).toBe(withoutId(nowhere.text));
      }
    expect(await countRows(platform)).toEqual(before);
  });

  test('acts of the operator on a tenant elsewhere: 421, nothing stored', async () => {
    const client = clientOf(au, operatorKey);
    const before = await countRows(platform);
    for (const reply of [
      await client.post(`${inEu.path}/suspend`),
      await client.post(`${inEu.path}/read-only`),
      await client.post(`${inEu.path}/resume`),
      await client.get(`/v1/operator/tenants/${inEu.id}`),
      await client.patch(`/v1/operator/tenants/${inEu.id}`, { supportId: 'S-1' }, '*'),
    ])
      expect(reply, reply.text).toMatchObject(elsewhere);
    expect((await client.post(`/v1/tenants/${newId()}/suspend`)).status).toBe(404);
    expect(await countRows(platform)).toEqual(before);
  });

  test('creations and registrations that name a region elsewhere: 421, nothing stored', async () => {
    const before = await countRows(platform);
    const made = await clientOf(au, operatorKey).post('/v1/tenants', newTenant('eu'));
    expect(made, made.text).toMatchObject(elsewhere);
    const registered = await clientOf(au, null).post('/v1/registrations', {
      region: 'eu',
      email: 'registrant@elsewhere.example',
      fullName: 'Grace Registrant',
      mobilePhone: '+61280001234',
    });
    expect(registered, registered.text).toMatchObject(elsewhere);
    const nowhere = await clientOf(au, operatorKey).post('/v1/tenants', newTenant('zz'));
    expect(nowhere).toMatchObject({ status: 400, body: { errors: [{ path: 'region' }] } });
    expect(await countRows(platform)).toEqual(before);
  });

  test('the operator lists the tenants of the regions that the node serves', async () => {
    const listed = (await clientOf(au, operatorKey).get('/v1/tenants?limit=200')).body.items;
    const regions = new Set(listed.map(({ region }: { region: string }) => region));
    expect([...regions]).toEqual(['au']);
  });

  test('what claims a tenant beside the credential decides nothing (P1)', async () => {
    const other = await aTenant(platform, 'au');
    const claims = {
      'x-tenant-id': other.id,
      'x-tenant': other.id,
      'x-bailiwick-tenant': other.id,
      'x-forwarded-host': `${other.name}.bailiwick.example`,
      'x-forwarded-for': '10.0.0.1',
      'x-original-url': `${other.path}/groups`,
      'x-rewrite-url': `${other.path}/groups`,
      cookie: `tenantId=${other.id}`,
      forwarded: `host=${other.name}.bailiwick.example`,
    };
    const own = await inAu.client.get('/groups');
    const claimed = await inAu.client.get('/groups', claims);
    expect(claimed.status).toBe(200);
    expect(claimed.body).toEqual(own.body);
    expect((await inAu.client.get(`/groups?tenantId=${other.id}`)).body.errors[0].path).toBe('query.tenantId');
    const posted = await inAu.client.post('/groups', { name: aName(), tenantId: other.id });
    expect(posted.body.errors[0].path).toBe('tenantId');
    const made = await inAu.client.post('/groups', { name: aName('mine') }, claims);
    const rows = await platform.sql('au', 'select tenant_id from groups where id = $1', [made.body.id]);
    expect(rows).toEqual([{ tenant_id: inAu.id }]);
    expect((await clientOf(au, other.ownerKey).get(`${inAu.path}/groups`, { 'x-tenant-id': inAu.id })).status).toBe(
      404,
    );
  });
});

describe('with the directory cut off', () => {
  let platform: TestPlatform;
  let inAu: TestTenant;
  let inEu: TestTenant;
  let knownEu: TestTenant;
  let node: RunningNode;
  let au: string;
  let wire: Awaited<ReturnType<typeof aWire>>;
  let email: string;

  const startOnWire = async (region: string, onWire: 'directory' | 'cell' = 'directory') => {
    const { databases, nodes } = platform;
    const { fingerprintKey, operatorKeyHash, regions } = (nodes[0] as RunningNode).platform;
    const { host, port } = inject('postgres');
    const directly = (database: string) => ({ host, port, user: 'app', database });
    const started = await startNode({
      config: readConfig({
        BAILIWICK_PORT: '0',
        BAILIWICK_HOST: '127.0.0.1',
        BAILIWICK_REGIONS: region,
        ...baseUrls,
      }),
      databases: {
        directory: onWire === 'directory' ? wire.connectionTo(databases.directory) : directly(databases.directory),
        cells: {
          [region]: (databases.cells[region] ?? []).map(onWire === 'cell' ? wire.connectionTo : directly),
        },
      },
      log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
      fingerprintKey,
      masterKeys: { [region]: regions.get(region)?.masterKey ?? randomBytes(32) },
      operatorKeyHash,
    });
    ended.push(() => started.stop());
    return started;
  };
  const ended: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    platform = await aPlatform({ regions: ['au', 'eu'], env: baseUrls });
    [inAu, inEu, knownEu] = [
      await aTenant(platform, 'au'),
      await aTenant(platform, 'eu'),
      await aTenant(platform, 'eu'),
    ];
    ({ email } = await inAu.given.person(password));
    wire = await aWire();
    node = await startOnWire('au');
    au = urlOf(node);
    expect((await clientOf(au, knownEu.ownerKey).get('/v1/me')).status).toBe(421);
  });
  afterEach(() => wire.mend());
  afterAll(() => Promise.all(ended.map((end) => end())));

  /** Longer than a question to the directory may take, shorter than what a person gives up at. */
  const PATIENCE_MS = 6_000;
  async function quickly<T>(work: Promise<T>, ms = PATIENCE_MS): Promise<T> {
    const began = performance.now();
    const result = await work;
    expect(performance.now() - began).toBeLessThan(ms);
    return result;
  }

  /** Cuts while the node holds a connection that worked a moment ago. */
  async function cut(how: 'refuse' | 'silence') {
    await expect
      .poll(
        async () =>
          (await clientOf(au, formatCredential('sa', newId(), node.platform.fingerprintKey)).get('/v1/me')).status,
      )
      .toBe(401);
    wire[how]();
  }

  describe.each(['refuse', 'silence'] as const)('%s', (how) => {
    test('the region serves its own tenants', async () => {
      await cut(how);
      const client = clientOf(au, inAu.ownerKey);
      expect((await quickly(clientOf(au, null).get('/readyz'))).status).toBe(200);
      const group = await quickly(client.post(`${inAu.path}/groups`, { name: aName() }));
      expect(group.status, group.text).toBe(201);
      expect((await quickly(client.get(`${inAu.path}/groups/${group.body.id}`))).status).toBe(200);
      const namespace = await quickly(client.post(`${inAu.path}/namespaces`, { name: aName() }));
      expect(namespace.status, namespace.text).toBe(201);
      const token = await quickly(client.post(`${inAu.path}/provisioning-tokens`, { name: aName() }));
      expect(token.status, token.text).toBe(201);
      const scim = await quickly(clientOf(au, token.body.value).get(`/scim/v2/${inAu.id}/ServiceProviderConfig`));
      expect(scim.status, scim.text).toBe(200);
      expect((await quickly(client.delete(`${inAu.path}/provisioning-tokens/${token.body.id}`))).status).toBe(204);
      expect((await quickly(client.get('/v1/tenants'))).status).toBe(200);
      const signedIn = await quickly(clientOf(au, null).post('/v1/sessions', { email, password }));
      expect(signedIn.status, signedIn.text).toBe(201);
      expect((await quickly(client.get(`${inAu.path}/audit-entries`))).status).toBe(200);
      expect(
        (await quickly(clientOf(au, null).get('/v1/regions'))).body.items.map(({ code }: { code: string }) => code),
      ).toEqual(['au', 'eu']);
    });

    test('a known tenant elsewhere: 421; an unknown one: 503 with Retry-After; a bad credential: 401', async () => {
      await cut(how);
      expect(await quickly(clientOf(au, knownEu.ownerKey).get('/v1/me'))).toMatchObject({
        status: 421,
        body: { baseUrl: 'https://eu.bailiwick.example' },
      });
      const unknown = formatCredential('sa', newId(), node.platform.fingerprintKey);
      for (const key of [unknown, inEu.ownerKey]) {
        const reply = await quickly(clientOf(au, key).get('/v1/me'));
        expect(reply.status, reply.text).toBe(503);
        expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      const bad = await quickly(
        clientOf(au, formatCredential('sa', inAu.id, node.platform.fingerprintKey)).get('/v1/me'),
      );
      expect(bad.status).toBe(401);
    });

    test('a tenant without relation is 404 without asking the directory, for a key and for a person', async () => {
      await cut(how);
      const signedIn = await clientOf(au, null).post('/v1/sessions', { email, password });
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] as string;
      for (const client of [clientOf(au, inAu.ownerKey), clientOf(au, null, { cookie })])
        for (const id of [inEu.id, newId()]) {
          const reply = await client.get(`/v1/tenants/${id}/groups`);
          expect(reply.status, reply.text).toBe(404);
        }
    });

    test('nothing is made that the directory must know of: 503, nothing stored', async () => {
      const before = await countRows(platform);
      await cut(how);
      const wanted = newTenant('au');
      const made = await quickly(clientOf(au, operatorKey).post('/v1/tenants', wanted), 40_000);
      expect(made.status, made.text).toBe(503);
      expect(made.headers.get('retry-after')).toBeTruthy();
      wire.mend();
      expect(await countRows(platform)).toEqual(before);
      expect(await platform.sql('au', `select from mails where recipient = '${wanted.owner.email}'`)).toEqual([]);
    }, 90_000);

    test('it heals by itself', async () => {
      await cut(how);
      const fresh = await aTenant(platform, 'eu');
      expect((await clientOf(au, fresh.ownerKey).get('/v1/me')).status).toBe(503);
      wire.mend();
      await expect
        .poll(() =>
          clientOf(au, fresh.ownerKey)
            .get('/v1/me')
            .then(({ status }) => status),
        )
        .toBe(421);
      const made = await clientOf(au, operatorKey).post('/v1/tenants', newTenant('au'));
      expect(made.status, made.text).toBe(201);
    });
  });

  test('many who ask about unknown tenants do not hold up the region', async () => {
    await cut('silence');
    const asking = Array.from({ length: 60 }, () =>
      clientOf(au, formatCredential('sa', newId(), node.platform.fingerprintKey)).get('/v1/me'),
    );
    const groups = () => clientOf(au, inAu.ownerKey).get(`${inAu.path}/groups`);
    expect((await Promise.race([groups(), ...asking])).status).toBe(200);
    for (let count = 0; count < 10; count++) expect((await groups()).status).toBe(200);
    const statuses = new Set((await Promise.all(asking)).map(({ status }) => status));
    expect([...statuses]).toEqual([503]);
  }, 60_000);

  test.each(['refuse', 'silence'] as const)(
    'a node that starts meanwhile serves, and is known when it is mended (%s)',
    async (how) => {
      await platform.directorySql(`update regions set base_url = 'https://before.example' where code = 'au'`);
      wire[how]();
      const late = await quickly(startOnWire('au'), 15_000);
      const url = urlOf(late);
      expect((await clientOf(url, inAu.ownerKey).get(`${inAu.path}/groups`)).status).toBe(200);
      expect((await clientOf(url, null).get('/v1/regions')).body.items).toMatchObject([
        { code: 'au', baseUrl: 'https://au.bailiwick.example' },
      ]);
      wire.mend();
      // The directory is spared for a second.
      await expect
        .poll(async () => (await clientOf(url, operatorKey).post('/v1/tenants', newTenant('au'))).status)
        .toBe(201);
      expect(await platform.directorySql(`select base_url from regions where code = 'au'`)).toEqual([
        { base_url: 'https://au.bailiwick.example' },
      ]);
      expect((await clientOf(url, null).get('/v1/regions')).body.items).toHaveLength(2);
    },
    90_000,
  );

  test.each(['refuse', 'silence'] as const)(
    'a cell that is cut off instead (%s): 503 in bounded time, then it heals',
    async (how) => {
      const url = urlOf(await startOnWire('au', 'cell'));
      const client = clientOf(url, inAu.ownerKey);
      expect((await client.get(`${inAu.path}/groups`)).status).toBe(200);
      wire[how]();
      const replies = await quickly(
        Promise.all([
          client.get(`${inAu.path}/groups`),
          client.post(`${inAu.path}/groups`, { name: aName('lost') }),
          client.get('/v1/me'),
          clientOf(url, null).get('/readyz'),
        ]),
        45_000,
      );
      expect(replies.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
      expect(Number(replies[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
      wire.mend();
      await expect.poll(() => client.get(`${inAu.path}/groups`).then(({ status }) => status)).toBe(200);
      expect((await client.get(`${inAu.path}/groups?q=lost`)).body.items).toEqual([]);
      expect((await client.post(`${inAu.path}/groups`, { name: aName('after') })).status).toBe(201);
    },
    120_000,
  );
});

describe('several cells in a region', () => {
  let platform: TestPlatform;
  const tenants: TestTenant[] = [];
  const cellOf = new Map<string, number>();

  beforeAll(async () => {
    platform = await aPlatform({ regions: ['au'], cells: 3, nodes: 2, env: { BAILIWICK_POOL_SIZE: '4' } });
    for (let count = 0; count < 7; count++) tenants.push(await aTenant(platform, 'au'));
    for (const { tenant_id, cell } of await platform.sql('au', 'select tenant_id, cell from placements'))
      cellOf.set(tenant_id, cell);
  }, 60_000);

  test('tenants spread over them, each in one', async () => {
    const perCell = [0, 1, 2].map((cell) => [...cellOf.values()].filter((each) => each === cell).length);
    expect(perCell.reduce((sum, count) => sum + count)).toBe(7);
    expect(Math.min(...perCell)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...perCell)).toBeLessThanOrEqual(3);
  });

  test('each request finds its cell on both nodes, and no other tenant', async () => {
    for (const { id, path, ownerKey } of tenants)
      for (const url of platform.urls) {
        const client = clientOf(url, ownerKey);
        expect((await client.get(path)).body.id).toBe(id);
        const made = await client.post(`${path}/groups`, { name: aName() });
        expect(made.status).toBe(201);
        for (const other of tenants)
          if (other.id !== id) {
            expect((await client.get(other.path)).status).toBe(404);
            expect((await client.get(`${path}/groups/${other.id}`)).status).toBe(404);
          }
      }
  });

  test('the operator’s list goes over all cells, page by page, each tenant once', async () => {
    for (const sort of ['createdAt', '-createdAt']) {
      const seen: { id: string; createdAt: string }[] = [];
      let cursor = '';
      do {
        const { body } = await platform.operator.get(`/v1/tenants?limit=2&sort=${sort}${cursor}`);
        expect(body.total).toBe(7);
        seen.push(...body.items);
        cursor = body.nextCursor ? `&cursor=${encodeURIComponent(body.nextCursor)}` : '';
        expect(seen.length).toBeLessThanOrEqual(7);
      } while (cursor);
      const times = seen.map(({ createdAt }) => createdAt);
      expect(times).toEqual(sort === 'createdAt' ? [...times].sort() : [...times].sort().reverse());
      expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(tenants.map(({ id }) => id)));
    }
  });

  test('the operator acts on a tenant in any cell', async () => {
    for (const { path, client } of tenants) {
      expect((await platform.operator.post(`${path}/suspend`)).status).toBe(200);
      expect((await client.get('/groups')).status).toBe(403);
      expect((await platform.operator.post(`${path}/resume`)).status).toBe(200);
      expect((await client.get('/groups')).status).toBe(200);
    }
  });

  test('one address in tenants of several cells: sign-in asks all cells', async () => {
    const email = `${aName('everywhere')}@people.example`;
    const chosen = [0, 1, 2].map((cell) => tenants.find(({ id }) => cellOf.get(id) === cell) as TestTenant);
    for (const { given } of chosen) await given.person(password, { email });
    for (const url of platform.urls) {
      const reply = await clientOf(url, null).post('/v1/sessions', { email, password });
      expect(reply.status, reply.text).toBe(200);
      expect(reply.headers.get('set-cookie')).toBeNull();
      expect(reply.body.choices.map(({ tenantId }: { tenantId: string }) => tenantId).sort()).toEqual(
        chosen.map(({ id }) => id).sort(),
      );
      for (const { id, path } of chosen) {
        const signedIn = await clientOf(url, null).post('/v1/sessions', { email, password, tenantId: id });
        expect(signedIn.status, signedIn.text).toBe(201);
        const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] as string;
        expect((await clientOf(url, null, { cookie }).get(`${path}/overview`)).status).toBe(200);
      }
    }
  }, 60_000);

  test('the outbox shows the mails of all cells', async () => {
    const mails = (await platform.operator.get('/v1/operator/outbox?limit=200')).body.items;
    const addresses = new Set(mails.map(({ to }: { to: string }) => to));
    for (const { ownerEmail } of tenants) expect(addresses).toContain(ownerEmail);
  });
});
