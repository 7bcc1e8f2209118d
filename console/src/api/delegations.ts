import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, everyItem, MOST_AT_ONCE, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

type Schemas = components['schemas'];
export type Delegation = Schemas['Delegation'];
export type Activation = Schemas['DelegationActivation'];
export type OwnDelegation = Schemas['OwnDelegation'];
export type Act = Schemas['DelegationActReport']['items'][number];

const path = (tenantId: string, id: string) => ({ path: { tenantId, id } });

export const delegations = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/delegations'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'delegations', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/delegations', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
/** All that stands or stood between this tenant as a partner and these customers. */
export const delegationsWith = (tenantId: string, customerIds: string[]) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'delegations', 'with', customerIds),
    queryFn: async ({ client }) => {
      const found: Delegation[] = [];
      for (let at = 0; at < customerIds.length; at += MOST_AT_ONCE) {
        const otherTenantId = customerIds.slice(at, at + MOST_AT_ONCE).join(',');
        const page = (from: object) =>
          client.fetchQuery(delegations(tenantId, { side: 'partner', otherTenantId, ...from }));
        found.push(...(await everyItem(page)));
      }
      return found;
    },
    placeholderData: keepPreviousData,
  });
export const delegation = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'delegations', id),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/delegations/{id}', { params: path(tenantId, id), signal })),
  });
export const acts = (tenantId: string, id: string, query: QueryOf<'/v1/tenants/{tenantId}/delegations/{id}/acts'>) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'delegations', `${id}/acts`, query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/delegations/{id}/acts', {
          params: { path: { tenantId, id }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
export const activations = (
  tenantId: string,
  id: string,
  query: QueryOf<'/v1/tenants/{tenantId}/delegations/{id}/activations'>,
) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'delegations', `${id}/activations`, query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/delegations/{id}/activations', {
          params: { path: { tenantId, id }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
export const partnerAccess = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'delegations', 'switch'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/partner-access', { params: { path: { tenantId } }, signal })),
  });

/**
 * Who of the partner would gain and lose what by a decision. Not under `delegations`: what is asked anew after the decision
 * would ask for a look at it as well, and that is refused.
 */
export const previewDelegation = (tenantId: string, id: string, body: Schemas['DelegationPreviewInput']) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'delegation-previews', id, body),
    queryFn: ({ signal }) =>
      read(api.POST('/v1/tenants/{tenantId}/delegations/{id}/preview', { params: path(tenantId, id), body, signal })),
    gcTime: 0,
  });

/** Who of which partner would get in no longer, or again, by the one switch. */
export const previewPartnerAccess = (tenantId: string, body: Schemas['PartnerAccessPreviewInput']) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'delegation-previews', 'switch', body),
    queryFn: ({ signal }) =>
      read(api.POST('/v1/tenants/{tenantId}/partner-access/preview', { params: { path: { tenantId } }, body, signal })),
    gcTime: 0,
    retry: false,
  });

export const requestDelegation = (tenantId: string, body: Schemas['NewDelegationInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/delegations', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const requestDelegations = (tenantId: string, body: Schemas['NewDelegationsInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/delegations/many', { params: { path: { tenantId } }, body }));
export const approveDelegation = (tenantId: string, id: string, body: Schemas['DelegationApprovalInput']) =>
  readVersioned(api.POST('/v1/tenants/{tenantId}/delegations/{id}/approve', { params: path(tenantId, id), body }));
export const refuseDelegation = (tenantId: string, id: string, reason: string) =>
  readVersioned(
    api.POST('/v1/tenants/{tenantId}/delegations/{id}/refuse', {
      params: path(tenantId, id),
      body: reason ? { reason } : {},
    }),
  );
export const endDelegation = (tenantId: string, id: string) =>
  readVersioned(api.POST('/v1/tenants/{tenantId}/delegations/{id}/end', { params: path(tenantId, id) }));
export const decideActivation = (tenantId: string, id: string, activationId: string, how: 'approve' | 'refuse') =>
  read(
    api.POST(`/v1/tenants/{tenantId}/delegations/{id}/activations/{activationId}/${how}`, {
      params: { path: { tenantId, id, activationId } },
    }),
  );
/** Customers that let groups of the caller in. */
export const ownDelegations = queryOptions({
  queryKey: ['me', 'delegations'],
  queryFn: ({ signal }) =>
    read(api.GET('/v1/me/delegations', { params: { query: { state: 'active', limit: 200 } }, signal })),
  // Only while a customer is waited for: each of them is asked.
  refetchInterval: ({ state }) =>
    state.data?.items.some(({ activation }) => activation?.state === 'requested') ? 15_000 : false,
});
/** Of these customers, in one request, which asks each of them: not once more for a window that is looked at again. */
export const ownDelegationsWith = (tenantIds: string[]) =>
  queryOptions({
    queryKey: [...ownDelegations.queryKey, tenantIds],
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/me/delegations', {
          params: { query: { state: 'active', limit: 200, otherTenantId: tenantIds.join(',') } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    retry: false,
  });
export const askToAct = (tenantId: string, id: string, body: Schemas['NewDelegationActivationInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/delegations/{id}/activate', { params: path(tenantId, id), body }));
export const switchPartnerAccess = (tenantId: string, to: 'stop' | 'resume') =>
  read(api.POST(`/v1/tenants/{tenantId}/partner-access/${to}`, { params: { path: { tenantId } } }));
