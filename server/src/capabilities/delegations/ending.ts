import type { TenantContext } from '../../kernel/context.ts';
import { holdGroups, removeImportedGroup } from '../groups/service.ts';
import { hideTenant } from '../visits/service.ts';
import { askBeforeEnds, effectOfDecision } from './looking.ts';
import { Delegation } from './schema.ts';
import * as store from './store.ts';

/**
 * Holds what a decision ends or changes, in the order of decision 33: delegations and imports, what notes who the partner
 * is, and the groups that people come in by. Their homes were asked before.
 *
 * @param besides groups that are changed with them
 */
export async function holdConsents(
  ctx: TenantContext,
  ids: readonly string[],
  besides: readonly string[] = [],
): Promise<void> {
  const consents = ids.length > 0 ? await store.holdConsents(ctx, ids) : [];
  if (consents.some(({ kind, side }) => kind === 'delegation' && side === 'customer')) await store.holdRelations(ctx);
  const groupIds = [...new Set([...consents.flatMap(({ groupId }) => groupId ?? []), ...besides])];
  if (groupIds.length > 0) await holdGroups(ctx, groupIds);
}

/** Ends a delegation on this side: what it gave is over with the next request. Requires the row to be held. @param effect who loses what by it, where that was looked at */
export async function endHere(
  ctx: TenantContext,
  before: store.DelegationRow,
  endedBy: 'customer' | 'partner' | 'time',
  action = 'delegations.follow',
  effect?: Awaited<ReturnType<typeof effectOfDecision>>,
): Promise<void> {
  const after = await store.update(ctx, before.id, { state: 'ended', endedAt: ctx.now, endedBy, groupId: null });
  ctx.audit(Delegation, { before, after, action, ...(effect === undefined ? {} : { details: { effect } }) });
  if (before.side === 'partner') return;
  if (before.groupId) await removeImportedGroup(ctx, before.groupId);
  await dropRelation(ctx, before);
  ctx.afterwards(() => hideFromGroup(ctx, before.otherTenantId, before.partnerGroupId));
  ctx.enqueue('delegations.hide', { id: before.id });
}

/** The partner's people see this tenant in their list no longer, unless another consent lets the group in. */
export async function hideFromGroup(ctx: TenantContext, otherTenantId: string, partnerGroupId: string): Promise<void> {
  if (await ctx.again((later) => store.isLetIn(later, otherTenantId, partnerGroupId))) return;
  await hideTenant(ctx.place.cell, otherTenantId, partnerGroupId, ctx.tenantId);
}

/** A job, for when the node ended before. */
export async function hideEnded(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const { otherTenantId, partnerGroupId } = await store.find(ctx, id);
  await hideFromGroup(ctx, otherTenantId, partnerGroupId);
}

async function dropRelation(ctx: TenantContext, { otherTenantId, relation }: store.DelegationRow): Promise<void> {
  const profile = await store.profile(ctx);
  const noted = relation === 'partner' ? profile.partnerTenantId : profile.parentTenantId;
  if (noted !== otherTenantId) return;
  const standing = await store.standingWith(ctx, 'customer', otherTenantId);
  if (standing.some((row) => row.relation === relation && row.state === 'active')) return;
  await store.setRelation(ctx, relation, null);
}

/** Owners hear of it two weeks before, and what stands here ends with its time: on each side for itself. */
export function scheduleEnd(ctx: TenantContext, id: string, endsAt: Date): void {
  const warnAt = new Date(endsAt.getTime() - 14 * 86_400_000);
  if (warnAt > ctx.now) ctx.enqueue('delegations.end-in-time', { id }, warnAt);
  ctx.enqueue('delegations.end-in-time', { id }, endsAt);
}

/** A job: the time of a delegation is over, or will be in two weeks. */
export async function endInTime(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const people = (await askBeforeEnds(ctx, [id])).get(id);
  await holdConsents(ctx, [id]);
  const before = await store.lockIfAny(ctx, id);
  if (!before?.endsAt || before.endedAt || before.state === 'refused') return;
  if (before.endsAt <= ctx.now) {
    const effect = people && (await effectOfDecision(ctx, people, before, { over: [id] }));
    return endHere(ctx, before, 'time', 'delegations.end-in-time', effect);
  }
  ctx.notify({
    kind: 'delegation-ends-soon',
    text: `Partner access ends on ${before.endsAt.toISOString().slice(0, 10)}. ${before.side === 'partner' ? 'Ask the customer to renew it.' : 'The partner may ask to renew it.'}`,
    to: 'owners',
    target: { kind: 'delegation', id },
  });
}
