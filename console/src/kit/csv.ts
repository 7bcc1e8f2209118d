import type { Column } from './Table.tsx';

/**
 * One line of a CSV file by RFC 4180, every field quoted.
 *
 * What a spreadsheet would take for a formula gets an apostrophe before it (threat model, P30).
 */
export const csvLine = (fields: (string | null | undefined)[]): string =>
  `${fields.map((field) => `"${neutral(field ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`;

const neutral = (text: string) => (/^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text);

/** Rows under their columns' labels, each with its id. */
export const csvOf = <R extends { id: string }>(columns: Column<R>[], rows: R[]): string =>
  [
    csvLine([...columns.map(({ label }) => label), 'Id']),
    ...rows.map((row) => csvLine([...columns.map(({ text }) => text(row)), row.id])),
  ].join('');
