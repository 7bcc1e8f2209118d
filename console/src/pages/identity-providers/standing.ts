import type { Connection } from './connection.ts';

/** How a provider stands, by what is known of it. */

/** When the last thing that vouches for its answers is over: the client secret, or the newest certificate. */
export const endOf = ({ type, clientSecret, certificates = [] }: Connection): string | null =>
  type === 'saml'
    ? (certificates
        .map(({ expiresAt }) => expiresAt)
        .sort()
        .at(-1) ?? null)
    : clientSecret.expiresAt;

/** Whether the provider as it is now passed a test. */
export const isProved = ({ lastTest, updatedAt }: Pick<Connection, 'lastTest' | 'updatedAt'>): boolean =>
  lastTest?.state === 'passed' && Date.parse(lastTest.at) >= Date.parse(updatedAt);
