import pg from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { permissionsOf } from '../src/kernel/catalogue.ts';
import { aPlatform, aTenant, type TestTenant } from './harness.ts';

/**
 * A model checker over a small tenant: whatever two administrators short of owner do together, in any order, by any of
 * the steps that could pass on rights, nobody whom they control comes to hold what neither of them held. Each step is a
 * request to the real server; a state that was reached before is not gone on from.
 */

// biome-ignore lint/suspicious/noExplicitAny: rows as the database says
type Any = any;

/** How long the chains are: two steps here, three with FULL=1. */
const DEPTH = process.env.FULL ? 3 : 2;

const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
const tenant = await aTenant(platform);
// One connection for all that is read and put back: each chain ends with it.
const { host, port, superuser: user } = inject('postgres');
const database = new pg.Client({ host, port, user, database: platform.databases.cells.au?.[0] as string });
await database.connect();
afterAll(() => database.end());
const sql = async (text: string, values: unknown[] = []): Promise<Any[]> => (await database.query(text, values)).rows;
type Client = TestTenant['client'];

interface State {
  groups: { id: string; name: string; status: string; grants: string[]; members: string[]; isOwnerGroup: boolean }[];
  machines: { id: string; name: string; status: string }[];
  /** Machines whose keys they hold. */
  controlled: string[];
}

async function read(controlled: string[], fixed: readonly string[]): Promise<State> {
  const [row] = await sql(
    `select
       (select json_agg(json_build_object('id', id, 'name', name, 'status', status, 'isOwnerGroup', is_owner_group,
          'grants', (select coalesce(json_agg(permission order by permission), '[]') from grants where group_id = g.id),
          'members', (select coalesce(json_agg(principal_id order by principal_id), '[]') from memberships where group_id = g.id)))
        from groups g where tenant_id = $1 and (is_owner_group or status = 'enabled' or id = any($2) or exists (select from grants where group_id = g.id))) as groups,
       (select json_agg(json_build_object('id', id, 'name', name, 'status', status))
        from service_accounts where tenant_id = $1 and deleted_at is null) as machines`,
    [tenant.id, fixed],
  );
  return { ...(row as Omit<State, 'controlled'>), controlled };
}

/** Puts the tenant back into a state; what came since goes. */
const restore = ({ groups, machines }: State) =>
  sql(
    `with held as (select g.id, held #>> '{}' as permission
                   from json_to_recordset($2::json->'groups') as g(id uuid, grants json), json_array_elements(grants) held),
          joined as (select g.id, (member #>> '{}')::uuid as member
                     from json_to_recordset($2::json->'groups') as g(id uuid, members json), json_array_elements(members) member),
          wanted as (select id, status from json_to_recordset($2::json->'groups') as g(id uuid, status text)),
          machine as (select id from json_to_recordset($2::json->'machines') as m(id uuid)),
          gone as (update service_accounts set deleted_at = platform_time()
                   where tenant_id = $1 and deleted_at is null and id not in (select id from machine)),
          granted as (insert into grants (tenant_id, group_id, permission) select $1, id, permission from held
                      on conflict do nothing),
          ungranted as (delete from grants where tenant_id = $1 and (group_id, permission) not in (select * from held)),
          entered as (insert into memberships (tenant_id, group_id, principal_id) select $1, id, member from joined
                      on conflict do nothing),
          left_ as (delete from memberships where tenant_id = $1 and (group_id, principal_id) not in (select * from joined)),
          set_ as (update groups set status = wanted.status from wanted
                   where groups.tenant_id = $1 and groups.id = wanted.id and groups.status <> wanted.status)
     update groups set status = 'disabled' where tenant_id = $1 and id not in (select id from wanted)`,
    [tenant.id, JSON.stringify({ groups, machines })],
  );

/** What the state is, whatever the ids of what was made on the way. */
function hashOf({ groups, machines, controlled }: State, fixed: ReadonlyMap<string, string>) {
  const nameOf = (id: string) => fixed.get(id) ?? (controlled.includes(id) ? 'made, controlled' : 'made');
  const texts = groups.map(({ id, status, grants, members }) =>
    JSON.stringify([fixed.get(id) ?? 'made', status, grants, members.map(nameOf).sort()]),
  );
  return JSON.stringify([
    texts.sort(),
    machines.map(({ id, status }) => [nameOf(id), status]).sort(),
    controlled.map(nameOf).sort(),
  ]);
}

/** Everything that the group would give when it is enabled: somebody may enable it again. */
const everythingIn = ({ grants, isOwnerGroup }: State['groups'][number]) =>
  isOwnerGroup ? ['owner'] : grants.flatMap((grant) => permissionsOf(grant));

const heldBy = ({ groups }: State, id: string) =>
  new Set(groups.filter(({ members }) => members.includes(id)).flatMap(everythingIn));

interface Step {
  name: string;
  act: (client: Client, actorId: string, state: State) => Promise<{ status: number; body: Any }>;
}

test('Z1: nobody raises themselves by any chain of permitted steps', {
  timeout: process.env.FULL ? 3_600_000 : 540_000,
}, async () => {
  const owner = tenant.client;
  const group = async (name: string, permissions: string[], status = 'enabled') => {
    const { id } = await tenant.given.group({ name });
    await owner.put(`/groups/${id}/grants`, { grants: permissions.map((permission) => ({ permission })) }, '*');
    if (status === 'disabled') await owner.post(`/groups/${id}/disable`);
    return id as string;
  };
  const machine = async (name: string, groupId: string) => {
    const { id } = (await owner.post('/service-accounts', { name, groupIds: [groupId] })).body;
    const { value } = (await owner.post(`/service-accounts/${id}/keys`, { name: 'first' })).body;
    return { id: id as string, client: tenant.below(value) };
  };
  const weak = await group('Weak', [
    'groups.view',
    'groups.change',
    'integrations.view',
    'integrations.change',
    'integrations.issue',
  ]);
  const other = await group('Other', ['groups.change', 'audit.view']);
  const strong = await group('Strong', ['tenant.close']);
  const off = await group('Off', ['accounts.delete'], 'disabled');
  const empty = await group('Empty', []);
  const [first, second, victim] = [
    await machine('first', weak),
    await machine('second', other),
    await machine('victim', strong),
  ];
  const ownerGroup = (await owner.get('/groups?q=Owners')).body.items[0].id as string;
  const groups = { weak, other, strong, off, empty, owners: ownerGroup };
  const fixed = new Map<string, string>([
    ...Object.entries(groups).map(([name, id]): [string, string] => [id, name]),
    [first.id, 'first'],
    [second.id, 'second'],
    [victim.id, 'victim'],
  ]);
  const actors = [first, second];

  /** A group that they made on the way, or one that is not there. */
  const made = (state: State) => state.groups.find(({ id }) => !fixed.has(id))?.id ?? empty;
  const on = (name: string, of: (state: State) => string): Step[] => [
    {
      name: `${name}: add first`,
      act: (client, _id, state) => client.post(`/groups/${of(state)}/members`, { serviceAccountIds: [first.id] }),
    },
    {
      name: `${name}: add second`,
      act: (client, _id, state) => client.post(`/groups/${of(state)}/members`, { serviceAccountIds: [second.id] }),
    },
    ...[['integrations.issue'], ['tenant.close'], ['groups.*']].map(
      (permissions): Step => ({
        name: `${name}: grant ${permissions}`,
        act: (client, _id, state) =>
          client.put(`/groups/${of(state)}/grants`, { grants: permissions.map((permission) => ({ permission })) }, '*'),
      }),
    ),
    {
      name: `${name}: grant nothing`,
      act: (client, _id, state) => client.put(`/groups/${of(state)}/grants`, { grants: [] }, '*'),
    },
    { name: `${name}: enable`, act: (client, _id, state) => client.post(`/groups/${of(state)}/enable`) },
    {
      name: `${name}: remove first`,
      act: (client, _id, state) => client.delete(`/groups/${of(state)}/members/${first.id}`),
    },
    {
      name: `${name}: duplicate`,
      act: (client, _id, state) =>
        client.post(`/groups/${of(state)}/duplicate`, { name: `copy ${Math.random()}`, withMembers: true }),
    },
    {
      name: `${name}: a machine in it`,
      act: (client, _id, state) =>
        client.post('/service-accounts', { name: `made ${Math.random()}`, groupIds: [of(state)] }),
    },
  ];
  const steps: Step[] = [
    ...Object.entries(groups).flatMap(([name, id]) => on(name, () => id)),
    ...on('made', made),
    ...['auditor', 'security'].map(
      (template): Step => ({
        name: `create ${template}`,
        act: (client) => client.post('/groups', { name: `made ${Math.random()}`, template }),
      }),
    ),
    { name: 'create', act: (client) => client.post('/groups', { name: `made ${Math.random()}` }) },
    { name: 'key of victim', act: (client) => client.post(`/service-accounts/${victim.id}/keys`, { name: 'taken' }) },
    { name: 'key of second', act: (client) => client.post(`/service-accounts/${second.id}/keys`, { name: 'taken' }) },
    {
      name: 'key of made',
      act: (client, _id, state) =>
        client.post(`/service-accounts/${state.machines.find(({ id }) => !fixed.has(id))?.id ?? victim.id}/keys`, {
          name: 'taken',
        }),
    },
  ];

  const begin = await read([first.id, second.id], Object.values(groups));
  const allowed = new Set([...heldBy(begin, first.id), ...heldBy(begin, second.id)]);
  const seen = new Set([hashOf(begin, fixed)]);
  let frontier: { state: State; path: string[] }[] = [{ state: begin, path: [] }];
  let tried = 0;
  let passed = 0;
  for (let depth = 1; depth <= DEPTH; depth++) {
    const next: typeof frontier = [];
    for (const { state, path } of frontier) {
      await restore(state);
      for (const [at, actor] of actors.entries())
        for (const step of steps) {
          // Without the permission to begin with every step of it is refused alike.
          const reply = await step.act(actor.client, actor.id, state);
          tried++;
          expect(reply.status, `${path} ${step.name}`).toBeLessThan(500);
          if (reply.status >= 300) continue;
          passed++;
          const way = [...path, `${at === 0 ? 'first' : 'second'} ${step.name}`];
          const isKey = step.name.startsWith('key of');
          const controlled = isKey
            ? [...new Set([...state.controlled, reply.body.serviceAccountId ?? idOfKey(step.name, state)])]
            : state.controlled;
          const after = await read(controlled, Object.values(groups));
          for (const id of controlled)
            for (const right of heldBy(after, id))
              expect([...allowed], `${way.join(', then ')}: ${right}`).toContain(right);
          const hash = hashOf(after, fixed);
          if (!seen.has(hash)) {
            seen.add(hash);
            next.push({ state: after, path: way });
          }
          await restore(state);
        }
    }
    frontier = next;
    if (process.env.FULL)
      process.stdout.write(`chains of ${depth}: ${tried} steps tried, ${passed} done, ${seen.size} states\n`);
  }
  // It got somewhere: rights were passed on, and most of what was tried was refused.
  expect(seen.size).toBeGreaterThan(20);
  expect(passed).toBeLessThan(tried / 2);

  function idOfKey(name: string, state: State) {
    if (name === 'key of victim') return victim.id;
    if (name === 'key of second') return second.id;
    return state.machines.find(({ id }) => !fixed.has(id))?.id ?? victim.id;
  }
});
