import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read, readVersioned } from './client.ts';
import { groups, keyOf, type QueryOf } from './tenant.ts';

/** What is done with identity providers. */

type Schemas = components['schemas'];

const one = (tenantId: string, id: string) => ({ params: { path: { tenantId, id } } });

export const createProvider = (
  tenantId: string,
  body: Schemas['NewIdentityProviderInput'],
  key = newIdempotencyKey(),
) =>
  read(
    api.POST('/v1/tenants/{tenantId}/identity-providers', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const changeProvider = (
  tenantId: string,
  id: string,
  version: string,
  body: Schemas['IdentityProviderChangesInput'],
) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}/identity-providers/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
      body,
    }),
  );
export const deleteProvider = (tenantId: string, id: string, version: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/identity-providers/{id}', {
      params: { path: { tenantId, id }, header: { 'If-Match': version } },
    }),
  );
export const activateProvider = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/identity-providers/{id}/activate', one(tenantId, id)));
export const deactivateProvider = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/identity-providers/{id}/deactivate', one(tenantId, id)));
export const changeProviderSecret = (tenantId: string, id: string, body: Schemas['NewClientSecretInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/identity-providers/{id}/client-secret', { ...one(tenantId, id), body }));
export const testProvider = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/identity-providers/{id}/test', one(tenantId, id)));
export const readProviderTest = (tenantId: string, id: string, testId: string) =>
  read(
    api.GET('/v1/tenants/{tenantId}/identity-providers/{id}/tests/{testId}', {
      params: { path: { tenantId, id, testId } },
    }),
  );
export const makeProviderKey = (tenantId: string, id: string, overlapSeconds: number) =>
  read(
    api.POST('/v1/tenants/{tenantId}/identity-providers/{id}/keys', {
      ...one(tenantId, id),
      body: { overlapSeconds },
    }),
  );
export const readProviderMetadata = (tenantId: string, body: Schemas['MetadataSourceInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/identity-providers/read-metadata', { params: { path: { tenantId } }, body }));
export const makeSetUpLink = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/identity-providers/{id}/set-up-link', one(tenantId, id)));
export const endSetUpLink = (tenantId: string, id: string) =>
  read(api.DELETE('/v1/tenants/{tenantId}/identity-providers/{id}/set-up-link', one(tenantId, id)));

export const identitiesOf = (
  tenantId: string,
  id: string,
  query: QueryOf<'/v1/tenants/{tenantId}/identity-providers/{id}/identities'> = {},
) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'identity-providers', id, 'identities', query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/identity-providers/{id}/identities', {
          params: { path: { tenantId, id }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
export const endIdentity = (tenantId: string, id: string, identityId: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/identity-providers/{id}/identities/{identityId}', {
      params: { path: { tenantId, id, identityId } },
    }),
  );

export const provenDomains = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'domains', 'proved'),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/domains', {
          params: { path: { tenantId }, query: { limit: 200 } },
          signal,
        }),
      ),
    retry: false,
  });

/** Names of groups by id, for a page that knows ids only; asked for until all are found or there are no more. */
export const groupNames = (tenantId: string, ids: string[]) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'groups', 'names', [...ids].sort()),
    queryFn: async ({ client }) => {
      const names: Record<string, string> = {};
      for (let cursor: string | undefined; ids.some((id) => !names[id]); ) {
        const page = await client.fetchQuery(
          groups(tenantId, { limit: 200, ...(cursor === undefined ? {} : { cursor }) }),
        );
        for (const { id, name } of page.items) names[id] = name;
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      return names;
    },
    retry: false,
    placeholderData: keepPreviousData,
  });

/* Behind a set-up link, without an account */

const setUp = '/v1/identity-provider-set-up' as const;

export const openSetUp = (token: string) => readVersioned(api.POST(`${setUp}/open`, { body: { token } }));
export const changeThroughSetUp = (version: string, body: Schemas['SetUpChangesInput']) =>
  readVersioned(api.PATCH(setUp, { params: { header: { 'If-Match': version } }, body }));
export const changeSecretThroughSetUp = (body: Schemas['SetUpSecretInput']) =>
  read(api.POST(`${setUp}/client-secret`, { body }));
export const readMetadataThroughSetUp = (body: Schemas['SetUpMetadataSourceInput']) =>
  read(api.POST(`${setUp}/read-metadata`, { body }));
export const testThroughSetUp = (token: string) => read(api.POST(`${setUp}/test`, { body: { token } }));
export const readTestThroughSetUp = (token: string, testId: string) =>
  read(api.POST(`${setUp}/read-test`, { body: { token, testId } }));
