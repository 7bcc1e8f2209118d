import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import { servicesNamed } from '../services/service.ts';
import * as store from './rules-store.ts';
import { type NewRule, Rule, type RuleChanges, type RuleQuery } from './schema.ts';
import { changesOf, type GatewayParts, gatewayOf, holdGateway } from './service.ts';
import { find as findGateway, type GatewayRow } from './store.ts';

export const MOST_RULES = 5_000;

async function shown(ctx: TenantContext, gateway: GatewayRow, rules: store.RuleRow[]) {
  const groups = await store.groupsOf(
    ctx,
    rules.map(({ id }) => id),
  );
  return rules.map((rule) => ({
    groups: groups.get(rule.id) ?? [],
    actions: changesOf(ctx, gateway, 'rules.change', 'rules.delete'),
    ...rule,
  }));
}

const shownOne = async (ctx: TenantContext, gateway: GatewayRow, rule: store.RuleRow) =>
  (await shown(ctx, gateway, [rule]))[0] as Awaited<ReturnType<typeof shown>>[number];

export async function readRule(ctx: TenantContext, at: GatewayParts & { id: string }) {
  const gateway = await findGateway(ctx, gatewayOf(at));
  return shownOne(ctx, gateway, await store.find(ctx, at));
}

export async function listRules(ctx: TenantContext, at: GatewayParts, query: z.output<typeof RuleQuery>) {
  const gateway = await findGateway(ctx, gatewayOf(at));
  const found = await store.list(ctx, at.gatewayId, query);
  return { ...found, items: await shown(ctx, gateway, found.items) };
}

/** @throws {Problem} 400 that names the group */
export async function requireGroups(ctx: TenantContext, groupIds: string[]) {
  if (groupIds.length === 0) return;
  const known = new Set(await store.knownGroups(ctx, groupIds));
  const unknown = groupIds.findIndex((id) => !known.has(id));
  if (unknown >= 0) throw invalid({ path: `groupIds.${unknown}`, message: 'must be a group of this tenant' });
}

/**
 * One rule for each service and item: who is let in stands in one place.
 *
 * @throws {Problem} 409 `rule-exists`, `too-many-rules`; 400 that names the field
 */
export async function createRule(ctx: TenantContext, at: GatewayParts, { groupIds, ...fields }: NewRule) {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  const [service] = await servicesNamed(ctx, [fields.serviceId]);
  if (!service) throw invalid({ path: 'serviceId', message: 'must be a service of this tenant' });
  if (fields.item !== null && !service.items?.some(({ name }) => name === fields.item))
    throw invalid({ path: 'item', message: 'must be an item of the service' });
  await requireGroups(ctx, groupIds);
  if ((await store.count(ctx, at.gatewayId)) >= MOST_RULES)
    throw conflict('too-many-rules', `A gateway has at most ${MOST_RULES} rules. Delete some that are not needed.`);
  const id = newId();
  await store.insert(ctx, { id, gatewayId: at.gatewayId, ...fields });
  await store.setGroups(ctx, id, groupIds);
  const rule = await shownOne(ctx, gateway, await store.find(ctx, { ...at, id }));
  ctx.audit(Rule, { after: rule, target: targetOf(rule) });
  return rule;
}

/** @throws {Problem} 400 that names the group */
export async function changeRule(ctx: TenantContext, at: GatewayParts & { id: string }, changes: RuleChanges) {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  const before = await shownOne(ctx, gateway, await store.find(ctx, at));
  ctx.requireVersion(before);
  if (changes.groupIds) {
    await requireGroups(ctx, changes.groupIds);
    await store.setGroups(ctx, at.id, changes.groupIds);
  }
  await store.update(ctx, at.id, changes.claims);
  const after = await shownOne(ctx, gateway, await store.find(ctx, at));
  ctx.audit(Rule, { before, after, target: targetOf(after) });
  return after;
}

export async function deleteRule(ctx: TenantContext, at: GatewayParts & { id: string }): Promise<void> {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  const before = await shownOne(ctx, gateway, await store.find(ctx, at));
  ctx.requireVersion(before);
  await store.remove(ctx, at.id);
  ctx.audit(Rule, { before, target: targetOf(before) });
}

/** A rule has no name of its own: it is the one of `orders`, or of `orders: 4711`. */
const targetOf = ({ id, service, item }: { id: string; service: string; item: string | null }) => ({
  kind: 'rule',
  id,
  name: item === null ? service : `${service}: ${item}`,
});
