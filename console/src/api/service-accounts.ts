import type { components } from '@bailiwick/sdk';
import { queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf, serviceAccounts } from './tenant.ts';

/** Service accounts and their keys, beyond what the frame asks for ahead of their pages. */

type Schemas = components['schemas'];

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
