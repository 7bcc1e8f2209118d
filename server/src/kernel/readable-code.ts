import { randomBytes } from 'node:crypto';

/** Codes that people keep on paper and type: Crockford's base 32, which has no letters that look alike. */

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 5;
const GROUP_LENGTH = 5;

/** A code of 125 random bits in groups of five, such as `7K3QF-0Z9XA-...`. */
export function newReadableCode(): string {
  const letters = [...randomBytes(GROUPS * GROUP_LENGTH)].map((byte) => alphabet.charAt(byte % 32)).join('');
  return (letters.match(/.{5}/g) ?? []).join('-');
}

/** The one form in which a code is hashed, however it was typed: case, spaces, hyphens, O for 0, I and L for 1. */
export const canonicalCode = (typed: string): string =>
  typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
