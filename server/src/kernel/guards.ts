import { givingOf } from './access.ts';
import type { Actor, Claim, Identity } from './authenticate.ts';
import { isDelegable } from './catalogue.ts';
import type { RequestFacts } from './context.ts';
import { Unit } from './database/pool.ts';
import { type Passage, passages } from './doors.ts';
import { countGuess, networkOf, requireGuessesLeft } from './guesses.ts';
import { verifySignature } from './http-signature.ts';
import { isId } from './ids.ts';
import type { Asked } from './input.ts';
import type { Operation } from './operation.ts';
import { forbidden, lacking, notFound, Problem, unauthenticated } from './problem.ts';
import type { Place, Platform } from './regions.ts';
import { hasSecret } from './schema.ts';

/** What may stop a request, each rule once; `serve.ts` asks them in the order of design, section 8. */

/** P30: a page of somebody else's neither signs a browser in nor uses up a link in it. Scripts send no Origin. */
export function refuseForeignOrigin(platform: Platform, operation: Operation, request: Asked) {
  const { origin } = request.headers;
  if (operation.access.kind === 'open' && operation.access.isFormOfOthers) return;
  if (operation.method !== 'GET' && origin !== undefined && !platform.isOwnOrigin(origin, request.socket.localPort))
    throw forbidden('foreign-origin', 'A request of another site is not served here.');
}

/** P30: a change by session needs an Origin of ours and a header that no form can send. */
export function requireSameOrigin(platform: Platform, operation: Operation, request: Asked) {
  if (operation.method === 'GET') return;
  const { origin } = request.headers;
  if (!origin || !platform.isOwnOrigin(origin, request.socket.localPort))
    throw forbidden('foreign-origin', 'A change by session needs an Origin header of this console.');
  if (!request.headers['x-bailiwick-csrf'])
    throw forbidden('csrf', 'A change by session needs the header X-Bailiwick-CSRF.');
}

/** Each kind of credential opens its own doors: a wrong kind is answered like none. */
export function requireKind(claim: Claim, { access }: Operation) {
  if (access.kind === 'credential') return;
  if (access.kind === 'provisioning') {
    if (claim.kind !== 'pt') throw unauthenticated('This is opened by a provisioning token only.');
  } else if (access.kind === 'deciding') {
    if (claim.kind !== 'sa' && claim.kind !== 'sk')
      throw unauthenticated('This is opened by the key of a service account or by a service key.');
  } else if (access.kind === 'agent') {
    if (claim.kind !== 'ak') throw unauthenticated('This is opened by the signature of an agent key only.');
  } else if (claim.kind !== 'session' && claim.kind !== 'sa')
    throw unauthenticated('This kind of credential does not open the administration API.');
}

/** A tenant decides whether identity providers may provision. */
export function requireProvisioning({ provisioning }: Identity, { access }: Operation) {
  if (access.kind !== 'provisioning' || access.whateverItsState || provisioning === 'on') return;
  if (provisioning === 'off')
    throw forbidden('provisioning-off', 'This tenant has turned provisioning off. An administrator can turn it on.');
  throw new Problem(
    503,
    'provisioning-paused',
    'This tenant has paused provisioning. Nothing was changed; try later.',
    {
      headers: { 'retry-after': '900' },
    },
  );
}

/**
 * P26: what a reply shows once, it shows to no partner, what a partner knows becomes no secret of the tenant, and how people of
 * the tenant sign in is not theirs to change.
 */
export function keptFrom(
  actor: Pick<Actor, 'door'>,
  { access, reply, body }: Pick<Operation, 'access' | 'reply' | 'body'>,
): string | null {
  if (actor.door !== 'partner') return null;
  if (reply !== null && hasSecret(reply)) return 'This shows a secret. Partners see none, whatever they were let do.';
  if (body && hasSecret(body) && !(access.kind === 'allow' && access.opensToPartners))
    return 'This takes a secret. Partners bring none, since they would know it when their access is over.';
  return access.kind === 'allow' && access.changesSignIn
    ? 'How people sign in is changed by people of this tenant, not by partners.'
    : null;
}

export function requireNotKept({ actor }: Identity, operation: Operation) {
  const kept = keptFrom(actor, operation);
  if (kept !== null) throw forbidden('not-for-partners', kept);
}

/** A tenant may let people and their machines in from some networks only. */
export function requireNetwork({ isFromAllowedNetwork }: Identity) {
  if (!isFromAllowedNetwork)
    throw forbidden(
      'network-not-allowed',
      'This tenant lets nobody in from the network that you come from. An owner can change that in the sign-in policy.',
    );
}

/**
 * P16: a dangerous act by session needs a person who proved to be there within 15 minutes.
 *
 * @throws {Problem} 403 `fresh-sign-in-required`; `POST /v1/me/step-up` proves it again
 */
export function requireFreshSignIn({ isFresh }: Identity) {
  if (!isFresh)
    throw forbidden('fresh-sign-in-required', 'Show again that it is you (POST /v1/me/step-up), then repeat this.');
}

/** Whether an operation passes a door that the tenant's state leaves open this far. */
export function isLetThrough(passage: Passage, { onlyReads, access }: Operation): boolean {
  if (passage === 'open' || passage === 'shut') return passage === 'open';
  if (onlyReads || access.kind === 'own' || access.kind === 'member') return true;
  if (access.kind === 'agent') return access.duringReadOnly === true;
  return access.kind === 'allow' && (passage === 'restore' ? access.duringClosing : access.duringReadOnly) === true;
}

export function requirePassage(identity: Identity, operation: Operation) {
  const passage = passages[identity.tenantStatus][identity.actor.door];
  if (isLetThrough(passage, operation)) return;
  if (passage === 'shut') {
    if (identity.tenantStatus === 'closed') throw forbidden('tenant-closed', 'This tenant is closed.');
    throw forbidden(
      identity.tenantStatus === 'closing' ? 'tenant-closing' : 'tenant-suspended',
      `This tenant is ${identity.tenantStatus}. The operator of the platform can tell why.`,
    );
  }
  if (passage === 'restore')
    throw forbidden(
      'tenant-closing',
      'This tenant is closing. An owner can restore it; until then it can only be read.',
    );
  throw forbidden('tenant-read-only', 'This tenant is read-only. The operator of the platform can tell why.');
}

const lacked = (permission: string) =>
  `This needs the permission ${permission}. An owner can grant it to one of your groups.`;

export const keptPermission = (permission: string) =>
  `This needs the permission ${permission}, which no partner is let have. Only people of this tenant can do this.`;

/** The group that a partner's person is in is at home; here it holds what the customer consented to. */
const lackedByPartner = (permission: string) =>
  isDelegable(permission)
    ? `This needs the permission ${permission}, which this partner access does not give. Have your organisation ask for more, or an owner of this tenant widen it.`
    : keptPermission(permission);

/** Where the request says that it acts. */
const namespaceOf = ({ namespaceParam }: { namespaceParam?: string | undefined }, { params }: Asked) =>
  namespaceParam && (params as Record<string, string>)[namespaceParam];

/** A request of somebody whom several delegations let in is done by the one that gives what it needs. */
export function actingBy(identity: Identity, { access }: Operation, request: Asked): Identity {
  if (access.kind !== 'allow' || !identity.delegations) return identity;
  const { permission, inAnyNamespace } = access;
  const delegationId = givingOf(identity.delegations, {
    permission,
    inAnyNamespace,
    namespaceId: namespaceOf(access, request),
  });
  return delegationId ? { ...identity, delegationId } : identity;
}

export function requirePermission({ actor, rights }: Identity, { id, access }: Operation, request: Asked) {
  if (access.kind === 'deciding') {
    if (actor.kind === 'service-key' || rights.may(access.permission)) return;
    throw lacking(`This needs the permission ${access.permission}.`, { permission: access.permission, operation: id });
  }
  if (access.kind !== 'allow') return;
  const { permission, inAnyNamespace } = access;
  if (rights.may(permission)) return;
  if (inAnyNamespace && rights.namespacesWith(permission).length > 0) return;
  const namespaceId = namespaceOf(access, request);
  if (namespaceId) {
    if (rights.may(permission, namespaceId)) return;
    // Objects of a namespace that one may not see are not there for one who sees only some.
    const seen = rights.namespacesWith('namespaces.view');
    if (seen !== 'all' && seen.length > 0 && !seen.includes(namespaceId)) throw notFound('namespace');
  }
  throw lacking(actor.door === 'partner' ? lackedByPartner(permission) : lacked(permission), {
    permission,
    operation: id,
    ...(namespaceId && isId(namespaceId) ? { namespaceId } : {}),
  });
}

type SignedClaim = Extract<Claim, { kind: 'ak' }>;

/** By so many seconds the clock of a program may be off. */
const CLOCK_OFF_SECONDS = 300;
/** Of a clock that is further ahead no nonce is kept for longer: no key of today is in use then. */
const FAR_AHEAD_SECONDS = 10 * 365 * 86_400;

const secondsAhead = ({ signature }: SignedClaim, { now }: Identity) =>
  Math.round(signature.created - now.getTime() / 1000);

/**
 * P20: the signature covers method, address, body and time, and its nonce counts once over all nodes.
 *
 * RFC 9421 section 7.2.2: also what is refused after this uses it, so that nobody who saw the request has it done later. What
 * is refused before, as by the quota, does not: nothing is looked at then, and what anybody claims to have signed is not
 * written down. A copy of such a request counts as the request would have, once, and until its time is over.
 *
 * @returns uses the nonce up in a unit of its own, once this one was rolled back with it
 */
export async function requireSignature(
  platform: Platform,
  unit: Unit,
  claim: SignedClaim,
  identity: Identity,
  place: Place,
  operation: Operation,
  request: Asked,
): Promise<() => Promise<void>> {
  const refuse = () =>
    unauthenticated('The signature does not fit the request, its time or its key, or was used before.');
  const { signature } = claim;
  if (!identity.publicKey) throw refuse();
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
  const ahead = Math.min(Math.max(secondsAhead(claim, identity), 0), FAR_AHEAD_SECONDS);
  const keptSeconds = ahead + 2 * CLOCK_OFF_SECONDS;
  const use = unit.db
    .insertInto('nonces')
    .values({
      tenantId: claim.tenantId,
      credentialId: signature.keyId,
      nonce: signature.nonce,
      // Kept beyond the time at which the signature still counts, which for one that is ahead is yet to come.
      expiresAt: new Date(identity.now.getTime() + keptSeconds * 1000),
    })
    .onConflict((conflict) => conflict.doNothing());
  if (!(await use.executeTakeFirst()).numInsertedOrUpdatedRows) throw refuse();
  return async () => {
    const { unit: own } = await Unit.open(place.cell, claim.tenantId, [], 'late');
    own.defer(use.compile());
    await own.commit();
  };
}

/**
 * Said only to who holds the key, when the nonce is used: a copy of what is refused here opens nothing when its time has come.
 *
 * @throws {Problem} 401 `clock-off`
 */
export function requireRightClock(claim: SignedClaim, identity: Identity): void {
  const ahead = secondsAhead(claim, identity);
  if (Math.abs(ahead) > CLOCK_OFF_SECONDS)
    throw new Problem(
      401,
      'clock-off',
      ahead > 0
        ? `The clock that this was signed by is ${ahead} seconds ahead of ours. Set it right; 5 minutes are let pass.`
        : `The clock that this was signed by is ${-ahead} seconds behind ours. Set it right; 5 minutes are let pass.`,
      { headers: { 'www-authenticate': 'Bearer realm="bailiwick"' } },
    );
}

/** Secrets of links are too long to guess; this keeps trying from being a load. Right ones are not counted. */
export async function limitingWrongLinks<T>(
  platform: Platform,
  { sourceAddress }: RequestFacts,
  work: () => Promise<T>,
) {
  const limits = [{ purpose: 'link-source', of: [networkOf(sourceAddress)], limit: 100, windowSeconds: 900 }];
  await requireGuessesLeft(platform, limits);
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem && (error.status === 401 || error.status === 410)) await countGuess(platform, limits);
    throw error;
  }
}
