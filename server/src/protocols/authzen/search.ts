import type { z } from 'zod';
import { namespacesFor, permissionsOf, principalsFor } from '../../capabilities/access/service.ts';
import { isNamespaced, isPermission } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import { invalid } from '../../kernel/problem.ts';
import { kindsOf, namespaceOf, requireItsNamespace } from './entities.ts';
import type { ActionSearch, ResourceSearch, SubjectSearch } from './schema.ts';

/** Section 8: what is not known here finds nothing, and is no error. */

const MOST_AT_ONCE = 200;

const pageOf = (page: { token?: string | undefined; limit?: number | undefined } = {}) => ({
  limit: Math.min(page.limit ?? 50, MOST_AT_ONCE),
  token: page.token || undefined,
});

const results = <Result>(found: Result[], next: string | null = null, total?: number) => ({
  results: found,
  page: { next_token: next ?? '', count: found.length, ...(total === undefined ? {} : { total }) },
});

/** @throws {Problem} 400 for a token that is not of this search; 403 for a service key outside its namespace */
export async function searchSubjects(
  ctx: TenantContext,
  { subject, action, resource, page }: z.output<typeof SubjectSearch>,
) {
  requireItsNamespace(ctx, resource, action.name);
  const { limit, token: cursor } = pageOf(page);
  const namespaceId = namespaceOf(ctx.tenantId, resource);
  if (namespaceId === undefined || !isPermission(action.name)) return results([]);
  const asked = { permission: action.name, namespaceId };
  const { items, nextCursor, total } = await principalsFor(ctx, asked, kindsOf(subject.type), { limit, cursor });
  return results(
    items.map(({ id }) => ({ type: subject.type, id })),
    nextCursor,
    total,
  );
}

/** @throws {Problem} 400 for a token that is not of this search */
export async function searchResources(
  ctx: TenantContext,
  { subject, action, resource, page }: z.output<typeof ResourceSearch>,
) {
  const { limit, token: after } = pageOf(page);
  if (after && !isId(after)) throw invalid({ path: 'page.token', message: 'is not of this search' });
  const { type } = resource;
  const permission = action.name;
  if (!isPermission(permission) || (type !== 'namespace' && type !== 'tenant')) return results([]);
  const onlyIn = ctx.actor.kind === 'service-key' ? ctx.identity.namespaceId : null;
  if (onlyIn && (type === 'tenant' || !isNamespaced(permission))) return results([]);
  const asked = { principalId: subject.id, permission };
  if (type === 'tenant') {
    const { kind, names } = await permissionsOf(ctx, subject.id, null);
    const isHeld = kind && kindsOf(subject.type).includes(kind) && names.some((name) => name === permission);
    return results(isHeld ? [{ type, id: ctx.tenantId }] : []);
  }
  const found = await namespacesFor(ctx, asked, onlyIn ? { limit: MOST_AT_ONCE, only: onlyIn } : { limit, after });
  if (!found || !kindsOf(subject.type).includes(found.kind)) return results([]);
  return results(
    found.ids.map((id) => ({ type, id })),
    found.next,
  );
}

/** All of them come at once. @throws {Problem} 403 for a service key outside its namespace */
export async function searchActions(ctx: TenantContext, { subject, resource }: z.output<typeof ActionSearch>) {
  requireItsNamespace(ctx, resource);
  const namespaceId = namespaceOf(ctx.tenantId, resource);
  if (namespaceId === undefined) return results([]);
  const { kind, names } = await permissionsOf(ctx, subject.id, namespaceId);
  if (!kind || !kindsOf(subject.type).includes(kind)) return results([]);
  const shown = ctx.actor.kind === 'service-key' ? names.filter(isNamespaced) : names;
  return results(shown.map((name) => ({ name })));
}
