import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
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

/** Mails a notice to each enabled account whom it is for, each in a mail of its own. */
export async function mailNotice(ctx: TenantContext, noticeId: string): Promise<void> {
  const notice = await store.find(ctx, noticeId);
  if (!notice) return;
  const page = `${ctx.place.region.baseUrl}/t/${ctx.tenantId}`;
  for (const { accountId, to } of await store.addressesOf(ctx, notice))
    await ctx.mail({
      to,
      subject: 'Notice from Bailiwick',
      body: `${notice.text}\n\nOrganisation: ${ctx.identity.tenantDisplayName}\n${page}\n`,
      names: [...notice.names, accountId],
    });
}
