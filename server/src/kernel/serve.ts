import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { insertEntry, refusalOf } from './audit.ts';
import {
  type Claim,
  guestOf,
  guestStatement,
  type Identity,
  identityOf,
  identityStatement,
  operatorOf,
  operatorStatement,
  readClaim,
} from './authenticate.ts';
import { type RequestFacts, TenantContext } from './context.ts';
import { Unit } from './database/pool.ts';
import { passages } from './doors.ts';
import { countGuess, networkOf, requireGuessesLeft } from './guesses.ts';
import { verifySignature } from './http-signature.ts';
import { idempotent } from './idempotency.ts';
import { isId } from './ids.ts';
import { readJson } from './json.ts';
import { type CredentialContext, type Operation, Reply } from './operation.ts';
import { forbidden, invalid, notFound, Problem, problemOf, unauthenticated } from './problem.ts';
import type { Quota } from './quota.ts';
import type { Place, Platform } from './regions.ts';
import { encoderOf, fieldErrors } from './schema.ts';
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
    const input = parse(operation, request);
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
      const input = parse(operation, request);
      return finished(
        operation,
        await operation.handle({ platform, request: facts } as never, input as never),
        request,
      );
    }
    if (access.kind === 'credential') {
      const ctx: CredentialContext = { platform, request: facts, claim, tenant: undefined, identity: undefined };
      return finished(operation, await operation.handle(ctx as never, parse(operation, request) as never), request);
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
      return handleIn(ctx, operation, request);
    });
  }

  // A session has no checksum and its cookie is of a region served here: nobody learns from one where a tenant lives.
  const isSession = claim.kind === 'session';
  const place = await (isSession ? platform.locateHere(claim.tenantId) : platform.locate(claim.tenantId));
  if (!place) throw unauthenticated('The credential is not valid: it is unknown, revoked, paused or over.');
  const giveBack = await quota.spend(claim.tenantId, place);
  const opened = await Unit.open(place.cell, claim.tenantId, [identityStatement(claim)], kindOf(operation));
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
        return await handleIn(ctx, operation, request, all);
      }
      if (access.kind === 'allow') {
        refusal = { identity, target: { kind: targetKindOf(operation), id: idOfPath(request) } };
        requirePermission(identity, access, request);
      } else if (access.kind === 'operator' || access.kind === 'operator-in-tenant') {
        refusal = { identity, target: { kind: 'tenant', id: pathTenant ?? null } };
        throw forbidden('operator-only', 'Only the operator of the platform may do this.');
      }
      refusal = { identity, target: { kind: targetKindOf(operation), id: idOfPath(request) } };
      const answer = await handleIn(ctx, operation, request);
      return answer;
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

/** Secrets of links are too long to guess; this keeps trying from being a load. Right ones are not counted. */
async function limitingWrongLinks<T>(platform: Platform, { sourceAddress }: RequestFacts, work: () => Promise<T>) {
  const limits = [{ purpose: 'link-source', of: [networkOf(sourceAddress)], limit: 100, windowSeconds: 900 }];
  await requireGuessesLeft(platform, limits);
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem && (error.status === 401 || error.status === 410)) await countGuess(platform, limits);
    throw error;
  }
}

const kindOf = ({ method }: Operation) => (method === 'GET' ? 'read' : 'write');

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
  handed: unknown = ctx,
): Promise<Answer> {
  const input = parse(operation, request);
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

/** P30: a page of somebody else's neither signs a browser in nor uses up a link in it. Scripts send no Origin. */
function refuseForeignOrigin(platform: Platform, operation: Operation, request: FastifyRequest) {
  const { origin } = request.headers;
  if (operation.method !== 'GET' && origin !== undefined && !platform.isOwnOrigin(origin, request.socket.localPort))
    throw forbidden('foreign-origin', 'A request of another site is not served here.');
}

/** P30: a change by session needs an Origin of ours and a header that no form can send. */
function requireSameOrigin(platform: Platform, operation: Operation, request: FastifyRequest) {
  if (operation.method === 'GET') return;
  const { origin } = request.headers;
  if (!origin || !platform.isOwnOrigin(origin, request.socket.localPort))
    throw forbidden('foreign-origin', 'A change by session needs an Origin header of this console.');
  if (!request.headers['x-bailiwick-csrf'])
    throw forbidden('csrf', 'A change by session needs the header X-Bailiwick-CSRF.');
}

/** Each kind of credential opens its own doors: a wrong kind is answered like none. */
function requireKind(claim: Claim, { access }: Operation) {
  if (access.kind === 'credential') return;
  if (access.kind === 'provisioning') {
    if (claim.kind !== 'pt') throw unauthenticated('This is opened by a provisioning token only.');
  } else if (claim.kind !== 'session' && claim.kind !== 'sa')
    throw unauthenticated('This kind of credential does not open the administration API.');
}

async function enterAsGuest(
  platform: Platform,
  unit: Unit,
  place: Place,
  home: Identity,
  claim: Claim,
  tenantId: string,
) {
  if (claim.kind !== 'session' || !home.homeAccountId || !isId(tenantId)) return undefined;
  if (home.tenantStatus !== 'active' && home.tenantStatus !== 'read-only') return undefined;
  const target = await platform.locateHere(tenantId); // no relation: 404, without a look elsewhere
  if (!target || target.cell !== place.cell) return undefined;
  return guestOf(home, await unit.enter(tenantId, guestStatement(claim.tenantId, home.homeAccountId)));
}

function requirePassage(identity: Identity, operation: Operation) {
  const passage = passages[identity.tenantStatus][identity.actor.door];
  if (passage === 'open') return;
  const { access } = operation;
  if (passage === 'shut') {
    if (identity.tenantStatus === 'closed') throw forbidden('tenant-closed', 'This tenant is closed.');
    throw forbidden(
      identity.tenantStatus === 'closing' ? 'tenant-closing' : 'tenant-suspended',
      `This tenant is ${identity.tenantStatus}. The operator of the platform can tell why.`,
    );
  }
  if (operation.method === 'GET' || access.kind === 'own' || access.kind === 'member') return;
  if (access.kind === 'allow' && (passage === 'restore' ? access.duringClosing : access.duringReadOnly)) return;
  if (passage === 'restore')
    throw forbidden(
      'tenant-closing',
      'This tenant is closing. An owner can restore it; until then it can only be read.',
    );
  throw forbidden('tenant-read-only', 'This tenant is read-only. The operator of the platform can tell why.');
}

function requirePermission(
  { rights }: Identity,
  access: Extract<Operation['access'], { kind: 'allow' }>,
  request: FastifyRequest,
) {
  const { permission, namespaceParam, inAnyNamespace } = access;
  if (rights.may(permission)) return;
  const needs = `This needs the permission ${permission}. An owner can grant it to one of your groups.`;
  if (inAnyNamespace && rights.namespacesWith(permission).length > 0) return;
  if (namespaceParam) {
    const namespaceId = (request.params as Record<string, string>)[namespaceParam];
    if (namespaceId && rights.may(permission, namespaceId)) return;
    // Objects of a namespace that one may not see are not there for one who sees only some.
    const seen = rights.namespacesWith('namespaces.view');
    if (seen !== 'all' && seen.length > 0 && namespaceId && !seen.includes(namespaceId)) throw notFound('namespace');
  }
  throw forbidden('forbidden', needs);
}

/** P20: the signature covers method, address, body and time, and its nonce counts once over all nodes. */
async function requireSignature(
  platform: Platform,
  unit: Unit,
  claim: Extract<Claim, { kind: 'ak' }>,
  identity: Identity,
  place: Place,
  operation: Operation,
  request: FastifyRequest,
) {
  const refuse = () =>
    unauthenticated('The signature does not fit the request, its time or its key, or was used before.');
  const { signature } = claim;
  if (Math.abs(identity.now.getTime() / 1000 - signature.created) > 300 || !identity.publicKey) throw refuse();
  const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
  // What was signed for somebody else's address is not replayed here: a Host header alone says nothing.
  const asAddressed = `http://${request.headers.host}`;
  const isOwn = platform.isOwnOrigin(asAddressed, request.socket.localPort);
  const isValid = [place.region.baseUrl, ...(isOwn ? [asAddressed] : [])].some((base) =>
    verifySignature(signature, {
      method: operation.method,
      targetUri: base + request.url,
      body,
      publicKey: identity.publicKey as Buffer,
    }),
  );
  if (!isValid) throw refuse();
  const { numInsertedOrUpdatedRows } = await unit.db
    .insertInto('nonces')
    .values({
      tenantId: claim.tenantId,
      credentialId: signature.keyId,
      nonce: signature.nonce,
      expiresAt: new Date(identity.now.getTime() + 600_000),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (!numInsertedOrUpdatedRows) throw refuse();
}

interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** Path, query and body by their schemas: unknown fields refused, types not coerced; all errors at once. */
function parse(operation: Operation, request: FastifyRequest): Input {
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

/**
 * Writes that a known principal was refused: in the actor's tenant, in a transaction of its own, 60 a minute for a
 * principal at most, then one summary.
 */
export async function recordRefusal(
  platform: Platform,
  place: Place,
  tenantId: string,
  identity: Identity,
  action: string,
  target: { kind: string; id: string | null },
  facts: RequestFacts,
) {
  const { actor, now } = identity;
  const { unit } = await Unit.open(place.cell, tenantId);
  try {
    const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000);
    const counted = await unit.db
      .insertInto('refusalCounts')
      .values({ tenantId, principalId: actor.id ?? tenantId, minute, count: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['tenantId', 'principalId', 'minute'])
          .doUpdateSet((eb) => ({ count: eb('refusalCounts.count', '+', 1) })),
      )
      .returning('count')
      .executeTakeFirstOrThrow();
    const frame = {
      tenantId,
      at: now,
      actor,
      onBehalfOf: null,
      requestId: facts.id,
      sourceAddress: facts.sourceAddress,
    };
    if (counted.count <= 60) await unit.commit([insertEntry(refusalOf(action, target), null, frame)]);
    else if (counted.count === 61) {
      const ctx = new TenantContext({ platform, place, tenantId, identity, request: facts, unit });
      await ctx.enqueue(
        'audit.summarise-refusals',
        { principalId: actor.id ?? tenantId, minute: minute.toISOString(), actor },
        new Date(minute.getTime() + 61_000),
      );
      await unit.commit();
    } else await unit.commit();
  } catch (error) {
    await unit.rollback();
    platform.log.error({ err: error, requestId: facts.id }, 'a refusal could not be recorded');
  }
}
