import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';
import type { Region } from '../../kernel/regions.ts';
import { fingerprint } from '../../kernel/secrets.ts';
import { finishHalfDone } from './making.ts';

const running = await aPlatform({ regions: ['au', 'eu'] });
const { platform } = running.nodes[0] as (typeof running.nodes)[number];
const au = platform.regions.get('au') as Region;

const nameFingerprint = (name: string) => fingerprint(platform.fingerprintKey, 'system-name', name);
const reserve = (id: string, name: string, minutesAgo: number) =>
  running.directorySql(
    `insert into tenants (id, region, name_fingerprint, state, reserved_at)
     values ($1, 'au', $2, 'reserved', clock_timestamp() - make_interval(mins => $3))`,
    [id, nameFingerprint(name), minutesAgo],
  );
const stateOf = async (id: string) =>
  (await running.directorySql('select state from tenants where id = $1', [id]))[0]?.state;
const make = (name: string, headers: Record<string, string> = {}) =>
  running.operator.post(
    '/v1/tenants',
    {
      name,
      displayName: name,
      legalName: name,
      region: 'au',
      country: 'AU',
      type: 'customer',
      owner: { email: 'ann@example.com', firstName: 'Ann', lastName: 'Lee' },
    },
    headers,
  );

test('a name that was reserved and never used is free again after ten minutes', async () => {
  const name = aName('half');
  const id = newId();
  await reserve(id, name, 9);
  await running.sql('au', 'insert into placements (tenant_id, cell) values ($1, 0)', [id]);
  await finishHalfDone(platform, au);
  expect(await stateOf(id)).toBe('reserved');
  expect((await make(name)).status).toBe(409);

  await running.directorySql(`update tenants set reserved_at = reserved_at - interval '2 minutes' where id = $1`, [id]);
  await finishHalfDone(platform, running.nodes[0]?.platform.regions.get('eu') as Region);
  expect(await stateOf(id)).toBe('reserved');
  await finishHalfDone(platform, au);
  expect(await stateOf(id)).toBeUndefined();
  expect(await running.sql('au', 'select 1 from placements where tenant_id = $1', [id])).toEqual([]);
  expect((await make(name)).status).toBe(201);
});

test('a tenant that its region made is confirmed after ten minutes', async () => {
  const tenant = await aTenant(running);
  await running.directorySql(
    `update tenants set state = 'reserved', reserved_at = clock_timestamp() - interval '11 minutes' where id = $1`,
    [tenant.id],
  );
  await finishHalfDone(platform, au);
  expect(await stateOf(tenant.id)).toBe('confirmed');
  expect((await tenant.client.get('')).status).toBe(200);
});

test('a creation that stopped half-way goes on when it is repeated with its key', async () => {
  const name = aName('stopped');
  const key = { 'idempotency-key': name };
  const first = await make(name, key);
  const { id } = first.body.tenant;
  // As if the node had died after the directory's reservation: nothing in the region yet.
  await running.directorySql(`update tenants set state = 'reserved' where id = $1`, [id]);
  for (const table of ['tenant_index', 'sign_in_index', 'placements', 'due_jobs'])
    await running.sql('au', `delete from ${table} where tenant_id = $1`, [id]);
  const tables = [
    'jobs', 'mails', 'links', 'memberships', 'groups', 'accounts', 'principals', 'audit_entries', 'subject_keys',
    'data_keys', 'tenants',
  ]; // biome-ignore format: a list of names
  for (const table of tables) await running.sql('au', `delete from ${table} where tenant_id = $1`, [id]);

  const again = await make(name, key);
  expect(again).toMatchObject({ status: 201, body: { tenant: { id, name } } });
  expect(again.headers.get('idempotency-replayed')).toBeNull();
  expect(await stateOf(id)).toBe('confirmed');
});

test('without the directory no tenant is made, and nothing is left', async () => {
  const name = aName('cut-off');
  await running.directorySql('revoke insert on tenants from app');
  expect((await make(name)).status).toBeGreaterThanOrEqual(500);
  await running.directorySql('grant insert on tenants to app');
  expect(await running.sql('au', 'select 1 from tenants where name = $1', [name])).toEqual([]);
  expect((await make(name)).status).toBe(201);
});

test('what the region refuses leaves no tenant, and no name for long', async () => {
  const name = aName('refused');
  await running.sql('au', 'revoke insert on data_keys from app');
  expect((await make(name)).status).toBe(500);
  await running.sql('au', 'grant insert on data_keys to app');
  expect(await running.sql('au', 'select 1 from tenants where name = $1', [name])).toEqual([]);
  await running.directorySql(
    `update tenants set reserved_at = reserved_at - interval '11 minutes' where state = 'reserved'`,
  );
  await finishHalfDone(platform, au);
  expect((await make(name)).status).toBe(201);
});

test('a registration whose region failed goes on under another name a minute later, and frees the first', async () => {
  const request = { region: 'au', email: 'bea@example.com', fullName: 'Bea Lee', mobilePhone: '+61280001234' };
  expect((await running.anyone.post('/v1/registrations', request)).status).toBe(202);
  const [mail] = await running.outbox(request.email);
  const token = /#(\S+)/.exec(mail?.body ?? '')?.[1];
  const complete = (name: string) =>
    running.anyone.post('/v1/registrations/complete', {
      token,
      password: 'seven quiet herons walk home',
      name,
      displayName: 'Bea',
      legalName: 'Bea',
      country: 'AU',
    });
  const [first, second] = [aName('bea'), aName('bea')] as [string, string];
  await running.sql('au', 'revoke insert on data_keys from app');
  expect((await complete(first)).status).toBe(500);
  await running.sql('au', 'grant insert on data_keys to app');
  expect(await complete(second)).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:half-made' } });
  await running.directorySql(
    `update tenants set reserved_at = reserved_at - interval '2 minutes' where state = 'reserved'`,
  );
  expect((await complete(second)).status).toBe(201);
  expect((await make(first)).status).toBe(201);
  expect((await make(second)).status).toBe(409);
});
