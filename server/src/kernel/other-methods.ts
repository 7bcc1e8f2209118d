import { z } from 'zod';
import type { Operation } from './operation.ts';
import { Problem } from './problem.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

interface Refused {
  operation: Operation;
  methods: (typeof methods)[number][];
}

/**
 * What a protocol's addresses answer to methods that they do not have: 405 with Allow (RFC 9110 section 15.5.6), after
 * the same decision about the caller as any request there (P27). They are no part of the contract.
 */
export function refusedMethods(operations: readonly Operation[]): Refused[] {
  const paths = new Map<string, Operation[]>();
  for (const operation of operations) {
    const others = paths.get(operation.path);
    if (others) others.push(operation);
    else paths.set(operation.path, [operation]);
  }
  return [...paths.values()].map((there) => {
    const had = new Set<string>(there.map(({ method }) => method));
    if (had.has('GET')) had.add('HEAD'); // Fastify has it for every GET
    const allow = methods.filter((method) => had.has(method)).join(', ');
    const { id, path, access, params, maxBodyBytes } = there[0] as Operation;
    const operation: Operation = {
      id: `${id.slice(0, id.indexOf('.'))}.refuse-method`,
      method: 'GET',
      path,
      summary: 'Refuse a method',
      access,
      params,
      query: z.looseObject({}),
      body: z.unknown(),
      reply: null,
      status: 204,
      creates: undefined,
      foresees: undefined,
      holdsNothing: undefined,
      afterRefusal: undefined,
      maxBodyBytes,
      gathers: undefined,
      withoutVersion: undefined,
      handle: async () => {
        throw new Problem(405, 'method-not-allowed', `This address has ${allow} only.`, { headers: { allow } });
      },
    };
    return { operation, methods: methods.filter((method) => !had.has(method)) };
  });
}
