import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** Groups of one tenant that another imports by key. */

type Schemas = components['schemas'];
export type GroupImport = Schemas['GroupImport'];
export type ImportKey = Schemas['ImportKey'];
export type ImportedMember = Schemas['ImportedMember'];
export type ImportPreview = Schemas['GroupImportPreview'];

const path = (tenantId: string, id: string) => ({ path: { tenantId, id } });

export const groupImports = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/group-imports'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'group-imports', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/group-imports', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const importedMembers = (
  tenantId: string,
  id: string,
  query: QueryOf<'/v1/tenants/{tenantId}/group-imports/{id}/members'> = {},
) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'group-imports', `${id}/members`, query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/group-imports/{id}/members', {
          params: { path: { tenantId, id }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
/** Who would lose what by the end of an import. */
export const previewImport = (tenantId: string, id: string, body: Schemas['GroupImportLookInput']) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'group-import-previews', id, body),
    queryFn: ({ signal }) =>
      read(api.POST('/v1/tenants/{tenantId}/group-imports/{id}/preview', { params: path(tenantId, id), body, signal })),
    gcTime: 0,
  });
export const importActs = (
  tenantId: string,
  id: string,
  query: QueryOf<'/v1/tenants/{tenantId}/group-imports/{id}/acts'>,
) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'group-imports', `${id}/acts`, query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/group-imports/{id}/acts', {
          params: { path: { tenantId, id }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
export const endImport = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/group-imports/{id}/end', { params: path(tenantId, id) }));
export const askAboutKey = (tenantId: string, key: string) =>
  read(api.POST('/v1/tenants/{tenantId}/group-imports/question', { params: { path: { tenantId } }, body: { key } }));
export const importGroup = (tenantId: string, body: Schemas['NewGroupImportInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/group-imports', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );

export const importKeys = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/import-keys'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'import-keys', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/import-keys', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const makeImportKey = (tenantId: string, body: Schemas['NewImportKeyInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/import-keys', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const revokeImportKey = (tenantId: string, id: string) =>
  read(api.DELETE('/v1/tenants/{tenantId}/import-keys/{id}', { params: path(tenantId, id) }));
