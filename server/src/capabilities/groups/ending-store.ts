import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';

export const endOf = async ({ db }: TenantContext, groupId: string, principalId: string) =>
  db
    .selectFrom('memberships')
    .select('endsAt')
    .where('groupId', '=', groupId)
    .where('principalId', '=', principalId)
    .executeTakeFirst();

export const setEnd = ({ db }: TenantContext, groupId: string, principalId: string, endsAt: Date | null) =>
  db
    .updateTable('memberships')
    .set({ endsAt })
    .where('groupId', '=', groupId)
    .where('principalId', '=', principalId)
    .execute();

/** Whether an identity provider's groups make it a member. */
export const isMapped = async ({ db }: TenantContext, groupId: string, accountId: string): Promise<boolean> =>
  (await db
    .selectFrom('identityMemberships')
    .innerJoin('externalIdentities', 'externalIdentities.id', 'identityMemberships.identityId')
    .select('identityMemberships.groupId')
    .where('identityMemberships.groupId', '=', groupId)
    .where('externalIdentities.accountId', '=', accountId)
    .executeTakeFirst()) !== undefined;

/** When memberships of the group will end. */
export const ends = async ({ db }: TenantContext, groupId: string): Promise<Date[]> => {
  const rows = await db
    .selectFrom('memberships')
    .select('endsAt')
    .distinct()
    .where('groupId', '=', groupId)
    .where('endsAt', 'is not', null)
    .execute();
  return rows.flatMap(({ endsAt }) => endsAt ?? []);
};

/** Who is in the group up to this time exactly. */
export const endingAt = ({ db }: TenantContext, groupId: string, endsAt: Date) =>
  db
    .selectFrom('memberships')
    .innerJoin('principals', 'principals.id', 'memberships.principalId')
    .select(['principals.id', 'principals.kind'])
    .where('groupId', '=', groupId)
    .where('endsAt', '=', endsAt)
    .orderBy('principals.id')
    .execute();

/** @returns who left */
export const removeEnded = async ({ db }: TenantContext, groupId: string): Promise<string[]> => {
  const rows = await db
    .deleteFrom('memberships')
    .where('groupId', '=', groupId)
    .where(sql<boolean>`ends_at <= platform_time()`)
    .returning('principalId')
    .execute();
  return rows.map(({ principalId }) => principalId);
};
