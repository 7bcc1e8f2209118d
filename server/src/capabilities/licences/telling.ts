import type { TenantContext } from '../../kernel/context.ts';
import { untilThen } from '../../kernel/expiry.ts';
import { principalsFor } from '../access/service.ts';
import { dayOf, monthOf, notTold } from './metering-store.ts';
import type { Limit, Standing } from './standing.ts';
import { graceEndOf } from './terms.ts';

/** Whoever may see licences is told of what comes near and of what is over, once each. */

const MOST_TOLD = 50;
/** At once; of more it is told how many. */
const MOST_TEXTS = 20;
const DAY_MS = 86_400_000;
const TOLD_DAYS = [0, 1, 7, 30];

export async function tell(ctx: TenantContext, standing: Standing): Promise<void> {
  const all = [...standing.limits.flatMap((limit) => ofLimit(ctx, limit)), ...ofEnds(ctx, standing)];
  if (all.length === 0) return;
  const first = await notTold(
    ctx,
    all.map(({ about }) => about),
  );
  const texts = all.flatMap(({ about, text }) => (text !== null && first.has(about) ? [text] : []));
  const left = texts.splice(MOST_TEXTS).length;
  if (left > 0) texts.push(`${left} more limits and ends of licences are near or reached. See them in the licences.`);
  if (texts.length === 0) return;
  const may = { permission: 'licences.view', namespaceId: null };
  const { items } = await principalsFor(ctx, may, ['account'], { limit: MOST_TOLD });
  for (const text of texts) {
    const notice = { kind: 'licence' as const, text, target: { kind: 'licences', id: ctx.tenantId } };
    if (items.length === 0) ctx.notify({ to: 'owners', ...notice });
    for (const { id } of items) ctx.notify({ to: { accountId: id }, ...notice });
  }
}

const WHAT = {
  users: (used: string, limit: string) => `${used} of ${limit} accounts`,
  transactions: (used: string, limit: string) => `${used} of ${limit} transactions of this month`,
};

/** What is told once; where there is no text it counts as told, since more is told than that. */
interface Telling {
  about: string;
  text: string | null;
}

function ofLimit(ctx: TenantContext, each: Limit): Telling[] {
  const { of, product, licence, limit, used, state } = each;
  if (state === 'within') return [];
  const about = [of, licence?.id ?? '', product.code, of === 'transactions' ? monthOf(ctx.now) : '', limit].join(':');
  const what = WHAT[of](used.toLocaleString('en'), limit.toLocaleString('en'));
  const by = licence ? `${product.name} (licence "${licence.name}")` : product.name;
  if (state === 'near') return [{ about: `${about}:80`, text: `${by}: ${what} are used, which is 80 % or more.` }];
  const all: Telling[] = [{ about: `${about}:80`, text: null }];
  const isRefusing = of === 'transactions' && state === 'refusing';
  if (isRefusing)
    all.push({
      about: `${about}:refusing`,
      text: `${by}: ${what} are used, and gateways refuse now, until the month is over or the licence is added to.`,
    });
  all.push({
    about: `${about}:100`,
    text: isRefusing ? null : `${by}: ${what} are used, which is all. ${afterwards(ctx, each)}`,
  });
  return all;
}

function afterwards({ now }: TenantContext, { of, enforcement, refusesFrom }: Limit): string {
  if (of === 'users' && enforcement === 'hard')
    return 'No account is added or enabled any more; those who are there go on.';
  if (!refusesFrom) return 'Everything goes on; add to the licence.';
  return monthOf(refusesFrom) > monthOf(now)
    ? 'Gateways go on: the month is over before the days of grace are.'
    : `Gateways go on until ${dayOf(refusesFrom)}, then refuse until the month is over.`;
}

function ofEnds(ctx: TenantContext, { terms, licences }: Standing): Telling[] {
  const all: Telling[] = [];
  for (const term of terms) {
    const { id, licenceId, number, activeThrough, autoRenew } = term;
    if (autoRenew || term.activeFrom > ctx.now) continue;
    const left = activeThrough.getTime() - ctx.now.getTime();
    const passed = TOLD_DAYS.filter((days) => left <= days * DAY_MS);
    const [next, ...earlier] = passed;
    if (next === undefined) continue;
    const about = `end:${id}:${activeThrough.toISOString()}`;
    all.push(...earlier.map((days) => ({ about: `${about}:${days}`, text: null })));
    const name = licences.find((licence) => licence.id === licenceId)?.name ?? '';
    const grace = graceEndOf(term);
    const text =
      left > 0
        ? `Subscription ${number} of the licence "${name}" is over ${untilThen(ctx, activeThrough)}.`
        : `Subscription ${number} of the licence "${name}" is over. ${grace > ctx.now ? `It stays in force until ${dayOf(grace)}.` : 'Renew it.'}`;
    all.push({ about: `${about}:${next}`, text });
  }
  return all;
}
