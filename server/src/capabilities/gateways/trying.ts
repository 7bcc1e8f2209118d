import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid, lacking } from '../../kernel/problem.ts';
import { readAccount } from '../accounts/service.ts';
import { groupsOf } from '../groups/service.ts';
import { refusalOf } from '../licences/service.ts';
import { allOf as certificatesOf } from './certificates-store.ts';
import { type Decision, decide, routeOf, tableOf } from './deciding.ts';
import { hostOf } from './hosts.ts';
import { allOf as routesOf } from './routes-store.ts';
import { requireGroups } from './rules.ts';
import { ofService, groupsOf as ruleGroupsOf } from './rules-store.ts';
import type { Trial, TrialResult } from './schema.ts';
import { type GatewayPath, issuerOf } from './service.ts';
import { find, findProvider, type GatewayRow } from './store.ts';
import { claimsFor, keyThatSigns } from './upstream-token.ts';

type Outcome = Pick<z.output<typeof TrialResult>, 'reason' | 'explanation'>;

/**
 * Decides about a request as the gateway would, and says by what. The person is an account, or anybody in the groups
 * that are named. Nothing is sent anywhere. Whom the rules would let in is refused where the gateway lets in nobody.
 *
 * @throws {Problem} 403 with an account, to who may not see accounts and groups: it tells which of them the account is in;
 *   400 that names `accountId`, `groupIds.0`
 */
export async function tryRequest(ctx: TenantContext, at: GatewayPath, trial: Trial) {
  const gateway = await find(ctx, at);
  const { prefix } = gateway;
  const { method, path: target, accountId, claims = {} } = trial;
  if (accountId) requireMaySeeMemberships(ctx);
  const routes = await routesOf(ctx, at.id);
  const [path = '/'] = target.split('?', 1);
  const request = { method, host: hostOf(trial.host)?.host ?? '', path };
  const below = { ...request, path: path.slice(prefix.length) || '/' };
  const serviceId = path.startsWith(prefix) ? routeOf(tableOf(routes, []), below)?.serviceId : undefined;
  const found = serviceId ? await ofService(ctx, at.id, serviceId) : [];
  const ruleGroups = await ruleGroupsOf(
    ctx,
    found.map(({ id }) => id),
  );
  const rules = found.map((rule) => ({ groupIds: (ruleGroups.get(rule.id) ?? []).map(({ id }) => id), ...rule }));
  if (trial.groupIds) await requireGroups(ctx, trial.groupIds);
  const groupIds = trial.groupIds ?? (accountId ? await groupIdsOf(ctx, accountId) : []);
  const decision = decide(prefix, tableOf(routes, rules), request, { groupIds: new Set(groupIds), claims });

  const { route, item = null, rule, matched } = decision;
  const groupName =
    matched?.kind === 'group' && ruleGroups.get(rule?.id ?? '')?.find(({ id }) => id === matched.id)?.name;
  const service = routes.find(({ id }) => id === route?.id)?.service;
  const shut = decision.isAllowed ? await whyNobody(ctx, gateway) : undefined;
  const isAllowed = decision.isAllowed && !shut;
  return {
    isAllowed,
    ...(shut ?? { reason: decision.reason, explanation: explain(decision, service ?? '') }),
    route: route ? { id: route.id, name: route.name } : null,
    service: route && service ? { id: route.serviceId, name: service } : null,
    item,
    rule: rule
      ? {
          id: rule.id,
          level: rule.item === null ? ('base' as const) : ('named' as const),
          matched: groupName || (matched?.kind === 'claim' ? `${matched.name}: ${matched.value}` : null),
        }
      : null,
    upstreamUrl: decision.upstreamUrl === undefined ? null : decision.upstreamUrl + target.slice(path.length),
    upstreamToken: isAllowed && service ? await tokenFor(ctx, gateway, service, decision, { claims, groupIds }) : null,
  };
}

/** Why the gateway lets in nobody at the moment, whatever its rules say; in the order in which the program finds out. */
async function whyNobody(ctx: TenantContext, gateway: GatewayRow): Promise<Outcome | undefined> {
  const { id, namespaceId, identityProviderId, audiences, signing } = gateway;
  const outcome = (reason: Outcome['reason'], status: number, why: string): Outcome => ({
    reason,
    explanation: `The rules would let in, and the gateway lets in nobody (${status}): ${why}`,
  });
  if (identityProviderId === null)
    return outcome('nobody-known', 401, 'It has no identity provider by which it would know people.');
  const provider = await findProvider(ctx, identityProviderId);
  if (provider?.status !== 'active' || !provider.issuer)
    return outcome('nobody-known', 401, 'Its identity provider is not active.');
  if (audiences.length === 0)
    return outcome('nobody-known', 401, 'It names no audience for which a token would have to be meant.');
  const refusal = await refusalOf(ctx, namespaceId);
  if (refusal !== null) return outcome('licence', 503, refusal);
  if (signing && !keyThatSigns(await certificatesOf(ctx, id), ctx.now))
    return outcome('no-certificate', 503, 'It has no valid certificate to sign by for upstreams.');
  return undefined;
}

function requireMaySeeMemberships(ctx: TenantContext) {
  for (const permission of ['accounts.view', 'groups.view'] as const)
    if (!ctx.rights.may(permission))
      throw lacking(`To try as an account needs the permission ${permission} too.`, { permission });
}

/** What would be signed for the upstream, with the subject that the claims name. */
async function tokenFor(
  ctx: TenantContext,
  { id, signing }: GatewayRow,
  service: string,
  { item, rule }: Decision,
  { claims, groupIds }: { claims: object; groupIds: string[] },
) {
  if (!signing) return null;
  const key = keyThatSigns(await certificatesOf(ctx, id), ctx.now);
  if (!key) return null;
  const { iss, sub } = claims as Record<string, unknown>;
  const comer = {
    issuer: typeof iss === 'string' ? iss : null,
    subject: typeof sub === 'string' ? sub : null,
    groupIds: groupIds.filter((each) => rule?.groupIds.includes(each)),
  };
  const settings = { issuer: issuerOf(ctx, id), ...signing };
  return {
    header: signing.header,
    keyId: key.keyId,
    claims: claimsFor(settings, { service, item: item ?? null }, comer, Math.floor(ctx.now.getTime() / 1000)),
  };
}

/** Groups that are disabled let in nobody, and neither does an account that is not enabled. */
async function groupIdsOf(ctx: TenantContext, accountId: string): Promise<string[]> {
  const account = await readAccount(ctx, accountId).catch(() => {
    throw invalid({ path: 'accountId', message: 'must be an account of this tenant' });
  });
  if (account.status !== 'enabled') return [];
  return ((await groupsOf(ctx, [accountId])).get(accountId) ?? [])
    .filter(({ status }) => status === 'enabled')
    .map(({ id }) => id);
}

function explain({ reason, route, item, rule }: Decision, service: string): string {
  switch (reason) {
    case 'bad-path':
      return 'The path could be read in two ways (an escaped slash, a dot segment, an empty segment, or signs and capitals by which it leads to another route), so it is refused.';
    case 'not-below-prefix':
      return 'The path does not begin with the prefix of this gateway.';
    case 'no-route':
      return 'No route has this host, method and path.';
    case 'no-item':
      return `The route ${route?.name} takes the item from the path, and this path names none that can be read, or one that could be taken for another.`;
    case 'no-rule':
      return item === undefined
        ? `Nobody is let into ${service}: it has no base rule, and without one the gateway refuses.`
        : `Nobody is let into ${item} of ${service}: neither has a rule, and without one the gateway refuses.`;
    case 'not-in-rule':
      return rule?.item == null
        ? `Not let in: the base rule of ${service} decides, and none of its groups and claims is the person’s.`
        : `Not let in: the rule of ${item} in ${service} decides, and none of its groups and claims is the person’s.`;
    case 'rule':
      return rule?.item == null
        ? `Let in: the base rule of ${service} decides.`
        : `Let in: the rule of ${item} in ${service} decides.`;
  }
}
