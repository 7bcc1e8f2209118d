import { type ExpressionBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import type { Reader } from '../../kernel/messages/languages.ts';
import { reader } from '../../kernel/messages/readers.ts';
import { containing, page } from '../../kernel/page.ts';
import type { NoticeQuery } from './schema.ts';

/** A principal of this tenant; the paths here are opened by nobody else. */
const callerOf = ({ actor }: TenantContext) => actor.id as string;

/** Notices of the caller: its own, and the owners' when it is one. */
const own = (ctx: TenantContext) => (eb: ExpressionBuilder<Tables, 'notices'>) =>
  eb.or([eb('accountId', '=', callerOf(ctx)), ...(ctx.rights.isOwner ? [eb('audience', '=', 'owners')] : [])]);

const isRead = (ctx: TenantContext) =>
  sql<boolean>`exists (select from notice_reads r where r.tenant_id = notices.tenant_id and r.notice_id = notices.id
                       and r.principal_id = ${callerOf(ctx)})`;

export function list(ctx: TenantContext, query: z.output<typeof NoticeQuery>) {
  let rows = ctx.db
    .selectFrom('notices')
    .select(['id', 'kind', 'text', 'targetKind', 'targetId', 'createdAt'])
    .select(isRead(ctx).as('isRead'))
    .where(own(ctx));
  if (query.unread) rows = rows.where(isRead(ctx), '=', query.unread === 'false');
  if (query.q) rows = rows.where('text', 'ilike', containing(query.q));
  return page(ctx.db, query, {
    rows,
    id: 'notices.id',
    sorts: { createdAt: { by: sql.ref('notices.created_at'), type: 'timestamptz' } },
  });
}

/** Counts no further than a bell needs. */
export const countUnread = async (ctx: TenantContext): Promise<number> => {
  const unread = ctx.db.selectFrom('notices').select('id').where(own(ctx)).where(isRead(ctx), '=', false).limit(1000);
  const { count } = await ctx.db
    .selectFrom(unread.as('unread'))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Notices of the caller only; other ids are passed over. */
export const markRead = async (ctx: TenantContext, ids: string[] | undefined): Promise<void> => {
  let unread = ctx.db
    .selectFrom('notices')
    .select((eb) => [
      'tenantId',
      'id as noticeId',
      eb.val(callerOf(ctx)).as('principalId'),
      eb.val(ctx.now).as('readAt'),
    ])
    .where(own(ctx))
    .where(isRead(ctx), '=', false);
  if (ids) unread = unread.where('id', 'in', ids);
  await ctx.db
    .insertInto('noticeReads')
    .columns(['tenantId', 'noticeId', 'principalId', 'readAt'])
    .expression(unread)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

export const find = ({ db }: TenantContext, id: string) =>
  db.selectFrom('notices').selectAll().where('id', '=', id).executeTakeFirst();

/** Addresses of the enabled accounts whom a notice is for. */
export async function addressesOf(
  { db }: TenantContext,
  { audience, accountId }: { audience: string; accountId: string | null },
): Promise<{ accountId: string; to: string; reader: Reader }[]> {
  let accounts = db
    .selectFrom('accounts')
    .innerJoin('tenants', 'tenants.tenantId', 'accounts.tenantId')
    .select(['accounts.id', 'accounts.email', ...reader])
    .where('accounts.status', '=', 'enabled')
    .where('deletedAt', 'is', null);
  if (audience === 'owners')
    accounts = accounts.where((eb) =>
      eb(
        'accounts.id',
        'in',
        eb
          .selectFrom('memberships')
          .innerJoin('groups', 'groups.id', 'memberships.groupId')
          .select('principalId')
          .where('groups.isOwnerGroup', '=', true),
      ),
    );
  else accounts = accounts.where('accounts.id', '=', accountId);
  return (await accounts.execute()).flatMap(({ id, email, ...known }) =>
    email ? [{ accountId: id, to: email, reader: known }] : [],
  );
}
