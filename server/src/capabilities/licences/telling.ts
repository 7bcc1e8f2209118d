import type { TenantContext } from '../../kernel/context.ts';
import { untilThen } from '../../kernel/expiry.ts';
import { principalsFor } from '../access/service.ts';
import { dayOf, monthOf, tellsFirst } from './metering-store.ts';
import type { Limit, Standing } from './standing.ts';
import { graceEndOf } from './terms.ts';

/** Whoever may see licences is told of what comes near and of what is over, once each. */

const MOST_TOLD = 50;
const DAY_MS = 86_400_000;
const TOLD_DAYS = [0, 1, 7, 30];

export async function tell(ctx: TenantContext, standing: Standing): Promise<void> {
  const texts: string[] = [];
  for (const limit of standing.limits) texts.push(...(await ofLimit(ctx, limit)));
  texts.push(...(await ofEnds(ctx, standing)));
  if (texts.length === 0) return;
  const may = { permission: 'licences.view', namespaceId: null };
  const { items } = await principalsFor(ctx, may, ['account'], { limit: MOST_TOLD });
  for (const text of texts) {
    const notice = { kind: 'licence', text, target: { kind: 'licences', id: ctx.tenantId } };
    if (items.length === 0) ctx.notify({ to: 'owners', ...notice });
    for (const { id } of items) ctx.notify({ to: { accountId: id }, ...notice });
  }
}

const WHAT = { users: 'accounts', transactions: 'transactions of this month' };

async function ofLimit(ctx: TenantContext, each: Limit): Promise<string[]> {
  const { of, product, licence, limit, used, enforcement, state, refusesFrom } = each;
  if (state === 'within') return [];
  const about = [of, licence?.id ?? '', product.code, of === 'transactions' ? monthOf(ctx.now) : '', limit].join(':');
  const what = `${used.toLocaleString('en')} of ${limit.toLocaleString('en')} ${WHAT[of]}`;
  const by = `${product.name}${licence ? ` (licence "${licence.name}")` : ''}`;
  const texts: string[] = [];
  const isFirst = await tellsFirst(ctx, `${about}:80`);
  if (state === 'near') return isFirst ? [`${by}: ${what} are used, which is 80 % or more.`] : [];
  if (await tellsFirst(ctx, `${about}:100`)) texts.push(`${by}: ${what} are used, which is all. ${afterwards(each)}`);
  if (of === 'transactions' && state === 'refusing' && refusesFrom !== null)
    if (await tellsFirst(ctx, `${about}:refusing`))
      texts.push(`${by}: gateways refuse now, until the month is over or the licence is added to.`);
  return enforcement === 'soft' ? texts.slice(0, 1) : texts;
}

const afterwards = ({ of, enforcement, refusesFrom }: Limit) =>
  enforcement === 'soft'
    ? 'Everything goes on; add to the licence.'
    : of === 'users'
      ? 'No account is added or enabled any more; those who are there go on.'
      : `Gateways go on until ${refusesFrom ? dayOf(refusesFrom) : 'then'}, and then refuse.`;

async function ofEnds(ctx: TenantContext, { terms, licences }: Standing): Promise<string[]> {
  const texts: string[] = [];
  for (const term of terms) {
    const { id, licenceId, number, activeThrough, autoRenew } = term;
    if (autoRenew || term.activeFrom > ctx.now) continue;
    const left = activeThrough.getTime() - ctx.now.getTime();
    const passed = TOLD_DAYS.filter((days) => left <= days * DAY_MS);
    const [next, ...earlier] = passed;
    if (next === undefined) continue;
    const about = `end:${id}:${activeThrough.toISOString()}`;
    if (!(await tellsFirst(ctx, `${about}:${next}`))) continue;
    for (const days of earlier) await tellsFirst(ctx, `${about}:${days}`);
    const name = licences.find((licence) => licence.id === licenceId)?.name ?? '';
    const grace = graceEndOf(term);
    texts.push(
      left > 0
        ? `Subscription ${number} of the licence "${name}" is over ${untilThen(ctx, activeThrough)}.`
        : `Subscription ${number} of the licence "${name}" is over. ${grace > ctx.now ? `It stays in force until ${dayOf(grace)}.` : 'Renew it.'}`,
    );
  }
  return texts;
}
