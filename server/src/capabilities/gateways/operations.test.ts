import { describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const namespace = await given.namespace();
const at = `/namespaces/${namespace.id}/gateways`;
const problem = (code: string) => `urn:bailiwick:problem:${code}`;

const aService = async (body: object = {}) =>
  (await client.post('/services', { name: aName('service').toLowerCase(), ...body })).body;

describe('services', () => {
  test('are named once, with or without items', async () => {
    const made = await client.post('/services', {
      name: 'orders',
      description: 'what is sold',
      items: [{ name: '4711' }],
    });
    expect(made).toMatchObject({
      status: 201,
      etag: '"1"',
      body: { name: 'orders', items: [{ name: '4711', description: '' }] },
    });
    expect((await client.get(`/services/${made.body.id}`)).body).toEqual(made.body);
    expect(await client.post('/services', { name: 'orders' })).toMatchObject({
      status: 409,
      body: { type: problem('name-taken') },
    });
    expect((await aService()).items).toBeNull();
    expect((await client.get('/services?q=sold')).body.items).toMatchObject([{ name: 'orders' }]);
  });

  test.each([
    [{ name: 'Orders' }, 'name'],
    [{ name: 'a', items: [{ name: 'a/b' }] }, 'items.0.name'],
    [{ name: 'a', items: [{ name: 'a' }, { name: 'a' }] }, 'items'],
  ])('%j is refused by %s', async (body, path) => {
    expect(await client.post('/services', body)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });

  test('what routes and rules name stays', async () => {
    const { service, rule, route, at: gateway } = await given.gateway(namespace.id);
    await client.post(`${gateway}/rules`, { serviceId: service.id, item: 'one', groupIds: [] });
    const path = `/services/${service.id}`;
    expect(await client.patch(path, { items: [] }, service.etag)).toMatchObject({
      status: 409,
      body: { type: problem('item-in-use'), detail: expect.stringContaining('one') },
    });
    expect(await client.delete(path, '*')).toMatchObject({ status: 409, body: { type: problem('service-in-use') } });
    const named = (await client.get(`${gateway}/rules?serviceId=${service.id}`)).body.items;
    for (const { id } of named) await client.delete(`${gateway}/rules/${id}`, '*');
    expect(named.map(({ id }: { id: string }) => id)).toContain(rule.id);
    // The route takes the item from the path: of a service without items it would find none.
    for (const items of [[], null])
      expect(await client.patch(path, { items }, service.etag)).toMatchObject({
        status: 409,
        body: {
          type: problem('item-in-use'),
          detail: expect.stringContaining('(first), and this service would have none'),
        },
      });
    expect(await client.patch(path, { items: [{ name: 'two' }] }, '*')).toMatchObject({ status: 200 });
    await client.patch(`${gateway}/routes/${route.id}`, { itemFrom: 'none' }, '*');
    expect(await client.patch(path, { items: [] }, '*')).toMatchObject({ status: 200, body: { items: [] } });
    await client.delete(`${gateway}/routes/${route.id}`, '*');
    expect(await client.delete(path, '*')).toMatchObject({ status: 204 });
  });
});

describe('gateways', () => {
  test('are made, read, changed and deleted, each once by name and prefix in its namespace', async () => {
    const made = await client.post(at, { name: 'Main', prefix: '/erp' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        namespaceId: namespace.id,
        name: 'Main',
        prefix: '/erp',
        description: '',
        identityProviderId: null,
        audiences: [],
        counts: { routes: 0, rules: 0 },
      },
    });
    const path = `${at}/${made.body.id}`;
    expect((await client.get(path)).body).toEqual(made.body);
    expect(await client.post(at, { name: 'main', prefix: '/other' })).toMatchObject({
      body: { type: problem('name-taken') },
    });
    expect(await client.post(at, { name: 'Other', prefix: '/erp' })).toMatchObject({
      body: { type: problem('prefix-taken') },
    });
    const elsewhere = await given.namespace();
    expect(await client.post(`/namespaces/${elsewhere.id}/gateways`, { name: 'Main', prefix: '/erp' })).toMatchObject({
      status: 201,
    });
    expect(await client.patch(path, { description: 'changed' }, null)).toMatchObject({ status: 428 });
    const changed = await client.patch(path, { description: 'changed' }, made.etag);
    expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { description: 'changed', name: 'Main' } });
    expect(await client.patch(path, { description: 'again' }, made.etag)).toMatchObject({ status: 412 });
    expect(await client.delete(path, '*')).toMatchObject({ status: 204 });
    expect(await client.get(path)).toMatchObject({ status: 404 });
  });

  test('tokens are of an OpenID Connect provider of the tenant, which stays while a gateway needs it', async () => {
    const provider = await given.identityProvider();
    const body = { name: aName('gateway'), prefix: `/${aName('p')}` };
    expect(await client.post(at, { ...body, identityProviderId: newId() })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'identityProviderId' }] },
    });
    const made = await client.post(at, { ...body, identityProviderId: provider.id, audiences: ['api'] });
    expect(made).toMatchObject({ status: 201, body: { identityProviderId: provider.id, audiences: ['api'] } });
    expect(await client.delete(`/identity-providers/${provider.id}`, '*')).toMatchObject({
      status: 409,
      body: { type: problem('provider-in-use') },
    });
    await client.patch(`${at}/${made.body.id}`, { identityProviderId: null }, '*');
    expect(await client.delete(`/identity-providers/${provider.id}`, '*')).toMatchObject({ status: 204 });
  });

  test('whose right is in one namespace sees and changes the gateways of that one', async () => {
    const mine = await given.namespace();
    const other = await given.gateway(namespace.id);
    const machine = await given.machine([
      { permission: 'gateways.*', namespaceId: mine.id },
      { permission: 'namespaces.view', namespaceId: mine.id },
    ]);
    const made = await machine.client.post(`/namespaces/${mine.id}/gateways`, { name: 'own' });
    expect(made.status).toBe(201);
    expect((await machine.client.get('/services')).status).toBe(200);
    expect(await machine.client.post('/services', { name: 'not-mine' })).toMatchObject({ status: 403 });
    for (const path of [at, other.at, `${other.at}/routes`, `${other.at}/rules/${other.rule.id}`])
      expect(await machine.client.get(path), path).toMatchObject({ status: 404 });
    // A gateway of another namespace is not there below one's own.
    const astray = `/namespaces/${mine.id}/gateways/${other.gateway.id}`;
    for (const path of [astray, `${astray}/routes`, `${astray}/rules/${other.rule.id}`])
      expect(await machine.client.get(path), path).toMatchObject({ status: 404 });
    expect(await machine.client.post(`${astray}/try`, { path: '/' })).toMatchObject({ status: 404 });
    expect(await machine.client.delete(`${astray}/routes/${other.route.id}`, '*')).toMatchObject({ status: 404 });
    // Nor is a route or a rule of another gateway below one's own.
    const own = `/namespaces/${mine.id}/gateways/${made.body.id}`;
    expect(await machine.client.get(`${own}/routes/${other.route.id}`)).toMatchObject({ status: 404 });
    expect(await machine.client.patch(`${own}/rules/${other.rule.id}`, { groupIds: [] }, '*')).toMatchObject({
      status: 404,
    });
  });

  test('of a deleted namespace are read, not changed, and come back with it', async () => {
    const doomed = await given.namespace();
    const { at: path, rule } = await given.gateway(doomed.id);
    expect((await client.get(`/namespaces/${doomed.id}/contents`)).body.contents).toContainEqual({
      kind: 'gateway',
      count: 1,
    });
    await client.delete(`/namespaces/${doomed.id}?confirmName=${doomed.name}`, '*');
    const refused = { status: 409, body: { type: problem('namespace-deleted') } };
    expect(await client.patch(path, { description: 'no' }, '*')).toMatchObject(refused);
    expect(await client.delete(`${path}/rules/${rule.id}`, '*')).toMatchObject(refused);
    expect(await client.post(`/namespaces/${doomed.id}/gateways`, { name: 'no' })).toMatchObject(refused);
    // What is refused is said beforehand, by the same words.
    const { detail } = (await client.patch(path, { description: 'no' }, '*')).body;
    type Said = { name: string; allowed: boolean; reason: string | null };
    const saidOf = async (part: string) => (await client.get(part)).body.items[0].actions as Said[];
    const said = (
      await Promise.all(['routes', 'rules', 'certificates'].map((part) => saidOf(`${path}/${part}`)))
    ).flat();
    const { actions } = (await client.get(path)).body as { actions: Said[] };
    const isOfNoGateway = ({ name }: Said) => name === 'agent-certificates.generate';
    expect(actions.find(isOfNoGateway)).toMatchObject({ allowed: true });
    for (const action of [...actions.filter((each) => !isOfNoGateway(each)), ...said])
      expect(action).toMatchObject({ allowed: false, reason: detail });
    await client.post(`/namespaces/${doomed.id}/restore`);
    const restored = (await client.get(path)).body;
    expect(restored.counts).toEqual({ routes: 1, rules: 1, certificates: 1 });
    expect(restored.actions.filter(({ allowed }: Said) => !allowed)).toEqual([]);
  });
});

describe('routes', () => {
  test('have defaults, and say what they lead to', async () => {
    const { at: gateway, route, service } = await given.gateway(namespace.id);
    expect(route).toMatchObject({
      host: '',
      methods: [],
      service: service.name,
      itemFrom: 'path',
      item: null,
      stripsPrefix: true,
      connectTimeoutMs: 5000,
      responseTimeoutMs: 60000,
      trustedCertificates: null,
      requestHeaders: { set: [], remove: [] },
    });
    const path = `${gateway}/routes/${route.id}`;
    const changed = await client.patch(
      path,
      { methods: ['GET'], requestHeaders: { set: [{ name: 'x-from', value: 'bailiwick' }], remove: ['cookie'] } },
      route.etag,
    );
    expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { methods: ['GET'], pathPrefix: '/orders' } });
    expect((await client.get(path)).body).toEqual(changed.body);
  });

  const good = { name: 'r', pathPrefix: '/a', upstream: 'https://up.internal' };
  test.each([
    [{ upstream: 'ftp://up.internal' }, 'upstream'],
    [{ upstream: 'https://user:word@up.internal' }, 'upstream'],
    [{ upstream: 'https://up.internal/?a=b' }, 'upstream'],
    [{ upstream: 'https://up.internal/a/../b' }, 'upstream'],
    [{ pathPrefix: 'a' }, 'pathPrefix'],
    [{ pathPrefix: '/a/' }, 'pathPrefix'],
    [{ pathPrefix: '/../a' }, 'pathPrefix'],
    [{ pathPrefix: '/a%2fb' }, 'pathPrefix'],
    [{ host: 'UP.example' }, 'host'],
    [{ host: 'up.example:80' }, 'host'],
    [{ methods: ['TRACE'] }, 'methods.0'],
    [{ methods: ['GET', 'GET'] }, 'methods'],
    [{ itemFrom: 'fixed' }, 'item'],
    [{ itemFrom: 'fixed', item: 'two' }, 'item'],
    [{ item: 'one' }, 'item'],
    [{ connectTimeoutMs: 1 }, 'connectTimeoutMs'],
    [{ trustedCertificates: 'no certificate' }, 'trustedCertificates'],
    [{ trustedCertificates: '-', upstream: 'http://up.internal' }, 'trustedCertificates'],
    [{ requestHeaders: { set: [{ name: 'connection', value: 'close' }], remove: [] } }, 'requestHeaders.set.0.name'],
    [{ requestHeaders: { set: [{ name: 'x-a', value: 'a\r\nb: c' }], remove: [] } }, 'requestHeaders.set.0.value'],
    [{ responseHeaders: { set: [{ name: 'x-a', value: 'a' }], remove: ['x-a'] } }, 'responseHeaders'],
    [{ serviceId: newId() }, 'serviceId'],
  ])('%j is refused by %s', async (fields, path) => {
    const service = await aService({ items: [{ name: 'one' }] });
    const { id } = (await client.post(at, { name: aName('gateway'), prefix: `/${aName('p')}` })).body;
    const reply = await client.post(`${at}/${id}/routes`, { ...good, serviceId: service.id, ...fields });
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });
});

describe('rules', () => {
  test('there is one for each service and item, and a deleted group is let in no more', async () => {
    const { at: gateway, service, group, rule } = await given.gateway(namespace.id);
    const rules = `${gateway}/rules`;
    expect(rule).toMatchObject({ service: service.name, item: null, groups: [{ id: group.id, name: group.name }] });
    expect(await client.post(rules, { serviceId: service.id })).toMatchObject({
      body: { type: problem('rule-exists') },
    });
    const named = await client.post(rules, {
      serviceId: service.id,
      item: 'one',
      groupIds: [group.id],
      claims: [{ name: 'department', values: ['finance'] }],
    });
    expect(named.status).toBe(201);
    const other = await given.group();
    const changed = await client.patch(`${rules}/${rule.id}`, { groupIds: [group.id, other.id] }, rule.etag);
    expect(changed).toMatchObject({ status: 200, etag: '"2"' });
    expect(await client.delete(`/groups/${group.id}`, '*')).toMatchObject({ status: 204 });
    const left = (await client.get(rules)).body.items;
    expect(left.map(({ groups }: { groups: { id: string }[] }) => groups.map(({ id }) => id))).toEqual([
      [other.id],
      [],
    ]);
  });

  test('what is wrong is named', async () => {
    const { at: gateway, service } = await given.gateway(namespace.id);
    const refused = (body: object, path: string) =>
      client
        .post(`${gateway}/rules`, { serviceId: service.id, item: 'one', ...body })
        .then((reply) => expect(reply).toMatchObject({ status: 400, body: { errors: [{ path }] } }));
    await refused({ item: 'two' }, 'item');
    await refused({ serviceId: newId() }, 'serviceId');
    await refused({ groupIds: [(await given.group()).id, newId()] }, 'groupIds.1');
    await refused({ claims: [{ name: 'a', values: [] }] }, 'claims.0.values');
  });

  test('each change is in the audit, by the name of what the rule is about', async () => {
    const { service, rule } = await given.gateway(namespace.id);
    const { items } = (await client.get(`/audit-entries?targetId=${rule.id}`)).body;
    expect(items).toMatchObject([
      { action: 'rules.create', target: { kind: 'rule', id: rule.id, name: service.name } },
    ]);
  });
});

describe('a request is tried', () => {
  test('it says the route, the rule and why', async () => {
    const known = { identityProviderId: await given.activeProvider(), audiences: ['orders'] };
    const { at: gateway, gateway: made, service, group, route, rule } = await given.gateway(namespace.id, known);
    const person = await given.account();
    const asked = async (body: object) => (await client.post(`${gateway}/try`, body)).body;
    const path = `${made.prefix}/orders/one?page=2`;
    expect(await asked({ path: '/elsewhere' })).toMatchObject({
      isAllowed: false,
      reason: 'not-below-prefix',
      route: null,
    });
    expect(await asked({ path: `${made.prefix}/reports` })).toMatchObject({ isAllowed: false, reason: 'no-route' });
    expect(await asked({ path })).toEqual({
      isAllowed: false,
      reason: 'not-in-rule',
      explanation: expect.stringContaining(service.name),
      route: { id: route.id, name: 'first' },
      service: { id: service.id, name: service.name },
      item: 'one',
      rule: { id: rule.id, level: 'base', matched: null },
      upstreamUrl: 'https://orders.internal.example/api/one?page=2',
      upstreamToken: null,
    });
    expect(await asked({ path, groupIds: [group.id] })).toMatchObject({
      isAllowed: true,
      rule: { level: 'base', matched: group.name },
    });
    const member = await given.person('a long enough password for tests', { groupIds: [group.id] });
    expect(await asked({ path, accountId: member.id })).toMatchObject({ isAllowed: true, reason: 'rule' });
    expect(await asked({ path, accountId: person.id })).toMatchObject({ isAllowed: false });
    await client.post(`/groups/${group.id}/disable`);
    expect(await asked({ path, accountId: member.id })).toMatchObject({ isAllowed: false, reason: 'not-in-rule' });
    await client.patch(`${gateway}/rules/${rule.id}`, { claims: [{ name: 'role', values: ['clerk'] }] }, '*');
    expect(await asked({ path, claims: { role: ['clerk'] } })).toMatchObject({
      isAllowed: true,
      rule: { matched: 'role: clerk' },
    });
    for (const [body, at] of [
      [{ accountId: newId() }, 'accountId'],
      [{ groupIds: [newId()] }, 'groupIds.0'],
    ] as const)
      expect(await client.post(`${gateway}/try`, { path, ...body })).toMatchObject({
        status: 400,
        body: { errors: [{ path: at }] },
      });
  });

  test('whom the rules would let in is refused where the gateway lets in nobody, and it is said why', async () => {
    const { at: gateway, gateway: made, group } = await given.gateway(namespace.id);
    const asked = async (groupIds = [group.id]) =>
      (await client.post(`${gateway}/try`, { path: `${made.prefix}/orders/one`, groupIds })).body;
    const provider = await given.identityProvider();
    const change = (body: object) => client.patch(gateway, body, '*').then(({ status }) => expect(status).toBe(200));
    const nobody = (reason: string, explanation: string) => ({
      isAllowed: false,
      reason,
      explanation: expect.stringContaining(explanation),
      rule: { matched: group.name },
      upstreamToken: null,
    });
    expect(await asked()).toMatchObject(nobody('nobody-known', '(401): It has no identity provider'));
    expect(await asked([])).toMatchObject({ reason: 'not-in-rule' });
    await change({ identityProviderId: provider.id, audiences: ['orders'] });
    expect(await asked()).toMatchObject(nobody('nobody-known', '(401): Its identity provider is not active'));
    await change({ identityProviderId: await given.activeProvider(), audiences: [] });
    expect(await asked()).toMatchObject(nobody('nobody-known', '(401): It names no audience'));
    await change({ audiences: ['orders'], signing: { header: 'x-token', lifetimeSeconds: 60, includesGroups: true } });
    expect(await asked()).toMatchObject({ isAllowed: true, reason: 'rule', upstreamToken: { header: 'x-token' } });

    const sql = (text: string) => platform.sql('au', text, [namespace.id]);
    await sql(
      `insert into licence_refusals (tenant_id, namespace_id, reason) select tenant_id, id, 'Used up.' from namespaces where id = $1`,
    );
    expect(await asked()).toMatchObject(nobody('licence', '(503): Used up.'));
    await sql('delete from licence_refusals where namespace_id = $1');
    await sql(
      `update gateway_certificates set expires_at = now() where gateway_id in (select id from gateways where namespace_id = $1)`,
    );
    expect(await asked()).toMatchObject(nobody('no-certificate', '(503): It has no valid certificate'));
  });

  test('as an account by whoever may see accounts and groups only: it tells who is in which', async () => {
    const known = { identityProviderId: await given.activeProvider(), audiences: ['orders'] };
    const { at: gateway, gateway: made, group } = await given.gateway(namespace.id, known);
    const path = `${made.prefix}/orders/one`;
    const member = await given.person('a long enough password for tests', { groupIds: [group.id] });
    const here = { permission: 'gateways.view', namespaceId: namespace.id };
    const [accounts, groups] = [{ permission: 'accounts.view' }, { permission: 'groups.view' }];
    const tries = async (grants: (typeof here | typeof groups)[], body: object) =>
      (await given.machine(grants)).client.post(`${gateway}/try`, { path, ...body });
    for (const [grants, permission] of [
      [[here], 'accounts.view'],
      [[here, groups], 'accounts.view'],
      [[here, accounts], 'groups.view'],
    ] as const)
      for (const accountId of [member.id, newId()])
        expect(await tries([...grants], { accountId })).toMatchObject({
          status: 403,
          body: { type: problem('forbidden'), permission },
        });
    expect((await tries([here], {})).body).toMatchObject({ isAllowed: false });
    const asMember = () => tries([here, accounts, groups], { accountId: member.id });
    expect((await asMember()).body).toMatchObject({ isAllowed: true, rule: { matched: group.name } });

    await platform.sql('au', 'update memberships set ends_at = now() where principal_id = $1', [member.id]);
    expect((await asMember()).body).toMatchObject({ isAllowed: false, reason: 'not-in-rule' });
  });

  test('of a host that a request may name, as the gateway decides, and of nothing else', async () => {
    const { at: gateway, gateway: made, service } = await given.gateway(namespace.id);
    const path = `${made.prefix}/orders/one`;
    const upstream = 'https://shop.internal.example';
    const hosted = { serviceId: service.id, upstream, host: 'shop.example', pathPrefix: '/orders' };
    expect(await client.post(`${gateway}/routes`, { ...hosted, name: 'hosted' })).toMatchObject({ status: 201 });
    const routeAt = async (host: string) => (await client.post(`${gateway}/try`, { path, host })).body.route?.name;
    for (const host of ['shop.example', 'SHOP.example.:8443', 'Shop.Example:080'])
      expect(await routeAt(host), host).toBe('hosted');
    for (const host of ['', 'my_shop.example', '[2001:db8::7]:8443', '[::1]', '192.0.2.7:80'])
      expect(await routeAt(host), host).toBe('first');
    for (const host of ['h:70000', 'h..x', '[h]', '::1', 'h/x', 'h%41'])
      expect(await client.post(`${gateway}/try`, { path, host }), host).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'host', message: expect.stringContaining('[2001:db8::7]') }] },
      });
    expect(await client.post(`${gateway}/try`, { path: `${path}#one` })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'path' }] },
    });
  });
});
