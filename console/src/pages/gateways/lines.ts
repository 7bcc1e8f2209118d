/** Texts of several lines, as forms hold them, and what the API has instead. */

export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** `name: value` on each line; undefined where a line is none. */
export function pairsOf(text: string): [name: string, value: string][] | undefined {
  const pairs = linesOf(text).map((line) => /^([^:\s][^:]*?)\s*:\s*(.*)$/.exec(line));
  return pairs.some((pair) => !pair) ? undefined : pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']);
}

/** Claims with all the values that are named for each. */
export function claimsOf(text: string): { name: string; values: string[] }[] {
  const of = new Map<string, string[]>();
  for (const [name, value] of pairsOf(text) ?? []) of.set(name, [...(of.get(name) ?? []), value]);
  return [...of].map(([name, values]) => ({ name, values }));
}

export const claimLines = (claims: { name: string; values: string[] }[]): string =>
  claims.flatMap(({ name, values }) => values.map((value) => `${name}: ${value}`)).join('\n');
