import { expect, test } from 'vitest';
import { aPlatform, aTenant, clientOf, signIn } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const password = 'a long enough password for tests';

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const namespace = await given.namespace();
const group = await given.group();
await client.put(
  `/groups/${group.id}/grants`,
  { grants: [{ permission: 'namespaces.view', namespaceId: namespace.id }] },
  '*',
);

async function somebody(grants: { permission: string }[] = []) {
  const person = await given.person(password);
  if (grants.length) {
    const own = await given.group();
    await client.put(`/groups/${own.id}/grants`, { grants }, '*');
    await client.post(`/groups/${own.id}/members`, { accountIds: [person.id] });
  }
  const session = platform.session(await signIn(platform, person.email, password));
  const below = (path: string) => `${tenant.path}${path}`;
  return {
    id: person.id as string,
    get: (path: string) => session.get(below(path)),
    post: (path: string, body?: unknown) => session.post(below(path), body),
  };
}

/** What a refusal says is what is asked for. */
async function askFrom(person: Awaited<ReturnType<typeof somebody>>, reason = 'To look after it.') {
  const refused = await person.get(`/namespaces/${namespace.id}`);
  expect(refused.status).toBe(403);
  const { permission, namespaceId } = refused.body;
  return person.post('/access-requests', { permission, resource: namespaceId, reason });
}

const noticesOf = (accountId: string) =>
  platform.sql('au', 'select kind, text from notices where account_id = $1 order by created_at', [accountId]);

test('what applies to the whole tenant is asked for there, wherever it was refused', async () => {
  const person = await somebody();
  const { body } = await person.post('/access-requests', {
    permission: 'audit.view',
    resource: namespace.id,
    reason: 'To look.',
  });
  expect(body).toMatchObject({ state: 'pending', permission: 'audit.view', namespaceId: null });
});

test('a refusal is asked about, approved until a day by who may grant it, and the person told', async () => {
  const person = await somebody();
  const decider = await somebody([{ permission: 'groups.*' }, { permission: 'namespaces.*' }]);
  const asked = await askFrom(person);
  expect(asked).toMatchObject({
    status: 201,
    body: {
      principal: { id: person.id, kind: 'account' },
      permission: 'namespaces.view',
      namespaceId: namespace.id,
      namespaceName: null,
      state: 'pending',
      reason: 'To look after it.',
    },
  });
  const { id } = asked.body;
  expect((await person.get(`/access-requests/${id}`)).body.namespaceName).toBeNull();
  expect((await decider.get(`/access-requests/${id}`)).body.namespaceName).toBe(namespace.name);
  expect(await askFrom(person)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:already-requested' },
  });
  expect(await noticesOf(decider.id)).toMatchObject([{ kind: 'access-requested' }]);
  const queue = (await decider.get('/access-requests?state=pending')).body.items;
  const waiting = async () => (await decider.get('/overview')).body.waitingAccessRequests;
  expect(await waiting()).toBe(queue.length);
  const { body: own } = await decider.post('/access-requests', { permission: 'audit.view', reason: 'To look.' });
  expect(own.state).toBe('pending');
  const ownOf = async (by: Any) =>
    (await by.get('/access-requests?state=pending&own=true')).body.items.map((each: Any) => each.id);
  expect(await ownOf(decider)).toEqual([own.id]);
  expect(await ownOf(person)).toEqual([id]);
  expect(await waiting()).toBe(queue.length);
  const endsIn = (time: string) =>
    platform.sql('au', 'update access_requests set expires_at = now() + $2::interval where id = $1', [id, time]);
  await endsIn('-1 second');
  expect(await waiting()).toBe(queue.length - 1);
  await endsIn('1 day');
  expect((await person.get('/overview')).body).not.toHaveProperty('waitingAccessRequests');
  expect(queue.map((each: Any) => each.id)).toContain(id);
  expect(queue[0].actions.find((each: Any) => each.name === 'access-requests.approve')).toMatchObject({
    allowed: true,
  });

  const endsAt = new Date(Date.now() + 20 * 86_400_000).toISOString();
  for (const groupId of [newId(), (await given.group()).id])
    expect(await decider.post(`/access-requests/${id}/approve`, { groupId })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'groupId' }] },
    });
  const approved = await decider.post(`/access-requests/${id}/approve`, { groupId: group.id, endsAt });
  expect(approved).toMatchObject({
    status: 200,
    body: { state: 'approved', groupId: group.id, groupName: group.name, endsAt },
  });
  expect(await waiting()).toBe(queue.length - 1);
  expect((await person.get(`/namespaces/${namespace.id}`)).status).toBe(200);
  const member = (await client.get(`/groups/${group.id}/members`)).body.items.find(
    (each: Any) => each.id === person.id,
  );
  expect(member.endsAt).toBe(endsAt);
  const said = `Your request for the permission namespaces.view was approved. You are in the group "${group.name}" until ${endsAt.slice(0, 10)}.`;
  expect(await noticesOf(person.id)).toMatchObject([{ kind: 'access-decided', text: said }]);
  const entries = (await client.get(`/audit-entries?targetId=${id}`)).body.items;
  expect(entries.map((each: Any) => each.action)).toEqual(['access-requests.approve', 'access-requests.create']);
  expect(JSON.stringify(entries)).not.toContain('To look after it.');
  expect(await decider.post(`/access-requests/${id}/refuse`, { reason: 'Late.' })).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:already-decided' },
  });
  expect(
    await person.post('/access-requests', { permission: 'namespaces.view', resource: namespace.id, reason: 'x' }),
  ).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:already-held' } });
});

test('a refusal says why; what is withdrawn may be asked again', async () => {
  const person = await somebody();
  const first = (await askFrom(person)).body;
  expect((await person.post(`/access-requests/${first.id}/withdraw`)).body.state).toBe('withdrawn');
  const second = (await askFrom(person)).body;
  expect(await client.post(`/access-requests/${second.id}/refuse`, {})).toMatchObject({ status: 400 });
  const refused = await client.post(`/access-requests/${second.id}/refuse`, { reason: 'Ask the operations team.' });
  expect(refused.body).toMatchObject({ state: 'refused', decision: 'Ask the operations team.' });
  expect(await noticesOf(person.id)).toMatchObject([{ text: expect.stringContaining('Ask the operations team.') }]);
  expect((await person.get('/access-requests')).body.items.map((each: Any) => each.state)).toEqual([
    'refused',
    'withdrawn',
  ]);
});

test('Z1: nobody decides about their own request, nor gives what they lack', async () => {
  const self = await somebody([{ permission: 'groups.*' }]);
  const own = (await askFrom(self)).body;
  for (const [act, body] of [
    ['approve', { groupId: group.id }],
    ['refuse', { reason: 'x' }],
  ] as const)
    expect(await self.post(`/access-requests/${own.id}/${act}`, body)).toMatchObject({
      status: 403,
      body: { type: 'urn:bailiwick:problem:own-request' },
    });
  const person = await somebody();
  const asked = (await askFrom(person)).body;
  expect(await self.post(`/access-requests/${asked.id}/approve`, { groupId: group.id })).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:not-yours-to-grant' },
  });
  expect((await client.get(`/access-requests/${asked.id}`)).body.state).toBe('pending');
});

test('others see nothing of it, machines do not ask, and a queue has an end', async () => {
  const person = await somebody();
  const other = await somebody();
  const { id } = (await askFrom(person)).body;
  expect((await other.get(`/access-requests/${id}`)).status).toBe(404);
  expect((await other.post(`/access-requests/${id}/withdraw`)).status).toBe(404);
  expect((await other.get('/access-requests')).body.items).toEqual([]);
  const machine = await given.machine();
  expect(await machine.client.post('/access-requests', { permission: 'audit.view', reason: 'x' })).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:people-only' },
  });
  expect(
    await person.post('/access-requests', { permission: 'namespaces.view', resource: newId(), reason: 'x' }),
  ).toMatchObject({ status: 400, body: { errors: [{ path: 'resource' }] } });

  const permissions: string[] = (await platform.operator.get('/v1/topics')).body.items.flatMap((topic: Any) =>
    topic.permissions.map(({ name }: Any) => name),
  );
  const replies = [];
  for (const permission of permissions.slice(0, 12))
    replies.push(await person.post('/access-requests', { permission, reason: 'x' }));
  expect(replies.at(-1)).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:too-many-open' } });

  // Nobody decided in time.
  await platform.sql('au', 'update access_requests set expires_at = now() where id = $1', [id]);
  expect((await person.get(`/access-requests/${id}`)).body.state).toBe('expired');
  expect((await askFrom(person)).status).toBe(201);
});

test('a queue has an end for those who ask at once, too', async () => {
  const person = await somebody();
  const permissions: string[] = (await platform.operator.get('/v1/topics')).body.items.flatMap((topic: Any) =>
    topic.permissions.map(({ name }: Any) => name),
  );
  const ask = (permission: string) => person.post('/access-requests', { permission, reason: 'x' });
  const replies = await Promise.all(permissions.slice(0, 20).map(ask));
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(10);
});

test('Z1: nor does a machine of theirs decide about it', async () => {
  const person = await somebody([{ permission: 'integrations.change' }, { permission: 'integrations.issue' }]);
  const machine = (await person.post('/service-accounts', { name: 'of-who-asks' })).body;
  const { value } = (await person.post(`/service-accounts/${machine.id}/keys`, { name: 'key' })).body;
  const strong = await given.group();
  const grants = ['groups.change', 'namespaces.view'].map((permission) => ({ permission }));
  await client.put(`/groups/${strong.id}/grants`, { grants }, '*');
  await client.post(`/groups/${strong.id}/members`, { serviceAccountIds: [machine.id] });
  const { id } = (await askFrom(person)).body;
  const byMachine = clientOf(platform.url, value);
  const seen = (await byMachine.get(`${tenant.path}/access-requests/${id}`)).body.actions;
  expect(seen).toContainEqual(expect.objectContaining({ name: 'access-requests.approve', allowed: false }));
  for (const [act, body] of [
    ['approve', { groupId: group.id }],
    ['refuse', { reason: 'x' }],
  ] as const)
    expect(await byMachine.post(`${tenant.path}/access-requests/${id}/${act}`, body)).toMatchObject({
      status: 403,
      body: { type: 'urn:bailiwick:problem:own-request' },
    });
  expect((await client.get(`/access-requests/${id}`)).body.state).toBe('pending');
});

test('an approval tells the end of the membership that there is, also of who became a member meanwhile', async () => {
  const person = await somebody();
  const { id } = (await askFrom(person)).body;
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id] });
  const endsAt = new Date(Date.now() + 86_400_000).toISOString();
  const approved = await client.post(`/access-requests/${id}/approve`, { groupId: group.id, endsAt });
  expect(approved).toMatchObject({ status: 200, body: { state: 'approved', endsAt: null } });
  const told = (await noticesOf(person.id)).find(({ kind }) => kind === 'access-decided');
  expect(told?.text).toBe(
    `Your request for the permission namespaces.view was approved. You are in the group "${group.name}".`,
  );
});

test('an approval gives what it says to whom the group held until a moment ago', async () => {
  const person = await somebody();
  const endsAt = new Date(Date.now() + 86_400_000).toISOString();
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id], endsAt });
  await platform.sql('au', 'update memberships set ends_at = now() where principal_id = $1', [person.id]);
  const { id } = (await askFrom(person)).body;
  expect((await client.post(`/access-requests/${id}/approve`, { groupId: group.id, endsAt })).body).toMatchObject({
    state: 'approved',
    endsAt,
  });
  expect((await person.get(`/namespaces/${namespace.id}`)).status).toBe(200);
});

test('what is asked for in a namespace that is deleted meanwhile is approved once it is restored', async () => {
  const person = await somebody();
  const space = await given.namespace();
  const inIt = await given.group();
  await client.put(
    `/groups/${inIt.id}/grants`,
    { grants: [{ permission: 'namespaces.view', namespaceId: space.id }] },
    '*',
  );
  const asked = await person.post('/access-requests', {
    permission: 'namespaces.view',
    resource: space.id,
    reason: 'To look',
  });
  expect(asked.status, asked.text).toBe(201);
  const path = `/namespaces/${space.id}`;
  const name = (await client.get(path)).body.name;
  expect((await client.delete(`${path}?confirmName=${name}`, '*')).status).toBeLessThan(300);
  const approve = () => client.post(`/access-requests/${asked.body.id}/approve`, { groupId: inIt.id });
  expect(await approve()).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:namespace-deleted' } });
  expect((await client.get(`/access-requests/${asked.body.id}`)).body.state).toBe('pending');
  expect((await client.post(`${path}/restore`)).status).toBeLessThan(300);
  expect(await approve()).toMatchObject({ status: 200, body: { state: 'approved' } });
  expect((await person.get(path)).status).toBe(200);
});
