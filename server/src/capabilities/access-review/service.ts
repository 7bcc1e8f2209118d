import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { csvLine } from '../audit/service.ts';
import { accepted, startTask, taskKind } from '../tasks/service.ts';
import { type GuestHome, guestHomes } from '../visits/service.ts';
import { AccessExport } from './schema.ts';
import * as store from './store.ts';

/** Who has what by which group, since when, until when, and when it was last used: to be looked through elsewhere. */

const BATCH = 1000;
const FIRST = '00000000-0000-0000-0000-000000000000';
const columns = [
  'principalId',
  'kind',
  'displayName',
  'email',
  'status',
  'groupId',
  'groupName',
  'groupStatus',
  'isOwnerGroup',
  'grants',
  'addedAt',
  'endsAt',
  'lastUsedAt',
  'homeTenantId',
  'homeAccountId',
] as const satisfies readonly (keyof HeldByWhom)[];

const asText = (value: HeldByWhom[(typeof columns)[number]]) => {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.join(' ') : value === null ? null : String(value);
};

/** A file is kept here: it names a guest by its ids, as its name is kept at home only. */
async function withHomes(ctx: TenantContext, rows: store.HeldRow[]): Promise<HeldByWhom[]> {
  const homes = await guestHomes(ctx, rows);
  return rows.map((row) => ({ ...row, ...(homes.get(row.principalId) ?? noHome) }));
}

type HeldByWhom = store.HeldRow & GuestHome;
const noHome: GuestHome = { homeTenantId: null, homeAccountId: null };

/** @param written a batch, with what comes before the first and after the last */
const exporting = (
  kind: string,
  file: { fileName: string; contentType?: 'application/json' },
  written: (rows: HeldByWhom[], isFirst: boolean, isLast: boolean) => string,
) =>
  taskKind<Record<never, never>>({
    kind,
    permission: 'groups.view',
    ...file,
    count: (ctx) => store.countHeld(ctx),
    async batch(ctx, _asked, cursor) {
      const rows = await store.heldAfter(ctx, cursor?.split(' ') ?? [FIRST, FIRST], BATCH);
      const last = rows.at(-1);
      const next = rows.length === BATCH && last ? `${last.groupId} ${last.principalId}` : null;
      const held = [...(await withHomes(ctx, rows)), ...(next ? [] : await store.heldByPartners(ctx))];
      return { text: written(held, cursor === null, next === null), rows: held.length, cursor: next };
    },
  });

const csvExport = exporting(
  'access-review.export-csv',
  { fileName: 'access.csv' },
  (rows, isFirst) =>
    (isFirst ? csvLine([...columns]) : '') +
    rows.map((row) => csvLine(columns.map((name) => asText(row[name])))).join(''),
);

const jsonExport = exporting(
  'access-review.export-json',
  { fileName: 'access.json', contentType: 'application/json' },
  (rows, isFirst, isLast) =>
    (isFirst ? '[' : '') +
    rows.map((row, at) => (isFirst && at === 0 ? '\n' : ',\n') + JSON.stringify(row)).join('') +
    (isLast ? '\n]\n' : ''),
);

export const exportJobs = [csvExport.job, jsonExport.job];

/** Starts the export. @throws {Problem} 429 as `startTask` */
export async function exportAccess(ctx: TenantContext, asked: z.output<typeof AccessExport>) {
  const task = await startTask(ctx, asked.format === 'csv' ? csvExport : jsonExport, {});
  ctx.audit(AccessExport, { after: asked, target: { kind: 'task', id: task.id } });
  return accepted(ctx, task);
}
