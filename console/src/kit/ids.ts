/** Whether a text is the id of something, in whole. Ids have small letters; what people type is made small before. */
export const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
