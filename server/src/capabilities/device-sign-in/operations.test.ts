import { beforeAll, describe, expect, test } from 'vitest';
import {
  accept,
  aPlatform,
  aTenant,
  clientOf,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../../../test/harness.ts';

const password = 'four brisk herons wade south';

let platform: TestPlatform;
let tenant: TestTenant;
let person: { id: string; email: string };

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'], nodes: 2 });
  tenant = await aTenant(platform, 'au');
  person = await tenant.given.person(password);
});

/** A browser in which somebody is signed in. */
async function aBrowser(email = person.email, node = 0) {
  const cookie = await signIn(platform, email, password, tenant.id);
  const url = platform.nodes[node]?.url ?? platform.url;
  return clientOf(url, null, { cookie, origin: url, 'x-bailiwick-csrf': '1' });
}
const begin = async () => {
  const { status, body, text } = await platform.anyone.post('/v1/sign-in/device', {
    tenantId: tenant.id,
    name: 'ci-runner',
  });
  expect(status, text).toBe(201);
  return body as { deviceCode: string; userCode: string; verificationUri: string; verificationUriComplete: string };
};
const ask = (deviceCode: string, node = 0) =>
  platform.client(null, node).post('/v1/sign-in/device/session', { deviceCode });
const codeOf = ({ body }: { body: { type: string } }) => body.type.replace('urn:bailiwick:problem:', '');

test('a person lets a device in, on any node; it gets a session of theirs', async () => {
  const codes = await begin();
  expect(codes).toMatchObject({
    userCode: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
    verificationUri: expect.stringMatching(new RegExp(`/t/${tenant.id}/device$`)),
    verificationUriComplete: `${codes.verificationUri}#${codes.userCode}`,
    expiresInSeconds: 600,
    intervalSeconds: 5,
  });
  const browser = await aBrowser(person.email, 1);
  const shown = await browser.post('/v1/me/device-requests/question', { userCode: codes.userCode.toLowerCase() });
  expect(shown).toMatchObject({ status: 200, body: { name: 'ci-runner' } });
  expect((await browser.post('/v1/me/device-requests/allow', { userCode: codes.userCode })).status).toBe(204);

  const done = await ask(codes.deviceCode);
  expect(done).toMatchObject({ status: 201, body: { tenantId: tenant.id, accountId: person.id } });
  const cookie = done.headers.get('set-cookie')?.split(';')[0] ?? '';
  const device = clientOf(platform.url, null, { cookie });
  expect((await device.get('/v1/me')).body).toMatchObject({ kind: 'account', id: person.id });
  const sessions = (await device.get('/v1/me/sessions')).body.items;
  expect(sessions).toContainEqual(
    expect.objectContaining({ id: done.body.sessionId, method: 'device', isCurrent: true }),
  );
  expect(await tenant.auditedActions()).toEqual(expect.arrayContaining(['device-sign-in.allow', 'sessions.create']));

  // The code is used up, and so is what was typed.
  expect(codeOf(await ask(codes.deviceCode, 1))).toBe('expired-token');
  expect((await browser.post('/v1/me/device-requests/allow', { userCode: codes.userCode })).status).toBe(404);
});

test('until then it waits, and is told to slow down when it asks too soon', async () => {
  const { deviceCode } = await begin();
  expect(await ask(deviceCode)).toMatchObject({ status: 400 });
  expect(codeOf(await ask(deviceCode))).toBe('slow-down');
});

test('of twenty questions at once after the yes one gets a session', async () => {
  const { deviceCode, userCode } = await begin();
  await (await aBrowser()).post('/v1/me/device-requests/allow', { userCode });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(deviceCode, at % 2)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
});

test('refused, it is told so and gets nothing', async () => {
  const { deviceCode, userCode } = await begin();
  const browser = await aBrowser();
  expect((await browser.post('/v1/me/device-requests/refuse', { userCode })).status).toBe(204);
  expect(codeOf(await ask(deviceCode))).toBe('access-denied');
  expect(codeOf(await ask(deviceCode))).toBe('expired-token');
});

test('who is disabled after the yes is not let in by it, nor once they are enabled again', async () => {
  const other = await tenant.given.person(password);
  const { deviceCode, userCode } = await begin();
  await (await aBrowser(other.email)).post('/v1/me/device-requests/allow', { userCode });
  const later = await begin();
  await (await aBrowser(other.email)).post('/v1/me/device-requests/allow', { userCode: later.userCode });
  expect((await tenant.client.post(`/accounts/${other.id}/disable`)).status).toBe(200);
  expect(codeOf(await ask(deviceCode))).toBe('expired-token');
  expect((await tenant.client.post(`/accounts/${other.id}/enable`)).status).toBe(200);
  expect(codeOf(await ask(later.deviceCode))).toBe('expired-token');
});

test('what ends the session that said yes ends the yes: the person signs out everywhere', async () => {
  const other = await tenant.given.person(password);
  const [kept, gone] = [await begin(), await begin()];
  const [browser, another] = [await aBrowser(other.email), await aBrowser(other.email)];
  await browser.post('/v1/me/device-requests/allow', { userCode: kept.userCode });
  await another.post('/v1/me/device-requests/allow', { userCode: gone.userCode });
  expect((await browser.delete('/v1/me/sessions?keepCurrent=true')).status).toBe(204);
  expect(codeOf(await ask(gone.deviceCode, 1))).toBe('expired-token');
  expect((await ask(kept.deviceCode)).status).toBe(201);
});

test('a device is as fresh as the session that let it in: none lets in the next without a proof', async () => {
  const browser = await aBrowser();
  try {
    await platform.shiftClock('au', '14 minutes');
    const first = await begin();
    expect((await browser.post('/v1/me/device-requests/allow', { userCode: first.userCode })).status).toBe(204);
    const entered = await ask(first.deviceCode);
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
    const device = clientOf(platform.url, null, { cookie, origin: platform.url, 'x-bailiwick-csrf': '1' });
    await platform.shiftClock('au', '16 minutes');
    const next = await begin();
    const refused = await device.post('/v1/me/device-requests/allow', { userCode: next.userCode });
    expect([refused.status, codeOf(refused)]).toEqual([403, 'fresh-sign-in-required']);
    expect((await device.get('/v1/me')).status).toBe(200);
  } finally {
    await platform.shiftClock('au', '0');
  }
});

describe('a code opens only its own tenant', () => {
  test('a person of another tenant does not find it', async () => {
    const elsewhere = await aTenant(platform, 'au');
    const [mail] = await platform.outbox(elsewhere.ownerEmail);
    expect(mail).toBeDefined();
    await accept(platform, elsewhere.ownerEmail, password);
    const cookie = await signIn(platform, elsewhere.ownerEmail, password);
    const stranger = clientOf(platform.url, null, { cookie, origin: platform.url, 'x-bailiwick-csrf': '1' });
    const { deviceCode, userCode } = await begin();
    expect((await stranger.post('/v1/me/device-requests/allow', { userCode })).status).toBe(404);
    expect(codeOf(await ask(deviceCode))).toBe('authorization-pending');
  });

  test('a machine lets nobody in', async () => {
    const { userCode } = await begin();
    const machine = await tenant.given.machine();
    const reply = await platform.client(machine.key).post('/v1/me/device-requests/allow', { userCode });
    expect(reply.status).toBe(404);
  });

  test('guesses at codes are throttled for each person', async () => {
    const guesser = await tenant.given.person(password);
    const browser = await aBrowser(guesser.email);
    const statuses = [];
    for (let at = 0; at < 12; at++)
      statuses.push((await browser.post('/v1/me/device-requests/question', { userCode: `BBBB-BBB${at}` })).status);
    expect(statuses).toEqual([...Array(10).fill(404), 429, 429]);
    const { userCode } = await begin(); // nor is a right one heard, or guesses could go on
    expect((await browser.post('/v1/me/device-requests/allow', { userCode })).status).toBe(429);
  });

  test('unknown tenants and texts are refused in words', async () => {
    const none = await platform.anyone.post('/v1/sign-in/device', {
      tenantId: '0195d3c5-5b1e-7000-8000-000000000000',
      name: 'x',
    });
    expect(none.status).toBe(404);
    for (const deviceCode of ['', 'x', `${'0'.repeat(65)}`])
      expect(codeOf(await ask(deviceCode))).toBe('expired-token');
  });
});

test('after ten minutes it is over, whatever was said', async () => {
  const { deviceCode, userCode } = await begin();
  const browser = await aBrowser();
  try {
    await platform.shiftClock('au', '11 minutes');
    expect((await browser.post('/v1/me/device-requests/allow', { userCode })).status).toBe(404);
    expect(codeOf(await ask(deviceCode))).toBe('expired-token');
  } finally {
    await platform.shiftClock('au', '0');
  }
});
