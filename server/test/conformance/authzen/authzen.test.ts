import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../../src/kernel/ids.ts';
import { aPlatform, aTenant, clientOf, signIn } from '../../harness.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies that no type allows
type Any = any;

/**
 * OpenID AuthZEN Authorization API 1.0, after the certification scenario of its working group (levels Basic, Batch, Search
 * and Discovery; `record` is a namespace here, `read` and `write` are two permissions), and what is ours beyond it.
 */

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const base = `/authzen/${tenant.id}/access/v1`;

const read = { name: 'namespaces.view' };
const write = { name: 'namespaces.change' };
const pep = await given.machine([{ permission: 'groups.evaluate' }]);
const pdp = clientOf(platform.url, pep.key);
const ask = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  pdp.call('POST', `${base}/${path}`, { body, headers });

const space1 = await given.namespace();
const space2 = await given.namespace();
const record1 = { type: 'namespace', id: space1.id as string };
const record2 = { type: 'namespace', id: space2.id as string };
const whole = { type: 'tenant', id: tenant.id };
const password = 'a long enough password for tests';
let alice = { type: 'user', id: '' };
let bob = { type: 'user', id: '' };
let writers: string;

async function aGroup(grants: object[], accountIds: string[]): Promise<string> {
  const group = await given.group();
  expect((await client.put(`/groups/${group.id}/grants`, { grants }, '*')).status).toBe(200);
  expect((await client.post(`/groups/${group.id}/members`, { accountIds })).status).toBe(200);
  return group.id;
}

beforeAll(async () => {
  const [one, two] = await Promise.all([given.person(password), given.person(password)]);
  alice = { type: 'user', id: one.id };
  bob = { type: 'user', id: two.id };
  await aGroup([{ permission: 'namespaces.view', namespaceId: record1.id }], [one.id, two.id]);
  writers = await aGroup([{ permission: 'namespaces.*' }], [one.id]);
});

const evaluation = (subject: object, action: object, resource: object, more: object = {}) => ({
  subject,
  action,
  resource,
  ...more,
});

describe('Basic', () => {
  test('decisions of the fixture, also with context, properties and fields that nobody knows', async () => {
    const decide = async (body: object) => {
      const reply = await ask('evaluation', body);
      expect(reply).toMatchObject({ status: 200 });
      expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
      return reply.body;
    };
    expect(await decide(evaluation(alice, read, record1))).toEqual({ decision: true });
    expect(await decide(evaluation(alice, write, record1))).toEqual({ decision: true });
    expect(await decide(evaluation(bob, read, record1))).toEqual({ decision: true });
    expect(await decide(evaluation(bob, write, record1))).toEqual({ decision: false });
    const context = { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' };
    expect(await decide(evaluation(alice, read, record1, { context }))).toEqual({ decision: true });
    const more = { properties: { department: 'Sales' }, future: { nested: true } };
    expect(
      await decide(evaluation({ ...alice, ...more }, { ...read, ...more }, { ...record1, ...more }, { foo: 'bar' })),
    ).toEqual({ decision: true });
    for (let times = 0; times < 3; times++)
      expect(await decide(evaluation(bob, write, record1))).toEqual({ decision: false });
  });

  test.each([
    ['no subject', { action: read, resource: record1 }, 'subject'],
    ['no action', { subject: { type: 'user', id: 'x' }, resource: record1 }, 'action'],
    ['no resource', { subject: { type: 'user', id: 'x' }, action: read }, 'resource'],
    ['a subject without a type', evaluation({ id: 'x' }, read, record1), 'subject.type'],
    ['a subject without an id', evaluation({ type: 'user' }, read, record1), 'subject.id'],
    ['an action without a name', evaluation({ type: 'user', id: 'x' }, {}, record1), 'action.name'],
    ['a resource without a type', evaluation({ type: 'user', id: 'x' }, read, { id: 'x' }), 'resource.type'],
    ['a resource without an id', evaluation({ type: 'user', id: 'x' }, read, { type: 'x' }), 'resource.id'],
    ['a subject that is text', evaluation('alice' as never, read, record1), 'subject'],
    ['a name that is a number', evaluation({ type: 'user', id: 'x' }, { name: 123 }, record1), 'action.name'],
    ['a list', [], 'body'],
    ['text', '"text"', 'body'],
    ['what is not JSON', '{', ''],
    ['nothing', '', ''],
  ])('%s is a 400 with a message in words that names the field', async (_name, body, path) => {
    const reply = await pdp.call('POST', `${base}/evaluation`, {
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(reply.status, reply.text).toBe(400);
    expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(reply.text).toContain(path);
  });

  test('whatever stands in a field, the answer is a decision or a 400 in words', async () => {
    const odd = [
      'a\0b',
      'a\ud800b',
      '\u202e',
      '',
      'x'.repeat(100_000),
      `{${newId()}}`,
      '\',{}"\\',
      -1,
      0.5,
      true,
      null,
      [],
      [[]],
      {},
    ];
    const places = ['subject', 'subject.type', 'subject.id', 'action', 'action.name', 'resource.type', 'resource.id'];
    for (const place of [...places, 'context', 'page', 'evaluations', 'options'])
      for (const value of odd) {
        const body: Any = structuredClone(evaluation(alice, read, record1));
        const [first = '', second] = place.split('.');
        if (second) body[first][second] = value;
        else body[first] = value;
        for (const path of ['evaluation', 'evaluations', 'search/subject', 'search/resource', 'search/action']) {
          const reply = await ask(path, body);
          expect([200, 400], `${path} ${place}: ${reply.status} ${reply.text}`).toContain(reply.status);
        }
      }
  }, 120_000);

  test('another content type is a 400', async () => {
    const body = JSON.stringify(evaluation(alice, read, record1));
    const reply = await pdp.call('POST', `${base}/evaluation`, { body, headers: { 'content-type': 'text/plain' } });
    expect(reply.status).toBe(400);
  });

  test("the caller's X-Request-ID comes back, also with an error, however long, as far as headers carry it", async () => {
    const headers = { 'x-request-id': 'bfe9eb29-ab87 (mine)' };
    expect((await ask('evaluation', evaluation(alice, read, record1), headers)).headers.get('x-request-id')).toBe(
      headers['x-request-id'],
    );
    expect((await ask('evaluation', {}, headers)).headers.get('x-request-id')).toBe(headers['x-request-id']);
    expect((await ask('evaluation', {}, {})).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    for (const theirs of ['x'.repeat(4_000), 'a;b="c", <d>\t%00'])
      expect((await ask('evaluation', {}, { 'x-request-id': theirs })).headers.get('x-request-id')).toBe(theirs);
    const elsewhere = await pdp.call('GET', '/v1/me', { headers });
    expect(elsewhere.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('Batch', () => {
  test('what an evaluation leaves out is at the top, and answers come in order', async () => {
    const many = async (body: object) => (await ask('evaluations', body)).body;
    expect(await many({ subject: bob, resource: record1, evaluations: [{ action: read }, { action: write }] })).toEqual(
      { evaluations: [{ decision: true }, { decision: false }] },
    );
    expect(await many({ evaluations: [evaluation(alice, read, record1), evaluation(bob, write, record1)] })).toEqual({
      evaluations: [{ decision: true }, { decision: false }],
    });
    expect(
      await many({
        subject: alice,
        action: write,
        resource: record1,
        context: { time: 'now' },
        evaluations: [{ resource: { ...record1, properties: {} } }, { resource: record2, context: {} }, {}],
      }),
    ).toEqual({ evaluations: [{ decision: true }, { decision: true }, { decision: true }] });
  });

  test.each(['subject', 'action', 'resource', 'context'])(
    'a %s that is there takes precedence whole, and is an error of its evaluation when it is none',
    async (part) => {
      const odd = [null, [], 'x', 7, true, ...(part === 'context' ? [] : [{}, { properties: {} }, { id: record2.id }])];
      const evaluations = [...odd.map((value) => ({ [part]: value })), {}];
      const { status, body } = await ask('evaluations', evaluation(alice, read, record1, { evaluations }));
      expect(status).toBe(200);
      expect(body.evaluations.pop()).toEqual({ decision: true });
      for (const each of body.evaluations)
        expect(each).toEqual({
          decision: false,
          context: { error: { status: 400, message: expect.stringContaining(part) } },
        });
    },
  );

  // The certification suite asks so: "batch with default value merging", whose evaluations are complete.
  test('what is not complete at the top is an error of those evaluations only that take it', async () => {
    const { status, body } = await ask('evaluations', {
      subject: { type: 'user' },
      action: {},
      resource: { type: 'namespace' },
      evaluations: [
        evaluation(alice, write, record1),
        evaluation(bob, write, record1),
        { subject: alice, action: read },
      ],
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        evaluations: [
          { decision: true },
          { decision: false },
          { decision: false, context: { error: { status: 400, message: 'resource.id: is required' } } },
        ],
      },
    });
    const alone = await ask('evaluations', { subject: alice, action: read, resource: { type: 'namespace' } });
    expect(alone).toMatchObject({ status: 400, text: 'resource.id: is required' });
  });

  test('an evaluation that is not complete is a no that says so; one at the top is answered alone', async () => {
    const part = await ask('evaluations', {
      subject: alice,
      action: read,
      evaluations: [{ resource: record1 }, {}, { resource: 'x' }],
    });
    expect(part).toMatchObject({
      status: 200,
      body: {
        evaluations: [
          { decision: true },
          { decision: false, context: { error: { status: 400, message: expect.stringContaining('resource') } } },
          { decision: false, context: { error: { status: 400 } } },
        ],
      },
    });
    for (const more of [{}, { evaluations: [] }])
      expect((await ask('evaluations', evaluation(alice, read, record1, more))).body).toEqual({ decision: true });
    expect((await ask('evaluations', { subject: alice })).status).toBe(400);
  });

  test.each([
    ['execute_all', [true, false, true]],
    ['deny_on_first_deny', [true, false]],
    ['permit_on_first_permit', [true]],
  ])('%s', async (evaluations_semantic, decisions) => {
    const { body } = await ask('evaluations', {
      subject: bob,
      action: read,
      options: { evaluations_semantic, another: 1 },
      evaluations: [{ resource: record1 }, { resource: record2 }, { resource: record1 }],
    });
    expect(body.evaluations.map(({ decision }: { decision: boolean }) => decision)).toEqual(decisions);
  });

  test('an evaluation that is no object is refused by its place', async () => {
    for (const each of [null, [], 'x', 1, true]) {
      const asked = { subject: alice, action: read, resource: record1, evaluations: [{}, each] };
      const reply = await ask('evaluations', asked);
      expect(reply.status, JSON.stringify(each)).toBe(400);
      expect(reply.text).toContain('evaluations.1');
    }
  });

  test('there is no other semantic, and no more than 1,000 at once', async () => {
    const of = (count: number, options = {}) =>
      ask('evaluations', {
        subject: alice,
        action: read,
        options,
        evaluations: Array.from({ length: count }, () => ({ resource: record1 })),
      });
    expect((await of(1, { evaluations_semantic: 'some' })).status).toBe(400);
    expect((await of(1001)).status).toBe(400);
    expect((await of(1000)).body.evaluations.every(({ decision }: { decision: boolean }) => decision)).toBe(true);
  });
});

describe('Search', () => {
  test('subjects, in pages', async () => {
    const body = { subject: { type: 'user' }, action: read, resource: record1 };
    const all = await ask('search/subject', body);
    expect(all.body.results).toEqual(expect.arrayContaining([alice, bob]));
    expect(all.body.page).toEqual({ next_token: '', count: 2, total: 2 });
    const first = await ask('search/subject', { ...body, page: { limit: 1 } });
    expect(first.body).toMatchObject({ results: [{ type: 'user' }], page: { next_token: expect.stringMatching(/./) } });
    const [, , position] = first.body.page.next_token.split('.');
    expect(Buffer.from(position, 'base64url').toString()).not.toMatch(/Alice|Bob|displayName/i); // ids are all that is told
    const second = await ask('search/subject', { ...body, page: { limit: 1, token: first.body.page.next_token } });
    const moved = first.body.page.next_token.replace(position, position.slice(4));
    expect((await ask('search/subject', { ...body, page: { limit: 1, token: moved } })).status).toBe(400);
    expect([...first.body.results, ...second.body.results]).toEqual(all.body.results);
    expect(second.body.page.next_token).toBe('');
    expect((await ask('search/subject', { ...body, page: { token: 'another' } })).status).toBe(400);
    // Owners may do everything; here that is the service account that was made with the tenant.
    const machines = await ask('search/subject', { ...body, subject: { type: 'service-account' } });
    expect(machines.body.results).toHaveLength(1);
  });

  test('resources, in pages', async () => {
    const body = { subject: alice, action: read, resource: { type: 'namespace' } };
    const all = await ask('search/resource', body);
    expect(all.body.results).toEqual(expect.arrayContaining([record1, record2]));
    const first = await ask('search/resource', { ...body, page: { limit: 1 } });
    const second = await ask('search/resource', { ...body, page: { limit: 1, token: first.body.page.next_token } });
    expect([...first.body.results, ...second.body.results]).toEqual(all.body.results);
    expect((await ask('search/resource', { ...body, subject: bob })).body.results).toEqual([record1]);
    expect((await ask('search/resource', { ...body, resource: { type: 'tenant' } })).body.results).toEqual([whole]);
    expect(
      (await ask('search/resource', { ...body, subject: bob, resource: { type: 'tenant' } })).body.results,
    ).toEqual([]);
    expect((await ask('search/resource', { ...body, page: { token: 'another' } })).status).toBe(400);
  });

  test('actions', async () => {
    const found = async (subject: object, resource: object) =>
      (await ask('search/action', { subject, resource, context: {} })).body.results;
    expect(await found(bob, record1)).toEqual([read]);
    expect(await found(alice, record1)).toEqual(expect.arrayContaining([read, write]));
    expect(await found(bob, whole)).toEqual([]);
  });

  test('actions, in pages', async () => {
    const body = { subject: alice, resource: record1 };
    const all = await ask('search/action', body);
    const found: unknown[] = [];
    let page: object | undefined = { limit: 1 };
    while (page) {
      const { body: part }: Any = await ask('search/action', { ...body, page });
      expect(part.page).toMatchObject({ count: 1, total: all.body.results.length });
      found.push(...part.results);
      page = part.page.next_token ? { token: part.page.next_token } : undefined;
    }
    expect(found).toEqual(all.body.results);
    const { next_token } = (await ask('search/action', { ...body, page: { limit: 1 } })).body.page;
    for (const bent of ['another', ...['-1', ' 1', '1e1', '0x1'].map((at) => next_token.replace(/[^.]*$/, at))])
      expect((await ask('search/action', { ...body, page: { token: bent } })).status, bent).toBe(400);
  });

  test('a token leads on in its own search only, with the limit that it came with', async () => {
    const body = { subject: { type: 'user' }, action: read, resource: record1, context: { a: 1, b: 2 } };
    const first = await ask('search/subject', { ...body, page: { limit: 1 } });
    const token = first.body.page.next_token;
    const next = (more: object, page: object = {}) =>
      ask('search/subject', { ...body, ...more, page: { token, ...page } });
    const second = await next({});
    expect(second.body.results).toHaveLength(1);
    expect((await next({ context: { b: 2, a: 1 } }, { limit: 1 })).body).toEqual(second.body);
    for (const more of [{ action: write }, { resource: record2 }, { context: {} }, { subject: { type: 'account' } }])
      expect((await next(more)).status).toBe(400);
    expect((await next({}, { limit: 2 })).status).toBe(400);
    expect((await ask('search/resource', { ...body, subject: alice, page: { token } })).status).toBe(400);
  });

  test('a limit of 0 gives no results and says whether there are any; its token leads to the first', async () => {
    const subject = { subject: { type: 'user' }, action: read, resource: record1 };
    const searches = [
      ['subject', subject, { total: 2 }],
      ['resource', { subject: alice, action: read, resource: { type: 'namespace' } }, {}],
      ['action', { subject: bob, resource: record1 }, { total: 1 }],
    ] as const;
    for (const [what, body, known] of searches) {
      const all = await ask(`search/${what}`, body);
      const none = await ask(`search/${what}`, { ...body, page: { limit: 0 } });
      expect(none, what).toMatchObject({ status: 200, body: { results: [], page: { count: 0, ...known } } });
      const { next_token: token } = none.body.page;
      const nowhere = await ask(`search/${what}`, { ...body, page: { token, limit: 0 } });
      expect(nowhere, what).toMatchObject({ status: 400, text: expect.stringContaining('1 or more with a token') });
      expect((await ask(`search/${what}`, { ...body, page: { token } })).body, what).toEqual(all.body);
      expect((await ask(`search/${what}`, { ...body, page: { token, limit: 1 } })).body.results).toHaveLength(1);
    }
    const nobody = { ...subject, subject: { type: 'guest' }, page: { limit: 0 } };
    expect((await ask('search/subject', nobody)).body).toEqual({
      results: [],
      page: { next_token: '', count: 0, total: 0 },
    });
    expect((await ask('search/subject', { ...subject, page: { limit: -1 } })).status).toBe(400);
  });

  test('what is not known finds nothing', async () => {
    const nothing = { status: 200, body: { results: [] } };
    expect(await ask('search/action', { subject: { type: 'user', id: 'nobody' }, resource: record1 })).toMatchObject(
      nothing,
    );
    expect(
      await ask('search/subject', { subject: { type: 'spaceship' }, action: read, resource: record1 }),
    ).toMatchObject(nothing);
    expect(
      await ask('search/subject', { subject: { type: 'user' }, action: { name: "x','{\\" }, resource: record1 }),
    ).toMatchObject(nothing);
    expect(
      await ask('search/resource', { subject: alice, action: read, resource: { type: 'spaceship' } }),
    ).toMatchObject(nothing);
    expect(
      await ask('search/subject', { subject: { type: 'user' }, action: read, resource: { type: 'x', id: 'y' } }),
    ).toMatchObject(nothing);
  });

  test.each([
    ['search/subject', { subject: { type: 'user' }, resource: record1 }],
    ['search/resource', { action: read, resource: { type: 'namespace' } }],
    ['search/action', { subject: { type: 'user', id: 'x' } }],
    ['search/subject', { subject: { type: 'user' }, action: read, resource: { type: 'namespace' } }],
    ['search/resource', { subject: { type: 'user' }, action: read, resource: { type: 'namespace' } }],
    ['search/action', { subject: { type: 'user', id: 'x' }, resource: { type: 'namespace' } }],
  ])('%s without what it needs is a 400', async (path, body) => {
    expect((await ask(path, body)).status).toBe(400);
  });
});

test('Discovery: the document of a tenant path, with the addresses of the region, of any tenant alike', async () => {
  const anybody = clientOf(platform.url, null);
  const { status, body, headers } = await anybody.get(`/.well-known/authzen-configuration/authzen/${tenant.id}`);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  const { baseUrl } = (await anybody.get('/v1/regions')).body.items[0];
  expect(body.policy_decision_point).toBe(`${baseUrl}/authzen/${tenant.id}`);
  for (const [name, address] of Object.entries(body))
    expect(address, name).toMatch(new RegExp(`^${baseUrl}/authzen/${tenant.id}(/access/v1/[a-z/]+)?$`));
  // Where clients look that put what is well known behind `policy_decision_point`, as the certification suite did at first.
  const behind = await anybody.get(`/authzen/${tenant.id}/.well-known/authzen-configuration`);
  expect(behind).toMatchObject({ status: 200, body });
  const endpoint = new URL(body.access_evaluations_endpoint);
  expect((await pdp.post(endpoint.pathname, { ...evaluation(bob, read, record1) })).body).toEqual({ decision: true });
  const nowhere = newId();
  const other = await anybody.get(`/.well-known/authzen-configuration/authzen/${nowhere}`);
  expect(other.text.replaceAll(nowhere, tenant.id)).toBe(JSON.stringify(body));
});

describe('what is ours', () => {
  test('subjects, actions and resources that are not there are a no; reasons are said where they are asked for', async () => {
    const reasons = { context: { reasons: true } };
    const why = async (subject: object, action: object, resource: object) =>
      (await ask('evaluation', evaluation(subject, action, resource, reasons))).body;
    expect(await why(bob, read, record1)).toEqual({ decision: true, context: { reason: 'granted' } });
    const no = (reason: string) => ({ decision: false, context: { reason } });
    expect(await why(bob, write, record1)).toEqual(no('not-granted'));
    expect(await why({ type: 'service-account', id: bob.id }, read, record1)).toEqual(no('no-such-principal'));
    expect(await why({ type: 'constructor', id: bob.id }, read, record1)).toEqual(no('no-such-principal'));
    expect(await why({ type: 'user', id: 'alice' }, read, record1)).toEqual(no('no-such-principal'));
    expect(await why(alice, { name: 'fly' }, record1)).toEqual(no('no-such-permission'));
    expect(await why({ type: 'user', id: newId() }, { name: 'fly' }, record1)).toEqual(no('no-such-principal'));
    expect(await why(alice, read, { type: 'namespace', id: newId() })).toEqual(no('no-such-namespace'));
    expect(await why(alice, read, { type: 'document', id: '1' })).toEqual(no('no-such-resource'));
    // Whoever sees groups learns by which.
    const seeing = clientOf(platform.url, tenant.ownerKey);
    const { body } = await seeing.post(`${base}/evaluation`, evaluation(alice, write, record1, reasons));
    expect(body.context).toEqual({
      reason: 'granted',
      paths: [{ groupId: writers, permission: 'namespaces.*', namespaceId: null }],
    });
  });

  test('what is asked at once is decided as if each were alone', async () => {
    const { id: owners } = (await client.get('/groups?isOwnerGroup=true')).body.items[0];
    const { id: owner } = (await client.get(`/groups/${owners}/members`)).body.items[0];
    const subjects = [
      alice,
      bob,
      { type: 'user', id: owner },
      { type: 'service-account', id: pep.id },
      { type: 'user', id: newId() },
    ];
    const resources = [record1, record2, whole, { type: 'namespace', id: newId() }];
    const asked = subjects.flatMap((subject) =>
      [read, write, { name: 'groups.evaluate' }].flatMap((action) =>
        resources.map((resource) => evaluation(subject, action, resource, { context: { reasons: true } })),
      ),
    );
    const alone = [];
    for (const body of asked) alone.push((await ask('evaluation', body)).body);
    expect(new Set(alone.map(({ context }) => context.reason)).size).toBeGreaterThanOrEqual(4);
    for (let round = 0; round < 3; round++) {
      const together = await Promise.all(asked.map((body) => ask('evaluation', body)));
      expect(together.map(({ body }) => body)).toEqual(alone);
      const short = await Promise.all(asked.map((body) => ask('evaluation', { ...body, context: {} })));
      expect(short.map(({ body }) => body)).toEqual(alone.map(({ decision }) => ({ decision })));
    }
  });

  test('a decision is never older than the request', async () => {
    const decide = async () => (await ask('evaluation', evaluation(alice, write, record1))).body.decision;
    expect(await decide()).toBe(true);
    await client.post(`/groups/${writers}/disable`);
    expect(await decide()).toBe(false);
    await client.post(`/groups/${writers}/enable`);
    await client.post(`/accounts/${alice.id}/disable`);
    expect(await decide()).toBe(false);
    await client.post(`/accounts/${alice.id}/enable`);
    expect(await decide()).toBe(true);
  });

  test('a service key asks about its namespace, and about nothing else', async () => {
    const key = clientOf(platform.url, space1.serviceKey);
    const decide = (body: object) => key.post(`${base}/evaluation`, body);
    expect(await decide(evaluation(bob, read, record1))).toMatchObject({ status: 200, body: { decision: true } });
    for (const asked of [
      evaluation(bob, read, record2),
      evaluation(bob, read, whole),
      evaluation(bob, { name: 'accounts.view' }, record1),
    ])
      expect(await decide(asked)).toMatchObject({ status: 403, text: expect.stringContaining('its own namespace') });
    const many = await key.post(`${base}/evaluations`, {
      subject: alice,
      action: read,
      evaluations: [{ resource: record1 }, { resource: record2 }],
    });
    expect(many.body.evaluations).toMatchObject([
      { decision: true },
      { decision: false, context: { error: { status: 403 } } },
    ]);
    const search = (kind: string, body: object) => key.post(`${base}/search/${kind}`, body);
    expect((await search('subject', { subject: { type: 'user' }, action: read, resource: record2 })).status).toBe(403);
    expect((await search('action', { subject: alice, resource: record2 })).status).toBe(403);
    expect(
      (await search('resource', { subject: alice, action: read, resource: { type: 'namespace' } })).body.results,
    ).toEqual([record1]);
    const actions = await search('action', { subject: alice, resource: record1 });
    expect(actions.body.results).toEqual(expect.arrayContaining([read, write]));
    expect((await key.get(`/v1/tenants/${tenant.id}/namespaces`)).status).toBe(401);
  });

  test('the same is decided over /v1, and everybody may ask about themselves', async () => {
    const questions = [
      { principal: alice.id, permission: write.name, resource: record1.id },
      { principal: bob.id, permission: write.name, resource: record1.id },
      { principal: bob.id, permission: read.name },
    ];
    expect((await client.post('/access/evaluate', { questions })).body.items).toEqual([
      { allowed: true, reason: 'granted' },
      { allowed: false, reason: 'not-granted' },
      { allowed: false, reason: 'not-granted' },
    ]);
    const account = await client.get(`/accounts/${bob.id}`);
    const session = platform.session(await signIn(platform, account.body.email, password));
    const own = await session.post(`${tenant.path}/access/evaluate`, {
      questions: [{ permission: read.name, resource: record1.id }],
    });
    expect(own).toMatchObject({ status: 200, body: { items: [{ allowed: true }] } });
    expect(await session.post(`${tenant.path}/access/evaluate`, { questions })).toMatchObject({
      status: 403,
      body: { permission: 'groups.evaluate' },
    });
  });

  test('another method is a 405, another address a 404, in words', async () => {
    expect(await pdp.get(`${base}/evaluation`)).toMatchObject({ status: 405, text: expect.stringContaining('POST') });
    expect(await pdp.post(`${base}/query`, {})).toMatchObject({ status: 404, text: expect.stringContaining('search') });
  });
});
