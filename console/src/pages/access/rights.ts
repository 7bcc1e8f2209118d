export interface Right {
  /** A permission, or a whole topic as `<topic>.*`. */
  permission: string;
  namespaceId?: string | null;
  /** Where the answer tells it; else it is looked up for who may see namespaces. */
  namespaceName?: string | null;
}

/** Of a grant as one text: `permission` or `permission@namespace`. */
export const rightOf = (grant: string): Right => {
  const [permission = '', namespaceId = null] = grant.split('@');
  return { permission, namespaceId };
};

/** A sentence of the server with the rights in it by their names. */
export const inWords = (sentence: string, nameOf: (right: Right) => string): string =>
  sentence.replace(/[a-z-]+\.(?:[a-z-]+|\*)(?:@[0-9a-f-]{36})?/g, (right) => nameOf(rightOf(right)));
