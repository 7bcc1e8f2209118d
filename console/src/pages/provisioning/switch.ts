import { pauseToken, resumeToken } from '../../api/provisioning.ts';
import type { ProvisioningToken } from '../../api/types.ts';
import type { Switch } from '../../kit/switch.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';

export const tokenSwitch: Switch<ProvisioningToken> = {
  area: 'provisioning-tokens',
  nameOf: ({ name }) => name,
  isOn: ({ state }) => (state === 'paused' ? false : ['active', 'rotating'].includes(state) || undefined),
  on: {
    operation: 'provisioning-tokens.resume',
    act: resumeToken,
    short: text.resume,
    verb: text.resume,
    title: text.resume,
    text: text.resumeText,
    said: text.resumed,
  },
  off: {
    operation: 'provisioning-tokens.pause',
    act: pauseToken,
    short: text.pause,
    verb: text.pause,
    title: text.pause,
    text: text.pauseText,
    said: text.paused,
  },
};
