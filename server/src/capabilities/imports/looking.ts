import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { requireDoorOpen } from '../../kernel/enter.ts';
import { conflict } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import { lookAtDecision, reportActs } from '../delegations/service.ts';
import { inTenant } from './home.ts';
import type { AskedLook } from './messages.ts';
import type { ImportEffect, ImportLook } from './schema.ts';
import { ask } from './service.ts';
import * as store from './store.ts';

/** Who loses what by the end of an import, before it is ended, and what was done by it. The receiver knows, home asks it. */

type Effect = z.output<typeof ImportEffect>;
const unknown: Effect = { effect: null, names: null };

/** @throws {Problem} 404; 409 `import-over` */
export async function previewEnd(ctx: TenantContext, id: string, { names }: z.output<typeof ImportLook>) {
  const row = await ctx.again((now) => store.find(now, id));
  if (row.state !== 'active') throw conflict('import-over', 'This import is over already.');
  if (row.side === 'receiver') return lookAtDecision(ctx, store.consentOf(row), { over: [id] }, names);
  return (await ask<Effect>(ctx, row.otherTenantId, 'import-look', { id, names }).catch(() => null)) ?? unknown;
}

/** Home asks what its people would lose here. */
export const sayLook = async (platform: Platform, from: string, asked: AskedLook): Promise<Effect> =>
  (await inTenant(platform, from, asked, 'group-imports.preview', async (ctx) => {
    requireDoorOpen(ctx.identity);
    const row = await store.findIfAny(ctx, asked.id);
    const isTheirs = row?.side === 'receiver' && row.state === 'active' && row.otherTenantId === asked.fromTenantId;
    return isTheirs ? lookAtDecision(ctx, store.consentOf(row), { over: [asked.id] }, asked.names) : unknown;
  })) ?? unknown;

/** What people of an imported group did, and whether both sides have the same. @throws {Problem} 404 */
export async function reportImport(ctx: TenantContext, id: string, query: Parameters<typeof reportActs>[2]) {
  await store.find(ctx, id);
  return reportActs(ctx, id, query);
}
