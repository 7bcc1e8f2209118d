import type { TenantContext } from '../../kernel/context.ts';
import { countGuess, type GuessLimit } from '../../kernel/guesses.ts';
import { Problem, tooMany } from '../../kernel/problem.ts';

/** Mailboxes that a tenant writes to before their person said anything: it is no means to fill them. */

const HOUR = 3600;
const TO_ONE = 10;
const CHANGES_OF_ONE = 10;
const CHANGES_OF_A_TENANT = 1000;

/**
 * Counts a mail to an address, whatever accounts have it, had it or are to have it.
 *
 * @throws {Problem} 429 after ten from a tenant within the hour
 */
export const countMailTo = ({ platform, tenantId }: TenantContext, emailCanonical: string): Promise<void> =>
  counted(
    platform,
    [{ purpose: 'mail-of-tenant', of: [tenantId, emailCanonical], limit: TO_ONE, windowSeconds: HOUR }],
    'This address was written to many times within the hour. Wait, then send another mail.',
  );

/** Counts a link that confirms another address of an account. @throws {Problem} 429 */
export async function countEmailChange({ platform, tenantId }: TenantContext, accountId: string): Promise<void> {
  const said = 'Another address was asked for many times within the hour. Wait, then ask again.';
  const limit = (purpose: string, of: string[], most: number) =>
    counted(platform, [{ purpose, of, limit: most, windowSeconds: HOUR }], said);
  // What is refused to one person takes nothing from what all of the tenant may.
  await limit('email-change', [tenantId, accountId], CHANGES_OF_ONE);
  await limit('email-changes', [tenantId], CHANGES_OF_A_TENANT);
}

async function counted(platform: TenantContext['platform'], limits: GuessLimit[], said: string): Promise<void> {
  await countGuess(platform, limits).catch((error) => {
    throw error instanceof Problem ? tooMany(said, HOUR) : error;
  });
}
