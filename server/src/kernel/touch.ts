import type { Kysely } from 'kysely';
import type { Claim, Identity } from './authenticate.ts';
import { Unit } from './database/pool.ts';
import type { Tables } from './database/tables.gen.ts';
import type { Place, Platform } from './regions.ts';

const underWay = new Set<string>();

/** Notes that a credential or session was used: once a minute at most, beside the request, without entry or version. */
export function noteUse(platform: Platform, place: Place, claim: Claim, { actor, now }: Identity): void {
  const id = actor.credentialId;
  if (!id || claim.kind === 'operator') return;
  note(platform, place, claim.tenantId, id, (db) =>
    claim.kind === 'session'
      ? db.updateTable('sessions').set({ lastSeenAt: now }).where('id', '=', id).execute()
      : db.updateTable('credentials').set({ lastUsedAt: now }).where('id', '=', id).execute(),
  );
}

/** The same of a guest, in the tenant that it visits. */
export function noteVisit(platform: Platform, place: Place, tenantId: string, { actor, now }: Identity): void {
  const { id } = actor;
  if (id)
    note(platform, place, tenantId, id, (db) =>
      db.updateTable('guests').set({ lastUsedAt: now }).where('id', '=', id).execute(),
    );
}

function note(platform: Platform, place: Place, tenantId: string, id: string, write: (db: Kysely<Tables>) => unknown) {
  if (underWay.has(id)) return;
  underWay.add(id);
  inUnit(place, tenantId, write)
    .catch((error) => platform.log.warn({ err: error }, 'a last use could not be noted'))
    .finally(() => underWay.delete(id));
}

async function inUnit(place: Place, tenantId: string, write: (db: Kysely<Tables>) => unknown): Promise<void> {
  const { unit } = await Unit.open(place.cell, tenantId);
  try {
    await write(unit.db);
    await unit.commit();
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}
