/** Only a path of ours may be the way back: one slash, then no other. */
export const isOwnPath = (path: unknown): path is string => typeof path === 'string' && /^\/(?![/\\])/.test(path);

/** Plain text in the address: no JSON, commas as they are, ids never read as numbers. */
export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

/** Leaves out what is not given, so that defaults do not fill the address. */
export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `?${text.replaceAll('%2C', ',').replaceAll('%3A', ':')}`;
}
