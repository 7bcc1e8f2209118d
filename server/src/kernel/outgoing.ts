import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Agent } from 'undici';
import { isWithin, kindOf, literalOf } from './addresses.ts';
import type { Config } from './config.ts';
import type { Platform } from './regions.ts';
import { withinTime } from './within-time.ts';

/**
 * The one way out (P28): https on an allowed port, the name resolved once, the address checked, the connection made to
 * that address, no redirects, 1 MB, 5 seconds. What the operator names in BAILIWICK_EGRESS_ALLOW may also be private
 * or without TLS; tenants cannot name anything there.
 */

const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 5_000;
const PORTS = new Set(['443', '8443']);

/** How many answers a node waits for at once; others are refused rather than kept waiting. */
const MAX_UNDER_WAY = 200;
let underWay = 0;

export type Egress = Config['egress'];
/** A name's addresses. Tests bring their own. */
export type Resolve = (hostname: string) => Promise<string[]>;

export interface OutgoingRequest {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Media types, for the header of that name. */
  accept?: string;
}

export interface OutgoingAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * Nothing usable came back. The message is the same for a name that is not there, a private address, a closed port, a
 * bad certificate, too much and too slow: it does not describe the network.
 */
export class OutgoingFailed extends Error {
  constructor(url: string) {
    super(`${originOf(url)} gave no usable answer within ${TIMEOUT_MS / 1000} seconds.`);
  }
}

const originOf = (url: string) => (URL.canParse(url) ? new URL(url).origin : 'The address');

const resolveOnce: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true, order: 'verbatim' })).map(({ address }) => address);

/**
 * What of an address can be judged by its text, before anybody asks for it.
 *
 * @returns what is wrong, for the person who typed it; undefined when nothing is
 */
export function refusalOf(text: string, egress: Egress): string | undefined {
  if (text.length > 2000 || !URL.canParse(text)) return 'must be an address such as https://login.example.com/path';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.username || url.password) return 'must not hold a user name or a password';
  if (url.hash) return 'must not hold a fragment (#)';
  const literal = literalOf(url);
  if (isNamed(url, literal, egress)) return undefined;
  // Whether a name leads into a network that is allowed shows when it is asked for.
  if (!literal && egress.allow.some(isNetwork)) return undefined;
  if (url.protocol !== 'https:') return 'must begin with https://';
  if (url.port && !PORTS.has(url.port)) return `must not name a port other than ${[...PORTS].join(' and ')}`;
  if (literal && kindOf(literal) !== 'public') return 'must not name a private address';
  if (!literal && !url.hostname.includes('.')) return 'must name a host on the internet';
  return undefined;
}

/**
 * Sends one request and reads the whole answer. A redirect is an answer like any other.
 *
 * @throws {OutgoingFailed} no answer, one from an address that is not allowed, one too large or too slow
 */
export async function outgoing(
  platform: Pick<Platform, 'config'>,
  url: string,
  { method = 'GET', headers = {}, body, accept }: OutgoingRequest = {},
  resolve: Resolve = resolveOnce,
): Promise<OutgoingAnswer> {
  const { egress } = platform.config;
  if (refusalOf(url, egress) !== undefined || underWay >= MAX_UNDER_WAY) throw new OutgoingFailed(url);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  underWay++;
  let agent: Agent | undefined;
  try {
    const target = new URL(url);
    const address = await withinTime(checkedAddress(target, egress, resolve), signal);
    const undici = await import('undici'); // with the first request: a node that sends none needs less memory
    agent = new undici.Agent({
      connect: {
        // The only address there is for this connection: nothing is resolved again.
        lookup: (_host, options, done) =>
          options.all ? done(null, [address]) : done(null, address.address, address.family),
        timeout: TIMEOUT_MS,
        ...(egress.ca ? { ca: egress.ca } : {}),
      },
      maxHeaderSize: 16 * 1024,
      pipelining: 0,
    });
    const answer = await undici.request(target, {
      dispatcher: agent,
      method,
      headers: { ...headers, ...(accept ? { accept } : {}), 'accept-encoding': 'identity', 'user-agent': 'Bailiwick' },
      ...(body === undefined ? {} : { body }),
      signal,
    });
    const encoding = answer.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw new Error('encoded although identity was asked for');
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BYTES) throw new Error('too large');
      chunks.push(chunk);
    }
    return { status: answer.statusCode, headers: joined(answer.headers), body: Buffer.concat(chunks) };
  } catch {
    throw new OutgoingFailed(url);
  } finally {
    underWay--;
    await agent?.destroy().catch(() => undefined);
  }
}

/** The same in the form of `fetch`, for libraries that take one. */
export const outgoingFetch =
  (platform: Pick<Platform, 'config'>) =>
  async (
    url: string | URL,
    options: { method?: string | undefined; headers?: unknown; body?: unknown } = {},
  ): Promise<Response> => {
    const answer = await outgoing(platform, String(url), {
      method: options.method === 'POST' ? 'POST' : 'GET',
      headers: Object.fromEntries(new Headers(options.headers as Record<string, string> | undefined)),
      ...(options.body == null ? {} : { body: String(options.body) }),
    });
    const hasBody = ![204, 205, 304].includes(answer.status);
    return new Response(hasBody ? new Uint8Array(answer.body) : null, {
      status: answer.status,
      headers: answer.headers,
    });
  };

/** The address to connect to. @throws {Error} one of the name's addresses is not allowed */
async function checkedAddress(url: URL, egress: Egress, resolve: Resolve) {
  const literal = literalOf(url);
  const found = literal ? [literal] : await resolve(url.hostname);
  const named = found.find((address) => isNamed(url, address, egress));
  if (named === undefined) {
    // Judged by its text an http address or another port passes for what BAILIWICK_EGRESS_ALLOW names only.
    if (url.protocol !== 'https:' || (url.port && !PORTS.has(url.port))) throw new Error('not allowed');
    // A name that leads to a private address as well is a trap.
    if (found.length === 0 || !found.every((each) => kindOf(each) === 'public')) throw new Error('not allowed');
  }
  const address = named ?? (found[0] as string);
  return { address, family: isIP(address) };
}

const isNetwork = (entry: string) => entry.includes('/');

/** Whether BAILIWICK_EGRESS_ALLOW names it: `host:port`, or a network that has the address. */
function isNamed(url: URL, address: string | undefined, { allow }: Egress): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return allow.some((entry) => {
    if (!isNetwork(entry)) return entry.toLowerCase() === `${url.hostname}:${port}`;
    return address !== undefined && isWithin(address, entry);
  });
}

const joined = (headers: Record<string, string | string[] | undefined>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
