import { useState } from 'react';

export type Values<K extends string> = Record<K, string>;
export type Errors = Partial<Record<string, string>>;

/** What is typed into a form beside what it began with; names are those of the API, with dots for parts. */
export interface Draft<K extends string> {
  values: Values<K>;
  initial: Values<K>;
  /** Names whose value differs from the first one. */
  changed: K[];
  isChanged: boolean;
  set: (name: K, value: string) => void;
  /** Starts anew from other values, keeping what is given as typed. */
  rebase: (initial: Values<K>, typed?: Values<K>) => void;
  errors: Errors;
  setErrors: (errors: Errors) => void;
  /** Checks a field when it is left, and from then on at each change. */
  leave: (name: K) => void;
}

/**
 * Holds a form's state. `check` names what is wrong by field.
 *
 * Every value is text; an empty text is a value that was not given.
 */
export function useDraft<K extends string>(
  first: Values<K>,
  check: (values: Values<K>) => Errors = () => ({}),
): Draft<K> {
  const [initial, setInitial] = useState(first);
  const [values, setValues] = useState(first);
  const [errors, setErrors] = useState<Errors>({});
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const changed = (Object.keys(values) as K[]).filter((name) => values[name] !== initial[name]);

  const recheck = (name: K, next: Values<K>) => setErrors((old) => ({ ...old, [name]: check(next)[name] }));
  return {
    values,
    initial,
    changed,
    isChanged: changed.length > 0,
    set(name, value) {
      const next = { ...values, [name]: value };
      setValues((old) => ({ ...old, [name]: value }));
      const [before, after] = [check(values), check(next)];
      // What was wrong beside another field may be right now. What the server refused stands.
      const follow = ([field, error]: [string, string | undefined]) =>
        [field, error !== undefined && error === before[field] ? after[field] : error] as const;
      setErrors((old) => ({
        ...Object.fromEntries(Object.entries(old).map(follow)),
        ...(left.has(name) || old[name] ? { [name]: after[name] } : {}),
      }));
    },
    rebase(next, typed = next) {
      setInitial(next);
      setValues(typed);
      setErrors({});
    },
    errors,
    setErrors,
    leave(name) {
      if (values[name] === initial[name] && !errors[name]) return;
      setLeft((old) => new Set(old).add(name));
      // What the server refused stands until something else is typed.
      if (!errors[name]) recheck(name, values);
    },
  };
}
