import { setTimeout } from 'node:timers/promises';
import type { components } from '@bailiwick/sdk';
import { type Journal, LINE_BREAK } from './journal.ts';
import type { Log } from './log.ts';
import { type Region, RegionRefuses } from './region.ts';

/** Tells the region what is in the journal, the oldest first; what it has written down is cut. */

const LOOK_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const COMMA = 44;
/** How often the log says that the region leaves transactions out. */
const SAID_EVERY_MS = 600_000;
type Receipt = components['schemas']['TransactionReceipt'];
/** Problems of the region that say that a batch will never be taken. */
const NEVER = new Set(['invalid-request', 'too-large']);

export class Reporting {
  readonly #journal: Journal;
  readonly #region: Region;
  readonly #path: string;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #leftOut = 0;
  /** What the log has not said yet. */
  #unsaid = { beyondDay: 0, tooOld: 0 };
  /** Monotonic, in ms. */
  #saidAt = Number.NEGATIVE_INFINITY;
  /** The day (UTC) of which the region keeps no more. */
  #fullDay: string | undefined;

  constructor(journal: Journal, region: Region, agentId: string, log: Log) {
    this.#journal = journal;
    this.#region = region;
    this.#path = `/agents/${agentId}/transactions`;
    this.#log = log;
  }

  /** Transactions that were reported and not kept. */
  get leftOut() {
    return this.#leftOut;
  }

  /** What an administrator should know, in words. */
  get problem(): string | undefined {
    return this.#fullDay === today()
      ? 'The region keeps no more transactions of this tenant until midnight (UTC): what is reported is counted for licences, and is not in Logging.'
      : undefined;
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
  async #tell(lines: Buffer): Promise<void> {
    if (lines.length === 0) return;
    const day = today();
    try {
      const { body } = await this.#region.ask('POST', this.#path, this.#bodyOf(lines));
      // Regions of before answer without a word.
      if (body) this.#hear((body as Receipt).leftOut, day);
    } catch (error) {
      if (!(error instanceof RegionRefuses) || !NEVER.has(error.code)) throw error;
      const half = halfOf(lines);
      if (half > 0) {
        await this.#tell(lines.subarray(0, half));
        return this.#tell(lines.subarray(half));
      }
      this.#journal.lose(1);
      this.#log('error', 'the region does not take this transaction', { message: error.message });
    }
  }

  /** @param day of when the region was asked */
  #hear({ beyondDay, tooOld }: Receipt['leftOut'], day: string) {
    this.#fullDay = beyondDay > 0 ? day : undefined;
    this.#leftOut += beyondDay + tooOld;
    this.#unsaid.beyondDay += beyondDay;
    this.#unsaid.tooOld += tooOld;
    const now = performance.now();
    if (this.#unsaid.beyondDay + this.#unsaid.tooOld === 0 || now - this.#saidAt < SAID_EVERY_MS) return;
    this.#log('warn', 'the region leaves transactions out', { ...this.#unsaid, message: this.problem });
    this.#unsaid = { beyondDay: 0, tooOld: 0 };
    this.#saidAt = now;
  }

  /** JSON, by bytes: thousands of lines a second would be as many texts. */
  #bodyOf(lines: Buffer): Buffer {
    const [head, tail] = [`{"journal":"${this.#journal.id}","items":[`, ']}'];
    const body = Buffer.allocUnsafe(head.length + lines.length - 1 + tail.length);
    body.write(head, 0);
    lines.copy(body, head.length, 0, lines.length - 1);
    for (let at = body.indexOf(LINE_BREAK); at >= 0; at = body.indexOf(LINE_BREAK, at + 1)) body[at] = COMMA;
    body.write(tail, body.length - tail.length);
    return body;
  }
}

const today = () => new Date().toISOString().slice(0, 10);

/** Where the half of the lines ends; 0 of a single one. */
function halfOf(lines: Buffer): number {
  const middle = lines.length / 2;
  const end = lines.lastIndexOf(LINE_BREAK, middle) + 1 || lines.indexOf(LINE_BREAK, middle) + 1;
  return end < lines.length ? end : 0;
}
