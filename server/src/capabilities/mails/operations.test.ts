import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { aPlatform, aTenant, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

let platform: TestPlatform;
let tenant: TestTenant;
const delivered: { to: string[]; text: string }[] = [];
let isTaking = true;
const server = new SMTPServer({
  disabledCommands: ['STARTTLS', 'AUTH'],
  onMailFrom: (_address, _session, done) =>
    done(isTaking ? null : Object.assign(new Error('busy'), { responseCode: 421 })),
  onData(stream, { envelope }, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      delivered.push({ to: envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString() });
      done();
    });
  },
});

const soon = { timeout: 20_000, interval: 100 };

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  // One region with the development outbox, one with a mail server.
  platform = await aPlatform({ env: { BAILIWICK_SMTP_URL_EU: `smtp://127.0.0.1:${port}` } });
  tenant = await aTenant(platform, 'au');
});
afterAll(() => new Promise<void>((resolve) => server.close(resolve)));

test('a mail is in the outbox as soon as the act is acknowledged, newest first', async () => {
  const first = await tenant.given.account();
  const second = await tenant.given.account();

  const { status, body } = await platform.operator.get('/v1/operator/outbox?limit=2');

  expect(status).toBe(200);
  expect(body.items).toMatchObject([
    { to: second.email, region: 'au' },
    { to: first.email, region: 'au' },
  ]);
  const one = await platform.operator.get(`/v1/operator/outbox?to=${encodeURIComponent(first.email.toUpperCase())}`);
  expect(one.body.items).toHaveLength(1);
  expect(one.body.items[0]).toMatchObject({ to: first.email, body: expect.stringContaining('/accept#') });
});

test('it is there once after the job has kept it', async () => {
  const { email } = await tenant.given.account();
  await vi.waitFor(
    async () => expect(await platform.sql('au', "select id from due_jobs where kind = 'mails.send'")).toHaveLength(0),
    soon,
  );

  const { body } = await platform.operator.get(`/v1/operator/outbox?to=${email}`);

  expect(body.items).toHaveLength(1);
});

test('only the operator reads it', async () => {
  expect((await platform.client(tenant.ownerKey).get('/v1/operator/outbox')).status).toBe(403);
  expect((await platform.anyone.get('/v1/operator/outbox')).status).toBe(401);
});

test('bad parameters are named', async () => {
  for (const query of ['limit=0', 'limit=201', 'region=xx', 'region=AU', 'to=%00', 'from=x'])
    expect(await platform.operator.get(`/v1/operator/outbox?${query}`)).toMatchObject({ status: 400 });
});

test('where a mail server is set, mails are sent and their text is not kept', async () => {
  const there = await aTenant(platform, 'eu');
  const { email } = await there.given.account();

  await vi.waitFor(() => expect(delivered.some(({ to }) => to.includes(email))).toBe(true), soon);

  expect(delivered.find(({ to }) => to.includes(email))).toMatchObject({
    to: [email],
    text: expect.stringContaining('Content-Type: text/plain'),
  });
  await vi.waitFor(
    async () =>
      expect(
        await platform.sql('eu', 'select body from mails where recipient = $1 and sent_at is not null', [email]),
      ).toEqual([{ body: '' }]),
    soon,
  );
  const refused = await platform.operator.get('/v1/operator/outbox?region=eu');
  expect(refused).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:smtp-set' } });
  const { body } = await platform.operator.get('/v1/operator/outbox?limit=200');
  expect(body.items.map(({ to }: { to: string }) => to)).not.toContain(email);
});

test('with the mail server away the act holds, and the mail goes out later', async () => {
  const there = await aTenant(platform, 'eu');
  isTaking = false;
  const { email } = await there.given.account();
  await vi.waitFor(
    async () =>
      expect(
        await platform.sql(
          'eu',
          "select id from due_jobs where kind = 'mails.send' and tenant_id = $1 and attempts > 0",
          [there.id],
        ),
      ).not.toHaveLength(0),
    soon,
  );
  expect(delivered.some(({ to }) => to.includes(email))).toBe(false);

  isTaking = true;
  await platform.sql('eu', "update due_jobs set due_at = now() where kind = 'mails.send'");

  await vi.waitFor(() => expect(delivered.filter(({ to }) => to.includes(email))).toHaveLength(1), soon);
});

test('after 7 days a mail is gone', async () => {
  const { email } = await tenant.given.account();
  await vi.waitFor(
    async () => expect(await platform.sql('au', "select id from due_jobs where kind = 'mails.send'")).toHaveLength(0),
    soon,
  );

  await platform.shiftClock('au', '7 days 1 minute');

  await vi.waitFor(async () => {
    expect((await platform.operator.get(`/v1/operator/outbox?to=${email}`)).body.items).toHaveLength(0);
    expect(await platform.sql('au', 'select id from mails where recipient = $1', [email])).toHaveLength(0);
  }, soon);
  await platform.shiftClock('au', '0');
});
