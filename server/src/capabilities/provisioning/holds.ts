import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, type Problem } from '../../kernel/problem.ts';
import { clashesOf } from '../accounts/service.ts';
import { type Change, lookAt } from '../effects/service.ts';
import { requireNotStronger, strongerAmong } from '../groups/service.ts';
import { ProvisioningHold, type ProvisioningHoldQuery } from './schema.ts';
import * as store from './store.ts';
import { answerableFor, CredentialsHeld } from './stronger.ts';

/** What provisioning was refused, and what an administrator decides about it. */

const ALLOWED_SECONDS = 86_400;

const clashCodes = ['username-taken', 'email-taken'];

const aboutNobody = {
  accountId: null,
  groupId: null,
  askedFor: null,
  takenName: null,
  takenEmail: null,
};

/**
 * Notes that the guard held a removal back; anything else is ignored. For a transaction of its own after the refusal.
 *
 * @param problem what the request was answered
 */
export async function noteHold(
  ctx: TenantContext,
  problem: Problem,
  accountId: string,
  kind: 'deactivation' | 'deletion',
): Promise<void> {
  if (problem.code !== 'removal-held') return;
  const names = await store.namesOf(ctx, accountId);
  if (!names) return;
  const { username: userName, externalId } = names;
  const hold = { ...aboutNobody, id: newId(), kind, accountId, userName, externalId };
  if (await store.noteRefusal(ctx, hold))
    ctx.notify({
      kind: 'provisioning-held',
      text: 'Provisioning asked to deactivate or delete more people than the guard lets through within 24 hours. What is beyond it was refused and waits on the page of provisioning: let it through if it is meant, or stop it at the identity provider.',
      to: 'owners',
      target: { kind: 'provisioning-hold', id: hold.id },
    });
}

/**
 * Notes that a change of credentials waits, without the password; anything else is ignored. For a transaction of its own
 * after the refusal.
 *
 * @param problem what the request was answered
 */
export async function noteHeldCredentials(ctx: TenantContext, problem: Problem): Promise<void> {
  if (!(problem instanceof CredentialsHeld)) return;
  const hold = { ...problem.wanted, id: newId(), tokenId: ctx.actor.credentialId };
  const told = await store.noteHeldCredentials(ctx, hold);
  if (told)
    ctx.notify({
      kind: 'provisioning-credentials',
      text: 'Provisioning asked to change the password, username, e-mail address or external id of somebody who may do more here than whoever issued its token, and was refused. It waits on the page of provisioning: let it through if it is meant, or replace the token by one of an owner.',
      to: 'owners',
      target: { kind: 'provisioning-hold', id: told },
    });
}

/**
 * Notes that a user of provisioning has the name or the address of a local account; anything else is ignored. For a
 * transaction of its own after the refusal.
 *
 * @param problem what the request was answered
 * @param wanted what the user would have been
 * @param askedFor the user, when it is there already
 */
export async function noteClash(
  ctx: TenantContext,
  problem: Problem,
  wanted: { userName: string; externalId: string | null; email: string | null },
  askedFor: string | null = null,
): Promise<void> {
  if (!clashCodes.includes(problem.code)) return;
  const { userName, externalId } = wanted;
  let isFirst = false;
  let noticed: string | undefined;
  for (const { accountId, source, takenName, takenEmail } of await clashesOf(ctx, wanted)) {
    if (source !== 'local') continue;
    const taken = { accountId, takenName, takenEmail };
    const hold = { ...aboutNobody, ...taken, id: newId(), kind: 'clash' as const, askedFor, userName, externalId };
    isFirst = (await store.noteRefusal(ctx, hold)) || isFirst;
    noticed ??= hold.id;
  }
  if (isFirst && noticed)
    ctx.notify({
      kind: 'provisioning-clash',
      text: 'Provisioning asked for a user that has the name or the address of a local account, and was refused. It waits on the page of provisioning: let provisioning take over the account if both are the same person.',
      to: 'owners',
      target: { kind: 'provisioning-hold', id: noticed },
    });
}

/**
 * Notes that a group of provisioning has the name of a local group; anything else is ignored. For a transaction of its
 * own after the refusal.
 *
 * @param problem what the request was answered
 * @param wanted what the group would have been
 * @param askedFor the group, when it is there already
 */
export async function noteGroupClash(
  ctx: TenantContext,
  problem: Problem,
  wanted: { displayName: string; externalId: string | null },
  askedFor: string | null = null,
): Promise<void> {
  if (problem.code !== 'name-taken') return;
  const { displayName: userName, externalId } = wanted;
  const takenName = skeleton(userName);
  const local = await store.localGroupNamed(ctx, takenName);
  if (!local) return;
  const taken = { groupId: local.id, takenName };
  const hold = { ...aboutNobody, ...taken, id: newId(), kind: 'clash' as const, askedFor, userName, externalId };
  if (await store.noteRefusal(ctx, hold))
    ctx.notify({
      kind: 'provisioning-clash',
      text: 'Provisioning asked for a group that has the name of a local group, and was refused. It waits on the page of provisioning: give one of the two another name.',
      to: 'owners',
      target: { kind: 'provisioning-hold', id: hold.id },
    });
}

interface Adopting {
  userName: string;
  externalId: string | null;
}

const adoptableAs = ({ userName, externalId }: Adopting) => ({ usernameCanonical: skeleton(userName), externalId });

/**
 * The local account that an administrator lets provisioning take over as this user: of exactly this username and
 * external id, within 24 hours of the decision, and only while it holds no more than who decided or the token's issuer,
 * which `adopt` of accounts asks once the account is held.
 */
export async function adoptionFor(ctx: TenantContext, wanted: Adopting) {
  const found = await store.readAdoptable(ctx, adoptableAs(wanted));
  if (!found) return undefined;
  const { id, deciderId, deciderKind } = found;
  const decidedBy = deciderId !== null && deciderKind !== null ? { id: deciderId, kind: deciderKind } : undefined;
  return { id, isAllowed: await answerableFor(ctx, id, decidedBy) };
}

const decided = (row: store.HoldRow) =>
  row.state === 'settled' ? 'What was refused has happened meanwhile.' : `This was ${row.state} already.`;

/** Why a clash cannot be let through, and what can be done. */
function obstacleOf(row: store.HoldRow): { code: string; reason: string } | null {
  if (row.kind !== 'clash') return null;
  if (row.groupId)
    return {
      code: 'group-stays-local',
      reason:
        'Provisioning takes over no groups. Give this group or that of the identity provider another name, or delete this one; then the next attempt passes.',
    };
  if (row.askedFor)
    return {
      code: 'another-account',
      reason:
        'The identity provider gives this name or address to somebody whom it manages already. Change it there, or delete this account; then the next attempt passes.',
    };
  if (skeleton(row.userName) !== row.usernameCanonical)
    return {
      code: 'another-name',
      reason:
        'Only the e-mail address is the same, which says nothing of who somebody is. Give the user of the identity provider the username of this account, or delete the account.',
    };
  return null;
}

/** Those of the accounts that only somebody stronger may let be taken over, or given other credentials. */
const outOfReach = (ctx: TenantContext, rows: store.HoldRow[]): Promise<Set<string>> =>
  ctx.actor.door === 'operator'
    ? Promise.resolve(new Set())
    : strongerAmong(
        ctx,
        rows.flatMap(({ kind, state, accountId }) =>
          state === 'open' && (kind === 'clash' || kind === 'credentials') ? (accountId ?? []) : [],
        ),
      );

const shownAlone = async (ctx: TenantContext, row: store.HoldRow) => shown(ctx, row, await outOfReach(ctx, [row]));

const TOO_STRONG = 'This person may do more here than you. Ask somebody who may do as much, or an owner.';

function shown(ctx: TenantContext, row: store.HoldRow, stronger: ReadonlySet<string>) {
  const { accountId, displayName, username, groupId, groupName, usernameCanonical: _canonical, at, ...hold } = row;
  const over = row.state === 'open' ? null : decided(row);
  return {
    account: accountId === null ? null : { id: accountId, displayName, username },
    group: groupId === null ? null : { id: groupId, name: groupName },
    lastAttemptAt: at,
    actions: actionsOf(ctx, [
      {
        name: 'provisioning-holds.allow',
        permission: 'provisioning.change',
        blocked: over ?? obstacleOf(row)?.reason ?? (accountId && stronger.has(accountId) ? TOO_STRONG : null),
      },
      { name: 'provisioning-holds.dismiss', permission: 'provisioning.change', blocked: over },
    ]),
    ...hold,
  };
}

export async function listHolds(ctx: TenantContext, query: z.output<typeof ProvisioningHoldQuery>) {
  const found = await store.listHolds(ctx, query);
  const stronger = await outOfReach(ctx, found.items);
  return { ...found, items: found.items.map((row) => shown(ctx, row, stronger)) };
}

const Decision = ProvisioningHold.pick({
  state: true,
  userName: true,
  externalId: true,
  changes: true,
  email: true,
  tokenId: true,
  allowedUntil: true,
}).meta({ id: 'ProvisioningHold' });

/** A group is no person, whose part of an entry would be kept apart. */
const DecisionOnGroup = ProvisioningHold.pick({ state: true, allowedUntil: true }).meta({ id: 'ProvisioningHold' });

/** @throws {Problem} 404; 409 `hold-decided` */
async function lockOpen(ctx: TenantContext, id: string) {
  const hold = await store.lockHold(ctx, id);
  if (hold.state !== 'open') throw conflict('hold-decided', decided(hold));
  return hold;
}

async function decide(ctx: TenantContext, before: store.HoldRow, allowedUntil: Date | null) {
  const { id, kind, accountId, groupId, groupName } = before;
  const effect = allowedUntil && (await lookAt(ctx, await changeByHolds(ctx, id)));
  await store.decideHold(ctx, id, allowedUntil);
  const after = await store.lockHold(ctx, id);
  const isOfGroup = groupId !== null;
  ctx.audit(isOfGroup ? DecisionOnGroup : Decision, {
    before,
    after,
    target: isOfGroup ? { kind: 'group', id: groupId, name: groupName } : { kind: 'account', id: accountId },
    details: { holdId: id, kind, ...(effect ? { effect } : {}) },
  });
  return shownAlone(ctx, after);
}

/**
 * Lets what was refused through: the identity provider's retry passes for 24 hours. Of a clash, the retry of the same
 * username and external id takes the account over: it keeps its id, groups and password, and the identity provider
 * changes it from then on. Of credentials, the retry of the same change by the same token passes once; of a password
 * nobody knows which it will be.
 *
 * @throws {Problem} 404; 409 `hold-decided`; of credentials 403 `stronger-principal`; of a clash 409 `owner-stays-local`, 409 with the reason for which nothing is
 *   taken over, 403 `stronger-principal` when the account holds what the caller does not
 */
export async function allowHold(ctx: TenantContext, id: string) {
  const hold = await lockOpen(ctx, id);
  const { accountId } = hold;
  const obstacle = obstacleOf(hold);
  if (hold.kind === 'clash' && accountId) {
    if (await store.isInOwnerGroup(ctx, accountId))
      throw conflict(
        'owner-stays-local',
        'This account is in the Owner Group. Provisioning never takes over an owner; give the user of the identity provider another username.',
      );
    await requireNotStronger(ctx, accountId);
  }
  if (hold.kind === 'credentials' && accountId) await requireNotStronger(ctx, accountId);
  if (obstacle) throw conflict(obstacle.code, obstacle.reason);
  return decide(ctx, hold, ctx.later(ALLOWED_SECONDS));
}

/** Leaves it refused. A retry of the identity provider is refused again, and noted anew. @throws {Problem} as `allowHold` */
export const dismissHold = async (ctx: TenantContext, id: string) => decide(ctx, await lockOpen(ctx, id), null);

/**
 * What letting through what is held back would change of rights: of one hold, or of all that wait. A clash changes
 * none: the account that is taken over keeps its groups.
 *
 * @throws {Problem} 404
 */
export async function changeByHolds(ctx: TenantContext, holdId?: string): Promise<Change> {
  if (holdId !== undefined) await store.findHold(ctx, holdId);
  return { stopping: await store.heldAccounts(ctx, holdId) };
}

/**
 * Lets every deactivation and deletion through for 24 hours: those that are held back now and those to come. Clashes
 * stay. The guard is closed before then by `changeProvisioning`.
 *
 * @returns how many were held back
 */
export async function allowAllHolds(ctx: TenantContext) {
  const guardOpenUntil = ctx.later(ALLOWED_SECONDS);
  const effect = await lookAt(ctx, await changeByHolds(ctx));
  const allowed = await store.allowRemovals(ctx, guardOpenUntil);
  ctx.audit(Decision, {
    target: { kind: 'provisioning', id: null },
    details: { allowed, guardOpenUntil: guardOpenUntil.toISOString(), effect },
  });
  return { allowed, guardOpenUntil };
}
