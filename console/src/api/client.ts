import type { components } from '@bailiwick/sdk';
import { createPathsClient } from '@bailiwick/sdk/paths';
import { language } from '../messages/format.ts';
import { ApiProblem, ChangeWaits, Unreachable } from './problem.ts';

/** The server speaks English; the words of another language come beside the first reply. Without them its own stay. */
const words = language === 'en' ? undefined : import('../messages/said.ts').catch(() => undefined);

/**
 * The SDK's typed client of paths. Changes by a session carry a header as proof that a page of ours sent them. The browser
 * itself stays in its region, and a person decides about a repeat.
 */
export const api = createPathsClient({
  baseUrl: location.origin,
  headers: { 'x-bailiwick-csrf': '1' },
  followRegion: false,
  retries: 0,
  fetch: (url, init) => fetchProved(url, init),
});

/** Called when an act needs a fresh proof of who is there: the page asks, and tells whether it was given. */
let proofAsked: (() => Promise<boolean>) | undefined;
export const onProofAsked = (listener: typeof proofAsked) => {
  proofAsked = listener;
};

/** Called when a change of a protected namespace needs its name: the page asks, and tells whether it was typed. */
let nameAsked: ((name: string) => Promise<boolean>) | undefined;
export const onNameAsked = (listener: typeof nameAsked) => {
  nameAsked = listener;
};

/** Who is there, as `first.js` asked before this code came: the answer to the first who asks, and to nobody else. */
function askedAhead(url: string): Promise<Response> | undefined {
  const asked = window.whoIsThere;
  if (!asked || new URL(url).pathname !== '/v1/me') return undefined;
  window.whoIsThere = undefined;
  return asked;
}

type ChangeAsked = components['schemas']['ChangeAsked'];
/** What is thrown is no answer. */
type Made<T> = Exclude<T, ChangeAsked>;
const isChangeAsked = (data: unknown): data is ChangeAsked =>
  typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'change-request';

/** Sends a request, and once more when a fresh proof or the name of a protected namespace was missing and is given now. */
async function fetchProved(url: string, init: RequestInit): Promise<Response> {
  const response = await (askedAhead(url) ?? fetch(url, init));
  if (response.status !== 403 && response.status !== 428) return response;
  const problem = (await response
    .clone()
    .json()
    .catch(() => undefined)) as { type?: string; namespaceName?: string } | undefined;
  if (problem?.type === 'urn:bailiwick:problem:fresh-sign-in-required')
    return (await proofAsked?.()) ? fetchProved(url, init) : response;
  const name = problem?.namespaceName;
  if (problem?.type !== 'urn:bailiwick:problem:confirmation-required' || !name) return response;
  if (!(await nameAsked?.(name))) return response;
  const headers = new Headers(init.headers);
  headers.set('X-Bailiwick-Confirm', name);
  return fetchProved(url, { ...init, headers });
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Called when the session is over: the page asks for a new sign-in and stays as it is. */
let sessionEnded: (() => void) | undefined;
export const onSessionEnded = (listener: (() => void) | undefined) => {
  sessionEnded = listener;
};

async function settle<T>(answer: Promise<Answer<T>>): Promise<Answer<T>> {
  let settled: Answer<T>;
  try {
    settled = await answer;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Unreachable(cause);
  }
  (await words)?.putInOurWords(settled.data ?? settled.error);
  if (settled.response.status === 202 && isChangeAsked(settled.data)) throw new ChangeWaits(settled.data);
  if (settled.response.ok) return settled;
  const problem = ApiProblem.of(settled.response, settled.error);
  if (problem.status === 401) sessionEnded?.();
  throw problem;
}

/**
 * The body of a reply.
 *
 * @throws {ApiProblem} the server refused
 * @throws {ChangeWaits} nothing is changed yet: a second person has to approve
 * @throws {Unreachable} no answer came
 */
export async function read<T>(answer: Promise<Answer<T>>): Promise<Made<T>> {
  return (await settle(answer)).data as Made<T>;
}

/** An object with the version that the next change of it names in If-Match. */
export interface Versioned<T> {
  value: T;
  version: string;
}

/** As `read`, with the version of the object that came. */
export async function readVersioned<T>(answer: Promise<Answer<T>>): Promise<Versioned<Made<T>>> {
  const { data, response } = await settle(answer);
  return { value: data as Made<T>, version: response.headers.get('etag') ?? '*' };
}

/**
 * One for each creation that a person starts, so that a repeat after a lost answer makes no second object. By hand:
 * `crypto.randomUUID` is missing on pages without TLS from another host than localhost.
 */
export const newIdempotencyKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** As many as the server gives at once. */
export const MOST_AT_ONCE = 200;

/** All of a list, a page after the other. */
export async function everyItem<Item>(
  page: (from: { limit: number; cursor?: string }) => Promise<{ items: Item[]; nextCursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let from: { cursor?: string } = {}; ; ) {
    const found = await page({ limit: MOST_AT_ONCE, ...from });
    items.push(...found.items);
    if (found.nextCursor === null) return items;
    from = { cursor: found.nextCursor };
  }
}
