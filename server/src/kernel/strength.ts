import { type Kysely, sql } from 'kysely';
import type { Rights } from './access.ts';
import { type Permission, permissionsOf } from './catalogue.ts';
import type { Tables } from './database/tables.gen.ts';
import { forbidden, type Problem } from './problem.ts';

/** P23: how much stands behind a group, for those who would change it, or touch whoever is in it. */

export interface Given {
  permission: string;
  namespaceId: string | null;
  /** Not granted here: what it takes to let the group into other tenants, where its people act. */
  isLent: boolean;
}

const LENDING: Permission = 'delegations.change';

/** What each group gives, whatever its status; one that other tenants let in, or are asked to, as much as asking for it takes. */
export const whatGroupsGive = (db: Pick<Kysely<Tables>, 'selectFrom'>) =>
  db
    .selectFrom('grants')
    .select(['groupId', 'permission', 'namespaceId', sql<boolean>`false`.as('isLent')])
    .unionAll(
      db
        .selectFrom('delegations')
        .select([
          'partnerGroupId as groupId',
          sql<string>`${sql.lit(LENDING)}::text`.as('permission'),
          sql<string | null>`null::uuid`.as('namespaceId'),
          sql<boolean>`true`.as('isLent'),
        ])
        .where('side', '=', sql.lit('partner'))
        .where('state', 'in', [sql.lit('requested'), sql.lit('active')]),
    );

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
        ? forbidden(
            'lent-group',
            'Other tenants let in a group that this concerns, so who is in it acts there. This takes delegations.change as well: ask an owner.',
          )
        : refusal(single);
  }
}
