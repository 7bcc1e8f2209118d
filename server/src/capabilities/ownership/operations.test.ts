import { expect, test } from 'vitest';
import { accept, aName, aPlatform, aTenant, signIn, type TestTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const password = 'lantern orbit plum ferry';
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const refused = (status: number, code: string) => ({ status, body: { type: problem(code) } });

type Session = ReturnType<typeof platform.session>;
interface Person {
  id: string;
  email: string;
  session: Session;
}

/** An account with a password, signed in. */
async function aPerson(tenant: TestTenant, node = 0): Promise<Person> {
  const { id, email } = await tenant.given.person(password);
  return { id, email, session: platform.session(await signIn(platform, email, password), node) };
}

async function ownerGroupOf(tenant: TestTenant): Promise<string> {
  return (await tenant.client.get('/groups?q=Owners')).body.items[0].id;
}

/** The first owner, who accepted; the only usable one. */
async function theOwner(tenant: TestTenant): Promise<Person> {
  const { accountId } = await accept(platform, tenant.ownerEmail, password);
  const session = platform.session(await signIn(platform, tenant.ownerEmail, password));
  return { id: accountId, email: tenant.ownerEmail, session };
}

const offer = (tenant: TestTenant, by: Session, accountId: string, staysOwner = false) =>
  by.post(`${tenant.path}/ownership-transfers`, { accountId, staysOwner });
const decide = (tenant: TestTenant, by: Session, id: string, how: 'accept' | 'decline' | 'cancel') =>
  by.post(`${tenant.path}/ownership-transfers/${id}/${how}`);
const isOwner = async (session: Session) => (await session.get('/v1/me')).body.isOwner;

const noticesOf = async (tenant: TestTenant, kind: string): Promise<{ text: string; audience: string }[]> =>
  platform.sql(tenant.region, 'select text, audience from notices where tenant_id = $1 and kind = $2', [
    tenant.id,
    kind,
  ]);

const usableOwners = async (tenant: TestTenant): Promise<number> => {
  const [{ count }] = await platform.sql(
    tenant.region,
    `select count(*)::int from accounts a join memberships m on m.principal_id = a.id join groups g on g.id = m.group_id
       join passwords p on p.account_id = a.id
     where a.tenant_id = $1 and g.is_owner_group and a.status = 'enabled' and a.deleted_at is null`,
    [tenant.id],
  );
  return count;
};

test('ownership goes to who accepts it: an owner from the answer on, on every node, and the giver no more', async () => {
  const tenant = await aTenant(platform);
  const [owner, taker] = [await theOwner(tenant), await aPerson(tenant, 1)];
  const made = await offer(tenant, owner.session, taker.id);
  expect(made, made.text).toMatchObject({
    status: 201,
    body: { state: 'waiting', staysOwner: false, from: { accountId: owner.id }, to: { accountId: taker.id } },
  });
  expect(made.etag).toBe('"1"');
  expect(await isOwner(taker.session)).toBe(false);
  expect(await noticesOf(tenant, 'ownership-offered')).toMatchObject([
    { audience: 'owners' },
    { audience: 'account', text: expect.stringContaining('offers you ownership') },
  ]);
  expect((await taker.session.get(`${tenant.path}/ownership-transfers`)).body.items).toMatchObject([
    {
      id: made.body.id,
      actions: [
        { name: 'ownership-transfers.accept', allowed: true },
        { name: 'ownership-transfers.decline', allowed: true },
      ],
    },
  ]);

  const accepted = await decide(tenant, taker.session, made.body.id, 'accept');
  expect(accepted, accepted.text).toMatchObject({ status: 200, body: { state: 'accepted' } });
  expect(await isOwner(taker.session)).toBe(true);
  expect(await isOwner(owner.session)).toBe(false);
  expect((await owner.session.get(`${tenant.path}/accounts`)).status).toBe(403);
  expect(await decide(tenant, taker.session, made.body.id, 'cancel')).toMatchObject(refused(409, 'offer-over'));
  expect(await noticesOf(tenant, 'ownership-accepted')).toMatchObject([
    { audience: 'owners' },
    { audience: 'account' },
  ]);
  const entries = (await tenant.client.get('/audit-entries?limit=50')).body.items;
  expect(entries.map(({ action }: { action: string }) => action)).toEqual(
    expect.arrayContaining([
      'ownership-transfers.create',
      'ownership-transfers.accept',
      'groups.add-members',
      'groups.remove-member',
    ]),
  );
  const entry = entries.find(({ action }: { action: string }) => action === 'ownership-transfers.accept');
  expect(entry).toMatchObject({ actor: { id: taker.id }, before: { state: 'waiting' }, after: { state: 'accepted' } });
});

test('the entries of a transfer keep who gained and lost what, as it can be looked at before', async () => {
  const tenant = await aTenant(platform);
  const [owner, taker] = [await theOwner(tenant), await aPerson(tenant)];
  const helpers = await tenant.given.group();
  await tenant.client.put(`/groups/${helpers.id}/grants`, { grants: [{ permission: 'accounts.view' }] }, '*');
  await tenant.client.post(`/groups/${helpers.id}/members`, { accountIds: [owner.id] });
  const owners = await ownerGroupOf(tenant);
  const looked = await tenant.client.post(`/groups/${owners}/preview`, {
    addAccountIds: [taker.id],
    removeMemberIds: [owner.id],
  });
  expect(looked.body, looked.text).toMatchObject({ gains: { people: 1 }, loses: { people: 1 } });
  const { id } = (await offer(tenant, owner.session, taker.id)).body;
  expect((await decide(tenant, taker.session, id, 'accept')).status).toBe(200);
  const kept = async (action: string) => (await tenant.client.get(`/audit-entries?action=${action}`)).body.items[0];
  const { gains } = (await kept('groups.add-members')).details.effect;
  const { loses } = (await kept('groups.remove-member')).details.effect;
  expect({ gains, loses }).toEqual({ gains: looked.body.gains, loses: looked.body.loses });
  const lost = loses.permissions.map(({ permission }: { permission: string }) => permission);
  expect(lost).toContain('groups.change');
  expect(lost, 'another group gives it').not.toContain('accounts.view');
});

test('who stays an owner stays one; an offer is declined, and taken back by any owner', async () => {
  const tenant = await aTenant(platform);
  const [owner, taker, other] = [await theOwner(tenant), await aPerson(tenant), await aPerson(tenant)];
  const first = await offer(tenant, owner.session, taker.id, true);
  expect(await offer(tenant, owner.session, other.id)).toMatchObject(refused(409, 'offer-waiting'));
  expect((await decide(tenant, taker.session, first.body.id, 'accept')).status).toBe(200);
  expect([await isOwner(owner.session), await isOwner(taker.session)]).toEqual([true, true]);

  const second = await offer(tenant, owner.session, other.id);
  expect((await decide(tenant, other.session, second.body.id, 'decline')).body.state).toBe('declined');
  expect(await decide(tenant, other.session, second.body.id, 'accept')).toMatchObject(refused(409, 'offer-over'));
  const third = await offer(tenant, owner.session, other.id);
  expect((await decide(tenant, taker.session, third.body.id, 'cancel')).body.state).toBe('cancelled');
  expect(await decide(tenant, other.session, third.body.id, 'accept')).toMatchObject(refused(409, 'offer-over'));
  expect(await isOwner(other.session)).toBe(false);
  expect((await owner.session.get(`${tenant.path}/ownership-transfers`)).body).toMatchObject({ total: 3 });
});

test('an offer is made by an owner in person, to somebody who can be one', async () => {
  const tenant = await aTenant(platform);
  const [owner, member] = [await theOwner(tenant), await aPerson(tenant)];
  const invited = await tenant.given.account();
  const named = async (accountId: string) => {
    const { status, body } = await offer(tenant, owner.session, accountId);
    return [status, body.errors?.[0]?.path];
  };
  expect(await named(owner.id)).toEqual([400, 'accountId']);
  expect(await named(invited.id)).toEqual([400, 'accountId']);
  expect(await named(newId())).toEqual([400, 'accountId']);
  const foreign = await aPerson(await aTenant(platform));
  expect(await named(foreign.id)).toEqual([400, 'accountId']);
  await platform.sql(
    'au',
    `update accounts set source = 'scim', username_folded = id::text, attributes = '{}' where id = $1`,
    [member.id],
  );
  expect(await named(member.id)).toEqual([400, 'accountId']);
  await platform.sql('au', `update accounts set source = 'local' where id = $1`, [member.id]);
  expect(await offer(tenant, member.session, owner.id)).toMatchObject(refused(403, 'forbidden'));
  expect(await tenant.client.post('/ownership-transfers', { accountId: member.id })).toMatchObject(
    refused(403, 'owners-only'),
  );
  const machine = await tenant.given.machine([{ permission: 'groups.change' }]);
  expect(await machine.client.post('/ownership-transfers', { accountId: member.id })).toMatchObject(
    refused(403, 'owners-only'),
  );
  expect(await noticesOf(tenant, 'ownership-offered')).toEqual([]);
});

test('an offer is theirs alone to whom it is made, and needs a person who is there now', async () => {
  const tenant = await aTenant(platform);
  const [owner, taker, other] = [await theOwner(tenant), await aPerson(tenant), await aPerson(tenant)];
  const { body } = await offer(tenant, owner.session, taker.id, true);
  for (const how of ['accept', 'decline'] as const) {
    const unknown = await decide(tenant, other.session, newId(), how);
    for (const by of [other.session, owner.session]) {
      const { requestId: _, ...rest } = (await decide(tenant, by, body.id, how)).body;
      const { requestId: __, ...same } = unknown.body;
      expect(rest).toEqual(same);
    }
  }
  expect((await other.session.get(`${tenant.path}/ownership-transfers/${body.id}`)).status).toBe(404);
  expect((await other.session.get(`${tenant.path}/ownership-transfers`)).body.total).toBe(0);
  expect(await decide(tenant, other.session, body.id, 'cancel')).toMatchObject(refused(403, 'forbidden'));

  // A10: a session that is half an hour old proves nobody to be there.
  await platform.sql(
    'au',
    `update sessions set proved_at = now() - interval '16 minutes' where account_id in ($1, $2)`,
    [taker.id, owner.id],
  );
  expect(await decide(tenant, taker.session, body.id, 'accept')).toMatchObject(refused(403, 'fresh-sign-in-required'));
  expect(await offer(tenant, owner.session, other.id)).toMatchObject(refused(403, 'fresh-sign-in-required'));
});

test('an offer is over after 7 days, and when who made it is an owner no more', async () => {
  const tenant = await aTenant(platform);
  const [owner, second, taker] = [await theOwner(tenant), await aPerson(tenant), await aPerson(tenant)];
  const groupId = await ownerGroupOf(tenant);
  const { body } = await offer(tenant, owner.session, taker.id);
  await tenant.client.post(`/groups/${groupId}/members`, { accountIds: [second.id] });
  await tenant.client.delete(`/groups/${groupId}/members/${owner.id}`);
  expect(await decide(tenant, taker.session, body.id, 'accept')).toMatchObject(refused(409, 'offer-over'));
  expect(await isOwner(taker.session)).toBe(false);
  const late = await offer(tenant, second.session, taker.id);
  await platform.sql('au', `update ownership_transfers set expires_at = now() where id = $1`, [late.body.id]);
  expect((await taker.session.get(`${tenant.path}/ownership-transfers/${late.body.id}`)).body.state).toBe('expired');
  expect(await decide(tenant, taker.session, late.body.id, 'accept')).toMatchObject(refused(409, 'offer-over'));
});

test('Z6: nobody takes the place of the last owner who could not get in as one', async () => {
  const tenant = await aTenant(platform);
  const [owner, taker] = [await theOwner(tenant), await aPerson(tenant)];
  const { body } = await offer(tenant, owner.session, taker.id);
  // With single sign-on required an owner needs emergency codes that were tried.
  await platform.sql('au', `update tenants set single_sign_on = 'required' where tenant_id = $1`, [tenant.id]);
  expect(await decide(tenant, taker.session, body.id, 'accept')).toMatchObject(refused(409, 'last-owner'));
  expect(await isOwner(owner.session)).toBe(true);
  await platform.sql('au', `update tenants set single_sign_on = 'optional' where tenant_id = $1`, [tenant.id]);
  await platform.sql('au', 'delete from passwords where account_id = $1', [taker.id]);
  expect(await decide(tenant, taker.session, body.id, 'accept')).toMatchObject(refused(409, 'last-owner'));
  expect((await owner.session.get(`${tenant.path}/ownership-transfers/${body.id}`)).body.state).toBe('waiting');
});

test('P25: whatever happens at once on two nodes, an owner remains', async () => {
  const tenant = await aTenant(platform);
  const [owner, taker] = [await theOwner(tenant), await aPerson(tenant, 1)];
  const groupId = await ownerGroupOf(tenant);
  for (let round = 0; round < 12; round++) {
    const made = await offer(tenant, owner.session, taker.id);
    expect(made.status, made.text).toBe(201);
    const replies = await Promise.all([
      decide(tenant, taker.session, made.body.id, 'accept'),
      decide(tenant, taker.session, made.body.id, 'accept'),
      tenant.below(tenant.ownerKey, 1).post(`/accounts/${taker.id}/disable`),
      tenant.below(tenant.ownerKey, 0).delete(`/groups/${groupId}/members/${round % 2 ? owner.id : taker.id}`),
      tenant.below(tenant.ownerKey, 1).post(`/ownership-transfers/${made.body.id}/cancel`),
    ]);
    for (const { status, text } of replies) expect([200, 204, 401, 404, 409], text).toContain(status);
    expect(replies.slice(0, 2).filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(await usableOwners(tenant), `round ${round}`).toBeGreaterThanOrEqual(1);
    // Back to the beginning.
    await platform.sql('au', `update accounts set status = 'enabled' where tenant_id = $1`, [tenant.id]);
    await platform.sql('au', `update sessions set ended_at = null where tenant_id = $1`, [tenant.id]);
    await tenant.client.post(`/groups/${groupId}/members`, { accountIds: [owner.id] });
    await tenant.client.delete(`/groups/${groupId}/members/${taker.id}`);
    await platform.sql(
      'au',
      `update ownership_transfers set state = 'cancelled' where tenant_id = $1 and state = 'waiting'`,
      [tenant.id],
    );
  }
});

test('a tenant that is read-only changes no owner by an offer', async () => {
  const tenant = await aTenant(platform);
  const [owner, taker] = [await theOwner(tenant), await aPerson(tenant)];
  const { body } = await offer(tenant, owner.session, taker.id);
  await platform.operator.post(`${tenant.path}/read-only`);
  expect(await decide(tenant, taker.session, body.id, 'accept')).toMatchObject(refused(403, 'tenant-read-only'));
  expect(await isOwner(taker.session)).toBe(false);
});

// ---------------------------------------------------------------- recovery by the operator

const recoveriesOf = (tenant: TestTenant) => `/v1/operator/tenants/${tenant.id}/ownership-recoveries`;
const begin = (tenant: TestTenant, email: string) =>
  platform.operator.post(recoveriesOf(tenant), { email, firstName: 'Robin', lastName: 'Return' });
const stateOf = async (tenant: TestTenant, id: string) =>
  (await tenant.client.get(`/ownership-recoveries/${id}`)).body.state;

/** As if the 72 hours had passed: the job is due. */
async function passDelay(tenant: TestTenant) {
  await platform.sql(tenant.region, `update ownership_recoveries set due_at = now() where tenant_id = $1`, [tenant.id]);
  await platform.sql(
    tenant.region,
    `update due_jobs set due_at = now() where tenant_id = $1 and kind = 'ownership.recover'`,
    [tenant.id],
  );
}

const decided = (tenant: TestTenant, id: string) => expect.poll(() => stateOf(tenant, id), { timeout: 20_000 });

test('the operator lets somebody in after 72 hours: owners hear of it at once, the person is invited', async () => {
  const tenant = await aTenant(platform);
  const owner = await theOwner(tenant);
  const email = `${aName('robin')}@elsewhere.example`;
  const begun = await begin(tenant, email);
  expect(begun, begun.text).toMatchObject({ status: 201, body: { state: 'waiting' } });
  expect(Object.keys(begun.body).sort()).toEqual(['createdAt', 'decidedAt', 'dueAt', 'id', 'state']);
  const hours = (Date.parse(begun.body.dueAt) - Date.parse(begun.body.createdAt)) / 3_600_000;
  expect(hours).toBe(72);
  expect(await begin(tenant, email)).toMatchObject(refused(409, 'recovery-waiting'));
  const [told] = await noticesOf(tenant, 'ownership-recovery-begun');
  expect(told).toMatchObject({ audience: 'owners', text: expect.stringContaining(email) });
  await expect
    .poll(async () => (await platform.outbox(owner.email)).some(({ body }) => body.includes(email)), {
      timeout: 20_000,
    })
    .toBe(true);
  expect((await tenant.client.get('/audit-entries?action=ownership-recoveries.begin')).body.items).toMatchObject([
    { actor: { kind: 'operator' }, outcome: 'success', after: { state: 'waiting' } },
  ]);
  const byOperator = await platform.sql('au', 'select action from operator_entries where tenant_id = $1', [tenant.id]);
  expect(byOperator).toContainEqual({ action: 'ownership-recoveries.begin' });

  // Not before.
  await platform.sql('au', `update due_jobs set due_at = now() where tenant_id = $1 and kind = 'ownership.recover'`, [
    tenant.id,
  ]);
  await expect
    .poll(
      async () =>
        (
          await platform.sql(
            'au',
            `select 1 from due_jobs where tenant_id = $1 and kind = 'ownership.recover' and due_at > now() + interval '71 hours'`,
            [tenant.id],
          )
        ).length,
      { timeout: 20_000 },
    )
    .toBe(1);
  expect(await stateOf(tenant, begun.body.id)).toBe('waiting');

  await passDelay(tenant);
  await decided(tenant, begun.body.id).toBe('done');
  const { accountId } = await accept(platform, email, password);
  const session = platform.session(await signIn(platform, email, password));
  expect((await session.get('/v1/me')).body).toMatchObject({ id: accountId, isOwner: true });
  expect(await noticesOf(tenant, 'ownership-recovery-done')).toHaveLength(1);
  expect(await isOwner(owner.session)).toBe(true);
  const listed = (await platform.operator.get(recoveriesOf(tenant))).body;
  expect(listed).toMatchObject({ total: 1, items: [{ state: 'done' }] });
  expect(JSON.stringify(listed)).not.toContain(email);
});

test('any owner stops it, also with a key and in a read-only tenant; others do not', async () => {
  const tenant = await aTenant(platform);
  const [owner, member] = [await theOwner(tenant), await aPerson(tenant)];
  const email = `${aName('robin')}@elsewhere.example`;
  const first = (await begin(tenant, email)).body.id;
  const stop = (by: { post: Session['post'] }, id: string) => by.post(`${tenant.path}/ownership-recoveries/${id}/stop`);
  expect(await stop(member.session, first)).toMatchObject(refused(403, 'forbidden'));
  const machine = await tenant.given.machine([{ permission: 'groups.change' }]);
  expect(await stop(platform.client(machine.key), first)).toMatchObject(refused(403, 'owners-only'));
  await platform.operator.post(`${tenant.path}/read-only`);
  // Stopping it does not ask who is there: it takes nothing from anybody.
  await platform.sql('au', `update sessions set proved_at = now() - interval '16 minutes' where account_id = $1`, [
    owner.id,
  ]);
  expect(await stop(owner.session, first)).toMatchObject({ status: 200, body: { state: 'stopped' } });
  await platform.operator.post(`${tenant.path}/resume`);
  expect(await stop(owner.session, first)).toMatchObject(refused(409, 'recovery-over'));
  await passDelay(tenant);
  await expect
    .poll(
      async () =>
        (
          await platform.sql('au', `select 1 from due_jobs where tenant_id = $1 and kind = 'ownership.recover'`, [
            tenant.id,
          ])
        ).length,
      { timeout: 20_000 },
    )
    .toBe(0);
  expect((await tenant.client.get(`/accounts?q=Robin`)).body.total).toBe(0);

  const second = (await begin(tenant, email)).body.id;
  expect((await stop(platform.client(tenant.ownerKey, 1), second)).status).toBe(200);
  const third = (await begin(tenant, email)).body.id;
  const withdrawn = await platform.operator.post(`${recoveriesOf(tenant)}/${third}/withdraw`);
  expect(withdrawn).toMatchObject({ status: 200, body: { state: 'stopped' } });
  expect(await noticesOf(tenant, 'ownership-recovery-stopped')).toHaveLength(3);
});

test('the 72 hours begin again when a tenant was shut meanwhile; a shut one begins none', async () => {
  const tenant = await aTenant(platform);
  await theOwner(tenant);
  const { id } = (await begin(tenant, `${aName('robin')}@elsewhere.example`)).body;
  await platform.operator.post(`${tenant.path}/suspend`);
  expect(await begin(tenant, 'x@elsewhere.example')).toMatchObject(refused(409, 'tenant-not-open'));
  await passDelay(tenant);
  await platform.operator.post(`${tenant.path}/resume`);
  await platform.sql('au', `update due_jobs set due_at = now() where tenant_id = $1`, [tenant.id]);
  const { dueAt, state } = (await tenant.client.get(`/ownership-recoveries/${id}`)).body;
  expect(state).toBe('waiting');
  expect(Date.parse(dueAt)).toBeGreaterThan(Date.now() + 71 * 3_600_000);
  expect(await noticesOf(tenant, 'ownership-recovery-begun')).toHaveLength(2);
});

test('who is invited by a recovery is no usable owner before accepting, and is not sent elsewhere', async () => {
  const tenant = await aTenant(platform);
  const owner = await theOwner(tenant);
  const email = `${aName('robin')}@elsewhere.example`;
  const { id } = (await begin(tenant, email)).body;
  await passDelay(tenant);
  await decided(tenant, id).toBe('done');
  const groupId = await ownerGroupOf(tenant);
  expect(await tenant.client.delete(`/groups/${groupId}/members/${owner.id}`)).toMatchObject(
    refused(409, 'last-owner'),
  );
  expect(
    await platform.operator.post(`${tenant.path}/owner-invitation`, { email: 'thief@elsewhere.example' }),
  ).toMatchObject(refused(409, 'already-accepted'));
  await accept(platform, email, password);
  expect((await tenant.client.delete(`/groups/${groupId}/members/${owner.id}`)).status).toBe(204);
});

test('an account that has the address begins anew: only the mailbox makes its person an owner', async () => {
  const tenant = await aTenant(platform);
  await theOwner(tenant);
  // Somebody who runs a provider could have made an account of the address, and be signed in to it.
  const person = await aPerson(tenant);
  const { id } = (await begin(tenant, person.email.toUpperCase())).body;
  await passDelay(tenant);
  await decided(tenant, id).toBe('done');
  expect((await person.session.get('/v1/me')).status).toBe(401);
  expect((await platform.anyone.post('/v1/sessions', { email: person.email, password })).status).toBe(401);
  expect((await tenant.client.get(`/accounts/${person.id}`)).body.status).toBe('new');
  expect(
    await platform.operator.post(`${tenant.path}/owner-invitation`, { email: 'thief@elsewhere.example' }),
  ).toMatchObject(refused(409, 'already-accepted'));
  const another = 'violet harbour stone mill';
  expect((await accept(platform, person.email, another)).accountId).toBe(person.id);
  const session = platform.session(await signIn(platform, person.email, another));
  expect((await session.get('/v1/me')).body).toMatchObject({ id: person.id, isOwner: true });
});

test('who is an owner keeps what they have; provisioning keeps its own; one that was disabled comes back by mail', async () => {
  const tenant = await aTenant(platform);
  const owner = await theOwner(tenant);
  const first = (await begin(tenant, owner.email)).body.id;
  await passDelay(tenant);
  await decided(tenant, first).toBe('done');
  expect(await isOwner(owner.session)).toBe(true);

  const other = await aPerson(tenant);
  await platform.sql(
    'au',
    `update accounts set source = 'scim', username_folded = id::text, attributes = '{}' where id = $1`,
    [other.id],
  );
  const second = (await begin(tenant, other.email)).body.id;
  await passDelay(tenant);
  await decided(tenant, second).toBe('failed');
  expect(await isOwner(other.session)).toBe(false);
  expect(await noticesOf(tenant, 'ownership-recovery-failed')).toHaveLength(1);

  const away = await aPerson(tenant);
  await tenant.client.post(`/accounts/${away.id}/disable`);
  const third = (await begin(tenant, away.email)).body.id;
  await passDelay(tenant);
  await decided(tenant, third).toBe('done');
  await accept(platform, away.email, password);
  expect(await isOwner(platform.session(await signIn(platform, away.email, password)))).toBe(true);
});

test('a tenant that requires single sign-on, whose provider and codes are gone, has an owner again', async () => {
  const tenant = await aTenant(platform);
  const owner = await theOwner(tenant);
  await platform.sql('au', `update tenants set single_sign_on = 'required' where tenant_id = $1`, [tenant.id]);
  await platform.sql('au', `update sessions set ended_at = now() where account_id = $1`, [owner.id]);
  const email = `${aName('robin')}@elsewhere.example`;
  const { id } = (await begin(tenant, email)).body;
  await passDelay(tenant);
  await decided(tenant, id).toBe('done');
  await accept(platform, email, password);
  const session = platform.session(await signIn(platform, email, password));
  expect(await isOwner(session)).toBe(true);
  expect((await session.get(`${tenant.path}/sign-in-policy/single-sign-on`)).body.state).toBe('suspended');
});

test('of many beginnings at once one waits; a stop and the end at once leave one of both', async () => {
  const tenant = await aTenant(platform);
  await theOwner(tenant);
  const email = `${aName('robin')}@elsewhere.example`;
  const replies = await Promise.all(Array.from({ length: 8 }, () => begin(tenant, email)));
  expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
  const id = replies.find(({ status }) => status === 201)?.body.id;
  await passDelay(tenant);
  const stopped = await tenant.client.post(`/ownership-recoveries/${id}/stop`);
  await decided(tenant, id).not.toBe('waiting');
  const joined = (await tenant.client.get(`/accounts?q=Robin`)).body.total;
  expect([stopped.status, joined]).toEqual(stopped.status === 200 ? [200, 0] : [409, 1]);
});
