import type { TenantContext } from '../../kernel/context.ts';
import { forbidden } from '../../kernel/problem.ts';

export interface Caller {
  accountId: string;
  sessionId: string;
}

/** The person of the calling session. @throws {Problem} 403 `people-only` for a machine */
export function personOf({ actor }: TenantContext): Caller {
  if (actor.kind !== 'account' || !actor.id || !actor.credentialId)
    throw forbidden('people-only', 'Only a person who is signed in has these.');
  return { accountId: actor.id, sessionId: actor.credentialId };
}

/** Entries about factors are about their account, whose key encrypts what is personal in them. */
export const ofAccount = (accountId: string) => ({ kind: 'account', id: accountId });
