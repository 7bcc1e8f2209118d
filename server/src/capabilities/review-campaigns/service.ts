import type { z } from 'zod';
import { topics } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, forbidden, invalid } from '../../kernel/problem.ts';
import { startTask } from '../tasks/service.ts';
import { gathering } from './gathering.ts';
import * as items from './items-store.ts';
import {
  type CampaignQuery,
  type ItemQuery,
  type NewReviewCampaign,
  ReviewCampaign,
  type ReviewCampaignChanges,
} from './schema.ts';
import { shownCampaign, shownCampaigns, shownItems } from './shown.ts';
import * as store from './store.ts';
import { scheduleEnd } from './telling.ts';

/**
 * Access review campaigns: those who answer for it decide about each membership whether it stays, until a day. What they
 * decided is kept.
 */

const MOST_OPEN = 20;
const MOST_ITEMS = 200_000;
const HOUR_SECONDS = 3600;
const YEAR_SECONDS = 366 * 86_400;

const namespacedTopics = topics.filter(({ namespaced }) => namespaced).map(({ name }) => name);

function requireDue(ctx: TenantContext, dueAt: string): Date {
  const due = new Date(dueAt);
  if (due < ctx.later(HOUR_SECONDS)) throw invalid({ path: 'dueAt', message: 'must be an hour from now at least' });
  if (due > ctx.later(YEAR_SECONDS)) throw invalid({ path: 'dueAt', message: 'must be within a year' });
  return due;
}

const missingIn = async (
  ctx: TenantContext,
  path: string,
  kind: 'accounts' | 'groups' | 'namespaces',
  ids: string[] = [],
) => {
  const missing = await store.missing(ctx, kind, ids);
  const noun = { accounts: 'an account that is enabled', groups: 'a group', namespaces: 'a namespace' }[kind];
  return ids.flatMap((id, at) =>
    missing.has(id) ? [{ path: `${path}.${at}`, message: `does not name ${noun}` }] : [],
  );
};

/**
 * Begins a campaign: a task gathers who has what, then those who decide are told.
 *
 * @throws {Problem} 400 that names what is not there, a time, or a scope of no membership or of too many; 409 `too-many-open`
 */
export async function createCampaign(ctx: TenantContext, campaign: NewReviewCampaign) {
  const { scope } = campaign;
  if (!ctx.actor.id) throw forbidden('people-only', 'A campaign is begun by somebody of this tenant.');
  const due = requireDue(ctx, campaign.dueAt);
  const errors = [
    ...(await missingIn(ctx, 'reviewerIds', 'accounts', campaign.reviewerIds)),
    ...(await missingIn(ctx, 'scope.groupIds', 'groups', scope.groupIds)),
    ...(await missingIn(ctx, 'scope.namespaceIds', 'namespaces', scope.namespaceIds)),
  ];
  if (errors.length > 0) throw invalid(...errors.slice(0, 20));
  if ((await store.countOpen(ctx)) >= MOST_OPEN)
    throw conflict(
      'too-many-open',
      `This tenant has ${MOST_OPEN} campaigns that are not over. End one, then begin this.`,
    );
  const id = newId();
  await store.insert(ctx, id, campaign);
  await store.insertGroups(ctx, id, scope, namespacedTopics);
  const count = await items.countHeld(ctx, id, scope);
  if (count === 0) throw invalid({ path: 'scope', message: 'has no membership in it' });
  if (count > MOST_ITEMS)
    throw invalid({
      path: 'scope',
      message: `has ${count} memberships in it, more than ${MOST_ITEMS}; make several campaigns of it`,
    });
  const task = await startTask(ctx, gathering, { campaignId: id });
  await store.update(ctx, id, { taskId: task.id });
  scheduleEnd(ctx, id, due);
  const made = await readCampaign(ctx, id);
  ctx.audit(ReviewCampaign, { after: made });
  return made;
}

export const readCampaign = async (ctx: TenantContext, id: string) => shownCampaign(ctx, await store.find(ctx, id));

/** All of them to those who may see groups, to others those that they decide in. */
export async function listCampaigns(ctx: TenantContext, query: z.output<typeof CampaignQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: await shownCampaigns(ctx, found.items) };
}

/**
 * Whoever says when it ends, or what becomes then of the undecided, has it done with their own rights.
 *
 * @throws {Problem} 400 that names a field; 409 `campaign-over`; 412 when another edit came first
 */
export async function changeCampaign(ctx: TenantContext, id: string, changes: z.output<typeof ReviewCampaignChanges>) {
  const before = await store.lock(ctx, id);
  ctx.requireVersion(before);
  if (before.state !== 'open')
    throw conflict(
      'campaign-over',
      before.state === 'gathering' ? 'It is still being gathered.' : 'This campaign is over.',
    );
  const { dueAt, name, reviewerIds, undecided } = changes;
  const due = dueAt === undefined ? undefined : requireDue(ctx, dueAt);
  const errors = await missingIn(ctx, 'reviewerIds', 'accounts', reviewerIds);
  if (errors.length > 0) throw invalid(...errors.slice(0, 20));
  await store.update(ctx, id, {
    ...(name === undefined ? {} : { name }),
    ...(reviewerIds === undefined ? {} : { reviewerIds }),
    ...(undecided === undefined ? {} : { undecided }),
    ...(due === undefined ? {} : { dueAt: due }),
    ...(due === undefined && undecided === undefined ? {} : { endsAs: ctx.actor.id as string }),
  });
  if (due) scheduleEnd(ctx, id, due);
  const after = await readCampaign(ctx, id);
  ctx.audit(ReviewCampaign, { before: { ...before, counts: after.counts, yours: after.yours }, after });
  return after;
}

export async function listItems(ctx: TenantContext, id: string, query: ItemQuery) {
  const campaign = await store.find(ctx, id);
  const found = await items.list(ctx, id, query);
  return { ...found, items: await shownItems(ctx, campaign, found.items) };
}

const MOST_GROUPS = 200;

/** What a campaign came to, or has come to so far. */
export async function readReport(ctx: TenantContext, id: string) {
  const campaign = await readCampaign(ctx, id);
  const groups = await items.countsByGroup(ctx, id, MOST_GROUPS);
  const reviewers = await items.countsByReviewer(ctx, id);
  const names = await store.namesOf(
    ctx,
    reviewers.map((each) => each.id),
  );
  return {
    groups: groups.map(({ id: groupId, name, ...counts }) => ({ id: groupId, name, counts })),
    ...campaign,
    reviewers: reviewers.map((each) => ({ displayName: names.get(each.id) ?? 'Deleted', ...each })),
  };
}
