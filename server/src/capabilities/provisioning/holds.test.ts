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
    expect((await of(12)).state).toBe('dismissed');
    expect(await tenant.auditedActions()).toEqual(
      expect.arrayContaining([
        'provisioning-holds.allow',
        'provisioning-holds.dismiss',
        'provisioning-holds.allow-all',
      ]),
    );
  });

  test('letting all through opens the guard for a day, also to what comes after, and it can be closed before', async () => {
    const { tenant, remove } = await withPeople(17);
    for (let at = 0; at < 10; at++) expect(await remove(at)).toBe(204);
    expect(await remove(10)).toBe(429);
    const before = (await tenant.client.get('/provisioning')).body;
    expect(before).toMatchObject({ guardOpenUntil: null, counts: { openHolds: 1 } });

    const { body } = await tenant.client.post('/provisioning/holds/allow-all');
    expect(body).toEqual({ allowed: 1, guardOpenUntil: expect.any(String) });
    for (const at of [10, 11, 12]) expect(await remove(at)).toBe(204);
    expect((await tenant.client.get('/provisioning')).body).toMatchObject({
      guardOpenUntil: body.guardOpenUntil,
      warnings: expect.arrayContaining([expect.stringContaining('guard is open')]),
    });

    const closed = await tenant.client.patch('/provisioning', { guardOpenUntil: null }, '*');
    expect(closed).toMatchObject({ status: 200, body: { guardOpenUntil: null, guardPercent: 20 } });
    expect(await remove(13)).toBe(429);
    expect((await tenant.client.patch('/provisioning', { guardOpenUntil: body.guardOpenUntil }, '*')).status).toBe(400);

    await platform.shiftClock('au', '-2 hours'); // the owner's key lives a day
    await tenant.client.post('/provisioning/holds/allow-all');
    await platform.shiftClock('au', '21 hours');
    expect(await remove(14)).toBe(204);
    await platform.shiftClock('au', '22 hours 1 minute');
    expect(await remove(15)).toBe(429);
  });

  test('a day later what was let through is held back again', async () => {
    const { tenant, ids, remove } = await withPeople(12);
    await hold(tenant, ids[10] as string);
    const [{ id }] = await listed(tenant);
    // The owner's key lives a day.
    await platform.shiftClock('au', '-2 hours');
    await tenant.client.post(`/provisioning/holds/${id}/allow`);
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
    afterwards(tenant, async (ctx) => (await adoptionFor(ctx, { userName, externalId }))?.id);

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

    expect((await tenant.client.post('/provisioning/holds/allow-all')).body).toMatchObject({ allowed: 0 });
    expect((await listed(tenant))[0].state).toBe('open');
    expect(await notices(tenant, 'provisioning-clash')).toHaveLength(1);
  });
});

describe('names that are asked for', () => {
  const core = 'urn:ietf:params:scim:schemas:core:2.0';
  const patching = (path: string, value: unknown) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path, value }],
  });

  async function connected() {
    const tenant = await aTenant(platform);
    const { value } = await tenant.given.token();
    const client = platform.client(value);
    const base = `/scim/v2/${tenant.id}`;
    const made = async (path: string, body: object) => (await client.post(base + path, body)).body.id as string;
    const send = async (method: string, path: string, body: object) =>
      (await client.call(method, base + path, { body })).status;
    return { tenant, made, send };
  }

  test('for a user who is there already wait as well, by PATCH and PUT, and are no adoption', async () => {
    const { tenant, made, send } = await connected();
    const local = await tenant.given.account({ username: 'grace' });
    const id = await made('/Users', { schemas: [`${core}:User`], userName: 'hopper', externalId: 'e1' });

    expect(await send('PATCH', `/Users/${id}`, patching('userName', 'GRACE'))).toBe(409);
    expect(await send('PUT', `/Users/${id}`, { schemas: [`${core}:User`], userName: 'Grace', externalId: 'e1' })).toBe(
      409,
    );
    const [found, ...others] = await listed(tenant);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      kind: 'clash',
      state: 'open',
      attempts: 2,
      askedFor: id,
      userName: 'Grace',
      account: { id: local.id },
      group: null,
    });
    expect(found.actions[0]).toMatchObject({ allowed: false, reason: expect.stringContaining('manages already') });
    expect(await tenant.client.post(`/provisioning/holds/${found.id}/allow`)).toMatchObject({
      status: 409,
      body: { type: problem('another-account') },
    });
    expect(await notices(tenant, 'provisioning-clash')).toHaveLength(1);

    // No operation renames an account yet.
    await sql(`update accounts set username = 'other', username_canonical = 'other' where id = $1`, [local.id]);
    expect((await listed(tenant))[0].state).toBe('settled');
    expect((await tenant.client.get('/provisioning')).body.counts.openHolds).toBe(0);
    expect(await send('PATCH', `/Users/${id}`, patching('userName', 'grace'))).toBe(200);
  });

  test('by an address wait until it is free', async () => {
    const { tenant, made, send } = await connected();
    const local = await tenant.given.account({ username: 'grace' });
    const id = await made('/Users', { schemas: [`${core}:User`], userName: 'hopper' });
    const emails = [{ value: local.email, primary: true }];
    expect(await send('PATCH', `/Users/${id}`, patching('emails', emails))).toBe(409);
    expect(await listed(tenant)).toMatchObject([{ state: 'open', askedFor: id, account: { id: local.id } }]);

    // The remedy that it names.
    await tenant.client.post(`/accounts/${local.id}/disable`);
    expect((await tenant.client.delete(`/accounts/${local.id}`, '*')).status).toBe(204);
    expect(await listed(tenant)).toMatchObject([{ state: 'settled' }]);
    expect(await send('PATCH', `/Users/${id}`, patching('emails', emails))).toBe(200);
  });

  test('of local groups wait, with what can be done', async () => {
    const { tenant, made, send } = await connected();
    const local = await tenant.given.group({ name: 'Team' });
    const group = { schemas: [`${core}:Group`], displayName: 'TEAM', externalId: 'g1' };
    expect(await send('POST', '/Groups', group)).toBe(409);
    const [found] = await listed(tenant, '?kind=clash&q=team');
    expect(found).toMatchObject({
      state: 'open',
      account: null,
      group: { id: local.id, name: 'Team' },
      askedFor: null,
      userName: 'TEAM',
      externalId: 'g1',
    });
    expect(found.actions).toMatchObject([
      { allowed: false, reason: expect.stringContaining('another name') },
      { name: 'provisioning-holds.dismiss', allowed: true },
    ]);
    expect(await tenant.client.post(`/provisioning/holds/${found.id}/allow`)).toMatchObject({
      status: 409,
      body: { type: problem('group-stays-local') },
    });
    expect((await tenant.client.post(`/provisioning/holds/${found.id}/dismiss`)).body.state).toBe('dismissed');

    const id = await made('/Groups', { ...group, displayName: 'Others' });
    expect(await send('PATCH', `/Groups/${id}`, patching('displayName', 'team'))).toBe(409);
    expect(await send('PUT', `/Groups/${id}`, group)).toBe(409);
    expect(await listed(tenant, '?state=open')).toMatchObject([{ askedFor: id, attempts: 2, group: { id: local.id } }]);
    const { etag } = await tenant.client.get(`/groups/${local.id}`);
    expect((await tenant.client.patch(`/groups/${local.id}`, { name: 'Our team' }, etag)).status).toBe(200);
    expect(await listed(tenant, '?state=settled')).toHaveLength(1);
    expect(await send('PUT', `/Groups/${id}`, group)).toBe(200);

    expect((await tenant.client.delete(`/groups/${local.id}`, '*')).status).toBe(204);
    expect(await listed(tenant)).toEqual([]);
  });

  test('of groups of provisioning are no matter of an administrator', async () => {
    const { tenant, made, send } = await connected();
    await made('/Groups', { schemas: [`${core}:Group`], displayName: 'Team' });
    expect(await send('POST', '/Groups', { schemas: [`${core}:Group`], displayName: 'team' })).toBe(409);
    expect(await listed(tenant)).toEqual([]);
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
    const others = await aTenant(platform);
    await note(others, [
      { status: 400, scimType: 'invalidCursor', method: 'GET' },
      { status: 409, detail: 'full' },
      { status: 501, method: 'GET', path: 'Me' },
      { status: 500 },
    ]);
    expect((await calls(others)).map(({ remedy }: { remedy: string }) => remedy)).toEqual([
      expect.stringContaining('a fault of ours'),
      expect.stringContaining('/Me'),
      expect.stringContaining('holds no more'),
      expect.stringContaining('begins the list again'),
    ]);

    expect(await calls(tenant)).toMatchObject([
      { status: 401, remedy: expect.stringContaining('token'), target: 'a\ufffdb\ufffd' },
      { status: 400, remedy: expect.stringContaining('userName') },
      {
        status: 409,
        remedy: expect.stringContaining('waits for you'),
        tokenName: 'Okta',
        detail: 'taken',
        durationMs: 3,
      },
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
      // A creation that was repeated, since its answer was lost: who it asked for is there.
      { targetKey: 'user-0', status: 409, scimType: 'uniqueness' },
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
