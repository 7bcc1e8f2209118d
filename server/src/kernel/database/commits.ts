import type pg from 'pg';
import type { Answer, Prepared } from './batch.ts';
import { answerTogether, MAX_TOGETHER, type Waiting } from './lanes.ts';

/** What takes longer, since it waits for a row or a slow disk, holds up nobody behind it any more. */
const LATE_MS = 20;

/**
 * Changes that are one message and hold nothing, of one tenant: those that come while one of them is being made durable
 * wait for it, and go together after it. They are one transaction then, so that the disk is written once for all of
 * them. Should one of them fail, each is a transaction of its own, as if it had come alone.
 *
 * Tenants never share one, and what is slow for one tenant holds up no other.
 */
export class Commits {
  readonly #pool: pg.Pool;
  /** By tenant what waits; there while a message is under way. */
  readonly #tenants = new Map<string, Waiting[]>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** @returns when all of it is durable; rejects with the failure of these changes alone */
  send(tenant: Prepared, changes: Prepared[]): Promise<Answer[]> {
    const opening = { tenant, decision: [], foreseen: changes };
    return new Promise((resolve, reject) => {
      const id = tenant.values[0] as string;
      const waiting = this.#tenants.get(id);
      if (waiting) waiting.push({ opening, resolve, reject });
      else {
        this.#tenants.set(id, [{ opening, resolve, reject }]);
        // When all that this turn of the event loop brings has come.
        setImmediate(() => void this.#work(id));
      }
    });
  }

  async #work(id: string) {
    const waiting = this.#tenants.get(id) as Waiting[];
    while (waiting.length > 0) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LATE_MS);
      });
      await Promise.race([this.#transmit(waiting.splice(0, MAX_TOGETHER)), late]);
      clearTimeout(timer);
    }
    this.#tenants.delete(id);
  }

  async #transmit(together: Waiting[]) {
    try {
      const client = await this.#pool.connect();
      await answerTogether(client, together);
      client.release();
    } catch (error) {
      for (const { reject } of together) reject(error as Error);
    }
  }
}
