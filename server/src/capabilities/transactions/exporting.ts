import type { TenantContext } from '../../kernel/context.ts';
import { csvLine } from '../audit/service.ts';
import { accepted, type Batch, startTask, taskKind } from '../tasks/service.ts';
import { TransactionExport } from './schema.ts';
import { rangeOf, shown, tooMuch } from './service.ts';
import * as store from './store.ts';

type Asked = TransactionExport & { namespaceId: string };
type Shown = Awaited<ReturnType<typeof shown>>[number];

const BATCH = 1000;
const MOST_EXPORTED = 1_000_000;
const columns = [
  'id', 'at', 'method', 'path', 'status', 'reason', 'gatewayId', 'gateway', 'agentId', 'agent', 'routeId', 'route',
  'serviceId', 'service', 'ruleId', 'accountId', 'person', 'durationMs', 'bytesIn', 'bytesOut',
]; // biome-ignore format: reads like the line that it becomes

const asCsv = ({ gateway, agent, route, service, person, ...row }: Shown) =>
  csvLine([
    row.id,
    row.at.toISOString(),
    row.method,
    row.path,
    String(row.status),
    row.reason,
    gateway.id,
    gateway.name,
    agent.id,
    agent.name,
    route?.id,
    route?.name,
    service?.id,
    service?.name,
    row.ruleId,
    person?.accountId,
    person?.name,
    String(row.durationMs),
    String(row.bytesIn),
    String(row.bytesOut),
  ]);

/** The part of a file that a batch makes: with the head of the first one and the end of the last. */
type Write = (rows: Shown[], isFirst: boolean, isLast: boolean) => string;

const csv: Write = (rows, isFirst) => (isFirst ? csvLine(columns) : '') + rows.map(asCsv).join('');
export const json: Write = (rows, isFirst, isLast) =>
  (isFirst ? '[' : '') +
  rows.map((row, at) => (isFirst && at === 0 ? '\n' : ',\n') + JSON.stringify(row)).join('') +
  (isLast ? '\n]\n' : '');

const wholeOf = (ctx: TenantContext, { namespaceId, format: _, ...filters }: Asked) =>
  rangeOf(ctx, namespaceId, filters);
const countIn = (ctx: TenantContext, range: store.Range) => store.count(ctx, range, MOST_EXPORTED, tooMuch());

async function write(ctx: TenantContext, asked: Asked, cursor: string | null, as: Write): Promise<Batch> {
  const found = await store.batch(ctx, await wholeOf(ctx, asked), cursor, BATCH);
  const rows = await shown(ctx, found.items);
  return { text: as(rows, cursor === null, found.cursor === null), rows: rows.length, cursor: found.cursor };
}

const common = {
  permission: 'logging.view',
  isInNamespace: true,
  count: async (ctx: TenantContext, asked: Asked) => countIn(ctx, await wholeOf(ctx, asked)),
} as const;

const inCsv = taskKind<Asked>({
  kind: 'transactions.export',
  fileName: 'transactions.csv',
  batch: (ctx, asked, cursor) => write(ctx, asked, cursor, csv),
  ...common,
});
const inJson = taskKind<Asked>({
  kind: 'transactions.export-json',
  fileName: 'transactions.json',
  contentType: 'application/json',
  batch: (ctx, asked, cursor) => write(ctx, asked, cursor, json),
  ...common,
});
export const transactionExports = [inCsv, inJson];

/**
 * Starts an export of the filtered list; what is reported after this moment is not in it.
 *
 * @throws {Problem} 400 `too-much-to-read` for more than a million
 */
export async function exportTransactions(ctx: TenantContext, namespaceId: string, wanted: TransactionExport) {
  const asked = { namespaceId, ...wanted, until: wanted.until ?? ctx.now.toISOString() };
  const range = await wholeOf(ctx, asked);
  if ((await countIn(ctx, range)) > MOST_EXPORTED) throw tooMuch();
  const task = await startTask(ctx, asked.format === 'json' ? inJson : inCsv, asked);
  const { person, namespaceId: _, ...after } = asked;
  ctx.audit(TransactionExport, {
    after,
    target: { kind: 'task', id: task.id },
    // What was asked for may be the name of a person: of the accounts that have it the ids are told.
    details: { namespaceId, ...(person === undefined ? {} : { accountIds: range.accountIds }) },
  });
  return accepted(ctx, task);
}
