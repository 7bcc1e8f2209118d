import { setMaxListeners } from 'node:events';
import { Counter, Registry } from 'prom-client';
import { systemIdentity } from './authenticate.ts';
import { TenantContext } from './context.ts';
import { ask, Unit } from './database/pool.ts';
import { passages } from './doors.ts';
import type { Place, Platform, Region } from './regions.ts';

type Work<P> = (ctx: TenantContext, payload: P) => Promise<void>;

interface GivingUp<P> {
  /** After so many tries that failed it is given up: 80 unless said otherwise, which is three days. */
  tries?: number;
  /** Done instead of `run` then, and it is over. A job without is kept and tried again every 30 days. */
  giveUp?: Work<P>;
}

/** Work after a commit, in its tenant's context. */
export interface JobKind {
  kind: string;
  /** Throws to be tried again later; the delay doubles from 30 seconds to 1 hour. */
  run: Work<never>;
  tries: number;
  giveUp: Work<never> | undefined;
}

export const job = <P>(kind: string, run: Work<P>, { tries = 80, giveUp }: GivingUp<P> = {}): JobKind => ({
  kind,
  run,
  tries,
  giveUp,
});

/** What a cell does at intervals without any tenant: sweeping what is over. */
export interface Chore {
  name: string;
  everySeconds: number;
  run: (platform: Platform, region: Region) => Promise<void>;
}

interface Due {
  id: string;
  tenantId: string;
  kind: string;
  attempts: number;
}

const POLL_MS = 500;
const BATCH = 8;
/** Of so many due jobs each tenant has its turn. */
const LOOKED_AT = 1000;
/** How often a job looks whether its tenant is open again. */
const SHUT_MS = 10 * 60_000;

/**
 * Polls each cell of each served region for due jobs and runs them, a few at a time; any number of nodes may (SKIP LOCKED).
 * Tenants take turns, so that one with many jobs delays another by one each. Kinds that this version does not know are
 * left to a newer node.
 */
export class JobRunner {
  readonly #platform: Platform;
  readonly #kinds: Map<string, JobKind>;
  readonly #chores: Chore[];
  readonly #givenUp: Counter;
  readonly #loops: Promise<void>[] = [];
  readonly #stop = new AbortController();

  constructor(platform: Platform, kinds: JobKind[], chores: Chore[], metrics = new Registry()) {
    this.#platform = platform;
    this.#kinds = new Map(kinds.map((each) => [each.kind, each]));
    this.#chores = chores;
    this.#givenUp = new Counter({
      name: 'bailiwick_jobs_given_up_total',
      help: 'Jobs that failed too often, by kind; the log says why.',
      labelNames: ['kind'],
      registers: [metrics],
    });
  }

  start(): void {
    setMaxListeners(0, this.#stop.signal); // each loop listens
    for (const region of this.#platform.regions.values()) {
      region.cells.forEach((cell, cellIndex) => {
        this.#loops.push(this.#loop(POLL_MS, () => this.#runDue({ region, cell, cellIndex })));
      });
      for (const chore of this.#chores)
        this.#loops.push(
          this.#loop(chore.everySeconds * 1000, async () => {
            await chore.run(this.#platform, region);
            return false;
          }),
        );
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  async #loop(everyMs: number, work: () => Promise<boolean>): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      let goOn = false;
      try {
        goOn = await work();
        failures = 0;
      } catch (error) {
        failures++;
        if (failures === 1) this.#platform.log.warn({ err: error }, 'jobs could not be read; trying again');
      }
      if (!goOn) await pause(everyMs * Math.min(20, 1 + failures), signal);
    }
  }

  /** Runs a batch of due jobs. @returns whether there may be more at once */
  async #runDue(place: Place): Promise<boolean> {
    const due = await ask<Due>(place.cell, {
      name: 'take-jobs',
      // Taking a job moves it on, so that a node that dies leaves it to another one.
      text: `with due as (select id, tenant_id, due_at from due_jobs where due_at <= platform_time() and kind = any($1)
                          order by due_at limit ${LOOKED_AT}),
                  turns as (select id, due_at, row_number() over (partition by tenant_id order by due_at) as turn from due)
             update due_jobs set attempts = attempts + 1,
               due_at = platform_time() + least(3600, 30 * power(2, least(attempts, 10))) * interval '1 second'
             where id in (select j.id from due_jobs j join turns t on t.id = j.id where j.due_at <= platform_time()
                          order by t.turn, t.due_at limit ${BATCH} for update of j skip locked)
             returning id, tenant_id as "tenantId", kind, attempts`,
      values: [[...this.#kinds.keys()]],
    });
    const waiting = [...due];
    const inTurn = async () => {
      for (let next = waiting.shift(); next && !this.#stop.signal.aborted; next = waiting.shift())
        await this.#run(place, next);
    };
    const atOnce = Math.max(1, Math.floor(this.#platform.config.poolSize / 4));
    await Promise.all(Array.from({ length: Math.min(atOnce, due.length) }, inTurn));
    return due.length > 0;
  }

  async #run(place: Place, due: Due): Promise<void> {
    const kind = this.#kinds.get(due.kind);
    if (!kind) return; // only known kinds are taken
    try {
      await this.#finish(place, due, kind.run);
    } catch (error) {
      if (due.attempts >= kind.tries) return this.#giveUp(place, due, kind, error);
      this.#platform.log.warn({ err: error, job: due.kind, attempts: due.attempts }, 'a job failed and is tried again');
    }
  }

  /** Does the work in the tenant's context and takes the job away, in one commit. */
  async #finish(place: Place, due: Due, work: Work<never>): Promise<void> {
    const { unit, rows } = await Unit.open(place.cell, due.tenantId, [
      {
        name: 'open-job',
        text: `select j.payload, j.request_id as "requestId", coalesce(t.status, 'active') as "tenantStatus",
                      coalesce(t.display_name, '') as "tenantDisplayName", t.provisioning, t.lends_groups as "lendsGroups",
                      platform_time() as now
               from jobs j left join tenants t on t.tenant_id = j.tenant_id where j.id = $1 for update of j`,
        values: [due.id],
      },
    ]);
    const row = rows[0]?.[0] as
      | {
          payload: never;
          requestId: string;
          tenantStatus: never;
          tenantDisplayName: string;
          provisioning: never;
          lendsGroups: boolean;
          now: Date;
        }
      | undefined;
    try {
      const identity = row && systemIdentity({ kind: 'system', id: null, credentialId: null, door: 'job' }, row);
      if (identity && passages[identity.tenantStatus].job === 'shut') {
        // It waits for its tenant, which is no try.
        await unit.db
          .updateTable('dueJobs')
          .set({ attempts: due.attempts - 1, dueAt: new Date(row.now.getTime() + SHUT_MS) })
          .where('id', '=', due.id)
          .execute();
        return await unit.commit();
      }
      const ctx =
        identity &&
        new TenantContext({
          platform: this.#platform,
          place,
          tenantId: due.tenantId,
          identity,
          unit,
          request: { id: row.requestId, action: due.kind, sourceAddress: null, userAgent: null, ifMatch: '*' },
        });
      if (ctx) await work(ctx, row.payload);
      await unit.db.deleteFrom('jobs').where('id', '=', due.id).execute();
      await unit.db.deleteFrom('dueJobs').where('id', '=', due.id).execute();
      await (ctx ? ctx.commit() : unit.commit());
    } catch (error) {
      await unit.rollback();
      throw error;
    }
  }

  async #giveUp(place: Place, due: Due, { kind, giveUp }: JobKind, error: unknown): Promise<void> {
    const said = { job: kind, jobId: due.id, attempts: due.attempts };
    this.#platform.log.error({ err: error, ...said }, 'a job failed too often and was given up');
    this.#givenUp.inc({ kind });
    try {
      if (giveUp) await this.#finish(place, due, giveUp);
      else
        await ask(place.cell, {
          name: 'put-job-off',
          text: `update due_jobs set due_at = platform_time() + interval '30 days' where id = $1`,
          values: [due.id],
        });
    } catch (failure) {
      this.#platform.log.warn({ err: failure, ...said }, 'a job could not be given up and is tried again');
    }
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
