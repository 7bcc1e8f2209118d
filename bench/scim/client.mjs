import { load } from '../product.mjs';

/** What an identity provider sends, the same to each server. */

export const WIDTH = 8;

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A person as Entra ID and Okta send one: `n` makes the names unique. */
export function person(n) {
  const userName = `person.${n}@bench.example`;
  return {
    schemas: [USER, ENTERPRISE],
    externalId: `external-${n}`,
    userName,
    name: { givenName: 'Person', familyName: `Number ${n}`, formatted: `Person Number ${n}` },
    displayName: `Person Number ${n}`,
    title: 'Engineer',
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
    [ENTERPRISE]: { employeeNumber: String(n), department: 'Engineering' },
  };
}

export const patch = (...operations) => ({ schemas: [PATCH], Operations: operations });
export const adding = (ids) => patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });
const removing = (ids) => patch(...ids.map((id) => ({ op: 'remove', path: `members[value eq "${id}"]` })));

export async function createUser({ call }, n) {
  const { body } = await call('POST', '/Users', person(n), [201]);
  return { id: body.id, userName: body.userName, active: true };
}

export const createGroup = async ({ call }, displayName) =>
  (await call('POST', '/Groups', { schemas: [GROUP], displayName }, [201])).body.id;

/** Members of a group, as the server says or else as its database does. */
export async function countMembers({ call, countMembers: count }, group) {
  if (count) return count(group);
  const { body } = await call('GET', `/Groups/${group}`);
  return body.members?.length ?? 0;
}

/** People and groups to work on: `groups` groups of `members` of the first people. */
export async function seed(server, { people, groups, members }) {
  const users = [];
  await load(people, WIDTH, async (n) => {
    users[n] = await createUser(server, n);
  });
  const made = [];
  for (let n = 0; n < groups; n++) {
    const group = await createGroup(server, `Group ${n}`);
    for (let from = 0; from < members; from += 100)
      await server.call('PATCH', `/Groups/${group}`, adding(idsOf(users, from, Math.min(from + 100, members))));
    const count = await countMembers(server, group);
    if (count !== members) throw new Error(`${server.name}: a group of ${count}, not ${members}`);
    made.push(group);
  }
  return { users, groups: made, members, serial: people, turn: 0 };
}

const idsOf = (users, from, to) => users.slice(from, to).map(({ id }) => id);

/**
 * The operations that are compared. `batch(server, state, count)` sends requests, `width` at a time, and answers how
 * many; `after`, which is not measured, puts back what the next batch needs.
 */
export const operations = [
  {
    name: 'create',
    bars: { 'better-auth': 10, polis: 3, floor: 0.4 },
    async batch(server, state, count) {
      const from = state.serial;
      state.serial += count;
      await load(count, WIDTH, (n) => createUser(server, from + n));
      return count;
    },
  },
  {
    name: 'read by id',
    bars: { 'better-auth': 5, polis: 2, floor: 0.6 },
    async batch(server, { users }, count) {
      await load(count, WIDTH, async (n) => {
        const { id } = users[n % users.length];
        const { body } = await server.call('GET', `/Users/${id}`);
        if (body.id !== id) throw new Error(`${server.name} answered another user`);
      });
      return count;
    },
  },
  {
    name: 'filter userName eq',
    bars: { 'better-auth': 10, polis: 3, floor: 0.6 },
    async batch(server, { users }, count) {
      await load(count, WIDTH, async (n) => {
        const { id, userName } = users[n % users.length];
        const { body } = await server.call('GET', `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`);
        if (body.totalResults !== 1 || body.Resources[0].id !== id)
          throw new Error(`${server.name} found ${body.totalResults}`);
      });
      return count;
    },
  },
  {
    name: 'PATCH active',
    bars: { 'better-auth': 10, polis: 2, floor: 0.4 },
    async batch(server, state, count) {
      const { users } = state;
      const from = state.turn;
      state.turn += count;
      await load(count, WIDTH, async (n) => {
        const user = users[(from + n) % users.length];
        user.active = !user.active;
        const change = patch({ op: 'replace', path: 'active', value: user.active });
        const { body } = await server.call('PATCH', `/Users/${user.id}`, change, [200]);
        if (body.active !== user.active) throw new Error(`${server.name} left active at ${body.active}`);
      });
      return count;
    },
  },
  addMember(),
  // better-auth answers a group with all its members unless asked not to; the others keep them back anyhow.
  addMember('add one member, members kept back', '?excludedAttributes=members'),
];

/** Each writer has a group and people of its own, one request in flight: no server is measured by its conflicts. */
function addMember(name = 'add one member', query = '') {
  const shares = ({ groups, users, members }) => {
    const size = Math.floor((users.length - members) / groups.length);
    return groups.map((group, at) => ({ group, ids: idsOf(users, members + at * size, members + (at + 1) * size) }));
  };
  return {
    name,
    bars: query ? {} : { 'better-auth': 20, polis: 3, floor: 0.4 },
    async batch(server, state, count) {
      const each = Math.ceil(count / state.groups.length);
      const sent = await Promise.all(
        shares(state).map(async ({ group, ids }) => {
          const added = ids.slice(0, each);
          for (const id of added) await server.call('PATCH', `/Groups/${group}${query}`, adding([id]), [200, 204]);
          return added.length;
        }),
      );
      return sent.reduce((sum, length) => sum + length, 0);
    },
    async after(server, state) {
      for (const { group, ids } of shares(state))
        for (let from = 0; from < ids.length; from += 50)
          await server.call('PATCH', `/Groups/${group}`, removing(ids.slice(from, from + 50)), [200, 204]);
      const count = await countMembers(server, state.groups[0]);
      if (count !== state.members)
        throw new Error(`${server.name}: ${count} members after removal, not ${state.members}`);
    },
  };
}
