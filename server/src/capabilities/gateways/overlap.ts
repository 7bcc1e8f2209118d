import { type KeyTimes, keyThatSigns } from './upstream-token.ts';

/**
 * Which keys of a gateway are published: those that sign within a day of now, before or after, and those whose turn comes.
 * So a new key is known before it signs, and one that signs no more is refused a day later, whatever its certificate
 * allows. Pure.
 */

/**
 * A token lives for 5 minutes at most, a gateway without its region goes by what it has for 15, and upstreams that do as
 * they are told read keys each 5 minutes: a day is for those that read them by night.
 */
export const OVERLAP_SECONDS = 86_400;

export interface PublishedTimes extends KeyTimes {
  /** It was published no more then; it may have signed again since. */
  retiredAt: Date | null;
}

const moved = (at: Date, seconds: number) => new Date(at.getTime() + seconds * 1000);

/** Since when and until when each signs, from a day before to a day after, in order. */
function turnsAround<K extends PublishedTimes>(keys: readonly K[], now: Date) {
  const [begin, end] = [moved(now, -OVERLAP_SECONDS), moved(now, OVERLAP_SECONDS)];
  const changes = keys.flatMap(({ startsAt, signsFrom, expiresAt, retiredAt }) => [
    startsAt,
    signsFrom,
    expiresAt,
    ...(retiredAt ? [retiredAt] : []),
  ]);
  const times = [begin, now, ...changes.filter((at) => at > begin && at < end)].sort(
    (a, b) => a.getTime() - b.getTime(),
  );
  // Of one that was retired then, what its turns say of the time before is not how it was; since then it may have signed.
  const known = (since: Date) => keys.filter(({ retiredAt }) => retiredAt === null || since >= retiredAt);
  return times.map((since, at) => ({
    until: times[at + 1] ?? end,
    key: keyThatSigns(since < now ? known(since) : keys, since),
  }));
}

/** Of those that upstreams are to know, in the order of the keys. */
export function publishedOf<K extends PublishedTimes>(keys: readonly K[], now: Date): K[] {
  const signing = new Set(turnsAround(keys, now).map(({ key }) => key));
  return keys.filter((key) => key.expiresAt > now && (key.signsFrom > now || signing.has(key)));
}

/** Until when one that signs no more is published; null when it is to sign again by then. Requires it to be published. */
export function publishedUntil<K extends PublishedTimes>(keys: readonly K[], key: K, now: Date): Date | null {
  const last = turnsAround(keys, now).findLast((turn) => turn.key === key);
  if (!last || last.until > now) return null;
  return new Date(Math.min(moved(last.until, OVERLAP_SECONDS).getTime(), key.expiresAt.getTime()));
}
