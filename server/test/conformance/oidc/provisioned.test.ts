import { beforeEach, expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../harness.ts';
import { type Away, aBrowser, aHostileProvider, aProvider, type Claims, seconds } from './hostile.ts';

/** People whom provisioning made, who come in by a provider: how they are found, and who decides about which field. */

const platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
const tenant = await aTenant(platform);
const hostile = await aHostileProvider();
const browser = aBrowser(platform, tenant.id);
const scim = platform.client((await tenant.given.token()).value);
const users = `/scim/v2/${tenant.id}/Users`;
const asScim = { 'content-type': 'application/scim+json' };

beforeEach(() => hostile.behave());

const aUser = async (more: Claims = {}) => {
  const userName = aName('user');
  const made = await scim.post(users, { userName, externalId: aName('oid'), displayName: 'By SCIM', ...more }, asScim);
  expect(made.status, made.text).toBe(201);
  return made.body as { id: string; userName: string; externalId: string };
};
const matching = (matches: string, matchClaim: string, more: Claims = {}) =>
  aProvider(tenant, hostile, { admission: { matches, matchClaim, ...more } });
const token = ({ nonce }: Away, more: Claims): Claims => ({
  iss: hostile.issuer,
  aud: 'client',
  exp: seconds(300),
  iat: seconds(),
  nonce,
  name: 'By claims',
  email: 'somebody@people.example',
  preferred_username: 'somebody',
  ...more,
});
async function signIn(providerId: string, claims: Claims, at = 0) {
  const away = await browser.setOut(providerId);
  hostile.says.idToken = token(away, claims);
  return browser.comeBack(away, {}, { at });
}
const me = async (session: string | undefined) =>
  (await platform.anyone.call('GET', '/v1/me', { headers: { cookie: session ?? '' } })).body;

test('are found by their external id the first time, by who they are from then on; SCIM decides about their names', async () => {
  const { id } = await matching('external-id', 'oid');
  const user = await aUser();
  const sub = aName('sub');
  const first = await signIn(id, { sub, oid: user.externalId });
  expect(await me(first.session)).toMatchObject({ id: user.id, displayName: 'By SCIM' });
  const account = (await tenant.client.get(`/accounts/${user.id}`)).body;
  expect(account).toMatchObject({ source: 'scim', username: user.userName, displayName: 'By SCIM', email: null });

  const again = await signIn(id, { sub, oid: undefined });
  expect((await me(again.session)).id).toBe(user.id);
  expect((await tenant.client.get(`/accounts/${user.id}`)).body.displayName).toBe('By SCIM');
});

test('P12: who comes later with the same value is somebody else, and is refused', async () => {
  for (const [matches, claim] of [
    ['external-id', 'oid'],
    ['username', 'preferred_username'],
  ] as const) {
    const { id } = await matching(matches, claim, { createsAccounts: true });
    const user = await aUser();
    const value = matches === 'username' ? user.userName : user.externalId;
    const sub = aName('rightful');
    expect((await me((await signIn(id, { sub, [claim]: value })).session)).id).toBe(user.id);
    for (const chosen of [value, value.toUpperCase()])
      expect((await me((await signIn(id, { sub: aName('eve'), [claim]: chosen })).session)).id).not.toBe(user.id);
    expect(await signIn(id, { sub: aName('eve'), [claim]: value })).toMatchObject({
      problem: 'account-in-the-way',
      session: undefined,
    });

    // An administrator may say that it is the same person: the link is ended, and made anew.
    const links = (await tenant.client.get(`/identity-providers/${id}/identities`)).body.items;
    const own = links.find(({ accountId }: { accountId: string }) => accountId === user.id);
    expect((await tenant.client.delete(`/identity-providers/${id}/identities/${own.id}`)).status).toBe(204);
    expect((await me((await signIn(id, { sub: aName('renewed'), [claim]: value })).session)).id).toBe(user.id);
  }
});

test('P12: of several who come at once with one value one is let in', async () => {
  const { id } = await matching('external-id', 'oid');
  const user = await aUser();
  const trips = await Promise.all(Array.from({ length: 6 }, () => browser.setOut(id)));
  hostile.says.idToken = undefined;
  const tokens = await Promise.all(
    trips.map((away) => hostile.signed(token(away, { sub: aName('at-once'), oid: user.externalId }))),
  );
  // The answer carries the token of the trip whose code is asked for.
  hostile.says.byCode = Object.fromEntries(tokens.map((each, at) => [`code-${at}`, each]));
  const back = await Promise.all(
    trips.map((away, at) => browser.comeBack(away, { code: `code-${at}` }, { at: at % 2 })),
  );
  expect(back.filter(({ session }) => session).length).toBe(1);
  expect(back.filter(({ problem }) => problem === 'account-in-the-way').length).toBe(5);
});

test('P23: whoever was given more than who stands behind the provider is found only once an owner confirms it', async () => {
  const weak = await tenant.given.machine([{ permission: 'identity-providers.*' }]);
  const made = await tenant.given.identityProvider({ oidc: { issuer: hostile.issuer, clientId: 'client' } });
  const path = `/identity-providers/${made.id}`;
  const confirmed = { admission: { matches: 'external-id' } };
  const [before, user, owner] = [await aUser(), await aUser(), await aUser()];
  await tenant.client.patch(path, { admission: { ...confirmed.admission, matchClaim: 'oid' } }, '*');
  // An owner set it, but who activates it stands behind it from then on.
  expect((await weak.client.post(`${path}/activate`)).status).toBe(200);
  const linked = aName('sub');
  expect((await me((await signIn(made.id, { sub: linked, oid: before.externalId })).session)).id).toBe(before.id);
  const strong = await tenant.given.group();
  await tenant.client.put(`/groups/${strong.id}/grants`, { grants: [{ permission: 'audit.view' }] }, strong.etag);
  await tenant.client.post(`/groups/${strong.id}/members`, { accountIds: [before.id, user.id] });
  const told = async () =>
    (await tenant.client.get('/notices?limit=200')).body.items.filter(
      ({ kind, target }: { kind: string; target: { id: string } | null }) =>
        kind === 'identity-provider-unconfirmed' && target?.id === made.id,
    ).length;

  for (const at of [0, 1])
    expect(await signIn(made.id, { sub: aName('eve'), oid: user.externalId }, at)).toMatchObject({
      problem: 'provider-not-confirmed',
      session: undefined,
    });
  expect(await told()).toBe(1);
  expect((await tenant.client.get(`/accounts/${user.id}/identities`)).body.items).toEqual([]);
  // Who was linked before is known, and comes in.
  expect((await me((await signIn(made.id, { sub: linked })).session)).id).toBe(before.id);
  expect((await weak.client.patch(path, confirmed, '*')).body.type).toBe('urn:bailiwick:problem:stronger-principal');

  expect((await tenant.client.patch(path, confirmed, '*')).status).toBe(200);
  expect((await me((await signIn(made.id, { sub: aName('sub'), oid: user.externalId })).session)).id).toBe(user.id);
  const [owners] = (await tenant.client.get('/groups?q=Owners')).body.items;
  await tenant.client.post(`/groups/${owners.id}/members`, { accountIds: [owner.id] });
  expect((await signIn(made.id, { sub: aName('eve'), oid: owner.externalId })).problem).toBe('no-account');
});

test('P23: who set a provider and is gone, or may do less by now, stands behind it with what they hold now', async () => {
  const maker = await tenant.given.machine([{ permission: 'identity-providers.*' }, { permission: 'audit.view' }]);
  const { id } = await aProvider({ ...tenant, client: maker.client }, hostile, {
    admission: { matches: 'external-id', matchClaim: 'oid' },
  });
  const own = await tenant.given.group();
  await tenant.client.put(`/groups/${own.id}/grants`, { grants: [{ permission: 'audit.view' }] }, own.etag);
  const [one, two, plain] = [await aUser(), await aUser(), await aUser()];
  await tenant.client.post(`/groups/${own.id}/members`, { accountIds: [one.id, two.id] });
  const comeAs = (user: typeof one) => signIn(id, { sub: aName('sub'), oid: user.externalId });

  expect((await me((await comeAs(one)).session)).id).toBe(one.id);
  expect((await tenant.client.delete(`/service-accounts/${maker.id}`, '*')).status).toBe(204);
  expect((await comeAs(two)).problem).toBe('provider-not-confirmed');
  expect((await me((await comeAs(plain)).session)).id).toBe(plain.id);
});

test('who would need a new account and finds no seat is told so, and nothing of the licence', async () => {
  const there = await aTenant(platform);
  const { id } = await aProvider(there, hostile, { admission: { createsAccounts: true } });
  const { users } = (await there.client.get('/licences/usage')).body;
  const licence = await there.given.licence({ userLimit: users + 1 });
  const at = aBrowser(platform, there.id);
  const comeAs = async (name: string) => {
    const away = await at.setOut(id);
    hostile.says.idToken = token(away, { sub: name, preferred_username: name, email: `${name}@people.example` });
    return at.comeBack(away);
  };
  const first = aName('first');
  expect((await comeAs(first)).problem).toBeNull();

  const refused = await comeAs(aName('second'));

  expect(refused).toMatchObject({ problem: 'no-room', session: undefined });
  expect(JSON.stringify(refused)).not.toContain(licence.name);
  expect((await there.client.get('/licences/usage')).body.users).toBe(users + 1);
  expect((await comeAs(first)).session).toBeDefined(); // who has an account needs no seat
});

test('whom provisioning deactivated is not let in; several values find nobody', async () => {
  const { id } = await matching('external-id', 'oid');
  const user = await aUser({ active: false });
  expect(await signIn(id, { sub: aName('sub'), oid: user.externalId })).toMatchObject({
    problem: 'account-disabled',
    session: undefined,
  });
  const [one, two] = [await aUser(), await aUser()];
  expect(await signIn(id, { sub: aName('sub'), oid: [one.externalId, two.externalId] })).toMatchObject({
    problem: 'no-account',
    session: undefined,
  });
});

test('an account that a sign-in made is no one of provisioning: names follow the claims, and SCIM takes none of it', async () => {
  const { id } = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
  const name = aName('jit');
  const claims = { sub: name, preferred_username: name, email: `${name}@people.example` };
  const made = await me((await signIn(id, { ...claims, name: 'First' })).session);
  expect(made).toMatchObject({ displayName: 'First' });
  expect((await me((await signIn(id, { ...claims, name: 'Second' })).session)).displayName).toBe('Second');
  expect((await scim.post(users, { userName: name }, asScim)).status).toBe(409);
  expect((await scim.get(`${users}/${made.id}`)).status).toBe(404);
  expect((await tenant.client.get(`/accounts/${made.id}`)).body).toMatchObject({ source: 'local', username: name });
});
