import { beforeAll, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestPlatform } from '../../test/harness.ts';
import { sweepPlatformTables, sweepTenant } from './sweep.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
});

const cell = () => platform.nodes[0]?.platform.regions.get('au')?.cells[0] as Parameters<typeof sweepTenant>[0];
const count = async (table: string, tenantId: string) =>
  (await platform.sql('au', `select count(*)::int as count from ${table} where tenant_id = $1`, [tenantId]))[0].count;

test('deletes what is over, of this tenant alone, and keeps what is not', async () => {
  const [tenant, other] = [await aTenant(platform), await aTenant(platform)];
  const password = 'correct horse battery staple';
  const { email } = await tenant.given.person(password);
  await signIn(platform, email, password, tenant.id);
  for (const each of [tenant, other]) {
    const made = await each.client.post('/groups', { name: aName('group') }, { 'idempotency-key': aName('key') });
    expect(made.status).toBe(201);
    expect((await (await each.given.machine()).client.get('/accounts')).status).toBe(403);
  }
  const before = {
    sessions: await count('sessions', tenant.id),
    idempotency_records: await count('idempotency_records', tenant.id),
    refusal_counts: await count('refusal_counts', tenant.id),
  };
  expect(Object.values(before).every((rows) => rows > 0)).toBe(true);

  const used = () => platform.sql('au', 'select consumed_at from links where tenant_id = $1 order by 1', [tenant.id]);
  expect(await used()).toEqual([{ consumed_at: expect.any(Date) }, { consumed_at: null }]);

  await sweepTenant(cell(), tenant.id);
  expect(await used()).toHaveLength(2);
  for (const [table, rows] of Object.entries(before))
    expect([table, await count(table, tenant.id)]).toEqual([table, rows]);

  await platform.shiftClock('au', '90 days');
  await sweepTenant(cell(), tenant.id);
  await platform.shiftClock('au', '0');
  for (const table of Object.keys(before)) expect([table, await count(table, tenant.id)]).toEqual([table, 0]);
  expect(await used()).toEqual([{ consumed_at: null }]);
  expect(await count('idempotency_records', other.id)).toBe(1);
  expect(await count('audit_entries', tenant.id)).toBeGreaterThan(0);
});

test('meters and guesses go when their time is over', async () => {
  await platform.sql(
    'au',
    `insert into guesses (fingerprint, period, count) values ('\\x01', now() - interval '25 hours', 1), ('\\x02', now(), 1);
     insert into quota_blocks (tenant_id, period, used)
       values (gen_random_uuid(), now() - interval '2 minutes', 1), (gen_random_uuid(), now() + interval '1 minute', 1)`,
  );
  const guesses = () => platform.sql('au', "select fingerprint from guesses where fingerprint in ('\\x01', '\\x02')");

  await sweepPlatformTables(cell());

  expect(await guesses()).toEqual([{ fingerprint: Buffer.from([2]) }]);
  expect(
    await platform.sql('au', "select used from quota_blocks where period < now() - interval '90 seconds'"),
  ).toEqual([]);
  expect(await platform.sql('au', 'select used from quota_blocks where period > now()')).toHaveLength(1);
});
