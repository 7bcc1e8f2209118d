import { type Region, RegionAway } from './region.ts';

/** Which groups people are in who came here, as the region last said: asked for one by one, never a list of members. */

interface Known {
  groupIds: ReadonlySet<string>;
  /** Monotonic, in ms: from before it was asked. */
  askedAt: number;
  usedAt: number;
}

const REFRESH_MS = 5_000;
/** Of one who has not come for a while the region is asked again before anything is decided. */
const FRESH_MS = 30_000;
const KEPT_MS = 60_000;
const AWAY_MS = 5_000;
const MOST_KEPT = 50_000;
/** Of as many as are kept each is asked for again within its minute, also where something of all of them is open. */
const MOST_REFRESHED = 5_000;
const MOST_AT_ONCE = 500;

export class People {
  readonly #region: Region;
  readonly #path: string;
  readonly #known = new Map<string, Known>();
  #waiting = new Map<
    string,
    { promise: Promise<Known>; settle: (known: Known) => void; fail: (error: unknown) => void }
  >();
  #isAsking = false;
  /** Of answers that were asked for before everything was forgotten nothing is kept. */
  #generation = 0;
  /** People with something open, and how much; 0 until the next look at them, since who comes mostly comes again. */
  readonly #held = new Map<string, number>();
  #refreshedAt = 0;
  #isRefreshing = false;
  /** After it did not answer, nobody waits for the region for a while. */
  #awayUntil = 0;
  readonly #timer: NodeJS.Timeout;
  /** Told when somebody's groups became others. */
  onChange: () => void = () => undefined;

  constructor(region: Region, agentId: string) {
    this.#region = region;
    this.#path = `/agents/${agentId}/principals`;
    this.#timer = setInterval(() => void this.#refresh(), REFRESH_MS);
    this.#timer.unref();
  }

  stop = () => clearInterval(this.#timer);

  /** What the region last said, if it did within its time. */
  lastKnown(subject: string): ReadonlySet<string> | undefined {
    return this.#known.get(subject)?.groupIds;
  }

  /** What is good to decide by without asking. */
  known(subject: string): ReadonlySet<string> | undefined {
    const now = performance.now();
    const known = this.#known.get(subject);
    if (!known) return undefined;
    known.usedAt = now;
    return now < this.#awayUntil || now - known.askedAt < FRESH_MS ? known.groupIds : undefined;
  }

  /** @throws {RegionAway} when nothing is known of somebody and the region does not answer */
  async groupsOf(subject: string): Promise<ReadonlySet<string>> {
    const groupIds = this.known(subject);
    if (groupIds) return groupIds;
    if (performance.now() < this.#awayUntil) throw new RegionAway('The region does not answer.');
    const known = this.#known.get(subject);
    try {
      return (await this.#ask(subject)).groupIds;
    } catch (error) {
      if (known && error instanceof RegionAway) return known.groupIds;
      throw error;
    }
  }

  /** Nothing that was said is of use any more. */
  forget() {
    this.#known.clear();
    this.#generation += 1;
  }

  /** Something of this person is open: what is known of it stays known, and fresh. @returns what ends that */
  hold(subject: string | undefined): () => void {
    if (subject === undefined) return () => undefined;
    this.#held.set(subject, (this.#held.get(subject) ?? 0) + 1);
    return () => {
      this.#held.set(subject, (this.#held.get(subject) ?? 1) - 1);
    };
  }

  /**
   * The rules may name other groups now: what was said of people is asked for again before it is used, and of those
   * with something open at once. It is done when that was answered, or cannot be.
   */
  async renew(): Promise<void> {
    for (const known of this.#known.values()) known.askedAt = Number.NEGATIVE_INFINITY;
    const held = [...this.#held.keys()].filter((subject) => this.#isHeld(subject) && this.#known.has(subject));
    await this.#learnAll(held).catch(() => undefined);
  }

  /** Questions that come together leave together. */
  #ask(subject: string): Promise<Known> {
    let waiting = this.#waiting.get(subject);
    if (!waiting) {
      let settle: (known: Known) => void = () => undefined;
      let fail: (error: unknown) => void = () => undefined;
      const promise = new Promise<Known>((resolve, reject) => {
        settle = resolve;
        fail = reject;
      });
      waiting = { promise, settle, fail };
      this.#waiting.set(subject, waiting);
      if (!this.#isAsking) void this.#askWaiting();
    }
    return waiting.promise;
  }

  async #askWaiting() {
    this.#isAsking = true;
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, MOST_AT_ONCE);
      for (const [subject] of batch) this.#waiting.delete(subject);
      try {
        await this.#learn(batch.map(([subject]) => subject));
        for (const [subject, { settle, fail }] of batch) {
          const known = this.#known.get(subject);
          if (known) settle(known);
          else fail(new RegionAway('What was asked of the region is out of date.'));
        }
      } catch (error) {
        for (const [, { fail }] of batch) fail(error);
      }
    }
    this.#isAsking = false;
  }

  async #learnAll(subjects: string[]) {
    for (let at = 0; at < subjects.length; at += MOST_AT_ONCE) await this.#learn(subjects.slice(at, at + MOST_AT_ONCE));
  }

  async #learn(subjects: string[]) {
    const askedAt = performance.now();
    const generation = this.#generation;
    const { body } = await this.#region.ask('POST', this.#path, { subjects }).catch((error) => {
      if (error instanceof RegionAway) this.#awayUntil = performance.now() + AWAY_MS;
      throw error;
    });
    this.#awayUntil = 0;
    const { items } = body as { items: { subject: string; groupIds: string[] }[] };
    if (generation !== this.#generation) return;
    let isChanged = false;
    for (const { subject, groupIds } of items) {
      const before = this.#known.get(subject);
      // An answer that took long says less than one that was asked for later.
      if (before && before.askedAt > askedAt) continue;
      isChanged ||= before !== undefined && before.groupIds.size + groupIds.length > 0 && !isSame(before, groupIds);
      this.#known.delete(subject); // the longest unheard of stands first
      this.#known.set(subject, { groupIds: new Set(groupIds), askedAt, usedAt: before?.usedAt ?? askedAt });
    }
    while (this.#known.size > MOST_KEPT) this.#known.delete(this.#known.keys().next().value as string);
    if (isChanged) this.onChange();
  }

  /** Who came since the last time is asked for again, the longest ago first; nobody is kept for nothing. */
  async #refresh() {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    await this.#askAnew().finally(() => {
      this.#isRefreshing = false;
    });
  }

  async #askAnew() {
    const now = performance.now();
    const due: string[] = [];
    for (const [subject, { usedAt, askedAt }] of this.#known) {
      if (this.#isHeld(subject) || usedAt >= this.#refreshedAt) {
        if (due.length < MOST_REFRESHED) due.push(subject);
      } else if (this.#awayUntil === 0 && now - usedAt > KEPT_MS && now - askedAt > KEPT_MS)
        this.#known.delete(subject);
    }
    this.#refreshedAt = now;
    for (const [subject, count] of this.#held) if (count === 0) this.#held.delete(subject);
    try {
      await this.#learnAll(due);
    } catch (error) {
      // While the region is away the last known serve; what it refuses, the configuration's own question finds out.
      if (error instanceof RegionAway) for (const subject of due) this.#keep(subject, now);
    }
  }

  #isHeld = (subject: string) => (this.#held.get(subject) ?? 0) > 0;

  #keep(subject: string, now: number) {
    const known = this.#known.get(subject);
    if (known) known.usedAt = Math.max(known.usedAt, now);
  }
}

const isSame = ({ groupIds }: Known, others: string[]) =>
  others.length === groupIds.size && others.every((id) => groupIds.has(id));
