import type { FastifyRequest } from 'fastify';
import { readJson } from './json.ts';
import { LongBody } from './long-body.ts';
import type { Operation } from './operation.ts';

import { invalid } from './problem.ts';
import { fieldErrors } from './schema.ts';

/** A request, or an operation of one that holds many. */
export type Asked = Pick<
  FastifyRequest,
  'method' | 'url' | 'headers' | 'params' | 'query' | 'body' | 'ip' | 'id' | 'socket'
>;

export interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** What a request brings, read when it is asked for and once. */
export class Reading {
  readonly #operation: Operation;
  readonly #request: Asked;
  #read: { input: Input } | { error: unknown } | undefined;

  constructor(operation: Operation, request: Asked) {
    this.#operation = operation;
    this.#request = request;
  }

  /** Reads a long body, in its turn. @throws {Problem} 400, 413, 429 */
  async arrive(tenantId: string): Promise<void> {
    const { body } = this.#request;
    if (body instanceof LongBody)
      this.#request.body = await body.read(tenantId, this.#operation.gathers ?? (() => undefined));
  }

  /** @throws {Problem} 400 that names all that is wrong with it */
  get input(): Input {
    this.#read ??= this.#parse();
    if ('error' in this.#read) throw this.#read.error;
    return this.#read.input;
  }

  #parse() {
    try {
      return { input: parseInput(this.#operation, this.#request) };
    } catch (error) {
      return { error };
    }
  }
}

/** Path, query and body by their schemas: unknown fields refused, types not coerced; all errors at once. */
export function parseInput(operation: Operation, request: Asked): Input {
  const errors = [];
  const input: Input = { params: undefined, query: undefined, body: undefined };
  if (operation.params) {
    const parsed = operation.params.safeParse(request.params);
    if (parsed.success) input.params = parsed.data;
    else errors.push(...fieldErrors(parsed.error, ['path']));
  }
  const query = request.query as Record<string, unknown>;
  if (operation.query) {
    const parsed = operation.query.safeParse(query);
    if (parsed.success) input.query = parsed.data;
    else errors.push(...fieldErrors(parsed.error, ['query']));
  } else
    for (const name of Object.keys(query)) errors.push({ path: `query.${name}`, message: 'is not a parameter here' });
  const { body } = request;
  if (operation.body) {
    const value = body instanceof Buffer ? (body.length ? readJson(body) : undefined) : body;
    const parsed = operation.body.safeParse(value);
    if (parsed.success) input.body = parsed.data;
    else errors.push(...fieldErrors(parsed.error));
  } else if (body instanceof Buffer && body.length && !isEmptyBody(body))
    errors.push({ path: 'body', message: 'is not expected here' });
  if (errors.length) throw invalid(...errors.slice(0, 50));
  return input;
}

const isEmptyBody = (bytes: Buffer) => bytes.length < 20 && /^\s*(\{\s*\}|null)?\s*$/.test(bytes.toString());
