import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import { manyPeople } from '../../../test/many-people.ts';
import { decisionsQuery } from './store.ts';

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
  const seen = async (people: string[], plan: 'custom' | 'generic' = 'custom', permission = 'gateways.view') => {
    const { sql, parameters } = decisionsQuery(people, [permission, 'gateways.*'], [namespaceId]);
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
  // About 50 a person, for ten groups of each: found, and passed on by the steps above; and each grant of it, once in all.
  for (const plan of ['custom', 'generic'] as const) {
    expect(await seen(people.slice(0, 1), plan), plan).toBeLessThan(450); // of 4,000 in each group
    expect(await seen(people.slice(0, 1_000), plan), plan).toBeLessThan(50 * 1_000);
    expect(await seen(people.slice(0, 1_000), plan, 'audit.view'), plan).toBeLessThan(20 * 1_000); // of groups that give nothing of it
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
