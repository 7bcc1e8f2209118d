/**
 * Checks of what a provider sent are generators: each yields what it finds wrong and goes on as if it had not, and
 * returns what it read. The server stops at the first finding; tests run to the end, and so see that a document is
 * refused for its own reason and for no other.
 */

export type Stage = 'provider' | 'answer' | 'signature' | 'issuer' | 'audience' | 'claims';

export interface Finding {
  /** The rule that is broken, for tests and for the log of a person who looks for it. */
  rule: string;
  stage: Stage;
  /** What is wrong and what to do, for who tests the provider. */
  message: string;
  /** The field to mend. */
  path: string | null;
}

export type Checking<T> = Generator<Finding, T>;

export const finding = (stage: Stage, rule: string, message: string, path: string | null = null): Finding => ({
  stage,
  rule,
  message,
  path,
});

/** A text of a provider's, as it is shown to who tests it. */
export const shown = (text: string | null | undefined): string =>
  text === null || text === undefined ? 'nothing' : `"${text.length > 200 ? `${text.slice(0, 200)}…` : text}"`;
