import type { z } from 'zod';
import { rightsNow } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { job } from '../../kernel/jobs.ts';
import { conflict } from '../../kernel/problem.ts';
import { type Batch, isTaskUnderWay, startTask, taskKind } from '../tasks/service.ts';
import { byOutcome, removeAll } from './deciding.ts';
import * as items from './items-store.ts';
import { ReviewCampaign, type ReviewClosing } from './schema.ts';
import { shownCampaign } from './shown.ts';
import * as store from './store.ts';
import { type Ending, endingThen, remind } from './telling.ts';

/** The end of a campaign: what nobody decided stays, or is removed as whoever said so may. */

const BATCH = 500;
const FIRST = '00000000-0000-0000-0000-000000000000';

interface Asked {
  campaignId: string;
  undecided: 'keep' | 'remove';
}

const closing = taskKind<Asked>({
  kind: 'review-campaigns.close',
  // Without the right nothing is removed any more, and the campaign ends all the same.
  permission: null,
  fileName: 'closing.csv',
  actsAs: 'review-campaigns.close',
  count: (ctx, { campaignId }) => items.count(ctx, campaignId, 'undecided'),
  batch: closeBatch,
});

export const closingJobs = [
  closing.job,
  job('review-campaigns.end', endInTime),
  job('review-campaigns.remind', remind),
];

/**
 * Ends a campaign before its time. One that is being gathered ends with nothing removed, since nobody could decide; an end
 * that was cancelled or given up is begun again.
 *
 * @throws {Problem} 409 `campaign-over`; 429 as `startTask`
 */
export async function closeCampaign(ctx: TenantContext, id: string, { undecided }: z.output<typeof ReviewClosing>) {
  const campaign = await store.lock(ctx, id);
  const { state, taskId } = campaign;
  if (state === 'closed' || (state === 'closing' && taskId !== null && (await isTaskUnderWay(ctx, taskId))))
    throw conflict('campaign-over', 'This campaign is over.');
  await beginClosing(ctx, campaign, undecided);
  return shownCampaign(ctx, await store.find(ctx, id));
}

async function beginClosing(ctx: TenantContext, { id, name, state }: store.CampaignRow, wanted: 'keep' | 'remove') {
  const undecided = state === 'gathering' ? 'keep' : wanted;
  const task = await startTask(ctx, closing, { campaignId: id, undecided });
  await store.update(ctx, id, { state: 'closing', undecided, taskId: task.id });
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id, name },
    details: { undecided, taskId: task.id },
    action: 'review-campaigns.close',
  });
}

/** By whoever said last that and when, with what they may now: nobody has more removed than they could remove themselves. */
async function endInTime(ctx: TenantContext, ending: Ending): Promise<void> {
  const campaign = await endingThen(ctx, ending);
  if (campaign?.state !== 'open' && campaign?.state !== 'gathering') return;
  const { endsAs } = campaign;
  ctx.identity.rights = await rightsNow(ctx.db, endsAs);
  ctx.identity.actor = {
    kind: (await store.kindOf(ctx, endsAs)) ?? 'account',
    id: endsAs,
    credentialId: null,
    door: 'job',
  };
  await beginClosing(ctx, campaign, campaign.undecided);
}

async function closeBatch(ctx: TenantContext, { campaignId, undecided }: Asked, cursor: string | null): Promise<Batch> {
  const campaign = await store.lockIfThere(ctx, campaignId);
  if (campaign?.state !== 'closing') return { text: '', rows: 0, cursor: null };
  const some = await items.standingAfter(ctx, campaignId, 'undecided', cursor ?? FIRST, BATCH);
  const leaving =
    undecided === 'remove' ? some.filter(({ isOwnerGroup, isNobodys }) => !isOwnerGroup && !isNobodys) : [];
  const gone = new Set(leaving.map(({ id }) => id));
  const left = some.filter(({ id }) => !gone.has(id));
  const counts: Record<string, number> = { left: left.length };
  for (const [isNobodys, note] of [
    [false, 'Nobody decided until the campaign ended.'],
    [true, 'Nobody could decide about it: all who were to stand behind this machine.'],
  ] as const) {
    const ids = left.flatMap((item) => (item.isNobodys === isNobodys ? [item.id] : []));
    if (ids.length > 0) await items.decide(ctx, ids, { state: 'left', note, decidedBy: null });
  }
  if (leaving.length > 0)
    for (const { ids, state, note } of byOutcome(await removeAll(ctx, leaving))) {
      counts[state] = (counts[state] ?? 0) + ids.length;
      const said = note ?? 'Nobody decided until the campaign ended.';
      await items.decide(ctx, ids, { state, note: said, decidedBy: null });
    }
  const next = some.length === BATCH ? (some.at(-1)?.id ?? null) : null;
  if (next === null) await finish(ctx, campaign);
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id: campaignId, name: campaign.name },
    details: { items: some.map(({ id }) => id), ...counts },
  });
  return { text: '', rows: some.length, counts, cursor: next };
}

async function finish(ctx: TenantContext, { id, name, createdBy }: store.CampaignRow) {
  const { counts } = (await items.countsOf(ctx, [id])).get(id) ?? {};
  await store.update(ctx, id, { state: 'closed', closedAt: ctx.now, counts: JSON.stringify(counts ?? {}) });
  if ((await store.kindOf(ctx, createdBy)) !== 'account') return;
  const { kept = 0, removed = 0, waiting = 0, left = 0 } = counts ?? {};
  ctx.notify({
    kind: 'review-closed',
    text: `The access review ${name} is over: ${kept} kept, ${removed} removed, ${waiting} still to be removed, ${left} undecided and left.`,
    to: { accountId: createdBy },
    target: { kind: 'review-campaign', id },
  });
}
