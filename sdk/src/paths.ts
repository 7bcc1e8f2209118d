import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './openapi.gen.ts';
import { type SendOptions, sender } from './send.ts';

export interface BailiwickOptions {
  /** Of a node, without a path: `https://eu.example.com`. */
  baseUrl: string;
  /** `bwk_...`; left out in a browser that has a session. */
  key?: string;
  headers?: Record<string, string>;
  fetch?: SendOptions['fetch'];
  /** How often a call that may be repeated is, when the server says 429 or 503 with Retry-After; 2 by default. */
  retries?: number;
  /** Whether a 421 that names the right region's base URL is followed, once; true by default. */
  followRegion?: boolean;
}

/** The typed client of paths alone, for pages that count each byte: it brings no table of methods. */
export function createPathsClient(options: BailiwickOptions): Client<paths> {
  const { baseUrl, key, headers, fetch = globalThis.fetch, retries = 2, followRegion = true } = options;
  return createClient<paths>({
    baseUrl,
    // The credential goes nowhere that the caller did not name. Not 'error': with it Node cannot read a 421 to a request
    // with a body, which fetch by its standard sends a second time by itself.
    redirect: 'manual',
    headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers },
    // Called as a function of its own: browsers refuse fetch with another `this`.
    fetch: sender({ fetch: (url, init) => fetch(url, init), retries, followRegion }),
  });
}
