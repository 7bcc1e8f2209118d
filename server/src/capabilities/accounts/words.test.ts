import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOf, termsOf, wordsOf } from './words.ts';

const person = { firstName: 'Zoë', lastName: "O'Brien-Lee", displayName: 'Zoë O’Brien', username: 'zob', email: null };

const isFound = (search: string, words: string[]) =>
  termsOf(search).every((term) => words.some((word) => word.startsWith(term)));

test('each part of a name is found by its start, whatever the case, the accents and the order', () => {
  const words = wordsOf(person);
  for (const search of ['zoe', 'ZOË', 'zo', "o'b", 'brien', 'lee', 'LEE zoë', 'brien-lee', 'zob'])
    expect(isFound(search, words), search).toBe(true);
  for (const search of ['oe', 'rien', 'zoe smith', '%', '_', 'com']) expect(isFound(search, words), search).toBe(false);
});

test('of an address the parts before the @ and the domain are found', () => {
  const words = wordsOf({ ...person, username: 'x', email: 'Ann.Lee@Example.co.uk' });
  for (const search of ['ann.lee@example.co.uk', 'ann', 'lee@ex', 'example', 'ANN.LEE@'])
    expect(isFound(search, words), search).toBe(true);
  for (const search of ['co.uk', 'uk', 'nn.lee']) expect(isFound(search, words), search).toBe(false);
});

test('the range of a term holds exactly what begins with it', () => {
  const bytes = (text: string) => Buffer.from(text);
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, (term, rest) => {
      const word = term + rest;
      expect(Buffer.compare(bytes(word), bytes(endOf(term)))).toBe(-1);
      expect(Buffer.compare(bytes(word), bytes(term))).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('no name has more words than are kept, nor a longer one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (displayName) => {
      const words = wordsOf({ ...person, displayName });
      expect(words.length).toBeLessThanOrEqual(40);
      for (const word of words) expect([...word].length).toBeLessThanOrEqual(64);
      expect(words).not.toContain('');
    }),
  );
});
