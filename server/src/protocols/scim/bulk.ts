import { setTimeout } from 'node:timers/promises';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import type { Operation } from '../../kernel/operation.ts';
import { Problem, tooMany } from '../../kernel/problem.ts';
import type { Inner, Outcome } from '../../kernel/serve.ts';
import { baseUrlOf } from './base-url.ts';
import { scimProblem } from './problem.ts';
import { errorOf } from './rendering.ts';

/**
 * Bulk (RFC 7644 section 3.7). Each operation is performed as if it had come alone: it is decided about, committed and
 * audited by itself, so that a token that is revoked meanwhile performs no more.
 */

export const MOST_OPERATIONS = 1000;

const responseSchema = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

type Json = Record<string, unknown>;
type Endpoint = 'Users' | 'Groups';

/** The operations that a Bulk may hold, by method and endpoint. */
export type Performed = Record<'POST' | 'PUT' | 'PATCH' | 'DELETE', Record<Endpoint, Operation>>;

interface Asked {
  method: keyof Performed;
  endpoint: Endpoint;
  /** An id, or `bulkId:...`; undefined of a POST. */
  id: string | undefined;
  bulkId: string | undefined;
  version: string | undefined;
  data: unknown;
}

interface Done {
  status: number;
  location?: string;
  version?: string;
  problem?: Problem;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const reference = /^bulkId:(.+)$/;

/** The members of the message and of its operations count in any case (RFC 7643 section 2.1). */
const inOwnCase = (message: Json): Json =>
  Object.fromEntries(Object.entries(message).map(([name, value]) => [members.get(name.toLowerCase()) ?? name, value]));

const members = new Map(
  ['Operations', 'failOnErrors', 'method', 'path', 'bulkId', 'version', 'data'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

/** How long a Bulk waits in all for operations that are too much at once, in seconds. */
const MOST_WAITING_S = 30;
/** What asks for longer is no matter of pace: the guard. */
const LONGEST_PAUSE_S = 5;

/** Bulks of a tenant that a node performs at once: each holds its body. */
const AT_ONCE = 8;
const underWay = new Map<string, number>();

/** Performs an operation of a Bulk: the one at this place, or what completes it. */
type Perform = (inner: Inner, at: number) => Promise<Outcome>;

/** @throws {Problem} `invalidSyntax`: no Bulk; 413: too many operations; 429: too many Bulks at once */
export async function performBulk(ctx: TenantContext, body: Json, performed: Performed) {
  const perform = ctx.request.perform as NonNullable<typeof ctx.request.perform>;
  const bulk = readBulk(ctx, body, performed, perform);
  return inTurn(ctx.tenantId, async () => {
    await bulk.run();
    return { schemas: [responseSchema], Operations: bulk.answers() };
  });
}

/** @throws {Problem} `invalidSyntax`: no Bulk; 413: too many operations */
export function readBulk(ctx: TenantContext, body: Json, performed: Performed, perform: Perform): Bulk {
  const { Operations: operations, failOnErrors } = inOwnCase(body);
  if (!Array.isArray(operations))
    throw scimProblem(400, 'invalidSyntax', 'A Bulk is an object with Operations: an array.');
  if (operations.length > MOST_OPERATIONS)
    throw new Problem(413, 'too-large', `A Bulk has at most ${MOST_OPERATIONS} operations. Send several.`);
  if (
    failOnErrors !== undefined &&
    failOnErrors !== null &&
    !(Number.isSafeInteger(failOnErrors) && Number(failOnErrors) >= 0)
  )
    throw scimProblem(400, 'invalidValue', 'failOnErrors must be a whole number.');
  return new Bulk(ctx, operations, performed, perform, Number(failOnErrors ?? 0) || Number.POSITIVE_INFINITY);
}

/** @throws {Problem} 429: so many Bulks of the tenant are under way on this node */
async function inTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  const others = underWay.get(tenantId) ?? 0;
  if (others >= AT_ONCE)
    throw tooMany(`A tenant has ${AT_ONCE} Bulks under way at most. Send this one when one of them is answered.`, 1);
  underWay.set(tenantId, others + 1);
  try {
    return await work();
  } finally {
    const left = (underWay.get(tenantId) ?? 1) - 1;
    if (left > 0) underWay.set(tenantId, left);
    else underWay.delete(tenantId);
  }
}

export class Bulk {
  readonly #ctx: TenantContext;
  readonly #operations: unknown[];
  readonly #asked: (Asked | Problem)[];
  readonly #performed: Performed;
  readonly #perform: Perform;
  readonly #mostErrors: number;
  #done: (Done | undefined)[] = [];
  readonly #makers = new Map<string, number>();
  #made = new Map<string, string>();
  readonly #underWay = new Set<number>();
  /** What waits for the operation at a place. */
  #later = new Map<number, (() => Promise<void>)[]>();
  #errors = 0;
  #isOver = false;
  #waitedSeconds = 0;

  constructor(ctx: TenantContext, operations: unknown[], performed: Performed, perform: Perform, mostErrors: number) {
    this.#ctx = ctx;
    this.#perform = perform;
    this.#operations = operations.map((operation) => (isObject(operation) ? inOwnCase(operation) : operation));
    this.#performed = performed;
    this.#mostErrors = mostErrors;
    this.#asked = this.#operations.map((operation) => readOperation(operation));
    for (const [at, asked] of this.#asked.entries()) {
      if (asked instanceof Problem || asked.bulkId === undefined || asked.method !== 'POST') continue;
      if (this.#makers.has(asked.bulkId))
        this.#asked[at] = scimProblem(
          400,
          'invalidValue',
          'This bulkId is that of an earlier operation. Each is used once.',
        );
      else this.#makers.set(asked.bulkId, at);
    }
  }

  async run(): Promise<void> {
    for (let at = 0; at < this.size && !this.isOver; at++) await this.reach(at);
  }

  /** How many operations it holds. */
  get size(): number {
    return this.#asked.length;
  }

  /** Whether no further operation is come to. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Comes to the operation at this place, and first to those that it refers to. */
  reach(at: number): Promise<void> {
    return this.#resolve(at);
  }

  /** @returns forgets what was done from now on, since it was taken back. Not while an operation is under way. */
  remember(): () => void {
    const [done, made, later] = [[...this.#done], [...this.#made], [...this.#later]];
    const [errors, isOver] = [this.#errors, this.#isOver];
    return () => {
      this.#done = done;
      this.#made = new Map(made);
      this.#later = new Map(later);
      this.#underWay.clear();
      this.#errors = errors;
      this.#isOver = isOver;
    };
  }

  /** What each operation asked, unless it is none, and what became of it, unless it was not come to. */
  outcomes(): { asked: Asked | undefined; done: Done | undefined }[] {
    return this.#asked.map((asked, at) => ({
      asked: asked instanceof Problem ? undefined : asked,
      done: this.#done[at],
    }));
  }

  /** The answers in the order of the operations; of those that were not come to there is none. */
  answers() {
    return this.#operations.flatMap((operation, at) => {
      const done = this.#done[at];
      return done ? [answerOf(operation, done)] : [];
    });
  }

  /** Performs an operation after those that it refers to. */
  async #resolve(at: number): Promise<void> {
    // Nobody would hear of what follows, and the client will send it again.
    this.#isOver ||= this.#ctx.request.isGone?.() ?? false;
    if (this.#done[at] || this.#underWay.has(at) || this.#isOver) return;
    const asked = this.#asked[at] as Asked | Problem;
    if (asked instanceof Problem) return this.#finish(at, { status: asked.status, problem: asked });
    this.#underWay.add(at);
    const named = referencesIn(asked);
    for (const bulkId of named) {
      const maker = this.#makers.get(bulkId);
      if (maker !== undefined) await this.#resolve(maker);
      if (this.#isOver) return;
    }
    const open = named.filter((bulkId) => !this.#made.has(bulkId));
    // RFC 7644 section 3.7.1: of a circle one is made without the other first, and completed when that is there.
    const inCircle = open.filter(
      (bulkId) => this.#underWay.has(this.#makers.get(bulkId) ?? -1) && !this.#done[this.#makers.get(bulkId) ?? -1],
    );
    if (open.length > inCircle.length || (open.length > 0 && asked.method !== 'POST')) {
      const problem = new Problem(
        409,
        'scim-reference',
        'It refers to a bulkId whose resource was not made. Nothing was done.',
      );
      return this.#finish(at, { status: 409, problem });
    }
    await this.#do(at, asked, new Set(inCircle));
    this.#underWay.delete(at);
    for (const bulkId of inCircle) await this.#complete(at, asked, bulkId);
  }

  async #do(at: number, asked: Asked, left: ReadonlySet<string>) {
    const { method, endpoint, bulkId, version } = asked;
    const id = asked.id === undefined ? undefined : this.#idOf(asked.id);
    const outcome = await this.#send(
      at,
      this.#performed[method][endpoint],
      endpoint,
      id,
      this.#filled(asked.data, left),
      version,
    );
    if (outcome instanceof Problem)
      return this.#finish(at, { status: outcome.status, problem: outcome, ...this.#at(endpoint, id) });
    const location = typeof outcome.headers.location === 'string' ? outcome.headers.location : undefined;
    const madeId = location?.slice(location.lastIndexOf('/') + 1);
    if (bulkId !== undefined && madeId && isId(madeId)) this.#made.set(bulkId, madeId);
    const etag = outcome.headers.etag;
    return this.#finish(at, {
      status: outcome.status,
      ...this.#at(endpoint, madeId ?? id),
      ...(typeof etag === 'string' ? { version: etag } : {}),
    });
  }

  /** Adds to one of a circle what could not be said when it was made. */
  async #complete(at: number, asked: Asked, bulkId: string) {
    const done = this.#done[at];
    const maker = this.#makers.get(bulkId);
    const id = asked.bulkId === undefined ? undefined : this.#made.get(asked.bulkId);
    if (!done || done.problem || !id || maker === undefined) return;
    await this.#after(maker, async () => {
      const target = this.#made.get(bulkId);
      if (!target) return;
      const isMember = asked.endpoint === 'Groups';
      const operation = isMember
        ? { op: 'add', path: 'members', value: [{ value: target }] }
        : {
            op: 'add',
            path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
            value: { value: target },
          };
      const data = { schemas: [patchSchema], Operations: [operation] };
      const outcome = await this.#send(at, this.#performed.PATCH[asked.endpoint], asked.endpoint, id, data, undefined);
      if (outcome instanceof Problem) this.#done[at] = { ...done, status: outcome.status, problem: outcome };
      else if (typeof outcome.headers.etag === 'string') this.#done[at] = { ...done, version: outcome.headers.etag };
    });
  }

  async #after(maker: number, work: () => Promise<void>) {
    if (this.#done[maker]) return work();
    this.#later.set(maker, [...(this.#later.get(maker) ?? []), work]);
  }

  async #send(
    at: number,
    operation: Operation,
    endpoint: Endpoint,
    id: string | undefined,
    body: unknown,
    ifMatch: string | undefined,
  ): Promise<Outcome> {
    const { tenantId, request } = this.#ctx;
    const inner: Inner = {
      operation,
      params: { tenantId, ...(id === undefined ? {} : { id }) },
      body: operation.body ? (body ?? {}) : undefined,
      ifMatch,
      url: `/scim/v2/${tenantId}/${endpoint}${id === undefined ? '' : `/${id}`}`,
    };
    for (;;) {
      const outcome = await this.#perform(inner, at);
      if (!(outcome instanceof Problem) || outcome.status !== 429) return outcome;
      // Nothing of it was done. A client that sends it alone would wait and try again.
      const seconds = Number(outcome.headers['retry-after']);
      if (this.#ctx.isRehearsing) return outcome; // others wait for what it holds
      if (!(seconds <= LONGEST_PAUSE_S) || this.#waitedSeconds + seconds > MOST_WAITING_S || request.isGone?.())
        return outcome;
      this.#waitedSeconds += seconds;
      await setTimeout(seconds * 1000);
    }
  }

  async #finish(at: number, done: Done) {
    this.#done[at] = done;
    this.#underWay.delete(at);
    for (const work of this.#later.get(at) ?? []) await work();
    if (done.problem) this.#errors++;
    // A token that is over is over for all that follows.
    if (this.#errors >= this.#mostErrors || done.problem?.status === 401) this.#isOver = true;
  }

  #at = (endpoint: Endpoint, id: string | undefined) =>
    id === undefined ? {} : { location: `${baseUrlOf(this.#ctx)}/${endpoint}/${id}` };

  #idOf(id: string): string {
    const bulkId = reference.exec(id)?.[1];
    return bulkId === undefined ? id : (this.#made.get(bulkId) ?? id);
  }

  /** The data with ids for bulkIds; what refers to a circle is left out. */
  #filled(data: unknown, left: ReadonlySet<string>, of = ''): unknown {
    const bulkId = referenceIn(data, of);
    if (bulkId !== undefined) return this.#made.get(bulkId) ?? data;
    if (Array.isArray(data))
      return data.filter((each) => !refersTo(each, of, left)).map((each) => this.#filled(each, left, of));
    if (isObject(data))
      return Object.fromEntries(
        Object.entries(data)
          .filter(([name, each]) => !refersTo(each, name, left))
          .map(([name, each]) => [name, this.#filled(each, left, name)]),
      );
    return data;
  }
}

/** RFC 7644 section 3.7.2: where an id may stand, a bulkId may. Anywhere else it is a text like any other. */
const referenceIn = (data: unknown, of: string): string | undefined =>
  typeof data === 'string' && /(?:^|[.:])(?:value|manager|members)$/i.test(of) ? reference.exec(data)?.[1] : undefined;

/** Whether it is a reference to one of these, or an object whose `value` is. */
const refersTo = (each: unknown, of: string, bulkIds: ReadonlySet<string>): boolean => {
  const bulkId = isObject(each) ? referenceIn(each.value, 'value') : referenceIn(each, of);
  return bulkId !== undefined && bulkIds.has(bulkId);
};

function referencesIn({ id, data }: Asked): string[] {
  const found = new Set<string>();
  const look = (value: unknown, of: string): void => {
    const bulkId = referenceIn(value, of);
    if (bulkId !== undefined) found.add(bulkId);
    else if (Array.isArray(value)) for (const each of value) look(each, of);
    else if (isObject(value)) for (const [name, each] of Object.entries(value)) look(each, name);
  };
  look(id, 'value');
  look(data, '');
  return [...found];
}

function readOperation(operation: unknown): Asked | Problem {
  if (!isObject(operation)) return scimProblem(400, 'invalidSyntax', 'Each operation of a Bulk is an object.');
  const method = String(operation.method ?? '').toUpperCase();
  if (method !== 'POST' && method !== 'PUT' && method !== 'PATCH' && method !== 'DELETE')
    return scimProblem(400, 'invalidSyntax', 'The method of an operation is POST, PUT, PATCH or DELETE.');
  const path = typeof operation.path === 'string' ? operation.path : '';
  const [, endpoint, id] = /^\/?(Users|Groups)(?:\/([^/?#]+))?\/?$/.exec(path) ?? [];
  if (!endpoint || (method === 'POST') !== (id === undefined))
    return scimProblem(
      400,
      'invalidPath',
      'The path of an operation is /Users or /Groups, with an id unless it is a POST.',
    );
  const bulkId = typeof operation.bulkId === 'string' && operation.bulkId !== '' ? operation.bulkId : undefined;
  // RFC 7644 section 3.7: "REQUIRED when method is POST".
  if (method === 'POST' && bulkId === undefined)
    return scimProblem(400, 'invalidValue', 'A POST in a Bulk needs a bulkId.');
  const version = typeof operation.version === 'string' ? operation.version : undefined;
  return { method, endpoint: endpoint as Endpoint, id, bulkId, version, data: operation.data };
}

function answerOf(operation: unknown, { status, location, version, problem }: Done) {
  const { method, bulkId } = isObject(operation) ? operation : ({} as Json);
  return {
    ...(location === undefined ? {} : { location }),
    ...(typeof method === 'string' ? { method } : {}),
    ...(typeof bulkId === 'string' ? { bulkId } : {}),
    ...(version === undefined ? {} : { version }),
    status: String(status),
    ...(problem ? { response: errorOf(problem) } : {}),
  };
}
