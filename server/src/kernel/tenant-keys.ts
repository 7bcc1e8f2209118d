import { randomBytes } from 'node:crypto';
import type { TenantContext } from './context.ts';
import { open, seal } from './secrets.ts';

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
    const key = randomBytes(32);
    await db
      .insertInto('dataKeys')
      .values({ tenantId, wrapped: seal(place.region.masterKey, key, ['data-key', tenantId]) })
      .execute();
    this.#data = Promise.resolve(key);
  }

  #dataKey(): Promise<Buffer> {
    this.#data ??= this.#readDataKey();
    return this.#data;
  }

  async #readDataKey(): Promise<Buffer> {
    const { db, tenantId, place } = this.#ctx;
    const { wrapped } = await db.selectFrom('dataKeys').select('wrapped').executeTakeFirstOrThrow();
    return open(place.region.masterKey, wrapped, ['data-key', tenantId]);
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
    const { db, tenantId } = this.#ctx;
    const bound = ['subject-key', tenantId, subjectId];
    const read = () =>
      db.selectFrom('subjectKeys').select('wrapped').where('subjectId', '=', subjectId).executeTakeFirst();
    let row = await read();
    if (!row) {
      if (!make) return undefined;
      const wrapped = seal(await this.#dataKey(), randomBytes(32), bound);
      row = await db
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
