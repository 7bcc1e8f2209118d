import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { requireFreshSignIn } from '../../kernel/guards.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, forbidden, invalid } from '../../kernel/problem.ts';
import { askForPeople, type PeopleAtHome } from '../effects/service.ts';
import { foundGroup, holdGroups, makeImportedGroup } from '../groups/service.ts';
import { shownOfTenant } from '../guests/service.ts';
import { personOf, showTenant } from '../visits/service.ts';
import { requireNotAbove } from './circles.ts';
import { grantsOf } from './deciding.ts';
import { endHere, holdConsents, scheduleEnd } from './ending.ts';
import { findDelegations } from './finding.ts';
import { askBeforeEnds, askBeforeSwitch, effectOfDecision, lookAtSwitch } from './looking.ts';
import {
  type Approval,
  Delegation,
  type DelegationQuery,
  type NewDelegation,
  PartnerAccess,
  type PartnerAccessLooked,
  type PartnerAccessPreview,
  REQUEST_SECONDS,
} from './schema.ts';
import * as store from './store.ts';
import { tellAtOnce, tellSoon, toldBy } from './telling.ts';

/**
 * A partner asks, the customer's owners approve, narrow or refuse, either ends it. What the customer consents to is a
 * group of source `imported` in it, whose members are whoever is in the partner's group at the moment of the request.
 */

const DAY = 86_400;

export { reportActs } from './acts.ts';
export { hideFromGroup, holdConsents } from './ending.ts';
export { askBeforeEnds, effectOfDecision, lookAtDecision, lookAtEnds } from './looking.ts';
export { comingInBy } from './members.ts';
export { noteLending } from './store.ts';

/** P26: owner rights, also over partners, are held by accounts of the tenant and their machines. */
const isOwner = ({ rights, actor }: TenantContext) => rights.isOwner && actor.kind !== 'guest';

export function requireOwner(ctx: TenantContext): void {
  if (!isOwner(ctx)) throw forbidden('owners-only', 'Only an owner of this tenant decides about partner access.');
}

/** @param said what the other sides said of these before; they are asked without */
async function shown(ctx: TenantContext, rows: store.DelegationRow[], said?: ReadonlyMap<string, store.Told>) {
  const [told, groups] = await Promise.all([
    said ?? toldBy(ctx, rows),
    store.groupNames(
      ctx,
      rows.filter(({ side }) => side === 'partner').map(({ partnerGroupId }) => partnerGroupId),
    ),
  ]);
  const change = 'delegations.change';
  return rows.map(({ requestedBy: _asker, otherRegion: _region, ...row }) => {
    const theirs = told.get(row.id);
    const isOpen = row.state === 'requested';
    const decides =
      row.side !== 'customer' ? 'The customer decides.' : !isOpen ? `This request is ${row.state}.` : null;
    return {
      otherTenantName: theirs?.displayName ?? null,
      partnerGroupName: groups.get(row.partnerGroupId) ?? theirs?.groupName ?? null,
      ...row,
      purpose: row.purpose ?? theirs?.purpose ?? null,
      askedNamespaces: row.askedNamespaces ?? theirs?.askedNamespaces ?? null,
      reason: row.reason ?? theirs?.reason ?? null,
      isStopped: theirs?.isStopped ?? null,
      grants: row.grants ?? theirs?.grants ?? null,
      actions: actionsOf(ctx, [
        {
          name: 'delegations.approve',
          permission: change,
          blocked: decides ?? (isOwner(ctx) ? null : 'Only an owner approves partner access.'),
        },
        { name: 'delegations.refuse', permission: change, blocked: decides },
        {
          name: 'delegations.end',
          permission: change,
          blocked:
            row.state === 'active' || (isOpen && row.side === 'partner') ? null : `This delegation is ${row.state}.`,
        },
        {
          name: 'delegations.request',
          permission: change,
          blocked: row.side === 'partner' && row.state === 'active' ? null : 'The partner asks to renew what stands.',
        },
      ]),
    };
  });
}

const shownAlone = async (ctx: TenantContext, row: store.DelegationRow, said?: ReadonlyMap<string, store.Told>) =>
  (await shown(ctx, [row], said))[0] as Awaited<ReturnType<typeof shown>>[0];

export async function listDelegations(ctx: TenantContext, query: z.output<typeof DelegationQuery>) {
  const found = await findDelegations(ctx, query);
  return { ...found, items: await shown(ctx, found.items) };
}

export const readDelegation = async (ctx: TenantContext, id: string) => shownAlone(ctx, await store.find(ctx, id));

/** Delegations by which the caller's own groups get into customers. */
export async function listOwnDelegations(ctx: TenantContext, query: z.output<typeof DelegationQuery>) {
  const accountId = personOf(ctx);
  const found = await findDelegations(ctx, query, accountId);
  const ids = found.items.map(({ id }) => id);
  const own = await store.newestActivations(ctx, ids, accountId);
  const items = await shown(ctx, found.items);
  return { ...found, items: items.map((item) => ({ activation: own.get(item.id) ?? null, ...item })) };
}

/** @throws {Problem} 409 `not-a-partner`; 400 that names a group that is not there, of others, or the Owner Group */
export async function requireMayAsk(
  ctx: TenantContext,
  { groupId, permissions, relation }: Pick<NewDelegation, 'groupId' | 'permissions' | 'relation'>,
): Promise<void> {
  const [group] = await ctx.ask(foundGroup({ id: groupId }));
  if (!group) throw invalid({ path: 'groupId', message: 'names a group that does not exist' });
  if (group.isOwnerGroup) throw invalid({ path: 'groupId', message: 'names the Owner Group; make a group for this' });
  if (group.source === 'imported')
    throw invalid({ path: 'groupId', message: 'names a group of others; access is not passed on' });
  if (permissions.length === 0 && relation === 'partner')
    throw invalid({ path: 'permissions', message: 'must name what the group is to do' });
  const profile = await store.profile(ctx);
  if (profile.type !== 'partner')
    throw conflict(
      'not-a-partner',
      'Only a tenant of type partner asks customers for access. The operator sets the type.',
    );
}

/**
 * Asks a customer for access. The reply does not tell whether there is such a tenant.
 *
 * @throws {Problem} as `requireMayAsk`; 409 `delegation-requested`
 */
export async function requestDelegation(ctx: TenantContext, body: NewDelegation) {
  const { customerTenantId, groupId, permissions, namespaces, days, purpose, relation, renews } = body;
  if (customerTenantId === ctx.tenantId) throw invalid({ path: 'customerTenantId', message: 'is this tenant' });
  await store.noteLending(ctx);
  // One after another, so that none asks twice.
  await holdGroups(ctx, [groupId]);
  await requireMayAsk(ctx, body);
  const standing = await store.standingWith(ctx, 'partner', customerTenantId, groupId);
  if (standing.some(({ state }) => state === 'requested'))
    throw conflict('delegation-requested', 'This group has asked that customer already. Wait, or end that request.');
  if (renews && !standing.some(({ id, state }) => id === renews && state === 'active'))
    throw invalid({ path: 'renews', message: 'names no active delegation of that customer and group' });
  const made = await store.insert(ctx, {
    id: newId(),
    side: 'partner',
    otherTenantId: customerTenantId,
    otherRegion: null,
    partnerGroupId: groupId,
    groupId: null,
    relation,
    purpose,
    askedPermissions: [...new Set(permissions)],
    askedNamespaces: [...new Set(namespaces)],
    askedDays: days,
    permissions: null,
    needsActivation: false,
    renews: renews ?? null,
    state: 'requested',
    reason: null,
    createdAt: ctx.now,
    requestedBy: ctx.actor.id,
    requestEndsAt: ctx.later(REQUEST_SECONDS),
    decidedAt: null,
    endsAt: null,
    endedAt: null,
    endedBy: null,
  });
  ctx.audit(Delegation, { after: made });
  tellSoon(ctx, made);
  return shownAlone(ctx, made);
}

function requireOpen(row: store.DelegationRow): void {
  if (row.side !== 'customer') throw conflict('not-yours-to-decide', 'The customer decides about this request.');
  if (row.state !== 'requested') throw conflict('delegation-decided', `This request is ${row.state}.`);
}

/**
 * Lets the partner's group in, as far as asked or less. Its members get in with their next request.
 *
 * @throws {Problem} 403 `owners-only`, `fresh-sign-in-required`; 409 `delegation-decided`, `delegation-cycle`, `name-taken`;
 *   400 for what was not asked for; 503 while it is not known whether it closes a circle
 */
export async function approveDelegation(ctx: TenantContext, id: string, body: Approval) {
  requireOwner(ctx);
  requireFreshSignIn(ctx.identity);
  const asked = await store.find(ctx, id);
  requireOpen(asked);
  const days = body.days ?? asked.askedDays;
  if (days > asked.askedDays) throw invalid({ path: 'days', message: `must be at most ${asked.askedDays}, as asked` });
  // The partner is asked before anything is held.
  const told = await toldBy(ctx, [asked]);
  const grants = await grantsOf(ctx, asked, told.get(id), body);
  await requireNotAbove(ctx, asked);
  const people = await askForPeople(ctx, asked);
  await holdConsents(ctx, [id, ...(asked.renews ? [asked.renews] : [])]);
  const before = await store.lock(ctx, id);
  requireOpen(before);
  await requireNotAbove(ctx, before); // once more: it holds from here on, and who does not answer kept nobody waiting
  const { needsActivation = before.needsActivation } = body;
  const effect = await effectOfDecision(ctx, people, before, { grants, instead: before.renews, needsActivation });
  const renewed = before.renews ? await store.lockIfAny(ctx, before.renews) : undefined;
  if (renewed?.state === 'active' && renewed.side === 'customer' && renewed.otherTenantId === before.otherTenantId)
    await endHere(ctx, renewed, 'customer', 'delegations.renew');
  const name = body.groupName ?? defaultName(before, told.get(id));
  const group = grants.length > 0 ? await makeImportedGroup(ctx, { name, description: '', grants }) : undefined;
  const endsAt = ctx.later(days * DAY);
  const after = await store.update(ctx, id, {
    state: 'active',
    groupId: group?.id ?? null,
    permissions: body.permissions ?? before.askedPermissions,
    needsActivation,
    endsAt,
    decidedAt: ctx.now,
    decidedBy: ctx.actor.id,
  });
  await store.setRelation(ctx, before.relation, before.otherTenantId);
  ctx.audit(Delegation, { before, after, details: { grants, effect } });
  scheduleEnd(ctx, id, endsAt);
  tellAtOnce(ctx, 'delegations.tell', id);
  if (group) {
    ctx.enqueue('delegations.show', { id });
    ctx.afterwards(async () => {
      await ctx.again((later) => showToPartner(later, { id })).catch(() => undefined);
    });
  }
  return shownAlone(ctx, after, told);
}

const defaultName = ({ id, otherTenantId }: store.DelegationRow, told: store.Told | undefined): string =>
  `Partner ${told?.displayName ?? otherTenantId} ${id.slice(-6)}`.slice(0, 100);

/** The partner's people see this tenant in their list. */
export async function showToPartner(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const row = await store.find(ctx, id);
  if (row.state !== 'active' || !row.groupId) return;
  await showTenant(ctx.place.cell, row.otherTenantId, row.partnerGroupId, await shownOfTenant(ctx));
}

/** @throws {Problem} 409 `delegation-decided` */
export async function refuseDelegation(ctx: TenantContext, id: string, reason: string | null) {
  const before = await store.lock(ctx, id);
  requireOpen(before);
  const after = await store.update(ctx, id, {
    state: 'refused',
    reason,
    decidedAt: ctx.now,
    decidedBy: ctx.actor.id,
  });
  ctx.audit(Delegation, { before, after });
  tellAtOnce(ctx, 'delegations.tell', id);
  return shownAlone(ctx, after);
}

/**
 * Ends a delegation, or takes a request back: over with the next request of the partner's people, whichever side ends it.
 *
 * @throws {Problem} 409 `delegation-over`
 */
export async function endDelegation(ctx: TenantContext, id: string) {
  const told = await toldBy(ctx, [await store.find(ctx, id)]);
  const people = await askBeforeEnds(ctx, [id]);
  await holdConsents(ctx, [id]);
  await endHeldDelegation(ctx, id, people.get(id));
  return shownAlone(ctx, await store.find(ctx, id), told);
}

/** The same of one that is held with its group. @param people what home said of who comes in by it */
export async function endHeldDelegation(
  ctx: TenantContext,
  id: string,
  people: PeopleAtHome | undefined,
): Promise<void> {
  const before = await store.lock(ctx, id);
  if (before.state !== 'active' && !(before.state === 'requested' && before.side === 'partner'))
    throw conflict('delegation-over', `This delegation is ${before.state}.`);
  const effect = people && (await effectOfDecision(ctx, people, before, { over: [id] }));
  await endHere(ctx, before, before.side, 'delegations.end', effect);
  // Whether there is such a customer is not told, not by the time that it takes either.
  if (before.state === 'active') tellAtOnce(ctx, 'delegations.tell', id);
  else tellSoon(ctx, before);
}

/** A job of the partner: the group is deleted, so what it has by it or asks for is over. */
export async function endOfGroup(ctx: TenantContext, { groupId }: { groupId: string }): Promise<void> {
  for (const { id } of await store.lentBy(ctx, groupId)) {
    const before = await store.lock(ctx, id);
    if (before.state !== 'active' && before.state !== 'requested') continue;
    await endHere(ctx, before, 'partner', 'delegations.end');
    tellSoon(ctx, before);
  }
}

// ---------------------------------------------------------------- the one switch

const access = (ctx: TenantContext, { partnerAccessStoppedAt }: { partnerAccessStoppedAt: Date | null }) => ({
  stoppedAt: partnerAccessStoppedAt,
  actions: actionsOf(ctx, [
    {
      name: partnerAccessStoppedAt ? 'partner-access.resume' : 'partner-access.stop',
      permission: 'delegations.change',
      blocked: isOwner(ctx) ? null : 'Only an owner stops all partner access.',
    },
  ]),
});

export const readPartnerAccess = async (ctx: TenantContext) => access(ctx, await store.profile(ctx));

/** Who of each other tenant would get in no longer, or again. */
export const previewPartnerAccess = async (
  ctx: TenantContext,
  { to, names }: z.output<typeof PartnerAccessPreview>,
): Promise<z.output<typeof PartnerAccessLooked>> => ({ partners: await lookAtSwitch(ctx, to === 'stopped', names) });

/** Stops all partners at once, with their next request, or lets those whose delegations stand in again. */
export async function switchPartnerAccess(ctx: TenantContext, to: 'stopped' | 'open') {
  requireOwner(ctx);
  const before = await store.profile(ctx);
  const isSo = ({ partnerAccessStoppedAt }: typeof before) => (partnerAccessStoppedAt !== null) === (to === 'stopped');
  if (isSo(before)) return access(ctx, before);
  const partnersOf = await askBeforeSwitch(ctx, to === 'stopped');
  await store.holdRelations(ctx);
  const held = await store.profile(ctx);
  if (isSo(held)) return access(ctx, held);
  const partners = await partnersOf();
  const partnerAccessStoppedAt = to === 'stopped' ? ctx.now : null;
  await store.switchPartnerAccess(ctx, partnerAccessStoppedAt);
  ctx.audit(PartnerAccess, {
    before: { stoppedAt: before.partnerAccessStoppedAt, actions: [] },
    after: { stoppedAt: partnerAccessStoppedAt, actions: [] },
    target: { kind: 'tenant', id: ctx.tenantId },
    details: { partners },
  });
  return access(ctx, { partnerAccessStoppedAt });
}
