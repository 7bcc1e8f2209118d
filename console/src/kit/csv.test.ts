import { expect, test } from 'vitest';
import { csvLine, csvOf } from './csv.ts';

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
