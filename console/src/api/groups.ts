import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, newIdempotencyKey, read, readVersioned } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** Security groups, beyond what the frame asks for ahead of their pages. */

type Schemas = components['schemas'];

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
export const changeMember = (tenantId: string, id: string, memberId: string, body: Schemas['MemberChangesInput']) =>
  read(
    api.PATCH('/v1/tenants/{tenantId}/groups/{id}/members/{memberId}', {
      params: { path: { tenantId, id, memberId } },
      body,
    }),
  );
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

export const groupTemplates = queryOptions({
  queryKey: ['group-templates'],
  queryFn: ({ signal }) => read(api.GET('/v1/group-templates', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});
export const duplicateGroup = (
  tenantId: string,
  id: string,
  body: Schemas['GroupCopyInput'],
  key = newIdempotencyKey(),
) =>
  read(
    api.POST('/v1/tenants/{tenantId}/groups/{id}/duplicate', {
      params: { path: { tenantId, id }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const comparison = (tenantId: string, id: string, other: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'groups', id, 'comparison', other),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/groups/{id}/comparison', {
          params: { path: { tenantId, id }, query: { with: other } },
          signal,
        }),
      ),
  });
export const comparedMembers = (
  tenantId: string,
  id: string,
  query: QueryOf<'/v1/tenants/{tenantId}/groups/{id}/comparison/members'>,
) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'groups', id, 'comparison', 'members', query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/groups/{id}/comparison/members', {
          params: { path: { tenantId, id }, query },
          signal,
        }),
      ),
  });
export type GroupLook = Schemas['GroupPreviewInput'];
export const previewGroup = (tenantId: string, id: string, body: GroupLook) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'groups', id, 'preview', body),
    queryFn: ({ signal }) =>
      read(
        api.POST('/v1/tenants/{tenantId}/groups/{id}/preview', { params: { path: { tenantId, id } }, body, signal }),
      ),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
export const previewNames = (tenantId: string, id: string, body: Schemas['GroupPreviewNamesInput']) =>
  read(api.POST('/v1/tenants/{tenantId}/groups/{id}/preview/names', { params: { path: { tenantId, id } }, body }));
