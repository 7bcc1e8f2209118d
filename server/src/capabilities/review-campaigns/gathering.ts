import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { csvLine } from '../audit/service.ts';
import { type Batch, taskKind } from '../tasks/service.ts';
import * as items from './items-store.ts';
import { ReviewCampaign } from './schema.ts';
import * as store from './store.ts';
import { tellReviewers } from './telling.ts';

/** Who has what when a campaign begins, in the order of group and principal. */

const BATCH = 2_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

export const gathering = taskKind<{ campaignId: string }>({
  kind: 'review-campaigns.gather',
  permission: 'groups.change',
  fileName: 'gathered.csv',
  actsAs: 'review-campaigns.create',
  count: async (ctx, { campaignId }) => {
    const campaign = await store.lockIfThere(ctx, campaignId);
    return campaign ? items.countHeld(ctx, campaignId, campaign.scope) : 0;
  },
  batch: gather,
});

const newIds = (count: number) => Array.from({ length: count }, newId).sort();

async function gather(
  ctx: TenantContext,
  { campaignId }: { campaignId: string },
  cursor: string | null,
): Promise<Batch> {
  const campaign = await store.lockIfThere(ctx, campaignId);
  if (campaign?.state !== 'gathering') return { text: '', rows: 0, cursor: null };
  const { name, scope, reviewers } = campaign;
  const isFirst = cursor === null;
  const partners =
    isFirst && (!scope.kinds || scope.kinds.includes('partner'))
      ? await items.insertPartners(ctx, campaignId, newIds)
      : 0;
  const rows = await items.insertHeld(ctx, campaignId, scope, cursor?.split(' ') ?? [FIRST, FIRST], newIds(BATCH));
  const places = rows.map(({ groupId, principalId }) => `${groupId} ${principalId}`).sort();
  const next = rows.length === BATCH ? (places.at(-1) ?? null) : null;
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id: campaignId, name },
    details: { gathered: rows.length + partners, reviewers },
    action: 'review-campaigns.gather',
  });
  if (next === null) {
    await store.update(ctx, campaignId, { state: 'open' });
    await tellReviewers(ctx, campaignId, 'begins');
  }
  return {
    text:
      (isFirst ? csvLine(['groupId', 'principalId']) : '') +
      rows.map(({ groupId, principalId }) => csvLine([groupId, principalId])).join(''),
    rows: rows.length + partners,
    cursor: next,
  };
}
