import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** What people ask for when they were refused. */

type Schemas = components['schemas'];
export type AccessRequest = Schemas['AccessRequest'];

const path = '/v1/tenants/{tenantId}/access-requests';
const one = (tenantId: string, id: string) => ({ params: { path: { tenantId, id } } });

export const accessRequests = (tenantId: string, query: QueryOf<typeof path>) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'access-requests', query),
    queryFn: ({ signal }) => read(api.GET(path, { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
/** What the person asked for and waits for; nobody has more of these open than a page holds. */
export const ownWaitingRequests = (tenantId: string) =>
  accessRequests(tenantId, { own: 'true', state: 'pending', limit: 200 });
export const askForAccess = (tenantId: string, body: Schemas['NewAccessRequestInput'], key = newIdempotencyKey()) =>
  read(api.POST(path, { params: { path: { tenantId }, header: { 'Idempotency-Key': key } }, body }));
export const approveAccess = (tenantId: string, id: string, body: Schemas['AccessApprovalInput']) =>
  read(api.POST(`${path}/{id}/approve`, { ...one(tenantId, id), body }));
export const refuseAccess = (tenantId: string, id: string, reason: string) =>
  read(api.POST(`${path}/{id}/refuse`, { ...one(tenantId, id), body: { reason } }));
export const withdrawAccess = (tenantId: string, id: string) =>
  read(api.POST(`${path}/{id}/withdraw`, one(tenantId, id)));
