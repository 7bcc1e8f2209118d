import { disableAccount, enableAccount } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import type { Switch } from '../../kit/switch.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';

export const accountSwitch: Switch<Account> = {
  area: 'accounts',
  nameOf: ({ displayName }) => displayName,
  isOn: ({ status }) => (status === 'new' ? undefined : status === 'enabled'),
  on: {
    operation: 'accounts.enable',
    act: enableAccount,
    short: en.bulk.enable,
    verb: text.enableVerb,
    title: text.enable,
    text: text.enableText,
    said: text.enabled,
  },
  off: {
    operation: 'accounts.disable',
    act: disableAccount,
    short: en.bulk.disable,
    verb: text.disableVerb,
    title: text.disable,
    text: text.disableText,
    said: text.disabled,
    isDangerous: true,
  },
};
