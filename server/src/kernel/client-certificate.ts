import { X509Certificate } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import type { Config } from './config.ts';
import { plainAddress } from './guesses.ts';

/** Client certificates, as the proxies that end TLS before us hand them on. */

interface Sent {
  headers: Record<string, string | string[] | undefined>;
  socket: { remoteAddress?: string | undefined };
}

const proxies = new WeakMap<Config, BlockList>();

/** What a proxy says of the connection; undefined from everybody else, whose word nobody takes. */
export function forwardedCertificate(config: Config, { headers, socket }: Sent): string | undefined {
  const said = headers['client-cert'];
  if (typeof said !== 'string' || !config.hasClientCertificates) return undefined;
  const from = plainAddress(socket.remoteAddress ?? null);
  return from !== null && proxiesOf(config).check(from, isIPv6(from) ? 'ipv6' : 'ipv4') ? said : undefined;
}

function proxiesOf(config: Config): BlockList {
  const known = proxies.get(config);
  if (known) return known;
  const list = new BlockList();
  for (const entry of config.trustProxy) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  proxies.set(config, list);
  return list;
}

/**
 * Reads what stood in `Client-Cert`: DER between colons (RFC 9440), or PEM escaped as in an address, as nginx and Envoy
 * write it.
 *
 * @returns undefined when it is no certificate
 */
export function readForwarded(said: string): X509Certificate | undefined {
  if (said.length > 16_000) return undefined;
  try {
    const [, base64] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(said.trim()) ?? [];
    if (base64 !== undefined) return new X509Certificate(Buffer.from(base64, 'base64'));
    const pem = decodeURIComponent(said.trim());
    return /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/.test(pem)
      ? new X509Certificate(pem)
      : undefined;
  } catch {
    return undefined;
  }
}
