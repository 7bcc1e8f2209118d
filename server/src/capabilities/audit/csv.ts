/**
 * One line of a CSV file by RFC 4180, every field quoted.
 *
 * What a spreadsheet would take for a formula gets an apostrophe before it (P30): at the beginning of a field, and after
 * what separates fields or lines for a spreadsheet whose list separator is no comma, since it takes a quote within a field
 * for a letter.
 */
export const csvLine = (fields: (string | null | undefined)[]): string =>
  `${fields.map((field) => `"${neutral(field ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`;

const start = /(^|[;|\t\r\n])/.source;
/** Its sign, in both widths, and what a spreadsheet passes over before it. */
const formula = /(?=(?:[^\S\t\r\n]|['"])*[=+\-@＝＋－＠])/.source;

/** With an apostrophe more where there are some already, so that each text can be read back. */
const neutral = (text: string) => text.replaceAll(new RegExp(start + formula, 'g'), "$1'");

/** The text that `csvLine` wrote into a field. */
export const fieldOf = (written: string): string => written.replaceAll(new RegExp(`${start}'${formula}`, 'g'), '$1');
