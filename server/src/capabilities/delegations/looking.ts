import type { TenantContext } from '../../kernel/context.ts';
import { groupBy } from '../../kernel/lists.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import * as effects from '../effects/service.ts';
import { requireNotAbove } from './circles.ts';
import { type DelegationPreview, grantsOf } from './deciding.ts';
import * as store from './store.ts';
import { toldBy } from './telling.ts';

/** Who of another tenant gains and loses what here by a decision about a delegation or an import. */

/** What lets a group of another tenant in, or would. */
export type Consent = Pick<store.DelegationRow, 'id' | 'otherTenantId' | 'otherRegion' | 'partnerGroupId'>;

/**
 * What would be decided: the group let in with these grants, in place of another consent; these consents over; a use by
 * somebody approved or over; all partner access stopped or not.
 */
export type Decision =
  | { grants: readonly effects.Grant[]; instead: string | null; needsActivation: boolean }
  | { over: readonly string[] }
  | { useOf: { delegationId: string; homeAccountId: string }; isApproved: boolean }
  | { isStopped: boolean };

/**
 * Who would gain and lose what, without deciding.
 *
 * @throws {Problem} 409 `delegation-decided`, `activation-decided`, `delegation-cycle`; 404; 400, 503 as the decision
 */
export async function previewDecision(ctx: TenantContext, id: string, asked: DelegationPreview) {
  const { act, activationId, names, ...approval } = asked;
  const row = await store.find(ctx, id);
  if (act === 'approve-activation') {
    if (!activationId) throw invalid({ path: 'activationId', message: 'must name the activation' });
    const use = await store.findActivationOf(ctx, id, activationId);
    if (use.state !== 'requested') throw conflict('activation-decided', `This is ${use.state}.`);
    return row.side === 'customer'
      ? lookAtDecision(ctx, row, { useOf: use, isApproved: true }, names)
      : { effect: null, names: null };
  }
  if (row.state !== (act === 'end' ? 'active' : 'requested'))
    throw conflict('delegation-decided', `This request is ${row.state}.`);
  if (act === 'approve' && row.side === 'customer') await requireNotAbove(ctx, row);
  const { needsActivation = row.needsActivation } = approval;
  const decision: Decision =
    act === 'end'
      ? { over: [id] }
      : {
          grants: await grantsOf(ctx, row, (await toldBy(ctx, [row])).get(id), approval),
          instead: row.renews,
          needsActivation,
        };
  return row.side === 'customer' ? lookAtDecision(ctx, row, decision, names) : { effect: null, names: null };
}

/** Both are null when the other tenant gives no answer. @param names of whom; nobody without */
export const lookAtDecision = async (
  ctx: TenantContext,
  consent: Consent,
  decision: Decision,
  names?: effects.NamesAsked,
) => effects.lookAtOthers(ctx, consent, await consentsBy(ctx, consent, decision), names);

/**
 * For the entry of a decision that is made now, whose consents and groups are held: takes the turn.
 *
 * @param people what their home said before
 * @returns null when it gave no answer
 */
export const effectOfDecision = (
  ctx: TenantContext,
  people: effects.PeopleAtHome,
  consent: Consent,
  decision: Decision,
) => effects.effectOnPeople(ctx, people, () => consentsBy(ctx, consent, decision));

/** All that lets people of that tenant in, as it gives now and by the decision. */
async function consentsBy(ctx: TenantContext, consent: Consent, decision: Decision): Promise<effects.Consent[]> {
  const over = 'over' in decision ? decision.over : 'instead' in decision && decision.instead ? [decision.instead] : [];
  // Of one that ends with its time the time is over already.
  const rows = await effects.consentsOf(ctx, consent.otherTenantId, over);
  const consents: effects.Consent[] = rows.flatMap((row) => {
    if ('isStopped' in decision) return effects.usedThen(row, decision);
    if ('useOf' in decision && decision.useOf.delegationId === row.id) {
      const { homeAccountId } = decision.useOf;
      // It stands there once for each use: of several one is over.
      const at = row.activated.indexOf(homeAccountId);
      const activated = decision.isApproved
        ? [...row.activated, homeAccountId]
        : row.activated.filter((_, each) => each !== at);
      return effects.usedThen(row, { activated });
    }
    const stands = effects.standing(row);
    return over.includes(row.id) ? { ...stands, after: [] } : stands;
  });
  // What it gives that is to be let in, which nobody uses yet.
  if ('grants' in decision)
    consents.push({
      partnerGroupId: consent.partnerGroupId,
      before: [],
      after: decision.grants,
      only: decision.needsActivation || (await effects.isStopped(ctx)) ? [] : null,
    });
  return consents;
}

/**
 * Asks the homes of whoever comes in by these delegations and imports, each once, before their ends are decided.
 *
 * @returns what home said, by the ids of those that let people in here
 */
export async function askBeforeEnds(ctx: TenantContext, ids: readonly string[]) {
  const homes = new Map<string, effects.PeopleAtHome>();
  const found = new Map<string, effects.PeopleAtHome>();
  for (const { id, ...home } of ids.length > 0 ? await store.findConsents(ctx, ids) : []) {
    const people = homes.get(home.otherTenantId) ?? (await effects.askForPeople(ctx, home));
    homes.set(home.otherTenantId, people);
    found.set(id, people);
  }
  return found;
}

/**
 * Who of each other tenant gains and loses what by the one switch, for its entry. Homes are asked for 2 seconds together,
 * before anything is held.
 *
 * @returns what says so, once what notes it is held
 */
export async function askBeforeSwitch(ctx: TenantContext, isStopped: boolean) {
  const late = effects.whileHeld();
  const asked: { consents: [Consents[number], ...Consents]; people: effects.PeopleAtHome }[] = [];
  for (const consents of (await consentsByTenant(ctx)).values())
    asked.push({ consents, people: await effects.askForPeople(ctx, consents[0], { late }) });
  return async () => {
    const partners = [];
    for (const { consents, people } of asked)
      partners.push({
        tenantId: consents[0].otherTenantId,
        groups: groupsIn(consents),
        effect: await effectOfDecision(ctx, people, consents[0], { isStopped }),
      });
    return partners;
  };
}

type Consents = Awaited<ReturnType<typeof store.findConsents>>;

/** @param ids of consents that stand here; all of them without */
async function consentsByTenant(ctx: TenantContext, ids?: readonly string[]) {
  return groupBy(await store.findConsents(ctx, ids), ({ otherTenantId }) => otherTenantId);
}

const groupsIn = (consents: Consents) =>
  consents.flatMap(({ groupId, groupName }) => (groupId ? [{ id: groupId, name: groupName ?? '' }] : []));

const MOST_TENANTS = 20;

/**
 * Who would lose what, were these delegations and imports over together: those of one tenant are looked at as one, since
 * who comes in by two of them loses what the two give.
 *
 * @param ids of consents that stand here
 * @throws {Problem} 409 `too-many-to-look-at`
 */
export async function lookAtEnds(ctx: TenantContext, ids: readonly string[], names?: effects.NamesAsked) {
  const all = [...(await consentsByTenant(ctx, ids))];
  if (all.length > MOST_TENANTS)
    throw conflict(
      'too-many-to-look-at',
      `These are groups of more than ${MOST_TENANTS} other tenants. Look at them group by group.`,
    );
  return lookAtEach(ctx, all, (consents) => ({ over: consents.map(({ id }) => id) }), names);
}

/** The same of the one switch; of more tenants than are asked it is not known. */
export async function lookAtSwitch(ctx: TenantContext, isStopped: boolean, names?: effects.NamesAsked) {
  const all = [...(await consentsByTenant(ctx))];
  const looked = await lookAtEach(ctx, all.slice(0, MOST_TENANTS), () => ({ isStopped }), names);
  const others = all.slice(MOST_TENANTS);
  return [
    ...looked,
    ...others.map(([tenantId, consents]) => ({ tenantId, groups: groupsIn(consents), effect: null, names: null })),
  ];
}

async function lookAtEach(
  ctx: TenantContext,
  tenants: [string, [Consents[number], ...Consents]][],
  decisionOf: (consents: Consents) => Decision,
  names?: effects.NamesAsked,
) {
  const looked = [];
  // One after another: each home goes over all members of its groups.
  for (const [tenantId, consents] of tenants)
    looked.push({
      tenantId,
      groups: groupsIn(consents),
      ...(await lookAtDecision(ctx, consents[0], decisionOf(consents), names)),
    });
  return looked;
}
