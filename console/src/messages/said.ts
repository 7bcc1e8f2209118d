import { serverText } from './en.server.ts';

/** What the server says, in the language of the page. It speaks English, and that is what a text without a translation stays. */

interface Pattern {
  english: RegExp;
  translated: string;
}

const literalLength = (template: string) => template.replace(/\{\d\}/g, '').length;

/** Those with most words of their own first, since `must be {0}` fits much. */
const patterns: Pattern[] = Object.entries(serverText)
  .filter(([english]) => english.includes('{0}'))
  .sort(([a], [b]) => literalLength(b) - literalLength(a))
  .map(([english, translated]) => ({
    english: new RegExp(`^${english.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\d\}/g, '(.+?)')}$`, 's'),
    translated,
  }));

export function said(text: string): string {
  const whole = serverText[text];
  if (whole !== undefined) return whole;
  for (const { english, translated } of patterns) {
    const found = english.exec(text);
    if (found) return translated.replace(/\{(\d)\}/g, (_, at) => said(found[Number(at) + 1] ?? ''));
  }
  // What is wrong with a field, as a protocol's reply has it.
  const [, field, message] = /^([\w.[\]-]+: )(.+)$/s.exec(text) ?? [];
  return field && message ? field + said(message) : text;
}

/** Fields of replies that hold words of the server. */
const spoken = new Set([
  'reason',
  'text',
  'message',
  'detail',
  'remedy',
  'warnings',
  'changed',
  'managed',
  'note',
  'obstacle',
]);

/** Puts the words of the server in a reply, or in a problem, into the language of the page. */
export function putInOurWords(reply: unknown): void {
  if (Array.isArray(reply)) reply.forEach(putInOurWords);
  else if (reply !== null && typeof reply === 'object') {
    const fields = reply as Record<string, unknown>;
    for (const [name, field] of Object.entries(fields))
      if (!spoken.has(name)) putInOurWords(field);
      else if (typeof field === 'string') fields[name] = said(field);
      else if (Array.isArray(field)) fields[name] = field.map((each) => (typeof each === 'string' ? said(each) : each));
    if (Array.isArray(fields.errors)) fields.detail = detailOf(fields.errors);
  }
}

/** As the server puts it together. */
const detailOf = (errors: { path: string; message: string }[]) =>
  errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
