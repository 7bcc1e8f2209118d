/** A mail as it goes out: one recipient, plain text. */
export interface Letter {
  id: string;
  /** The platform's own address, from settings. */
  from: string;
  to: string;
  language: string;
  subject: string;
  body: string;
  writtenAt: Date;
}

/** Together below the 20 seconds after which a silent database connection is given up: its unit of work waits meanwhile. */
const timeouts = { dnsTimeout: 3_000, connectionTimeout: 4_000, greetingTimeout: 4_000, socketTimeout: 6_000 };

/** One address and nothing that a header or a list of recipients could be made of. */
const oneAddress = /^[^\s,;<>()[\]\\"\p{Cc}]+@[^\s,;<>()[\]\\"@\p{Cc}]+$/u;

/** Servers that could not be reached are left alone for a while, so that other jobs do not wait for them. */
const away = new Set<string>();
const LEFT_ALONE_MS = 15_000;
const unreachable = new Set(['ECONNECTION', 'ESOCKET', 'ETIMEDOUT', 'EDNS']);

/**
 * Hands a mail to a mail server. The message id is the mail's own, so that one sent twice after a fault can be told.
 *
 * @returns `refused` when the server will never take it; it is not worth another try
 * @throws {Error} when it may take it later; the message holds neither address nor text
 */
export async function deliver(smtpUrl: string, { id, from, to, language, subject, body, writtenAt }: Letter) {
  if (!oneAddress.test(to)) return 'refused';
  if (away.has(smtpUrl)) throw new Error('The mail server was away a moment ago.');
  const domain = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  const { createTransport } = await import('nodemailer'); // with the first mail
  const transport = createTransport({ url: smtpUrl, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
  try {
    await transport.sendMail({
      envelope: { from, to: [to] },
      from,
      to: { name: '', address: to },
      subject: subject.replace(/\p{Cc}+/gu, ' ').trim(),
      text: body,
      date: writtenAt,
      messageId: `<${id}@${domain}>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
      xMailer: false,
    });
    return 'sent';
  } catch (error) {
    const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number };
    if (unreachable.has(code)) {
      away.add(smtpUrl);
      setTimeout(() => away.delete(smtpUrl), LEFT_ALONE_MS).unref();
    }
    // RFC 5321 section 4.2.1: a 5yz reply to recipient or content stands.
    if ((code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode && responseCode >= 500) return 'refused';
    throw new Error(`The mail server did not take a mail: ${code}${responseCode ? ` ${responseCode}` : ''}.`);
  } finally {
    transport.close();
  }
}
