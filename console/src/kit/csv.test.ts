import { expect, test } from 'vitest';
import { csvLine, csvOf, delimiterOf, rowsOf } from './csv.ts';

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])('a spreadsheet runs nothing of %j', (formula) => {
  expect(csvLine([formula])).toBe(`"'${formula}"\r\n`);
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
