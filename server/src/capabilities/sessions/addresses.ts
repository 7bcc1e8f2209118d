import type { Place, Platform } from '../../kernel/regions.ts';
import { fingerprint } from '../../kernel/secrets.ts';
import * as store from './store.ts';

/** The key by which sign-in finds an address, without telling it. */
export const addressFingerprint = (platform: Platform, canonical: string): Buffer =>
  fingerprint(platform.fingerprintKey, 'sign-in', canonical);

export const everyCell = (platform: Platform): Place[] =>
  [...platform.regions.values()].flatMap((region) =>
    region.cells.map((cell, cellIndex) => ({ region, cell, cellIndex })),
  );

/**
 * The accounts that an address may open here, of one tenant or of all, the most recently used first: so many of each cell
 * at most. Without `isComplete` a cell did not answer.
 */
export async function accountsOfAddress(
  platform: Platform,
  canonical: string,
  tenantId: string | undefined,
  limit: number,
) {
  const key = addressFingerprint(platform, canonical);
  const answers = await Promise.allSettled(
    everyCell(platform).map(async (place) =>
      (await store.placesOf(place.cell, key, tenantId, limit)).map((found) => ({ ...found, place })),
    ),
  );
  return {
    found: answers
      .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
      .sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime()),
    isComplete: answers.every(({ status }) => status === 'fulfilled'),
  };
}
