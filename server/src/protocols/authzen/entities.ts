import type { PrincipalKind, Question } from '../../capabilities/access/service.ts';
import { isNamespaced } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { forbidden } from '../../kernel/problem.ts';

/** What AuthZEN's subjects, actions and resources are here: principals, permissions, and the tenant or a namespace. */

interface Entity {
  type: string;
  id: string;
}

const kindsByType: Record<string, readonly PrincipalKind[]> = {
  account: ['account'],
  guest: ['guest'],
  'service-account': ['service-account'],
  /** Any person. */
  user: ['account', 'guest'],
};

/** The kinds of principals that a type names; none for one that is not known here. */
export const kindsOf = (type: string): readonly PrincipalKind[] =>
  Object.hasOwn(kindsByType, type) ? (kindsByType[type] as readonly PrincipalKind[]) : [];

/** Null for the tenant, undefined for what is neither it nor a namespace. */
export function namespaceOf(tenantId: string, { type, id }: Entity): string | null | undefined {
  if (type === 'namespace') return id;
  return type === 'tenant' && id === tenantId ? null : undefined;
}

/** Undefined when the resource is not one that is known here, so that the answer is no. */
export function questionOf(
  tenantId: string,
  { subject, action, resource }: { subject: Entity; action: { name: string }; resource: Entity },
): Question | undefined {
  const namespaceId = namespaceOf(tenantId, resource);
  if (namespaceId === undefined) return undefined;
  const [kind, another] = kindsOf(subject.type);
  return { principalId: subject.id, permission: action.name, namespaceId, kind: another ? undefined : kind };
}

/**
 * A service key asks about its namespace and what is done in it, nothing else.
 *
 * @throws {Problem} 403 `not-its-namespace`
 */
export function requireItsNamespace({ actor, identity }: TenantContext, resource: Entity, permission?: string): void {
  if (actor.kind !== 'service-key') return;
  const isIts = resource.type === 'namespace' && resource.id === identity.namespaceId;
  if (!isIts || (permission !== undefined && !isNamespaced(permission)))
    throw forbidden(
      'not-its-namespace',
      'A service key asks about its own namespace and what can be granted in it. Ask with the key of a service account.',
    );
}
