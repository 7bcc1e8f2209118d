import type { z } from 'zod';
import { Rights } from '../../kernel/access.ts';
import { isNamespaced, permissions } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid } from '../../kernel/problem.ts';
import { nameGuests } from '../visits/service.ts';
import type { ComparedMembersQuery } from './schema.ts';
import * as store from './store.ts';

/** What a group gives its members while it is enabled. */
async function rightsOf(ctx: TenantContext, { id, isOwnerGroup }: store.GroupRow) {
  const grants = await store.grantsOf(ctx, id);
  const namespaceIds = grants.flatMap(({ namespaceId }) => namespaceId ?? []);
  return { rights: Rights.of(isOwnerGroup, grants), namespaceIds };
}

async function bothOf(ctx: TenantContext, firstId: string, secondId: string) {
  const first = await store.find(ctx, firstId);
  const second = (await ctx.db.executeQuery(store.one({ id: secondId }))).rows[0];
  if (!second) throw invalid({ path: 'query.with', message: 'names a group that does not exist' });
  return { first, second };
}

/**
 * Two groups beside each other, as if both were enabled. A permission in a namespace is named where it says more than
 * the same permission in the whole tenant.
 */
export async function compareGroups(ctx: TenantContext, firstId: string, secondId: string) {
  const { first, second } = await bothOf(ctx, firstId, secondId);
  const [a, b] = [await rightsOf(ctx, first), await rightsOf(ctx, second)];
  const places = [null, ...new Set([...a.namespaceIds, ...b.namespaceIds])];
  const held: Record<'onlyFirst' | 'both' | 'onlySecond', { permission: string; namespaceId: string | null }[]> = {
    onlyFirst: [],
    both: [],
    onlySecond: [],
  };
  for (const permission of permissions)
    for (const namespaceId of isNamespaced(permission) ? places : [null]) {
      const inFirst = a.rights.may(permission, namespaceId);
      const inSecond = b.rights.may(permission, namespaceId);
      const saysNoMore =
        namespaceId !== null && inFirst === a.rights.may(permission) && inSecond === b.rights.may(permission);
      if (saysNoMore || (!inFirst && !inSecond)) continue;
      held[inFirst && inSecond ? 'both' : inFirst ? 'onlyFirst' : 'onlySecond'].push({ permission, namespaceId });
    }
  return { first, second, permissions: held, members: await store.compareMembers(ctx, firstId, secondId) };
}

/** The members behind the numbers of a comparison. */
export async function listComparedMembers(
  ctx: TenantContext,
  id: string,
  { with: otherId, in: part, ...query }: z.output<typeof ComparedMembersQuery>,
) {
  await bothOf(ctx, id, otherId);
  const [listed, other] = part === 'only-second' ? [otherId, id] : [id, otherId];
  const found = await store.listMembers(ctx, listed, query, { groupId: other, isIn: part === 'both' });
  return { ...found, items: await nameGuests(ctx, found.items) };
}
