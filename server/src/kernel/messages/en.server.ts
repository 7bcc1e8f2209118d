/** What the server says to people, where a language has other words for it. It speaks English itself. */
export const serverText: Record<string, string> = {};

/** How the language writes a number, a day or a time that the server puts into its texts. */
export const written = (value: string): string => value;
