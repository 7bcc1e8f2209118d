import { formatText } from './en.format.ts';

/** The language of the page, which the server chose among those that the console speaks. */
export const language = globalThis.document?.documentElement.lang || 'en';
/** Numbers, dates and order follow the browser where it speaks the page's language: `en-AU`. */
const own = Intl.NumberFormat().resolvedOptions().locale;
export const locale = own.startsWith(language) ? own : language;

const numbers = new Intl.NumberFormat(locale);
export const number = (value: number) => numbers.format(value);

/** `1 account`, `2,400 accounts`. */
export const count = (value: number, one: string, many: string) => `${number(value)} ${value === 1 ? one : many}`;

/** A total of a list, `10,000+` when the server stopped counting. */
export const total = (value: number, isAtLeast: boolean) => `${number(value)}${isAtLeast ? '+' : ''}`;

const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
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
  return seconds > 10 ? formatText.soon : formatText.justNow;
}

const local = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' });
export const localTime = (at: string) => local.format(new Date(at));
const short = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dated = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
/** `24 Nov 2026`, in the browser's zone. */
export const localDay = (at: string) => day.format(new Date(at));
/** `24 Nov, 14:05:09`, of another year `24 Nov 2024, 14:05`, in the browser's zone. */
export function shortTime(at: string, now = Date.now()): string {
  const date = new Date(at);
  return (date.getFullYear() === new Date(now).getFullYear() ? short : dated).format(date);
}
/** `2026-11-24 13:05:09 UTC` */
export const utcTime = (at: string) => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
/** `Tue 24 Nov`, of a day such as `2026-11-24`. */
const weekday = new Intl.DateTimeFormat(locale, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});
export const shortDay = (date: string) => weekday.format(new Date(`${date}T00:00:00Z`));

const monthAndYear = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', timeZone: 'UTC' });
export const shortMonth = (date: string) => monthAndYear.format(new Date(`${date}T00:00:00Z`));

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
/** `6.8 kB` */
export function bytesText(bytes: number): string {
  const step = Math.min(byteUnits.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: byteUnits[step] as string,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(bytes / 1000 ** step);
}

const names = new Intl.DisplayNames(locale, { type: 'region' });
export const countryName = (code: string) => {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
};
export const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
