import type { Column } from './Table.tsx';

/**
 * One line of a CSV file by RFC 4180, every field quoted.
 *
 * What a spreadsheet would take for a formula, whatever its list separator, gets an apostrophe before it (threat model, P30),
 * one more where there are some. The server writes its files alike.
 */
export const csvLine = (fields: (string | null | undefined)[]): string =>
  `${fields.map((field) => `"${neutral(field ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`;

const start = /(^|[;|\t\r\n])/.source;
const formula = /(?=(?:[^\S\t\r\n]|['"])*[=+\-@＝＋－＠])/.source;
const neutral = (text: string) => text.replaceAll(new RegExp(start + formula, 'g'), "$1'");

/** The text that `csvLine`, here or on the server, wrote into a field. */
export const fieldOf = (written: string): string => written.replaceAll(new RegExp(`${start}'${formula}`, 'g'), '$1');

/** Rows under their columns' labels, each with its id. */
export const csvOf = <R extends { id: string }>(columns: Column<R>[], rows: R[]): string =>
  [
    csvLine([...columns.map(({ label }) => label), 'Id']),
    ...rows.map((row) => csvLine([...columns.map(({ text }) => text(row)), row.id])),
  ].join('');

/** The lines of a CSV file by RFC 4180, each as its fields; empty lines are left out. */
export function rowsOf(text: string, delimiter = ','): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let isQuoted = false;
  const endField = () => {
    row.push(field);
    field = '';
  };
  const endRow = () => {
    endField();
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  for (let at = text.startsWith('\ufeff') ? 1 : 0; at < text.length; at++) {
    const sign = text[at] as string;
    if (isQuoted) {
      if (sign !== '"') field += sign;
      else if (text[at + 1] === '"') field += text[++at];
      else isQuoted = false;
    } else if (sign === '"') isQuoted = true;
    else if (sign === delimiter) endField();
    else if (sign === '\n') endRow();
    else if (sign !== '\r') field += sign;
  }
  endRow();
  return rows;
}

/** Comma, semicolon or tab: what the first line has most of. */
export function delimiterOf(text: string): string {
  const head = text.slice(0, text.search(/[\r\n]|$/));
  const count = (sign: string) => head.split(sign).length;
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}
