import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Checked, checkCompanyId, checkDomain, checkPhone, checkTaxId, isCountry } from './identifiers.ts';

const tax = checkTaxId;
const company = checkCompanyId;

test.each([
  [tax, 'AU', '51 824 753 556', '51824753556'],
  [tax, 'AU', '53-004-085-616', '53004085616'],
  [company, 'AU', '004 085 616', '004085616'],
  [company, 'AU', '010 499 966', '010499966'],
  [tax, 'NZ', '49-091-850', '49091850'],
  [tax, 'NZ', '35901981', '35901981'],
  [tax, 'NZ', '049-098-576', '049098576'],
  [tax, 'NZ', '136-410-132', '136410132'],
  [company, 'NZ', '9429041535110', '9429041535110'],
  [tax, 'GB', 'GB 980 7806 84', 'GB980780684'],
  [tax, 'GB', '980780684', 'GB980780684'],
  [tax, 'GB', 'gb 980 7806 84 001', 'GB980780684001'],
  [tax, 'GB', 'XI980780684', 'XI980780684'],
  [tax, 'GB', '100 0000 34', 'GB100000034'], // of the 9755 series
  [tax, 'GB', 'GBGD001', 'GBGD001'],
  [tax, 'GB', 'HA599', 'GBHA599'],
  [company, 'GB', '445790', '00445790'],
  [company, 'GB', 'sc123456', 'SC123456'],
  [company, 'GB', 'IP12345R', 'IP12345R'],
  [tax, 'DE', 'DE 136 695 976', 'DE136695976'],
  [tax, 'DE', '36 574 261 809', '36574261809'],
  [company, 'DE', 'HRB 6684 B', 'HRB 6684 B'],
  [tax, 'FR', 'Fr 40 303 265 045', 'FR40303265045'],
  [tax, 'FR', 'FR 23 334 175 221', 'FR23334175221'],
  [tax, 'FR', 'FR K7 399 859 412', 'FRK7399859412'],
  [tax, 'FR', 'FR 4Z 123 456 782', 'FR4Z123456782'],
  [company, 'FR', '732 829 320', '732829320'],
  [company, 'FR', '732 829 320 00074', '73282932000074'],
  [company, 'FR', '356 000 000 00048', '35600000000048'],
  [company, 'FR', '356 000 000 49837', '35600000049837'],
  [tax, 'US', '91-1144442', '91-1144442'],
  [tax, 'US', '123456789', '12-3456789'],
  [company, 'US', ' C-0123 ', 'C-0123'],
  [tax, 'JP', 'T1180301018771', 'T1180301018771'],
])('%o of %s takes %j', (check, country, value, normalised) => {
  expect(check(country, value)).toEqual({ ok: true, normalised });
});

test.each([
  [tax, 'AU', '51 824 753 557', 'check digits'],
  [tax, 'AU', '51 824 753 55', 'ABN of 11'],
  [company, 'AU', '004 085 617', 'check digit'],
  [company, 'AU', '51 824 753 556', 'ACN of 9'],
  [tax, 'NZ', '136410133', 'check digit'],
  [tax, 'NZ', '9125568', '8 or 9'],
  [tax, 'NZ', '150000001', 'between'],
  [tax, 'NZ', '009091850', 'between'],
  [company, 'NZ', '9429041535111', 'check digit'],
  [company, 'NZ', '9329041535110', 'begins with 94'],
  [tax, 'GB', 'GB 802 3113 95', 'check digits'],
  [tax, 'GB', '100 0000 35', 'check digits'],
  [tax, 'GB', 'GBGD500', '9 or 12'],
  [tax, 'GB', 'GBHA499', '9 or 12'],
  [company, 'GB', 'XX123456', 'SC'],
  [company, 'GB', '123456789', '8 digits'],
  [tax, 'DE', 'DE136695978', 'check digit'],
  [tax, 'DE', 'DE036695976', 'USt-IdNr of DE'],
  [tax, 'DE', '36554266806', 'check digit'],
  [tax, 'FR', 'FR 84 323 140 391', 'SIREN does not fit'],
  [tax, 'FR', 'FR 41 303 265 045', 'key'],
  [tax, 'FR', 'FR KO 399 859 412', 'FR, 2 characters'],
  [tax, 'FR', 'FR K8 399 859 412', 'key'],
  [company, 'FR', '404 833 047', 'check digit'],
  [company, 'FR', '732 829 320 00075', 'check digit'],
  [company, 'FR', '356 000 000 49838', 'check digit'],
  [tax, 'US', '07-1144442', 'begins with 07'],
  [tax, 'US', '12-345678', '9 digits'],
  [tax, 'JP', '', '1 to 50'],
  [company, 'DE', 'x'.repeat(51), '1 to 50'],
  [company, 'DE', 'HRB\u00001', 'control'],
])('%o of %s refuses %j and says why', (check, country, value, message) => {
  expect(check(country, value)).toEqual({ ok: false, message: expect.stringContaining(message) });
});

// The ACN's rule promises less: its even weights modulo 10 miss a digit that is wrong by 5.
test('a wrong digit is found wherever a check digit rule promises it', () => {
  const rightful: [typeof tax, string, string][] = [
    [tax, 'AU', '51824753556'],
    [company, 'NZ', '9429041535110'],
    [tax, 'DE', 'DE136695976'],
    [tax, 'FR', 'FR40303265045'],
    [company, 'FR', '732829320'],
  ];
  for (const [check, country, value] of rightful) {
    for (const [at, character] of [...value].entries()) {
      for (let by = 1; by < 10 && /\d/.test(character); by++) {
        const changed = value.slice(0, at) + ((Number(character) + by) % 10) + value.slice(at + 1);
        expect(check(country, changed).ok, changed).toBe(false);
      }
    }
  }
});

test('what was normalised is taken again unchanged, and nothing throws', () => {
  const country = fc.constantFrom('AU', 'NZ', 'GB', 'DE', 'FR', 'US', 'JP', '', '__proto__');
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^(GB|DE|FR)?\d{8,14}$/));
  fc.assert(
    fc.property(fc.constantFrom(tax, company), country, value, (check, where, text) => {
      const result: Checked = check(where, text);
      if (result.ok) expect(check(where, result.normalised)).toEqual(result);
      else expect(result.message).toMatch(/^must /);
    }),
    { numRuns: 1_000 },
  );
});

test('telephone numbers are E.164 and nothing else', () => {
  for (const good of ['+61291234567', '+1234567', '+123456789012345']) {
    expect(checkPhone(good)).toEqual({ ok: true, normalised: good });
  }
  for (const bad of [
    '61291234567',
    '+61 2 9123 4567',
    '+0123456789',
    '+123456',
    '+1234567890123456',
    '+6129123456७',
    '+61291234567\n',
    '',
  ]) {
    expect(checkPhone(bad)).toEqual({ ok: false, message: expect.stringContaining('+61291234567') });
  }
});

test('domains are stored in ASCII and lower case', () => {
  expect(checkDomain('Support.Bücher.example')).toEqual({ ok: true, normalised: 'support.xn--bcher-kva.example' });
  for (const bad of [
    'localhost',
    '192.0.2.1',
    '[::1]',
    'example.com.',
    'https://example.com',
    'a@example.com',
    '',
    'exаmple.com',
  ]) {
    expect(checkDomain(bad).ok, bad).toBe(false);
  }
});

test('countries are the 249 codes of ISO 3166-1', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const codes = letters.flatMap((first) => letters.map((second) => first + second)).filter(isCountry);
  expect(codes).toHaveLength(249);
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  expect(codes.filter((code) => names.of(code) === undefined)).toEqual([]);
  for (const bad of ['', 'au', 'UK', 'EU', 'XK', 'ZZ', 'AUS']) expect(isCountry(bad)).toBe(false);
});
