import { expect, test, vi } from 'vitest';
import { aPlatform } from '../../test/harness.ts';
import { newId } from './ids.ts';
import { JobRunner, job } from './jobs.ts';

const platform = await aPlatform({ regions: ['au'] });

/** Jobs of a tenant, due since so many seconds. */
async function given(tenantId: string, kind: string, count: number, secondsAgo: number) {
  const ids = Array.from({ length: count }, () => newId());
  await platform.sql(
    'au',
    `with made as (insert into jobs (tenant_id, id, kind, payload, request_id) select $1, unnest($3::uuid[]), $2, '{}', 'test' returning id)
     insert into due_jobs (id, tenant_id, kind, due_at) select id, $1, $2, now() - make_interval(secs => $4) from made`,
    [tenantId, kind, ids, secondsAgo],
  );
}

const left = async (kind: string) =>
  (await platform.sql('au', 'select count(*)::int as count from due_jobs where kind = $1', [kind]))[0].count;

test('one tenant with many jobs does not delay another, and no job runs twice', async () => {
  const [busy, quiet] = [newId(), newId()];
  await given(busy, 'test.wait', 300, 60);
  await given(quiet, 'test.wait', 3, 1);
  const ran: string[] = [];
  const kinds = [
    job('test.wait', async (ctx) => {
      ran.push(ctx.tenantId);
      await ctx.db.selectFrom('tenants').select('tenantId').execute();
    }),
  ];
  const runners = [0, 1].map(() => new JobRunner(platform.nodes[0]?.platform as never, kinds, []));
  for (const runner of runners) runner.start();
  await vi.waitFor(async () => expect(await left('test.wait')).toBe(0), { timeout: 20_000 });
  await Promise.all(runners.map((runner) => runner.stop()));
  expect(ran.length).toBe(303);
  expect(ran.lastIndexOf(quiet)).toBeLessThan(60);
});

test('a job of a kind that this version does not know is left to a newer node', async () => {
  await given(newId(), 'test.of-the-future', 1, 60);
  await given(newId(), 'test.known', 1, 1);
  const runner = new JobRunner(platform.nodes[0]?.platform as never, [job('test.known', async () => {})], []);
  runner.start();
  await vi.waitFor(async () => expect(await left('test.known')).toBe(0), { timeout: 10_000 });
  await runner.stop();
  expect(await left('test.of-the-future')).toBe(1);
});

test('a job that fails is tried again later and does not keep others', async () => {
  const tenantId = newId();
  await given(tenantId, 'test.fails', 1, 60);
  await given(tenantId, 'test.works', 1, 1);
  const fails = job('test.fails', async () => {
    throw new Error('not today');
  });
  const runner = new JobRunner(platform.nodes[0]?.platform as never, [fails, job('test.works', async () => {})], []);
  runner.start();
  await vi.waitFor(async () => expect(await left('test.works')).toBe(0), { timeout: 10_000 });
  await runner.stop();
  const [row] = await platform.sql(
    'au',
    `select attempts, due_at > now() + interval '20 seconds' as later from due_jobs where kind = 'test.fails'`,
  );
  expect(row).toEqual({ attempts: 1, later: true });
});
