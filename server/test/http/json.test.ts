import { beforeAll, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, rawRequest, type TestPlatform, type TestTenant } from '../harness.ts';

/** I1 and I2: what a body may be, in type and in form. Each refusal says what is wrong, and nothing is stored. */

let platform: TestPlatform;
let tenant: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
  tenant = await aTenant(platform, 'au');
});

const groupCount = async () => (await tenant.client.get('/groups')).body.total as number;

async function post(body: string | Buffer, headers: Record<string, string> = {}) {
  const { status, text } = await rawRequest(platform.url, {
    method: 'POST',
    path: `${tenant.path}/groups`,
    headers: {
      authorization: `Bearer ${tenant.ownerKey}`,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  });
  return { status, text, body: JSON.parse(text) };
}

const aGroup = () => JSON.stringify({ name: aName('typed') });

describe('Content-Type', () => {
  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    ' application/json ',
  ])('%j is taken', async (type) => {
    expect((await post(aGroup(), { 'content-type': type })).status).toBe(201);
  });

  test.each([
    'text/plain',
    'text/plain; application/json',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; x=y',
    'application/json\t; boundary=x',
    'application/jsonp',
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/scim+json',
    'application/vnd.api+json',
    'json',
    '*/*',
    ';',
    'application/ json',
  ])('%j: 415, nothing stored', async (type) => {
    const before = await groupCount();
    const reply = await post(aGroup(), { 'content-type': type });
    expect(reply.status, reply.text).toBe(415);
    expect(reply.body.type).toBe('urn:bailiwick:problem:unsupported-media-type');
    expect(await groupCount()).toBe(before);
  });

  test.each(['application/json\tx', '\tapplication/json', 'application/json;', 'application/json;;charset=utf-8'])(
    '%j: refused, or read as the JSON it is',
    async (type) => {
      const reply = await post('{"name":1}', { 'content-type': type });
      // Never taken unread (a parser that is passed by would let the name through).
      expect([400, 415], reply.text).toContain(reply.status);
    },
  );

  test('none: 415', async () => {
    const { status } = await rawRequest(platform.url, {
      method: 'POST',
      path: `${tenant.path}/groups`,
      headers: { authorization: `Bearer ${tenant.ownerKey}` },
      body: aGroup(),
    });
    expect(status).toBe(415);
  });

  test.each(['gzip', 'deflate', 'br', 'x'])('Content-Encoding %s is not undone', async (encoding) => {
    const reply = await post(Buffer.from([0x1f, 0x8b, 0x08, 0x00]), { 'content-encoding': encoding });
    expect([400, 415], reply.text).toContain(reply.status);
  });
});

describe('form', () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const deepList = (levels: number) => `{"name":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const cases: [string, () => string | Buffer, RegExp][] = [
    ['10,000 objects deep', () => deep(10_000), /levels deep/],
    ['10,000 lists deep', () => deepList(10_000), /levels deep/],
    ['100,000 opening brackets', () => '['.repeat(100_000), /levels deep/],
    ['a doubled key', () => '{"name":"one","name":"two"}', /names a field twice/],
    ['a key doubled by an escape', () => '{"name":"one","n\\u0061me":"two"}', /names a field twice/],
    ['a key doubled by another escape', () => '{"\\u006eame":"one","\\u006Eame":"two"}', /names a field twice/],
    ['a key doubled below', () => '{"name":"one","x":{"a":1,"b":2,"a":3}}', /names a field twice/],
    [
      'more fields than one looks through',
      () => `{"name":"x",${Array.from({ length: 10_001 }, (_, at) => `"k${at}":1`)}}`,
      /more than 10000 fields/,
    ],
    ['NUL by escape', () => '{"name":"a\\u0000b"}', /NUL or half a character/],
    ['NUL as it is', () => '{"name":"a\0b"}', /is not JSON/],
    ['half a character by escape', () => '{"name":"a\\ud800b"}', /half a character/],
    ['the other half', () => '{"name":"a\\uDC00b"}', /half a character/],
    ['halves in the wrong order', () => '{"name":"\\udc00\\ud800"}', /half a character/],
    ['half a character in a key', () => '{"\\ud800":"a","name":"x"}', /half a character/],
    ['bytes that are not UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), /is not UTF-8/],
    [
      'an overlong sequence',
      () => Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
      /is not UTF-8/,
    ],
    [
      'a surrogate in UTF-8',
      () => Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
      /is not UTF-8/,
    ],
    ['UTF-16', () => Buffer.from('{"name":"x"}', 'utf16le'), /is not|name/],
    ['a trailing comma', () => '{"name":"x",}', /is not JSON/],
    ['a comment', () => '{"name":"x"/* */}', /is not JSON/],
    ['single quotes', () => "{'name':'x'}", /is not JSON/],
    ['NaN', () => '{"name":NaN}', /is not JSON/],
    ['two documents', () => '{"name":"x"}{"name":"y"}', /is not JSON/],
    ['half a document', () => '{"name":"x"', /is not JSON/],
    ['an open text', () => '{"name":"x', /is not JSON/],
    ['an escape at the end', () => '{"name":"x\\', /is not JSON/],
    ['a line break in a text', () => '{"name":"a\nb"}', /is not JSON/],
  ];

  test.each(cases)('%s', async (_what, body, says) => {
    const before = await groupCount();
    const reply = await post(body());
    expect(reply.status, reply.text).toBe(400);
    expect(reply.body.type).toBe('urn:bailiwick:problem:invalid-request');
    expect(reply.body.errors[0].message).toMatch(says);
    expect(await groupCount()).toBe(before);
  });

  const half = 'contains NUL or half a character';
  const halfName = 'has a field whose name contains NUL or half a character';
  test.each([
    ['NUL', '{"name":"a\\u0000b"}', [{ path: 'name', message: half }]],
    [
      'every place of it',
      '{"name":"\\u0000","description":"é","x":{"list":["fine",{"y":"\\ud800"}]},"grin":"\\ud83d\\ude00"}',
      [
        { path: 'name', message: half },
        { path: 'x.list.1.y', message: half },
      ],
    ],
    ['in a name', '{"x":{"a\\u0000b":1}}', [{ path: 'x', message: halfName }]],
    ['in a name at the top', '{"\\ud800":1}', [{ path: 'body', message: halfName }]],
    ['in the whole', '"\\udfff"', [{ path: 'body', message: half }]],
  ])('NUL and halves of characters: the field is named: %s', async (_what, body, errors) => {
    const reply = await post(body);
    expect(reply.status, reply.text).toBe(400);
    expect(reply.body.errors).toEqual(errors);
  });

  test('what is told of them is bounded', async () => {
    const reply = await post(JSON.stringify({ name: 'x', list: Array.from({ length: 20_000 }, () => '\ud800') }));
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toHaveLength(50);
    expect(reply.text.length).toBeLessThan(10_000);
  });

  test.each(['q=%00', 'q=a%00b', 'a%00b=1', 'q=%ED%A0%80', '%ED%A0%80=1'])(
    'in the query %s: refused by its name, or taken as it is written',
    async (query) => {
      const reply = await tenant.client.get(`/groups?${query}`);
      if (reply.status === 200) return expect(reply.body.items).toEqual([]);
      expect(reply.status, reply.text).toBe(400);
      return expect(reply.body.errors[0].path).toMatch(/^query\../);
    },
  );

  test.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '1'],
    ['an empty object', '{}'],
  ])('%s instead of the object: 400', async (_what, body) => {
    const reply = await post(body);
    expect(reply.status, reply.text).toBe(400);
    expect(reply.body.errors.length).toBeGreaterThan(0);
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', ''])(
    'the key %j is an unknown field, and pollutes nothing',
    async (name) => {
      const reply = await post(`{"name":"x",${JSON.stringify(name)}:{"isOwner":true,"description":"polluted"}}`);
      expect(reply.status, reply.text).toBe(400);
      expect(({} as { isOwner?: boolean }).isOwner).toBeUndefined();
      expect((await tenant.client.get('/groups?q=polluted')).body.items).toEqual([]);
    },
  );

  test('what JSON allows is taken: escapes, astral characters, white space', async () => {
    const name = aName('escaped');
    const reply = await post(
      `\n\t{ "n\\u0061me" : "${name} \\uD83D\\ude00" , "description":"\u00e9 \u4f60 \\u00e9" }\r\n`,
    );
    expect(reply.status, reply.text).toBe(201);
    expect(reply.body).toMatchObject({ name: `${name} 😀`, description: 'é 你 é' });
  });

  test('equal keys in different objects are no doubles', async () => {
    const group = await tenant.given.group();
    const grants = [{ permission: 'groups.view' }, { permission: 'groups.change' }];
    expect((await tenant.client.put(`/groups/${group.id}/grants`, { grants }, '*')).status).toBe(200);
  });

  test('a mistake in the body does not come before a missing right', async () => {
    const machine = await tenant.given.machine();
    for (const body of ['{', '{"name":"x","name":"y"}', '[['])
      expect((await machine.client.post('/groups', body)).status).toBe(403);
  });

  test('a body where none belongs: 400; an empty one is nothing', async () => {
    const group = await tenant.given.group();
    expect((await tenant.client.post(`/groups/${group.id}/disable`, { name: 'x' })).status).toBe(400);
    expect((await tenant.client.post(`/groups/${group.id}/disable`, {})).status).toBe(200);
    expect((await tenant.client.post(`/groups/${group.id}/enable`)).status).toBe(200);
  });
});
