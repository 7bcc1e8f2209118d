import { serverText, written } from '../../../server/src/kernel/messages/en.server.ts';
import { saying } from '../../../server/src/kernel/messages/said.ts';

/** What the server says, in the language of the page. It speaks English, and that is what a text without a translation stays. */
export const said = saying(serverText, written);

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
  'problem',
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
