import type { z } from 'zod';
import { canonicalEmail } from '../../kernel/canonical.ts';
import type { RequestFacts } from '../../kernel/context.ts';
import { languageOfRequest } from '../../kernel/messages/languages.ts';
import { type FieldError, invalid } from '../../kernel/problem.ts';
import { checkCompanyId, checkDomain, checkTaxId } from './identifiers.ts';
import type { CompleteRegistration } from './schema.ts';
import type { NewRow } from './store.ts';

type Profile = Omit<z.output<typeof CompleteRegistration>, 'token' | 'password'>;

interface Identifiers {
  country: string;
  companyId?: string | null | undefined;
  taxId?: string | null | undefined;
  supportDomain?: string | null | undefined;
}

/** Identifiers in the form in which they are stored, by the rules of the country; what is wrong goes to `errors`. */
export function checkIdentifiers({ country, companyId, taxId, supportDomain }: Identifiers, errors: FieldError[]) {
  const stored = (
    path: string,
    value: string | null | undefined,
    check: (value: string) => ReturnType<typeof checkDomain>,
  ) => {
    if (value === null || value === undefined) return null;
    const checked = check(value);
    if (checked.ok) return checked.normalised;
    errors.push({ path, message: checked.message });
    return null;
  };
  return {
    companyId: stored('companyId', companyId, (value) => checkCompanyId(country, value)),
    taxId: stored('taxId', taxId, (value) => checkTaxId(country, value)),
    supportDomain: stored('supportDomain', supportDomain, checkDomain),
  };
}

/**
 * A new tenant's row and its owner's address from what was typed.
 *
 * @param email with where it stands in the input; undefined when it was checked before
 * @throws {Problem} 400 that names each field that breaks a rule
 */
export function checkProfile(
  profile: Profile,
  request: RequestFacts,
  type: NewRow['type'],
  email?: { path: string; value: string },
): NewRow {
  const errors: FieldError[] = [];
  const identifiers = checkIdentifiers(profile, errors);
  if (email) {
    const address = canonicalEmail(email.value);
    if (!address.ok) errors.push({ path: email.path, message: address.reason });
  }
  if (errors.length) throw invalid(...errors);
  const { name, displayName, legalName, country, phone, primaryAddress, billingAddress, language } = profile;
  return {
    name,
    displayName,
    legalName,
    type,
    country,
    ...identifiers,
    phone: phone ?? null,
    primaryAddress: primaryAddress ?? null,
    billingAddress: billingAddress ?? null,
    language: language ?? languageOfRequest(request),
  };
}
