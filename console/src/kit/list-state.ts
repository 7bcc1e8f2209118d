import { useNavigate, useSearch } from '@tanstack/react-router';

export interface Filter {
  name: string;
  label: string;
  /** What is shown without the filter; everything, unless it says otherwise. */
  all?: string;
  options: { value: string; label: string }[];
  /** Asks for the value, where it is one of too many to be offered here. */
  choose?: () => void;
}

type Search = Record<string, string | undefined>;

/** Parameters of a list's address beside its filters. */
const own = ['q', 'sort', 'cursor', 'hide', 'show', 'tab', 'entry', 'as', 'key'];

/** A list's search, filters, sort and page: all of it in the address. Typing replaces the entry, the rest pushes one. */
export function useListState({ filters = [], sort }: { filters?: Filter[]; sort?: string }) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const known = new Set([...own, ...filters.map(({ name }) => name)]);
  const values: Search = {};
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(search)) {
    if (!known.has(name)) ignored.push(name);
    const filter = filters.find((each) => each.name === name);
    if (!filter || !value) continue;
    if (
      filter.options.length === 0 ||
      value.split(',').every((part) => filter.options.some((option) => option.value === part))
    )
      values[name] = value;
    else ignored.push(`${name}=${value}`);
  }
  const go = (changes: Search, replace = false) =>
    navigate({
      to: '.',
      search: ((old: Search) => {
        const next: Search = { ...old, cursor: undefined, ...changes };
        for (const [name, value] of Object.entries(next)) if (!value) delete next[name];
        return next;
      }) as never,
      replace,
    });
  const parameters = {
    ...(search.q ? { q: search.q } : {}),
    ...((search.sort ?? sort) ? { sort: search.sort ?? (sort as string) } : {}),
    ...(search.cursor ? { cursor: search.cursor } : {}),
    ...(values as Record<string, string>),
  };
  /** The same as parameters of a list's operation, whose type the caller knows. */
  const query = <Q>() => parameters as Q;
  return { search, values, ignored, go, query, sort: search.sort ?? sort ?? '' };
}

export type ListState = ReturnType<typeof useListState>;
