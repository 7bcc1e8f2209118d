import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, HTTPMethods, RouteOptions } from 'fastify';
import type { CompiledQuery } from 'kysely';
import {
  type Identity,
  identityOf,
  identityStatement,
  operatorOf,
  operatorStatement,
  readClaim,
  visitOf,
  visitStatement,
} from './authenticate.ts';
import { forwardedCertificate } from './client-certificate.ts';
import { type RequestFacts, TenantContext } from './context.ts';
import { readCookies } from './cookies.ts';
import { Unit } from './database/pool.ts';
import { enterTenant } from './enter.ts';
import {
  actingBy,
  limitingWrongLinks,
  refuseForeignOrigin,
  requireFreshSignIn,
  requireKind,
  requireNetwork,
  requireNotKept,
  requirePassage,
  requirePermission,
  requireProvisioning,
  requireRightClock,
  requireSameOrigin,
  requireSignature,
} from './guards.ts';
import { plainAddress } from './guesses.ts';
import { enterAsGuest } from './guests.ts';
import { idempotent } from './idempotency.ts';
import { isId } from './ids.ts';
import { type Asked, Reading } from './input.ts';
import { LongBody, leaveLongBodiesUnread } from './long-body.ts';
import { type CredentialContext, type Operation, Reply } from './operation.ts';
import { withPresentState } from './present-state.ts';
import { forbidden, isDeadlock, isOvertaken, notFound, Problem, problemOf, unauthenticated } from './problem.ts';
import { changesNamespace, protectionAsked, requireConfirmation } from './protection.ts';
import type { Quota } from './quota.ts';
import { recordRefusal } from './refusals.ts';
import type { Place, Platform } from './regions.ts';
import { encoderOf } from './schema.ts';
import { doing, keepChange, keptBefore, wasKept } from './second-approver.ts';
import { noteUse, noteVisit } from './touch.ts';

/** How a protocol of other people renders problems and replies; `/v1` has RFC 9457 and plain JSON. */
export interface Rendering {
  problem: (problem: Problem, requestId: string, reply: FastifyReply) => FastifyReply;
  contentType: string;
  /** The start of the addresses that are the protocol's, also of those that it does not have. */
  prefix: string;
  /** What is said of an address below `prefix` that there is not. */
  noAddress?: (url: string) => Problem;
  /** The caller's own X-Request-ID is sent back. */
  echoesRequestId?: true;
  /** Told of each answered request of a known tenant, also of those within one. */
  watch?: (call: Call) => void;
}

/** An answered request, for those who watch a protocol. */
export interface Call {
  platform: Platform;
  place: Place;
  tenantId: string;
  /** Of a valid credential. */
  credentialId: string | null;
  method: string;
  url: string;
  about: string | null;
  status: number;
  problem: Problem | undefined;
  durationMs: number;
  requestId: string;
}

export const plainRendering: Rendering = {
  problem: (problem, requestId, reply) =>
    reply
      .code(problem.status)
      .headers(problem.headers)
      .type('application/problem+json')
      .send(JSON.stringify(problem.toBody(requestId))),
  contentType: 'application/json; charset=utf-8',
  prefix: '/',
};

export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: unknown;
}

/** What became of an operation within a request: its answer or its problem. */
export type Outcome = Answer | Problem;

/** An operation within a request, by the same credential. */
export interface Inner {
  operation: Operation;
  params: Record<string, string>;
  /** As JSON has it. */
  body: unknown;
  ifMatch: string | undefined;
  /** Below the origin, as if it had been sent alone. */
  url: string;
  /** Nobody asked for it: it counts as no request, and what is refused to it as no refusal. */
  isAside?: true;
}

/** Whose the request turned out to be. */
interface Trace {
  place?: Place;
  tenantId?: string;
  credentialId?: string | null;
  /** Of a signed request, which comes once, also when it is refused. */
  useNonce?: () => Promise<void>;
}

/**
 * Registers an operation as a route: what each request passes through, in the order of design, section 8.
 *
 * @param methods by which it is reached
 */
export function serve(
  app: FastifyInstance,
  platform: Platform,
  quota: Quota,
  operation: Operation,
  rendering = plainRendering,
  methods: HTTPMethods[] = [operation.method],
): void {
  const perform = async (asked: Asked, facts: RequestFacts, to: Operation): Promise<Outcome> => {
    const started = performance.now();
    const trace: Trace = {};
    let outcome: Outcome | undefined;
    while (!outcome)
      try {
        outcome = await answerTo(platform, quota, to, asked, facts, trace);
      } catch (error) {
        if (isDoneAgain(to, facts, error, asked.body)) {
          if (isDeadlock(error)) await setTimeout(GIVE_WAY_MS);
          facts.isAgain = true;
          continue;
        }
        const problem = problemOf(error);
        if (!problem) platform.log.error({ err: error, requestId: facts.id, operation: to.id }, 'a request failed');
        outcome = problem ?? internal;
      }
    const { place, tenantId, credentialId = null, useNonce } = trace;
    if (outcome instanceof Problem)
      await useNonce?.().catch((err) => {
        platform.log.error({ err, requestId: facts.id, operation: to.id }, 'a nonce was not kept');
      });
    if (rendering.watch && place && tenantId)
      rendering.watch({
        platform,
        place,
        tenantId,
        credentialId,
        method: asked.method,
        url: asked.url,
        about: facts.about ?? null,
        status: outcome.status,
        problem: outcome instanceof Problem ? outcome : undefined,
        durationMs: performance.now() - started,
        requestId: facts.id,
      });
    return outcome;
  };
  const encode = operation.reply ? encoderOf(operation.reply) : undefined;
  const route: RouteOptions = {
    method: methods,
    url: operation.path,
    ...(operation.maxBodyBytes ? { bodyLimit: operation.maxBodyBytes } : {}),
    handler: async (request, reply) => {
      const long = request.body instanceof LongBody ? request.body : undefined;
      const facts: RequestFacts = {
        id: request.id,
        action: operation.id,
        sourceAddress: request.ip,
        userAgent: request.headers['user-agent']?.slice(0, 200) ?? null,
        ifMatch: request.headers['if-match'],
        ifNoneMatch: request.headers['if-none-match'],
        idempotencyKey: request.headers['idempotency-key'],
        cookies: readCookies(request.headers.cookie),
        acceptLanguage: request.headers['accept-language'],
        isGone: () => request.raw.socket.destroyed,
        url: request.url,
        host: request.headers.host,
        sentFrom: request.headers['sec-fetch-site'],
        clientCertificate: forwardedCertificate(platform.config, request),
      };
      facts.perform = ({ operation: inner, params, body, ifMatch, url, isAside }) => {
        const { headers, ip, id, socket } = request;
        const { authorization } = headers;
        socket.setTimeout(socket.timeout ?? 0); // a connection is not idle while its parts are worked on
        const asked = {
          method: inner.method,
          url,
          headers: { authorization },
          params,
          query: {},
          body,
          ip,
          id,
          socket,
        };
        const own = { action: inner.id, ifMatch, ifNoneMatch: undefined, about: undefined, isAside };
        return perform(asked, { ...facts, ...own }, inner);
      };
      let outcome: Outcome;
      try {
        outcome = await perform(request, facts, operation);
      } finally {
        long?.release();
      }
      if (outcome instanceof Problem && outcome.code === 'version-changed' && rendering === plainRendering)
        outcome = await withPresentState(outcome, operation, request.params as Record<string, string>, facts);
      if (outcome instanceof Problem) return rendering.problem(outcome, request.id, reply);
      const { status, headers, body } = outcome;
      reply.code(status).headers(headers);
      if (body === undefined) return reply.send();
      if (headers['content-type']) return reply.send(body);
      return reply.type(rendering.contentType).send(JSON.stringify(encode ? encode(body) : body));
    },
  };
  if (!operation.gathers) app.route(route);
  else
    app.register(async (scope) => {
      leaveLongBodiesUnread(scope);
      scope.route(route);
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
  request: Asked,
  facts: RequestFacts,
  trace: Trace,
): Promise<Answer> {
  const { access } = operation;
  const reading = new Reading(operation, request);
  if (access.kind === 'open') {
    refuseForeignOrigin(platform, operation, request);
    const { input } = reading;
    const ctx = { platform, request: facts };
    const handle = () => operation.handle(ctx as never, input as never);
    const result = access.provedByLink ? limitingWrongLinks(platform, facts, handle) : handle();
    return finished(operation, await result, request);
  }

  const claim = readClaim(platform, request.headers, facts.cookies);
  if (!claim) throw unauthenticated('This needs a credential: send Authorization: Bearer <credential>, or sign in.');
  if (claim.kind === 'session') requireSameOrigin(platform, operation, request);
  const pathTenant = tenantOfPath(request);

  if (claim.kind === 'operator') {
    if (access.kind === 'operator')
      return finished(
        operation,
        await operation.handle({ platform, request: facts } as never, reading.input as never),
        request,
      );
    if (access.kind === 'credential') {
      const ctx: CredentialContext = { platform, request: facts, claim, tenant: undefined, identity: undefined };
      return finished(operation, await operation.handle(ctx as never, reading.input as never), request);
    }
    if (access.kind === 'provisioning') throw unauthenticated('This is opened by a provisioning token only.');
    if (access.kind !== 'operator-in-tenant' || !pathTenant || !isId(pathTenant)) throw notFound('tenant');
    const place = await platform.locate(pathTenant);
    if (!place) throw notFound('tenant');
    const { unit, rows } = await Unit.open(place.cell, pathTenant, [operatorStatement], kindOf(operation, []));
    try {
      const identity = operatorOf(rows[0] ?? []);
      if (!identity) throw notFound('tenant');
      const ctx = new TenantContext({ platform, place, tenantId: pathTenant, identity, request: facts, unit });
      return await handleIn(ctx, operation, request, reading);
    } catch (error) {
      await unit.rollback();
      throw error;
    }
  }

  // A session has no checksum and its cookie is of a region served here: nobody learns from one where a tenant lives.
  const isSession = claim.kind === 'session';
  const place =
    platform.known(claim.tenantId) ??
    (await (isSession ? platform.locateHere(claim.tenantId) : platform.locate(claim.tenantId)));
  if (!place) throw unauthenticated('The credential is not valid: it is unknown, revoked, paused or over.');
  if (pathTenant === claim.tenantId) {
    trace.place = place;
    trace.tenantId = claim.tenantId;
  }
  const spending = facts.isAside ? () => undefined : quota.spend(claim, place);
  const giveBack = spending instanceof Promise ? await spending : spending;
  facts.spend = async () => void (await quota.spend(claim, place));
  const mayForesee = pathTenant === claim.tenantId && !facts.isAgain;
  const foreseen = mayForesee && operation.foresees ? foreseenBy(operation, reading, request) : [];
  const confirming = mayForesee ? protectionAsked(operation, request) : [];
  const from = plainAddress(facts.sourceAddress);
  const isElsewhere = pathTenant !== undefined && pathTenant !== claim.tenantId && isId(pathTenant);
  const deciding = [identityStatement(claim, from), ...(isElsewhere ? visitStatement(claim, pathTenant) : [])];
  const kind = kindOf(operation, foreseen);
  const opened = await Unit.open(place.cell, claim.tenantId, deciding, kind, [...confirming, ...foreseen]);
  try {
    let home: Identity;
    try {
      home = identityOf(claim, opened.rows[0] ?? []);
      if (claim.kind === 'ak')
        trace.useNonce = await requireSignature(platform, opened.unit, claim, home, place, operation, request);
    } catch (error) {
      giveBack();
      throw error;
    }
    if (claim.kind === 'ak') requireRightClock(claim, home);
    trace.credentialId = home.actor.credentialId;
    requireKind(claim, operation);
    if (home.isStale) noteUse(platform, place, claim, home);

    /** What a refusal at this point is about. */
    let target: Target | 'object' | undefined;
    let tenantId = claim.tenantId;
    let identity = home;
    let entered = { unit: opened.unit, place };
    try {
      const to = pathTenant ?? tenantId;
      if (to !== tenantId || home.home?.abroad) {
        if (to !== tenantId) target = { kind: 'tenant', id: isId(to) ? to : null };
        const coming = { platform, unit: opened.unit, kind, place, claim, identity: home, tenantId: to, from, facts };
        const guest = await enterAsGuest(coming, visitOf(opened.rows[1] ?? []));
        if (!guest)
          throw to === tenantId ? unauthenticated('Nothing here is open to you any more.') : notFound('tenant');
        target = undefined;
        tenantId = to;
        identity = actingBy(guest.identity, operation, request);
        entered = { unit: guest.unit, place: guest.place };
        if (identity.isStale) noteVisit(platform, entered.place, tenantId, identity);
      }
      const ctx = new TenantContext({ platform, tenantId, identity, request: facts, ...entered });
      requirePassage(identity, operation);
      target = { kind: 'tenant', id: tenantId };
      requireNetwork(identity);
      requireNotKept(identity, operation);
      target = undefined;
      requireProvisioning(identity, operation);
      if (access.kind === 'credential') {
        const all: CredentialContext = { platform, request: facts, claim, tenant: ctx, identity };
        return await handleIn(ctx, operation, request, reading, all);
      }
      if (access.kind === 'allow' || access.kind === 'deciding') {
        target = 'object';
        requirePermission(identity, operation, request);
      } else if (access.kind === 'operator' || access.kind === 'operator-in-tenant') {
        target = { kind: 'tenant', id: pathTenant ?? null };
        throw forbidden('operator-only', 'Only the operator of the platform may do this.');
      }
      if ('freshSignIn' in access && access.freshSignIn) requireFreshSignIn(identity);
      target = 'object';
      return await handleIn(ctx, operation, request, reading);
    } catch (error) {
      if (entered.unit !== opened.unit) await entered.unit.rollback();
      const problem = problemOf(error);
      if (!problem || isDoneAgain(operation, facts, error, request.body)) throw error;
      const refused = problem.refusal ?? (target === 'object' ? objectOf(operation, request) : target);
      const denied =
        problem.status === 403
          ? !problem.code.startsWith('tenant-') && problem.code !== 'fresh-sign-in-required'
          : problem.refusal !== undefined || (problem.status === 404 && refused?.kind === 'tenant');
      if (denied && refused && !facts.isAside) {
        await opened.unit.rollback();
        await recordRefusal(platform, place, claim.tenantId, home, operation.id, refused, facts);
      }
      if (operation.afterRefusal && isFollowed(problem) && !facts.isAside) {
        await opened.unit.rollback();
        const entrance = { platform, place: entered.place, tenantId, actor: identity.actor, request: facts };
        await enterTenant(
          entrance,
          (ctx) => operation.afterRefusal?.(ctx, problem, reading.input as never) as Promise<void>,
        );
      }
      throw error;
    }
  } catch (error) {
    await opened.unit.rollback();
    throw error;
  }
}

/** Whether an operation that met this does what follows a refusal. */
export const isFollowed = ({ status }: Problem): boolean => status === 409 || status === 429;

/** Whether an operation that met this is done once more. A body that was read as it came does not come again. */
export const isDoneAgain = (
  { access, holdsNothing }: Pick<Operation, 'access' | 'holdsNothing'>,
  { isAgain, isKept }: Pick<RequestFacts, 'isAgain' | 'isKept'>,
  error: unknown,
  body?: unknown,
) =>
  !isAgain &&
  !isKept &&
  (holdsNothing === true
    ? isOvertaken(error)
    : (access.kind === 'allow' || access.kind === 'provisioning') && !(body instanceof LongBody) && isDeadlock(error));

/** Of two changes that waited for each other the one that the database did not end goes on first. */
const GIVE_WAY_MS = 100;

/** A longer body is not read before the credential is known to be valid. */
const MOST_FORESEEN_BYTES = 64 * 1024;

/** Input that is not valid foresees nothing; it is refused when the request may be looked at. */
function foreseenBy({ foresees }: Operation, reading: Reading, { body }: Asked): CompiledQuery[] {
  if (body instanceof LongBody || (body instanceof Buffer && body.length > MOST_FORESEEN_BYTES)) return [];
  try {
    return foresees?.(reading.input as never) ?? [];
  } catch {
    return [];
  }
}

interface Target {
  kind: string;
  id: string | null;
}

/** `service-accounts.change` is about a `service-account`. */
const objectOf = ({ id }: Operation, request: Asked): Target => ({
  kind: id.slice(0, id.indexOf('.')).replace(/s$/, ''),
  id: idOfPath(request),
});

/** What a change foresees may lock rows, which belongs into its transaction. What foresees nothing holds nothing yet. */
const kindOf = (operation: Operation, foreseen: CompiledQuery[]): 'read' | 'late' | 'write' =>
  operation.onlyReads
    ? 'read'
    : foreseen.length > 0 && operation.method !== 'POST' && !operation.holdsNothing
      ? 'write'
      : 'late';

async function handleIn(
  ctx: TenantContext,
  operation: Operation,
  request: Asked,
  reading: Reading,
  handed: unknown = ctx,
): Promise<Answer> {
  if (request.body instanceof LongBody) await reading.arrive(ctx.tenantId);
  const { input } = reading;
  const approved = changesNamespace(operation) ? await requireConfirmation(ctx, operation, request, input) : undefined;
  const key = request.headers['idempotency-key'];
  if (operation.creates && key !== undefined && ctx.actor.id) {
    const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
    const earlier = await idempotent(ctx, operation, key, body, input.params);
    if (earlier) {
      await ctx.rollback();
      if (wasKept(operation, earlier.status)) return keptBefore(ctx, earlier.object as never);
      return {
        ...finished(operation, earlier.object, request, ctx),
        status: earlier.status,
        headers: { 'idempotency-replayed': 'true', ...etagOf(earlier.object) },
      };
    }
  }
  const work = () => doing(ctx, operation, input, handed);
  if (approved) {
    const answer = await keepChange(ctx, { operation, request, namespaceId: approved.id }, work);
    if (operation.creates && key !== undefined && ctx.actor.id)
      await idempotent.remember(ctx, operation, key, answer.status, answer.kept);
    await ctx.commit();
    return answer;
  }
  const result = await work();
  const answer = finished(operation, result, request, ctx);
  if (operation.creates && key !== undefined && ctx.actor.id)
    await idempotent.remember(ctx, operation, key, answer.status, result instanceof Reply ? result.body : result);
  if (operation.onlyReads) ctx.finishRead();
  else await ctx.commit();
  return answer;
}

function finished(operation: Operation, result: unknown, request: Asked, ctx?: TenantContext): Answer {
  if (result instanceof Reply)
    return {
      status: result.status ?? operation.status,
      headers: Object.assign(etagOf(result.body), result.headers),
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

function tenantOfPath(request: Asked): string | undefined {
  const { tenantId } = request.params as { tenantId?: string };
  return tenantId;
}

const idOfPath = (request: Asked) => {
  const { id } = request.params as { id?: string };
  return id && isId(id) ? id : null;
};
