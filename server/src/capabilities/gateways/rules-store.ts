import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { Rule, RuleQuery } from './schema.ts';

type Claims = z.output<typeof Rule>['claims'];

const rules = ({ db }: TenantContext) =>
  db
    .selectFrom('rules')
    .innerJoin('services', 'services.id', 'rules.serviceId')
    .select([
      'rules.id',
      'rules.gatewayId',
      'rules.serviceId',
      'services.name as service',
      'rules.item',
      'rules.version',
      'rules.createdAt',
      'rules.updatedAt',
    ])
    .select((eb) => eb.ref('rules.claims').$castTo<Claims>().as('claims'));

export type RuleRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, { gatewayId, id }: { gatewayId: string; id: string }) =>
  rules(ctx)
    .where('rules.id', '=', id)
    .where('rules.gatewayId', '=', gatewayId)
    .executeTakeFirstOrThrow(() => notFound('rule'));

/** The rules about one service: what decides about a request. */
export const ofService = (ctx: TenantContext, gatewayId: string, serviceId: string) =>
  rules(ctx).where('rules.gatewayId', '=', gatewayId).where('rules.serviceId', '=', serviceId).execute();

export function list(ctx: TenantContext, gatewayId: string, query: z.output<typeof RuleQuery>) {
  let rows = rules(ctx).where('rules.gatewayId', '=', gatewayId);
  const { serviceId, q } = query;
  if (serviceId) rows = rows.where('rules.serviceId', '=', serviceId);
  if (q) {
    const pattern = containing(q);
    rows = rows.where((eb) => eb.or([eb('services.name', 'ilike', pattern), eb('rules.item', 'ilike', pattern)]));
  }
  return page(ctx.db, query, {
    rows,
    id: 'rules.id',
    sorts: { service: byText('services.name'), createdAt: byTime('rules.created_at') },
    defaultSort: 'service',
  });
}

export async function count({ db }: TenantContext, gatewayId: string): Promise<number> {
  const { count } = await db
    .selectFrom('rules')
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('count'))
    .where('gatewayId', '=', gatewayId)
    .executeTakeFirstOrThrow();
  return count;
}

/** The groups of each rule. */
export async function groupsOf({ db }: TenantContext, ruleIds: string[]) {
  const of = new Map<string, { id: string; name: string; status: string }[]>(ruleIds.map((id) => [id, []]));
  if (ruleIds.length === 0) return of;
  const rows = await db
    .selectFrom('ruleGroups')
    .innerJoin('groups', 'groups.id', 'ruleGroups.groupId')
    .select(['ruleGroups.ruleId', 'groups.id', 'groups.name', 'groups.status'])
    .where('ruleGroups.ruleId', 'in', ruleIds)
    .orderBy('groups.nameCanonical')
    .execute();
  for (const { ruleId, ...group } of rows) of.get(ruleId)?.push(group);
  return of;
}

/** Those of the ids that are groups here, held against deletion until the transaction ends. */
export async function knownGroups({ db }: TenantContext, ids: string[]): Promise<string[]> {
  const rows = await db.selectFrom('groups').select('id').where('id', 'in', ids).orderBy('id').forKeyShare().execute();
  return rows.map(({ id }) => id);
}

export const insert = (
  ctx: TenantContext,
  { claims, ...row }: { id: string; gatewayId: string; serviceId: string; item: string | null; claims: Claims },
) =>
  ctx.db
    .insertInto('rules')
    .values({
      tenantId: ctx.tenantId,
      claims: JSON.stringify(claims),
      ...row,
      createdAt: ctx.now,
      createdBy: ctx.actor.id,
      ...ctx.changedBy,
    })
    .execute();

/** Takes the place of the groups that the rule had. */
export async function setGroups({ db, tenantId }: TenantContext, ruleId: string, groupIds: string[]): Promise<void> {
  await db.deleteFrom('ruleGroups').where('ruleId', '=', ruleId).execute();
  if (groupIds.length > 0)
    await db
      .insertInto('ruleGroups')
      .values(groupIds.map((groupId) => ({ tenantId, ruleId, groupId })))
      .execute();
}

/** Requires the gateway to be held. */
export const update = (ctx: TenantContext, id: string, claims: Claims | undefined) =>
  ctx.db
    .updateTable('rules')
    .set((eb) => ({
      ...(claims === undefined ? {} : { claims: JSON.stringify(claims) }),
      ...ctx.changedBy,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute();

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('rules').where('id', '=', id).execute();
