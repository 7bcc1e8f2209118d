import type { Secret } from '../../kit/secret.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';

/** Both keys of a namespace as secrets, as far as the reply carries them. */
export const keysOf = (
  name: string,
  { agentKey, serviceKey }: { agentKey?: string | undefined; serviceKey?: string | undefined },
): Secret[] => [
  ...(agentKey
    ? [{ label: text.agentKey, value: agentKey, fileName: `${name}-agent-key.txt`, help: text.agentKeyHelp }]
    : []),
  ...(serviceKey
    ? [{ label: text.serviceKey, value: serviceKey, fileName: `${name}-service-key.txt`, help: text.serviceKeyHelp }]
    : []),
];

export const nameCheck = ({ name = '' }: Record<string, string>) => ({
  name: /^[A-Za-z0-9_-]{1,63}$/.test(name.trim()) ? undefined : text.nameRule,
});
