import type { z } from 'zod';
import { refusalOf } from '../../kernel/audit.ts';
import type { Actor } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type { PersonalPart } from '../../kernel/tenant-keys.ts';
import { accepted, startTask, taskKind } from '../tasks/service.ts';
import { csvLine, fieldOf } from './csv.ts';
import { AuditExport, type AuditQuery } from './schema.ts';
import * as store from './store.ts';

export { csvLine, fieldOf };

/** Entries of this tenant, newest first, with names and personal parts as they can be read now. */
export async function listEntries(ctx: TenantContext, query: z.output<typeof AuditQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: await shown(ctx, found.items) };
}

export async function readEntry(ctx: TenantContext, id: string) {
  const [entry] = await shown(ctx, [await store.find(ctx, id)]);
  return entry;
}

/** The next so many entries, newest first. @param cursor what the batch before gave; null for the first */
export async function nextEntries(ctx: TenantContext, filters: AuditExport, cursor: string | null, size: number) {
  const found = await store.batch(ctx, filters, cursor, size);
  return { items: await shown(ctx, found.items), cursor: found.cursor };
}

/** How many entries there are. */
export const countEntries = (ctx: TenantContext, filters: AuditExport): Promise<number> => store.count(ctx, filters);

/**
 * What provisioning changed of accounts and groups in a time, newest first, as its entries tell, in batches: an undo
 * reads it.
 *
 * @param cursor what the batch before gave; null for the first
 */
export async function changesOfProvisioning(
  ctx: TenantContext,
  window: { from: Date; until: Date },
  cursor: string | null,
  size: number,
) {
  const found = await store.batchOfProvisioning(ctx, window, cursor, size);
  return { items: await shown(ctx, found.items), cursor: found.cursor };
}

export const countChangesOfProvisioning = (ctx: TenantContext, window: { from: Date; until: Date }): Promise<number> =>
  store.countOfProvisioning(ctx, window);

interface Changes {
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  details?: Record<string, unknown>;
}

/** Actors that have no row to be named by, and those whose row is gone. */
const actorNames: Record<string, string> = {
  operator: 'Operator',
  system: 'System',
  guest: 'Guest',
  account: 'Former account',
  'service-account': 'Former service account',
};

async function shown(ctx: TenantContext, rows: store.EntryRow[]) {
  const ids = rows.flatMap(({ actorId, targetId, targetName }) => [
    ...(actorId ? [actorId] : []),
    ...(targetId && targetName === null ? [targetId] : []),
  ]);
  const [names, personal] = await Promise.all([
    store.namesOf(ctx, [...new Set(ids)]),
    Promise.all(rows.map((row) => openPersonal(ctx, row))),
  ]);
  return rows.map((row, at) => {
    const changes = (row.changes ?? {}) as Changes;
    const { part, withheld } = personal[at] ?? {};
    const before = merged(changes.before, part?.before);
    const after = merged(changes.after, part?.after);
    return {
      id: row.id,
      at: row.at,
      actor: {
        kind: row.actorKind,
        id: row.actorId,
        name: (row.actorId && names.get(row.actorId)) || actorNames[row.actorKind] || 'Former credential',
      },
      ...(row.onBehalfOf ? { onBehalfOf: row.onBehalfOf } : {}),
      credentialId: row.credentialId,
      door: row.door,
      action: row.action,
      target: {
        kind: row.targetKind,
        id: row.targetId,
        name: row.targetName ?? (row.targetId && names.get(row.targetId)) ?? null,
      },
      outcome: row.outcome as 'success' | 'refused',
      ...(before ? { before } : {}),
      ...(after ? { after } : {}),
      ...(changes.details ? { details: changes.details } : {}),
      ...(withheld ? { withheld } : {}),
      requestId: row.requestId,
      sourceAddress: row.sourceAddress,
    };
  });
}

const merged = (open: Record<string, unknown> | undefined, personal: Record<string, unknown> | undefined) =>
  open || (personal && Object.keys(personal).length > 0) ? { ...open, ...personal } : undefined;

/** What an entry says of a person; without it, why. One that does not open never hides the others. */
async function openPersonal(
  ctx: TenantContext,
  { id, subjectId, personal }: store.EntryRow,
): Promise<{ part?: PersonalPart; withheld?: 'erased' | 'unreadable' }> {
  if (!personal || !subjectId) return {};
  try {
    const part = await ctx.keys.openPersonal(subjectId, id, personal);
    return part ? { part } : { withheld: 'erased' };
  } catch (error) {
    if (isDatabaseError(error)) throw error;
    ctx.platform.log.error(
      { tenantId: ctx.tenantId, entryId: id },
      'the personal part of an audit entry does not open',
    );
    return { withheld: 'unreadable' };
  }
}

/** A lost database is not an unreadable entry. Errors of the ciphers have codes of Node's own. */
const isDatabaseError = (error: unknown) =>
  error instanceof Error && 'code' in error && !String(error.code).startsWith('ERR_');

const BATCH = 500;
const columns = [
  'id', 'at', 'actorKind', 'actorId', 'actorName', 'onBehalfOf', 'credentialId', 'door', 'action', 'targetKind',
  'targetId', 'targetName', 'outcome', 'before', 'after', 'details', 'withheld', 'requestId', 'sourceAddress',
]; // biome-ignore format: reads like the line that it becomes

const asJson = (value: unknown) => (value === undefined ? '' : JSON.stringify(value));

/** The filtered list as CSV, newest first. */
export const auditExport = taskKind<AuditExport>({
  kind: 'audit.export',
  permission: 'audit.export',
  fileName: 'audit-entries.csv',
  count: (ctx, asked) => store.count(ctx, asked),
  async batch(ctx, asked, cursor) {
    const found = await store.batch(ctx, asked, cursor, BATCH);
    const lines = (await shown(ctx, found.items)).map(({ actor, target, ...entry }) =>
      csvLine([
        entry.id,
        entry.at.toISOString(),
        actor.kind,
        actor.id,
        actor.name,
        entry.onBehalfOf,
        entry.credentialId,
        entry.door,
        entry.action,
        target.kind,
        target.id,
        target.name,
        entry.outcome,
        asJson(entry.before),
        asJson(entry.after),
        asJson(entry.details),
        entry.withheld,
        entry.requestId,
        entry.sourceAddress,
      ]),
    );
    const head = cursor === null ? csvLine(columns) : '';
    return { text: head + lines.join(''), rows: lines.length, cursor: found.cursor };
  },
});

/** Starts an export of the filtered list; entries made after this moment are not in it. */
export async function exportEntries(ctx: TenantContext, filters: AuditExport) {
  const asked = { ...filters, until: filters.until ?? ctx.now.toISOString() };
  const task = await startTask(ctx, auditExport, asked);
  ctx.audit(AuditExport, { after: asked, target: { kind: 'task', id: task.id } });
  return accepted(ctx, task);
}

/** Refusals of a principal beyond the first 60 of a minute, in one entry of that principal. */
export async function summariseRefusals(ctx: TenantContext, principalId: string, minute: Date, actor: Actor) {
  const count = await store.takeRefusals(ctx, principalId, minute);
  if (count === undefined || count <= RECORDED_EACH) return;
  const refusal = refusalOf(ctx.request.action, { kind: 'principal', id: actor.id });
  ctx.record(
    { ...refusal, changes: { details: { refused: count - RECORDED_EACH, minute: minute.toISOString() } } },
    actor,
  );
}

/** Refusals of a minute that have entries of their own (kernel/serve.ts). */
const RECORDED_EACH = 60;
