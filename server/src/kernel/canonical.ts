import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * The one place that decides when two texts name the same thing (threat model, P15).
 *
 * Case and width make no difference (NFKC, lower case). Look-alikes of another script are never the same;
 * where they would confuse they are refused, or found by `skeleton`.
 */

export type CanonicalDomain = { ok: true; domain: string } | { ok: false; reason: string };

export type CanonicalEmail =
  | {
      ok: true;
      /** To show and to write to: as typed, but for width, and the case of the domain. */
      email: string;
      /** To compare and to look up. */
      canonical: string;
      /** In ASCII form (punycode). */
      domain: string;
    }
  | { ok: false; reason: string };

// RFC 5321, section 4.5.3.1, in octets.
const longestLocalPart = 64;
const longestAddress = 254;
const longestDomain = 253;

// Of what is not seen, only joiners and the two emoji selectors have an honest use.
const invisible =
  /(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/u;
const joiningScripts = ['Arab', 'Syrc', 'Mong', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml', 'Telu', 'Knda', 'Mlym'];
const joined = `${joiningScripts.map((script) => `\\p{Script=${script}}`).join('')}\\p{Script=Sinh}\\p{Script=Khmr}`;
const strayJoiner = new RegExp(
  `(?<![${joined}\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])[\\u200c\\u200d]|[\\u200c\\u200d](?![\\p{L}\\p{Extended_Pictographic}])`,
  'u',
);

/**
 * Tells whether a text holds what no field may hold: control characters (NUL too), lone surrogates, bidirectional
 * overrides and marks, invisible characters. Joiners pass only where a script or an emoji needs them.
 *
 * @param options.multiline lets line breaks and tabs pass
 */
export function hasForbiddenCharacters(text: string, options: { multiline?: boolean } = {}): boolean {
  if (isAscii(text)) return false;
  const checked = options.multiline ? text.replaceAll(/[\n\r\t]/g, ' ') : text;
  return invisible.test(checked) || strayJoiner.test(checked);
}

/**
 * The form in which names of groups, users and systems are unique: no case, no width, single spaces, no joiners.
 * For look-up and comparison only; what was typed is what people see.
 */
export const canonicalName = (text: string): string =>
  fold(text.replaceAll(/\u200c|\u200d|[\ufe00-\ufe0f]/g, ''))
    .split(/\s+/u)
    .filter((word) => word !== '')
    .join(' ');

/**
 * For comparison where a standard says that case makes no difference (RFC 7643, `caseExact` false). Letter by letter:
 * a text that begins with another one still does, so the sigma at the end of a word is the one within, and `ß` is not
 * `ss`. `filter-sql.ts` says the same in SQL.
 */
export const foldCase = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');

/**
 * What a name looks like: names with the same skeleton cannot be told apart by eye. The same canonical name has the
 * same skeleton. After UTS 39, for the scripts that resemble Latin.
 */
export function skeleton(text: string): string {
  const name = canonicalName(text);
  return isAscii(name) ? name : map(name, allLookAlikes);
}

/** Tells whether one word is written with letters of Latin, Greek, Cyrillic and their like at once. */
export const mixesScripts = (word: string): boolean =>
  latinLikeScripts.filter((script) => script.test(word)).length > 1;

/**
 * Brings an e-mail address into the form in which it is stored and compared, or says why it is none.
 *
 * Accepted are addresses with a dot-atom before the `@` (RFC 5321, and RFC 6531 for letters beyond ASCII) and a host
 * name with at least one dot after it.
 */
export function canonicalEmail(text: string): CanonicalEmail {
  if (text.length > 2 * longestAddress) return refused(`must have at most ${longestAddress} characters`);
  if (hasForbiddenCharacters(text)) return refused('must not contain control or invisible characters');
  const wide = text.normalize('NFKC');
  const at = wide.indexOf('@');
  if (at < 0 || at !== wide.lastIndexOf('@')) return refused('must have exactly one @, as in ann@example.com');

  const typedLocal = wide.slice(0, at);
  const local = fold(typedLocal);
  const atoms = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
  if (!atoms.test(local)) {
    return refused('must have letters, digits and single dots before the @, as in ann.lee@example.com');
  }
  if (Math.max(octets(local), octets(typedLocal)) > longestLocalPart) {
    return refused(`must have at most ${longestLocalPart} characters before the @`);
  }
  if (local.split(/[^\p{L}\p{M}\p{N}]+/u).some(confuses)) return refused(confusing);

  const typedDomain = wide.slice(at + 1);
  const named = canonicalDomain(typedDomain);
  if (!named.ok) return refused(named.reason);
  const email = `${typedLocal}@${fold(typedDomain)}`;
  const canonical = `${local}@${named.domain}`;
  if (Math.max(octets(email), octets(canonical)) > longestAddress) {
    return refused(`must have at most ${longestAddress} characters`);
  }
  return { ok: true, email, canonical, domain: named.domain };
}

/**
 * Brings a domain name into its ASCII form in lower case (IDNA, UTS 46), or says why it is none.
 * At least two labels; no address, no trailing dot.
 */
export function canonicalDomain(text: string): CanonicalDomain {
  if (text.length > 2 * longestDomain) return refused(`must have at most ${longestDomain} characters`);
  if (hasForbiddenCharacters(text)) return refused('must not contain control or invisible characters');
  const folded = fold(text).replaceAll('\u3002', '.');
  if (folded.endsWith('.')) return refused('must not end with a dot');
  const labels = folded.split('.');
  if (labels.length < 2) return refused('must have a domain with at least one dot, as in example.com');
  if (!labels.every((label) => /^[\p{L}\p{M}\p{N}-]+$/u.test(label))) {
    return refused('must have a domain of letters, digits, hyphens and dots, as in example.com');
  }
  // The parser would read a last label of digits as an IPv4 address, in any of its odd spellings.
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return refused('must name a domain, not an address');

  const isPlain = isAscii(folded) && !folded.includes('xn--');
  const domain = isPlain ? folded : domainToASCII(folded);
  if (domain.length > longestDomain) return refused(`must have at most ${longestDomain} characters`);
  if (!domain.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) {
    return refused('must have labels of 1 to 63 letters, digits and inner hyphens in its domain, as in example.com');
  }
  if (!isPlain && domainToUnicode(domain).split('.').some(confuses)) return refused(confusing);
  return { ok: true, domain };
}

const confusing = 'must not mix letters of several scripts, or use letters that look like other ones';
const refused = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });
const octets = (text: string): number => Buffer.byteLength(text, 'utf8');

/** NFKC and lower case, until nothing changes: lower-casing can leave a form that NFKC would change again. */
function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const folded = text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
  return folded === text ? folded : fold(folded);
}

/** A word of mixed scripts, or one wholly of foreign letters that reads as if it were ASCII. */
const confuses = (word: string): boolean =>
  !isAscii(word) && (mixesScripts(word) || (!/\p{Script=Latin}/u.test(word) && isAscii(map(word, lookAlikes))));

/** What these are asked about is nearly always so, and then most of the work is none. */
const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);

const map = (text: string, table: Readonly<Record<string, string>>): string =>
  [...text.normalize('NFD')]
    .map((character) => table[character] ?? character)
    .join('')
    .normalize('NFC');

const latinLikeScripts = [
  /\p{Script=Latin}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Lisu}/u,
];

/** Pairs of a character and what it looks like. */
const pairs = (text: string): Record<string, string> =>
  Object.fromEntries(text.split(' ').map((pair) => [...pair] as [string, string]));

/** In lower case: Cyrillic, Greek, Armenian, Latin beyond ASCII; dashes and quotes. */
const lookAlikes = {
  ...pairs('аa сc ԁd еe ҽe ɡg һh іi јj ӏl оo рp ԛq ѕs ѵv ԝw хx уy үy'),
  ...pairs('αa ϲc ιi ϳj κk νv οo ρp τt υu χx γy ωw'),
  ...pairs('օo սu հh ոn յj ցg զq ւl'),
  ...pairs('ıi ɩi ɑa ʏy ᴄc ᴏo ᴠv ᴡw ᴢz ꜱs'),
  ...pairs("‐- ‑- ‒- –- —- −- ‘' ’' ʼ' ′'"),
};

/** Letters whose capitals look alike; people may have typed the name in capitals. They decide over the small forms. */
const allLookAlikes = {
  ...lookAlikes,
  ...pairs('вb кk мm нh тt ԍg ѡw ғf'),
  ...pairs('βb εe ζz ηh μm νn υy'),
};

/**
 * A name as a mail shows it: no mail program makes a link or an address of what somebody called themselves, and it stays on
 * its line, in the direction of the words around it.
 */
export const unlinked = (text: string): string =>
  text
    .replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, ' ')
    .replaceAll('://', ': //')
    .replace(/\.(?=[^\s.])/gu, '. ');
