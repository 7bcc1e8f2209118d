import { beforeAll, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, clientOf, rawRequest, type TestPlatform, type TestTenant } from '../harness.ts';

/** What a body may be over SCIM (I1, I2). Each refusal has the form of RFC 7644 section 3.12, and nothing is stored. */

const MAX_BYTES = 16 * 2 ** 20;
/** Of what is not a group. */
const MAX_WHOLE_BYTES = 2 * 2 ** 20;

let platform: TestPlatform;
let tenant: TestTenant;
let token: string;
let base: string;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
  tenant = await aTenant(platform, 'au');
  token = (await tenant.given.token()).value;
  base = `/scim/v2/${tenant.id}`;
});

async function send(
  body: string | Buffer,
  {
    path = '/Users',
    method = 'POST',
    type = 'application/scim+json',
  }: { path?: string; method?: string; type?: string } = {},
) {
  const { status, text } = await rawRequest(platform.url, {
    method,
    path: base + path,
    headers: {
      authorization: `Bearer ${token}`,
      'content-length': String(Buffer.byteLength(body)),
      ...(type === '' ? {} : { 'content-type': type }),
    },
    body,
  });
  return { status, text, body: text === '' ? undefined : JSON.parse(text) };
}

const scim = () => clientOf(platform.url, token, { 'content-type': 'application/scim+json' });
const total = async (endpoint = 'Users') =>
  (await scim().get(`${base}/${endpoint}?count=0`)).body.totalResults as number;
const aUser = (more: object = {}) => JSON.stringify({ userName: aName('user'), ...more });

function expectError({ status, text, body }: Awaited<ReturnType<typeof send>>, wanted: number, scimType?: string) {
  expect(status, text.slice(0, 500)).toBe(wanted);
  expect(body).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(wanted),
    detail: expect.any(String),
    ...(scimType === undefined ? {} : { scimType }),
  });
  expect(body.detail.length).toBeLessThan(500);
}

const endpoints: [string, string][] = [
  ['POST', '/Users'],
  ['PUT', '/Users/{id}'],
  ['PATCH', '/Users/{id}'],
  ['POST', '/Groups'],
  ['POST', '/Bulk'],
];
/** The path, with a user of its own. */
const aPath = async (path: string) =>
  path.replace('{id}', (await scim().post(`${base}/Users`, { userName: aName('user') })).body.id);

describe('Content-Type', () => {
  test.each([
    'application/scim+json',
    'application/scim+json; charset=utf-8',
    'application/scim+json;charset=UTF-8',
    'Application/SCIM+JSON',
    'application/scim+json; version=2; charset="UTF-8"',
    'application/json',
    'application/json; charset=utf-8',
  ])('%j is taken', async (type) => {
    const { status, text } = await send(aUser(), { type });
    expect(status, text).toBe(201);
  });

  test.each([
    'text/plain',
    'text/xml',
    'application/xml',
    'application/scim',
    'application/x-www-form-urlencoded',
    'application/scim+json; charset=iso-8859-1',
    'application/json; charset=utf-16',
    '',
  ])('%j: 415, nothing stored', async (type) => {
    const before = await total();
    expectError(await send(aUser(), { type }), 415);
    expect(await total()).toBe(before);
  });
});

describe('size', { timeout: 60_000 }, () => {
  test.each(endpoints)('%s %s: a byte more than the limit is 413', async (method, path) => {
    const most = path === '/Groups' ? MAX_BYTES : MAX_WHOLE_BYTES;
    const at = await aPath(path);
    const before = [await total(), await total('Groups')];
    const open = '{"userName":"big","nickName":"';
    const body = `${open}${'x'.repeat(most + 1 - open.length - 2)}"}`;
    expect(body.length).toBe(most + 1);
    // A body that is too large is not read to its end: the answer may come before it was sent.
    const reply = await send(body, { method, path: at }).catch((error) => {
      expect(error.code).toMatch(/EPIPE|ECONNRESET/);
      return undefined;
    });
    if (reply) expectError(reply, 413);
    expect([await total(), await total('Groups')]).toEqual(before);
  });

  test('it is refused in SCIM form before it is sent', async () => {
    const { status, text } = await rawRequest(platform.url, {
      method: 'POST',
      path: `${base}/Users`,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        'content-length': String(MAX_WHOLE_BYTES + 1),
      },
      body: '{',
    });
    expectError({ status, text, body: JSON.parse(text) }, 413);
  });

  test.each([
    ['/Users', '{"userName":"blank-padded"', MAX_WHOLE_BYTES],
    ['/Groups', '{"displayName":"blank-padded"', MAX_BYTES],
  ])('%s: a body as long as the limit is read', async (path, open, most) => {
    const reply = await send(`${open}${' '.repeat(most - open.length - 1)}}`, { path });
    expect(reply.status, reply.text).toBe(201);
  });

  test('100,000 members join by one PATCH, are listed, and leave by another', { timeout: 240_000 }, async () => {
    await platform.sql(
      'au',
      `with made as (
         insert into principals (tenant_id, id, kind) select $1, gen_random_uuid(), 'account' from generate_series(1, 100000)
         returning id)
       insert into accounts (tenant_id, id, source, username, username_canonical, username_folded, first_name, last_name, display_name, status, attributes)
       select $1, id, 'scim', 'm' || id, 'm' || id, 'm' || id, '', '', 'm', 'enabled', '{}' from made`,
      [tenant.id],
    );
    const ids = (
      await platform.sql('au', `select id from accounts where tenant_id = $1 and display_name = 'm'`, [tenant.id])
    ).map(({ id }) => id as string);
    expect(ids).toHaveLength(100_000);
    const group = await scim().post(`${base}/Groups`, { displayName: aName('large') });
    const path = `/Groups/${group.body.id}`;
    const patch = (operation: object) =>
      send(JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] }), {
        method: 'PATCH',
        path,
      });
    const value = ids.map((id) => ({ value: id }));
    const joined = await patch({ op: 'add', path: 'members', value });
    expect(joined.status, joined.text).toBe(204);
    const { status, text, body } = await scim().get(base + path);
    expect(status, text.slice(0, 500)).toBe(200);
    expect(new Set(body.members.map((member: { value: string }) => member.value))).toEqual(new Set(ids));
    expect(body.members).toHaveLength(ids.length);
    const left = await patch({ op: 'remove', path: 'members', value: value.slice(1) });
    expect(left.status, left.text).toBe(204);
    expect((await scim().get(base + path)).body.members).toMatchObject([{ value: ids[0] }]);
  });
});

describe('form', () => {
  const deep = (levels: number) => `{"userName":"deep","x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const cases: [string, string | Buffer][] = [
    ['nothing', ''],
    ['half an object', '{'],
    ['a trailing comma', '{"userName":"x",}'],
    ['single quotes', "{'userName':'x'}"],
    ['a text after it', '{"userName":"x"} more'],
    ['a number', '7'],
    ['a list', '[{"userName":"x"}]'],
    ['null', 'null'],
    ['a doubled key', '{"userName":"x","userName":"y"}'],
    ['a doubled key below', '{"userName":"x","name":{"givenName":"a","givenName":"b"}}'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['33 levels', deep(32)],
    ['10,000 levels', deep(10_000)],
    ['100,000 brackets', '['.repeat(100_000)],
  ];
  describe.each(endpoints)('%s %s', (method, path) => {
    test.each(cases)('%s: 400 invalidSyntax, nothing stored', async (_what, text) => {
      const at = await aPath(path);
      const before = [await total(), await total('Groups')];
      expectError(await send(text, { method, path: at }), 400, 'invalidSyntax');
      expect([await total(), await total('Groups')]).toEqual(before);
    });
  });

  test.each([
    ['POST', '/Users', '{"userName":"a\\u0000b"}', 'userName'],
    [
      'PUT',
      '/Users/{id}',
      '{"userName":"x","emails":[{"value":"x@example.com"},{"value":"\\ud800"}]}',
      'emails.1.value',
    ],
    ['PATCH', '/Users/{id}', '{"Operations":[{"op":"add","path":"title","value":"\\u0000"}]}', 'Operations.0.value'],
    ['POST', '/Groups', '{"displayName":"\\udfff"}', 'displayName'],
    ['POST', '/Bulk', '{"Operations":[{"data":{"userName":"\\u0000"}}]}', 'Operations.0.data.userName'],
    ['POST', '/.search', '{"filter":"userName eq \\"\\u0000\\""}', 'filter'],
  ])('%s %s of NUL or half a character: 400 invalidValue that names it', async (method, path, text, name) => {
    const before = [await total(), await total('Groups')];
    const reply = await send(text, { method, path: path.includes('{') ? await aPath(path) : path });
    expectError(reply, 400, 'invalidValue');
    expect(reply.body.detail).toBe(`${name}: contains NUL or half a character`);
    expect(await total('Groups')).toBe(before[1]);
  });

  test.each(['userName eq "\\u0000"', 'userName co "\\ud800"'])('a filter %j: 400 invalidFilter', async (filter) => {
    const reply = await scim().get(`${base}/Users?filter=${encodeURIComponent(filter)}`);
    expectError(reply, 400, 'invalidFilter');
  });

  test('32 levels are read', async () => {
    const { status, text } = await send(deep(31).replace('"deep"', `"${aName('deep')}"`));
    expect(status, text).toBe(201);
  });

  test('a key doubled in another case is one attribute, not a way around', async () => {
    const reply = await send(`{"userName":"${aName('one')}","USERNAME":"${aName('two')}"}`);
    expect([201, 400], reply.text).toContain(reply.status);
    if (reply.status === 400) expectError(reply, 400, reply.body.scimType);
  });
});
