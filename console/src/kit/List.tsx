import {
  IconAdjustmentsHorizontal,
  IconArrowDown,
  IconArrowUp,
  IconDots,
  IconRefresh,
  IconSearch,
  IconX,
} from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { ApiProblem } from '../api/problem.ts';
import type { Page as PageOf } from '../api/types.ts';
import { en } from '../messages/en.ts';
import { total as totalText } from '../messages/format.ts';
import { IconButton } from './Button.tsx';
import { announce } from './live.ts';
import { Menu, type MenuItem } from './Menu.tsx';
import { NoMatch, ProblemPanel, Skeleton } from './problems.tsx';

export interface Column<Row> {
  name: string;
  label: string;
  cell: (row: Row) => ReactNode;
  /** The name that the server sorts by. */
  sort?: string;
  /** 1 always stays; 3 is the first to go when the window is narrow. */
  priority?: 1 | 2 | 3;
  isNumber?: boolean;
}

export interface Filter {
  name: string;
  label: string;
  /** What is shown without the filter; everything, unless it says otherwise. */
  all?: string;
  options: { value: string; label: string }[];
}

type Search = Record<string, string | undefined>;

/** A list's search, filters, sort and page: all of it in the address. Typing replaces the entry, the rest pushes one. */
export function useListState({ filters = [], sort }: { filters?: Filter[]; sort?: string }) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const known = new Set(['q', 'sort', 'cursor', 'hide', 'tab', 'entry', 'as', ...filters.map(({ name }) => name)]);
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
  const query = <Q,>() => parameters as Q;
  return { search, values, ignored, go, query, sort: search.sort ?? sort ?? '' };
}

export type ListState = ReturnType<typeof useListState>;

interface ListProps<Row> {
  /** Plural, lower case: "accounts". */
  what: string;
  state: ListState;
  query: UseQueryResult<PageOf<Row>>;
  columns: Column<Row>[];
  filters?: Filter[];
  rowKey: (row: Row) => string;
  rowName: (row: Row) => string;
  rowActions?: (row: Row) => MenuItem[];
  empty: ReactNode;
  hasSearch?: boolean;
  toolbar?: ReactNode;
  page?: string;
  rowClass?: (row: Row) => string;
}

/** The one list: toolbar, table, pages, and every state of it. */
export function List<Row>(props: ListProps<Row>) {
  const { what, state, query, columns, filters = [], empty, hasSearch = true, toolbar, page } = props;
  const { search, values, go } = state;
  const hidden = new Set((search.hide ?? '').split(',').filter(Boolean));
  const active = [
    ...(search.q ? [en.list.searchFor(search.q)] : []),
    ...filters.flatMap(({ name, label, options }) => {
      const value = values[name];
      if (!value) return [];
      return [
        en.list.is(
          label,
          value
            .split(',')
            .map((part) => options.find((option) => option.value === part)?.label ?? part)
            .join(' or '),
        ),
      ];
    }),
  ];
  const clear = () => go({ q: undefined, ...Object.fromEntries(filters.map(({ name }) => [name, undefined])) });
  const data = query.data;
  const shown = data ? totalText(data.total, data.totalIsAtLeast) : '';
  useEffect(() => {
    if (shown) announce(en.list.rows(shown, what));
  }, [shown, what]);

  const isRefused = !data && query.error instanceof ApiProblem && query.error.status === 403;
  const isBare = data?.items.length === 0 && active.length === 0 && !search.cursor;
  return (
    <div className="list">
      {(isBare && !query.isPlaceholderData) || isRefused ? null : (
        <search className="toolbar">
          {hasSearch ? <SearchBox what={what} value={search.q ?? ''} onChange={(q) => go({ q }, true)} /> : null}
          {filters
            .filter(({ options }) => options.length > 0)
            .map((filter) => (
              <FilterSelect
                key={filter.name}
                filter={filter}
                value={values[filter.name] ?? ''}
                onChange={(value) => go({ [filter.name]: value })}
              />
            ))}
          {toolbar}
          <span className="toolbar-end">
            <span className="faint tabular" aria-hidden="true">
              {data ? en.list.rows(shown, what) : ''}
            </span>
            <Menu
              label={en.list.columns}
              trigger={<IconAdjustmentsHorizontal size={18} aria-hidden="true" />}
              items={columns.slice(1).map(({ name, label }) => ({
                label,
                isChecked: !hidden.has(name),
                onSelect: () =>
                  go(
                    {
                      hide: [
                        ...(hidden.has(name) ? [...hidden].filter((each) => each !== name) : [...hidden, name]),
                      ].join(','),
                      cursor: search.cursor,
                    },
                    true,
                  ),
              }))}
            />
            <IconButton label={en.action.refresh} onClick={() => query.refetch()}>
              <IconRefresh size={18} aria-hidden="true" className={query.isFetching ? 'turning' : ''} />
            </IconButton>
          </span>
        </search>
      )}
      {active.length > 0 && data && data.items.length > 0 ? (
        <p className="active-filters">
          {active.map((each) => (
            <span key={each} className="chip">
              {each}
            </span>
          ))}
          <button type="button" className="link-button" onClick={clear}>
            {en.action.clearFilters}
          </button>
        </p>
      ) : null}
      {state.ignored.length > 0 ? <p className="note note-warn">{en.list.ignored(state.ignored.join(', '))}</p> : null}
      {query.isError && !data ? (
        <ProblemPanel error={query.error} onRetry={() => query.refetch()} {...(page ? { page } : {})} />
      ) : !data ? (
        <Skeleton lines={6} />
      ) : data.items.length === 0 ? (
        active.length > 0 ? (
          <NoMatch what={what} filters={active} onClear={clear} />
        ) : (
          empty
        )
      ) : (
        <>
          {query.isError ? <ProblemPanel error={query.error} onRetry={() => query.refetch()} /> : null}
          <Table
            {...props}
            rows={data.items}
            hidden={hidden}
            sort={state.sort}
            onSort={(sort) => go({ sort })}
            isDimmed={query.isPlaceholderData}
          />
          <Pages state={state} next={data.nextCursor} />
        </>
      )}
    </div>
  );
}

function SearchBox({ what, value, onChange }: { what: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    // Back, forward and "Clear filters" change the address without typing.
    if (value !== sent.current) {
      sent.current = value;
      setTyped(value);
    }
  }, [value]);
  const change = (next: string, delayMs: number) => {
    setTyped(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = next.trim();
      onChange(next.trim());
    }, delayMs);
  };
  return (
    <span className="search-box">
      <IconSearch size={16} aria-hidden="true" />
      <input
        type="search"
        data-list-search
        aria-label={en.list.search(what)}
        placeholder={en.list.search(what)}
        value={typed}
        spellCheck={false}
        onChange={(event) => change(event.currentTarget.value, 150)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') change(typed, 0);
          if (event.key === 'Escape') {
            if (typed) change('', 0);
            else event.currentTarget.blur();
          }
        }}
      />
      {typed ? (
        <button
          type="button"
          className="search-clear"
          aria-label={en.action.clearFilters}
          onClick={() => change('', 0)}
        >
          <IconX size={14} aria-hidden="true" />
        </button>
      ) : null}
    </span>
  );
}

function FilterSelect({
  filter: { name, label, options, all = en.list.all },
  value,
  onChange,
}: {
  filter: Filter;
  value: string;
  onChange: (value: string) => void;
}) {
  const isSeveral = value.includes(',');
  return (
    <label className="filter" data-active={value ? true : undefined}>
      <span>{label}</span>
      <select name={name} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{all}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
        {isSeveral ? (
          <option value={value}>
            {value
              .split(',')
              .map((part) => options.find((option) => option.value === part)?.label)
              .join(' or ')}
          </option>
        ) : null}
      </select>
    </label>
  );
}

/** A native table in a scroll region of its own. Up, Down, Home and End move among the rows' links. */
export function Table<Row>({
  what,
  rows,
  columns,
  hidden = new Set(),
  rowKey,
  rowName,
  rowActions,
  rowClass,
  sort,
  onSort,
  isDimmed,
}: {
  what: string;
  rows: Row[];
  columns: Column<Row>[];
  hidden?: ReadonlySet<string>;
  rowKey: (row: Row) => string;
  rowName: (row: Row) => string;
  rowActions?: (row: Row) => MenuItem[];
  rowClass?: (row: Row) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  isDimmed?: boolean;
}) {
  const shown = columns.filter(({ name }, index) => index === 0 || !hidden.has(name));
  const move = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const links = [...event.currentTarget.querySelectorAll<HTMLElement>('th a, th button')];
    const row = (event.target as HTMLElement).closest('tr');
    const at = links.findIndex((link) => link.closest('tr') === row);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: links.length - 1,
      PageDown: Math.min(at + 10, links.length - 1),
      PageUp: Math.max(at - 10, 0),
    }[event.key];
    if (to === undefined || !links[to]) return;
    event.preventDefault();
    links[to].focus();
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-region" aria-label={en.list.table(what)} tabIndex={0} data-dimmed={isDimmed || undefined}>
      <table className="table">
        <thead>
          <tr>
            {shown.map((column) => {
              const direction =
                column.sort && sort === column.sort
                  ? 'ascending'
                  : column.sort && sort === `-${column.sort}`
                    ? 'descending'
                    : undefined;
              return (
                <th
                  key={column.name}
                  scope="col"
                  className={`priority-${column.priority ?? 1}${column.isNumber ? ' number' : ''}`}
                  aria-sort={column.sort && onSort ? (direction ?? 'none') : undefined}
                >
                  {column.sort && onSort ? (
                    <button
                      type="button"
                      className="sort"
                      onClick={() => onSort(direction === 'ascending' ? `-${column.sort}` : (column.sort as string))}
                    >
                      {column.label}
                      {direction === 'ascending' ? (
                        <IconArrowUp size={14} aria-hidden="true" />
                      ) : direction === 'descending' ? (
                        <IconArrowDown size={14} aria-hidden="true" />
                      ) : null}
                    </button>
                  ) : (
                    column.label
                  )}
                </th>
              );
            })}
            {rowActions ? (
              <th scope="col" className="row-actions">
                <span className="visually-hidden">{en.list.actions}</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody onKeyDown={move}>
          {rows.map((row) => (
            <tr key={rowKey(row)} className={rowClass?.(row)}>
              {shown.map((column, index) =>
                index === 0 ? (
                  <th key={column.name} scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td
                    key={column.name}
                    className={`priority-${column.priority ?? 1}${column.isNumber ? ' number' : ''}`}
                  >
                    {column.cell(row)}
                  </td>
                ),
              )}
              {rowActions ? (
                <td className="row-actions">
                  {rowActions(row).length > 0 ? (
                    <Menu
                      label={en.action.more(rowName(row))}
                      trigger={<IconDots size={18} aria-hidden="true" />}
                      items={rowActions(row)}
                    />
                  ) : null}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Pages({ state, next }: { state: ListState; next: string | null }) {
  const trail = useRef<string[]>([]);
  const { cursor } = state.search;
  if (!cursor && !next) return null;
  const previous = trail.current.at(-1);
  return (
    <nav className="pages" aria-label={en.list.page}>
      {cursor ? (
        <button
          type="button"
          className="plain-button"
          onClick={() => {
            trail.current = [];
            state.go({});
          }}
        >
          {en.list.firstPage}
        </button>
      ) : null}
      {cursor && previous !== undefined && previous !== '' ? (
        <button
          type="button"
          className="plain-button"
          onClick={() => {
            trail.current.pop();
            state.go({ cursor: previous });
          }}
        >
          {en.list.previousPage}
        </button>
      ) : null}
      {next ? (
        <button
          type="button"
          className="plain-button"
          onClick={() => {
            trail.current.push(cursor ?? '');
            state.go({ cursor: next });
          }}
        >
          {en.list.nextPage}
        </button>
      ) : null}
    </nav>
  );
}
