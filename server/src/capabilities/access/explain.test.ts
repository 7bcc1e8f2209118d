import { expect, test, vi } from 'vitest';
import { accept, aName, aPlatform, aTenant, signIn } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const explain = async (query: Record<string, string>, by = client) =>
  (await by.get(`/access/explain?${new URLSearchParams(query)}`)).body;

/** A group with these grants and members. */
async function aGroup(grants: { permission: string; namespaceId?: string }[], serviceAccountIds: string[] = []) {
  const group = await given.group();
  if (grants.length) await client.put(`/groups/${group.id}/grants`, { grants }, '*');
  if (serviceAccountIds.length) await client.post(`/groups/${group.id}/members`, { serviceAccountIds });
  return group;
}

const kindsOf = ({ remedies }: Any) => remedies.map(({ changes }: Any) => changes.map(({ kind }: Any) => kind).join());

test('whom only the identity provider puts into a group is not offered it here, and nobody else at all', async () => {
  const provisioned = await aTenant(platform);
  const group = await provisioned.given.group({ name: 'Directory' });
  await provisioned.client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  await platform.sql('au', `update groups set source = 'scim' where tenant_id = $1 and id = $2`, [
    provisioned.id,
    group.id,
  ]);
  const [theirs, local] = [await provisioned.given.account(), await provisioned.given.account()];
  await platform.sql('au', `update accounts set source = 'scim' where tenant_id = $1 and id = $2`, [
    provisioned.id,
    theirs.id,
  ]);
  const joins = async ({ id }: { id: string }) => {
    const { body } = await provisioned.client.get(`/access/explain?principal=${id}&permission=audit.view`);
    return body.remedies.flatMap(({ changes }: Any) =>
      changes.flatMap(({ kind, text, group }: Any) => (kind === 'join-group' && !group.isOwnerGroup ? [text] : [])),
    );
  };
  expect(await joins(theirs)).toEqual(['Have the identity provider add the person to the group Directory.']);
  expect(await joins(local)).toEqual([]);
  const off = await provisioned.client.patch('/provisioning', { on: false }, '*');
  expect(off.status, off.text).toBe(200);
  expect(await joins(local)).toEqual(['Add the person to the group Directory.']);
});

test('a yes has each path, a no the smallest changes, those that give least first', async () => {
  const machine = await given.machine();
  const namespace = await given.namespace();
  const question = { principal: machine.id, permission: 'gateways.view', resource: namespace.id };
  const wide = await aGroup([{ permission: 'gateways.view', namespaceId: namespace.id }, { permission: 'audit.view' }]);
  const off = await aGroup([{ permission: 'gateways.*' }], [machine.id]);
  await client.post(`/groups/${off.id}/disable`);

  const no = await explain(question);
  expect(no).toMatchObject({
    principal: { id: machine.id, kind: 'service-account' },
    resource: { kind: 'namespace', id: namespace.id, name: namespace.name },
    allowed: false,
    paths: [],
    remedyCount: 4,
  });
  expect(kindsOf(no)).toEqual(['grant', 'join-group', 'enable-group', 'join-group']);
  expect(no.remedies[0].changes[0]).toMatchObject({
    group: { id: machine.groupId },
    grant: { permission: 'gateways.view', namespaceId: namespace.id },
  });
  expect(no.remedies[1].changes[0].group.id).toBe(wide.id);
  expect(no.remedies[3].changes[0].group.isOwnerGroup).toBe(true);

  await client.post(`/groups/${off.id}/enable`);
  await client.post(`/groups/${wide.id}/members`, { serviceAccountIds: [machine.id] });
  const yes = await explain(question);
  expect(yes).toMatchObject({ allowed: true, remedies: [] });
  expect(yes.paths.map(({ group, grant }: Any) => [group.id, grant.permission, grant.namespaceId]).sort()).toEqual(
    [
      [off.id, 'gateways.*', null],
      [wide.id, 'gateways.view', namespace.id],
    ].sort(),
  );
  // In the whole tenant only the one that is granted there counts.
  expect((await explain({ principal: machine.id, permission: 'gateways.view' })).paths).toMatchObject([
    { group: { id: off.id } },
  ]);
});

test('what gives least counts single permissions in each place', async () => {
  const machine = await given.machine();
  const namespace = await given.namespace();
  const whole = (permission: string) => ({ permission });
  const topics = await aGroup([whole('accounts.*'), whole('groups.*'), whole('gateways.*')]);
  const single = await aGroup([
    whole('gateways.view'),
    whole('audit.view'),
    whole('logging.view'),
    whole('groups.view'),
  ]);
  const everywhere = await aGroup([whole('gateways.view')]);
  const here = await aGroup([{ permission: 'gateways.view', namespaceId: namespace.id }]);
  const no = await explain({ principal: machine.id, permission: 'gateways.view', resource: namespace.id });
  const ofThese = no.remedies.filter(({ changes }: Any) =>
    [topics, single, everywhere, here].some(({ id }) => id === changes[0].group?.id),
  );
  expect(ofThese.map(({ changes, alsoGives }: Any) => [changes[0].group.id, alsoGives])).toEqual([
    [here.id, 0],
    [everywhere.id, 1],
    [single.id, 4],
    [topics.id, expect.any(Number)],
  ]);
  expect(ofThese[3].alsoGives).toBeGreaterThan(4);
  expect(no.remedies.at(-1).changes[0].group.isOwnerGroup).toBe(true);
});

test('a key is explained with its own conditions and those of its service account', async () => {
  const machine = await given.machine([{ permission: 'audit.view' }]);
  const question = { principal: machine.keyId, permission: 'audit.view' };
  expect(await explain(question)).toMatchObject({ allowed: true, principal: { kind: 'service-account-key' } });

  await client.post(`/service-accounts/${machine.id}/disable`);
  const disabled = await explain(question);
  expect(disabled).toMatchObject({ allowed: false, paths: [{ group: { id: machine.groupId } }] });
  expect(kindsOf(disabled)).toEqual(['enable-service-account']);
  expect((await machine.client.get('/audit-entries')).status).toBe(401);

  // Two things are in the way: each remedy has both.
  await client.post(`/groups/${machine.groupId}/disable`);
  expect(kindsOf(await explain(question))).toContain('enable-service-account,enable-group');

  await client.post(`/service-accounts/${machine.id}/enable`);
  await client.post(`/groups/${machine.groupId}/enable`);
  expect(await explain(question)).toMatchObject({ allowed: true });
  await client.delete(`/service-accounts/${machine.id}/keys/${machine.keyId}`);
  const revoked = await explain(question);
  expect(revoked).toMatchObject({ allowed: false, remedies: [] });
  expect(revoked.conditions).toContainEqual(expect.objectContaining({ name: 'credential-not-revoked', met: false }));
});

test('tokens and keys of namespaces hold no rights, and nothing gives them any', async () => {
  const token = await given.token();
  const namespace = await given.namespace();
  for (const [principal, kind] of [
    [token.id, 'provisioning-token'],
    [namespace.agentKeys[0].id, 'agent-key'],
    [namespace.serviceKeys[0].id, 'service-key'],
  ]) {
    const found = await explain({ principal, permission: 'accounts.view' });
    expect(found).toMatchObject({ allowed: false, principal: { kind }, paths: [], remedies: [], remedyCount: 0 });
  }
});

test('a person is explained by the state of the account, and what depends on the request says so', async () => {
  const person = await given.account();
  const group = await aGroup([{ permission: 'namespaces.*' }]);
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id] });
  const question = { principal: person.id, operation: 'namespaces.reset-agent-key' };
  const invited = await explain(question);
  expect(invited).toMatchObject({ allowed: false, permission: 'namespaces.reset-keys' });
  expect(kindsOf(invited)).toEqual(['accept-invitation']);
  expect(invited.conditions).toContainEqual(expect.objectContaining({ name: 'fresh-sign-in', met: null }));
});

test('what is said to let an account in lets it in: accepting, enabling by an administrator, or both', async () => {
  const other = await aTenant(platform);
  const { given, client } = other;
  const group = await given.group();
  await client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'namespaces.view' }] }, '*');
  const { id, email } = await given.account();
  await client.post(`/groups/${group.id}/members`, { accountIds: [id] });
  const explained = () => explain({ principal: id, permission: 'namespaces.view' }, client);

  // Disabled before it accepted, it is not enabled but invited again.
  await client.post(`/accounts/${id}/disable`);
  expect((await client.post(`/accounts/${id}/enable`)).status).toBe(409);
  expect((await explained()).remedies).toEqual([
    {
      changes: [
        {
          kind: 'accept-invitation',
          group: null,
          grant: null,
          text: 'Invite the person again; they accept the invitation.',
        },
      ],
      alsoGives: 0,
    },
  ]);
  await platform.sql('au', `update tenants set account_enabling = 'administrator' where tenant_id = $1`, [other.id]);
  await client.post(`/accounts/${id}/invite`);
  expect(kindsOf(await explained())).toEqual(['accept-invitation,enable-account']);
  await vi.waitFor(() => accept(platform, email, 'a long enough password for tests'));
  expect(kindsOf(await explained())).toEqual(['enable-account']);
  await client.post(`/accounts/${id}/enable`);
  expect(await explained()).toMatchObject({ allowed: true });
});

test("the state of the tenant counts as the operation's door counts it", async () => {
  const other = await aTenant(platform);
  const machine = await other.given.machine([{ permission: 'accounts.*' }, { permission: 'groups.*' }]);
  const ask = (operation: string) => explain({ principal: machine.id, operation }, other.client);
  await platform.operator.post(`${other.path}/read-only`);
  expect(await ask('groups.list')).toMatchObject({ allowed: true });
  const change = await ask('groups.change');
  expect(change).toMatchObject({ allowed: false });
  expect(kindsOf(change)).toEqual(['resume-tenant']);
  expect((await machine.client.get('/groups')).status).toBe(200);
  expect((await machine.client.post('/groups', { name: 'x' })).status).toBe(403);
});

test('everybody may ask about themselves and learns nothing of groups that they are not in', async () => {
  const machine = await given.machine([{ permission: 'accounts.view' }]);
  const secret = await aGroup([{ permission: 'audit.view' }]);
  const namespace = await given.namespace();
  const own = await explain({ permission: 'audit.view' }, machine.client);
  expect(own).toMatchObject({ principal: { id: machine.id }, allowed: false });
  expect(JSON.stringify(own)).not.toContain(secret.id);
  expect(kindsOf(own)).toEqual(['grant', 'join-some-group']);
  // A namespace that it may not see and one that never was are answered alike.
  const at = (resource: string) => explain({ permission: 'gateways.view', resource }, machine.client);
  const there = JSON.stringify(await at(namespace.id)).replaceAll(namespace.id, 'id');
  const never = newId();
  expect(JSON.stringify(await at(never)).replaceAll(never, 'id')).toBe(there);

  const others = await machine.client.get(`/access/explain?principal=${newId()}&permission=audit.view`);
  expect(others).toMatchObject({ status: 403, body: { permission: 'groups.view' } });
  // A refusal says what to ask for.
  const refused = await machine.client.get(`/namespaces/${namespace.id}`);
  expect(refused.body).toMatchObject({
    status: 403,
    permission: 'namespaces.view',
    operation: 'namespaces.read',
    namespaceId: namespace.id,
  });
});

test('a session explains itself', async () => {
  const password = 'a long enough password';
  const person = await given.person(password);
  const session = platform.session(await signIn(platform, person.email, password));
  const reply = await session.get(`${tenant.path}/access/explain?permission=groups.view`);
  expect(reply).toMatchObject({ status: 200, body: { principal: { id: person.id, kind: 'account' }, allowed: false } });
  const { isOwner, grants } = (await session.get('/v1/me')).body;
  expect(await session.get(`${tenant.path}/access/own`)).toMatchObject({ status: 200, body: { isOwner, grants } });
  // Which groups there are it does not see, and being an owner is not what is recommended to it.
  expect(reply.body.remedies).toMatchObject([{ changes: [{ kind: 'join-some-group', group: null }], alsoGives: 0 }]);
});

test('what needs a second permission names that one when it is refused, and it is what is explained', async () => {
  const namespace = await given.namespace();
  const [group, account] = [await given.group(), await given.account()];
  const ids = [account.id];
  const email = `${aName('new')}@them.example`;
  const provider = { name: aName(), type: 'oidc', admission: { defaultGroupIds: [group.id] } };
  const here = { namespaceId: namespace.id };
  for (const [held, method, path, body, lacked] of [
    ['tenant.change', 'patch', '', { accountEnabling: 'administrator' }, { permission: 'identity-providers.change' }],
    ['identity-providers.change', 'post', '/identity-providers', provider, { permission: 'groups.change' }],
    [
      'accounts.change',
      'post',
      '/accounts',
      { email, firstName: 'New', lastName: 'One', groupIds: [group.id] },
      { permission: 'groups.change' },
    ],
    ['accounts.change', 'post', '/guest-invitations', { groupIds: [group.id] }, { permission: 'groups.change' }],
    ['groups.change', 'post', '/accounts/add-to-group', { ids, groupId: group.id }, { permission: 'accounts.view' }],
    ['audit.export', 'post', `/accounts/${account.id}/export`, {}, { permission: 'accounts.view' }],
    [
      'namespaces.change',
      'post',
      `/namespaces/${namespace.id}/duplicate`,
      { name: aName() },
      { permission: 'gateways.view', ...here },
    ],
    ['groups.view', 'post', '/access/look', { accounts: { act: 'disable', ids } }, { permission: 'accounts.view' }],
  ] as const) {
    const machine = await given.machine([{ permission: held }]);
    const refused = await (method === 'patch'
      ? machine.client.patch(path, body, '*')
      : machine.client.post(path, body));
    expect(refused, path).toMatchObject({ status: 403, body: { type: 'urn:bailiwick:problem:forbidden', ...lacked } });
    // The operation itself asks for another one, of which the answer would be a yes.
    expect(refused.body.operation, path).toBeUndefined();
    expect((await machine.client.get(`/access/explain?permission=${lacked.permission}`)).body, path).toMatchObject({
      allowed: false,
    });
  }
});

test.each([
  [{ permission: 'nothing.view' }, 'query.permission'],
  [{}, 'query.permission'],
  [{ permission: 'audit.view', operation: 'audit.list-entries' }, 'query.permission'],
  [{ operation: 'me.read' }, 'query.operation'],
  [{ permission: 'audit.view', principal: newId() }, 'query.principal'],
  [{ permission: 'gateways.view', resource: newId() }, 'query.resource'],
])('%j is refused and names the field', async (query, path) => {
  const found = await explain(query as Record<string, string>);
  expect(found).toMatchObject({ status: 400, errors: [{ path }] });
});

test('everyone who may do something on a resource is listed with the paths', async () => {
  const other = await aTenant(platform);
  const namespace = await other.given.namespace();
  const machine = await other.given.machine([
    { permission: 'gateways.view', namespaceId: namespace.id },
    { permission: 'gateways.*', namespaceId: namespace.id },
  ]);
  const person = await other.given.person('a long enough password');
  const invited = await other.given.account();
  await other.client.post(`/groups/${machine.groupId}/members`, { accountIds: [person.id, invited.id] });
  const holders = async (query: string) => (await other.client.get(`/access/holders?${query}`)).body;
  const here = await holders(`permission=gateways.view&resource=${namespace.id}`);
  const paths = (id: string) =>
    here.items.find((each: Any) => each.id === id)?.paths.map(({ grant }: Any) => grant?.permission ?? 'owner');
  expect(paths(machine.id)).toEqual(['gateways.*', 'gateways.view']);
  expect(paths(person.id)).toEqual(['gateways.*', 'gateways.view']);
  expect(paths(invited.id)).toBeUndefined(); // cannot act yet
  expect(here.items.filter((each: Any) => each.paths[0].group.isOwnerGroup)).toHaveLength(1); // the bootstrap key's
  for (const { id } of here.items)
    expect(
      await explain({ principal: id, permission: 'gateways.view', resource: namespace.id }, other.client),
    ).toMatchObject({ allowed: true });
  expect((await holders('permission=gateways.view')).total).toBe(1);
  expect((await holders(`permission=gateways.view&resource=${namespace.id}&q=Grace`)).items).toMatchObject([
    { id: person.id },
  ]);
  expect(await holders(`permission=gateways.view&resource=${newId()}`)).toMatchObject({ status: 400 });
  expect((await holders(`permission=audit.view&q=${aName()}`)).items).toEqual([]);
});
