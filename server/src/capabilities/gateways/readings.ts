/** How an upstream may read a path, or the name of an item, besides as it stands. A path is ASCII, as in the request line. */

/** Whether upstream and gateway could take the path for two different ones: escapes of / and \\, dot segments. */
export const isAmbiguous = (path: string) => /%(2f|5c|00)|\\|\/\/|(^|\/)(\.|%2e){1,2}(;|\/|$)/i.test(path);

/** No escape, one of a control character, or a character that is written longer than UTF-8 writes it. */
export const isMalformed = (path: string) =>
  /%(?![0-9a-f]{2})|%([01][0-9a-f]|7f|c[01]%[89ab]|e0%[89]|f0%8)/i.test(path);

/** Of another reading: what nobody means. A slash may be meant, where it leads to the same route and item. */
export const isTrick = (reading: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  /%(5c|00)|[\\\0-\x1f\x7f]|(^|\/)(\.|%2e){1,2}(;|\/|$)/i.test(reading) || MANY_MARKS.test(reading);

/** No word has more (UAX 15, stream-safe), and to put them in order takes the square of their number. */
const MANY_MARKS = /\p{M}{31}/u;
const composed = (text: string) => (MANY_MARKS.test(text) ? text : text.normalize('NFKC'));

const ESCAPES = /(?:%[0-9a-f]{2})+/gi;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** Each byte as a character. */
const unescaped = (path: string) =>
  path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Bytes as UTF-8 where they are that, else as Latin-1. */
function textOf(bytes: string): string {
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return bytes;
  }
}

/** The same, and as one reads it who puts a sign in the place of what is no UTF-8. */
function textsOf(bytes: string): string[] {
  const text = textOf(bytes);
  return text === bytes ? [text, lenient.decode(Buffer.from(bytes, 'latin1'))] : [text];
}

/** Without parameters of segments (RFC 3986, 3.3). */
const bare = (path: string) =>
  /;|\/\//.test(path) ? path.replace(/;[^/]*/g, '').replace(/\/{2,}/g, '/') || '/' : path;

const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** Escapes undone, once or twice, without parameters, and with the signs that others stand for. */
export function otherReadings(path: string): string[] {
  if (!/[%;]/.test(path)) return [];
  const readings = new Set([bare(path)]);
  if (path.includes('%')) {
    const plain = unescaped(path);
    const twice = plain.includes('%') ? unescaped(plain) : plain;
    for (const bytes of new Set([plain, twice])) {
      readings.add(bytes).add(bare(bytes));
      if (!/[\x80-\xff]/.test(bytes)) continue;
      for (const each of textsOf(bytes)) {
        const text = composed(each).replace(UNSEEN, '');
        readings.add(text).add(bare(text));
      }
    }
  }
  readings.delete(path);
  return [...readings];
}

/** As it is for who looks at no capitals, and at no dots and spaces at the ends of names. */
export const foldedPath = (path: string) =>
  path
    .toUpperCase()
    .toLowerCase()
    .replace(/(?<![. ])[. ]+(?=\/|$)/g, '')
    .replace(/\/{2,}/g, '/');

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
 * are not seen, at no spaces at its ends and dots behind it, or one that undoes escapes once more.
 */
export function lookOf(item: string): string {
  if (/^[\w-]*$/.test(item)) return item.toLowerCase();
  return item
    .replace(ESCAPES, (escapes) => textOf(unescaped(escapes)))
    .normalize('NFKD')
    .replace(UNSEEN, '')
    .replace(ACCENTS, '')
    .toUpperCase()
    .toLowerCase()
    .replace(/[æœøđðħłþ·]/g, (letter) => TAKEN_APART[letter] as string)
    .replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .replace(atEnds, '');
}

/** Of a look: what is left of it for an upstream that ends it at a slash or a parameter. */
export const beginningOf = (look: string) => look.replace(/[/;].*$/s, '').replace(atEnds, '');

/** Whether an escaped slash is in it, so that undone once more it begins with another item. */
export const holdsSlash = (item: string) => item.includes('%') && /\/|%2f/i.test(unescaped(item));
