import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type Identity,
  identityOf,
  identityStatement,
  operatorOf,
  operatorStatement,
  readClaim,
} from './authenticate.ts';
import { type RequestFacts, TenantContext } from './context.ts';
import { Unit } from './database/pool.ts';
import {
  enterAsGuest,
  limitingWrongLinks,
  refuseForeignOrigin,
  requireKind,
  requirePassage,
  requirePermission,
  requireSameOrigin,
  requireSignature,
} from './guards.ts';
import { idempotent } from './idempotency.ts';
import { isId } from './ids.ts';
import { parseInput, parsePath } from './input.ts';
import { type CredentialContext, type Operation, Reply } from './operation.ts';
import { forbidden, notFound, Problem, problemOf, unauthenticated } from './problem.ts';
import type { Quota } from './quota.ts';
import { recordRefusal } from './refusals.ts';
import type { Platform } from './regions.ts';
import { encoderOf } from './schema.ts';
import { noteUse } from './touch.ts';

/** How a protocol of other people renders problems and replies; `/v1` has RFC 9457 and plain JSON. */
export interface Rendering {
  problem: (problem: Problem, requestId: string, reply: FastifyReply) => FastifyReply;
  contentType: string;
}

export const plainRendering: Rendering = {
  problem: (problem, requestId, reply) =>
    reply
      .code(problem.status)
      .headers(problem.headers)
      .type('application/problem+json')
      .send(JSON.stringify(problem.toBody(requestId))),
  contentType: 'application/json; charset=utf-8',
};

interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: unknown;
}

/** Registers an operation as a route: what each request passes through, in the order of design, section 8. */
export function serve(
  app: FastifyInstance,
  platform: Platform,
  quota: Quota,
  operation: Operation,
  rendering = plainRendering,
): void {
  const encode = operation.reply ? encoderOf(operation.reply) : undefined;
  app.route({
    method: operation.method,
    url: operation.path,
    handler: async (request, reply) => {
      const facts: RequestFacts = {
        id: request.id,
        action: operation.id,
        sourceAddress: request.ip,
        userAgent: request.headers['user-agent']?.slice(0, 200) ?? null,
        ifMatch: request.headers['if-match'],
        idempotencyKey: request.headers['idempotency-key'],
      };
      try {
        const answer = await answerTo(platform, quota, operation, request, facts);
        reply.code(answer.status).headers(answer.headers);
        if (answer.body === undefined) return reply.send();
        if (answer.headers['content-type']) return reply.send(answer.body);
        return reply.type(rendering.contentType).send(JSON.stringify(encode ? encode(answer.body) : answer.body));
      } catch (error) {
        const problem = problemOf(error);
        if (!problem)
          request.log.error({ err: error, requestId: request.id, operation: operation.id }, 'a request failed');
        return rendering.problem(problem ?? internal, request.id, reply);
      }
    },
  });
}

export const internal = new Problem(
  500,
  'internal',
  'This is a fault of ours. Nothing was changed; report it with the request id.',
);

async function answerTo(
  platform: Platform,
  quota: Quota,
  operation: Operation,
  request: FastifyRequest,
  facts: RequestFacts,
): Promise<Answer> {
  const { access } = operation;
  if (access.kind === 'open') {
    refuseForeignOrigin(platform, operation, request);
    const input = parseInput(operation, request);
    const ctx = { platform, request: facts, cookies: request.cookies };
    const handle = () => operation.handle(ctx as never, input as never);
    const result = access.provedByLink ? limitingWrongLinks(platform, facts, handle) : handle();
    return finished(operation, await result, request);
  }

  const claim = readClaim(platform, request.headers, request.cookies);
  if (!claim) throw unauthenticated('This needs a credential: send Authorization: Bearer <credential>, or sign in.');
  if (claim.kind === 'session') requireSameOrigin(platform, operation, request);
  const pathTenant = tenantOfPath(request);

  if (claim.kind === 'operator') {
    if (access.kind === 'operator') {
      const input = parseInput(operation, request);
      return finished(
        operation,
        await operation.handle({ platform, request: facts } as never, input as never),
        request,
      );
    }
    if (access.kind === 'credential') {
      const ctx: CredentialContext = { platform, request: facts, claim, tenant: undefined, identity: undefined };
      return finished(
        operation,
        await operation.handle(ctx as never, parseInput(operation, request) as never),
        request,
      );
    }
    if (access.kind === 'provisioning') throw unauthenticated('This is opened by a provisioning token only.');
    if (access.kind !== 'operator-in-tenant' || !pathTenant || !isId(pathTenant)) throw notFound('tenant');
    const place = await platform.locate(pathTenant);
    if (!place) throw notFound('tenant');
    const opened = await Unit.open(place.cell, pathTenant, [operatorStatement], kindOf(operation));
    return inUnit(opened.unit, async () => {
      const identity = operatorOf(opened.rows[0] ?? []);
      if (!identity) throw notFound('tenant');
      const ctx = new TenantContext({
        platform,
        place,
        tenantId: pathTenant,
        identity,
        request: facts,
        unit: opened.unit,
      });
      return handleIn(ctx, operation, request, parsePath(operation, request));
    });
  }

  // A session has no checksum and its cookie is of a region served here: nobody learns from one where a tenant lives.
  const isSession = claim.kind === 'session';
  const place = await (isSession ? platform.locateHere(claim.tenantId) : platform.locate(claim.tenantId));
  if (!place) throw unauthenticated('The credential is not valid: it is unknown, revoked, paused or over.');
  const giveBack = await quota.spend(claim.tenantId, place);
  const path = parsePath(operation, request);
  const foreseen =
    operation.foresees && path?.success && pathTenant === claim.tenantId ? operation.foresees(path.data as never) : [];
  const opened = await Unit.open(place.cell, claim.tenantId, [identityStatement(claim)], kindOf(operation), foreseen);
  return inUnit(opened.unit, async () => {
    let home: Identity;
    try {
      home = identityOf(claim, opened.rows[0] ?? []);
      if (claim.kind === 'ak') await requireSignature(platform, opened.unit, claim, home, place, operation, request);
    } catch (error) {
      giveBack();
      throw error;
    }
    requireKind(claim, operation);
    if (home.isStale) noteUse(platform, place, claim, home);

    let refusal: { identity: Identity; target: { kind: string; id: string | null } } | undefined;
    try {
      let tenantId = claim.tenantId;
      let identity = home;
      if (pathTenant !== undefined && pathTenant !== tenantId) {
        refusal = { identity: home, target: { kind: 'tenant', id: isId(pathTenant) ? pathTenant : null } };
        const guest = await enterAsGuest(platform, opened.unit, place, home, claim, pathTenant);
        if (!guest) throw notFound('tenant');
        refusal = undefined;
        tenantId = pathTenant;
        identity = guest;
      }
      const ctx = new TenantContext({ platform, place, tenantId, identity, request: facts, unit: opened.unit });
      requirePassage(identity, operation);
      if (access.kind === 'credential') {
        const all: CredentialContext = { platform, request: facts, claim, tenant: ctx, identity };
        return await handleIn(ctx, operation, request, path, all);
      }
      if (access.kind === 'allow') {
        refusal = { identity, target: { kind: targetKindOf(operation), id: idOfPath(request) } };
        requirePermission(identity, access, request);
      } else if (access.kind === 'operator' || access.kind === 'operator-in-tenant') {
        refusal = { identity, target: { kind: 'tenant', id: pathTenant ?? null } };
        throw forbidden('operator-only', 'Only the operator of the platform may do this.');
      }
      refusal = { identity, target: { kind: targetKindOf(operation), id: idOfPath(request) } };
      return await handleIn(ctx, operation, request, path);
    } catch (error) {
      const denied =
        error instanceof Problem &&
        (error.status === 403
          ? !error.code.startsWith('tenant-')
          : error.status === 404 && refusal?.target.kind === 'tenant');
      if (denied && refusal) {
        await opened.unit.rollback();
        await recordRefusal(platform, place, claim.tenantId, home, operation.id, refusal.target, facts);
      }
      throw error;
    }
  });
}

/** `service-accounts.change` is about a `service-account`. */
const targetKindOf = ({ id }: Operation) => id.slice(0, id.indexOf('.')).replace(/s$/, '');

/** What a change foresees may lock rows, which belongs into its transaction. */
const kindOf = ({ method, foresees }: Operation) => (method === 'GET' ? 'read' : foresees ? 'write' : 'late');

/** Rolls back whatever was not committed when the work fails. */
async function inUnit<T>(unit: Unit, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

async function handleIn(
  ctx: TenantContext,
  operation: Operation,
  request: FastifyRequest,
  path: ReturnType<typeof parsePath>,
  handed: unknown = ctx,
): Promise<Answer> {
  const input = parseInput(operation, request, path);
  const key = request.headers['idempotency-key'];
  if (operation.creates && key !== undefined && ctx.actor.id) {
    const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
    const earlier = await idempotent(ctx, operation, key, body, input.params);
    if (earlier) {
      await ctx.rollback();
      return {
        ...finished(operation, earlier.object, request, ctx),
        status: earlier.status,
        headers: { ...etagOf(earlier.object), 'idempotency-replayed': 'true' },
      };
    }
  }
  const result = await operation.handle(handed as never, input as never);
  const changes = operation.method === 'PATCH' || operation.method === 'PUT' || operation.method === 'DELETE';
  if (changes && !operation.withoutVersion && !ctx.versionAsked)
    throw new Error(`${operation.id} did not hold the version against If-Match; nothing was committed.`);
  const answer = finished(operation, result, request, ctx);
  if (operation.creates && key !== undefined && ctx.actor.id)
    await idempotent.remember(ctx, operation, key, answer.status, result instanceof Reply ? result.body : result);
  if (operation.method === 'GET') ctx.finishRead();
  else await ctx.commit();
  return answer;
}

function finished(operation: Operation, result: unknown, request: FastifyRequest, ctx?: TenantContext): Answer {
  if (result instanceof Reply)
    return {
      status: result.status ?? operation.status,
      headers: { ...etagOf(result.body), ...result.headers },
      body: result.body,
    };
  const headers: Record<string, string> = ctx?.etag ? { etag: ctx.etag } : etagOf(result);
  if (operation.status === 201 && isObject(result) && typeof result.id === 'string' && ctx)
    headers.location = `${request.url.replace(/\?.*$/, '')}/${result.id}`;
  return { status: operation.status, headers, body: operation.reply === null ? undefined : result };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The ETag is the row's version. */
const etagOf = (result: unknown): Record<string, string> =>
  isObject(result) && typeof result.version === 'number' ? { etag: `"${result.version}"` } : {};

function tenantOfPath(request: FastifyRequest): string | undefined {
  const { tenantId } = request.params as { tenantId?: string };
  return tenantId;
}

const idOfPath = (request: FastifyRequest) => {
  const { id } = request.params as { id?: string };
  return id && isId(id) ? id : null;
};
