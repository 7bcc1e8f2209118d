import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid, requireThere } from '../../kernel/problem.ts';
import type * as effects from '../effects/service.ts';
import { changesOfGroups, strongerAmong } from '../groups/service.ts';
import * as listing from './list-store.ts';
import type { LookAtMany, ManyAccounts } from './schema.ts';
import { isManagedElsewhere } from './shown.ts';
import * as store from './store.ts';

/** Which accounts an act on many is about, and what it would do. */

/** @throws {Problem} 400 that names an id or a filter */
export async function whichOf(ctx: TenantContext, { ids, filter = {} }: ManyAccounts) {
  const which: listing.Which = ids ? { ids: [...new Set(ids)].sort() } : { filter, until: ctx.now.toISOString() };
  const accounts = await listing.countOf(ctx, which);
  if (ids && 'ids' in which && accounts < which.ids.length)
    requireThere('ids', ids, new Set(await store.existing(ctx, which.ids)), 'names an account that does not exist');
  return { which, accounts };
}

/**
 * What an act on many accounts would change, without those that it skips for how they stand.
 *
 * @throws {Problem} 400 that names an id, a filter or `groupId`
 */
export async function changeByMany(
  ctx: TenantContext,
  { act, oneByOne, groupId, ...asked }: z.output<typeof LookAtMany>,
): Promise<{ change: effects.Change; skipped: number }> {
  const { which } = await whichOf(ctx, asked);
  const found = await listing.standingsFor(ctx, which);
  if (act === 'addToGroup' || act === 'removeFromGroup') {
    if (!groupId) throw invalid({ path: 'groupId', message: 'must name the group' });
    const ids = found.map(({ id }) => id);
    const groups = await changesOfGroups(
      ctx,
      new Map([[groupId, act === 'addToGroup' ? { joining: ids } : { leaving: ids }]]),
    );
    const [moved] = groups;
    if (!moved) throw invalid({ path: 'groupId', message: 'names a group that does not exist' });
    return { change: { groups }, skipped: ids.length - (moved.joining ?? []).length - (moved.leaving ?? []).length };
  }
  if (groupId) throw invalid({ path: 'groupId', message: 'belongs to acts on a group' });
  const stronger = await strongerAmong(
    ctx,
    found.map(({ id }) => id),
  );
  const ids = found
    .filter(({ id, status, source, verifiedAt }) => {
      if (stronger.has(id) || isManagedElsewhere(ctx, { source })) return false;
      if (act === 'enable') return status !== 'enabled' && (verifiedAt !== null || source !== 'local');
      return act === 'delete' ? status === 'disabled' : status !== 'disabled' && (oneByOne || id !== ctx.actor.id);
    })
    .map(({ id }) => id);
  return { change: act === 'enable' ? { starting: ids } : { stopping: ids }, skipped: found.length - ids.length };
}

/** How somebody stands before or after what is looked at. */
type Standing = Awaited<ReturnType<typeof store.standingNow>>[number];

/** Of these accounts those that are there or were, by their ids. */
export const standingOfPeople = async (ctx: TenantContext, ids: readonly string[]): Promise<Map<string, Standing>> =>
  new Map(ids.length === 0 ? [] : (await store.standingNow(ctx, ids)).map((each) => [each.id, each]));

const isThere = (standing: Standing | undefined): standing is Standing => standing?.deletedAt === null;
const mayAct = (standing: Standing | undefined) => isThere(standing) && standing.status === 'enabled';

/** Who would come, and who would act or act no more, of people who stand so before and after. */
export function changeOfPeople(before: ReadonlyMap<string, Standing>, after: ReadonlyMap<string, Standing>) {
  const change = { starting: [] as string[], stopping: [] as string[], coming: [] as effects.Coming[] };
  for (const [id, is] of after) {
    const was = before.get(id);
    if (!was && isThere(is)) {
      const { displayName, email } = is;
      change.coming.push({ id, displayName, email, mayAct: mayAct(is) });
    } else if (mayAct(was) && !mayAct(is)) change.stopping.push(id);
    else if (!mayAct(was) && mayAct(is)) change.starting.push(id);
  }
  return change;
}
