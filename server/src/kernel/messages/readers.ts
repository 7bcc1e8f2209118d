import { sql } from 'kysely';

/** Of an account with its tenant: in which language its person is written to (`languageFor`). */
export const reader = [
  'accounts.language',
  'tenants.language as tenantLanguage',
  sql<string | null>`accounts.attributes ->> 'preferredLanguage'`.as('preferredLanguage'),
] as const;
