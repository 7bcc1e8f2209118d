import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { skeleton } from '../../kernel/canonical.ts';
import { newId } from '../../kernel/ids.ts';
import { inOrder } from './difference.ts';
import { NamespaceSettings } from './schema.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given, below } = tenant;
const problem = (code: string) => ({ type: `urn:bailiwick:problem:${code}` });
const refused = (status: number, code: string) => ({ status, body: problem(code) });

/** A namespace with a gateway, its route, its rule and a grant in it. */
async function aFullNamespace() {
  const namespace = await given.namespace({ description: 'what is copied' });
  const parts = await given.gateway(namespace.id);
  await client.post(`${parts.at}/rules`, {
    serviceId: parts.service.id,
    item: 'one',
    claims: [{ name: 'role', values: ['b', 'a'] }],
  });
  await client.put(
    `/groups/${parts.group.id}/grants`,
    { grants: [{ permission: 'gateways.change', namespaceId: namespace.id }, { permission: 'groups.view' }] },
    '*',
  );
  return { namespace, ...parts };
}

const exported = async (id: string) => (await client.post(`/namespaces/${id}/export`)).body;
const comparison = (id: string, other: string) => client.get(`/namespaces/${id}/comparison?with=${other}`);
const auditedOf = async (targetId: string) => (await client.get(`/audit-entries?targetId=${targetId}`)).body.items;

/** Settings from few names, so that one stage and the next meet. */
const anySettings = (groups: string[], provider: string) => {
  const service = fc.constantFrom('orders', 'reports');
  const route = fc.record({
    name: fc.constantFrom('a', 'B', 'é/%'),
    service,
    pathPrefix: fc.constantFrom('/a', '/b/c'),
    upstream: fc.constantFrom('https://a.example', 'http://b.example/x'),
    methods: fc.subarray(['POST', 'GET']),
    stripsPrefix: fc.boolean(),
    requestHeaders: fc.constantFrom(
      { set: [], remove: [] },
      { set: [{ name: 'x-a', value: '1' }], remove: ['cookie'] },
    ),
  });
  const rule = fc.record({
    service,
    item: fc.constantFrom(null, 'one'),
    groups: fc.subarray(groups),
    claims: fc.constantFrom([], [{ name: 'role', values: ['b', 'a'] }]),
  });
  const gateway = fc.record({
    name: fc.constantFrom('main', 'Second', 'third one'),
    identityProvider: fc.constantFrom(null, provider),
    audiences: fc.subarray(['z', 'y']),
    routes: fc.uniqueArray(route, { selector: ({ name }) => name, maxLength: 3 }),
    rules: fc.uniqueArray(rule, { selector: ({ service, item }) => `${service} ${item}`, maxLength: 4 }),
  });
  const prefixes = fc.shuffledSubarray(['', '/a', '/b'], { minLength: 3 });
  const services = ['orders', 'reports'].map((name) => ({ name, description: '', items: [{ name: 'one' }] }));
  return fc
    .record({
      gateways: fc.uniqueArray(gateway, { selector: ({ name }) => name, maxLength: 3 }),
      grants: fc.uniqueArray(
        fc.record({ group: fc.constantFrom(...groups), permission: fc.constantFrom('gateways.view', 'logging.*') }),
        { selector: ({ group, permission }) => `${group} ${permission}` },
      ),
      prefixes,
    })
    .map(({ gateways, grants, prefixes }) => ({
      format: 'bailiwick-namespace',
      version: 1,
      services,
      gateways: gateways.map((each, at) => ({ prefix: prefixes[at], ...each })),
      grants,
    }));
};

describe('a copy', () => {
  test('has gateways with routes and rules and the grants of groups, and keys of its own', async () => {
    const { namespace, group } = await aFullNamespace();
    const name = aName('copy');
    const made = await client.post(`/namespaces/${namespace.id}/duplicate`, { name });
    expect(made).toMatchObject({ status: 201, body: { name, description: 'what is copied', region: 'au' } });
    expect(made.headers.get('location')).toBe(`${tenant.path}/namespaces/${made.body.id}`);
    expect(made.body.agentKey).not.toBe(namespace.agentKey);
    expect(made.body.serviceKey).not.toBe(namespace.serviceKey);
    expect(await exported(made.body.id)).toEqual(await exported(namespace.id));
    const { grants } = (await client.get(`/groups/${group.id}/grants`)).body;
    expect(grants).toEqual([
      { permission: 'gateways.change', namespaceId: expect.any(String) },
      { permission: 'gateways.change', namespaceId: expect.any(String) },
      { permission: 'groups.view', namespaceId: null },
    ]);
    const gateways = (await client.get(`/namespaces/${made.body.id}/gateways`)).body.items;
    expect(gateways).toMatchObject([{ counts: { routes: 1, rules: 2 } }]);
    const [entry] = await auditedOf(gateways[0].id);
    expect(entry).toMatchObject({ action: 'namespaces.duplicate' });
    expect(JSON.stringify(entry)).toContain('https://orders.internal.example/api');
  });

  test('leaves out what is to be left out, and takes what is given', async () => {
    const { namespace } = await aFullNamespace();
    const made = await client.post(`/namespaces/${namespace.id}/duplicate`, {
      name: aName('copy'),
      description: 'another',
      leavesOut: ['gateways', 'grants'],
    });
    expect(made).toMatchObject({ status: 201, body: { description: 'another' } });
    expect(await exported(made.body.id)).toMatchObject({ gateways: [], grants: [] });
  });

  test('is made once for each key, and shows its keys once', async () => {
    const { namespace } = await aFullNamespace();
    const call = () =>
      client.post(`/namespaces/${namespace.id}/duplicate`, { name }, { 'idempotency-key': 'copy-once' });
    const name = aName('copy');
    const first = await call();
    const again = await call();
    expect(again).toMatchObject({ status: 201, body: { id: first.body.id } });
    expect(again.body.agentKey).toBeUndefined();
  });

  test('gives no right that who copies lacks, and nothing is left of one that is refused', async () => {
    const { namespace } = await aFullNamespace();
    const grants = ['namespaces.view', 'namespaces.change', 'gateways.view'].map((permission) => ({ permission }));
    const machine = await given.machine(grants);
    const as = below(machine.key);
    const name = aName('copy');
    const at = `/namespaces/${namespace.id}/duplicate`;
    expect(await as.post(at, { name })).toMatchObject(refused(403, 'forbidden'));
    expect(await as.post(at, { name, leavesOut: ['grants'] })).toMatchObject({
      status: 409,
      body: { ...problem('not-possible'), detail: expect.stringContaining('gateways.change') },
    });
    expect((await client.get(`/namespaces?q=${name}`)).body.total).toBe(0);
    expect(await as.post(at, { name, leavesOut: ['gateways', 'grants'] })).toMatchObject({ status: 201 });
  });

  test('of one that is deleted, or with a name that is taken, is refused', async () => {
    const { namespace } = await aFullNamespace();
    expect(await client.post(`/namespaces/${namespace.id}/duplicate`, { name: namespace.name })).toMatchObject(
      refused(409, 'name-taken'),
    );
    await client.delete(`/namespaces/${namespace.id}?confirmName=${namespace.name}`, '*');
    expect(await client.post(`/namespaces/${namespace.id}/duplicate`, { name: aName() })).toMatchObject(
      refused(409, 'namespace-deleted'),
    );
  });
});

describe('comparison and promotion', () => {
  test('a difference is read by names, chosen, promoted, and then there is none', async () => {
    const { namespace: dev, gateway, service, at } = await aFullNamespace();
    const prod = (await client.post(`/namespaces/${dev.id}/duplicate`, { name: aName('prod') })).body;
    expect((await comparison(prod.id, dev.id)).body).toMatchObject({ changes: [], parts: ['gateways', 'grants'] });

    await client.post(`${at}/routes`, {
      name: 'second',
      pathPrefix: '/second',
      serviceId: service.id,
      upstream: 'https://second.example',
    });
    const route = (await client.get(`${at}/routes?q=first`)).body.items[0];
    await client.patch(`${at}/routes/${route.id}`, { responseTimeoutMs: 1000 }, '*');
    const rules = (await client.get(`${at}/rules`)).body.items;
    await client.delete(`${at}/rules/${rules.find(({ item }: { item: string }) => item).id}`, '*');
    const { body } = await comparison(prod.id, dev.id);
    const called = encodeURIComponent(gateway.name.toLowerCase());
    expect(body.changes).toMatchObject([
      {
        kind: 'route',
        change: 'change',
        name: 'first',
        fields: [{ name: 'responseTimeoutMs', before: 60_000, after: 1000 }],
      },
      { key: `route/${called}/second`, kind: 'route', change: 'add', name: 'second', gateway: gateway.name },
      { kind: 'rule', change: 'remove', name: `${service.name}: one` },
    ]);
    const [first] = body.changes;
    const promote = (more: object) =>
      client.post(`/namespaces/${prod.id}/promote`, { fromId: dev.id, look: body.look, ...more });
    expect(await promote({ keys: ['route/other'] })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'keys.0' }] },
    });
    expect(await promote({ keys: [first.key] })).toMatchObject({
      status: 200,
      body: { id: prod.id, added: 0, changed: 1, removed: 0 },
    });
    // What was looked at is no longer what is there.
    expect(await promote({})).toMatchObject(refused(412, 'look-over'));
    // Those that run the gateway take its configuration anew.
    const configurations = await platform.sql('au', 'select configuration from gateways where namespace_id = $1', [
      prod.id,
    ]);
    expect(configurations).toEqual([{ configuration: expect.toSatisfy((version) => Number(version) > 1) }]);
    const rest = (await comparison(prod.id, dev.id)).body;
    expect(rest.changes).toHaveLength(2);
    expect(await promote({ look: rest.look })).toMatchObject({ status: 200, body: { added: 1, removed: 1 } });
    expect(await exported(prod.id)).toEqual(await exported(dev.id));
    expect(await promote({ look: (await comparison(prod.id, dev.id)).body.look })).toMatchObject(
      refused(409, 'nothing-to-change'),
    );
    const entry = (await auditedOf(prod.id)).find(({ action }: { action: string }) => action !== 'namespaces.export');
    expect(entry).toMatchObject({ action: 'namespaces.promote', target: { kind: 'namespace' } });
    expect(JSON.stringify(entry)).toContain(dev.id);
  });

  test('gateways may swap prefixes, be renamed by capitals, come and go', async () => {
    const [dev, prod] = [await given.namespace(), await given.namespace()];
    for (const [id, prefixes] of [
      [dev.id, { A: '/1', b: '/2', d: '/4' }],
      [prod.id, { a: '/2', b: '/1', c: '/4' }],
    ] as const)
      for (const [name, prefix] of Object.entries(prefixes))
        await client.post(`/namespaces/${id}/gateways`, { name, prefix });
    const { look, changes } = (await comparison(prod.id, dev.id)).body;
    expect(changes.map(({ change, name }: Record<string, string>) => `${change} ${name}`)).toEqual([
      'change A',
      'change b',
      'remove c',
      'add d',
    ]);
    expect(await client.post(`/namespaces/${prod.id}/promote`, { fromId: dev.id, look })).toMatchObject({
      status: 200,
    });
    expect(await exported(prod.id)).toEqual(await exported(dev.id));
  });

  test('a part of a gateway that is not there needs the gateway', async () => {
    const { namespace: dev, gateway } = await aFullNamespace();
    const prod = await given.namespace();
    const { look, changes } = (await comparison(prod.id, dev.id)).body;
    const route = changes.find(({ kind }: { kind: string }) => kind === 'route');
    const key = `gateway/${gateway.name}`;
    expect(route.needs).toEqual([key]);
    const promote = (keys: string[]) => client.post(`/namespaces/${prod.id}/promote`, { fromId: dev.id, look, keys });
    expect(await promote([route.key])).toMatchObject({ status: 400, body: { errors: [{ path: 'keys' }] } });
    expect(await promote([key, route.key])).toMatchObject({ status: 200, body: { added: 2 } });
  });

  test('of two at once that promote into each other, each is done or told to look again', async () => {
    const [one, other] = [await given.namespace(), await given.namespace()];
    await client.post(`/namespaces/${one.id}/gateways`, { name: 'x', prefix: '/x' });
    await client.post(`/namespaces/${other.id}/gateways`, { name: 'y', prefix: '/y' });
    const looks = [(await comparison(one.id, other.id)).body.look, (await comparison(other.id, one.id)).body.look];
    const both = await Promise.all([
      client.post(`/namespaces/${one.id}/promote`, { fromId: other.id, look: looks[0] }),
      client.post(`/namespaces/${other.id}/promote`, { fromId: one.id, look: looks[1] }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(await exported(one.id)).toEqual(await exported(other.id));
  });

  test('whose right is in one namespace neither reads the other nor changes it, and sees what is in the way', async () => {
    const { namespace: dev } = await aFullNamespace();
    const prod = await given.namespace();
    const only = await given.machine([
      { permission: 'gateways.view', namespaceId: prod.id },
      { permission: 'gateways.change', namespaceId: prod.id },
    ]);
    const as = below(only.key);
    const unseen = { status: 400, body: { errors: [{ path: 'query.with' }] } };
    expect(await as.get(`/namespaces/${prod.id}/comparison?with=${dev.id}`)).toMatchObject(unseen);
    expect(await as.get(`/namespaces/${prod.id}/comparison?with=${newId()}`)).toMatchObject(unseen);
    const viewer = await given.machine([{ permission: 'gateways.view' }]);
    const seen = await below(viewer.key).get(`/namespaces/${prod.id}/comparison?with=${dev.id}`);
    expect(seen.body.parts).toEqual(['gateways']);
    expect(seen.body.changes[0]).toMatchObject({ obstacle: 'This needs the permission gateways.change.' });
    expect(
      await below(viewer.key).post(`/namespaces/${prod.id}/promote`, { fromId: dev.id, look: seen.body.look }),
    ).toMatchObject(refused(403, 'forbidden'));
  });
});

describe('a file', () => {
  test('holds names and no ids, keys or secrets, and is the same whenever it is written', async () => {
    const { namespace, group, service } = await aFullNamespace();
    const file = await exported(namespace.id);
    expect(file).toMatchObject({
      format: 'bailiwick-namespace',
      version: 1,
      services: [{ name: service.name, items: [{ name: 'one' }] }],
      gateways: [
        { routes: [{ name: 'first', service: service.name }], rules: [{ groups: [group.name] }, { item: 'one' }] },
      ],
      grants: [{ group: group.name, permission: 'gateways.change' }],
    });
    const text = JSON.stringify(file);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(text).not.toContain('bwk_');
    expect(JSON.stringify(await exported(namespace.id))).toBe(text);
    expect((await auditedOf(namespace.id))[0]).toMatchObject({ action: 'namespaces.export' });
  });

  test('comes into another tenant: what is missing there is made, and what cannot be made is named', async () => {
    const { namespace, group } = await aFullNamespace();
    const settings = await exported(namespace.id);
    const there = await aTenant(platform);
    const target = await there.given.namespace();
    const preview = () => there.client.post(`/namespaces/${target.id}/import/preview`, { settings });
    const first = await preview();
    expect(first).toMatchObject({ status: 200, body: { other: null, parts: ['gateways', 'grants'] } });
    const kinds = first.body.changes.map(({ kind, obstacle }: Record<string, string>) => [kind, obstacle !== null]);
    expect(kinds).toEqual([
      ['service', false],
      ['gateway', false],
      ['route', false],
      ['rule', true],
      ['rule', false],
      ['grant', true],
    ]);
    const importing = (look: string) => there.client.post(`/namespaces/${target.id}/import`, { settings, look });
    expect(await importing(first.body.look)).toMatchObject({
      status: 409,
      body: {
        ...problem('not-possible'),
        detail: expect.stringContaining(`There is no group named ${group.name} here.`),
      },
    });
    expect((await there.client.get(`/namespaces/${target.id}/gateways`)).body.total).toBe(0);
    await there.client.post('/groups', { name: group.name.toUpperCase() });
    const second = (await preview()).body;
    expect(await importing(first.body.look)).toMatchObject(refused(412, 'look-over'));
    expect(await importing(second.look)).toMatchObject({ status: 200, body: { added: 6 } });
    const again = (await preview()).body;
    expect(again.changes).toEqual([]);
    const written = (await there.client.post(`/namespaces/${target.id}/export`)).body;
    expect(written).toEqual(JSON.parse(JSON.stringify(settings).replaceAll(group.name, group.name.toUpperCase())));
  });

  test('adds items to a service that lacks some, and takes none', async () => {
    const { namespace, service } = await aFullNamespace();
    const settings = await exported(namespace.id);
    settings.services[0].items = [{ name: 'two', description: 'new' }];
    settings.gateways[0].rules.push({ service: service.name, item: 'two' });
    const { body } = await client.post(`/namespaces/${namespace.id}/import/preview`, { settings });
    expect(body.changes).toMatchObject([
      { key: `service/${service.name}`, change: 'change' },
      { kind: 'rule', change: 'add', needs: [`service/${service.name}`] },
    ]);
    expect(await client.post(`/namespaces/${namespace.id}/import`, { settings, look: body.look })).toMatchObject({
      status: 200,
      body: { added: 1, changed: 1 },
    });
    expect((await client.get(`/services/${service.id}`)).body.items).toMatchObject([{ name: 'one' }, { name: 'two' }]);
  });

  test('of two at once that change the same group and service, each is done or told to look again', async () => {
    const { namespace, service } = await aFullNamespace();
    const settings = await exported(namespace.id);
    for (let round = 0; round < 4; round += 1) {
      settings.services[0].items.push({ name: `more ${round}`, description: '' });
      const places = [await given.namespace(), await given.namespace(), await given.namespace()];
      const looks = await Promise.all(
        places.map(async ({ id }) => (await client.post(`/namespaces/${id}/import/preview`, { settings })).body.look),
      );
      const all = await Promise.all(
        places.map(({ id }, at) => client.post(`/namespaces/${id}/import`, { settings, look: looks[at] })),
      );
      // Who came first made the item, so that the others looked at what is no more.
      expect(all.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    }
    expect((await client.get(`/services/${service.id}`)).body.items).toHaveLength(5);
  });

  test('of two at once that change the same group only, both are done', async () => {
    const { namespace } = await aFullNamespace();
    const settings = await exported(namespace.id);
    const places = [await given.namespace(), await given.namespace(), await given.namespace()];
    const all = await Promise.all(
      places.map(async ({ id }) => {
        const { look } = (await client.post(`/namespaces/${id}/import/preview`, { settings })).body;
        return client.post(`/namespaces/${id}/import`, { settings, look });
      }),
    );
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('names groups as a directory does: long, and with letters that are many in a key', async () => {
    const { namespace, group } = await aFullNamespace();
    const name = ` ${'\u{10348}'.repeat(255)}`;
    await platform.sql('au', 'update groups set name = $1, name_canonical = $2 where id = $3', [
      name,
      skeleton(name),
      group.id,
    ]);
    const settings = await exported(namespace.id);
    expect(settings.grants).toMatchObject([{ group: name }]);
    const target = await given.namespace();
    const { body } = await client.post(`/namespaces/${target.id}/import/preview`, { settings });
    const keys = body.changes.map(({ key }: { key: string }) => key);
    const imported = await client.post(`/namespaces/${target.id}/import`, { settings, look: body.look, keys });
    expect(imported, imported.text).toMatchObject({ status: 200 });
    expect(await exported(target.id)).toEqual(settings);
  });

  test('names as many grants as an export may', () => {
    const grants = Array.from({ length: 10_000 }, (_, at) => ({ group: `g${at}`, permission: 'gateways.view' }));
    const file = { format: 'bailiwick-namespace', version: 1, grants };
    expect(NamespaceSettings.safeParse(file).success).toBe(true);
    expect(NamespaceSettings.safeParse({ ...file, grants: [...grants, { ...grants[0], group: 'more' }] }).success).toBe(
      false,
    );
  });

  test('without a part leaves that part as it is', async () => {
    const { namespace } = await aFullNamespace();
    const settings = { format: 'bailiwick-namespace', version: 1, grants: [] };
    const { body } = await client.post(`/namespaces/${namespace.id}/import/preview`, { settings });
    expect(body).toMatchObject({ parts: ['grants'], changes: [{ kind: 'grant', change: 'remove' }] });
  });

  test.each([
    [{ version: 2 }, 'settings.version'],
    [{ format: 'other' }, 'settings.format'],
    [{ gateways: [{ name: 'a' }, { name: 'A', prefix: '/a' }] }, 'settings.gateways'],
    [
      { gateways: [{ name: 'a', routes: [{ name: 'x', service: 'orders', pathPrefix: '/x', upstream: 'ftp://x' }] }] },
      'settings.gateways.0.routes.0.upstream',
    ],
    [{ gateways: [{ name: 'a', secret: 'x' }] }, 'settings.gateways.0.secret'],
    [{ gateways: [{ name: 'a', rules: [{ service: 'orders', item: '\ud800' }] }] }, 'settings.gateways.0.rules.0.item'],
    [{ grants: [{ group: 'a', permission: 'tenant.close' }] }, 'settings.grants.0.permission'],
  ])('%j is refused by %s', async (part, path) => {
    const namespace = await given.namespace();
    const settings = { format: 'bailiwick-namespace', version: 1, ...part };
    expect(await client.post(`/namespaces/${namespace.id}/import/preview`, { settings })).toMatchObject({
      status: 400,
      body: { errors: [{ path }] },
    });
  });

  test('whatever settings there are, what was imported is what is exported', { timeout: 120_000 }, async () => {
    const groups = [await given.group(), await given.group()].map(({ name }) => name);
    const provider = (await given.identityProvider()).name;
    await fc.assert(
      fc.asyncProperty(fc.array(anySettings(groups, provider), { minLength: 2, maxLength: 2 }), async (stages) => {
        const { id } = await given.namespace();
        for (const settings of stages) {
          const { look, changes } = (await client.post(`/namespaces/${id}/import/preview`, { settings })).body;
          if (changes.length > 0)
            expect(await client.post(`/namespaces/${id}/import`, { settings, look })).toMatchObject({ status: 200 });
          const { services: _services, ...written } = await exported(id);
          const { services: _given, ...wanted } = inOrder(NamespaceSettings.parse(settings));
          expect(written).toEqual(wanted);
        }
      }),
      { numRuns: 8 },
    );
  });

  test('of a namespace with thousands of rules comes and goes at once', { timeout: 120_000 }, async () => {
    const namespace = await given.namespace();
    const items = Array.from({ length: 2000 }, (_, at) => ({ name: `item ${at}` }));
    const settings = {
      format: 'bailiwick-namespace',
      version: 1,
      services: [{ name: aName('many').toLowerCase(), description: '', items }],
      gateways: [{ name: 'many', prefix: '/many', rules: [] as object[] }],
    };
    const [service] = settings.services;
    settings.gateways[0]?.rules.push(...items.map(({ name }) => ({ service: service?.name, item: name })));
    const at = `/namespaces/${namespace.id}/import`;
    const { look } = (await client.post(`${at}/preview`, { settings })).body;
    expect(await client.post(at, { settings, look })).toMatchObject({ status: 200, body: { added: 2002 } });
    const copy = await client.post(`/namespaces/${namespace.id}/duplicate`, { name: aName('many') });
    expect(copy.status).toBe(201);
    const gateways = (await client.get(`/namespaces/${copy.body.id}/gateways`)).body.items;
    expect(gateways).toMatchObject([{ counts: { rules: 2000 } }]);
    expect(await auditedOf(gateways[0].id)).toHaveLength(11);

    // More than one import does; a copy, of which nothing can be chosen, is all of it.
    const [first] = settings.gateways;
    for (const name of ['second', 'third'])
      settings.gateways.push({ name, prefix: `/${name}`, rules: first?.rules ?? [] });
    const more = (await client.post(`${at}/preview`, { settings })).body;
    expect(await client.post(at, { settings, look: more.look })).toMatchObject({ status: 200, body: { added: 4002 } });
    const whole = await client.post(`/namespaces/${namespace.id}/duplicate`, { name: aName('many') });
    expect(whole.status, whole.text).toBe(201);
    const copied = (await client.get(`/namespaces/${whole.body.id}/gateways`)).body.items;
    expect(copied.map(({ counts }: { counts: { rules: number } }) => counts.rules)).toEqual([2000, 2000, 2000]);
  });
});
