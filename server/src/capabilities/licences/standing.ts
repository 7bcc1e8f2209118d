import type { TenantContext } from '../../kernel/context.ts';
import { notOver, over } from './grace.ts';
import * as metering from './metering-store.ts';
import * as store from './store.ts';
import { type Allowance, allowances } from './terms.ts';

/** How a tenant stands by its licences: what is used of what is allowed, and what follows. */

const DAY_MS = 86_400_000;

export interface Limit {
  of: 'users' | 'transactions';
  product: Allowance['product'];
  licence: { id: string; name: string } | null;
  limit: number;
  used: number;
  enforcement: 'soft' | 'hard';
  state: 'within' | 'near' | 'reached' | 'grace' | 'refusing';
  refusesFrom: Date | null;
}

const isNear = (used: number, limit: number) => used * 100 >= limit * 80;
const accounts = (count: number) => (count === 1 ? '1 account' : `${count.toLocaleString('en')} accounts`);
const transactions = (count: number) => (count === 1 ? '1 transaction' : `${count.toLocaleString('en')} transactions`);
const named = (names: string[]) => names.map((name) => `"${name}"`).join(', ');

/** @param counted the users, where they were counted; else they are counted only where they are limited */
export async function standingOf(ctx: TenantContext, counted?: number) {
  const terms = await store.allSubscriptions(ctx);
  const licences = await store.allLicences(ctx);
  const called = (code: string) =>
    named(
      licences
        .filter(({ id }) =>
          terms.some((t) => t.licenceId === id && t.tiers.some(({ product }) => product.code === code)),
        )
        .map(({ name }) => name),
    );
  const ofUsers = allowances(terms, 'userLimit', ctx.now);
  const isLimited = ofUsers.some(({ limit, isOver }) => limit !== null && !isOver);
  const users = counted ?? (isLimited ? await metering.countUsers(ctx) : undefined);
  const limits = users === undefined ? [] : usersLimited(ofUsers, users);
  const ofTransactions = await transactionsLimited(ctx, { terms, licences });
  const hadTerms = ofUsers.length > 0 || (await metering.hadTerms(ctx));
  const seats = seatsOf(ctx, ofUsers, { called, hadTerms });
  return {
    terms,
    licences,
    users,
    seats,
    hadTerms,
    limits: [...limits, ...ofTransactions.limits],
    refusals: ofTransactions.refusals,
    overs: ofTransactions.overs,
  };
}
export type Standing = Awaited<ReturnType<typeof standingOf>>;

const usersLimited = (allowed: Allowance[], used: number): Limit[] =>
  allowed.flatMap(({ product, limit, enforcement, isOver }) =>
    limit === null || isOver
      ? []
      : [
          {
            of: 'users',
            product,
            licence: null,
            limit,
            used,
            enforcement,
            state:
              used >= limit
                ? enforcement === 'hard'
                  ? 'refusing'
                  : 'reached'
                : isNear(used, limit)
                  ? 'near'
                  : 'within',
            refusesFrom: null,
          },
        ],
  );

/** The hard limit that decides, of all products in force. When all are over nobody comes in by a hard one. */
function seatsOf(
  { platform }: TenantContext,
  allowed: Allowance[],
  { called, hadTerms }: { called: (code: string) => string; hadTerms: boolean },
): { count: number; reason: string; product: string | null } | undefined {
  const inForce = allowed.filter(({ isOver }) => !isOver);
  if (inForce.length > 0) {
    const [least] = inForce
      .filter(({ enforcement, limit }) => enforcement === 'hard' && limit !== null)
      .sort((a, b) => (a.limit as number) - (b.limit as number));
    if (!least) return undefined;
    const { product, limit } = least;
    return {
      product: product.code,
      count: limit as number,
      reason: `The licence ${called(product.code)} allows ${accounts(limit as number)} for ${product.name}, and all seats are taken. Disable or delete accounts that are not needed, or add to the licence.`,
    };
  }
  const over = allowed.find(({ enforcement }) => enforcement === 'hard');
  if (over)
    return {
      product: over.product.code,
      count: 0,
      reason: `The licence ${called(over.product.code)} is over, so no account is added or enabled. Renew the licence; those who are there go on.`,
    };
  if (platform.config.licences.isRequired && hadTerms && allowed.length === 0)
    return {
      product: null,
      count: 0,
      reason:
        'This tenant has no licence any more that has begun, so no account is added or enabled. Add a licence with a subscription.',
    };
  return undefined;
}

async function transactionsLimited(
  ctx: TenantContext,
  { terms, licences }: { terms: store.SubscriptionRow[]; licences: { id: string; name: string }[] },
) {
  const limits: Limit[] = [];
  const refusals: { namespaceId: string; licence: { id: string; name: string }; reason: string }[] = [];
  const used = await metering.transactionsByLicence(ctx);
  const before = await metering.standings(ctx);
  let overs = before;
  const namespaces = await store.namespacesOf(
    ctx,
    licences.map(({ id }) => id),
  );
  for (const licence of licences) {
    const allowed = allowances(
      terms.filter(({ licenceId }) => licenceId === licence.id),
      'transactionLimit',
      ctx.now,
    );
    const count = used.get(licence.id) ?? 0;
    for (const { limit, ...rest } of allowed) {
      if (rest.isOver) continue;
      const key = { licenceId: licence.id, product: rest.product.code };
      const isIts = (each: metering.Standing) => each.licenceId === key.licenceId && each.product === key.product;
      const own = before.filter(isIts);
      const now = limit === null || count < limit ? notOver(own) : over(own, limit, ctx.now);
      overs = [...overs.filter((each) => !isIts(each)), ...now.map((each) => ({ ...each, ...key }))];
      if (limit === null) continue;
      const overSince = now.find(({ isNow }) => isNow)?.since;
      limits.push({ licence, ...limitOf(ctx, { limit, ...rest }, { used: count, overSince }) });
    }
    const reason = reasonOf(ctx, licence, { allowed, limits: limits.filter((each) => each.licence === licence) });
    if (reason !== undefined)
      for (const { licenceId, id } of namespaces)
        if (licenceId === licence.id) refusals.push({ namespaceId: id, licence, reason });
  }
  return { limits, refusals, overs: { before, now: overs } };
}

function limitOf(
  { now }: TenantContext,
  { product, limit, enforcement, graceDays }: Allowance & { limit: number },
  { used, overSince }: { used: number; overSince: Date | undefined },
): Omit<Limit, 'licence'> {
  const refusesFrom = overSince && enforcement === 'hard' ? new Date(overSince.getTime() + graceDays * DAY_MS) : null;
  const state = !overSince
    ? isNear(used, limit)
      ? 'near'
      : 'within'
    : refusesFrom === null
      ? 'reached'
      : refusesFrom > now
        ? 'grace'
        : 'refusing';
  return { of: 'transactions', product, limit, used, enforcement, state, refusesFrom };
}

function reasonOf(
  { platform, now }: TenantContext,
  { name }: { name: string },
  { allowed, limits }: { allowed: Allowance[]; limits: Limit[] },
): string | undefined {
  const refusing = limits.find(({ state }) => state === 'refusing');
  if (refusing)
    return `The licence "${name}" allows ${transactions(refusing.limit)} of ${refusing.product.name} a month, and they are used up. It goes on from ${nextMonth(now)} (UTC), or as soon as the licence allows more.`;
  if (allowed.some(({ isOver }) => !isOver)) return undefined;
  if (allowed.some(({ enforcement }) => enforcement === 'hard')) return `The licence "${name}" is over. Renew it.`;
  return platform.config.licences.isRequired
    ? `The licence "${name}" has nothing in force, and this platform asks for it. Add a subscription.`
    : undefined;
}

/** Its first day. */
const nextMonth = (at: Date) => metering.dayOf(new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)));

/** Writes down since when licences are over their transactions. */
export async function noteStandings(ctx: TenantContext, { overs: { before, now } }: Standing): Promise<void> {
  const written = (all: metering.Standing[]) => all.map((each) => JSON.stringify(Object.entries(each).sort())).sort();
  if (written(before).join() !== written(now).join()) await metering.keepStandings(ctx, now);
}
