import type { z } from 'zod';
import { entryOf } from '../../kernel/audit.ts';
import { type Actor, cookieName, systemIdentity } from '../../kernel/authenticate.ts';
import { canonicalEmail } from '../../kernel/canonical.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { formatSessionSecret, hashSecret, parseSessionSecret } from '../../kernel/credential-text.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { passages } from '../../kernel/doors.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import {
  countGuess,
  forgiveGuess,
  type GuessLimit,
  networkOf,
  plainAddress,
  requireGuessesLeft,
} from '../../kernel/guesses.ts';
import { verifyPassword } from '../../kernel/hashing.ts';
import { newId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { invalid, Problem, unavailable } from '../../kernel/problem.ts';
import { recordRefusal } from '../../kernel/refusals.ts';
import type { Place, Platform } from '../../kernel/regions.ts';
import { Session, type SignIn } from './schema.ts';
import { addressFingerprint, ofAccount } from './service.ts';
import * as store from './store.ts';

const SESSION_SECONDS = 12 * 3600;

/** Live sessions of an account: more than anybody has browsers. The next sign-in ends the oldest. */
const MAX_LIVE = 100;
/** Sessions of an account that are over, kept to know the networks that it signed in from; older ones go. */
const MAX_OVER = 1_000;

/** Each sign-in computes so many hashes, whoever asks and whatever there is (P14). */
const HASHES = 3;

const MINUTES = 60;

/**
 * How often a password may be guessed wrongly, over all nodes (P14): ten times in a quarter of an hour for one address
 * from one network; a hundred times from one network, whatever addresses it tries; a hundred times in an hour for one
 * address from anywhere. The last does not hold for a network from which the account was signed in before (its sessions
 * are kept for 30 days after their end), so that strangers cannot lock a person out.
 */
function limitsOf(address: string, network: string, isKnownSource: boolean): GuessLimit[] {
  return [
    { purpose: 'sign-in-address-source', of: [address, network], limit: 10, windowSeconds: 15 * MINUTES },
    { purpose: 'sign-in-source', of: [network], limit: 100, windowSeconds: 15 * MINUTES },
    ...(isKnownSource ? [] : [{ purpose: 'sign-in-address', of: [address], limit: 100, windowSeconds: 60 * MINUTES }]),
  ];
}

interface Candidate extends store.SignInRow {
  place: Place;
  tenantId: string;
}

const everyCell = (platform: Platform): Place[] =>
  [...platform.regions.values()].flatMap((region) =>
    region.cells.map((cell, cellIndex) => ({ region, cell, cellIndex })),
  );

/** The accounts that an address may open here, the most recently used first; as much is read when there are none. */
async function candidatesOf(platform: Platform, address: string, network: string, tenantId: string | undefined) {
  const cells = everyCell(platform);
  const key = addressFingerprint(platform, address);
  const answers = await Promise.allSettled(
    cells.map(async (place) =>
      (await store.placesOf(place.cell, key, tenantId, HASHES)).map((found) => ({ ...found, place })),
    ),
  );
  const found = answers
    .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    .sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
  const read = await Promise.all(
    Array.from({ length: HASHES }, async (_, at): Promise<Candidate | undefined> => {
      const { place, tenantId, accountId } = found[at] ?? {
        place: cells[0] as Place,
        tenantId: newId(),
        accountId: newId(),
      };
      const statement = store.signInStatement(accountId, address, network);
      const { unit, rows } = await Unit.open(place.cell, tenantId, [statement], 'read');
      unit.finishRead();
      const row = rows[0]?.[0] as store.SignInRow | undefined;
      return row && { ...row, place, tenantId };
    }),
  );
  return {
    candidates: read.filter((candidate) => candidate !== undefined),
    isComplete: answers.every(({ status }) => status === 'fulfilled'),
  };
}

/** Those candidates that the password opens. Computes as many hashes for none as for three. */
async function openedBy(password: string, candidates: Candidate[], network: string): Promise<Candidate[]> {
  const opened = [];
  for (let at = 0; at < HASHES; at++) {
    const candidate = candidates[at];
    const matches = await verifyPassword(network, candidate?.hash ?? undefined, password);
    if (candidate && matches && candidate.status === 'enabled') opened.push(candidate);
  }
  return opened;
}

const signInFailed = () =>
  new Problem(401, 'sign-in-failed', 'The e-mail address or the password is not right.', {
    headers: { 'www-authenticate': 'Bearer realm="bailiwick"' },
  });

const atConsole = (accountId: string, sessionId: string | null): Actor => ({
  kind: 'account',
  id: accountId,
  credentialId: sessionId,
  door: 'console',
});

/**
 * Writes the failed sign-in into the audit of each account that it was tried on. Without any as much is written and
 * taken away again, so that the answer takes as long.
 */
const recordFailure = ({ platform, request }: PlatformContext, candidates: Candidate[]) => {
  const [home] = everyCell(platform);
  if (candidates.length === 0 && home) return [store.writeNothing(home.cell)];
  return candidates.map(({ place, tenantId, ...row }) =>
    recordRefusal(
      platform,
      place,
      tenantId,
      systemIdentity(atConsole(row.accountId, null), row),
      'sessions.create',
      ofAccount(row.accountId),
      request,
    ),
  );
};

const cookie = (region: string, value: string, maxAgeSeconds: number) =>
  `${cookieName(region)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`;

export const clearedCookie = (region: string) => cookie(region, '', 0);

/**
 * Signs in with a password: a new session in the tenant that it opens, or the tenants to choose from.
 *
 * @throws {Problem} 401 `sign-in-failed`, the same whether there is no such account, it is disabled or the password is
 *   another; 429 when there were too many guesses; 403 with the tenant's state, only after the right password
 */
export async function signIn(
  ctx: PlatformContext,
  { email: typed, password, tenantId }: z.output<typeof SignIn>,
): Promise<Reply> {
  const { platform, request } = ctx;
  const email = canonicalEmail(typed);
  if (!email.ok) throw invalid({ path: 'email', message: email.reason });
  const network = networkOf(request.sourceAddress);
  const { candidates, isComplete } = await candidatesOf(platform, email.canonical, network, tenantId);
  const isKnownSource = candidates.some((candidate) => candidate.isKnownSource);
  const limits = limitsOf(email.canonical, network, isKnownSource);
  await requireGuessesLeft(platform, limits);

  const opened = await openedBy(password, candidates, network);
  if (opened.length === 0) {
    if (!isComplete) throw unavailable('A database of this region does not answer. Try again.');
    // Side by side, so that the answer takes as long with an account as without.
    const [counted] = await Promise.allSettled([countGuess(platform, limits), ...recordFailure(ctx, candidates)]);
    if (counted.status === 'rejected') throw counted.reason;
    throw signInFailed();
  }
  await countGuess(platform, limits);
  await forgiveGuess(platform, limits);

  const enterable = opened.filter(({ tenantStatus }) => passages[tenantStatus].console !== 'shut');
  const [one, ...more] = enterable;
  if (!one) {
    for (const { accountId, tenantStatus } of opened)
      requireDoorOpen({ actor: atConsole(accountId, null), tenantStatus });
    throw signInFailed();
  }
  if (more.length > 0)
    return new Reply(
      {
        choices: enterable.map((each) => ({
          tenantId: each.tenantId,
          displayName: each.tenantDisplayName,
          region: each.place.region.code,
        })),
      },
      { status: 200 },
    );
  const cleared = await endReplaced(ctx);
  const { session, secret } = await openSession(ctx, one);
  const { code } = one.place.region;
  return new Reply(session, {
    status: 201,
    headers: {
      'set-cookie': [
        ...cleared.filter((each) => each !== code).map(clearedCookie),
        cookie(code, secret, SESSION_SECONDS),
      ],
    },
  });
}

/** Makes the session, if the account and its password are still what was checked. */
async function openSession({ platform, request }: PlatformContext, candidate: Candidate) {
  const { place, tenantId, accountId, hash } = candidate;
  const id = newId();
  const secret = formatSessionSecret(tenantId);
  const actor = atConsole(accountId, id);
  const session = await enterTenant({ platform, place, tenantId, actor, request }, async (ctx) => {
    requireDoorOpen(ctx.identity);
    const account = await store.noteSignIn(ctx, accountId);
    if (!account || (await store.passwordOf(ctx, accountId)) !== hash) throw signInFailed();
    const ended = await store.endOldest(ctx, accountId, MAX_LIVE - 1);
    store.forgetOldest(ctx, accountId, MAX_OVER);
    const made = await store.insert(ctx, {
      id,
      accountId,
      secretHash: hashSecret(secret),
      sourceAddress: plainAddress(request.sourceAddress),
      userAgent: request.userAgent,
      expiresAt: ctx.later(SESSION_SECONDS),
    });
    await store.noteUseOfAddress(ctx, accountId);
    ctx.audit(Session, {
      after: made,
      target: ofAccount(accountId),
      ...(ended.length > 0 ? { details: { ended } } : {}),
    });
    return {
      tenantId,
      accountId,
      sessionId: id,
      displayName: account.displayName,
      region: place.region.code,
      expiresAt: made.expiresAt,
    };
  });
  if (!session) throw signInFailed();
  return { session, secret };
}

/**
 * Ends the sessions that the browser held here: what stood in it before a sign-in opens nothing afterwards (P10).
 *
 * @returns the regions whose cookies it holds
 */
async function endReplaced({ platform, request, cookies = {} }: PlatformContext): Promise<string[]> {
  const held = [...platform.regions.keys()].filter((region) => cookies[cookieName(region)]);
  for (const region of held) {
    const secret = cookies[cookieName(region)] ?? '';
    const tenantId = parseSessionSecret(secret)?.tenantId;
    const place = tenantId && (await platform.locate(tenantId).catch(() => undefined));
    if (!tenantId || !place) continue;
    const actor: Actor = { kind: 'system', id: null, credentialId: null, door: 'console' };
    await enterTenant({ platform, place, tenantId, actor, request }, async (ctx) => {
      const live = await store.liveBySecret(ctx, hashSecret(secret));
      if (!live) return;
      const { id, accountId } = live;
      await store.end(ctx, accountId, id);
      ctx.record(
        entryOf(Session, 'sessions.end-current', { target: ofAccount(accountId), details: { ended: [id] } }),
        atConsole(accountId, id),
      );
    });
  }
  return held;
}
