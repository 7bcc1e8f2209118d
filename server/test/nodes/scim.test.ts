import { describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, clientOf } from '../harness.ts';

/** SCIM over two nodes: what many clients do at once comes out as if one had done it after the other. */

const platform = await aPlatform({
  regions: ['au'],
  nodes: 2,
  env: { BAILIWICK_REQUESTS_PER_SECOND: '100000', BAILIWICK_POOL_SIZE: '6' },
});
const tenant = await aTenant(platform, 'au');
const token = await tenant.given.token();
const base = `/scim/v2/${tenant.id}`;
const on = (node: number, key: string = token.value) => clientOf(platform.urls[node % 2] as string, key);

const patch = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
const adding = (id: string) => patch({ op: 'add', path: 'members', value: [{ value: id }] });
const removing = (id: string) => patch({ op: 'remove', path: `members[value eq "${id}"]` });

async function someUsers(count: number): Promise<string[]> {
  const Operations = Array.from({ length: count }, (_, at) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `u${at}`,
    data: { userName: aName('user') },
  }));
  const { status, body, text } = await on(0).post(`${base}/Bulk`, { Operations });
  expect(status, text).toBe(200);
  return body.Operations.map(({ location }: { location: string }) => location.split('/').at(-1));
}

const aGroup = async (members: string[] = []) => {
  const made = await on(0).post(`${base}/Groups`, {
    displayName: aName('group'),
    members: members.map((value) => ({ value })),
  });
  expect(made.status, made.text).toBe(201);
  return made.body.id as string;
};

const membersOf = async (id: string, node = 0): Promise<string[]> =>
  ((await on(node).get(`${base}/Groups/${id}`)).body.members ?? []).map(({ value }: { value: string }) => value).sort();

/** The conflicts of a moment say so, and are tried again as clients do. */
async function persistently(send: () => Promise<{ status: number; text: string }>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { status, text } = await send();
    if (status < 300) return;
    expect([429, 503], text).toContain(status);
    expect(attempt, text).toBeLessThan(50);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const countOf = (replies: { status: number }[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** A permutation and choices that a seed decides, so that a failure can be had again. */
function chance(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('64 parallel writers of one group over two nodes: its members are those of a model', {
  timeout: process.env.FULL ? 600_000 : 120_000,
}, async () => {
  const writers = 64;
  const rounds = process.env.FULL ? 40 : 4;
  const perWriter = 2;
  const users = await someUsers(writers * perWriter);
  const group = await aGroup(users.filter((_, at) => at % 3 === 0));
  const model = new Set(users.filter((_, at) => at % 3 === 0));
  const seed = Date.now() % 1_000_000;
  // Each user belongs to one writer, so that the order between writers does not matter to the outcome.
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const draw = chance(seed + writer);
      for (let round = 0; round < rounds; round++) {
        const id = users[writer * perWriter + draw(perWriter)] as string;
        const isAdding = draw(2) === 0;
        const body = isAdding ? adding(id) : removing(id);
        await persistently(() => on(writer + round).patch(`${base}/Groups/${group}`, body));
        if (isAdding) model.add(id);
        else model.delete(id);
      }
    }),
  );
  const expected = [...model].sort();
  expect(await membersOf(group, 0), `seed ${seed}`).toEqual(expected);
  expect(await membersOf(group, 1), `seed ${seed}`).toEqual(expected);
  // The same told by the users, by a filter, and by the list of administrators.
  const someone = expected[0] as string;
  expect((await on(1).get(`${base}/Users/${someone}`)).body.groups).toMatchObject([{ value: group }]);
  const stranger = users.find((id) => !model.has(id)) as string;
  const found = async (id: string) =>
    (await on(1).get(`${base}/Groups?filter=${encodeURIComponent(`id eq "${group}" and members eq "${id}"`)}`)).body
      .totalResults;
  expect([await found(someone), await found(stranger)]).toEqual([1, 0]);
  expect((await tenant.client.get(`/groups/${group}`)).body.memberCount).toBe(expected.length);
});

test('parallel replacements of all members: one of them wins whole', { timeout: 60_000 }, async () => {
  const users = await someUsers(24);
  const group = await aGroup();
  const teams = Array.from({ length: 8 }, (_, at) => users.slice(at * 3, at * 3 + 3).sort());
  await Promise.all(
    teams.map((team, at) =>
      persistently(() =>
        on(at).patch(
          `${base}/Groups/${group}`,
          patch({ op: 'replace', path: 'members', value: team.map((value) => ({ value })) }),
        ),
      ),
    ),
  );
  expect(teams).toContainEqual(await membersOf(group));
});

const tombstonesIn = () =>
  platform.sql(
    'au',
    `select from memberships m join accounts a on a.tenant_id = m.tenant_id and a.id = m.principal_id
     where m.tenant_id = $1 and a.deleted_at is not null`,
    [tenant.id],
  );

test('members added by the many while some of them are deleted: nothing is in the way, no tombstone is a member', {
  timeout: 60_000,
}, async () => {
  const users = await someUsers(30);
  const [leaving, staying] = [users.slice(0, 15), users.slice(15)];
  const groups = await Promise.all(Array.from({ length: 4 }, (_, at) => aGroup(users.slice(at * 5, at * 5 + 5))));
  const additions = groups.flatMap((group, at) =>
    leaving.map((one, turn) => {
      const value = [one, ...staying.slice(turn, turn + 2)].map((id) => ({ value: id }));
      return on(at + turn).patch(`${base}/Groups/${group}`, patch({ op: 'add', path: 'members', value }));
    }),
  );
  const deletions = leaving.map((one, at) => on(at).delete(`${base}/Users/${one}`));
  // Who was deleted first is a stranger; who was added first is deleted afterwards.
  for (const { status, text } of await Promise.all(additions)) expect([204, 400], text).toContain(status);
  for (const { status, text } of await Promise.all(deletions)) expect(status, text).toBe(204);
  expect(await tombstonesIn()).toHaveLength(0);
});

test('deletions, deactivations, and changes of the groups that they share, one by one and whole: nothing is in the way', {
  timeout: 120_000,
}, async () => {
  const users = await someUsers(36);
  // Not of today, so that the guard counts them, and near its limit, where removals wait for one another.
  await platform.sql(
    'au',
    "update accounts set created_at = created_at - interval '2 days' where tenant_id = $1 and id = any($2::uuid[])",
    [tenant.id, users],
  );
  await tenant.client.patch('/provisioning', { guardPercent: 99 }, '*');
  try {
    const halves = (at: number) => users.filter((_, turn) => (turn + at) % 2 === 0);
    const groups = await Promise.all(Array.from({ length: 6 }, (_, at) => aGroup(halves(at))));
    const [first, ...others] = groups as [string, ...string[]];
    const local = await tenant.given.group();
    const sent = [
      ...users.flatMap((user, turn) => [
        ...others.map((group, at) =>
          on(at + turn).patch(`${base}/Groups/${group}`, (turn + at) % 2 === 0 ? adding(user) : removing(user)),
        ),
        on(turn).patch(`${base}/Users/${user}`, patch({ op: 'replace', path: 'active', value: false })),
        ...(turn % 2 ? [on(turn + 1).delete(`${base}/Users/${user}`)] : []),
        tenant.below(tenant.ownerKey, turn % 2).post(`/groups/${local.id}/members`, { accountIds: [user] }),
      ]),
      ...Array.from({ length: 6 }, (_, at) => {
        const value = halves(at).map((id) => ({ value: id }));
        return on(at).patch(`${base}/Groups/${first}`, patch({ op: 'replace', path: 'members', value }));
      }),
    ];
    for (const { status, text } of await Promise.all(sent)) expect([200, 204, 400, 404, 429], text).toContain(status);
    expect(await tombstonesIn()).toHaveLength(0);
  } finally {
    await tenant.client.patch('/provisioning', { guardPercent: 100 }, '*');
  }
});

describe('of parallel creations on two nodes one wins', () => {
  const names: [string, (at: number) => object, string][] = (() => {
    const name = aName('same');
    return [
      ['the same userName', () => ({ userName: name }), `userName eq "${name}"`],
      [
        'the same userName in other case',
        (at) => ({ userName: at % 2 ? `Cased-${name}` : `cASED-${name.toUpperCase()}` }),
        `userName eq "cased-${name}"`,
      ],
      [
        'the same e-mail address',
        (at) => ({ userName: `${name}-${at}`, emails: [{ value: `${name}@people.example`, primary: true }] }),
        `emails.value eq "${name}@people.example"`,
      ],
    ];
  })();
  test.each(names)('%s', async (_what, bodyOf, filter) => {
    const replies = await Promise.all(Array.from({ length: 16 }, (_, at) => on(at).post(`${base}/Users`, bodyOf(at))));
    expect(countOf(replies)).toEqual({ 201: 1, 409: 15 });
    for (const { status, body } of replies)
      if (status === 409) expect(body).toMatchObject({ status: '409', scimType: 'uniqueness' });
    const found = await on(1).get(`${base}/Users?filter=${encodeURIComponent(filter)}`);
    expect(found.body.totalResults, found.text).toBe(1);
    expect(found.body.Resources[0].id).toBe(replies.find(({ status }) => status === 201)?.body.id);
  });

  test('the same displayName of groups', async () => {
    const displayName = aName('group');
    const replies = await Promise.all(
      Array.from({ length: 16 }, (_, at) => on(at).post(`${base}/Groups`, { displayName })),
    );
    expect(countOf(replies)).toEqual({ 201: 1, 409: 15 });
  });
});

test('of parallel changes with one version one wins', async () => {
  const [id] = (await someUsers(1)) as [string];
  const path = `${base}/Users/${id}`;
  const { etag } = await on(0).get(path);
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      on(at).patch(path, patch({ op: 'replace', path: 'title', value: `Title ${at}` }), etag),
    ),
  );
  expect(countOf(replies)).toEqual({ 200: 1, 412: 11 });
  const winner = replies.findIndex(({ status }) => status === 200);
  expect((await on(1).get(path)).body.title).toBe(`Title ${winner}`);
});

test('parallel changes of different attributes of a user are all there', async () => {
  const [id] = (await someUsers(1)) as [string];
  const path = `${base}/Users/${id}`;
  const attributes = ['title', 'nickName', 'displayName', 'userType', 'locale', 'timezone', 'preferredLanguage'];
  const value = (name: string) =>
    ({ locale: 'de-AT', timezone: 'Europe/Vienna', preferredLanguage: 'de' })[name] ?? name;
  await Promise.all(
    attributes.map((name, at) =>
      persistently(() => on(at).patch(path, patch({ op: 'add', path: name, value: value(name) }))),
    ),
  );
  expect((await on(1).get(path)).body).toMatchObject(Object.fromEntries(attributes.map((name) => [name, value(name)])));
});

/** S8: a Bulk is decided about anew at each of its operations. */
describe('a long Bulk ends at the next operation', () => {
  const length = 400;
  const takingAway: [string, string, (tokenId: string) => Promise<{ status: number; text: string }>][] = [
    ['its token is revoked', '401', (id) => tenant.below(tenant.ownerKey, 1).delete(`/provisioning-tokens/${id}`)],
    ['its token is paused', '401', (id) => tenant.below(tenant.ownerKey, 1).post(`/provisioning-tokens/${id}/pause`)],
    [
      'provisioning is paused',
      '503',
      () => tenant.below(tenant.ownerKey, 1).patch('/provisioning', { paused: true }, '*'),
    ],
  ];
  test.each(takingAway)('%s', { timeout: 60_000 }, async (_what, status, takeAway) => {
    const other = await tenant.given.token();
    const prefix = aName('bulk');
    const Operations = Array.from({ length }, (_, at) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${at}`,
      data: { userName: `${prefix}-${at}` },
    }));
    const counted = async () =>
      Number(
        (
          await platform.sql(
            'au',
            'select count(*)::int as n from accounts where tenant_id = $1 and username like $2',
            [tenant.id, `${prefix}-%`],
          )
        )[0]?.n,
      );
    const running = on(0, other.value).post(`${base}/Bulk`, { Operations });
    await expect.poll(counted, { interval: 5, timeout: 20_000 }).toBeGreaterThan(3);
    const { status: acknowledged, text } = await takeAway(other.id);
    const made = await counted();
    expect(acknowledged, text).toBeLessThan(300);
    const reply = await running;
    try {
      // One operation may have been decided about before the acknowledgement and have committed after it.
      expect(await counted()).toBeLessThanOrEqual(made + 1);
      expect(await counted()).toBeLessThan(length);
      expect(reply.status, reply.text).toBe(200);
      const done = reply.body.Operations.filter((each: { status: string }) => each.status === '201');
      expect(done).toHaveLength(await counted());
      const rest = reply.body.Operations.slice(done.length).map((each: { status: string }) => each.status);
      expect(new Set(rest)).toEqual(new Set([status]));
    } finally {
      await tenant.client.patch('/provisioning', { paused: false }, '*');
      await tenant.client.delete(`/provisioning-tokens/${other.id}`);
    }
  });
});
