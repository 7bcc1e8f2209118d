import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, read } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** Changes of a protected namespace that wait for a second person. */

type Schemas = components['schemas'];
export type ChangeRequest = Schemas['ChangeRequest'];
export type MadeChange = Schemas['MadeChange'];

const path = '/v1/tenants/{tenantId}/namespaces/{namespaceId}/change-requests';
const one = (tenantId: string, { namespaceId, id }: Pick<ChangeRequest, 'namespaceId' | 'id'>) => ({
  params: { path: { tenantId, namespaceId, id } },
});

export const changeRequests = (tenantId: string, namespaceId: string, query: QueryOf<typeof path>) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', namespaceId, 'change-requests', query),
    queryFn: ({ signal }) => read(api.GET(path, { params: { path: { tenantId, namespaceId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const changeRequest = (tenantId: string, at: Pick<ChangeRequest, 'namespaceId' | 'id'>) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', at.namespaceId, 'change-requests', at.id),
    queryFn: ({ signal }) => read(api.GET(`${path}/{id}`, { ...one(tenantId, at), signal })),
    staleTime: 0,
  });
export const approveChange = (tenantId: string, at: ChangeRequest) =>
  read(api.POST(`${path}/{id}/approve`, one(tenantId, at)));
export const refuseChange = (tenantId: string, at: ChangeRequest, reason: string) =>
  read(api.POST(`${path}/{id}/refuse`, { ...one(tenantId, at), body: { reason } }));
export const withdrawChange = (tenantId: string, at: ChangeRequest) =>
  read(api.POST(`${path}/{id}/withdraw`, one(tenantId, at)));
