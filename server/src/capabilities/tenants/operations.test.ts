import { expect, test, vi } from 'vitest';
import { aName, aPlatform, aTenant, type Client, signIn, type TestTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au', 'eu'] });
const password = 'seven quiet herons walk home';
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const pathsOf = (reply: { body: { errors?: { path: string }[] } }) => reply.body.errors?.map(({ path }) => path);

const aBody = (more: object = {}) => {
  const name = aName('made');
  return {
    name,
    displayName: 'Southern Freight',
    legalName: 'Southern Freight Pty Ltd',
    region: 'au',
    country: 'AU',
    type: 'customer',
    owner: { email: `owner@${name}.example`, firstName: 'Ada', lastName: 'Owner' },
    ...more,
  };
};
const make = (body: object = aBody(), headers: Record<string, string> = {}) =>
  platform.operator.post('/v1/tenants', body, headers);

/** A person of the tenant with these groups, signed in. */
async function aSession(tenant: TestTenant, groupIds: string[] = []) {
  const account = await tenant.given.person(password, { groupIds });
  return { account, session: platform.session(await signIn(platform, account.email, password, tenant.id)) };
}

/** Has a person of one tenant accept an invitation of another. @returns the guest's id there */
async function letIn(visited: TestTenant, session: Client): Promise<string> {
  const group = await visited.given.group();
  const invited = await visited.client.post('/guest-invitations', { groupIds: [group.id] });
  const token = invited.body.link.split('#')[1];
  const accepted = await session.post('/v1/me/guest-invitations/accept', { token });
  expect(accepted, accepted.text).toMatchObject({ status: 200, body: { tenantId: visited.id } });
  return accepted.body.guestId;
}

test('the operator makes a tenant with its Owner Group, an invited owner and a key shown once', async () => {
  const body = aBody({
    bootstrapKey: true,
    taxId: '51 824 753 556',
    companyId: '004 085 616',
    phone: '+61280001234',
    supportDomain: 'Support.Example.COM',
    primaryAddress: { line1: '1 Quay St', city: 'Sydney', country: 'AU' },
  });
  const made = await make(body);
  expect(made).toMatchObject({
    status: 201,
    etag: '"1"',
    body: {
      tenant: {
        name: body.name,
        displayName: 'Southern Freight',
        legalName: 'Southern Freight Pty Ltd',
        region: 'au',
        country: 'AU',
        type: 'customer',
        status: 'active',
        taxId: '51824753556',
        companyId: '004085616',
        phone: '+61280001234',
        supportDomain: 'support.example.com',
        primaryAddress: { line1: '1 Quay St', city: 'Sydney', country: 'AU' },
        billingAddress: null,
        namespaceRegions: ['au'],
        accountEnabling: 'automatic',
        closesAt: null,
      },
    },
  });
  const { id } = made.body.tenant;
  expect(made.headers.get('location')).toBe(`/v1/tenants/${id}`);

  const owner = platform.client(made.body.ownerKey);
  expect(await owner.get(`/v1/tenants/${id}`)).toMatchObject({ status: 200, etag: '"1"', body: { id } });
  const [group] = (await owner.get(`/v1/tenants/${id}/groups`)).body.items;
  const members = await owner.get(`/v1/tenants/${id}/groups/${group.id}/members`);
  expect(group).toMatchObject({ isOwnerGroup: true, memberCount: 2 });
  expect(members.body.items.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['account', 'service-account']);
  const accounts = await owner.get(`/v1/tenants/${id}/accounts`);
  expect(accounts.body.items).toMatchObject([{ email: body.owner.email, status: 'new', firstName: 'Ada' }]);
  const [mail] = await platform.outbox(body.owner.email);
  expect(mail?.body).toContain('/accept#');

  const entries = await platform.sql('au', 'select action, actor_kind from audit_entries where tenant_id = $1', [id]);
  const actions = entries.map(({ action }) => action);
  for (const action of ['tenants.create', 'groups.create', 'groups.add-members', 'accounts.create'])
    expect(actions).toContain(action);
  expect(new Set(entries.map(({ actor_kind }) => actor_kind))).toEqual(new Set(['operator']));
  expect(await platform.sql('au', 'select action, outcome from operator_entries where tenant_id = $1', [id])).toEqual([
    { action: 'tenants.create', outcome: 'success' },
  ]);
  const directory = await platform.directorySql('select region, state from tenants where id = $1', [id]);
  expect(directory).toEqual([{ region: 'au', state: 'confirmed' }]);
  for (const table of ['tenants', 'placements', 'accounts', 'tenant_index'])
    expect(await platform.sql('eu', `select 1 from ${table} where tenant_id = $1`, [id]), table).toEqual([]);
});

test('the bootstrap key ends when it was asked to, 30 days away at most', async () => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const end = inDays(20);
  const made = await make(aBody({ bootstrapKey: true, bootstrapKeyExpiresAt: end }));
  expect((await platform.client(made.body.ownerKey).get('/v1/me')).body.expiresAt).toBe(end);
  const usual = await make(aBody({ bootstrapKey: true }));
  const usualEnd = Date.parse((await platform.client(usual.body.ownerKey).get('/v1/me')).body.expiresAt);
  expect(Math.abs(usualEnd - Date.parse(inDays(1)))).toBeLessThan(60_000);
  for (const wrong of [inDays(31), inDays(-1)]) {
    const refused = await make(aBody({ bootstrapKey: true, bootstrapKeyExpiresAt: wrong }));
    expect(refused.status).toBe(400);
    expect(pathsOf(refused)).toEqual(['bootstrapKeyExpiresAt']);
  }
  expect(pathsOf(await make(aBody({ bootstrapKeyExpiresAt: end })))).toEqual(['bootstrapKeyExpiresAt']);
  expect((await make()).body).not.toHaveProperty('ownerKey');
});

const longText = 'x'.repeat(201);
const address = { line1: '1 Quay St', city: 'Sydney', country: 'AU' };
test.each([
  ['name', { name: 'With Space' }],
  ['name', { name: 'Capital' }],
  ['name', { name: '-begins' }],
  ['name', { name: 'a'.repeat(64) }],
  ['name', { name: 'look-аlike' }],
  ['name', { name: 7 }],
  ['name', { name: undefined }],
  ['displayName', { displayName: '' }],
  ['displayName', { displayName: longText }],
  ['displayName', { displayName: 'two\nlines' }],
  ['displayName', { displayName: 'right \u202e left' }],
  ['legalName', { legalName: ' spaced ' }],
  ['legalName', { legalName: null }],
  ['country', { country: 'XX' }],
  ['country', { country: 'au' }],
  ['type', { type: 'guest' }],
  ['region', { region: 'mars' }],
  ['region', { region: 'x'.repeat(9) }],
  ['taxId', { taxId: '51 824 753 557' }],
  ['companyId', { companyId: '004 085 617' }],
  ['taxId', { country: 'DE', taxId: 'DE136695977' }],
  ['taxId', { country: 'NZ', taxId: '49091851' }],
  ['companyId', { country: 'NZ', companyId: '9429041535111' }],
  ['taxId', { country: 'GB', taxId: 'GB980780685' }],
  ['taxId', { country: 'US', taxId: '1-2' }],
  ['companyId', { country: 'FR', companyId: '123456789' }],
  ['phone', { phone: '0280001234' }],
  ['supportDomain', { supportDomain: 'nowhere' }],
  ['primaryAddress.country', { primaryAddress: { ...address, country: 'XX' } }],
  ['primaryAddress.line1', { primaryAddress: { city: 'Sydney', country: 'AU' } }],
  ['billingAddress.planet', { billingAddress: { ...address, planet: 'Earth' } }],
  ['owner.email', { owner: { email: 'nobody', firstName: 'A', lastName: 'B' } }],
  ['owner.email', { owner: { email: 'а.nn@example.com', firstName: 'A', lastName: 'B' } }],
  ['owner.firstName', { owner: { email: 'a@example.com', firstName: '', lastName: 'B' } }],
  ['owner', { owner: undefined }],
  ['bootstrapKey', { bootstrapKey: 'true' }],
  ['bootstrapKeyExpiresAt', { bootstrapKeyExpiresAt: 'tomorrow' }],
  ['status', { status: 'active' }],
  ['id', { id: newId() }],
])('a new tenant with a wrong %s is refused: %j', async (path, more) => {
  const body = aBody(more);
  const refused = await make(body);
  expect(refused).toMatchObject({ status: 400, body: { type: problem('invalid-request') } });
  expect(pathsOf(refused)).toEqual([path]);
  expect(await platform.sql('au', 'select 1 from tenants where name = $1', [body.name])).toEqual([]);
});

test('identifiers of other countries are free', async () => {
  const made = await make(aBody({ country: 'BR', taxId: 'CNPJ 00.000.000/0001-91', companyId: 'Junta 7' }));
  expect(made.body.tenant).toMatchObject({ taxId: 'CNPJ 00.000.000/0001-91', companyId: 'Junta 7' });
});

test('a system name is given once on the platform, in whatever region', async () => {
  const first = aBody();
  expect((await make(first)).status).toBe(201);
  for (const region of ['au', 'eu']) {
    const again = await make({ ...aBody({ region }), name: first.name });
    expect(again).toMatchObject({ status: 409, body: { type: problem('name-taken') } });
  }
});

test('of 10 tenants of one name at once one is made', async () => {
  const name = aName('race');
  const replies = await Promise.all(
    Array.from({ length: 10 }, (_, at) => make({ ...aBody({ region: at % 2 ? 'eu' : 'au' }), name })),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
});

test('20 equal requests with one Idempotency-Key make one tenant, and one shows the key', async () => {
  const body = aBody({ bootstrapKey: true });
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => make(body, { 'idempotency-key': `race-${body.name}` })),
  );
  expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
  expect(new Set(replies.map((reply) => reply.body.tenant.id)).size).toBe(1);
  expect(replies.filter((reply) => reply.body.ownerKey)).toHaveLength(1);
  expect(replies.filter((reply) => reply.headers.get('idempotency-replayed') === 'true')).toHaveLength(19);
  expect(await platform.sql('au', 'select 1 from tenants where name = $1', [body.name])).toHaveLength(1);
});

test('a repeated creation answers with the tenant as it is now, without its key', async () => {
  const body = aBody({ bootstrapKey: true });
  const headers = { 'idempotency-key': `again-${body.name}` };
  const first = await make(body, headers);
  const { id } = first.body.tenant;
  await platform.client(first.body.ownerKey).patch(`/v1/tenants/${id}`, { displayName: 'Renamed' }, '*');
  const again = await make(body, headers);
  expect(again).toMatchObject({ status: 201, etag: '"2"', body: { tenant: { id, displayName: 'Renamed' } } });
  expect(again.body).not.toHaveProperty('ownerKey');
  expect(again.headers.get('location')).toBe(`/v1/tenants/${id}`);
  expect(again.headers.get('idempotency-replayed')).toBe('true');

  for (const other of [
    { ...body, displayName: 'Other' },
    { ...body, region: 'eu' },
  ])
    expect(await make(other, headers)).toMatchObject({
      status: 422,
      body: { type: problem('idempotency-key-reused') },
    });
  const malformed = await make(aBody(), { 'idempotency-key': 'with space' });
  expect(pathsOf(malformed)).toEqual(['header.idempotency-key']);

  // After a day the key is free again.
  await platform.sql('au', `update operator_requests set created_at = created_at - interval '25 hours'`);
  expect(await make(body, headers)).toMatchObject({ status: 409, body: { type: problem('name-taken') } });
});

test('a refused creation leaves its Idempotency-Key free for a corrected one', async () => {
  const taken = aBody();
  await make(taken);
  const key = { 'idempotency-key': `corrected-${taken.name}` };
  expect((await make({ ...aBody(), name: taken.name }, key)).status).toBe(409);
  expect((await make(aBody(), key)).status).toBe(201);
});

test('only the operator makes tenants', async () => {
  const tenant = await aTenant(platform);
  expect((await platform.client(tenant.ownerKey).post('/v1/tenants', aBody())).status).toBe(403);
  expect((await platform.anyone.post('/v1/tenants', aBody())).status).toBe(401);
});

test('the operator lists tenants of all regions by id, region, state and time, and sees nothing of their contents', async () => {
  const fresh = await aPlatform({ regions: ['au', 'eu'], cells: 2 });
  const made: TestTenant[] = [];
  for (const region of ['au', 'eu', 'au', 'eu', 'au']) made.push(await aTenant(fresh, region, aName('listed')));
  const ids = made.map(({ id }) => id);
  const all = await fresh.operator.get('/v1/tenants');
  expect(all).toMatchObject({ status: 200, body: { total: 5, totalIsAtLeast: false, nextCursor: null } });
  expect(all.body.items.map(({ id }: { id: string }) => id)).toEqual([...ids].reverse());
  expect(all.text).not.toContain('listed');
  expect(all.text).not.toContain('Pty Ltd');
  expect(Object.keys(all.body.items[0]).sort()).toEqual([
    'baseUrl',
    'changedAt',
    'createdAt',
    'id',
    'region',
    'status',
  ]);

  for (const sort of ['createdAt', '-createdAt']) {
    const walked: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor ? `&cursor=${cursor}` : '';
      const { body } = await fresh.operator.get(`/v1/tenants?limit=2&sort=${sort}${next}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      walked.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    } while (cursor);
    expect(walked).toEqual(sort === 'createdAt' ? ids : [...ids].reverse());
  }

  const idsOf = async (query: string) =>
    (await fresh.operator.get(`/v1/tenants?${query}&sort=createdAt`)).body.items.map(({ id }: { id: string }) => id);
  expect(await idsOf('region=eu')).toEqual([ids[1], ids[3]]);
  expect(await idsOf('region=au,eu')).toEqual(ids);
  expect(await idsOf(`id=${ids[2]}`)).toEqual([ids[2]]);
  expect(await idsOf(`q=${ids[2]}`)).toEqual([ids[2]]);
  expect(await idsOf(`q=${ids[2]}&id=${ids[1]}`)).toEqual([]);
  await fresh.operator.post(`/v1/tenants/${ids[0]}/suspend`);
  expect(await idsOf('status=suspended')).toEqual([ids[0]]);
  expect(await idsOf('status=suspended,active')).toEqual(ids);
  const third = all.body.items.find(({ id }: { id: string }) => id === ids[2]).createdAt;
  expect(await idsOf(`createdAfter=${third}`)).toEqual(ids.slice(2));
  expect(await idsOf(`createdBefore=${third}`)).toEqual(ids.slice(0, 2));

  for (const [path, query] of [
    ['query.q', 'q=listed'],
    ['query.sort', 'sort=name'],
    ['query.region', 'region=mars'],
    ['query.status', 'status=lost'],
    ['query.id', 'id=7'],
    ['query.createdAfter', 'createdAfter=yesterday'],
    ['query.cursor', 'cursor=abc'],
    ['query.limit', 'limit=201'],
    ['query.color', 'color=red'],
  ])
    expect(pathsOf(await fresh.operator.get(`/v1/tenants?${query}`)), query).toEqual([path]);
});

test('new tenants go to the cell with the fewest', async () => {
  const fresh = await aPlatform({ regions: ['au'], cells: 3 });
  for (let at = 0; at < 6; at++) await aTenant(fresh);
  const cells = await fresh.sql('au', 'select cell, count(*)::int from placements group by cell order by cell');
  expect(cells).toEqual([0, 1, 2].map((cell) => ({ cell, count: 2 })));
});

test('a tenant lists itself with its names', async () => {
  const [own] = [await aTenant(platform), await aTenant(platform)];
  const list = await platform.client(own.ownerKey).get('/v1/tenants');
  expect(list.body).toMatchObject({
    total: 1,
    nextCursor: null,
    items: [{ id: own.id, name: own.name, displayName: `${own.name} display`, region: 'au', status: 'active' }],
  });
  const { session } = await aSession(own);
  expect((await session.get('/v1/tenants')).body.items.map(({ id }: { id: string }) => id)).toEqual([own.id]);
});

test('a person lists the tenants that let them in, in every region served here', async () => {
  const home = await aTenant(platform, 'au', aName('home'));
  const inAu = await aTenant(platform, 'au', aName('b-visited'));
  const inEu = await aTenant(platform, 'eu', aName('a-visited'));
  const stranger = await aTenant(platform, 'eu');
  const { session } = await aSession(home);
  const other = await aSession(home);
  await letIn(inAu, session);
  const guestId = await letIn(inEu, session);

  const idsOf = async (query = '') =>
    (await session.get(`/v1/tenants?${query}`)).body.items.map(({ id }: { id: string }) => id);
  expect(await idsOf()).toEqual([inEu.id, inAu.id, home.id]);
  expect(await idsOf('sort=name')).toEqual([inEu.id, inAu.id, home.id]);
  expect(await idsOf('sort=-name')).toEqual([home.id, inAu.id, inEu.id]);
  expect(await idsOf('sort=region')).toHaveLength(3);
  expect(await idsOf('region=eu')).toEqual([inEu.id]);
  expect(await idsOf('q=B-VISITED')).toEqual([inAu.id]);
  expect(await idsOf(`q=${home.id}`)).toEqual([home.id]);
  expect(await idsOf(`id=${inAu.id}`)).toEqual([inAu.id]);
  expect(await idsOf(`id=${stranger.id}`)).toEqual([]);
  await platform.operator.post(`/v1/tenants/${inAu.id}/suspend`);
  expect(await idsOf('status=suspended')).toEqual([inAu.id]);
  for (const sort of ['name', '-name', 'createdAt', '-createdAt', 'region', '-region', 'status', 'displayName']) {
    const pages = [];
    let cursor = '';
    do {
      const { body } = await session.get(`/v1/tenants?limit=1&sort=${sort}${cursor && `&cursor=${cursor}`}`);
      expect(body.total).toBe(3);
      pages.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    } while (cursor);
    expect(pages).toEqual(await idsOf(`sort=${sort}`));
    expect(new Set(pages).size).toBe(3);
  }

  expect((await other.session.get('/v1/tenants')).body.total).toBe(1);
  expect((await platform.client(home.ownerKey).get('/v1/tenants')).body.total).toBe(1);
  await inEu.client.delete(`/guests/${guestId}`);
  expect(await idsOf()).toEqual([inAu.id, home.id]);
  // Names follow.
  await platform.operator.post(`/v1/tenants/${inAu.id}/resume`);
  expect((await inAu.client.patch('', { displayName: 'Renamed' }, '*')).status).toBe(200);
  await vi.waitFor(async () => expect(await idsOf('q=renamed')).toEqual([inAu.id]), { timeout: 20_000 });
});

test('credentials that do not open the administration API do not list tenants', async () => {
  const tenant = await aTenant(platform);
  const token = await tenant.given.token();
  const namespace = await tenant.given.namespace();
  expect((await platform.client(token.value).get('/v1/tenants')).status).toBe(401);
  if (namespace.serviceKey) expect((await platform.client(namespace.serviceKey).get('/v1/tenants')).status).toBe(401);
  expect((await platform.anyone.get('/v1/tenants')).status).toBe(401);
});

test('owners change the profile; each change is in the audit and has a new version', async () => {
  const tenant = await aTenant(platform);
  const changes = {
    displayName: 'New name',
    legalName: 'New legal name',
    phone: '+61280009999',
    supportDomain: 'Help.Example.org',
    taxId: '51 824 753 556',
    companyId: '004 085 616',
    primaryAddress: { ...address, line2: 'Level 2' },
    billingAddress: address,
    namespaceRegions: ['au', 'eu'],
    accountEnabling: 'administrator',
  };
  const changed = await tenant.client.patch('', changes, '"1"');
  expect(changed).toMatchObject({
    status: 200,
    etag: '"2"',
    body: { ...changes, supportDomain: 'help.example.org', taxId: '51824753556', companyId: '004085616' },
  });
  expect((await tenant.client.get('')).body).toEqual(changed.body);
  const [entry] = await platform.sql(
    'au',
    `select changes, personal is not null as sealed from audit_entries where tenant_id = $1 and action = 'tenants.change'`,
    [tenant.id],
  );
  expect(entry.changes).toMatchObject({
    before: { displayName: `${tenant.name} display` },
    after: { displayName: 'New name' },
  });
  expect(entry.sealed).toBe(true);
  expect(JSON.stringify(entry.changes)).not.toContain('Quay');

  expect((await tenant.client.patch('', { displayName: 'Stale' }, '"1"')).status).toBe(412);
  expect((await tenant.client.patch('', { displayName: 'Unread' })).status).toBe(428);
  const cleared = await tenant.client.patch('', { phone: null, primaryAddress: null, taxId: null }, '"2"');
  expect(cleared.body).toMatchObject({ phone: null, primaryAddress: null, taxId: null });
});

test('identifiers are held against the country, also when only the country changes', async () => {
  const tenant = await aTenant(platform);
  await tenant.client.patch('', { taxId: '51 824 753 556', companyId: '004 085 616' }, '*');
  const moved = await tenant.client.patch('', { country: 'DE' }, '*');
  expect(moved.status).toBe(400);
  expect(pathsOf(moved)).toEqual(['taxId']);
  const both = await tenant.client.patch('', { country: 'DE', taxId: 'DE 136 695 976', companyId: 'HRB 7' }, '*');
  expect(both).toMatchObject({ status: 200, body: { country: 'DE', taxId: 'DE136695976', companyId: 'HRB 7' } });
});

test.each([
  ['name', { name: 'other' }],
  ['region', { region: 'eu' }],
  ['type', { type: 'partner' }],
  ['supportId', { supportId: 'S-1' }],
  ['status', { status: 'closed' }],
  ['id', { id: newId() }],
  ['partnerTenantId', { partnerTenantId: newId() }],
  ['parentTenantId', { parentTenantId: newId() }],
  ['closesAt', { closesAt: null }],
  ['createdAt', { createdAt: '2026-01-01T00:00:00Z' }],
  ['colour', { colour: 'red' }],
  ['body', {}],
  ['displayName', { displayName: null }],
  ['displayName', { displayName: longText }],
  ['legalName', { legalName: 7 }],
  ['country', { country: 'ZZ' }],
  ['taxId', { taxId: '1' }],
  ['companyId', { companyId: 'x'.repeat(51) }],
  ['phone', { phone: '12' }],
  ['supportDomain', { supportDomain: 'http://x' }],
  ['primaryAddress', { primaryAddress: 'here' }],
  ['billingAddress.city', { billingAddress: { ...address, city: '' } }],
  ['namespaceRegions', { namespaceRegions: [] }],
  ['namespaceRegions', { namespaceRegions: ['eu'] }],
  ['namespaceRegions.1', { namespaceRegions: ['au', 'mars'] }],
  ['namespaceRegions.1', { namespaceRegions: ['au', 'au'] }],
  ['accountEnabling', { accountEnabling: 'never' }],
])('owners do not set %s by %j', async (path, changes) => {
  const tenant = await sharedTenant();
  const refused = await tenant.client.patch('', changes, '*');
  expect(refused.status).toBe(400);
  expect(pathsOf(refused)).toEqual([path]);
});
let shared: Promise<TestTenant> | undefined;
const sharedTenant = () => {
  shared ??= aTenant(platform);
  return shared;
};

test('the profile needs its permissions, and says what one may do', async () => {
  const tenant = await sharedTenant();
  const viewer = await tenant.given.machine([{ permission: 'tenant.view' }]);
  const read = await viewer.client.get('');
  expect(read.status).toBe(200);
  expect(read.body.actions).toContainEqual({
    name: 'tenants.change',
    allowed: false,
    reason: 'This needs the permission tenant.change.',
  });
  expect((await tenant.client.get('')).body.actions).toContainEqual({
    name: 'tenants.change',
    allowed: true,
    reason: null,
  });
  expect((await viewer.client.patch('', { displayName: 'X' }, '*')).status).toBe(403);
  const nobody = await tenant.given.machine();
  expect((await nobody.client.get('')).status).toBe(403);
  const foreign = await aTenant(platform);
  const theirs = await platform.client(foreign.ownerKey).get(`/v1/tenants/${tenant.id}`);
  const nowhere = await platform.client(foreign.ownerKey).get(`/v1/tenants/${newId()}`);
  expect(theirs.status).toBe(404);
  expect({ ...theirs.body, requestId: '' }).toEqual({ ...nowhere.body, requestId: '' });
  expect((await platform.operator.get(`/v1/tenants/${tenant.id}`)).status).toBe(404);
});

test('the operator changes type and support id, and sees nothing else', async () => {
  const tenant = await aTenant(platform);
  const path = `/v1/operator/tenants/${tenant.id}`;
  const read = await platform.operator.get(path);
  expect(read).toMatchObject({ status: 200, etag: '"1"' });
  expect(Object.keys(read.body).sort()).toEqual([
    'closesAt',
    'createdAt',
    'id',
    'region',
    'status',
    'supportId',
    'type',
  ]);
  const changed = await platform.operator.patch(path, { type: 'partner', supportId: 'S-1' }, read.etag);
  expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { type: 'partner', supportId: 'S-1' } });
  expect(changed.text).not.toContain(tenant.name);
  expect((await tenant.client.get('')).body).toMatchObject({ type: 'partner', supportId: 'S-1' });
  expect(await tenant.auditedActions()).toContain('tenants.change-as-operator');
  expect((await platform.operator.patch(path, { supportId: null }, '"1"')).status).toBe(412);
  expect((await platform.operator.patch(path, { supportId: null })).status).toBe(428);
  for (const [at, changes] of [
    ['displayName', { displayName: 'Mine now' }],
    ['type', { type: 'owner' }],
    ['supportId', { supportId: 'x'.repeat(101) }],
    ['body', {}],
  ] as const)
    expect(pathsOf(await platform.operator.patch(path, changes, '*'))).toEqual([at]);
  expect((await platform.operator.patch(`/v1/operator/tenants/${newId()}`, { type: 'partner' }, '*')).status).toBe(404);
  expect((await platform.client(tenant.ownerKey).patch(path, { type: 'partner' }, '*')).status).toBe(403);
});

test('a region served elsewhere gets 421 with its base URL, and nothing is stored', async () => {
  await platform.directorySql(
    `insert into regions values ('us', 'United States', 'US', 'https://us.example.com') on conflict do nothing`,
  );
  const body = aBody({ region: 'us' });
  const replies = [
    await make(body, { 'idempotency-key': body.name }),
    await platform.anyone.post('/v1/registrations', {
      region: 'us',
      email: 'ann@example.com',
      fullName: 'Ann Lee',
      mobilePhone: '+61280001234',
    }),
    await platform.operator.post('/v1/operator/registration-invitations', { region: 'us' }),
  ];
  for (const reply of replies)
    expect(reply).toMatchObject({
      status: 421,
      body: { type: problem('wrong-region'), region: 'us', baseUrl: 'https://us.example.com' },
    });
  expect(await platform.directorySql(`select 1 from tenants where region = 'us'`)).toEqual([]);
  for (const region of ['au', 'eu']) {
    expect(await platform.sql(region, `select 1 from registrations where email = 'ann@example.com'`)).toEqual([]);
    expect(await platform.sql(region, 'select 1 from tenants where name = $1', [body.name])).toEqual([]);
  }
});
