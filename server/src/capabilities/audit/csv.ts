/**
 * One line of a CSV file by RFC 4180, every field quoted.
 *
 * What a spreadsheet would take for a formula gets an apostrophe before it (P30).
 */
export const csvLine = (fields: (string | null | undefined)[]): string =>
  `${fields.map((field) => `"${neutral(field ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`;

/** With an apostrophe more where there are some already, so that each text can be read back. */
const neutral = (text: string) => (/^'*[=+\-@\t\r\n]/.test(text) ? `'${text}` : text);

/** The text that `csvLine` wrote into a field. */
export const fieldOf = (written: string): string => (/^'+[=+\-@\t\r\n]/.test(written) ? written.slice(1) : written);
