import type { Permission } from '../../kernel/catalogue.ts';

/** Permissions that are more together than each alone: a change that brings them together is warned of. */
export const mixes: readonly { permissions: readonly [Permission, Permission]; text: string }[] = [
  {
    permissions: ['accounts.change', 'groups.change'],
    text: 'Who may change accounts and groups can let people in and decide what they hold.',
  },
  {
    permissions: ['integrations.issue', 'groups.change'],
    text: 'Who may issue keys and change groups can make a machine that keeps what they hold themselves.',
  },
  {
    permissions: ['provisioning.issue', 'groups.change'],
    text: 'Who may issue provisioning tokens and change groups can have people made and decide what they hold.',
  },
  {
    permissions: ['identity-providers.change', 'accounts.change'],
    text: 'Who may change identity providers and accounts can decide who signs in as whom.',
  },
  {
    permissions: ['namespaces.reset-keys', 'gateways.change'],
    text: 'Who may reset keys and change gateways can put a gateway of their own in the place of another.',
  },
  {
    permissions: ['tenant.close', 'accounts.delete'],
    text: 'Who may close the tenant and delete accounts can take everything away.',
  },
];
