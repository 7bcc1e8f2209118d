import type { components } from '@bailiwick/sdk';
import { queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read } from './client.ts';
import { keyOf } from './tenant.ts';

type Schemas = components['schemas'];
export type OwnershipTransfer = Schemas['OwnershipTransfer'];
export type OwnershipRecovery = Schemas['OwnershipRecovery'];

export const transfers = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'ownership', 'transfers'),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/ownership-transfers', {
          params: { path: { tenantId }, query: { limit: 50 } },
          signal,
        }),
      ),
  });
export const offerOwnership = (
  tenantId: string,
  body: Schemas['NewOwnershipTransferInput'],
  key = newIdempotencyKey(),
) =>
  read(
    api.POST('/v1/tenants/{tenantId}/ownership-transfers', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const acceptOwnership = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/ownership-transfers/{id}/accept', { params: { path: { tenantId, id } } }));
export const declineOwnership = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/ownership-transfers/{id}/decline', { params: { path: { tenantId, id } } }));
export const cancelOffer = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/ownership-transfers/{id}/cancel', { params: { path: { tenantId, id } } }));

export const recoveries = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'ownership', 'recoveries'),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/ownership-recoveries', {
          params: { path: { tenantId }, query: { limit: 50 } },
          signal,
        }),
      ),
  });
export const stopRecovery = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/ownership-recoveries/{id}/stop', { params: { path: { tenantId, id } } }));
