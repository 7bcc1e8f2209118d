import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { csvLine } from '../audit/service.ts';
import { groupsOf } from '../groups/service.ts';
import { accepted, startTask, taskKind } from '../tasks/service.ts';
import { writtenGroups } from './csv-groups.ts';
import * as listing from './list-store.ts';
import { whichOf } from './looking.ts';
import { type AccountExport, ExportOfMany } from './schema.ts';

/** Hands out many accounts as a file, in the order of their ids; as they are when their batch is read. */

const BATCH = 1_000;

const columns = [
  'id', 'email', 'username', 'firstName', 'lastName', 'displayName', 'mobilePhone', 'groups', 'status', 'source',
  'verifiedAt', 'invitationExpiresAt', 'lastSignInAt', 'createdAt', 'updatedAt',
] as const; // biome-ignore format: reads like the line that it becomes

/** What an export has, and an invitation does not take. */
export const shownOnly = [
  'id',
  'status',
  'source',
  'verifiedAt',
  'invitationExpiresAt',
  'lastSignInAt',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (typeof columns)[number][];

type Exported = Awaited<ReturnType<typeof nextOf>>[number];

async function nextOf(ctx: TenantContext, which: listing.Which, cursor: string | null) {
  const rows = await listing.next(ctx, which, cursor, BATCH);
  const groups = await groupsOf(
    ctx,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ groups: groups.get(row.id) ?? [], ...row }));
}

const asText = (value: Exclude<Exported[(typeof columns)[number]], unknown[]>) =>
  value instanceof Date ? value.toISOString() : value;

const lineOf = (account: Exported) =>
  csvLine(columns.map((name) => (name === 'groups' ? writtenGroups(account.groups) : asText(account[name]))));

const objectOf = ({ groups, ...account }: Exported) =>
  JSON.stringify({
    ...Object.fromEntries(columns.flatMap((name) => (name === 'groups' ? [] : [[name, account[name]]]))),
    groups: groups.map(({ id, name, status }) => ({ id, name, status })),
  });

/** @param written a batch, with what comes before the first and after the last */
const exporting = (
  format: 'csv' | 'json',
  file: { fileName: string; contentType?: 'application/json' },
  written: (rows: Exported[], isFirst: boolean, isLast: boolean) => string,
) =>
  taskKind<listing.Which>({
    kind: `accounts.export-many-${format}`,
    permission: 'accounts.view',
    ...file,
    count: listing.countOf,
    async batch(ctx, which, cursor) {
      const rows = await nextOf(ctx, which, cursor);
      const next = rows.length === BATCH ? (rows.at(-1)?.id ?? null) : null;
      return { text: written(rows, cursor === null, next === null), rows: rows.length, cursor: next };
    },
  });

const csvExport = exporting(
  'csv',
  { fileName: 'accounts.csv' },
  (rows, isFirst) => (isFirst ? csvLine([...columns]) : '') + rows.map(lineOf).join(''),
);
const jsonExport = exporting(
  'json',
  { fileName: 'accounts.json', contentType: 'application/json' },
  (rows, isFirst, isLast) =>
    (isFirst ? '[' : '') +
    rows.map((row, at) => (isFirst && at === 0 ? '\n' : ',\n') + objectOf(row)).join('') +
    (isLast ? '\n]\n' : ''),
);
export const exportJobs = [csvExport.job, jsonExport.job];

/**
 * Starts the export of the named accounts, or of all that match and were made until now.
 *
 * @throws {Problem} 400 that names an id or a filter; 429 as `startTask`
 */
export async function exportMany(ctx: TenantContext, { format, ...asked }: z.output<typeof AccountExport>) {
  const { which, accounts } = await whichOf(ctx, asked);
  const task = await startTask(ctx, format === 'csv' ? csvExport : jsonExport, which);
  // What was searched for may be the name of a person.
  const { q: _q, ...filter } = asked.filter ?? {};
  ctx.audit(ExportOfMany, {
    after: { accounts, format, ...(asked.filter ? { filter } : {}) },
    target: { kind: 'task', id: task.id },
  });
  return accepted(ctx, task);
}
