import { en } from '../messages/en.ts';

export const lifetimeOptions = [30, 90, 180, 365].map((days) => ({ value: String(days), label: en.secret.days(days) }));

/** `days` after `fromMs`. A year is cut by a minute, so that a slow clock here does not ask for more than the server gives. */
export const expiryAfter = (days: string, fromMs: number) => {
  const ms = Number(days) * 86_400_000;
  return new Date(fromMs + (Number(days) >= 365 ? ms - 60_000 : ms)).toISOString();
};
