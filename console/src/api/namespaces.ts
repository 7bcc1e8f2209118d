import type { components } from '@bailiwick/sdk';
import { queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf } from './tenant.ts';

/** Namespaces, beyond what the frame asks for ahead of their pages. */

type Schemas = components['schemas'];

export const createNamespace = (tenantId: string, body: Schemas['NewNamespaceInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/namespaces', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const changeNamespace = (
  tenantId: string,
  id: string,
  version: string,
  body: Schemas['NamespaceChangesInput'],
) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}/namespaces/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
      body,
    }),
  );
export const namespaceContents = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', id, 'contents'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/namespaces/{id}/contents', { params: { path: { tenantId, id } }, signal })),
  });
export const deleteNamespace = (tenantId: string, id: string, version: string, confirmName: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/namespaces/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version }, query: { confirmName } },
    }),
  );
export const restoreNamespace = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/namespaces/{id}/restore', { params: { path: { tenantId, id } } }));
export const resetAgentKey = (tenantId: string, id: string, overlapSeconds: number) =>
  read(
    api.POST('/v1/tenants/{tenantId}/namespaces/{id}/agent-key/reset', {
      params: { path: { tenantId, id } },
      body: { overlapSeconds },
    }),
  );
export const resetServiceKey = (tenantId: string, id: string, overlapSeconds: number) =>
  read(
    api.POST('/v1/tenants/{tenantId}/namespaces/{id}/service-key/reset', {
      params: { path: { tenantId, id } },
      body: { overlapSeconds },
    }),
  );

/** The settings of a namespace as a whole. */

export type NamespaceComparison = Schemas['NamespaceComparison'];
export type SettingsChange = Schemas['SettingsChange'];
export type NamespaceSettings = Schemas['NamespaceSettings'];

const path = '/v1/tenants/{tenantId}/namespaces/{id}';
const at = (tenantId: string, id: string) => ({ params: { path: { tenantId, id } } });

export const duplicateNamespace = (
  tenantId: string,
  id: string,
  body: Schemas['NamespaceCopyInput'],
  key = newIdempotencyKey(),
) =>
  read(api.POST(`${path}/duplicate`, { params: { path: { tenantId, id }, header: { 'Idempotency-Key': key } }, body }));
export const exportNamespace = (tenantId: string, id: string) => read(api.POST(`${path}/export`, at(tenantId, id)));
export const namespaceComparison = (tenantId: string, id: string, other: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', id, 'comparison', other),
    queryFn: ({ signal }) =>
      read(api.GET(`${path}/comparison`, { params: { path: { tenantId, id }, query: { with: other } }, signal })),
    staleTime: 0,
  });
export const promoteNamespace = (tenantId: string, id: string, body: Schemas['NamespacePromotionInput']) =>
  read(api.POST(`${path}/promote`, { ...at(tenantId, id), body }));
export const previewImport = (tenantId: string, id: string, settings: Schemas['NamespaceSettingsInput']) =>
  read(api.POST(`${path}/import/preview`, { ...at(tenantId, id), body: { settings } }));
export const importNamespace = (tenantId: string, id: string, body: Schemas['NamespaceImportInput']) =>
  read(api.POST(`${path}/import`, { ...at(tenantId, id), body }));
