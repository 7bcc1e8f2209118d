import type { Socket } from 'node:net';
import type pg from 'pg';
import { type Answer, isOutdated, type Joint, type Prepared, sendAlone, sendBatch } from './batch.ts';

/** What opens a unit of work: short statements that depend on nothing before them and change nothing. */
export interface Opening {
  /** Sets the tenant; nothing for platform tables. */
  tenant: Prepared | undefined;
  /** Decides about a credential: asked once for all that wait with the same one. */
  decision: Prepared[];
  /** What the operation foresees. */
  foreseen: Prepared[];
}

/**
 * Connections that many requests share at once. What opens a unit of work is one short message that is a transaction
 * of its own, and those that wait together leave together: in one write, with one wake-up of the database. What waits
 * for the same tenant is one transaction, in which the same credential is asked about once: the database is asked after
 * each of the requests has begun, so each is decided as if it were alone (P18). Nothing of one message is seen by the
 * next, since the tenant is set for the transaction only (P3).
 *
 * The first lane works as long as it keeps up: what comes while it waits for an answer goes with the next message,
 * unless much has come or a millisecond has passed.
 */
export class Lanes {
  readonly #pool: pg.Pool;
  readonly #lanes: Lane[];
  #queue: Waiting[] = [];
  #isDue = false;
  #late: NodeJS.Timeout | undefined;
  /** Since when the first of the queue waits, on this node's monotonic clock in milliseconds. */
  #since = 0;

  /**
   * @param pool of as many connections as there are lanes, for them alone
   * @param silenceMs longer than a statement may take; a server that answers nothing for so long is cut off
   */
  constructor(pool: pg.Pool, count: number, silenceMs: number) {
    this.#pool = pool;
    this.#lanes = Array.from({ length: count }, () => new Lane(pool, silenceMs, this.#dispatchSoon));
  }

  /** @returns the answers to decision and foreseen, in their order */
  send(opening: Opening): Promise<Answer[]> {
    return new Promise((resolve, reject) => {
      if (this.#queue.push({ opening, resolve, reject }) === 1) this.#since = performance.now();
      this.#dispatchSoon();
    });
  }

  /** When all that this turn of the event loop brings has come. */
  readonly #dispatchSoon = () => {
    if (this.#isDue || this.#queue.length === 0) return;
    this.#isDue = true;
    setImmediate(this.#dispatch);
  };

  readonly #dispatch = () => {
    this.#isDue = false;
    for (const lane of this.#lanes) {
      if (lane.isFree) return this.#give(lane);
      if (this.#queue.length < MANY) break;
    }
    this.#late ??= setTimeout(this.#hurry, LATE_MS);
  };

  readonly #hurry = () => {
    this.#late = undefined;
    if (this.#queue.length === 0) return;
    // Those that the timer was set for went with an answer.
    const left = this.#since + LATE_MS - performance.now();
    if (left > 0) {
      this.#late = setTimeout(this.#hurry, left);
      return;
    }
    let least = this.#lanes[0] as Lane;
    for (const lane of this.#lanes) if (lane.waiting < least.waiting) least = lane;
    this.#give(least);
  };

  #give(lane: Lane) {
    const queue = this.#queue;
    this.#queue = [];
    lane.send(queue);
  }

  end(): Promise<void> {
    for (const lane of this.#lanes) lane.leave();
    return this.#pool.end();
  }
}

/** So many wait for no answer but take the next lane. */
const MANY = 8;
const LATE_MS = 1;
/** In one transaction at most. */
export const MAX_TOGETHER = 16;

/** How long an unused lane keeps its connection. */
const IDLE_MS = 5_000;

export interface Waiting {
  opening: Opening;
  resolve: (answers: Promise<Answer[]> | Answer[]) => void;
  reject: (error: Error) => void;
}

class Lane {
  readonly #pool: pg.Pool;
  readonly #silenceMs: number;
  readonly #whenFree: () => void;
  #client: pg.PoolClient | undefined;
  #connecting = false;
  #queue: Waiting[] = [];
  #idle: NodeJS.Timeout | undefined;
  #watching: NodeJS.Timeout | undefined;
  #answered = 0;
  #forget: (() => void) | undefined;
  /** Messages without an answer yet. */
  waiting = 0;

  constructor(pool: pg.Pool, silenceMs: number, whenFree: () => void) {
    this.#pool = pool;
    this.#silenceMs = silenceMs;
    this.#whenFree = whenFree;
  }

  get isFree() {
    return this.waiting === 0 && this.#queue.length === 0;
  }

  send(queue: Waiting[]) {
    this.#queue.push(...queue);
    if (this.#client) this.#flush(this.#client);
    else if (!this.#connecting) void this.#connect();
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
      this.#flush(client);
    } catch (error) {
      const queue = this.#queue;
      this.#queue = [];
      for (const { reject } of queue) reject(error as Error);
      this.#whenFree();
    } finally {
      this.#connecting = false;
    }
  }

  #flush(client: pg.PoolClient) {
    const queue = this.#queue;
    this.#queue = [];
    const stream = streamOf(client);
    stream.cork();
    for (const together of byTenant(queue)) void this.#transmit(client, together);
    stream.uncork();
    this.#watch(client);
  }

  async #transmit(client: pg.PoolClient, together: Waiting[]) {
    this.waiting++;
    try {
      await answerTogether(client, together);
    } finally {
      this.waiting--;
      this.#answered++;
      if (this.waiting === 0) this.#rest();
      this.#whenFree();
    }
  }

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

/** Those of one tenant together, as far as one transaction may go. */
function byTenant(queue: Waiting[]): Waiting[][] {
  if (queue.length === 1) return [queue];
  const groups: Waiting[][] = [];
  const open = new Map<unknown, Waiting[]>();
  for (const waiting of queue) {
    const tenant = waiting.opening.tenant?.values[0];
    const group = open.get(tenant);
    if (group && group.length < MAX_TOGETHER) group.push(waiting);
    else {
      const made = [waiting];
      open.set(tenant, made);
      groups.push(made);
    }
  }
  return groups;
}

/** One transaction for all; should one of them fail in it, each gets one of its own. */
export async function answerTogether(client: pg.PoolClient, together: Waiting[]) {
  const tenant = together[0]?.opening.tenant;
  const statements: Prepared[] = tenant ? [tenant] : [];
  const joined = joinedOf(together);
  const places = together.map(({ opening: { decision, foreseen } }) => [
    ...decision.map((statement) => {
      const at = statements.findIndex((other) => isSame(statement, other));
      return at < 0 ? statements.push(statement) - 1 : at;
    }),
    ...foreseen.map((statement) => {
      const askers = statement.joint && joined?.get(statement.joint);
      if (!askers) return statements.push(statement) - 1;
      askers.place ??= statements.push(jointly(statement.joint as Joint, askers.asking)) - 1;
      return statement;
    }),
  ]);
  try {
    const answers = await sendBatch(client, statements);
    const parts = new Map<Prepared, Answer>();
    for (const { place, asking } of joined?.values() ?? [])
      for (const [at, part] of partsOf(answers[place as number] as Answer, asking.length).entries())
        parts.set(asking[at] as Prepared, part);
    for (const [at, { resolve }] of together.entries())
      resolve(
        (places[at] as (number | Prepared)[]).map(
          (place) => (typeof place === 'number' ? answers[place] : parts.get(place)) as Answer,
        ),
      );
  } catch (error) {
    const [only] = together;
    if (only && together.length === 1 && !isOutdated(error as Error)) return only.reject(error as Error);
    const alone = together.map(({ opening, resolve }) => {
      const answers = answerAlone(client, opening);
      resolve(answers);
      return answers;
    });
    await Promise.allSettled(alone);
  }
}

interface Askers {
  asking: Prepared[];
  /** Of their one statement in the message. */
  place?: number;
}

/** Who of them ask the same with other values; nobody who is alone with it. */
function joinedOf(together: Waiting[]): Map<Joint, Askers> | undefined {
  if (together.length === 1) return undefined;
  const joined = new Map<Joint, Askers>();
  for (const { opening } of together)
    for (const statement of opening.foreseen) {
      if (!statement.joint) continue;
      const askers = joined.get(statement.joint);
      if (askers) askers.asking.push(statement);
      else joined.set(statement.joint, { asking: [statement] });
    }
  for (const [joint, { asking }] of joined) if (asking.length === 1) joined.delete(joint);
  return joined;
}

const jointly = ({ name, text }: Joint, asking: Prepared[]): Prepared => ({
  name,
  text,
  values: (asking[0] as Prepared).values.map((_, at) => `{${asking.map(({ values }) => element(values[at])).join()}}`),
});

/** As an element of a list in PostgreSQL's text. */
const element = (value: unknown) =>
  value === null || value === undefined ? 'NULL' : `"${String(value).replace(/["\\]/g, '\\$&')}"`;

function partsOf({ rows, command }: Answer, count: number): Answer[] {
  const parts = Array.from({ length: count }, (): Answer => ({ rows: [], command, count: 0 }));
  for (const row of rows as { asker: number }[]) {
    const part = parts[row.asker - 1] as Answer;
    part.rows.push(row);
    part.count++;
  }
  return parts;
}

async function answerAlone(client: pg.PoolClient, { tenant, decision, foreseen }: Opening) {
  const before = tenant ? [tenant] : [];
  return (await sendAlone(client, [...before, ...decision, ...foreseen])).slice(before.length);
}

/** The same statement with the same values; those of a decision are texts and bytes. */
const isSame = (one: Prepared, other: Prepared) =>
  one === other ||
  (one.name !== undefined &&
    one.name === other.name &&
    one.values.every((value, at) => {
      const opposite = other.values[at];
      return value === opposite || (value instanceof Buffer && opposite instanceof Buffer && value.equals(opposite));
    }));

const streamOf = (client: pg.PoolClient) => (client as unknown as { connection: { stream: Socket } }).connection.stream;
