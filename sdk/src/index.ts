import type { Client, Middleware } from 'openapi-fetch';
import type { CallOptions, Result, Route } from './call.ts';
import { ChangeWaits, isChangeAsked } from './change-waits.ts';
import type { paths } from './openapi.gen.ts';
import { type Operations, routes } from './operations.gen.ts';
import { type BailiwickOptions, createPathsClient } from './paths.ts';
import { BailiwickProblem } from './problem.ts';

export type { Call, CallOptions, DataOf, Input, Result } from './call.ts';
export { ChangeWaits } from './change-waits.ts';
export type { components, operations, paths } from './openapi.gen.ts';
export type { Operations } from './operations.gen.ts';
export { type ListPage, paginate } from './paginate.ts';
export type { BailiwickOptions } from './paths.ts';
export { BailiwickProblem, type FieldError } from './problem.ts';

/**
 * The client: a method for every operation of the contract, and `raw`, the typed client of paths below them.
 *
 * A method answers `{ data, etag, response }` and throws a `BailiwickProblem` when the server refuses, and a
 * `ChangeWaits` when the change of a protected namespace waits for a second person; what `fetch`
 * throws when no answer comes goes through. `raw` throws neither: it answers `{ data }` or `{ error }`.
 */
export type Bailiwick = Operations & { raw: Client<paths> };

export function createBailiwick(options: BailiwickOptions): Bailiwick {
  const raw = createPathsClient(options);
  raw.use(idempotency);
  const methods = Object.entries(routes).map(([noun, verbs]) => [
    noun,
    Object.fromEntries(
      Object.entries(verbs).map(([verb, route]) => [verb, (input?: AnyInput) => call(raw, route, input)]),
    ),
  ]);
  return { ...(Object.fromEntries(methods) as Operations), raw };
}

const creating = new Set(
  Object.values(routes).flatMap((verbs) =>
    Object.values(verbs as Record<string, Route>).flatMap(({ creates, path }) => (creates ? [path] : [])),
  ),
);

/** A creation carries a key, so that trying it again after a lost answer makes no second object. */
const idempotency: Middleware = {
  onRequest({ request, schemaPath }) {
    if (request.method === 'POST' && creating.has(schemaPath) && !request.headers.has('idempotency-key'))
      request.headers.set('idempotency-key', newKey());
    return request;
  },
};

/** By hand: `crypto.randomUUID` is missing on pages served without TLS from another host than localhost. */
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

interface AnyInput extends CallOptions {
  body?: unknown;
  ifMatch?: string | null;
  idempotencyKey?: string;
  confirm?: string;
}

/** The raw client without its types: what goes in was checked by the method's type. */
type Untyped = (
  method: Route['method'],
  path: string,
  init: Record<string, unknown>,
) => Promise<{ error?: unknown; response: Response }>;

async function call(raw: Client<paths>, { method, path }: Route, input: AnyInput = {}): Promise<Result<unknown>> {
  const { body, ifMatch, idempotencyKey, confirm, signal, headers, ...parameters } = input;
  const inPath = Object.fromEntries(Object.entries(parameters).filter(([name]) => path.includes(`{${name}}`)));
  const query = Object.fromEntries(Object.entries(parameters).filter(([name]) => !path.includes(`{${name}}`)));
  const { error, response } = await (raw.request as unknown as Untyped)(method, path, {
    params: { path: inPath, query },
    headers: {
      ...(ifMatch ? { 'if-match': ifMatch } : {}),
      ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
      ...(confirm ? { 'x-bailiwick-confirm': confirm } : {}),
      ...headers,
    },
    parseAs: 'stream',
    ...(body === undefined ? {} : { body }),
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) throw new BailiwickProblem(response, error);
  const data = await contentOf(response);
  if (response.status === 202 && isChangeAsked(data)) throw new ChangeWaits(data);
  return { data, etag: response.headers.get('etag'), response };
}

async function contentOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
}
