/** Numbers, dates and order by the browser's language; words, also those of relative times, are English. */
const numbers = new Intl.NumberFormat();
export const number = (value: number) => numbers.format(value);

/** `1 account`, `2,400 accounts`. */
export const count = (value: number, one: string, many: string) => `${number(value)} ${value === 1 ? one : many}`;

/** A total of a list, `10,000+` when the server stopped counting. */
export const total = (value: number, isAtLeast: boolean) => `${number(value)}${isAtLeast ? '+' : ''}`;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `3 days ago`, `in 2 hours`; below a minute `just now`. */
export function fromNow(at: string, nowMs = Date.now()): string {
  const seconds = (Date.parse(at) - nowMs) / 1000;
  for (const [unit, size] of steps)
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  return seconds > 10 ? 'in less than a minute' : 'just now';
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
export const localTime = (at: string) => local.format(new Date(at));
const short = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
/** `24 Nov, 14:05:09`, in the browser's zone. */
export const shortTime = (at: string) => short.format(new Date(at));
/** `2026-11-24 13:05:09 UTC` */
export const utcTime = (at: string) => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
/** `Tue 24 Nov`, of a day such as `2026-11-24`. */
const weekday = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});
export const shortDay = (date: string) => weekday.format(new Date(`${date}T00:00:00Z`));

const names = new Intl.DisplayNames(undefined, { type: 'region' });
export const countryName = (code: string) => {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
};
export const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
