import { afterEach, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, type TestTenant } from '../../../test/harness.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { conflict, Problem } from '../../kernel/problem.ts';
import { adoptionFor, flushCalls, noteCall, noteClash, noteHold } from './service.ts';

const platform = await aPlatform({ regions: ['au'] });

afterEach(() => platform.shiftClock('au', '0'));

const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);
const served = () => (platform.nodes[0] as (typeof platform.nodes)[number]).platform;
const problem = (code: string) => `urn:bailiwick:problem:${code}`;

/** Work as after a refusal of provisioning. */
async function afterwards<T>(tenant: TestTenant, work: (ctx: TenantContext) => Promise<T>): Promise<T | undefined> {
  const place = await served().locate(tenant.id);
  if (!place) throw new Error('The tenant is not here.');
  return enterTenant(
    {
      platform: served(),
      place,
      tenantId: tenant.id,
      actor: { kind: 'provisioning-token', id: null, credentialId: null, door: 'scim' },
      request: { id: aName('request'), action: 'scim.test', sourceAddress: null, userAgent: null, ifMatch: undefined },
    },
    work,
  );
}

const held = new Problem(429, 'removal-held', 'held');
const taken = conflict('username-taken', 'taken');
const hold = (tenant: TestTenant, accountId: string, kind: 'deactivation' | 'deletion' = 'deletion') =>
  afterwards(tenant, (ctx) => noteHold(ctx, held, accountId, kind));
const clash = (tenant: TestTenant, wanted: { userName: string; externalId?: string; email?: string }) =>
  afterwards(tenant, (ctx) =>
    noteClash(ctx, taken, {
      userName: wanted.userName,
      externalId: wanted.externalId ?? null,
      email: wanted.email ?? null,
    }),
  );
const listed = async (tenant: TestTenant, query = '') =>
  (await tenant.client.get(`/provisioning/holds${query}`)).body.items;
const notices = (tenant: TestTenant, kind: string) =>
  sql('select id from notices where tenant_id = $1 and kind = $2', [tenant.id, kind]);

async function withPeople(count: number) {
  const tenant = await aTenant(platform);
  const { value } = await tenant.given.token();
  const scim = platform.client(value);
  const ids: string[] = [];
  for (let at = 0; at < count; at++) {
    const { body } = await scim.post(`/scim/v2/${tenant.id}/Users`, {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: `user-${at}`,
    });
    ids.push(body.id);
  }
  await sql(
    `update accounts set created_at = created_at - interval '3 days' where tenant_id = $1 and source = 'scim'`,
    [tenant.id],
  );
  const remove = async (at: number) => (await scim.delete(`/scim/v2/${tenant.id}/Users/${ids[at]}`)).status;
  return { tenant, ids, remove };
}

describe('removals that the guard held back', () => {
  test('are one hold for an account and kind, and owners hear of the first in an hour', async () => {
    const { tenant, ids } = await withPeople(2);
    await Promise.all([
      ...Array.from({ length: 5 }, () => hold(tenant, ids[0] as string)),
      ...Array.from({ length: 3 }, () => hold(tenant, ids[1] as string, 'deactivation')),
    ]);

    expect(await listed(tenant)).toHaveLength(2);
    expect(await listed(tenant, '?kind=deletion&state=open')).toMatchObject([
      { kind: 'deletion', state: 'open', attempts: 5, userName: 'user-0', account: { id: ids[0] } },
    ]);
    expect(await notices(tenant, 'provisioning-held')).toHaveLength(1);
    expect((await tenant.client.get('/provisioning')).body.counts.openHolds).toBe(2);
  });

  test('only the guard’s refusals are noted', async () => {
    const { tenant, ids } = await withPeople(1);
    await afterwards(tenant, (ctx) => noteHold(ctx, conflict('another', 'x'), ids[0] as string, 'deletion'));
    await afterwards(tenant, (ctx) => noteClash(ctx, held, { userName: 'user-0', externalId: null, email: null }));

    expect(await listed(tenant)).toEqual([]);
  });

  test('one that is let through passes for 24 hours, and no other', async () => {
    const { tenant, ids, remove } = await withPeople(14);
    for (let at = 0; at < 10; at++) expect(await remove(at)).toBe(204);
    for (const at of [10, 11]) expect(await remove(at)).toBe(429);
    for (const at of [10, 11, 12]) await hold(tenant, ids[at] as string);
    const of = async (at: number) =>
      (await listed(tenant)).find(({ account }: { account: { id: string } }) => account.id === ids[at]);
    const allowed = await tenant.client.post(`/provisioning/holds/${(await of(10)).id}/allow`);

    expect(allowed).toMatchObject({ status: 200, body: { state: 'allowed', attempts: expect.any(Number) } });
    expect(Date.parse(allowed.body.allowedUntil) - Date.parse(allowed.body.decidedAt)).toBe(86_400_000);
    expect(await remove(10)).toBe(204);
    expect(await remove(11)).toBe(429);
    expect((await of(10)).state).toBe('settled');
    expect(await tenant.client.post(`/provisioning/holds/${(await of(10)).id}/allow`)).toMatchObject({
      status: 409,
      body: { type: problem('hold-decided') },
    });

    const dismissed = await tenant.client.post(`/provisioning/holds/${(await of(12)).id}/dismiss`);
    expect(dismissed.body).toMatchObject({ state: 'dismissed', allowedUntil: null });
    expect(await tenant.client.post('/provisioning/holds/allow-all')).toMatchObject({
      status: 200,
      body: { allowed: 1 },
    });
    expect(await remove(11)).toBe(204);
    expect(await remove(12)).toBe(429);
    expect(await tenant.auditedActions()).toEqual(
      expect.arrayContaining([
        'provisioning-holds.allow',
        'provisioning-holds.dismiss',
        'provisioning-holds.allow-all',
      ]),
    );
  });

  test('a day later what was let through is held back again', async () => {
    const { tenant, ids, remove } = await withPeople(12);
    await hold(tenant, ids[10] as string);
    // The owner's key lives a day.
    await platform.shiftClock('au', '-2 hours');
    await tenant.client.post('/provisioning/holds/allow-all');
    await platform.shiftClock('au', '21 hours');
    for (let at = 0; at < 10; at++) expect(await remove(at)).toBe(204);
    await platform.shiftClock('au', '22 hours 1 minute');

    expect((await listed(tenant))[0].state).toBe('expired');
    expect(await remove(10)).toBe(429);
  });

  test('a hold of another tenant is not there', async () => {
    const { tenant, ids } = await withPeople(1);
    await hold(tenant, ids[0] as string);
    const [{ id }] = await listed(tenant);
    const other = await aTenant(platform);

    expect((await other.client.post(`/provisioning/holds/${id}/allow`)).status).toBe(404);
    expect(await listed(other)).toEqual([]);
  });
});

describe('clashes with local accounts', () => {
  const adoption = (tenant: TestTenant, userName: string, externalId: string | null) =>
    afterwards(tenant, (ctx) => adoptionFor(ctx, { userName, externalId }));

  test('an administrator lets provisioning take the account over, as exactly this user and for a day', async () => {
    const tenant = await aTenant(platform);
    const local = await tenant.given.account({ username: 'Grace' });
    await clash(tenant, { userName: 'GRACE', externalId: 'e1' });
    const [found] = await listed(tenant, '?kind=clash');
    expect(found).toMatchObject({
      state: 'open',
      userName: 'GRACE',
      externalId: 'e1',
      account: { id: local.id, username: 'Grace' },
      actions: [
        { name: 'provisioning-holds.allow', allowed: true },
        { name: 'provisioning-holds.dismiss', allowed: true },
      ],
    });
    expect(await adoption(tenant, 'grace', 'e1')).toBeUndefined();
    expect((await tenant.client.post(`/provisioning/holds/${found.id}/allow`)).status).toBe(200);

    expect(await adoption(tenant, 'grace', 'e1')).toBe(local.id);
    expect(await adoption(tenant, 'grace', 'e2')).toBeUndefined();
    expect(await adoption(tenant, 'grace', null)).toBeUndefined();
    expect(await adoption(tenant, 'hopper', 'e1')).toBeUndefined();
    await platform.shiftClock('au', '24 hours 1 minute');
    expect(await adoption(tenant, 'grace', 'e1')).toBeUndefined();
  });

  test('never by the address alone', async () => {
    const tenant = await aTenant(platform);
    const local = await tenant.given.account({ username: 'grace' });
    await clash(tenant, { userName: 'somebody', email: local.email });
    const [found] = await listed(tenant);

    expect(found.actions[0]).toMatchObject({ allowed: false, reason: expect.stringContaining('e-mail') });
    expect(await tenant.client.post(`/provisioning/holds/${found.id}/allow`)).toMatchObject({
      status: 409,
      body: { type: problem('another-name') },
    });
  });

  test('never an owner, and nobody who holds more than who decides', async () => {
    const tenant = await aTenant(platform);
    const owner = (await tenant.client.get('/accounts')).body.items[0];
    await clash(tenant, { userName: owner.username });
    const group = await tenant.given.group();
    await tenant.client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
    await tenant.given.account({ username: 'auditor', groupIds: [group.id] });
    await clash(tenant, { userName: 'auditor' });
    const [auditor, ofOwner] = await listed(tenant);
    const { client } = await tenant.given.machine([{ permission: 'provisioning.change' }]);

    expect(await tenant.client.post(`/provisioning/holds/${ofOwner.id}/allow`)).toMatchObject({
      status: 409,
      body: { type: problem('owner-stays-local') },
    });
    expect(await client.post(`/provisioning/holds/${auditor.id}/allow`)).toMatchObject({
      status: 403,
      body: { type: problem('stronger-principal') },
    });
    expect((await tenant.client.post(`/provisioning/holds/${auditor.id}/allow`)).status).toBe(200);
  });

  test('letting all through leaves clashes alone', async () => {
    const tenant = await aTenant(platform);
    await tenant.given.account({ username: 'grace' });
    await clash(tenant, { userName: 'grace' });

    expect((await tenant.client.post('/provisioning/holds/allow-all')).body).toEqual({ allowed: 0 });
    expect((await listed(tenant))[0].state).toBe('open');
    expect(await notices(tenant, 'provisioning-clash')).toHaveLength(1);
  });
});

describe('settings', () => {
  test('are on, with a guard of 20 % and 30 days of undo, until they are changed', async () => {
    const tenant = await aTenant(platform);
    const read = await tenant.client.get('/provisioning');
    expect(read).toMatchObject({
      status: 200,
      body: {
        on: true,
        paused: false,
        guardPercent: 20,
        undoDays: 30,
        baseUrl: expect.stringMatching(new RegExp(`^http.*/scim/v2/${tenant.id}$`)),
        lastCallAt: null,
        counts: { accounts: 0, groups: 0, liveTokens: 0, openHolds: 0, outOfStep: 0 },
        warnings: [expect.stringContaining('No token')],
      },
    });
    const change = (changes: object, tag: string | null = '*') => tenant.client.patch('/provisioning', changes, tag);
    expect((await change({ paused: true }, null)).status).toBe(428);
    const paused = await change({ paused: true, guardPercent: 5, undoDays: 7 }, read.etag);
    expect(paused).toMatchObject({ status: 200, body: { on: true, paused: true, guardPercent: 5, undoDays: 7 } });
    expect((await change({ on: false }, read.etag)).status).toBe(412);
    expect((await change({ on: false }, paused.etag)).body).toMatchObject({ on: false, paused: false });
    expect(await change({ paused: true })).toMatchObject({ status: 400, body: { errors: [{ path: 'paused' }] } });
    expect((await change({ on: true })).body).toMatchObject({ on: true, paused: false });
    for (const wrong of [
      { guardPercent: 0 },
      { guardPercent: 101 },
      { undoDays: 0 },
      { undoDays: 366 },
      {},
      { on: 'yes' },
    ])
      expect((await change(wrong)).status).toBe(400);

    const entries = (await tenant.client.get('/audit-entries?action=provisioning.change&sort=at')).body.items;
    expect(entries[0]).toMatchObject({ before: { paused: false }, after: { paused: true, guardPercent: 5 } });
    expect(entries).toHaveLength(3);
  });

  test('paused and off are told to the identity provider with its next request; the configuration stays readable', async () => {
    const { tenant } = await withPeople(0);
    const { value } = await tenant.given.token();
    const scim = platform.client(value);
    const seen = async (changes: object) => {
      expect((await tenant.client.patch('/provisioning', changes, '*')).status).toBe(200);
      const users = await scim.get(`/scim/v2/${tenant.id}/Users`);
      const config = await scim.get(`/scim/v2/${tenant.id}/ServiceProviderConfig`);
      return [users.status, users.headers.get('retry-after') !== null, config.status];
    };

    expect(await seen({ paused: true })).toEqual([503, true, 200]);
    expect(await seen({ on: false })).toEqual([403, false, 200]);
    expect(await seen({ on: true })).toEqual([200, false, 200]);
  });
});

describe('calls', () => {
  const note = async (tenant: TestTenant, calls: object[]) => {
    const place = await served().locate(tenant.id);
    if (!place) throw new Error('The tenant is not here.');
    for (const call of calls)
      noteCall({
        platform: served(),
        place,
        tenantId: tenant.id,
        tokenId: null,
        method: 'POST',
        path: 'Users',
        targetKey: 'somebody',
        status: 201,
        scimType: null,
        detail: null,
        durationMs: 3.4,
        requestId: aName('request'),
        ...call,
      });
    await flushCalls(served());
  };
  const calls = async (tenant: TestTenant, query = '') =>
    (await tenant.client.get(`/provisioning/calls${query}`)).body.items;

  test('are listed newest first, errors with what to do about them', async () => {
    const tenant = await aTenant(platform);
    const token = await tenant.given.token({ name: 'Okta' });
    await note(tenant, [
      { tokenId: token.id },
      { status: 409, scimType: 'uniqueness', detail: 'taken', targetKey: 'grace', tokenId: token.id },
      { status: 400, scimType: 'invalidFilter', method: 'GET', targetKey: null },
      { status: 401, targetKey: 'a\0b\ud800', detail: 'x'.repeat(5000) },
    ]);

    expect(await calls(tenant)).toMatchObject([
      { status: 401, remedy: expect.stringContaining('token'), target: 'a\ufffdb\ufffd' },
      { status: 400, remedy: expect.stringContaining('userName') },
      { status: 409, remedy: expect.stringContaining('held back'), tokenName: 'Okta', detail: 'taken', durationMs: 3 },
      { status: 201, remedy: null, target: 'somebody' },
    ]);
    expect(await calls(tenant, '?outcome=success')).toHaveLength(1);
    expect(await calls(tenant, `?tokenId=${token.id}`)).toHaveLength(2);
    expect(await calls(tenant, '?target=GRACE')).toMatchObject([{ status: 409 }]);
    expect((await tenant.client.get('/provisioning')).body.lastCallAt).not.toBeNull();
  });

  test('whose last change failed is out of step until one goes well', async () => {
    const { tenant, ids } = await withPeople(1);
    const [id] = ids as [string];
    await note(tenant, [
      { targetKey: 'grace', status: 409 },
      { targetKey: id, path: `Users/${id}`, method: 'PATCH', status: 429 },
      { targetKey: 'ada', status: 409 },
      { targetKey: 'ada' },
      { targetKey: id, path: `Users/${id}`, method: 'GET', status: 200 },
      { targetKey: 'gone', path: 'Users/gone', method: 'DELETE', status: 404 },
    ]);
    const out = async () => (await tenant.client.get('/provisioning/out-of-step')).body.items;

    expect(await out()).toMatchObject([
      { target: id, targetId: id, kind: 'account', name: 'user-0', status: 429 },
      { target: 'grace', targetId: null, status: 409 },
    ]);
    await note(tenant, [{ targetKey: id, path: `Users/${id}`, method: 'PATCH', status: 200 }]);
    expect(await out()).toMatchObject([{ target: 'grace' }]);
    expect((await tenant.client.get('/provisioning')).body.counts.outOfStep).toBe(1);
  });

  test('of a tenant at most 10,000 are kept; successes do not push failures out', async () => {
    const tenant = await aTenant(platform);
    await note(tenant, [
      { targetKey: 'broken', status: 400 },
      { targetKey: 'mended', status: 400 },
      { targetKey: 'mended' },
    ]);
    for (let part = 0; part < 2; part++) await note(tenant, Array(3000).fill({ targetKey: 'busy' }));

    const [{ kept }] = await sql('select count(*)::int as kept from provisioning_calls where tenant_id = $1', [
      tenant.id,
    ]);
    expect(kept).toBe(5001);
    expect(await calls(tenant, '?outcome=failure')).toMatchObject([{ target: 'broken' }]);
  });
});
