import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { onPlatformTables, type Pool, Unit } from '../../kernel/database/pool.ts';

/** Holds a mail's row, so that two nodes do not send it at once; undefined when it is forgotten. */
export const lock = ({ db }: TenantContext, id: string) =>
  db.selectFrom('mails').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

export type MailRow = NonNullable<Awaited<ReturnType<typeof lock>>>;

export async function keepInOutbox({ db, tenantId, now }: TenantContext, { id, createdAt }: MailRow) {
  await db
    .insertInto('outbox')
    .values({ id, tenantId, createdAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db.updateTable('mails').set({ sentAt: now }).where('id', '=', id).execute();
}

/** Notes that a mail left; its text, which may hold a link, is kept no longer. */
export const markSent = ({ db, now }: TenantContext, id: string) =>
  db.updateTable('mails').set({ sentAt: now, body: '' }).where('id', '=', id).execute();

export async function forget({ db }: TenantContext, id: string) {
  await db.deleteFrom('mails').where('id', '=', id).execute();
  await db.deleteFrom('outbox').where('id', '=', id).execute();
}

/** Which mails a cell keeps, newest first, and which tenants have some that the job has not kept yet. */
export const keptIn = (cell: Pool, limit: number) =>
  onPlatformTables(cell, async (db) => {
    // In this order: what is kept between the two is in the second.
    const waiting = await db
      .selectFrom('dueJobs')
      .select('tenantId')
      .distinct()
      .where('kind', '=', 'mails.send')
      .limit(limit)
      .execute();
    const kept = await db
      .selectFrom('outbox')
      .select(['id', 'tenantId'])
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return { waiting: waiting.map(({ tenantId }) => tenantId), kept };
  });

/** Reads mails in their tenant's context: those of the ids, or its newest. */
export async function readMails(
  cell: Pool,
  tenantId: string,
  { ids, to, limit }: { ids?: string[]; to?: string | undefined; limit: number },
) {
  const { unit } = await Unit.open(cell, tenantId, [], 'read');
  try {
    let rows = unit.db
      .selectFrom('mails')
      .select(['id', 'recipient as to', 'language', 'subject', 'body', 'createdAt'])
      .where('body', '<>', '')
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .limit(limit);
    if (ids) rows = rows.where('id', 'in', ids);
    if (to !== undefined) rows = rows.where(sql<boolean>`lower(recipient) = lower(${to})`);
    const mails = await rows.execute();
    unit.finishRead();
    return mails;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}
