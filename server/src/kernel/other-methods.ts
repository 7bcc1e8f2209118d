import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { groupBy } from './lists.ts';
import { type Operation, Reply } from './operation.ts';
import { Problem } from './problem.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const implemented = new Set<string>(methods);

/** RFC 9110 section 15.6.2: of a method that no address has. */
export const notImplemented = new Problem(
  501,
  'method-not-implemented',
  `This method is not implemented. There are ${methods.join(', ')}.`,
);
export const isImplemented = (method: string): boolean => implemented.has(method);

/** RFC 9110 section 10.2.1. */
const allowOf = (had: ReadonlySet<string>): string =>
  methods.filter((method) => had.has(method) || method === 'OPTIONS').join(', ');

/** RFC 9110 section 15.5.6. */
export const notAllowed = (allow: string): Problem =>
  new Problem(405, 'method-not-allowed', `This address has ${allow} only.`, { headers: { allow } });

interface Other {
  operation: Operation;
  methods: (typeof methods)[number][];
}

/**
 * What a protocol's addresses answer to OPTIONS, and to methods that they do not have: after the same decision about
 * the caller as any request there (P27). They are no part of the contract.
 */
export function otherMethods(operations: readonly Operation[]): Other[] {
  return [...groupBy(operations, ({ path }) => path).values()].flatMap((there) => {
    const had = new Set<string>(there.map(({ method }) => method));
    if (had.has('GET')) had.add('HEAD'); // Fastify has it for every GET
    const allow = allowOf(had);
    const { id, path, access, params, maxBodyBytes } = there[0];
    const other = (does: string, summary: string, handle: () => Promise<Reply>): Operation => ({
      id: `${id.slice(0, id.indexOf('.'))}.${does}`,
      method: 'GET',
      path,
      summary,
      access,
      params,
      query: z.looseObject({}),
      body: z.unknown(),
      reply: null,
      status: 204,
      creates: undefined,
      foresees: undefined,
      holdsNothing: undefined,
      onlyReads: true,
      changesNamespaces: undefined,
      afterRefusal: undefined,
      maxBodyBytes,
      gathers: undefined,
      withoutVersion: undefined,
      honoursVersion: false,
      handle,
    });
    const refusal = other('refuse-method', 'Refuse a method', async () => {
      throw notAllowed(allow);
    });
    const answer = other('list-methods', 'List the methods', async () => new Reply(undefined, { headers: { allow } }));
    return [
      { operation: refusal, methods: methods.filter((method) => !had.has(method) && method !== 'OPTIONS') },
      { operation: answer, methods: ['OPTIONS'] },
    ];
  });
}

/**
 * The same for every other address. Whose tenant is in it decides nothing: the contract is public.
 *
 * @returns what Allow says of an address; undefined when there is none, or it has the method
 */
export function allowances(app: FastifyInstance): (method: string, address: string) => string | undefined {
  const had = new Map<string, { is: RegExp; methods: string[] }>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const is = new RegExp(`^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`);
    const { methods: known } = had.get(url) ?? { methods: [] };
    had.set(url, { is, methods: [...known, method].flat() });
  });
  return (method, address) => {
    const here = new Set([...had.values()].flatMap(({ is, methods }) => (is.test(address) ? methods : [])));
    return here.size === 0 || here.has(method) ? undefined : allowOf(here);
  };
}
