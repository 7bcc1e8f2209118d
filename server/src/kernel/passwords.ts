import { availableParallelism } from 'node:os';
import { hash, type Options, verify } from '@node-rs/argon2';
import { hasForbiddenCharacters } from './canonical.ts';
import { commonPasswords } from './common-passwords.ts';

const longestCharacters = 256;
const longestBytes = 1024;
const serviceName = 'bailiwick';

/** 19 MiB, two passes: about 34 ms. `algorithm: 2` is argon2id (the package's enum does not exist at run time). */
const cost: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** Takes as long as any other hash and belongs to no password: for accounts that do not exist. */
export const dummyHash =
  '$argon2id$v=19$m=19456,t=2,p=1$kPpQ0bQ0Cw8r2nN8o6cUSw$3r1mD1hR9y0sVh0pKkQvH5nYw0o0u8m3c5t1X7bZq2k';

const inOrder = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb',
];
const sequences = [...inOrder, ...inOrder.map((sequence) => [...sequence].reverse().join(''))];
const longestFirst = (words: Iterable<string>) => [...new Set(words)].sort((a, b) => b.length - a.length);
const commonWords = longestFirst(commonPasswords);

/**
 * Tells whether a new password is good enough (NIST SP 800-63B-4, section 3.1.1.2): long, and not built from what is
 * guessed first. It need not hold any kind of character.
 *
 * @param about.minLength in characters: 15 when the password stands alone, 8 beside a second factor
 * @param about.names of the person and the organisation
 */
export function checkPassword(
  password: string,
  about: { email?: string | undefined; names?: readonly string[]; minLength: 15 | 8 },
): { ok: true } | { ok: false; message: string } {
  const refused = (message: string): { ok: false; message: string } => ({ ok: false, message });
  if (isTooLong(password)) return refused(`must have at most ${longestCharacters} characters`);
  if (hasForbiddenCharacters(password)) return refused('must not contain control or invisible characters');
  const text = password.normalize('NFC');
  if ([...text].length < about.minLength) {
    return refused(`must have at least ${about.minLength} characters; a few words that do not belong together will do`);
  }

  // What remains without the guessable parts must carry the secret: about half of the least length.
  const least = Math.ceil(about.minLength / 2);
  const folded = text.normalize('NFKC').toLowerCase();
  const bare = withoutSequences(folded);
  const spellings = [bare, withoutLeet(bare)];
  const remainder = (words: readonly string[]) =>
    Math.min(...spellings.map((spelling) => lengthWithout(words, spelling)));
  if (remainder(commonWords) < least) {
    return refused('must not be built from common passwords, sequences or repetitions');
  }
  const personal = contextWords([serviceName, about.email ?? '', ...(about.names ?? [])]);
  if (remainder(longestFirst([...personal, ...commonWords])) < least) {
    return refused('must not be built from your name, your address, the organisation or this service');
  }
  return { ok: true };
}

/** Too many hashes wait already: for this key, or in all. The kernel answers 429. */
export class PasswordQueueFull extends Error {
  /** When to try again, in seconds. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('Too many passwords are being checked.');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

interface Place {
  group: string;
  key: string;
  queue: (() => Promise<void>)[];
}

/** One turn in so many goes to who waits longest, however many it has waiting. */
const TURNS_OF_ALL = 16;
const HALF_LIFE_MS = 10_000;
const MOST_REMEMBERED = 5_000;

/** So many wrong of late are a flood: two in a second that go on. */
const FLOOD = 30;

/** How many guesses were wrong of late, by group or key; each counts half after ten seconds. */
class WrongOfLate {
  readonly #counts = new Map<string, { count: number; at: number }>();

  of(name: string, now: number): number {
    const known = this.#counts.get(name);
    return known ? known.count * 2 ** ((known.at - now) / HALF_LIFE_MS) : 0;
  }

  add(name: string): void {
    const now = performance.now();
    const count = this.of(name, now) + 1;
    this.#counts.delete(name);
    if (this.#counts.size >= MOST_REMEMBERED) this.#counts.delete(this.#counts.keys().next().value as string);
    this.#counts.set(name, { count, at: now });
  }
}

/**
 * Computes password hashes, a few at a time so that requests are served meanwhile.
 *
 * Fair by group (whom it is for: a tenant, a domain) and by key (a tenant, or the source of a sign-in): next is the one
 * that has fewest waiting and wrong of late together, in a group the key that was wrong least, and equals take turns. So who
 * is flooded, or floods, delays others by the hash that runs and one in sixteen, and gets what they leave: of that half at
 * most, since after each hash of a flood its place rests as long for floods. Each key may have a bounded number waiting.
 */
export class PasswordQueue {
  readonly #concurrency: number;
  readonly #perKey: number;
  readonly #total: number;
  /** By group and key, in the order of turns. */
  readonly #waiting = new Map<string, Place>();
  readonly #waitingOfGroup = new Map<string, number>();
  readonly #waitingOfKey = new Map<string, number>();
  readonly #wrong = new WrongOfLate();
  #waitingCount = 0;
  #running = 0;
  /** Places that rest for floods. */
  #resting = 0;
  #turn = 0;

  constructor(limits: { concurrency?: number; perKey?: number; total?: number } = {}) {
    this.#concurrency = limits.concurrency ?? Math.max(1, availableParallelism() - 1);
    this.#perKey = limits.perKey ?? 16;
    this.#total = limits.total ?? 256;
  }

  /**
   * Makes the PHC string to store (argon2id, salt of 16 random bytes).
   *
   * @throws {PasswordQueueFull}
   * @throws {TypeError} longer than `checkPassword` allows
   */
  hashPassword(key: string, password: string): Promise<string> {
    if (isTooLong(password)) return Promise.reject(new TypeError('The password is too long.'));
    return this.run(key, () => hash(password.normalize('NFC'), cost));
  }

  /**
   * Tells whether the password is the one stored.
   *
   * @param stored undefined for an account without a password or without existence: false, after the same time
   * @throws {PasswordQueueFull}
   */
  async verifyPassword(key: string, stored: string | undefined, password: string, group = key): Promise<boolean> {
    if (isTooLong(password)) return false;
    const matches = await this.run(key, () => verify(stored ?? dummyHash, password.normalize('NFC')), group);
    return stored !== undefined && matches;
  }

  /** Notes that what was verified was a wrong guess: its group and its key come after others for a while. */
  noteWrong(key: string, group: string): void {
    this.#wrong.add(`key ${key}`);
    this.#wrong.add(`group ${group}`);
  }

  /** Does other work as costly as a hash in its turn. @throws {PasswordQueueFull} */
  run<T>(key: string, work: () => Promise<T>, group = key): Promise<T> {
    const name = JSON.stringify([group, key]);
    const queue = this.#waiting.get(name)?.queue ?? [];
    const ofGroup = this.#waitingOfGroup.get(group) ?? 0;
    // A group that is flooded leaves room to the others.
    const isFull = this.#waitingCount >= this.#total || (group !== key && ofGroup >= this.#total / 2);
    if (queue.length >= this.#perKey || isFull) {
      return Promise.reject(new PasswordQueueFull(Math.ceil((this.#waitingCount * 0.04) / this.#concurrency) + 1));
    }
    return new Promise<T>((resolve, reject) => {
      queue.push(async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      });
      this.#waiting.set(name, { group, key, queue });
      this.#count({ group, key }, 1);
      this.#startNext();
    });
  }

  #count({ group, key }: Pick<Place, 'group' | 'key'>, change: 1 | -1): void {
    this.#waitingCount += change;
    for (const [counts, name] of [
      [this.#waitingOfGroup, group],
      [this.#waitingOfKey, key],
    ] as const) {
      const count = (counts.get(name) ?? 0) + change;
      if (count > 0) counts.set(name, count);
      else counts.delete(name);
    }
  }

  #next(): Turn | undefined {
    this.#turn = (this.#turn + 1) % TURNS_OF_ALL;
    const now = performance.now();
    const floodsRest = this.#running + this.#resting >= this.#concurrency;
    let next: Turn | undefined;
    for (const [name, place] of this.#waiting) {
      const [wrongOfGroup, wrongOfKey] = [
        this.#wrong.of(`group ${place.group}`, now),
        this.#wrong.of(`key ${place.key}`, now),
      ];
      const isFlood = Math.max(wrongOfGroup, wrongOfKey) >= FLOOD;
      if (isFlood && floodsRest) continue;
      const ofKey = (this.#waitingOfKey.get(place.key) ?? 0) + wrongOfKey;
      const ofGroup = (this.#waitingOfGroup.get(place.group) ?? 0) + wrongOfGroup;
      const each = { name, place, isFlood, weight: Math.max(ofGroup, ofKey), wrongOfKey };
      if (!next || isLighter(each, next)) next = each;
      if (this.#turn === 0) break;
    }
    return next;
  }

  #startNext(): void {
    if (this.#running >= this.#concurrency) return;
    const next = this.#next();
    if (!next) return;
    const { name, place, isFlood } = next;
    const work = place.queue.shift();
    this.#waiting.delete(name);
    if (place.queue.length > 0) this.#waiting.set(name, place); // Behind all others.
    if (!work) return;
    this.#count(place, -1);
    this.#running += 1;
    const began = performance.now();
    void work().finally(() => {
      this.#running -= 1;
      if (isFlood) this.#rest(performance.now() - began);
      this.#startNext();
    });
  }

  #rest(ms: number): void {
    this.#resting += 1;
    setTimeout(() => {
      this.#resting -= 1;
      this.#startNext();
    }, ms);
  }
}

interface Turn {
  name: string;
  place: Place;
  isFlood: boolean;
  weight: number;
  wrongOfKey: number;
}

const isLighter = (one: Turn, other: Turn): boolean =>
  one.weight < other.weight || (one.weight === other.weight && one.wrongOfKey < other.wrongOfKey);

/** Cheap, before anything is normalised: a megabyte costs nothing. */
const isTooLong = (password: string): boolean =>
  password.length > longestBytes ||
  Buffer.byteLength(password, 'utf8') > longestBytes ||
  [...password.normalize('NFC')].length > longestCharacters;

/** Whole texts and their words, of three characters and more. */
const contextWords = (texts: readonly string[]): string[] =>
  texts
    .map((text) => text.normalize('NFKC').toLowerCase())
    .flatMap((text) => [text, text.replaceAll(/[^\p{L}\p{N}]+/gu, ''), ...text.split(/[^\p{L}\p{N}]+/u)])
    .filter((word) => word.length >= 3);

/** Keeps one of what repeats as a whole; puts a space for runs of one character and of neighbours. */
function withoutSequences(text: string): string {
  const once = text.slice(0, shortestPeriod(text)).replaceAll(/(.)\1{3,}/gu, ' ');
  let kept = '';
  for (let at = 0; at < once.length; ) {
    const length = sequenceLength(once, at);
    kept += length > 0 ? ' ' : once.charAt(at);
    at += Math.max(1, length);
  }
  return kept;
}

/** Length of the unit of which the whole text consists, the last one perhaps cut; the text's own when nothing repeats. */
function shortestPeriod(text: string): number {
  for (let period = 1; period * 2 <= text.length; period++) {
    if (text.startsWith(text.slice(period))) return period;
  }
  return text.length;
}

/** Length of the longest run of four or more neighbours on the keyboard or in the alphabet that begins here. */
function sequenceLength(text: string, at: number): number {
  let length = 4;
  const isRun = () => at + length <= text.length && sequences.some((run) => run.includes(text.slice(at, at + length)));
  while (isRun()) length += 1;
  return length > 4 ? length - 1 : 0;
}

const leet = new Map(
  Object.entries({ '@': 'a', '4': 'a', '3': 'e', '1': 'i', '!': 'i', '0': 'o', $: 's', '5': 's', '7': 't' }),
);

const withoutLeet = (text: string): string => [...text].map((character) => leet.get(character) ?? character).join('');

/** Characters that remain when the words, longest first, and spaces are taken out. */
function lengthWithout(words: readonly string[], text: string): number {
  let rest = text;
  for (const word of words) rest = rest.replaceAll(word, ' ');
  return [...rest.replaceAll(/\s+/gu, '')].length;
}
