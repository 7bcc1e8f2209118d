import type { z } from 'zod';
import { Rights } from '../../kernel/access.ts';
import { rightsNow } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import type { AffectedList, Effect } from '../effects/schema.ts';
import { effectOfStances, type Grant, isAskedFor, movesOf, type NamesAsked, type Stance } from '../effects/service.ts';
import { groupsWithGrants } from '../groups/service.ts';
import { type DelegationPreview, grantsOf } from './deciding.ts';
import * as store from './store.ts';
import { sayToOther } from './telling.ts';

/**
 * Who of another tenant gains and loses what here by a decision about a delegation or an import: what its people hold by
 * all that lets them in, before and after. Of the people it is asked only how many are in which groups together, and what
 * some are called when somebody wants to know.
 */

/** People of the partner who are in the same of its groups; of those who are guests here by an invitation, who. */
interface Together {
  groupIds: string[];
  people: number;
  guests: string[];
}

/** What lets a group of another tenant in, or would. */
export type Consent = Pick<store.DelegationRow, 'id' | 'otherTenantId' | 'otherRegion' | 'partnerGroupId'>;

/** What would be decided: the group let in with these grants, in place of another consent; or these consents over. */
export type Decision = { grants: readonly Grant[]; instead: string | null } | { over: readonly string[] };

interface Looked {
  named: Grant[];
  groupIds: string[];
  /** How those stand who are in the same groups, and guests among them by the ids of their accounts. */
  sets: { groupIds: string[]; stance: Stance; guests: Map<string, Stance> }[];
}

/**
 * Who would gain and lose what, without deciding.
 *
 * @throws {Problem} 409 `delegation-decided`; 400 as the decision
 */
export async function previewDecision(ctx: TenantContext, id: string, asked: DelegationPreview) {
  const { act, names, ...approval } = asked;
  const row = await store.find(ctx, id);
  if (row.state !== (act === 'end' ? 'active' : 'requested'))
    throw conflict('delegation-decided', `This request is ${row.state}.`);
  const decision: Decision =
    act === 'end' ? { over: [id] } : { grants: await grantsOf(ctx, row, approval), instead: row.renews };
  return row.side === 'customer' ? lookAtDecision(ctx, row, decision, names) : { effect: null, names: null };
}

/** Both are null when the other tenant gives no answer. @param names of whom; nobody without */
export async function lookAtDecision(
  ctx: TenantContext,
  consent: Consent,
  decision: Decision,
  names?: NamesAsked,
): Promise<{ effect: z.output<typeof Effect> | null; names: z.output<typeof AffectedList> | null }> {
  const looked = await lookAt(ctx, consent, decision);
  if (!looked) return { effect: null, names: null };
  const stances = looked.sets.flatMap(({ stance, guests }) => [stance, ...guests.values()]);
  return {
    effect: await effectOfStances(ctx, looked.named, stances),
    names: names ? await namesOf(ctx, consent, looked, names) : null,
  };
}

export const effectOfDecision = async (ctx: TenantContext, consent: Consent, decision: Decision) =>
  (await lookAtDecision(ctx, consent, decision)).effect;

const MOST_TENANTS = 20;

/**
 * Who would lose what, were these delegations and imports over together: those of one tenant are looked at as one, since
 * who comes in by two of them loses what the two give.
 *
 * @param ids of consents that stand here
 * @throws {Problem} 409 `too-many-to-look-at`
 */
export async function lookAtEnds(ctx: TenantContext, ids: readonly string[], names?: NamesAsked) {
  const byTenant = new Map<string, (Consent & { groupId: string | null })[]>();
  for (const row of await store.findConsents(ctx, ids))
    byTenant.set(row.otherTenantId, [...(byTenant.get(row.otherTenantId) ?? []), row]);
  if (byTenant.size > MOST_TENANTS)
    throw conflict(
      'too-many-to-look-at',
      `These are groups of more than ${MOST_TENANTS} other tenants. Look at them group by group.`,
    );
  const looked = [];
  // One after another: each home goes over all members of its groups.
  for (const [tenantId, consents] of byTenant)
    looked.push({
      tenantId,
      groupIds: consents.flatMap(({ groupId }) => groupId ?? []),
      ...(await lookAtDecision(ctx, consents[0] as Consent, { over: consents.map(({ id }) => id) }, names)),
    });
  return looked;
}

async function lookAt(ctx: TenantContext, consent: Consent, decision: Decision): Promise<Looked | null> {
  const standing = await store.consentsOf(ctx, consent.otherTenantId);
  const invited = await store.guestsOf(ctx, consent.otherTenantId);
  const groupIds = [...new Set([consent, ...standing].map(({ partnerGroupId }) => partnerGroupId))];
  const guests = [...invited.keys()];
  const asked = { ids: groupIds, guests };
  const together = await sayToOther<Together[]>(ctx, consent, 'delegation-people', asked).catch(() => undefined);
  if (!together) return null;
  const groups = await groupsWithGrants(
    ctx,
    standing.map(({ groupId }) => groupId),
  );
  const given = new Map(groups.map(({ id, status, grants }) => [id, status === 'enabled' ? grants : []]));
  const over = 'over' in decision ? decision.over : decision.instead ? [decision.instead] : [];
  const letIn = 'over' in decision ? [] : decision.grants;
  const grantsBy = (ids: string[], ended: readonly string[]): Grant[] =>
    standing
      .filter(({ id, partnerGroupId }) => ids.includes(partnerGroupId) && !ended.includes(id))
      .flatMap(({ groupId }) => given.get(groupId) ?? []);
  const sets: Looked['sets'] = [];
  for (const { groupIds: ids, people, guests: accountIds } of together) {
    const before = grantsBy(ids, []);
    const after = grantsBy(ids, over);
    if (ids.includes(consent.partnerGroupId)) after.push(...letIn);
    const stances = new Map<string, Stance>();
    for (const accountId of accountIds) {
      const own = await rightsNow(ctx.db, invited.get(accountId) as string);
      const besides = (grants: Grant[]) => new Rights(own.isOwner, [...own.grants, ...Rights.of(false, grants).grants]);
      stances.set(accountId, { people: 1, before: besides(before), after: besides(after) });
    }
    sets.push({
      groupIds: ids,
      stance: { people: people - accountIds.length, before: Rights.of(false, before), after: Rights.of(false, after) },
      guests: stances,
    });
  }
  const named = [...given.values(), letIn].flat();
  return { named, groupIds, sets };
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** The people behind a number, a page in the order of their ids at home, which tells them. */
async function namesOf(ctx: TenantContext, consent: Consent, { named, groupIds, sets }: Looked, asked: NamesAsked) {
  const isOne = (stance: Stance) => isAskedFor(asked, movesOf(named, stance));
  const those = sets.filter(({ stance }) => isOne(stance));
  const guests = (of: Looked['sets'], isWanted: boolean) =>
    of.flatMap((set) => [...set.guests].flatMap(([id, stance]) => (isOne(stance) === isWanted ? id : [])));
  const rows = await sayToOther<store.NamedRow[]>(ctx, consent, 'delegation-people-named', {
    ids: groupIds,
    sets: those.map((set) => set.groupIds),
    but: guests(those, false),
    besides: guests(
      sets.filter((set) => !those.includes(set)),
      true,
    ),
    after: asked.after ?? FIRST,
    limit: asked.limit + 1,
  }).catch(() => undefined);
  if (!rows) return null;
  const items = rows.slice(0, asked.limit).flatMap(({ homeAccountId, displayName, groupIds: ids }) => {
    const set = sets.find((each) => each.groupIds.join() === ids.join());
    if (!set) return []; // moved between the two questions
    const moved = movesOf(named, set.guests.get(homeAccountId) ?? set.stance);
    return [{ id: homeAccountId, kind: 'guest' as const, displayName, email: null, inactive: false, ...moved }];
  });
  return { items, nextAfter: rows.length > asked.limit ? (rows[asked.limit - 1]?.homeAccountId ?? null) : null };
}
