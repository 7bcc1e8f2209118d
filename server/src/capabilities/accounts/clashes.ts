import { canonicalEmail, skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { occupantsOf } from './deleted-store.ts';
import type { ProvisionedPerson } from './provisioned-person.ts';

/** What a name or an address that provisioning wants belongs to already. */
export interface Clash {
  accountId: string;
  source: 'local' | 'scim';
  displayName: string;
  /** Canonical: by what it is one. */
  takenName: string | null;
  takenEmail: string | null;
}

/** The accounts of the tenant, local ones too, that have the name or the address that a person would get. */
export async function clashesOf(
  ctx: TenantContext,
  person: Pick<ProvisionedPerson, 'userName' | 'email'>,
): Promise<Clash[]> {
  const address = person.email === null ? undefined : canonicalEmail(person.email);
  const emailCanonical = address?.ok ? address.canonical : null;
  const usernameCanonical = skeleton(person.userName);
  const occupants = await occupantsOf(ctx, { usernameCanonical, emailCanonical });
  return occupants.map((account) => ({
    accountId: account.id,
    source: account.source === 'scim' ? 'scim' : 'local',
    displayName: account.displayName,
    takenName: account.usernameCanonical === usernameCanonical ? usernameCanonical : null,
    takenEmail: account.emailCanonical === emailCanonical ? emailCanonical : null,
  }));
}
