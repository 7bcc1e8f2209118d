import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { isNamespaced } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, forbidden, invalid, notFound } from '../../kernel/problem.ts';
import { decide, givesPermission, principalsFor } from '../access/service.ts';
import { whoStandsBehind } from '../credentials/service.ts';
import { addMembers, mayGuestBeMember, memberUntil } from '../groups/service.ts';
import { namespaceInUse } from '../namespaces/service.ts';
import { guestNames } from '../visits/service.ts';
import {
  AccessRequest,
  type AccessRequestQuery,
  type Approval,
  type NewAccessRequest,
  type Refusal,
} from './schema.ts';
import * as store from './store.ts';

/** Somebody was refused and asks for it; whoever may grant it decides, by a membership. */

const DAY_SECONDS = 86_400;
/** Nobody fills the queue of those who decide. */
const MOST_PENDING = 10;
/** So many of those who may decide are told. */
const MOST_TOLD = 50;

const mayDecide = (ctx: TenantContext) => ctx.rights.may('groups.change');
const isOwn = (ctx: TenantContext, { principalId }: { principalId: string }) => principalId === ctx.actor.id;
/** The caller, and who stands behind it where it is a machine: none of their requests is its to decide. */
const callersOf = (ctx: TenantContext): Promise<readonly string[]> =>
  ctx.actor.id ? whoStandsBehind(ctx, ctx.actor.id) : Promise.resolve([]);

/** As an explanation: who may not see a namespace does not learn by asking what it is called. */
const seesNamespace = (ctx: TenantContext, namespaceId: string) =>
  mayDecide(ctx) || ctx.rights.may('groups.view') || ctx.rights.may('namespaces.view', namespaceId);

function shown(
  ctx: TenantContext,
  { principalId, kind, displayName, namespaceId, namespaceName, ...request }: store.RequestRow,
  callers: readonly string[],
) {
  const over = request.state === 'pending' ? null : 'It is decided, or over.';
  const decided =
    over ??
    (callers.includes(principalId) ? 'Nobody decides about their own request, or lets a machine of theirs.' : null);
  return {
    principal: { id: principalId, kind, displayName },
    namespaceId,
    namespaceName: namespaceId && seesNamespace(ctx, namespaceId) ? namespaceName : null,
    actions: [
      ...actionsOf(ctx, [
        { name: 'access-requests.approve', permission: 'groups.change', blocked: decided },
        { name: 'access-requests.refuse', permission: 'groups.change', blocked: decided },
      ]),
      {
        name: 'access-requests.withdraw',
        allowed: isOwn(ctx, { principalId }) && !over,
        reason: over ?? (isOwn(ctx, { principalId }) ? null : 'Only who asked withdraws it.'),
      },
    ],
    ...request,
  };
}

/** @throws {Problem} 404 for one of somebody else, to who does not decide */
export async function readRequest(ctx: TenantContext, id: string) {
  const request = await store.find(ctx, id);
  if (!mayDecide(ctx) && !isOwn(ctx, request)) throw notFound('access request');
  return shown(ctx, await byName(ctx, request), await callersOf(ctx));
}

/** Guests are named as their homes tell it. */
async function byNames(ctx: TenantContext, rows: store.RequestRow[]): Promise<store.RequestRow[]> {
  const guests = rows.filter(({ kind }) => kind === 'guest').map(({ principalId }) => principalId);
  const names = await guestNames(ctx, [...new Set(guests)]);
  return rows.map((row) => ({ ...row, displayName: names.get(row.principalId) ?? row.displayName }));
}

const byName = async (ctx: TenantContext, row: store.RequestRow) => (await byNames(ctx, [row]))[0] as store.RequestRow;

/** All of them to those who decide, to others their own. */
export async function listRequests(ctx: TenantContext, query: z.output<typeof AccessRequestQuery>) {
  const found = await store.list(ctx, query, mayDecide(ctx) && !query.own ? undefined : (ctx.actor.id ?? ''));
  const callers = await callersOf(ctx);
  return { ...found, items: (await byNames(ctx, found.items)).map((request) => shown(ctx, request, callers)) };
}

/**
 * Asks for a permission. Those who may grant it are told.
 *
 * @throws {Problem} 403 `people-only`, `partner-access-only`; 400 that names `resource`; 409 `already-held`, `already-requested`, `too-many-open`
 */
export async function createRequest(
  ctx: TenantContext,
  { permission, resource, reason }: z.output<typeof NewAccessRequest>,
) {
  const { actor, tenantId } = ctx;
  if ((actor.kind !== 'account' && actor.kind !== 'guest') || !actor.id)
    throw forbidden('people-only', 'People ask for access. What a service account may do is decided by who runs it.');
  const principalId = actor.id;
  if (actor.kind === 'guest' && !(await mayGuestBeMember(ctx, principalId)))
    throw forbidden(
      'partner-access-only',
      'You come in by partner access, and no group of this tenant takes you in. Have your organisation ask for more.',
    );
  const namespaceId = resource === undefined || resource === tenantId ? null : resource;
  const [decision] = await decide(ctx, [{ principalId, permission, namespaceId }]);
  // Who may see no namespace does not learn here which there are.
  if (decision?.reason === 'no-such-namespace')
    throw invalid({ path: 'resource', message: 'names no namespace, and not this tenant' });
  if (decision?.allowed) throw conflict('already-held', 'You hold this permission already.');
  await store.holdAsker(ctx, principalId);
  await store.expire(ctx, principalId);
  if ((await store.countPending(ctx, principalId)) >= MOST_PENDING)
    throw conflict('too-many-open', `You have ${MOST_PENDING} requests open. Withdraw one, or wait for an answer.`);
  const id = newId();
  const asked = { principalId, permission, namespaceId: isNamespaced(permission) ? namespaceId : null };
  await store.insert(ctx, { id, ...asked, reason, expiresAt: ctx.later(30 * DAY_SECONDS) });
  ctx.audit(AccessRequest, {
    target: { kind: 'access-request', id },
    details: asked,
  });
  const deciders = await principalsFor(ctx, { permission: 'groups.change', namespaceId: null }, ['account'], {
    limit: MOST_TOLD,
  });
  for (const { id: accountId } of deciders.items)
    if (accountId !== principalId)
      ctx.notify({
        kind: 'access-requested',
        text: `Somebody asks for the permission ${permission}. You may decide about it.`,
        to: { accountId },
        target: { kind: 'access-request', id },
      });
  return readRequest(ctx, id);
}

/**
 * @throws {Problem} 403 `own-request` (nobody decides about their own); 409 `already-decided`
 */
async function lockPending(ctx: TenantContext, id: string) {
  await store.holdAccount(ctx, (await store.find(ctx, id)).principalId);
  const request = await store.lock(ctx, id);
  if ((await callersOf(ctx)).includes(request.principalId))
    throw forbidden(
      'own-request',
      'Nobody decides about their own request, or lets a machine of theirs. Ask another person.',
    );
  if (request.state !== 'pending') throw conflict('already-decided', 'This request is decided, withdrawn or over.');
  return request;
}

/** The name of a namespace is left to the request, which tells it to who may see it. */
const tell = (ctx: TenantContext, { id, principalId, kind }: store.RequestRow, text: string) => {
  if (kind === 'account')
    ctx.notify({
      kind: 'access-decided',
      text,
      to: { accountId: principalId },
      target: { kind: 'access-request', id },
    });
};

/**
 * Approves by putting the person into a group, under the rules of doing so: nobody grants what they lack.
 *
 * @throws {Problem} 400 that names `groupId` of a group that is not there or does not give it; 409 `guest-over`,
 *   `namespace-deleted`; as `addMembers`
 */
export async function approveRequest(ctx: TenantContext, id: string, { groupId, endsAt }: z.output<typeof Approval>) {
  const request = await lockPending(ctx, id);
  const { principalId, kind, permission, namespaceId } = request;
  if (!(await givesPermission(ctx, groupId, { permission, namespaceId })))
    throw invalid({ path: 'groupId', message: 'names no group that gives what is asked for' });
  if (namespaceId) await namespaceInUse(ctx, namespaceId);
  if (kind === 'guest' && !(await mayGuestBeMember(ctx, principalId)))
    throw conflict('guest-over', 'This person is no guest of this tenant any more. Refuse the request.');
  const { displayName } = await byName(ctx, request); // of their home, which nobody asks once the turn is taken
  await addMembers(ctx, groupId, {
    ...(kind === 'guest' ? { guestIds: [principalId] } : { accountIds: [principalId] }),
    ...(endsAt ? { endsAt } : {}),
  });
  // Who was a member meanwhile stays one as long as before.
  const ends = await memberUntil(ctx, groupId, principalId);
  await store.decide(ctx, id, { state: 'approved', groupId, endsAt: ends });
  ctx.audit(AccessRequest, {
    target: { kind: 'access-request', id },
    details: { principalId, permission, namespaceId, groupId, endsAt: ends },
  });
  const after = await store.find(ctx, id);
  const { groupName } = after;
  tell(
    ctx,
    after,
    ends
      ? `Your request for the permission ${permission} was approved. You are in the group "${groupName}" until ${ends.toISOString().slice(0, 10)}.`
      : `Your request for the permission ${permission} was approved. You are in the group "${groupName}".`,
  );
  return shown(ctx, { ...after, displayName }, await callersOf(ctx));
}

export async function refuseRequest(ctx: TenantContext, id: string, { reason }: z.output<typeof Refusal>) {
  const request = await lockPending(ctx, id);
  const { principalId, permission, namespaceId } = request;
  await store.decide(ctx, id, { state: 'refused', decision: reason });
  ctx.audit(AccessRequest, {
    target: { kind: 'access-request', id },
    details: { principalId, permission, namespaceId },
  });
  tell(ctx, request, `Your request for the permission ${permission} was refused: "${reason}"`);
  return readRequest(ctx, id);
}

/** @throws {Problem} 404 for one of somebody else; 409 `already-decided` */
export async function withdrawRequest(ctx: TenantContext, id: string) {
  const request = await store.lock(ctx, id);
  if (!isOwn(ctx, request)) throw notFound('access request');
  if (request.state !== 'pending') throw conflict('already-decided', 'This request is decided, withdrawn or over.');
  await store.decide(ctx, id, { state: 'withdrawn' });
  const { principalId, permission, namespaceId } = request;
  ctx.audit(AccessRequest, {
    target: { kind: 'access-request', id },
    details: { principalId, permission, namespaceId },
  });
  return readRequest(ctx, id);
}
