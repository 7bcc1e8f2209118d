import type { TenantContext } from './context.ts';
import { prepared } from './database/queries.ts';
import { secureBytes } from './randomness.ts';
import { open, seal } from './secrets.ts';

/** A data key is made once and lives as long as its tenant; whether one may use it is decided with each request. */
const REMEMBERED_MS = 300_000;

/** The query that finds a person's key, to be foreseen: it never changes. */
export const subjectKeyOf = prepared(
  (db, at: { subjectId: string }) =>
    db.selectFrom('subjectKeys').select('wrapped').where('subjectId', '=', at.subjectId),
  { isLasting: true },
);

const insertSubjectKey = prepared((db, at: { tenantId: string; subjectId: string; wrapped: Buffer }) =>
  db.insertInto('subjectKeys').values({ tenantId: at.tenantId, subjectId: at.subjectId, wrapped: at.wrapped }),
);

/**
 * A tenant's keys, for one unit of work: the region's master key wraps the tenant's data key, which wraps a key for
 * each person. Losing the data key makes all of the tenant's secrets unreadable; losing a person's key, that person.
 */
export class TenantKeys {
  readonly #ctx: TenantContext;
  #data: Promise<Buffer> | undefined;
  readonly #subjects = new Map<string, Promise<Buffer | undefined>>();

  constructor(ctx: TenantContext) {
    this.#ctx = ctx;
  }

  /** Makes the tenant's data key; once, with the tenant. */
  async create(): Promise<void> {
    const { db, tenantId, place } = this.#ctx;
    const key = secureBytes(32);
    await db
      .insertInto('dataKeys')
      .values({ tenantId, wrapped: seal(place.region.masterKey, key, ['data-key', tenantId]) })
      .execute();
    this.#data = Promise.resolve(key);
  }

  /**
   * Makes the key of a person who is new in this unit of work, so that nobody looks for one first. Goes with the next
   * message.
   */
  async createSubject(subjectId: string): Promise<void> {
    const { tenantId } = this.#ctx;
    const key = secureBytes(32);
    this.#subjects.set(subjectId, Promise.resolve(key));
    const wrapped = seal(await this.#dataKey(), key, ['subject-key', tenantId, subjectId]);
    this.#ctx.defer(insertSubjectKey({ tenantId, subjectId, wrapped }));
  }

  /** Forgets a person's key: nobody reads what was encrypted with it again. Goes with the next message. */
  forgetSubject(subjectId: string): void {
    this.#subjects.delete(subjectId);
    this.#ctx.defer(this.#ctx.db.deleteFrom('subjectKeys').where('subjectId', '=', subjectId));
  }

  #dataKey(): Promise<Buffer> {
    this.#data ??= this.#readDataKey();
    return this.#data;
  }

  async #readDataKey(): Promise<Buffer> {
    const { tenantId, place, platform } = this.#ctx;
    const known = platform.dataKeys.get(tenantId);
    if (known && known.until > performance.now()) return known.key;
    const { wrapped } = await this.#ctx.db.selectFrom('dataKeys').select('wrapped').executeTakeFirstOrThrow();
    const key = open(place.region.masterKey, wrapped, ['data-key', tenantId]);
    platform.dataKeys.set(tenantId, { key, until: performance.now() + REMEMBERED_MS });
    return key;
  }

  /** Encrypts a secret, bound to where it is stored. */
  async seal(plaintext: string, table: string, row: string, column: string): Promise<Buffer> {
    return seal(await this.#dataKey(), plaintext, [this.#ctx.tenantId, table, row, column]);
  }

  /** @throws when the ciphertext stands anywhere but where it was bound to */
  async open(sealed: Buffer, table: string, row: string, column: string): Promise<string> {
    return open(await this.#dataKey(), sealed, [this.#ctx.tenantId, table, row, column]).toString();
  }

  #subjectKey(subjectId: string, make: boolean): Promise<Buffer | undefined> {
    const known = this.#subjects.get(subjectId);
    if (known) return known;
    const key = this.#readSubjectKey(subjectId, make);
    this.#subjects.set(subjectId, key);
    return key;
  }

  async #readSubjectKey(subjectId: string, make: boolean): Promise<Buffer | undefined> {
    const { tenantId } = this.#ctx;
    const bound = ['subject-key', tenantId, subjectId];
    const read = async () => (await this.#ctx.ask(subjectKeyOf({ subjectId })))[0];
    let row = await read();
    if (!row) {
      if (!make) return undefined;
      const wrapped = seal(await this.#dataKey(), secureBytes(32), bound);
      row = await this.#ctx.db
        .insertInto('subjectKeys')
        .values({ tenantId, subjectId, wrapped })
        .onConflict((conflict) => conflict.columns(['tenantId', 'subjectId']).doNothing())
        .returning('wrapped')
        .executeTakeFirst();
      row ??= await read();
      if (!row) throw new Error('A subject key could neither be made nor read.');
    }
    return open(await this.#dataKey(), row.wrapped, bound);
  }

  /** Encrypts the personal part of an audit entry for the person whom it is about. */
  async sealPersonal(subjectId: string, entryId: string, part: object): Promise<Buffer> {
    const key = await this.#subjectKey(subjectId, true);
    return seal(key as Buffer, JSON.stringify(part), [this.#ctx.tenantId, 'audit_entries', entryId, 'personal']);
  }

  /** The personal part of an entry; undefined when the person was erased. */
  async openPersonal(subjectId: string, entryId: string, sealed: Buffer): Promise<PersonalPart | undefined> {
    const key = await this.#subjectKey(subjectId, false);
    if (!key) return undefined;
    return JSON.parse(open(key, sealed, [this.#ctx.tenantId, 'audit_entries', entryId, 'personal']).toString());
  }
}

export interface PersonalPart {
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}
