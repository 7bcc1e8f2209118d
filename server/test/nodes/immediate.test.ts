import { afterEach, describe, expect, test } from 'vitest';
import { signRequest } from '../../src/kernel/http-signature.ts';
import { aName, aPlatform, aTenant, clientOf, signIn, type TestTenant } from '../harness.ts';

/**
 * P18: what takes a right away holds for every request begun after its answer, on every node. Three nodes are used
 * without a pause before, during and after; each use that began after the acknowledgement must be refused.
 */

/** Uses begun after each acknowledgement: 300 here, 10,000 with FULL=1. */
const usesAfter = process.env.FULL ? 10_000 : 300;
const usersPerNode = 6;
const timeout = process.env.FULL ? 600_000 : 60_000;
const password = 'a long enough password for tests';

const platform = await aPlatform({
  regions: ['au'],
  nodes: 3,
  env: { BAILIWICK_REQUESTS_PER_SECOND: '100000', BAILIWICK_POOL_SIZE: '8' },
});
const tenant = await aTenant(platform, 'au');
// The bootstrap key lives for a day; the clock is moved on by more than that.
const [bootstrap] = (await tenant.client.get('/service-accounts')).body.items;
const lasting = await tenant.client.post(`/service-accounts/${bootstrap.id}/keys`, { name: 'lasting' });
const owner = tenant.below(lasting.body.value, 1);

afterEach(() => platform.shiftClock('au', '0'));

type Use = (url: string) => Promise<number>;

interface Way {
  use: Use;
  /** What takes it away; resolves when that is acknowledged. */
  revoke: () => Promise<unknown>;
  refusedWith: number;
}

const reading =
  (key: string, path: string): Use =>
  async (url) =>
    (await clientOf(url, key).get(path)).status;

const acknowledged = async (reply: Promise<{ status: number; text: string }>) => {
  const { status, text } = await reply;
  expect(status, text).toBeLessThan(300);
};

/** Uses the way on both nodes until so many uses were begun after the acknowledgement. */
async function tryOut({ use, revoke, refusedWith }: Way) {
  const before = { accepted: 0, perNode: platform.urls.map(() => 0) };
  const after = { begun: 0, accepted: 0, statuses: new Set<number>() };
  let isAcknowledged = false;
  const user = async (node: number) => {
    while (after.begun < usesAfter) {
      const beganAfter = isAcknowledged;
      if (beganAfter) after.begun++;
      const status = await use(platform.urls[node] as string);
      const isAccepted = status < 300;
      if (!beganAfter && isAccepted) {
        before.accepted++;
        before.perNode[node] = (before.perNode[node] ?? 0) + 1;
      }
      if (beganAfter) {
        after.statuses.add(status);
        if (isAccepted) after.accepted++;
      }
    }
  };
  const users = platform.urls.flatMap((_url, node) => Array.from({ length: usersPerNode }, () => user(node)));
  await expect.poll(() => Math.min(...before.perNode), { timeout: 20_000, interval: 5 }).toBeGreaterThan(5);
  try {
    await revoke();
  } finally {
    isAcknowledged = true;
    await Promise.all(users);
  }
  expect(after.begun).toBeGreaterThanOrEqual(usesAfter);
  expect(after.accepted).toBe(0);
  expect([...after.statuses]).toEqual([refusedWith]);
}

const groupsOf = ({ path }: TestTenant) => `${path}/groups`;

const machineWay = async (
  revoke: (machine: Awaited<ReturnType<TestTenant['given']['machine']>>) => Promise<unknown>,
  refusedWith: number,
) => {
  const machine = await tenant.given.machine([{ permission: 'groups.view' }]);
  return { use: reading(machine.key, groupsOf(tenant)), revoke: () => revoke(machine), refusedWith };
};

const tokenWay = async (revoke: (token: { id: string; etag: string }) => Promise<unknown>) => {
  const token = await tenant.given.token();
  return {
    use: reading(token.value, `/scim/v2/${tenant.id}/ServiceProviderConfig`),
    revoke: async () => {
      await revoke(token);
      // A tenant holds 10 at most: this one makes room for the next.
      await acknowledged(owner.delete(`/provisioning-tokens/${token.id}`));
    },
    refusedWith: 401,
  };
};

/** A session of an account that may see groups. */
const sessionWay = async (
  revoke: (account: { id: string; groupId: string }, cookie: string) => Promise<unknown>,
  refusedWith: number,
  path = groupsOf(tenant),
) => {
  const group = await tenant.given.group();
  await acknowledged(owner.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'groups.view' }] }, group.etag));
  const { id, email } = await tenant.given.person(password, { groupIds: [group.id] });
  const cookie = await signIn(platform, email, password);
  const use: Use = async (url) => (await clientOf(url, null, { cookie }).get(path)).status;
  return { use, revoke: () => revoke({ id, groupId: group.id }, cookie), refusedWith };
};

const serviceKeyWay = async (revoke: (namespace: { id: string; name: string }) => Promise<unknown>) => {
  const namespace = await tenant.given.namespace();
  return { use: reading(namespace.serviceKey, '/v1/me'), revoke: () => revoke(namespace), refusedWith: 401 };
};

let nonce = 0;
const agentKeyWay = async (revoke: (namespace: { id: string; name: string }) => Promise<unknown>) => {
  const namespace = await tenant.given.namespace();
  const use: Use = async (url) => {
    const signed = signRequest({
      method: 'GET',
      targetUri: `${url}/v1/me`,
      body: Buffer.alloc(0),
      agentKey: namespace.agentKey,
      now: new Date(),
      nonce: `nonce-${nonce++}`,
    });
    return (await clientOf(url, null).get('/v1/me', signed)).status;
  };
  return { use, revoke: () => revoke(namespace), refusedWith: 401 };
};

/** Another tenant, so that the others go on. */
const tenantWay = async (
  use: (other: TestTenant) => Promise<Use>,
  revoke: (other: TestTenant) => Promise<unknown>,
  refusedWith = 403,
) => {
  const other = await aTenant(platform, 'au');
  return { use: await use(other), revoke: () => revoke(other), refusedWith };
};

const operatorAct = (other: TestTenant, act: string) => acknowledged(platform.operator.post(`${other.path}/${act}`));
const closing = (other: TestTenant) => acknowledged(other.client.post('/close', { confirmName: other.name }));
const ownerReads = async (other: TestTenant) => reading(other.ownerKey, groupsOf(other));
const ownerWrites =
  async (other: TestTenant): Promise<Use> =>
  async (url) =>
    (await clientOf(url, other.ownerKey).post(groupsOf(other), { name: aName('group') })).status;
const tokenReads = async (other: TestTenant) =>
  reading((await other.given.token()).value, `/scim/v2/${other.id}/ServiceProviderConfig`);
const serviceReads = async (other: TestTenant) => reading((await other.given.namespace()).serviceKey, '/v1/me');
const personReads = async (other: TestTenant): Promise<Use> => {
  const { email } = await other.given.person(password);
  const cookie = await signIn(platform, email, password);
  return async (url) => (await clientOf(url, null, { cookie }).get(`${other.path}/overview`)).status;
};

const provisioning = (other: TestTenant, changes: object) =>
  acknowledged(other.client.patch('/provisioning', changes, '*'));
const scimReads = async (other: TestTenant) => reading((await other.given.token()).value, `/scim/v2/${other.id}/Users`);
const userCreated =
  (other: TestTenant, token: string): Use =>
  async (url) =>
    (await clientOf(url, token).post(`/scim/v2/${other.id}/Users`, { userName: aName('made') })).status;
const scimWrites = async (other: TestTenant) => userCreated(other, (await other.given.token()).value);

const deactivation = { Operations: [{ op: 'replace', path: 'active', value: false }] };
type Answer = Promise<{ status: number; text: string }>;

/** A session of somebody whom provisioning made, in a group that gives `groups.view`; provisioning ends it. */
const provisionedWay = async (
  end: (scim: ReturnType<typeof clientOf>, at: string, userName: string, group: string) => Answer,
  refusedWith = 401,
) => {
  const token = await tenant.given.token();
  const scim = clientOf(platform.urls[1] as string, token.value);
  const base = `/scim/v2/${tenant.id}`;
  const userName = `${aName('person')}@people.example`;
  const made = await scim.post(`${base}/Users`, { userName, password, emails: [{ value: userName, primary: true }] });
  expect(made.status, made.text).toBe(201);
  const group = await scim.post(`${base}/Groups`, { displayName: aName('scim'), members: [{ value: made.body.id }] });
  const { id } = group.body;
  await acknowledged(owner.put(`/groups/${id}/grants`, { grants: [{ permission: 'groups.view' }] }, '*'));
  const cookie = await signIn(platform, userName, password);
  const use: Use = async (url) => (await clientOf(url, null, { cookie }).get(groupsOf(tenant))).status;
  const revoke = async () => {
    await acknowledged(end(scim, `${base}/Users/${made.body.id}`, userName, `${base}/Groups/${id}`));
    await acknowledged(owner.delete(`/provisioning-tokens/${token.id}`));
  };
  return { use, revoke, refusedWith };
};

const ways: Record<string, Record<string, () => Promise<Way>>> = {
  'a service-account key': {
    revoked: () =>
      machineWay(({ id, keyId }) => acknowledged(owner.delete(`/service-accounts/${id}/keys/${keyId}`)), 401),
    expired: () => machineWay(() => platform.shiftClock('au', '90 days 1 minute').then(() => undefined), 401),
    'its account disabled': () =>
      machineWay(({ id }) => acknowledged(owner.post(`/service-accounts/${id}/disable`)), 401),
    'its account deleted': () =>
      machineWay(({ id }) => acknowledged(tenant.client.delete(`/service-accounts/${id}`, '*')), 401),
  },
  'what a group gives': {
    'the grant removed': () =>
      machineWay(({ groupId }) => acknowledged(owner.put(`/groups/${groupId}/grants`, { grants: [] }, '*')), 403),
    'the membership removed': () =>
      machineWay(({ groupId, id }) => acknowledged(owner.delete(`/groups/${groupId}/members/${id}`)), 403),
    'the group disabled': () =>
      machineWay(({ groupId }) => acknowledged(owner.post(`/groups/${groupId}/disable`)), 403),
    'the group deleted': () => machineWay(({ groupId }) => acknowledged(owner.delete(`/groups/${groupId}`, '*')), 403),
    'the membership of a person removed': () =>
      sessionWay(({ groupId, id }) => acknowledged(owner.delete(`/groups/${groupId}/members/${id}`)), 403),
    'the membership in the Owner Group removed': async () => {
      const machine = await tenant.given.machine();
      const [owners] = (await owner.get('/groups?q=Owners')).body.items;
      await acknowledged(owner.post(`/groups/${owners.id}/members`, { serviceAccountIds: [machine.id] }));
      return {
        use: reading(machine.key, groupsOf(tenant)),
        revoke: () => acknowledged(owner.delete(`/groups/${owners.id}/members/${machine.id}`)),
        refusedWith: 403,
      };
    },
  },
  'a provisioning token': {
    revoked: () => tokenWay(async () => undefined),
    paused: () => tokenWay(({ id }) => acknowledged(owner.post(`/provisioning-tokens/${id}/pause`))),
    'rotated without overlap': async () => {
      const token = await tenant.given.token();
      return {
        use: reading(token.value, `/scim/v2/${tenant.id}/ServiceProviderConfig`),
        revoke: () => acknowledged(owner.post(`/provisioning-tokens/${token.id}/rotate`, { overlapSeconds: 0 })),
        refusedWith: 401,
      };
    },
    'rotated, after its overlap': async () => {
      const token = await tenant.given.token();
      await acknowledged(owner.post(`/provisioning-tokens/${token.id}/rotate`, { overlapSeconds: 60 }));
      return {
        use: reading(token.value, `/scim/v2/${tenant.id}/ServiceProviderConfig`),
        revoke: () => platform.shiftClock('au', '60 seconds').then(() => undefined),
        refusedWith: 401,
      };
    },
    expired: async () => {
      const token = await tenant.given.token();
      return {
        use: reading(token.value, `/scim/v2/${tenant.id}/ServiceProviderConfig`),
        revoke: () => platform.shiftClock('au', '30 days').then(() => undefined),
        refusedWith: 401,
      };
    },
  },
  'provisioning of a tenant': {
    paused: () => tenantWay(scimReads, (other) => provisioning(other, { paused: true }), 503),
    'paused, for a change': () => tenantWay(scimWrites, (other) => provisioning(other, { paused: true }), 503),
    off: () => tenantWay(scimReads, (other) => provisioning(other, { on: false })),
    'off, for a change': () => tenantWay(scimWrites, (other) => provisioning(other, { on: false })),
    'its token revoked, for a change': () => {
      let id = '';
      return tenantWay(
        async (other) => {
          const token = await other.given.token();
          id = token.id;
          return userCreated(other, token.value);
        },
        (other) => acknowledged(other.client.delete(`/provisioning-tokens/${id}`)),
        401,
      );
    },
  },
  'a person of the identity provider': {
    deactivated: () => provisionedWay((scim, at) => scim.patch(at, deactivation)),
    'deactivated by PUT': () => provisionedWay((scim, at, userName) => scim.put(at, { userName, active: false })),
    'deactivated in a Bulk': () =>
      provisionedWay((scim, at) =>
        scim.post(`/scim/v2/${tenant.id}/Bulk`, {
          Operations: [{ method: 'PATCH', path: at.replace(/^.*(?=\/Users)/, ''), data: deactivation }],
        }),
      ),
    deleted: () => provisionedWay((scim, at) => scim.delete(at)),
    'taken out of the group that gives': () =>
      provisionedWay(
        (scim, at, _userName, group) =>
          scim.patch(group, {
            Operations: [{ op: 'remove', path: `members[value eq "${at.split('/').at(-1)}"]` }],
          }),
        403,
      ),
    'its group deleted': () => provisionedWay((scim, _at, _userName, group) => scim.delete(group), 403),
  },
  'a service key': {
    reset: () => serviceKeyWay(({ id }) => acknowledged(owner.post(`/namespaces/${id}/service-key/reset`))),
    'its namespace deleted': () =>
      serviceKeyWay(({ id, name }) => acknowledged(owner.delete(`/namespaces/${id}?confirmName=${name}`, '*'))),
  },
  'an agent key': {
    reset: () => agentKeyWay(({ id }) => acknowledged(owner.post(`/namespaces/${id}/agent-key/reset`))),
    'its namespace deleted': () =>
      agentKeyWay(({ id, name }) => acknowledged(owner.delete(`/namespaces/${id}?confirmName=${name}`, '*'))),
  },
  'a session': {
    'ended by signing out': () =>
      sessionWay((_account, cookie) => acknowledged(platform.session(cookie, 1).delete('/v1/sessions/current')), 401),
    'ended from the list of one’s own': () =>
      sessionWay(async (_account, cookie) => {
        const mine = platform.session(cookie, 1);
        const { items } = (await mine.get('/v1/me/sessions')).body;
        await acknowledged(mine.delete(`/v1/me/sessions/${items[0].id}`));
      }, 401),
    'ended by an administrator': () =>
      sessionWay(({ id }) => acknowledged(owner.delete(`/accounts/${id}/sessions`)), 401),
    'its account disabled': () => sessionWay(({ id }) => acknowledged(owner.post(`/accounts/${id}/disable`)), 401),
    'over by time': () => sessionWay(() => platform.shiftClock('au', '80 days').then(() => undefined), 401),
  },
  'a tenant': {
    'suspended, for an owner’s key': () => tenantWay(ownerReads, (other) => operatorAct(other, 'suspend')),
    'suspended, for a person': () => tenantWay(personReads, (other) => operatorAct(other, 'suspend')),
    'suspended, for a provisioning token': () => tenantWay(tokenReads, (other) => operatorAct(other, 'suspend')),
    'suspended, for a service key': () => tenantWay(serviceReads, (other) => operatorAct(other, 'suspend')),
    'made read-only, for a change': () => tenantWay(ownerWrites, (other) => operatorAct(other, 'read-only')),
    'closing, for a change': () => tenantWay(ownerWrites, closing),
    'closing, for a provisioning token': () => tenantWay(tokenReads, closing),
    'closing, for a service key': () => tenantWay(serviceReads, closing),
  },
};

for (const [what, revocations] of Object.entries(ways))
  describe(what, () => {
    test.each(Object.entries(revocations))('%s', { timeout }, async (_how, arrange) => tryOut(await arrange()));
  });

test('what was shown to be over comes back nowhere: the row decides, not the node', async () => {
  const machine = await tenant.given.machine([{ permission: 'groups.view' }]);
  const use = reading(machine.key, groupsOf(tenant));
  for (let round = 0; round < 10; round++) {
    await acknowledged(owner.post(`/groups/${machine.groupId}/disable`));
    expect(await Promise.all(platform.urls.map(use))).toEqual([403, 403, 403]);
    await acknowledged(owner.post(`/groups/${machine.groupId}/enable`));
    expect(await Promise.all(platform.urls.map(use))).toEqual([200, 200, 200]);
  }
});
