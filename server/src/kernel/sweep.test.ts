import { beforeAll, expect, test } from 'vitest';
import { aScim } from '../../test/conformance/scim/scim.ts';
import { aName, aPlatform, aTenant, signIn, type TestPlatform } from '../../test/harness.ts';
import { sweepPlatformTables, sweepTenant } from './sweep.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
});

const cell = () => platform.nodes[0]?.platform.regions.get('au')?.cells[0] as Parameters<typeof sweepTenant>[0];
const count = async (table: string, tenantId: string) =>
  (await platform.sql('au', `select count(*)::int as count from ${table} where tenant_id = $1`, [tenantId]))[0].count;

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

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
  expect(await used()).toEqual([]);
  expect(await count('idempotency_records', other.id)).toBe(1);
  expect(await count('audit_entries', tenant.id)).toBeGreaterThan(0);
});

test('dead credentials and old notices go after 90 days, with the marks that they were read', async () => {
  const tenant = await aTenant(platform);
  const [live, dead] = [await tenant.given.token({ expiresAt: inDays(300) }), await tenant.given.token()];
  const rotated = (await tenant.client.post(`/provisioning-tokens/${dead.id}/rotate`, { overlapSeconds: 60 })).body;
  await tenant.client.delete(`/provisioning-tokens/${rotated.id}`);
  const { id: namespaceId } = await tenant.given.namespace();
  const keys = () => platform.sql('au', 'select id from credentials where namespace_id = $1', [namespaceId]);
  await platform.sql(
    'au',
    `insert into notices (tenant_id, id, kind, audience, text)
     select $1, gen_random_uuid(), 'test', 'owners', 'Read me' from generate_series(1, 2)`,
    [tenant.id],
  );
  await tenant.client.post('/notices/read');
  const kept = async () => ({
    tokens: (
      await platform.sql('au', "select id from credentials where tenant_id = $1 and kind = 'pt'", [tenant.id])
    ).map(({ id }) => id),
    notices: await count('notices', tenant.id),
    reads: await count('notice_reads', tenant.id),
  });
  expect(await kept()).toEqual({ tokens: expect.arrayContaining([live.id, dead.id]), notices: 2, reads: 2 });

  await platform.shiftClock('au', '89 days');
  await sweepTenant(cell(), tenant.id);
  expect((await kept()).tokens).toHaveLength(3);
  expect(await kept()).toMatchObject({ notices: 2, reads: 2 });

  await platform.shiftClock('au', '91 days');
  await sweepTenant(cell(), tenant.id);
  await sweepTenant(cell(), tenant.id);
  await platform.shiftClock('au', '0');
  expect(await kept()).toEqual({ tokens: [live.id], notices: 0, reads: 0 });
  expect(await keys()).toHaveLength(2);
});

test('a certificate of a gateway goes 30 days after its end, with its private key; others of the gateway stay', async () => {
  const tenant = await aTenant(platform);
  const { id: namespaceId } = await tenant.given.namespace();
  const { gateway, at, certificate: long } = await tenant.given.gateway(namespaceId);
  const short = (await tenant.client.post(`${at}/certificates/generate`, { days: 2 })).body;
  const left = async () =>
    (
      await platform.sql('au', 'select id from gateway_certificates where gateway_id = $1 order by id', [gateway.id])
    ).map((row) => row.id);
  await platform.shiftClock('au', '31 days');
  await sweepTenant(cell(), tenant.id);
  expect(await left()).toEqual([long.id, short.id]);
  await platform.shiftClock('au', '33 days');
  await sweepTenant(cell(), tenant.id);
  await platform.shiftClock('au', '0');
  expect(await left()).toEqual([long.id]);
  expect((await tenant.client.get(`${at}/certificates`)).body.items).toMatchObject([{ id: long.id }]);
});

test('what is over of provisioning goes, what waits for a decision stays', async () => {
  const tenant = await aTenant(platform);
  const { id } = await tenant.given.account();
  await platform.sql(
    'au',
    `insert into provisioning_calls (tenant_id, id, at, method, resource, status, duration_ms, request_id)
       select $1, gen_random_uuid(), now() - age, 'GET', 'Users', 200, 1, 'test'
       from unnest(array['6 days', '8 days']::interval[]) age`,
    [tenant.id],
  );
  await platform.sql(
    'au',
    `insert into provisioning_holds (tenant_id, id, kind, account_id, user_name, at, decided_at)
       select $1, gen_random_uuid(), 'clash', $2, 'ada', now() - interval '1 year', now() - age
       from unnest(array['89 days', '91 days', null]::interval[]) age`,
    [tenant.id, id],
  );

  await sweepTenant(cell(), tenant.id);

  expect(await count('provisioning_calls', tenant.id)).toBe(1);
  expect(await count('provisioning_holds', tenant.id)).toBe(2);
});

test('counts of accounts and transactions are kept for 800 days, also of a tenant without a licence', async () => {
  const tenant = await aTenant(platform);
  await platform.sql(
    'au',
    `insert into transaction_counts (tenant_id, day, namespace_id, node, count)
       select $1, current_date - age, gen_random_uuid(), 1, 7 from unnest(array[798, 802]) age`,
    [tenant.id],
  );
  await platform.sql(
    'au',
    `insert into usage_days (tenant_id, day, users, peak_users)
       select $1, current_date - age, 1, 1 from unnest(array[798, 802]) age`,
    [tenant.id],
  );
  await sweepTenant(cell(), tenant.id);
  expect(await count('transaction_counts', tenant.id)).toBe(1);
  expect(await count('usage_days', tenant.id)).toBe(1);
});

test('whom provisioning deleted is erased when it cannot be undone any more: nobody reads it, and nothing else is lost', async () => {
  const scim = await aScim(platform);
  const { client } = scim.tenant;
  expect((await client.patch('/provisioning', { undoDays: 10 }, '*')).status).toBe(200);
  const canary = aName('canary');
  const { id } = await scim.given.user({ userName: canary, title: `${canary} title` });
  const other = await scim.given.user({ userName: aName('stays') });
  const group = await scim.given.group({ members: [{ value: id }] });
  expect((await scim.delete(`/Users/${id}`)).status).toBe(204);
  const entries = async () => (await client.get(`/audit-entries?targetId=${id}`)).body.items;
  const read = async () => JSON.stringify(await entries());

  await platform.shiftClock('au', '9 days');
  await sweepTenant(cell(), scim.tenant.id);
  await platform.shiftClock('au', '0');
  expect(await read()).toContain(canary);

  await platform.shiftClock('au', '11 days');
  await sweepTenant(cell(), scim.tenant.id);
  await platform.shiftClock('au', '0');
  expect(await read()).not.toContain(canary);
  expect(await entries()).not.toHaveLength(0);
  for (const { withheld } of await entries()) expect(withheld).toBe('erased');
  expect(JSON.stringify((await client.get(`/audit-entries?targetId=${other.id}`)).body)).toContain('stays');
  expect((await scim.get(`/Groups/${group.id}`)).status).toBe(200);
  const [row] = await platform.sql('au', 'select erased_at from accounts where id = $1', [id]);
  expect(row.erased_at).toBeInstanceOf(Date);
});

test('a long time’s rows go in slices', async () => {
  const tenant = await aTenant(platform);
  await platform.sql(
    'au',
    `insert into idempotency_records (tenant_id, actor_id, route, key_hash, body_hash, created_at)
     select $1, $1, 'test', int4send(n), '', now() - interval '25 hours' from generate_series(1, 12000) n`,
    [tenant.id],
  );
  await sweepTenant(cell(), tenant.id);
  expect(await count('idempotency_records', tenant.id)).toBe(0);
});

test('meters and guesses go when their time is over', async () => {
  await platform.sql(
    'au',
    `insert into guesses (fingerprint, period, count) values ('\\x01', now() - interval '25 hours', 1), ('\\x02', now(), 1);
     insert into quota_blocks (tenant_id, period, used)
       values (gen_random_uuid(), now() - interval '2 minutes', 1), (gen_random_uuid(), now() + interval '1 minute', 1);
     insert into quota_shares (tenant_id, share, period, used)
       values (gen_random_uuid(), '', now() - interval '2 minutes', 1), (gen_random_uuid(), '', now() + interval '1 minute', 1)`,
  );
  const guesses = () => platform.sql('au', "select fingerprint from guesses where fingerprint in ('\\x01', '\\x02')");

  await sweepPlatformTables(cell());

  expect(await guesses()).toEqual([{ fingerprint: Buffer.from([2]) }]);
  for (const meters of ['quota_blocks', 'quota_shares']) {
    expect(await platform.sql('au', `select from ${meters} where period < now() - interval '90 seconds'`)).toEqual([]);
    expect(await platform.sql('au', `select from ${meters} where period > now()`)).toHaveLength(1);
  }
});
