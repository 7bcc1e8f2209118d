import { disableGroup, enableGroup } from '../../api/groups.ts';
import type { Group } from '../../api/types.ts';
import { enablingSwitch } from '../../kit/switch.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { Disabling, Enabling } from './SwitchLook.tsx';

export const groupSwitch = enablingSwitch<Group>({
  area: 'groups',
  nameOf: ({ name }) => name,
  isOn: ({ status }) => status === 'enabled',
  text: groupText,
  enable: enableGroup,
  disable: disableGroup,
  Enabling,
  Disabling,
});
