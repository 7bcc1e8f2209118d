import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { notFound } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import { namesOf } from './activations.ts';
import * as acts from './acts-store.ts';
import type { ToldActs } from './messages.ts';
import type { ActQuery } from './schema.ts';
import * as store from './store.ts';
import { heardFrom, sayToOther } from './telling.ts';

/**
 * Twin audit (P31): the kernel writes each act of a partner's person beside the customer's entry, in its transaction. From
 * there it is told to the partner, without anything of the customer's but the kind of act, and matched by the entry's id.
 */

/** A job of the customer: the partner hears of the acts that it is not known to have. */
export async function tellActs(ctx: TenantContext, { delegationId }: { delegationId: string }): Promise<void> {
  const row = await store.findAny(ctx, delegationId);
  const outstanding = await acts.outstandingActs(ctx, delegationId);
  if (outstanding.length === 0) return;
  const said = { requestId: ctx.request.id, delegationId, acts: outstanding };
  if (!(await sayToOther(ctx, row, 'delegation-acts', said)))
    throw new Error('the partner is not there; its acts are told again');
  await acts.noteTwins(
    ctx,
    outstanding.map(({ entryId }) => entryId),
  );
  ctx.enqueue('delegations.tell-acts', { delegationId });
}

/** A customer says what people of this partner did. @returns whether there is such a partner */
export async function hearActs(platform: Platform, from: string, said: ToldActs): Promise<boolean | undefined> {
  return heardFrom(platform, from, said, async (ctx) => {
    const row = await store.findAny(ctx, said.delegationId);
    if (row.otherTenantId !== said.of || row.side !== 'partner') throw notFound('delegation');
    for (const act of said.acts) await recordTwin(ctx, said.of, { delegationId: said.delegationId, ...act });
    return true;
  });
}

async function recordTwin(ctx: TenantContext, customerTenantId: string, act: acts.ActRow): Promise<void> {
  if (!(await acts.insertTwin(ctx, act))) return;
  const { entryId, delegationId, homeAccountId, action, at } = act;
  ctx.record(
    {
      id: newId(),
      action: 'delegations.act',
      targetKind: 'tenant',
      targetId: customerTenantId,
      targetName: null,
      outcome: 'success',
      changes: { details: { action, entryId, delegationId, at } },
      personal: null,
      subjectId: null,
    },
    { kind: 'account', id: homeAccountId, credentialId: null, door: 'partner' },
  );
}

/** What was done by a delegation, and whether both sides have the same acts, one to one. */
export async function reportActs(ctx: TenantContext, id: string, query: z.output<typeof ActQuery>) {
  const row = await store.findAny(ctx, id);
  const [found, counts, here] = [
    await acts.listActs(ctx, id, query),
    await acts.countActs(ctx, id),
    await acts.actIds(ctx, id),
  ];
  // Before the customer let anybody in there is nothing to compare, nor to tell of whether it is there (P4).
  const there = row.permissions
    ? await sayToOther<{ id: string }[]>(ctx, row, 'delegation-act-ids', { ids: [id] }).catch(() => undefined)
    : undefined;
  const only = (some: string[], others: string[]) => {
    const known = new Set(others);
    return some.filter((each) => !known.has(each)).length;
  };
  const thereIds = there?.map((act) => act.id);
  const missingHere = thereIds ? only(thereIds, here) : null;
  const missingThere = thereIds ? only(here, thereIds) : null;
  const people = await namesOf(
    ctx,
    row,
    found.items.map(({ homeAccountId }) => homeAccountId),
  );
  return {
    missingHere,
    missingThere,
    agrees: there ? missingHere === 0 && missingThere === 0 : null,
    ...counts,
    ...found,
    items: found.items.map((act) => ({ ...act, displayName: people.get(act.homeAccountId)?.displayName ?? null })),
  };
}
