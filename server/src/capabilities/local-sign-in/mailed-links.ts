import type { Actor } from '../../kernel/authenticate.ts';
import { canonicalEmail } from '../../kernel/canonical.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { passages } from '../../kernel/doors.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { countGuess, type GuessLimit, networkOf } from '../../kernel/guesses.ts';
import { newId } from '../../kernel/ids.ts';
import type { Reply } from '../../kernel/operation.ts';
import { invalid, Problem, unavailable } from '../../kernel/problem.ts';
import type { Place } from '../../kernel/regions.ts';
import { chosenPassword } from '../accounts/service.ts';
import { Factors } from '../factors/schema.ts';
import { choosing, replacePassword } from '../factors/service.ts';
import { accountsOfAddress, enter, everyCell, replyOf, writeNothing } from '../sessions/service.ts';
import { requireLocalSignIn } from '../single-sign-on/service.ts';
import * as store from './store.ts';

/** Links that are mailed to whoever asks with an address of theirs: to choose a new password, or to sign in. */

const kinds = {
  'password-reset': {
    minutes: 60,
    path: '/reset',
    subject: (tenant: string) => `Your password at ${tenant}`,
    lines: (tenant: string) => [
      `Somebody, probably you, asked for a new password at ${tenant}.`,
      '',
      'Choose it here:',
    ],
    last: 'The link works once, within an hour. If you did not ask for it, ignore this mail: nothing has changed.',
  },
  'sign-in': {
    minutes: 15,
    path: '/sign-in/link',
    subject: (tenant: string) => `Sign in to ${tenant}`,
    lines: (tenant: string) => [`Somebody, probably you, asked to sign in to ${tenant}.`, '', 'Go on here:'],
    last: 'The link works once, within 15 minutes. If you did not ask for it, ignore this mail.',
  },
} as const;
type LinkKind = keyof typeof kinds;

/** An address in more tenants gets a mail for those that it used last. */
const MAX_TENANTS = 5;

/** Mails, not guesses: nobody's mailbox is filled. The newest link goes on working, so nobody is locked out. */
const limitsOf = (kind: LinkKind, address: string, network: string): GuessLimit[] => [
  { purpose: `mail-${kind}-address-source`, of: [address, network], limit: 5, windowSeconds: 900 },
  { purpose: `mail-${kind}-address`, of: [address], limit: 20, windowSeconds: 3600 },
  { purpose: `mail-${kind}-source`, of: [network], limit: 50, windowSeconds: 900 },
];

const throughLink = (accountId: string | null): Actor => ({
  kind: accountId ? 'account' : 'system',
  id: accountId,
  credentialId: null,
  door: 'link',
});

/**
 * Mails a link to each account of the address that may sign in here by itself. Answers alike, and after as much work,
 * whether there is one or not.
 *
 * @throws {Problem} 400 that names `email`; 429; 503 when a database does not answer
 */
export async function mailLink(
  { platform, request }: PlatformContext,
  kind: LinkKind,
  { email: typed, tenantId }: { email: string; tenantId?: string | undefined },
): Promise<void> {
  const email = canonicalEmail(typed);
  if (!email.ok) throw invalid({ path: 'email', message: email.reason });
  await countGuess(platform, limitsOf(kind, email.canonical, networkOf(request.sourceAddress)));
  const { found, isComplete } = await accountsOfAddress(platform, email.canonical, tenantId, MAX_TENANTS);
  const [home] = everyCell(platform) as [Place];
  const places = found.slice(0, MAX_TENANTS);
  const sent = await Promise.all(
    places.map((at) =>
      enterTenant({ platform, ...at, actor: throughLink(null), request }, (ctx) =>
        mailOne(ctx, kind, at.accountId, email.canonical),
      ),
    ),
  );
  if (!sent.some(Boolean)) await writeNothing(places[0]?.place.cell ?? home.cell);
  if (!isComplete) throw unavailable('A database of this region does not answer. Try again.');
}

/** @returns whether there was somebody to write to */
async function mailOne(ctx: TenantContext, kind: LinkKind, accountId: string, canonical: string): Promise<boolean> {
  const account = await store.reachable(ctx, accountId, canonical);
  if (!account?.email || passages[ctx.identity.tenantStatus].console === 'shut') return false;
  const { minutes, path, subject, lines, last } = kinds[kind];
  const secret = formatLinkSecret(ctx.tenantId);
  store.endEarlier(ctx, kind, accountId);
  store.insertLink(ctx, {
    id: newId(),
    purpose: kind,
    accountId,
    secretHash: hashSecret(secret),
    expiresAt: ctx.later(minutes * 60),
  });
  const tenant = ctx.identity.tenantDisplayName;
  ctx.mail({
    to: account.email,
    subject: subject(tenant),
    body: [...lines(tenant), `${ctx.place.region.baseUrl}${path}#${secret}`, '', last, ''].join('\n'),
  });
  return true;
}

const linkOver = () =>
  new Problem(
    410,
    'link-over',
    'This link is not valid any more: it was used, replaced or is too old. Ask for another.',
  );

/** Opens the tenant that the link names. @throws {Problem} 410 `link-over`; 421 */
async function behind<T>(
  { platform, request }: PlatformContext,
  secret: string,
  work: (ctx: TenantContext) => Promise<T>,
): Promise<T> {
  const tenantId = parseLinkSecret(secret)?.tenantId;
  const place = tenantId && (await platform.locate(tenantId));
  if (!tenantId || !place) throw linkOver();
  const done = await enterTenant({ platform, place, tenantId, actor: throughLink(null), request }, async (ctx) => ({
    result: await work(ctx),
  }));
  if (!done) throw linkOver();
  return done.result;
}

/** Signs in by a mailed link, which is used up; a second factor is asked as after a password. @throws {Problem} 410 */
export const signInByLink = async (ctx: PlatformContext, secret: string): Promise<Reply> =>
  replyOf(
    await behind(ctx, secret, async (tenant) => {
      const accountId = await store.consume(tenant, 'sign-in', hashSecret(secret));
      if (!accountId) throw linkOver();
      requireDoorOpen(tenant.identity);
      return enter(tenant, { accountId, method: 'link', hasSecondFactor: false });
    }),
  );

async function opened(ctx: TenantContext, secret: string) {
  const account = await store.opened(ctx, 'password-reset', hashSecret(secret));
  if (!account?.email) throw linkOver();
  requireDoorOpen(ctx.identity);
  await requireLocalSignIn(ctx);
  return { accountId: account.id, email: account.email, ...(await choosing(ctx, account.id)) };
}

/** Whose password a link is for, before it is used. @throws {Problem} 410 `link-over`; 403 `single-sign-on-required` */
export const askPasswordReset = (ctx: PlatformContext, secret: string) =>
  behind(ctx, secret, async (tenant) => {
    const { email, isAlone } = await opened(tenant, secret);
    const { tenantId, identity } = tenant;
    return { tenantId, tenantDisplayName: identity.tenantDisplayName, email, minLength: isAlone ? 15 : 8 };
  });

/**
 * Sets a new password by a mailed link, which is used up: all sessions end, and nobody is signed in, so that a second
 * factor is still asked.
 *
 * @throws {Problem} 410 `link-over`; 400 that names `password`, which leaves the link as it is; 403
 *   `single-sign-on-required`; 429
 */
export async function resetPassword(ctx: PlatformContext, { secret, password }: { secret: string; password: string }) {
  const { accountId, email, owner, isAlone, tenantId } = await behind(ctx, secret, async (tenant) => ({
    ...(await opened(tenant, secret)),
    tenantId: tenant.tenantId,
  }));
  const hashed = await chosenPassword({ platform: ctx.platform, tenantId }, owner, password, isAlone, 'password');
  return behind(ctx, secret, async (tenant) => {
    if ((await store.consume(tenant, 'password-reset', hashSecret(secret))) !== accountId) throw linkOver();
    await requireLocalSignIn(tenant);
    const ended = await replacePassword(tenant, accountId, hashed, null);
    tenant.audit(Factors, { target: { kind: 'account', id: accountId }, details: { ended } });
    return { tenantId, email };
  });
}
