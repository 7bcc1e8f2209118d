import type { Actor } from '../../kernel/authenticate.ts';
import { onBeat } from '../../kernel/beat.ts';
import { canonicalEmail, unlinked } from '../../kernel/canonical.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { passages } from '../../kernel/doors.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { countGuess, forgiveGuess, type GuessLimit, networkOf } from '../../kernel/guesses.ts';
import { newId } from '../../kernel/ids.ts';
import { languageFor } from '../../kernel/messages/languages.ts';
import { Reply } from '../../kernel/operation.ts';
import { forbidden, invalid, Problem, unavailable } from '../../kernel/problem.ts';
import { chosenPassword } from '../accounts/service.ts';
import { Factors } from '../factors/schema.ts';
import { choosing, replacePassword } from '../factors/service.ts';
import { accountsOfAddress, enter, noteProvedAddress, replyOf } from '../sessions/service.ts';
import { requireLocalSignIn } from '../single-sign-on/service.ts';
import { askingBrowser, browserHash, codeHash, newCode } from './asking-browser.ts';
import * as store from './store.ts';

/** Links that are mailed to whoever asks with an address of theirs: to choose a new password, or to sign in. */

const kinds = {
  'password-reset': {
    minutes: 60,
    path: '/reset',
    text: 'passwordReset',
  },
  'sign-in': {
    minutes: 15,
    path: '/sign-in/link',
    text: 'signInLink',
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

/** Has a link mailed by which the browser that asks signs in. @throws {Problem} as `mailLink` */
export async function mailSignInLink(ctx: PlatformContext, asked: Asked): Promise<Reply> {
  const { hash, cookie } = askingBrowser(ctx, kinds['sign-in'].minutes * 60);
  await mailLink(ctx, 'sign-in', asked, hash);
  return new Reply(undefined, { headers: { 'set-cookie': cookie } });
}

interface Asked {
  email: string;
  tenantId?: string | undefined;
}

/**
 * Mails a link to each account of the address that may sign in here by itself. Answers alike, and on the same beat, whether
 * there is one or not.
 *
 * @param browser the only one that the link lets in
 * @throws {Problem} 400 that names `email`; 429; 503 when a database does not answer
 */
export async function mailLink(
  { platform, request }: PlatformContext,
  kind: LinkKind,
  { email: typed, tenantId }: Asked,
  browser: Buffer | null = null,
): Promise<void> {
  const email = canonicalEmail(typed);
  if (!email.ok) throw invalid({ path: 'email', message: email.reason });
  await countGuess(platform, limitsOf(kind, email.canonical, networkOf(request.sourceAddress)));
  await onBeat(async () => {
    const { found, isComplete } = await accountsOfAddress(platform, email.canonical, tenantId, MAX_TENANTS);
    await Promise.all(
      found
        .slice(0, MAX_TENANTS)
        .map((at) =>
          enterTenant({ platform, ...at, actor: throughLink(null), request }, (ctx) =>
            mailOne(ctx, kind, at.accountId, email.canonical, browser),
          ),
        ),
    );
    if (!isComplete) throw unavailable('A database of this region does not answer. Try again.');
  });
}

/** Writes to who can be reached, and to nobody else. */
async function mailOne(
  ctx: TenantContext,
  kind: LinkKind,
  accountId: string,
  canonical: string,
  browser: Buffer | null,
): Promise<void> {
  const account = await store.reachable(ctx, accountId, canonical);
  if (!account?.email || passages[ctx.identity.tenantStatus].console === 'shut') return;
  const { minutes, path, text } = kinds[kind];
  const secret = formatLinkSecret(ctx.tenantId);
  store.endEarlier(ctx, kind, accountId);
  store.insertLink(ctx, {
    id: newId(),
    purpose: kind,
    accountId,
    secretHash: hashSecret(secret),
    browserHash: browser,
    expiresAt: ctx.later(minutes * 60),
  });
  const tenant = unlinked(ctx.identity.tenantDisplayName);
  ctx.mail({
    to: account.email,
    language: languageFor(account),
    text: (texts) => texts[text](tenant, `${ctx.place.region.baseUrl}${path}#${secret}`),
    names: [accountId],
  });
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

const otherBrowser = () =>
  forbidden(
    'other-browser',
    'This link was asked for in another browser. Open it there, or type there the code that it shows here.',
  );

/**
 * Signs in by a mailed link, which is used up, in the browser that asked for it; a second factor is asked as after a
 * password.
 *
 * @throws {Problem} 410; 403 `other-browser`, which leaves the link as it is
 */
export const signInByLink = async (ctx: PlatformContext, secret: string): Promise<Reply> =>
  replyOf(
    await behind(ctx, secret, async (tenant) => {
      const link = await store.consume(tenant, 'sign-in', hashSecret(secret));
      if (!link) throw linkOver();
      const { accountId, browserHash: asking } = link;
      if (asking && !browserHash(ctx)?.equals(asking)) throw otherBrowser();
      requireDoorOpen(tenant.identity);
      return enter(tenant, { accountId, method: 'link', hasSecondFactor: false });
    }),
  );

/**
 * The code of a link that was opened in another browser than the one that asked: typed there it does what the link would.
 * The link itself opens no less; a later code takes the place of an earlier one.
 *
 * @throws {Problem} 410
 */
export const showLinkCode = (ctx: PlatformContext, secret: string) =>
  behind(ctx, secret, async (tenant) => {
    const code = newCode();
    const link = await store.setCode(tenant, hashSecret(secret), codeHash(ctx.platform, code));
    if (!link) throw linkOver();
    return { code, tenantDisplayName: tenant.identity.tenantDisplayName, expiresAt: link.expiresAt };
  });

/**
 * Signs in by the code that a link showed elsewhere, in the browser that asked for the link.
 *
 * @throws {Problem} 410, whether there is such an account or not; 429 after five wrong ones of a browser
 */
export async function signInByLinkCode(
  ctx: PlatformContext,
  { email: typed, code }: { email: string; code: string },
): Promise<Reply> {
  const { platform, request } = ctx;
  const email = canonicalEmail(typed);
  if (!email.ok) throw invalid({ path: 'email', message: email.reason });
  const browser = browserHash(ctx);
  if (!browser) throw linkOver();
  const limits = codeLimitsOf(browser, networkOf(request.sourceAddress));
  await countGuess(platform, limits);
  const key = { browserHash: browser, codeHash: codeHash(platform, code) };
  const entered = await onBeat(async () => {
    const { found } = await accountsOfAddress(platform, email.canonical, undefined, MAX_TENANTS);
    for (const { place, tenantId, accountId } of found.slice(0, MAX_TENANTS)) {
      const { unit, rows } = await Unit.open(place.cell, tenantId, [store.codeStatement(accountId, key)], 'read');
      unit.finishRead();
      if (!rows[0]?.length) continue;
      return enterTenant({ platform, place, tenantId, actor: throughLink(null), request }, async (tenant) => {
        if (!(await store.consumeByCode(tenant, accountId, key))) throw linkOver();
        requireDoorOpen(tenant.identity);
        return enter(tenant, { accountId, method: 'link', hasSecondFactor: false });
      });
    }
    return undefined;
  });
  if (!entered) throw linkOver();
  await forgiveGuess(platform, limits);
  return replyOf(entered);
}

const codeLimitsOf = (browser: Buffer, network: string): GuessLimit[] => [
  { purpose: 'link-code', of: [browser.toString('hex')], limit: 5, windowSeconds: 900 },
  { purpose: 'link-code-source', of: [network], limit: 50, windowSeconds: 900 },
];

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
    if ((await store.consume(tenant, 'password-reset', hashSecret(secret)))?.accountId !== accountId) throw linkOver();
    await requireLocalSignIn(tenant);
    await noteProvedAddress(tenant, accountId);
    const ended = await replacePassword(tenant, accountId, hashed, null);
    tenant.audit(Factors, { target: { kind: 'account', id: accountId }, details: { ended } });
    return { tenantId, email };
  });
}
