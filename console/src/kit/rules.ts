import { doorText } from '../messages/en.doors.ts';
import type { Errors } from './draft.ts';

/** Early answers to a typo; the server's rules decide. */
const rules = {
  required: (value: string) => (value.trim() ? undefined : doorText.is.required),
  email: (value: string) => (/^[^@\s]+@[^@\s]+$/.test(value.trim()) ? undefined : doorText.is.email),
  phone: (value: string) => (/^\+[1-9]\d{6,14}$/.test(value.trim()) ? undefined : doorText.is.phone),
  optionalPhone: (value: string) => (value.trim() ? rules.phone(value) : undefined),
  systemName: (value: string) =>
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value) ? undefined : doorText.is.systemName,
  password: (value: string) => (value.length >= 15 ? undefined : doorText.is.password),
} as const;

type Rule = keyof typeof rules;

/** A check of a form from the rule of each field. */
export const checkBy =
  (by: Record<string, Rule>) =>
  (values: Record<string, string>): Errors =>
    Object.fromEntries(Object.entries(by).map(([name, rule]) => [name, rules[rule](values[name] ?? '')]));

/** `Müller & Söhne GmbH` becomes `muller-sohne-gmbh`. */
export const systemNameFrom = (name: string) =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');

/** Leaves out what was left empty, and trims the rest. */
export const given = <K extends string>(values: Readonly<Record<K, string>>, names: K[]): Partial<Record<K, string>> =>
  Object.fromEntries(names.map((name) => [name, values[name].trim()]).filter(([, value]) => value !== '')) as never;
