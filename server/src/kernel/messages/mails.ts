import { de } from './de.ts';
import { en } from './en.ts';
import type { Language } from './languages.ts';
import { saying } from './said.ts';

/** What a mail says: each language has all of them. */
export type MailTexts = typeof en;
export type NoticeKind = keyof MailTexts['notices'];

/** A mail in one language: its lines are joined as plain text. */
export interface Letter {
  subject: string;
  lines: string[];
}

export const mailTexts: Record<Language, MailTexts> = { en, de };

/** A text of a notice, which is kept in English, in a language. */
export const saidIn = async (language: Language, text: string): Promise<string> =>
  language === 'en' ? text : (await sayings[language]())(text);

/** Loaded with the first mail that needs them. */
const sayings = {
  de: async () => {
    const { serverText, written } = await import('./de.server.ts');
    return saying(serverText, written);
  },
};
