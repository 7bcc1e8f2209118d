import type { CompiledQuery } from 'kysely';
import type { z } from 'zod';
import type { Access } from './access.ts';
import type { Claim, Identity } from './authenticate.ts';
import type { PlatformContext, TenantContext } from './context.ts';
import type { Gathering } from './json-stream.ts';
import type { Problem } from './problem.ts';

/** Work with a credential of any kind: who it is, and a tenant's context when it belongs to one. */
export interface CredentialContext extends PlatformContext {
  claim: Claim;
  /** Absent for the operator. */
  tenant: TenantContext | undefined;
  identity: Identity | undefined;
}

type ContextOf<A extends Access> = A extends { kind: 'open' | 'operator' }
  ? PlatformContext
  : A extends { kind: 'credential' }
    ? CredentialContext
    : TenantContext;

/** What a handler may give instead of a plain body. */
export class Reply {
  readonly body: unknown;
  readonly status: number | undefined;
  readonly headers: Record<string, string | string[]>;
  /** A stream or text that is not JSON goes as it is. */
  readonly raw: boolean;
  constructor(
    body: unknown,
    options: { status?: number; headers?: Record<string, string | string[]>; raw?: boolean } = {},
  ) {
    this.body = body;
    this.status = options.status;
    this.headers = options.headers ?? {};
    this.raw = options.raw ?? false;
  }
}

type Shape = z.ZodObject | undefined;
type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

export interface OperationDefinition<
  A extends Access,
  P extends Shape,
  Q extends Shape,
  B extends z.ZodType | undefined,
> {
  /** `<noun>.<verb>`: the audit action, the SDK's method, the CLI's verb. */
  id: `${string}.${string}`;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  summary: string;
  access: A;
  params?: P;
  query?: Q;
  body?: B;
  /** The shape of the reply's body; null for 204. */
  reply: z.ZodType | null;
  /** 200, 201 for a creation, 204 without a body, unless it says otherwise. */
  status?: number;
  /**
   * A creating POST: how to read the object again for a repeat with the same Idempotency-Key. The object is what the
   * reply holds at the top level, with its `id`.
   */
  creates?: { reread: (ctx: TenantContext, id: string, params: Output<P>) => Promise<unknown> };
  /**
   * Queries that the handler will ask, by the input alone; they are sent in the message that also decides about the
   * request, so that a read takes one message. When the request is refused, nobody sees what they found.
   */
  foresees?: (input: { params: Output<P>; query: Output<Q>; body: Output<B> }) => CompiledQuery[];
  /**
   * A change that reads beside its transaction, or not at all, and writes only what nobody has changed since or has
   * already, else nothing. When somebody came before it is done once more, and is then to ask and to hold what it needs
   * (`ctx.request.isAgain`).
   */
  holdsNothing?: true;
  /** A POST that only shows what is or would be: each of its queries is asked by itself, and what would change something fails. */
  onlyShows?: true;
  /**
   * A change that reaches namespaces which its path does not name: their ids, held so that they stay these. Where one is
   * protected it is asked as what has the namespace in its path (`protection.ts`).
   */
  changesNamespaces?: (
    ctx: TenantContext,
    input: { params: Output<P>; query: Output<Q>; body: Output<B> },
  ) => Promise<string[]>;
  /** What is written down of a refusal by a rule (409, 429), in a transaction of its own after the rollback. */
  afterRefusal?: (
    ctx: TenantContext,
    problem: Problem,
    input: { params: Output<P>; query: Output<Q>; body: Output<B> },
  ) => Promise<void>;
  /** 1 MiB unless it says otherwise. */
  maxBodyBytes?: number;
  /** What is long in a long body: read as it comes, when the request has been let in, and never as a whole. */
  gathers?: Gathering;
  /** Why a PATCH, PUT or DELETE needs no If-Match: revoking, ending a session, adding or removing members. */
  withoutVersion?: string;
  /** It holds an If-Match that is sent, and needs none. */
  honoursVersion?: true;
  handle: (ctx: ContextOf<A>, input: { params: Output<P>; query: Output<Q>; body: Output<B> }) => Promise<unknown>;
}

/** An operation as the kernel serves it; made by `operation` only. */
export interface Operation {
  id: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  summary: string;
  access: Access;
  params: z.ZodObject | undefined;
  query: z.ZodObject | undefined;
  body: z.ZodType | undefined;
  reply: z.ZodType | null;
  status: number;
  creates: { reread: (ctx: TenantContext, id: string, params: never) => Promise<unknown> } | undefined;
  foresees: ((input: never) => CompiledQuery[]) | undefined;
  holdsNothing: true | undefined;
  onlyReads: boolean;
  changesNamespaces: ((ctx: TenantContext, input: never) => Promise<string[]>) | undefined;
  afterRefusal: ((ctx: TenantContext, problem: Problem, input: never) => Promise<void>) | undefined;
  maxBodyBytes: number | undefined;
  gathers: Gathering | undefined;
  withoutVersion: string | undefined;
  honoursVersion: boolean;
  handle: (ctx: never, input: never) => Promise<unknown>;
}

const declared = new Map<string, Operation>();

/** An operation by its id: what objects show as allowed derives from it. */
export const operationOf = (id: string): Operation | undefined => declared.get(id);

/** Every operation that was declared. */
export const declaredOperations = (): IterableIterator<Operation> => declared.values();

/** Declares an endpoint. It does not compile without `access`, and does not start without what its method needs. */
export function operation<
  const A extends Access,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends z.ZodType | undefined = undefined,
>(definition: OperationDefinition<A, P, Q, B>): Operation {
  const { id, method, path, summary, access, params, query, body, reply, creates, foresees, withoutVersion, handle } =
    definition;
  const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
  const declaredParams = Object.keys(params?.shape ?? {});
  if (named.join() !== declaredParams.join())
    throw new Error(`${id}: the path names ${named.join()}, params declares ${declaredParams.join()}.`);
  if ((access.kind === 'allow' || access.kind === 'member') && !path.startsWith('/v1/tenants/:tenantId'))
    throw new Error(`${id}: ${access.kind}() needs a tenant in the path.`);
  const made: Operation = {
    id,
    method,
    path,
    summary,
    access,
    params,
    query,
    body,
    reply,
    status: definition.status ?? (reply === null ? 204 : creates ? 201 : 200),
    creates: creates as Operation['creates'],
    foresees: foresees as Operation['foresees'],
    holdsNothing: definition.holdsNothing,
    // Who asks for a decision changes nothing, though its question comes by POST.
    onlyReads: method === 'GET' || access.kind === 'deciding' || definition.onlyShows === true,
    changesNamespaces: definition.changesNamespaces as Operation['changesNamespaces'],
    afterRefusal: definition.afterRefusal as Operation['afterRefusal'],
    maxBodyBytes: definition.maxBodyBytes,
    gathers: definition.gathers,
    withoutVersion,
    honoursVersion: definition.honoursVersion ?? false,
    handle: handle as Operation['handle'],
  };
  declared.set(id, made);
  return made;
}
