import { disableGroup, enableGroup } from '../../api/groups.ts';
import type { Group } from '../../api/types.ts';
import type { Switch } from '../../kit/switch.tsx';
import { groupText as text } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { Disabling, Enabling } from './SwitchLook.tsx';

export const groupSwitch: Switch<Group> = {
  area: 'groups',
  nameOf: ({ name }) => name,
  isOn: ({ status }) => status === 'enabled',
  on: {
    operation: 'groups.enable',
    act: enableGroup,
    short: en.bulk.enable,
    verb: text.enableVerb,
    title: text.enable,
    text: text.enableText,
    textOfMany: text.enableManyText,
    said: text.enabled,
    Look: Enabling,
  },
  off: {
    operation: 'groups.disable',
    act: disableGroup,
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
