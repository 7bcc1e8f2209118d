import { beforeAll, expect, test } from 'vitest';
import { isId, newId } from '../../src/kernel/ids.ts';
import type { Operation } from '../../src/kernel/operation.ts';
import { operations as everything } from '../../src/node.ts';
import { aPlatform, aTenant, type Client, type Reply, type TestPlatform, type TestTenant } from '../harness.ts';
import { bodies, type Placeholders } from '../isolation/bodies.ts';
import { checksum, populate } from '../isolation/tenants.ts';
import { callers, fieldsOf, withField } from './objects.ts';

/**
 * From the contract: operations of a tenant in any order, many at once, with ids of its own objects as they come and go,
 * of another tenant and of nobody, and with bodies that are half right. Whatever happens, nothing is a 5xx, nothing of
 * the other tenant is answered or changed, and what lists are found by stays true.
 *
 * `STORM_SEED` and `STORM_REQUESTS` make another one, or a longer one.
 */

const REQUESTS = Number(process.env.STORM_REQUESTS ?? 1_500);
const AT_ONCE = 12;

let seed = Number(process.env.STORM_SEED ?? 42);
const below = (n: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((seed / 2 ** 31) * n);
};
const oneOf = <T>(values: readonly T[]): T => values[below(values.length)] as T;
const inPercent = (percent: number) => below(100) < percent;

/** What would end the storm: the tenant itself, or the rights of who asks. */
const calm = /^(tenants\.(close|suspend|read-only)|single-sign-on\.|sessions\.|registrations\.|sign-in|me\.erase)/;
const operations = everything.filter(
  ({ id, access }) => ['allow', 'member', 'own', 'deciding'].includes(access.kind) && !calm.test(id),
);
/** What this part of the product is about comes as often as all the rest. */
const people = operations.filter(({ id }) => /^(accounts|groups|access)\./.test(id));

let platform: TestPlatform;
let tenant: TestTenant;
let other: TestTenant;
let foreign: Placeholders;
let callerOf: (operation: Operation) => Client;
/** Ids of objects of the tenant, by the path segment before them. */
const known = new Map<string, string[]>();
/** What things of the other tenant are called; nobody says it in the storm. */
let secrets: string[];

beforeAll(async () => {
  platform = await aPlatform({
    regions: ['au'],
    env: { BAILIWICK_REQUESTS_PER_SECOND: '1000000', BAILIWICK_POOL_SIZE: '6' },
  });
  tenant = await aTenant(platform);
  other = await aTenant(platform);
  const own = await populate(platform, tenant);
  foreign = await populate(platform, other);
  callerOf = await callers(platform, tenant, own);
  for (const [noun, id] of Object.entries(own)) known.set(noun, [id]);
  const lists = ['accounts', 'groups', 'namespaces', 'service-accounts', 'provisioning-tokens', 'domains'];
  const replies = await Promise.all(lists.map((list) => other.client.get(`/${list}`)));
  const texts: string[] = replies.flatMap(({ body }) =>
    body.items.flatMap((item: Record<string, string | null>) => [item.name, item.email, item.username]),
  );
  // Names that `aName` made: no other tenant has them.
  secrets = [...new Set(texts)].filter((text) => /-[0-9a-z]{8,}-\d+/.test(text ?? ''));
  expect(secrets.length).toBeGreaterThan(5);
}, 120_000);

const idOf = (noun: string): string => {
  const others = foreign[noun];
  if (others && isId(others) && inPercent(10)) return others;
  if (inPercent(5)) return newId();
  return oneOf(known.get(noun) ?? [newId()]);
};

function addressOf({ path }: Operation): string {
  const segments = path.split('/');
  return segments
    .map((segment, at) => {
      if (!segment.startsWith(':')) return segment;
      if (segment === ':tenantId') return inPercent(3) ? other.id : tenant.id;
      return inPercent(2) ? oneOf(['0', '%00', '..%2f', 'null', '%F0%9F%92%A5']) : idOf(segments[at - 1] as string);
    })
    .join('/');
}

/** What `bodies` is given: other ids each time. */
const withIds = new Proxy({} as Placeholders, {
  get: (_, noun: string) => (noun === 'tenantId' ? tenant.id : idOf(noun)),
});

const strange = [null, '', ' ', 'x'.repeat(5_000), -1, 0, 1e308, true, [], {}, [null], 'ÄÖ\u0301', '%', '*', "'; --"];

/** A valid body of the operation; of half of them up to three fields are otherwise. */
function bodyOf(operation: Operation): unknown {
  if (!operation.body) return undefined;
  let body = bodies[operation.id]?.(withIds).body ?? {};
  const fields = fieldsOf(operation.body);
  for (let changes = inPercent(50) ? 0 : 1 + below(3); changes > 0 && fields.length > 0; changes--) {
    const { path } = oneOf(fields);
    const value = oneOf([
      () => undefined,
      () => oneOf(strange),
      () => `storm ${below(50)}`,
      () => idOf(oneOf(['accounts', 'groups', 'service-accounts', 'namespaces'])),
      () => Array.from({ length: 1 + below(4) }, () => idOf('accounts')),
    ])();
    body = withField(body, path, value);
  }
  return body;
}

const etags = ['*', '*', '*', '"1"', '"2"', '"7"', 'W/"1"', 'nonsense', '*, "1"'];

function queryOf({ id, method }: Operation): string {
  if (method !== 'GET') return '';
  const { query = '' } = bodies[id]?.(withIds) ?? {};
  if (query && inPercent(50)) return query;
  const asked = oneOf([
    '',
    '',
    'limit=2',
    'limit=0',
    'sort=-createdAt',
    'sort=nonsense',
    'q=a',
    'q=%25',
    'cursor=eyJ9',
    'q=',
  ]);
  return asked && `?${asked}`;
}

const forbidden = /select |insert into|constraint|relation "|at Object\.|node_modules|syntax error/i;

async function once(counts: Map<number, number>): Promise<void> {
  const operation = oneOf(inPercent(50) ? people : operations);
  const [address, body] = [addressOf(operation) + queryOf(operation), bodyOf(operation)];
  const headers: Record<string, string> = {};
  if (['PATCH', 'PUT', 'DELETE'].includes(operation.method) && inPercent(95)) headers['if-match'] = oneOf(etags);
  if (operation.method === 'POST' && inPercent(30)) headers['idempotency-key'] = `storm-${below(40)}`;
  const reply: Reply = await callerOf(operation).call(operation.method, address, {
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const story = `${operation.id}: ${operation.method} ${address} ${JSON.stringify({ headers, body })?.slice(0, 800)} -> ${reply.status} ${reply.text.slice(0, 500)}`;
  counts.set(reply.status, (counts.get(reply.status) ?? 0) + 1);
  expect(reply.status, story).toBeLessThan(500);
  for (const secret of secrets) expect(reply.text, story).not.toContain(secret);
  if (reply.status >= 400 && operation.path.startsWith('/v1/')) {
    expect(reply.body, story).toMatchObject({
      type: expect.stringMatching(/^urn:bailiwick:problem:/),
      status: reply.status,
    });
    expect(reply.text, story).not.toMatch(forbidden);
  }
  const noun = operation.path.split('/').at(-1) as string;
  if (reply.status === 201 && known.has(noun) && typeof reply.body?.id === 'string')
    known.get(noun)?.push(reply.body.id);
}

test('a storm of requests breaks nothing, and reaches nothing of another tenant', async () => {
  const before = await checksum(platform, other);
  const counts = new Map<number, number>();
  let left = REQUESTS;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await once(counts);
    }),
  );
  expect(await checksum(platform, other)).toBe(before);
  expect(await platform.wronglyFound('au')).toEqual([]);
  expect((await tenant.client.get('/overview')).status).toBe(200);
  // It was no storm of refusals.
  const done = [...counts].filter(([status]) => status < 300).reduce((sum, [, count]) => sum + count, 0);
  expect(done, JSON.stringify([...counts])).toBeGreaterThan(REQUESTS / 8);
}, 600_000);

test('of many who change the same at once one wins, and the others are told', async () => {
  const { accounts: [account] = [], groups: [group] = [] } = Object.fromEntries(known);
  const made = await tenant.given.account();
  const own = await tenant.given.group();
  expect(account && group).toBeTruthy();
  for (const [path, field] of [
    [`/accounts/${made.id}`, 'displayName'],
    [`/groups/${own.id}`, 'description'],
  ] as const)
    for (let round = 0; round < 5; round++) {
      const { etag } = await tenant.client.get(path);
      const replies = await Promise.all(
        Array.from({ length: 8 }, (_, at) => tenant.client.patch(path, { [field]: `${round} ${at}` }, etag)),
      );
      const won = replies.filter(({ status }) => status === 200);
      expect(replies.map(({ status }) => status).sort(), path).toEqual([200, ...Array.from({ length: 7 }, () => 412)]);
      for (const lost of replies.filter(({ status }) => status === 412)) {
        expect(lost.body.current[field], path).toBe(won[0]?.body[field]);
        expect(lost.etag, path).toBe(won[0]?.etag);
      }
      expect((await tenant.client.get(path)).body[field]).toBe(won[0]?.body[field]);
    }
});

test('the same idempotency key at once makes one thing', async () => {
  for (const [path, body] of [
    ['/accounts', { email: `once@${tenant.name}.example`, firstName: 'On', lastName: 'Ce' }],
    ['/groups', { name: 'Once' }],
  ] as const) {
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => tenant.client.post(path, body, { 'idempotency-key': `once${path}` })),
    );
    const ids = new Set(replies.filter(({ status }) => status === 201).map((reply) => reply.body.id));
    expect([...ids], JSON.stringify(replies.map(({ status, text }) => [status, text]))).toHaveLength(1);
    for (const { status } of replies) expect([201, 409]).toContain(status);
  }
});
