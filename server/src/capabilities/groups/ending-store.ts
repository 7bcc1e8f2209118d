import { sql } from 'kysely';
import { notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';

/** Undefined for who is no member, or none any more. */
export const endOf = async ({ db }: TenantContext, groupId: string, principalId: string) =>
  db
    .selectFrom('memberships')
    .select('endsAt')
    .where('groupId', '=', groupId)
    .where('principalId', '=', principalId)
    .where(sql<boolean>`${sql.raw(notOver('memberships'))}`)
    .executeTakeFirst();

export const setEnd = ({ db }: TenantContext, groupId: string, principalId: string, endsAt: Date | null) =>
  db
    .updateTable('memberships')
    .set({ endsAt })
    .where('groupId', '=', groupId)
    .where('principalId', '=', principalId)
    .execute();

/** Of these accounts those whom an identity provider's groups make members. */
export const mappedAmong = async (
  { db }: TenantContext,
  groupId: string,
  accountIds: string[],
): Promise<Set<string>> => {
  if (accountIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('identityMemberships')
    .innerJoin('externalIdentities', 'externalIdentities.id', 'identityMemberships.identityId')
    .select('externalIdentities.accountId')
    .where('identityMemberships.groupId', '=', groupId)
    .where('externalIdentities.accountId', 'in', accountIds)
    .execute();
  return new Set(rows.map(({ accountId }) => accountId));
};

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

/** @returns who left */
export const removeMembers = async (
  { db }: TenantContext,
  groupId: string,
  principalIds: string[],
): Promise<string[]> => {
  if (principalIds.length === 0) return [];
  const rows = await db
    .deleteFrom('memberships')
    .where('groupId', '=', groupId)
    .where('principalId', 'in', principalIds)
    .returning('principalId')
    .execute();
  return rows.map(({ principalId }) => principalId);
};
