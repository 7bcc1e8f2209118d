import type { IncomingMessage } from 'node:http';
import { type Decision, decide } from '../../server/src/capabilities/gateways/deciding.ts';
import { HOST_RULE, hostOf, type NamedHost } from '../../server/src/capabilities/gateways/hosts.ts';
import type { InForce, Route } from './configuration.ts';
import type { People } from './people.ts';
import { Refusal, unavailable } from './refusal.ts';
import { RegionAway } from './region.ts';
import { BadToken, ProviderAway, type Tokens, tokenIn } from './tokens.ts';

/** Who asks for what, and whether the rules let it in. */

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const MOST_HEADERS = 100;
const LIKE_A_LENGTH = /^(content[^a-z]length|transfer[^a-z]encoding)$/;
const VERSIONS = new Set(['1.0', '1.1']);
const nobody: ReadonlySet<string> = new Set();

/** What was asked for and by whom: enough to decide again. */
export interface Asked {
  method: string;
  host: string;
  /** As digits; empty where none is named. */
  port: string;
  path: string;
  /** With its question mark; empty without one. */
  query: string;
  claims: Record<string, unknown>;
  subject: string | undefined;
}

export type Admitted = Decision<Route> & { route: Route; upstreamUrl: string };

/** What is asked for, without who asks. */
export type Target = Omit<Asked, 'claims' | 'subject'>;

/** @throws {Refusal} for a method or a path that could be read in two ways */
export function readTarget({ method, url, named }: { method: string; url: string; named: NamedHost }): Target {
  if (!METHODS.has(method)) throw new Refusal(405, 'method-not-allowed', `${method} is not carried.`);
  if (!/^\/[!-~]*$/.test(url) || url.includes('#'))
    throw new Refusal(400, 'bad-path', 'The request must name a path that begins with /, with anything else escaped.');
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return { method, host: named.host, port: named.port, path, query: url.slice(path.length) };
}

let last: { text: string; named: NamedHost | undefined } = { text: '', named: hostOf('') };

/** Who asks mostly names the host that was named before: it is compared, not read. */
function hostNamedBy(text: string): NamedHost | undefined {
  if (text !== last.text) last = { text, named: hostOf(text) };
  return last.named;
}

/** @throws {Refusal} 431 */
export function requireFewHeaders({ rawHeaders }: IncomingMessage) {
  if (rawHeaders.length / 2 > MOST_HEADERS)
    throw new Refusal(431, 'too-many-headers', `A request has at most ${MOST_HEADERS} headers.`);
}

/**
 * Reads a request, strictly: what upstream and gateway could take for two different requests is none.
 *
 * @throws {Refusal}
 */
export function readRequest(request: IncomingMessage): Target {
  const { method = '', url = '', rawHeaders, headers, httpVersion } = request;
  const { host = '' } = headers;
  if (!VERSIONS.has(httpVersion)) throw new Refusal(505, 'bad-request', 'Only HTTP/1.1 is spoken here, and 1.0.');
  const named = hostNamedBy(host);
  if (!named) throw new Refusal(400, 'bad-request', `The host ${HOST_RULE}.`);
  const target = readTarget({ method, url, named });
  requireFewHeaders(request);
  let hosts = 0;
  let senders = 0;
  let lengths = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (name === 'host') hosts += 1;
    else if (name === 'authorization') senders += 1;
    else if (name === 'content-length' || name === 'transfer-encoding') lengths += 1;
    // Nobody writes these on purpose: some servers take them for the real ones.
    else if (LIKE_A_LENGTH.test(name)) lengths += 2;
  }
  if (hosts > 1) throw new Refusal(400, 'bad-request', 'The request names its host twice.');
  // Upstreams may take the other one.
  if (senders > 1) throw new Refusal(400, 'bad-request', 'The request says twice who sends it.');
  const coding = headers['transfer-encoding'];
  // RFC 9112 section 6.1: an HTTP/1.0 that says a coding is to be taken for faulty.
  if (lengths > 1 || (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion === '1.0')))
    throw new Refusal(400, 'bad-request', 'Where the body ends could be read in two ways.');
  return target;
}

/** What the region takes for one: no text that it cannot keep. */
const isSubject = (sub: string) => sub !== '' && sub.length <= 255 && sub.isWellFormed() && !sub.includes('\0');

type Comer = Pick<Asked, 'claims' | 'subject'>;

const unauthenticated = (detail: string, error = '') =>
  new Refusal(401, 'unauthenticated', detail, { 'www-authenticate': `Bearer realm="gateway"${error}` });

/** @throws {Refusal} 401, or 503 while the provider's keys cannot be had */
export function identify(request: IncomingMessage, tokens: Tokens | undefined): Comer | Promise<Comer> {
  const { authorization = '' } = request.headers;
  const known = tokens?.known(authorization, request.socket);
  if (known) return comerOf(known);
  const token = tokenIn(authorization);
  if (!token) throw unauthenticated('Send a token of the identity provider: Authorization: Bearer <token>.');
  if (!tokens) throw unauthenticated('This gateway has no active identity provider, so that it recognises nobody.');
  return comerBy(token, tokens);
}

function comerOf(claims: Asked['claims']): Comer {
  const { sub } = claims;
  return { claims, subject: typeof sub === 'string' && isSubject(sub) ? sub : undefined };
}

async function comerBy(token: string, tokens: Tokens): Promise<Comer> {
  try {
    return comerOf(await tokens.claimsOf(token));
  } catch (error) {
    if (error instanceof BadToken) throw unauthenticated(error.message, ', error="invalid_token"');
    if (error instanceof ProviderAway) throw unavailable('identity-provider-away', error.message);
    throw error;
  }
}

/** Decides by claims and the groups that are known; others are asked for where they could change the outcome. @throws {Refusal} */
export function admit(asked: Asked, inForce: InForce, people: People): Admitted | Promise<Admitted> {
  const { subject } = asked;
  const known = subject === undefined ? nobody : people.known(subject);
  const decision = decided(asked, inForce, known ?? nobody);
  if (subject === undefined || known || decision.reason !== 'not-in-rule' || !decision.rule?.groupIds.length)
    return admitted(decision);
  return groupsOf(subject, people).then((groupIds) => admitted(decided(asked, inForce, groupIds)));
}

const decided = (asked: Asked, { configuration, table }: InForce, groupIds: ReadonlySet<string>) =>
  decide(configuration.gateway.prefix, table, asked, { groupIds, claims: asked.claims });

function admitted(decision: Decision<Route>): Admitted {
  if (decision.isAllowed) return decision as Admitted;
  const refusal = refusalOf(decision);
  refusal.decision = decision;
  throw refusal;
}

/** @throws {Refusal} 503 when nothing is known of somebody and the region cannot be asked */
export async function groupsOf(subject: string, people: People): Promise<ReadonlySet<string>> {
  try {
    return await people.groupsOf(subject);
  } catch (error) {
    if (!(error instanceof RegionAway)) throw unavailable('region-refuses', 'The region refuses this gateway.');
    throw unavailable('region-away', 'Who you are here cannot be asked at the moment.');
  }
}

/** The same decision about what is open, by what is known now: nobody is asked. */
export function isStillAdmitted(asked: Asked, inForce: InForce, people: People): boolean {
  const groupIds = (asked.subject !== undefined && people.lastKnown(asked.subject)) || nobody;
  return decided(asked, inForce, groupIds).isAllowed;
}

function refusalOf({ reason }: Decision): Refusal {
  switch (reason) {
    case 'bad-path':
      return new Refusal(400, 'bad-path', 'The path could be read in two ways.');
    case 'no-item':
      return new Refusal(400, 'bad-path', 'The path names no item that can be read.');
    case 'not-below-prefix':
    case 'no-route':
      return new Refusal(404, 'no-route', 'Nothing here has this host, method and path.');
    default:
      return new Refusal(403, 'not-let-in', 'The rules of this gateway do not let you in here.');
  }
}
