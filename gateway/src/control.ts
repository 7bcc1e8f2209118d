import { setTimeout } from 'node:timers/promises';
import { type Configuration, type InForce, putInForce } from './configuration.ts';
import type { Folder } from './kept.ts';
import type { Log } from './log.ts';
import { type Region, RegionAway, RegionRefuses } from './region.ts';

/** What the region wants of this program: kept at hand by long poll, and good for its time when the region is away. */

/** The configuration is still the one that was named (RFC 9110 section 15.4.5). */
const NOTHING_NEW = 304;
const LONGEST_POLL_SECONDS = 20;
const LONGEST_PAUSE_MS = 5_000;
const REFUSED_PAUSE_MS = 10_000;
/** How often the disk is told that the configuration is still the one to use. */
const NOTED_MS = 30_000;

export class Control {
  readonly #region: Region;
  readonly #folder: Folder;
  readonly #agentKey: string;
  readonly #path: string;
  readonly #holdMs: number;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #inForce: InForce | undefined;
  /** Monotonic, in ms: from before the region was asked that last said so. */
  #freshAt = Number.NEGATIVE_INFINITY;
  #notedAt = Number.NEGATIVE_INFINITY;
  #hasAnswered = false;
  #isToldOld = false;
  #refusal: string | undefined;
  #problem: string | undefined;
  /** Told of another configuration, and of the end of one. */
  onChange: (inForce: InForce | undefined) => void = () => undefined;

  constructor(
    region: Region,
    folder: Folder,
    { agentKey, agentId, holdMs }: { agentKey: string; agentId: string; holdMs: number },
    log: Log,
  ) {
    this.#region = region;
    this.#folder = folder;
    this.#agentKey = agentKey;
    this.#path = `/agents/${agentId}/configuration`;
    this.#holdMs = holdMs;
    this.#log = log;
    const kept = folder.readConfiguration(agentKey);
    const age = kept ? Date.now() - kept.at : Number.POSITIVE_INFINITY;
    if (kept && age >= 0 && age < holdMs) {
      this.#inForce = putInForce(kept.configuration);
      this.#freshAt = performance.now() - age;
    }
  }

  /** What to decide by now; undefined when there is nothing, or it is too old to be believed. */
  get inForce(): InForce | undefined {
    return performance.now() - this.#freshAt < this.#holdMs ? this.#inForce : undefined;
  }

  /** What an administrator should know, in words. */
  get problem(): string | undefined {
    return this.#refusal ?? this.#problem;
  }

  get region(): 'answers' | 'away' | 'refuses' {
    if (this.#refusal !== undefined) return 'refuses';
    return this.#hasAnswered && this.#problem === undefined ? 'answers' : 'away';
  }

  /** An answer that says that nothing changed counts from before the question, and is to come in time. */
  get #pollSeconds() {
    return Math.min(LONGEST_POLL_SECONDS, Math.floor(this.#holdMs / 3000));
  }

  get isDraining() {
    return this.#inForce?.configuration.state === 'draining';
  }

  stop = () => this.#stopping.abort();

  async run() {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#ask();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const pause = this.#failed(error, failures++);
        await setTimeout(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #ask() {
    const askedAt = performance.now();
    const after = this.#inForce?.configuration.version;
    // Of one that was away, or was not heard yet, it is asked at once whether what is known still holds.
    const wait = after !== undefined && this.region === 'answers' ? this.#pollSeconds : 0;
    const query = `?waitSeconds=${wait}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
    const { status, body } = await this.#region.ask('GET', this.#path + query);
    // That nothing changed can only be said to who named what it has.
    if (status !== 200 && (status !== NOTHING_NEW || after === undefined))
      throw new RegionAway(`It answered ${status} where a configuration was asked for.`);
    if (this.problem !== undefined) this.#log('info', 'region answers again');
    this.#hasAnswered = true;
    this.#isToldOld = false;
    this.#refusal = undefined;
    this.#problem = undefined;
    if (status === 200) {
      const configuration = body as Configuration;
      this.#inForce = putInForce(configuration);
      this.#log('info', 'configuration in force', { version: configuration.version });
    }
    this.#freshAt = askedAt;
    if (status === 200) this.onChange(this.#inForce);
    if (this.#inForce && (status === 200 || askedAt - this.#notedAt > NOTED_MS)) this.#note(this.#inForce, askedAt);
  }

  #note({ configuration }: InForce, askedAt: number) {
    this.#notedAt = askedAt;
    try {
      const at = Date.now() - (performance.now() - askedAt);
      this.#folder.writeConfiguration({ configuration, at }, this.#agentKey);
    } catch (error) {
      this.#log('error', 'the configuration cannot be kept on disk', { message: (error as Error).message });
    }
  }

  /** A start while the region is away must not go by what the region took back. */
  #forget() {
    try {
      this.#folder.forgetConfiguration();
    } catch (error) {
      this.#log('error', 'the configuration cannot be removed from disk', { message: (error as Error).message });
    }
  }

  #failed(error: unknown, failures: number): number {
    if (error instanceof RegionRefuses) {
      const message =
        error.status === 404
          ? `This enrolment was removed. To enrol anew, empty the data folder ${this.#folder.path} and start the program with the agent key: BAILIWICK_AGENT_KEY.`
          : error.message;
      if (this.#refusal !== message) this.#log('error', 'region refuses', { message });
      this.#refusal = message;
      this.#inForce = undefined;
      this.#forget();
      this.onChange(undefined);
      return REFUSED_PAUSE_MS;
    }
    const message =
      error instanceof RegionAway ? error.message : `A fault of this program: ${(error as Error).message}`;
    if (this.#problem !== message) this.#log('warn', 'region is away', { message });
    this.#problem = message;
    if (this.#inForce && !this.inForce && !this.#isToldOld) {
      this.#isToldOld = true;
      this.#log('error', 'the region was away for too long: nothing is let in until it answers', { message });
    }
    return Math.min(250 * 2 ** failures, LONGEST_PAUSE_MS);
  }
}
