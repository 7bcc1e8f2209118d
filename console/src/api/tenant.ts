import type { components, paths } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read, readVersioned } from './client.ts';

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
export const createGroup = (tenantId: string, body: Schemas['NewGroupInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/groups', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const changeGroup = (tenantId: string, id: string, version: string, body: Schemas['GroupChangesInput']) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}/groups/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
      body,
    }),
  );
export const deleteGroup = (tenantId: string, id: string, version: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/groups/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
    }),
  );
export const enableGroup = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/groups/{id}/enable', { params: { path: { tenantId, id } } }));
export const disableGroup = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/groups/{id}/disable', { params: { path: { tenantId, id } } }));
export const members = (
  tenantId: string,
  id: string,
  query: QueryOf<'/v1/tenants/{tenantId}/groups/{id}/members'> = {},
) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'groups', id, 'members', query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/groups/{id}/members', { params: { path: { tenantId, id }, query }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
export const addMembers = (tenantId: string, id: string, body: Schemas['NewMembersInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/groups/{id}/members', { params: { path: { tenantId, id } }, body }));
export const removeMember = (tenantId: string, id: string, memberId: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/groups/{id}/members/{memberId}', {
      params: { path: { tenantId, id, memberId } },
    }),
  );
export const grants = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'groups', id, 'grants'),
    queryFn: ({ signal }) =>
      readVersioned(
        api.GET('/v1/tenants/{tenantId}/groups/{id}/grants', { params: { path: { tenantId, id } }, signal }),
      ),
  });
export const replaceGrants = (tenantId: string, id: string, version: string, body: Schemas['GrantsInput']) =>
  readVersioned(
    api.PUT('/v1/tenants/{tenantId}/groups/{id}/grants', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
      body,
    }),
  );
export const previewGrants = (tenantId: string, id: string, body: Schemas['GrantsInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/groups/{id}/grants/preview', { params: { path: { tenantId, id } }, body }));

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
export const createServiceAccount = (
  tenantId: string,
  body: Schemas['NewServiceAccountInput'],
  key = newIdempotencyKey(),
) =>
  read(
    api.POST('/v1/tenants/{tenantId}/service-accounts', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const changeServiceAccount = (
  tenantId: string,
  id: string,
  version: string,
  body: Schemas['ServiceAccountChangesInput'],
) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}/service-accounts/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
      body,
    }),
  );
export const deleteServiceAccount = (tenantId: string, id: string, version: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/service-accounts/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
    }),
  );
export const enableServiceAccount = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/service-accounts/{id}/enable', { params: { path: { tenantId, id } } }));
export const disableServiceAccount = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/service-accounts/{id}/disable', { params: { path: { tenantId, id } } }));
export const keys = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'service-accounts', id, 'keys'),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/service-accounts/{id}/keys', {
          params: { path: { tenantId, id }, query: { limit: 200 } },
          signal,
        }),
      ),
  });
/** How many service accounts are asked at a time. */
const ASKED_AT_ONCE = 8;
/**
 * The id of the service account that a key is of, null when none says so. The API names a key's holder nowhere, so the
 * accounts are asked for their keys, a few at a time, until one has it.
 */
export const holderOfKey = (tenantId: string, keyId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'service-accounts', 'holder', keyId),
    queryFn: async ({ client }): Promise<string | null> => {
      for (let cursor: string | undefined; ; ) {
        const page = await client.fetchQuery(
          serviceAccounts(tenantId, { limit: 200, ...(cursor === undefined ? {} : { cursor }) }),
        );
        for (let at = 0; at < page.items.length; at += ASKED_AT_ONCE) {
          const asked = page.items.slice(at, at + ASKED_AT_ONCE);
          const held = await Promise.all(asked.map(({ id }) => client.fetchQuery(keys(tenantId, id))));
          const found = asked.find((_, index) => held[index]?.items.some(({ id }) => id === keyId));
          if (found) return found.id;
        }
        if (page.nextCursor === null) return null;
        cursor = page.nextCursor;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
export const issueKey = (tenantId: string, id: string, body: Schemas['NewKeyInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/service-accounts/{id}/keys', {
      params: { path: { tenantId, id }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const revokeKey = (tenantId: string, id: string, keyId: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/service-accounts/{id}/keys/{keyId}', {
      params: { path: { tenantId, id, keyId } },
    }),
  );

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
export const previewUndo = (tenantId: string, body: Schemas['UndoWindowInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/provisioning/undo/preview', { params: { path: { tenantId } }, body }));
export const startUndo = (tenantId: string, body: Schemas['UndoWindowInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/provisioning/undo', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );

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

/* Namespaces */

export const namespaces = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/namespaces'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/namespaces', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const namespace = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'namespaces', id),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/namespaces/{id}', { params: { path: { tenantId, id } }, signal })),
  });
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
