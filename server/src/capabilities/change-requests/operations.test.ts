import { afterEach, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, clientOf, signIn } from '../../../test/harness.ts';
import { keyFiles, passwordOfFiles } from '../../../test/key-files.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { uploadCertificate } from '../gateways/certificates.ts';

const platform = await aPlatform({ regions: ['au'], nodes: 2 });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const password = 'a long enough password for tests';
const problem = (code: string) => `urn:bailiwick:problem:${code}`;

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

afterEach(() => platform.shiftClock('au', '0'));

async function somebody(permissions: string[] = []) {
  const person = await given.person(password);
  const group = await given.group();
  const grants = permissions.map((permission) => ({ permission }));
  await client.put(`/groups/${group.id}/grants`, { grants }, '*');
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id] });
  return { ...(await signedIn(person.email)), id: person.id as string, groupId: group.id as string };
}

async function signedIn(email: string) {
  const cookie = await signIn(platform, email, password);
  const on = (node: number) => {
    const origin = `http://127.0.0.1:${platform.nodes[node]?.port}`;
    return clientOf(origin + tenant.path, null, { cookie, origin, 'x-bailiwick-csrf': '1' });
  };
  return { on, client: on(0) };
}

const author = await somebody(['namespaces.view', 'namespaces.change', 'namespaces.reset-keys', 'gateways.*']);
const approver = await somebody(['namespaces.*', 'gateways.*']);

/** A namespace in which each change waits for a second person, with a gateway; what the author does there says its name. */
async function aProtectedOne() {
  const namespace = await given.namespace();
  const carried = await given.gateway(namespace.id);
  expect(await client.patch(`/namespaces/${namespace.id}`, { protection: 'approval' }, '*')).toMatchObject({
    status: 200,
    body: { protection: 'approval' },
  });
  const confirm = { 'x-bailiwick-confirm': namespace.name };
  const call = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    by = author.client,
  ) =>
    by.call(method, `/namespaces/${namespace.id}${path}`, {
      headers: { ...confirm, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  return {
    id: namespace.id as string,
    name: namespace.name as string,
    agentKey: namespace.agentKey as string,
    carried,
    call,
    gateway: carried.at.replace(`/namespaces/${namespace.id}`, '') as string,
    requests: `/namespaces/${namespace.id}/change-requests`,
    read: async (path = '') => (await client.get(`/namespaces/${namespace.id}${path}`)).body,
    describeIt: (description: string, more: Record<string, string> = { 'if-match': '*' }) =>
      call('PATCH', '', { description }, more),
  };
}

const entriesOf = async (id: string): Promise<Any[]> => (await client.get(`/audit-entries?targetId=${id}`)).body.items;

const grantsIn = async (namespaceId: string, groupId: string) =>
  (await client.get(`/groups/${groupId}/grants`)).body.grants
    .filter((grant: Any) => grant.namespaceId === namespaceId)
    .map(({ permission }: Any) => permission);

describe('a change in a namespace that wants a second person', () => {
  test('is kept, shown as a difference, and made by another one; both stand in the audit', async () => {
    const place = await aProtectedOne();
    const asked = await place.describeIt('what it is for');
    expect(asked).toMatchObject({
      status: 202,
      body: { kind: 'change-request', namespaceId: place.id, state: 'pending' },
    });
    const { id, href } = asked.body;
    expect(asked.headers.get('location')).toBe(href);
    expect((await place.read()).description).toBe('');

    expect((await approver.client.get(place.requests)).body.items).toMatchObject([
      { id, operation: 'namespaces.change', effects: null, askedBy: { id: author.id }, state: 'pending' },
    ]);
    const seen = (await approver.client.get(`${place.requests}/${id}`)).body;
    expect(seen.effects).toMatchObject([
      {
        action: 'namespaces.change',
        target: { kind: 'namespace', id: place.id },
        before: { description: '' },
        after: { description: 'what it is for' },
      },
    ]);
    expect(seen.actions.find(({ name }: Any) => name === 'change-requests.approve')).toMatchObject({ allowed: true });

    const made = await approver.client.post(`${place.requests}/${id}/approve`);
    expect(made).toMatchObject({
      status: 200,
      body: { state: 'approved', decidedBy: { id: approver.id }, result: { description: 'what it is for' } },
    });
    expect((await place.read()).description).toBe('what it is for');
    const [entry] = (await entriesOf(place.id)).filter(({ action }) => action === 'namespaces.change');
    expect(entry).toMatchObject({
      actor: { id: approver.id },
      details: { askedBy: author.id, changeRequestId: id },
    });
    expect((await entriesOf(id)).map(({ action }) => action)).toEqual([
      'change-requests.approve',
      'change-requests.ask',
    ]);
    expect(await approver.client.post(`${place.requests}/${id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('already-decided') },
    });
  });

  test('is answered at once when it is wrong, and nothing is kept', async () => {
    const place = await aProtectedOne();
    const wrong: [Promise<Any>, number, string][] = [
      [author.client.patch(`/namespaces/${place.id}`, { description: 'x' }, '*'), 428, 'confirmation-required'],
      [place.call('PATCH', '', { description: 7 }, { 'if-match': '*' }), 400, 'invalid-request'],
      [place.describeIt('x', {}), 428, 'if-match-required'],
      [place.describeIt('x', { 'if-match': '"99"' }), 412, 'version-changed'],
      [place.call('POST', '/gateways', { name: place.carried.gateway.name }), 409, 'name-taken'],
    ];
    for (const [reply, status, code] of wrong)
      expect(await reply).toMatchObject({ status, body: { type: problem(code) } });
    const stranger = await somebody(['namespaces.view']);
    const refused = await place.call('PATCH', '', { description: 'x' }, { 'if-match': '*' }, stranger.client);
    expect(refused.status).toBe(403);
    expect((await client.get(place.requests)).body.items).toEqual([]);
  });

  test('is not kept when nothing would change: a program that serves is told to serve', async () => {
    const place = await aProtectedOne();
    const agent = await given.agent(place.agentKey, { name: aName('agent') });
    const at = `${place.gateway}/agents/${agent.id}`;
    expect(await place.call('POST', `${at}/resume`)).toMatchObject({
      status: 409,
      body: { type: problem('nothing-to-approve') },
    });
    expect((await client.get(place.requests)).body.items).toEqual([]);
    expect((await place.call('POST', `${at}/drain`)).status).toBe(202);
  });

  test('makes what it creates when it is approved, once for an Idempotency-Key', async () => {
    const place = await aProtectedOne();
    const body = { name: aName('gateway'), prefix: `/${aName('p')}` };
    const key = { 'idempotency-key': aName('key') };
    const asked = await place.call('POST', '/gateways', body, key);
    const again = await place.call('POST', '/gateways', body, key);
    expect([asked.status, again.status]).toEqual([202, 202]);
    expect(again.body.id).toBe(asked.body.id);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const [effect] = (await approver.client.get(`${place.requests}/${asked.body.id}`)).body.effects;
    expect(effect).toMatchObject({ action: 'gateways.create', target: { id: null, name: body.name } });
    const made = (await approver.client.post(`${place.requests}/${asked.body.id}/approve`)).body;
    expect(made.result).toMatchObject(body);
    expect((await place.read(`/gateways/${made.result.id}`)).name).toBe(body.name);
  });

  test('may be refused with a reason, or withdrawn by who asked', async () => {
    const place = await aProtectedOne();
    const first = (await place.describeIt('one')).body;
    expect(await approver.client.post(`${place.requests}/${first.id}/refuse`, {})).toMatchObject({ status: 400 });
    expect(
      (await approver.client.post(`${place.requests}/${first.id}/refuse`, { reason: 'Not on a Friday.' })).body,
    ).toMatchObject({ state: 'refused', decision: 'Not on a Friday.' });
    const notices = (await author.client.get('/notices')).body.items;
    expect(notices[0]).toMatchObject({
      kind: 'change-decided',
      text: expect.stringContaining('Not on a Friday.'),
      target: { kind: 'namespace', id: place.id },
    });
    const second = (await place.describeIt('two')).body;
    expect((await approver.client.post(`${place.requests}/${second.id}/withdraw`)).status).toBe(404);
    expect((await author.client.post(`${place.requests}/${second.id}/withdraw`)).body.state).toBe('withdrawn');
    expect((await author.client.get(`${place.requests}?state=withdrawn`)).body.items).toHaveLength(1);
    expect((await place.read()).description).toBe('');
  });

  test('tells those who may approve, and not who asked', async () => {
    const place = await aProtectedOne();
    await place.describeIt('told');
    await expect
      .poll(async () => (await approver.client.get('/notices')).body.items.map(({ text }: Any) => text).join(), {
        timeout: 20_000,
      })
      .toContain(place.name);
    const own = (await author.client.get('/notices')).body.items;
    expect(own.filter(({ kind }: Any) => kind === 'change-asked')).toEqual([]);
  });

  test('is over when what it is about changed meanwhile; who asked is told to ask again', async () => {
    const place = await aProtectedOne();
    const [first, second] = [(await place.describeIt('first')).body, (await place.describeIt('second')).body];
    expect((await approver.client.post(`${place.requests}/${first.id}/approve`)).status).toBe(200);
    expect(await approver.client.post(`${place.requests}/${second.id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('change-overtaken'), detail: expect.stringContaining('Have it asked again.') },
    });
    expect((await place.read()).description).toBe('first');
    expect((await author.client.get(`${place.requests}/${second.id}`)).body).toMatchObject({ state: 'lapsed' });
    expect((await author.client.get('/notices')).body.items[0].text).toContain('was not made');
    const [lapse, ...others] = await entriesOf(second.id);
    expect(lapse).toMatchObject({ action: 'change-requests.lapse', details: { problem: 'change-overtaken' } });
    expect(others.map(({ action }) => action)).toEqual(['change-requests.ask']);
  });

  test('waits on while it is refused for now only: others are at work, or the key of who asked is paused', async () => {
    const place = await aProtectedOne();
    const upload = { pkcs12: keyFiles.usual, password: passwordOfFiles };
    const asked = (await place.call('POST', `${place.gateway}/certificates`, upload)).body;
    let release = () => {};
    const meanwhile = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Two of other tenants that look for their gateway, and so have both turns.
    const busy = (tenantId: string) =>
      ({ now: new Date(), again: () => meanwhile, tenantId }) as unknown as TenantContext;
    const at = { namespaceId: place.id, gatewayId: newId() };
    const others = ['a', 'b'].map((other) =>
      uploadCertificate(busy(other), at, { ...upload, password: 'x' }).catch(() => undefined),
    );
    expect(await approver.client.post(`${place.requests}/${asked.id}/approve`)).toMatchObject({ status: 429 });
    release();
    await Promise.all(others);
    expect((await approver.client.post(`${place.requests}/${asked.id}/approve`)).status).toBe(200);

    const machine = await client.post('/service-accounts', { name: aName('machine'), groupIds: [approver.groupId] });
    const key = (await client.post(`/service-accounts/${machine.body.id}/keys`, { name: 'first' })).body;
    const keyed = clientOf(`${platform.url}${tenant.path}`, key.value);
    const { id } = (await place.call('PATCH', '', { description: 'later' }, { 'if-match': '*' }, keyed)).body;
    await platform.sql('au', 'update credentials set paused_at = now() where id = $1', [key.id]);
    expect(await approver.client.post(`${place.requests}/${id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('author-paused') },
    });
    await platform.sql('au', 'update credentials set paused_at = null where id = $1', [key.id]);
    expect((await approver.client.post(`${place.requests}/${id}/approve`)).status).toBe(200);
  });

  test('waits on when the approver sees less of it than who asked, and makes it by one who sees as much', async () => {
    const place = await aProtectedOne();
    const from = await given.namespace();
    await given.gateway(from.id);
    const group = await given.group();
    const grants = [{ permission: 'gateways.view', namespaceId: from.id }];
    await client.put(`/groups/${group.id}/grants`, { grants }, '*');
    const wide = await somebody(['namespaces.*', 'gateways.*', 'groups.*']);
    const { look } = (await wide.client.get(`/namespaces/${place.id}/comparison?with=${from.id}`)).body;
    const promoted = await place.call('POST', '/promote', { fromId: from.id, look }, {}, wide.client);
    expect(promoted.status, promoted.text).toBe(202);
    const { id } = promoted.body;
    const before = await place.read('/gateways');
    expect(await approver.client.post(`${place.requests}/${id}/approve`)).toMatchObject({
      status: 403,
      body: { type: problem('forbidden'), detail: expect.stringContaining('groups.view') },
    });
    expect(await place.read('/gateways')).toEqual(before);
    expect((await approver.client.get(`${place.requests}/${id}`)).body.state).toBe('pending');
    const other = await somebody(['namespaces.*', 'gateways.*', 'groups.*']);
    const made = await other.client.post(`${place.requests}/${id}/approve`);
    expect(made.status, made.text).toBe(200);
  });

  test('promoted settings are those that were looked at', async () => {
    const place = await aProtectedOne();
    const from = await given.namespace();
    await given.gateway(from.id);
    const { look } = (await author.client.get(`/namespaces/${place.id}/comparison?with=${from.id}`)).body;
    const asked = await place.call('POST', '/promote', { fromId: from.id, look });
    expect(asked.status).toBe(202);
    await given.gateway(from.id);
    expect(await approver.client.post(`${place.requests}/${asked.body.id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('change-overtaken') },
    });
  });

  test('a file of settings is taken over as it was looked at: kept, shown, made once by another one', async () => {
    const place = await aProtectedOne();
    const from = await given.namespace();
    const parts = await given.gateway(from.id);
    const grants = [{ permission: 'gateways.view', namespaceId: from.id }];
    await client.put(`/groups/${parts.group.id}/grants`, { grants }, '*');
    const settings = (await client.post(`/namespaces/${from.id}/export`)).body;
    const wide = ['namespaces.*', 'gateways.*', 'groups.*'];
    const [importer, other] = [await somebody(wide), await somebody(wide)];
    const preview = async () =>
      (await importer.client.post(`/namespaces/${place.id}/import/preview`, { settings })).body as Any;
    const { look } = await preview();
    const nowhere = { added: await place.read('/gateways'), grants: await grantsIn(place.id, parts.group.id) };
    const asked = await place.call('POST', '/import', { settings, look }, {}, importer.client);
    expect(asked, asked.text).toMatchObject({ status: 202, body: { kind: 'change-request', state: 'pending' } });
    const { id } = asked.body;
    // Nothing is there yet, and what was looked at may be looked at still.
    expect({ added: await place.read('/gateways'), grants: await grantsIn(place.id, parts.group.id) }).toEqual(nowhere);
    expect((await preview()).look).toBe(look);
    const seen = (await other.client.get(`${place.requests}/${id}`)).body;
    expect(seen).toMatchObject({ operation: 'namespaces.import', effectsLeftOut: 0 });
    const shown = seen.effects.flatMap(({ target, details }: Any) =>
      (details?.changes ?? []).map(({ kind, change }: Any) => [target.name, kind, change]),
    );
    expect(shown).toEqual(
      expect.arrayContaining([
        [place.carried.gateway.name, 'gateway', 'remove'],
        [parts.gateway.name, 'gateway', 'add'],
        [parts.gateway.name, 'route', 'add'],
        [parts.gateway.name, 'rule', 'add'],
      ]),
    );
    expect(seen.effects).toContainEqual(
      expect.objectContaining({ target: { kind: 'group', id: parts.group.id, name: parts.group.name } }),
    );

    expect(await importer.client.post(`${place.requests}/${id}/approve`)).toMatchObject({
      status: 403,
      body: { type: problem('own-request') },
    });
    expect(await place.read('/gateways')).toEqual(nowhere.added);
    const made = await other.client.post(`${place.requests}/${id}/approve`);
    expect(made, made.text).toMatchObject({
      status: 200,
      body: { state: 'approved', result: { added: 4, removed: 1 } },
    });
    expect((await place.read('/gateways')).items).toMatchObject([{ name: parts.gateway.name }]);
    expect(await grantsIn(place.id, parts.group.id)).toEqual(['gateways.view']);
    expect(await other.client.post(`${place.requests}/${id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('already-decided') },
    });
    expect((await preview()).changes).toEqual([]);
    const [{ id: gatewayId }] = (await place.read('/gateways')).items;
    expect(await entriesOf(gatewayId)).toMatchObject([
      {
        action: 'namespaces.import',
        actor: { id: other.id },
        details: { askedBy: importer.id, changeRequestId: id },
      },
    ]);
  });

  test('a file is not taken over when the namespace is not as it was looked at', async () => {
    const place = await aProtectedOne();
    const from = await given.namespace();
    await given.gateway(from.id);
    const settings = (await client.post(`/namespaces/${from.id}/export`)).body;
    const { look } = (await author.client.post(`/namespaces/${place.id}/import/preview`, { settings })).body;
    const asked = await place.call('POST', '/import', { settings, look });
    expect(asked.status, asked.text).toBe(202);
    const described = (await place.call('POST', '/gateways', { name: aName('gateway') })).body;
    expect((await approver.client.post(`${place.requests}/${described.id}/approve`)).status).toBe(200);
    expect(await approver.client.post(`${place.requests}/${asked.body.id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('change-overtaken') },
    });
    expect((await place.read('/gateways')).items).toHaveLength(2);
  });

  test('dies after seven days, and so does what was sent', async () => {
    const place = await aProtectedOne();
    const { id } = (await place.describeIt('too late')).body;
    await platform.sql('au', `update change_requests set expires_at = now() where id = $1`, [id]);
    expect((await author.client.get(`${place.requests}/${id}`)).body.state).toBe('expired');
    expect(await approver.client.post(`${place.requests}/${id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('already-decided') },
    });
  });

  test('waits ten at most for one author in a namespace', async () => {
    const place = await aProtectedOne();
    const replies = [];
    for (let at = 0; at <= 10; at++) replies.push(await place.describeIt(`number ${at}`));
    expect(replies.map(({ status }) => status)).toEqual([...Array(10).fill(202), 409]);
    expect(replies.at(-1)?.body.type).toBe(problem('too-many-open'));
  });

  test('a key that is reset is shown to who approves, once', async () => {
    const place = await aProtectedOne();
    const asked = (await place.call('POST', '/agent-key/reset', { overlapSeconds: 60 })).body;
    const seen = (await approver.client.get(`${place.requests}/${asked.id}`)).body;
    expect(seen.effects).toMatchObject([
      {
        action: 'namespaces.reset-agent-key',
        target: { kind: 'agent-key', id: null },
        details: { overlapSeconds: 60 },
      },
      { target: { kind: 'agent-key' }, before: { state: 'active' }, after: { state: 'rotating' } },
    ]);
    expect(JSON.stringify(seen.effects)).not.toMatch(/lastFour|successorId/);
    const made = await approver.client.post(`${place.requests}/${asked.id}/approve`);
    expect(made.body.result.agentKey).toMatch(/^bwk_ak_/);
    expect((await approver.client.get(`${place.requests}/${asked.id}`)).text).not.toContain(made.body.result.agentKey);
  });
});

describe('a licence of a namespace that is protected', () => {
  const licensed = ['licences.*', 'namespaces.view'];
  const owner = clientOf(`${platform.url}${tenant.path}`, tenant.ownerKey);

  test('is given, taken and deleted by the namespace’s name; another namespace of it asks nothing', async () => {
    const [first, second, open] = [await given.namespace(), await given.namespace(), await given.namespace()];
    const { id } = await given.licence();
    for (const each of [first, second]) await client.patch(`/namespaces/${each.id}`, { protection: 'name' }, '*');
    const assign = (namespaceIds: string[], confirm = '') =>
      owner.call('PUT', `/licences/${id}/namespaces`, {
        body: { namespaceIds, takeOver: true },
        headers: { 'if-match': '*', ...(confirm ? { 'x-bailiwick-confirm': confirm } : {}) },
      });
    const names = [first.name, second.name].sort().join();
    const asks = (namespaceName: string) => ({ status: 428, body: { namespaceName } });
    expect((await assign([open.id])).status).toBe(200);
    expect(await assign([first.id, second.id])).toMatchObject(asks(names));
    expect(await assign([first.id, second.id], second.name)).toMatchObject(asks(names));
    expect((await assign([first.id, second.id], names)).body.namespaces).toHaveLength(2);
    // What stays as it is asks nothing.
    expect((await assign([first.id, second.id, open.id])).status).toBe(200);
    expect(await assign([second.id, open.id])).toMatchObject(asks(first.name));
    // So does another licence that would take its place.
    const other = await given.licence();
    const take = { namespaceIds: [first.id], takeOver: true };
    expect(await client.put(`/licences/${other.id}/namespaces`, take, '*')).toMatchObject(asks(first.name));
    expect(await client.delete(`/licences/${id}`, '*')).toMatchObject(asks(names));
    expect((await client.get(`/licences/${id}`)).body.namespaces).toHaveLength(3);
    const headers = { 'if-match': '*', 'x-bailiwick-confirm': names };
    expect((await owner.call('DELETE', `/licences/${id}`, { headers })).status).toBe(204);
  });

  test('waits for a second person, who may change licences too; looks at licences go on meanwhile', async () => {
    const place = await aProtectedOne();
    const { id } = await given.licence();
    const by = await somebody(licensed);
    const [{ id: lookId }] = (await platform.sql('au', 'select id from licence_looks where tenant_id = $1', [
      tenant.id,
    ])) as [{ id: string }];
    const confirmed = { headers: { 'if-match': '*', 'x-bailiwick-confirm': place.name } };
    const assign = (namespaceIds: string[], author = by.client) =>
      author.call('PUT', `/licences/${id}/namespaces`, { ...confirmed, body: { namespaceIds } });
    const asked = await assign([place.id]);
    expect(asked).toMatchObject({ status: 202, body: { kind: 'change-request', namespaceId: place.id } });
    expect((await client.get(`/licences/${id}`)).body.namespaces).toEqual([]);
    expect(await platform.sql('au', 'select id from licence_looks where tenant_id = $1', [tenant.id])).toEqual([
      { id: lookId },
    ]);

    // Who approves here, and has nothing to do with licences, neither sees what it would do nor does it.
    expect((await approver.client.get(`${place.requests}/${asked.body.id}`)).body.effects).toBeNull();
    expect(await approver.client.post(`${place.requests}/${asked.body.id}/approve`)).toMatchObject({
      status: 403,
      body: { permission: 'licences.change' },
    });
    const second = await somebody([...licensed, 'namespaces.approve']);
    expect((await second.client.get(`${place.requests}/${asked.body.id}`)).body.effects).toMatchObject([
      { action: 'licences.assign', target: { id }, before: { namespaces: [] } },
    ]);
    expect((await second.client.post(`${place.requests}/${asked.body.id}/approve`)).status).toBe(200);
    expect((await client.get(`/licences/${id}`)).body.namespaces).toMatchObject([{ id: place.id }]);

    const removed = await by.client.call('DELETE', `/licences/${id}`, confirmed);
    expect(removed.status).toBe(202);
    expect((await client.get(`/licences/${id}`)).status).toBe(200);
    expect((await second.client.post(`${place.requests}/${removed.body.id}/approve`)).status).toBe(200);
    expect((await client.get(`/licences/${id}`)).status).toBe(404);
  });

  test('is of one namespace at a time that wants a second person, also of one that wants one later', async () => {
    const [place, other] = [await aProtectedOne(), await aProtectedOne()];
    const later = await given.namespace();
    const { id } = await given.licence();
    const by = await somebody(licensed);
    const assign = (namespaceIds: string[], confirm: string) =>
      by.client.call('PUT', `/licences/${id}/namespaces`, {
        headers: { 'if-match': '*', 'x-bailiwick-confirm': confirm },
        body: { namespaceIds },
      });
    expect(await assign([place.id, other.id], [place.name, other.name].sort().join())).toMatchObject({
      status: 409,
      body: { type: problem('several-approvals') },
    });
    const asked = await assign([place.id, later.id], place.name);
    expect(asked.status).toBe(202);
    await client.patch(`/namespaces/${later.id}`, { protection: 'approval' }, '*');
    const second = await somebody([...licensed, 'namespaces.approve']);
    expect(await second.client.post(`${place.requests}/${asked.body.id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('change-overtaken') },
    });
    expect((await client.get(`/licences/${id}`)).body.namespaces).toEqual([]);
  });
});

describe('the setting', () => {
  test('wants somebody else who may approve', async () => {
    const lonely = await aTenant(platform);
    const place = await lonely.given.namespace();
    expect(await lonely.client.patch(`/namespaces/${place.id}`, { protection: 'approval' }, '*')).toMatchObject({
      status: 409,
      body: { type: problem('no-approver') },
    });
  });

  test('wants somebody else than whoever stands behind the machine that sets it', async () => {
    const lonely = await aTenant(platform);
    const place = await lonely.given.namespace();
    const owner = await lonely.given.person(password);
    const [{ id: ownerGroup }] = (await lonely.client.get('/groups?q=Owner')).body.items;
    await lonely.client.post(`/groups/${ownerGroup}/members`, { accountIds: [owner.id] });
    const cookie = await signIn(platform, owner.email, password);
    const origin = `http://127.0.0.1:${platform.nodes[0]?.port}`;
    const by = clientOf(origin + lonely.path, null, { cookie, origin, 'x-bailiwick-csrf': '1' });
    const machine = await by.post('/service-accounts', { name: 'builder' });
    const { value } = (await by.post(`/service-accounts/${machine.body.id}/keys`, { name: 'first' })).body;
    await by.post(`/groups/${ownerGroup}/members`, { serviceAccountIds: [machine.body.id] });
    const set = () =>
      clientOf(origin + lonely.path, value).patch(`/namespaces/${place.id}`, { protection: 'approval' }, '*');
    expect(await set()).toMatchObject({ status: 409, body: { type: problem('no-approver') } });
    const second = await lonely.given.person(password);
    const approvers = await lonely.given.group();
    await lonely.client.put(`/groups/${approvers.id}/grants`, { grants: [{ permission: 'namespaces.approve' }] }, '*');
    await lonely.client.post(`/groups/${approvers.id}/members`, { accountIds: [second.id] });
    expect((await set()).status).toBe(200);
  });

  test('Z1: who is bound by it does not take it away alone', async () => {
    const place = await aProtectedOne();
    for (const protection of ['none', 'name']) {
      const asked = await place.call('PATCH', '', { protection }, { 'if-match': '*' });
      expect(asked.status).toBe(202);
    }
    expect((await place.read()).protection).toBe('approval');
    const removed = await place.call('DELETE', `?confirmName=${place.name}`, undefined, { 'if-match': '*' });
    expect(removed.status).toBe(202);
    expect((await place.read()).status).toBe('active');
    expect((await approver.client.post(`${place.requests}/${removed.body.id}/approve`)).status).toBe(200);
    expect((await place.read()).status).toBe('deleted');
    // Its restoration waits too.
    expect((await place.call('POST', '/restore')).status).toBe(202);
  });
});

describe('attacks', () => {
  test('Z1: nobody approves or refuses their own change, whatever they may do', async () => {
    const place = await aProtectedOne();
    const asked = (await place.call('PATCH', '', { description: 'mine' }, { 'if-match': '*' }, approver.client)).body;
    for (const [act, body] of [['approve'], ['refuse', { reason: 'x' }]] as const)
      expect(await approver.client.post(`${place.requests}/${asked.id}/${act}`, body)).toMatchObject({
        status: 403,
        body: { type: problem('own-request') },
      });
    // The author of others has no right to approve.
    expect(await author.client.post(`${place.requests}/${asked.id}/approve`)).toMatchObject({
      status: 403,
      body: { type: problem('forbidden') },
    });
    expect((await place.read()).description).toBe('');
  });

  test('Z1: nobody approves what a machine of theirs asked for, nor does a machine approve', async () => {
    const place = await aProtectedOne();
    const owner = await somebody(['namespaces.*', 'gateways.*', 'integrations.*']);
    const machine = (await owner.client.post('/service-accounts', { name: aName('machine'), groupIds: [] })).body;
    await client.post(`/groups/${approver.groupId}/members`, { serviceAccountIds: [machine.id] });
    const key = (await owner.client.post(`/service-accounts/${machine.id}/keys`, { name: 'first' })).body;
    const keyed = clientOf(`${platform.url}${tenant.path}`, key.value);
    const asked = await place.call('PATCH', '', { description: 'by a machine' }, { 'if-match': '*' }, keyed);
    expect(asked.status, asked.text).toBe(202);
    expect(await owner.client.post(`${place.requests}/${asked.body.id}/approve`)).toMatchObject({
      status: 403,
      body: { type: problem('own-request') },
    });
    for (const [by, allowed] of [
      [owner, false],
      [approver, true],
    ] as const)
      expect((await by.client.get(place.requests)).body.items[0].actions[0]).toMatchObject({ allowed });
    const taken = (await place.call('PATCH', '', { description: 'not so' }, { 'if-match': '*' }, keyed)).body;
    expect((await keyed.post(`${place.requests}/${taken.id}/withdraw`)).body.decidedBy).toMatchObject({
      id: machine.id,
      kind: 'service-account',
      displayName: machine.name,
    });
    const own = (await place.describeIt('by a person')).body;
    expect(await keyed.post(`${place.requests}/${own.id}/approve`)).toMatchObject({
      status: 403,
      body: { type: problem('people-only') },
    });
    // A key that was revoked asks for nothing any more, also not for what it asked for before.
    await owner.client.delete(`/service-accounts/${machine.id}/keys/${key.id}`);
    expect(await approver.client.post(`${place.requests}/${asked.body.id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('author-not-allowed') },
    });
    expect((await place.read()).description).toBe('');
  });

  test.each([
    ['left the group', (who: Any) => client.delete(`/groups/${who.groupId}/members/${who.id}`)],
    ['was disabled', (who: Any) => client.post(`/accounts/${who.id}/disable`)],
  ])('Z7: an author who %s gets nothing made', async (_what, lose) => {
    const place = await aProtectedOne();
    const who = await somebody(['namespaces.change', 'namespaces.view']);
    const asked = await place.call('PATCH', '', { description: 'too much' }, { 'if-match': '*' }, who.client);
    expect((await lose(who)).status).toBeLessThan(300);
    expect(await approver.client.post(`${place.requests}/${asked.body.id}/approve`)).toMatchObject({
      status: 409,
      body: { type: problem('author-not-allowed') },
    });
    expect((await place.read()).description).toBe('');
    expect((await client.get(`${place.requests}/${asked.body.id}`)).body.state).toBe('lapsed');
  });

  test('Z7: who lost the right to approve, or never had that to do it, makes nothing', async () => {
    const place = await aProtectedOne();
    const asked = (await place.describeIt('too much')).body;
    const former = await somebody(['namespaces.approve', 'namespaces.change']);
    await client.delete(`/groups/${former.groupId}/members/${former.id}`);
    const half = await somebody(['namespaces.approve']);
    for (const { client: by } of [former, half])
      expect(await by.post(`${place.requests}/${asked.id}/approve`)).toMatchObject({
        status: 403,
        body: { type: problem('forbidden') },
      });
    expect((await place.read()).description).toBe('');
  });

  test('one of two who approve at once, on two nodes, makes it', async () => {
    const place = await aProtectedOne();
    const other = await somebody(['namespaces.*', 'gateways.*']);
    const asked = (await place.call('POST', '/gateways', { name: aName('gateway') })).body;
    const replies = await Promise.all([
      approver.on(0).post(`${place.requests}/${asked.id}/approve`),
      other.on(1).post(`${place.requests}/${asked.id}/approve`),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await place.read('/gateways')).items).toHaveLength(2);
  });

  test('many who upload key files at once, and hold a connection each, do not wait for one another for ever', async () => {
    const place = await aProtectedOne();
    const body = { pkcs12: keyFiles.usual, password: passwordOfFiles };
    const uploads = Array.from({ length: 16 }, () =>
      place.call('POST', `${place.gateway}/certificates`, body, { 'idempotency-key': aName('key') }),
    );
    const statuses = (await Promise.all(uploads)).map(({ status }) => status);
    // Ten may wait; more are refused, at once.
    for (const status of statuses) expect([202, 409, 429]).toContain(status);
    expect(statuses).toContain(202);
  });

  test('L2: a secret in what was sent stands in no list, no entry and no row', async () => {
    const place = await aProtectedOne();
    const file = keyFiles.usual;
    const asked = await place.call('POST', `${place.gateway}/certificates`, {
      pkcs12: file,
      password: passwordOfFiles,
    });
    expect(asked.status, asked.text).toBe(202);
    const { id } = asked.body;
    const shown = [
      (await approver.client.get(`${place.requests}/${id}`)).text,
      (await approver.client.get(place.requests)).text,
      JSON.stringify(await entriesOf(id)),
      JSON.stringify(await platform.sql('au', 'select effects from change_requests where id = $1', [id])),
    ].join();
    const rows = await platform.sql('au', 'select sealed from change_request_inputs where request_id = $1', [id]);
    expect(rows).toHaveLength(1);
    for (const secret of [file, file.slice(0, 60), passwordOfFiles]) {
      expect(shown).not.toContain(secret);
      expect(rows[0]?.sealed.includes(secret)).toBe(false);
    }
    // Moved to another request it does not open.
    const other = (await place.describeIt('another')).body;
    await platform.sql(
      'au',
      `update change_request_inputs set sealed = (select sealed from change_request_inputs where request_id = $1)
       where request_id = $2`,
      [id, other.id],
    );
    expect((await approver.client.post(`${place.requests}/${other.id}/approve`)).status).toBe(500);
    expect((await approver.client.post(`${place.requests}/${id}/approve`)).body.result.source).toBe('uploaded');
    expect(await platform.sql('au', 'select from change_request_inputs where request_id = $1', [id])).toHaveLength(0);
  });

  test('T1: those who see only another namespace find none of it', async () => {
    const place = await aProtectedOne();
    const { id } = (await place.describeIt('hidden')).body;
    const stranger = await somebody();
    expect((await stranger.client.get(`${place.requests}/${id}`)).status).toBe(404);
    expect((await stranger.client.get(place.requests)).body.items).toEqual([]);
    const looker = await somebody(['namespaces.view']);
    expect((await looker.client.get(`${place.requests}/${id}`)).body).toMatchObject({ id, effects: null });
    const elsewhere = await given.namespace();
    expect((await approver.client.get(`/namespaces/${elsewhere.id}/change-requests/${id}`)).status).toBe(404);
  });

  test('an approval wants a fresh proof of who is there', async () => {
    const place = await aProtectedOne();
    const { id } = (await place.describeIt('stale')).body;
    await platform.shiftClock('au', '20 minutes');
    expect(await approver.client.post(`${place.requests}/${id}/approve`)).toMatchObject({
      status: 403,
      body: { type: problem('fresh-sign-in-required') },
    });
  });
});
