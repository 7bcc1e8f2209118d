import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import { shownAndCalled } from '../visits/service.ts';
import * as store from './list-store.ts';
import type { DelegationQuery } from './schema.ts';
import { toldBy } from './telling.ts';

/**
 * The list, also by what the other side is called. Names are kept with whom they name: customers that let a partner in show
 * themselves to its groups, and a region is asked of all of those at once; of others each is asked.
 */
export async function findDelegations(ctx: TenantContext, query: z.output<typeof DelegationQuery>, memberId?: string) {
  const { q } = query;
  if (q === undefined || isId(q.toLowerCase())) return store.list(ctx, query, memberId);
  const { groupIds, regions, others } = await store.namesElsewhere(ctx, query, memberId);
  const [customerIds, told] = await Promise.all([shownAndCalled(ctx, groupIds, regions, q), toldBy(ctx, others)]);
  const term = q.toLowerCase();
  const isCalled = (name: string | null) => name?.toLowerCase().includes(term);
  const named = [...told.values()].filter(({ displayName, groupName }) => isCalled(displayName) || isCalled(groupName));
  return store.list(ctx, query, memberId, { ids: named.map(({ id }) => id), customerIds });
}
