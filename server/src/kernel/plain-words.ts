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

const units: Record<string, string> = { string: 'characters', array: 'items', set: 'items' };

type Bound = (count: unknown, unit: string | undefined) => string;
const most: Bound = (count, unit) => (unit ? `must have at most ${count} ${unit}` : `must be at most ${count}`);
const least: Bound = (count, unit) => (unit ? `must have at least ${count} ${unit}` : `must be at least ${count}`);
const exact: Bound = (count, unit) => (unit ? `must have exactly ${count} ${unit}` : `must be exactly ${count}`);

function inPlainWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected as string] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length > 1 ? `must be one of ${issue.values.join(', ')}` : `must be ${issue.values.join()}`;
    case 'too_big':
      return (issue.exact ? exact : most)(issue.maximum, units[issue.origin as string]);
    case 'too_small':
      return (issue.exact ? exact : least)(issue.minimum, units[issue.origin as string]);
    case 'invalid_format':
      if (issue.format === 'datetime') return 'must be a time in UTC such as 2026-01-31T12:00:00Z';
      return issue.format === 'regex' ? 'must be of another form' : `must be of the form of ${issue.format}`;
    case 'invalid_union':
      return 'has none of the forms that are allowed here';
    default:
      return undefined;
  }
}

z.config({ customError: inPlainWords });
