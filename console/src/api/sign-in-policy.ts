import type { components } from '@bailiwick/sdk';
import { queryOptions } from '@tanstack/react-query';
import { api, read, readVersioned } from './client.ts';
import { keyOf } from './tenant.ts';

type Schemas = components['schemas'];
export type SignInPolicy = Schemas['SignInPolicy'];
export type SingleSignOn = Schemas['SingleSignOn'];

export const signInPolicy = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'sign-in-policy', 'settings'),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/sign-in-policy', { params: { path: { tenantId } }, signal })),
  });
export const changeSignInPolicy = (tenantId: string, version: string, body: Schemas['SignInPolicyChangesInput']) =>
  readVersioned(
    api.PATCH('/v1/tenants/{tenantId}/sign-in-policy', {
      params: { path: { tenantId }, header: { 'If-Match': version } },
      body,
    }),
  );

export const logo = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'sign-in-policy', 'logo'),
    queryFn: ({ signal }) =>
      readVersioned(api.GET('/v1/tenants/{tenantId}/sign-in-policy/logo', { params: { path: { tenantId } }, signal })),
  });
export const changeLogo = (tenantId: string, version: string, image: string) =>
  read(
    api.PUT('/v1/tenants/{tenantId}/sign-in-policy/logo', {
      params: { path: { tenantId }, header: { 'If-Match': version } },
      body: { image },
    }),
  );
export const removeLogo = (tenantId: string, version: string) =>
  read(
    api.DELETE('/v1/tenants/{tenantId}/sign-in-policy/logo', {
      params: { path: { tenantId }, header: { 'If-Match': version } },
    }),
  );

export const singleSignOn = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'sign-in-policy', 'single-sign-on'),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/sign-in-policy/single-sign-on', { params: { path: { tenantId } }, signal })),
    // A condition that was met elsewhere, by signing in through the provider, is ticked when one comes back.
    staleTime: 0,
  });
export const requireSingleSignOn = (tenantId: string) =>
  read(api.POST('/v1/tenants/{tenantId}/sign-in-policy/require-single-sign-on', { params: { path: { tenantId } } }));
export const stopRequiringSingleSignOn = (tenantId: string) =>
  read(
    api.POST('/v1/tenants/{tenantId}/sign-in-policy/stop-requiring-single-sign-on', { params: { path: { tenantId } } }),
  );

export const emergencyCodes = queryOptions({
  queryKey: ['me', 'emergency-codes'],
  queryFn: ({ signal }) => read(api.GET('/v1/me/emergency-codes', { signal })),
});
export const makeEmergencyCodes = () => read(api.POST('/v1/me/emergency-codes'));
export const drillEmergencyCode = (code: string) => read(api.POST('/v1/me/emergency-codes/drill', { body: { code } }));
