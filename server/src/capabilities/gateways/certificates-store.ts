import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import type { Prepared } from '../../kernel/database/pool.ts';
import { byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { CertificateQuery, GatewayCertificate } from './certificates-schema.ts';

type Shown = z.output<typeof GatewayCertificate>;

const columns = [
  'id',
  'gatewayId',
  'subject',
  'fingerprint',
  'keyId',
  'startsAt',
  'expiresAt',
  'signsFrom',
  'retiredAt',
  'certificate',
  'version',
  'createdAt',
  'updatedAt',
] as const;

/** Without the private key. */
const certificates = ({ db }: TenantContext) =>
  db
    .selectFrom('gatewayCertificates')
    .select(columns)
    .select((eb) => [
      eb.ref('source').$castTo<Shown['source']>().as('source'),
      eb.ref('algorithm').$castTo<Shown['algorithm']>().as('algorithm'),
    ]);

export type CertificateRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, { gatewayId, id }: { gatewayId: string; id: string }) =>
  certificates(ctx)
    .where('id', '=', id)
    .where('gatewayId', '=', gatewayId)
    .executeTakeFirstOrThrow(() => notFound('certificate'));

export const withGateway = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('gatewayCertificates as c')
    .innerJoin('gateways as g', 'g.id', 'c.gatewayId')
    .select(['c.expiresAt', 'g.id as gatewayId', 'g.name', 'g.namespaceId'])
    .where('c.id', '=', id)
    .executeTakeFirst();

/** All of a gateway: there are few. In one order wherever they are read: of two with one turn the same one signs. */
export const allOf = (ctx: TenantContext, gatewayId: string) =>
  certificates(ctx).where('gatewayId', '=', gatewayId).orderBy('signsFrom').orderBy('id').execute();

/** For everybody who knows the address, with those that are over; a row without a certificate when the gateway has none. */
export const publishedStatement = (gatewayId: string): Prepared => ({
  name: 'gateway-keys',
  text: `select c.certificate, c.algorithm, c.starts_at as "startsAt", c.expires_at as "expiresAt",
                c.signs_from as "signsFrom", c.retired_at as "retiredAt", platform_time() as now
         from gateways g
         join tenants t on t.tenant_id = g.tenant_id
         left join gateway_certificates c
           on c.tenant_id = g.tenant_id and c.gateway_id = g.id
         where g.tenant_id = current_tenant() and g.id = $1 and t.status <> 'closed'
         order by c.signs_from, c.id`,
  values: [gatewayId],
});

export function list(ctx: TenantContext, gatewayId: string, query: z.output<typeof CertificateQuery>) {
  let rows = certificates(ctx).where('gatewayId', '=', gatewayId);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb('subject', 'ilike', pattern), eb('fingerprint', 'ilike', pattern)]));
  }
  return page(ctx.db, query, {
    rows,
    id: 'gateway_certificates.id',
    sorts: {
      signsFrom: byTime('gateway_certificates.signs_from'),
      expiresAt: byTime('gateway_certificates.expires_at'),
      createdAt: byTime('gateway_certificates.created_at'),
    },
    defaultSort: '-signsFrom',
  });
}

/** The sealed private keys of those that are not over. */
export const sealedKeys = (ctx: TenantContext, gatewayId: string) =>
  ctx.db
    .selectFrom('gatewayCertificates')
    .select(['id', 'keyId', 'privateKey', 'startsAt', 'expiresAt', 'signsFrom'])
    .select((eb) => eb.ref('algorithm').$castTo<Shown['algorithm']>().as('algorithm'))
    .where('gatewayId', '=', gatewayId)
    .where('expiresAt', '>', ctx.now)
    .orderBy('signsFrom')
    .orderBy('id')
    .execute();

export const insert = (
  ctx: TenantContext,
  row: Pick<
    Shown,
    'id' | 'gatewayId' | 'source' | 'certificate' | 'algorithm' | 'keyId' | 'subject' | 'fingerprint'
  > & { privateKey: Buffer; startsAt: Date; expiresAt: Date; signsFrom: Date },
) =>
  ctx.db
    .insertInto('gatewayCertificates')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now, createdBy: ctx.actor.id, ...ctx.changedBy })
    .execute();

/** Requires the gateway to be held. */
export const update = (ctx: TenantContext, id: string, changes: { signsFrom: Date }) =>
  ctx.db
    .updateTable('gatewayCertificates')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();

/** Requires the gateway to be held. */
export const retire = (ctx: TenantContext, ids: string[]) =>
  ctx.db.updateTable('gatewayCertificates').set({ retiredAt: ctx.now }).where('id', 'in', ids).execute();

export const remove = ({ db }: TenantContext, id: string) =>
  db.deleteFrom('gatewayCertificates').where('id', '=', id).execute();
