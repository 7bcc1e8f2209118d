import { beforeAll, describe, expect, test, vi } from 'vitest';
import { aPlatform, aTenant, type Client, signIn, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

/** Why somebody of another tenant may do something here, or not: by an invitation, by a delegation. Held against the requests. */

const password = 'six grey geese cross the lake';
const soon = { timeout: 20_000, interval: 100 };

let platform: TestPlatform;
let home: TestTenant;
let near: TestTenant;
let far: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'] });
  home = await aTenant(platform, 'au');
  const path = `/v1/operator/tenants/${home.id}`;
  expect((await platform.operator.patch(path, { type: 'partner', supportId: null }, '*')).status).toBe(200);
  [near, far] = [await aTenant(platform, 'au'), await aTenant(platform, 'eu')];
});

async function aPerson() {
  const account = await home.given.person(password);
  return { account, session: platform.session(await signIn(platform, account.email, password, home.id)) };
}

async function aGuest(to: TestTenant) {
  const { account, session } = await aPerson();
  const group = await to.given.group();
  await to.client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'groups.view' }] }, group.etag);
  const invited = await to.client.post('/guest-invitations', { groupIds: [group.id] });
  const accepted = await session.post('/v1/me/guest-invitations/accept', { token: invited.body.link.split('#')[1] });
  expect(accepted.status, accepted.text).toBe(200);
  return { account, session, groupId: group.id as string, id: accepted.body.guestId as string };
}

async function aPartnersPerson(to: TestTenant, approval: object = {}, permissions = ['groups.view']) {
  const group = await home.given.group();
  const asked = await home.client.post('/delegations', {
    customerTenantId: to.id,
    groupId: group.id,
    permissions,
    days: 30,
    purpose: 'Run it for them',
  });
  const { id } = asked.body;
  await vi.waitFor(async () => expect((await to.client.get(`/delegations/${id}`)).status).toBe(200), soon);
  const approved = await to.client.post(`/delegations/${id}/approve`, approval);
  expect(approved.body.state, approved.text).toBe('active');
  const { account, session } = await aPerson();
  await home.client.post(`/groups/${group.id}/members`, { accountIds: [account.id] });
  return { account, session, delegationId: id as string, partnerGroupId: group.id as string, approved: approved.body };
}

const guestIdOf = async (to: TestTenant, accountId: string): Promise<string> =>
  (
    await platform.sql(to.region, 'select id from guests where tenant_id = $1 and home_account_id = $2', [
      to.id,
      accountId,
    ])
  )[0].id;

/** What is explained, and decided for others, of a right that a request of theirs then finds. */
async function heldAgainst(to: TestTenant, id: string, session: Client) {
  const explained = await to.client.get(`/access/explain?principal=${id}&permission=groups.view`);
  expect(explained, explained.text).toMatchObject({ status: 200 });
  const { body } = await to.client.post('/access/evaluate', {
    questions: [
      { principal: id, permission: 'groups.view' },
      { principal: id, permission: 'accounts.view' },
    ],
  });
  const isServed = (await session.get(`${to.path}/groups`)).status === 200;
  expect(explained.body.allowed).toBe(isServed);
  expect(body.items[0].allowed).toBe(isServed);
  expect(body.items[1].allowed).toBe(false);
  const own = await session.get(`${to.path}/access/own`);
  expect(own.status === 200 && own.body.grants.includes('groups.view')).toBe(isServed);
  if (isServed) expect(own.body.isOwner).toBe(false);
  return explained.body;
}

describe.each([
  ['in one region', () => near],
  ['in another region', () => far],
] as const)('%s', (_where, of) => {
  test('a guest: by its groups, as long as home lets it in', async () => {
    const to = of();
    const { id, session, account, groupId } = await aGuest(to);
    const yes = await heldAgainst(to, id, session);
    expect(yes).toMatchObject({ allowed: true, paths: [{ group: { id: groupId }, delegation: null }] });
    expect(yes.conditions).toContainEqual(expect.objectContaining({ name: 'let-in-at-home', met: true }));
    await home.client.post(`/accounts/${account.id}/disable`);
    const no = await heldAgainst(to, id, session);
    expect(no).toMatchObject({ allowed: false, remedies: [] });
    expect(no.conditions).toContainEqual(expect.objectContaining({ name: 'let-in-at-home', met: false }));
  });

  test("a partner's person: the path is the delegation; taken away it is a no, and the remedy makes it a yes", async () => {
    const to = of();
    const { session, account, delegationId, approved, partnerGroupId } = await aPartnersPerson(to);
    expect((await session.get(`${to.path}/groups`)).status).toBe(200);
    const id = await guestIdOf(to, account.id);
    expect(await heldAgainst(to, id, session)).toMatchObject({
      allowed: true,
      paths: [
        {
          group: { id: approved.groupId, source: 'imported' },
          grant: { permission: 'groups.view' },
          delegation: { id: delegationId, partnerTenantId: home.id, activationId: null },
        },
      ],
    });
    const listed = await to.client.get('/access/holders?permission=groups.view');
    expect(listed.body.byGroupsOfOthers).toContainEqual(
      expect.objectContaining({
        partnerTenantId: home.id,
        people: 1,
        afterApproval: 0,
        names: [{ id, homeAccountId: account.id, displayName: account.displayName }],
        paths: [
          expect.objectContaining({ delegation: { id: delegationId, partnerTenantId: home.id, activationId: null } }),
        ],
      }),
    );

    await to.client.post('/partner-access/stop');
    const stopped = await heldAgainst(to, id, session);
    expect(stopped).toMatchObject({
      allowed: false,
      paths: [],
      remedies: [{ changes: [{ kind: 'resume-partner-access' }] }],
    });
    const unmet = ({ met }: { met: boolean | null }) => met === false;
    expect(stopped.conditions.filter(unmet)).toMatchObject([{ name: 'partner-access-open' }]);
    expect((await to.client.get('/access/holders?permission=groups.view')).body.byGroupsOfOthers).toEqual([]);
    await to.client.post('/partner-access/resume');
    await to.client.post(`/groups/${approved.groupId}/disable`);
    const disabled = await heldAgainst(to, id, session);
    expect(disabled).toMatchObject({ allowed: false });
    expect(
      disabled.remedies.map(({ changes }: { changes: { kind: string }[] }) => changes.map(({ kind }) => kind)),
    ).toEqual([['enable-group']]);
    await to.client.post(`/groups/${approved.groupId}/enable`);
    expect((await heldAgainst(to, id, session)).allowed).toBe(true);
    await home.client.delete(`/groups/${partnerGroupId}/members/${account.id}`);
    expect(await heldAgainst(to, id, session)).toMatchObject({ allowed: false, remedies: [] });
  });

  test("an operation that is kept from partners is a no of a partner's person, and nothing mends it", async () => {
    const to = of();
    const given = ['groups.view', 'accounts.change', 'gateways.change'];
    const { session, account } = await aPartnersPerson(to, {}, given);
    expect((await session.get(`${to.path}/groups`)).status).toBe(200);
    const id = await guestIdOf(to, account.id);
    const { id: space } = await to.given.namespace();
    const theirs = `${to.path}/accounts/${(await to.given.account()).id}`;
    const certificates = `${to.path}/namespaces/${space}/gateways/${newId()}/certificates`;
    const acts = {
      'accounts.end-sessions': () => session.delete(`${theirs}/sessions`),
      'accounts.reset-factors': () => session.delete(`${theirs}/factors`),
      'accounts.change-email': () => session.post(`${theirs}/email-change`, { email: 'mine@partner.example' }),
      'gateway-certificates.upload': () => session.post(certificates, { pkcs12: 'AAAA', password: 'of the file' }),
    };
    for (const [operation, act] of Object.entries(acts)) {
      const { body } = await to.client.get(`/access/explain?principal=${id}&operation=${operation}&resource=${space}`);
      const done = await act();
      expect([operation, body.allowed], done.text).toEqual([operation, done.status < 300]);
      expect(body.paths).toHaveLength(1);
      expect(body.remedies).toEqual([]);
      const kept = { name: 'for-partners', met: false, text: done.body?.detail };
      if (operation === 'accounts.end-sessions')
        expect(body.conditions).not.toContainEqual(expect.objectContaining({ met: false }));
      else {
        expect(done).toMatchObject({ status: 403, body: { type: 'urn:bailiwick:problem:not-for-partners' } });
        expect(body.conditions).toContainEqual(kept);
      }
    }
    const { detail } = (await session.get(`${to.path}/delegations`)).body;
    const unlet = (await to.client.get(`/access/explain?principal=${id}&operation=delegations.list`)).body;
    expect(unlet).toMatchObject({ allowed: false, remedies: [] });
    expect(unlet.conditions).toContainEqual({ name: 'for-partners', met: false, text: detail });
    // While partner access is stopped it is kept from whoever comes by nothing else, and letting partners in again does not help.
    const remedies = async (operation: string) => {
      const { body } = await to.client.get(`/access/explain?principal=${id}&operation=${operation}&resource=${space}`);
      expect(body.allowed).toBe(false);
      return body.remedies;
    };
    await to.client.post('/partner-access/stop');
    const resume = { alsoGives: given.length - 1, changes: [{ kind: 'resume-partner-access' }] };
    expect(await remedies('accounts.end-sessions')).toMatchObject([resume]);
    for (const operation of Object.keys(acts).slice(1)) expect(await remedies(operation), operation).toEqual([]);
    // Who is a guest too is refused nothing for a partner's sake, and what would help is a group of the tenant.
    const group = await to.given.group();
    const { body: invited } = await to.client.post('/guest-invitations', { groupIds: [group.id] });
    await session.post('/v1/me/guest-invitations/accept', { token: invited.link.split('#')[1] });
    const granted = { changes: [{ kind: 'grant', group: { id: group.id } }] };
    const joined = { changes: [{ kind: 'join-group', group: { isOwnerGroup: true } }] };
    expect(await remedies('accounts.reset-factors')).toMatchObject([granted, joined]);
    expect(await remedies('accounts.end-sessions')).toMatchObject([granted, resume, joined]);
    await to.client.post('/partner-access/resume');
    expect(await remedies('accounts.reset-factors')).toEqual([]);
  });

  test("while the tenant is closing a partner's person is out, and is said to be", async () => {
    const to = await aTenant(platform, of().region);
    const { session, account } = await aPartnersPerson(to);
    expect((await session.get(`${to.path}/groups`)).status).toBe(200);
    const id = await guestIdOf(to, account.id);
    const asking = await to.client.get('/access/holders?permission=groups.view');
    expect(asking.body.byGroupsOfOthers).toHaveLength(1);
    await platform.sql(to.region, `update tenants set status = 'closing' where tenant_id = $1`, [to.id]);
    expect(await heldAgainst(to, id, session)).toMatchObject({
      allowed: false,
      remedies: [{ changes: [{ kind: 'restore-tenant' }] }],
    });
  });

  test('each use approved: the activation is the remedy, and stands in the path', async () => {
    const to = of();
    const { session, account, delegationId } = await aPartnersPerson(to, { needsActivation: true });
    expect(await session.get(`${to.path}/groups`)).toMatchObject({
      status: 403,
      body: { type: 'urn:bailiwick:problem:activation-needed' },
    });
    const id = await guestIdOf(to, account.id);
    const counted = async () => {
      const { body } = await to.client.get('/access/holders?permission=groups.view');
      const { people, afterApproval } = body.byGroupsOfOthers.find(
        ({ paths }: { paths: { delegation: { id: string } }[] }) => paths[0]?.delegation.id === delegationId,
      );
      return { people, afterApproval };
    };
    expect(await counted()).toEqual({ people: 0, afterApproval: 1 });
    const no = await heldAgainst(to, id, session);
    expect(no).toMatchObject({ allowed: false, remedies: [{ changes: [{ kind: 'approve-activation' }] }] });
    await vi.waitFor(
      async () => expect((await home.client.get(`/delegations/${delegationId}`)).body.state).toBe('active'),
      soon,
    );
    const path = `${home.path}/delegations/${delegationId}/activate`;
    const asked = await session.post(path, { reason: 'Ticket 7', hours: 2 });
    expect(asked, asked.text).toMatchObject({ status: 201 });
    const one = `/delegations/${delegationId}/activations/${asked.body.id}`;
    await vi.waitFor(async () => expect((await to.client.post(`${one}/approve`)).body.state).toBe('active'), soon);
    expect(await heldAgainst(to, id, session)).toMatchObject({
      allowed: true,
      paths: [{ delegation: { id: delegationId, activationId: asked.body.id } }],
    });
    expect(await counted()).toEqual({ people: 1, afterApproval: 0 });
  });
});
