import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Agent } from 'undici';
import { type Kind, kindOf, literalOf } from '../../server/src/kernel/addresses.ts';
import { withinTime } from '../../server/src/kernel/within-time.ts';
import { isLoopback } from './settings.ts';

/**
 * What an identity provider publishes. Who set it up chose where its issuer is, which may be within the organisation;
 * everything else is the provider's word, and leads no nearer to this program than the issuer is: from the internet to
 * the internet, and to this machine only from an issuer that is said to be here.
 */

const MOST_BYTES = 1_000_000;
const LONGEST_READ_MS = 5_000;

/** How near addresses are. What is special is asked for nothing, whoever names it. */
const nearness: Record<Kind, number> = { public: 0, private: 1, loopback: 2, special: Number.POSITIVE_INFINITY };

/** Names and connections. Tests bring their own. */
export interface Way {
  addressesOf: (hostname: string) => Promise<string[]>;
  /** Connects to one of these addresses and no other. A redirect is an answer like any other. */
  get: (url: URL, addresses: string[], signal: AbortSignal) => Promise<{ status: number; text: string }>;
}

export const network: Way = {
  addressesOf: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),

  async get(url, addresses, signal) {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = found as [(typeof found)[number]];
    const agent = new Agent({
      connect: {
        lookup: (_host, { all }, done) => (all ? done(null, found) : done(null, first.address, first.family)),
        timeout: LONGEST_READ_MS,
      },
    });
    try {
      const { origin, pathname, search } = url;
      const headers = { accept: 'application/json' };
      const reply = await agent.request({ origin, path: pathname + search, method: 'GET', headers, signal });
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of reply.body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > MOST_BYTES) throw new Error('it is too long');
        chunks.push(chunk);
      }
      return { status: reply.statusCode, text: Buffer.concat(chunks).toString('utf8') };
    } finally {
      await agent.destroy();
    }
  },
};

/** @returns a JWK set as it stands there @throws {Error} says what could not be read, and why */
export async function publishedKeys(issuer: string, way: Way): Promise<string> {
  const description = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const nearest = isLoopback(new URL(issuer).hostname) ? nearness.loopback : nearness.private;
  const described = await read(description, nearest, way);
  const { issuer: named, jwks_uri } = JSON.parse(described.text) as { issuer?: unknown; jwks_uri?: unknown };
  if (named !== issuer || typeof jwks_uri !== 'string') throw new Error(`${description} describes another provider.`);
  // Its own host may have addresses of both kinds, as the issuer has.
  const isSameHost = URL.canParse(jwks_uri) && new URL(jwks_uri).hostname === new URL(issuer).hostname;
  return (await read(jwks_uri, isSameHost ? nearest : described.nearness, way)).text;
}

/** @param nearest of the addresses that it may have */
async function read(address: string, nearest: number, way: Way): Promise<{ text: string; nearness: number }> {
  try {
    const url = new URL(address);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
      throw new Error('it must begin with https://');
    const signal = AbortSignal.timeout(LONGEST_READ_MS);
    const literal = literalOf(url);
    const addresses = literal ? [literal] : await withinTime(way.addressesOf(url.hostname), signal);
    const near = addresses.map((each) => nearness[kindOf(each)]);
    // A name that leads to a nearer address as well is a trap.
    if (near.length === 0 || Math.max(...near) > nearest) throw new Error('it leads nearer than the issuer may');
    const { status, text } = await way.get(url, addresses, signal);
    if (status !== 200) throw new Error(`it answered ${status}`);
    return { text, nearness: Math.min(...near) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw new Error(
      `${URL.canParse(address) ? new URL(address).origin : 'The address'} cannot be read: ${message || code}`,
    );
  }
}
