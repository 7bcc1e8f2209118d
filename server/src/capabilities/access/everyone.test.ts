import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { aPlatform, aTenant, signIn, type TestTenant } from '../../../test/harness.ts';

/**
 * Everyone who may do something against each one's explanation, one by one, on random models: people and machines of the
 * tenant, guests, and people who come in by partner access and by imported groups, from the same region and another.
 */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const password = 'five small owls guard the barn';
const soon = { timeout: 20_000, interval: 100 };
const platform = await aPlatform({ regions: ['au', 'eu'] });
const tenant = await aTenant(platform, 'au');
const { client, given } = tenant;
const { id: space } = await given.namespace();

async function aPerson(home: TestTenant) {
  const account = await home.given.person(password);
  return {
    id: account.id as string,
    session: platform.session(await signIn(platform, account.email, password, home.id)),
  };
}

/** Another tenant with two guests here, a group that is let in as a partner's and one that is imported. */
async function aHome(region: string) {
  const home = await aTenant(platform, region);
  const type = { type: 'partner', supportId: null };
  expect((await platform.operator.patch(`/v1/operator/tenants/${home.id}`, type, '*')).status).toBe(200);
  const people = [];
  for (let at = 0; at < 4; at++) people.push(await aPerson(home));
  const here = await given.group();
  for (const { session } of people.slice(0, 2)) {
    const invited = await client.post('/guest-invitations', { groupIds: [here.id] });
    const accepted = await session.post('/v1/me/guest-invitations/accept', { token: invited.body.link.split('#')[1] });
    expect(accepted.status, accepted.text).toBe(200);
  }
  const accountIds = people.slice(1).map(({ id }) => id);
  const lending = [await home.given.group(), await home.given.group()].map(({ id }) => id as string);
  for (const id of lending) expect((await home.client.post(`/groups/${id}/members`, { accountIds })).status).toBe(200);
  const asked = await home.client.post('/delegations', {
    customerTenantId: tenant.id,
    groupId: lending[0],
    permissions: ['groups.view', 'namespaces.view', 'audit.view'],
    days: 30,
    purpose: 'Run it for them',
  });
  await vi.waitFor(async () => expect((await client.get(`/delegations/${asked.body.id}`)).status).toBe(200), soon);
  const approved = await client.post(`/delegations/${asked.body.id}/approve`, {});
  const key = await home.client.post('/import-keys', { groupId: lending[1], receivingTenantId: tenant.id });
  const imported = await client.post('/group-imports', { key: key.body.value, name: `imported ${region}` });
  expect(imported.status, imported.text).toBe(201);
  for (const { session } of people) expect((await session.get(`${tenant.path}/groups`)).status).toBeLessThan(404);
  return { home, region, people, lending, groups: [here.id, approved.body.groupId, imported.body.groupId] as string[] };
}

const homes = [await aHome('au'), await aHome('eu')];
const own = [await given.group(), await given.group()].map(({ id }) => id as string);
const accounts = [await given.person(password), await given.person(password)].map(({ id }) => id as string);
const machine = await given.machine();
const asking = await given.machine([{ permission: 'groups.evaluate' }]);
const groups = [...own, ...homes.flatMap((each) => each.groups)];

const mostly = fc.integer({ min: 0, max: 3 }).map(Boolean);
const seldom = mostly.map((is) => !is);
const grant = fc.record({
  permission: fc.constantFrom('groups.view', 'namespaces.view', 'namespaces.*', 'audit.view'),
  inSpace: fc.boolean(),
});
const model = fc.record({
  isStopped: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  groups: fc.tuple(
    ...groups.map(() => fc.record({ isEnabled: mostly, grants: fc.array(grant, { minLength: 1, maxLength: 3 }) })),
  ),
  members: fc.tuple(...[...accounts, machine.id].map(() => fc.tuple(fc.boolean(), fc.boolean()))),
  enabled: fc.tuple(mostly, mostly, mostly),
  homes: fc.tuple(
    ...homes.map(() =>
      fc.record({
        status: fc.constantFrom('active', 'active', 'active', 'read-only', 'suspended'),
        people: fc.tuple(
          ...[0, 1, 2, 3].map(() =>
            fc.record({
              isEnabled: mostly,
              isInvited: mostly,
              isMember: mostly,
              lent: fc.tuple(mostly, mostly),
              isOver: seldom,
            }),
          ),
        ),
        lending: fc.tuple(mostly, mostly),
        isEnded: fc.tuple(seldom, seldom),
        isEndedHere: fc.tuple(seldom, seldom),
        needsActivation: fc.boolean(),
        activated: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      }),
    ),
  ),
});
type Model = typeof model extends fc.Arbitrary<infer M> ? M : never;

async function build({ isStopped, groups: wanted, members, enabled, homes: standing }: Model) {
  const sql = (text: string, values: unknown[]) => platform.sql('au', text, values);
  await sql(`update tenants set partner_access_stopped_at = case when $2 then now() end where tenant_id = $1`, [
    tenant.id,
    isStopped,
  ]);
  await sql(`delete from grants where group_id = any($1)`, [groups]);
  await sql(`delete from memberships where group_id = any($1)`, [groups]);
  for (const [at, { isEnabled, grants }] of wanted.entries()) {
    await sql(`update groups set status = $2 where id = $1`, [groups[at], isEnabled ? 'enabled' : 'disabled']);
    for (const { permission, inSpace } of grants)
      await sql(
        `insert into grants (tenant_id, group_id, permission, namespace_id) values ($1, $2, $3, $4) on conflict do nothing`,
        [tenant.id, groups[at], permission, inSpace && permission.startsWith('namespaces') ? space : null],
      );
  }
  for (const [at, id] of [...accounts, machine.id].entries()) {
    const table = at < accounts.length ? 'accounts' : 'service_accounts';
    await sql(`update ${table} set status = $2 where id = $1`, [id, enabled[at] ? 'enabled' : 'disabled']);
    for (const [which, isIn] of (members[at] as boolean[]).entries())
      if (isIn)
        await sql(`insert into memberships (tenant_id, group_id, principal_id) values ($1, $2, $3)`, [
          tenant.id,
          own[which],
          id,
        ]);
  }
  for (const [at, { home, region, people, lending, groups: here }] of homes.entries()) {
    const said = standing[at] as Model['homes'][number];
    const there = (text: string, values: unknown[]) => platform.sql(region, text, values);
    await there(`update tenants set status = $2 where tenant_id = $1`, [home.id, said.status]);
    await there(`delete from visits where tenant_id = $1`, [home.id]);
    await there(`delete from memberships where group_id = any($1)`, [lending]);
    for (const [who, { id }] of people.entries()) {
      const { isEnabled, isInvited, isMember, lent, isOver } = said.people[who] as (typeof said.people)[number];
      await there(`update accounts set status = $2 where id = $1`, [id, isEnabled ? 'enabled' : 'disabled']);
      if (isInvited && who < 2)
        await there(
          `insert into visits (tenant_id, id, account_id, visited_tenant_id, visited_region, created_at)
           values ($1, gen_random_uuid(), $2, $3, 'au', now())`,
          [home.id, id, tenant.id],
        );
      if (isMember && who < 2)
        await sql(
          `insert into memberships (tenant_id, group_id, principal_id, ends_at)
           select $1, $2, id, case when $4 then now() - interval '1 hour' end from guests where home_account_id = $3`,
          [tenant.id, here[0], id, isOver],
        );
      for (const [which, isIn] of lent.entries())
        if (isIn && who > 0)
          await there(`insert into memberships (tenant_id, group_id, principal_id) values ($1, $2, $3)`, [
            home.id,
            lending[which],
            id,
          ]);
    }
    for (const which of [0, 1]) {
      await there(`update groups set status = $2 where id = $1`, [
        lending[which],
        said.lending[which] ? 'enabled' : 'disabled',
      ]);
      await there(
        `update delegations set state = $3 where side = 'partner' and tenant_id = $1 and partner_group_id = $2`,
        [home.id, lending[which], said.isEnded[which] ? 'ended' : 'active'],
      );
      await sql(
        `update delegations set state = $2, needs_activation = $3 where side = 'customer' and partner_group_id = $1`,
        [lending[which], said.isEndedHere[which] ? 'ended' : 'active', which === 0 && said.needsActivation],
      );
    }
    await sql(
      `delete from delegation_activations where delegation_id in (select id from delegations where partner_group_id = $1)`,
      [lending[0]],
    );
    for (const who of said.activated)
      await sql(
        `insert into delegation_activations (tenant_id, id, delegation_id, home_account_id, reason, hours, state, asked_at, ends_at)
         select tenant_id, gen_random_uuid(), id, $2, 'Ticket 7', 1, 'active', now(), now() + interval '1 hour'
         from delegations where partner_group_id = $1 and side = 'customer'`,
        [lending[0], people[who]?.id],
      );
  }
}

async function everybody(query: string) {
  const ids: string[] = [];
  let cursor: string | null = null;
  let total = 0;
  let byGroups: Any[] = [];
  do {
    const { body, text, status }: Any = await client.get(
      `/access/holders?${query}&limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    expect(status, text).toBe(200);
    ids.push(...body.items.map(({ id }: Any) => id));
    if (!cursor) byGroups = body.byGroupsOfOthers;
    ({ nextCursor: cursor, total } = body);
  } while (cursor);
  expect(total).toBe(ids.length);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { people, names } of byGroups) expect(names.length).toBe(people);
  return { ids, accountIds: byGroups.flatMap(({ names }) => names.map(({ homeAccountId }: Any) => homeAccountId)) };
}

async function found(type: string, action: string, resource: object) {
  const ids: string[] = [];
  let token = '';
  do {
    const { body, text, status } = await platform
      .client(asking.key)
      .post(`/authzen/${tenant.id}/access/v1/search/subject`, {
        subject: { type },
        action: { name: action },
        resource,
        page: { limit: 2, ...(token ? { token } : {}) },
      });
    expect(status, text).toBe(200);
    ids.push(...body.results.map(({ id }: Any) => id));
    token = body.page.next_token;
  } while (token);
  return ids.sort();
}

const owners = await platform.sql(
  'au',
  `select principal_id as id from memberships m join groups g on g.id = m.group_id where m.tenant_id = $1 and g.is_owner_group`,
  [tenant.id],
);
const guests = await platform.sql('au', `select id, home_account_id as "accountId" from guests where tenant_id = $1`, [
  tenant.id,
]);
const principals = [...accounts, machine.id, ...owners.map(({ id }: Any) => id), ...guests.map(({ id }: Any) => id)];

const questions = [
  { permission: 'groups.view', resource: undefined },
  { permission: 'namespaces.view', resource: space },
  { permission: 'audit.view', resource: undefined },
];

test('whoever came is known by an id here', () => {
  expect(guests.length).toBe(8);
});

/** What may be in the way of who comes in by a group of their home, as the change that takes it away. */
const changeOf = (kind: string, groupId?: string) => `${kind} ${groupId ?? ''}`;

/** The smallest sets of changes of which each lets the person do it, by trying every set; person 2 and 3 come by nothing else. */
function smallest(
  { isStopped, groups: wanted, homes: standing }: Model,
  of: number,
  who: 2 | 3,
  { permission, resource }: (typeof questions)[number],
) {
  const said = standing[of] as Model['homes'][number];
  const { isEnabled, lent } = said.people[who] as (typeof said.people)[number];
  const doors = [0, 1].filter(
    (at) => lent[at] && said.lending[at] && !said.isEnded[at] && !said.isEndedHere[at] && isEnabled,
  );
  const ways = said.status === 'suspended' ? [] : doors;
  const needs = ways.map((at) => {
    const groupId = (homes[of] as (typeof homes)[number]).groups[1 + at] as string;
    const group = wanted[groups.indexOf(groupId)] as Model['groups'][number];
    const isGiven = group.grants.some(
      (each) =>
        [permission, `${permission.split('.')[0]}.*`].includes(each.permission) &&
        (!each.inSpace || !each.permission.startsWith('namespaces') || resource === space),
    );
    const isUsable = at === 1 || !said.needsActivation || said.activated.includes(who);
    return [
      isStopped ? [changeOf('resume-partner-access')] : [],
      isUsable ? [] : [changeOf('approve-activation', groupId)],
      group.isEnabled ? [] : [changeOf('enable-group', groupId)],
      isGiven ? [] : [changeOf('grant', groupId)],
    ].flat();
  });
  const all = [...new Set(needs.flat())];
  const chosen = (set: number) => all.filter((_change, at) => (set >> at) & 1);
  const isEnough = (set: number) => needs.some((each) => each.every((change) => chosen(set).includes(change)));
  const sets = Array.from({ length: 2 ** all.length }, (_none, set) => set).filter(isEnough);
  return sets.filter((set) => !sets.some((other) => other !== set && (other & set) === other)).map(chosen);
}

/** Makes a change that a remedy names. */
async function make({ kind, group, grant: wanted }: Any, accountId: string) {
  const sql = (text: string, values: unknown[]) => platform.sql('au', text, values);
  if (kind === 'resume-partner-access')
    return sql('update tenants set partner_access_stopped_at = null where tenant_id = $1', [tenant.id]);
  if (kind === 'stop-partner-access')
    return sql('update tenants set partner_access_stopped_at = now() where tenant_id = $1', [tenant.id]);
  if (kind === 'enable-group') return sql(`update groups set status = 'enabled' where id = $1`, [group.id]);
  if (kind === 'grant')
    return sql('insert into grants (tenant_id, group_id, permission, namespace_id) values ($1, $2, $3, $4)', [
      tenant.id,
      group.id,
      wanted.permission,
      wanted.namespaceId,
    ]);
  expect(kind).toBe('approve-activation');
  return sql(
    `insert into delegation_activations (tenant_id, id, delegation_id, home_account_id, reason, hours, state, asked_at, ends_at)
     select tenant_id, gen_random_uuid(), id, $2, 'Ticket 7', 1, 'active', now(), now() + interval '1 hour'
     from delegations where group_id = $1`,
    [group.id, accountId],
  );
}

const models = fc.sample(model, { numRuns: 40, seed: 5 });
let yes = 0;
let several = 0;
let flipped = 0;

/** The one switch takes away what comes by partners and nothing else, and is said to be what is in the way. */
async function stopped(query: string, open: Map<string, Any>) {
  await make({ kind: 'stop-partner-access' }, '');
  const explained = async (id: string, asked: string) =>
    (await client.get(`/access/explain?principal=${id}&${asked}`)).body;
  for (const { id } of guests) {
    const before = open.get(id);
    const { allowed, paths, conditions, remedies } = await explained(id, query);
    const ownPaths = before.paths.filter(({ delegation }: Any) => delegation === null);
    expect(paths).toEqual(ownPaths);
    expect(allowed).toBe(before.allowed && ownPaths.length > 0);
    if (!before.allowed || allowed) continue;
    flipped++;
    const unmet = conditions.filter(({ met }: Any) => met === false).map(({ name }: Any) => name);
    expect(['', 'partner-access-open']).toContain(unmet.join());
    const alone = remedies
      .filter(({ changes }: Any) => changes.length === 1)
      .map(({ changes }: Any) => changes[0].kind);
    expect(alone).toContain('resume-partner-access');
    const kept = await explained(id, 'operation=accounts.reset-factors');
    const ways = kept.remedies.flatMap(({ changes }: Any) => changes.map(({ kind }: Any) => kind));
    expect(ways).not.toContain('resume-partner-access');
  }
}

test.each(models.map((each, at) => [at, each] as const))(
  'model %i, also when its one switch stops partners',
  async (at, each) => {
    await build(each);
    const { permission, resource } = questions[at % questions.length] as (typeof questions)[number];
    const query = `permission=${permission}${resource ? `&resource=${resource}` : ''}`;
    const allowed = new Set<string>();
    const bodies = new Map<string, Any>();
    for (const id of principals) {
      const { body, text } = await client.get(`/access/explain?principal=${id}&${query}`);
      expect(body, text).toMatchObject({ conditions: expect.anything() });
      if (body.allowed) allowed.add(id);
      bodies.set(id, body);
    }
    yes += guests.filter(({ id }: Any) => allowed.has(id)).length;
    const { ids, accountIds } = await everybody(query);
    const lentIds = guests.filter(({ accountId }: Any) => accountIds.includes(accountId)).map(({ id }: Any) => id);
    const named = new Set([...ids.filter((id) => id !== asking.id), ...lentIds]);
    expect([...named].sort()).toEqual([...allowed].sort());

    const place = resource ? { type: 'namespace', id: resource } : { type: 'tenant', id: tenant.id };
    const [users, machines] = [
      await found('user', permission, place),
      await found('service-account', permission, place),
    ];
    expect([...users, ...machines].sort()).toEqual([...allowed].sort());
    const evaluated = await client.post('/access/evaluate', {
      questions: principals.map((principal) => ({ principal, permission, ...(resource ? { resource } : {}) })),
    });
    expect(principals.filter((_id, n) => evaluated.body.items[n].allowed).sort()).toEqual([...allowed].sort());
    if (!each.isStopped) await stopped(query, bodies);
  },
);

test.each(models.map((each, at) => [at, each] as const))(
  'remedies of who comes by a partner, model %i',
  async (at, each) => {
    await build(each);
    const question = questions[at % questions.length] as (typeof questions)[number];
    const query = `permission=${question.permission}${question.resource ? `&resource=${question.resource}` : ''}`;
    for (const [of, { people }] of homes.entries())
      for (const who of [2, 3] as const) {
        const accountId = people[who]?.id as string;
        const { id } = guests.find((guest: Any) => guest.accountId === accountId) as Any;
        const explained = async () => (await client.get(`/access/explain?principal=${id}&${query}`)).body;
        const { allowed, remedies } = await explained();
        const sets = smallest(each, of, who, question);
        expect(allowed).toBe(sets.some((set) => set.length === 0));
        const told = remedies.map(({ changes }: Any) =>
          changes.map(({ kind, group }: Any) => changeOf(kind, group?.id)),
        );
        const sorted = (many: string[][]) => many.map((set) => [...set].sort().join()).sort();
        expect(sorted(told)).toEqual(allowed ? [] : sorted(sets));
        const longest = remedies.find(({ changes }: Any) => changes.length > 1);
        if (!longest) continue;
        several++;
        for (const change of longest.changes) {
          expect((await explained()).allowed).toBe(false);
          await make(change, accountId);
        }
        expect((await explained()).allowed).toBe(true);
        await build(each);
      }
  },
);

test('the models let guests in and out', () => {
  expect(several).toBeGreaterThan(10);
  expect(flipped).toBeGreaterThan(10);
  expect(yes).toBeGreaterThan(10);
  expect(yes).toBeLessThan(40 * guests.length);
});
