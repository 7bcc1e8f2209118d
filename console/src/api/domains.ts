import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

type Schemas = components['schemas'];
export type Domain = Schemas['Domain'];

export const domains = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/domains'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'domains', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/domains', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const domain = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'domains', id),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/domains/{id}', { params: { path: { tenantId, id } }, signal })),
  });
export const addDomain = (tenantId: string, name: string, key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/domains', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body: { name },
    }),
  );
export const verifyDomain = (tenantId: string, id: string) =>
  readVersioned(api.POST('/v1/tenants/{tenantId}/domains/{id}/verify', { params: { path: { tenantId, id } } }));
export const removeDomain = (tenantId: string, id: string, version: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/domains/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
    }),
  );
