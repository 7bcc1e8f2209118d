import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import { sendInvitation } from './invitations.ts';
import { emailOf, insertPerson } from './making.ts';
import { Account } from './schema.ts';
import { audited } from './shown.ts';
import * as store from './store.ts';

/**
 * Lets the person of an address in, whom a recovery names: invited, or enabled where they have an account that was
 * accepted once. The caller puts the account into the Owner Group. Unlike the first owner's it is no usable owner
 * before the invitation is accepted, and is not sent to another address.
 *
 * @param recoveryId stands as the account's author
 * @throws {Problem} 409 `managed-elsewhere` for an account of provisioning; 429 as invitations
 */
export async function letInAsOwner(
  ctx: TenantContext,
  person: { email: string; firstName: string; lastName: string },
  recoveryId: string,
): Promise<string> {
  const { email, firstName, lastName } = person;
  const { canonical } = emailOf(email, 'email');
  const [holder] = (await store.taken(ctx, canonical, canonical)).filter(
    ({ emailCanonical }) => emailCanonical === canonical,
  );
  if (!holder) {
    const made = await insertPerson(
      ctx,
      { email, firstName, lastName },
      { status: 'new', verifiedAt: null, createdBy: recoveryId },
    );
    await sendInvitation(ctx, made);
    ctx.audit(Account, { after: audited(made), action: 'accounts.create' });
    return made.id;
  }
  const before = await store.lock(ctx, holder.id);
  if (before.source !== 'local')
    throw conflict('managed-elsewhere', 'This address is one of an account of provisioning, which is no usable owner.');
  const status = before.verifiedAt ? 'enabled' : 'new';
  if (status !== before.status) {
    const after = await store.update(ctx, before.id, { status });
    ctx.audit(Account, { before: audited(before), after: audited(after), action: 'accounts.enable' });
  }
  if (!before.verifiedAt) await sendInvitation(ctx, before);
  else
    ctx.notify({
      kind: 'ownership-recovered',
      text: 'The operator of the platform let you in as an owner of this organisation. Sign in as before; without a password, ask for a new one at the sign-in page.',
      to: { accountId: before.id },
    });
  return before.id;
}
