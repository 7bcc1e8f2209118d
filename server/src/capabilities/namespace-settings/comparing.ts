import { createHash } from 'node:crypto';
import { needsPermission } from '../../kernel/actions.ts';
import { skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import {
  agentCertificatesObstacle,
  type GatewaySettings,
  type HeldGateway,
  type Known,
  type RouteSettings,
  type RuleSettings,
  readGateways,
  routeFault,
  subjectOf,
  tokenProviders,
} from '../gateways/service.ts';
import { grantObstacle, grantsIn, groupsCalled } from '../groups/service.ts';
import { servicesCalled } from '../services/service.ts';
import { type Difference, differenceOf, inOrder, itemsLacking, keepingDemands } from './difference.ts';
import type { NamespaceSettings, Part, ServiceSettings, SettingsChange } from './schema.ts';

/** What a namespace is beside what it is to become, and what is in the way. */

export interface Comparison {
  look: string;
  changes: SettingsChange[];
  wanted: NamespaceSettings;
  held: HeldGateway[];
  known: Known;
}

type Services = Awaited<ReturnType<typeof servicesCalled>>;

const asSettings = (services: Services): ServiceSettings[] =>
  services.map(({ name, description, items }) => ({ name, description, items }));

const servicesIn = (gateways: GatewaySettings[]) => [
  ...new Set(gateways.flatMap(({ routes, rules }) => [...routes, ...rules].map(({ service }) => service))),
];

async function presentOf(ctx: TenantContext, namespaceId: string, parts: readonly Part[]) {
  const held = parts.includes('gateways') ? await readGateways(ctx, namespaceId) : [];
  const gateways = held.map(({ settings }) => settings);
  return {
    held,
    settings: {
      format: 'bailiwick-namespace' as const,
      version: 1 as const,
      ...(parts.includes('gateways') ? { gateways } : {}),
      ...(parts.includes('grants') ? { grants: await grantsIn(ctx, namespaceId) } : {}),
    },
  };
}

/** The settings of a namespace by names, in their order, with the services that they name. @throws {Problem} 409 `too-many-parts` */
export async function settingsOf(
  ctx: TenantContext,
  namespaceId: string,
  parts: readonly Part[],
): Promise<NamespaceSettings> {
  const { settings } = await presentOf(ctx, namespaceId, parts);
  const services = await servicesCalled(ctx, servicesIn(settings.gateways ?? []));
  return inOrder({ services: asSettings(services), ...settings });
}

/** A group by its name here: names that differ by capitals are the same. */
const withNamesOf = (groups: Map<string, { name: string }>, { gateways, grants, ...rest }: NamespaceSettings) => {
  const named = (name: string) => groups.get(skeleton(name))?.name ?? name;
  return inOrder({
    ...rest,
    ...(gateways
      ? {
          gateways: gateways.map(({ rules, ...gateway }) => ({
            rules: rules.map(({ groups, ...rule }) => ({ groups: groups.map(named), ...rule })),
            ...gateway,
          })),
        }
      : {}),
    ...(grants ? { grants: grants.map(({ group, permission }) => ({ group: named(group), permission })) } : {}),
  });
};

/** Whether some of these would get items that they lack. */
const grow = (services: Services, wanted: ServiceSettings[]) =>
  services.some((service) => wanted.some((each) => each.name === service.name && itemsLacking(service, each)));

/**
 * What would make the namespace like the wanted settings, change by change, and why some of it cannot be.
 *
 * @param parts what of the settings is compared
 * @param holds everything that they name until the transaction ends
 */
export async function compare(
  ctx: TenantContext,
  namespaceId: string,
  settings: NamespaceSettings,
  { parts, holds = false }: { parts: readonly Part[]; holds?: boolean },
): Promise<Comparison> {
  const { gateways, grants, ...rest } = settings;
  const given = {
    ...rest,
    ...(gateways && parts.includes('gateways') ? { gateways } : {}),
    ...(grants && parts.includes('grants') ? { grants } : {}),
  };
  const aimed = given.gateways ?? [];
  const groupNames = [...aimed.flatMap(({ rules }) => rules.flatMap(({ groups }) => groups))];
  for (const { group } of given.grants ?? []) groupNames.push(group);
  const present = await presentOf(ctx, namespaceId, parts);
  for (const { group } of present.settings.grants ?? []) groupNames.push(group);
  // Held at once as what is done to them needs, and services before groups, as a rule holds them: of two at once one
  // waits for the other, and not for ever.
  const serviceNames = [...new Set([...servicesIn(aimed), ...given.services.map(({ name }) => name)])];
  const changesServices = holds && grow(await servicesCalled(ctx, serviceNames), given.services);
  const services = await servicesCalled(ctx, serviceNames, changesServices ? 'to-change' : holds);
  const groups = await groupsCalled(ctx, groupNames, holds && given.grants ? 'to-change' : holds);
  const providers = await tokenProviders(
    ctx,
    aimed.flatMap(({ identityProvider }) => identityProvider ?? []),
    holds,
  );
  const is = inOrder({ services: asSettings(services), ...present.settings });
  const wanted = keepingDemands(withNamesOf(groups, given), is);
  const known = {
    providers,
    services: new Map(services.map(({ id, name }) => [name, id])),
    groups: new Map([...groups].map(([canonical, { id }]) => [canonical, id])),
  };
  const differences = differenceOf(is, wanted);
  const obstacleOf = await obstacles(ctx, namespaceId, differences, { wanted, is, known });
  return {
    look: createHash('sha256')
      .update(JSON.stringify([namespaceId, is, wanted], withoutDemandsOfNone))
      .digest('base64url'),
    changes: differences.map((each) => ({ obstacle: obstacleOf(each), ...each })),
    wanted,
    held: present.held,
    known,
  };
}

/** A look of before gateways asked for client certificates stays good where none of them does. */
const withoutDemandsOfNone = (name: string, value: unknown) =>
  name === 'agentCertificates' && value === null ? undefined : value;

interface Names {
  wanted: NamespaceSettings;
  is: NamespaceSettings;
  known: Known;
}

async function obstacles(ctx: TenantContext, namespaceId: string, differences: Difference[], names: Names) {
  const { wanted, is, known } = names;
  const services = new Map<string, ServiceSettings>();
  for (const { items, ...service } of [...is.services, ...wanted.services]) {
    const more = services.get(service.name)?.items;
    services.set(service.name, { items: items || more ? [...(more ?? []), ...(items ?? [])] : null, ...service });
  }
  const gateways = new Map(wanted.gateways?.map((gateway) => [skeleton(gateway.name), gateway]));
  const ofGrants = await grantObstacles(ctx, namespaceId, differences, known);

  return (difference: Difference): string | null => {
    const { kind, change, gateway, name, key } = difference;
    if (kind === 'grant') return ofGrants.get(key) ?? null;
    if (!ctx.rights.may('gateways.change', kind === 'service' ? null : namespaceId))
      return kind === 'service'
        ? 'Services are the whole tenant’s. This needs the permission gateways.change in the tenant.'
        : needsPermission('gateways.change');
    if (kind === 'service' || change === 'remove') return null;
    const aim = gateways.get(skeleton(gateway ?? name)) as GatewaySettings;
    if (kind === 'gateway')
      return providerObstacle(aim, known) ?? demandObstacle(ctx, difference.fields, aim.agentCertificates);
    return kind === 'route'
      ? routeObstacle(aim.routes.find((route) => route.name === name) as RouteSettings, services)
      : ruleObstacle(aim.rules.find((rule) => subjectOf(rule) === name) as RuleSettings, services, known);
  };
}

const providerObstacle = ({ identityProvider }: GatewaySettings, { providers }: Known) =>
  identityProvider === null || providers.has(identityProvider)
    ? null
    : `There is no OpenID Connect provider named ${identityProvider} here.`;

/** A demand that is there already is not looked at again. */
const demandObstacle = (ctx: TenantContext, fields: Difference['fields'], pem: string | null) =>
  pem !== null && fields.some(({ name }) => name === 'agentCertificates') ? agentCertificatesObstacle(ctx, pem) : null;

const noService = (name: string) => `There is no service named ${name}, here or in the file.`;

function routeObstacle(route: RouteSettings, services: Map<string, ServiceSettings>): string | null {
  const service = services.get(route.service);
  if (!service) return noService(route.service);
  const fault = routeFault(route, service);
  return fault ? `Its field ${fault.path} ${fault.message}.` : null;
}

function ruleObstacle(rule: RuleSettings, services: Map<string, ServiceSettings>, { groups }: Known): string | null {
  const service = services.get(rule.service);
  if (!service) return noService(rule.service);
  if (rule.item !== null && !service.items?.some(({ name }) => name === rule.item))
    return `The service ${rule.service} has no item ${rule.item}.`;
  const unknown = rule.groups.filter((name) => !groups.has(skeleton(name)));
  return unknown.length === 0 ? null : `There is no group named ${unknown.join(', ')} here.`;
}

/** What is done to the grants of each group, by its canonical name. */
export function grantsByGroup(changes: Pick<SettingsChange, 'kind' | 'change' | 'name' | 'fields'>[]) {
  const groups = new Map<string, { added: string[]; removed: string[] }>();
  for (const { kind, change, name, fields } of changes) {
    if (kind !== 'grant') continue;
    const group = groups.get(skeleton(name)) ?? { added: [], removed: [] };
    groups.set(skeleton(name), group);
    for (const { before, after } of fields)
      (change === 'add' ? group.added : group.removed).push(String(change === 'add' ? after : before));
  }
  return groups;
}

/** By key of a change of grants. */
async function grantObstacles(ctx: TenantContext, namespaceId: string, differences: Difference[], { groups }: Known) {
  const found = new Map<string, string>();
  for (const [canonical, change] of grantsByGroup(differences)) {
    const groupId = groups.get(canonical);
    const own = differences.filter(({ kind, name }) => kind === 'grant' && skeleton(name) === canonical);
    const obstacle = groupId
      ? await grantObstacle(ctx, { groupId, namespaceId, ...change })
      : `There is no group named ${own[0]?.name} here.`;
    if (obstacle) for (const { key } of own) found.set(key, obstacle);
  }
  return found;
}
