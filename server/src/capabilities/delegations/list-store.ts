import { sql } from 'kysely';
import type { z } from 'zod';
import { notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { byTime, byTimeIfAny, containing, page } from '../../kernel/page.ts';
import type { DelegationQuery } from './schema.ts';
import { delegations, stateNow } from './store.ts';

type Query = z.output<typeof DelegationQuery>;

/** What a term finds beside what this side has of it: rows, and customers that let groups of this partner in. */
interface Found {
  ids: string[];
  customerIds: string[];
}

const nothing: Found = { ids: [], customerIds: [] };

/** @param memberId only those whose group at this partner the account is in; all without */
export function list(ctx: TenantContext, query: Query, memberId?: string, { ids, customerIds } = nothing) {
  const { q } = query;
  let rows = filtered(ctx, query, memberId);
  if (q !== undefined)
    rows = rows.where(sql<boolean>`(delegations.id = any(${ids}::uuid[])
      or side = 'partner' and other_tenant_id = any(${customerIds}::uuid[])
      or ${q.toLowerCase()} in (delegations.id::text, other_tenant_id::text)
      or exists (select from groups g where g.name ilike ${containing(q)}
                 and g.id = case side when 'partner' then partner_group_id else delegations.group_id end))`);
  return page(ctx.db, query, {
    rows,
    id: 'delegations.id',
    sorts: { createdAt: byTime('delegations.created_at'), endsAt: byTimeIfAny('delegations.ends_at') },
    defaultSort: '-createdAt',
  });
}

/** Of so many the other side is asked each, the newest first. */
const MOST_ASKED = 500;

/**
 * Where names are to be asked for: by the groups that customers show themselves to, in the regions of these; of all others
 * of the list each.
 */
export async function namesElsewhere(ctx: TenantContext, query: Query, memberId?: string) {
  const isShown = sql<boolean>`(side = 'partner' and cardinality(permissions) > 0 and ${stateNow} = 'active')`;
  const [shown, others] = await Promise.all([
    filtered(ctx, { ...query, state: undefined }, memberId)
      .clearSelect()
      .where(isShown)
      .where('otherRegion', 'is not', null)
      .select(['partnerGroupId', 'otherRegion'])
      .distinct()
      .execute(),
    filtered(ctx, query, memberId)
      .where(sql<boolean>`${isShown} is not true`)
      .orderBy('createdAt', 'desc')
      .limit(MOST_ASKED)
      .execute(),
  ]);
  return {
    groupIds: [...new Set(shown.map(({ partnerGroupId }) => partnerGroupId))],
    regions: [...new Set(shown.map(({ otherRegion }) => otherRegion as string))],
    others,
  };
}

function filtered(ctx: TenantContext, query: Query, memberId?: string) {
  let rows = delegations(ctx);
  if (memberId)
    rows = rows.where('side', '=', 'partner').where((eb) =>
      eb.exists(
        eb
          .selectFrom('memberships')
          .select('memberships.groupId')
          .whereRef('memberships.groupId', '=', 'delegations.partnerGroupId')
          .where('memberships.principalId', '=', memberId)
          .where(sql<boolean>`${sql.raw(notOver('memberships'))}`),
      ),
    );
  if (query.side) rows = rows.where('side', '=', query.side);
  if (query.state) rows = rows.where(stateNow, '=', query.state);
  if (query.otherTenantId) rows = rows.where('otherTenantId', 'in', query.otherTenantId.split(','));
  return rows;
}
