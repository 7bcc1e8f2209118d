import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { languages } from '../messages/languages.ts';
import { api, newIdempotencyKey, read } from './client.ts';
import { ApiProblem, Unreachable } from './problem.ts';
import { keyOf, type QueryOf, taskResultUrl } from './tenant.ts';

/** What is done with accounts beyond one field of one of them. */

type Schemas = components['schemas'];
export type AccountAccess = Schemas['AccountAccess'];
export type AccountSignIn = Schemas['AccountSignIn'];
export type Factor = Schemas['Factor'];
export type ListedIdentity = Schemas['ListedIdentity'];

/** These accounts, or all that a list shows. */
export type Which = { ids: string[] } | { filter: NonNullable<Schemas['ManyAccountsInput']['filter']> };

export type ActOnMany = 'enable-many' | 'disable-many' | 'invite-again-many' | 'delete-many';

export const startActOnMany = (tenantId: string, act: ActOnMany, which: Which) =>
  read(api.POST(`/v1/tenants/{tenantId}/accounts/${act}`, { params: { path: { tenantId } }, body: which }));

export const exportMany = (tenantId: string, format: 'csv' | 'json', which: Which) =>
  read(
    api.POST('/v1/tenants/{tenantId}/accounts/export-many', {
      params: { path: { tenantId } },
      body: { format, ...which },
    }),
  );

export const startGroupActOnMany = (
  tenantId: string,
  act: 'add-to-group' | 'remove-from-group',
  groupId: string,
  which: Which,
) =>
  read(
    api.POST(`/v1/tenants/{tenantId}/accounts/${act}`, {
      params: { path: { tenantId } },
      body: { groupId, ...which },
    }),
  );

export const inviteMany = (tenantId: string, csv: string, key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/accounts/invite-many', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body: { csv },
    }),
  );

export const task = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'tasks', id),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/tasks/{id}', { params: { path: { tenantId, id } }, signal })),
  });

/** The file of a task, as text. */
export const taskResult = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'tasks', id, 'result'),
    queryFn: async ({ signal }) => {
      const response = await fetch(taskResultUrl(tenantId, id), { signal }).catch((cause) => {
        throw new Unreachable(cause);
      });
      if (!response.ok) throw ApiProblem.of(response, await response.json().catch(() => undefined));
      return response.text();
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const changeEmail = (tenantId: string, id: string, email: string) =>
  read(
    api.POST('/v1/tenants/{tenantId}/accounts/{id}/email-change', {
      params: { path: { tenantId, id } },
      body: { email },
    }),
  );
export const cancelEmailChange = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/accounts/{id}/email-change/cancel', { params: { path: { tenantId, id } } }));

export const accountAccess = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'accounts', id, 'access'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/accounts/{id}/access', { params: { path: { tenantId, id } }, signal })),
  });
export const accountSignIns = (
  tenantId: string,
  id: string,
  query: QueryOf<'/v1/tenants/{tenantId}/accounts/{id}/sign-ins'> = {},
) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'accounts', id, 'sign-ins', query),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/accounts/{id}/sign-ins', { params: { path: { tenantId, id }, query }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
export const accountFactors = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'accounts', id, 'factors'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/accounts/{id}/factors', { params: { path: { tenantId, id } }, signal })),
  });
export const resetAccountFactors = (tenantId: string, id: string) =>
  read(api.DELETE('/v1/tenants/{tenantId}/accounts/{id}/factors', { params: { path: { tenantId, id } } }));
export const accountIdentities = (tenantId: string, id: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'accounts', id, 'identities'),
    queryFn: ({ signal }) =>
      read(
        api.GET('/v1/tenants/{tenantId}/accounts/{id}/identities', {
          params: { path: { tenantId, id }, query: { limit: 200 } },
          signal,
        }),
      ),
  });
export const exportAccount = (tenantId: string, id: string, key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/accounts/{id}/export', {
      params: { path: { tenantId, id }, header: { 'Idempotency-Key': key } },
    }),
  );
export const eraseAccount = (tenantId: string, id: string) =>
  read(api.POST('/v1/tenants/{tenantId}/accounts/{id}/erase', { params: { path: { tenantId, id } } }));

/* The person's own */

export const ownEmail = queryOptions({
  queryKey: ['me', 'email'],
  queryFn: ({ signal }) => read(api.GET('/v1/me/email', { signal })),
});
export const changeOwnEmail = (email: string) => read(api.POST('/v1/me/email/change', { body: { email } }));
export const cancelOwnEmailChange = () => read(api.POST('/v1/me/email/cancel'));
export const ownLanguage = queryOptions({
  queryKey: ['me', 'language'],
  queryFn: ({ signal }) => read(api.GET('/v1/me/language', { signal })),
});
export const changeOwnLanguage = (language: keyof typeof languages) =>
  read(api.POST('/v1/me/language/change', { body: { language } }));
export const exportOwn = () => read(api.POST('/v1/me/export'));
export const askErasure = () => read(api.POST('/v1/me/erasure-request'));
export const emailChangeOf = (token: string) => read(api.POST('/v1/email-changes/question', { body: { token } }));
export const confirmEmail = (token: string) => read(api.POST('/v1/email-changes/confirm', { body: { token } }));
