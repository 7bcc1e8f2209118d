import type { components } from '@bailiwick/sdk';
import { queryOptions } from '@tanstack/react-query';
import { api, read, readVersioned } from './client.ts';
import { keyOf } from './tenant.ts';

/** Tenants, beyond what the frame asks for ahead of their pages. */

type Schemas = components['schemas'];

export const changeTenant = (tenantId: string, version: string, body: Schemas['TenantChangesInput']) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}', { params: { path: { tenantId }, header: { 'If-Match': version } }, body }),
  );

export const closePreflight = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'close'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/close/preflight', { params: { path: { tenantId } }, signal })),
  });
export const closeTenant = (tenantId: string, confirmName: string) =>
  read(api.POST('/v1/tenants/{tenantId}/close', { params: { path: { tenantId } }, body: { confirmName } }));
export const restoreTenant = (tenantId: string) =>
  read(api.POST('/v1/tenants/{tenantId}/restore', { params: { path: { tenantId } } }));
