import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { listEntries } from '../audit/service.ts';
import { permissionsFrom } from '../groups/service.ts';
import type { AccountSignInQuery } from './schema.ts';
import * as store from './store.ts';

/** What a person may do and why, and how they came in. */

/** Each permission with the groups that it comes from, as the next request of the person would find it. */
export async function readAccess(ctx: TenantContext, id: string) {
  const { status } = await store.find(ctx, id);
  const permissions = await permissionsFrom(ctx, id);
  return { isOwner: await store.isOwner(ctx, id), isHeldBack: status !== 'enabled', permissions };
}

/** Sign-ins and tries that were refused, the newest first, as far back as the audit goes. */
export async function listSignIns(ctx: TenantContext, id: string, query: z.output<typeof AccountSignInQuery>) {
  await store.find(ctx, id);
  const found = await listEntries(ctx, {
    ...query,
    action: 'sessions.create',
    targetKind: 'account',
    targetId: id,
  });
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    ...found,
    items: found.items.map(({ id: entryId, at, outcome, after, sourceAddress }) => ({
      id: entryId,
      at,
      outcome,
      method: text(after?.method),
      sourceAddress: text(after?.sourceAddress) ?? sourceAddress,
      userAgent: text(after?.userAgent),
    })),
  };
}
