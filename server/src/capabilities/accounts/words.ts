/** What an account is found by: the words of its names and addresses, and those of a search. */

const MAX_WORDS = 40;
const MAX_LENGTH = 64;
const MAX_TERMS = 5;

export interface Named {
  firstName: string;
  lastName: string;
  displayName: string;
  username: string;
  email: string | null;
}

/** What people call an account. */
export const named = ['firstName', 'lastName', 'displayName', 'username', 'email'] as const;

const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);
/** In lower case, and of one part. */
const isPlain = (text: string): boolean => /^[a-z0-9]*$/.test(text);

/** Without case, width and accents: "ZOE" finds "Zoë". */
const fold = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().normalize('NFC');

const cut = (text: string): string => (text.length <= MAX_LENGTH ? text : [...text].slice(0, MAX_LENGTH).join(''));

const pieces = (text: string): string[] => {
  const folded = fold(text);
  if (!/\s/u.test(folded)) return folded === '' ? [] : [folded];
  return folded.split(/\s+/u).filter((piece) => piece !== '');
};

/** From each part of it on: "jean-luc" gives "jean-luc" and "luc". */
function fromEachPart(piece: string): string[] {
  const parts = [piece];
  if (isPlain(piece)) return parts;
  const starts = isAscii(piece) ? /(?<=[^a-z0-9])[a-z0-9]/g : /(?<=[^\p{L}\p{N}])[\p{L}\p{N}]/gu;
  for (const { index } of piece.matchAll(starts)) parts.push(piece.slice(index));
  return parts;
}

/** Of an address the parts before the `@` and the domain as one: nobody looks for "com". */
function ofAddress(address: string): string[] {
  const at = address.lastIndexOf('@');
  if (at < 0) return fromEachPart(address);
  const local = fromEachPart(address.slice(0, at)).map((part) => part + address.slice(at));
  return [...local, address.slice(at + 1)];
}

/** The words that an account is found by, each once. A search finds it by the start of any. */
export function wordsOf({ firstName, lastName, displayName, username, email }: Named): string[] {
  const words = [
    ...[email, username].flatMap((address) => (address ? pieces(address).flatMap(ofAddress) : [])),
    ...[firstName, lastName, displayName].flatMap((name) => pieces(name).flatMap(fromEachPart)),
  ];
  return [...new Set(words.map(cut))].slice(0, MAX_WORDS);
}

/** What is looked for: an account is found when each term is the start of one of its words. The longest comes first. */
export const termsOf = (search: string): string[] =>
  [...new Set(pieces(search).map(cut))].sort((a, b) => b.length - a.length).slice(0, MAX_TERMS);

const states = ['disabled', 'enabled', 'new', 'waiting'] as const;
const sources = ['local', 'scim'] as const;
const standing = (state: string, source: string): string => ` ${state} ${source}`;

/** What comes after each standing and before each other word, byte by byte. */
export const END_OF_STANDINGS = '!';

/**
 * How an account stands, kept among its words so that lists filter and sort by it: an index of accounts that mentions
 * their state makes each change of it write to all indexes. No name and no term begins with a space.
 */
export const standingOf = ({ status, source, verifiedAt }: Standing): string =>
  standing(status === 'new' && verifiedAt ? 'waiting' : status, source);

export interface Standing {
  status: string;
  source: string;
  verifiedAt: Date | null;
}

/** The standings that filters leave, in the order of their state or of their source. */
export const standingsOf = (
  left: { statuses?: string[] | undefined; sources?: string[] | undefined; waiting?: boolean },
  order: 'status' | 'source' = 'status',
): string[] => {
  const inState = states.filter(
    (state) =>
      (!left.waiting || state === 'waiting') && (left.statuses?.includes(state === 'waiting' ? 'new' : state) ?? true),
  );
  const ofSource = sources.filter((source) => left.sources?.includes(source) ?? true);
  return order === 'status'
    ? inState.flatMap((state) => ofSource.map((source) => standing(state, source)))
    : ofSource.flatMap((source) => inState.map((state) => standing(state, source)));
};

/** No text that begins with the term comes after it, byte by byte. */
export const endOf = (term: string): string => `${term}\u{10ffff}`;
