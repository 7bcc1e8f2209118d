import { isIPv6 } from 'node:net';

/** The host that a request names, as it is judged by: the gateway reads requests by it, and the region those it tries. */

export interface NamedHost {
  /** In small letters, without a dot at its end; empty where none is named. */
  host: string;
  /** Empty, or as digits. */
  port: string;
}

/** RFC 9112 section 3.2: a name or an address, and a port; nothing where an old client names none. */
const NAMED = /^(?!.*\.\.)(?:([\w-][\w.-]*|\[[0-9a-f:.]+\])(?::(\d*))?)?$/i;
const MOST_PORT = 65_535;

/** Undefined where it is none. */
export function hostOf(text: string): NamedHost | undefined {
  const [whole, name = '', port = ''] = NAMED.exec(text) ?? [];
  if (whole === undefined || Number(port) > MOST_PORT) return undefined;
  if (name.startsWith('[') && !isIPv6(name.slice(1, -1))) return undefined;
  // One star for the digits: two beside each other take the square of their number to fail.
  return { host: name.toLowerCase().replace(/\.$/, ''), port: port.replace(/^0+/, '') };
}

export const HOST_RULE =
  'must be a name or an address, with or without a port: shop.example, 192.0.2.7:8080, [2001:db8::7]';
