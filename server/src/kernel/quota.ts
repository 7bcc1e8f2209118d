import { ask } from './database/pool.ts';
import { tooMany } from './problem.ts';
import type { Place, Platform } from './regions.ts';

interface Bucket {
  /** Requests still free of what was drawn. */
  left: number;
  /** When the block ends, on this node's monotonic clock in milliseconds. */
  endsAt: number;
  drawing: Promise<void> | undefined;
  isSpent: boolean;
  giveBack: () => void;
}

/**
 * Requests of a tenant, limited over all nodes of its region: each node draws blocks for a second from PostgreSQL and
 * spends them in memory, so that a read stays a read. A tenant that is idle costs nothing: its bucket is dropped.
 */
export class Quota {
  readonly #platform: Platform;
  readonly #buckets = new Map<string, Bucket>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#sweeper = setInterval(() => this.#sweep(), 5_000);
    this.#sweeper.unref();
  }

  /**
   * Spends one request.
   *
   * @returns takes it back: a request whose credential is not valid is nobody's, and whoever knows a tenant's id could
   *   else use up its requests
   * @throws {Problem} 429 when the tenant's second is used up
   */
  async spend(tenantId: string, place: Place): Promise<() => void> {
    let bucket = this.#buckets.get(tenantId);
    const now = performance.now();
    if (!bucket || bucket.endsAt <= now) {
      // The first requests of a second go on at once, on credit of the block that is being drawn for them.
      const made: Bucket = {
        left: Math.max(1, Math.ceil(this.#platform.config.requestsPerSecond / 20)),
        endsAt: now + 1000,
        drawing: undefined,
        isSpent: false,
        giveBack: () => {
          made.left++;
        },
      };
      this.#buckets.set(tenantId, made);
      made.drawing = this.#draw(tenantId, place, made);
      bucket = made;
    }
    if (bucket.left <= 0 && bucket.drawing) await bucket.drawing;
    while (bucket.left <= 0) {
      if (bucket.isSpent) throw tooMany('This tenant has used up its requests of this second. Send fewer at once.', 1);
      bucket.drawing ??= this.#draw(tenantId, place, bucket);
      await bucket.drawing;
    }
    bucket.left--;
    return bucket.giveBack;
  }

  async #draw(tenantId: string, place: Place, bucket: Bucket): Promise<void> {
    const limit = this.#platform.config.requestsPerSecond;
    const block = Math.max(1, Math.ceil(limit / 5));
    try {
      const rows = await ask<{ drawn: number }>(place.cell, {
        name: 'draw-quota',
        text: `insert into quota_blocks as q (tenant_id, period, used) values ($1, date_trunc('second', platform_time()), $2)
               on conflict (tenant_id, period) do update set used = q.used + $2 where q.used + $2 <= $3
               returning $2::int as drawn`,
        values: [tenantId, block, Math.max(block, limit)],
      });
      if (rows.length) bucket.left += block;
      else bucket.isSpent = true;
    } catch {
      bucket.left += block; // the request itself will say that the database is away
    } finally {
      bucket.drawing = undefined;
    }
  }

  #sweep() {
    const now = performance.now();
    for (const [tenantId, { endsAt }] of this.#buckets) if (endsAt < now) this.#buckets.delete(tenantId);
  }

  stop() {
    clearInterval(this.#sweeper);
  }
}
