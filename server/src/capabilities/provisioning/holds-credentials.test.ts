import { expect, test } from 'vitest';
import { patchOf, problem as scimProblem, unlimited, urn } from '../../../test/conformance/scim/scim.ts';
import { aName, aPlatform, aTenant, type TestTenant } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const held = scimProblem(429);
const issuing = ['provisioning.view', 'provisioning.change', 'provisioning.issue'].map((permission) => ({
  permission,
}));

const scimOf = (tenant: TestTenant, value: string) => (method: string, path: string, body?: unknown) =>
  platform.client(value).call(method, `/scim/v2/${tenant.id}${path}`, {
    ...(body === undefined ? {} : { body }),
    headers: { 'content-type': 'application/scim+json' },
  });
const replacing = (path: string, value: unknown) => patchOf({ op: 'replace', path, value });
const emailOf = (value: string) => replacing('emails', [{ value, primary: true }]);

/** Two tokens of a machine that holds nothing but provisioning, and somebody of provisioning who then holds more. */
async function withTwoTokens() {
  const tenant = await aTenant(platform);
  const issuer = await tenant.given.machine(issuing);
  const tokens = [];
  for (const name of ['first', 'second'])
    tokens.push((await issuer.client.post('/provisioning-tokens', { name })).body as { id: string; value: string });
  const [first, second] = tokens.map(({ value }) => scimOf(tenant, value)) as [
    ReturnType<typeof scimOf>,
    ReturnType<typeof scimOf>,
  ];
  const person = async () => {
    const name = aName('grace');
    const emails = [{ value: `${name}@example.com`, primary: true }];
    const made = await first('POST', '/Users', { schemas: [urn.user], userName: name, emails });
    expect(made.status).toBe(201);
    return { id: made.body.id as string, name };
  };
  const group = await tenant.given.group();
  const grants = [{ permission: 'audit.view' }];
  expect((await tenant.client.put(`/groups/${group.id}/grants`, { grants }, '*')).status).toBe(200);
  const join = async (id: string, groupId = group.id) =>
    expect((await tenant.client.post(`/groups/${groupId}/members`, { accountIds: [id] })).status).toBeLessThan(300);
  const leave = async (id: string) =>
    expect((await tenant.client.delete(`/groups/${group.id}/members/${id}`)).status).toBeLessThan(300);
  const one = await person();
  await join(one.id);
  return { tenant, issuer, tokens, first, second, person, join, leave, ...one };
}

const holdsOf = async (tenant: TestTenant, query = '&state=open') =>
  (await tenant.client.get(`/provisioning/holds?kind=credentials${query}`)).body.items;
const allow = (tenant: TestTenant, id: string) => tenant.client.post(`/provisioning/holds/${id}/allow`);
const notices = async (tenant: TestTenant) =>
  platform.sql('au', `select target_id from notices where tenant_id = $1 and kind = 'provisioning-credentials'`, [
    tenant.id,
  ]);

test('P23: what somebody lets through is what they saw: another address, or another token, waits by itself', async () => {
  const { tenant, tokens, first, second, id, name } = await withTwoTokens();
  const married = `${name}-married@example.com`;
  expect(await first('PATCH', `/Users/${id}`, emailOf(married))).toMatchObject(held);
  const [seen] = await holdsOf(tenant);
  expect(seen).toMatchObject({ email: married, tokenId: tokens[0]?.id, tokenName: 'first', decidedAt: null });

  expect(await first('PATCH', `/Users/${id}`, emailOf('thief@example.com'))).toMatchObject(held);
  expect(await second('PATCH', `/Users/${id}`, emailOf(married))).toMatchObject(held);
  expect(await first('PATCH', `/Users/${id}`, emailOf(married))).toMatchObject(held);
  expect(await holdsOf(tenant)).toHaveLength(3);
  expect((await tenant.client.get('/provisioning')).body.counts.openHolds).toBe(3);

  expect((await allow(tenant, seen.id)).body).toMatchObject({ state: 'allowed', email: married, attempts: 2 });
  expect(await first('PATCH', `/Users/${id}`, emailOf('thief@example.com'))).toMatchObject(held);
  expect((await first('PATCH', `/Users/${id}`, emailOf(married))).status).toBe(200);
});

test('P23: what is let through passes for the token that asked, and not for another, nor for its successor', async () => {
  const { tenant, tokens, first, second, id } = await withTwoTokens();
  const wanted = replacing('password', 'second-of-grace');
  expect(await first('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  const [hold] = await holdsOf(tenant);
  expect((await allow(tenant, hold.id)).body.state).toBe('allowed');

  expect(await second('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  expect(await holdsOf(tenant)).toMatchObject([{ tokenId: tokens[1]?.id, changes: ['password'] }]);
  expect((await first('PATCH', `/Users/${id}`, wanted)).status).toBe(200);
  expect(await second('PATCH', `/Users/${id}`, replacing('password', 'third-of-thief'))).toMatchObject(held);
});

test('P23: what was let through passes once, also when the person held nothing the first time', async () => {
  const { tenant, first, join, leave, id } = await withTwoTokens();
  const wanted = replacing('password', 'second-of-grace');
  expect(await first('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  const [hold] = await holdsOf(tenant);
  expect((await allow(tenant, hold.id)).body.state).toBe('allowed');
  await leave(id);
  expect((await first('PATCH', `/Users/${id}`, wanted)).status).toBe(200);
  await join(id);
  expect(await first('PATCH', `/Users/${id}`, replacing('password', 'third-of-thief'))).toMatchObject(held);
});

test('P23: what a server of before let through, or noted, passes nowhere', async () => {
  const { tenant, first, id } = await withTwoTokens();
  const wanted = replacing('password', 'second-of-grace');
  expect(await first('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  const [hold] = await holdsOf(tenant);
  // What such a server sees as waiting, and what it writes when all removals are let through.
  expect(
    await platform.sql('au', 'select id from provisioning_holds where id = $1 and decided_at is null', [hold.id]),
  ).toEqual([]);
  expect((await allow(tenant, hold.id)).body.state).toBe('allowed');
  await platform.sql('au', 'update provisioning_holds set let_through = null where id = $1', [hold.id]);
  expect(await first('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);

  await platform.sql(
    'au',
    'update provisioning_holds set token_id = null, decided_at = null, allowed_until = null where id = $1',
    [hold.id],
  );
  expect(await holdsOf(tenant, '')).toMatchObject([{ id: hold.id, state: 'settled' }]);
  expect(await first('PATCH', `/Users/${id}`, wanted)).toMatchObject(held);
  expect(await holdsOf(tenant)).toHaveLength(1);
});

test('P31: each refusal stands in the audit, and what was asked stays when another change passed', async () => {
  const { tenant, tokens, first, join, leave, id } = await withTwoTokens();
  expect(await first('PATCH', `/Users/${id}`, emailOf('thief@example.com'))).toMatchObject(held);
  const entries = (await tenant.client.get('/audit-entries?outcome=refused')).body.items;
  expect(entries).toMatchObject([
    {
      action: 'scim.change-user',
      outcome: 'refused',
      target: { kind: 'account', id },
      credentialId: tokens[0]?.id,
    },
  ]);

  await leave(id);
  expect((await first('PATCH', `/Users/${id}`, replacing('password', 'second-of-grace'))).status).toBe(200);
  await join(id);
  const [kept] = await holdsOf(tenant, '');
  expect(kept).toMatchObject({ state: 'settled', email: 'thief@example.com' });
  expect(await first('PATCH', `/Users/${id}`, emailOf('thief@example.com'))).toMatchObject(held);
  expect(await holdsOf(tenant, '')).toMatchObject([{ id: kept.id, state: 'open', attempts: 2 }]);
});

test('P37: of one token and person the last ten that nobody decided are kept, and another token crowds out none of them', async () => {
  const { tenant, first, second, id } = await withTwoTokens();
  expect(await first('PATCH', `/Users/${id}`, emailOf('married@example.com'))).toMatchObject(held);
  for (let at = 0; at < 12; at++)
    expect(await second('PATCH', `/Users/${id}`, emailOf(`thief-${at}@example.com`))).toMatchObject(held);
  const emails = (await holdsOf(tenant)).map(({ email }: { email: string }) => email);
  expect(emails).toHaveLength(11);
  expect(emails[0]).toBe('thief-11@example.com');
  expect(emails[10]).toBe('married@example.com');
});

test('owners are told again an hour later, whoever retries meanwhile, and of each that is about an owner', async () => {
  const { tenant, first, person, join, id } = await withTwoTokens();
  expect(await first('PATCH', `/Users/${id}`, emailOf('first@example.com'))).toMatchObject(held);
  const other = await person();
  await join(other.id);
  expect(await first('PATCH', `/Users/${other.id}`, emailOf('second@example.com'))).toMatchObject(held);
  expect(await notices(tenant)).toHaveLength(1);

  const [owners] = (await tenant.client.get('/groups?q=owner')).body.items;
  const owner = await person();
  await join(owner.id, owners.id);
  expect(await first('PATCH', `/Users/${owner.id}`, replacing('password', 'second-of-thief'))).toMatchObject(held);
  expect(await first('PATCH', `/Users/${owner.id}`, replacing('password', 'third-of-thief'))).toMatchObject(held);
  const [ofOwner] = await holdsOf(tenant, `&state=open&q=${owner.name}`);
  expect((await notices(tenant)).map(({ target_id }) => target_id)).toContain(ofOwner.id);
  expect(await notices(tenant)).toHaveLength(2);
  for (let at = 0; at < 8; at++)
    expect(await first('PATCH', `/Users/${owner.id}`, emailOf(`thief-${at}@example.com`))).toMatchObject(held);
  expect(await notices(tenant)).toHaveLength(5);

  await platform.sql('au', `update provisioning_holds set told_at = told_at - interval '1 hour' where tenant_id = $1`, [
    tenant.id,
  ]);
  expect(await first('PATCH', `/Users/${id}`, emailOf('first@example.com'))).toMatchObject(held);
  expect(await notices(tenant)).toHaveLength(5);
  expect(await first('PATCH', `/Users/${id}`, emailOf('third@example.com'))).toMatchObject(held);
  expect(await notices(tenant)).toHaveLength(6);
});

test('letting through is not offered to who holds less than the person', async () => {
  const { tenant, issuer, first, id } = await withTwoTokens();
  expect(await first('PATCH', `/Users/${id}`, emailOf('thief@example.com'))).toMatchObject(held);
  const offered = async (client: TestTenant['client']) => {
    const [hold] = (await client.get('/provisioning/holds?kind=credentials')).body.items;
    return hold.actions.map(({ name, allowed }: { name: string; allowed: boolean }) => [name, allowed]);
  };
  expect(await offered(issuer.client)).toEqual([
    ['provisioning-holds.allow', false],
    ['provisioning-holds.dismiss', true],
  ]);
  expect(await offered(tenant.client)).toEqual([
    ['provisioning-holds.allow', true],
    ['provisioning-holds.dismiss', true],
  ]);
  const [{ id: holdId }] = await holdsOf(tenant);
  expect(await issuer.client.post(`/provisioning/holds/${holdId}/allow`)).toMatchObject({
    status: 403,
    body: { type: problem('stronger-principal') },
  });
});
