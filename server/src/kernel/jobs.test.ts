import { Registry } from 'prom-client';
import { expect, test, vi } from 'vitest';
import { aPlatform, aTenant } from '../../test/harness.ts';
import { newId } from './ids.ts';
import { type JobKind, JobRunner, job } from './jobs.ts';

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
  await vi.waitFor(async () => expect(await left('test.known')).toBe(0), { timeout: 20_000 });
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
  await vi.waitFor(async () => expect(await left('test.works')).toBe(0), { timeout: 20_000 });
  await runner.stop();
  const [row] = await platform.sql(
    'au',
    `select attempts, due_at > now() + interval '20 seconds' as later from due_jobs where kind = 'test.fails'`,
  );
  expect(row).toEqual({ attempts: 1, later: true });
});

/** Runs kinds until the condition holds. @returns what was logged as an error, and the metrics */
async function running(kinds: JobKind[], condition: () => Promise<void>) {
  const shared = platform.nodes[0]?.platform as ConstructorParameters<typeof JobRunner>[0];
  const errors: object[] = [];
  const log = { warn: () => undefined, error: (said: object) => errors.push(said) };
  const metrics = new Registry();
  const runner = new JobRunner(Object.create(shared, { log: { value: log } }), kinds, [], metrics);
  runner.start();
  await vi.waitFor(condition, { timeout: 20_000 });
  await runner.stop();
  return { errors, metrics: await metrics.metrics() };
}

const fails = async () => {
  throw new Error('never');
};
const triedBefore = (kind: string, attempts: number) =>
  platform.sql('au', 'update due_jobs set attempts = $2 where kind = $1', [kind, attempts]);

test('a job that always fails is given up: its kind ends it, the operator is told', async () => {
  const tenantId = newId();
  await given(tenantId, 'test.hopeless', 1, 60);
  await triedBefore('test.hopeless', 2);
  const ended: string[] = [];
  const hopeless = job('test.hopeless', fails, { tries: 3, giveUp: async (ctx) => void ended.push(ctx.tenantId) });

  const { errors, metrics } = await running([hopeless], async () => expect(await left('test.hopeless')).toBe(0));

  expect(ended).toEqual([tenantId]);
  expect(await platform.sql('au', "select id from jobs where kind = 'test.hopeless'")).toEqual([]);
  expect(errors).toMatchObject([{ job: 'test.hopeless', attempts: 3, err: new Error('never') }]);
  expect(metrics).toContain('bailiwick_jobs_given_up_total{kind="test.hopeless"} 1');
});

test('a job that nothing ends is kept and tried again in 30 days', async () => {
  await given(newId(), 'test.kept', 1, 60);
  await triedBefore('test.kept', 79);
  const due = () =>
    platform.sql(
      'au',
      "select due_at > now() + interval '29 days' as later, attempts from due_jobs where kind = 'test.kept'",
    );

  const { errors } = await running([job('test.kept', fails)], async () =>
    expect(await due()).toEqual([{ later: true, attempts: 80 }]),
  );

  expect(errors).toHaveLength(1);
});

test('waiting for a suspended tenant is no try', async () => {
  const tenant = await aTenant(platform);
  await platform.operator.post(`${tenant.path}/suspend`);
  await given(tenant.id, 'test.waits', 1, 60);
  await triedBefore('test.waits', 5);
  let ran = 0;
  const waits = job('test.waits', async () => void ran++);
  const due = () =>
    platform.sql(
      'au',
      `select attempts, due_at between now() + interval '9 minutes' and now() + interval '11 minutes' as soon
       from due_jobs where kind = 'test.waits'`,
    );

  await running([waits], async () => expect(await due()).toEqual([{ attempts: 5, soon: true }]));

  expect(ran).toBe(0);
  await platform.operator.post(`${tenant.path}/resume`);
  await platform.sql('au', "update due_jobs set due_at = now() where kind = 'test.waits'");
  await running([waits], async () => expect(await left('test.waits')).toBe(0));
  expect(ran).toBe(1);
});

test('a chore is done at the start, again after its time, and after it failed', async () => {
  let times = 0;
  const chore = {
    name: 'test.chore',
    everySeconds: 0.01,
    run: async () => {
      times++;
      if (times === 2) throw new Error('not this time');
    },
  };
  const runner = new JobRunner(platform.nodes[0]?.platform as never, [], [chore]);
  runner.start();
  await vi.waitFor(() => expect(times).toBeGreaterThan(3), { timeout: 20_000 });
  await runner.stop();
});
