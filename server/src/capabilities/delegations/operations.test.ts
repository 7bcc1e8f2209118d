import pg from 'pg';
import { beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import {
  aName,
  aPlatform,
  aTenant,
  type Client,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

/** A partner's people in customers: in one cell, in another region of the node. */

const password = 'seven quiet herons walk home';
const problem = (code: string) => ({ body: { type: `urn:bailiwick:problem:${code}` } });
const soon = { timeout: 20_000, interval: 100 };

let platform: TestPlatform;
let partner: TestTenant;
let near: TestTenant;
let far: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'], nodes: 2 });
  partner = await aPartner();
  near = await aTenant(platform, 'au');
  far = await aTenant(platform, 'eu');
});

async function aPartner(region: 'au' | 'eu' = 'au') {
  const tenant = await aTenant(platform, region);
  const path = `/v1/operator/tenants/${tenant.id}`;
  expect((await platform.operator.patch(path, { type: 'partner', supportId: null }, '*')).status).toBe(200);
  return tenant;
}

async function aPerson(groupId?: string) {
  const account = await partner.given.person(password);
  if (groupId)
    expect((await partner.client.post(`/groups/${groupId}/members`, { accountIds: [account.id] })).status).toBe(200);
  const cookie = await signIn(platform, account.email, password, partner.id);
  return { account, cookie, session: platform.session(cookie) };
}

const DAY_MS = 86_400_000;

const asking = (groupId: string, permissions = ['groups.view', 'tenant.view']) => ({
  groupId,
  permissions,
  days: 30,
  purpose: 'Run it for them',
});

/** A request that has arrived at the customer. */
async function aRequest(customer: TestTenant, more: object = {}, by = partner) {
  const groupId = 'groupId' in more ? (more.groupId as string) : ((await by.given.group()).id as string);
  const asked = await by.client.post('/delegations', {
    customerTenantId: customer.id,
    ...asking(groupId),
    ...more,
  });
  expect(asked, asked.text).toMatchObject({ status: 201, body: { state: 'requested', side: 'partner' } });
  await vi.waitFor(
    async () => expect((await customer.client.get(`/delegations/${asked.body.id}`)).status).toBe(200),
    soon,
  );
  return { id: asked.body.id as string, groupId };
}

async function aDelegation(customer: TestTenant, more: object = {}, approval: object = {}) {
  const { id, groupId } = await aRequest(customer, more);
  const approved = await customer.client.post(`/delegations/${id}/approve`, approval);
  expect(approved, approved.text).toMatchObject({ status: 200, body: { state: 'active' } });
  return { id, groupId, approved: approved.body, ...(await aPerson(groupId)) };
}

const entries = async (tenant: TestTenant, action: string) =>
  (await tenant.client.get(`/audit-entries?action=${action}&limit=200`)).body.items;
const idsOf = async (session: Client, path: string) =>
  (await session.get(path)).body.items.map(({ id }: { id: string }) => id);

describe.each([
  ['in one cell', () => near],
  ['in another region of the node', () => far],
] as const)('a partner %s', (_where, of) => {
  test('T, P26: gets in when the customer approved, as far as it approved, and its people see the customer in their list', async () => {
    const customer = of();
    const { id, groupId } = await aRequest(customer, { permissions: ['groups.view', 'accounts.view', 'tenant.view'] });
    const { session, account } = await aPerson(groupId);
    const stranger = await aPerson();
    expect((await session.get(`${customer.path}/groups`)).status).toBe(404);
    expect((await customer.client.get(`/delegations/${id}`)).body).toMatchObject({
      side: 'customer',
      otherTenantId: partner.id,
      otherTenantName: `${partner.name} display`,
      state: 'requested',
      askedPermissions: ['groups.view', 'accounts.view', 'tenant.view'],
      purpose: 'Run it for them',
    });
    const waiting = async () => (await customer.client.get('/overview')).body.waitingPartnerRequests;
    const waitingBefore = await waiting();
    expect(waitingBefore).toBeGreaterThan(0);
    expect((await partner.client.get('/overview')).body.waitingPartnerRequests).toBe(0);
    const helper = (await customer.given.machine([{ permission: 'delegations.change' }])).client;
    expect((await helper.get('/overview')).body.waitingPartnerRequests).toBe(waitingBefore);
    const watcher = (await customer.given.machine([{ permission: 'delegations.view' }])).client;
    expect((await watcher.get('/overview')).body).not.toHaveProperty('waitingPartnerRequests');
    const endsIn = (time: string) =>
      platform.sql(
        customer.region,
        'update delegations set request_ends_at = now() + $3::interval where tenant_id = $1 and id = $2',
        [customer.id, id, time],
      );
    await endsIn('-1 second');
    expect(await waiting()).toBe(waitingBefore - 1);
    await endsIn('80 days');
    // Each side's words stay in its own region.
    const [kept] = await platform.sql(
      customer.region,
      'select purpose from delegations where tenant_id = $1 and id = $2',
      [customer.id, id],
    );
    expect(kept.purpose).toBeNull();
    const longer = await customer.client.post(`/delegations/${id}/approve`, { days: 31 });
    expect(longer, longer.text).toMatchObject({ status: 400, body: { errors: [{ path: 'days' }] } });
    const approved = await customer.client.post(`/delegations/${id}/approve`, {
      permissions: ['groups.view', 'tenant.view'],
      days: 10,
    });
    expect(Date.parse(approved.body.endsAt) - Date.parse(approved.body.decidedAt)).toBe(10 * DAY_MS);
    expect(approved, approved.text).toMatchObject({
      status: 200,
      body: { state: 'active', permissions: ['groups.view', 'tenant.view'] },
    });
    expect(await waiting()).toBe(waitingBefore - 1);
    expect((await session.get(`${customer.path}/groups`)).status).toBe(200);
    expect((await session.get(`${customer.path}/accounts`)).status).toBe(403);
    expect((await stranger.session.get(`${customer.path}/groups`)).status).toBe(404);
    expect((await customer.client.get('')).body.partnerTenantId).toBe(partner.id);
    await vi.waitFor(async () => {
      expect(await idsOf(session, '/v1/tenants')).toContain(customer.id);
      expect(await idsOf(session, '/v1/me/delegations')).toContain(id);
    }, soon);
    expect(await idsOf(stranger.session, '/v1/tenants')).toEqual([partner.id]);

    // Of the person the customer keeps ids, and knows the name while somebody looks.
    const stored = await platform.sql(customer.region, 'select * from guests where home_account_id = $1', [account.id]);
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain(account.displayName);
    const group = await customer.client.get(`/groups/${approved.body.groupId}`);
    expect(group.body).toMatchObject({ source: 'imported' });
  });

  test('Z4: each side ends it, and one leaving the group ends it for that person: over with the next request on every node', async () => {
    const customer = of();
    const ways: [string, (d: Awaited<ReturnType<typeof aDelegation>>) => Promise<{ status: number }>][] = [
      ['the customer ends it', ({ id }) => customer.client.post(`/delegations/${id}/end`)],
      ['the partner ends it', ({ id }) => partner.client.post(`/delegations/${id}/end`)],
      ['out of the group', ({ groupId, account }) => partner.client.delete(`/groups/${groupId}/members/${account.id}`)],
      ['group disabled at home', ({ groupId }) => partner.client.post(`/groups/${groupId}/disable`)],
      ['group disabled here', ({ approved }) => customer.client.post(`/groups/${approved.groupId}/disable`)],
      ['disabled at home', ({ account }) => partner.client.post(`/accounts/${account.id}/disable`)],
      ['the one switch', () => customer.client.post('/partner-access/stop')],
    ];
    for (const [way, end] of ways) {
      const made = await aDelegation(customer);
      const nodes = [0, 1].map((node) => platform.session(made.cookie, node));
      for (const session of nodes) expect((await session.get(`${customer.path}/groups`)).status, way).toBe(200);
      const ended = await end(made);
      expect(ended.status, `${way} ${JSON.stringify(ended)}`).toBeLessThan(300);
      for (const session of nodes) {
        const { status } = await session.get(`${customer.path}/groups`);
        expect(way === 'disabled at home' ? [401] : way === 'group disabled here' ? [403] : [404], way).toContain(
          status,
        );
      }
    }
    expect((await customer.client.get('/partner-access')).body.stoppedAt).toBeTruthy();
    expect((await customer.client.post('/partner-access/resume')).body.stoppedAt).toBeNull();
  });

  test('a look at home says in how many other tenants people act by the group that changes, and so does the entry', async () => {
    const { groupId, account } = await aDelegation(of());
    const elsewhere = async (id: string, change: object) => {
      const reply = await partner.client.post(`/groups/${id}/preview`, change);
      expect(reply.status, reply.text).toBe(200);
      return reply.body.elsewhere;
    };
    for (const change of [{ status: 'disabled' }, { status: 'deleted' }, { removeMemberIds: [account.id] }])
      expect(await elsewhere(groupId, change)).toBe(1);
    // What it grants at home is of home alone.
    expect(await elsewhere(groupId, { grants: [{ permission: 'gateways.view' }] })).toBeUndefined();
    expect(await elsewhere((await partner.given.group()).id, { status: 'disabled' })).toBeUndefined();
    expect((await partner.client.post(`/accounts/${account.id}/disable`)).status).toBe(200);
    const [disabled] = await entries(partner, 'accounts.disable');
    expect(disabled.details.effect.elsewhere).toBe(1);
    expect((await partner.client.delete(`/groups/${groupId}/members/${account.id}`)).status).toBe(204);
    const [removed] = await entries(partner, 'groups.remove-member');
    expect(removed.details.effect.elsewhere).toBe(1);
  });

  test('the customer leaves the list of the partner’s people when the last access of their group ends', async () => {
    const customer = await aTenant(platform, of().region);
    const first = await aDelegation(customer);
    const second = await aRequest(customer, { groupId: first.groupId });
    expect((await customer.client.post(`/delegations/${second.id}/approve`, {})).body.state).toBe('active');
    const listed = async () => (await idsOf(first.session, '/v1/tenants?limit=200')).includes(customer.id);
    const ended = async (id: string, by: TestTenant) =>
      expect((await by.client.post(`/delegations/${id}/end`)).status).toBe(200);
    await vi.waitFor(async () => expect(await listed()).toBe(true), soon);
    await ended(first.id, customer);
    expect(await listed()).toBe(true);
    await ended(second.id, customer);
    await vi.waitFor(async () => expect(await listed()).toBe(false), soon);
  });

  test('partner and parent stand in the profile by its consent, until the last such access ends', async () => {
    const customer = await aTenant(platform, of().region);
    const relations = async () => {
      const { partnerTenantId, parentTenantId } = (await customer.client.get('')).body;
      return { partnerTenantId, parentTenantId };
    };
    const asParent = { relation: 'parent', permissions: [] };
    const letIn = async (more: object) => {
      const { id } = await aRequest(customer, more);
      const approved = await customer.client.post(`/delegations/${id}/approve`, {});
      expect(approved, approved.text).toMatchObject({ status: 200, body: { state: 'active' } });
      return approved.body as { id: string; groupId: string | null };
    };
    const end = async ({ id }: { id: string }, by = customer) =>
      expect((await by.client.post(`/delegations/${id}/end`)).status).toBe(200);
    await aRequest(customer, asParent);
    expect(await relations()).toEqual({ partnerTenantId: null, parentTenantId: null });
    const [one, other] = [await letIn(asParent), await letIn({ ...asParent, permissions: ['tenant.view'] })];
    // Without permissions it is a relation and lets nobody in.
    expect([one.groupId === null, other.groupId === null]).toEqual([true, false]);
    expect(await relations()).toEqual({ partnerTenantId: null, parentTenantId: partner.id });
    const asPartner = await letIn({});
    expect(await relations()).toEqual({ partnerTenantId: partner.id, parentTenantId: partner.id });
    await end(one);
    expect(await relations()).toEqual({ partnerTenantId: partner.id, parentTenantId: partner.id });
    await vi.waitFor(
      async () => expect((await partner.client.get(`/delegations/${other.id}`)).body.state).toBe('active'),
      soon,
    );
    await end(other, partner);
    await vi.waitFor(
      async () => expect(await relations()).toEqual({ partnerTenantId: partner.id, parentTenantId: null }),
      soon,
    );
    await end(asPartner);
    expect(await relations()).toEqual({ partnerTenantId: null, parentTenantId: null });
  });

  test('one’s own delegations with some customers are asked for at once', async () => {
    const [one, two] = [of(), await aTenant(platform, of().region)];
    const { session, groupId } = await aDelegation(one);
    const asked = await aRequest(two, { groupId });
    await two.client.post(`/delegations/${asked.id}/approve`, {});
    const withThem = async (...ids: string[]) => {
      const { body } = await session.get(`/v1/me/delegations?otherTenantId=${ids.join(',')}`);
      return new Set(body.items.map(({ otherTenantId }: { otherTenantId: string }) => otherTenantId));
    };
    expect(await withThem(one.id)).toEqual(new Set([one.id]));
    expect(await withThem(one.id, two.id, newId())).toEqual(new Set([one.id, two.id]));
    expect((await session.get(`/v1/me/delegations?otherTenantId=${one.id},nonsense`)).status).toBe(400);
  });

  test('while the customer stops partner access those whom it had let in see so in their own list', async () => {
    const customer = of();
    const { id, session } = await aDelegation(customer);
    const asked = await aRequest(customer, {});
    const waiting = await aPerson(asked.groupId);
    const isStopped = async (by: typeof session, delegationId: string) =>
      (await by.get('/v1/me/delegations')).body.items.find((each: { id: string }) => each.id === delegationId)
        .isStopped;
    expect(await isStopped(session, id)).toBe(false);
    await customer.client.post('/partner-access/stop');
    expect(await isStopped(session, id)).toBe(true);
    // Of whom it did not let in yet it tells nothing (P4).
    expect(await isStopped(waiting.session, asked.id)).toBeNull();
    expect((await waiting.session.get(`${customer.path}/groups`)).status).toBe(404);
    await customer.client.post('/partner-access/resume');
    expect(await isStopped(session, id)).toBe(false);
  });

  test('Z4: never owner rights, secrets, sign-in settings, and nothing for others: no chains', async () => {
    const customer = of();
    const group = await partner.given.group();
    for (const permission of [
      'tenant.close',
      'groups.change',
      'identity-providers.change',
      'provisioning.issue',
      'delegations.change',
      'groups.*',
    ])
      expect(
        await partner.client.post('/delegations', { customerTenantId: customer.id, ...asking(group.id, [permission]) }),
      ).toMatchObject({ status: 400, body: { errors: [{ path: 'permissions.0' }] } });
    const { session, approved, id } = await aDelegation(customer, {
      permissions: [
        'namespaces.view',
        'namespaces.change',
        'accounts.view',
        'accounts.change',
        'groups.view',
        'audit.view',
        'tenant.change',
      ],
    });
    const kept = { status: 403, ...problem('not-for-partners') };
    expect(await session.post(`${customer.path}/namespaces`, { name: 'ours' })).toMatchObject(kept);
    // Who could have somebody else's links or sign in as them would stay when the access is over.
    const theirs = `${customer.path}/accounts/${(await customer.given.account()).id}`;
    const email = `${aName('mine')}@partner.example`;
    expect(await session.post(`${theirs}/email-change`, { email })).toMatchObject(kept);
    expect(await session.delete(`${theirs}/factors`)).toMatchObject(kept);
    const { actions } = (await session.get(theirs)).body;
    const actionOf = (name: string) => actions.find((action: { name: string }) => action.name === name);
    expect(actionOf('accounts.change')).toMatchObject({ allowed: true });
    for (const name of ['accounts.change-email', 'accounts.reset-factors'])
      expect(actionOf(name) ?? { allowed: false }, name).toMatchObject({ allowed: false });
    expect(await session.patch(customer.path, { accountEnabling: 'administrator' }, '*')).toMatchObject({
      status: 403,
      ...problem('forbidden'),
    });
    expect((await session.post(`${customer.path}/delegations/${id}/end`)).status).toBe(403);
    expect((await session.get(`${customer.path}/delegations`)).status).toBe(403);
    expect((await session.post(`${customer.path}/close`)).status).toBe(403);
    const guest = (await customer.client.get('/groups?q=Owners')).body.items[0];
    expect((await session.post(`${customer.path}/groups/${guest.id}/members`, { accountIds: [] })).status).toBe(403);
    // What the customer widens later stays within what partners may be let do, and its look says so.
    const wider = { grants: [{ permission: 'groups.change' }, { permission: 'gateways.*' }] };
    expect(await customer.client.post(`/groups/${approved.groupId}/grants/preview`, wider)).toMatchObject({
      status: 400,
      body: {
        errors: [
          { path: 'grants.0.permission', message: 'is never given to people of other tenants' },
          { path: 'grants.1.permission', message: expect.stringContaining('name single permissions') },
        ],
      },
    });
    const etag = (await customer.client.get(`/groups/${approved.groupId}/grants`)).etag as string;
    expect(
      await customer.client.put(
        `/groups/${approved.groupId}/grants`,
        { grants: [{ permission: 'groups.change' }] },
        etag,
      ),
    ).toMatchObject({ status: 400, body: { errors: [{ path: 'grants.0.permission' }] } });
    // A group of others is not passed on.
    expect(
      await partner.client.post('/delegations', { customerTenantId: newId(), ...asking(approved.groupId) }),
    ).toMatchObject({ status: 400, body: { errors: [{ path: 'groupId' }] } });
  });

  test('one refused for want of a right is told what would give it: more partner access, or nothing at all', async () => {
    const customer = of();
    const { session, approved } = await aDelegation(customer);
    const refused = await session.get(`${customer.path}/accounts`);
    expect(refused).toMatchObject({ status: 403, body: { permission: 'accounts.view' } });
    expect(refused.body.detail).toBe(
      'This needs the permission accounts.view, which this partner access does not give. Have your organisation ask for more, or an owner of this tenant widen it.',
    );
    expect((await session.get(`${customer.path}/delegations`)).body.detail).toBe(
      'This needs the permission delegations.view, which no partner is let have. Only people of this tenant can do this.',
    );

    // It is true of the owner too.
    const path = `/groups/${approved.groupId}/grants`;
    const { body, etag } = await customer.client.get(path);
    const grants = [...body.grants, { permission: 'accounts.view' }];
    expect((await customer.client.put(path, { grants }, etag as string)).status).toBe(200);
    expect((await session.get(`${customer.path}/accounts`)).status).toBe(200);
  });

  test('P31: each act stands in both audits, one to one, without the data of the customer', async () => {
    const customer = of();
    const { session, id, account } = await aDelegation(customer, { permissions: ['tenant.view', 'tenant.change'] });
    const read = await session.get(customer.path);
    const changed = await session.patch(customer.path, { legalName: 'Only the customer knows' }, read.etag as string);
    expect(changed, changed.text).toMatchObject({ status: 200 });
    const [entry] = await entries(customer, 'tenants.change');
    expect(entry).toMatchObject({ actor: { kind: 'guest' }, onBehalfOf: id });
    await vi.waitFor(async () => {
      const twins = (await entries(partner, 'delegations.act')).filter(
        ({ details }: { details: { delegationId: string } }) => details.delegationId === id,
      );
      expect(twins).toHaveLength(1);
      expect(twins[0]).toMatchObject({
        actor: { kind: 'account', id: account.id },
        target: { kind: 'tenant', id: customer.id },
        details: { action: 'tenants.change', entryId: entry.id },
      });
      expect(JSON.stringify(twins)).not.toContain('Only the customer knows');
      for (const side of [customer, partner])
        expect((await side.client.get(`/delegations/${id}/acts`)).body).toMatchObject({
          acts: 1,
          outstanding: 0,
          missingHere: 0,
          missingThere: 0,
          agrees: true,
          items: [
            {
              entryId: entry.id,
              action: 'tenants.change',
              homeAccountId: account.id,
              displayName: `${account.firstName} ${account.lastName}`,
            },
          ],
        });
    }, soon);
    // What one side alone has is told on both.
    await platform.sql('au', 'delete from delegation_acts where tenant_id = $1 and delegation_id = $2', [
      partner.id,
      id,
    ]);
    const reported = async (side: TestTenant) => (await side.client.get(`/delegations/${id}/acts`)).body;
    expect(await reported(customer)).toMatchObject({ acts: 1, missingHere: 0, missingThere: 1, agrees: false });
    expect(await reported(partner)).toMatchObject({ acts: 0, missingHere: 1, missingThere: 0, agrees: false });
    // A refusal is the partner's matter: its own audit has it.
    expect((await session.get(`${customer.path}/accounts`)).status).toBe(403);
    expect((await entries(partner, 'accounts.list')).map(({ outcome }: { outcome: string }) => outcome)).toContain(
      'refused',
    );
    expect(await entries(customer, 'accounts.list')).toEqual([]);
  });

  test('P31: of several delegations an act stands under the one that gives it, on both sides', async () => {
    const customer = of();
    const first = await aDelegation(customer, { permissions: ['groups.view', 'accounts.view'] });
    const second = await aRequest(customer, { permissions: ['accounts.change', 'tenant.change'] });
    const third = await aRequest(customer, { permissions: ['namespaces.view', 'accounts.view'] });
    for (const { id } of [second, third]) await customer.client.post(`/delegations/${id}/approve`, {});
    for (const { groupId } of [second, third])
      await partner.client.post(`/groups/${groupId}/members`, { accountIds: [first.account.id] });
    const someone = await customer.given.account();
    const changed = await first.session.patch(`${customer.path}/accounts/${someone.id}`, { firstName: 'Pia' }, '*');
    expect(changed, changed.text).toMatchObject({ status: 200 });
    const [entry] = (await entries(customer, 'accounts.change')).filter(
      ({ target }: { target: { id: string } }) => target.id === someone.id,
    );
    expect(entry).toMatchObject({ onBehalfOf: second.id });
    for (const [{ id }, acts] of [
      [first, 0],
      [second, 1],
      [third, 0],
    ] as const)
      expect((await customer.client.get(`/delegations/${id}/acts`)).body).toMatchObject({ acts });
    await vi.waitFor(
      async () => expect((await partner.client.get(`/delegations/${second.id}/acts`)).body).toMatchObject({ acts: 1 }),
      { timeout: 20_000 },
    );
  });

  test('look before saving: how many gain and lose what by a decision, as they then do, and as its entry keeps it', async () => {
    const customer = of();
    const first = await aDelegation(customer, { permissions: ['groups.view'] });
    const { id, groupId } = await aRequest(customer, { permissions: ['groups.view', 'accounts.view'] });
    const both = await aPerson(groupId);
    await partner.client.post(`/groups/${first.groupId}/members`, { accountIds: [both.account.id] });
    const single = await aPerson(groupId);
    const disabled = await aPerson(groupId);
    await partner.client.post(`/accounts/${disabled.account.id}/disable`);
    const statuses = () =>
      Promise.all(
        [first, both, single].flatMap(({ session }) =>
          ['groups', 'accounts'].map(async (list) => (await session.get(`${customer.path}/${list}`)).status),
        ),
      );
    const before = [200, 403, 200, 403, 404, 404];
    expect(await statuses()).toEqual(before);
    const none = { people: 0, serviceAccounts: 0, keys: 0, inactive: 0 };
    const moved = {
      ...none,
      guests: 2,
      permissions: [
        { ...none, guests: 2, permission: 'accounts.view', namespaceId: null },
        { ...none, guests: 1, permission: 'groups.view', namespaceId: null },
      ],
    };
    const still = { ...none, guests: 0, permissions: [] };
    const looked = await customer.client.post(`/delegations/${id}/preview`, { act: 'approve' });
    expect(looked, looked.text).toMatchObject({ status: 200, body: { effect: { gains: moved, loses: still } } });
    const named = async (names: object, act = 'approve') => {
      const { body, text } = await customer.client.post(`/delegations/${id}/preview`, { act, names });
      expect(body.names, text).not.toBeNull();
      return body.names.items.map(({ id: who, displayName, gains, loses }: Record<string, unknown>) => ({
        who,
        displayName,
        gains,
        loses,
      }));
    };
    const right = (permission: string) => ({ permission, namespaceId: null });
    const gainer = ({ account }: typeof both, ...gains: string[]) => ({
      who: account.id,
      displayName: account.displayName,
      gains: gains.map(right),
      loses: [],
    });
    expect(await named({ side: 'gains' })).toEqual(
      [gainer(both, 'accounts.view'), gainer(single, 'accounts.view', 'groups.view')].sort((a, b) =>
        a.who < b.who ? -1 : 1,
      ),
    );
    expect(await named({ side: 'gains', permission: 'groups.view' })).toEqual([
      gainer(single, 'accounts.view', 'groups.view'),
    ]);
    expect(await named({ side: 'loses' })).toEqual([]);
    expect((await partner.client.post(`/delegations/${id}/preview`, { act: 'end' })).status).toBe(409);
    expect(await statuses()).toEqual(before);
    await customer.client.post(`/delegations/${id}/approve`, {});
    expect(await statuses()).toEqual([200, 403, 200, 200, 200, 200]);
    const over = await customer.client.post(`/delegations/${id}/preview`, { act: 'end' });
    expect(over.body).toMatchObject({ effect: { gains: still, loses: moved } });
    await customer.client.post(`/delegations/${id}/end`);
    expect(await statuses()).toEqual(before);
    for (const [action, { body }] of [
      ['approve', looked],
      ['end', over],
    ] as const) {
      const [entry] = (await entries(customer, `delegations.${action}`)).filter(
        ({ target }: { target: { id: string } }) => target.id === id,
      );
      expect(entry.details.effect).toEqual(body.effect);
    }
  });

  test('a use is looked at before it is approved; its approval and its end keep who gains and loses what', async () => {
    const customer = of();
    const standing = await aDelegation(customer, { permissions: ['groups.view'] });
    const { session, account, id, groupId } = await aDelegation(
      customer,
      { permissions: ['groups.view', 'accounts.view'] },
      { needsActivation: true },
    );
    await aPerson(groupId);
    await partner.client.post(`/groups/${standing.groupId}/members`, { accountIds: [account.id] });
    const asked = await session.post(`${partner.path}/delegations/${id}/activate`, { reason: 'Ticket 7', hours: 2 });
    const activationId = asked.body.id as string;
    const body = { act: 'approve-activation', activationId, names: { side: 'gains' } };
    const looked = await customer.client.post(`/delegations/${id}/preview`, body);
    const none = { people: 0, serviceAccounts: 0, keys: 0, inactive: 0 };
    const moved = {
      ...none,
      guests: 1,
      // groups.view it has by the other one.
      permissions: [{ ...none, guests: 1, permission: 'accounts.view', namespaceId: null }],
    };
    const still = { ...none, guests: 0, permissions: [] };
    expect(looked, looked.text).toMatchObject({
      status: 200,
      body: { effect: { gains: moved, loses: still }, names: { items: [{ id: account.id }] } },
    });
    expect((await customer.client.post(`/delegations/${id}/preview`, { act: 'approve-activation' })).status).toBe(400);
    expect((await session.get(`${customer.path}/accounts`)).status).toBe(403);
    const one = `/delegations/${id}/activations/${activationId}`;
    expect((await customer.client.post(`${one}/approve`)).status).toBe(200);
    expect((await session.get(`${customer.path}/accounts`)).status).toBe(200);
    expect(await customer.client.post(`/delegations/${id}/preview`, body)).toMatchObject(problem('activation-decided'));
    await customer.client.post(`${one}/refuse`);
    expect((await session.get(`${customer.path}/accounts`)).status).toBe(403);
    const kept = async (action: string, of = activationId) =>
      (await entries(customer, action)).find(({ target }: { target: { id: string } }) => target.id === of);
    expect((await kept('delegations.approve-activation')).details.effect).toEqual(looked.body.effect);
    expect((await kept('delegations.refuse-activation')).details.effect).toMatchObject({ gains: still, loses: moved });
    // Of two uses by one person the first that is approved gives, and the last that ends takes.
    const uses = [
      { gains: moved, loses: still },
      { gains: still, loses: moved },
    ].map((turn) => ({ ...turn, id: '' }));
    for (const each of uses) {
      const again = await session.post(`${partner.path}/delegations/${id}/activate`, { reason: 'Ticket 8', hours: 2 });
      each.id = again.body.id;
      expect((await customer.client.post(`/delegations/${id}/activations/${each.id}/approve`)).status).toBe(200);
      const { effect } = (await kept('delegations.approve-activation', each.id)).details;
      expect(effect).toMatchObject({ gains: each.gains, loses: still });
    }
    for (const each of uses) {
      await customer.client.post(`/delegations/${id}/activations/${each.id}/refuse`);
      const { effect } = (await kept('delegations.refuse-activation', each.id)).details;
      expect(effect).toMatchObject({ gains: still, loses: each.loses });
      expect((await session.get(`${customer.path}/accounts`)).status).toBe(each.loses === still ? 200 : 403);
    }
    await customer.client.post(`/delegations/${id}/end`);
    await customer.client.post(`/delegations/${standing.id}/end`);
  });

  test('the one switch is looked at before, partner by partner, and its entry keeps who gets in no longer and who again', async () => {
    const customer = await aTenant(platform, of().region);
    const made = await aDelegation(customer, { permissions: ['groups.view'] });
    const used = await aDelegation(customer, { permissions: ['accounts.view'] }, { needsActivation: true });
    const { body: use } = await used.session.post(`${partner.path}/delegations/${used.id}/activate`, {
      reason: 'Ticket 7',
      hours: 2,
    });
    // Who waits for an approval has nothing to lose.
    await aPerson(used.groupId);
    expect((await customer.client.post(`/delegations/${used.id}/activations/${use.id}/approve`)).status).toBe(200);
    // By one that was approved without permissions nobody comes in.
    const parent = await aRequest(customer, { permissions: [], relation: 'parent' }, await aPartner());
    const noted = await customer.client.post(`/delegations/${parent.id}/approve`, {});
    expect(noted, noted.text).toMatchObject({ status: 200, body: { state: 'active', groupId: null } });
    const look = async (to: string, more = {}) => {
      const { body, text, status } = await customer.client.post('/partner-access/preview', { to, ...more });
      expect(status, text).toBe(200);
      return body.partners;
    };
    const none = { people: 0, serviceAccounts: 0, keys: 0, inactive: 0 };
    const moved = {
      ...none,
      guests: 2,
      permissions: ['accounts.view', 'groups.view'].map((permission) => ({
        ...none,
        guests: 1,
        permission,
        namespaceId: null,
      })),
    };
    const still = { ...none, guests: 0, permissions: [] };
    const before = await look('stopped');
    expect(before).toMatchObject([
      {
        tenantId: partner.id,
        groups: [{ id: made.approved.groupId }, { id: used.approved.groupId }],
        effect: { gains: still, loses: moved },
      },
    ]);
    const [{ names }] = await look('stopped', { names: { side: 'loses' } });
    expect(names.items.map(({ id }: { id: string }) => id).sort()).toEqual([made.account.id, used.account.id].sort());
    expect((await look('open'))[0].effect).toMatchObject({ gains: still, loses: still });
    await customer.client.post('/partner-access/stop');
    const again = await look('open');
    expect(again[0].effect).toMatchObject({ gains: moved, loses: still });
    await customer.client.post('/partner-access/resume');
    const keptOf = async (action: string) => (await entries(customer, action))[0].details.partners;
    const withoutNames = (partners: { names: unknown }[]) => partners.map(({ names: _names, ...rest }) => rest);
    expect(await keptOf('partner-access.stop')).toEqual(withoutNames(before));
    expect(await keptOf('partner-access.resume')).toEqual(withoutNames(again));
  });

  test('narrowed to a namespace it counts there, and nowhere else', async () => {
    const customer = of();
    const [there, elsewhere] = [await customer.given.namespace(), await customer.given.namespace()];
    const asked = { permissions: ['namespaces.view'] };
    const { id, session, approved } = await aDelegation(customer, asked, { namespaceIds: [there.id] });
    expect((await session.get(`${customer.path}/namespaces/${there.id}`)).status).toBe(200);
    expect((await session.get(`${customer.path}/namespaces/${elsewhere.id}`)).status).toBe(404);
    // Both sides are told so, as it is at that moment.
    const says = async (expected: object[] | null) => {
      for (const { client } of [customer, partner])
        expect((await client.get(`/delegations/${id}`)).body.grants).toEqual(expected);
    };
    await says([{ permission: 'namespaces.view', namespaceName: there.name }]);
    const group = `/groups/${approved.groupId}`;
    const [everywhere] = [{ permission: 'tenant.view' }];
    expect((await customer.client.put(`${group}/grants`, { grants: [everywhere] }, '*')).status).toBe(200);
    await says([{ permission: 'tenant.view', namespaceName: null }]);
    expect((await customer.client.post(`${group}/disable`)).status).toBe(200);
    await says([]);
    expect((await customer.client.post(`/delegations/${id}/end`)).body.grants).toBeNull();
    await says(null);
  });

  test('activation: is over by time', async () => {
    const customer = of();
    const { session, id } = await aDelegation(customer, {}, { needsActivation: true });
    expect((await partner.client.get(`/delegations/${id}`)).body.needsActivation).toBe(true);
    const asked = await session.post(`${partner.path}/delegations/${id}/activate`, { reason: 'Ticket 8', hours: 2 });
    const approve = `/delegations/${id}/activations/${asked.body.id}/approve`;
    expect((await customer.client.post(approve)).status).toBe(200);
    expect((await session.get(`${customer.path}/groups`)).status).toBe(200);
    await platform.sql(
      customer.region,
      `update delegation_activations set ends_at = now() - interval '1 second' where tenant_id = $1 and id = $2`,
      [customer.id, asked.body.id],
    );
    expect(await session.get(`${customer.path}/groups`)).toMatchObject({
      status: 403,
      ...problem('activation-needed'),
    });
  });

  test('activation: each person asks for hours, the customer approves, and ends it', async () => {
    const customer = of();
    const { session, account, id, groupId } = await aDelegation(customer, {}, { needsActivation: true });
    const other = await aPerson(groupId);
    // Who is let in once the use is approved is told so; who has no part in it learns nothing of the tenant.
    const needed = { status: 403, ...problem('activation-needed') };
    const outside = await aPerson();
    expect(await session.get(`${customer.path}/groups`)).toMatchObject(needed);
    expect((await outside.session.get(`${customer.path}/groups`)).status).toBe(404);
    const refused = await partner.client.get(`/audit-entries?action=groups.list&actorId=${account.id}`);
    expect(refused.body.items).toMatchObject([{ outcome: 'refused', target: { kind: 'tenant', id: customer.id } }]);
    // The partner has heard when the customer's answer is there.
    expect((await partner.client.get(`/delegations/${id}`)).body).toMatchObject({
      state: 'active',
      needsActivation: true,
    });
    const path = `${partner.path}/delegations/${id}/activate`;
    expect(await session.post(path, { reason: 'Ticket 7', hours: 9 })).toMatchObject({ status: 400 });
    const asked = await session.post(path, { reason: 'Ticket 7', hours: 2 });
    expect(asked, asked.text).toMatchObject({ status: 201, body: { state: 'requested' } });
    const stranger = await aPerson();
    expect((await stranger.session.post(path, { reason: 'me too', hours: 1 })).status).toBe(404);
    const waiting = `/delegations/${id}/activations`;
    expect((await customer.client.get(waiting)).body.items).toHaveLength(1);
    const ownOf = async (client: Client) =>
      (await client.get('/v1/me/delegations?state=active')).body.items.find((each: { id: string }) => each.id === id);
    expect(await ownOf(session)).toMatchObject({ activation: { id: asked.body.id, state: 'requested', hours: 2 } });
    expect(await ownOf(other.session)).toMatchObject({ needsActivation: true, activation: null });
    const one = `${waiting}/${asked.body.id}`;
    expect((await partner.client.post(`${one}/approve`)).status).toBe(409);
    // The home pages of those who may answer tell of it.
    const helper = (await customer.given.machine([{ permission: 'delegations.change' }])).client;
    const toldOn = async (client: Pick<Client, 'get'>) =>
      (await client.get('/overview')).body.waitingActivations?.filter(
        ({ delegationId }: { delegationId: string }) => delegationId === id,
      );
    const { groupId: here } = (await customer.client.get(`/delegations/${id}`)).body;
    const told = [{ delegationId: id, groupName: (await customer.client.get(`/groups/${here}`)).body.name, count: 1 }];
    expect(await toldOn(customer.client)).toEqual(told);
    expect(await toldOn(helper)).toEqual(told);
    expect(await toldOn(partner.client)).toEqual([]);
    expect(await toldOn((await customer.given.machine([{ permission: 'delegations.view' }])).client)).toBeUndefined();
    const approved = await customer.client.post(`${one}/approve`);
    expect(approved, approved.text).toMatchObject({ status: 200, body: { state: 'active' } });
    expect(await toldOn(customer.client)).toEqual([]);
    const lasting = Date.parse(approved.body.endsAt) - Date.parse(approved.body.decidedAt);
    expect(lasting).toBe(2 * 3600 * 1000);
    expect((await session.get(`${customer.path}/groups`)).status).toBe(200);
    expect(await other.session.get(`${customer.path}/groups`)).toMatchObject(needed);
    expect((await session.get(`${partner.path}/delegations/${id}/activations`)).status).toBe(403);
    expect((await partner.client.get(waiting)).body.items).toMatchObject([{ state: 'active' }]);
    expect(await ownOf(session)).toMatchObject({ activation: { state: 'active', endsAt: approved.body.endsAt } });
    expect((await customer.client.post(`${one}/refuse`)).body.state).toBe('ended');
    expect(await session.get(`${customer.path}/groups`)).toMatchObject(needed);
    expect((await helper.post('/partner-access/stop')).status).toBe(403);
    await customer.client.post('/partner-access/stop');
    expect((await session.get(`${customer.path}/groups`)).status).toBe(404);
    expect((await helper.post('/partner-access/resume')).status).toBe(403);
    expect((await session.get(`${customer.path}/groups`)).status).toBe(404);
    await customer.client.post('/partner-access/resume');
    await customer.client.post(`/delegations/${id}/end`);
    expect((await session.get(`${customer.path}/groups`)).status).toBe(404);
  });

  test('a use is approved of what stands, and ends with it at the latest', async () => {
    const customer = of();
    const { session, id } = await aDelegation(customer, {}, { needsActivation: true });
    const waiting = `/delegations/${id}/activations`;
    const ask = async () =>
      (await session.post(`${partner.path}/delegations/${id}/activate`, { reason: 'Ticket 9', hours: 8 })).body.id;
    const [first, second] = [await ask(), await ask()];
    await platform.sql(customer.region, "update delegations set ends_at = now() + interval '1 hour' where id = $1", [
      id,
    ]);
    const { body } = await customer.client.get(`/delegations/${id}`);
    expect(await customer.client.post(`${waiting}/${first}/approve`)).toMatchObject({
      status: 200,
      body: { state: 'active', endsAt: body.endsAt },
    });
    await customer.client.post(`/delegations/${id}/end`);
    expect(await customer.client.post(`${waiting}/${second}/approve`)).toMatchObject({
      status: 409,
      ...problem('delegation-over'),
    });
    const approving = { name: 'delegations.approve-activation', allowed: false, reason: 'This delegation is ended.' };
    const { items } = (await customer.client.get(waiting)).body;
    expect(items.find((each: { id: string }) => each.id === second).actions).toContainEqual(approving);
  });
});

test.each([
  ['in one cell', () => near],
  ['in another region of the node', () => far],
] as const)('a person of the partner who is a guest too approves no use of their own, %s', async (_where, of) => {
  const customer = of();
  const { account, groupId, id } = await aDelegation(customer, {}, { needsActivation: true });
  const deciders = await customer.given.group();
  const grants = ['delegations.view', 'delegations.change'].map((permission) => ({ permission }));
  await customer.client.put(`/groups/${deciders.id}/grants`, { grants }, '*');
  const asGuest = async (email: string) => {
    const invited = await customer.client.post('/guest-invitations', { groupIds: [deciders.id] });
    const session = platform.session(await signIn(platform, email, password, partner.id));
    const token = invited.body.link.split('#')[1];
    expect((await session.post('/v1/me/guest-invitations/accept', { token })).status).toBe(200);
    return session;
  };
  const session = await asGuest(account.email);
  const body = { reason: 'Ticket 8', hours: 1 };
  const asked = await session.post(`${partner.path}/delegations/${id}/activate`, body);
  expect(asked, asked.text).toMatchObject({ status: 201 });
  const list = `${customer.path}/delegations/${id}/activations`;
  const approval = async (by: Client) =>
    (await by.get(list)).body.items[0].actions.find(({ name }: { name: string }) => name.includes('approve'));
  await vi.waitFor(async () => expect((await session.get(list)).body.items).toHaveLength(1), soon);
  expect(await approval(session)).toMatchObject({ allowed: false, reason: expect.stringContaining('their own') });
  const one = `${list}/${asked.body.id}`;
  expect(await session.post(`${one}/approve`)).toMatchObject({ status: 403, ...problem('own-activation') });
  // Another guest from there is another person.
  const other = await asGuest((await aPerson(groupId)).account.email);
  expect(await approval(other)).toMatchObject({ allowed: true });
  expect((await other.post(`${one}/approve`)).body).toMatchObject({ state: 'active' });
});

test('a machine approves no use of whoever stands behind it', async () => {
  const { account, groupId, id } = await aDelegation(near, {}, { needsActivation: true });
  const grants = ['delegations.view', 'delegations.change'].map((permission) => ({ permission }));
  const machine = await near.given.machine(grants);
  const makers = await near.given.group();
  const rights = [...grants, ...['view', 'issue'].map((verb) => ({ permission: `integrations.${verb}` }))];
  await near.client.put(`/groups/${makers.id}/grants`, { grants: rights }, '*');
  const invited = await near.client.post('/guest-invitations', { groupIds: [makers.id] });
  const session = platform.session(await signIn(platform, account.email, password, partner.id));
  const token = invited.body.link.split('#')[1];
  expect((await session.post('/v1/me/guest-invitations/accept', { token })).status).toBe(200);
  const ask = async (by: Client) => {
    const asked = await by.post(`${partner.path}/delegations/${id}/activate`, { reason: 'Ticket 9', hours: 1 });
    expect(asked, asked.text).toMatchObject({ status: 201 });
    const path = `${near.path}/delegations/${id}/activations`;
    const listed = async () =>
      (await machine.client.get(`/delegations/${id}/activations`)).body.items.find(
        (each: { id: string }) => each.id === asked.body.id,
      );
    await vi.waitFor(async () => expect(await listed()).toBeDefined(), soon);
    return { approve: (by: Client) => by.post(`${path}/${asked.body.id}/approve`), listed };
  };
  const own = await ask(session);
  const mayApprove = async ({ listed }: typeof own) =>
    (await listed()).actions.find(({ name }: { name: string }) => name === 'delegations.approve-activation').allowed;
  // Nobody of theirs stands behind the machine yet; from the key on one does, whichever key it comes by.
  expect(await mayApprove(own)).toBe(true);
  const key = await session.post(`${near.path}/service-accounts/${machine.id}/keys`, { name: 'mine' });
  expect(key, key.text).toMatchObject({ status: 201 });
  expect(await mayApprove(own)).toBe(false);
  const toldOf = async () =>
    (await machine.client.get('/overview')).body.waitingActivations.some(
      ({ delegationId }: { delegationId: string }) => delegationId === id,
    );
  expect(await toldOf(), 'nothing that it may not approve').toBe(false);
  for (const by of [platform.client(key.body.value), platform.client(machine.key)])
    expect(await own.approve(by)).toMatchObject({ status: 403, ...problem('own-activation') });
  // Of others, also of the same partner, it may.
  const other = await ask((await aPerson(groupId)).session);
  expect(await mayApprove(other)).toBe(true);
  expect(await toldOf()).toBe(true);
  expect((await other.approve(platform.client(key.body.value))).body).toMatchObject({ state: 'active' });
});

test('who comes by partner access asks for no group of the customer, since none may take them in', async () => {
  const { session } = await aDelegation(near);
  expect((await session.get(`${near.path}/groups`)).status).toBe(200);
  const wanted = { permission: 'integrations.view', reason: 'please' };
  const ask = () => session.post(`${near.path}/access-requests`, wanted);
  expect(await ask()).toMatchObject({
    status: 403,
    body: { ...problem('partner-access-only').body, detail: expect.stringContaining('Have your organisation ask') },
  });
  const mayAsk = async () =>
    (await session.get(`${near.path}/access/explain?permission=integrations.view`)).body.mayAsk;
  expect(await mayAsk()).toBe(false);
  // Invited as well they may be a member, and are one no more when that is over.
  const group = await near.given.group();
  await near.client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'integrations.view' }] }, '*');
  const invited = await near.client.post('/guest-invitations', { groupIds: [(await near.given.group()).id] });
  const token = invited.body.link.split('#')[1];
  const { guestId } = (await session.post('/v1/me/guest-invitations/accept', { token })).body;
  const [first, second] = [
    await ask(),
    await session.post(`${near.path}/access-requests`, { ...wanted, permission: 'audit.view' }),
  ];
  expect(first, first.text).toMatchObject({ status: 201 });
  expect(await mayAsk()).toBe(true);
  const approve = (id: string) => near.client.post(`/access-requests/${id}/approve`, { groupId: group.id });
  expect(await approve(first.body.id)).toMatchObject({ status: 200 });
  await near.client.put(
    `/groups/${group.id}/grants`,
    { grants: [{ permission: 'integrations.view' }, { permission: 'audit.view' }] },
    '*',
  );
  expect((await near.client.delete(`/guests/${guestId}`)).status).toBe(204);
  expect(await approve(second.body.id)).toMatchObject({ status: 409, ...problem('guest-over') });
});

test('time: a request dies after 90 days, access with its last second', async () => {
  const { id } = await aRequest(near);
  const made = await aDelegation(near, { days: 1 });
  await platform.sql('au', `update delegations set request_ends_at = now() - interval '1 second' where id = $1`, [id]);
  expect((await near.client.get(`/delegations/${id}`)).body.state).toBe('expired');
  expect(await near.client.post(`/delegations/${id}/approve`, {})).toMatchObject({
    status: 409,
    ...problem('delegation-decided'),
  });
  await platform.sql('au', `update delegations set ends_at = now() where id = $1 and tenant_id = $2`, [
    made.id,
    near.id,
  ]);
  expect((await made.session.get(`${near.path}/groups`)).status).toBe(404);
  await platform.sql(
    'au',
    `update due_jobs set due_at = now() where kind = 'delegations.end-in-time' and tenant_id = $1`,
    [near.id],
  );
  await vi.waitFor(async () => {
    const [entry] = (await entries(near, 'delegations.end-in-time')).filter(
      ({ target }: { target: { id: string } }) => target.id === made.id,
    );
    expect(entry?.details.effect, JSON.stringify(entry)).toMatchObject({ gains: { guests: 0 }, loses: { guests: 1 } });
  }, soon);
});

test.each(['near', 'far'] as const)(
  'both sides of %s are told two weeks before, and each ends it by itself',
  async (where) => {
    const customer = { near, far }[where];
    const { id } = await aDelegation(customer, { days: 30 });
    const endsSoon = async (of: TestTenant) =>
      (await platform.sql(of.region, `select text from notices where tenant_id = $1 and target_id = $2 and kind = $3`, [
        of.id,
        id,
        'delegation-ends-soon',
      ])) as { text: string }[];
    /** Lets the next of its jobs come due: that of two weeks before, then that of the end. */
    const next = async (of: TestTenant) => {
      const due = await platform.sql(
        of.region,
        `update due_jobs set due_at = now() where id = (
         select d.id from due_jobs d join jobs j on j.id = d.id
         where d.kind = 'delegations.end-in-time' and j.payload ->> 'id' = $1 and j.tenant_id = $2
         order by d.due_at limit 1) returning id`,
        [id, of.id],
      );
      expect(due).toHaveLength(1);
    };
    for (const [of, text] of [
      [customer, 'The partner may ask to renew it.'],
      [partner, 'Ask the customer to renew it.'],
    ] as const) {
      await vi.waitFor(async () => expect((await of.client.get(`/delegations/${id}`)).body.state).toBe('active'), soon);
      await next(of);
      await vi.waitFor(async () => expect((await endsSoon(of))[0]?.text).toContain(text), soon);
      await platform.sql(of.region, `update delegations set ends_at = now() where id = $1 and tenant_id = $2`, [
        id,
        of.id,
      ]);
      await next(of);
      await vi.waitFor(
        async () =>
          expect((await of.client.get(`/delegations/${id}`)).body).toMatchObject({ state: 'ended', endedBy: 'time' }),
        soon,
      );
    }
  },
);

test('the one switch is looked at with any number of partners: of more than twenty it is not known', async () => {
  const customer = await aTenant(platform, 'au');
  const { id } = await aDelegation(customer);
  await platform.sql(
    'au',
    `insert into delegations select (jsonb_populate_record(d,
       jsonb_build_object('id', gen_random_uuid(), 'other_tenant_id', gen_random_uuid()))).*
     from delegations d, generate_series(1, 22) where d.id = $1 and d.tenant_id = $2`,
    [id, customer.id],
  );
  const looked = await customer.client.post('/partner-access/preview', { to: 'stopped' });
  expect(looked, looked.text).toMatchObject({ status: 200 });
  expect(looked.body.partners).toHaveLength(23);
  for (const { effect, groups } of looked.body.partners.slice(20)) {
    expect(effect).toBeNull();
    expect(groups).toHaveLength(1);
  }
});

test('whether there is such a customer is not told', async () => {
  const group = await partner.given.group();
  const body = asking(group.id);
  const [unknown, known] = [
    await partner.client.post('/delegations', { customerTenantId: newId(), ...body }),
    await partner.client.post('/delegations', { customerTenantId: near.id, ...body }),
  ];
  const shape = ({ id, otherTenantId, createdAt, requestEndsAt, ...rest }: Record<string, unknown>) => rest;
  expect(shape(unknown.body)).toEqual(shape(known.body));
  // Nor when the request has arrived, until the customer answers.
  await vi.waitFor(async () => expect((await near.client.get(`/delegations/${known.body.id}`)).status).toBe(200), soon);
  for (const below of ['', '/acts']) {
    const [ofNobody, ofSomebody] = [
      await partner.client.get(`/delegations/${unknown.body.id}${below}`),
      await partner.client.get(`/delegations/${known.body.id}${below}`),
    ];
    expect(shape(ofNobody.body)).toEqual(shape(ofSomebody.body));
  }
  await near.client.post(`/delegations/${known.body.id}/refuse`, { reason: 'no' });
  expect((await partner.client.get(`/delegations/${known.body.id}`)).body.otherTenantName).toBeNull();
});

test('no circle of three or four is closed, and what stands in a row is no chain: each gets into its own customer and no further', async () => {
  const [one, two, three, four] = [await aPartner(), await aPartner('eu'), await aPartner(), await aPartner('eu')];
  const letIn = async (by: TestTenant, customer: TestTenant) => {
    const { id, groupId } = await aRequest(customer, { permissions: ['groups.view', 'accounts.view'] }, by);
    const approved = await customer.client.post(`/delegations/${id}/approve`, {});
    expect(approved, approved.text).toMatchObject({ status: 200, body: { state: 'active' } });
    const account = await by.given.person(password, { groupIds: [groupId] });
    return {
      groupId,
      hereId: approved.body.groupId as string,
      session: platform.session(await signIn(platform, account.email, password, by.id)),
    };
  };
  const first = await letIn(one, two);
  const second = await letIn(two, three);
  const closing = { status: 409, ...problem('delegation-cycle') };
  const { id } = await aRequest(one, {}, three);
  expect(await one.client.post(`/delegations/${id}/approve`, {})).toMatchObject(closing);
  expect(await one.client.post(`/delegations/${id}/preview`, { act: 'approve' })).toMatchObject(closing);
  await letIn(three, four);
  const longer = await aRequest(one, {}, four);
  expect(await one.client.post(`/delegations/${longer.id}/approve`, {})).toMatchObject(closing);
  await letIn(two, four); // in rows that meet they may stand
  const status = async (of: TestTenant) => (await first.session.get(`${of.path}/groups`)).status;
  expect([await status(two), await status(three)]).toEqual([200, 404]);
  // Nobody of another tenant comes along by a group that is let in, nor is one that was let in passed on.
  const { items } = (await two.client.get('/groups?limit=200')).body;
  expect(items.find(({ id }: { id: string }) => id === first.hereId)).toMatchObject({ source: 'imported' });
  const passedOn = await two.client.post('/delegations', { customerTenantId: three.id, ...asking(first.hereId) });
  expect(passedOn).toMatchObject({ status: 400, body: { errors: [{ path: 'groupId' }] } });
  const invited = await two.client.post('/guest-invitations', { groupIds: [second.groupId] });
  const token = invited.body.link.split('#')[1];
  expect((await first.session.post('/v1/me/guest-invitations/accept', { token })).status).toBe(200);
  expect([await status(two), await status(three)]).toEqual([200, 404]);
});

describe('two approvals in the same moment that close a circle together', () => {
  const approve = (customer: TestTenant, id: string) => customer.client.post(`/delegations/${id}/approve`, {});
  const stateOf = async (by: TestTenant, id: string) => (await by.client.get(`/delegations/${id}`)).body.state;

  /** Holds rows of a tenant, in a transaction of its own. */
  async function aHolder() {
    const { host, port } = inject('postgres');
    const database = platform.databases.cells.au?.[0] as string;
    const holder = new pg.Client({ host, port, user: 'app', database });
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query('begin');
    const waiting = `select count(*)::int as count from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`;
    return {
      hold: async (of: TestTenant, rows: string) => {
        await holder.query("select set_config('bailiwick.tenant', $1, true)", [of.id]);
        await holder.query(`select from ${rows} for update`);
      },
      seesWaiting: (many: number) =>
        vi.waitFor(
          async () => expect((await holder.query(waiting, [database])).rows[0].count).toBeGreaterThanOrEqual(many),
          soon,
        ),
      letGo: () => holder.query('commit'),
    };
  }

  test.each([1, 2])(
    'never both stand, %i of each partner, and nothing that was answered is taken back',
    async (ofEach) => {
      const [one, two, three] = [await aPartner(), await aPartner('eu'), await aPartner()];
      const first = (await aRequest(two, {}, one)).id as string;
      expect((await approve(two, first)).status).toBe(200);
      const asked: [TestTenant, string][] = [];
      for (let n = 0; n < ofEach; n++)
        asked.push([three, (await aRequest(three, {}, two)).id], [one, (await aRequest(one, {}, three)).id]);
      // All have begun, and wait for the row that they approve.
      const holder = await aHolder();
      for (const [customer, id] of asked) await holder.hold(customer, `delegations where id = '${id}'`);
      const approving = asked.map(([customer, id]) => approve(customer, id));
      await holder.seesWaiting(2); // more of one tenant may wait in the node
      await holder.letGo();
      const replies = await Promise.all(approving);
      const said = JSON.stringify(replies.map(({ status, text }) => [status, text]));
      const standing = async () => Promise.all(asked.map(([customer, id]) => stateOf(customer, id)));
      for (const [at, state] of (await standing()).entries()) {
        expect([200, 409, 503], said).toContain(replies[at]?.status);
        expect(state, said).toBe(replies[at]?.status === 200 ? 'active' : 'requested');
      }
      // One after another, one side is let in and the other never.
      for (const [customer, id] of asked)
        await vi.waitFor(async () => expect((await approve(customer, id)).status).not.toBe(503), soon);
      const states = await standing();
      const [ofThree, ofOne] = [0, 1].map((side) => states.filter((_, at) => at % 2 === side).join());
      const sides = [Array(ofEach).fill('active').join(), Array(ofEach).fill('requested').join()];
      expect([ofThree, ofOne].sort(), said).toEqual(sides);
      expect(await stateOf(two, first)).toBe('active'); // which closed nothing
    },
  );

  test('an approval waits for no other: while one on the way decides about a partner it is not known', async () => {
    const [one, two, three] = [await aPartner(), await aPartner('eu'), await aPartner()];
    expect((await approve(three, (await aRequest(three, {}, one)).id)).status).toBe(200);
    const { id } = await aRequest(two, {}, three);
    await aRequest(one, {}, two); // without which it is above nobody
    const holder = await aHolder();
    await holder.hold(one, 'tenants');
    expect(await approve(two, id)).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('circle of partners is not known') },
    });
    const look = await two.client.post(`/delegations/${id}/preview`, { act: 'approve' });
    expect(look).toMatchObject({ status: 503, ...problem('unavailable') });
    expect(await stateOf(two, id)).toBe('requested');
    await holder.letGo();
    expect((await approve(two, id)).status).toBe(200);
  });

  test('who is let in already is renewed, however partners stand', async () => {
    const [one, two, three] = [await aPartner(), await aPartner('eu'), await aPartner()];
    for (const [customer, by] of [
      [two, one],
      [three, two],
    ] as const)
      expect((await approve(customer, (await aRequest(customer, {}, by)).id)).status).toBe(200);
    // A circle made by hand.
    const { id, groupId } = await aRequest(one, {}, three);
    const standing = await platform.sql(
      'au',
      'select id from delegations where tenant_id = $1 and other_tenant_id = $2',
      [three.id, two.id],
    );
    const hidden = (to: string) =>
      platform.sql('au', 'update delegations set state = $1 where id = $2', [to, standing[0].id]);
    await hidden('requested');
    expect((await approve(one, id)).status).toBe(200);
    await hidden('active');
    const again = await aRequest(one, { groupId, renews: id }, three);
    expect(await approve(one, again.id)).toMatchObject({ status: 200, body: { state: 'active' } });
    expect([await stateOf(one, again.id), await stateOf(one, id)]).toEqual(['active', 'ended']);
  });
});

test('no cycles: who manages a tenant is not managed by it, and that it asks to is no access', async () => {
  const [one, two] = [await aPartner(), await aPartner('eu')];
  const asked = { ofOne: (await aRequest(one, {}, two)).id, ofTwo: (await aRequest(two, {}, one)).id };
  expect((await one.client.post(`/delegations/${asked.ofOne}/approve`, {})).status).toBe(200);
  const closing = { status: 409, ...problem('delegation-cycle') };
  expect(await two.client.post(`/delegations/${asked.ofTwo}/approve`, {})).toMatchObject(closing);
  expect((await one.client.post(`/delegations/${asked.ofOne}/end`)).status).toBe(200);
  expect((await two.client.post(`/delegations/${asked.ofTwo}/approve`, {})).status).toBe(200);
});

test('the partner deletes a group: what it has by it is over, and what it asks for, and the customer hears of it', async () => {
  const standing = await aRequest(near);
  expect((await near.client.post(`/delegations/${standing.id}/approve`, {})).status).toBe(200);
  const asked = await aRequest(far, { groupId: standing.groupId });
  expect((await partner.client.delete(`/groups/${standing.groupId}`, '*')).status).toBe(204);
  for (const [customer, { id }] of [
    [near, standing],
    [far, asked],
  ] as const)
    for (const side of [customer, partner])
      await vi.waitFor(
        async () => expect((await side.client.get(`/delegations/${id}`)).body.state).toBe('ended'),
        soon,
      );
  expect(await far.client.post(`/delegations/${asked.id}/approve`, {})).toMatchObject({ status: 409 });
});

test('the partner’s directory deletes a group: what it has by it is over as well', async () => {
  const { value } = await partner.given.token();
  const scim = platform.client(value);
  const made = await scim.post(`/scim/v2/${partner.id}/Groups`, {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName: aName('crew'),
  });
  expect(made.status, made.text).toBe(201);
  const { id } = await aRequest(near, { groupId: made.body.id });
  expect((await near.client.post(`/delegations/${id}/approve`, {})).status).toBe(200);
  expect((await scim.delete(`/scim/v2/${partner.id}/Groups/${made.body.id}`)).status).toBe(204);
  for (const side of [near, partner])
    await vi.waitFor(async () => expect((await side.client.get(`/delegations/${id}`)).body.state).toBe('ended'), soon);
});

test('who may not: a customer does not ask, an administrator who is no owner does not approve', async () => {
  const group = await near.given.group();
  expect(await near.client.post('/delegations', { customerTenantId: far.id, ...asking(group.id) })).toMatchObject({
    status: 409,
    ...problem('not-a-partner'),
  });
  const { id } = await aRequest(near);
  const { client } = await near.given.machine([
    { permission: 'delegations.view' },
    { permission: 'delegations.change' },
  ]);
  expect(await client.post(`/delegations/${id}/approve`, {})).toMatchObject({ status: 403, ...problem('owners-only') });
  expect(await near.client.post(`/delegations/${id}/approve`, { permissions: ['accounts.view'] })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'permissions.0' }] },
  });
  expect((await client.post(`/delegations/${id}/refuse`, { reason: 'not now' })).body.state).toBe('refused');
  await vi.waitFor(
    async () =>
      expect((await partner.client.get(`/delegations/${id}`)).body).toMatchObject({
        state: 'refused',
        reason: 'not now',
      }),
    soon,
  );
});

test('730 days at most, and 8 hours', async () => {
  const { id, groupId, session } = await aDelegation(near, { days: 730 }, { needsActivation: true });
  await vi.waitFor(
    async () => expect((await partner.client.get(`/delegations/${id}`)).body.state).toBe('active'),
    soon,
  );
  const { decidedAt, endsAt } = (await near.client.get(`/delegations/${id}`)).body;
  expect(Date.parse(endsAt) - Date.parse(decidedAt)).toBe(730 * DAY_MS);
  const tooLong = { ...asking(groupId), days: 731 };
  const refused = { status: 400, body: { errors: [{ path: 'days' }] } };
  expect(await partner.client.post('/delegations', { customerTenantId: far.id, ...tooLong })).toMatchObject(refused);
  expect(await partner.client.post('/delegations/many', { customerTenantIds: [far.id], ...tooLong })).toMatchObject(
    refused,
  );
  const open = await aRequest(near, { days: 730 });
  expect(await near.client.post(`/delegations/${open.id}/approve`, { days: 731 })).toMatchObject(refused);
  const use = (hours: number) =>
    session.post(`${partner.path}/delegations/${id}/activate`, { reason: 'Ticket 7', hours });
  expect(await use(9)).toMatchObject({ status: 400, body: { errors: [{ path: 'hours' }] } });
  expect((await use(8)).status).toBe(201);
});

test('many customers in one act, each with a result; what stands is renewed', async () => {
  const standing = await aDelegation(near);
  await vi.waitFor(
    async () => expect((await partner.client.get(`/delegations/${standing.id}`)).body.state).toBe('active'),
    soon,
  );
  // More than one batch, of which nobody is asked twice or left out.
  const nowhere = Array.from({ length: 58 }, newId);
  const begun = await partner.client.post('/delegations/many', {
    customerTenantIds: [far.id, ...nowhere, partner.id, near.id],
    ...asking(standing.groupId),
  });
  expect(begun, begun.text).toMatchObject({ status: 202 });
  await vi.waitFor(
    async () =>
      expect((await partner.client.get(`/tasks/${begun.body.id}`)).body).toMatchObject({
        state: 'done',
        result: { counts: { requested: 59, renewed: 1, skipped: 1 } },
      }),
    soon,
  );
  const { text } = await partner.client.get(`/tasks/${begun.body.id}/result`);
  expect(text).toContain(`"${near.id}","renewal requested"`);
  expect(text).toContain(`"${partner.id}","skipped"`);
  const lines = text.trimEnd().split(/\r?\n/);
  expect(lines.slice(1).map((line) => line.split(',')[0]?.replaceAll('"', ''))).toEqual([
    far.id,
    ...nowhere,
    partner.id,
    near.id,
  ]);
  const [renewal] = (
    await partner.client.get(`/delegations?otherTenantId=${near.id}&state=requested`)
  ).body.items.filter(({ renews }: { renews: string }) => renews === standing.id);
  await vi.waitFor(async () => expect((await near.client.get(`/delegations/${renewal.id}`)).status).toBe(200), soon);
  expect((await near.client.post(`/delegations/${renewal.id}/approve`, {})).body.state).toBe('active');
  expect((await near.client.get(`/delegations/${standing.id}`)).body.state).toBe('ended');
  expect((await standing.session.get(`${near.path}/groups`)).status).toBe(200);
});

const created = (replies: { status: number }[]) => replies.filter(({ status }) => status === 201).length;
const atOnce = <T>(count: number, act: () => Promise<T>) => Promise.all(Array.from({ length: count }, act));

test('a renewal keeps that each use is approved, unless the customer says otherwise', async () => {
  const { id, groupId } = await aDelegation(near, {}, { needsActivation: true });
  await vi.waitFor(
    async () => expect((await partner.client.get(`/delegations/${id}`)).body.state).toBe('active'),
    soon,
  );
  const renewal = async () => {
    const body = { customerTenantId: near.id, ...asking(groupId), renews: id };
    const asked = await partner.client.post('/delegations', body);
    expect(asked.status, asked.text).toBe(201);
    const path = `/delegations/${asked.body.id}`;
    await vi.waitFor(async () => expect((await near.client.get(path)).status).toBe(200), soon);
    return path;
  };
  let path = '';
  // It arrives also while the one that it renews is held.
  await platform.besideChange(
    'au',
    `select from delegations where tenant_id = '${near.id}' and id = '${id}' for update`,
    async () => {
      path = await renewal();
    },
  );
  expect((await near.client.get(path)).body.needsActivation).toBe(true);
  expect((await near.client.post(`${path}/approve`, {})).body).toMatchObject({
    state: 'active',
    needsActivation: true,
  });
});

test('what was asked for by namespaces is not given everywhere', async () => {
  const { id: there, name } = await near.given.namespace();
  const { id } = await aRequest(near, { permissions: ['namespaces.view'], namespaces: [name] });
  const approve = (body: object) => near.client.post(`/delegations/${id}/approve`, body);
  expect(await approve({ namespaceIds: [] })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'namespaceIds' }] },
  });
  const { groupId } = (await approve({})).body;
  const { grants } = (await near.client.get(`/groups/${groupId}/grants`)).body;
  expect(grants).toEqual([{ permission: 'namespaces.view', namespaceId: there }]);
});

test('of many that ask at once as many are taken as of those that ask in turn', async () => {
  const group = await partner.given.group();
  const body = { customerTenantId: near.id, ...asking(group.id) };
  expect(created(await atOnce(8, () => partner.client.post('/delegations', body)))).toBe(1);
  const { session, id } = await aDelegation(near, {}, { needsActivation: true });
  const path = `${partner.path}/delegations/${id}/activate`;
  expect(created(await atOnce(8, () => session.post(path, { reason: 'x', hours: 1 })))).toBe(3);
});
