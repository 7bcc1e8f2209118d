import type { FastifyRequest } from 'fastify';
import { readJson } from './json.ts';
import type { Operation } from './operation.ts';
import { invalid } from './problem.ts';
import { fieldErrors } from './schema.ts';

export interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** The path's part of the input, read first: it decides what a request will ask. */
export const parsePath = ({ params }: Operation, request: FastifyRequest) => params?.safeParse(request.params);

/** Path, query and body by their schemas: unknown fields refused, types not coerced; all errors at once. */
export function parseInput(operation: Operation, request: FastifyRequest, path = parsePath(operation, request)): Input {
  const errors = [];
  const input: Input = { params: path?.data, query: undefined, body: undefined };
  if (path?.error) errors.push(...fieldErrors(path.error, ['path']));
  const query = request.query as Record<string, unknown>;
  if (operation.query) {
    const parsed = operation.query.safeParse(query);
    if (parsed.success) input.query = parsed.data;
    else errors.push(...fieldErrors(parsed.error, ['query']));
  } else
    for (const name of Object.keys(query)) errors.push({ path: `query.${name}`, message: 'is not a parameter here' });
  const bytes = request.body as Buffer | undefined;
  if (operation.body) {
    const parsed = operation.body.safeParse(bytes?.length ? readJson(bytes) : undefined);
    if (parsed.success) input.body = parsed.data;
    else errors.push(...fieldErrors(parsed.error));
  } else if (bytes?.length && !isEmptyBody(bytes)) errors.push({ path: 'body', message: 'is not expected here' });
  if (errors.length) throw invalid(...errors.slice(0, 50));
  return input;
}

const isEmptyBody = (bytes: Buffer) => bytes.length < 20 && /^\s*(\{\s*\}|null)?\s*$/.test(bytes.toString());
