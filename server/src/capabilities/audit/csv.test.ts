import { expect, test } from 'vitest';
import { csvLine, fieldOf } from './csv.ts';

test('quotes by RFC 4180', () => {
  expect(csvLine(['a', 'b,c', 'd "e"', 'f\ng', null, undefined])).toBe('"a","b,c","d ""e""","f\ng","",""\r\n');
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])(
  'W2: a spreadsheet runs nothing of %j',
  (formula) => {
    expect(csvLine([formula])).toBe(`"'${formula}"\r\n`);
  },
);

test('an apostrophe comes only before what could be a formula', () => {
  expect(csvLine(['a=1', '1-1', "o'clock"])).toBe(`"a=1","1-1","o'clock"\r\n`);
});

test.each(['=1+1', "'=1", "''-1", "'quoted'", 'plain', '', "'"])('%j is read back as it was', (text) => {
  expect(fieldOf(csvLine([text]).slice(1, -3))).toBe(text);
});
