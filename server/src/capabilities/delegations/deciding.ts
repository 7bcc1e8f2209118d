import type { z } from 'zod';
import { skeleton } from '../../kernel/canonical.ts';
import { isNamespaced } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid, unavailable } from '../../kernel/problem.ts';
import type { Approval, DelegationPreview as Preview } from './schema.ts';
import * as store from './store.ts';

export type DelegationPreview = z.output<typeof Preview>;

/**
 * What is granted: of what was asked, no more; permissions that stand in namespaces where they were asked for.
 *
 * @param told what the partner says of its request; undefined when it does not answer
 */
export async function grantsOf(
  ctx: TenantContext,
  row: store.DelegationRow,
  told: Pick<store.Told, 'askedNamespaces'> | undefined,
  { permissions, namespaceIds }: Pick<Approval, 'permissions' | 'namespaceIds'>,
) {
  const beyond = (permissions ?? []).findIndex((name) => !row.askedPermissions.includes(name));
  if (beyond >= 0) throw invalid({ path: `permissions.${beyond}`, message: 'was not asked for' });
  if (namespaceIds) {
    const there = await store.namespacesAmong(ctx, namespaceIds);
    const missing = namespaceIds.findIndex((each) => !there.has(each));
    if (missing >= 0)
      throw invalid({ path: `namespaceIds.${missing}`, message: 'names a namespace that does not exist' });
  }
  const isPlaced = (permissions ?? row.askedPermissions).some(isNamespaced);
  let places = namespaceIds ?? [];
  if (isPlaced && places.length === 0) {
    const asked = told?.askedNamespaces;
    if (!asked)
      throw unavailable(
        'The partner does not answer, so where it asks to act is not known. Name namespaceIds, or try again.',
      );
    if (namespaceIds && asked.length > 0)
      throw invalid({ path: 'namespaceIds', message: 'must name namespaces: some were asked for, not all' });
    const found = await store.namespacesNamed(ctx, asked.map(skeleton));
    places = [...found.values()];
    if (asked.length > 0 && places.length === 0)
      throw invalid({
        path: 'namespaceIds',
        message: 'must name namespaces: of those that were asked for none is here',
      });
  }
  const everywhere: (string | null)[] = [null];
  return (permissions ?? row.askedPermissions).flatMap((permission) =>
    (isNamespaced(permission) && places.length > 0 ? places : everywhere).map((namespaceId) => ({
      permission,
      namespaceId,
    })),
  );
}
