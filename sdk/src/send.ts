import { isObject, retryAfterSeconds } from './problem.ts';

export interface SendOptions {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** How often a request that may be repeated is, when the server says 429 or 503 with Retry-After. */
  retries: number;
  /** Whether a 421 that names the right region's base URL is followed, once. */
  followRegion: boolean;
}

/** The server may ask for a longer wait; then the caller decides. */
const longestWaitSeconds = 30;

/** Sends requests: finds the right region and tries again where the server says so and nothing can happen twice. */
export function sender({ fetch, retries, followRegion }: SendOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const { method, headers, signal, credentials, redirect } = request;
    const content = method === 'GET' || method === 'HEAD' ? undefined : await request.arrayBuffer();
    const body = content?.byteLength ? content : null;
    const isRepeatable = method !== 'POST' || headers.has('idempotency-key');
    let url = request.url;
    let hasMoved = false;
    for (let repeats = 0; ; ) {
      const response = await fetch(url, { method, headers, body, signal, credentials, redirect });
      if (response.status === 421 && followRegion && !hasMoved) {
        const elsewhere = await regionOf(response, url);
        if (elsewhere) {
          hasMoved = true;
          url = elsewhere;
          continue;
        }
      }
      const seconds = response.status === 429 || response.status === 503 ? retryAfterSeconds(response) : undefined;
      if (seconds === undefined || seconds > longestWaitSeconds || !isRepeatable || repeats === retries)
        return response;
      repeats++;
      await response.body?.cancel();
      await pause(seconds * 1000, signal);
    }
  };
}

/** The same request at the base URL that a 421 names; never from https to http, since the credential goes along. */
async function regionOf(response: Response, url: string): Promise<string | undefined> {
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  if (!isObject(problem) || problem.type !== 'urn:bailiwick:problem:wrong-region') return undefined;
  if (typeof problem.baseUrl !== 'string' || !URL.canParse(problem.baseUrl)) return undefined;
  const from = new URL(url);
  const to = new URL(problem.baseUrl);
  if (to.protocol !== 'https:' && (to.protocol !== 'http:' || from.protocol === 'https:')) return undefined;
  return problem.baseUrl.replace(/\/$/, '') + from.pathname + from.search;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
