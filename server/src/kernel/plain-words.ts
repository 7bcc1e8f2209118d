import { z } from 'zod';

/** What is wrong with a value, in words for who sent it; where a schema has words of its own they come first. */

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const units: Record<string, string> = { string: ' characters', array: ' items', set: ' items' };

type Limit = { origin: string; exact?: boolean };
const limit = (bound: string, { origin, exact }: Limit, count: unknown) =>
  `must ${units[origin] ? 'have' : 'be'} ${exact ? 'exactly' : bound} ${count}${units[origin] ?? ''}`;

function inPlainWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected as string] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'too_big':
      return limit('at most', issue as Limit, issue.maximum);
    case 'too_small':
      return limit('at least', issue as Limit, issue.minimum);
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'must be a time in UTC such as 2026-01-31T12:00:00Z'
        : `must be ${issue.format === 'regex' ? 'of another form' : `of the form of ${issue.format}`}`;
    case 'invalid_union':
      return 'has none of the forms that are allowed here';
    default:
      return undefined;
  }
}

z.config({ customError: inPlainWords });
