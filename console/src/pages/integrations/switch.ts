import { disableServiceAccount, enableServiceAccount } from '../../api/service-accounts.ts';
import type { ServiceAccount } from '../../api/types.ts';
import { enablingSwitch, idsOf } from '../../kit/switch.tsx';
import { integrationText } from '../../messages/en.integrations.ts';
import { useLook } from '../access/looking.tsx';

function Enabling({ rows }: { rows: ServiceAccount[] }) {
  return useLook({ serviceAccounts: { ids: idsOf(rows), status: 'enabled' } }).shown;
}

function Disabling({ rows }: { rows: ServiceAccount[] }) {
  return useLook({ serviceAccounts: { ids: idsOf(rows), status: 'disabled' } }).shown;
}

export const serviceAccountSwitch = enablingSwitch<ServiceAccount>({
  area: 'service-accounts',
  nameOf: ({ name }) => name,
  isOn: ({ status }) => status === 'enabled',
  text: integrationText,
  enable: enableServiceAccount,
  disable: disableServiceAccount,
  Enabling,
  Disabling,
});
