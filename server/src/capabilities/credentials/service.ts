import type { TenantContext } from '../../kernel/context.ts';
import { type CredentialKind, formatAgentKey, formatCredential, hashSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, invalid, notFound } from '../../kernel/problem.ts';
import { Credential, type CredentialState } from './schema.ts';
import * as store from './store.ts';

/** What tenants issue: service-account keys, provisioning tokens, service keys and agent keys. */
export type IssuedKind = Exclude<CredentialKind, 'op'>;

/** Whose it is: a service account's, a namespace's, or, with neither, the tenant's. */
export interface Holder {
  principalId?: string;
  namespaceId?: string;
}

/** An issued credential without its secret, which nothing can show again. */
export type CredentialRow = store.CredentialRow;

/** What people call each kind; the audit's target kind is the same with hyphens. */
const nouns: Record<IssuedKind, string> = {
  sa: 'key',
  pt: 'provisioning token',
  sk: 'service key',
  ak: 'agent key',
};

const DAY_SECONDS = 86_400;

/** Records what happened to a credential. `action` only where it is not the operation's. */
export function record(
  ctx: TenantContext,
  {
    before,
    after,
    action,
    details,
  }: { before?: CredentialRow; after: CredentialRow; action?: string; details?: Record<string, unknown> },
): void {
  const { id, name, kind } = after;
  ctx.audit(Credential, {
    ...(before ? { before } : {}),
    after,
    ...(action ? { action } : {}),
    ...(details ? { details } : {}),
    target: { kind: nouns[kind as IssuedKind].replace(' ', '-'), id, name },
  });
}

/**
 * When a new credential ends: as asked, else after the default life.
 *
 * @throws {Problem} 400 that names `expiresAt` when it is past or too far away
 */
export function expiryOf(
  ctx: TenantContext,
  expiresAt: string | undefined,
  { defaultDays, maxDays }: { defaultDays: number; maxDays: number },
): Date {
  if (expiresAt === undefined) return ctx.later(defaultDays * DAY_SECONDS);
  const asked = new Date(expiresAt);
  if (asked <= ctx.now) throw invalid({ path: 'expiresAt', message: 'must be in the future' });
  if (asked > ctx.later(maxDays * DAY_SECONDS))
    throw invalid({ path: 'expiresAt', message: `must be at most ${maxDays} days from now` });
  return asked;
}

/**
 * Makes a credential. The caller records it.
 *
 * @returns `value` is the secret, to be shown in this reply and never again: of it only a hash is stored, of an agent
 *   key only the public half
 */
export async function issue(
  ctx: TenantContext,
  kind: IssuedKind,
  holder: Holder,
  { name, expiresAt }: { name: string; expiresAt: Date | null },
): Promise<{ credential: CredentialRow; value: string }> {
  const id = newId();
  const { fingerprintKey } = ctx.platform;
  const agentKey = kind === 'ak' ? formatAgentKey(ctx.tenantId, id, fingerprintKey) : undefined;
  const value = agentKey?.value ?? formatCredential(kind, ctx.tenantId, fingerprintKey);
  await store.insert(ctx, {
    ...holder,
    id,
    kind,
    name,
    secretHash: agentKey ? null : hashSecret(value),
    publicKey: agentKey?.publicKey ?? null,
    lastFour: value.slice(-4),
    expiresAt,
  });
  return { credential: await find(ctx, kind, holder, id), value };
}

/** @throws {Problem} `not-found`: the holder has no such credential */
export async function find(ctx: TenantContext, kind: IssuedKind, holder: Holder, id: string): Promise<CredentialRow> {
  const found = await store.find(ctx, kind, holder, id);
  if (!found) throw notFound(nouns[kind]);
  return found;
}

/** For work that comes later than the credential may live. */
export const findIfAny = (ctx: TenantContext, kind: IssuedKind, id: string) => store.find(ctx, kind, {}, id);

async function lock(ctx: TenantContext, kind: IssuedKind, holder: Holder, id: string): Promise<CredentialRow> {
  const found = await store.lock(ctx, kind, holder, id);
  if (!found) throw notFound(nouns[kind]);
  return found;
}

/** Changes a row that is held, and records it. */
async function change(ctx: TenantContext, before: CredentialRow, changes: Parameters<typeof store.update>[2]) {
  await store.update(ctx, before.id, changes);
  const after = await find(ctx, before.kind as IssuedKind, {}, before.id);
  record(ctx, { before, after });
  return after;
}

/** One page of credentials of a kind, with their states. */
export const list = (
  ctx: TenantContext,
  kind: IssuedKind,
  holder: Holder,
  query: Parameters<typeof store.list>[3],
  states?: CredentialState[],
) => store.list(ctx, kind, holder, query, states);

/**
 * Holds a holder to its number of live credentials, after one more became live. Something of the holder's must be
 * locked, so that such acts wait for one another. One that rotates counts as one together with its successor.
 */
export async function requireAtMost(
  ctx: TenantContext,
  kind: IssuedKind,
  holder: Holder,
  { max, code }: { max: number; code: string },
): Promise<void> {
  if ((await store.countLive(ctx, kind, holder)) > max)
    throw conflict(code, `There may be ${max} live ones at a time, and there are. Revoke a ${nouns[kind]} first.`);
}

const requireState = (credential: CredentialRow, states: CredentialState[], act: string) => {
  if (!states.includes(credential.state))
    throw conflict(
      'wrong-state',
      `This ${nouns[credential.kind as IssuedKind]} is ${credential.state}. Only one that is ${states.join(' or ')} can be ${act}.`,
    );
};

/**
 * Gives an active credential a successor of the same name. The old one stays valid for the overlap, never beyond its
 * own expiry; without overlap it is revoked at once.
 *
 * @throws {Problem} 409 `wrong-state`; 409 `rotation-under-way` when it is itself the successor of one still valid
 */
export async function rotate(
  ctx: TenantContext,
  kind: IssuedKind,
  id: string,
  { overlapSeconds, expiresAt }: { overlapSeconds: number; expiresAt: (old: CredentialRow) => Date | null },
) {
  const old = await lock(ctx, kind, {}, id);
  requireState(old, ['active'], 'rotated');
  if (await store.lockPredecessor(ctx, kind, id))
    throw conflict(
      'rotation-under-way',
      'The one before it is still valid. Cancel that rotation, or let it end first.',
    );
  const { principalId, namespaceId, name } = old;
  const holder = { ...(principalId ? { principalId } : {}), ...(namespaceId ? { namespaceId } : {}) };
  const issued = await issue(ctx, kind, holder, { name, expiresAt: expiresAt(old) });
  record(ctx, { after: issued.credential });
  await replace(ctx, old, { successorId: issued.credential.id, overlapSeconds });
  return issued;
}

/** Ends a held credential in favour of its successor, after the overlap. */
async function replace(
  ctx: TenantContext,
  old: CredentialRow,
  { successorId, overlapSeconds }: { successorId: string; overlapSeconds: number },
) {
  if (overlapSeconds === 0) return change(ctx, old, { successorId, revokedAt: ctx.now });
  const ends = [ctx.later(overlapSeconds), ...(old.expiresAt ? [old.expiresAt] : [])];
  const endsAt = new Date(Math.min(...ends.map((time) => time.getTime())));
  return change(ctx, old, { successorId, endsAt });
}

/**
 * Takes a rotation back, named by either of its two: the old one stays, its successor is revoked.
 *
 * @returns the old one
 * @throws {Problem} 409 `no-rotation`
 */
export async function cancelRotation(ctx: TenantContext, kind: IssuedKind, id: string): Promise<CredentialRow> {
  const named = await lock(ctx, kind, {}, id);
  const isOld = named.successorId !== null && named.endsAt !== null && named.endsAt > ctx.now;
  const old = isOld && named.state !== 'revoked' ? named : await store.lockPredecessor(ctx, kind, id);
  if (!old?.successorId)
    throw conflict('no-rotation', `This ${nouns[kind]} is not being rotated, or its overlap is over.`);
  const successor = await lock(ctx, kind, {}, old.successorId);
  if (successor.state !== 'revoked') await change(ctx, successor, { revokedAt: ctx.now });
  return change(ctx, old, { endsAt: null, successorId: null });
}

/** Stops a credential until it is resumed; its life runs on. @throws {Problem} 409 `wrong-state` */
export async function pause(ctx: TenantContext, kind: IssuedKind, id: string): Promise<CredentialRow> {
  const before = await lock(ctx, kind, {}, id);
  requireState(before, ['active', 'rotating'], 'paused');
  return change(ctx, before, { pausedAt: ctx.now });
}

/** @throws {Problem} 409 `wrong-state` */
export async function resume(ctx: TenantContext, kind: IssuedKind, id: string): Promise<CredentialRow> {
  const before = await lock(ctx, kind, {}, id);
  requireState(before, ['paused'], 'resumed');
  return change(ctx, before, { pausedAt: null });
}

/** Ends a credential for good: the next request that carries it is a 401. Doing it again changes nothing. */
export async function revoke(ctx: TenantContext, kind: IssuedKind, holder: Holder, id: string): Promise<void> {
  const before = await lock(ctx, kind, holder, id);
  if (before.state !== 'revoked') await change(ctx, before, { revokedAt: ctx.now });
}

/** Revokes all that a principal holds; the caller records it. @returns how many */
export const revokeAllOf = (ctx: TenantContext, principalId: string): Promise<number> =>
  store.revokeAllOfPrincipal(ctx, principalId);

/**
 * Replaces the live key of a namespace, whose row must be held. Without overlap every older key is dead at once.
 *
 * @throws {Problem} 409 `reset-under-way`: with an overlap, while an older key still has one
 */
export async function reset(ctx: TenantContext, kind: 'ak' | 'sk', namespaceId: string, overlapSeconds: number) {
  const olds = (await store.liveOfNamespaces(ctx, [namespaceId])).filter((each) => each.kind === kind);
  const ending = olds.find(({ state }) => state === 'rotating');
  if (overlapSeconds > 0 && ending)
    throw conflict(
      'reset-under-way',
      `An older ${nouns[kind]} is valid until ${ending.endsAt?.toISOString()}. Wait for it, or reset without an overlap.`,
    );
  const issued = await issueFor(ctx, kind, namespaceId);
  record(ctx, { after: issued.credential, details: { overlapSeconds } });
  for (const old of olds) await replace(ctx, old, { successorId: issued.credential.id, overlapSeconds });
  return issued;
}

/** The first key of a namespace; the caller records it. */
export const issueFor = (ctx: TenantContext, kind: 'ak' | 'sk', namespaceId: string) =>
  issue(ctx, kind, { namespaceId }, { name: kind === 'ak' ? 'Agent key' : 'Service key', expiresAt: null });

/** Keys of namespaces that open doors now, oldest first. */
export const liveOfNamespaces = (ctx: TenantContext, namespaceIds: string[]): Promise<CredentialRow[]> =>
  store.liveOfNamespaces(ctx, namespaceIds);

/** Takes a namespace's keys away with it; the caller records it. */
export const removeAllOf = (ctx: TenantContext, namespaceId: string) => store.removeAllOfNamespace(ctx, namespaceId);

/** Notes when the owners were told that it will expire. */
export const noteNotice = (ctx: TenantContext, id: string) => store.noteNotice(ctx, id);

/** For a statement of another capability, of an expression of a principal's id. */
export const { behind } = store;

/** A principal and, of a machine, the people and machines that made it or a key of it, and so on. */
export const whoStandsBehind = async (ctx: TenantContext, principalId: string) =>
  (await store.whoStandsBehind(ctx, [principalId])).map(({ id }) => id);

/** Those of the principals behind whom somebody stands. */
export const thoseBackedBy = async (ctx: TenantContext, somebody: string | null, principalIds: string[]) =>
  (await store.whoStandsBehind(ctx, principalIds))
    .filter(({ id }) => id === somebody)
    .map(({ principalId }) => principalId);

/** Whether a key of a service account opens something at this moment. */
export const isLiveKey = (ctx: TenantContext, id: string) => store.isLive(ctx, id);

/** Whether it opens nothing until it is resumed. */
export const isPausedKey = async (ctx: TenantContext, id: string) =>
  (await store.find(ctx, 'sa', {}, id))?.state === 'paused';
