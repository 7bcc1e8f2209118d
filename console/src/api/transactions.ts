import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, read, readVersioned } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** What gateways of a namespace carried and refused. */

type Schemas = components['schemas'];
export type Transaction = Schemas['Transaction'];
export type Histogram = Schemas['TransactionHistogram'];

const path = '/v1/tenants/{tenantId}/namespaces/{namespaceId}/transactions';
type InNamespace = { tenantId: string; namespaceId: string };

export const transactions = (at: InNamespace, query: QueryOf<typeof path> = {}) =>
  queryOptions({
    queryKey: keyOf(at.tenantId, 'transactions', 'list', at.namespaceId, query),
    queryFn: ({ signal }) => read(api.GET(path, { params: { path: at, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const histogram = (at: InNamespace, query: QueryOf<`${typeof path}/histogram`> = {}) =>
  queryOptions({
    queryKey: keyOf(at.tenantId, 'transactions', 'histogram', at.namespaceId, query),
    queryFn: ({ signal }) => read(api.GET(`${path}/histogram`, { params: { path: at, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const tail = (at: InNamespace, query: QueryOf<`${typeof path}/tail`>, signal: AbortSignal) =>
  read(api.GET(`${path}/tail`, { params: { path: at, query }, signal }));
export const exportTransactions = (at: InNamespace, body: Schemas['TransactionExportInput']) =>
  read(api.POST(`${path}/export`, { params: { path: at }, body }));

const retentionPath = '/v1/tenants/{tenantId}/transaction-retention';
export const readRetention = (tenantId: string) =>
  readVersioned(api.GET(retentionPath, { params: { path: { tenantId } } }));
export const retention = (tenantId: string) =>
  queryOptions({ queryKey: keyOf(tenantId, 'transactions', 'retention'), queryFn: () => readRetention(tenantId) });
export const changeRetention = (tenantId: string, version: string, days: number) =>
  readVersioned(
    api.PUT(retentionPath, {
      params: { path: { tenantId }, header: { 'If-Match': version } },
      body: { days },
    }),
  );
