/** What the server says to people, where a language has other words for it. It speaks English itself. */
export const serverText: Record<string, string> = {};
