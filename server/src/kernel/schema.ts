import { z } from 'zod';
import { hasForbiddenCharacters } from './canonical.ts';
import { isId } from './ids.ts';
import './plain-words.ts';

/** Building blocks of the shapes. A field is public unless it is marked `personal` or `secret`. */

export type FieldClass = 'public' | 'personal' | 'secret';

declare module 'zod' {
  interface GlobalMeta {
    /** How the audit keeps the field: in the clear, encrypted for its person, or not at all. */
    fieldClass?: FieldClass;
  }
}

export const personal = <S extends z.ZodType>(schema: S): S =>
  schema.meta({ ...schema.meta(), fieldClass: 'personal' });
export const secret = <S extends z.ZodType>(schema: S): S => schema.meta({ ...schema.meta(), fieldClass: 'secret' });

export const Id = z
  .string()
  .refine(isId, 'must be an id')
  .meta({ format: 'uuid', example: '0192f3a0-7b1c-7def-8abc-0123456789ab' });

/** RFC 3339 in UTC; a Date inside, text on the wire. */
export const Timestamp = z.iso.datetime().meta({ format: 'date-time' });

/** One line that people read: no control characters, no leading or trailing space. */
export const text = (max: number, min = 1) =>
  z
    .string()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine((value) => !hasForbiddenCharacters(value), 'must not contain control or direction characters')
    .refine((value) => value === value.trim(), 'must not begin or end with a space');

/** Query parameters of every list (design, section 8). */
export const listQuery = <const S extends readonly [string, ...string[]]>(sorts: S) =>
  z.strictObject({
    limit: z
      .string()
      .regex(/^\d{1,3}$/, 'must be a number from 1 to 200')
      .transform(Number)
      .refine((limit) => limit >= 1 && limit <= 200, 'must be a number from 1 to 200')
      .default(50),
    cursor: z.string().max(6000).optional(),
    sort: z
      .enum(sorts.flatMap((name) => [name, `-${name}`]) as [string, ...string[]], {
        error: `must be one of ${sorts.join(', ')}, with - before it for the other direction`,
      })
      .optional(),
    q: z
      .string()
      .max(200)
      .refine((value) => !hasForbiddenCharacters(value), 'must not contain control characters')
      .optional(),
  });

export const listOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    total: z.int(),
    totalIsAtLeast: z.boolean(),
  });

/** What a page of a list query gives: the rows, where to go on, how many there are. */
export interface Page<Row> {
  items: Row[];
  nextCursor: string | null;
  total: number;
  totalIsAtLeast: boolean;
}

type Encode = (value: unknown) => unknown;
const encoders = new WeakMap<z.ZodType, Encode>();

/** Writes a value by its schema as JSON will have it: only declared fields leave. Made once a schema. */
export function encoderOf(schema: z.ZodType): Encode {
  const known = encoders.get(schema);
  if (known) return known;
  const made = makeEncoder(schema);
  encoders.set(schema, made);
  return made;
}

/** JSON writes a time as RFC 3339. */
const plain: Encode = (value) => value;

function makeEncoder(schema: z.ZodType): Encode {
  if (schema instanceof z.ZodObject) {
    const names = Object.keys(schema.shape);
    const encoders = names.map((name) => encoderOf(schema.shape[name] as z.ZodType));
    // Written out once, an object has one layout, and V8 needs no look-up by name to read or to write it. What is
    // undefined does not leave (JSON).
    const fields = names.map((name, at) => {
      const field = `value[${JSON.stringify(name)}]`;
      return `${JSON.stringify(name)}: ${encoders[at] === plain ? field : `encoders[${at}](${field})`}`;
    });
    const write = new Function('encoders', `return (value) => ({ ${fields.join()} })`)(encoders) as Encode;
    return (value) => (value === null || typeof value !== 'object' ? value : write(value));
  }
  if (schema instanceof z.ZodArray) {
    const encode = encoderOf(schema.element as z.ZodType);
    return (value) => (Array.isArray(value) ? value.map(encode) : value);
  }
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    const encode = encoderOf(schema.unwrap() as z.ZodType);
    return (value) => (value === null || value === undefined ? value : encode(value));
  }
  return plain;
}

/** A field's class, seen through optional and nullable; of an object or a list the strictest of what is in it. */
export function fieldClassOf(schema: z.ZodType): FieldClass {
  const own = schema.meta()?.fieldClass;
  if (own) return own;
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return fieldClassOf(schema.unwrap() as z.ZodType);
  const within =
    schema instanceof z.ZodObject ? Object.values(schema.shape) : schema instanceof z.ZodArray ? [schema.element] : [];
  const classes = within.map((each) => fieldClassOf(each as z.ZodType));
  return classes.includes('secret') ? 'secret' : classes.includes('personal') ? 'personal' : 'public';
}

const showing = new WeakMap<z.ZodType, boolean>();

/** Whether anything in it is a secret. */
export function hasSecret(schema: z.ZodType): boolean {
  const known = showing.get(schema);
  if (known !== undefined) return known;
  const found =
    schema.meta()?.fieldClass === 'secret' ||
    (schema instanceof z.ZodObject && Object.values(schema.shape).some((field) => hasSecret(field as z.ZodType))) ||
    (schema instanceof z.ZodArray && hasSecret(schema.element as z.ZodType)) ||
    ((schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) && hasSecret(schema.unwrap() as z.ZodType));
  showing.set(schema, found);
  return found;
}

/** The errors of a failed parse, each with its path below `prefix`. */
export function fieldErrors(error: z.ZodError, prefix: string[] = []) {
  return error.issues.flatMap((issue) => {
    const at = [...prefix, ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: [...at, key].join('.'),
        message: prefix[0] === 'query' ? 'is not a parameter here' : 'is not a field that can be set here',
      }));
    return [{ path: at.join('.') || 'body', message: issue.message }];
  });
}
