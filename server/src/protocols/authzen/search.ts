import { hash } from 'node:crypto';
import type { z } from 'zod';
import { namespacesFor, permissionsOf, principalsFor } from '../../capabilities/access/service.ts';
import { isNamespaced, isPermission } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import { invalid } from '../../kernel/problem.ts';
import { SealBroken } from '../../kernel/secrets.ts';
import { kindsOf, namespaceOf, requireItsNamespace } from './entities.ts';
import type { ActionSearch, ResourceSearch, SubjectSearch } from './schema.ts';

/** Section 8: what is not known here finds nothing, and is no error. */

const MOST_AT_ONCE = 200;
const USUAL = 50;

interface Page {
  /** One at least: asked for none, one is looked for to know whether there is any. */
  limit: number;
  cursor: string | undefined;
  /** The page as it is answered; `next` is the cursor of what comes behind it. */
  paged: <Result>(found: Result[], next?: string | null, total?: number) => ReturnType<typeof results<Result>>;
}

const notOfThis = () => invalid({ path: 'page.token', message: 'is not of this search' });

/**
 * A token names what was searched for and how many at once, so that it leads on in no other search. Where the limit is left
 * out it is the one before. A limit of 0 asks for no results: its token leads to the first of them, with any other limit.
 *
 * @throws {Problem} 400 for one of another search, and for one with a limit of 0, which leads nowhere
 */
function pageOf(
  searched: object,
  { token, limit }: { token?: string | undefined; limit?: number | undefined } = {},
): Page {
  const print = hash('sha256', JSON.stringify(sorted(searched)), 'base64url').slice(0, 22);
  const [, of, size, cursor] = (token && /^([\w-]{22})\.(?:0\.|(\d{1,3})\.(.+))$/s.exec(token)) || [];
  const most = Math.min(limit ?? Number(size ?? USUAL), MOST_AT_ONCE);
  if (token && (of !== print || Number(size ?? most) !== most)) throw notOfThis();
  if (token && most === 0)
    throw invalid({ path: 'page.limit', message: 'must be 1 or more with a token, or left out' });
  return {
    limit: Math.max(most, 1),
    cursor,
    paged: (found, next, total) =>
      most === 0
        ? results([], found.length > 0 ? `${print}.0.` : '', total)
        : results(found, next ? `${print}.${most}.${next}` : '', total),
  };
}

/** Whatever the order of its fields. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, each]) => [name, sorted(each)])
      : value;

const results = <Result>(found: Result[], next = '', total?: number) => ({
  page: { next_token: next, count: found.length, ...(total === undefined ? {} : { total }) },
  results: found,
});

/** Where a page ends is told by a name, which is not for whoever only asks what somebody may. */
const sealedFor = async ({ keys, tenantId }: TenantContext, cursor: string): Promise<string> =>
  (await keys.seal(cursor, 'authzen', tenantId, 'page')).toString('base64url');

async function opened({ keys, tenantId }: TenantContext, sealed: string): Promise<string> {
  try {
    return await keys.open(Buffer.from(sealed, 'base64url'), 'authzen', tenantId, 'page');
  } catch (error) {
    if (error instanceof SealBroken) throw notOfThis();
    throw error;
  }
}

/** @throws {Problem} 400 for a token that is not of this search; 403 for a service key outside its namespace */
export async function searchSubjects(ctx: TenantContext, { page, ...searched }: z.output<typeof SubjectSearch>) {
  const { subject, action, resource } = searched;
  requireItsNamespace(ctx, resource, action.name);
  const { limit, cursor: sealed, paged } = pageOf(searched, page);
  const cursor = sealed && (await opened(ctx, sealed));
  const namespaceId = namespaceOf(ctx.tenantId, resource);
  if (namespaceId === undefined || !isPermission(action.name)) return results([]);
  const asked = { permission: action.name, namespaceId };
  const found = await principalsFor(ctx, asked, kindsOf(subject.type), { limit, cursor });
  return paged(
    found.items.map(({ id }) => ({ type: subject.type, id })),
    found.nextCursor && (await sealedFor(ctx, found.nextCursor)),
    found.totalIsAtLeast ? undefined : found.total,
  );
}

/** @throws {Problem} 400 for a token that is not of this search */
export async function searchResources(ctx: TenantContext, { page, ...searched }: z.output<typeof ResourceSearch>) {
  const { subject, action, resource } = searched;
  const { limit, cursor: after, paged } = pageOf(searched, page);
  if (after && !isId(after)) throw notOfThis();
  const { type } = resource;
  const permission = action.name;
  if (!isPermission(permission) || (type !== 'namespace' && type !== 'tenant')) return results([]);
  const onlyIn = ctx.actor.kind === 'service-key' ? ctx.identity.namespaceId : null;
  if (onlyIn && (type === 'tenant' || !isNamespaced(permission))) return results([]);
  const asked = { principalId: subject.id, permission };
  if (type === 'tenant') {
    const { kind, names } = await permissionsOf(ctx, subject.id, null);
    const isHeld = kind && kindsOf(subject.type).includes(kind) && names.some((name) => name === permission);
    return paged(isHeld ? [{ type, id: ctx.tenantId }] : []);
  }
  const found = await namespacesFor(ctx, asked, onlyIn ? { limit: MOST_AT_ONCE, only: onlyIn } : { limit, after });
  if (!found || !kindsOf(subject.type).includes(found.kind)) return results([]);
  return paged(
    found.ids.map((id) => ({ type, id })),
    found.next,
  );
}

/** @throws {Problem} 400 for a token that is not of this search; 403 for a service key outside its namespace */
export async function searchActions(ctx: TenantContext, { page, ...searched }: z.output<typeof ActionSearch>) {
  const { subject, resource } = searched;
  requireItsNamespace(ctx, resource);
  const { limit, cursor = '0', paged } = pageOf(searched, page);
  if (!/^\d{1,3}$/.test(cursor)) throw notOfThis();
  const start = Number(cursor);
  const namespaceId = namespaceOf(ctx.tenantId, resource);
  if (namespaceId === undefined) return results([]);
  const { kind, names } = await permissionsOf(ctx, subject.id, namespaceId);
  if (!kind || !kindsOf(subject.type).includes(kind)) return results([]);
  const shown = ctx.actor.kind === 'service-key' ? names.filter(isNamespaced) : names;
  const end = start + limit;
  return paged(
    shown.slice(start, end).map((name) => ({ name })),
    end < shown.length ? String(end) : null,
    shown.length,
  );
}
