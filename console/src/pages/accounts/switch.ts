import { disableAccount, enableAccount } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import type { Switch } from '../../kit/switch.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';
import { useLook } from '../access/looking.tsx';

function Enabling({ id }: { id: string }) {
  return useLook({ accounts: { act: 'enable', ids: [id] } }).shown;
}

function Disabling({ id }: { id: string }) {
  return useLook({ accounts: { act: 'disable', ids: [id] } }).shown;
}

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
    Look: Enabling,
  },
  off: {
    operation: 'accounts.disable',
    act: disableAccount,
    short: en.bulk.disable,
    verb: text.disableVerb,
    title: text.disable,
    text: text.disableText,
    said: text.disabled,
    Look: Disabling,
    isDangerous: true,
  },
};
