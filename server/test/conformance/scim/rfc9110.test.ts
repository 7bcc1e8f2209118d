import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, rawRequest, type TestPlatform } from '../../harness.ts';
import { aScim, aWord, bulkOf, patchOf, problem, type Scim, scimJson, unlimited } from './scim.ts';

/** HTTP below SCIM (RFC 9110), where clients and their libraries differ: what is odd is taken or refused in words. */

let platform: TestPlatform;
let scim: Scim;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: unlimited });
  scim = await aScim(platform);
});

async function raw(method: string, path: string, headers: Record<string, string> = {}, body: string | Buffer = '') {
  const authorization = `Bearer ${scim.token.value}`;
  const { status, text } = await rawRequest(platform.url, {
    method,
    path: scim.base + path,
    headers: { authorization, 'content-length': String(body.length), ...headers },
    body,
  });
  return { status, body: text === '' ? undefined : JSON.parse(text) };
}

const aUser = () => JSON.stringify({ userName: aWord('user') });
const retitled = (title: string) => patchOf({ op: 'replace', path: 'title', value: title });

describe('13.1 preconditions', () => {
  const stale = 'W/"99"';

  test.each(['W/"1"', '"1"', '*', 'W/"7", W/"1"'])('If-Match %s: the version that is there', async (tag) => {
    const at = `/Users/${(await scim.given.user({})).id}`;
    expect((await scim.get(at, { 'if-match': tag })).status).toBe(200);
    expect(await scim.send('PATCH', at, retitled('Dr'), { 'if-match': tag })).toMatchObject({ body: { title: 'Dr' } });
  });

  test.each([stale, '1', '', 'W/1', '"1'])('If-Match %j: 412, and nothing is done', async (tag) => {
    for (const made of [await scim.given.user({}), await scim.given.group({})]) {
      const at = made.meta.location.slice(scim.url.length);
      const body = { displayName: aWord(), userName: aWord() };
      const operation = patchOf({ op: 'replace', path: 'displayName', value: aWord() });
      expect(await scim.put(at, body, { 'if-match': tag })).toMatchObject(problem(412));
      expect(await scim.send('PATCH', at, operation, { 'if-match': tag })).toMatchObject(problem(412));
      expect(await scim.delete(at, { 'if-match': tag })).toMatchObject(problem(412));
      expect(await scim.get(at, { 'if-match': tag })).toMatchObject(problem(412));
      expect((await scim.get(at)).body).toEqual(made);
    }
  });

  test('If-None-Match: a change of the version that it names is 412, of another one it is made', async () => {
    for (const made of [await scim.given.user({}), await scim.given.group({})]) {
      const at = made.meta.location.slice(scim.url.length);
      const operation = () => patchOf({ op: 'replace', path: 'displayName', value: aWord() });
      for (const tag of ['*', made.meta.version]) {
        expect(await scim.send('PATCH', at, operation(), { 'if-none-match': tag })).toMatchObject(problem(412));
        expect(await scim.put(at, { displayName: aWord(), userName: aWord() }, { 'if-none-match': tag })).toMatchObject(
          problem(412),
        );
        expect(await scim.delete(at, { 'if-none-match': tag })).toMatchObject(problem(412));
      }
      expect((await scim.get(at)).body).toEqual(made);
      expect([200, 204]).toContain((await scim.send('PATCH', at, operation(), { 'if-none-match': stale })).status);
    }
  });

  test('what a Bulk came with is not of its operations', async () => {
    const { id } = await scim.given.user({});
    const operations = bulkOf([{ method: 'PATCH', path: `/Users/${id}`, data: retitled('Dr') }]);
    for (const name of ['if-match', 'if-none-match'])
      expect((await scim.post('/Bulk', operations, { [name]: name === 'if-match' ? stale : '*' })).body).toMatchObject({
        Operations: [{ status: '200' }],
      });
  });
});

describe('8.4 and 10.1.1 bodies', () => {
  test('compressed: 415 that says so, and nothing is made', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'x', 'identity, gzip']) {
      const headers = { 'content-type': scimJson, 'content-encoding': encoding };
      const reply = await raw('POST', '/Users', headers, gzipSync(aUser()));
      expect(reply, encoding).toMatchObject(problem(415));
      expect(reply.body.detail).toContain('Content-Encoding');
    }
    const headers = { 'content-type': scimJson, 'content-encoding': 'identity' };
    expect((await raw('POST', '/Users', headers, aUser())).status).toBe(201);
  });

  test('of another kind: 415 that names those that are taken', async () => {
    for (const type of ['application/json;odata=verbose', 'application/scim+json; version=2; charset=UTF-8'])
      expect((await raw('POST', '/Users', { 'content-type': type }, aUser())).status, type).toBe(201);
    for (const type of ['text/plain', 'application/scim+jsonx', 'application/json; charset=utf-16', '']) {
      const reply = await raw('POST', '/Users', type === '' ? {} : { 'content-type': type }, aUser());
      expect(reply, type).toMatchObject(problem(415));
      expect(reply.body.detail).toContain(scimJson);
    }
  });

  test('a content type, or a body, where there is none to be read', async () => {
    const at = async () => `/Users/${(await scim.given.user({})).id}`;
    expect((await raw('GET', await at(), { 'content-type': scimJson })).status).toBe(200);
    expect((await raw('DELETE', await at(), { 'content-type': scimJson })).status).toBe(204);
    for (const body of ['{}', 'null'])
      expect((await raw('DELETE', await at(), { 'content-type': scimJson }, body)).status).toBe(204);
    expect(await raw('POST', '/Users', { 'content-type': scimJson })).toMatchObject(problem(400, 'invalidSyntax'));
  });

  test('Expect: 100-continue is answered', async () => {
    const headers = { 'content-type': scimJson, expect: '100-continue' };
    expect((await raw('POST', '/Users', headers, aUser())).status).toBe(201);
    expect(
      (await rawRequest(platform.url, { method: 'GET', path: '/healthz', headers: { expect: 'odd' } })).status,
    ).toBe(417);
  });
});

describe('methods and addresses', () => {
  test('HEAD answers as GET does, without a body', async () => {
    const { id, meta } = await scim.given.user({});
    for (const [path, status] of [
      [`/Users/${id}`, 200],
      ['/Users?count=0', 200],
      ['/ServiceProviderConfig', 200],
      ['/Users/nobody', 404],
      ['/Bulk', 405],
      ['/Me', 501],
    ] as const) {
      const reply = await scim.send('HEAD', path);
      expect([reply.status, reply.text, reply.headers.get('content-type')], path).toEqual([
        status,
        '',
        `${scimJson}; charset=utf-8`,
      ]);
    }
    expect((await scim.send('HEAD', `/Users/${id}`)).headers.get('etag')).toBe(meta.version);
  });

  test.each([
    ['PUT', '/Users', 'GET, HEAD, POST, OPTIONS'],
    ['POST', '/Users/x', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['PATCH', '/Groups', 'GET, HEAD, POST, OPTIONS'],
    ['GET', '/Bulk', 'POST, OPTIONS'],
    ['GET', '/.search', 'POST, OPTIONS'],
    ['GET', '/Groups/.search', 'POST, OPTIONS'],
    ['DELETE', '/Schemas', 'GET, HEAD, OPTIONS'],
  ])('%s %s: 405 with Allow', async (method, path, allowed) => {
    const reply = await scim.send(method, path);
    expect(reply).toMatchObject(problem(405));
    expect(reply.headers.get('allow')).toBe(allowed);
  });

  test.each([
    ['/Users', 'GET, HEAD, POST, OPTIONS'],
    ['/Users/x', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['/Me', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
  ])('OPTIONS %s: what it has', async (path, allowed) => {
    const reply = await scim.send('OPTIONS', path);
    expect([reply.status, reply.text, reply.headers.get('allow')]).toEqual([204, '', allowed]);
  });

  test.each(['TRACE', 'PROPFIND', 'QUERY', 'LOCK'])(
    '%s: 501, a method that no address has (section 15.6.2)',
    async (method) => {
      for (const path of ['/Users', '/Users/x', '/Nothing'])
        expect(await raw(method, path)).toMatchObject(problem(501));
    },
  );

  test.each([
    '',
    '/',
    '/users',
    '/Users/',
    '//Users',
    '/Users//',
    '/Users/x/',
    '/Users/x/groups',
    '/Me/',
    '/Roles',
    '/ServiceProviderConfigs',
    '/Users/%00',
    '/Schemas/User',
    '/ResourceTypes/user',
    `/Users/${'x'.repeat(5000)}`,
  ])('GET %s: 404 in words', async (path) => {
    const reply = await raw('GET', path);
    expect(reply).toMatchObject(problem(404));
    expect(reply.body.detail).toMatch(/^There is no such /);
  });

  test.each(['/Users/%', '/Users/%ff'])('GET %s: 400, an escape is broken', async (path) => {
    expect(await raw('GET', path)).toMatchObject(problem(400, 'invalidValue'));
  });

  test('a credential is read in any case of its scheme and after several blanks (section 11.4)', async () => {
    const { value } = scim.token;
    for (const authorization of [`bearer ${value}`, `BEARER   ${value}`])
      expect((await raw('GET', '/Users?count=0', { authorization })).status).toBe(200);
    for (const authorization of [value, `Token ${value}`, `Bearer ${value} x`, `Bearer\t${value}`])
      expect(await raw('GET', '/Users?count=0', { authorization }), authorization).toMatchObject(problem(401));
    expect(await raw('GET', `/Users?access_token=${value}`, { authorization: '' })).toMatchObject(problem(401));
  });
});
