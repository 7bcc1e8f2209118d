/** The languages that the platform speaks: its console, and its mails. */
export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

export const languageCookie = '__Host-bailiwick-language';

export const isSpoken = (code: string | null | undefined): code is Language =>
  languages.some((language) => language === code);

/**
 * What a list such as `de-AT,de;q=0.9,en;q=0.8` asks for, the most wanted first (RFC 9110 section 12.5.4).
 */
export function wantedOf(header: string): string[] {
  const ranges = header.slice(0, 200).split(',');
  return ranges
    .map((range) => {
      const [tag = '', quality] = range.split(';');
      const [language = ''] = tag.trim().toLowerCase().split('-');
      return { language, quality: Number(quality?.split('=')[1] ?? 1) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ language }) => language);
}

/** Of whom nothing else is known: what was chosen in the browser, else what it asks for. */
export const languageOfRequest = (request: {
  cookies?: Record<string, string | undefined>;
  acceptLanguage?: string | undefined;
}): Language =>
  [request.cookies?.[languageCookie] ?? '', ...wantedOf(request.acceptLanguage ?? '')].find(isSpoken) ?? 'en';

/** What is known of somebody who is written to. */
export interface Reader {
  /** Chosen by the person, or for them. */
  language: string | null;
  /** What provisioning sent, like Accept-Language (RFC 7643 section 4.1.1). */
  preferredLanguage: string | null;
  tenantLanguage: string;
}

/** The one place that decides in which language somebody is written to. */
export const languageFor = ({ language, preferredLanguage, tenantLanguage }: Reader): Language =>
  [language ?? '', ...wantedOf(preferredLanguage ?? ''), tenantLanguage].find(isSpoken) ?? 'en';
