import { type Kysely, sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { type Pool, Unit } from '../../kernel/database/pool.ts';
import { constant, prepared } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import { END_OF_STANDINGS, type Named, named, type Standing, standingOf, wordsOf } from './words.ts';

/** What lists find accounts by: the words of what they are called, and how they stand. */

/** One that provisioning made was never invited. */
type Worded = Named & Omit<Standing, 'verifiedAt'> & { id: string; verifiedAt?: Date | null };

const foundBy = ({ verifiedAt = null, ...account }: Worded): string[] => [
  standingOf({ ...account, verifiedAt }),
  ...wordsOf(account),
];

const inserting = (db: Kysely<Tables>, at: { tenantId: string; accountId: string; words: string[] }) =>
  db
    .insertInto('accountWords')
    .columns(['tenantId', 'accountId', 'word'])
    .expression(
      db.selectNoFrom([
        sql<string>`${at.tenantId}::uuid`.as('tenantId'),
        sql<string>`${at.accountId}::uuid`.as('accountId'),
        sql<string>`unnest(${at.words}::text[])`.as('word'),
      ]),
    );
const insertingWords = prepared(inserting);
const addingWords = prepared((db, at: Parameters<typeof inserting>[1]) =>
  inserting(db, at).onConflict((conflict) => conflict.doNothing()),
);
const removingWords = prepared((db, at: { accountId: string; kept: string[] }) =>
  db
    .deleteFrom('accountWords')
    .where('accountId', '=', at.accountId)
    .where(sql<boolean>`word <> all(${at.kept}::text[])`),
);

/** Has lists find an account that was just made. Nothing waits for it. */
export const insertWords = (ctx: TenantContext, account: Worded): void =>
  ctx.defer(insertingWords({ tenantId: ctx.tenantId, accountId: account.id, words: foundBy(account) }));

/** Has lists find an account that is there again. Nothing waits for it. */
export const addWords = (ctx: TenantContext, account: Worded): void =>
  ctx.defer(addingWords({ tenantId: ctx.tenantId, accountId: account.id, words: foundBy(account) }));

/** Has lists find an account by what it is called now and how it stands. Nothing waits for it. */
export const replaceWords = (ctx: TenantContext, account: Worded): void => {
  ctx.defer(removingWords({ accountId: account.id, kept: foundBy(account) }));
  addWords(ctx, account);
};

const restanding = prepared((db, at: { accountId: string; standing: string }) =>
  db
    .updateTable('accountWords')
    .set({ word: at.standing })
    .where('accountId', '=', at.accountId)
    .where('word', '<', constant(END_OF_STANDINGS)),
);

/** Has lists find an account by how it stands now, when it is called as before. Nothing waits for it. */
export const restand = (ctx: TenantContext, { id, verifiedAt = null, ...account }: Omit<Worded, keyof Named>): void =>
  ctx.defer(restanding({ accountId: id, standing: standingOf({ ...account, verifiedAt }) }));

const WORDLESS_AT_ONCE = 500;

/**
 * Makes the words of some accounts that an earlier version wrote.
 *
 * @returns whether there may be more
 */
export async function addMissingWords(cell: Pool, tenantId: string): Promise<boolean> {
  const { unit } = await Unit.open(cell, tenantId);
  try {
    const rows = await unit.db
      .selectFrom('accounts')
      .select(['id', 'status', 'source', 'verifiedAt', ...named])
      .where('hasWords', '=', false)
      .where('deletedAt', 'is', null)
      .orderBy('id')
      .limit(WORDLESS_AT_ONCE)
      .forUpdate()
      .skipLocked()
      .execute();
    if (rows.length > 0) {
      const words = rows.flatMap((row) => foundBy(row).map((word) => ({ id: row.id, word })));
      const ids = rows.map(({ id }) => id);
      await sql`delete from account_words where account_id = any(${ids}::uuid[]) and word < ${END_OF_STANDINGS}`.execute(
        unit.db,
      );
      await sql`insert into account_words (tenant_id, account_id, word)
        select ${tenantId}::uuid, * from unnest(${words.map(({ id }) => id)}::uuid[], ${words.map(({ word }) => word)}::text[])
        on conflict do nothing`.execute(unit.db);
      await sql`update accounts set has_words = true where id = any(${ids}::uuid[])`.execute(unit.db);
    }
    await unit.commit();
    return rows.length === WORDLESS_AT_ONCE;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

/**
 * Finds the accounts whose standing is not what their row says, since a server of an earlier version changed them beside
 * this one; their words are made anew by `addMissingWords`.
 */
export async function doubtStandings(cell: Pool, tenantId: string): Promise<void> {
  const { unit } = await Unit.open(cell, tenantId);
  try {
    await sql`
      update accounts set has_words = false
      where has_words and deleted_at is null and not exists (
        select from account_words w
        where w.account_id = accounts.id and w.word = ' ' || case when accounts.status = 'new'
          and accounts.verified_at is not null then 'waiting' else accounts.status end || ' ' || accounts.source)`.execute(
      unit.db,
    );
    await unit.commit();
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}
