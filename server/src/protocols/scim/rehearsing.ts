import { standingOfPeople } from '../../capabilities/accounts/service.ts';
import { Rights } from '../../kernel/access.ts';
import type { Entry } from '../../kernel/audit.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { type Asked as AskedOfKernel, parseInput } from '../../kernel/input.ts';
import { Reply } from '../../kernel/operation.ts';
import { isOvertaken, Problem, problemOf, unavailable } from '../../kernel/problem.ts';
import { type Inner, isDoneAgain, isFollowed, type Outcome } from '../../kernel/serve.ts';
import { type Bulk, type Performed, readBulk } from './bulk.ts';

/**
 * A Bulk done by the code that does it, in a transaction that is taken back (docs/decisions/0029). Rows that it touches
 * are held meanwhile, so it takes no longer than it may.
 */

const LONGEST_MS = 2_000;
/** Less than the second after which PostgreSQL looks for a deadlock, so that nobody else is refused for it. */
const LONGEST_WAIT_MS = 200;
/** How often it is asked whether somebody waits for what it holds. */
const ASKED_EVERY_MS = 100;
/**
 * Operations that are done behind one savepoint. What a transaction wrote behind savepoints takes a place for each among
 * the 64 that PostgreSQL remembers; with more it is slower for everybody. A Bulk has a thousand operations at most.
 */
const TOGETHER = 25;

/** What was done, and taken back. */
export interface Rehearsed {
  bulk: Bulk;
  entries: readonly Entry[];
  /** Those of each operation. */
  entriesOf: ReadonlyMap<number, readonly Entry[]>;
  /** Those whom it touched, as they stood then. */
  people: Awaited<ReturnType<typeof standingOfPeople>>;
}

/**
 * Does a Bulk as the token would, and takes it back.
 *
 * @throws {Problem} 400 or 413 as for a Bulk; 413 beyond 2 seconds; 503 when somebody waits for what it holds or changes
 *   the same
 */
export async function rehearseBulk(
  ctx: TenantContext,
  body: Record<string, unknown>,
  performed: Performed,
  tokenId: string,
): Promise<Rehearsed> {
  const rehearsal = new Rehearsal(ctx, tokenId);
  const bulk = readBulk(ctx, body, performed, (inner, at) => rehearsal.perform(inner, at));
  let people: Rehearsed['people'] = new Map();
  try {
    const entries = await ctx.rehearse(async () => {
      await rehearsal.run(bulk);
      people = await peopleIn(ctx, ctx.recorded);
    });
    return { entries, bulk, entriesOf: rehearsal.entriesOf(), people };
  } catch (error) {
    // A statement was cut off for it.
    if ((error as { code?: unknown }).code === '57014') throw takesTooLong(bulk);
    throw error;
  }
}

async function peopleIn(ctx: TenantContext, entries: readonly Entry[]): Promise<Rehearsed['people']> {
  const touched = entries.flatMap(({ targetKind, targetId }) => (targetKind === 'account' ? (targetId ?? []) : []));
  const standing = await standingOfPeople(ctx, touched);
  return new Map(touched.flatMap((id) => (standing.has(id) ? [[id, standing.get(id)] as never] : [])));
}

/** One of several that are done behind one savepoint was refused. */
class RefusedAmongOthers extends Error {}

/**
 * The way of a Bulk's operations. Some of them are done behind one savepoint. Where one of these is refused when it has
 * written already (a name is taken), all of them are taken back: those before it, of which it is known that they pass,
 * are done again behind none, and it is done alone. So as many savepoints stay as there are groups, however many are
 * refused.
 */
class Rehearsal {
  readonly #ctx: TenantContext;
  readonly #tokenId: string;
  readonly #late = AbortSignal.timeout(LONGEST_MS);
  #asked = AbortSignal.timeout(ASKED_EVERY_MS);
  #bulk: Bulk | undefined;
  /** What was recorded by each act, in their order: the operation at a place, or what completed it. */
  readonly #acts: { at: number; entries: readonly Entry[] }[] = [];
  /** Acts that the tenant's requests were spent for. */
  #spent = 0;
  /** From this act on each is done alone; those before it are done with others. */
  #alone = Number.POSITIVE_INFINITY;
  #isTogether = false;
  /** Until the first is refused after it wrote, what an operation writes goes with what the next one asks. */
  #isWrittenLate = true;

  constructor(ctx: TenantContext, tokenId: string) {
    this.#ctx = ctx;
    this.#tokenId = tokenId;
  }

  async run(bulk: Bulk): Promise<void> {
    this.#bulk = bulk;
    for (let at = 0; at < bulk.size && !bulk.isOver; ) at = await this.#several(bulk, at);
  }

  entriesOf(): Map<number, Entry[]> {
    const found = new Map<number, Entry[]>();
    for (const { at, entries } of this.#acts) found.set(at, [...(found.get(at) ?? []), ...entries]);
    return found;
  }

  /** Does operations from this place on. @returns the place of the next one */
  async #several(bulk: Bulk, from: number): Promise<number> {
    await this.#hold();
    const forget = bulk.remember();
    const acts = this.#acts.length;
    let at = from;
    try {
      this.#isTogether = true;
      await this.#ctx.attempt(async () => {
        for (; at < bulk.size && at < from + TOGETHER; at++) await bulk.reach(at);
      });
      await this.#spendFor(this.#acts.length);
      return at;
    } catch (error) {
      const isOver = error instanceof Problem || (!isOvertaken(error) && (problemOf(error)?.status ?? 0) >= 500);
      if (!(error instanceof RefusedAmongOthers) && (!this.#isWrittenLate || isOver)) throw error;
    } finally {
      this.#isTogether = false;
    }
    forget();
    if (this.#isWrittenLate) {
      // Which of them it was is not known: what fails may be what one before it wrote. Nothing was spent for them yet.
      this.#isWrittenLate = false;
      this.#acts.length = acts;
      return this.#several(bulk, from);
    }
    this.#alone = this.#acts.length;
    this.#acts.length = acts;
    await this.#hold(); // what was set within was taken back too
    for (let again = from; again <= at; again++) await bulk.reach(again);
    this.#alone = Number.POSITIVE_INFINITY;
    return at + 1;
  }

  async perform(inner: Inner, at: number): Promise<Outcome> {
    if (this.#late.aborted) throw takesTooLong(this.#bulk as Bulk);
    if (this.#asked.aborted) await this.#hold();
    if (!this.#isWrittenLate) await this.#spendFor(this.#acts.length + 1);
    const recorded = this.#ctx.recorded.length;
    const outcome =
      this.#acts.length < this.#alone ? await this.#performWithOthers(inner) : await this.#performAlone(inner);
    this.#acts.push({ at, entries: this.#ctx.recorded.slice(recorded) });
    return outcome;
  }

  /** Waits for others no longer than it may, and makes way for who waits for it. */
  async #hold(): Promise<void> {
    this.#asked = AbortSignal.timeout(ASKED_EVERY_MS);
    if (await this.#ctx.waitAtMost(LONGEST_WAIT_MS, LONGEST_MS)) throw somebodyChangesTheSame();
  }

  async #spendFor(acts: number): Promise<void> {
    for (; this.#spent < acts; this.#spent++) await this.#spend();
  }

  /** Costs what the Bulk would, as far as there is of it: a look is never done by halves. */
  async #spend(): Promise<void> {
    try {
      await this.#ctx.request.spend?.();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  async #performWithOthers(inner: Inner): Promise<Outcome> {
    const { operation } = inner;
    const ctx = this.#ctx;
    const writes = ctx.writes;
    try {
      const input = inputOf(inner);
      let outcome: Outcome;
      try {
        outcome = await this.#as(inner, false, () => handle(ctx, operation, input));
      } catch (error) {
        // What was refused before it wrote has nothing to be taken back; only rules of ours are.
        if (!(error instanceof Problem) || error.status >= 500 || ctx.writes > writes) throw error;
        outcome = error;
        if (operation.afterRefusal && isFollowed(error))
          await this.#as(inner, false, async () => operation.afterRefusal?.(ctx, error, input as never));
      }
      if (!this.#isWrittenLate) await ctx.flush();
      return outcome;
    } catch (error) {
      if (!isDoneAgain(operation, {}, error) && !refusalIn(error)) throw error;
      throw this.#isTogether ? new RefusedAmongOthers() : somebodyChangesTheSame();
    }
  }

  /** Does an operation as the kernel does it: once more when somebody came between, and with what follows a refusal. */
  async #performAlone(inner: Inner, isAgain = false): Promise<Outcome> {
    const { operation } = inner;
    try {
      const input = inputOf(inner);
      try {
        return await this.#tried(inner, isAgain, () => handle(this.#ctx, operation, input));
      } catch (error) {
        const problem = problemOf(error);
        if (isDoneAgain(operation, { isAgain }, error)) throw error;
        if (operation.afterRefusal && problem && isFollowed(problem))
          await this.#tried(inner, isAgain, async () => operation.afterRefusal?.(this.#ctx, problem, input as never));
        throw error;
      }
    } catch (error) {
      if (isDoneAgain(operation, { isAgain }, error)) {
        await this.#spend();
        return this.#performAlone(inner, true);
      }
      const problem = refusalIn(error);
      if (!problem) throw error;
      return problem;
    }
  }

  /** Sees whether it passes, takes it back, and does it behind no savepoint. @throws what it is refused with */
  async #tried<T>(inner: Inner, isAgain: boolean, work: () => Promise<T>): Promise<T> {
    await this.#ctx.rehearse(() => this.#as(inner, isAgain, work));
    try {
      const result = await this.#as(inner, isAgain, work);
      await this.#ctx.flush();
      return result;
    } catch (error) {
      throw isDoneAgain(inner.operation, {}, error) || refusalIn(error) ? somebodyChangesTheSame() : error;
    }
  }

  #as<T>({ operation, ifMatch }: Inner, isAgain: boolean, work: () => Promise<T>): Promise<T> {
    const id = this.#tokenId;
    const actor = { kind: 'provisioning-token', id, credentialId: id, door: 'scim' } as const;
    return this.#ctx.asAnother(
      { actor, rights: new Rights(false, []) },
      { action: operation.id, ifMatch, isAgain },
      work,
    );
  }
}

/** What it would be answered. A fault, and that time is over, is that of the look. */
function refusalIn(error: unknown): Problem | undefined {
  const problem = problemOf(error);
  return problem && problem.status < 500 ? problem : undefined;
}

const inputOf = ({ operation, params, body }: Inner) =>
  parseInput(operation, { params, query: {}, body } as AskedOfKernel);

async function handle(ctx: TenantContext, operation: Inner['operation'], input: unknown): Promise<Outcome> {
  const result = await operation.handle(ctx as never, input as never);
  const { status, headers = {} } = result instanceof Reply ? result : {};
  return { status: status ?? operation.status, headers, body: undefined };
}

const somebodyChangesTheSame = () =>
  unavailable('Somebody changes the same just now. Nothing was changed; look again in a moment.', 1);

const takesTooLong = (bulk: Bulk) => {
  const done = bulk.outcomes().filter((each) => each.done).length;
  return new Problem(
    413,
    'too-large',
    `Looking at this takes longer than 2 seconds, and holds what it touches. It came to ${done} of ${bulk.size} operations. Look at fewer at once.`,
  );
};
