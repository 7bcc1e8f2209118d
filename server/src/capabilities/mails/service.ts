import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import type { Pool } from '../../kernel/database/pool.ts';
import { groupBy } from '../../kernel/lists.ts';
import { conflict } from '../../kernel/problem.ts';
import type { OutboxMail, OutboxQuery } from './schema.ts';
import { deliver } from './smtp.ts';
import * as store from './store.ts';

const KEPT_SECONDS = 7 * 86_400;
/** For so long a mail server may be away before a mail is given up. */
const TRIED_SECONDS = 3 * 86_400;

/**
 * Sends a mail by the region's mail server, or keeps it in the development outbox where none is set.
 *
 * @throws {Error} when the server does not take it now; the job is tried again
 */
export async function sendMail(ctx: TenantContext, mailId: string): Promise<void> {
  const mail = await store.lock(ctx, mailId);
  if (!mail || mail.sentAt) return;
  const { smtpUrl } = ctx.place.region;
  if (!smtpUrl) await store.keepInOutbox(ctx, mail);
  else {
    const { id, recipient, language, subject, body, createdAt } = mail;
    const letter = {
      id,
      from: ctx.platform.config.mailFrom,
      to: recipient,
      language,
      subject,
      body,
      writtenAt: createdAt,
    };
    const outcome = await deliver(smtpUrl, letter).catch((error: unknown) => {
      if (createdAt > ctx.later(-TRIED_SECONDS)) throw error;
      return 'given up';
    });
    if (outcome !== 'sent') ctx.platform.log.warn({ mailId, outcome }, 'a mail was not sent');
    await store.markSent(ctx, id);
  }
  await ctx.enqueue('mails.forget', { mailId }, ctx.later(KEPT_SECONDS));
}

export const forgetMail = (ctx: TenantContext, mailId: string): Promise<void> => store.forget(ctx, mailId);

/** The outbox looks no further back than so many mails in a cell. */
const SEARCHED = 1_000;
const CHUNK = 100;

/**
 * Mails of the development outboxes of the regions that this node serves, newest first; also those that the job has
 * not kept yet, so that a mail is here as soon as the act that wrote it is acknowledged.
 *
 * @throws {Problem} 409 `smtp-set` where mails are sent instead; 421 or 400 for a region that is not served or known
 */
export async function readOutbox({ platform }: PlatformContext, { limit, region, to }: OutboxQuery) {
  const asked =
    region === undefined ? [...platform.regions.values()] : [await platform.regionOf(region, 'query.region')];
  const keeping = asked.filter(({ smtpUrl }) => !smtpUrl);
  if (keeping.length === 0) throw conflict('smtp-set', 'A mail server is set: mails are sent, not kept in the outbox.');
  const found = await Promise.all(
    keeping.flatMap(({ code, cells }) => cells.map((cell) => newestOf(cell, code, { limit, to }))),
  );
  return { items: found.flat().sort(newestFirst).slice(0, limit) };
}

type Listed = Omit<OutboxMail, 'createdAt'> & { createdAt: Date };

const newestFirst = (a: Listed, b: Listed) =>
  b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

async function newestOf(cell: Pool, region: string, { limit, to }: { limit: number; to: string | undefined }) {
  const { waiting, kept } = await store.keptIn(cell, SEARCHED);
  const mails = new Map<string, Listed>();
  const add = (rows: Omit<Listed, 'region'>[]) => {
    for (const row of rows) mails.set(row.id, { ...row, region });
  };
  for (const tenantId of waiting) add(await store.readMails(cell, tenantId, { to, limit }));
  for (let at = 0, there = 0; at < kept.length && there < limit; at += CHUNK) {
    for (const [tenantId, mails] of groupBy(kept.slice(at, at + CHUNK), (mail) => mail.tenantId)) {
      const ids = mails.map(({ id }) => id);
      const rows = await store.readMails(cell, tenantId, { ids, to, limit: CHUNK });
      there += rows.length;
      add(rows);
    }
  }
  return [...mails.values()];
}
