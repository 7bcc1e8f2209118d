import { describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, clientOf, type Reply, signIn, type TestTenant } from '../../harness.ts';

/** What is tried at the smaller doors: devices, links that several open at once, mails to people who asked for none. */

const platform = await aPlatform({ regions: ['au'], nodes: 2 });
const tenant = await aTenant(platform);
const password = 'lantern orbit plum ferry';

const codeOf = ({ body }: Reply) => String(body?.type).replace('urn:bailiwick:problem:', '');
const statusesOf = (replies: Reply[]) => replies.map(({ status }) => status).sort();

/** So many at once, in turn on each node. */
const atOnce = (count: number, act: (node: number, at: number) => Promise<Reply>) =>
  Promise.all(Array.from({ length: count }, (_, at) => act(at % 2, at)));

async function aBrowser(email: string, { id } = tenant, node = 0) {
  const url = platform.urls[node] as string;
  const cookie = await signIn(platform, email, password, id);
  return clientOf(url, null, { cookie, origin: url, 'x-bailiwick-csrf': '1' });
}

describe('a device gets no more than the session that lets it in', () => {
  const begin = async ({ id }: TestTenant): Promise<{ deviceCode: string; userCode: string }> =>
    (await platform.anyone.post('/v1/sign-in/device', { tenantId: id, name: 'ci-runner' })).body;
  const ask = (deviceCode: string, node = 0) =>
    platform.client(null, node).post('/v1/sign-in/device/session', { deviceCode });

  /** A device that the browser lets in, and has not asked yet. */
  async function allowed(browser: Awaited<ReturnType<typeof aBrowser>>, at: TestTenant) {
    const { deviceCode, userCode } = await begin(at);
    expect((await browser.post('/v1/me/device-requests/allow', { userCode })).status).toBe(204);
    return deviceCode;
  }

  test('one factor lets none in where two are required since', async () => {
    const theirs = await aTenant(platform);
    const { email } = await theirs.given.person(password);
    const browser = await aBrowser(email, theirs);
    const [before, after] = [await allowed(browser, theirs), await allowed(browser, theirs)];
    expect((await ask(before)).status).toBe(201);
    await platform.sql('au', "update tenants set second_factor = 'required' where tenant_id = $1", [theirs.id]);
    const refused = await ask(after, 1);
    expect([refused.status, codeOf(refused)]).toEqual([403, 'second-factor-required']);
  });

  test('a password lets none in where single sign-on is required since, nor does a device that it let in', async () => {
    const theirs = await aTenant(platform);
    const { email } = await theirs.given.person(password);
    const browser = await aBrowser(email, theirs);
    const entered = await ask(await allowed(browser, theirs));
    const device = clientOf(platform.url, null, {
      cookie: entered.headers.get('set-cookie')?.split(';')[0] ?? '',
      origin: platform.url,
      'x-bailiwick-csrf': '1',
    });
    const codes = [await allowed(browser, theirs), await allowed(device, theirs)];
    await platform.sql('au', "update tenants set single_sign_on = 'required' where tenant_id = $1", [theirs.id]);
    for (const deviceCode of codes) {
      const refused = await ask(deviceCode, 1);
      expect([refused.status, codeOf(refused)]).toEqual([403, 'single-sign-on-required']);
    }
  });

  test('of many who decide about one code at once one does, and it is theirs', async () => {
    const people = [await tenant.given.person(password), await tenant.given.person(password)];
    const browsers = [
      await aBrowser(people[0]?.email ?? '', tenant, 0),
      await aBrowser(people[1]?.email ?? '', tenant, 1),
    ] as const;
    const { deviceCode, userCode } = await begin(tenant);
    const decided = await atOnce(10, (node) =>
      browsers[node === 0 ? 0 : 1].post('/v1/me/device-requests/allow', { userCode }),
    );
    expect(statusesOf(decided), decided.map(({ text }) => text).join('\n')).toEqual([204, ...Array(9).fill(404)]);
    const winner = decided.findIndex(({ status }) => status === 204) % 2;
    expect(await ask(deviceCode)).toMatchObject({ status: 201, body: { accountId: people[winner]?.id } });
  });

  test('the guesses of a person are counted over nodes, and finding their own codes gives none back', async () => {
    const { email } = await tenant.given.person(password);
    const browsers = [await aBrowser(email, tenant, 0), await aBrowser(email, tenant, 1)] as const;
    const guess = (userCode: string, at: number) =>
      browsers[at % 2 === 0 ? 0 : 1].post('/v1/me/device-requests/question', { userCode });
    const wrong: number[] = [];
    for (let at = 0; at < 10; at++) {
      expect((await guess((await begin(tenant)).userCode, at)).status).toBe(200);
      wrong.push((await guess('BBBB-BBBB', at)).status);
    }
    expect(wrong).toEqual(Array(10).fill(404));
    expect((await guess((await begin(tenant)).userCode, 0)).status).toBe(429);
  });
});

describe('of many who open one link at once over two nodes one does', () => {
  test('another address is confirmed once', async () => {
    const { id, email } = await tenant.given.person(password);
    const next = `${aName('next')}@${tenant.name}.example`;
    expect((await (await aBrowser(email)).post('/v1/me/email/change', { email: next })).status).toBe(200);
    const token = /confirm-email#(\S+)/.exec((await platform.outbox(next))[0]?.body ?? '')?.[1];
    const replies = await atOnce(10, (node) =>
      platform.client(null, node).post('/v1/email-changes/confirm', { token }),
    );
    expect(statusesOf(replies)).toEqual([200, ...Array(9).fill(410)]);
    expect((await tenant.client.get(`/accounts/${id}`)).body.email).toBe(next);
  });

  test('of two people who are to have one address one gets it', async () => {
    const next = `${aName('wanted')}@${tenant.name}.example`;
    const tokens: string[] = [];
    for (const { email } of [await tenant.given.person(password), await tenant.given.person(password)]) {
      expect((await (await aBrowser(email)).post('/v1/me/email/change', { email: next })).status).toBe(200);
      tokens.push(/confirm-email#(\S+)/.exec((await platform.outbox(next))[0]?.body ?? '')?.[1] ?? '');
    }
    const replies = await atOnce(2, (node, at) =>
      platform.client(null, node).post('/v1/email-changes/confirm', { token: tokens[at] }),
    );
    expect(statusesOf(replies)).toEqual([200, 409]);
  });

  test('an invitation that is sent again and accepted at once opens by one of the links, once', async () => {
    const { id, email } = await tenant.given.account();
    const linkOf = async () => /accept#(\S+)/.exec((await platform.outbox(email))[0]?.body ?? '')?.[1];
    const first = await linkOf();
    const accept = (token: string | undefined, node = 0) =>
      platform.client(null, node).post('/v1/invitations/accept', { token, password });
    const [again, early] = await Promise.all([tenant.client.post(`/accounts/${id}/invite`), accept(first, 1)]);
    if (again?.status === 200) {
      const late = await accept(await linkOf());
      expect(statusesOf([early as Reply, late])).toEqual([200, 410]);
    } else expect([again?.status, early?.status]).toEqual([409, 200]);
    expect((await accept(first)).status).toBe(410);
  });
});

describe('what provisioning says of an address', () => {
  const scimHeaders = { 'content-type': 'application/scim+json' };
  async function provisioned(theirs: TestTenant, email: string, secret: string) {
    const { value } = await theirs.given.token();
    const body = { userName: email, password: secret, active: true, emails: [{ value: email, primary: true }] };
    const made = await platform.client(value).call('POST', `/scim/v2/${theirs.id}/Users`, {
      headers: scimHeaders,
      body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], ...body },
    });
    expect(made.status, made.text).toBe(201);
    return made.body.id as string;
  }

  test('A2: who never showed the mailbox signs in at their own organisation, and by one mailed link everywhere', async () => {
    const theirs = await aTenant(platform);
    const email = `${aName('person')}@${theirs.name}.example`;
    const id = await provisioned(theirs, email, password);
    for (let at = 0; at < 4; at++) {
      const hostile = await aTenant(platform);
      await provisioned(hostile, email, 'a password of somebody else');
      await signIn(platform, email, 'a password of somebody else', hostile.id);
    }
    const bySignIn = (tenantId?: string) =>
      platform.anyone.post('/v1/sessions', { email, password, ...(tenantId ? { tenantId } : {}) });
    expect(await bySignIn(theirs.id)).toMatchObject({ status: 201, body: { accountId: id } });

    await platform.anyone.post('/v1/sign-in/password-resets', { email, tenantId: theirs.id });
    const [mail] = (await platform.outbox(email)).filter(({ subject }) => subject.startsWith('Your password'));
    const secret = /reset#(\S+)/.exec(mail?.body ?? '')?.[1];
    const chosen = await platform.anyone.post('/v1/sign-in/password-resets/accept', { secret, password });
    expect(chosen.status, chosen.text).toBeLessThan(300);
    expect(await bySignIn()).toMatchObject({ status: 201, body: { accountId: id } });
  });

  test('Z2: nobody is shown a token who lacks what its people or groups hold', async () => {
    const theirs = await aTenant(platform);
    const issuer = await theirs.given.machine([{ permission: 'provisioning.*' }]);
    const issue = () => issuer.client.post('/provisioning-tokens', { name: aName('token') });
    const id = await provisioned(theirs, `${aName('person')}@${theirs.name}.example`, password);
    const first = await issue();
    expect(first.status, first.text).toBe(201);

    const strong = await theirs.given.group();
    await theirs.client.put(`/groups/${strong.id}/grants`, { grants: [{ permission: 'tenant.change' }] }, strong.etag);
    await theirs.client.post(`/groups/${strong.id}/members`, { accountIds: [id] });
    const rotated = await issuer.client.post(`/provisioning-tokens/${first.body.id}/rotate`, { overlapSeconds: 60 });
    for (const reply of [await issue(), rotated])
      expect([reply.status, codeOf(reply)]).toEqual([403, 'stronger-principal']);
    await theirs.client.delete(`/groups/${strong.id}/members/${id}`);
    expect((await issue()).status).toBe(201);

    const [owners] = (await theirs.client.get('/groups?q=Owners')).body.items;
    await theirs.client.post(`/groups/${owners.id}/members`, { accountIds: [id] });
    const refused = await issue();
    expect([refused.status, codeOf(refused)]).toEqual([403, 'stronger-principal']);
    expect((await theirs.client.post('/provisioning-tokens', { name: 'by an owner' })).status).toBe(201);
  });
});

describe('nobody’s mailbox is filled from here', () => {
  const isOver = (reply: Reply) => [reply.status, codeOf(reply)].join(' ') === '429 too-many-requests';

  test('by making and deleting accounts of it', async () => {
    const theirs = await aTenant(platform);
    const email = `${aName('victim')}@elsewhere.example`;
    const replies: Reply[] = [];
    for (let at = 0; at < 12; at++) {
      const made = await theirs.client.post('/accounts', { email, firstName: 'Vic', lastName: 'Tim' });
      replies.push(made);
      if (made.status !== 201) continue;
      await theirs.client.post(`/accounts/${made.body.id}/disable`);
      expect((await theirs.client.delete(`/accounts/${made.body.id}`, '*')).status).toBe(204);
    }
    expect(statusesOf(replies.slice(0, 10))).toEqual(Array(10).fill(201));
    expect(replies.slice(10).map(isOver)).toEqual([true, true]);
    expect(await platform.outbox(email)).toHaveLength(10);
    // Another organisation invites its person all the same.
    expect((await tenant.given.account({ email })).email).toBe(email);
  });

  test('by asking for it as the new address of many', async () => {
    const theirs = await aTenant(platform);
    const email = `${aName('victim')}@elsewhere.example`;
    const people: { id: string }[] = [];
    for (let at = 0; at < 12; at++) people.push(await theirs.given.person(password));
    const replies: Reply[] = [];
    for (const { id } of people) replies.push(await theirs.client.post(`/accounts/${id}/email-change`, { email }));
    expect(statusesOf(replies.slice(0, 10))).toEqual(Array(10).fill(200));
    expect(replies.slice(10).map(isOver)).toEqual([true, true]);
    expect(await platform.outbox(email)).toHaveLength(10);
  });
});
