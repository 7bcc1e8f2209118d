import { expect, test } from 'vitest';
import { csvLine, fieldOf } from './csv.ts';

test('quotes by RFC 4180', () => {
  expect(csvLine(['a', 'b,c', 'd "e"', 'f\ng', null, undefined])).toBe('"a","b,c","d ""e""","f\ng","",""\r\n');
});

/** The cells of a file as a spreadsheet with this separator takes them: a quote counts only at the beginning of a cell. */
function cellsOf(file: string, separator: string): string[] {
  const cells = [''];
  let isQuoted = false;
  for (let at = 0; at < file.length; at++) {
    const sign = file[at] as string;
    const isAtStart = at === 0 || file[at - 1] === separator || /[\r\n]/.test(file[at - 1] as string);
    if (isQuoted && sign === '"' && file[at + 1] === '"') cells.push(`${cells.pop()}${file[++at]}`);
    else if (sign === '"' && (isQuoted || isAtStart)) isQuoted = !isQuoted;
    else if (!isQuoted && (sign === separator || /[\r\n]/.test(sign))) cells.push('');
    else cells.push(`${cells.pop()}${sign}`);
  }
  return cells;
}

const isFormula = (cell: string) => /^\s*[=+\-@＝＋－＠]/.test(cell);

const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '＝1', ' =1', '\t=1', '\r=1', '\n=1', '\r\n=1'];
const within = ["/x;=cmd|'/Ccalc'!A0;y", 'a;"=1', 'a; =1', 'a|=1', 'a\t=1', 'a\n=1', ';;=1', ";'=1", ';\t"=1'];

test.each([...formulas, ...within])('W2: a spreadsheet runs nothing of %j, whatever its list separator', (text) => {
  for (const separator of [',', ';', '\t', '|'])
    expect(cellsOf(csvLine(['first', text, 'last']), separator).filter(isFormula)).toEqual([]);
});

test('an apostrophe comes only before what could be a formula', () => {
  expect(csvLine(['a=1', '1-1', "o'clock", 'a;b', '1;2', "it's; 'so'"])).toBe(
    `"a=1","1-1","o'clock","a;b","1;2","it's; 'so'"\r\n`,
  );
  expect(csvLine(['-1', '1;-2'])).toBe(`"'-1","1;'-2"\r\n`);
});

test('a text of nothing but what is passed over takes no longer for its length', () => {
  for (const sign of [' ', "'", '"', ';', '\t']) {
    const text = sign.repeat(1_000_000);
    expect(fieldOf(csvLine([text]).slice(1, -3).replaceAll('""', '"'))).toBe(text);
  }
});

test.each([
  ...formulas,
  ...within,
  'a;b',
  '1;-2',
  "'=1",
  "''-1",
  "'quoted'",
  'plain',
  '',
  "'",
  "a;'b",
  "a;'-b",
  ";'';'=;",
])('%j is read back as it was', (text) => {
  expect(fieldOf(csvLine([text]).slice(1, -3).replaceAll('""', '"'))).toBe(text);
});
