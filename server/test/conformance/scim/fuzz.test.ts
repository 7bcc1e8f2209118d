import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { userType } from '../../../src/protocols/scim/attributes.ts';
import { evaluate, parseFilter } from '../../../src/protocols/scim/filter.ts';
import { aPlatform } from '../../harness.ts';
import {
  anyFilter,
  anyName,
  garbage,
  operation,
  operationOfGroup,
  operationsOfBulk,
  sendable,
  text,
  user,
  validFilter,
} from './grammar.ts';
import { aScim, aWord, bulkOf, shown, unlimited, urn } from './scim.ts';

/**
 * Filters, PATCHes, Bulks and resources made of the grammar, and broken: never half a change. Ten times as many with
 * FULL=1; `storm-*.test.ts` send them by the ten thousand.
 */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);
const read = async (path: string) => (await scim.get(path)).body;
const countUsers = async (): Promise<number> => (await read('/Users?count=0')).totalResults;
const scale = process.env.FULL ? 10 : 1;
const runs = (numRuns: number) => ({ numRuns: numRuns * scale });
vi.setConfig({ testTimeout: 30_000 * scale });

test('valid filters find whom they describe', async () => {
  const own = await aScim(platform);
  const [people] = fc.sample(fc.array(user, { minLength: 40, maxLength: 40 }).map(sendable), 1);
  for (const body of people ?? []) await own.post('/Users', body);
  const all: { id: string }[] = (await own.get('/Users?count=1000')).body.Resources;
  await own.given.group({ members: all.slice(0, 3).map(({ id }) => ({ value: id })) });
  const resources = (await own.get('/Users?count=1000')).body.Resources;
  expect(resources.length).toBeGreaterThan(10);

  await fc.assert(
    fc.asyncProperty(validFilter('Users'), async (filter) => {
      const reply = await own.post('/Users/.search', { filter, count: 1000 });
      const meant = resources.filter((each: object) => evaluate(parseFilter(userType, filter), each));
      expect([reply.status, shown(reply, 'id').sort()]).toEqual([
        200,
        shown({ body: { Resources: meant } }, 'id').sort(),
      ]);
    }),
    runs(200),
  );
});

test('any filter: 200 or 400 invalidFilter, the same by GET and by .search', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyFilter.map(sendable),
      fc.constantFrom('Users' as const, 'Groups' as const),
      async (filter, resource) => {
        const reply = await scim.post(`/${resource}/.search`, { filter, count: 5 });
        if (reply.status !== 200) expect([reply.status, reply.body.scimType]).toEqual([400, 'invalidFilter']);
        if (filter !== '') expect((await scim.find(resource, filter, { count: 5 })).status).toBe(reply.status);
      },
    ),
    runs(200),
  );
});

test('sortBy, paging and projection of anything: 200 or 400', async () => {
  const asked = fc.record(
    {
      sortBy: anyName,
      sortOrder: fc.constantFrom('ascending', 'descending', 'ascending', 'x'),
      startIndex: fc.oneof(fc.integer({ min: -5, max: 50 }), fc.integer(), text),
      count: fc.oneof(fc.integer({ min: -5, max: 50 }), fc.integer(), text),
      cursor: fc.oneof(fc.constant(''), text, fc.base64String()),
      attributes: fc.array(anyName, { maxLength: 4 }).map(String),
      excludedAttributes: fc.array(anyName, { maxLength: 4 }).map(String),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(asked, fc.constantFrom('Users', 'Groups'), async (parameters, resource) => {
      const pairs = Object.entries(parameters).map(
        ([name, value]) => `${name}=${encodeURIComponent(String(value).toWellFormed())}`,
      );
      const { status } = await scim.get(`/${resource}?${pairs.join('&')}`);
      expect([200, 400]).toContain(status);
    }),
    runs(150),
  );
});

test('PATCH of a user: all or nothing, and the reply is what is stored', async () => {
  const { id } = await scim.given.user({ name: { givenName: 'A' }, roles: [{ value: 'a', type: 'work' }] });
  const at = `/Users/${id}`;
  let before = await read(at);
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 4 }), async (operations) => {
      const reply = await scim.patch(at, ...operations);
      const after = await read(at);
      if (reply.status === 200) expect(after).toEqual(reply.body);
      else {
        expect([400, 409]).toContain(reply.status);
        expect(after).toEqual(before);
      }
      before = after;
    }),
    runs(200),
  );
});

test('PATCH of a group: all or nothing', async () => {
  const ids = (await Promise.all(Array.from({ length: 4 }, () => scim.given.user()))).map(({ id }) => id as string);
  const { id } = await scim.given.group({ members: [{ value: ids[0] }] });
  const at = `/Groups/${id}`;
  let before = await read(at);
  await fc.assert(
    fc.asyncProperty(fc.array(operationOfGroup(ids), { minLength: 1, maxLength: 3 }), async (operations) => {
      const { status } = await scim.patch(at, ...operations);
      const after = await read(at);
      expect([204, 400, 409]).toContain(status);
      if (status !== 204) expect(after).toEqual(before);
      for (const each of after.members ?? []) expect(ids).toContain(each.value);
      before = after;
    }),
    runs(150),
  );
});

test('POST of anything: what is 201 is there as replied and can be put back, what is not is nobody', async () => {
  let total = await countUsers();
  await fc.assert(
    fc.asyncProperty(user, async (body) => {
      const reply = await scim.post('/Users', body);
      if (reply.status === 201) {
        total++;
        expect(await read(`/Users/${reply.body.id}`)).toEqual(reply.body);
        const put = await scim.put(`/Users/${reply.body.id}`, reply.body);
        expect([put.status, put.body]).toEqual([200, reply.body]);
      } else expect([400, 409]).toContain(reply.status);
      expect(await countUsers()).toBe(total);
    }),
    runs(150),
  );
});

test('Bulk of anything: one answer for each operation, and as many people as the answers say', async () => {
  let total = await countUsers();
  const most = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 3 });
  await fc.assert(
    fc.asyncProperty(operationsOfBulk, most, async (operations, failOnErrors) => {
      const reply = await scim.post(
        '/Bulk',
        bulkOf(operations as object[], failOnErrors === undefined ? {} : { failOnErrors }),
      );
      expect(reply.status).toBe(200);
      const answers: { status: string; location?: string }[] = reply.body.Operations;
      if (failOnErrors === undefined) expect(answers).toHaveLength(operations.length);
      for (const { status } of answers) expect(['200', '201', '204', '400', '404', '409', '412']).toContain(status);
      const people = (wanted: string) =>
        answers.filter(({ status, location }) => status === wanted && location?.includes('/Users/')).length;
      total += people('201') - people('204');
      expect(await countUsers()).toBe(total);
    }),
    runs(150),
  );
  expect(shown(await scim.find('Users', `${urn.enterprise}:manager.value sw "bulkId:"`), 'id')).toEqual([]);
});

test('bodies of any text: 4xx, and the server goes on', async () => {
  await fc.assert(
    fc.asyncProperty(
      garbage,
      fc.constantFrom('/Users', '/Groups', '/Bulk', '/Users/.search', '/.search'),
      async (body, at) => {
        const { status } = await scim.send('POST', at, body);
        expect(status).toBeLessThan(500);
        if (at === '/Users' || at === '/Groups') expect(status).toBe(400);
      },
    ),
    runs(150),
  );
  expect((await scim.post('/Users', { userName: aWord() })).status).toBe(201);
});
