import { sql } from 'kysely';
import type { z } from 'zod';
import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import { refusalIn } from '../licences/service.ts';
import type { AgentQuery, AgentReport } from './schema.ts';

const refusal = (ctx: TenantContext) => refusalIn(ctx, sql.ref('gateways.namespace_id'));
/** Of the gateway, its provider, the order to drain and the licence: moves when any of them does. */
const wantedVersion = (ctx: TenantContext) =>
  sql<string>`concat_ws('.', gateways.configuration, coalesce(identity_providers.version, 0), agents.version, ('x' || left(md5(${refusal(ctx)}), 8))::bit(32)::bigint)`;

const agents = (ctx: TenantContext) =>
  ctx.db
    .selectFrom('agents')
    .innerJoin('gateways', 'gateways.id', 'agents.gatewayId')
    .leftJoin('identityProviders', 'identityProviders.id', 'gateways.identityProviderId')
    .leftJoin('agentReports as reports', 'reports.agentId', 'agents.id')
    .select([
      'agents.id',
      'agents.gatewayId',
      'agents.name',
      'agents.version',
      'agents.createdAt',
      'agents.updatedAt',
      'gateways.namespaceId',
      'gateways.name as gatewayName',
      'gateways.prefix',
      'gateways.audiences',
      'gateways.agentCertificates',
      'identityProviders.id as providerId',
      'identityProviders.status as providerStatus',
      'reports.at as lastContactAt',
      'reports.state as said',
      'reports.problem',
      'reports.program',
      'reports.configuration as inForce',
      'reports.startedAt',
      'reports.carried',
      'reports.refused',
      'reports.failed',
      'reports.openRequests',
      'reports.recordsWaiting',
      'reports.recordsDropped',
      'reports.recordsLeftOut',
      'reports.certificateFingerprint',
      'reports.certificateExpiresAt',
    ])
    .select((eb) => [
      eb.ref('agents.state').$castTo<'serving' | 'draining'>().as('state'),
      sql<string | null>`identity_providers.settings ->> 'issuer'`.as('issuer'),
      wantedVersion(ctx).as('wantedVersion'),
      refusal(ctx).as('refusal'),
    ]);

export type AgentRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, { gatewayId, id }: { gatewayId: string; id: string }) =>
  agents(ctx)
    .where('agents.id', '=', id)
    .where('agents.gatewayId', '=', gatewayId)
    .executeTakeFirstOrThrow(() => notFound('agent'));

/** Of the namespace that an agent key is for; what comes of another one's key is not there. */
export const ofNamespace = (ctx: TenantContext, id: string) =>
  agents(ctx)
    .where('agents.id', '=', id)
    .where('gateways.namespaceId', '=', ctx.identity.namespaceId)
    .executeTakeFirstOrThrow(() => notFound('agent'));

export const list = (ctx: TenantContext, gatewayId: string, query: z.output<typeof AgentQuery>) =>
  page(ctx.db, query, {
    rows: query.q
      ? agents(ctx)
          .where('agents.gatewayId', '=', gatewayId)
          .where(sql<boolean>`strpos(lower(agents.name), lower(${query.q})) > 0`)
      : agents(ctx).where('agents.gatewayId', '=', gatewayId),
    id: 'agents.id',
    sorts: { name: byText('agents.name'), createdAt: byTime('agents.created_at') },
    defaultSort: 'name',
  });

export const gatewaysOf = ({ db, identity }: TenantContext) =>
  db
    .selectFrom('gateways')
    .select(['id', 'name', 'namespaceId', 'agentCertificates'])
    .where('namespaceId', '=', identity.namespaceId)
    .orderBy('nameCanonical')
    .limit(1001)
    .execute();

/** Those that nobody has heard of since. */
export const silentSince = (ctx: TenantContext, gatewayId: string, since: Date) =>
  agents(ctx)
    .where('agents.gatewayId', '=', gatewayId)
    .where((eb) => eb(eb.fn.coalesce('reports.at', 'agents.createdAt'), '<', since))
    .limit(100)
    .execute();

export const countOf = async ({ db }: TenantContext, gatewayId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('agents')
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('count'))
    .where('gatewayId', '=', gatewayId)
    .executeTakeFirstOrThrow();
  return count;
};

/** One gateway's agents come one after another. */
export const holdGateway = ({ db }: TenantContext, id: string) =>
  db.selectFrom('gateways').select('id').where('id', '=', id).forUpdate().execute();

export const insert = (ctx: TenantContext, row: { id: string; gatewayId: string; name: string }) =>
  ctx.db
    .insertInto('agents')
    .values({
      tenantId: ctx.tenantId,
      state: 'serving',
      ...row,
      createdAt: ctx.now,
      createdBy: ctx.actor.id,
      ...ctx.changedBy,
    })
    .execute();

export const setState = (ctx: TenantContext, id: string, state: 'serving' | 'draining') =>
  ctx.db
    .updateTable('agents')
    .set((eb) => ({ state, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();

export const remove = ({ db }: TenantContext, ids: string[]) =>
  db.deleteFrom('agents').where('id', 'in', ids).execute();

export const report = (
  ctx: TenantContext,
  agentId: string,
  { journal, ...said }: AgentReport,
  certificate: { fingerprint: string; expiresAt: Date } | undefined,
) => {
  const row = {
    at: ctx.now,
    certificateFingerprint: certificate?.fingerprint ?? null,
    certificateExpiresAt: certificate?.expiresAt ?? null,
    recordsWaiting: journal?.waiting ?? null,
    recordsDropped: journal?.dropped ?? null,
    recordsLeftOut: journal?.leftOut ?? null,
    ...said,
    startedAt: new Date(said.startedAt),
  };
  return ctx.db
    .insertInto('agentReports')
    .values({ tenantId: ctx.tenantId, agentId, ...row })
    .onConflict((conflict) => conflict.columns(['tenantId', 'agentId']).doUpdateSet(row))
    .execute();
};

/** The version that the agent should have, as long as its key opens anything. */
export async function versionFor(ctx: TenantContext, id: string): Promise<string | undefined> {
  const found = sql<{ version: string }>`
    select ${wantedVersion(ctx)} as version
    from agents
    join gateways on gateways.id = agents.gateway_id
    left join identity_providers on identity_providers.id = gateways.identity_provider_id
    join namespaces n on n.id = gateways.namespace_id and ${sql.raw(allOf(conditions.namespace))}
    join credentials c on c.id = ${ctx.actor.credentialId} and c.namespace_id = n.id and ${sql.raw(allOf(conditions.credential))}
    cross join tenants t
    where agents.id = ${id} and t.status in ('active', 'read-only')`;
  return (await found.execute(ctx.db)).rows[0]?.version;
}

export async function rulesOf({ db }: TenantContext, gatewayId: string) {
  const { rows } = await sql<{
    id: string;
    serviceId: string;
    item: string | null;
    claims: { name: string; values: string[] }[];
    groupIds: string[];
  }>`
    select id, service_id as "serviceId", item, claims,
           array(select group_id from rule_groups where rule_id = rules.id order by group_id) as "groupIds"
    from rules where gateway_id = ${gatewayId} order by id`.execute(db);
  return rows;
}

/** Of the groups that rules of the gateway name, those that each of the provider's people is in. */
export async function groupsOf(
  { db }: TenantContext,
  { gatewayId, providerId, issuer }: { gatewayId: string; providerId: string; issuer: string },
  subjects: string[],
) {
  const { rows } = await sql<{ subject: string; groupIds: string[] }>`
    select e.subject, array_agg(g.id order by g.id) as "groupIds"
    from external_identities e
    join accounts a on a.id = e.account_id and ${sql.raw(allOf(conditions.account))}
    join memberships m on m.principal_id = a.id and ${sql.raw(allOf(conditions.membership))}
    join groups g on g.id = m.group_id and ${sql.raw(allOf(conditions.group))}
    where e.provider_id = ${providerId} and e.issuer = ${issuer} and e.subject = any(${subjects}::text[])
      and exists (select from rule_groups b join rules r on r.id = b.rule_id
                  where b.group_id = g.id and r.gateway_id = ${gatewayId})
    group by e.subject`.execute(db);
  return new Map(rows.map(({ subject, groupIds }) => [subject, groupIds]));
}
