import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';

/** Without the groups whose people are other tenants': what those may do is agreed with them. */
export const grantsIn = ({ db }: TenantContext, namespaceId: string) =>
  db
    .selectFrom('grants')
    .innerJoin('groups', 'groups.id', 'grants.groupId')
    .select(['groups.name as group', 'grants.permission'])
    .where('grants.namespaceId', '=', namespaceId)
    .where('groups.source', '!=', 'imported')
    .execute();

export const called = ({ db }: TenantContext, canonical: string[], holds: boolean | 'to-change') =>
  db
    .selectFrom('groups')
    .select(['id', 'name', 'nameCanonical'])
    .where(sql<boolean>`name_canonical = any(${canonical}::text[])`)
    .orderBy('id')
    .$if(holds === true, (query) => query.forKeyShare())
    .$if(holds === 'to-change', (query) => query.forUpdate())
    .execute();
