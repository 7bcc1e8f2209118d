import type { Described } from '../accounts/service.ts';
import type { Mapping } from './schema.ts';

/** Reading claims and attributes: foreign input, whose own properties alone are looked at. */

export type Claims = Readonly<Record<string, unknown>>;

const DEEPEST = 5;

/** A claim by its name as it is, else by the way to it with dots between. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const part of name.split('.', DEEPEST + 1)) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, part)) return undefined;
    at = (at as Claims)[part];
  }
  return at;
}

/** A claim as one text: of several values the first. Numbers are subjects of some providers. */
export function textOf(claims: Claims, name: string | null): string | null {
  if (name === null) return null;
  const value = claimOf(claims, name);
  const one = Array.isArray(value) ? value[0] : value;
  if (typeof one === 'number' && Number.isSafeInteger(one)) return String(one);
  return typeof one === 'string' && one !== '' ? one : null;
}

/**
 * The one text of a claim that says who somebody is, however often it is said. Of several values none: which of them comes
 * first may be up to the person.
 */
export function onlyTextOf(claims: Claims, name: string | null): string | null {
  const value = name === null ? undefined : claimOf(claims, name);
  return Array.isArray(value) && new Set(value).size !== 1 ? null : textOf(claims, name);
}

/** All texts of a claim; what is nested or of another type is none. */
export function textsOf(claims: Claims, name: string | null): Set<string> {
  const value = name === null ? undefined : claimOf(claims, name);
  const all = Array.isArray(value) ? value : [value];
  return new Set(all.filter((each): each is string => typeof each === 'string'));
}

export const describedBy = (claims: Claims, mapping: Mapping): Described => ({
  email: onlyTextOf(claims, mapping.email),
  username: onlyTextOf(claims, mapping.username),
  firstName: textOf(claims, mapping.firstName),
  lastName: textOf(claims, mapping.lastName),
  displayName: textOf(claims, mapping.displayName),
});

/** Whether the provider says, in the tenant's words, that two factors were proved. */
export function provesSecondFactor(claims: Claims, { secondFactorValues }: Mapping): boolean {
  const said = new Set([...textsOf(claims, 'amr'), ...textsOf(claims, 'acr')]);
  return secondFactorValues.some((value) => said.has(value));
}
