import { beforeAll, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, clientOf, signIn, type TestPlatform, type TestTenant } from '../harness.ts';
import { password } from './objects.ts';

/** W1 and W3: what a foreign page can do with a signed-in browser, and what replies tell browsers. */

let platform: TestPlatform;
let tenant: TestTenant;
let cookie: string;
let email: string;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'] });
  tenant = await aTenant(platform, 'au');
  const [owners] = (await tenant.client.get('/groups?q=Owners')).body.items;
  ({ email } = await tenant.given.person(password, { groupIds: [owners.id] }));
  cookie = await signIn(platform, email, password);
});

const groupsPath = () => `${tenant.path}/groups`;
const groupCount = async () => (await tenant.client.get('/groups')).body.total as number;
const withHeaders = (headers: Record<string, string>) => clientOf(platform.url, null, { cookie, ...headers });

describe('W1: a change by session (P30)', () => {
  test('with an Origin of ours and the header it is done, by each name of this machine', async () => {
    const { port } = new URL(platform.url);
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const client = withHeaders({ origin: `http://${host}:${port}`, 'x-bailiwick-csrf': '1' });
      expect((await client.post(groupsPath(), { name: aName() })).status).toBe(201);
    }
  });

  const foreign: [string, Record<string, string>][] = [
    ['neither Origin nor header', {}],
    ['no header', { origin: 'OURS' }],
    ['an empty header', { origin: 'OURS', 'x-bailiwick-csrf': '' }],
    ['no Origin', { 'x-bailiwick-csrf': '1' }],
    ['the null Origin', { origin: 'null', 'x-bailiwick-csrf': '1' }],
    ['a foreign Origin', { origin: 'https://evil.example', 'x-bailiwick-csrf': '1' }],
    ['an Origin that begins like ours', { origin: 'OURS.evil.example', 'x-bailiwick-csrf': '1' }],
    ['another port of this machine', { origin: 'http://localhost:1', 'x-bailiwick-csrf': '1' }],
    ['https instead of http', { origin: 'OURS', 'x-bailiwick-csrf': '1', scheme: 'https' }],
    ['a Referer instead of an Origin', { referer: 'OURS/', 'x-bailiwick-csrf': '1' }],
    [
      'X-Forwarded-Host of the foreign Origin',
      { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example', 'x-bailiwick-csrf': '1' },
    ],
  ];

  test.each(foreign)('%s: 403, nothing done', async (_what, headers) => {
    const { scheme, ...rest } = headers;
    const own = scheme ? platform.url.replace('http:', `${scheme}:`) : platform.url;
    const sent = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value.replace('OURS', own)]));
    const before = await groupCount();
    const group = await tenant.given.group();
    const client = withHeaders(sent);
    for (const reply of [
      await client.post(groupsPath(), { name: aName() }),
      await client.patch(`${groupsPath()}/${group.id}`, { description: 'x' }, '*'),
      await client.put(`${groupsPath()}/${group.id}/grants`, { grants: [] }, '*'),
      await client.delete(`${groupsPath()}/${group.id}`, '*'),
      await client.post(`${groupsPath()}/${group.id}/disable`),
      await client.delete('/v1/sessions/current'),
    ]) {
      expect(reply.status, reply.text).toBe(403);
      expect(reply.body.type).toMatch(/:(csrf|foreign-origin)$/);
    }
    expect(await groupCount()).toBe(before + 1);
    expect((await withHeaders({}).get('/v1/me')).status).toBe(200);
  });

  test('what a form can send is refused before', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const reply = await withHeaders({ origin: 'https://evil.example', 'content-type': type }).call(
        'POST',
        groupsPath(),
        {
          body: '{"name":"forged","x":"="}',
        },
      );
      expect([403, 415]).toContain(reply.status);
    }
  });

  test('a signature in a credential’s stead needs no Origin: a key is sent by nobody else', async () => {
    const reply = await clientOf(platform.url, tenant.ownerKey, { origin: 'https://evil.example' }).post(groupsPath(), {
      name: aName(),
    });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('beside a bearer a cookie counts nothing', async () => {
    const machine = await tenant.given.machine();
    const reply = await clientOf(platform.url, machine.key, { cookie }).get(groupsPath());
    expect(reply.status).toBe(403);
    expect((await clientOf(platform.url, 'bwk_sa_nonsense', { cookie }).get(groupsPath())).status).toBe(401);
  });

  test('signing in cannot be forged by a foreign page', async () => {
    const reply = await clientOf(platform.url, null, {
      origin: 'https://evil.example',
      'content-type': 'text/plain',
    }).call('POST', '/v1/sessions', { body: JSON.stringify({ email, password }) });
    expect([403, 415]).toContain(reply.status);
    expect(reply.headers.get('set-cookie')).toBeNull();
  });
});

describe('W3: cookies', () => {
  test('the session’s flags', async () => {
    const reply = await platform.anyone.post('/v1/sessions', { email, password });
    const set = reply.headers.getSetCookie().find((each) => each.startsWith('__Host-bailiwick-au=')) as string;
    const flags = set
      .split(';')
      .slice(1)
      .map((flag) => flag.trim().toLowerCase());
    expect(flags).toContain('path=/');
    expect(flags).toContain('httponly');
    expect(flags).toContain('secure');
    expect(flags).toContain('samesite=lax');
    expect(flags.some((flag) => flag.startsWith('domain'))).toBe(false);
    expect(set.split(';')[0]).toMatch(/^__Host-bailiwick-au=[0-9A-Za-z]{54,}$/);
    expect(reply.text).not.toContain(set.split(';')[0]?.split('=')[1]);
  });

  test('signing out takes it away', async () => {
    const mine = await signIn(platform, email, password);
    const reply = await platform.session(mine).delete('/v1/sessions/current');
    expect(reply.status).toBe(204);
    expect(reply.headers.getSetCookie().join()).toMatch(/__Host-bailiwick-au=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/i);
  });

  test.each([
    ['without the prefix', (value: string) => `bailiwick-au=${value}`],
    ['cut short', (value: string) => `__Host-bailiwick-au=${value.slice(0, -1)}`],
    ['longer', (value: string) => `__Host-bailiwick-au=${value}0`],
    [
      'with its last letter changed',
      (value: string) => `__Host-bailiwick-au=${value.slice(0, -1)}${value.endsWith('a') ? 'b' : 'a'}`,
    ],
    ['empty', () => '__Host-bailiwick-au='],
    ['with a broken escape', () => '__Host-bailiwick-au=%zz'],
    ['very long', () => `__Host-bailiwick-au=${'a'.repeat(4_000)}`],
  ])('a cookie %s opens nothing', async (_what, change) => {
    const reply = await clientOf(platform.url, null, { cookie: change(cookie.split('=')[1] as string) }).get('/v1/me');
    expect(reply.status, reply.text).toBe(401);
  });
});

describe('W3: headers of every reply (P30)', () => {
  const replies: [string, () => Promise<{ headers: Headers; status: number }>][] = [
    ['a list', () => tenant.client.get('/groups')],
    ['the contract', () => platform.anyone.get('/v1/openapi.json')],
    ['401', () => platform.anyone.get(groupsPath())],
    ['403', async () => (await tenant.given.machine()).client.get('/groups')],
    ['404', () => platform.anyone.get('/nothing-here')],
    ['400', () => tenant.client.post('/groups', {})],
    ['415', () => tenant.client.post('/groups', 'x', { 'content-type': 'text/plain' })],
    ['413', () => tenant.client.post('/groups', 'x'.repeat(1_100_000))],
    ['an address that cannot be read', () => platform.anyone.get('/v1/tenants/%zz')],
    ['health', () => platform.anyone.get('/healthz')],
  ];

  test.each(replies)('%s', async (_what, ask) => {
    const { headers } = await ask();
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*('unsafe-|\*|data:|https?:)/);
    expect(policy).not.toMatch(/(default|object|base)-[^;]*\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    for (const name of headers.keys()) expect(name).not.toMatch(/^access-control-/);
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('what holds a tenant’s data is kept by nobody', async () => {
    for (const reply of [
      await tenant.client.get('/groups'),
      await platform.anyone.get('/v1/me'),
      await tenant.client.get(''),
    ])
      expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  test('the request id is ours, whatever the client sends', async () => {
    const reply = await platform.anyone.get('/v1/me', { 'x-request-id': 'forged\u00e9', 'request-id': 'forged' });
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(reply.body.requestId).toBe(reply.headers.get('x-request-id'));
  });

  test('preflights are answered to nobody', async () => {
    const reply = await clientOf(platform.url, null, {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-bailiwick-csrf, content-type',
    }).call('OPTIONS', groupsPath());
    expect(reply.status).toBeGreaterThanOrEqual(400);
    for (const name of reply.headers.keys()) expect(name).not.toMatch(/^access-control-/);
  });

  test('text of people comes back as JSON, never as a page', async () => {
    const name = aName('<script>alert(1)</script>');
    const { id } = await tenant.given.group({ name });
    const reply = await tenant.client.get(`/groups/${id}`, { accept: 'text/html' });
    expect(reply.body.name).toBe(name);
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });
});
