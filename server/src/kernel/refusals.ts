import { insertEntry, refusalOf } from './audit.ts';
import type { Identity } from './authenticate.ts';
import { type RequestFacts, TenantContext } from './context.ts';
import { Unit } from './database/pool.ts';
import type { Place, Platform } from './regions.ts';

/**
 * Writes that a known principal was refused: in the actor's tenant, in a transaction of its own, 60 a minute for a
 * principal at most, then one summary.
 */
export async function recordRefusal(
  platform: Platform,
  place: Place,
  tenantId: string,
  identity: Identity,
  action: string,
  target: { kind: string; id: string | null },
  facts: RequestFacts,
) {
  const { actor, now } = identity;
  const { unit } = await Unit.open(place.cell, tenantId);
  try {
    const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000);
    const counted = await unit.db
      .insertInto('refusalCounts')
      .values({ tenantId, principalId: actor.id ?? tenantId, minute, count: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['tenantId', 'principalId', 'minute'])
          .doUpdateSet((eb) => ({ count: eb('refusalCounts.count', '+', 1) })),
      )
      .returning('count')
      .executeTakeFirstOrThrow();
    const frame = {
      tenantId,
      at: now,
      actor,
      onBehalfOf: null,
      requestId: facts.id,
      sourceAddress: facts.sourceAddress,
    };
    if (counted.count <= 60) await unit.commit([insertEntry(refusalOf(action, target), null, frame)]);
    else if (counted.count === 61) {
      const ctx = new TenantContext({ platform, place, tenantId, identity, request: facts, unit });
      await ctx.enqueue(
        'audit.summarise-refusals',
        { principalId: actor.id ?? tenantId, minute: minute.toISOString(), actor },
        new Date(minute.getTime() + 61_000),
      );
      await unit.commit();
    } else await unit.commit();
  } catch (error) {
    await unit.rollback();
    platform.log.error({ err: error, requestId: facts.id }, 'a refusal could not be recorded');
  }
}
