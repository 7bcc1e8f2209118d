import type { components, paths } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** Provisioning and its tokens, beyond what the frame asks for ahead of their pages. */

type Schemas = components['schemas'];

export const changeProvisioning = (tenantId: string, version: string, body: Schemas['ProvisioningChangesInput']) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}/provisioning', {
      params: { path: { tenantId }, header: { 'If-Match': version } },
      body,
    }),
  );
export const holdsOf = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/provisioning/holds'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'provisioning', 'holds', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/provisioning/holds', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const allowHold = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/provisioning/holds/{id}/allow', { params: { path: { tenantId, id } } }));
export const dismissHold = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/provisioning/holds/{id}/dismiss', { params: { path: { tenantId, id } } }));
export const allowAllHolds = (tenantId: string) =>
  read(api.POST('/v1/tenants/{tenantId}/provisioning/holds/allow-all', { params: { path: { tenantId } } }));
export const calls = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/provisioning/calls'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'provisioning', 'calls', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/provisioning/calls', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const outOfStep = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/provisioning/out-of-step'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'provisioning', 'out-of-step', query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/provisioning/out-of-step', { params: { path: { tenantId }, query }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
type PreviewQuery = NonNullable<
  paths['/v1/tenants/{tenantId}/provisioning/bulk/preview']['post']['parameters']['query']
>;

/** What a SCIM Bulk would do, without doing it. */
export const previewBulk = (tenantId: string, bulk: Record<string, unknown>, query: PreviewQuery = {}) =>
  read(
    api.POST('/v1/tenants/{tenantId}/provisioning/bulk/preview', {
      params: { path: { tenantId }, query },
      body: bulk,
    }),
  );
export const previewUndo = (tenantId: string, body: Schemas['UndoWindowInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/provisioning/undo/preview', { params: { path: { tenantId } }, body }));
export const startUndo = (tenantId: string, body: Schemas['UndoWindowInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/provisioning/undo', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );

export const issueToken = (tenantId: string, body: Schemas['NewProvisioningTokenInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/provisioning-tokens', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const revokeToken = (tenantId: string, id: string) =>
  read(api.DELETE('/v1/tenants/{tenantId}/provisioning-tokens/{id}', { params: { path: { tenantId, id } } }));
export const rotateToken = (tenantId: string, id: string, overlapSeconds: number) =>
  read(
    api.POST('/v1/tenants/{tenantId}/provisioning-tokens/{id}/rotate', {
      params: { path: { tenantId, id } },
      body: { overlapSeconds },
    }),
  );
export const cancelRotation = (tenantId: string, id: string) =>
  read(
    api.POST('/v1/tenants/{tenantId}/provisioning-tokens/{id}/cancel-rotation', { params: { path: { tenantId, id } } }),
  );
export const pauseToken = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/provisioning-tokens/{id}/pause', { params: { path: { tenantId, id } } }));
export const resumeToken = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/provisioning-tokens/{id}/resume', { params: { path: { tenantId, id } } }));
