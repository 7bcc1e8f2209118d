import { type Expression, type Kysely, sql } from 'kysely';
import type { Rights } from './access.ts';
import { type Permission, permissionsOf } from './catalogue.ts';
import { notOver } from './conditions.ts';
import type { Tables } from './database/tables.gen.ts';
import { Problem } from './problem.ts';

/** P23: how much stands behind a group, for those who would change it, or touch whoever is in it. */

export interface Given {
  permission: string;
  namespaceId: string | null;
  /** Not granted here: what it takes to let the group into other tenants, where its people act. */
  isLent: boolean;
}

/**
 * Which of these groups other tenants let in, are asked to, or may by a key that is still open: each gives as much as letting
 * it in takes at home. A key is in somebody else's hands, and what its use will give is granted there: whoever was made to sign
 * in as a member before it is used would act there after. They are named by a statement: asked once, and by the index,
 * however many there are.
 */
export const lentAmong = (db: Pick<Kysely<Tables>, 'selectFrom'>, groupIds: Expression<unknown>) =>
  db
    .selectFrom(
      db
        .selectFrom('delegations')
        .select([
          'partnerGroupId as groupId',
          sql<string>`case kind when 'import' then ${byKey} else ${byPartner} end`.as('permission'),
        ])
        .where('side', '=', sql.lit('partner'))
        .where(
          sql<boolean>`(state = 'active' and ${sql.raw(notOver('delegations'))}
                        or state = 'requested' and request_ends_at > platform_time())`,
        )
        .unionAll(
          db
            .selectFrom('importKeys')
            .select(['groupId', sql<string>`${byKey}`.as('permission')])
            .where(sql<boolean>`used_at is null and revoked_at is null and expires_at > platform_time()`),
        )
        .as('lent'),
    )
    .select([
      'lent.groupId',
      'lent.permission',
      sql<string | null>`null::uuid`.as('namespaceId'),
      sql<boolean>`true`.as('isLent'),
    ])
    .where(sql<boolean>`lent.group_id = any (array(${groupIds}))`);

const byKey = sql.lit<Permission>('groups.change');
const byPartner = sql.lit<Permission>('delegations.change');

const lacked = (rights: Rights, { permission, namespaceId }: Omit<Given, 'isLent'>) =>
  permissionsOf(permission).find((single) => !rights.may(single, namespaceId));

/** Whether these rights are all that is given. */
export const cover = (rights: Rights, given: readonly Omit<Given, 'isLent'>[]): boolean =>
  given.every((each) => lacked(rights, each) === undefined);

/**
 * @param refusal names what the caller lacks of what is given
 * @throws {Problem} it; 403 `lent-group` when they lack what the group takes that gives it
 */
export function requireCovered(
  { rights }: { rights: Rights },
  given: readonly Given[],
  refusal: (lacked: string) => Problem,
) {
  for (const each of given) {
    const single = lacked(rights, each);
    if (single)
      throw each.isLent
        ? new Problem(
            403,
            'lent-group',
            `Other tenants let in a group that this concerns, are asked to, or have a key for it: who is in it acts there. This takes ${single} as well. Ask an owner.`,
            { members: { permission: single } },
          )
        : refusal(single);
  }
}
