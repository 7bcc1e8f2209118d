import type { components } from '@bailiwick/sdk';
import { PasskeyRefused } from './problem.ts';

type Schemas = components['schemas'];

/** Pages without TLS have none, but for localhost. */
export const canUsePasskeys = () => typeof PublicKeyCredential === 'function';

/** Loaded when a passkey is asked for. */
const library = () => import('@simplewebauthn/browser');

async function ask<T>(work: (browser: Awaited<ReturnType<typeof library>>) => Promise<T>): Promise<T> {
  const browser = await library();
  try {
    return await work(browser);
  } catch (cause) {
    if (cause instanceof browser.WebAuthnError || (cause instanceof Error && cause.name === 'NotAllowedError'))
      throw new PasskeyRefused(cause.message, { cause });
    throw cause;
  }
}

/** @throws {PasskeyRefused} */
export const createPasskey = (optionsJSON: Schemas['PasskeyCreationOptions']) =>
  ask(({ startRegistration }) => startRegistration({ optionsJSON: optionsJSON as never })) as Promise<
    Schemas['PasskeyRegistrationInput']
  >;

/** @throws {PasskeyRefused} */
export const answerPasskey = (optionsJSON: Schemas['PasskeyRequestOptions']) =>
  ask(({ startAuthentication }) => startAuthentication({ optionsJSON: optionsJSON as never })) as Promise<
    Schemas['PasskeyAssertionInput']
  >;
