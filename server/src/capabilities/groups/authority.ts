import type { Rights } from '../../kernel/access.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict, forbidden } from '../../kernel/problem.ts';
import { requireCovered } from '../../kernel/strength.ts';
import * as store from './store.ts';

/** Who may change which group, and what is not changed here at all. */

/** Whose right it is asked of: the caller's, or of whoever made what is used now. */
interface Changer {
  id: string | null;
  rights: Rights;
}

/**
 * P23: nobody but an owner changes a group that they are in, nor one that holds more than they do, here or in other
 * tenants.
 */
export async function requireMayChange(
  ctx: TenantContext,
  group: store.GroupRow,
  { id, rights }: Changer = { id: ctx.actor.id, rights: ctx.rights },
) {
  if (rights.isOwner) return;
  if (group.isOwnerGroup) throw forbidden('owners-only', 'Only an owner changes the Owner Group.');
  if (id && (await store.isMember(ctx, group.id, id)))
    throw forbidden(
      'own-group',
      'You are a member of this group. Only an owner changes members or grants of a group that they are in.',
    );
  requireCovered({ rights }, await store.givenBy(ctx, group.id), notYours('This group holds'));
}

/** P23: nobody grants what they lack, by grant or by membership. */
export function requireHolds(
  ctx: TenantContext,
  grants: { permission: string; namespaceId: string | null }[],
  subject: string,
) {
  requireCovered(
    ctx,
    grants.map((grant) => ({ ...grant, isLent: false })),
    notYours(subject),
  );
}

const notYours = (subject: string) => (lacked: string) =>
  forbidden('not-yours-to-grant', `${subject} ${lacked}, which you do not hold. Nobody grants what they lack.`);

/**
 * Why the name and the members of such a group are not changed here, nor the group deleted; null when they are.
 * Description, account responsible, status and grants are this tenant's own whatever made the group.
 *
 * @param provisioning of the tenant: while it is off, its groups are managed like local ones
 */
export function managedElsewhere(source: string, provisioning: string): string | null {
  if (source === 'local' || (source === 'scim' && provisioning === 'off')) return null;
  if (source === 'imported')
    return 'Its members are those of a group of another tenant. Change what it may do, or end the partner access or the import that made it.';
  const where = 'Change it at the identity provider, or turn provisioning off.';
  return provisioning === 'paused'
    ? `Provisioning (SCIM) is paused, and this group still belongs to it. ${where}`
    : `This group is managed by provisioning (SCIM). ${where}`;
}

/** The tenant's provisioning as far as these groups are concerned: it is not asked for where none is provisioned. */
export const provisioningFor = async (ctx: TenantContext, groups: { source: string }[]): Promise<string> =>
  groups.some(({ source }) => source === 'scim') ? store.provisioningOf(ctx) : 'off';

/** @throws {Problem} 409 `managed-elsewhere` with the reason */
export async function requireManagedHere(ctx: TenantContext, group: store.GroupRow) {
  const reason = managedElsewhere(group.source, await provisioningFor(ctx, [group]));
  if (reason) throw conflict('managed-elsewhere', reason);
}

/** @throws {Problem} 409 `owner-group-fixed` for what is never done to the Owner Group */
export function requireNotFixed(
  { isOwnerGroup }: store.GroupRow,
  { name, status, grants }: { name?: string | undefined; status?: string | undefined; grants?: unknown },
): void {
  if (!isOwnerGroup) return;
  if (name !== undefined || status === 'disabled' || status === 'deleted')
    throw conflict('owner-group-fixed', 'The Owner Group is never renamed, disabled or deleted.');
  if (grants !== undefined)
    throw conflict('owner-group-fixed', 'The Owner Group has full access by itself; it takes no grants.');
}
