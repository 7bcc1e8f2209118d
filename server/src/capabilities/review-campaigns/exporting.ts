import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { csvLine } from '../audit/service.ts';
import { accepted, startTask, taskKind } from '../tasks/service.ts';
import { type GuestHome, guestHomes } from '../visits/service.ts';
import * as items from './items-store.ts';
import { ReviewCampaign, type ReviewExport } from './schema.ts';
import { shownItems } from './shown.ts';
import * as store from './store.ts';

/** The evidence of a campaign as a file: each item with its decision, who made it, when and why. */

const BATCH = 500;
const FIRST = '00000000-0000-0000-0000-000000000000';
type Shown = Awaited<ReturnType<typeof shownItems>>[number] & Partial<GuestHome>;

const time = (at: Date | null) => at?.toISOString() ?? null;
const columns: [string, (item: Shown) => string | null][] = [
  ['itemId', ({ id }) => id],
  ['principalId', ({ principalId }) => principalId],
  ['kind', ({ kind }) => kind],
  ['displayName', ({ displayName }) => displayName],
  ['email', ({ email }) => email],
  ['groupId', ({ group }) => group.id],
  ['groupName', ({ group }) => group.name],
  ['grants', ({ grants }) => grants.join(' ')],
  ['path', ({ path }) => path],
  ['addedAt', ({ addedAt }) => time(addedAt)],
  ['endsAt', ({ endsAt }) => time(endsAt)],
  ['lastUsedAt', ({ lastUsedAt }) => time(lastUsedAt)],
  ['state', ({ state }) => state],
  ['reason', ({ reason }) => reason],
  ['decidedBy', ({ decidedBy }) => decidedBy?.id ?? null],
  ['decidedByName', ({ decidedBy }) => decidedBy?.displayName ?? null],
  ['decidedAt', ({ decidedAt }) => time(decidedAt)],
  ['note', ({ note }) => note],
  ['homeTenantId', ({ homeTenantId }) => homeTenantId ?? null],
  ['homeAccountId', ({ homeAccountId }) => homeAccountId ?? null],
];

const exporting = (
  kind: string,
  file: { fileName: string; contentType?: 'application/json' },
  written: (rows: Shown[], isFirst: boolean, isLast: boolean) => string,
) =>
  taskKind<{ campaignId: string }>({
    kind,
    permission: 'groups.view',
    ...file,
    count: (ctx, { campaignId }) => items.count(ctx, campaignId),
    async batch(ctx, { campaignId }, cursor) {
      const rows = await items.after(ctx, campaignId, cursor ?? FIRST, BATCH);
      const next = rows.length === BATCH ? (rows.at(-1)?.id ?? null) : null;
      const homes = await guestHomes(ctx, rows);
      // The file is kept here, and what homes call their people is not.
      const shown = (await shownItems(ctx, { state: 'closed' }, rows, new Map())).map((item) => ({
        ...item,
        ...homes.get(item.principalId),
      }));
      return { text: written(shown, cursor === null, next === null), rows: rows.length, cursor: next };
    },
  });

const csvExport = exporting(
  'review-campaigns.export-csv',
  { fileName: 'access-review.csv' },
  (rows, isFirst) =>
    (isFirst ? csvLine(columns.map(([name]) => name)) : '') +
    rows.map((row) => csvLine(columns.map(([, value]) => value(row)))).join(''),
);

const asObject = (row: Shown) =>
  Object.fromEntries(columns.map(([name, value]) => [name, name === 'grants' ? row.grants : value(row)]));

const jsonExport = exporting(
  'review-campaigns.export-json',
  { fileName: 'access-review.json', contentType: 'application/json' },
  (rows, isFirst, isLast) =>
    (isFirst ? '[' : '') +
    rows.map((row, at) => (isFirst && at === 0 ? '\n' : ',\n') + JSON.stringify(asObject(row))).join('') +
    (isLast ? '\n]\n' : ''),
);

export const exportJobs = [csvExport.job, jsonExport.job];

/** Starts the export. @throws {Problem} 429 as `startTask` */
export async function exportCampaign(
  ctx: TenantContext,
  campaignId: string,
  { format }: z.output<typeof ReviewExport>,
) {
  const { name } = await store.find(ctx, campaignId);
  const task = await startTask(ctx, format === 'csv' ? csvExport : jsonExport, { campaignId });
  ctx.audit(ReviewCampaign, {
    target: { kind: 'review-campaign', id: campaignId, name },
    details: { format, taskId: task.id },
  });
  return accepted(ctx, task);
}
