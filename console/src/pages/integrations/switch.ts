import { disableServiceAccount, enableServiceAccount } from '../../api/service-accounts.ts';
import type { ServiceAccount } from '../../api/types.ts';
import type { Switch } from '../../kit/switch.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { en } from '../../messages/en.ts';

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
    said: text.enabled,
  },
  off: {
    operation: 'service-accounts.disable',
    act: disableServiceAccount,
    short: en.bulk.disable,
    verb: text.disableVerb,
    title: text.disable,
    text: text.disableText,
    said: text.disabled,
    isDangerous: true,
  },
};
