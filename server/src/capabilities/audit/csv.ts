/**
 * One line of a CSV file by RFC 4180, every field quoted.
 *
 * What a spreadsheet would take for a formula gets an apostrophe before it (P30).
 */
export const csvLine = (fields: (string | null | undefined)[]): string =>
  `${fields.map((field) => `"${neutral(field ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`;

const neutral = (text: string) => (/^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text);
