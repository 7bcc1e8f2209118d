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
const json: Write = (rows, isFirst, isLast) =>
  (isFirst ? '[\n' : ',\n') + rows.map((row) => JSON.stringify(row)).join(',\n') + (isLast ? '\n]\n' : '');

async function write(ctx: TenantContext, asked: Asked, cursor: string | null, as: Write): Promise<Batch> {
  const { namespaceId, format: _, ...filters } = asked;
  const found = await store.batch(ctx, await rangeOf(ctx, namespaceId, filters), cursor, BATCH);
  const rows = await shown(ctx, found.items);
  return { text: as(rows, cursor === null, found.cursor === null), rows: rows.length, cursor: found.cursor };
}

async function countOf(ctx: TenantContext, { namespaceId, format: _, ...filters }: Asked): Promise<number> {
  return store.count(ctx, await rangeOf(ctx, namespaceId, filters), MOST_EXPORTED, tooMuch());
}

const common = { permission: 'logging.view', isInNamespace: true, count: countOf } as const;

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
  if ((await countOf(ctx, asked)) > MOST_EXPORTED) throw tooMuch();
  const task = await startTask(ctx, asked.format === 'json' ? inJson : inCsv, asked);
  ctx.audit(TransactionExport, { after: asked, target: { kind: 'task', id: task.id } });
  return accepted(ctx, task);
}
