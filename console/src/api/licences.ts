import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, everyItem, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** What a tenant may use, what of it is used, and who is billed. */

type Schemas = components['schemas'];
export type Licence = Schemas['Licence'];
export type Subscription = Schemas['Subscription'];
export type SubscriptionTier = Schemas['SubscriptionTier'];
export type Offers = Schemas['LicenceOffers'];
export type Usage = Schemas['LicenceUsage'];
export type BillingProfile = Schemas['BillingProfile'];

const path = '/v1/tenants/{tenantId}/licences';
const ofOne = `${path}/{id}` as const;
const subscriptionsPath = `${path}/{licenceId}/subscriptions` as const;
const billingPath = '/v1/tenants/{tenantId}/billing-profile';

export const licences = (tenantId: string, query: QueryOf<typeof path> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'licences', 'list', query),
    queryFn: ({ signal }) => read(api.GET(path, { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const everyLicence = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'licences', 'list', 'every'),
    queryFn: ({ client }) => everyItem((from) => client.fetchQuery(licences(tenantId, from))),
  });
export const licence = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'licences', id),
    queryFn: ({ signal }) => readVersioned(api.GET(ofOne, { params: { path: { tenantId, id } }, signal })),
  });
export const createLicence = (tenantId: string, name: string, key = newIdempotencyKey()) =>
  read(api.POST(path, { params: { path: { tenantId }, header: { 'Idempotency-Key': key } }, body: { name } }));
export const uploadLicence = (tenantId: string, file: string) =>
  read(api.POST(`${path}/files`, { params: { path: { tenantId } }, body: { file } }));
export const changeLicence = (tenantId: string, id: string, version: string, name: string) =>
  readVersioned(
    api.PATCH(ofOne, { params: { path: { tenantId, id }, header: { 'If-Match': version } }, body: { name } }),
  );
export const deleteLicence = (tenantId: string, id: string, version: string) =>
  read(api.DELETE(ofOne, { params: { path: { tenantId, id }, header: { 'If-Match': version } } }));
export const assignLicence = (tenantId: string, id: string, version: string, body: Schemas['LicenceNamespacesInput']) =>
  readVersioned(
    api.PUT(`${ofOne}/namespaces`, {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
      body,
    }),
  );
export const usage = (tenantId: string, query: QueryOf<`${typeof path}/usage`> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'licences', 'usage', query),
    queryFn: ({ signal }) => read(api.GET(`${path}/usage`, { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
export const offers = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'licences', 'offers'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/licence-offers', { params: { path: { tenantId } }, signal })),
    staleTime: 0,
  });

export const subscriptions = (
  at: { tenantId: string; licenceId: string },
  query: QueryOf<typeof subscriptionsPath> = {},
) =>
  queryOptions({
    queryKey: keyOf(at.tenantId, 'licences', at.licenceId, 'subscriptions', query),
    queryFn: ({ signal }) => read(api.GET(subscriptionsPath, { params: { path: at, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const createSubscription = (
  at: { tenantId: string; licenceId: string },
  body: Schemas['NewSubscriptionInput'],
  key = newIdempotencyKey(),
) => read(api.POST(subscriptionsPath, { params: { path: at, header: { 'Idempotency-Key': key } }, body }));
/** Whatever else was changed of it meanwhile: renewing or not is one choice. */
export const renewSubscription = (at: { tenantId: string; licenceId: string; id: string }, autoRenew: boolean) =>
  read(
    api.PATCH(`${subscriptionsPath}/{id}`, {
      params: { path: at, header: { 'If-Match': '*' } },
      body: { autoRenew },
    }),
  );
export const deleteSubscription = (at: { tenantId: string; licenceId: string; id: string }) =>
  read(api.DELETE(`${subscriptionsPath}/{id}`, { params: { path: at, header: { 'If-Match': '*' } } }));

export const readBillingProfile = (tenantId: string) =>
  readVersioned(api.GET(billingPath, { params: { path: { tenantId } } }));
export const billingProfile = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'licences', 'billing-profile'),
    queryFn: () => readBillingProfile(tenantId),
  });
export const changeBillingProfile = (tenantId: string, version: string, body: Schemas['NewBillingProfileInput']) =>
  readVersioned(api.PUT(billingPath, { params: { path: { tenantId }, header: { 'If-Match': version } }, body }));
export const removeBillingProfile = (tenantId: string, version: string) =>
  read(api.DELETE(billingPath, { params: { path: { tenantId }, header: { 'If-Match': version } } }));
