import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestPlatform } from '../../../test/harness.ts';
import { unlinked } from '../../kernel/canonical.ts';
import { newId } from '../../kernel/ids.ts';
import { type Language, languages } from '../../kernel/messages/languages.ts';
import { type Letter, type MailTexts, mailTexts, saidIn } from '../../kernel/messages/mails.ts';

interface Received {
  to: string;
  language: string | undefined;
  subject: string;
  headers: string;
  body: string;
}

const password = 'correct horse battery staple';
const received: Received[] = [];
const server = new SMTPServer({
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, { envelope }, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      received.push(read(envelope.rcptTo[0]?.address ?? '', Buffer.concat(chunks).toString('latin1')));
      done();
    });
  },
});

/** Octets of quoted-printable (RFC 2045 section 6.7), as text. */
const unquoted = (text: string) =>
  Buffer.from(
    text
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, octet) => String.fromCharCode(Number.parseInt(octet, 16))),
    'latin1',
  ).toString();

/** A header's words of RFC 2047, as text. */
const decoded = (header: string) =>
  header
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, encoding: string, word: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('latin1')
        : word
            .replaceAll('_', ' ')
            .replace(/=([0-9A-F]{2})/g, (__, octet) => String.fromCharCode(Number.parseInt(octet, 16))),
    );

function read(to: string, mail: string): Received {
  const end = mail.indexOf('\r\n\r\n');
  const headers = mail.slice(0, end).replace(/\r\n[ \t]+/g, ' ');
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(headers)?.[1];
  const raw = mail.slice(end + 4);
  const encoding = header('Content-Transfer-Encoding');
  const body =
    encoding === 'base64'
      ? Buffer.from(raw, 'base64').toString()
      : encoding === 'quoted-printable'
        ? unquoted(raw)
        : Buffer.from(raw, 'latin1').toString();
  const subject = Buffer.from(decoded(header('Subject') ?? ''), 'latin1').toString();
  return { to, language: header('Content-Language'), subject, headers, body: body.replaceAll('\r\n', '\n') };
}

let platform: TestPlatform;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  platform = await aPlatform({ env: { BAILIWICK_SMTP_URL_AU: `smtp://127.0.0.1:${port}` } });
});
afterAll(() => new Promise<void>((resolve) => server.close(resolve)));

/** The mail with this subject to this address, once it has come. */
const mailTo = (to: string, subject: string) =>
  vi.waitFor(
    () => {
      const found = received.find((mail) => mail.to === to && mail.subject === subject);
      if (!found)
        throw new Error(`${to} got ${JSON.stringify(received.filter((m) => m.to === to).map((m) => m.subject))}`);
      return found;
    },
    { timeout: 30_000, interval: 50 },
  );

const linkIn = (mail: Received) => /#(\S+)/.exec(mail.body)?.[1] as string;

async function arrived(language: Language, to: string, letter: (texts: MailTexts) => Letter): Promise<Received> {
  const { subject, lines } = letter(mailTexts[language]);
  const mail = await mailTo(to, subject);
  expect(mail.language).toBe(language);
  // A link, which is nobody's to foresee, stands alone in its line.
  for (const line of lines.filter((each) => each !== 'link')) expect(mail.body.split('\n'), subject).toContain(line);
  return mail;
}

async function aTenantOf(language: Language, displayName?: string) {
  const tenant = await aTenant(platform);
  const changed = await tenant.client.patch('', { language, ...(displayName ? { displayName } : {}) }, '*');
  expect(changed).toMatchObject({ status: 200, body: { language } });
  return { ...tenant, shown: unlinked(displayName ?? `${tenant.name} display`) };
}
type Tenant = Awaited<ReturnType<typeof aTenantOf>>;

async function aPerson({ client, name, id, shown }: Tenant, language: Language) {
  const email = `${aName('person')}@${name}.example`;
  const { body: account } = await client.post('/accounts', { email, firstName: 'Grace', lastName: 'Hopper' });
  const invitation = await arrived(language, email, (texts) => texts.invitation(shown, 'link'));
  const accepted = await platform.anyone.post('/v1/invitations/accept', { token: linkIn(invitation), password });
  expect(accepted.status).toBe(200);
  return {
    id: account.id as string,
    email,
    session: async () => platform.session(await signIn(platform, email, password, id)),
  };
}

/** A notice as `ctx.notify` writes it, and the job that mails it. */
async function aNotice(tenant: Tenant, kind: string, text: string, accountId: string) {
  const [id, jobId] = [newId(), newId()];
  await platform.sql(
    'au',
    `insert into notices (tenant_id, id, kind, audience, account_id, text) values ($1, $2, $3, 'account', $4, $5)`,
    [tenant.id, id, kind, accountId, text],
  );
  await platform.sql(
    'au',
    `insert into jobs (tenant_id, id, kind, payload, request_id) values ($1, $2, 'notices.mail', $3, 'test')`,
    [tenant.id, jobId, JSON.stringify({ noticeId: id })],
  );
  await platform.sql('au', `insert into due_jobs (id, tenant_id, kind) values ($1, $2, 'notices.mail')`, [
    jobId,
    tenant.id,
  ]);
}

/** How each mail comes to be written; `notice` is of many kinds. A new mail is missing here until it is tried. */
const written: {
  [Kind in Exclude<keyof MailTexts, 'notice' | 'notices' | 'otherNotice'>]: (language: Language) => Promise<unknown>;
} = {
  async registration(language) {
    const email = `${aName('registrant')}@customer.example`;
    const body = { region: 'au', email, fullName: 'Ada Known', mobilePhone: '+61280001234' };
    const asked = await fetch(`${platform.url}/v1/registrations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': `${language}-AT, en;q=0.5` },
      body: JSON.stringify(body),
    });
    expect(asked.status).toBe(202);
    return arrived(language, email, (texts) => texts.registration('Australia', 'link'));
  },
  invitation: async (language) => aPerson(await aTenantOf(language), language),
  async enabled(language) {
    const tenant = await aTenantOf(language);
    await tenant.client.patch('', { accountEnabling: 'administrator' }, '*');
    const { id, email } = await aPerson(tenant, language);
    expect((await tenant.client.post(`/accounts/${id}/enable`)).status).toBe(200);
    await arrived(language, email, (texts) => texts.enabled(tenant.shown, 'link'));
  },
  async passwordReset(language) {
    const tenant = await aTenantOf(language);
    const { email } = await aPerson(tenant, language);
    await platform.anyone.post('/v1/sign-in/password-resets', { email });
    await arrived(language, email, (texts) => texts.passwordReset(tenant.shown, 'link'));
  },
  async signInLink(language) {
    const tenant = await aTenantOf(language);
    const { email } = await aPerson(tenant, language);
    await platform.anyone.post('/v1/sign-in/links', { email });
    await arrived(language, email, (texts) => texts.signInLink(tenant.shown, 'link'));
  },
  confirmEmail: (language) => anotherAddress(language, 'confirmEmail'),
  emailToChange: (language) => anotherAddress(language, 'emailToChange'),
  emailChanged: (language) => anotherAddress(language, 'emailChanged'),
};

async function anotherAddress(language: Language, mail: 'confirmEmail' | 'emailToChange' | 'emailChanged') {
  const tenant = await aTenantOf(language);
  const { email, session } = await aPerson(tenant, language);
  const next = `${aName('next')}@${tenant.name}.example`;
  expect((await (await session()).post('/v1/me/email/change', { email: next })).status).toBe(200);
  const person = 'Grace Hopper';
  if (mail === 'emailToChange') return arrived(language, email, (texts) => texts.emailToChange(tenant.shown, person));
  const asked = await arrived(language, next, (texts) => texts.confirmEmail(tenant.shown, person, 'link'));
  if (mail === 'confirmEmail') return asked;
  expect((await platform.anyone.post('/v1/email-changes/confirm', { token: linkIn(asked) })).status).toBe(200);
  return arrived(language, email, (texts) => texts.emailChanged(tenant.shown, person));
}

describe.each(languages)('in %s', (language) => {
  test.each(Object.entries(written))('the mail %s', async (_, write) => {
    await write(language);
  });

  test('each kind of notice has a subject of its own', async () => {
    const tenant = await aTenantOf(language);
    const { id, email } = await aPerson(tenant, language);
    const { notices, notice, otherNotice } = mailTexts[language];
    expect(new Set(Object.values(notices)).size).toBe(Object.keys(notices).length);
    const text = 'New emergency codes were tried, so single sign-on is required again.';
    const said = await saidIn(language, text);
    expect(said === text).toBe(language === 'en');
    for (const kind of [...Object.keys(notices), 'of-a-later-version']) await aNotice(tenant, kind, text, id);
    for (const what of [...new Set(Object.values(notices)), otherNotice])
      await arrived(language, email, () => notice(what, tenant.shown, said, 'link'));
  });
});

test('a person’s own choice comes first, then what provisioning sent, then the tenant’s', async () => {
  const tenant = await aTenantOf('de');
  const { value } = await tenant.given.token();
  const scim = platform.client(value);
  const email = `${aName('pushed')}@${tenant.name}.example`;
  const at = `/scim/v2/${tenant.id}/Users`;
  const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: email, active: true };
  const made = await scim.post(at, { ...user, emails: [{ value: email, primary: true }], preferredLanguage: 'en-AU' });
  expect(made.status).toBe(201);
  const told = (language: Language) =>
    arrived(language, email, ({ notices, notice }) => notice(notices['password-changed'], tenant.shown, 'Hm', 'link'));
  const tell = () => aNotice(tenant, 'password-changed', 'Hm', made.body.id);

  await tell();
  await told('en');
  await platform.sql('au', `update accounts set language = 'de' where id = $1`, [made.body.id]);
  await tell();
  await told('de');
  expect((await scim.get(`${at}/${made.body.id}`)).body.preferredLanguage).toBe('en-AU');

  received.length = 0;
  await platform.sql('au', `update accounts set language = null where id = $1`, [made.body.id]);
  const path = [{ op: 'replace', path: 'preferredLanguage', value: 'tlh' }];
  const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: path };
  expect((await scim.patch(`${at}/${made.body.id}`, patch, null)).status).toBe(200);
  await tell();
  await told('de');
});

test('a person chooses their own language, and the next mail is in it', async () => {
  const tenant = await aTenantOf('en');
  const { id, email, session } = await aPerson(tenant, 'en');
  const person = await session();
  expect((await person.get('/v1/me/language')).body).toEqual({ language: null, inUse: 'en' });
  expect(await person.post('/v1/me/language/change', { language: 'de' })).toMatchObject({
    status: 200,
    body: { language: 'de', inUse: 'de' },
  });
  expect((await person.get('/v1/me/language')).body).toEqual({ language: 'de', inUse: 'de' });
  await platform.anyone.post('/v1/sign-in/links', { email });
  await arrived('de', email, (texts) => texts.signInLink(tenant.shown, 'link'));
  expect((await tenant.client.get(`/accounts/${id}`)).body.language).toBe('de');
  expect(await tenant.auditedActions()).toContain('me.change-language');
  expect((await person.post('/v1/me/language/change', { language: 'fr' })).body.errors).toMatchObject([
    { path: 'language' },
  ]);

  expect((await tenant.client.patch(`/accounts/${id}`, { language: null }, '*')).body.language).toBe(null);
  await platform.anyone.post('/v1/sign-in/password-resets', { email });
  await arrived('en', email, (texts) => texts.passwordReset(tenant.shown, 'link'));
});

test('whoever registers in German has a German tenant', async () => {
  const email = `${aName('registrant')}@customer.example`;
  const post = async (path: string, body: object) => {
    const reply = await fetch(platform.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: '__Host-bailiwick-language=de', 'accept-language': 'en' },
      body: JSON.stringify(body),
    });
    return { status: reply.status, body: (await reply.json()) as { tenantId: string } };
  };
  const registration = { region: 'au', email, fullName: 'Ada Known', mobilePhone: '+61280001234' };
  expect((await post('/v1/registrations', registration)).status).toBe(202);
  const mail = await arrived('de', email, (texts) => texts.registration('Australia', 'link'));
  const name = aName('registered').toLowerCase();
  const profile = { name, displayName: name, legalName: name, country: 'DE' };
  const made = await post('/v1/registrations/complete', { token: linkIn(mail), password, ...profile });
  expect(made.status).toBe(201);
  await platform.anyone.post('/v1/sign-in/links', { email });
  await arrived('de', email, (texts) => texts.signInLink(name, 'link'));
});

test.each([
  ['line ends', 'Evil\r\nBcc: eve@evil.example\r\n\r\nHello'],
  ['the other direction of writing', 'Evil \u202emoc.elpmaxe@eve'],
  ['letters that look like others', 'Еvil Ltd at evil.example'],
])('%s in an organisation’s name make no header, no line and no address', async (_, displayName) => {
  const tenant = await aTenantOf('de');
  const { id, email } = await aPerson(tenant, 'de');
  await platform.sql('au', 'update tenants set display_name = $1 where tenant_id = $2', [displayName, tenant.id]);
  await aNotice(tenant, 'new-device', 'Hm', id);
  const mail = await vi.waitFor(
    () => {
      const found = received.find(
        (each) => each.to === email && each.subject.startsWith(mailTexts.de.notices['new-device']),
      );
      if (!found) throw new Error('It did not come.');
      return found;
    },
    { timeout: 30_000, interval: 50 },
  );
  expect(mail.headers).not.toMatch(/^Bcc:/im);
  expect(mail.headers.match(/^To: .*$/gim)).toEqual([`To: ${email}`]);
  expect(mail.subject).not.toMatch(/evil\.example|[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  expect(mail.body.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([]);
});
