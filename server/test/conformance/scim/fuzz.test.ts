import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, bulkOf, patchOf, shown, unlimited, urn } from './scim.ts';

/** Filters, PATCHes, Bulks and resources made of the grammar, and broken: never a 5xx, never half a change. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);
const read = async (path: string) => (await scim.get(path)).body;
const runs = { numRuns: 150 };

const anyCase = (text: string) => fc.mixedCase(fc.constant(text));
const one = (...texts: string[]) => fc.constantFrom(...texts);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  one('', 'work', '%', '_', '\\', "'", '"', '$1', 'É', 'ß', '\u0000', '2026-01-01T00:00:00Z', 'True', 'null', '🎌'),
);
const attribute = one(
  'userName',
  'id',
  'externalId',
  'active',
  'title',
  'name',
  'name.givenName',
  'emails',
  'emails.value',
  'emails.type',
  'emails.primary',
  'phoneNumbers',
  'addresses.country',
  'groups',
  'groups.value',
  'groups.display',
  'roles',
  'x509Certificates.value',
  'meta',
  'meta.created',
  'meta.lastModified',
  'meta.version',
  'meta.location',
  'meta.resourceType',
  'schemas',
  'password',
  'displayName',
  'members',
  'members.value',
  'members.$ref',
  'manager',
  urn.user,
  `${urn.user}:userName`,
  `${urn.user}:name.familyName`,
  urn.enterprise,
  `${urn.enterprise}:department`,
  `${urn.enterprise}:manager`,
  `${urn.enterprise}:manager.value`,
  'unknown',
  'urn:x:y',
  '__proto__',
  'constructor',
  '$ref',
);
const literal = fc.oneof(
  text.map((each) => JSON.stringify(each)),
  one('true', 'false', 'null', '0', '-1.5', '1e9', '1e999', '"', 'x'),
);
const operator = one('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le').chain(anyCase);

/** A filter by the grammar of RFC 7644, but for what attributes and values there are. */
const filter = fc.letrec<{ filter: string; inside: string }>((tie) => ({
  inside: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(one('value', 'type', 'primary', 'display', 'x'), operator, literal).map((parts) => parts.join(' ')),
    fc.tuple(tie('inside'), one('and', 'or'), tie('inside')).map((parts) => parts.join(' ')),
  ),
  filter: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc
      .tuple(
        attribute.chain((name) => fc.oneof(fc.constant(name), anyCase(name))),
        operator,
        literal,
      )
      .map((parts) => parts.join(' ')),
    attribute.map((name) => `${name} pr`),
    fc
      .tuple(attribute, tie('inside'), one('', '.value eq "x"', '.type pr'))
      .map(([name, inside, rest]) => `${name}[${inside}]${rest}`),
    fc.tuple(tie('filter'), one('and', 'or', 'AND'), tie('filter')).map((parts) => parts.join(' ')),
    tie('filter').map((inner) => `(${inner})`),
    tie('filter').map((inner) => `not (${inner})`),
  ),
})).filter;

/** The same with a piece cut out, doubled, or another put in. */
const broken = (whole: fc.Arbitrary<string>) =>
  fc
    .tuple(
      whole,
      fc.nat(),
      fc.nat(9),
      fc.oneof(text, one('(', ')', '[', ']', '"', '\\', ' and ', ' or ', 'not ', '.', ':', ' ')),
    )
    .map(([all, at, cut, put]) => {
      const place = all.length === 0 ? 0 : at % all.length;
      return all.slice(0, place) + put + all.slice(place + cut);
    });

/** Without what no body may have: NUL and lone surrogates, which are refused before anything is read. */
const sendable = (whole: string) => whole.toWellFormed().replaceAll('\0', '');

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return sendable(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [sendable(name), cleaned(part)]));
}

test('filters: 200 or 400 invalidFilter, the same by GET and by .search', async () => {
  for (let at = 0; at < 4; at++)
    await scim.given.user({ title: 'x', emails: [{ value: `${aWord()}@x.example`, type: 'work' }] });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(filter, broken(filter)).map(sendable),
      one('Users', 'Groups'),
      async (asked, resource) => {
        const reply = await scim.post(`/${resource}/.search`, { filter: asked, count: 5 });
        if (reply.status === 200) expect(reply.body.Resources.length).toBeLessThanOrEqual(reply.body.totalResults);
        else expect([reply.status, reply.body.scimType]).toEqual([400, 'invalidFilter']);
        if (asked !== '') expect((await scim.find(resource as 'Users', asked, { count: 5 })).status).toBe(reply.status);
      },
    ),
    { numRuns: 200 },
  );
});

test('sortBy, paging and projection of anything: 200 or 400', async () => {
  const parameter = fc.record(
    {
      sortBy: fc.oneof(attribute, text),
      sortOrder: one('ascending', 'descending', 'x'),
      startIndex: fc.oneof(fc.integer(), text),
      count: fc.oneof(fc.integer(), text),
      cursor: fc.oneof(text, fc.base64String()),
      attributes: fc.array(fc.oneof(attribute, text), { maxLength: 4 }).map(String),
      excludedAttributes: fc.array(attribute, { maxLength: 4 }).map(String),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(parameter, one('Users', 'Groups'), async (asked, resource) => {
      const query = Object.entries(asked).map(
        ([name, value]) => `${name}=${encodeURIComponent(String(value).toWellFormed())}`,
      );
      const { status } = await scim.get(`/${resource}?${query.join('&')}`);
      expect([200, 400]).toContain(status);
    }),
    runs,
  );
});

const json = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
);
const path = fc.oneof(
  attribute,
  fc.tuple(attribute, filter).map(([name, inner]) => `${name}[${inner}]`),
  broken(attribute),
  broken(
    fc
      .tuple(attribute, one('[type eq "work"]', '[value pr]'), one('', '.value', '.type'))
      .map((parts) => parts.join('')),
  ),
  text,
);
const value = fc.oneof(
  json,
  fc.array(
    fc.record(
      { value: json, type: one('work', 'home'), primary: fc.oneof(fc.boolean(), one('True')) },
      { requiredKeys: [] },
    ),
    { maxLength: 3 },
  ),
  fc.dictionary(fc.oneof(attribute, one('value', 'type', 'emails[type eq "work"].value')), json, { maxKeys: 4 }),
);
const operation = fc.record(
  { op: fc.oneof(one('add', 'replace', 'remove').chain(anyCase), text), path, value },
  { requiredKeys: ['op'] },
);

test('PATCH of a user: all or nothing, and the reply is what is stored', async () => {
  const { id } = await scim.given.user({
    title: 'x',
    name: { givenName: 'A' },
    emails: [{ value: `${aWord()}@x.example`, type: 'work' }],
  });
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
    { numRuns: 300 },
  );
});

test('PATCH of a group: all or nothing', async () => {
  const ids = (await Promise.all(Array.from({ length: 4 }, () => scim.given.user()))).map(({ id }) => id);
  const { id } = await scim.given.group({ members: [{ value: ids[0] }] });
  const at = `/Groups/${id}`;
  const member = fc.oneof(fc.constantFrom(...ids), fc.uuid(), text);
  const ofMembers = fc.record({
    op: one('add', 'replace', 'remove'),
    path: fc.oneof(
      fc.constant('members'),
      member.map((each) => `members[value eq ${JSON.stringify(each)}]`),
    ),
    value: fc.array(fc.oneof(fc.record({ value: member }), member), { maxLength: 3 }),
  });
  let before = await read(at);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(ofMembers, operation), { minLength: 1, maxLength: 4 }), async (operations) => {
      const { status } = await scim.patch(at, ...operations);
      const after = await read(at);
      expect([204, 400, 409]).toContain(status);
      if (status !== 204) expect(after).toEqual(before);
      for (const each of after.members ?? []) expect(ids).toContain(each.value);
      before = after;
    }),
    runs,
  );
});

test('POST and PUT of anything: what is 201 is there as replied, what is not is nobody', async () => {
  const resource = fc.record(
    {
      userName: fc.oneof(fc.uuid(), text, json),
      active: json,
      name: value,
      emails: value,
      addresses: value,
      roles: value,
      externalId: json,
      schemas: fc.oneof(fc.constant([urn.user]), json),
      meta: json,
      [urn.enterprise]: value,
      groups: value,
    },
    { requiredKeys: [] },
  );
  let total = (await read('/Users?count=0')).totalResults;
  await fc.assert(
    fc.asyncProperty(resource, async (body) => {
      const reply = await scim.post('/Users', body);
      if (reply.status === 201) {
        total++;
        expect(await read(`/Users/${reply.body.id}`)).toEqual(reply.body);
        const put = await scim.put(`/Users/${reply.body.id}`, reply.body);
        // What it said is what it takes, and nothing differs.
        expect([put.status, put.body]).toEqual([200, reply.body]);
      } else expect([400, 409]).toContain(reply.status);
      expect((await read('/Users?count=0')).totalResults).toBe(total);
    }),
    runs,
  );
});

test('Bulk of anything: 200 with one answer for each, and as many people as the answers say', async () => {
  const bulkId = one('a', 'b', 'c', 'd', '__proto__', '');
  const reference = bulkId.map((each) => `bulkId:${each}`);
  const user = fc.record(
    { userName: fc.oneof(fc.uuid(), text), [urn.enterprise]: fc.record({ manager: fc.record({ value: reference }) }) },
    { requiredKeys: ['userName'] },
  );
  const group = fc.record(
    { displayName: fc.oneof(fc.uuid(), text), members: fc.array(fc.record({ value: reference }), { maxLength: 2 }) },
    { requiredKeys: ['displayName'] },
  );
  const asked = fc.oneof(
    fc.record({ method: one('POST', 'post'), path: fc.constant('/Users'), bulkId, data: user }),
    fc.record({ method: fc.constant('POST'), path: fc.constant('/Groups'), bulkId, data: group }),
    fc.record({
      method: one('PATCH', 'PUT'),
      path: reference.map((each) => `/Users/${each}`),
      data: fc.oneof(
        user,
        fc.array(operation, { maxLength: 2 }).map((all) => patchOf(...all)),
        json,
      ),
    }),
    fc.record({ method: fc.constant('DELETE'), path: reference.map((each) => `/Users/${each}`) }),
    fc.record(
      {
        method: fc.oneof(one('GET', 'POST', 'DELETE'), json),
        path: fc.oneof(one('/Users', '/Bulk', '/', '/Users/../Groups'), json),
        bulkId: json,
        data: json,
        version: json,
      },
      { requiredKeys: [] },
    ),
    json,
  );
  let total = (await read('/Users?count=0')).totalResults;
  await fc.assert(
    fc.asyncProperty(
      fc.array(asked, { maxLength: 6 }),
      fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      async (operations, failOnErrors) => {
        const reply = await scim.post(
          '/Bulk',
          bulkOf(cleaned(operations) as object[], failOnErrors === undefined ? {} : { failOnErrors }),
        );
        expect(reply.status).toBe(200);
        const answers: { status: string; location?: string; method?: string }[] = reply.body.Operations;
        expect(answers.length).toBeLessThanOrEqual(operations.length);
        if (failOnErrors === undefined) expect(answers).toHaveLength(operations.length);
        for (const { status } of answers) expect(['200', '201', '204', '400', '404', '409', '412']).toContain(status);
        const made = answers.filter(({ status, location }) => status === '201' && location?.includes('/Users/'));
        const gone = answers.filter(({ status, location }) => status === '204' && location?.includes('/Users/'));
        total += made.length - gone.length;
        expect((await read('/Users?count=0')).totalResults).toBe(total);
      },
    ),
    runs,
  );
  const manager = `${urn.enterprise}:manager.value`;
  // Nobody is called "".
  const left = await scim.find('Users', `${manager} sw "bulkId:" and ${manager} ne "bulkId:"`);
  expect(shown(left, 'id')).toEqual([]);
});

test('bodies of any bytes: 4xx, and the server goes on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(text, broken(fc.json())),
      one('/Users', '/Groups', '/Bulk', '/Users/.search', '/.search'),
      async (body, at) => {
        const { status } = await scim.send('POST', at, body.toWellFormed());
        expect(status).toBeLessThan(500);
        if (!at.endsWith('.search') && at !== '/Bulk') expect([400, 413]).toContain(status);
      },
    ),
    runs,
  );
  expect((await scim.get('/ServiceProviderConfig')).status).toBe(200);
});
