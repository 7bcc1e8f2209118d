/** How an upstream may read a path, or the name of an item, besides as it stands. A path is ASCII, as in the request line. */

/** Most paths are so: nothing in them can be read in two ways, but for capitals. Decided first, since it costs least. */
export const isPlain = (path: string) => /^(?:\/[\w~-]+)+\/?$|^\/$/.test(path);

/** Whether upstream and gateway could take the path for two different ones: escapes of / and \\, dot segments. */
export const isAmbiguous = (path: string) => /%(2f|5c|00)|\\|\/\/|(^|\/)(\.|%2e){1,2}(;|\/|$)/i.test(path);

/** No escape, one of a control character, or a character that is written longer than UTF-8 writes it. */
export const isMalformed = (path: string) =>
  /%(?![0-9a-f]{2})|%([01][0-9a-f]|7f|c[01]%[89ab]|e0%[89]|f0%8)/i.test(path);

/** Without one of these no reading is a trick. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const OF_TRICKS = /[%\\.\0-\x1f\x7f\u0100-\uffff]/;

/** Of another reading: what nobody means. A slash may be meant, where it leads to the same route and item. */
export const isTrick = (reading: string) =>
  OF_TRICKS.test(reading) &&
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  (/%(5c|00|c[01]%[89ab]|e0%[89]|f0%8)|[\\\0-\x1f\x7f]|(^|\/)(\.|%2e){1,2}(;|\/|$)/i.test(reading) ||
    MANY_MARKS.test(reading));

/** No word has more (UAX 15, stream-safe), and to put them in order takes the square of their number. */
const MANY_MARKS = /\p{M}{31}/u;
const composed = (text: string) =>
  /[\u0300-\uffff]/.test(text) && MANY_MARKS.test(text) ? text : text.normalize('NFKC');

const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

/** Each byte as a character. */
function unescaped(text: string): string {
  let plain = '';
  let rest = 0;
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
    const byte = 16 * digitAt(text, at + 1) + digitAt(text, at + 2);
    if (Number.isNaN(byte)) continue;
    plain += text.slice(rest, at) + String.fromCharCode(byte);
    rest = at + 3;
  }
  return rest === 0 ? text : plain + text.slice(rest);
}

/** Hexadecimal, else NaN. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  const small = code | 32;
  return small >= 97 && small <= 102 ? small - 87 : Number.NaN;
}

/** What is not seen, and the sign that a decoder puts in the place of what is no UTF-8, or leaves out. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\ufffd]/gu;
/** The first of them one by one, then whatever follows: a look at this costs less. */
const MAY_BE_UNSEEN = /\xad|\u034f|[\u061c-\uffff]/;
const seen = (text: string) => (MAY_BE_UNSEEN.test(text) ? text.replace(UNSEEN, '') : text);

/**
 * Bytes as UTF-8; where they are not that all along, as Latin-1, and as one reads them who passes over what is no UTF-8.
 */
function textsOf(bytes: string): string[] {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? [bytes, text] : [text];
}

/** Undefined where it is no UTF-8 all along. */
function decoded(escaped: string): string | undefined {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}

/** Without parameters of segments (RFC 3986, 3.3). */
const bare = (path: string) => path.replace(/;[^/]*/g, '').replace(/\/{2,}/g, '/') || '/';

/** As it stands, without parameters, and for who takes it to end at a `?` or `#`. */
function addReading(text: string, readings: Set<string>) {
  readings.add(text);
  if (/[;?#]|\/\//.test(text)) readings.add(bare(text)).add(bare(text.replace(/[?#].*$/s, '')));
}

/** Escapes undone, once or twice, without parameters, up to a `?` or `#`, and with the signs that others stand for. */
export function otherReadings(path: string): string[] {
  if (!/[%;]/.test(path)) return [];
  const readings = new Set<string>();
  addReading(path, readings);
  if (path.includes('%')) {
    const plain = unescaped(path);
    addReadingsOf(plain, readings, path);
    if (plain.includes('%')) addReadingsOf(unescaped(plain), readings);
  }
  readings.delete(path);
  return [...readings];
}

/** Bytes by which some write a character longer than UTF-8 does, so that a dot or a slash is not seen. */
const WRITTEN_LONGER = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]/;
/** A trick, whatever else is in the path. */
const NOBODY_MEANS = '\0';

/**
 * What is UTF-8 all along is not read as Latin-1 too: prefixes are ASCII, and of what is not, that reading leaves a byte
 * that is not either.
 *
 * @param escaped ASCII that they are the bytes of, where there is one: it is read faster than they are
 */
function addReadingsOf(bytes: string, readings: Set<string>, escaped?: string) {
  if (!/[\x80-\xff]/.test(bytes)) return addReading(bytes, readings);
  const known = escaped === undefined ? undefined : decoded(escaped);
  if (known !== undefined) return addReading(seen(composed(known)), readings);
  if (WRITTEN_LONGER.test(bytes)) readings.add(NOBODY_MEANS);
  addReading(bytes, readings);
  for (const each of textsOf(bytes)) addReading(seen(composed(each)), readings);
}

/** Of Latin-1 all but \xb5 and \xdf have one small letter: in capitals first these would be no other ones, and it costs more. */
const MAY_HAVE_SEVERAL_SMALL_LETTERS = /[\xb5\xdf\u0100-\uffff]/;
const inSmallLetters = (text: string) =>
  (MAY_HAVE_SEVERAL_SMALL_LETTERS.test(text) ? text.toUpperCase() : text).toLowerCase();

/** As it is for who looks at no capitals, and at no dots and spaces at the ends of names. */
export function foldedPath(path: string): string {
  const small = inSmallLetters(path);
  return /[. ](?:\/|$)|\/\//.test(small) ? small.replace(/(?<![. ])[. ]+(?=\/|$)/g, '').replace(/\/{2,}/g, '/') : small;
}

/** Marks behind letters that are the same word without them; those of Thai or Devanagari make another one. */
const ACCENTS =
  /(?<=[!-~\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hebrew}\p{Script=Arabic}])\p{M}+/gu;

/** Letters that Unicode does not take apart, and collations do. */
const TAKEN_APART: Record<string, string> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ł: 'l',
  þ: 'th',
  '·': '',
};

const atEnds = /^\s+|(?<![\s.])[\s.]+$/g;

/**
 * What an item is for an upstream that looks less closely: at no capitals, accents, widths, kinds of kana and signs that
 * are not seen, at no spaces at its ends and dots behind it, or one that undoes escapes once more. Mostly one look; two
 * where the escapes are no UTF-8 all along.
 */
export function looksOf(item: string): string[] {
  if (/^[\w-]*$/.test(item)) return [item.toLowerCase()];
  const plain = unescaped(item);
  if (plain === item || !/[^ -~]/.test(plain)) return [lookOf(plain)];
  const asText = (which: 0 | -1) =>
    lookOf(item.replace(ESCAPES, (escapes) => textsOf(unescaped(escapes)).at(which) as string));
  return [...new Set([asText(0), asText(-1)])];
}

function lookOf(text: string): string {
  if (!/[^ -~]/.test(text)) return text.toLowerCase().replace(atEnds, '');
  let look = '';
  // Of Latin-1 no character changes with those beside it.
  for (let at = 0; at < text.length; at++) {
    const known = LOOKS_OF_LATIN[text.charCodeAt(at)];
    if (known === undefined) return withoutMarks(text).replace(atEnds, '');
    look += known;
  }
  return look.replace(atEnds, '');
}

const withoutMarks = (text: string) =>
  inSmallLetters(seen(text.normalize('NFKD')).replace(ACCENTS, ''))
    .replace(/[æœøđðħłþ·]/g, (letter) => TAKEN_APART[letter] as string)
    .replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));

const LOOKS_OF_LATIN = Array.from({ length: 0x100 }, (_, code) => withoutMarks(String.fromCharCode(code)));

/** Of a look: what is left of it for an upstream that ends it at a slash, a parameter, a `?` or a `#`. */
export const beginningOf = (look: string) => look.replace(/[/;?#].*$/s, '').replace(atEnds, '');

/** Whether an escaped slash is in it, so that undone once more it begins with another item. */
export const holdsSlash = (item: string) => item.includes('%') && /\/|%2f/i.test(unescaped(item));
