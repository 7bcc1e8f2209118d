import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, forbidden, invalid } from '../../kernel/problem.ts';
import { requireMayShare } from '../groups/service.ts';
import { ImportKey, type ImportKeyQuery, type NewImportKey } from './schema.ts';
import * as store from './store.ts';

/** Keys by which one named tenant imports a group of this one, once. Only their hash is kept. */

const DAY = 86_400;
const MOST_OPEN = 1_000;

/** No chains: whoever is let in here from elsewhere lets nobody else in, and takes no group of this tenant out. */
export function requireOwnPrincipal({ actor }: TenantContext): void {
  if (actor.kind === 'guest')
    throw forbidden('not-for-guests', 'Groups are shared and imported by people of this tenant, not by guests.');
}

const shown = (ctx: TenantContext, row: store.KeyRow) => ({
  actions: actionsOf(ctx, [
    {
      name: 'import-keys.revoke',
      permission: 'groups.change',
      blocked: row.state === 'open' ? null : `This key is ${row.state}.`,
    },
  ]),
  ...row,
});

export async function listKeys(ctx: TenantContext, query: z.output<typeof ImportKeyQuery>) {
  const found = await store.listKeys(ctx, query);
  return { ...found, items: found.items.map((row) => shown(ctx, row)) };
}

export const readKey = async (ctx: TenantContext, id: string) => shown(ctx, await store.findKey(ctx, id));

/**
 * Makes a key by which the other tenant imports the group once. Its members hold nothing there by that alone.
 *
 * @throws {Problem} 400 for a group that is not there, that is the Owner Group or of others; 403 `own-group`,
 *   `not-yours-to-grant`, `not-for-guests`; 409 `too-many-import-keys`
 */
export async function makeKey(ctx: TenantContext, { groupId, receivingTenantId, days }: NewImportKey) {
  requireOwnPrincipal(ctx);
  if (receivingTenantId === ctx.tenantId) throw invalid({ path: 'receivingTenantId', message: 'is this tenant' });
  await requireMayShare(ctx, groupId);
  if ((await store.countOpenKeys(ctx)) >= MOST_OPEN)
    throw conflict('too-many-import-keys', `${MOST_OPEN} keys are open. Revoke some that are not needed.`);
  const value = formatLinkSecret(ctx.tenantId);
  const made = await store.insertKey(ctx, {
    id: newId(),
    groupId,
    secretHash: hashSecret(value),
    receivingTenantId,
    expiresAt: ctx.later(days * DAY),
  });
  ctx.audit(ImportKey, { after: { ...made, actions: [] } });
  return { value, ...shown(ctx, made) };
}

/** Ends a key that was not used. What was imported with it stands. @throws {Problem} 404; 409 `import-key-over` */
export async function revokeKey(ctx: TenantContext, id: string): Promise<void> {
  const before = await store.lockKey(ctx, id);
  if (before.state !== 'open') throw conflict('import-key-over', `This key is ${before.state} already.`);
  await store.revokeKey(ctx, id);
  ctx.audit(ImportKey, { before: { ...before, actions: [] } });
}
