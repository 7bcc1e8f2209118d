import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { idToBase62, newId } from '../../kernel/ids.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import { principalsFor } from '../access/service.ts';
import * as credentials from '../credentials/service.ts';
import { countGatewaysIn } from '../gateways/service.ts';
import * as groups from '../groups/service.ts';
import {
  type DeleteNamespaceQuery,
  type KeyReset,
  Namespace,
  type NamespaceChanges,
  type NamespaceQuery,
  type NewNamespace,
} from './schema.ts';
import * as store from './store.ts';

const DAY_SECONDS = 86_400;

/** Where agents find the platform: the tenant's region, the tenant, the name. None of the three ever changes. */
const agentUrl = ({ place, tenantId }: TenantContext, name: string) =>
  `${place.region.baseUrl}/agents/${idToBase62(tenantId)}/${name}`;

/** Namespaces as the caller sees them: with their keys, never the secrets, and what it may do. */
async function shown(ctx: TenantContext, namespaces: store.NamespaceRow[]) {
  const keys = await credentials.liveOfNamespaces(
    ctx,
    namespaces.map(({ id }) => id),
  );
  return namespaces.map((namespace) => {
    const { id: namespaceId, name, deletedAt } = namespace;
    const own = keys.filter((key) => key.namespaceId === namespaceId);
    const blocked = deletedAt && 'This namespace is deleted. Restore it first.';
    const change = { permission: 'namespaces.change', namespaceId };
    const configure = { permission: 'gateways.change', namespaceId, blocked };
    const reset = { permission: 'namespaces.reset-keys', namespaceId, blocked };
    return {
      agentUrl: agentUrl(ctx, name),
      agentKeys: own.filter(({ kind }) => kind === 'ak'),
      serviceKeys: own.filter(({ kind }) => kind === 'sk'),
      status: deletedAt ? ('deleted' as const) : ('active' as const),
      actions: actionsOf(ctx, [
        { name: 'namespaces.change', ...change, blocked },
        { name: 'namespaces.reset-agent-key', ...reset },
        { name: 'namespaces.reset-service-key', ...reset },
        { name: 'namespaces.duplicate', permission: 'namespaces.change', blocked },
        { name: 'namespaces.export', permission: 'gateways.view', namespaceId, blocked },
        { name: 'namespaces.promote', ...configure },
        { name: 'namespaces.import', ...configure },
        deletedAt ? { name: 'namespaces.restore', ...change } : { name: 'namespaces.delete', ...change },
      ]),
      ...namespace,
    };
  });
}

type ShownNamespace = Awaited<ReturnType<typeof shown>>[number];

const shownOne = async (ctx: TenantContext, namespace: store.NamespaceRow) =>
  (await shown(ctx, [namespace]))[0] as ShownNamespace;

/** A deleted one too, while it can be restored. */
export const readNamespace = async (ctx: TenantContext, id: string) => shownOne(ctx, await store.find(ctx, id));

/** Those in which the caller may see namespaces. */
export async function listNamespaces(ctx: TenantContext, query: z.output<typeof NamespaceQuery>) {
  const found = await store.list(ctx, query, ctx.rights.namespacesWith('namespaces.view'));
  return { ...found, items: await shown(ctx, found.items) };
}

async function requireAllowedRegion(ctx: TenantContext, region: string) {
  const own = ctx.place.region.code;
  if (region === own) return;
  const allowed = [...new Set([own, ...(await store.allowedRegions(ctx))])];
  if (!allowed.includes(region))
    throw invalid({
      path: 'region',
      message: `must be a region that the tenant allows for namespaces: ${allowed.join(', ')}`,
    });
}

/** A deleted namespace holds its name for its grace; one whose grace is over is taken away now. */
async function requireFreeName(ctx: TenantContext, nameCanonical: string) {
  const holder = await store.lockByName(ctx, nameCanonical);
  if (!holder) return;
  if (!holder.deletedAt || !holder.restorableUntil)
    throw conflict('name-taken', 'A namespace of this tenant has this name already.');
  if (holder.restorableUntil > ctx.now)
    throw conflict(
      'name-held',
      `A deleted namespace holds this name until ${holder.restorableUntil.toISOString()}. Restore it (POST /v1/tenants/${ctx.tenantId}/namespaces/${holder.id}/restore) or choose another name.`,
    );
  await purge(ctx, holder);
}

/**
 * Makes a namespace with its agent key and service key, which are shown in this reply only.
 *
 * @throws {Problem} 409 `name-taken`; 409 `name-held` by a deleted one; 409 `too-many-namespaces`; 400 that names
 *   `region`
 */
export async function createNamespace(
  ctx: TenantContext,
  { name, description = '', region = ctx.place.region.code }: z.output<typeof NewNamespace>,
) {
  await requireAllowedRegion(ctx, region);
  const nameCanonical = skeleton(name);
  await requireFreeName(ctx, nameCanonical);
  await requireRoom(ctx, 'namespaces');
  const made = await store.insert(ctx, { id: newId(), name, nameCanonical, description, region });
  const agentKey = await credentials.issueFor(ctx, 'ak', made.id);
  const serviceKey = await credentials.issueFor(ctx, 'sk', made.id);
  const namespace = await shownOne(ctx, made);
  ctx.audit(Namespace, { after: namespace });
  return { ...namespace, agentKey: agentKey.value, serviceKey: serviceKey.value };
}

const requireNotDeleted = ({ deletedAt }: store.NamespaceRow) => {
  if (deletedAt) throw conflict('namespace-deleted', 'This namespace is deleted. Restore it first.');
};

/** A namespace whose settings are to be read. @throws {Problem} 409 `namespace-deleted` */
export async function namespaceInUse(ctx: TenantContext, id: string) {
  const found = await store.find(ctx, id);
  requireNotDeleted(found);
  return found;
}

/** Holds a namespace and its gateways as they are until the transaction ends. @throws {Problem} 409 `namespace-deleted` */
export async function holdSettings(ctx: TenantContext, id: string) {
  const held = await store.holdSettings(ctx, id);
  requireNotDeleted(held);
  return held;
}

/** Records something about the settings of a namespace as a whole. */
export const noteSettings = (ctx: TenantContext, { id, name }: { id: string; name: string }, details: object) =>
  ctx.audit(Namespace, { target: { kind: 'namespace', id, name }, details: { ...details } });

/** Marks a namespace as changed by its settings. Requires it to be held by `holdSettings`. */
export const touchSettings = (ctx: TenantContext, id: string) => store.update(ctx, id, {});

/** Nobody shuts themselves in, by a machine of theirs neither: where a second person approves, there is one. */
async function requireApprover(ctx: TenantContext, namespaceId: string) {
  const asking = ctx.actor.id ? await credentials.whoStandsBehind(ctx, ctx.actor.id) : [];
  const approving = { permission: 'namespaces.approve', namespaceId };
  const found = await principalsFor(ctx, approving, ['account'], { limit: asking.length + 1 });
  if (!found.items.some(({ id }) => !asking.includes(id)))
    throw conflict(
      'no-approver',
      'No other person may approve changes here. Grant namespaces.approve in this namespace to a group of other people first.',
    );
}

/** @throws {Problem} 409 `namespace-deleted`, `no-approver` */
export async function changeNamespace(ctx: TenantContext, id: string, changes: z.output<typeof NamespaceChanges>) {
  const before = await store.lock(ctx, id);
  ctx.requireVersion(before);
  requireNotDeleted(before);
  if (changes.protection === 'approval' && before.protection !== 'approval') await requireApprover(ctx, id);
  const after = await shownOne(ctx, await store.update(ctx, id, changes));
  ctx.audit(Namespace, { before: { ...after, ...before }, after });
  return after;
}

/**
 * Replaces the agent key or the service key. Without overlap the old one is dead with its next request.
 *
 * @throws {Problem} 409 `namespace-deleted`; 409 `reset-under-way` while an older key still has an overlap
 */
async function resetKey(
  ctx: TenantContext,
  kind: 'ak' | 'sk',
  id: string,
  { overlapSeconds }: z.output<typeof KeyReset>,
) {
  requireNotDeleted(await store.lock(ctx, id));
  const { value } = await credentials.reset(ctx, kind, id, overlapSeconds);
  return { namespace: await shownOne(ctx, await store.update(ctx, id, {})), value };
}

export async function resetAgentKey(ctx: TenantContext, id: string, reset: z.output<typeof KeyReset>) {
  const { namespace, value } = await resetKey(ctx, 'ak', id, reset);
  return { ...namespace, agentKey: value };
}

export async function resetServiceKey(ctx: TenantContext, id: string, reset: z.output<typeof KeyReset>) {
  const { namespace, value } = await resetKey(ctx, 'sk', id, reset);
  return { ...namespace, serviceKey: value };
}

const graceEnd = (ctx: TenantContext) => ctx.later(ctx.platform.config.namespaceGraceDays * DAY_SECONDS);

/** What goes with a namespace when it is deleted, and until when that could be taken back. */
export async function readContents(ctx: TenantContext, id: string) {
  const { restorableUntil } = await store.find(ctx, id);
  const keys = await credentials.liveOfNamespaces(ctx, [id]);
  return {
    id,
    contents: [
      { kind: 'gateway', count: await countGatewaysIn(ctx, id) },
      { kind: 'agent-key', count: keys.filter(({ kind }) => kind === 'ak').length },
      { kind: 'service-key', count: keys.filter(({ kind }) => kind === 'sk').length },
      { kind: 'grant', count: await groups.countGrantsIn(ctx, id) },
    ],
    restorableUntil: restorableUntil ?? graceEnd(ctx),
  };
}

/**
 * Deletes a namespace: its keys open nothing from the next request on. It keeps its name and can be restored for its
 * grace; then it is gone with its keys and the grants in it.
 *
 * @throws {Problem} 400 that names `confirmName`; 409 `namespace-deleted`
 */
export async function deleteNamespace(
  ctx: TenantContext,
  id: string,
  { confirmName }: z.output<typeof DeleteNamespaceQuery>,
): Promise<void> {
  const before = await store.lock(ctx, id);
  if (confirmName !== before.name)
    throw invalid({
      path: 'query.confirmName',
      message: 'must be the name of the namespace, exactly as it is written',
    });
  ctx.requireVersion(before);
  requireNotDeleted(before);
  const restorableUntil = graceEnd(ctx);
  const was = await shownOne(ctx, before);
  const after = await store.update(ctx, id, { deletedAt: ctx.now, restorableUntil });
  ctx.audit(Namespace, { before: was, after: { ...was, ...after, status: 'deleted' } });
  await ctx.enqueue('namespaces.purge', { id }, restorableUntil);
}

/** Takes a deletion back: keys and grants are again what they were. @throws {Problem} 409 `not-deleted` */
export async function restoreNamespace(ctx: TenantContext, id: string) {
  const before = await store.lock(ctx, id);
  if (!before.deletedAt) throw conflict('not-deleted', 'This namespace is not deleted.');
  const after = await shownOne(ctx, await store.update(ctx, id, { deletedAt: null, restorableUntil: null }));
  ctx.audit(Namespace, { before: { ...after, ...before, status: 'deleted' }, after });
  return after;
}

/** Takes a deleted namespace away for good when its grace is over; not one that was restored, or deleted again. */
export async function purgeWhenOver(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const over = await store.lockOver(ctx, id);
  if (over) await purge(ctx, over);
}

async function purge(ctx: TenantContext, namespace: store.NamespaceRow) {
  const was = await shownOne(ctx, namespace);
  await credentials.removeAllOf(ctx, namespace.id);
  await store.remove(ctx, namespace.id);
  ctx.audit(Namespace, { before: was, action: 'namespaces.purge' });
}
