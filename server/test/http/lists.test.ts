import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { newId } from '../../src/kernel/ids.ts';
import type { Operation } from '../../src/kernel/operation.ts';
import { operations } from '../../src/node.ts';
import { aName, aPlatform, aTenant, type Client, type TestPlatform, type TestTenant } from '../harness.ts';
import { bodies, type Placeholders } from '../isolation/bodies.ts';
import { callers, pathOf, populate } from './objects.ts';

/** I3: every list of the contract with limits, cursors, sorts and filters that make no sense. */

let platform: TestPlatform;
let tenant: TestTenant;
let ids: Placeholders;
let callerOf: (operation: Operation) => Client;

beforeAll(async () => {
  platform = await aPlatform({
    regions: ['au'],
    env: { BAILIWICK_REQUESTS_PER_SECOND: '1000000', BAILIWICK_POOL_SIZE: '8' },
  });
  tenant = await aTenant(platform, 'au');
  ids = await populate(tenant);
  callerOf = await callers(platform, tenant, ids);
});

/** With the parameters that the list needs, unless they are what is tried. */
function get(operation: Operation, query: string) {
  const needed = new URLSearchParams(bodies[operation.id]?.(ids).query ?? '');
  for (const name of new URLSearchParams(query).keys()) needed.delete(name);
  const all = [needed.toString(), query].filter(Boolean).join('&');
  return callerOf(operation).get(`${pathOf(operation, ids)}${all ? `?${all}` : ''}`);
}

const parametersOf = ({ query }: Operation) => Object.keys((query as z.ZodObject | undefined)?.shape ?? {});
const lists = operations.filter((each) => each.method === 'GET' && parametersOf(each).includes('limit'));
const paged = lists.filter((each) => parametersOf(each).includes('cursor'));

test('there are lists to try', () => {
  expect(lists.length).toBeGreaterThanOrEqual(10);
});

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

describe.each(lists.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  test('limits from 1 to 200 only', async () => {
    for (const limit of [
      '-1',
      '0',
      '201',
      '1e9',
      '1e2',
      'abc',
      '',
      ' 1',
      '1.5',
      '0x10',
      '999999999999999999999',
      '%00',
      '1,2',
      '٣',
    ])
      expect(await get(operation, `limit=${encodeURIComponent(limit).replaceAll('%25', '%')}`), limit).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'query.limit' }] },
      });
    expect((await get(operation, 'limit=1&limit=2')).status).toBe(400);
    expect((await get(operation, 'limit[]=1')).status).toBe(400);
    for (const limit of [1, 200]) {
      const reply = await get(operation, `limit=${limit}`);
      expect(reply.status, reply.text).toBe(200);
      expect(reply.body.items.length).toBeLessThanOrEqual(limit);
    }
  });

  test('unknown parameters are named', async () => {
    for (const name of ['offset', 'page', 'tenantId', 'Limit', '__proto__', 'constructor', 'select'])
      expect(await get(operation, `${name}=1`), name).toMatchObject({
        status: 400,
        body: { errors: [{ path: `query.${name}` }] },
      });
  });

  test('filters take any text without a 5xx', async () => {
    const odd = [
      '',
      ' ',
      '%',
      '_',
      '\\',
      "'",
      '"',
      '*',
      ',',
      ',,,',
      '\u202e',
      '\0',
      '\ud83d\ude00',
      'a'.repeat(5_000),
      newId(),
      '2026-01-01',
      '2026-01-01T00:00:00Z',
      '+275760-09-13T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '9999-12-31T23:59:59.999999999Z',
      "'; drop table groups; --",
      'null',
      'true',
    ];
    for (const name of parametersOf(operation))
      for (const value of odd) {
        const reply = await get(operation, new URLSearchParams({ [name]: value }).toString());
        expect([200, 400], `${name}=${JSON.stringify(value.slice(0, 40))}: ${reply.text.slice(0, 300)}`).toContain(
          reply.status,
        );
        if (reply.status === 400) expect([name, `query.${name}`]).toContain(reply.body.errors[0].path);
      }
    const broken = await get(operation, `${parametersOf(operation)[0]}=%zz&x=%c0%af`);
    expect(broken.status).toBe(400);
  }, 60_000);
});

describe.each(paged.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  test('cursors that are not its own', async () => {
    const own = (await get(operation, 'limit=1')).body.nextCursor as string | null;
    const [sort = 'createdAt'] = own ? JSON.parse(Buffer.from(own, 'base64url').toString()) : [];
    const cursors = [
      '',
      'x',
      '%',
      '!!!!',
      'null',
      'a'.repeat(501),
      Buffer.from('[]').toString('base64url'),
      Buffer.from('{"__proto__":1}').toString('base64url'),
      Buffer.from('['.repeat(300)).toString('base64url'),
      cursorOf(sort, 'x'),
      cursorOf(sort, null, null),
      cursorOf(sort, 'x', 'not-an-id'),
      cursorOf(sort, 'not a time', newId()),
      cursorOf(sort, '2026-01-01 00:00:00+00', `${newId()}' or true --`),
      cursorOf(sort, '2026-13-45 99:99:99+00', newId()),
      cursorOf(sort, '0000-00-00 00:00:00+00', newId()),
      cursorOf(sort, '2026-02-31 00:00:00+00', newId()),
      cursorOf(sort, '2026-01-01 00:00:00+99', newId()),
      cursorOf(sort, 'a\0b', newId()),
      cursorOf(sort, '\ud800', newId()),
      cursorOf(`${sort}; drop table groups`, 'x', newId()),
      cursorOf('another', 'x', newId()),
      cursorOf('__proto__', 'x', newId()),
    ];
    for (const cursor of cursors) {
      const reply = await get(operation, `cursor=${encodeURIComponent(cursor)}`);
      const story = `${cursor.slice(0, 80)} (${Buffer.from(cursor, 'base64url').toString().slice(0, 80)}): ${reply.text.slice(0, 300)}`;
      // A well-formed place in a list by text is nowhere in particular: then the page after it is shown.
      expect(sort.includes('At') || sort === 'at' || sort === '-at' ? [400] : [200, 400], story).toContain(
        reply.status,
      );
      if (reply.status === 400) expect(reply.body.errors[0].path, story).toBe('query.cursor');
    }
    if (own) {
      const another = parametersOf(operation).includes('sort')
        ? await get(
            operation,
            `cursor=${encodeURIComponent(own)}&sort=${sort.startsWith('-') ? sort.slice(1) : `-${sort}`}`,
          )
        : undefined;
      if (another) expect(another).toMatchObject({ status: 400, body: { errors: [{ path: 'query.cursor' }] } });
      for (const changed of [`${own}x`, own.slice(1), own.slice(0, -3), own.toUpperCase(), `${own}${own}`])
        expect([200, 400]).toContain((await get(operation, `cursor=${encodeURIComponent(changed)}`)).status);
    }
  });

  test('sorts: those that it has, both ways, every page once', async () => {
    for (const sort of [
      '',
      '-',
      '--createdAt',
      'created_at',
      'tenantId',
      'id;--',
      'createdAt,name',
      'random()',
      '__proto__',
    ])
      expect(await get(operation, `sort=${encodeURIComponent(sort)}`), sort).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'query.sort' }] },
      });
    const { shape } = operation.query as unknown as { shape: { sort?: z.ZodOptional<z.ZodEnum> } };
    for (const sort of (shape.sort?.unwrap().options ?? []) as string[]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      for (let pages = 0; pages < 50; pages++) {
        const reply = await get(
          operation,
          `limit=3&sort=${sort}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
        );
        if (reply.status === 400 && operation.access.kind === 'credential') break; // a sort of others' lists
        expect(reply.status, `${sort}: ${reply.text}`).toBe(200);
        seen.push(...reply.body.items.map(({ id }: { id: string }) => id));
        cursor = reply.body.nextCursor;
        if (!cursor) break;
      }
      expect(new Set(seen).size, sort).toBe(seen.length);
    }
  }, 60_000);
});

test('wildcards are letters: q finds what was typed', async () => {
  const mark = aName('wild').replaceAll('-', '');
  const names = [`${mark} 100% sure`, `${mark} a_b`, `${mark} back\\slash`, `${mark} quote'd`, `${mark} plain`];
  for (const name of names) await tenant.given.group({ name });
  const found = async (q: string) =>
    (await tenant.client.get(`/groups?q=${encodeURIComponent(q)}`)).body.items.map(
      ({ name }: { name: string }) => name,
    );
  expect(await found(`${mark} 100%`)).toEqual([names[0]]);
  expect(await found('a_b')).toEqual([names[1]]);
  expect(await found('\\')).toEqual([names[2]]);
  expect(await found("'")).toEqual([names[3]]);
  expect(await found(`${mark} %`)).toEqual([]);
  expect(await found(`${mark}_`)).toEqual([]);
  expect((await found(mark)).length).toBe(5);
  expect(await found(mark.toUpperCase())).toHaveLength(5);
  expect((await tenant.client.get(`/groups?q=${'%25'.repeat(201)}`)).status).toBe(400);
  const began = performance.now();
  expect((await tenant.client.get(`/groups?q=${'%25_'.repeat(100)}`)).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a cursor of one tenant shows nothing of it in another', async () => {
  const other = await aTenant(platform, 'au');
  for (let count = 0; count < 3; count++) await other.given.group();
  const { nextCursor } = (await other.client.get('/groups?limit=1')).body;
  const mine = (await tenant.client.get(`/groups?cursor=${encodeURIComponent(nextCursor)}`)).body.items ?? [];
  const theirs = new Set((await other.client.get('/groups')).body.items.map(({ id }: { id: string }) => id));
  expect(mine.filter(({ id }: { id: string }) => theirs.has(id))).toEqual([]);
});
