import { expect, test } from 'vitest';
import { csvLine, csvOf, delimiterOf, fieldOf, rowsOf } from './csv.ts';

test.each([
  ['=1+1', "'=1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "\t'=1"],
  ["/x;=cmd|'/C'!A0;y", "/x;'=cmd|'/C'!A0;y"],
  ['a;"=1', `a;'""=1`],
  ["a\n '=1", "a\n' '=1"],
  ['1;-2', "1;'-2"],
  ['a;b', 'a;b'],
])('a spreadsheet runs nothing of %j, whatever its list separator, and it is read back', (text, written) => {
  const line = csvLine([text]);
  expect(line).toBe(`"${written}"\r\n`);
  expect(rowsOf(line).map((row) => row.map(fieldOf))).toEqual([[text]]);
});

test('quotes, commas and line breaks stay inside their field', () => {
  expect(csvLine(['a "b", c\nd', null, ''])).toBe('"a ""b"", c\nd","",""\r\n');
});

test('rows stand under the labels of their columns, each with its id', () => {
  const columns = [
    { name: 'name', label: 'Name', text: (row: { name: string }) => row.name },
    { name: 'mail', label: 'E-mail address', text: () => null },
  ];
  expect(csvOf(columns, [{ id: '7', name: '=cmd' }])).toBe('"Name","E-mail address","Id"\r\n"\'=cmd","","7"\r\n');
});

test('what is read is what was written, whatever stands in a field', () => {
  const fields = ['a "b", c\nd', '', 'é', 'x;y'];
  expect(rowsOf(`\ufeff${csvLine(fields)}\r\n${csvLine(fields)}`)).toEqual([fields, fields]);
  expect(rowsOf('a;b\n1;"2;3"', delimiterOf('a;b\n1,1,1,1'))).toEqual([
    ['a', 'b'],
    ['1', '2;3'],
  ]);
  expect(rowsOf('')).toEqual([]);
});
