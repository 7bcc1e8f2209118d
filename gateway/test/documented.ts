import { readFileSync } from 'node:fs';

/** What stands in a page of the documentation between three backticks, so that text and test cannot part. */
export function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].flatMap(([, of, block = '']) =>
    of === language ? [block] : [],
  );
}

/** The text with each of these put in the place of what it names. @throws when one is not there any more */
export function replaced(text: string, changes: Record<string, string>): string {
  let result = text;
  for (const [from, to] of Object.entries(changes)) {
    if (!result.includes(from)) throw new Error(`The page does not have ${from} any more.`);
    result = result.replaceAll(from, to);
  }
  return result;
}
