import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, forbidden, notFound, tooMany } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import { whoStandsBehind } from '../credentials/service.ts';
import { askForPeople } from '../effects/service.ts';
import { peopleOf, personOf } from '../visits/service.ts';
import { effectOfDecision } from './looking.ts';
import type { ToldActivation } from './messages.ts';
import { Activation, type ActivationQuery, type NewActivation } from './schema.ts';
import * as store from './store.ts';
import { askOthers, earlier, heardFrom, tellAtOnce } from './telling.ts';

/** Where the customer wants it: each use of a delegation, by one person and for hours, is approved by the customer. */

const MOST_WAITING = 3;
const ownActivation = 'Nobody approves their own use of partner access. Ask another person.';

type Side = Pick<store.DelegationRow, 'otherTenantId' | 'otherRegion'> & { side: string };

/** What accounts of the partner are called: where this is the customer as their home tells it. */
export async function namesOf(ctx: TenantContext, { side, otherTenantId, otherRegion }: Side, accountIds: string[]) {
  if (side === 'partner') return store.peopleHere(ctx, accountIds);
  const homeRegion = otherRegion ?? (await ctx.platform.regionOfTenant(otherTenantId).catch(() => undefined));
  if (!homeRegion) return new Map<string, { displayName: string }>();
  const homes = accountIds.map((homeAccountId) => ({ homeTenantId: otherTenantId, homeRegion, homeAccountId }));
  return peopleOf(ctx, homes);
}

const isOver = ({ state }: store.DelegationRow) => (state === 'active' ? null : `This delegation is ${state}.`);

/** @throws {Problem} 409 `delegation-over` */
function requireStanding(row: store.DelegationRow): void {
  const over = isOver(row);
  if (over) throw conflict('delegation-over', over);
}

/** The accounts at the partner of those who stand behind the caller: nobody approves their own use. */
const ownHomes = async (ctx: TenantContext, { otherTenantId }: store.DelegationRow) =>
  ctx.actor.id ? store.homesOf(ctx, await whoStandsBehind(ctx, ctx.actor.id), otherTenantId) : new Set<string>();

type Asked = Pick<store.ActivationRow, 'id' | 'homeAccountId'>;

interface Told {
  people: ReadonlyMap<string, { displayName: string }>;
  reasons: ReadonlyMap<string, { reason: string }>;
}

const nothingTold: Told = { people: new Map(), reasons: new Map() };

/** Who asks and why, as the partner says; it is asked where this is the customer. */
async function toldOf(ctx: TenantContext, row: store.DelegationRow, activations: readonly Asked[]): Promise<Told> {
  const accountIds = activations.map(({ homeAccountId }) => homeAccountId);
  const people = await namesOf(ctx, row, accountIds);
  if (row.side === 'partner') return { ...nothingTold, people };
  const { otherTenantId, otherRegion } = row;
  const asked = activations.map(({ id }) => ({ id, otherTenantId, otherRegion }));
  return { people, reasons: await askOthers<{ id: string; reason: string }>(ctx, asked, 'activation-words') };
}

async function shown(
  ctx: TenantContext,
  row: store.DelegationRow,
  activations: store.ActivationRow[],
  { people, reasons }: Told,
) {
  const own = row.side === 'customer' ? await ownHomes(ctx, row) : new Set<string>();
  return activations.map((each) => {
    const theirs = row.side === 'customer' ? null : 'The customer decides.';
    return {
      displayName: people.get(each.homeAccountId)?.displayName ?? null,
      actions: actionsOf(ctx, [
        {
          name: 'delegations.approve-activation',
          permission: 'delegations.change',
          blocked:
            theirs ??
            (each.state !== 'requested'
              ? `This is ${each.state}.`
              : own.has(each.homeAccountId)
                ? ownActivation
                : isOver(row)),
        },
        {
          name: 'delegations.refuse-activation',
          permission: 'delegations.change',
          blocked: theirs ?? (each.state === 'requested' || each.state === 'active' ? null : `This is ${each.state}.`),
        },
      ]),
      ...each,
      reason: each.reason ?? reasons.get(each.id)?.reason ?? null,
    };
  });
}

export async function listActivations(ctx: TenantContext, id: string, query: z.output<typeof ActivationQuery>) {
  const row = await store.find(ctx, id);
  const found = await store.listActivations(ctx, id, query);
  return { ...found, items: await shown(ctx, row, found.items, await toldOf(ctx, row, found.items)) };
}

/**
 * A person of the partner's group asks to act in the customer for some hours.
 *
 * @throws {Problem} 404 for who is not in the group; 409 `activation-not-needed`, `delegation-over`; 429 with 3 waiting
 */
export async function askActivation(ctx: TenantContext, id: string, body: z.output<typeof NewActivation>) {
  const row = await store.lock(ctx, id);
  const homeAccountId = personOf(ctx);
  if (row.side !== 'partner' || !(await store.isInGroup(ctx, row.partnerGroupId, homeAccountId)))
    throw notFound('delegation');
  requireStanding(row);
  if (!row.needsActivation)
    throw conflict('activation-not-needed', 'The customer lets your group in without an activation.');
  if ((await store.countWaiting(ctx, id, homeAccountId)) >= MOST_WAITING)
    throw tooMany('You have asked 3 times already. Wait until the customer answers.', 3600);
  const made = await store.insertActivation(ctx, {
    id: newId(),
    delegationId: id,
    homeAccountId,
    askedAt: ctx.now,
    ...body,
  });
  ctx.audit(Activation, { after: { ...made, displayName: null, actions: [] } });
  tellAtOnce(ctx, 'delegations.tell-activation', made.id);
  return (await shown(ctx, row, [made], await toldOf(ctx, row, [made])))[0];
}

/**
 * The customer lets the person act, from now for the hours that were asked, or as long as the delegation stands.
 *
 * @throws {Problem} 403 `own-activation` to the person itself, here as a guest, and to machines of theirs; 409 `activation-decided`,
 *   `delegation-over`
 */
export async function approveActivation(ctx: TenantContext, delegationId: string, id: string) {
  const { row, before, people, told } = await held(ctx, delegationId, id);
  if ((await ownHomes(ctx, row)).has(before.homeAccountId)) throw forbidden('own-activation', ownActivation);
  if (before.state !== 'requested') throw conflict('activation-decided', `This is ${before.state}.`);
  requireStanding(row);
  const effect = await effectOfDecision(ctx, people, row, { useOf: before, isApproved: true });
  const endsAt = earlier(ctx.later(before.hours * 3600), row.endsAt as Date);
  return decide(ctx, { row, before, told }, 'active', endsAt, effect);
}

/** Refuses, or ends what was approved: over with the person's next request. @throws {Problem} 409 `activation-decided` */
export async function refuseActivation(ctx: TenantContext, delegationId: string, id: string) {
  const { row, before, people, told } = await held(ctx, delegationId, id);
  if (before.state !== 'requested' && before.state !== 'active')
    throw conflict('activation-decided', `This is ${before.state}.`);
  if (before.state === 'requested') return decide(ctx, { row, before, told }, 'refused', null);
  const effect = await effectOfDecision(ctx, people, row, { useOf: before, isApproved: false });
  return decide(ctx, { row, before, told }, 'ended', ctx.now, effect);
}

async function held(ctx: TenantContext, delegationId: string, id: string) {
  const row = await store.find(ctx, delegationId);
  const { homeAccountId } = await store.findActivationOf(ctx, delegationId, id);
  if (row.side !== 'customer') throw conflict('not-yours-to-decide', 'The customer decides about this.');
  // The partner is asked before anything is held, for the words of the reply too; one that gives no answer is asked once.
  const people = await askForPeople(ctx, row, { besides: [homeAccountId] });
  const told = people.said ? await toldOf(ctx, row, [{ id, homeAccountId }]) : nothingTold;
  return { row, before: await store.lockActivation(ctx, delegationId, id), people, told };
}

async function decide(
  ctx: TenantContext,
  { row, before, told }: { row: store.DelegationRow; before: store.ActivationRow; told: Told },
  state: 'active' | 'refused' | 'ended',
  endsAt: Date | null,
  effect?: Awaited<ReturnType<typeof effectOfDecision>>,
) {
  const after = await store.updateActivation(ctx, before.id, {
    state,
    endsAt,
    decidedAt: ctx.now,
    decidedBy: ctx.actor.id,
  });
  const quiet = { displayName: null, actions: [] };
  ctx.audit(Activation, {
    before: { ...before, ...quiet },
    after: { ...after, ...quiet },
    ...(effect === undefined ? {} : { details: { effect } }),
  });
  tellAtOnce(ctx, 'delegations.tell-activation', before.id);
  return (await shown(ctx, row, [after], told))[0];
}

/** The other side says how an activation stands. */
export async function hearActivation(platform: Platform, from: string, said: ToldActivation): Promise<void> {
  await heardFrom(platform, from, said, (ctx) => hear(ctx, said.of, said.activation));
}

async function hear(ctx: TenantContext, fromTenantId: string, told: ToldActivation['activation']): Promise<void> {
  const row = await store.lockIfAny(ctx, told.delegationId);
  if (!row || row.otherTenantId !== fromTenantId) return;
  const quiet = { displayName: null, actions: [] };
  const own = await store.lockActivationIfAny(ctx, told.id);
  if (!own) {
    if (row.side !== 'customer' || row.state !== 'active' || told.state !== 'requested') return;
    const { id, delegationId, homeAccountId, hours, askedAt } = told;
    const made = await store.insertActivation(ctx, { id, delegationId, homeAccountId, reason: null, hours, askedAt });
    ctx.audit(Activation, { after: { ...made, ...quiet }, action: 'delegations.receive-activation' });
    ctx.notify({
      kind: 'activation-requested',
      text:
        hours === 1
          ? 'A person of your partner asks to act in this tenant for an hour.'
          : `A person of your partner asks to act in this tenant for ${hours} hours.`,
      to: 'owners',
      target: { kind: 'delegation', id: delegationId },
    });
    return;
  }
  // Of two words about it the older may come last.
  if (own.state === 'refused' || own.state === 'ended') return;
  if (row.side !== 'partner' || own.state === told.state || told.state === 'requested') return;
  const { state, decidedAt, endsAt } = told;
  const after = await store.updateActivation(ctx, own.id, { state, decidedAt, decidedBy: null, endsAt });
  ctx.audit(Activation, {
    before: { ...own, ...quiet },
    after: { ...after, ...quiet },
    action: 'delegations.follow-activation',
  });
  ctx.notify({
    kind: `activation-${state}`,
    text: state === 'active' ? 'The customer approved your activation.' : `Your activation is ${state}.`,
    to: { accountId: own.homeAccountId },
    target: { kind: 'delegation', id: own.delegationId },
  });
}
