import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import { readAgentCertificates, requireAgentCertificates } from './agent-certificates.ts';
import { allOf as certificatesOf } from './certificates-store.ts';
import { Gateway, type GatewayChanges, type GatewayQuery, type NewGateway } from './schema.ts';
import * as store from './store.ts';
import { keyThatSigns } from './upstream-token.ts';

export { agentCertificatesObstacle, requireAgentCertificate } from './agent-certificates.ts';
export { allOf as routesOf } from './routes-store.ts';
export * from './settings.ts';
export * from './settings-schema.ts';
export { signingOf } from './signing.ts';
export { countIn as countGatewaysIn } from './store.ts';

/** A gateway, and the namespace that the path names it in. */
export interface GatewayPath {
  namespaceId: string;
  id: string;
}

/** A part of a gateway, and where the path names it. */
export interface GatewayParts {
  namespaceId: string;
  gatewayId: string;
}

/** The gateway that a part is of. */
export const gatewayOf = ({ namespaceId, gatewayId }: GatewayParts): GatewayPath => ({ namespaceId, id: gatewayId });

/** Of one gateway alone, so that an upstream that trusts it trusts no other one. */
export const issuerOf = ({ place, tenantId }: TenantContext, gatewayId: string) =>
  `${place.region.baseUrl}/v1/gateway-keys/${tenantId}/gateways/${gatewayId}`;

async function shown(ctx: TenantContext, gateways: store.GatewayRow[]) {
  const counts = await store.countParts(
    ctx,
    gateways.map(({ id }) => id),
  );
  return gateways.map((gateway) => {
    const { namespaceId } = gateway;
    return {
      acceptedCertificates: readAgentCertificates(gateway.agentCertificates),
      counts: counts.get(gateway.id) ?? { routes: 0, rules: 0, certificates: 0 },
      issuer: issuerOf(ctx, gateway.id),
      keysAddress: `${issuerOf(ctx, gateway.id)}/jwks.json`,
      actions: [
        ...changesOf(
          ctx,
          gateway,
          'gateways.change',
          'gateways.delete',
          'routes.create',
          'rules.create',
          'gateway-certificates.upload',
          'gateway-certificates.generate',
        ),
        ...actionsOf(ctx, [{ name: 'agent-certificates.generate', permission: 'gateways.change', namespaceId }]),
      ],
      ...gateway,
    };
  });
}

const NAMESPACE_DELETED = 'This namespace is deleted. Restore it first.';

/** What may be changed of a gateway or of a part of it, which is refused by the same words. @param names of operations */
export function changesOf(
  ctx: TenantContext,
  { namespaceId, namespaceDeletedAt }: store.GatewayRow,
  ...names: string[]
) {
  const blocked = namespaceDeletedAt ? NAMESPACE_DELETED : null;
  return actionsOf(
    ctx,
    names.map((name) => ({ name, permission: 'gateways.change', namespaceId, blocked })),
  );
}

const shownOne = async (ctx: TenantContext, gateway: store.GatewayRow) =>
  (await shown(ctx, [gateway]))[0] as Awaited<ReturnType<typeof shown>>[number];

export const readGateway = async (ctx: TenantContext, at: GatewayPath) => shownOne(ctx, await store.find(ctx, at));

export async function listGateways(ctx: TenantContext, namespaceId: string, query: z.output<typeof GatewayQuery>) {
  await store.findNamespace(ctx, namespaceId);
  const found = await store.list(ctx, namespaceId, query);
  return { ...found, items: await shown(ctx, found.items) };
}

/** The configuration of a deleted namespace stays as it was, for the day when it is restored. */
async function holdNamespace(ctx: TenantContext, namespaceId: string) {
  const { deletedAt } = await store.holdNamespace(ctx, namespaceId);
  if (deletedAt) throw conflict('namespace-deleted', NAMESPACE_DELETED);
}

/** Holds a gateway for a change of it, of its routes or of its rules: one such change at a time. */
export async function holdGateway(ctx: TenantContext, at: GatewayPath): Promise<store.GatewayRow> {
  await holdNamespace(ctx, at.namespaceId);
  return store.lockForChange(ctx, at);
}

async function requireProvider(ctx: TenantContext, id: string | null | undefined) {
  if (id && (await store.findProvider(ctx, id))?.type !== 'oidc')
    throw invalid({ path: 'identityProviderId', message: 'must be an OpenID Connect provider of this tenant' });
}

/** @throws {Problem} 409 `name-taken`, `prefix-taken`, `namespace-deleted`, `too-many-gateways` */
export async function createGateway(ctx: TenantContext, namespaceId: string, fields: NewGateway) {
  const { name, prefix = '', description = '', identityProviderId = null, audiences = [] } = fields;
  await holdNamespace(ctx, namespaceId);
  await requireProvider(ctx, identityProviderId);
  await requireRoom(ctx, 'gateways');
  const made = await store.insert(ctx, {
    id: newId(),
    namespaceId,
    name,
    nameCanonical: skeleton(name),
    prefix,
    description,
    identityProviderId,
    audiences,
  });
  const gateway = await shownOne(ctx, made);
  ctx.audit(Gateway, { after: gateway });
  return gateway;
}

async function requireCertificate(ctx: TenantContext, gatewayId: string) {
  if (!keyThatSigns(await certificatesOf(ctx, gatewayId), ctx.now))
    throw conflict('no-certificate', 'This gateway has no valid certificate to sign by. Upload or generate one first.');
}

/** @throws {Problem} 409 `name-taken`, `prefix-taken`, `namespace-deleted`, `no-certificate` */
export async function changeGateway(ctx: TenantContext, at: GatewayPath, changes: GatewayChanges) {
  const before = await shownOne(ctx, await holdGateway(ctx, at));
  ctx.requireVersion(before);
  await requireProvider(ctx, changes.identityProviderId);
  if (changes.signing && !before.signing) await requireCertificate(ctx, at.id);
  if (changes.agentCertificates) requireAgentCertificates(ctx, changes.agentCertificates);
  const { name } = changes;
  const row = await store.update(ctx, at.id, { ...changes, ...(name ? { nameCanonical: skeleton(name) } : {}) });
  const after = await shownOne(ctx, row);
  ctx.audit(Gateway, { before, after });
  return after;
}

export async function deleteGateway(ctx: TenantContext, at: GatewayPath): Promise<void> {
  const before = await shownOne(ctx, await holdGateway(ctx, at));
  ctx.requireVersion(before);
  await store.remove(ctx, at.id);
  ctx.audit(Gateway, { before });
}
