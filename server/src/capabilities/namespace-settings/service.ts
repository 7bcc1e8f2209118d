import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { Reply } from '../../kernel/operation.ts';
import { conflict, invalid, lacking, Problem } from '../../kernel/problem.ts';
import { changeGateways, type GatewayChange } from '../gateways/service.ts';
import { changeGrantsIn } from '../groups/service.ts';
import { createNamespace, holdSettings, namespaceInUse, noteSettings, touchSettings } from '../namespaces/service.ts';
import { addItems, createService, servicesCalled } from '../services/service.ts';
import { type Comparison, compare, grantsByGroup, settingsOf } from './comparing.ts';
import {
  type ComparisonQuery,
  type ImportPreview,
  type NamespaceCopy,
  type NamespaceImport,
  type NamespacePromotion,
  type NamespaceSettings,
  PARTS,
  type Part,
  type ServiceSettings,
  type SettingsChange,
} from './schema.ts';

const MOST_CHANGES = 5_000;

/** What it takes to see this part of a namespace. */
const neededFor = (part: Part, namespaceId: string) =>
  part === 'gateways' ? { permission: 'gateways.view', namespaceId } : { permission: 'groups.view' };

const maySee = ({ rights }: TenantContext, part: Part, id: string) => {
  const { permission, namespaceId } = neededFor(part, id);
  return rights.may(permission, namespaceId);
};

/** What of settings the caller may see in all of these namespaces. */
const partsSeen = (ctx: TenantContext, namespaceIds: string[]) =>
  PARTS.filter((part) => namespaceIds.every((id) => maySee(ctx, part, id)));

/** The settings of a namespace as a file. @throws {Problem} 409 `namespace-deleted`, `too-many-parts` */
export async function exportSettings(ctx: TenantContext, id: string): Promise<NamespaceSettings> {
  const namespace = await namespaceInUse(ctx, id);
  const parts = partsSeen(ctx, [id]);
  const settings = await settingsOf(ctx, id, parts);
  noteSettings(ctx, namespace, { parts });
  return settings;
}

interface Other {
  id: string;
  name: string;
}

const shown = (id: string, name: string, other: Other | null, parts: Part[], { look, changes }: Comparison) => ({
  id,
  name,
  other,
  look,
  parts,
  changes,
});

/** The namespace that a field names. One that the caller may not see is answered like one that is not there. */
async function otherOf(ctx: TenantContext, path: string, id: string, otherId: string): Promise<Other> {
  const unknown = () => invalid({ path, message: 'must be a namespace of this tenant that is not deleted' });
  if (otherId === id) throw invalid({ path, message: 'must be another namespace' });
  if (!ctx.rights.may('gateways.view', otherId)) throw unknown();
  try {
    return await namespaceInUse(ctx, otherId);
  } catch (error) {
    throw error instanceof Problem ? unknown() : error;
  }
}

/** What would make the namespace like another one. @throws {Problem} 400 that names `with`; 409 `namespace-deleted` */
export async function compareNamespaces(ctx: TenantContext, id: string, query: z.output<typeof ComparisonQuery>) {
  const { name } = await namespaceInUse(ctx, id);
  const other = await otherOf(ctx, 'query.with', id, query.with);
  const parts = partsSeen(ctx, [id, other.id]);
  const comparison = await compare(ctx, id, await settingsOf(ctx, other.id, parts), { parts });
  return shown(id, name, { id: other.id, name: other.name }, parts, comparison);
}

const partsOf = (ctx: TenantContext, id: string, settings: NamespaceSettings) =>
  partsSeen(ctx, [id]).filter((part) => settings[part] !== undefined);

/** What an import of the file would do. @throws {Problem} 409 `namespace-deleted`, `too-many-parts` */
export async function previewImport(ctx: TenantContext, id: string, { settings }: z.output<typeof ImportPreview>) {
  const { name } = await namespaceInUse(ctx, id);
  const parts = partsOf(ctx, id, settings);
  return shown(id, name, null, parts, await compare(ctx, id, settings, { parts }));
}

/**
 * Makes the chosen differences between two namespaces vanish in one of them. Nothing is done unless all of it can be.
 *
 * @throws {Problem} 412 `look-over` when either changed since; 409 `not-possible`, `nothing-to-change`; 400 that names
 *   the field
 */
export async function promote(ctx: TenantContext, id: string, { fromId, look, keys }: NamespacePromotion) {
  const { id: otherId, name } = await otherOf(ctx, 'fromId', id, fromId);
  // In one order, whichever way things are promoted: two at once wait for each other, and not for ever.
  for (const each of [id, otherId].sort()) await holdSettings(ctx, each);
  const parts = partsSeen(ctx, [id, otherId]);
  const comparison = await compare(ctx, id, await settingsOf(ctx, otherId, parts), { parts, holds: true });
  return apply(ctx, id, comparison, { look, keys, from: { kind: 'namespace', id: otherId, name } });
}

/** Makes the namespace as the file says, as far as chosen. @throws {Problem} as `promote` */
export async function importSettings(ctx: TenantContext, id: string, { settings, look, keys }: NamespaceImport) {
  await holdSettings(ctx, id);
  const comparison = await compare(ctx, id, settings, { parts: partsOf(ctx, id, settings), holds: true });
  return apply(ctx, id, comparison, { look, keys, from: { kind: 'file' } });
}

/**
 * Makes a namespace with the settings of another one, and with keys of its own, which are shown once.
 *
 * @throws {Problem} 403 `forbidden` for a part that the caller may not see; 409 `not-possible`; as the creation of one
 */
export async function duplicateNamespace(ctx: TenantContext, id: string, { leavesOut, ...fields }: NamespaceCopy) {
  const source = await holdSettings(ctx, id);
  const parts = PARTS.filter((part) => !leavesOut.includes(part));
  for (const part of parts)
    if (!maySee(ctx, part, id)) {
      const needed = neededFor(part, id);
      throw lacking(
        `To copy ${part} needs the permission ${needed.permission}. Leave them out, or ask an owner for it.`,
        needed,
      );
    }
  const { name, description = source.description, region = source.region } = fields;
  const settings = await settingsOf(ctx, id, parts);
  const made = await createNamespace(ctx, { name, description, region });
  const comparison = await compare(ctx, made.id, settings, { parts, holds: true });
  const { look, changes } = comparison;
  if (changes.length > 0)
    await apply(ctx, made.id, comparison, { look, from: { kind: 'namespace', id, name: source.name }, isCopy: true });
  const location = `/v1/tenants/${ctx.tenantId}/namespaces/${made.id}`;
  return new Reply(made, { status: 201, headers: { location } });
}

interface Choice {
  look: string;
  keys?: string[] | undefined;
  from: Record<string, string>;
  /** Of a copy nothing is chosen: it is as large as what may be read as a whole. */
  isCopy?: boolean;
}

async function apply(ctx: TenantContext, id: string, comparison: Comparison, choice: Choice) {
  const { look, keys, from, isCopy = false } = choice;
  const { changes, wanted, held, known } = comparison;
  if (look !== comparison.look)
    throw new Problem(
      412,
      'look-over',
      'The settings changed since you looked. Look again, then decide about what is there now.',
    );
  const chosen = chosenOf(changes, keys, isCopy ? changes.length : MOST_CHANGES);
  const services = chosen.filter(({ kind }) => kind === 'service').map(({ name }) => name);
  for (const service of wanted.services.filter(({ name }) => services.includes(name))) await makeService(ctx, service);
  const after = services.length > 0 ? await servicesCalled(ctx, services, true) : [];
  const ofGateways = chosen.flatMap(({ kind, change, gateway, name, fields }): GatewayChange[] =>
    kind === 'gateway' || kind === 'route' || kind === 'rule'
      ? [{ kind, change, gateway: gateway ?? name, name, fields }]
      : [],
  );
  await changeGateways(ctx, id, ofGateways, {
    held,
    wanted: wanted.gateways ?? [],
    known: { ...known, services: new Map([...known.services, ...after.map(({ id, name }) => [name, id] as const)]) },
  });
  await changeGrantsIn(
    ctx,
    [...grantsByGroup(chosen)].map(([name, change]) => ({
      groupId: known.groups.get(name) as string,
      namespaceId: id,
      ...change,
    })),
  );
  const count = (change: SettingsChange['change']) => chosen.filter((each) => each.change === change).length;
  const done = { added: count('add'), changed: count('change'), removed: count('remove') };
  noteSettings(ctx, await touchSettings(ctx, id), { from, ...done });
  return { id, ...done };
}

async function makeService(ctx: TenantContext, service: ServiceSettings) {
  const [there] = await servicesCalled(ctx, [service.name], true);
  if (there) await addItems(ctx, there.id, service.items ?? []);
  else await createService(ctx, service);
}

/** @throws {Problem} 400 that names the key; 409 `nothing-to-change`, `too-many-changes`, `not-possible` */
function chosenOf(changes: SettingsChange[], keys: string[] | undefined, most: number): SettingsChange[] {
  const wanted = keys && new Set(keys);
  const known = new Set(changes.map(({ key }) => key));
  const unknown = keys?.findIndex((key) => !known.has(key)) ?? -1;
  if (unknown >= 0)
    throw invalid({ path: `keys.${unknown}`, message: 'must be the key of a change that was looked at' });
  const chosen = wanted ? changes.filter(({ key }) => wanted.has(key)) : changes;
  for (const { key, needs } of chosen) {
    const missing = wanted && needs.find((need) => !wanted.has(need));
    if (missing) throw invalid({ path: 'keys', message: `must name ${missing} too: ${key} needs it` });
  }
  if (chosen.length === 0)
    throw conflict('nothing-to-change', 'There is no difference, so there is nothing to change.');
  if (chosen.length > most)
    throw conflict(
      'too-many-changes',
      `At most ${most.toLocaleString('en')} changes are made at once. Choose some of them.`,
    );
  const impossible = chosen.filter(({ obstacle }) => obstacle !== null);
  const [first] = impossible;
  if (first)
    throw conflict(
      'not-possible',
      `Nothing was changed: ${impossible.length} of the changes cannot be made, the first of them ${first.key}. ${first.obstacle}`,
    );
  return chosen;
}
