import { type Action, actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { membersManaged } from '../groups/service.ts';
import { guestNames } from '../visits/service.ts';
import type { ItemRow } from './items-store.ts';
import * as items from './items-store.ts';
import * as store from './store.ts';

/** Campaigns and items as their readers see them. */

const none = { counts: { total: 0, undecided: 0, kept: 0, removed: 0, waiting: 0, left: 0 }, yours: 0 };

export async function shownCampaigns(ctx: TenantContext, campaigns: store.CampaignRow[]) {
  const counted = await items.countsOf(
    ctx,
    campaigns.filter(({ counts }) => !counts).map(({ id }) => id),
  );
  const shown = [];
  for (const campaign of campaigns) {
    const { counts: now, yours } = counted.get(campaign.id) ?? none;
    const counts = campaign.counts ?? now;
    const isOpen = campaign.state === 'open';
    const over = isOpen
      ? null
      : campaign.state === 'gathering'
        ? 'It is still being gathered.'
        : 'This campaign is over.';
    shown.push({
      yours: isOpen && ctx.actor.kind === 'account' ? yours : 0,
      actions: actionsOf(ctx, [
        { name: 'review-campaigns.change', permission: 'groups.change', blocked: over },
        {
          name: 'review-campaigns.close',
          permission: 'groups.change',
          blocked: campaign.state === 'closed' ? 'This campaign is over.' : null,
        },
        {
          name: 'review-campaigns.carry-out',
          permission: 'groups.change',
          blocked: counts.waiting > 0 ? null : 'No removal waits.',
        },
        { name: 'review-campaigns.export', permission: 'groups.view' },
      ]),
      ...campaign,
      counts,
    });
  }
  return shown;
}

export async function shownCampaign(ctx: TenantContext, campaign: store.CampaignRow) {
  const [shown] = await shownCampaigns(ctx, [campaign]);
  return shown as NonNullable<typeof shown>;
}

const day = (time: Date) => time.toISOString().slice(0, 10);

/** What is otherwise than when the campaign began. */
function changedSince(item: ItemRow): string[] {
  const { state, groupSource, groupStatus, grants, grantsNow, addedAt, addedAtNow, endsAt, endsAtNow } = item;
  if (state === 'removed') return [];
  if (!groupSource || !grantsNow) return ['The group was deleted since.'];
  if (!addedAtNow) return ['It was taken away since, or ended by itself.'];
  const more = grantsNow.filter((grant) => !grants.includes(grant));
  const less = grants.filter((grant) => !grantsNow.includes(grant));
  const said: string[] = [];
  if (addedAtNow > addedAt) said.push(`It was taken away and given anew on ${day(addedAtNow)}.`);
  if (endsAt?.getTime() !== endsAtNow?.getTime())
    said.push(endsAtNow ? `It ends by itself on ${day(endsAtNow)} now.` : 'It does not end by itself any more.');
  if (more.length > 0) said.push(`The group gives more now: ${more.join(', ')}.`);
  if (less.length > 0) said.push(`The group gives less now, without ${less.join(', ')}.`);
  if (groupStatus === 'disabled') said.push('The group is disabled and gives nothing.');
  return said;
}

async function managedOf(ctx: TenantContext, { path, groupSource }: ItemRow): Promise<string | null> {
  if (path === 'identity-provider')
    return "It follows the person's groups at the identity provider. Remove them from the group there, or change the mapping.";
  return path === 'provisioning' && groupSource ? membersManaged(ctx, { source: groupSource }) : null;
}

function actions(ctx: TenantContext, { state }: { state: string }, item: ItemRow): Action[] {
  const reason =
    state === 'gathering'
      ? 'It is still being gathered.'
      : state !== 'open'
        ? 'This campaign is over.'
        : item.isOwn
          ? 'Nobody decides about their own access, or that of a machine of theirs.'
          : ctx.actor.kind !== 'account' || !item.mayDecide
            ? 'Another reviewer decides.'
            : item.state === 'removed'
              ? 'It is removed.'
              : null;
  return [{ name: 'review-campaigns.decide', allowed: reason === null, reason }];
}

/** What their homes call the guests among them, by the ids of their principals. */
export const guestNamesIn = (ctx: TenantContext, rows: ItemRow[]) =>
  guestNames(
    ctx,
    rows.flatMap(({ kind, principalId }) => (kind === 'guest' && principalId ? [principalId] : [])),
  );

/** @param named what homes called the guests before; they are asked without */
export async function shownItems(
  ctx: TenantContext,
  campaign: { state: string },
  rows: ItemRow[],
  named?: ReadonlyMap<string, string>,
) {
  const deciders = await store.namesOf(ctx, [...new Set(rows.flatMap(({ decidedBy }) => decidedBy ?? []))]);
  const nameOf = named ?? (await guestNamesIn(ctx, rows));
  const shown = [];
  for (const item of rows) {
    const { groupId, groupName, isOwnerGroup, decidedBy } = item;
    shown.push({
      group: { id: groupId, name: groupName, isOwnerGroup },
      changed: changedSince(item),
      managed: await managedOf(ctx, item),
      actions: actions(ctx, campaign, item),
      ...item,
      displayName: nameOf.get(item.principalId ?? '') ?? item.displayName,
      decidedBy: decidedBy === null ? null : { id: decidedBy, displayName: deciders.get(decidedBy) ?? 'Deleted' },
    });
  }
  return shown;
}

export const shownItem = async (
  ctx: TenantContext,
  campaign: { state: string },
  row: ItemRow,
  named: ReadonlyMap<string, string>,
) => (await shownItems(ctx, campaign, [row], named))[0];
