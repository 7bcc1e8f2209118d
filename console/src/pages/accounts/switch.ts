import { disableAccount, enableAccount } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import { enablingSwitch, idsOf } from '../../kit/switch.tsx';
import { accountText } from '../../messages/en.accounts.ts';
import { useLook } from '../access/looking.tsx';

function Enabling({ rows }: { rows: Account[] }) {
  return useLook({ accounts: { act: 'enable', oneByOne: true, ids: idsOf(rows) } }).shown;
}

function Disabling({ rows }: { rows: Account[] }) {
  return useLook({ accounts: { act: 'disable', oneByOne: true, ids: idsOf(rows) } }).shown;
}

export const accountSwitch = enablingSwitch<Account>({
  area: 'accounts',
  nameOf: ({ displayName }) => displayName,
  isOn: ({ status }) => (status === 'new' ? undefined : status === 'enabled'),
  text: accountText,
  enable: enableAccount,
  disable: disableAccount,
  Enabling,
  Disabling,
});
