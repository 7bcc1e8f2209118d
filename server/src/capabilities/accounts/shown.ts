import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import { groupsOf } from '../groups/service.ts';
import type * as store from './store.ts';

/** How an account is shown, to its readers and to the audit, and why it is not changed here. */

type Groups = Awaited<ReturnType<typeof groupsOf>> extends Map<string, infer G> ? G : never;

const managedElsewhere = 'This account is managed by provisioning (SCIM). Change it there.';

/** Whether provisioning alone changes the account; not while it is off. */
export const isManagedElsewhere = ({ identity }: TenantContext, { source }: Pick<store.AccountRow, 'source'>) =>
  source === 'scim' && identity.provisioning !== 'off';

/** An account as the caller sees it, with what it may do. */
export function shown(ctx: TenantContext, account: store.AccountRow, groups: Groups) {
  const isLocal = account.source === 'local';
  const managed = isManagedElsewhere(ctx, account) ? managedElsewhere : null;
  const stronger =
    groups.some(({ isOwnerGroup }) => isOwnerGroup) && !ctx.rights.isOwner
      ? 'This is an owner. Only an owner may do this.'
      : null;
  const { status, verifiedAt } = account;
  const isEnabled = status === 'enabled';
  return {
    groups,
    actions: actionsOf(ctx, [
      { name: 'accounts.change', permission: 'accounts.change', blocked: managed },
      {
        name: 'accounts.enable',
        permission: 'accounts.change',
        blocked:
          managed ?? stronger ?? (isEnabled ? 'It is enabled.' : null) ?? (verifiedAt || !isLocal ? null : notAccepted),
      },
      {
        name: 'accounts.disable',
        permission: 'accounts.change',
        blocked: managed ?? stronger ?? (status === 'disabled' ? 'It is disabled.' : null),
      },
      { name: 'accounts.reset-factors', permission: 'accounts.change', blocked: stronger },
      {
        name: 'accounts.change-email',
        permission: 'accounts.change',
        blocked: managed ?? stronger ?? (isLocal ? null : addressOfProvisioning),
      },
      {
        name: 'accounts.invite',
        permission: 'accounts.change',
        blocked:
          managed ??
          stronger ??
          (verifiedAt ? 'The invitation was accepted.' : null) ??
          (account.email ? null : noAddress),
      },
      { name: 'accounts.end-sessions', permission: 'accounts.change', blocked: stronger },
      {
        name: 'accounts.delete',
        permission: 'accounts.delete',
        blocked: managed ?? stronger ?? (status === 'disabled' ? null : 'Disable the account, then delete it.'),
      },
      {
        name: 'accounts.erase',
        permission: 'accounts.delete',
        blocked: managed ?? stronger ?? (status === 'disabled' ? null : 'Disable the account, then erase it.'),
      },
      { name: 'accounts.export', permission: 'audit.export' },
    ]),
    ...account,
  };
}

export const addressOfProvisioning = 'Provisioning (SCIM) brought this account; its e-mail address is changed there.';
export const notAccepted = 'The invitation was never accepted.';
export const noAddress = 'This account has no e-mail address.';

export async function shownWithGroups(ctx: TenantContext, account: store.AccountRow) {
  return shown(ctx, account, (await groupsOf(ctx, [account.id])).get(account.id) ?? []);
}

/** What the audit keeps of an account: its fields, personal ones encrypted for the person. */
export const audited = (account: store.AccountRow) => {
  const { invitationExpiresAt: _sent, emailChange: _asked, ...fields } = account;
  return fields;
};

export function requireManagedHere(ctx: TenantContext, account: store.AccountRow): void {
  if (isManagedElsewhere(ctx, account)) throw conflict('managed-elsewhere', managedElsewhere);
}
