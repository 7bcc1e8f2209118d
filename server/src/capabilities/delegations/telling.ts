import type { TenantContext } from '../../kernel/context.ts';
import { type Prepared, Unit } from '../../kernel/database/pool.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { Problem } from '../../kernel/problem.ts';
import { endHere } from './ending.ts';
import { Delegation } from './schema.ts';
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

/**
 * Opens the other tenant for a job of this one.
 *
 * @returns undefined when there is no such tenant; the caller cannot tell one that never was
 */
export async function atOther<T>(
  { platform, request }: TenantContext,
  otherTenantId: string,
  work: (other: TenantContext) => Promise<T>,
): Promise<T | undefined> {
  const place = await platform.locate(otherTenantId).catch((error) => {
    if (error instanceof Problem && error.status === 421) return undefined;
    throw error;
  });
  if (!place) return undefined;
  const actor = { kind: 'system' as const, id: null, credentialId: null, door: 'job' as const };
  return enterTenant({ platform, place, tenantId: otherTenantId, actor, request }, work);
}

/** A job: the other side hears what this one has. */
export async function tell(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const row = await store.find(ctx, id).catch(() => undefined);
  if (!row) return;
  await atOther(ctx, row.otherTenantId, (other) => hear(other, ctx.tenantId, row));
}

async function hear(ctx: TenantContext, fromTenantId: string, told: store.DelegationRow): Promise<void> {
  const own = await store.lockIfAny(ctx, told.id);
  if (!own) return told.side === 'partner' ? receive(ctx, fromTenantId, told) : undefined;
  if (own.otherTenantId !== fromTenantId || own.side === told.side) return;
  if (own.state === 'ended' || own.state === 'refused' || own.state === 'expired') return;
  if (told.state === 'ended') return endHere(ctx, own, told.endedBy ?? told.side);
  if (told.side === 'partner' || told.state === own.state) return;
  const { permissions, needsActivation, endsAt, decidedAt } = told;
  const state = told.state === 'active' ? 'active' : 'refused';
  const after = await store.update(ctx, own.id, { state, permissions, needsActivation, endsAt, decidedAt });
  if (after.renews && state === 'active') {
    const renewed = await store.lockIfAny(ctx, after.renews);
    if (renewed?.state === 'active')
      await store.update(ctx, renewed.id, { state: 'ended', endedAt: ctx.now, endedBy: 'customer' });
  }
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

/** A request arrives at the customer. @throws when too many wait, so that it is told again later */
async function receive(ctx: TenantContext, fromTenantId: string, told: store.DelegationRow): Promise<void> {
  if (told.state !== 'requested' || fromTenantId === ctx.tenantId) return;
  if (
    (await store.countRequests(ctx, 'customer')) >= MOST_WAITING ||
    (await store.countRequests(ctx, 'customer', fromTenantId)) >= MOST_OF_ONE
  )
    throw new Error('too many requests wait for this customer; told again later');
  const made = await store.insert(ctx, {
    ...told,
    // What the partner says stays with it, and is asked for when somebody looks.
    purpose: null,
    askedNamespaces: null,
    state: 'requested',
    side: 'customer',
    otherTenantId: fromTenantId,
    groupId: null,
    requestedBy: null, // whoever asked stays the partner's matter
  });
  ctx.audit(Delegation, { after: made, action: 'delegations.receive' });
  ctx.notify({
    kind: 'delegation-requested',
    text: 'A partner asks to be let in. Look at what it asks for before you approve it.',
    to: 'owners',
    target: { kind: 'delegation', id: made.id },
  });
}

/** Asks the other tenants of some rows, each once; what does not answer is missing. */
export async function askOthers<Row extends { id: string }>(
  { platform, tenantId }: TenantContext,
  rows: { id: string; otherTenantId: string }[],
  question: (tenantId: string, ids: string[]) => Prepared,
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  const byTenant = new Map<string, string[]>();
  for (const { id, otherTenantId } of rows) byTenant.set(otherTenantId, [...(byTenant.get(otherTenantId) ?? []), id]);
  const waiting = [...byTenant];
  const inTurn = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [otherTenantId, ids] = next;
      const place = await platform.locateHere(otherTenantId).catch(() => undefined);
      if (!place) continue;
      const { unit, rows: answers } = await Unit.open(place.cell, otherTenantId, [question(tenantId, ids)], 'read');
      unit.finishRead();
      for (const row of answers[0] as Row[]) found.set(row.id, row);
    }
  };
  await Promise.all(Array.from({ length: Math.min(10, waiting.length) }, inTurn));
  return found;
}

/** What the other side of each says of itself and of what it asked or answered; asked there and kept nowhere. */
export const toldBy = (ctx: TenantContext, rows: { id: string; otherTenantId: string }[]) =>
  askOthers<store.Told>(ctx, rows, store.sharing);
