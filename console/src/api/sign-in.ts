import type { components } from '@bailiwick/sdk';
import { queryOptions } from '@tanstack/react-query';
import { api, read } from './client.ts';
import { answerPasskey, createPasskey } from './passkeys.ts';

/** Sign-in, and what a person signs in by. */

type Schemas = components['schemas'];
export type SignedIn = Schemas['SignedIn'];
export type Step = NonNullable<SignedIn['asks']>[number];
export type Enrolled = Schemas['Enrolled'];
export type SignInMethod = Schemas['SignInPage']['methods'][number];
export type Logo = NonNullable<Schemas['SignInPage']['logo']>;
export type Factors = Schemas['Factors'];
export type BegunTotp = Schemas['BegunTotp'];

/* Before anybody is known */

export const discover = (email: string) => read(api.POST('/v1/sign-in/discover', { body: { email } }));

export const signInPage = (tenantId: string) =>
  queryOptions({
    queryKey: ['sign-in', tenantId],
    queryFn: ({ signal }) =>
      read(api.GET('/v1/sign-in/tenants/{tenantId}', { params: { path: { tenantId } }, signal })),
  });

export const signIn = (body: Schemas['SignInInput']) => read(api.POST('/v1/sessions', { body }));
export const signInByEmergencyCode = (body: Schemas['EmergencySignInInput']) =>
  read(api.POST('/v1/sign-in/emergency-code', { body }));

/** @throws {PasskeyRefused} */
export async function signInByPasskey() {
  const response = await answerPasskey(await read(api.POST('/v1/sign-in/passkeys/options')));
  return read(api.POST('/v1/sign-in/passkeys', { body: { response } }));
}

export const mailSignInLink = (body: Schemas['MailedLinkRequestInput']) =>
  read(api.POST('/v1/sign-in/links', { body }));
export const signInByLink = (secret: string) => read(api.POST('/v1/sign-in/links/accept', { body: { secret } }));
export const linkCode = (secret: string) => read(api.POST('/v1/sign-in/links/code', { body: { secret } }));
export const signInByLinkCode = (email: string, code: string) =>
  read(api.POST('/v1/sign-in/links/by-code', { body: { email, code } }));
export const forgetPassword = (body: Schemas['MailedLinkRequestInput']) =>
  read(api.POST('/v1/sign-in/password-resets', { body }));
export const passwordResetOf = (secret: string) =>
  read(api.POST('/v1/sign-in/password-resets/question', { body: { secret } }));
export const resetPassword = (body: Schemas['PasswordResetInput']) =>
  read(api.POST('/v1/sign-in/password-resets/accept', { body }));

/* A sign-in that is not finished */

export const unfinishedSignIn = queryOptions({
  queryKey: ['sign-in', 'unfinished'],
  queryFn: ({ signal }) => read(api.GET('/v1/sign-in/unfinished', { signal })),
  gcTime: 0,
  retry: false,
});
const finish = (body: Schemas['FinishedSignInInput']) => read(api.POST('/v1/sign-in/finish', { body }));
export const finishByTotp = (totp: string) => finish({ totp });
export const finishByRecoveryCode = (recoveryCode: string) => finish({ recoveryCode });
export const finishByNewPassword = (newPassword: string) => finish({ newPassword });
/** @throws {PasskeyRefused} */
export const finishByPasskey = async () =>
  finish({ passkey: await answerPasskey(await read(api.POST('/v1/sign-in/unfinished/passkeys/options'))) });

export const beginEnrollingTotp = () => read(api.POST('/v1/sign-in/unfinished/totp'));
export const enrolTotp = (code: string) =>
  read(api.POST('/v1/sign-in/unfinished/totp/confirmation', { body: { code } }));
/** @throws {PasskeyRefused} */
export async function enrolPasskey(name: string) {
  const response = await createPasskey(await read(api.POST('/v1/sign-in/unfinished/new-passkey/options')));
  return read(api.POST('/v1/sign-in/unfinished/new-passkey', { body: { name, response } }));
}

/* What a person signs in by */

export const factors = queryOptions({
  queryKey: ['me', 'factors'],
  queryFn: ({ signal }) => read(api.GET('/v1/me/factors', { signal })),
});
export const beginTotp = () => read(api.POST('/v1/me/totp'));
export const addTotp = (code: string) => read(api.POST('/v1/me/totp/confirmation', { body: { code } }));
/** @throws {PasskeyRefused} */
export async function addPasskey(name: string) {
  const response = await createPasskey(await read(api.POST('/v1/me/passkeys/options')));
  return read(api.POST('/v1/me/passkeys', { body: { name, response } }));
}
export const renameFactor = ({ id, version }: { id: string; version: number }, name: string) =>
  read(
    api.PATCH('/v1/me/factors/{id}', {
      params: { path: { id }, header: { 'If-Match': `"${version}"` } },
      body: { name },
    }),
  );
export const removeFactor = (id: string) => read(api.DELETE('/v1/me/factors/{id}', { params: { path: { id } } }));
export const renewRecoveryCodes = () => read(api.POST('/v1/me/recovery-codes'));
export const changePassword = (body: Schemas['PasswordChangeInput']) => read(api.PUT('/v1/me/password', { body }));

export const myIdentities = queryOptions({
  queryKey: ['me', 'identities'],
  queryFn: ({ signal }) => read(api.GET('/v1/me/identities', { params: { query: { limit: 200 } }, signal })),
});
/** @returns where the browser goes to link the account, and comes back from to this page */
export const linkWithProvider = (tenantId: string, id: string) =>
  read(
    api.POST('/v1/tenants/{tenantId}/identity-providers/{id}/link', {
      params: { path: { tenantId, id } },
      body: { returnTo: location.pathname },
    }),
  );

/* A fresh proof */

export const stepUpOptions = queryOptions({
  queryKey: ['me', 'step-up'],
  queryFn: () => read(api.POST('/v1/me/step-up/options')),
  gcTime: 0,
  staleTime: 0,
});
export const stepUp = (body: Schemas['StepUpInput']) => read(api.POST('/v1/me/step-up', { body }));
/** @returns where the browser goes to prove it, and comes back from to this page */
export const proveAtProvider = (tenantId: string, id: string) =>
  read(
    api.POST('/v1/tenants/{tenantId}/identity-providers/{id}/prove', {
      params: { path: { tenantId, id } },
      body: { returnTo: location.pathname + location.search },
    }),
  );
