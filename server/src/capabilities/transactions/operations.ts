import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { Task } from '../tasks/schema.ts';
import { readTask } from '../tasks/service.ts';
import { exportTransactions, transactionExports } from './exporting.ts';
import { keepingPartitions } from './partitions.ts';
import {
  HistogramQuery,
  NewTransactionRetention,
  TailQuery,
  TransactionExport,
  TransactionHistogram,
  TransactionList,
  TransactionQuery,
  TransactionRetention,
  TransactionTail,
} from './schema.ts';
import { changeRetention, listTransactions, readHistogram, readRetention } from './service.ts';
import { tailTransactions } from './tail.ts';

const InNamespace = z.strictObject({ tenantId: Id, namespaceId: Id });
const path = '/v1/tenants/:tenantId/namespaces/:namespaceId/transactions';
const retentionPath = '/v1/tenants/:tenantId/transaction-retention';
const view = allow('logging.view', { namespace: 'namespaceId' });

/** What gateways carried and refused, request by request. */
export const transactions: Capability = {
  name: 'transactions',
  operations: [
    operation({
      id: 'transactions.list',
      method: 'GET',
      path,
      summary: 'List what gateways of a namespace carried and refused, newest first',
      access: view,
      params: InNamespace,
      query: TransactionQuery,
      reply: TransactionList,
      handle: (ctx, { params, query }) => listTransactions(ctx, params.namespaceId, query),
    }),
    operation({
      id: 'transactions.read-histogram',
      method: 'GET',
      path: `${path}/histogram`,
      summary: 'Count transactions over time, by class of status',
      access: view,
      params: InNamespace,
      query: HistogramQuery,
      reply: TransactionHistogram,
      handle: (ctx, { params, query }) => readHistogram(ctx, params.namespaceId, query),
    }),
    operation({
      id: 'transactions.tail',
      method: 'GET',
      path: `${path}/tail`,
      summary: 'Read what was reported since an answer before, waiting for it',
      access: view,
      params: InNamespace,
      query: TailQuery,
      reply: TransactionTail,
      handle: (ctx, { params, query }) => tailTransactions(ctx, params.namespaceId, query),
    }),
    operation({
      id: 'transactions.export',
      method: 'POST',
      path: `${path}/export`,
      summary: 'Export transactions as CSV or JSON: a task',
      access: allow('logging.view', {
        namespace: 'namespaceId',
        duringReadOnly: true,
        duringClosing: true,
        unprotected: true,
      }),
      params: InNamespace,
      body: TransactionExport,
      reply: Task,
      status: 202,
      creates: { reread: readTask },
      handle: (ctx, { params, body }) => exportTransactions(ctx, params.namespaceId, body),
    }),
    operation({
      id: 'transactions.read-retention',
      method: 'GET',
      path: retentionPath,
      summary: 'Read for how long transactions are kept',
      access: allow('logging.view', { inAnyNamespace: true }),
      params: z.strictObject({ tenantId: Id }),
      reply: TransactionRetention,
      handle: (ctx) => readRetention(ctx),
    }),
    operation({
      id: 'transactions.change-retention',
      method: 'PUT',
      path: retentionPath,
      summary: 'Keep transactions for so many days',
      access: allow('logging.change'),
      params: z.strictObject({ tenantId: Id }),
      body: NewTransactionRetention,
      reply: TransactionRetention,
      handle: (ctx, { body }) => changeRetention(ctx, body.days),
    }),
  ],
  jobs: transactionExports.map(({ job }) => job),
  chores: [keepingPartitions()],
};
