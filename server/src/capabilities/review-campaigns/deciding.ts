import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { groupBy } from '../../kernel/lists.ts';
import { conflict, forbidden, invalid, problemOf } from '../../kernel/problem.ts';
import { csvLine } from '../audit/service.ts';
import { askBeforeEnds, endHeldDelegation, holdConsents, lookAtEnds } from '../delegations/service.ts';
import * as effects from '../effects/service.ts';
import { changesOfGroups, removeMember, removeMembers } from '../groups/service.ts';
import { endHeldImport } from '../imports/service.ts';
import { accepted, type Batch, startTask, taskKind } from '../tasks/service.ts';
import * as items from './items-store.ts';
import { ReviewCampaign, type ReviewDecision, type ReviewDecisions, type ReviewLook } from './schema.ts';
import { guestNamesIn, shownItem } from './shown.ts';
import * as store from './store.ts';

/** Decisions of a campaign, and the removals that follow from them: as far as who decides may remove by itself. */

const FIRST = '00000000-0000-0000-0000-000000000000';
const BATCH = 500;

interface Outcome {
  state: 'removed' | 'waiting';
  note: string | null;
}
const done: Outcome = { state: 'removed', note: null };
const gone: Outcome = { state: 'removed', note: 'It was gone already.' };
const waiting = (note: string): Outcome => ({ state: 'waiting', note });

const mapped = waiting(
  "This membership follows the person's groups at the identity provider. Remove them from the group there, or change the mapping.",
);

/** What a rule says against it. @throws what is no rule's */
function refusal(error: unknown): Outcome {
  const problem = problemOf(error);
  if (!problem || problem.status >= 500) throw error;
  return problem.status === 404 ? gone : waiting(problem.message);
}

/** What the caller needs to end what lets a group of another tenant in. */
const permissionToEnd = ({ consentKind }: items.ItemRow) =>
  consentKind === 'import' ? 'groups.change' : 'delegations.change';

/** Ends the consent that lets a group of another tenant in, which is held. */
async function endConsent(
  ctx: TenantContext,
  item: items.ItemRow,
  people: effects.PeopleAtHome | undefined,
): Promise<Outcome> {
  const end = item.consentKind === 'import' ? endHeldImport : endHeldDelegation;
  try {
    await ctx.attempt(async () => {
      await end(ctx, item.delegationId as string, people);
    });
    return done;
  } catch (error) {
    return refusal(error);
  }
}

/** Removes members of one group, as the caller's own right allows. */
async function removeOf(
  ctx: TenantContext,
  groupId: string,
  members: items.ItemRow[],
  said: effects.HomesSaid,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const all = (outcome: Outcome) => {
    for (const { id } of members) outcomes.set(id, outcome);
    return outcomes;
  };
  try {
    const left = await ctx.attempt(() =>
      removeMembers(
        ctx,
        groupId,
        members.map(({ principalId }) => principalId as string),
        said,
      ),
    );
    for (const { id, principalId } of members)
      outcomes.set(
        id,
        left.mapped.has(principalId as string) ? mapped : left.removed.has(principalId as string) ? done : gone,
      );
    return outcomes;
  } catch (error) {
    return all(refusal(error));
  }
}

/** @returns how it went, by the items' ids */
export async function removeAll(ctx: TenantContext, some: items.ItemRow[]): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const item of some) if (!item.addedAtNow) outcomes.set(item.id, gone);
  const there = some.filter((item) => item.addedAtNow);
  const partners = there.filter(({ kind }) => kind === 'partner');
  const mayEnd = (item: items.ItemRow) => ctx.rights.may(permissionToEnd(item));
  for (const item of partners.filter((each) => !mayEnd(each)))
    outcomes.set(
      item.id,
      waiting(`Who decided may not end this access: that needs the permission ${permissionToEnd(item)}.`),
    );
  const ends = partners.filter(mayEnd);
  const consents = ends.map(({ delegationId }) => delegationId as string);
  const mayRemove = ctx.rights.may('groups.change');
  const inGroups = there.filter(({ kind }) => kind !== 'partner');
  if (!mayRemove)
    for (const { id } of inGroups)
      outcomes.set(id, waiting('Who decided may not change groups: that needs the permission groups.change.'));
  const members = mayRemove ? inGroups : [];
  const groupIds = [...new Set(members.map((item) => item.groupId))].sort();
  // All homes are asked before all rows are held, and these before the turn.
  const people = await askBeforeEnds(ctx, consents);
  const guests = members.filter(({ kind }) => kind === 'guest');
  const said = await effects.askHomes(ctx, { guestIds: guests.map(({ principalId }) => principalId as string) });
  await holdConsents(ctx, consents, groupIds);
  for (const item of ends) outcomes.set(item.id, await endConsent(ctx, item, people.get(item.delegationId as string)));
  for (const groupId of groupIds)
    for (const [id, outcome] of await removeOf(
      ctx,
      groupId,
      members.filter((item) => item.groupId === groupId),
      said,
    ))
      outcomes.set(id, outcome);
  return outcomes;
}

/** Items by how their removal went, so that each way is written once. */
export function byOutcome(outcomes: Map<string, Outcome>): (Outcome & { ids: string[] })[] {
  const found = new Map<string, Outcome & { ids: string[] }>();
  for (const [id, outcome] of outcomes) {
    const key = `${outcome.state} ${outcome.note}`;
    const known = found.get(key) ?? { ...outcome, ids: [] };
    known.ids.push(id);
    found.set(key, known);
  }
  return [...found.values()];
}

const requireOpen = ({ state }: { state: string }) => {
  if (state === 'gathering')
    throw conflict('campaign-gathering', 'Its memberships are still being gathered. Wait a moment.');
  if (state !== 'open') throw conflict('campaign-over', 'This campaign is over. What was decided stays as it is.');
};

const ownAccess =
  'Nobody decides about their own access, or that of a machine of theirs. Another reviewer does; one can be added to the campaign.';
const notReviewer = 'Those decide who answer for the group, and the reviewers named in the campaign.';

/**
 * Decides about one item; a removal is done at once where who decides may remove the member, else it waits for somebody
 * who may. A decision may be changed until the campaign ends, unless it removed.
 *
 * @throws {Problem} 403 `own-access`, `not-a-reviewer`, `fresh-sign-in-required` for an owner; 409 `campaign-over`,
 *   `already-removed`, `last-owner`
 */
export async function decideItem(
  ctx: TenantContext,
  campaignId: string,
  id: string,
  { decision, reason }: z.output<typeof ReviewDecision>,
) {
  const campaign = await store.hold(ctx, campaignId);
  const item = await items.lock(ctx, campaignId, id);
  if (ctx.actor.kind === 'account' && item.isOwn) throw forbidden('own-access', ownAccess);
  if (ctx.actor.kind !== 'account' || !item.mayDecide) throw forbidden('not-a-reviewer', notReviewer);
  requireOpen(campaign);
  if (item.state === 'removed') throw conflict('already-removed', 'It is removed. Who needs it again asks for it.');
  const names = await guestNamesIn(ctx, [item]); // of their homes, which nobody asks once the turn is taken
  const outcome = decision === 'keep' ? { state: 'kept' as const, note: null } : await removeOne(ctx, item);
  await items.decide(ctx, [id], { reason, decidedBy: ctx.actor.id, ...outcome });
  const { principalId, groupId } = item;
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id: campaignId, name: campaign.name },
    details: { itemId: id, principalId, groupId, decision, state: outcome.state },
  });
  return shownItem(ctx, campaign, await items.find(ctx, campaignId, id), names);
}

/** Owners go one by one, so that each is asked who they are and the last one is refused aloud. */
async function removeOne(ctx: TenantContext, item: items.ItemRow): Promise<Outcome> {
  if (item.isOwnerGroup && item.addedAtNow && ctx.rights.isOwner) {
    await removeMember(ctx, item.groupId, item.principalId as string);
    return done;
  }
  return (await removeAll(ctx, [item])).get(item.id) as Outcome;
}

const MOST_LOOKED_AT = 5_000;

const nothingOfYours = () =>
  invalid({ path: 'itemIds', message: 'names nothing that is yours to decide and not removed' });

/**
 * Who would lose what, were these removed, by name if wanted: the same difference that the audit then keeps. Of the people
 * of another tenant's group their own tenant is asked.
 *
 * @throws {Problem} 400 that names `itemIds` when nothing of it is the caller's to decide or to see; 409 `too-many-to-look-at`,
 *   `campaign-over` for who sees it as a reviewer only: what people are called then is no business of theirs any more
 */
export async function lookAtRemoval(ctx: TenantContext, campaignId: string, { names, ...which }: ReviewLook) {
  const campaign = await store.find(ctx, campaignId);
  if (!ctx.rights.may('groups.view')) requireOpen(campaign);
  const some = await items.toLookAt(ctx, campaignId, which, MOST_LOOKED_AT + 1);
  if (some.length === 0)
    throw which.itemIds
      ? nothingOfYours()
      : invalid({ path: 'itemIds', message: 'must name items of the list, since nothing of it is yours to decide' });
  if (some.length > MOST_LOOKED_AT)
    throw conflict('too-many-to-look-at', `These are more than ${MOST_LOOKED_AT}. Look at them group by group.`);
  const members = some.flatMap(({ groupId, principalId }) => (principalId ? [{ groupId, principalId }] : []));
  const ends = some.flatMap(({ principalId, delegationId, consentKind }) =>
    !principalId && delegationId && consentKind ? [delegationId] : [],
  );
  const wanted = new Map<string, effects.GroupChange>();
  for (const [groupId, those] of groupBy(members, (member) => member.groupId))
    wanted.set(groupId, { leaving: those.map(({ principalId }) => principalId) });
  const change = { groups: await changesOfGroups(ctx, wanted) };
  return {
    effect: await effects.lookAt(ctx, change),
    names: names ? await effects.namesOfEffect(ctx, change, names) : null,
    partners: ends.length > 0 ? await lookAtEnds(ctx, ends, names) : [],
  };
}

type Asked = ReviewDecisions & { campaignId: string };

const fileName = 'decisions.csv';

const decidingMany = taskKind<Asked>({
  kind: 'review-campaigns.decide-many',
  permission: null,
  fileName,
  actsAs: 'review-campaigns.decide-many',
  count: (ctx, { campaignId, ...which }) => items.countYours(ctx, campaignId, which),
  batch: decideBatch,
});

const carryingOut = taskKind<{ campaignId: string }>({
  kind: 'review-campaigns.carry-out',
  permission: 'groups.change',
  fileName,
  actsAs: 'review-campaigns.carry-out',
  count: (ctx, { campaignId }) => items.count(ctx, campaignId, 'waiting'),
  batch: carryOutBatch,
});

export const decidingJobs = [decidingMany.job, carryingOut.job];

/**
 * Decides about much of what is the caller's.
 *
 * @throws {Problem} 400 when nothing of it is; 403 `not-a-reviewer`, `own-access` of what is named; 409 `campaign-over`;
 *   429 as `startTask`
 */
export async function decideMany(ctx: TenantContext, campaignId: string, asked: ReviewDecisions) {
  const campaign = await store.find(ctx, campaignId);
  if (ctx.actor.kind !== 'account') throw forbidden('not-a-reviewer', notReviewer);
  requireOpen(campaign);
  if ((await items.yours(ctx, campaignId, asked, 1)).length === 0) {
    const [other] = await items.toLookAt(ctx, campaignId, asked, 1);
    if (!other) throw nothingOfYours();
    throw other.isOwn ? forbidden('own-access', ownAccess) : forbidden('not-a-reviewer', notReviewer);
  }
  const task = await startTask(ctx, decidingMany, { ...asked, campaignId });
  const { decision, reason: _reason, ...which } = asked;
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id: campaignId, name: campaign.name },
    details: { decision, ...which, taskId: task.id },
  });
  return accepted(ctx, task);
}

const columns = ['itemId', 'groupId', 'principalId', 'state', 'note'];

/** What a batch did with each of its items; the first begins the file. */
function batchOf(
  cursor: string | null,
  some: items.ItemRow[],
  outcomes: ReadonlyMap<string, { state: string; note: string | null }>,
): Batch {
  const counts: Record<string, number> = {};
  const lines = cursor === null ? [csvLine(columns)] : [];
  for (const { id, groupId, principalId } of some) {
    const outcome = outcomes.get(id);
    if (!outcome) continue;
    counts[outcome.state] = (counts[outcome.state] ?? 0) + 1;
    lines.push(csvLine([id, groupId, principalId, outcome.state, outcome.note]));
  }
  const next = some.length === BATCH ? (some.at(-1)?.id ?? null) : null;
  return { text: lines.join(''), rows: some.length, counts, cursor: next };
}

const nothing = (cursor: string | null) => batchOf(cursor, [], new Map());

async function decideBatch(ctx: TenantContext, asked: Asked, cursor: string | null): Promise<Batch> {
  const { campaignId, decision, reason, ...which } = asked;
  const decidedBy = ctx.actor.id as string;
  const campaign = (await store.isEnabled(ctx, decidedBy)) ? await store.holdIfThere(ctx, campaignId) : undefined;
  if (campaign?.state !== 'open') return nothing(cursor);
  const some = await items.holdYours(ctx, campaignId, which, cursor ?? FIRST, BATCH);
  if (some.length === 0) return nothing(cursor);
  const ids = some.map(({ id }) => id);
  const outcomes: Map<string, { state: 'kept' | Outcome['state']; note: string | null }> =
    decision === 'remove' ? await removeAll(ctx, some) : new Map(ids.map((id) => [id, { state: 'kept', note: null }]));
  if (decision === 'keep') await items.decide(ctx, ids, { state: 'kept', note: null, reason, decidedBy });
  else
    for (const { ids: same, ...outcome } of byOutcome(outcomes as Map<string, Outcome>))
      await items.decide(ctx, same, { reason, decidedBy, ...outcome });
  const batch = batchOf(cursor, some, outcomes);
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id: campaignId, name: campaign.name },
    details: { decision, items: ids, ...batch.counts },
  });
  return batch;
}

/** Removes what was decided and waits, as far as the caller may. @throws {Problem} 409 `nothing-waits`; 429 as `startTask` */
export async function carryOut(ctx: TenantContext, campaignId: string) {
  const campaign = await store.find(ctx, campaignId);
  if ((await items.count(ctx, campaignId, 'waiting')) === 0)
    throw conflict('nothing-waits', 'No removal of this campaign waits.');
  const task = await startTask(ctx, carryingOut, { campaignId });
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id: campaignId, name: campaign.name },
    details: { taskId: task.id },
  });
  return accepted(ctx, task);
}

/** Whether it is another membership than the one decided about, which is gone. */
const isLater = ({ kind, addedAtNow, decidedAt }: items.ItemRow) =>
  kind !== 'partner' && addedAtNow !== null && decidedAt !== null && addedAtNow > decidedAt;
const givenLater: Outcome = { state: 'removed', note: 'It was gone already; what stands now was given later.' };

async function carryOutBatch(
  ctx: TenantContext,
  { campaignId }: { campaignId: string },
  cursor: string | null,
): Promise<Batch> {
  const campaign = await store.holdIfThere(ctx, campaignId);
  if (!campaign) return nothing(cursor);
  const some = await items.standingAfter(ctx, campaignId, 'waiting', cursor ?? FIRST, BATCH);
  if (some.length === 0) return nothing(cursor);
  const later = some.filter(isLater);
  const outcomes = await removeAll(
    ctx,
    some.filter((item) => !isLater(item)),
  );
  for (const { id } of later) outcomes.set(id, givenLater);
  for (const { ids, ...outcome } of byOutcome(outcomes)) await items.settle(ctx, ids, outcome);
  const batch = batchOf(cursor, some, outcomes);
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id: campaignId, name: campaign.name },
    details: { items: some.map(({ id }) => id), ...batch.counts },
  });
  return batch;
}
