/** What the cookies of ours begin with: nothing else that a browser holds for this host is read. */
const OURS = '__Host-bailiwick';

const none: Record<string, string | undefined> = Object.freeze(Object.create(null));

/** The cookies of ours in a Cookie header, by name. Their values are never encoded; of two of one name the first counts. */
export function readCookies(header: string | undefined): Record<string, string | undefined> {
  if (header === undefined) return none;
  const cookies: Record<string, string | undefined> = Object.create(null);
  for (let at = header.indexOf(OURS); at >= 0; ) {
    const end = header.indexOf(';', at);
    const last = end < 0 ? header.length : end;
    const equals = header.indexOf('=', at);
    if (equals >= 0 && equals < last && isBegun(header, at))
      cookies[header.slice(at, equals)] ??= header.slice(equals + 1, last).trimEnd();
    at = end < 0 ? -1 : header.indexOf(OURS, end);
  }
  return cookies;
}

/** Whether a pair begins here: not within the value of another one. */
function isBegun(header: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && header.charCodeAt(before) === 32) before--;
  return before < 0 || header.charCodeAt(before) === 59;
}
