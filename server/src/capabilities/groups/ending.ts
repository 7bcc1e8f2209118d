import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict, invalid, notFound } from '../../kernel/problem.ts';
import * as effects from '../effects/service.ts';
import { nameGuests } from '../visits/service.ts';
import { requireManagedHere, requireMayChange } from './authority.ts';
import * as ending from './ending-store.ts';
import { Group, type MemberChanges } from './schema.ts';
import * as store from './store.ts';

/**
 * Memberships that end by themselves. The decision compares the end with the database's time, so nothing waits for the
 * job that takes the row away and writes it down.
 */

const DAY_MS = 86_400_000;

/**
 * @throws {Problem} 400 that names `endsAt`; 409 `membership-without-end` where memberships are not given from here, or
 * for good
 */
export function endOf(ctx: TenantContext, group: store.GroupRow, endsAt: string): Date {
  const end = new Date(endsAt);
  if (end <= ctx.now) throw invalid({ path: 'endsAt', message: 'must be in the future' });
  if (group.isOwnerGroup)
    throw conflict('membership-without-end', 'A membership of the Owner Group does not end by itself.');
  if (group.source !== 'local')
    throw conflict('membership-without-end', 'Who is in this group, and how long, is decided where it comes from.');
  return end;
}

/** Has the memberships that end then taken away, and those concerned told before: a week, or a day for shorter ones. */
export function scheduleEnd(ctx: TenantContext, groupId: string, end: Date | null): void {
  if (!end) return;
  const payload = { groupId, endsAt: end.toISOString() };
  ctx.enqueue('memberships.end', payload, end);
  const left = end.getTime() - ctx.now.getTime();
  const before = left > 8 * DAY_MS ? 7 * DAY_MS : left > 2 * DAY_MS ? DAY_MS : undefined;
  if (before) ctx.enqueue('memberships.warn', payload, new Date(end.getTime() - before));
}

export async function scheduleEnds(ctx: TenantContext, groupId: string): Promise<void> {
  for (const end of await ending.ends(ctx, groupId)) scheduleEnd(ctx, groupId, end);
}

/**
 * Says when a membership ends by itself, or that it does not.
 *
 * @throws {Problem} 404 for who is no member; as `endOf`; 409 `managed-elsewhere` for one by groups of an identity provider
 */
export async function changeMember(
  ctx: TenantContext,
  id: string,
  principalId: string,
  { endsAt }: z.output<typeof MemberChanges>,
) {
  const group = await store.lock(ctx, id);
  await requireMayChange(ctx, group);
  await requireManagedHere(ctx, group);
  const before = await ending.endOf(ctx, id, principalId);
  if (!before) throw notFound('member');
  ctx.requireVersionSent(group);
  const end = endsAt === null ? null : endOf(ctx, group, endsAt);
  if (end && (await ending.mappedAmong(ctx, id, [principalId])).size > 0)
    throw conflict('managed-elsewhere', "This membership follows the person's groups at the identity provider.");
  if (before.endsAt?.getTime() !== end?.getTime()) {
    await ending.setEnd(ctx, id, principalId, end);
    await store.update(ctx, id, {});
    scheduleEnd(ctx, id, end);
    ctx.audit(Group, {
      target: { kind: 'group', id, name: group.name },
      details: { member: principalId, endsAt: { before: before.endsAt, after: end } },
    });
  }
  const [member] = await nameGuests(ctx, [await store.member(ctx, id, principalId)]);
  return member;
}

/** When the membership ends by itself; null where it does not. Requires the group to be held. */
export const memberUntil = async (ctx: TenantContext, groupId: string, principalId: string): Promise<Date | null> =>
  (await ending.endOf(ctx, groupId, principalId))?.endsAt ?? null;

interface Ending {
  groupId: string;
  endsAt: string;
}

/** Takes away the memberships of a group that are over, which gave nothing any more. */
export async function endMemberships(ctx: TenantContext, { groupId }: Ending): Promise<void> {
  const group = await store.lockIfThere(ctx, groupId);
  if (!group) return;
  const removed = await ending.removeEnded(ctx, groupId);
  if (removed.length === 0) return;
  const grants = await store.grantsOf(ctx, groupId);
  const effect = await effects.effectOf(ctx, { groups: [{ group: { ...group, grants }, leaving: removed }] });
  await store.update(ctx, groupId, {});
  ctx.audit(Group, {
    target: { kind: 'group', id: groupId, name: group.name },
    details: { removed, effect },
    action: 'groups.end-memberships',
  });
}

/** So many are told by themselves; who answers for the group is told in any case. */
const MOST_TOLD = 200;

/** Tells before memberships end, if they still do. */
export async function warnOfEnd(ctx: TenantContext, { groupId, endsAt }: Ending): Promise<void> {
  const group = await store.lockIfThere(ctx, groupId);
  if (!group) return;
  const leaving = await ending.endingAt(ctx, groupId, new Date(endsAt));
  if (leaving.length === 0) return;
  const when = `${endsAt.slice(0, 10)} ${endsAt.slice(11, 16)} UTC`;
  const tell = (accountId: string, text: string) =>
    ctx.notify({ kind: 'membership-ends', text, to: { accountId }, target: { kind: 'group', id: groupId } });
  for (const { id, kind } of leaving.slice(0, MOST_TOLD))
    if (kind === 'account') tell(id, `Your membership of the group ${group.name} ends on ${when}.`);
  if (group.ownerId)
    tell(
      group.ownerId,
      `${leaving.length} memberships of the group ${group.name}, which you answer for, end on ${when}.`,
    );
}
