import type { TenantContext } from '../../kernel/context.ts';
import * as items from './items-store.ts';
import * as store from './store.ts';

/** Reviewers are told when a campaign begins, and again before it ends, as long as something waits for them. */

const DAY_MS = 86_400_000;

/** Has reviewers reminded a week and a day before the end, and the campaign closed then. */
export function scheduleEnd(ctx: TenantContext, campaignId: string, dueAt: Date): void {
  const payload = { campaignId, dueAt: dueAt.toISOString() };
  ctx.enqueue('review-campaigns.end', payload, dueAt);
  const left = dueAt.getTime() - ctx.now.getTime();
  for (const days of [7, 1])
    if (left > (days + 1) * DAY_MS)
      ctx.enqueue('review-campaigns.remind', payload, new Date(dueAt.getTime() - days * DAY_MS));
}

const when = (time: Date) => `${time.toISOString().slice(0, 10)} ${time.toISOString().slice(11, 16)} UTC`;

export async function tellReviewers(ctx: TenantContext, campaignId: string, what: 'begins' | 'ends'): Promise<void> {
  const campaign = await store.lockIfThere(ctx, campaignId);
  if (!campaign) return;
  const { name, dueAt, undecided } = campaign;
  const otherwise = undecided === 'remove' ? 'What nobody decided is removed then.' : 'What nobody decided stays then.';
  for (const { accountId, count } of await items.waitingByReviewer(ctx, campaignId))
    ctx.notify({
      kind: what === 'begins' ? 'review-begins' : 'review-ends',
      text: `${count} ${count === 1 ? 'membership waits' : 'memberships wait'} for your decision in the access review ${name}, until ${when(dueAt)}. ${otherwise}`,
      to: { accountId },
      target: { kind: 'review-campaign', id: campaignId },
    });
}

export interface Ending {
  campaignId: string;
  dueAt: string;
}

/** The campaign, if it still ends then. */
export async function endingThen(ctx: TenantContext, { campaignId, dueAt }: Ending) {
  const campaign = await store.lockIfThere(ctx, campaignId);
  return campaign?.dueAt.getTime() === Date.parse(dueAt) ? campaign : undefined;
}

export async function remind(ctx: TenantContext, ending: Ending): Promise<void> {
  if ((await endingThen(ctx, ending))?.state === 'open') await tellReviewers(ctx, ending.campaignId, 'ends');
}
