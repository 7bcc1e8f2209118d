/** The languages that the console speaks, each by its own name. */
export const languages = { en: 'English', de: 'Deutsch' };
