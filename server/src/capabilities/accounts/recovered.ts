import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import { groupsOf, holdOwners } from '../groups/service.ts';
import { endSessionsOf } from '../sessions/service.ts';
import { sendInvitation } from './invitations.ts';
import { emailOf, insertPerson } from './making.ts';
import { Account } from './schema.ts';
import { audited } from './shown.ts';
import * as store from './store.ts';
import * as waysIn from './ways-in-store.ts';

/**
 * Invites the person of an address whom a recovery names; the caller puts the account into the Owner Group. An account
 * that has the address already begins anew, without password, factors, links and sessions: the mailbox alone says who
 * somebody is (P12), while an account may be made by whoever runs an identity provider. Who is an owner who is enabled
 * keeps all that they have.
 *
 * Unlike the first owner, the invited person is no usable owner before accepting, and is not invited elsewhere.
 *
 * @param recoveryId stands as the account's author
 * @throws {Problem} 409 `managed-elsewhere` for an account of provisioning; 429 as invitations
 */
export async function letInAsOwner(
  ctx: TenantContext,
  { email, firstName, lastName }: { email: string; firstName: string; lastName: string },
  recoveryId: string,
): Promise<string> {
  const invited = { status: 'new' as const, verifiedAt: null, createdBy: recoveryId };
  const { canonical } = emailOf(email, 'email');
  const taken = await store.taken(ctx, canonical, canonical);
  const holder = taken.find(({ emailCanonical }) => emailCanonical === canonical);
  if (!holder) {
    const made = await insertPerson(ctx, { email, firstName, lastName }, invited);
    await sendInvitation(ctx, made);
    ctx.audit(Account, { after: audited(made), action: 'accounts.create' });
    return made.id;
  }
  const { id } = holder;
  const before = await store.lock(ctx, id);
  if (before.source !== 'local')
    throw conflict('managed-elsewhere', 'This address is one of an account of provisioning, which is no usable owner.');
  await holdOwners(ctx);
  const isOwner = (await groupsOf(ctx, [id])).get(id)?.some(({ isOwnerGroup }) => isOwnerGroup);
  if (isOwner && before.status === 'enabled') {
    ctx.notify({
      kind: 'ownership-recovered',
      text: 'The operator of the platform wanted to let you in as an owner of this organisation, which you are. Sign in as before, or ask for a new password at the sign-in page.',
      to: { accountId: id },
    });
    return id;
  }
  waysIn.removeWaysIn(ctx, id);
  const sessionsEnded = (await endSessionsOf(ctx, id)).length;
  const after = await store.update(ctx, id, invited);
  await sendInvitation(ctx, after);
  ctx.audit(Account, {
    before: audited(before),
    after: audited(after),
    details: { sessionsEnded },
    action: 'accounts.invite',
  });
  return id;
}
