import { expect, test } from 'vitest';
import { aPlatform, signIn } from '../../harness.ts';
import { aScim, aWord, bulkOf, patchOf, problem, query, unlimited, urn } from './scim.ts';

/** RFC 7643 section 4.1.1 and 7, `password`: writeOnly, never returned; decision 8 says which are taken. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

const good = 'lantern plum ferry 1';

const person = () => {
  const email = `${aWord('person')}@${scim.tenant.name}.example`;
  return { userName: email, emails: [{ value: email, type: 'work', primary: true }] };
};
const opens = async (email: string, password: string) =>
  (await platform.anyone.post('/v1/sessions', { email, password, tenantId: scim.tenant.id })).status < 300;

test('set by POST, PUT, PATCH with and without a path, and Bulk: the last one opens, those before do not', async () => {
  const body = person();
  const { id } = await scim.given.user({ ...body, password: good });
  const at = `/Users/${id}`;
  const pushes: [string, (password: string) => Promise<unknown>][] = [
    ['PUT', (password) => scim.put(at, { ...body, password })],
    ['PATCH replace', (password) => scim.patch(at, { op: 'replace', path: 'password', value: password })],
    ['PATCH add', (password) => scim.patch(at, { op: 'Add', path: `${urn.user}:PASSWORD`, value: password })],
    ['PATCH without a path', (password) => scim.patch(at, { op: 'replace', value: { password } })],
    [
      'Bulk',
      (password) =>
        scim.post(
          '/Bulk',
          bulkOf([{ method: 'PATCH', path: at, data: patchOf({ op: 'replace', path: 'password', value: password }) }]),
        ),
    ],
  ];
  expect(await opens(body.userName, good)).toBe(true);
  let last = good;
  for (const [at, [how, push]] of pushes.entries()) {
    const next = `another orchard lamp ${at}`;
    await push(next);
    expect([how, await opens(body.userName, next), await opens(body.userName, last)]).toEqual([how, true, false]);
    last = next;
  }
  const session = platform.session(await signIn(platform, body.userName, last, scim.tenant.id));
  expect((await session.get('/v1/me')).status).toBe(200);
  await scim.patch(at, { op: 'replace', path: 'password', value: good });
  expect((await session.get('/v1/me')).status).toBe(401);
});

test('pushed again, the password that is there changes nothing: sessions go on, no version, no entry', async () => {
  const body = person();
  const { id } = await scim.given.user({ ...body, password: good });
  const at = `/Users/${id}`;
  const session = platform.session(await signIn(platform, body.userName, good, scim.tenant.id));
  const before = (await scim.get(at)).body;
  const entries = async () => (await scim.tenant.client.get('/audit-entries?limit=200')).body.total;
  const recorded = await entries();
  const set = { op: 'replace', path: 'password', value: good };
  const bulk = bulkOf([{ method: 'PATCH', path: at, data: patchOf(set) }]);
  for (const push of [
    () => scim.put(at, { ...body, password: good }),
    () => scim.patch(at, set),
    () => scim.patch(at, { op: 'replace', value: { password: good.normalize('NFD') } }),
    () => scim.post('/Bulk', bulk),
  ]) {
    expect((await push()).status).toBe(200);
    expect((await session.get('/v1/me')).status).toBe(200);
  }
  expect((await scim.get(at)).body).toEqual(before);
  expect(await entries()).toBe(recorded);

  // Beside another change it is still the same password.
  const titled = await scim.patch(at, set, { op: 'replace', path: 'title', value: 'Captain' });
  expect(titled.body).toMatchObject({ title: 'Captain' });
  expect((await session.get('/v1/me')).status).toBe(200);
  // Of several at once that bring another one, none brings the first one back.
  const changed = 'another orchard lamp';
  await Promise.all([0, 1].map(() => scim.patch(at, { op: 'replace', path: 'password', value: changed })));
  expect((await session.get('/v1/me')).status).toBe(401);
  expect([await opens(body.userName, changed), await opens(body.userName, good)]).toEqual([true, false]);
});

test('"returned: never": no reply has it, whatever is asked for, and nothing is found by it', async () => {
  const body = { ...person(), password: good };
  const made = await scim.post('/Users?attributes=password,userName', body);
  const at = `/Users/${made.body.id}`;
  const replies = [
    made,
    await scim.put(`${at}?attributes=password`, body),
    await scim.send('PATCH', `${at}?attributes=password`, patchOf({ op: 'replace', path: 'password', value: good })),
    await scim.get(at),
    await scim.get(`${at}?attributes=password,${urn.user}:password`),
    await scim.get(`${at}?excludedAttributes=userName`),
    await scim.get('/Users?attributes=password'),
    await scim.post('/.search', { attributes: ['password'] }),
  ];
  for (const reply of replies) {
    expect([200, 201]).toContain(reply.status);
    expect(reply.text).not.toMatch(/lantern|\$argon2|"password"/);
  }
  for (const filter of ['password pr', `password eq "${good}"`, `not (password sw "l")`, `${urn.user}:password pr`])
    expect(await scim.get(`/Users${query({ filter })}`), filter).toMatchObject(problem(400, 'invalidFilter'));
  expect(await scim.get('/Users?sortBy=password')).toMatchObject(problem(400, 'invalidValue'));
});

test('one that is too short, common, or made of the name is 400 invalidValue, and nothing of the request is done', async () => {
  const body = person();
  const { id } = await scim.given.user({ ...body, password: good });
  const before = (await scim.get(`/Users/${id}`)).body;

  for (const password of ['short', 'password1', '12345678', 'aaaaaaaa', before.userName, 12345678, true, {}, ['x']]) {
    for (const reply of [
      await scim.post('/Users', { ...person(), password }),
      await scim.put(`/Users/${id}`, { ...body, title: 'T', password }),
      await scim.patch(
        `/Users/${id}`,
        { op: 'replace', path: 'title', value: 'T' },
        { op: 'replace', path: 'password', value: password },
      ),
    ])
      if (reply.status !== 201 || password !== before.userName)
        expect([password, reply.status, reply.body.scimType]).toEqual([password, 400, 'invalidValue']);
  }
  expect((await scim.get(`/Users/${id}`)).body).toEqual(before);
  expect(await opens(body.userName, good)).toBe(true);
});

test('a PUT without it leaves it; an empty one is none', async () => {
  const body = person();
  const { id } = await scim.given.user({ ...body, password: good });

  await scim.put(`/Users/${id}`, body);
  await scim.put(`/Users/${id}`, { ...body, password: null });
  await scim.put(`/Users/${id}`, { ...body, password: '' });
  await scim.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: '' });

  expect(await opens(body.userName, good)).toBe(true);
});

test('many passwords in line hold no connection: another tenant is served meanwhile', async () => {
  const [neighbour, crowd] = [await aScim(platform), await aScim(platform)];
  const theirs = await neighbour.given.user();
  const ids: string[] = [];
  for (let at = 0; at < 28; at++) ids.push((await crowd.given.user()).id);
  let answered = 0;
  const pushes = ids.map(async (id) => {
    const { status } = await crowd.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: good });
    answered++;
    return status;
  });
  await expect.poll(() => answered, { interval: 5 }).toBeGreaterThan(0);

  const changed = await neighbour.patch(`/Users/${theirs.id}`, { op: 'replace', path: 'title', value: 'served' });

  expect(changed.status).toBe(200);
  expect(answered).toBeLessThan(ids.length / 2);
  for (const status of await Promise.all(pushes)) expect([200, 429]).toContain(status);
});

test.each([
  ['remove', { op: 'remove', path: 'password' }],
  ['replace with null', { op: 'replace', path: 'password', value: null }],
])('%s takes it away: nobody signs in by it, and the audit says so', async (_how, operation) => {
  const body = person();
  const { id, meta } = await scim.given.user({ ...body, password: good });
  const session = platform.session(await signIn(platform, body.userName, good, scim.tenant.id));

  const reply = await scim.patch(`/Users/${id}`, operation);

  expect(reply.status).toBe(200);
  expect(reply.body.meta.version).not.toBe(meta.version);
  expect((await session.get('/v1/me')).status).toBe(401);
  expect(await opens(body.userName, good)).toBe(false);
  expect(await platform.sql('au', 'select 1 from passwords where account_id = $1', [id])).toEqual([]);
  expect(await platform.sql('au', 'select 1 from sign_in_index where account_id = $1', [id])).toEqual([]);
  const [entry] = (await scim.tenant.client.get('/audit-entries?limit=1')).body.items;
  expect(entry).toMatchObject({ action: 'scim.change-user', before: { password: '(secret)' }, after: {} });
  // There is none any more: to take it away once more changes nothing.
  const again = await scim.patch(`/Users/${id}`, operation);
  expect(again.body.meta).toEqual(reply.body.meta);
});
