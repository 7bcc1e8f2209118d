import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { en as de } from './de.ts';
import { loggingText as logging } from './en.logging.ts';
import { en } from './en.ts';
import { languages } from './languages.ts';

/** What is in the files of a language the compiler holds against the English ones: each is of the same type. */
test('each language has a file for each English one, and no other', () => {
  const files = readdirSync(import.meta.dirname).flatMap((name) => {
    const [, language, topic] = /^([a-z]{2})((?:\.[a-z-]+)?)\.ts$/.exec(name) ?? [];
    return language ? [{ language, topic }] : [];
  });
  const topicsOf = (wanted: string) => files.filter(({ language }) => language === wanted).map(({ topic }) => topic);
  expect(topicsOf('en').length).toBeGreaterThan(15);
  expect([...new Set(files.map(({ language }) => language))].sort()).toEqual(Object.keys(languages).sort());
  for (const language of Object.keys(languages)) expect(topicsOf(language)).toEqual(topicsOf('en'));
});

test('one row is called by the word for one', () => {
  expect(en.list.rows('1', 'entries')).toBe('1 entry');
  expect(en.list.rows('2', 'entries')).toBe('2 entries');
  expect(de.list.rows('1', 'Konten')).toBe('1 Konto');
  expect(de.list.rows('2', 'Konten')).toBe('2 Konten');
  expect(de.list.rows('1', 'Identitätsanbieter')).toBe('1 Identitätsanbieter');
});

/** What rows are called, of whatever depth: `what`, `whatKeys`, `sessionsWhat`. */
const whatsIn = (texts: object): string[] =>
  Object.entries(texts).flatMap(([name, value]) =>
    typeof value === 'string' ? (/^what|What$/.test(name) ? [value] : []) : value ? whatsIn(value) : [],
  );

/** Nouns of one form. */
const alike = ['Identitätsanbieter', 'Eigentümer', 'Schlüssel'];

test('each kind of rows has a word for one, in each language', async () => {
  const files = readdirSync(import.meta.dirname).filter((name) => /^(en|de)\.[a-z-]+\.ts$/.test(name));
  for (const file of files) {
    const whats = whatsIn(await import(/* @vite-ignore */ `./${file}`));
    const { rows } = (file.startsWith('de') ? de : en).list;
    for (const what of whats.filter((each) => !alike.includes(each)))
      expect(rows('1', what), file).not.toBe(`1 ${what}`);
  }
});

test('each reason that a gateway reports has words', () => {
  const folder = join(import.meta.dirname, '../../../gateway/src');
  const sources = readdirSync(folder).filter((name) => /^[a-z-]+\.ts$/.test(name));
  const codes = sources.flatMap((name) =>
    [
      ...readFileSync(join(folder, name), 'utf8').matchAll(
        /(?:new Refusal\(\s*\d+,\s*|unavailable\(|reason = |LET_IN = |UNDECIDED = )'([a-z-]+)'/g,
      ),
    ].map(([, code]) => code),
  );
  expect(new Set(codes)).toEqual(new Set(Object.keys(logging.reasons)));
});

test('German has one word for one thing', () => {
  const texts = ['../../../server/src/kernel/messages/de.server.ts', ...readdirSync(import.meta.dirname)]
    .filter((name) => /(^|\/)de\..*ts$/.test(name))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n');
  expect(texts).toContain('Gefahrenbereich');
  expect(texts).not.toContain('Gefahrenzone');
  // A transaction of a gateway; what an operation is, is another thing.
  expect(texts).not.toMatch(/[tT]ransaction.*\n?.*: '.*Vorg[aä]ng(?!er)/);
});
