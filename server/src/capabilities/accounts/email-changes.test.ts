import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestTenant } from '../../../test/harness.ts';

const platform = await aPlatform();
const password = 'lantern orbit plum ferry';

/** Token of the newest mail to the address, when there are as many of them as expected. */
async function tokenFor(email: string, mails = 1): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const sent = (await platform.outbox(email)).filter(({ body }) => body.includes('/confirm-email#'));
    if (sent.length >= mails) return /\/confirm-email#(\S+)/.exec(sent[0]?.body ?? '')?.[1] ?? '';
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The mail did not come.');
}

async function mailsSaying(email: string, subject: string) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const sent = (await platform.outbox(email)).filter((mail) => mail.subject.includes(subject));
    if (sent.length > 0) return sent;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [];
}

const confirm = (token: string) => platform.anyone.post('/v1/email-changes/confirm', { token });

async function somebody(tenant: TestTenant) {
  const { id, email } = await tenant.given.person(password);
  const session = platform.session(await signIn(platform, email, password));
  const path = `/accounts/${id}`;
  return { id: id as string, email: email as string, session, path, next: `${aName('next')}@${tenant.name}.example` };
}

test('A10: a person changes their address: confirmed at the new one, told to the old one, which stays until then', async () => {
  const tenant = await aTenant(platform);
  const { id, email, session, next, path } = await somebody(tenant);
  const asked = await session.post('/v1/me/email/change', { email: next });
  expect(asked).toMatchObject({ status: 200, body: { email, pending: { email: next } } });
  const hours = (Date.parse(asked.body.pending.expiresAt) - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(23.9);
  expect(hours).toBeLessThanOrEqual(24);
  expect((await mailsSaying(email, 'is to change'))[0]?.body).not.toContain(next);
  expect((await session.get('/v1/me/email')).body).toEqual(asked.body);
  expect((await tenant.client.get(path)).body).toMatchObject({ email, emailChange: { email: next } });
  await signIn(platform, email, password);

  const token = await tokenFor(next);
  expect(await platform.anyone.post('/v1/email-changes/question', { token })).toMatchObject({
    status: 200,
    body: { tenantDisplayName: `${tenant.name} display`, email: next },
  });
  const tries = await Promise.all(Array.from({ length: 10 }, () => confirm(token)));
  expect(tries.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(tries.filter(({ status }) => status === 410)).toHaveLength(9);

  expect((await tenant.client.get(path)).body).toMatchObject({ email: next, username: email, emailChange: null });
  expect((await tenant.client.get(`/accounts?q=${next}`)).body.items).toHaveLength(1);
  await signIn(platform, next, password);
  expect((await platform.anyone.post('/v1/sessions', { email, password })).status).toBe(401);
  expect(await mailsSaying(email, 'was changed')).toHaveLength(1);
  const { body } = await tenant.client.get(`/audit-entries?targetId=${id}&action=email-changes.confirm`);
  expect(body.items).toMatchObject([{ door: 'link', actor: { id }, before: { email }, after: { email: next } }]);
});

test('an administrator asks for it, sends it again and cancels it; the newest link alone works', async () => {
  const tenant = await aTenant(platform);
  const { email, next, path } = await somebody(tenant);
  expect((await tenant.client.post(`${path}/email-change`, { email: next })).body.emailChange.email).toBe(next);
  const first = await tokenFor(next);
  expect((await tenant.client.post(`${path}/email-change`, { email: next })).status).toBe(200);
  const second = await tokenFor(next, 2);
  expect((await confirm(first)).status).toBe(410);
  expect(await mailsSaying(email, 'is to change')).toHaveLength(1);

  expect((await tenant.client.post(`${path}/email-change/cancel`)).body.emailChange).toBeNull();
  expect((await confirm(second)).status).toBe(410);
  expect(await tenant.client.post(`${path}/email-change/cancel`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:no-email-change' },
  });
  expect(await tenant.auditedActions()).toEqual(
    expect.arrayContaining(['accounts.change-email', 'accounts.cancel-email-change']),
  );
});

test('an old link, a disabled account and a taken address', async () => {
  const tenant = await aTenant(platform, 'eu');
  const { email, next, path, session } = await somebody(tenant);
  const other = await tenant.given.account();
  expect(await session.post('/v1/me/email/change', { email: other.email.toUpperCase() })).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:email-taken' },
  });
  expect(await session.post('/v1/me/email/change', { email })).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:email-unchanged' },
  });
  expect(await session.post('/v1/me/email/change', { email: 'nobody' })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'email' }] },
  });

  await session.post('/v1/me/email/change', { email: next });
  const token = await tokenFor(next);
  await platform.shiftClock('eu', '24 hours 1 minute');
  expect((await confirm(token)).status).toBe(410);
  await platform.shiftClock('eu', '0');

  // Somebody else gets the address meanwhile.
  const taker = await tenant.given.account({ email: next });
  expect(await confirm(token)).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:email-taken' } });
  await tenant.client.post(`/accounts/${taker.id}/disable`);
  await tenant.client.delete(`/accounts/${taker.id}`, '*');

  await tenant.client.post(`${path}/disable`);
  expect((await confirm(token)).status).toBe(410);
  await tenant.client.post(`${path}/enable`);
  expect((await confirm(token)).status).toBe(200);
});

test('who never accepted has their address put right at once, and is invited there', async () => {
  const tenant = await aTenant(platform);
  const { id, email } = await tenant.given.account();
  const next = `${aName('right')}@${tenant.name}.example`;
  const [old] = await platform.outbox(email);
  const changed = await tenant.client.post(`/accounts/${id}/email-change`, { email: next });
  expect(changed.body).toMatchObject({ email: next, username: next, status: 'new', emailChange: null });
  const [mail] = await platform.outbox(next);
  const tokenIn = (body = '') => /\/accept#(\S+)/.exec(body)?.[1];
  const accept = (token: unknown) => platform.anyone.post('/v1/invitations/accept', { token, password });
  expect((await accept(tokenIn(old?.body))).status).toBe(410);
  expect(await accept(tokenIn(mail?.body))).toMatchObject({ status: 200, body: { email: next } });
});

test('A10: what provisioning manages is changed there; a stale sign-in proves itself again; links are few', async () => {
  const tenant = await aTenant(platform);
  const { session, next, id, path } = await somebody(tenant);
  await platform.sql('au', "update sessions set proved_at = now() - interval '16 minutes' where account_id = $1", [id]);
  expect(await session.post('/v1/me/email/change', { email: next })).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:fresh-sign-in-required' },
  });
  for (let sent = 0; sent < 10; sent++)
    expect((await tenant.client.post(`${path}/email-change`, { email: `${sent}${next}` })).status).toBe(200);
  expect((await tenant.client.post(`${path}/email-change`, { email: next })).status).toBe(429);
  await platform.sql(
    'au',
    "update accounts set source = 'scim', username_folded = username, attributes = '{}' where id = $1",
    [id],
  );
  await platform.sql('au', "update tenants set provisioning = 'on' where tenant_id = $1", [tenant.id]);
  expect(await tenant.client.post(`${path}/email-change`, { email: next })).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:managed-elsewhere' },
  });
});

test('a machine has no address, and a stronger account is left alone', async () => {
  const tenant = await aTenant(platform);
  expect((await platform.client(tenant.ownerKey).get('/v1/me/email')).status).toBe(404);
  const helper = await tenant.given.machine([{ permission: 'accounts.*' }]);
  const owner = (await tenant.client.get(`/accounts?q=${tenant.ownerEmail}`)).body.items[0];
  expect(
    await helper.client.post(`/accounts/${owner.id}/email-change`, { email: `x@${tenant.name}.example` }),
  ).toMatchObject({ status: 403, body: { type: 'urn:bailiwick:problem:stronger-principal' } });
});
