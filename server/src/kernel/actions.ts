import { z } from 'zod';
import type { TenantContext } from './context.ts';
import { passages } from './doors.ts';
import { isLetThrough, keptFrom } from './guards.ts';
import { operationOf } from './operation.ts';

/** What the caller may do with an object, and why not where not: consoles decide nothing themselves. */
export const Action = z
  .strictObject({
    name: z.string().describe('The id of the operation.'),
    allowed: z.boolean(),
    reason: z.string().nullable().describe('Why not, in words; null when allowed.'),
  })
  .meta({ id: 'Action' });
export type Action = z.infer<typeof Action>;

interface Candidate {
  /** The operation's id. */
  name: string;
  permission: string;
  namespaceId?: string | null;
  /** Why the object's state forbids it, if it does. */
  blocked?: string | null | false | undefined;
}

export const needsPermission = (permission: string) => `This needs the permission ${permission}.`;

export const actionsOf = (ctx: TenantContext, candidates: Candidate[]): Action[] =>
  candidates.map(({ name, permission, namespaceId, blocked }) => {
    if (!ctx.rights.may(permission, namespaceId)) return { name, allowed: false, reason: needsPermission(permission) };
    const reason = stateReason(ctx, name) ?? (blocked || null);
    return { name, allowed: reason === null, reason };
  });

/** Why the caller's door or the tenant's state forbids the operation, if they do: as the kernel decides it for the request. */
function stateReason({ identity, actor }: TenantContext, operationId: string): string | null {
  const passage = passages[identity.tenantStatus][actor.door];
  const operation = operationOf(operationId);
  const kept = operation ? keptFrom(actor, operation) : null;
  if (kept !== null || passage === 'open') return kept;
  if (operation && isLetThrough(passage, operation)) return null;
  return `This tenant is ${identity.tenantStatus}.`;
}
