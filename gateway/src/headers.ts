import type { IncomingMessage } from 'node:http';
import type { Route } from './configuration.ts';
import { Refusal } from './refusal.ts';

/** Which headers go through, in either direction. */

type Rules = Route['requestHeaders'];

/** RFC 9110 section 7.6.1: of this connection only. */
const hopByHop = new Set(
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade http2-settings expect host'.split(
    ' ',
  ),
);
/** What the gateway itself says of who comes, from where and to what; nobody else is believed. */
const ours =
  'x-bailiwick-* x-forwarded x-forwarded-* x-real-ip x-request-id x-remote-* x-original-* x-rewrite-* remote-* forwarded';
/** What other proxies say of who is connected; RFC 9440 section 4 asks that nobody else's goes on. */
const ofConnected = 'client-cert client-cert-chain x-client-ip x-cluster-client-ip true-client-ip';
/** Some upstreams take these for what their own server says (RFC 3875): where the request came to, and by which proxy they ask. */
const ofServers = 'x-script-name script-name path-info proxy';
/** Some upstreams take the method from these, which would be another one than was let in. */
const methods = 'x-method x-http-method x-method-override x-http-method-override';
/** What no client may say to an upstream; `*` is anything. */
export const reserved = `${ours} ${ofConnected} ${ofServers} ${methods}`.split(' ');

/** In whatever spelling: some servers take `_` or `.` for `-`, or any sign. */
const isReserved = new RegExp(
  `^(${reserved.map((name) => name.replaceAll('-', '[^a-z0-9]').replace('*', '.*')).join('|')})$`,
);

const folded = (name: string) => name.replace(/[^a-z0-9]/g, '-');

const none: ReadonlySet<string> = new Set();

/** What `Connection` names; mostly nothing but what never goes on. */
const named = (value: string | string[] | undefined): ReadonlySet<string> =>
  value === undefined || value === 'keep-alive' || value === 'close'
    ? none
    : new Set(
        String(value)
          .toLowerCase()
          .split(',')
          .map((name) => name.trim()),
      );

const foldedAll = (names: string[]): ReadonlySet<string> => (names.length > 0 ? new Set(names.map(folded)) : none);

/** For the upstream. These and `own` are `[name, value, ...]`. What is signed goes before what a route sets, and nobody else is believed. */
export function requestHeaders(
  { rawHeaders, headers }: IncomingMessage,
  { requestHeaders: { set, remove } }: Route,
  own: readonly string[],
  signed: Record<string, string> = {},
): string[] {
  const ofConnection = named(headers.connection);
  const sent: string[] = [];
  const signedNames = foldedAll(Object.keys(signed));
  const replaced = set.length + remove.length > 0 ? foldedAll([...remove, ...set.map(({ name }) => name)]) : none;
  const isReplaced = (name: string) => replaced.size > 0 && replaced.has(folded(name));
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (hopByHop.has(name) || isReserved.test(name) || ofConnection.has(name) || name === 'via') continue;
    if (isReplaced(name) || (signedNames.size > 0 && signedNames.has(folded(name)))) continue;
    sent.push(name, rawHeaders[at + 1] as string);
  }
  for (let at = 0; at < own.length; at += 2)
    if (!isReplaced(own[at] as string)) sent.push(own[at] as string, own[at + 1] as string);
  for (const { name, value } of set) if (!signedNames.has(folded(name))) sent.push(name, value);
  for (const [name, value] of Object.entries(signed)) sent.push(name, value);
  return sent;
}

/** How a gateway names itself, whichever of its programs it is. */
const A_GATEWAY = /^bailiwick-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Nobody means a longer chain. */
const MOST_GATEWAYS = 20;

/**
 * What stands outside of comments, which may hold comments, commas, and anything behind a backslash. One that does not end
 * is none: it would hide whom the request came through.
 */
function withoutComments(field: string): string {
  let kept = '';
  let depth = 0;
  for (let at = 0; at < field.length; at++) {
    const char = field[at] as string;
    if (char === '(') depth++;
    else if (depth === 0) kept += char;
    else if (char === '\\') at++;
    else if (char === ')' && --depth === 0) kept += ' ';
  }
  return depth === 0 ? kept : field;
}

/** RFC 9110 section 7.6.3: by whom it was received, after the protocol of each step. What is none of ours is left out. */
const gatewaysIn = (via: string): string[] =>
  withoutComments(via)
    .split(',')
    .flatMap((step) => step.split(/[ \t]+/).filter(Boolean)[1] ?? [])
    .filter((name) => A_GATEWAY.test(name));

/**
 * The gateways that a request came through, and this one; of other proxies nothing is believed.
 *
 * @throws {Refusal} 508 where it would go round
 */
export function viaOf({ headers: { via = '' } }: Pick<IncomingMessage, 'headers'>, gatewayId: string): string {
  const self = `bailiwick-${gatewayId}`;
  if (via === '') return `1.1 ${self}`;
  const names = gatewaysIn(via);
  if (names.includes(self)) throw new Refusal(508, 'loop', 'This request came through this gateway before.');
  if (names.length >= MOST_GATEWAYS)
    throw new Refusal(508, 'loop', `This request came through ${MOST_GATEWAYS} gateways and is not at its end.`);
  return [...names, self].map((name) => `1.1 ${name}`).join(', ');
}

type Incoming = Record<string, string | string[] | undefined>;

/** For who asked. */
export function responseHeaders(
  headers: Incoming,
  { set, remove }: Rules,
  requestId: string,
): Record<string, string | string[]> {
  const ofConnection = named(headers.connection);
  const sent: Record<string, string | string[]> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined && !hopByHop.has(name) && !ofConnection.has(name)) sent[name] = value;
  }
  for (const name of remove) delete sent[name];
  for (const { name, value } of set) sent[name] = value;
  sent['x-request-id'] = requestId;
  return sent;
}
