import { disableAccount, enableAccount } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import { idsOf, type Switch } from '../../kit/switch.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';
import { useLook } from '../access/looking.tsx';

function Enabling({ rows }: { rows: Account[] }) {
  return useLook({ accounts: { act: 'enable', oneByOne: true, ids: idsOf(rows) } }).shown;
}

function Disabling({ rows }: { rows: Account[] }) {
  return useLook({ accounts: { act: 'disable', oneByOne: true, ids: idsOf(rows) } }).shown;
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
    textOfMany: text.enableManyText,
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
    textOfMany: text.disableManyText,
    said: text.disabled,
    Look: Disabling,
    isDangerous: true,
  },
};
