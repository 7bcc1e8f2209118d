import type { z } from 'zod';
import { unlinked } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { languageFor } from '../../kernel/messages/languages.ts';
import { type MailTexts, saidIn } from '../../kernel/messages/mails.ts';
import type { NoticeQuery, NoticesRead } from './schema.ts';
import * as store from './store.ts';

/** Notices of the caller, with how many it has not read: an owner sees the owners' too. */
export async function listNotices(ctx: TenantContext, query: z.output<typeof NoticeQuery>) {
  const [found, unread] = await Promise.all([store.list(ctx, query), store.countUnread(ctx)]);
  return {
    ...found,
    items: found.items.map(({ targetKind, targetId, ...notice }) => ({
      target: targetKind && targetId ? { kind: targetKind, id: targetId } : null,
      ...notice,
    })),
    unread,
  };
}

/** Marks notices of the caller as read, all of them unless some are named. */
export async function markNoticesRead(ctx: TenantContext, { ids }: NoticesRead) {
  if (!ids || ids.length > 0) await store.markRead(ctx, ids);
  return { unread: await store.countUnread(ctx) };
}

const subjectOf = ({ notices, otherNotice }: MailTexts, kind: string) =>
  (notices as Record<string, string>)[kind] ?? otherNotice;

/** Mails a notice to each enabled account whom it is for, each in a mail of its own and in the reader's language. */
export async function mailNotice(ctx: TenantContext, noticeId: string): Promise<void> {
  const notice = await store.find(ctx, noticeId);
  if (!notice) return;
  const page = `${ctx.place.region.baseUrl}/t/${ctx.tenantId}`;
  const tenant = unlinked(ctx.identity.tenantDisplayName);
  for (const { accountId, to, reader } of await store.addressesOf(ctx, notice)) {
    const language = languageFor(reader);
    const said = await saidIn(language, notice.text);
    ctx.mail({
      to,
      language,
      text: (texts) => texts.notice(subjectOf(texts, notice.kind), tenant, said, page),
      names: [...notice.names, accountId],
    });
  }
}
