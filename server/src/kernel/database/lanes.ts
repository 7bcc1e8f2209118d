import type { Socket } from 'node:net';
import type pg from 'pg';
import { type Answer, type Prepared, sendAlone } from './batch.ts';

/**
 * Connections that many requests share at once. What opens a unit of work is one short message that is a transaction
 * of its own, so messages of several requests stand in line on one connection: those of the same turn of the event
 * loop leave in one write and wake the database once. Nothing of one message is seen by the next, since the tenant
 * is set for the transaction only (P3).
 */
export class Lanes {
  readonly #pool: pg.Pool;
  readonly #lanes: Lane[];

  /**
   * @param pool of as many connections as there are lanes, for them alone
   * @param silenceMs longer than a statement may take; a server that answers nothing for so long is cut off
   */
  constructor(pool: pg.Pool, count: number, silenceMs: number) {
    this.#pool = pool;
    this.#lanes = Array.from({ length: count }, () => new Lane(pool, silenceMs));
  }

  /** Sends short statements that depend on nothing before them, all of one message in one transaction. */
  async send(statements: Prepared[]): Promise<Answer[]> {
    let lane = this.#lanes[0] as Lane;
    for (const each of this.#lanes) if (each.waiting < lane.waiting) lane = each;
    return lane.send(statements);
  }

  end(): Promise<void> {
    for (const lane of this.#lanes) lane.leave();
    return this.#pool.end();
  }
}

/** How long an unused lane keeps its connection. */
const IDLE_MS = 5_000;

interface Waiting {
  statements: Prepared[];
  resolve: (answers: Promise<Answer[]>) => void;
  reject: (error: Error) => void;
}

class Lane {
  readonly #pool: pg.Pool;
  readonly #silenceMs: number;
  #client: pg.PoolClient | undefined;
  #connecting = false;
  #queue: Waiting[] = [];
  #idle: NodeJS.Timeout | undefined;
  #watching: NodeJS.Timeout | undefined;
  #answered = 0;
  #forget: (() => void) | undefined;
  /** Messages without an answer yet. */
  waiting = 0;

  constructor(pool: pg.Pool, silenceMs: number) {
    this.#pool = pool;
    this.#silenceMs = silenceMs;
  }

  async send(statements: Prepared[]): Promise<Answer[]> {
    this.waiting++;
    try {
      return await new Promise<Answer[]>((resolve, reject) => {
        this.#queue.push({ statements, resolve, reject });
        if (this.#queue.length === 1 && !this.#connecting) {
          if (this.#client) setImmediate(this.#flush);
          else void this.#connect();
        }
      });
    } finally {
      this.waiting--;
      this.#answered++;
      if (this.waiting === 0) this.#rest();
    }
  }

  async #connect() {
    this.#connecting = true;
    try {
      const client = await this.#pool.connect();
      this.#client = client;
      const lost = () => {
        if (this.#client === client) this.#giveBack(true);
      };
      client.on('error', lost).on('end', lost);
      this.#forget = () => client.off('error', lost).off('end', lost);
      this.#flush();
    } catch (error) {
      const queue = this.#queue;
      this.#queue = [];
      for (const { reject } of queue) reject(error as Error);
    } finally {
      this.#connecting = false;
    }
  }

  readonly #flush = () => {
    const client = this.#client;
    if (!client) {
      if (this.#queue.length > 0 && !this.#connecting) void this.#connect();
      return;
    }
    const queue = this.#queue;
    this.#queue = [];
    const stream = streamOf(client);
    stream.cork();
    for (const { statements, resolve } of queue) resolve(sendAlone(client, statements));
    stream.uncork();
    this.#watch(client);
  };

  /**
   * Ends a connection to a server that is cut off. The socket's own time-out does not: each write begins it anew, and
   * requests go on to come.
   */
  #watch(client: pg.PoolClient) {
    if (this.#watching) return;
    const answered = this.#answered;
    this.#watching = setTimeout(() => {
      this.#watching = undefined;
      if (this.waiting === 0) return;
      if (this.#answered > answered) this.#watch(client);
      else streamOf(client).destroy();
    }, this.#silenceMs);
    this.#watching.unref();
  }

  /** Gives the connection back some time after the last message. */
  #rest() {
    if (!this.#client || this.#idle) return;
    this.#idle = setTimeout(() => {
      this.#idle = undefined;
      if (this.waiting === 0) this.leave();
    }, IDLE_MS);
    this.#idle.unref();
  }

  leave() {
    this.#giveBack(false);
  }

  #giveBack(isLost: boolean) {
    const client = this.#client;
    this.#client = undefined;
    clearTimeout(this.#watching);
    this.#watching = undefined;
    this.#forget?.();
    this.#forget = undefined;
    client?.release(isLost);
  }
}

const streamOf = (client: pg.PoolClient) => (client as unknown as { connection: { stream: Socket } }).connection.stream;
