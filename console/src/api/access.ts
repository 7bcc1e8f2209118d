import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, read } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** Who may do what, why, and what would change it. */

type Schemas = components['schemas'];
export type Explanation = Schemas['Explanation'];
export type Holder = Schemas['Holder'];
export type Effect = Schemas['Effect'];
export type Newcomer = Schemas['Newcomer'];
export type AffectedList = Schemas['AffectedList'];
export type Look = Schemas['LookInput'];

/** One permission of the catalogue. */
export type Permission = QueryOf<'/v1/tenants/{tenantId}/access/holders'>['permission'];

export const explanation = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/access/explain'>) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'access', 'explain', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/access/explain', { params: { path: { tenantId }, query }, signal })),
    // What was changed meanwhile counts at once.
    staleTime: 0,
    retry: false,
  });

export const looked = (tenantId: string, body: Look, signal: AbortSignal | null = null) =>
  read(api.POST('/v1/tenants/{tenantId}/access/look', { params: { path: { tenantId } }, body, signal }));

/** What a change would do, without doing it. */
export const look = (tenantId: string, body: Look) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'access', 'look', body),
    queryFn: ({ signal }) => looked(tenantId, body, signal),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });

export const holders = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/access/holders'>) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'access', 'holders', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/access/holders', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
