import type { z } from 'zod';
import { systemIdentity } from '../../kernel/authenticate.ts';
import { canonicalEmail } from '../../kernel/canonical.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { passages } from '../../kernel/doors.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { countGuess, forgiveGuess, type GuessLimit, networkOf, requireGuessesLeft } from '../../kernel/guesses.ts';
import { noteWrongPassword, verifyPassword } from '../../kernel/hashing.ts';
import { newId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { invalid, unavailable } from '../../kernel/problem.ts';
import { recordRefusal } from '../../kernel/refusals.ts';
import type { Place, Platform } from '../../kernel/regions.ts';
import { accountsOfAddress, everyCell } from './addresses.ts';
import { atConsole, type Entered, enter, ofAccount, replyOf, signInFailed } from './entry.ts';
import type { SignIn } from './schema.ts';
import * as store from './store.ts';

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

/** The accounts that an address may open here, the most recently used first; as much is read when there are none. */
async function candidatesOf(platform: Platform, address: string, network: string, tenantId: string | undefined) {
  const { found, isComplete } = await accountsOfAddress(platform, address, tenantId, HASHES);
  const read = await Promise.all(
    Array.from({ length: HASHES }, async (_, at): Promise<Candidate | undefined> => {
      const { place, tenantId, accountId } = found[at] ?? {
        place: everyCell(platform)[0] as Place,
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
    isComplete,
  };
}

/**
 * Those candidates that the password opens. Computes as many hashes for none as for three. Turns are the domain's, known
 * or not, so that guesses at the people of one organisation wait for each other.
 */
async function openedBy(password: string, candidates: Candidate[], network: string, domain: string) {
  const matches = await Promise.all(
    Array.from({ length: HASHES }, (_, at) =>
      verifyPassword(network, candidates[at]?.hash ?? undefined, password, domain),
    ),
  );
  return candidates.filter(({ status }, at) => matches[at] && status === 'enabled');
}

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

  const opened = await openedBy(password, candidates, network, email.domain);
  if (opened.length === 0) {
    if (!isComplete) throw unavailable('A database of this region does not answer. Try again.');
    noteWrongPassword(network, email.domain);
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
  return replyOf(await openedInto(ctx, one));
}

/** Enters, if the password is still what was checked. */
async function openedInto({ platform, request }: PlatformContext, candidate: Candidate): Promise<Entered> {
  const { place, tenantId, accountId, hash } = candidate;
  const actor = atConsole(accountId, null);
  const entered = await enterTenant({ platform, place, tenantId, actor, request }, async (ctx) => {
    if ((await store.passwordOf(ctx, accountId)) !== hash) throw signInFailed();
    return enter(ctx, { accountId, method: 'password', hasSecondFactor: false });
  });
  if (!entered) throw signInFailed();
  return entered;
}
