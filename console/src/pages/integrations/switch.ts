import { disableServiceAccount, enableServiceAccount } from '../../api/service-accounts.ts';
import type { ServiceAccount } from '../../api/types.ts';
import { idsOf, type Switch } from '../../kit/switch.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { en } from '../../messages/en.ts';
import { useLook } from '../access/looking.tsx';

function Enabling({ rows }: { rows: ServiceAccount[] }) {
  return useLook({ serviceAccounts: { ids: idsOf(rows), status: 'enabled' } }).shown;
}

function Disabling({ rows }: { rows: ServiceAccount[] }) {
  return useLook({ serviceAccounts: { ids: idsOf(rows), status: 'disabled' } }).shown;
}

export const serviceAccountSwitch: Switch<ServiceAccount> = {
  area: 'service-accounts',
  nameOf: ({ name }) => name,
  isOn: ({ status }) => status === 'enabled',
  on: {
    operation: 'service-accounts.enable',
    act: enableServiceAccount,
    short: en.bulk.enable,
    verb: text.enableVerb,
    title: text.enable,
    text: text.enableText,
    textOfMany: text.enableManyText,
    said: text.enabled,
    Look: Enabling,
  },
  off: {
    operation: 'service-accounts.disable',
    act: disableServiceAccount,
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
