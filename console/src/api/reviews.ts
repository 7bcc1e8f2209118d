import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** Access review campaigns. */

type Schemas = components['schemas'];
export type Campaign = Schemas['ReviewCampaign'];
export type ReviewItem = Schemas['ReviewItem'];
export type Which = Schemas['ReviewLookInput'];

const path = '/v1/tenants/{tenantId}/review-campaigns';
const one = (tenantId: string, id: string) => ({ params: { path: { tenantId, id } } });
const once = (tenantId: string, id: string) => ({
  params: { path: { tenantId, id }, header: { 'Idempotency-Key': newIdempotencyKey() } },
});

export const campaigns = (tenantId: string, query: QueryOf<typeof path>) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'review-campaigns', 'list', query),
    queryFn: ({ signal }) => read(api.GET(path, { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
const isMoving = (state: string | undefined) => state === 'gathering' || state === 'closing';
export const campaign = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'review-campaigns', id),
    queryFn: ({ signal }) => readVersioned(api.GET(`${path}/{id}`, { ...one(tenantId, id), signal })),
    refetchInterval: ({ state }) => (isMoving(state.data?.value.state) ? 1500 : false),
  });
export const report = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'review-campaigns', id, 'report'),
    queryFn: ({ signal }) => read(api.GET(`${path}/{id}/report`, { ...one(tenantId, id), signal })),
  });
export const reviewItems = (tenantId: string, id: string, query: QueryOf<`${typeof path}/{id}/items`>) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'review-campaigns', id, 'items', query),
    queryFn: ({ signal }) => read(api.GET(`${path}/{id}/items`, { params: { path: { tenantId, id }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const beginCampaign = (tenantId: string, body: Schemas['NewReviewCampaignInput'], key: string) =>
  read(api.POST(path, { params: { path: { tenantId }, header: { 'Idempotency-Key': key } }, body }));
export const changeCampaign = (
  tenantId: string,
  id: string,
  version: string,
  body: Schemas['ReviewCampaignChangesInput'],
) =>
  readVersioned(
    api.PATCH(`${path}/{id}`, { params: { path: { tenantId, id }, header: { 'If-Match': version } }, body }),
  );
export const lookAtRemoval = (tenantId: string, id: string, body: Which) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'review-campaigns', id, 'look', body),
    queryFn: ({ signal }) => read(api.POST(`${path}/{id}/look`, { ...one(tenantId, id), body, signal })),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
export const namesOfRemoval = (tenantId: string, id: string, body: Which) =>
  read(api.POST(`${path}/{id}/look`, { ...one(tenantId, id), body }));
export const decideItem = (tenantId: string, id: string, itemId: string, body: Schemas['ReviewDecisionInput']) =>
  read(api.POST(`${path}/{id}/items/{itemId}/decide`, { params: { path: { tenantId, id, itemId } }, body }));
export const decideMany = (tenantId: string, id: string, body: Schemas['ReviewDecisionsInput']) =>
  read(api.POST(`${path}/{id}/decide`, { ...once(tenantId, id), body }));
export const carryOut = (tenantId: string, id: string) => read(api.POST(`${path}/{id}/carry-out`, once(tenantId, id)));
export const closeCampaign = (tenantId: string, id: string, undecided: 'keep' | 'remove') =>
  read(api.POST(`${path}/{id}/close`, { ...one(tenantId, id), body: { undecided } }));
export const exportCampaign = (tenantId: string, id: string, format: 'csv' | 'json') =>
  read(api.POST(`${path}/{id}/export`, { ...once(tenantId, id), body: { format } }));
