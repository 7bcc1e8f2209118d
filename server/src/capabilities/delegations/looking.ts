import type { z } from 'zod';
import { Rights } from '../../kernel/access.ts';
import { rightsNow } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import type { Effect } from '../effects/schema.ts';
import { effectOfStances, type Grant, type Stance } from '../effects/service.ts';
import { groupsWithGrants } from '../groups/service.ts';
import { type DelegationPreview, grantsOf } from './deciding.ts';
import * as store from './store.ts';
import { sayToOther } from './telling.ts';

/**
 * Who of the partner gains and loses what here by a decision about a delegation: what its people hold by all delegations of
 * theirs, before and after. Of the people it is asked only how many are in which groups together.
 */

/** People of the partner who are in the same of its groups; of those who are guests here by an invitation, who. */
interface Together {
  groupIds: string[];
  people: number;
  guests: string[];
}

/** What would be decided: the delegation let in with these grants, in place of another; or over. */
type Decision = { grants: readonly Grant[]; instead: string | null } | 'end';

/**
 * Who would gain and lose what, without deciding.
 *
 * @throws {Problem} 409 `delegation-decided`; 400 as the decision
 */
export async function previewDecision(ctx: TenantContext, id: string, { act, ...approval }: DelegationPreview) {
  const row = await store.find(ctx, id);
  if (row.state !== (act === 'end' ? 'active' : 'requested'))
    throw conflict('delegation-decided', `This request is ${row.state}.`);
  const decision: Decision =
    act === 'end' ? 'end' : { grants: await grantsOf(ctx, row, approval), instead: row.renews };
  return { effect: row.side === 'customer' ? await effectOfDecision(ctx, row, decision) : null };
}

/** @returns null when the partner gives no answer */
export async function effectOfDecision(
  ctx: TenantContext,
  row: store.DelegationRow,
  decision: Decision,
): Promise<z.output<typeof Effect> | null> {
  const standing = (await store.standingWith(ctx, 'customer', row.otherTenantId)).filter(
    ({ state, groupId }) => state === 'active' && groupId,
  );
  const invited = await store.guestsOf(ctx, row.otherTenantId);
  const together = await sayToOther<Together[]>(ctx, row, 'delegation-people', {
    ids: [...new Set([row, ...standing].map(({ partnerGroupId }) => partnerGroupId))],
    guests: [...invited.keys()],
  }).catch(() => undefined);
  if (!together) return null;
  const groups = await groupsWithGrants(
    ctx,
    standing.flatMap(({ groupId }) => groupId ?? []),
  );
  const given = new Map(groups.map(({ id, status, grants }) => [id, status === 'enabled' ? grants : []]));
  const grantsBy = (groupIds: string[], isOver: (id: string) => boolean): Grant[] =>
    standing
      .filter(({ id, partnerGroupId }) => groupIds.includes(partnerGroupId) && !isOver(id))
      .flatMap(({ groupId }) => given.get(groupId as string) ?? []);
  const stances: Stance[] = [];
  for (const { groupIds, people, guests } of together) {
    const before = grantsBy(groupIds, () => false);
    const after = grantsBy(groupIds, (id) => id === (decision === 'end' ? row.id : decision.instead));
    if (decision !== 'end' && groupIds.includes(row.partnerGroupId)) after.push(...decision.grants);
    stances.push({
      people: people - guests.length,
      before: Rights.of(false, before),
      after: Rights.of(false, after),
    });
    for (const accountId of guests) {
      const own = await rightsNow(ctx.db, invited.get(accountId) as string);
      const besides = (grants: Grant[]) => new Rights(own.isOwner, [...own.grants, ...Rights.of(false, grants).grants]);
      stances.push({ people: 1, before: besides(before), after: besides(after) });
    }
  }
  const named = [...given.values(), ...(decision === 'end' ? [] : [decision.grants])].flat();
  return effectOfStances(ctx, named, stances);
}
