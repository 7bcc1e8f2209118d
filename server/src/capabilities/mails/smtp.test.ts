import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliver, type Letter } from './smtp.ts';

const received: { from: string | undefined; to: string[]; text: string }[] = [];
const server = new SMTPServer({
  disabledCommands: ['STARTTLS', 'AUTH'],
  onRcptTo({ address }, _session, done) {
    const code = address.startsWith('never') ? 550 : address.startsWith('later') ? 451 : undefined;
    done(code ? Object.assign(new Error(`not for ${address}`), { responseCode: code }) : null);
  },
  onData(stream, { envelope }, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      received.push({
        from: envelope.mailFrom ? envelope.mailFrom.address : undefined,
        to: envelope.rcptTo.map(({ address }) => address),
        text: Buffer.concat(chunks).toString(),
      });
      done();
    });
  },
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => server.close(resolve)));

const aLetter = (changes: Partial<Letter> = {}): Letter => ({
  id: '0192f3a0-7b1c-7def-8abc-0123456789ab',
  from: 'Bailiwick <no-reply@platform.example>',
  to: 'ada@customer.example',
  language: 'en',
  subject: 'Welcome',
  body: 'Hello Ada\n',
  writtenAt: new Date('2026-01-02T03:04:05Z'),
  ...changes,
});

test('sends plain text to one recipient, with a message id of its own', async () => {
  expect(await deliver(url, aLetter())).toBe('sent');

  const mail = received.at(-1);
  expect(mail).toMatchObject({ from: 'no-reply@platform.example', to: ['ada@customer.example'] });
  expect(mail?.text).toContain('Message-ID: <0192f3a0-7b1c-7def-8abc-0123456789ab@platform.example>');
  expect(mail?.text).toContain('Date: Fri, 02 Jan 2026 03:04:05 +0000');
  expect(mail?.text).toMatch(/Content-Type: text\/plain/);
  expect(mail?.text).not.toMatch(/text\/html|multipart|^(Cc|Bcc):/im);
});

test('what people typed makes no header', async () => {
  await deliver(
    url,
    aLetter({ subject: 'Hi\r\nBcc: eve@evil.example', body: 'text\r\n.\r\nMAIL FROM:<eve@evil.example>' }),
  );

  const mail = received.at(-1);
  expect(mail?.to).toEqual(['ada@customer.example']);
  expect(mail?.text).not.toMatch(/^Bcc:/im);
  expect(mail?.text).toContain('Subject: Hi Bcc: eve@evil.example');
});

test.each([
  'a@x.example,b@x.example',
  'a@x.example;b@x.example',
  'A <a@x.example>',
  'a@x.example\r\nRCPT TO:<b@x.example>',
  'a b@x.example',
  'nobody',
])('%j is not one address, and nothing is sent', async (to) => {
  const before = received.length;
  expect(await deliver(url, aLetter({ to }))).toBe('refused');
  expect(received).toHaveLength(before);
});

test('a recipient whom the server will never take is not tried again', async () => {
  expect(await deliver(url, aLetter({ to: 'never@customer.example' }))).toBe('refused');
});

test('a fault for now says so without the address', async () => {
  const failure = deliver(url, aLetter({ to: 'later@customer.example' }));
  await expect(failure).rejects.toThrow('EENVELOPE 451');
  await expect(failure).rejects.not.toThrow('customer');
});

test('a server that cannot be reached is left alone for a while', async () => {
  await expect(deliver('smtp://127.0.0.1:1', aLetter())).rejects.toThrow('ESOCKET');
  await expect(deliver('smtp://127.0.0.1:1', aLetter())).rejects.toThrow('a moment ago');
  expect(await deliver(url, aLetter())).toBe('sent');
});
