import type { components } from '@bailiwick/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, everyItem, newIdempotencyKey, read } from './client.ts';
import { keyOf, type QueryOf } from './tenant.ts';

/** People of other tenants here, and ours elsewhere. */

type Schemas = components['schemas'];
export type Guest = Schemas['Guest'];
export type GuestInvitation = Schemas['GuestInvitation'];
export type Visit = Schemas['Visit'];

export const guests = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/guests'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'guests', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/guests', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
/** All of them: their names are at home, so that no list of ours can be searched for one. */
export const everyGuest = (tenantId: string) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'guests', 'list', 'every'),
    queryFn: ({ client }) => everyItem((from) => client.fetchQuery(guests(tenantId, from))),
  });
export const removeGuest = (tenantId: string, id: string) =>
  read(api.DELETE('/v1/tenants/{tenantId}/guests/{id}', { params: { path: { tenantId, id } } }));

export const guestInvitations = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/guest-invitations'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'guest-invitations', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/guest-invitations', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const inviteGuest = (tenantId: string, body: Schemas['NewGuestInvitationInput'], key = newIdempotencyKey()) =>
  read(
    api.POST('/v1/tenants/{tenantId}/guest-invitations', {
      params: { path: { tenantId }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );
export const revokeInvitation = (tenantId: string, id: string) =>
  read(api.DELETE('/v1/tenants/{tenantId}/guest-invitations/{id}', { params: { path: { tenantId, id } } }));

export const visits = (tenantId: string, query: QueryOf<'/v1/tenants/{tenantId}/visits'> = {}) =>
  queryOptions({
    queryKey: keyOf(tenantId, 'visits', 'list', query),
    queryFn: ({ signal }) =>
      read(api.GET('/v1/tenants/{tenantId}/visits', { params: { path: { tenantId }, query }, signal })),
    placeholderData: keepPreviousData,
  });
export const withdrawVisit = (tenantId: string, id: string) =>
  read(api.DELETE('/v1/tenants/{tenantId}/visits/{id}', { params: { path: { tenantId, id } } }));

export const invitationOf = (token: string) => read(api.POST('/v1/me/guest-invitations/question', { body: { token } }));
export const acceptInvitation = (token: string) =>
  read(api.POST('/v1/me/guest-invitations/accept', { body: { token } }));

/** Goes to a tenant that another node serves: its region lets the browser in once, on the word of this one. */
export async function goElsewhere(tenantId: string): Promise<void> {
  const { url } = await read(api.POST('/v1/me/visits/enter', { body: { tenantId } }));
  // Its page goes on without a question for who comes from a page of ours.
  Object.assign(document.createElement('a'), { href: url, referrerPolicy: 'origin' }).click();
}
export const enterAsGuest = (assertion: string) => read(api.POST('/v1/guest-sessions', { body: { assertion } }));

export const ownVisits = queryOptions({
  queryKey: ['me', 'visits'],
  queryFn: ({ signal }) => read(api.GET('/v1/me/visits', { params: { query: { limit: 200 } }, signal })),
});
export const leaveTenant = (id: string) => read(api.DELETE('/v1/me/visits/{id}', { params: { path: { id } } }));
