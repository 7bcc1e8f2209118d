import { canonicalDomain, hasForbiddenCharacters } from '../../kernel/canonical.ts';

/** An identifier in the form in which it is stored, or a message for the field that says which rule failed. */
export type Checked = { ok: true; normalised: string } | { ok: false; message: string };

type Check = (value: string) => Checked;

const longestIdentifier = 50;

/**
 * Checks a tax number by its country's public rule: AU ABN, NZ IRD number, GB VAT number, DE USt-IdNr or Steuer-ID,
 * FR TVA, US EIN (form only). Spaces, dots, hyphens and slashes are taken out. Other countries: free text.
 *
 * @param country ISO 3166-1 alpha-2
 */
export const checkTaxId = (country: string, value: string): Checked => check(taxChecks, country, value);

/**
 * Checks a company number by its country's public rule: AU ACN, NZ NZBN, GB Companies House number, FR SIREN or SIRET.
 * Other countries, also DE and US, where registers differ by court or state: free text.
 *
 * @param country ISO 3166-1 alpha-2
 */
export const checkCompanyId = (country: string, value: string): Checked => check(companyChecks, country, value);

/** Checks a telephone number: E.164 exactly, with nothing to take out. */
export const checkPhone: Check = (value) =>
  /^\+[1-9]\d{6,14}$/.test(value)
    ? accepted(value)
    : refused('must be an international number: + and 7 to 15 digits without spaces, as in +61291234567');

/** Checks a mail or host domain; it is stored in ASCII form and lower case. */
export function checkDomain(value: string): Checked {
  const result = canonicalDomain(value);
  return result.ok ? accepted(result.domain) : refused(result.reason);
}

/** Tells whether a code is of ISO 3166-1 alpha-2, in capitals. */
export const isCountry = (code: string): boolean => countries.has(code);

const accepted = (normalised: string): Checked => ({ ok: true, normalised });
const refused = (message: string): Checked => ({ ok: false, message });

function check(checks: ReadonlyMap<string, Check>, country: string, value: string): Checked {
  const trimmed = value.trim();
  if (trimmed.length < 1 || trimmed.length > longestIdentifier) {
    return refused(`must have 1 to ${longestIdentifier} characters`);
  }
  if (hasForbiddenCharacters(trimmed)) return refused('must not contain control or invisible characters');
  const rule = checks.get(country);
  return rule ? rule(trimmed.replaceAll(/[ .\-/]/g, '').toUpperCase()) : accepted(trimmed);
}

/** A number of one form, followed by its check digit rule. */
const numbered =
  (form: RegExp, formMessage: string, holds: (digits: number[]) => boolean, checkMessage: string): Check =>
  (value) => {
    if (!form.test(value)) return refused(formMessage);
    return holds(digitsOf(value)) ? accepted(value) : refused(checkMessage);
  };

const digitsOf = (value: string): number[] => Array.from(value, Number);
const sumOf = (digits: number[], weights: number[]): number =>
  weights.reduce((sum, weight, place) => sum + weight * (digits[place] ?? 0), 0);
const last = (digits: number[]): number => digits.at(-1) ?? Number.NaN;

/** abr.business.gov.au: one less in the first digit, weighted sum a multiple of 89. */
const abn = numbered(
  /^\d{11}$/,
  'must be an ABN of 11 digits, as in 51 824 753 556',
  ([first = 0, ...rest]) => sumOf([first - 1, ...rest], [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 === 0,
  'must be an ABN: its check digits do not fit, compare it with one such as 51 824 753 556',
);

/** asic.gov.au: the tens' complement of the weighted sum. */
const acn = numbered(
  /^\d{9}$/,
  'must be an ACN of 9 digits, as in 004 085 616',
  (digits) => (10 - (sumOf(digits, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === last(digits),
  'must be an ACN: its check digit does not fit, compare it with one such as 004 085 616',
);

/** Inland Revenue, "Resident withholding tax specification", IRD number validation: two rounds of weights, modulo 11. */
const ird: Check = (value) => {
  const example = 'as in 49-091-850';
  if (!/^\d{8,9}$/.test(value)) return refused(`must be an IRD number of 8 or 9 digits, ${example}`);
  if (Number(value) < 10_000_000 || Number(value) > 150_000_000) {
    return refused(`must be an IRD number between 10-000-000 and 150-000-000, ${example}`);
  }
  const digits = digitsOf(value.padStart(9, '0'));
  const checkDigit = (weights: number[]) => (11 - (sumOf(digits, weights) % 11)) % 11;
  let expected = checkDigit([3, 2, 7, 6, 5, 4, 3, 2]);
  if (expected === 10) expected = checkDigit([7, 4, 3, 2, 5, 2, 7, 6]);
  if (expected === last(digits)) return accepted(value);
  return refused(`must be an IRD number: its check digit does not fit, compare it with one ${example}`);
};

/** nzbn.govt.nz: a GS1 global location number below New Zealand's prefix. */
const nzbn = numbered(
  /^94\d{11}$/,
  'must be an NZBN of 13 digits that begins with 94, as in 9429041535110',
  (digits) => sumOf(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
  'must be an NZBN: its check digit does not fit, compare it with one such as 9429041535110',
);

/** HMRC, VAT registration numbers: modulo 97, and the newer 9755 variant; GD and HA for public bodies. */
const gbVat: Check = (value) => {
  const example = 'as in GB 980 7806 84';
  const number = value.replace(/^(?:GB|XI)/, '');
  const normalised = `${value.startsWith('XI') ? 'XI' : 'GB'}${number}`;
  if (/^(?:GD[0-4]|HA[5-9])\d\d$/.test(number)) return accepted(normalised);
  if (!/^\d{9}(?:\d{3})?$/.test(number)) return refused(`must be a VAT number of 9 or 12 digits, ${example}`);
  const digits = digitsOf(number);
  const remainder = (sumOf(digits, [8, 7, 6, 5, 4, 3, 2]) + Number(number.slice(7, 9))) % 97;
  if (remainder === 0 || remainder === 97 - 55) return accepted(normalised);
  return refused(`must be a VAT number: its check digits do not fit, compare it with one ${example}`);
};

/** Companies House, uniform resource identifiers: eight characters, a register's prefix before six digits. */
const companiesHouse: Check = (value) => {
  if (/^\d{6,8}$/.test(value)) return accepted(value.padStart(8, '0'));
  const prefixes =
    'AC CE CS FC FE GE GN GS IC IP LP NA NC NF NI NL NO NP NV NZ OC OE PC R0 RC RS SA SC SE SF SG SI SL SO SP SR SZ ZC';
  if (prefixes.split(' ').includes(value.slice(0, 2)) && /^(?:\d{6}|\d{5}R|\d{4}RS)$/.test(value.slice(2))) {
    return accepted(value);
  }
  return refused(
    'must be a Companies House number: 8 digits, or a prefix such as SC and 6 digits, as in 00445790 or SC123456',
  );
};

/** ISO 7064, modulo 11, 10. */
function hasHybridCheckDigit(digits: number[]): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    product = (((digit + product) % 10 || 10) * 2) % 11;
  }
  return (11 - product) % 10 === last(digits);
}

/** Bundeszentralamt für Steuern: in the first ten digits of a Steuer-ID exactly one occurs twice or three times. */
function repeatsOneDigit(digits: number[]): boolean {
  const counts = digits.slice(0, 10).map((digit, _, all) => all.filter((other) => other === digit).length);
  const repeated = counts.filter((count) => count > 1);
  return (repeated.length === 2 || repeated.length === 3) && repeated.every((count) => count === repeated.length);
}

const deTax: Check = (value) => {
  const example = 'as in DE 136 695 976';
  if (/^DE[1-9]\d{8}$/.test(value)) {
    if (hasHybridCheckDigit(digitsOf(value.slice(2)))) return accepted(value);
    return refused(`must be a USt-IdNr: its check digit does not fit, compare it with one ${example}`);
  }
  if (/^[1-9]\d{10}$/.test(value)) {
    const digits = digitsOf(value);
    if (hasHybridCheckDigit(digits) && repeatsOneDigit(digits)) return accepted(value);
    return refused('must be a Steuer-ID: its check digit does not fit, compare it with one such as 36 574 261 809');
  }
  return refused(`must be a USt-IdNr of DE and 9 digits, ${example}, or a Steuer-ID of 11 digits`);
};

/** ISO/IEC 7812-1, annex B. */
function hasLuhnCheckDigit(digits: number[]): boolean {
  const weighted = digits.toReversed().map((digit, place) => (place % 2 === 0 ? digit : (digit * 2) % 9 || digit));
  return weighted.reduce((sum, digit) => sum + digit, 0) % 10 === 0;
}

/** INSEE: Luhn for SIREN and SIRET, but the offices of La Poste have a digit sum that is a multiple of 5. */
const sirenOrSiret: Check = (value) => {
  if (!/^\d{9}(?:\d{5})?$/.test(value)) {
    return refused('must be a SIREN of 9 digits or a SIRET of 14, as in 732 829 320 or 732 829 320 00074');
  }
  const digits = digitsOf(value);
  const laPoste = value.startsWith('356000000') && digits.reduce((sum, digit) => sum + digit, 0) % 5 === 0;
  const holds =
    hasLuhnCheckDigit(digits.slice(0, 9)) && (hasLuhnCheckDigit(digits) || (digits.length === 14 && laPoste));
  if (holds) return accepted(value);
  return refused('must be a SIREN or SIRET: its check digit does not fit, compare it with one such as 732 829 320');
};

/** Direction générale des Finances publiques: two characters computed from the SIREN. */
const tva: Check = (value) => {
  const example = 'as in FR 40 303 265 045';
  const key = value.slice(2, 4);
  const siren = value.slice(4);
  if (!/^FR[0-9A-HJ-NP-Z]{2}\d{9}$/.test(value)) {
    return refused(`must be a TVA number of FR, 2 characters and the SIREN, ${example}`);
  }
  if (!siren.startsWith('000') && !hasLuhnCheckDigit(digitsOf(siren))) {
    return refused(`must be a TVA number: the check digit of its SIREN does not fit, compare it with one ${example}`);
  }
  if (tvaKeyHolds(key, Number(siren))) return accepted(value);
  return refused(`must be a TVA number: its key does not fit its SIREN, compare it with one ${example}`);
};

function tvaKeyHolds(key: string, siren: number): boolean {
  if (/^\d\d$/.test(key)) return (siren * 100 + 12) % 97 === Number(key);
  const places = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  const [first, second] = [places.indexOf(key.charAt(0)), places.indexOf(key.charAt(1))];
  const number = first < 10 ? first * 24 + second - 10 : first * 34 + second - 100;
  return (siren + 1 + Math.floor(number / 11)) % 11 === number % 11;
}

/** irs.gov, "How EINs are assigned and valid EIN prefixes". There is no check digit. */
const ein: Check = (value) => {
  const notAssigned = '00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97'.split(' ');
  if (!/^\d{9}$/.test(value)) return refused('must be an EIN of 9 digits, as in 12-3456789');
  if (notAssigned.includes(value.slice(0, 2))) {
    return refused(`must be an EIN: no number begins with ${value.slice(0, 2)}, compare it with one as in 12-3456789`);
  }
  return accepted(`${value.slice(0, 2)}-${value.slice(2)}`);
};

const taxChecks = new Map<string, Check>([
  ['AU', abn],
  ['NZ', ird],
  ['GB', gbVat],
  ['DE', deTax],
  ['FR', tva],
  ['US', ein],
]);

const companyChecks = new Map<string, Check>([
  ['AU', acn],
  ['NZ', nzbn],
  ['GB', companiesHouse],
  ['FR', sirenOrSiret],
]);

const countries: ReadonlySet<string> = new Set(
  `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
   CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
   GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
   KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
   MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
   SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
   UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`.split(/\s+/),
);
