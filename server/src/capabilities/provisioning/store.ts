import type { TenantContext } from '../../kernel/context.ts';

/**
 * Makes acts that count or pair the tenant's tokens wait for one another. Rows that refer to the tenant may be written
 * meanwhile.
 */
export const lockTokens = async ({ db }: TenantContext): Promise<void> => {
  await db.selectFrom('tenants').select('tenantId').forNoKeyUpdate().execute();
};
