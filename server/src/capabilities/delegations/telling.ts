import { isDelegable, isPermission } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { answererOf, type Prepared, Unit } from '../../kernel/database/pool.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { eachOf, groupBy } from '../../kernel/lists.ts';
import { tooMany } from '../../kernel/problem.ts';
import { requireTenantOf, sayToTenant } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import { endHere, scheduleEnd } from './ending.ts';
import { type Between, ToldActivation, ToldDelegation } from './messages.ts';
import { Delegation, REQUEST_SECONDS } from './schema.ts';
import * as store from './store.ts';

/**
 * What one side tells the other: its row, as it is. Neither waits for the other: what a side consents to or ends counts
 * by its own row, with the next request.
 */

/** So many requests wait for a customer at once, and from one partner. What is beyond waits at the partner. */
const MOST_WAITING = 500;
const MOST_OF_ONE = 20;

/** Has the other side hear of the row as it is when it is told. */
export const tellSoon = (ctx: TenantContext, { id }: { id: string }): void => {
  ctx.enqueue('delegations.tell', { id });
};

type Other = Pick<store.DelegationRow, 'otherTenantId' | 'otherRegion'>;

/**
 * Has the other side hear before this is answered, so that it can act on the answer at once. While it cannot be reached a
 * job tells it.
 */
export function tellAtOnce(ctx: TenantContext, kind: 'delegations.tell' | 'delegations.tell-activation', id: string) {
  const say = kind === 'delegations.tell' ? sayDelegation : sayActivation;
  const tell = async () => {
    const speak = await ctx.again((later) => say(later, id));
    await speak?.();
  };
  ctx.enqueue(kind, { id });
  ctx.afterwards(() => tell().catch(() => undefined));
}

/**
 * Says something to the other side.
 *
 * @returns undefined when there is no such tenant
 * @throws {Problem} 503 when its region gives no answer
 */
export const sayToOther = <T>(
  ctx: TenantContext,
  { otherTenantId, otherRegion }: Other,
  kind: string,
  said: object,
): Promise<T | undefined> => sayToTenant<T>(ctx, { tenantId: otherTenantId, region: otherRegion }, kind, said);

/** Does what the other side said, in the tenant that it spoke to. @returns undefined when there is none */
export async function heardFrom<T>(
  platform: Platform,
  from: string,
  { of, to, requestId }: Between & { requestId: string },
  work: (ctx: TenantContext) => Promise<T>,
): Promise<T | undefined> {
  await requireTenantOf(platform, from, of);
  const place = await platform.locateHere(to);
  if (!place) return undefined;
  const request = { id: requestId, action: 'delegations.follow', sourceAddress: null, userAgent: null, ifMatch: '*' };
  const actor = { kind: 'system' as const, id: null, credentialId: null, door: 'job' as const };
  return enterTenant({ platform, place, tenantId: to, actor, request }, work);
}

/** What questions of the other side find, asked one after another. Nothing of what is not here. */
export async function answersTo<Rows extends unknown[]>(
  platform: Platform,
  from: string,
  { of, to }: Between,
  questions: { [At in keyof Rows]: Prepared },
): Promise<{ [At in keyof Rows]: Rows[At][] }> {
  await requireTenantOf(platform, from, of);
  const place = await platform.locateHere(to);
  const { unit, rows } = place
    ? await Unit.open(answererOf(place.cell), to, questions, 'write')
    : { unit: undefined, rows: questions.map(() => []) };
  await unit?.rollback();
  return rows as { [At in keyof Rows]: Rows[At][] };
}

/** Answers a question of the other side. */
export const answering =
  <Asked extends Between, Row = unknown>(question: (asked: Asked) => Prepared) =>
  async (platform: Platform, from: string, asked: Asked): Promise<Row[]> =>
    (await answersTo<[Row]>(platform, from, asked, [question(asked)]))[0];

async function sayDelegation(ctx: TenantContext, id: string) {
  const row = await store.findIfAny(ctx, id);
  if (!row) return undefined;
  const said = ToldDelegation.shape.row.parse(row); // leaves out the words of this side
  return () => sayToOther(ctx, row, 'delegation', { requestId: ctx.request.id, row: said });
}

async function sayActivation(ctx: TenantContext, id: string) {
  const told = await store.findActivation(ctx, id);
  const row = await store.find(ctx, told.delegationId);
  const activation = ToldActivation.shape.activation.parse(told); // without the reason, which stays at home
  return () => sayToOther(ctx, row, 'activation', { requestId: ctx.request.id, activation });
}

/** A job: the other side hears what this one has. */
export async function tell(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  await (await sayDelegation(ctx, id))?.();
}

/** A job: the other side hears of an activation as it is. */
export async function tellActivation(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  await (await sayActivation(ctx, id))();
}

/** The other side says what it has. */
export async function hearDelegation(platform: Platform, from: string, said: ToldDelegation): Promise<void> {
  await heardFrom(platform, from, said, (ctx) => hear(ctx, { tenantId: said.of, region: from }, said.row));
}

type Told = ToldDelegation['row'];
interface Teller {
  tenantId: string;
  region: string;
}

async function hear(ctx: TenantContext, teller: Teller, told: Told): Promise<void> {
  if (told.renews && told.state === 'active') await store.holdConsents(ctx, [told.id, told.renews]); // in one order
  const own = await store.lockIfAny(ctx, told.id);
  if (!own) return told.side === 'partner' ? receive(ctx, teller, told) : undefined;
  if (own.otherTenantId !== teller.tenantId || own.side === told.side) return;
  if (own.state === 'ended' || own.state === 'refused') return;
  // Decided in time, and heard of after that.
  if (own.state === 'expired' && !(told.decidedAt && told.decidedAt <= own.requestEndsAt)) return;
  // Of one whose time is over nobody said yet that it ended.
  if (told.state === 'ended') return endHere(ctx, own, told.endedBy ?? 'time');
  if (told.side === 'partner' || told.state === own.state) return;
  const { permissions, needsActivation, endsAt, decidedAt } = told;
  const state = told.state === 'active' ? 'active' : 'refused';
  const after = await store.update(ctx, own.id, {
    state,
    permissions,
    needsActivation,
    endsAt,
    decidedAt,
    otherRegion: teller.region,
  });
  if (after.renews && state === 'active') {
    const renewed = await store.lockIfAny(ctx, after.renews);
    if (renewed?.state === 'active')
      await store.update(ctx, renewed.id, { state: 'ended', endedAt: ctx.now, endedBy: 'customer' });
  }
  if (state === 'active' && endsAt) scheduleEnd(ctx, own.id, endsAt);
  ctx.audit(Delegation, { before: own, after, action: 'delegations.follow' });
  ctx.notify({
    kind: `delegation-${state}`,
    text:
      state === 'active'
        ? 'A customer let your group in. It is in the list of tenants of its members.'
        : 'A customer refused a request for access.',
    to: 'owners',
    target: { kind: 'delegation', id: own.id },
  });
}

export const earlier = (one: Date, other: Date) => (one < other ? one : other);

/** A request arrives at the customer. @throws {Problem} 429 when too many wait, so that it is told again later */
async function receive(ctx: TenantContext, teller: Teller, told: Told): Promise<void> {
  if (told.state !== 'requested' || teller.tenantId === ctx.tenantId) return;
  if (!told.askedPermissions.every((name) => isPermission(name) && isDelegable(name))) return;
  if (
    (await store.countRequests(ctx, 'customer')) >= MOST_WAITING ||
    (await store.countRequests(ctx, 'customer', teller.tenantId)) >= MOST_OF_ONE
  )
    throw tooMany('Too many requests wait for this customer; it is told again later.', 3600);
  // Not held: the customer decided about it before the partner could ask to renew it, and decides that once.
  const renewed = told.renews ? await store.findIfAny(ctx, told.renews) : undefined;
  const made = await store.insert(ctx, {
    ...told,
    requestEndsAt: earlier(told.requestEndsAt, ctx.later(REQUEST_SECONDS)),
    // What the customer set stays unless it says otherwise.
    needsActivation: renewed?.otherTenantId === teller.tenantId && renewed.needsActivation,
    // What the partner says, and who asked, stays with it.
    purpose: null,
    askedNamespaces: null,
    requestedBy: null,
    reason: null,
    state: 'requested',
    side: 'customer',
    otherTenantId: teller.tenantId,
    otherRegion: teller.region,
    groupId: null,
    endedAt: null,
  });
  ctx.audit(Delegation, { after: made, action: 'delegations.receive' });
  ctx.notify({
    kind: 'delegation-requested',
    text: 'A partner asks to be let in. Look at what it asks for before you approve it.',
    to: 'owners',
    target: { kind: 'delegation', id: made.id },
  });
}

const ASKED_AT_ONCE = 10;

/** Asks the other tenants of some rows, each once; what does not answer is missing. */
export async function askOthers<Row extends { id: string }>(
  ctx: TenantContext,
  rows: (Other & { id: string })[],
  kind: 'delegation-words' | 'activation-words',
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  const byTenant = groupBy(rows, ({ otherTenantId }) => otherTenantId);
  await eachOf(byTenant.values(), ASKED_AT_ONCE, async (ofOne) => {
    const ids = ofOne.map(({ id }) => id);
    const answers = await sayToOther<Row[]>(ctx, ofOne[0], kind, { ids }).catch(() => undefined);
    for (const row of answers ?? []) found.set(row.id, row);
  });
  return found;
}

/**
 * What the other side of each says of itself and of what it asked or answered; asked there and kept nowhere. A customer says
 * nothing of what it has not decided, and is not asked: whether it is there is not told by the time that it takes (P4).
 */
export const toldBy = (ctx: TenantContext, rows: (Other & Pick<store.DelegationRow, 'id' | 'side' | 'decidedAt'>)[]) =>
  askOthers<store.Told>(
    ctx,
    rows.filter(({ side, decidedAt }) => side === 'customer' || decidedAt !== null),
    'delegation-words',
  );
