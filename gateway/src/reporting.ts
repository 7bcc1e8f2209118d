import { setTimeout } from 'node:timers/promises';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';
import { type Region, RegionRefuses } from './region.ts';

/** Tells the region what is in the journal, the oldest first; what it has written down is cut. */

const LOOK_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Problems of the region that say that a batch will never be taken. */
const NEVER = new Set(['invalid-request', 'too-large']);

export class Reporting {
  readonly #journal: Journal;
  readonly #region: Region;
  readonly #path: string;
  readonly #log: Log;
  readonly #stopping = new AbortController();

  constructor(journal: Journal, region: Region, agentId: string, log: Log) {
    this.#journal = journal;
    this.#region = region;
    this.#path = `/agents/${agentId}/transactions`;
    this.#log = log;
  }

  stop = () => this.#stopping.abort();

  async run() {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      let pause = LOOK_MS;
      try {
        if (await this.#reportNext()) pause = 0;
        failures = 0;
      } catch (error) {
        failures += 1;
        pause = Math.min(LOOK_MS * 2 ** failures, LONGEST_PAUSE_MS);
        if (failures === 1) this.#log('warn', 'transactions wait', { message: (error as Error).message });
      }
      if (pause > 0) await setTimeout(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns whether there may be more */
  async #reportNext(): Promise<boolean> {
    const pending = await this.#journal.next();
    if (!pending) return false;
    const { lines, done } = pending;
    await this.#tell(lines);
    await done();
    return true;
  }

  /** Of those that are refused as they are, all but the wrong ones arrive. */
  async #tell(lines: string[]): Promise<void> {
    if (lines.length === 0) return;
    try {
      await this.#region.ask('POST', this.#path, `{"journal":"${this.#journal.id}","items":[${lines.join()}]}`);
    } catch (error) {
      if (!(error instanceof RegionRefuses) || !NEVER.has(error.code)) throw error;
      const half = Math.floor(lines.length / 2);
      if (half > 0) {
        await this.#tell(lines.slice(0, half));
        return this.#tell(lines.slice(half));
      }
      this.#journal.lose(1);
      this.#log('error', 'the region does not take this transaction', { message: error.message });
    }
  }
}
