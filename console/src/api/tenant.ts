import type { components, paths } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, everyItem, newIdempotencyKey, read, readVersioned } from './client.ts';

type Schemas = components['schemas'];
export type QueryOf<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;

/** Every key of a tenant's data starts with it, so that switching can clear the rest. */
export const keyOf = (tenantId: string, ...rest: unknown[]) => ['t', tenantId, ...rest];

/* Tenants */

export const tenantsPage = (query: QueryOf<'/v1/tenants'>) =>
  queryOptions({
    queryKey: ['tenants', query],
    queryFn: ({ signal }) => read(api.GET('/v1/tenants', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });

export const tenant = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'tenant'),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}', { params: { path: { tenantId } }, signal })),
  });

/** What the caller holds there; of home `me` says it. */
export const ownRights = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'own-rights'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/access/own', { params: { path: { tenantId } }, signal })),
    staleTime: 60_000,
    retry: false,
  });

export const overview = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'overview'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/overview', { params: { path: { tenantId } }, signal })),
    // A set-up step that was just done is ticked when one comes back to it.
    staleTime: 0,
  });

/* Notices and tasks */

export const notices = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/notices'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'notices', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/notices', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const markNoticesRead = (tenantId: string, ids?: string[]) =>
  read(api.POST('/v1/tenants/{tenantId}/notices/read', { params: { path: { tenantId } }, body: ids ? { ids } : {} }));

export const tasks = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/tasks'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'tasks', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/tasks', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const cancelTask = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/tasks/{id}/cancel', { params: { path: { tenantId, id } } }));
export const taskResultUrl = (tenantId: string, id: string) => `/v1/tenants/${tenantId}/tasks/${id}/result`;

/* Accounts */

export const accounts = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/accounts'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'accounts', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/accounts', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const account = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'accounts', id),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/accounts/{id}', { params: { path: { tenantId, id } }, signal })),
  });
export const inviteAccount = (tenantId: string, body: Schemas['NewAccountInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/accounts', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const changeAccount = (tenantId: string, id: string, version: string, body: Schemas['AccountChangesInput']) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}/accounts/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
      body,
    }),
  );
export const deleteAccount = (tenantId: string, id: string, version: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/accounts/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
    }),
  );
export const enableAccount = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/accounts/{id}/enable', { params: { path: { tenantId, id } } }));
export const disableAccount = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/accounts/{id}/disable', { params: { path: { tenantId, id } } }));
export const resendInvitation = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/accounts/{id}/invite', { params: { path: { tenantId, id } } }));
export const accountSessions = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'accounts', id, 'sessions'),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/accounts/{id}/sessions', {
          params: { path: { tenantId, id }, query: { limit: 200 } },
          signal,
        }),
      ),
  });
export const endAccountSessions = (tenantId: string, id: string) =>
  read(api.DELETE('/v1/tenants/{tenantId}/accounts/{id}/sessions', { params: { path: { tenantId, id } } }));

/* Security groups */

export const groups = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/groups'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'groups', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/groups', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const group = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'groups', id),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/groups/{id}', { params: { path: { tenantId, id } }, signal })),
  });

/* Service accounts */

export const serviceAccounts = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/service-accounts'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'service-accounts', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/service-accounts', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const serviceAccount = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'service-accounts', id),
    queryFn: ({ signal }) =>
      readVersioned(
        api.GET('/v1/tenants/{tenantId}/service-accounts/{id}', { params: { path: { tenantId, id } }, signal }),
      ),
  });

/* Identity providers; what is done with them stands in `providers.ts` */

export const identityProviders = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/identity-providers'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'identity-providers', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/identity-providers', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const identityProvider = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'identity-providers', id),
    queryFn: ({ signal }) =>
      readVersioned(
        api.GET('/v1/tenants/{tenantId}/identity-providers/{id}', { params: { path: { tenantId, id } }, signal }),
      ),
  });

/* Provisioning */

export const provisioning = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'provisioning', 'settings'),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/provisioning', { params: { path: { tenantId } }, signal })),
  });

/* Provisioning tokens */

export const tokens = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/provisioning-tokens'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'provisioning-tokens', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/provisioning-tokens', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const token = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'provisioning-tokens', id),
    queryFn: ({ signal }) =>
      readVersioned(
        api.GET('/v1/tenants/{tenantId}/provisioning-tokens/{id}', { params: { path: { tenantId, id } }, signal }),
      ),
  });

/* Namespaces */

export const namespaces = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/namespaces'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/namespaces', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
/** All of them, by name. */
export const everyNamespace = (tenantId: string, status: 'active' | 'deleted' = 'active') =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', 'list', 'every', status),
    queryFn: ({ client }) =>
      everyItem((from) => client.fetchQuery(namespaces(tenantId, { ...from, sort: 'name', status }))),
  });
export const namespace = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', id),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/namespaces/{id}', { params: { path: { tenantId, id } }, signal })),
  });

/* Audit */

export const auditEntries = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/audit-entries'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'audit', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/audit-entries', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const exportAudit = (tenantId: string, body: Schemas['AuditExportInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/audit-entries/export', { params: { path: { tenantId } }, body }));
export const auditEntry = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'audit', 'entry', id),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/audit-entries/{id}', { params: { path: { tenantId, id } }, signal })),
  });
