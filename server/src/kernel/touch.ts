import type { Claim, Identity } from './authenticate.ts';
import { Unit } from './database/pool.ts';
import type { Place, Platform } from './regions.ts';

const underWay = new Set<string>();

/** Notes that a credential or session was used: once a minute at most, beside the request, without entry or version. */
export function noteUse(platform: Platform, place: Place, claim: Claim, { actor, now }: Identity): void {
  const id = actor.credentialId;
  if (!id || claim.kind === 'operator' || underWay.has(id)) return;
  underWay.add(id);
  write(place, claim, id, now)
    .catch((error) => platform.log.warn({ err: error }, 'a last use could not be noted'))
    .finally(() => underWay.delete(id));
}

async function write(place: Place, claim: Exclude<Claim, { kind: 'operator' }>, id: string, now: Date) {
  const { unit } = await Unit.open(place.cell, claim.tenantId);
  try {
    if (claim.kind === 'session')
      await unit.db.updateTable('sessions').set({ lastSeenAt: now }).where('id', '=', id).execute();
    else await unit.db.updateTable('credentials').set({ lastUsedAt: now }).where('id', '=', id).execute();
    await unit.commit();
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}
