import { beforeAll, describe, expect, test } from 'vitest';
import { agentOf, aPlatform, aTenant, type Client, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { aBatch } from '../../../test/isolation/bodies.ts';
import { newId } from '../../kernel/ids.ts';
import { keepingPartitions } from './partitions.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], nodes: 2 });
});

type Item = { id: string; method: string; path: string; status: number; durationMs: number };

/** A namespace of a tenant of its own, with a gateway and a program that runs it. */
async function aPlace(within?: TestTenant) {
  const tenant = within ?? (await aTenant(platform));
  const namespace = await tenant.given.namespace();
  const carried = await tenant.given.gateway(namespace.id);
  const agent = await tenant.given.agent(namespace.agentKey);
  const at = `/namespaces/${namespace.id}/transactions`;
  const report = (batch: object, node = 0) =>
    agentOf(platform.urls[node] as string, namespace.agentKey).post(
      `${tenant.path}/agents/${agent.id}/transactions`,
      batch,
    );
  return {
    ...carried,
    tenant,
    namespace,
    agent,
    at,
    report,
    async reported(...items: object[]) {
      const reply = await report(aBatch(...items));
      expect(reply.status, reply.text).toBe(200);
    },
    async list(query = '', client: Pick<Client, 'get'> = tenant.client) {
      const reply = await client.get(at + query);
      expect(reply.status, reply.text).toBe(200);
      return reply.body as { items: Item[]; nextCursor: string | null; total: number };
    },
  };
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

describe('what a gateway reports', () => {
  test('is there as it was, with the names of things and of who came', async () => {
    const { tenant, gateway, agent, route, rule, service, namespace, reported, list } = await aPlace();
    const provider = await tenant.given.identityProvider();
    await tenant.client.patch(
      `/namespaces/${namespace.id}/gateways/${gateway.id}`,
      { identityProviderId: provider.id },
      '*',
    );
    const account = await tenant.given.account();
    await platform.sql(
      tenant.region,
      `insert into external_identities (tenant_id, id, provider_id, issuer, subject, account_id)
       values ($1, $2, $3, 'https://login.example.com', 'grace', $4)`,
      [tenant.id, newId(), provider.id, account.id],
    );
    const decided = { routeId: route.id, ruleId: rule.id, serviceId: service.id };
    const at = ago(5);
    await reported(
      { at, subject: 'grace', ...decided },
      { at: ago(4), subject: 'nobody here', status: 403, reason: 'not-let-in', ...decided },
      { at: ago(3), subject: null, status: 401, reason: 'unauthenticated', method: 'POST' },
    );
    const { items } = await list();
    expect(items).toEqual([
      expect.objectContaining({ status: 401, reason: 'unauthenticated', person: null, route: null, method: 'POST' }),
      expect.objectContaining({ status: 403, person: { accountId: null, name: 'nobody here' } }),
      {
        id: expect.any(String),
        at,
        method: 'GET',
        path: '/orders/one',
        status: 200,
        reason: null,
        gateway: { id: gateway.id, name: gateway.name },
        agent: { id: agent.id, name: expect.stringContaining('agent-') },
        route: { id: route.id, name: 'first' },
        service: { id: service.id, name: service.name },
        ruleId: rule.id,
        person: { accountId: account.id, name: account.displayName },
        durationMs: 12,
        bytesIn: 300,
        bytesOut: 2000,
      },
    ]);
    expect((await list(`?person=${encodeURIComponent(account.email)}`)).items).toHaveLength(1);
    expect((await list(`?person=${account.id}`)).items).toHaveLength(1);
    expect((await list('?person=nobody%20here')).items).toHaveLength(1);
  });

  test('counts once, whether it is sent again, at once on two nodes, or with more', async () => {
    const { report, list } = await aPlace();
    const batch = aBatch({}, {}, {});
    const replies = await Promise.all([report(batch), report(batch, 1), report(batch), report(batch, 1)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const more = { ...batch, items: [...batch.items, { ...batch.items[0], sequence: 4 }] };
    expect((await report(more)).status).toBe(200);
    expect((await list()).total).toBe(4);
    // Another journal of the same program numbers from the beginning.
    expect((await report(aBatch({}))).status).toBe(200);
    expect((await list()).total).toBe(5);
  });

  test('a journal is of the program that began it as long as that one is heard of', async () => {
    const { tenant, namespace, agent, report, list } = await aPlace();
    const program = agentOf(platform.urls[0] as string, namespace.agentKey);
    const other = await tenant.given.agent(namespace.agentKey);
    const byOther = (batch: object) => program.post(`${tenant.path}/agents/${other.id}/transactions`, batch);
    const said = { program: '0.1.0', configuration: null, state: 'serving', problem: null, startedAt: ago(9) };
    const counts = { carried: 0, refused: 0, failed: 0, openRequests: 0 };
    expect((await program.post(`${tenant.path}/agents/${agent.id}/report`, { ...said, ...counts })).status).toBe(204);

    const { journal, items } = aBatch({});
    const numbered = (sequence: number) => ({ journal, items: [{ ...items[0], sequence }] });
    expect((await report(numbered(1))).status).toBe(200);
    expect(await byOther(numbered(Number.MAX_SAFE_INTEGER))).toMatchObject({
      status: 409,
      body: { type: 'urn:bailiwick:problem:journal-in-use' },
    });
    expect((await report(numbered(2))).status).toBe(200);
    expect((await list()).total).toBe(2);

    // Enrolled anew, the same folder goes on by the same numbers.
    await platform.sql(tenant.region, `update agent_reports set at = at - interval '1 minute' where agent_id = $1`, [
      agent.id,
    ]);
    for (const sequence of [2, 3]) expect((await byOther(numbered(sequence))).status).toBe(200);
    expect((await list()).total).toBe(3);
  });

  test('is of the namespace of its key, and of no other', async () => {
    const mine = await aPlace();
    const other = await aPlace(mine.tenant);
    const foreign = await aPlace();
    for (const { agent } of [other, foreign]) {
      const at = `${mine.tenant.path}/agents/${agent.id}/transactions`;
      expect((await agentOf(platform.url, mine.namespace.agentKey).post(at, aBatch())).status).toBe(404);
    }
    await mine.reported({ path: '/mine' });
    expect((await other.list()).total).toBe(0);
    expect((await foreign.list()).total).toBe(0);
  });

  test('what no gateway writes is refused by name: a query in a path, control characters, numbers beyond bounds', async () => {
    const { report, list } = await aPlace();
    for (const [name, value] of [
      ['path', '/a\nb'],
      ['path', `/${'a'.repeat(2048)}`],
      ['method', 'get it'],
      ['status', 600],
      ['status', 99],
      ['reason', 'Because <b>'],
      ['subject', 'a\0b'],
      ['durationMs', -1],
      ['bytesIn', 1.5],
      ['sequence', 0],
      ['at', 'yesterday'],
      ['unknown', 1],
    ] as const) {
      const reply = await report(aBatch({ [name]: value }));
      expect(reply, `${name} ${value}`).toMatchObject({
        status: 400,
        body: { errors: [{ path: `items.0.${name}` }] },
      });
    }
    const tooMany = await report(aBatch(...Array.from({ length: 1001 }, () => ({}))));
    expect(tooMany.body.errors).toEqual([{ path: 'items', message: 'must hold at most 1000 records' }]);
    expect((await list()).total).toBe(0);
  });

  test('lies in a partition of its day, also of days long past and of a clock that is ahead', async () => {
    const { reported, list } = await aPlace();
    const day = 86_400;
    await reported({ at: ago(20 * day) }, { at: ago(day) }, { at: ago(-240), path: '/ahead' });
    const { items } = await list();
    expect(items.map(({ path }) => path)).toEqual(['/ahead', '/orders/one', '/orders/one']);
    const rows = await platform.sql(
      'au',
      `select count(*)::int as count from pg_inherits join pg_class on oid = inhrelid
       where inhparent = 'transactions'::regclass and relrowsecurity and relforcerowsecurity`,
    );
    expect(rows[0].count).toBeGreaterThanOrEqual(3);
  });

  test('is limited by second, so that one tenant’s flood leaves the others their share', async () => {
    const small = await aPlatform({ regions: ['au'], env: { BAILIWICK_TRANSACTIONS_PER_SECOND: '10' } });
    const [flooding, quiet] = [await aTenant(small), await aTenant(small)];
    const programOf = async (tenant: TestTenant) => {
      const namespace = await tenant.given.namespace();
      await tenant.given.gateway(namespace.id);
      const agent = await tenant.given.agent(namespace.agentKey);
      return () =>
        agentOf(small.url, namespace.agentKey).post(
          `${tenant.path}/agents/${agent.id}/transactions`,
          aBatch({}, {}, {}, {}),
        );
    };
    const [flood, quietly] = [await programOf(flooding), await programOf(quiet)];
    const replies = await Promise.all(Array.from({ length: 20 }, flood));
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await quietly()).status).toBe(200);
  });
});

describe('the list', () => {
  test('is filtered by time, status, method, path, gateway, service, reason and duration', async () => {
    const { gateway, service, reported, list, agent } = await aPlace();
    await reported(
      { at: ago(300), status: 200, path: '/orders/1', durationMs: 5 },
      { at: ago(200), status: 404, path: '/orders/2', reason: 'no-route', durationMs: 50 },
      { at: ago(100), status: 502, path: '/reports', method: 'POST', durationMs: 500, serviceId: service.id },
    );
    const found = async (query: string) => (await list(`?${query}`)).items.map(({ status }) => status);
    expect(await found('')).toEqual([502, 404, 200]);
    expect(await found(`from=${ago(250)}`)).toEqual([502, 404]);
    expect(await found(`until=${ago(150)}`)).toEqual([404, 200]);
    expect(await found('status=5xx')).toEqual([502]);
    expect(await found('status=200,4xx')).toEqual([404, 200]);
    expect(await found('method=POST,PUT')).toEqual([502]);
    expect(await found('pathPrefix=/orders/')).toEqual([404, 200]);
    expect(await found('pathPrefix=/order')).toEqual([404, 200]);
    expect(await found('pathPrefix=%25')).toEqual([]);
    expect(await found(`gatewayId=${gateway.id}`)).toEqual([502, 404, 200]);
    expect(await found(`gatewayId=${newId()}`)).toEqual([]);
    expect(await found(`agentId=${agent.id}`)).toEqual([502, 404, 200]);
    expect(await found(`serviceId=${service.id}`)).toEqual([502]);
    expect(await found('reason=no-route')).toEqual([404]);
    expect(await found('minDurationMs=50')).toEqual([502, 404]);
  });

  test('is sorted by the server and read on by cursor, without a row twice or none', async () => {
    const { reported, list } = await aPlace();
    await reported(
      ...Array.from({ length: 9 }, (_, at) => ({
        at: ago(9 - at),
        status: 200 + (at % 3),
        durationMs: at % 4,
        path: `/p${at % 2}`,
      })),
    );
    for (const sort of ['-at', 'at', 'status', '-durationMs', 'durationMs', '-path']) {
      const whole = (await list(`?sort=${sort}`)).items;
      const field = sort.replace('-', '') as keyof Item;
      const values = whole.map((item) => item[field]);
      const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(values, sort).toEqual(sort.startsWith('-') ? sorted.reverse() : sorted);
      const pages: Item[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Awaited<ReturnType<typeof list>> = await list(
          `?sort=${sort}&limit=2${cursor ? `&cursor=${cursor}` : ''}`,
        );
        pages.push(...page.items);
        cursor = page.nextCursor;
      }
      expect(pages.map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
    }
  });

  test('is read on by durations as long as there are; a number that the database has not is no cursor', async () => {
    const { tenant, at, reported, list } = await aPlace();
    const most = 2_147_483_647;
    await reported({ durationMs: most }, { durationMs: most }, { durationMs: 1_000_000_000 });
    const { nextCursor } = await list('?sort=-durationMs&limit=1');
    const next = await list(`?sort=-durationMs&limit=2&cursor=${nextCursor}`);
    expect(next.items.map(({ durationMs }) => durationMs)).toEqual([most, 1_000_000_000]);
    const cursor = Buffer.from(JSON.stringify(['-durationMs', String(most + 1), newId()])).toString('base64url');
    const beyond = await tenant.client.get(`${at}?sort=-durationMs&cursor=${cursor}`);
    expect(beyond, beyond.text).toMatchObject({ status: 400, body: { errors: [{ path: 'query.cursor' }] } });
  });

  test('whose right is in one namespace reads that one', async () => {
    const mine = await aPlace();
    const other = await aPlace(mine.tenant);
    await mine.reported({});
    const { client } = await mine.tenant.given.machine([
      { permission: 'logging.view', namespaceId: mine.namespace.id },
    ]);
    expect((await mine.list('', client)).total).toBe(1);
    for (const path of [other.at, `${other.at}/histogram`, `${other.at}/tail`])
      expect((await client.get(path)).status).toBe(403);
    expect((await client.post(`${other.at}/export`, {})).status).toBe(403);
    expect((await client.get('/transaction-retention')).status).toBe(200);
    expect((await client.put('/transaction-retention', { days: 5 }, '*')).status).toBe(403);
  });
});

describe('the histogram', () => {
  test('counts by class of status over the range, with the filters of the list', async () => {
    const { tenant, at, reported } = await aPlace();
    await reported(
      { at: ago(3000), status: 101 },
      { at: ago(3000), status: 200 },
      { at: ago(1000), status: 302 },
      { at: ago(20), status: 403, path: '/a' },
      { at: ago(10), status: 500 },
      { at: ago(10), status: 599 },
    );
    const read = async (query: string) => {
      const reply = await tenant.client.get(`${at}/histogram?${query}`);
      expect(reply.status, reply.text).toBe(200);
      const { items, ...rest } = reply.body as { items: Record<string, number>[]; bucketSeconds: number };
      const sum = (name: string) => items.reduce((total, item) => total + (item[name] as number), 0);
      return { ...rest, items, sums: ['1xx', '2xx', '3xx', '4xx', '5xx'].map(sum) };
    };
    const hour = await read(`from=${ago(3500)}`);
    expect(hour.bucketSeconds).toBe(60);
    expect(hour.items.length).toBeLessThanOrEqual(62);
    expect(hour.sums).toEqual([1, 1, 1, 1, 2]);
    expect((await read(`from=${ago(100)}`)).sums).toEqual([0, 0, 0, 1, 2]);
    expect((await read('status=5xx')).sums).toEqual([0, 0, 0, 0, 2]);
    expect((await read('pathPrefix=/a')).sums).toEqual([0, 0, 0, 1, 0]);
  });
});

describe('the live tail', () => {
  test('gives what is reported from its beginning on, once, on whichever node', async () => {
    const { tenant, at, reported } = await aPlace();
    const read = async (node: number, query: string) => {
      const reply = await tenant.below(tenant.ownerKey, node).get(`${at}/tail?${query}`);
      expect(reply.status, reply.text).toBe(200);
      return reply.body as { items: Item[]; cursor: string; isComplete: boolean };
    };
    let { items, cursor } = await read(0, '');
    await reported({ path: '/before' });
    // What another transaction in the cell holds back comes with the next answers.
    while (items.length === 0) ({ items, cursor } = await read(0, `after=${cursor}`));
    ({ items, cursor } = await read(0, ''));
    expect(items).toEqual([]);
    const seen: string[] = [];
    for (let at = 0; at < 6; at++) {
      await reported({ path: `/n${at}` });
      ({ items, cursor } = await read(at % 2, `after=${cursor}`));
      seen.push(...items.map(({ path }) => path));
    }
    while (seen.length < 6) {
      ({ items, cursor } = await read(0, `after=${cursor}`));
      seen.push(...items.map(({ path }) => path));
    }
    expect(seen.sort()).toEqual(['/n0', '/n1', '/n2', '/n3', '/n4', '/n5']);
    expect((await read(0, `after=${cursor}&waitSeconds=0`)).items).toEqual([]);
  });

  test('waits, follows filters, and tells nothing to whoever lost the right meanwhile', async () => {
    const { tenant, namespace, at, reported } = await aPlace();
    const { client, groupId } = await tenant.given.machine([{ permission: 'logging.view', namespaceId: namespace.id }]);
    const { cursor } = (await client.get(`${at}/tail`)).body;
    const waiting = client.get(`${at}/tail?after=${cursor}&status=5xx`);
    await tenant.client.post(`/groups/${groupId}/disable`);
    await reported({ status: 200 }, { status: 500 });
    let reply = await waiting;
    // Another transaction in the cell may hold back what is looked for; nothing is told meanwhile.
    while (reply.status === 200) {
      expect(reply.body.items).toEqual([]);
      reply = await client.get(`${at}/tail?after=${reply.body.cursor}&status=5xx`);
    }
    expect(reply.status).toBe(403);
  });
});

describe('an export', () => {
  const done = async (tenant: TestTenant, task: { id: string }) => {
    for (;;) {
      const { body } = await tenant.client.get(`/tasks/${task.id}`);
      if (body.state !== 'waiting' && body.state !== 'running') return body;
    }
  };

  test('has what the list has, as CSV and as JSON, and is recorded', async () => {
    const { tenant, namespace, at, reported } = await aPlace();
    await reported({ status: 200, subject: '=cmd()' }, { status: 404 }, { status: 500 });
    for (const format of ['csv', 'json']) {
      const started = await tenant.client.post(`${at}/export`, { format, status: '2xx,4xx' });
      expect(started.status, started.text).toBe(202);
      expect(await done(tenant, started.body)).toMatchObject({ state: 'done', done: 2 });
      const file = await tenant.client.get(`/tasks/${started.body.id}/result`);
      if (format === 'json') {
        expect(file.headers.get('content-type')).toMatch('application/json');
        expect(file.body.map(({ status }: Item) => status).sort()).toEqual([200, 404]);
      } else {
        const lines = file.text.trim().split('\r\n');
        expect(lines[0]).toMatch(/^"id","at","method","path","status"/);
        expect(lines).toHaveLength(3);
        expect(file.text).toContain('"\'=cmd()"');
      }
    }
    const [entry] = (await tenant.client.get('/audit-entries?action=transactions.export')).body.items;
    expect(entry).toMatchObject({
      target: { kind: 'task' },
      after: { status: '2xx,4xx' },
      details: { namespaceId: namespace.id },
    });
  });

  test('of one person names in the audit their account alone', async () => {
    const { tenant, namespace, at } = await aPlace();
    const account = await tenant.given.account();
    const recorded = async (person: string) => {
      expect((await tenant.client.post(`${at}/export`, { person })).status).toBe(202);
      const [entry] = (await tenant.client.get('/audit-entries?action=transactions.export')).body.items;
      expect(JSON.stringify(entry)).not.toContain(person);
      return entry.details;
    };
    const { id: namespaceId } = namespace;
    expect(await recorded(account.email)).toEqual({ namespaceId, accountIds: [account.id] });
    expect(await recorded('as the provider says')).toEqual({ namespaceId, accountIds: [] });
  });

  test('of one namespace is for who may read that one, and stops with the right', async () => {
    const { tenant, namespace, at, reported } = await aPlace();
    await reported({});
    const { client, groupId } = await tenant.given.machine([{ permission: 'logging.view', namespaceId: namespace.id }]);
    const { body: task } = await client.post(`${at}/export`, {});
    expect(await done(tenant, task)).toMatchObject({ state: 'done' });
    expect((await client.get(`/tasks/${task.id}/result`)).status).toBe(200);
    await tenant.client.post(`/groups/${groupId}/disable`);
    expect((await client.get(`/tasks/${task.id}/result`)).status).toBe(403);
  });
});

describe('retention', () => {
  test('is 30 days, is changed with If-Match and recorded, and nothing older is shown', async () => {
    const { tenant, at, reported, list } = await aPlace();
    const day = 86_400;
    await reported({ at: ago(6 * day) }, { at: ago(2 * day) }, { at: ago(40 * day), path: '/left-out' });
    expect((await list()).total).toBe(2);
    const before = await tenant.client.get('/transaction-retention');
    expect(before.body).toMatchObject({ days: 30, actions: [{ allowed: true }] });
    expect((await tenant.client.put('/transaction-retention', { days: 5 })).status).toBe(428);
    for (const days of [0, 91, 1.5, '7'])
      expect((await tenant.client.put('/transaction-retention', { days }, '*')).status).toBe(400);
    const changed = await tenant.client.put('/transaction-retention', { days: 5 }, before.etag);
    expect(changed, changed.text).toMatchObject({ status: 200, body: { days: 5 } });
    expect((await tenant.client.put('/transaction-retention', { days: 6 }, before.etag)).status).toBe(412);
    const [entry] = (await tenant.client.get('/audit-entries?action=transactions.change-retention')).body.items;
    expect(entry).toMatchObject({ before: { days: 30 }, after: { days: 5 } });
    expect((await list()).total).toBe(1);
    expect((await list(`?from=${ago(30 * day)}`)).total).toBe(1);
    const { body } = await tenant.client.get(`${at}/histogram?from=${ago(30 * day)}`);
    expect(Date.parse(body.from)).toBeGreaterThan(Date.now() - 5.1 * day * 1000);
  });

  test('a node makes the partitions of the next days and drops those of days that are over, by itself and again', async () => {
    const apart = await aPlatform({ regions: ['au'] });
    const has = async (daysFromNow: number) => {
      const [row] = await apart.sql(
        'au',
        `select to_regclass('transactions_' || to_char((now() at time zone 'UTC')::date + $1::int, 'YYYYMMDD')) is not null as there`,
        [daysFromNow],
      );
      return row.there as boolean;
    };
    await apart.sql('au', `select make_transaction_partition((now() at time zone 'UTC')::date - 80)`);
    expect([await has(-80), await has(13)]).toEqual([true, false]);
    await apart.shiftClock('au', '12 days');
    await apart.startAnother();
    await expect.poll(async () => [await has(-80), await has(13), await has(14)]).toEqual([false, true, true]);
    expect(await has(15)).toBe(false);
    // `jobs.test.ts` has it that a chore is done again; there is room for two days of failures.
    expect(keepingPartitions().everySeconds).toBeLessThan(86_400);
  });

  test('partitions that no tenant may see are dropped, and those of the next days are there', async () => {
    const apart = await aPlatform({ regions: ['au'] });
    const partitions = async () =>
      (
        await apart.sql(
          'au',
          `select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = 'transactions'::regclass order by 1`,
        )
      ).map(({ relname }) => relname as string);
    const call = (text: string) => apart.sql('au', text);
    await call(
      `select make_transaction_partition((now() at time zone 'UTC')::date - n) from unnest(array[-2, -1, 0, 1, 80]) n`,
    );
    const before = await partitions();
    expect(before.length).toBeGreaterThanOrEqual(3);
    await apart.shiftClock('au', '12 days');
    await call('select drop_transaction_partitions()');
    await apart.shiftClock('au', '0');
    expect(await partitions()).toEqual(before.slice(1));
    await expect(call(`select make_transaction_partition('2001-01-01')`)).rejects.toThrow('no day to keep');
  });
});
