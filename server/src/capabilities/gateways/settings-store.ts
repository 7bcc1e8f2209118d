import { sql } from 'kysely';
import { skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import * as routes from './routes-store.ts';
import type { GatewaySettings, RouteSettings, RuleSettings } from './settings-schema.ts';

/** The gateways of a namespace with their parts, read and written many at once. */

/** A row by the parameters of one statement, of which PostgreSQL takes 65,535. */
const ROWS = 1_000;
function* slices<T>(all: T[]) {
  for (let at = 0; at < all.length; at += ROWS) yield all.slice(at, at + ROWS);
}

/** No further than to tell that there are more. */
export async function countParts({ db }: TenantContext, namespaceId: string, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from gateways join routes on routes.gateway_id = gateways.id where namespace_id = ${namespaceId}
      union all select from gateways join rules on rules.gateway_id = gateways.id where namespace_id = ${namespaceId}
      limit ${most + 1}) counted`.execute(db);
  return rows[0]?.count ?? 0;
}

export const gatewaysIn = ({ db }: TenantContext, namespaceId: string) =>
  db
    .selectFrom('gateways')
    .leftJoin('identityProviders', 'identityProviders.id', 'gateways.identityProviderId')
    .select([
      'gateways.id',
      'gateways.name',
      'gateways.prefix',
      'gateways.description',
      'gateways.audiences',
      'gateways.agentCertificates',
    ])
    .select('identityProviders.name as identityProvider')
    .where('gateways.namespaceId', '=', namespaceId)
    .execute();

export const routesIn = (ctx: TenantContext, namespaceId: string) =>
  routes
    .all(ctx)
    .innerJoin('gateways', 'gateways.id', 'routes.gatewayId')
    .where('gateways.namespaceId', '=', namespaceId)
    .execute();

/** Rules with the names of their groups. */
export async function rulesIn({ db }: TenantContext, namespaceId: string) {
  const { rows } = await sql<{ id: string; gatewayId: string } & RuleSettings>`
    select rules.id, rules.gateway_id as "gatewayId", services.name as service, rules.item, rules.claims,
           coalesce((select json_agg(groups.name order by groups.name_canonical) from rule_groups
                     join groups on groups.id = rule_groups.group_id where rule_groups.rule_id = rules.id), '[]') as groups
    from gateways join rules on rules.gateway_id = gateways.id join services on services.id = rules.service_id
    where gateways.namespace_id = ${namespaceId}`.execute(db);
  return rows;
}

/** The OpenID Connect providers of these names, by name; held against deletion if wanted. */
export async function tokenProviders({ db }: TenantContext, names: string[], holds: boolean) {
  const rows = await db
    .selectFrom('identityProviders')
    .select(['id', 'name'])
    .where('type', '=', 'oidc')
    .where(sql<boolean>`name = any(${names}::text[])`)
    .$if(holds, (query) => query.forKeyShare())
    .execute();
  return new Map(rows.map(({ id, name }) => [name, id]));
}

/** Ids for names, as settings are written into rows. */
export interface Known {
  providers: Map<string, string>;
  services: Map<string, string>;
  /** By canonical name. */
  groups: Map<string, string>;
}

const idOf = (known: Map<string, string>, name: string) => {
  const id = known.get(name);
  if (!id) throw new Error('Settings were to be written before their names were known.');
  return id;
};

const gatewayRow = (gateway: Omit<GatewaySettings, 'routes' | 'rules'>, { providers }: Known) => {
  const { name, prefix, description, audiences, agentCertificates, identityProvider } = gateway;
  return {
    name,
    nameCanonical: skeleton(name),
    prefix,
    description,
    audiences,
    agentCertificates,
    identityProviderId: identityProvider === null ? null : idOf(providers, identityProvider),
  };
};

const made = (ctx: TenantContext) => ({
  tenantId: ctx.tenantId,
  createdAt: ctx.now,
  createdBy: ctx.actor.id,
  ...ctx.changedBy,
});

/** @returns the new gateways' ids, in the order given */
export async function insertGateways(ctx: TenantContext, namespaceId: string, all: GatewaySettings[], known: Known) {
  const rows = all.map((gateway) => ({ id: newId(), namespaceId, ...gatewayRow(gateway, known), ...made(ctx) }));
  for (const slice of slices(rows)) await ctx.db.insertInto('gateways').values(slice).execute();
  return rows.map(({ id }) => id);
}

/** Prefixes may change places among them: each that changes lets go of its own first. */
export async function updateGateways(
  ctx: TenantContext,
  all: { id: string; settings: GatewaySettings; frees: boolean }[],
  known: Known,
) {
  const freed = all.filter(({ frees }) => frees).map(({ id }) => id);
  if (freed.length > 0)
    await sql`update gateways set prefix = id::text where id = any(${freed}::uuid[])`.execute(ctx.db);
  for (const { id, settings } of all)
    await ctx.db
      .updateTable('gateways')
      .set((eb) => ({ ...gatewayRow(settings, known), ...ctx.changedBy, version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .execute();
}

const routeRow = ({ service, requestHeaders, responseHeaders, ...route }: RouteSettings, { services }: Known) => ({
  serviceId: idOf(services, service),
  requestHeaders: JSON.stringify(requestHeaders),
  responseHeaders: JSON.stringify(responseHeaders),
  ...route,
});

export async function insertRoutes(
  ctx: TenantContext,
  all: { gatewayId: string; route: RouteSettings }[],
  known: Known,
) {
  const rows = all.map(({ gatewayId, route }) => ({ id: newId(), gatewayId, ...routeRow(route, known), ...made(ctx) }));
  for (const slice of slices(rows)) await ctx.db.insertInto('routes').values(slice).execute();
}

export async function updateRoutes(ctx: TenantContext, all: { id: string; route: RouteSettings }[], known: Known) {
  for (const { id, route } of all)
    await ctx.db
      .updateTable('routes')
      .set((eb) => ({ ...routeRow(route, known), ...ctx.changedBy, version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .execute();
}

const lettingIn = (ctx: TenantContext, all: { id: string; rule: RuleSettings }[], { groups }: Known) =>
  all.flatMap(({ id, rule }) =>
    rule.groups.map((name) => ({ tenantId: ctx.tenantId, ruleId: id, groupId: idOf(groups, skeleton(name)) })),
  );

async function insertGroups(ctx: TenantContext, all: { id: string; rule: RuleSettings }[], known: Known) {
  for (const slice of slices(lettingIn(ctx, all, known))) await ctx.db.insertInto('ruleGroups').values(slice).execute();
}

export async function insertRules(ctx: TenantContext, all: { gatewayId: string; rule: RuleSettings }[], known: Known) {
  const identified = all.map((each) => ({ id: newId(), ...each }));
  const rows = identified.map(({ id, gatewayId, rule: { service, item, claims } }) => ({
    id,
    gatewayId,
    serviceId: idOf(known.services, service),
    item,
    claims: JSON.stringify(claims),
    ...made(ctx),
  }));
  for (const slice of slices(rows)) await ctx.db.insertInto('rules').values(slice).execute();
  await insertGroups(ctx, identified, known);
}

export async function updateRules(ctx: TenantContext, all: { id: string; rule: RuleSettings }[], known: Known) {
  if (all.length === 0) return;
  const ids = all.map(({ id }) => id);
  const claims = all.map(({ rule }) => JSON.stringify(rule.claims));
  await sql`
    update rules set claims = changed.claims::jsonb, version = version + 1, updated_at = ${ctx.now}, updated_by = ${ctx.actor.id}
    from unnest(${ids}::uuid[], ${claims}::text[]) as changed(id, claims) where rules.id = changed.id`.execute(ctx.db);
  await sql`delete from rule_groups where rule_id = any(${ids}::uuid[])`.execute(ctx.db);
  await insertGroups(ctx, all, known);
}

/** Those that run them take their configuration anew. */
export const renewConfiguration = async ({ db }: TenantContext, ids: string[]) => {
  if (ids.length > 0)
    await sql`update gateways set configuration = configuration + 1 where id = any(${ids}::uuid[])`.execute(db);
};

export const removeAll = async ({ db }: TenantContext, table: 'gateways' | 'routes' | 'rules', ids: string[]) => {
  if (ids.length > 0) await sql`delete from ${sql.table(table)} where id = any(${ids}::uuid[])`.execute(db);
};
