import type { Claim } from './authenticate.ts';
import { ask, type Prepared } from './database/pool.ts';
import { tooMany } from './problem.ts';
import type { Place, Platform } from './regions.ts';

interface Bucket {
  /** Requests still free of what was drawn. */
  left: number;
  /** When the block ends, on this node's monotonic clock in milliseconds. */
  endsAt: number;
  draw: Draw;
  drawing: Promise<void> | undefined;
  /** Whose second is used up. */
  spent: Meter | undefined;
  giveBack: () => void;
}

/** How a bucket is filled. */
interface Draw {
  /** Requests at a time: so few that what idle buckets hold leaves the second to others. */
  block: number;
  /** What a block counts for, one after the other; the statement tells how many of them had room. */
  meters: Meter[];
  statement: Prepared;
}

type Meter = keyof typeof usedUp;

const usedUp = {
  token: 'This provisioning token has used up its requests of this second. Send fewer at once.',
  provisioning: 'Provisioning has used up its share of the requests of this tenant in this second. Send fewer at once.',
  tenant: 'This tenant has used up its requests of this second. Send fewer at once.',
};

/** Requests a second: of a tenant, and of it what one provisioning token and all of them may use (P37). */
export function limitsOf(requestsPerSecond: number) {
  const share = (part: number) => Math.max(1, Math.floor(requestsPerSecond * part));
  return { tenant: requestsPerSecond, provisioning: share(0.8), token: share(0.5) };
}

/** Who spends: a provisioning token has a bucket of its own, everybody else that of the tenant. */
type Spender = Exclude<Claim, { kind: 'operator' }>;

/**
 * Requests of a tenant, limited over all nodes of its region: each node draws blocks for a second from PostgreSQL and
 * spends them in memory, so that a read stays a read. A tenant that is idle costs nothing: its bucket is dropped.
 *
 * What a provisioning token draws counts for the token, for provisioning and for the tenant: one token leaves room to
 * the others, and all of them to people in the console.
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
   * Spends one request; at once where the node has drawn enough.
   *
   * @returns takes it back: a request whose credential is not valid is nobody's, and whoever knows a tenant's id could
   *   else use up its requests
   * @throws {Problem} 429 when the second of the tenant, of provisioning or of the token is used up
   */
  spend(claim: Spender, place: Place): (() => void) | Promise<() => void> {
    const token = claim.kind === 'pt' ? claim.secretHash.toString('hex', 0, 16) : '';
    const key = claim.tenantId + token; // ids are of one length
    let bucket = this.#buckets.get(key);
    const now = performance.now();
    if (!bucket || bucket.endsAt <= now) {
      const { requestsPerSecond } = this.#platform.config;
      const draw = token
        ? drawOfToken(claim.tenantId, token, requestsPerSecond)
        : drawOfTenant(claim.tenantId, requestsPerSecond);
      const made: Bucket = {
        // The first requests of a second go on at once, on credit of the block that is being drawn for them.
        left: draw.block,
        endsAt: now + 1000,
        draw,
        drawing: undefined,
        spent: undefined,
        giveBack: () => {
          made.left++;
        },
      };
      this.#buckets.set(key, made);
      made.drawing = this.#draw(made, place, 0);
      bucket = made;
    }
    if (bucket.left <= 0) return this.#spendOfNext(bucket, place);
    bucket.left--;
    return bucket.giveBack;
  }

  async #spendOfNext(bucket: Bucket, place: Place): Promise<() => void> {
    while (bucket.left <= 0) {
      if (bucket.spent) throw tooMany(usedUp[bucket.spent], 1);
      bucket.drawing ??= this.#draw(bucket, place, bucket.draw.block);
      await bucket.drawing;
    }
    bucket.left--;
    return bucket.giveBack;
  }

  /** @param adds what the bucket does not have on credit already */
  async #draw(bucket: Bucket, place: Place, adds: number): Promise<void> {
    const { statement, meters } = bucket.draw;
    try {
      const [row] = await ask<{ drawn: number }>(place.cell, statement);
      bucket.spent = meters[row?.drawn ?? 0];
      if (!bucket.spent) bucket.left += adds;
    } catch {
      bucket.left += adds; // the request itself will say that the database is away
    } finally {
      bucket.drawing = undefined;
    }
  }

  #sweep() {
    const now = performance.now();
    for (const [key, { endsAt }] of this.#buckets) if (endsAt < now) this.#buckets.delete(key);
  }

  stop() {
    clearInterval(this.#sweeper);
  }
}

function drawOfTenant(tenantId: string, requestsPerSecond: number): Draw {
  const block = Math.ceil(requestsPerSecond / 20);
  return {
    block,
    meters: ['tenant'],
    statement: {
      name: 'draw-quota',
      text: `insert into quota_blocks as q (tenant_id, period, used)
             values ($1, date_trunc('second', platform_time()), $2)
             on conflict (tenant_id, period) do update set used = q.used + $2 where q.used + $2 <= $3
             returning 1 as drawn`,
      values: [tenantId, block, requestsPerSecond],
    },
  };
}

/** Each meter is asked after the one before it, so that a token at its limit takes nothing from the others. */
function drawOfToken(tenantId: string, token: string, requestsPerSecond: number): Draw {
  const block = Math.ceil(requestsPerSecond / 50);
  const limits = limitsOf(requestsPerSecond);
  return {
    block,
    meters: ['token', 'provisioning', 'tenant'],
    statement: {
      name: 'draw-quota-of-token',
      text: `with token as (
               insert into quota_shares as q (tenant_id, share, period, used)
               values ($1, $3, date_trunc('second', platform_time()), $2)
               on conflict (tenant_id, share, period) do update set used = q.used + $2 where q.used + $2 <= $4
               returning 1),
             provisioning as (
               insert into quota_shares as q (tenant_id, share, period, used)
               select $1, '', date_trunc('second', platform_time()), $2 from token
               on conflict (tenant_id, share, period) do update set used = q.used + $2 where q.used + $2 <= $5
               returning 1),
             tenant as (
               insert into quota_blocks as q (tenant_id, period, used)
               select $1, date_trunc('second', platform_time()), $2 from provisioning
               on conflict (tenant_id, period) do update set used = q.used + $2 where q.used + $2 <= $6
               returning 1)
             select (select count(*) from token)::int + (select count(*) from provisioning)::int
                  + (select count(*) from tenant)::int as drawn`,
      values: [tenantId, block, token, limits.token, limits.provisioning, limits.tenant],
    },
  };
}
