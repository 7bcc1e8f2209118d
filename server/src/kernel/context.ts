import { type Compilable, type CompiledQuery, type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import type { Rights } from './access.ts';
import { type AuditedChange, type Entry, entryOf, insertAct, insertEntry, insertOperatorEntry } from './audit.ts';
import type { Actor, Identity } from './authenticate.ts';
import { Rooms } from './caps.ts';
import { Unit } from './database/pool.ts';
import { prepared } from './database/queries.ts';
import type { Tables } from './database/tables.gen.ts';
import type { Word } from './guests.ts';
import { newId } from './ids.ts';
import { takeBackLent } from './leases.ts';
import type { Language } from './messages/languages.ts';
import { type Letter, type MailTexts, mailTexts, type NoticeKind } from './messages/mails.ts';
import { Problem } from './problem.ts';
import type { Place, Platform } from './regions.ts';
import type { Inner, Outcome } from './serve.ts';
import { TenantKeys } from './tenant-keys.ts';

/** What a request says about itself, for the audit and for versions. */
export interface RequestFacts {
  id: string;
  /** The operation's id, or the job's kind. */
  action: string;
  sourceAddress: string | null;
  userAgent: string | null;
  ifMatch: string | undefined;
  ifNoneMatch?: string | undefined;
  /** As it came; the kernel uses it itself except for creations above tenants. */
  idempotencyKey?: string | string[] | undefined;
  /** What the browser holds; signing in replaces it. */
  cookies?: Record<string, string | undefined>;
  /** Which languages the client wants, as it came. */
  acceptLanguage?: string | undefined;
  /** As it came, below the origin: some signatures are over it. */
  url?: string;
  /** The Host header as it came: it chooses among addresses that are configured, and is never one itself. */
  host?: string | undefined;
  /** The client certificate of the connection, as a proxy that is believed hands it on; not read yet. */
  clientCertificate?: string | undefined;
  /** What the browser says of the page that sent it (Sec-Fetch-Site). */
  sentFrom?: string | string[] | undefined;
  /** Regions from which nothing came back to this request, which it asks no more. Set by the kernel. */
  silentRegions?: Set<string>;
  /** What homes said of guests, by their ids, before work that asks no home while it holds rows. Set by that work. */
  wordsOfHomes?: ReadonlyMap<string, Word>;
  /** Performs an operation as if its request had come alone, by the same credential. Set by the kernel. */
  perform?: (inner: Inner) => Promise<Outcome>;
  /** Spends one more request of the quota. Set by the kernel. @throws {Problem} 429 */
  spend?: () => Promise<void>;
  /** Whether who asked has hung up, so that long work may stop. Set by the kernel. */
  isGone?: () => boolean;
  /** Somebody came between what was read and what was to be written, so the operation is done once more. Set by the kernel. */
  isAgain?: boolean;
  /** Nobody asked for it: it counts as no request, and what is refused to it as no refusal. Set by the kernel. */
  isAside?: boolean | undefined;
  /** What it changed is committed, so it is not done once more whatever follows. Set by the kernel. */
  isKept?: boolean;
  /** What the request is about, for those who watch the requests of a protocol: an id or a folded name. */
  about?: string | undefined;
}

export interface Mail {
  to: string;
  language: Language;
  /** What it says, in that language. */
  text: (texts: MailTexts) => Letter;
  /** Accounts that it is to or names: it goes when one of them is erased. */
  names?: readonly string[];
}

export interface Notice {
  kind: NoticeKind;
  /** In English; its mail says it in the reader's language. */
  text: string;
  /** The owners of the tenant, or one account. */
  to: 'owners' | { accountId: string };
  target?: { kind: string; id: string };
  /** Accounts that the text names, beside the one that it is to or about: it goes when one of them is erased. */
  names?: readonly string[];
}

const insertJob = prepared(
  (
    db,
    { tenantId, id, kind, payload, requestId }: Record<'tenantId' | 'id' | 'kind' | 'payload' | 'requestId', string>,
  ) => db.insertInto('jobs').values({ tenantId, id, kind, payload, requestId }),
);
const insertDueJob = prepared(
  (db, { tenantId, id, kind, dueAt }: { tenantId: string; id: string; kind: string; dueAt: Date }) =>
    db.insertInto('dueJobs').values({ id, tenantId, kind, dueAt }),
);

/**
 * A unit of work in one tenant: the only way to its rows. Carries who acts and with what rights, the transaction, the
 * database's time, and what must be committed with the change: audit entries, jobs, mails, notices.
 */
export class TenantContext {
  readonly platform: Platform;
  readonly place: Place;
  readonly tenantId: string;
  readonly identity: Identity;
  readonly request: RequestFacts;
  readonly #unit: Unit;
  #keys: TenantKeys | undefined;
  readonly #entries: { entry: Entry; actor: Actor }[] = [];
  readonly #afterwards: (() => Promise<void>)[] = [];
  /** An entry was written before the commit. */
  #hasRecorded = false;
  /** The version that If-Match was held against. */
  #versionAsked: number | undefined;
  #askedFor: { askedBy: string; changeRequestId: string } | undefined;
  /** While all that is done is taken back: the room that it takes counts for nobody else. */
  #rehearsal: { rooms: Rooms } | undefined;
  #etag: string | undefined;

  constructor(parts: {
    platform: Platform;
    place: Place;
    tenantId: string;
    identity: Identity;
    request: RequestFacts;
    unit: Unit;
  }) {
    this.platform = parts.platform;
    this.place = parts.place;
    this.tenantId = parts.tenantId;
    this.identity = parts.identity;
    this.request = parts.request;
    this.#unit = parts.unit;
  }

  /** The transaction, which sees this tenant's rows and no others. */
  get db(): Kysely<Tables> {
    return this.#unit.db;
  }

  /** Whether this holds a connection already: then it asks nothing over another one (`again`). */
  get hasBegun(): boolean {
    return this.#unit.hasBegun;
  }

  get keys(): TenantKeys {
    this.#keys ??= new TenantKeys(this);
    return this.#keys;
  }

  /** The rows of a query that is compiled already (`prepared`): it spares building one. */
  ask<Row>(query: CompiledQuery<Row>): Promise<Row[]> {
    return this.#unit.ask(query);
  }

  /** Large parts of one question, each of which is asked at the same time where that can be. */
  askParts<Row>(parts: CompiledQuery<Row>[]): Promise<Row[]> {
    return this.#unit.askParts(parts);
  }

  /** Whether it only reads, and each query by itself. */
  get isReading(): boolean {
    return this.#unit.isReading;
  }

  /**
   * Writes what nothing waits for, with the next query or with the commit: one message less. Its constraint problems
   * come out there.
   */
  defer<Row>(query: Compilable<Row> | CompiledQuery<Row>, told?: (rows: Row[]) => void): void {
    this.#unit.defer('compile' in query ? query.compile() : query, told);
  }

  /**
   * Asks what may take long, and no longer than so many milliseconds.
   *
   * @throws {Problem} the one given, when it took longer
   */
  async within<Row>(milliseconds: number, query: Compilable<Row>, late: Problem): Promise<Row[]> {
    try {
      return (await this.#unit.within<Row>(milliseconds, query.compile())).rows;
    } catch (error) {
      throw (error as { code?: string }).code === '57014' ? late : error;
    }
  }

  /**
   * Does a part of long work that a rule may refuse: then what it wrote and recorded is taken back, and the work goes
   * on with the next part.
   *
   * @throws whatever the part throws; a broken constraint as the database says it
   */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const recorded = this.#entries.length;
    try {
      return await this.#unit.attempt(work);
    } catch (error) {
      this.#entries.length = Math.min(this.#entries.length, recorded);
      throw error;
    }
  }

  /**
   * Does work to see what it would record: all that it wrote is taken back, and its entries are never written.
   *
   * @throws whatever the work throws
   */
  async rehearse(work: () => Promise<unknown>): Promise<Entry[]> {
    const [recorded, afterwards, around] = [this.#entries.length, this.#afterwards.length, this.#rehearsal];
    this.#rehearsal = { rooms: around?.rooms ?? new Rooms() };
    try {
      await this.#unit.rehearse(work);
      return this.#entries.slice(recorded).map(({ entry }) => entry);
    } finally {
      this.#entries.length = Math.min(this.#entries.length, recorded);
      this.#afterwards.length = Math.min(this.#afterwards.length, afterwards);
      this.#keys = undefined; // it may know keys that were taken back
      this.#rehearsal = around;
    }
  }

  /** How much the parts of its work (`attempt`) wrote so far: where it stays the same there is nothing to take back. */
  get writes(): number {
    return this.#unit.writes;
  }

  /** Writes what was deferred, so that a rule of the database that it breaks is told here. */
  flush(): Promise<void> {
    return this.#unit.flush();
  }

  /** Whether all that is done now is taken back. */
  get isRehearsing(): boolean {
    return this.#rehearsal !== undefined;
  }

  /** How much room creations find. */
  get rooms(): Rooms {
    return this.#rehearsal?.rooms ?? this.platform.rooms;
  }

  /** What was recorded and not written yet, in its order. */
  get recorded(): readonly Entry[] {
    return this.#entries.map(({ entry }) => entry);
  }

  /**
   * Does what a request of another credential would do, to be rehearsed.
   *
   * @param request what that request says of itself
   */
  async asAnother<T>(
    { actor, rights }: Pick<Identity, 'actor' | 'rights'>,
    request: Pick<RequestFacts, 'action' | 'ifMatch' | 'isAgain'>,
    work: () => Promise<T>,
  ): Promise<T> {
    if (!this.#rehearsal) throw new Error('Another credential acts in a rehearsal only.');
    const { actor: ownActor, rights: ownRights } = this.identity;
    const { action, ifMatch, ifNoneMatch, isAgain, about } = this.request;
    Object.assign(this.identity, { actor, rights });
    Object.assign(this.request, { about: undefined, ifNoneMatch: undefined, ...request });
    this.#versionAsked = undefined;
    try {
      return await work();
    } finally {
      Object.assign(this.identity, { actor: ownActor, rights: ownRights });
      Object.assign(this.request, { action, ifMatch, ifNoneMatch, isAgain, about });
      this.#versionAsked = undefined;
      this.#etag = undefined;
    }
  }

  /**
   * From here to the end of the part of the work, waits so long at most for a row that somebody else holds, and for
   * each answer of the database what is left of a time that began with the transaction.
   *
   * @returns whether somebody waits for what this holds
   */
  async waitAtMost(forRowsMs: number, inAllMs: number): Promise<boolean> {
    const left = sql`greatest(1, ${inAllMs}::int - (extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)::int)`;
    const { rows } = await sql<{ isWaitedFor: boolean }>`
      select set_config('lock_timeout', ${String(forRowsMs)}, true), set_config('statement_timeout', ${left}::text, true),
             exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))) as "isWaitedFor"`.execute(
      this.db,
    );
    return rows[0]?.isWaitedFor ?? false;
  }

  /**
   * Does what another principal asked for, recorded with both.
   *
   * @param asked.rights by which it is done
   * @param asked.ifMatch as it was asked
   */
  async onRequestOf<T>(
    asked: { askedBy: string; changeRequestId: string; rights: Rights; action: string; ifMatch: string | undefined },
    work: () => Promise<T>,
  ): Promise<T> {
    const { identity, request } = this;
    const { rights } = identity;
    const { action, ifMatch } = request;
    identity.rights = asked.rights;
    Object.assign(request, { action: asked.action, ifMatch: asked.ifMatch });
    this.#askedFor = { askedBy: asked.askedBy, changeRequestId: asked.changeRequestId };
    this.#versionAsked = undefined;
    try {
      return await work();
    } finally {
      identity.rights = rights;
      Object.assign(request, { action, ifMatch });
      this.#askedFor = undefined;
      this.#etag = undefined;
    }
  }

  /** Reads again in this tenant when this unit of work is over: a long reply that leaves in parts. */
  async again<T>(work: (ctx: TenantContext) => Promise<T>): Promise<T> {
    const { platform, place, tenantId, identity, request } = this;
    const { unit } = await Unit.open(place.cell, tenantId, [], 'read');
    try {
      return await work(new TenantContext({ platform, place, tenantId, identity, request, unit }));
    } finally {
      unit.finishRead();
    }
  }

  get actor(): Actor {
    return this.identity.actor;
  }

  get rights(): Rights {
    return this.identity.rights;
  }

  /** The database's time when the unit of work was opened; the only clock that rules use. */
  get now(): Date {
    return this.identity.now;
  }

  /** Looks at the clock again, for who waited for others: what they did is not in the future then. */
  async readClock(): Promise<void> {
    const { rows } = await sql<{ now: Date }>`select platform_time() as now`.execute(this.db);
    this.identity.now = rows[0]?.now ?? this.now;
  }

  /** A time so many seconds from now. */
  later(seconds: number): Date {
    return new Date(this.now.getTime() + seconds * 1000);
  }

  /** What a new or changed row carries of its author. */
  get changedBy() {
    return { updatedAt: this.now, updatedBy: this.actor.id };
  }

  /** Records a change. A unit of work that wrote without one refuses to commit. */
  audit(schema: z.ZodObject, change: AuditedChange): void {
    this.record(entryOf(schema, change.action ?? this.request.action, change), this.actor);
  }

  /** Adds an entry as it is, also of another actor than this unit's: a job that sums up somebody's refusals. */
  record(entry: Entry, actor: Actor): void {
    if (this.#askedFor) {
      const changes = entry.changes as { details?: object } | null;
      entry.changes = { ...changes, details: { ...changes?.details, ...this.#askedFor } };
    }
    this.#entries.push({ entry, actor });
  }

  /**
   * Holds the row's version against If-Match (RFC 9110 section 13.1.1).
   *
   * @throws {Problem} 428 `if-match-required` without the header; 412 `version-changed` when another edit came first
   */
  requireVersion({ version }: { version: number }): void {
    this.#versionAsked = version;
    requireVersion(this.request, { version });
  }

  /** The same where If-Match is not required: held when it is sent. @throws {Problem} 412 `version-changed` */
  requireVersionSent(row: { version: number }): void {
    if (this.request.ifMatch !== undefined) this.requireVersion(row);
  }

  /**
   * As protocols of others want it (RFC 7644 section 3.14): If-Match is honoured when it is sent, and never required.
   * So is If-None-Match, which a change has to fail when it names the version that is there (RFC 9110 section 13.1.2).
   *
   * @throws {Problem} 412 `version-changed`
   */
  honourVersion(row: { version: number }): void {
    this.requireVersionSent(row);
    if (this.isKnown(row))
      throw new Problem(
        412,
        'version-known',
        'It is there in the version that If-None-Match names. Leave the header out.',
      );
    this.#versionAsked = row.version;
  }

  /** Whether the client has this version already, by If-None-Match (RFC 9110 section 13.1.2). */
  isKnown({ version }: { version: number }): boolean {
    const tags = tagsIn(this.request.ifNoneMatch ?? '');
    return tags.includes('*') || tags.includes(`"${version}"`);
  }

  get versionAsked() {
    return this.#versionAsked;
  }

  /** The version that the reply carries where it is not the reply object's own (a group's, for its grants). */
  replyVersion(version: number): void {
    this.#etag = `"${version}"`;
  }

  get etag() {
    return this.#etag;
  }

  /** Has a job done after the commit, in this tenant's context, not before `dueAt`. */
  enqueue(kind: string, payload: object, dueAt: Date = this.now): string {
    const id = newId();
    const { tenantId, request } = this;
    this.defer(insertJob({ tenantId, id, kind, payload: JSON.stringify(payload), requestId: request.id }));
    this.defer(insertDueJob({ id, tenantId, kind, dueAt }));
    return id;
  }

  /** Sends a mail after the commit: one recipient, plain text. */
  mail({ to, language, text, names = [] }: Mail): void {
    const id = newId();
    const { subject, lines } = text(mailTexts[language]);
    const body = [...lines, ''].join('\n');
    this.defer(
      this.db
        .insertInto('mails')
        .values({ tenantId: this.tenantId, id, recipient: to, language, subject, body, names: [...names] }),
    );
    this.enqueue('mails.send', { mailId: id });
  }

  /** Tells somebody in the bell, and by mail after the commit: two views of one row. */
  notify({ kind, text, to, target, names = [] }: Notice): void {
    const id = newId();
    const about = [
      ...names,
      ...(to === 'owners' ? [] : [to.accountId]),
      ...(target?.kind === 'account' ? [target.id] : []),
    ];
    this.defer(
      this.db.insertInto('notices').values({
        tenantId: this.tenantId,
        id,
        kind,
        text,
        audience: to === 'owners' ? 'owners' : 'account',
        accountId: to === 'owners' ? null : to.accountId,
        targetKind: target?.kind ?? null,
        targetId: target?.id ?? null,
        names: [...new Set(about)],
        createdAt: this.now,
      }),
    );
    this.enqueue('notices.mail', { noticeId: id });
  }

  /** Has what was recorded so far written with the next message, so that long work does not pile it up. */
  async writeEntries(): Promise<void> {
    if (this.#rehearsal) return;
    for (const insert of await this.#takeEntries()) this.#unit.deferEntry(insert);
  }

  async #takeEntries() {
    const inserts = [];
    const { delegationId, home } = this.identity;
    if (delegationId && this.#entries.length > 0) this.enqueue('delegations.tell-acts', { delegationId });
    for (const { entry, actor } of this.#entries.splice(0)) {
      const sealed =
        entry.personal && entry.subjectId
          ? await this.keys.sealPersonal(entry.subjectId, entry.id, entry.personal)
          : null;
      inserts.push(
        insertEntry(entry, sealed, {
          tenantId: this.tenantId,
          at: this.now,
          actor,
          onBehalfOf: delegationId,
          requestId: this.request.id,
          sourceAddress: this.request.sourceAddress,
        }),
      );
      if (delegationId)
        inserts.push(
          insertAct({
            tenantId: this.tenantId,
            entry,
            delegationId,
            homeAccountId: home?.accountId as string,
            at: this.now,
          }),
        );
    }
    this.#hasRecorded ||= inserts.length > 0;
    return inserts;
  }

  /** Commits the change with its entries, the operator's own too, in one round trip. @throws {Error} when it wrote and recorded nothing */
  async commit(): Promise<void> {
    if (this.#unit.wroteAdministrative && this.#entries.length === 0 && !this.#hasRecorded)
      throw new Error(`${this.request.action} changed rows without an audit entry; nothing was committed.`);
    const inserts = await this.#takeEntries();
    if (this.actor.kind === 'operator')
      inserts.push(insertOperatorEntry(this.tenantId, this.now, this.request.action, this.request.id));
    await this.#unit.commit(inserts);
    this.request.isKept = true;
    if (this.identity.lendsGroups) await takeBackLent(this);
    for (const work of this.#afterwards) await work();
  }

  /** Does what belongs to the change but lies in another tenant, once this is committed; the answer waits for it. */
  afterwards(work: () => Promise<void>): void {
    this.#afterwards.push(work);
  }

  /** Ends a unit that only read. @throws {Error} when it recorded something, which nobody would write */
  finishRead(): void {
    if (this.#entries.length + this.#afterwards.length > 0)
      throw new Error(`${this.request.action} only reads, and recorded something.`);
    this.#unit.finishRead();
  }

  rollback(): Promise<void> {
    return this.#unit.rollback();
  }
}

/**
 * Holds a row's version against If-Match (RFC 9110 section 13.1.1).
 *
 * @throws {Problem} 428 `if-match-required` without the header; 412 `version-changed` when another edit came first
 */
export function requireVersion({ ifMatch }: RequestFacts, { version }: { version: number }): void {
  if (ifMatch === undefined)
    throw new Problem(
      428,
      'if-match-required',
      'Send If-Match with the ETag that you read, or * to change whatever is there.',
    );
  const tags = tagsIn(ifMatch);
  if (!tags.includes('*') && !tags.includes(`"${version}"`))
    throw new Problem(
      412,
      'version-changed',
      'Somebody changed this since you read it. Read it again, then change it.',
    );
}

/** The entity tags in a header; a weak one counts as the strong one. */
const tagsIn = (header: string) => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));

/** Work above tenants: the operator, registration, sign-in before the tenant is known. */
export interface PlatformContext {
  platform: Platform;
  request: RequestFacts;
}
