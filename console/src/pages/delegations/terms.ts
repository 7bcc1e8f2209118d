import type { Delegation } from '../../api/delegations.ts';

/**
 * What a renewal asks for: what was let through, in the namespaces where it counts now; where nothing counts, because the group at
 * the customer is disabled, where it was asked for, and not for the whole tenant.
 */
export const termsOf = ({
  permissions,
  grants,
  askedNamespaces,
}: Pick<Delegation, 'permissions' | 'grants' | 'askedNamespaces'>) => ({
  permissions: [...(permissions ?? [])].sort(),
  namespaces: [
    ...(grants?.length ? new Set(grants.flatMap(({ namespaceName }) => namespaceName ?? [])) : (askedNamespaces ?? [])),
  ].sort(),
});
