import { entryOf } from '../../kernel/audit.ts';
import { type Actor, cookieName, deviceCookieName, unfinishedCookieName } from '../../kernel/authenticate.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatSessionSecret, hashSecret, parseLinkSecret, parseSessionSecret } from '../../kernel/credential-text.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { plainAddress } from '../../kernel/guesses.ts';
import { newId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { forbidden, Problem } from '../../kernel/problem.ts';
import { isFromAllowedNetwork, policyOf } from '../sign-in-policy/service.ts';
import { recall } from '../visits/service.ts';
import { Session } from './schema.ts';
import * as store from './store.ts';

/** The one place where somebody who proved something becomes a session, or a sign-in that is not finished. */

/** What was proved about an account. */
export interface Proof {
  accountId: string;
  method: 'password' | 'passkey' | 'identity-provider' | 'emergency-code' | 'link' | 'device';
  identityProviderId?: string | null;
  /**
   * The method proved two factors by itself: a passkey with user verification, or a provider that says so (amr, acr or
   * AuthnContext as the tenant maps them); or the second one was proved now.
   */
  hasSecondFactor: boolean;
  /** When it was proved, where that was earlier: by the session that let a device in. */
  provedAt?: Date;
  /** How the session came about that let a device in. */
  via?: string;
}

/** What an unfinished sign-in may go on with; one of them is enough. */
export const steps = ['totp', 'passkey', 'recovery-code', 'enrol-factor', 'new-password'] as const;
export type Step = (typeof steps)[number];

export type Entered =
  | {
      kind: 'session';
      session: {
        tenantId: string;
        accountId: string;
        sessionId: string;
        displayName: string;
        region: string;
        expiresAt: Date;
      };
      cookies: string[];
    }
  | { kind: 'unfinished'; tenantId: string; asks: Step[]; expiresAt: Date; cookies: string[] };

/** Live sessions of an account: more than anybody has browsers. The next sign-in ends the oldest. */
const MAX_LIVE = 100;
/** Sessions of an account that are over, kept to know the networks that it signed in from; older ones go. */
const MAX_OVER = 1_000;
const UNFINISHED_SECONDS = 600;
/** Of an account; the next one ends the oldest. */
const MAX_UNFINISHED = 5;
const DEVICE_SECONDS = 400 * 86_400;
const MAX_DEVICES = 50;

/** Methods that a tenant which requires single sign-on does not let in by. */
const local: readonly string[] = ['password', 'passkey', 'link'];

/** Whether a session from before single sign-on was required, or one that it let in, is all that there is. */
const isLocal = ({ method, identityProviderId, via }: Proof) =>
  local.includes(method) || (method === 'device' && !identityProviderId && via !== 'emergency-code');

export const signInFailed = (detail = 'The e-mail address or the password is not right.') =>
  new Problem(401, 'sign-in-failed', detail, {
    headers: { 'www-authenticate': 'Bearer realm="bailiwick"' },
  });

export const atConsole = (accountId: string, sessionId: string | null): Actor => ({
  kind: 'account',
  id: accountId,
  credentialId: sessionId,
  door: 'console',
});

/** Entries about sessions are about their account, whose key encrypts what is personal in them. */
export const ofAccount = (accountId: string) => ({ kind: 'account', id: accountId });

const cookie = (name: string, value: string, maxAgeSeconds: number) =>
  `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`;

export const clearedCookie = (region: string) => cookie(cookieName(region), '', 0);
export const sessionCookie = (region: string, secret: string, maxAgeSeconds: number) =>
  cookie(cookieName(region), secret, maxAgeSeconds);

type Ways = NonNullable<Awaited<ReturnType<typeof store.waysOf>>>;

/** Whether a password of the account may be short, since it never opens alone. */
export const needsSecondFactor = (policy: { secondFactor: string }, { hasTotp }: { hasTotp: boolean }) =>
  policy.secondFactor === 'required' || hasTotp;

/** The answer to an entry: 201 with a session, or 200 with what is still asked. */
export const replyOf = (entered: Entered, more: object = {}): Reply => {
  const headers = { 'set-cookie': entered.cookies };
  if (entered.kind === 'session') return new Reply({ ...entered.session, ...more }, { status: 201, headers });
  const { tenantId, asks, expiresAt } = entered;
  return new Reply({ tenantId, asks, expiresAt, ...more }, { status: 200, headers });
};

/** What is missing after the proof; nothing when it is enough. */
function missing(proof: Proof, ways: Ways, policy: Awaited<ReturnType<typeof policyOf>>): Step[] {
  if (proof.hasSecondFactor || proof.method === 'emergency-code' || proof.method === 'device') return [];
  // What a person set up here goes with what is kept here; a provider's own factors are its own.
  const isAsked =
    proof.method === 'identity-provider' ? policy.secondFactor === 'required' : needsSecondFactor(policy, ways);
  if (isAsked) {
    const own: Step[] = [
      ...(ways.hasTotp ? (['totp'] as const) : []),
      ...(ways.hasPasskey ? (['passkey'] as const) : []),
    ];
    if (own.length === 0) return ['enrol-factor'];
    return ways.hasRecoveryCode ? [...own, 'recovery-code'] : own;
  }
  // A short password was set beside a second factor that is gone.
  return proof.method === 'password' && ways.passwordStandsAlone === false ? ['new-password'] : [];
}

/**
 * Lets in who proved something, as far as door, account and policy allow: ends what the browser held, and makes a
 * session, or an unfinished sign-in that asks for more and opens nothing else (P9). In an open unit of work of the tenant,
 * whoever its actor is; the entries are the account's own.
 *
 * @throws {Problem} 401 `sign-in-failed` when the account is not there or not enabled; 403 with the tenant's state;
 *   403 `network-not-allowed`, `single-sign-on-required`, `second-factor-required`
 */
export async function enter(ctx: TenantContext, proof: Proof): Promise<Entered> {
  const { accountId, method } = proof;
  requireDoorOpen({ actor: atConsole(accountId, null), tenantStatus: ctx.identity.tenantStatus });
  const ways = await store.waysOf(ctx, accountId);
  if (!ways) throw signInFailed();
  const policy = await policyOf(ctx);
  if (method !== 'emergency-code' && !isFromAllowedNetwork(policy, ctx.request.sourceAddress))
    throw forbidden(
      'network-not-allowed',
      'This tenant lets nobody in from the network that you come from. Ask an owner of it.',
    );
  if (policy.singleSignOn === 'required' && isLocal(proof)) throw singleSignOnRequired(ctx);
  const isHalf = method === 'device' && !proof.hasSecondFactor && proof.via !== 'emergency-code';
  if (isHalf && policy.secondFactor === 'required')
    throw forbidden(
      'second-factor-required',
      'This tenant requires a second factor, and the session that let this device in has none. Sign in again with one there, then let the device in.',
    );
  const asks = missing(proof, ways, policy);
  const cleared = await endReplaced(ctx);
  return asks.length > 0 ? beginUnfinished(ctx, proof, asks, cleared) : openSession(ctx, proof, policy, cleared);
}

async function openSession(
  ctx: TenantContext,
  proof: Proof,
  policy: { sessionHours: number },
  cleared: string[],
): Promise<Entered> {
  const { request, tenantId, place } = ctx;
  const { accountId, method } = proof;
  const id = newId();
  const secret = formatSessionSecret(tenantId);
  const seconds = policy.sessionHours * 3600;
  const account = await store.noteSignIn(ctx, accountId);
  if (!account) throw signInFailed();
  const ended = await store.endOldest(ctx, accountId, MAX_LIVE - 1);
  store.forgetOldest(ctx, accountId, MAX_OVER);
  const made = await store.insert(ctx, {
    id,
    accountId,
    secretHash: hashSecret(secret),
    sourceAddress: plainAddress(request.sourceAddress),
    userAgent: request.userAgent,
    expiresAt: ctx.later(seconds),
    method,
    identityProviderId: proof.identityProviderId ?? null,
    provedBy: method,
    provedAt: proof.provedAt ?? ctx.now,
    secondFactorAt: proof.hasSecondFactor ? ctx.now : null,
  });
  await store.noteUseOfAddress(ctx, accountId, method === 'link');
  const entry = entryOf(Session, 'sessions.create', {
    after: made,
    target: ofAccount(accountId),
    ...(ended.length > 0 ? { details: { ended } } : {}),
  });
  ctx.record(entry, atConsole(accountId, id));
  const { code } = place.region;
  return {
    kind: 'session',
    session: {
      tenantId,
      accountId,
      sessionId: id,
      displayName: account.displayName,
      region: code,
      expiresAt: made.expiresAt,
    },
    cookies: [
      ...cleared.filter((each) => each !== code).map(clearedCookie),
      sessionCookie(code, secret, seconds),
      ...clearedUnfinished(ctx),
      ...(await recogniseDevice(ctx, accountId, account.displayName)),
    ],
  };
}

function beginUnfinished(ctx: TenantContext, proof: Proof, asks: Step[], cleared: string[]): Entered {
  const secret = formatSessionSecret(ctx.tenantId);
  const expiresAt = ctx.later(UNFINISHED_SECONDS);
  store.forgetUnfinished(ctx, proof.accountId, MAX_UNFINISHED - 1);
  store.insertUnfinished(ctx, {
    id: newId(),
    accountId: proof.accountId,
    secretHash: hashSecret(secret),
    method: proof.method,
    identityProviderId: proof.identityProviderId ?? null,
    asks,
    expiresAt,
  });
  return {
    kind: 'unfinished',
    tenantId: ctx.tenantId,
    asks,
    expiresAt,
    cookies: [
      ...cleared.map(clearedCookie),
      ...clearedUnfinished(ctx, ctx.place.region.code),
      cookie(unfinishedCookieName(ctx.place.region.code), secret, UNFINISHED_SECONDS),
    ],
  };
}

/** A browser finishes one sign-in: the one that it began last. */
const clearedUnfinished = ({ platform, request }: TenantContext, besides?: string): string[] =>
  [...platform.regions.keys()]
    .filter((region) => region !== besides && request.cookies?.[unfinishedCookieName(region)])
    .map((region) => cookie(unfinishedCookieName(region), '', 0));

/** The secret of the sign-in that a browser has not finished, as it claims; undefined without one. */
export function heldUnfinished({
  platform,
  request,
}: PlatformContext): { tenantId: string; secretHash: Buffer } | undefined {
  for (const region of platform.regions.keys()) {
    const value = request.cookies?.[unfinishedCookieName(region)] ?? '';
    const parsed = parseSessionSecret(value);
    if (parsed) return { tenantId: parsed.tenantId, secretHash: hashSecret(value) };
  }
  return undefined;
}

/**
 * Ends the sessions that the browser held here: what stood in it before a sign-in opens nothing afterwards (P10). Those
 * of other tenants end once this is committed.
 *
 * @returns the regions whose cookies it holds
 */
export async function endReplaced(ctx: TenantContext): Promise<string[]> {
  const { platform, request } = ctx;
  const { cookies = {} } = request;
  const held = [...platform.regions.keys()].filter((region) => cookies[cookieName(region)]);
  for (const region of held) {
    const secret = cookies[cookieName(region)] ?? '';
    const tenantId = (parseSessionSecret(secret) ?? parseLinkSecret(secret))?.tenantId;
    if (!tenantId) continue;
    if (tenantId === ctx.tenantId) await endHeld(ctx, secret);
    else
      ctx.afterwards(async () => {
        const place = await platform.locate(tenantId).catch(() => undefined);
        const actor: Actor = { kind: 'system', id: null, credentialId: null, door: 'console' };
        if (place)
          await enterTenant({ platform, place, tenantId, actor, request }, (elsewhere) => endHeld(elsewhere, secret));
      });
  }
  return held;
}

async function endHeld(ctx: TenantContext, secret: string): Promise<void> {
  if (!parseSessionSecret(secret)) return store.endGuestSession(ctx, hashSecret(secret));
  const live = await store.liveBySecret(ctx, hashSecret(secret));
  if (!live) return;
  const { id, accountId } = live;
  await store.end(ctx, accountId, id);
  recall(ctx, accountId);
  ctx.record(
    entryOf(Session, 'sessions.end-current', { target: ofAccount(accountId), details: { ended: [id] } }),
    atConsole(accountId, id),
  );
}

/** With the page on which the tenant's people do sign in: who hears of it proved who they are, or holds a link of theirs. */
export const singleSignOnRequired = (ctx: TenantContext) =>
  new Problem(403, 'single-sign-on-required', 'This tenant requires single sign-on. Sign in through its provider.', {
    members: { signInUrl: `${ctx.place.region.baseUrl}/t/${ctx.tenantId}/sign-in` },
  });

/** Tells a person of a sign-in from a browser that they never used; not of their first one. @returns its cookie */
async function recogniseDevice(ctx: TenantContext, accountId: string, displayName: string): Promise<string[]> {
  const name = deviceCookieName(ctx.place.region.code);
  const held = ctx.request.cookies?.[name] ?? '';
  const secret = parseSessionSecret(held) ? held : formatSessionSecret(ctx.tenantId);
  const known = await store.noteDevice(ctx, accountId, hashSecret(secret), MAX_DEVICES);
  if (!known.isKnown && known.others > 0)
    ctx.notify({
      kind: 'new-device',
      text: `${displayName}, somebody signed in to your account from ${ctx.request.sourceAddress ?? '—'} with a browser that was not seen before. If it was not you, end that session and change your password.`,
      to: { accountId },
      target: ofAccount(accountId),
    });
  return [cookie(name, secret, DEVICE_SECONDS)];
}
