import { expect, test } from 'vitest';
import { aPlatform, rawRequest } from '../../harness.ts';
import { aScim, aWord, bulkOf, patchOf, problem, scimJson, unlimited, urn } from './scim.ts';

/**
 * RFC 7644, what is no query, PATCH or Bulk: each MUST and SHALL that is a service provider's, by its section. Queries:
 * rfc7644-query.test.ts; PATCH: rfc7644-patch.test.ts; Bulk: rfc7644-bulk.test.ts.
 */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

const read = async (path: string) => (await scim.get(path)).body;

test('2 "Service providers MUST ... [use] the WWW-Authenticate header": 401 with it, and a JSON body', async () => {
  const { value } = scim.token;
  const wrong = `${value.slice(0, -1)}${value.endsWith('a') ? 'b' : 'a'}`;

  for (const authorization of ['', 'Bearer', 'Bearer x', `Bearer ${wrong}`, `Basic ${btoa('a:b')}`])
    for (const path of [
      '/Users',
      '/Groups',
      '/ServiceProviderConfig',
      '/Schemas',
      `/Users/${crypto.randomUUID()}`,
      '/Me',
    ]) {
      const reply = await scim.get(path, { authorization });
      expect(reply).toMatchObject(problem(401));
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    }
  expect(await scim.post('/Users', { userName: aWord() }, { authorization: 'Bearer x' })).toMatchObject(problem(401));
});

test('2, 7.5 a token is not taken from the URI, where logs would keep it', async () => {
  for (const name of ['access_token', 'token', 'authorization'])
    expect(await scim.get(`/Users?${name}=${scim.token.value}`, { authorization: '' })).toMatchObject(problem(401));
});

test('3.1, 8.1 replies are application/scim+json, asked for as that, as application/json, or not at all', async () => {
  const { id } = await scim.given.user();

  for (const accept of [scimJson, 'application/json', '*/*', 'text/html, application/json;q=0.9'])
    for (const path of [
      `/Users/${id}`,
      '/Users?count=1',
      '/Groups',
      '/Schemas',
      '/ResourceTypes',
      '/ServiceProviderConfig',
    ]) {
      const reply = await scim.get(path, { accept });
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    }
});

test('3.1 messages are known by their URN, which /Schemas does not have', async () => {
  const messages = [
    await read('/Users?count=0'),
    await read('/Users/nobody'),
    (await scim.post('/Bulk', bulkOf([]))).body,
    (await scim.post('/Users/.search', { count: 0 })).body,
  ];
  for (const { schemas } of messages) {
    expect(schemas).toEqual([expect.stringMatching(/^urn:ietf:params:scim:api:messages:2\.0:/)]);
    expect(await scim.get(`/Schemas/${schemas[0]}`)).toMatchObject(problem(404));
  }
  expect(JSON.stringify(await read('/Schemas'))).not.toContain('"id":"urn:ietf:params:scim:api:');
});

test('3.8 "Servers MUST accept requests and return JSON structured responses using UTF-8"', async () => {
  const userName = aWord('Ünï-漢字-🎌-');

  for (const type of [scimJson, `${scimJson}; charset=utf-8`, `${scimJson};charset="UTF-8"`, 'application/json']) {
    const made = await scim.post('/Users', { userName: userName + type.length }, { 'content-type': type });
    expect(made).toMatchObject({ status: 201, body: { userName: userName + type.length } });
  }
});

test('3.8 another media type is 415, in the form of section 3.12', async () => {
  for (const type of [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])
    for (const [method, path] of [
      ['POST', '/Users'],
      ['PATCH', `/Users/${crypto.randomUUID()}`],
      ['POST', '/Bulk'],
    ] as const) {
      const reply = await scim.send(method, path, JSON.stringify({ userName: aWord() }), { 'content-type': type });
      expect(reply).toMatchObject(problem(415));
      expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    }
});

test('3.3 creation: 201, Location equals meta.location, ETag equals meta.version, the body is the resource', async () => {
  for (const [path, body] of [
    ['/Users', { schemas: [urn.user], userName: aWord('made') }],
    ['/Groups', { schemas: [urn.group], displayName: aWord('made') }],
  ] as const) {
    const reply = await scim.post(path, body);
    expect(reply).toMatchObject({ status: 201, body });
    expect(reply.headers.get('location')).toBe(reply.body.meta.location);
    expect(reply.body.meta.location).toBe(`${scim.url}${path}/${reply.body.id}`);
    expect(reply.etag).toBe(reply.body.meta.version);
    expect(await read(`${path}/${reply.body.id}`)).toEqual(reply.body);
  }
});

test('3.3 "attributes ... readOnly ... SHALL be ignored", and so is what no schema has', async () => {
  const userName = aWord();
  const reply = await scim.post('/Users', {
    schemas: [urn.user, 'urn:example:unknown'],
    userName,
    id: 'mine',
    groups: [{ value: 'x' }],
    isOwner: true,
    'urn:example:unknown': { a: 1 },
  });

  expect(reply.status).toBe(201);
  expect(Object.keys(reply.body).sort()).toEqual(
    ['active', 'groups', 'id', 'meta', 'schemas', 'userName'].filter((name) => name in reply.body),
  );
  expect(reply.body).toMatchObject({ schemas: [urn.user], userName, active: true });
  expect(reply.body.groups ?? []).toEqual([]);
});

test('3.3 a duplicate: "MUST return ... 409 (Conflict) with a scimType error code of uniqueness"', async () => {
  const user = await scim.given.user();
  const group = await scim.given.group();

  expect(await scim.post('/Users', { userName: user.userName })).toMatchObject(problem(409, 'uniqueness'));
  expect(await scim.post('/Groups', { displayName: group.displayName })).toMatchObject(problem(409, 'uniqueness'));
  const [other, another] = [await scim.given.user(), await scim.given.group()];
  expect(await scim.put(`/Users/${other.id}`, { userName: user.userName })).toMatchObject(problem(409, 'uniqueness'));
  expect(
    await scim.patch(`/Users/${other.id}`, { op: 'replace', path: 'userName', value: user.userName }),
  ).toMatchObject(problem(409, 'uniqueness'));
  expect(await scim.patch(`/Groups/${another.id}`, { op: 'replace', value: group })).toMatchObject(
    problem(409, 'uniqueness'),
  );
  expect(await read(`/Users/${other.id}`)).toEqual(other);
  expect(await read(`/Groups/${another.id}`)).toEqual(another);
});

test('3.3 of the same creation sent 12 times at once one is 201, the others 409', async () => {
  const userName = aWord('race');
  const spelled = (at: number) => (at % 2 ? userName : userName.toUpperCase());
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, at) => scim.post('/Users', { userName: spelled(at) })),
  );

  expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(11).fill(409)]);
  expect((await scim.find('Users', `userName eq "${userName}"`)).body.totalResults).toBe(1);
});

test('3.3.1 meta.resourceType "SHALL be set by the HTTP service provider"', async () => {
  expect((await scim.given.user({ meta: { resourceType: 'Group' } })).meta.resourceType).toBe('User');
  expect((await scim.given.group({ meta: { resourceType: 'User' } })).meta.resourceType).toBe('Group');
});

test('3.4.1 a known resource is read by its id; an id of another type, or of none, is 404', async () => {
  const [user, group] = [await scim.given.user(), await scim.given.group()];

  expect(await scim.get(`/Users/${user.id}`)).toMatchObject({ status: 200, body: user });
  for (const path of [
    `/Groups/${user.id}`,
    `/Users/${group.id}`,
    '/Users/1',
    '/Users/%00',
    `/Users/${crypto.randomUUID()}`,
  ])
    expect(await scim.get(path)).toMatchObject(problem(404));
});

test('3.5.1 PUT "MUST NOT be used to create new resources"', async () => {
  const id = crypto.randomUUID();

  expect(await scim.put(`/Users/${id}`, { userName: aWord() })).toMatchObject(problem(404));
  expect(await scim.put(`/Groups/${id}`, { displayName: aWord() })).toMatchObject(problem(404));
  expect((await scim.get(`/Users/${id}`)).status).toBe(404);
});

test('3.5.1 PUT: "readWrite ... SHALL replace", readOnly "SHALL be ignored", 200 with the whole resource', async () => {
  const made = await scim.given.user({ title: 'gone', nickName: 'old', emails: [{ value: `${aWord()}@example.com` }] });
  const reply = await scim.put(`/Users/${made.id}`, {
    schemas: [urn.user],
    id: 'other',
    userName: made.userName,
    nickName: 'new',
    meta: { version: 'x' },
  });

  expect(reply).toMatchObject({
    status: 200,
    body: { id: made.id, userName: made.userName, nickName: 'new', active: true },
  });
  for (const name of ['title', 'emails']) expect(reply.body).not.toHaveProperty(name);
  expect(reply.etag).toBe(reply.body.meta.version);
  expect(await read(`/Users/${made.id}`)).toEqual(reply.body);
  expect(await scim.put(`/Users/${made.id}`, { nickName: 'x' })).toMatchObject(problem(400, 'invalidValue'));
});

test('3.5.1 PUT of a group replaces its members: it adds, removes, and without any it empties', async () => {
  const [a, b, c] = await Promise.all([scim.given.user(), scim.given.user(), scim.given.user()]);
  const { id, displayName } = await scim.given.group({ members: [{ value: a.id }, { value: b.id }] });
  const members = (body: { members?: { value: string }[] }) => (body.members ?? []).map(({ value }) => value).sort();

  const reply = await scim.put(`/Groups/${id}`, { displayName, members: [{ value: b.id }, { value: c.id }] });
  expect([reply.status, members(reply.body)]).toEqual([200, [b.id, c.id].sort()]);
  expect(members(await read(`/Groups/${id}`))).toEqual([b.id, c.id].sort());
  expect((await scim.put(`/Groups/${id}`, { displayName, members: [] })).status).toBe(200);
  expect(members(await read(`/Groups/${id}`))).toEqual([]);
});

test('3.6 DELETE: "SHALL return ... 204", then "MUST return a 404 ... for all operations"', async () => {
  for (const made of [await scim.given.user(), await scim.given.group()]) {
    const at = made.meta.location.slice(scim.url.length);
    const gone = await scim.delete(at);
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (const reply of [
      await scim.get(at),
      await scim.put(at, made),
      await scim.send('PATCH', at, patchOf({ op: 'replace', path: 'externalId', value: 'x' })),
      await scim.delete(at),
    ])
      expect(reply).toMatchObject(problem(404));
  }
});

test('3.6 "MUST omit the resource from future query results ... SHOULD NOT ... in conflict calculation"', async () => {
  const { id, userName } = await scim.given.user();
  const group = await scim.given.group({ members: [{ value: id }] });
  await scim.delete(`/Users/${id}`);

  expect((await scim.find('Users', `userName eq "${userName}"`)).body.totalResults).toBe(0);
  expect((await read(`/Groups/${group.id}`)).members ?? []).toEqual([]);
  expect((await scim.post('/Users', { userName })).status).toBe(201);
  await scim.delete(`/Groups/${group.id}`);
  expect((await scim.post('/Groups', { displayName: group.displayName })).status).toBe(201);
});

test('3.9 attributes and excludedAttributes on POST, PUT and PATCH; what is always returned stays', async () => {
  const made = await scim.post('/Users?attributes=nickName', { userName: aWord(), nickName: 'n', title: 't' });
  expect(Object.keys(made.body).sort()).toEqual(['id', 'nickName', 'schemas']);
  expect(made.status).toBe(201);
  expect(made.headers.get('location')).toBe(`${scim.url}/Users/${made.body.id}`);
  const { userName } = await read(`/Users/${made.body.id}`);

  const put = await scim.put(`/Users/${made.body.id}?excludedAttributes=title,id,schemas`, {
    userName,
    nickName: 'm',
    title: 't',
  });
  expect(put.body).toMatchObject({ id: made.body.id, schemas: [urn.user], nickName: 'm' });
  expect(put.body).not.toHaveProperty('title');
  const at = `/Users/${made.body.id}?attributes=USERNAME,meta.version,unknown,${urn.user}:title`;
  const patched = await scim.send('PATCH', at, patchOf({ op: 'replace', path: 'title', value: 'u' }));
  expect(patched.body).toEqual({
    schemas: [urn.user],
    id: made.body.id,
    userName,
    title: 'u',
    meta: { version: patched.etag },
  });
});

test('3.9 attributes and excludedAttributes exclude each other', async () => {
  expect(await scim.get('/Users?attributes=userName&excludedAttributes=title')).toMatchObject(
    problem(400, 'invalidValue'),
  );
});

test('3.11 /Me: 501 on every method', async () => {
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'POST'])
    expect(await scim.send(method, '/Me', method === 'GET' || method === 'DELETE' ? undefined : {})).toMatchObject(
      problem(501),
    );
});

test('3.12 errors are JSON: schemas, status "expressed as a JSON string", and scimType only where there is one', async () => {
  const replies = [
    await scim.get('/Users/none'),
    await scim.get('/Nothing/here'),
    await scim.send('POST', '/Users', '{"userName":'),
    await scim.send('POST', '/Users', '[]'),
    await scim.post('/Users', {}),
    await scim.find('Users', 'userName eq'),
    await scim.send('PATCH', `/Users/${(await scim.given.user()).id}`, {}),
    await scim.send('DELETE', '/Users'),
  ];

  for (const { body, status, headers } of replies) {
    expect(body).toEqual({
      schemas: [urn.error],
      status: String(status),
      detail: expect.stringMatching(/\w{3}/),
      ...(body.scimType ? { scimType: expect.stringMatching(/^[a-z]+[A-Za-z]+$/) } : {}),
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get('content-type')).toMatch(/^application\/scim\+json/);
  }
});

test('3.12 413 in the same form: a body beyond what ServiceProviderConfig says', async () => {
  const { bulk } = await read('/ServiceProviderConfig');
  const { status, text } = await rawRequest(platform.url, {
    method: 'POST',
    path: `${scim.base}/Users`,
    headers: {
      authorization: `Bearer ${scim.token.value}`,
      'content-type': scimJson,
      'content-length': String(bulk.maxPayloadSize + 1),
      // The server answers before the body is sent.
      expect: '100-continue',
    },
  }).catch(() => ({ status: 0, text: '' }));

  if (status !== 0) expect([status, JSON.parse(text)]).toMatchObject([413, { schemas: [urn.error], status: '413' }]);
  const whole = await scim.send('POST', '/Users', `{"userName":"${'x'.repeat(bulk.maxPayloadSize)}"}`);
  expect(whole).toMatchObject(problem(413));
});

test('3.14 If-None-Match: 304 for the version that the client has', async () => {
  const { id, meta } = await scim.given.user();
  const at = `/Users/${id}`;

  for (const tag of [meta.version, `W/"x", ${meta.version}`, '*']) {
    const reply = await scim.get(at, { 'if-none-match': tag });
    expect([reply.status, reply.text, reply.etag]).toEqual([304, '', meta.version]);
  }
  expect((await scim.get(at, { 'if-none-match': 'W/"other"' })).status).toBe(200);
  await scim.patch(at, { op: 'add', path: 'title', value: 'x' });
  expect((await scim.get(at, { 'if-none-match': meta.version })).status).toBe(200);
  const group = await scim.given.group();
  expect((await scim.get(`/Groups/${group.id}`, { 'if-none-match': group.meta.version })).status).toBe(304);
});

test.each(['Users', 'Groups'])(
  '3.14 If-Match on %s: honoured when it is sent, 412 when it is stale, never required',
  async (resource) => {
    const made = resource === 'Users' ? await scim.given.user() : await scim.given.group();
    const at = `/${resource}/${made.id}`;
    const change = (value: string, tag: string) =>
      scim.send('PATCH', at, patchOf({ op: 'replace', path: 'externalId', value }), { 'if-match': tag });
    const { version } = made.meta;

    expect((await change('first', version)).status).toBeLessThan(300);
    for (const reply of [
      await change('second', version),
      await scim.put(at, made, { 'if-match': version }),
      await scim.delete(at, { 'if-match': version }),
    ])
      expect(reply).toMatchObject(problem(412));
    expect(await read(at)).toMatchObject({ externalId: 'first' });

    expect((await change('third', '*')).status).toBeLessThan(300);
    const current = (await scim.get(at)).etag as string;
    expect((await change('fourth', current.replace(/^W\//, ''))).status).toBeLessThan(300);
    expect((await change('fifth', `"x", ${(await scim.get(at)).etag}`)).status).toBeLessThan(300);
    expect(
      (await scim.send('PATCH', at, patchOf({ op: 'replace', path: 'externalId', value: 'sixth' }))).status,
    ).toBeLessThan(300);
    expect((await scim.delete(at, { 'if-match': (await scim.get(at)).etag as string })).status).toBe(204);
  },
);

test('3.14 of 8 changes at once with the same If-Match one wins', async () => {
  const { id, meta } = await scim.given.user();
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      scim.send('PATCH', `/Users/${id}`, patchOf({ op: 'add', path: 'title', value: `t${at}` }), {
        'if-match': meta.version,
      }),
    ),
  );

  expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
});

test('3.13 another version is rejected: 400 invalidVers', async () => {
  const client = platform.client(scim.token.value);
  for (const version of ['v1', 'v3', 'v2.1', 'V1'])
    expect(await client.get(`/scim/${version}/${scim.tenant.id}/Users`), version).toMatchObject(
      problem(400, 'invalidVers'),
    );
  expect((await platform.anyone.get(`/scim/v1/${scim.tenant.id}/Users`)).status).toBe(401);
});

test('4 discovery: lists in the form of a list, single ones by id, 404 in the form of 3.12, a filter is 403', async () => {
  for (const path of ['/Schemas', '/ResourceTypes']) {
    const list = await read(path);
    expect(list).toMatchObject({
      schemas: [urn.list],
      totalResults: list.Resources.length,
      itemsPerPage: list.Resources.length,
      startIndex: 1,
    });
    // "SHALL be ignored": query parameters of sorting, paging and projection.
    expect(await read(`${path}?startIndex=2&count=1&sortBy=id&attributes=id`)).toEqual(list);
    expect(await scim.get(`${path}/urn:nothing`)).toMatchObject(problem(404));
    expect(await scim.get(`${path}?filter=id+eq+%22x%22`)).toMatchObject(problem(403));
  }
  expect(await scim.get('/ServiceProviderConfig?filter=id+pr')).toMatchObject(problem(403));
  expect((await scim.get(`/Schemas/${urn.user.toUpperCase()}`)).status).toBe(200);
});
