import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import type { ActQuery } from './schema.ts';
import * as store from './store.ts';
import { atOther } from './telling.ts';

/**
 * Twin audit (P31): the kernel writes each act of a partner's person beside the customer's entry, in its transaction. From
 * there it is told to the partner, without anything of the customer's but the kind of act, and matched by the entry's id.
 */

/** Of each side, the newest so many are compared. */
const COMPARED = 10_000;

/** A job of the customer: the partner hears of the acts that it is not known to have. */
export async function tellActs(ctx: TenantContext, { delegationId }: { delegationId: string }): Promise<void> {
  const row = await store.findAny(ctx, delegationId);
  const acts = await store.outstandingActs(ctx, delegationId);
  if (acts.length === 0) return;
  const there = await atOther(ctx, row.otherTenantId, async (partner) => {
    for (const act of acts) await recordTwin(partner, ctx.tenantId, act);
    return true;
  });
  if (!there) throw new Error('the partner does not answer; its acts are told again');
  await store.noteTwins(
    ctx,
    acts.map(({ entryId }) => entryId),
  );
  ctx.enqueue('delegations.tell-acts', { delegationId });
}

async function recordTwin(ctx: TenantContext, customerTenantId: string, act: store.ActRow): Promise<void> {
  if (!(await store.insertTwin(ctx, act))) return;
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
    await store.listActs(ctx, id, query),
    await store.countActs(ctx, id),
    await store.actIds(ctx, id, COMPARED),
  ];
  // Before the customer let anybody in there is nothing to compare, nor to tell of whether it is there (P4).
  const there = row.permissions
    ? await atOther(ctx, row.otherTenantId, (other) => store.actIds(other, id, COMPARED)).catch(() => undefined)
    : undefined;
  const only = (some: string[], others: string[]) => {
    const known = new Set(others);
    return some.filter((each) => !known.has(each)).length;
  };
  const missingHere = there ? only(there, here) : null;
  const missingThere = there ? only(here, there) : null;
  return {
    missingHere,
    missingThere,
    agrees: there ? missingHere === 0 && missingThere === 0 : null,
    ...counts,
    ...found,
  };
}
