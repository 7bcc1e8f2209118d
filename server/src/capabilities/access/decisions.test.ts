import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { aPlatform, aTenant, clientOf } from '../../../test/harness.ts';
import { manyPeople } from '../../../test/many-people.ts';
import { decisionsQuery, type Told } from './store.ts';

// biome-ignore lint/suspicious/noExplicitAny: plans as PostgreSQL tells them
type Any = any;

test('what is decided about many looks at no more rows for each than about one, also before there are statistics', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const { id, client, given } = await aTenant(platform);
  const { id: namespaceId } = await given.namespace();
  const { id: groupId } = await given.group();
  const others: string[] = [];
  for (let n = 0; n < 40; n++) others.push((await given.group()).id as string);
  for (const group of [groupId, ...others])
    await client.put(`/groups/${group}/grants`, { grants: [{ permission: 'gateways.view' }] }, '*');
  const { host, port } = inject('postgres');
  const app = new pg.Client({ host, port, user: 'app', database: platform.databases.cells.au?.[0] as string });
  await app.connect();
  onTestFinished(() => app.end());
  await app.query("select set_config('bailiwick.tenant', $1, false)", [id]);
  /** Rows that a decision about these looks at, those too that it leaves out: asked for the first time, or for the sixth and later. */
  const seen = async (
    people: string[],
    plan: 'custom' | 'generic' = 'custom',
    told: Told = 'which',
    permission = 'gateways.view',
  ) => {
    const { sql, parameters } = decisionsQuery(people, [permission, 'gateways.*'], [namespaceId], told);
    await app.query(`set plan_cache_mode = force_${plan}_plan`);
    await app.query(`prepare asked as ${sql}`);
    const values = parameters.map((value) => pg.escapeLiteral(String(value))).join();
    const { rows } = await app.query(`explain (analyze, format json) execute asked (${values})`);
    await app.query('deallocate asked');
    const within = ({ Plans: below = [], ...plan }: Any): number => {
      const leftOut = (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Join Filter'] ?? 0);
      const found = plan['Actual Loops'] * (plan['Actual Rows'] + leftOut);
      return below.map(within).reduce((sum: number, each: number) => sum + each, found);
    };
    return within(rows[0]['QUERY PLAN'][0].Plan);
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
    for (const { name, space } of kinds)
      alone.set(
        `${person} ${name} ${space}`,
        sorted((await ask('evaluation', evaluation(person, name, space, true))).body),
      );
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
