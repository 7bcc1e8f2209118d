import { expect, test, vi } from 'vitest';
import { accept, agentOf, aPlatform, aTenant, type Reply, signIn, type TestTenant } from '../../../test/harness.ts';
import { aBatch } from '../../../test/isolation/bodies.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au'] });
const password = 'lantern orbit plum ferry';
const soon = { timeout: 20_000, interval: 100 };

/** Whatever of a person could stand anywhere, in words that nothing else has. */
const canary = {
  email: 'quillon.zebrastone@person.example',
  earlierEmail: 'quillon.before@person.example',
  username: 'Quillon-Username',
  firstName: 'Quillonius',
  lastName: 'Zebrastone',
  displayName: 'Quillonius The Zebrastone',
  mobilePhone: '+61491570156',
  reason: 'because Zebrastone must see it',
};
const words = ['quillon', 'zebrastone', '491570156'];

/** Columns of the cell in which one of the words stands, in whatever case; binary ones are searched for its bytes. */
async function everywhere(): Promise<string[]> {
  const columns = (await platform.sql(
    'au',
    `select table_name as table, column_name as column, data_type as type
     from information_schema.columns join information_schema.tables t using (table_schema, table_name)
     where table_schema = 'public' and t.table_type = 'BASE TABLE'`,
  )) as { table: string; column: string; type: string }[];
  const searches = columns.map(({ table, column, type }) => {
    const shown = type === 'bytea' ? `encode(${column}, 'escape')` : `${column}::text`;
    return `select '${table}.${column}' as found where exists (select from ${table} where ${shown} ~* '${words.join('|')}')`;
  });
  const found = await platform.sql('au', searches.join(' union all '));
  return found.map((row) => row.found).sort();
}

async function taskDone(tenant: TestTenant, started: Reply): Promise<string> {
  expect(started.status, started.text).toBe(202);
  const { id } = started.body;
  await vi.waitFor(async () => expect((await tenant.client.get(`/tasks/${id}`)).body.state).toBe('done'), soon);
  return id;
}

const everyEntry = async (tenant: TestTenant): Promise<string> => {
  const pages: string[] = [];
  let cursor = '';
  do {
    const { body } = await tenant.client.get(`/audit-entries?limit=200${cursor}`);
    pages.push(JSON.stringify(body.items));
    cursor = body.nextCursor ? `&cursor=${encodeURIComponent(body.nextCursor)}` : '';
  } while (cursor);
  return pages.join('').toLowerCase();
};

/** A person who was told of to many, in many ways, and left traces wherever a person can. @returns the account's id */
async function aFullLife(tenant: TestTenant): Promise<string> {
  const { email, earlierEmail, username, firstName, lastName, displayName, mobilePhone, reason } = canary;
  const owner = await accept(platform, tenant.ownerEmail, password);
  const ownerSession = platform.session(await signIn(platform, tenant.ownerEmail, password));
  const ownerGroup = (await tenant.client.get('/groups?q=Owners')).body.items[0].id;

  const invited = await tenant.client.post('/accounts', {
    email: earlierEmail,
    username,
    firstName,
    lastName,
    displayName,
    mobilePhone,
  });
  expect(invited.status, invited.text).toBe(201);
  const { id } = invited.body;
  await accept(platform, earlierEmail, password);
  const person = platform.session(await signIn(platform, earlierEmail, password));

  // Another address, of which the old one is told.
  const changed = await person.post('/v1/me/email/change', { email });
  expect(changed.status, changed.text).toBeLessThan(300);
  const link = /confirm-email#(\S+)/.exec((await platform.outbox(email))[0]?.body ?? '')?.[1];
  expect((await platform.anyone.post('/v1/email-changes/confirm', { token: link })).status).toBe(200);

  // Ownership is offered and declined, then accepted; codes are made.
  const path = `${tenant.path}/ownership-transfers`;
  const first = await ownerSession.post(path, { accountId: id, staysOwner: true });
  expect((await person.post(`${path}/${first.body.id}/decline`)).status).toBe(200);
  const second = await ownerSession.post(path, { accountId: id, staysOwner: true });
  expect((await person.post(`${path}/${second.body.id}/accept`)).status).toBe(200);
  const codes = await person.post('/v1/me/emergency-codes');
  expect(codes.status, codes.text).toBeLessThan(300);
  expect((await person.post('/v1/me/erasure-request')).status).toBe(204);
  expect((await tenant.client.delete(`/groups/${ownerGroup}/members/${id}`)).status).toBeLessThan(300);

  // The operator would have let them in, and an owner stopped it.
  const recovery = await platform.operator.post(`/v1/operator/tenants/${tenant.id}/ownership-recoveries`, {
    email,
    firstName,
    lastName,
  });
  expect(recovery.status, recovery.text).toBe(201);
  const stopped = await ownerSession.post(`${tenant.path}/ownership-recoveries/${recovery.body.id}/stop`);
  expect(stopped.status, stopped.text).toBe(200);

  // They asked for a permission, and were refused; a review keeps them.
  const asked = await person.post(`${tenant.path}/access-requests`, { permission: 'audit.view', reason });
  expect(asked.status, asked.text).toBe(201);
  const refused = await ownerSession.post(`${tenant.path}/access-requests/${asked.body.id}/refuse`, { reason });
  expect(refused.status, refused.text).toBe(200);
  const group = await tenant.given.group();
  await tenant.client.post(`/groups/${group.id}/members`, { accountIds: [id] });
  const review = await tenant.given.review(group.id, owner.accountId);
  await platform.sql('au', 'update review_items set principal_id = $1, reason = $2 where id = $3', [
    id,
    reason,
    review.itemId,
  ]);

  // They refused somebody's change, in words of their own.
  const place = await tenant.given.namespace();
  const grants = [{ permission: 'namespaces.*', namespaceId: null }];
  await tenant.client.put(`/groups/${group.id}/grants`, { grants }, '*');
  const shield = await tenant.client.patch(`/namespaces/${place.id}`, { protection: 'approval' }, '*');
  expect(shield.status, shield.text).toBe(200);
  const change = await ownerSession.call('PATCH', `${tenant.path}/namespaces/${place.id}`, {
    headers: { 'if-match': '*', 'x-bailiwick-confirm': place.name },
    body: { description: 'another' },
  });
  expect(change.status, change.text).toBe(202);
  const no = await person.post(`${tenant.path}/namespaces/${place.id}/change-requests/${change.body.id}/refuse`, {
    reason,
  });
  expect(no.status, no.text).toBe(200);

  // Files of many, one of them theirs.
  await taskDone(
    tenant,
    await tenant.client.post('/accounts/export-many', { format: 'csv', filter: { q: canary.lastName } }),
  );
  await taskDone(tenant, await tenant.client.post(`/accounts/${id}/export`));
  await taskDone(tenant, await tenant.client.post('/audit-entries/export', {}));
  expect((await person.post('/v1/me/export')).status).toBe(202);
  return id;
}

test('of somebody who was erased nothing is left in the cell, nor in what others were told', {
  timeout: 60_000,
}, async () => {
  const tenant = await aTenant(platform);
  const id = await aFullLife(tenant);
  await vi.waitFor(
    async () =>
      expect(
        await platform.sql('au', `select 1 from due_jobs where kind <> 'mails.forget' and due_at < now()`),
      ).toEqual([]),
    soon,
  );
  // As notices were written before they had names.
  for (const [audience, accountId, targetId] of [
    ['account', id, null],
    ['owners', null, id],
  ])
    await platform.sql(
      'au',
      `insert into notices (tenant_id, id, kind, text, audience, account_id, target_kind, target_id, names, created_at)
       values ($1, $2, 'account-invited', $3, $4, $5, $6, $7, '{}', now())`,
      [tenant.id, newId(), canary.displayName, audience, accountId, targetId && 'account', targetId],
    );
  const before = await everywhere();
  for (const column of [
    'accounts.display_name',
    'mails.body',
    'mails.recipient',
    'notices.text',
    'ownership_recoveries.email',
    'access_requests.reason',
    'access_requests.decision',
    'change_requests.decision',
    'review_items.reason',
    'task_chunks.bytes',
  ])
    expect(before).toContain(column);
  const entriesBefore = await everyEntry(tenant);
  for (const word of words) expect(entriesBefore).toContain(word);
  const hashes = () =>
    platform.sql('au', 'select id, content_hash from audit_entries where tenant_id = $1 order by id', [tenant.id]);
  const hashesBefore = await hashes();

  expect((await tenant.client.post(`/accounts/${id}/disable`)).status).toBe(200);
  expect((await tenant.client.post(`/accounts/${id}/erase`)).status).toBe(204);

  expect(await everywhere()).toEqual([]);
  const entries = await everyEntry(tenant);
  for (const word of words) expect(entries).not.toContain(word);
  expect((await hashes()).slice(0, hashesBefore.length)).toEqual(hashesBefore);
});

test('of somebody who was deleted and then erased, what provisioning called them goes too', async () => {
  const tenant = await aTenant(platform);
  const invited = await tenant.client.post('/accounts', {
    email: canary.email,
    username: canary.username,
    firstName: canary.firstName,
    lastName: canary.lastName,
  });
  expect(invited.status, invited.text).toBe(201);
  const { id } = invited.body;
  const noted = `insert into provisioning_calls (tenant_id, id, at, method, resource, target_key, status, detail, duration_ms, request_id)
    values ($1, gen_random_uuid(), now(), 'POST', $2, $3, 409, $4, 1, 'request')`;
  const key = canary.username.toLowerCase();
  await platform.sql('au', noted, [tenant.id, 'Users', key, `${canary.username} is taken`]);
  await platform.sql('au', noted, [tenant.id, 'Users', 'another', 'taken']);

  expect((await tenant.client.post(`/accounts/${id}/disable`)).status).toBe(200);
  const deleted = await tenant.client.delete(`/accounts/${id}`, '*');
  expect(deleted.status, deleted.text).toBe(204);
  const keys = () =>
    platform.sql('au', 'select target_key as key from provisioning_calls where tenant_id = $1 order by 1', [tenant.id]);
  expect((await keys()).map((row) => row.key).sort()).toEqual([id, 'another'].sort());
  expect((await tenant.client.get('/provisioning')).body.counts.outOfStep).toBe(1);

  const erased = await tenant.client.post(`/accounts/${id}/erase`);
  expect(erased.status, erased.text).toBe(204);
  expect(await keys()).toEqual([{ key: 'another' }]);
  expect(await everywhere()).toEqual([]);
});

test('of somebody who is erased, what their provider called them goes from transactions, and another’s namesake stays', async () => {
  const tenant = await aTenant(platform);
  const account = await tenant.given.account();
  const subject = 'grace at the provider';
  const theirs = await tenant.given.identityProvider();
  const gateways = [];
  for (const provider of [theirs, await tenant.given.identityProvider()]) {
    const namespace = await tenant.given.namespace();
    const { gateway } = await tenant.given.gateway(namespace.id);
    const at = `/namespaces/${namespace.id}/gateways/${gateway.id}`;
    const changed = await tenant.client.patch(at, { identityProviderId: provider.id }, '*');
    expect(changed.status, changed.text).toBe(200);
    const agent = await tenant.given.agent(namespace.agentKey);
    const reported = await agentOf(platform.url, namespace.agentKey).post(
      `${tenant.path}/agents/${agent.id}/transactions`,
      aBatch({ subject }, { subject: 'somebody else' }),
    );
    expect(reported.status, reported.text).toBe(200);
    gateways.push(gateway.id);
  }
  await platform.sql(
    tenant.region,
    `insert into external_identities (tenant_id, id, provider_id, issuer, subject, account_id)
     values ($1, $2, $3, 'https://login.example.com', $4, $5)`,
    [tenant.id, newId(), theirs.id, subject, account.id],
  );
  expect((await tenant.client.post(`/accounts/${account.id}/disable`)).status).toBe(200);
  const erased = await tenant.client.post(`/accounts/${account.id}/erase`);
  expect(erased.status, erased.text).toBe(204);
  const subjects = async (gatewayId: string) =>
    (await platform.sql(tenant.region, 'select subject from transactions where gateway_id = $1', [gatewayId]))
      .map((row) => row.subject)
      .sort();
  expect(await subjects(gateways[0] as string)).toEqual([null, 'somebody else'].sort());
  expect(await subjects(gateways[1] as string)).toEqual([subject, 'somebody else'].sort());
});
