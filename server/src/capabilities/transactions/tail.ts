import { setTimeout } from 'node:timers/promises';
import type { z } from 'zod';
import { needsPermission } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { standingNow } from '../../kernel/guests.ts';
import { lacking, tooMany } from '../../kernel/problem.ts';
import type { TailQuery } from './schema.ts';
import { rangeOf, shown } from './service.ts';
import * as store from './store.ts';

/** How often something new is looked for. */
const LOOK_MS = 1_000;
const MOST_SHOWN = 200;
/** A tail shows what is going on: requests of the last hour, whenever they were reported. */
const HOUR_MS = 3_600_000;
/** Of one tenant, in this process. */
const MOST_WAITING = 50;
const waiting = new Map<string, number>();

/**
 * What was reported since the answer before, exactly once, whichever node answers. While it waits it holds no
 * connection, and who asked must still hold the right when something is answered.
 *
 * @throws {Problem} 429 when 50 of the tenant wait on this node
 */
export async function tailTransactions(
  ctx: TenantContext,
  namespaceId: string,
  { after, waitSeconds, ...filters }: z.output<typeof TailQuery>,
) {
  const asked = await rangeOf(ctx, namespaceId, filters);
  const hourAgo = new Date(ctx.now.getTime() - HOUR_MS);
  const range = { ...asked, from: asked.from > hourAgo ? asked.from : hourAgo };
  const first = await store.horizon(ctx);
  if (after === undefined) return { items: [], isComplete: true, cursor: first };
  const found = await reported(ctx, range, after, first);
  if (found.items.length > 0 || waitSeconds === 0) return found;
  ctx.finishRead();
  return waited(ctx, waitSeconds * 1000, found, (now, cursor) => look(now, range, cursor));
}

async function reported(ctx: TenantContext, range: store.Range, after: string, cursor: string) {
  const rows = await store.between(ctx, range, after, cursor, MOST_SHOWN + 1);
  return { items: await shown(ctx, rows.slice(0, MOST_SHOWN)), isComplete: rows.length <= MOST_SHOWN, cursor };
}

type Found = Awaited<ReturnType<typeof reported>>;

async function look(ctx: TenantContext, range: store.Range, after: string): Promise<Found> {
  const cursor = await store.horizon(ctx);
  if (cursor === after) return { items: [], isComplete: true, cursor };
  const found = await reported(ctx, range, after, cursor);
  if (found.items.length > 0) {
    const { rights } = await standingNow(ctx, ctx.actor.id as string);
    if (!rights.may('logging.view', range.namespaceId))
      throw lacking(needsPermission('logging.view'), { permission: 'logging.view', namespaceId: range.namespaceId });
  }
  return found;
}

async function waited(
  ctx: TenantContext,
  milliseconds: number,
  found: Found,
  lookAgain: (ctx: TenantContext, after: string) => Promise<Found>,
): Promise<Found> {
  const { tenantId, request, platform } = ctx;
  const others = waiting.get(tenantId) ?? 0;
  if (others >= MOST_WAITING) throw tooMany(`${MOST_WAITING} readers of this tenant wait already.`, 5);
  waiting.set(tenantId, others + 1);
  try {
    let last = found;
    for (let passed = 0; last.items.length === 0 && passed < milliseconds; passed += LOOK_MS) {
      await setTimeout(LOOK_MS);
      if (request.isGone?.() || platform.isLeaving) break;
      const { cursor } = last;
      last = await ctx.again((now) => lookAgain(now, cursor));
    }
    return last;
  } finally {
    const left = (waiting.get(tenantId) ?? 1) - 1;
    if (left > 0) waiting.set(tenantId, left);
    else waiting.delete(tenantId);
  }
}
