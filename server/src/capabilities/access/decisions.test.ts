import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { aPlatform, aTenant, clientOf, type TestPlatform } from '../../../test/harness.ts';
import { manyPeople } from '../../../test/many-people.ts';
import { decisionQuery, decisionsQuery, type Told } from './store.ts';

// biome-ignore lint/suspicious/noExplicitAny: plans as PostgreSQL tells them
type Any = any;

async function connected(platform: TestPlatform, tenantId: string): Promise<pg.Client> {
  const { host, port } = inject('postgres');
  const app = new pg.Client({ host, port, user: 'app', database: platform.databases.cells.au?.[0] as string });
  await app.connect();
  onTestFinished(() => app.end());
  await app.query("select set_config('bailiwick.tenant', $1, false)", [tenantId]);
  return app;
}

/** How PostgreSQL found it, each step with those below it. */
async function planOf(
  app: pg.Client,
  { sql, parameters }: { sql: string; parameters: readonly unknown[] },
  plan: 'custom' | 'generic',
): Promise<Any> {
  await app.query(`set plan_cache_mode = force_${plan}_plan`);
  await app.query(`prepare asked as ${sql}`);
  const values = parameters.map((value) => (value === null ? 'null' : pg.escapeLiteral(String(value)))).join();
  const { rows } = await app.query(`explain (analyze, format json) execute asked (${values})`);
  await app.query('deallocate asked');
  return rows[0]['QUERY PLAN'][0].Plan;
}

const stepsIn = (plan: Any): Any[] => [plan, ...(plan.Plans ?? []).flatMap(stepsIn)];

const rowsIn = (plan: Any): number =>
  stepsIn(plan)
    .map((step) => {
      const leftOut = (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Join Filter'] ?? 0);
      return step['Actual Loops'] * (step['Actual Rows'] + leftOut);
    })
    .reduce((sum, each) => sum + each, 0);

test('a decision about somebody in 100 groups walks once through one index, and ends with the first grant that gives it', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const { id, given } = await aTenant(platform);
  const { id: namespaceId } = await given.namespace();
  const { id: principalId } = await given.machine();
  await platform.sql(
    'au',
    `with made as (insert into groups (tenant_id, id, name, name_canonical)
       select $1, gen_random_uuid(), 'g ' || n, 'g ' || n from generate_series(1, 2000) n returning id, name),
          joined as (insert into memberships (tenant_id, group_id, principal_id)
                     select $1, id, $2 from made order by name limit 100)
     insert into grants (tenant_id, group_id, permission)
       select $1, id, unnest(array['audit.view', 'gateways.view']) from made`,
    [id, principalId],
  );
  for (const table of ['groups', 'grants', 'memberships']) {
    await platform.sql('au', `alter table ${table} set (autovacuum_enabled = false)`);
    await platform.sql('au', `analyze ${table}`);
  }
  const app = await connected(platform, id);
  const asked = (permission: string, told: 'whether' | 'which') =>
    planOf(
      app,
      decisionQuery({ principalId, kind: 'service-account', namespaceId }, [permission, permission], told),
      'generic',
    );
  // Its hundred memberships, found and gathered, and a few of what it is asked from.
  const most = 230;
  for (const [permission, told] of [
    ['gateways.view', 'whether'],
    ['licences.view', 'whether'],
    ['licences.view', 'which'],
  ] as const) {
    const plan = await asked(permission, told);
    const grants = stepsIn(plan).filter((step) => step['Relation Name'] === 'grants');
    const label = `${permission} ${told}`;
    expect(grants.map((step) => step['Index Name'])).toEqual(['grants_once']);
    // PostgreSQL tells it since 18; before 17 it searched for each group.
    for (const step of grants) expect(step['Index Searches'] ?? 1, label).toBeLessThanOrEqual(2);
    expect(rowsIn(plan), label).toBeLessThan(most);
  }
  // The comparison can tell them apart.
  expect(rowsIn(await asked('gateways.view', 'which'))).toBeGreaterThan(2 * most);
});

test('what is decided about many looks at no more rows for each than about one, also before there are statistics', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const { id, client, given } = await aTenant(platform);
  const { id: namespaceId } = await given.namespace();
  const { id: groupId } = await given.group();
  const others: string[] = [];
  for (let n = 0; n < 40; n++) others.push((await given.group()).id as string);
  for (const group of [groupId, ...others])
    await client.put(`/groups/${group}/grants`, { grants: [{ permission: 'gateways.view' }] }, '*');
  // It comes by itself within a minute or not, and in between has counted pages and no values.
  for (const table of ['groups', 'grants', 'memberships', 'accounts'])
    await platform.sql('au', `alter table ${table} set (autovacuum_enabled = false)`);
  const app = await connected(platform, id);
  /** Rows that a decision about these looks at, those too that it leaves out: asked for the first time, or for the sixth and later. */
  const seen = async (
    people: string[],
    plan: 'custom' | 'generic' = 'custom',
    told: Told = 'which',
    permission = 'gateways.view',
  ) => {
    const { sql, parameters } = decisionsQuery(people, [permission, 'gateways.*'], [namespaceId], told);
    return rowsIn(await planOf(app, { sql, parameters }, plan));
  };
  await seen([]); // a connection that was there before them

  const people = await manyPeople(platform, id, 4_000, { source: 'local' });
  for (const group of [groupId, ...others.slice(0, 9)])
    await platform.sql(
      'au',
      'insert into memberships (tenant_id, group_id, principal_id) select $1, $2, unnest($3::uuid[])',
      [id, group, people],
    );
  // For ten groups of each: found, and passed on by the steps above; and each grant of it, once in all.
  const most = { whether: 12, what: 65, which: 95 };
  for (const plan of ['custom', 'generic'] as const)
    for (const told of ['whether', 'what', 'which'] as const) {
      const bound = most[told];
      const label = `${plan} ${told}`;
      expect(await seen(people.slice(0, 1), plan, told), label).toBeLessThan(700); // of 4,000 in each group
      expect(await seen(people.slice(0, 1_000), plan, told), label).toBeLessThan(bound * 1_000);
      const ofOthers = await seen(people.slice(0, 1_000), plan, told, 'audit.view');
      expect(ofOthers, label).toBeLessThan(5 * 1_000); // of groups that give nothing of it
    }
});

test('many are decided about at once, each person as alone', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const { id, client, given } = await aTenant(platform);
  const other = await aTenant(platform);
  const { id: groupId } = await given.group();
  await client.put(`/groups/${groupId}/grants`, { grants: [{ permission: 'gateways.view' }] }, '*');
  const people = await manyPeople(platform, id, 300, { source: 'local' });
  const members = new Set(people.filter((_, at) => at % 3 === 0));
  await platform.sql(
    'au',
    'insert into memberships (tenant_id, group_id, principal_id) select $1, $2, unnest($3::uuid[])',
    [id, groupId, [...members]],
  );
  await platform.sql('au', `update accounts set status = 'disabled' where tenant_id = $1 and id = $2`, [id, people[0]]);
  const strangers = await manyPeople(platform, other.id, 10, { source: 'local' });
  const asked = [...people, ...strangers, ...people.slice(0, 50)];
  const questions = asked.map((principal) => ({ principal, permission: 'gateways.view' }));
  const { body } = await client.post('/access/evaluate', { questions });
  expect(body.items.map(({ allowed }: Any) => allowed)).toEqual(
    asked.map((each) => members.has(each) && each !== people[0]),
  );
});

test('many answers are those that each question alone gets, of one thing and of several, with their paths and without', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const { id, client, given } = await aTenant(platform);
  const spaces = [(await given.namespace()).id, (await given.namespace()).id] as string[];
  const [first, second] = spaces;
  const grants = [
    [{ permission: 'gateways.view' }],
    [{ permission: 'gateways.view' }], // gives the same as the one before
    [{ permission: 'gateways.*', namespaceId: first }, { permission: 'audit.view' }],
    [
      { permission: 'gateways.view', namespaceId: first },
      { permission: 'gateways.view', namespaceId: second },
    ],
    [{ permission: 'gateways.*' }], // of a group that is disabled below
    [{ permission: 'groups.view' }],
    // Enough that they are not looked up one by one.
    ...Array.from({ length: 12 }, (_, n) => [
      { permission: n % 2 ? 'gateways.view' : 'audit.view', namespaceId: n % 2 ? second : undefined },
    ]),
  ];
  const groupIds: string[] = [];
  for (const each of grants) {
    const { id: groupId } = await given.group();
    await client.put(`/groups/${groupId}/grants`, { grants: each }, '*');
    groupIds.push(groupId as string);
  }
  expect((await client.post(`/groups/${groupIds[4]}/disable`)).status).toBe(200);
  const people = await manyPeople(platform, id, 64, { source: 'local' });
  // Everyone is in those groups whose bits their number has.
  for (const [bit, groupId] of groupIds.entries())
    await platform.sql(
      'au',
      'insert into memberships (tenant_id, group_id, principal_id) select $1, $2, unnest($3::uuid[])',
      [id, groupId, people.filter((_, n) => (bit < 6 ? (n >> bit) & 1 : n % 17 === bit))],
    );
  const { key } = await given.machine([{ permission: 'groups.evaluate' }, { permission: 'groups.view' }]);
  const asking = clientOf(platform.url, key);
  const ask = (path: string, body: object) => asking.call('POST', `/authzen/${id}/access/v1/${path}`, { body });
  const owners = (await client.get('/groups?isOwnerGroup=true')).body.items[0].id;
  const [ownerId] = (await client.get(`/groups/${owners}/members`)).body.items.map((each: Any) => each.id);
  const evaluation = (subject: string, name: string, space: string | undefined, reasons: boolean) => ({
    subject: { type: 'account', id: subject },
    action: { name },
    resource: space ? { type: 'namespace', id: space } : { type: 'tenant', id },
    context: { reasons },
  });
  const everyone = [...people, ownerId];
  const kinds = ['gateways.view', 'gateways.change', 'audit.view'].flatMap((name) =>
    [undefined, first, second].map((space) => ({ name, space })),
  );
  const alone = new Map<string, Any>();
  const sorted = ({ decision, context }: Any) => ({
    decision,
    context: {
      ...context,
      ...(context.paths ? { paths: context.paths.map((each: Any) => JSON.stringify(each)).sort() } : {}),
    },
  });
  for (const person of everyone)
    for (const { name, space } of kinds) {
      const [told, short] = await Promise.all(
        [true, false].map(async (reasons) => (await ask('evaluation', evaluation(person, name, space, reasons))).body),
      );
      expect(short).toEqual({ decision: told.decision });
      alone.set(`${person} ${name} ${space}`, sorted(told));
    }
  const permits = [...alone.values()].filter(({ decision }) => decision).length;
  expect(permits).toBeGreaterThan(100);
  expect(permits).toBeLessThan(alone.size - 100);

  for (const reasons of [false, true])
    for (const asked of [...kinds.map((each) => [each]), kinds]) {
      const all = everyone.flatMap((person) => asked.map((each) => ({ person, ...each })));
      const evaluations = all.map(({ person, name, space }) => evaluation(person, name, space, reasons));
      const { body } = await ask('evaluations', { evaluations });
      const wanted = all.map(({ person, name, space }) => alone.get(`${person} ${name} ${space}`));
      if (reasons) expect(body.evaluations.map(sorted)).toEqual(wanted);
      else expect(body.evaluations).toEqual(wanted.map(({ decision }) => ({ decision })));
    }
});
