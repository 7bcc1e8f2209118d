import type { components } from '@bailiwick/sdk';
import { queryOptions } from '@tanstack/react-query';
import { said } from '../messages/said.ts';
import { api, read } from './client.ts';

type Schemas = components['schemas'];

export const me = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => read(api.GET('/v1/me', { signal })),
  staleTime: 60_000,
});

export const mySessions = queryOptions({
  queryKey: ['me', 'sessions'],
  queryFn: ({ signal }) => read(api.GET('/v1/me/sessions', { params: { query: { limit: 200 } }, signal })),
});

export const regions = queryOptions({
  queryKey: ['regions'],
  queryFn: ({ signal }) => read(api.GET('/v1/regions', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const topics = queryOptions({
  queryKey: ['topics'],
  queryFn: async ({ signal }) => {
    const { items, ...rest } = await read(api.GET('/v1/topics', { signal }));
    const titled = <T extends { title: string }>(each: T) => ({ ...each, title: said(each.title) });
    return {
      ...rest,
      items: items.map((topic) => ({ ...titled(topic), permissions: topic.permissions.map(titled) })),
    };
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Ends the session. @returns where the identity provider signs out too */
export const signOut = () => read(api.POST('/v1/sessions/current/sign-out'));
export const endSession = (id: string) => read(api.DELETE('/v1/me/sessions/{id}', { params: { path: { id } } }));

export const endSessions = (keepCurrent: boolean) =>
  read(api.DELETE('/v1/me/sessions', { params: { query: keepCurrent ? { keepCurrent: 'true' } : {} } }));

export const deviceRequest = (userCode: string) =>
  read(api.POST('/v1/me/device-requests/question', { body: { userCode } }));
export const allowDevice = (userCode: string) => read(api.POST('/v1/me/device-requests/allow', { body: { userCode } }));
export const refuseDevice = (userCode: string) =>
  read(api.POST('/v1/me/device-requests/refuse', { body: { userCode } }));

export const register = (body: Schemas['NewRegistrationInput']) => read(api.POST('/v1/registrations', { body }));
export const registrationOf = (token: string) => read(api.POST('/v1/registrations/question', { body: { token } }));
export const completeRegistration = (body: Schemas['CompleteRegistrationInput']) =>
  read(api.POST('/v1/registrations/complete', { body }));
export const firstRunOf = (token: string) => read(api.POST('/v1/first-run/question', { body: { token } }));
export const firstRun = (body: Schemas['FirstRunInput']) => read(api.POST('/v1/first-run', { body }));
export const invitationOf = (token: string) => read(api.POST('/v1/invitations/question', { body: { token } }));
export const acceptInvitation = (body: Schemas['AcceptInvitationInput']) =>
  read(api.POST('/v1/invitations/accept', { body }));
