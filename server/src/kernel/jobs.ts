import { setMaxListeners } from 'node:events';
import { systemIdentity } from './authenticate.ts';
import { TenantContext } from './context.ts';
import { ask, Unit } from './database/pool.ts';
import { passages } from './doors.ts';
import type { Place, Platform, Region } from './regions.ts';

/** Work after a commit, in its tenant's context. */
export interface JobKind {
  kind: string;
  /** Throws to be tried again later; the delay doubles from 1 second to 1 hour. */
  run: (ctx: TenantContext, payload: never) => Promise<void>;
}

export const job = <P>(kind: string, run: (ctx: TenantContext, payload: P) => Promise<void>): JobKind => ({
  kind,
  run: run as JobKind['run'],
});

/** What a cell does at intervals without any tenant: sweeping what is over. */
export interface Chore {
  name: string;
  everySeconds: number;
  run: (platform: Platform, region: Region) => Promise<void>;
}

const POLL_MS = 500;
const BATCH = 10;

/** Polls each cell of each served region for due jobs and runs them; any number of nodes may (SKIP LOCKED). */
export class JobRunner {
  readonly #platform: Platform;
  readonly #kinds: Map<string, JobKind>;
  readonly #chores: Chore[];
  readonly #loops: Promise<void>[] = [];
  readonly #stop = new AbortController();

  constructor(platform: Platform, kinds: JobKind[], chores: Chore[]) {
    this.#platform = platform;
    this.#kinds = new Map(kinds.map((each) => [each.kind, each]));
    this.#chores = chores;
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

  /** Runs up to a batch of due jobs. @returns whether there may be more at once */
  async #runDue(place: Place): Promise<boolean> {
    const due = await ask<{ id: string; tenantId: string; kind: string; attempts: number }>(place.cell, {
      name: 'take-jobs',
      // Taking a job moves it on, so that a node that dies leaves it to another one.
      text: `update due_jobs set attempts = attempts + 1,
               due_at = platform_time() + least(3600, 30 * power(2, least(attempts, 10))) * interval '1 second'
             where id in (select id from due_jobs where due_at <= platform_time() order by due_at limit ${BATCH} for update skip locked)
             returning id, tenant_id as "tenantId", kind, attempts`,
      values: [],
    });
    for (const each of due) {
      if (this.#stop.signal.aborted) return false;
      await this.#run(place, each);
    }
    return due.length === BATCH;
  }

  async #run(place: Place, due: { id: string; tenantId: string; kind: string; attempts: number }): Promise<void> {
    const kind = this.#kinds.get(due.kind);
    try {
      const { unit, rows } = await Unit.open(place.cell, due.tenantId, [
        {
          name: 'open-job',
          text: `select j.payload, j.request_id as "requestId", coalesce(t.status, 'active') as "tenantStatus",
                        coalesce(t.display_name, '') as "tenantDisplayName", platform_time() as now
                 from jobs j left join tenants t on t.tenant_id = j.tenant_id where j.id = $1 for update of j`,
          values: [due.id],
        },
      ]);
      const row = rows[0]?.[0] as
        | { payload: never; requestId: string; tenantStatus: never; tenantDisplayName: string; now: Date }
        | undefined;
      try {
        const identity = row && systemIdentity({ kind: 'system', id: null, credentialId: null, door: 'job' }, row);
        if (identity && kind && passages[identity.tenantStatus].job === 'shut') return await unit.rollback(); // waits for the tenant
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
        if (ctx && kind) await kind.run(ctx, row.payload);
        await unit.db.deleteFrom('jobs').where('id', '=', due.id).execute();
        await unit.db.deleteFrom('dueJobs').where('id', '=', due.id).execute();
        await (ctx ? ctx.commit() : unit.commit());
      } catch (error) {
        await unit.rollback();
        throw error;
      }
    } catch (error) {
      this.#platform.log.warn({ err: error, job: due.kind, attempts: due.attempts }, 'a job failed and is tried again');
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
