import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;

const problem = (code: string) => `urn:bailiwick:problem:${code}`;

test('a provider is made inactive, with what it needs to know of us and without its secret', async () => {
  const name = aName('Entra');
  const made = await client.post('/identity-providers', {
    name,
    type: 'oidc',
    description: 'Everybody',
    oidc: { issuer: 'https://login.example.com/v2.0', clientId: 'abc' },
    clientSecret: 'very secret',
  });

  expect(made).toMatchObject({
    status: 201,
    etag: '"2"',
    body: {
      name,
      type: 'oidc',
      status: 'inactive',
      description: 'Everybody',
      oidc: {
        issuer: 'https://login.example.com/v2.0',
        clientId: 'abc',
        scopes: ['openid', 'profile', 'email'],
        clientAuthentication: 'client_secret_basic',
      },
      mapping: { username: 'preferred_username', email: 'email' },
      admission: { createsAccounts: false, matches: 'none', defaultGroupIds: [], mappedGroups: [] },
      clientSecret: { isSet: true, expiresAt: null, earlierUntil: null },
      missing: [],
      lastTest: null,
    },
  });
  const base = platform.nodes[0]?.platform.regions.get('au')?.baseUrl;
  expect(made.body.addresses.redirectUrl).toBe(`${base}/v1/sign-in/oidc/${tenant.id}/${made.body.id}/callback`);
  expect(made.body.saml).toBeUndefined();
  const seen = [
    made,
    await client.get(`/identity-providers/${made.body.id}`),
    await client.get('/identity-providers'),
    await client.get('/audit-entries?limit=200'),
  ];
  for (const { text } of seen) expect(text).not.toContain('very secret');
  const rows = await platform.sql('au', 'select p::text from identity_providers p');
  expect(JSON.stringify(rows)).not.toContain(Buffer.from('very secret').toString('hex'));
  expect((await client.post('/identity-providers', { name: name.toUpperCase(), type: 'saml' })).body.type).toBe(
    problem('name-taken'),
  );
});

test('a secret that is moved to another row or column opens nothing', async () => {
  const [one, other] = [await given.identityProvider(), await given.identityProvider({ clientSecret: 'of the other' })];
  await platform.sql(
    'au',
    `update identity_providers set client_secret = (select client_secret from identity_providers where id = $1) where id = $2`,
    [one.id, other.id],
  );

  expect((await client.post(`/identity-providers/${other.id}/client-secret`, { clientSecret: 'new' })).status).toBe(
    500,
  );
});

test('what cannot be is refused with its field', async () => {
  const oidc = { issuer: 'https://login.example.com', clientId: 'x' };
  const wrong: [object, string][] = [
    [{ type: 'oidc' }, 'name'],
    [{ name: aName(), type: 'firebase' }, 'type'],
    [{ name: aName(), type: 'oidc', saml: { entityId: 'x' } }, 'saml'],
    [{ name: aName(), type: 'oidc', oidc: { ...oidc, issuer: 'http://login.example.com' } }, 'oidc.issuer'],
    [{ name: aName(), type: 'oidc', oidc: { ...oidc, issuer: 'https://127.0.0.1' } }, 'oidc.issuer'],
    [{ name: aName(), type: 'oidc', oidc: { ...oidc, issuer: 'https://localhost' } }, 'oidc.issuer'],
    [{ name: aName(), type: 'oidc', oidc: { ...oidc, scopes: ['email'] } }, 'oidc.scopes'],
    [{ name: aName(), type: 'oidc', oidc: { ...oidc, logoutUrl: 'javascript:alert(1)' } }, 'oidc.logoutUrl'],
    [{ name: aName(), type: 'oidc', mapping: { subject: 'email' } }, 'mapping.subject'],
    [{ name: aName(), type: 'oauth2', oauth2: { tokenUrl: 'https://169.254.169.254/' } }, 'oauth2.tokenUrl'],
    [{ name: aName(), type: 'oidc', admission: { domains: ['not a domain'] } }, 'admission.domains.0'],
    [
      { name: aName(), type: 'oidc', admission: { defaultGroupIds: [crypto.randomUUID()] } },
      'admission.defaultGroupIds.0',
    ],
    [{ name: aName(), type: 'saml', clientSecret: 'x' }, 'clientSecret'],
    [
      { name: aName(), type: 'oidc', clientSecret: 'x', clientSecretExpiresAt: '2020-01-01T00:00:00Z' },
      'clientSecretExpiresAt',
    ],
  ];
  for (const [body, path] of wrong)
    expect(await client.post('/identity-providers', body), path).toMatchObject({
      status: 400,
      body: { errors: [{ path }] },
    });
});

test('one that lacks something says what, and is not activated', async () => {
  const draft = (
    await client.post('/identity-providers', { name: aName(), type: 'oauth2', mapping: { subject: null } })
  ).body;

  expect(draft.missing.map(({ path }: { path: string }) => path)).toEqual([
    'oauth2.authorisationUrl',
    'oauth2.tokenUrl',
    'oauth2.userInfoUrl',
    'oauth2.clientId',
    'clientSecret',
    'mapping.subject',
  ]);
  for (const act of ['activate', 'test'])
    expect(await client.post(`/identity-providers/${draft.id}/${act}`)).toMatchObject({
      status: 409,
      body: { type: problem('provider-incomplete'), errors: draft.missing },
    });
});

test('settings change field by field; name and type do not', async () => {
  const made = await given.identityProvider();
  const changed = await client.patch(
    `/identity-providers/${made.id}`,
    {
      oidc: { logoutUrl: 'https://login.example.com/out' },
      mapping: { email: 'mail' },
      admission: { domains: ['Example.COM'] },
    },
    made.etag,
  );

  expect(changed).toMatchObject({
    status: 200,
    body: {
      oidc: { clientId: 'client', logoutUrl: 'https://login.example.com/out' },
      mapping: { email: 'mail', username: 'preferred_username' },
      admission: { domains: ['example.com'] },
    },
  });
  expect((await client.patch(`/identity-providers/${made.id}`, { description: 'x' }, made.etag)).status).toBe(412);
  for (const body of [{ name: 'another' }, { type: 'saml' }])
    expect((await client.patch(`/identity-providers/${made.id}`, body, '*')).status).toBe(400);
});

test('it is activated, deactivated and deleted; owners are told', async () => {
  const made = await given.identityProvider();
  const activated = await client.post(`/identity-providers/${made.id}/activate`);
  expect(activated.body).toMatchObject({ status: 'active', activatedAt: expect.any(String) });
  expect(await client.delete(`/identity-providers/${made.id}`, '*')).toMatchObject({
    status: 409,
    body: { type: problem('provider-active') },
  });
  expect(
    await client.patch(`/identity-providers/${made.id}`, { admission: { matches: 'external-id' } }, '*'),
  ).toMatchObject({ status: 409, body: { type: problem('provider-incomplete') } });

  expect((await client.post(`/identity-providers/${made.id}/deactivate`)).body.status).toBe('inactive');
  expect((await client.delete(`/identity-providers/${made.id}`, '*')).status).toBe(204);
  expect((await client.get(`/identity-providers/${made.id}`)).status).toBe(404);
  expect(await tenant.auditedActions()).toEqual(
    expect.arrayContaining(['activate', 'deactivate', 'delete'].map((act) => `identity-providers.${act}`)),
  );
  const told = (await client.get('/notices')).text;
  for (const act of ['activated', 'deactivated', 'deleted']) expect(told).toContain(`was ${act}`);
});

test('P23: groups that people join are those that the caller could put them into, and never the Owner Group', async () => {
  const [ownerGroup] = (await client.get('/groups?q=Owners')).body.items;
  const strong = await given.group();
  await client.put(`/groups/${strong.id}/grants`, { grants: [{ permission: 'tenant.change' }] }, strong.etag);
  const weak = await given.machine([{ permission: 'identity-providers.*' }, { permission: 'groups.*' }]);
  const body = (groupId: string) => ({
    name: aName(),
    type: 'oidc',
    admission: { mappedGroups: [{ value: 'Admins', groupId }] },
  });

  expect(await client.post('/identity-providers', body(ownerGroup.id))).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'admission.mappedGroups.0.groupId' }] },
  });
  expect(await weak.client.post('/identity-providers', body(strong.id))).toMatchObject({
    status: 403,
    body: { type: problem('not-yours-to-grant') },
  });
  const made = await client.post('/identity-providers', body(strong.id));
  expect(made.status).toBe(201);
  // Nor may it be pointed at another authority by one who could not have mapped the group.
  expect(
    await weak.client.patch(
      `/identity-providers/${made.body.id}`,
      { oidc: { issuer: 'https://evil.example.com' } },
      '*',
    ),
  ).toMatchObject({ status: 403, body: { type: problem('not-yours-to-grant') } });
  expect((await weak.client.patch(`/identity-providers/${made.body.id}`, { description: 'x' }, '*')).status).toBe(200);
});

test('P23: whom provisioning made may hold nothing that the one who has them matched lacks', async () => {
  const token = await given.token();
  const scim = platform.client(token.value);
  const user = await scim.post(
    `/scim/v2/${tenant.id}/Users`,
    { userName: aName('strong') },
    { 'content-type': 'application/scim+json' },
  );
  const strong = await given.group();
  await client.put(`/groups/${strong.id}/grants`, { grants: [{ permission: 'tenant.change' }] }, strong.etag);
  await client.post(`/groups/${strong.id}/members`, { accountIds: [user.body.id] });
  const weak = await given.machine([{ permission: 'identity-providers.*' }]);
  const made = await weak.client.post('/identity-providers', { name: aName(), type: 'oidc' });
  const matching = { admission: { matches: 'username', matchClaim: 'preferred_username' } };

  expect(await weak.client.patch(`/identity-providers/${made.body.id}`, matching, '*')).toMatchObject({
    status: 403,
    body: { type: problem('stronger-principal') },
  });
  expect((await client.patch(`/identity-providers/${made.body.id}`, matching, '*')).status).toBe(200);
});

test('P23: who lets people in by matching holds what these hold by then, also when nobody held more as it was set', async () => {
  const own = await aTenant(platform);
  const weak = await own.given.machine([{ permission: 'identity-providers.*' }]);
  const { value } = await own.given.token();
  const user = await platform
    .client(value)
    .post(`/scim/v2/${own.id}/Users`, { userName: aName('later') }, { 'content-type': 'application/scim+json' });
  const made = await weak.client.post('/identity-providers', {
    name: aName(),
    type: 'oidc',
    oidc: { issuer: 'https://login.example.com', clientId: 'client' },
    clientSecret: 'a secret of the provider',
    admission: { matches: 'username', matchClaim: 'preferred_username' },
  });
  expect(made.status).toBe(201);
  const strong = await own.given.group();
  await own.client.put(`/groups/${strong.id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  await own.client.post(`/groups/${strong.id}/members`, { accountIds: [user.body.id] });

  expect(await weak.client.post(`/identity-providers/${made.body.id}/activate`)).toMatchObject({
    status: 403,
    body: { type: problem('stronger-principal') },
  });
  expect((await own.client.post(`/identity-providers/${made.body.id}/activate`)).status).toBe(200);
});

test('a secret is replaced with an overlap, and owners hear of its end 30, 7 and 1 days before', async () => {
  const own = await aTenant(platform);
  const made = await own.given.identityProvider();
  const expiresAt = new Date(Date.now() + 40 * 86_400_000).toISOString();
  const changed = await own.client.post(`/identity-providers/${made.id}/client-secret`, {
    clientSecret: 'the second',
    expiresAt,
    overlapSeconds: 3600,
  });
  expect(changed.body.clientSecret).toMatchObject({ isSet: true, expiresAt });
  expect(Date.parse(changed.body.clientSecret.earlierUntil) - Date.now()).toBeGreaterThan(3_500_000);
  expect((await own.client.get('/audit-entries?limit=200')).text).not.toContain('the second');

  const told = async () =>
    (
      await platform.sql(
        'au',
        `select text from notices where kind = 'client-secret-expiring' and tenant_id = $1 order by created_at`,
        [own.id],
      )
    ).map(({ text }) => /is over (.*?)\./.exec(text)?.[1]);
  expect(await told()).toEqual([]);
  for (const [shift, said] of [
    ['10 days 1 minute', ['in 30 days']],
    ['33 days 1 minute', ['in 30 days', 'in 7 days']],
    ['39 days 1 minute', ['in 30 days', 'in 7 days', 'within a day']],
    ['40 days 1 minute', ['in 30 days', 'in 7 days', 'within a day', 'now']],
  ] as const) {
    await platform.shiftClock('au', shift);
    await expect.poll(told, { timeout: 20_000 }).toEqual(said);
  }
  await platform.shiftClock('au', '0');
});

test('a set-up link opens one inactive provider and nothing else, for 7 days', async () => {
  const made = await given.identityProvider();
  const link = await client.post(`/identity-providers/${made.id}/set-up-link`);
  expect(link.status).toBe(200);
  const token = link.body.url.split('#')[1] as string;
  const post = (path: string, body: object = {}) =>
    platform.anyone.post(`/v1/identity-provider-set-up/${path}`, { token, ...body });

  const opened = await post('open');
  expect(opened).toMatchObject({ status: 200, body: { id: made.id, tenantDisplayName: `${tenant.name} display` } });
  expect(opened.body).not.toHaveProperty('admission');
  const change = (body: object, etag = opened.etag) =>
    platform.anyone.patch('/v1/identity-provider-set-up', { token, ...body }, etag);
  expect(await change({ oidc: { clientId: 'from the link' } })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'oidc.clientId' }] },
  });
  expect(await change({ oidc: { clientId: 'from-the-link' } })).toMatchObject({
    status: 200,
    body: { oidc: { clientId: 'from-the-link', issuer: 'https://login.example.com' } },
  });
  for (const body of [{ admission: { createsAccounts: true } }, { description: 'x' }, { status: 'active' }])
    expect((await change(body, '*')).status).toBe(400);
  expect((await post('client-secret', { clientSecret: 'theirs' })).body.clientSecret.isSet).toBe(true);
  const begun = await post('test');
  expect(begun.body).toMatchObject({ state: 'waiting', url: expect.stringContaining(made.id) });
  expect((await post('read-test', { testId: begun.body.id })).body).toMatchObject({ state: 'waiting' });
  expect((await client.get(path(made.id), { authorization: `Bearer ${token}` })).status).toBe(401);
  const entries = (await client.get('/audit-entries?limit=50')).body.items;
  expect(entries).toContainEqual(
    expect.objectContaining({
      action: 'identity-provider-set-up.change',
      actor: expect.objectContaining({ kind: 'system' }),
    }),
  );

  await client.post(`/identity-providers/${made.id}/activate`);
  expect(await post('open')).toMatchObject({ status: 410, body: { type: problem('link-over') } });
  await client.post(`/identity-providers/${made.id}/deactivate`);
  expect((await post('open')).status).toBe(410);
});

const path = (id: string) => `/identity-providers/${id}`;

test('a set-up link ends when another is made, when it is ended, when its maker may not any more, and after 7 days', async () => {
  const maker = await given.machine([{ permission: 'identity-providers.*' }]);
  const { id } = await given.identityProvider();
  const make = async () => (await maker.client.post(`${path(id)}/set-up-link`)).body.url.split('#')[1] as string;
  const open = async (token: string) =>
    (await platform.anyone.post('/v1/identity-provider-set-up/open', { token })).status;

  const first = await make();
  const second = await make();
  expect([await open(first), await open(second)]).toEqual([410, 200]);
  expect((await client.delete(`${path(id)}/set-up-link`)).status).toBe(204);
  expect(await open(second)).toBe(410);

  const third = await make();
  await client.put(`/groups/${maker.groupId}/grants`, { grants: [] }, '*');
  expect(await open(third)).toBe(410);
  await client.put(`/groups/${maker.groupId}/grants`, { grants: [{ permission: 'identity-providers.*' }] }, '*');
  expect(await open(third)).toBe(200);
  await platform.shiftClock('au', '7 days');
  expect(await open(third)).toBe(410);
  await platform.shiftClock('au', '0');
});

test('a set-up link that is ended while its holder waits changes nothing any more', async () => {
  const { id } = await given.identityProvider();
  const token = (await client.post(`${path(id)}/set-up-link`)).body.url.split('#')[1] as string;
  const ends = `
    update identity_providers set updated_at = updated_at where id = '${id}';
    update provider_set_up_links set ended_at = platform_time() where provider_id = '${id}'`;
  let late: ReturnType<typeof platform.anyone.patch> | undefined;
  await platform.besideChange('au', ends, async (somebodyWaits) => {
    late = platform.anyone.patch('/v1/identity-provider-set-up', { token, oidc: { clientId: 'too-late' } }, '*');
    await somebodyWaits();
  });
  expect(await late).toMatchObject({ status: 410, body: { type: problem('link-over') } });
  expect((await client.get(path(id))).body.oidc.clientId).not.toBe('too-late');
});

test('where single sign-on is required the last active provider stays', async () => {
  const own = await aTenant(platform);
  const [one, two] = [await own.given.identityProvider(), await own.given.identityProvider()];
  for (const { id } of [one, two]) await own.client.post(`${path(id)}/activate`);
  await platform.sql('au', `update tenants set single_sign_on = 'required' where tenant_id = $1`, [own.id]);

  const replies = await Promise.all([one, two].map(({ id }) => own.client.post(`${path(id)}/deactivate`)));

  expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(replies.find(({ status }) => status === 409)?.body.type).toBe(problem('last-method'));
});
