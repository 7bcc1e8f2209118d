import type { TenantContext } from '../../kernel/context.ts';

/** What lies beside an account and is of its person; each the newest first. */

const MOST = 2_000;

/** What the directory said, as it said it; undefined of an account that is kept here. */
const provisioned = async ({ db }: TenantContext, id: string) =>
  (await db.selectFrom('accounts').select('attributes').where('id', '=', id).executeTakeFirst())?.attributes ??
  undefined;

/** Browsers that the person is known by. What proves them is a hash, and tells nothing. */
const devices = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('devices')
    .select(['createdAt', 'lastSeenAt'])
    .where('accountId', '=', id)
    .orderBy('lastSeenAt', 'desc')
    .limit(MOST)
    .execute();

const notices = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('notices')
    .select(['kind', 'text', 'createdAt'])
    .where('accountId', '=', id)
    .orderBy('createdAt', 'desc')
    .limit(MOST)
    .execute();

const accessRequests = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accessRequests')
    .select(['id', 'permission', 'namespaceId', 'reason', 'state', 'endsAt', 'decidedAt', 'createdAt'])
    .where('principalId', '=', id)
    .orderBy('createdAt', 'desc')
    .limit(MOST)
    .execute();

export const besideAccount = async (ctx: TenantContext, id: string) => ({
  provisioned: await provisioned(ctx, id),
  devices: await devices(ctx, id),
  notices: await notices(ctx, id),
  accessRequests: await accessRequests(ctx, id),
});
