import {
  IconAdjustmentsHorizontal,
  IconChevronDown,
  IconRefresh,
  IconSearch,
  IconTableExport,
  IconX,
} from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Page as PageOf } from '../api/types.ts';
import { en } from '../messages/en.ts';
import { number } from '../messages/format.ts';
import { IconButton } from './Button.tsx';
import { copyText } from './CopyButton.tsx';
import { csvOf } from './csv.ts';
import { download } from './download.ts';
import type { Filter, ListState } from './list-state.ts';
import { Menu, type MenuItem } from './Menu.tsx';
import type { Column, Row } from './Table.tsx';
import { toast } from './toasts.tsx';
import { useTyped } from './typed.ts';

/** The columns that are chosen: all but those taken away, and the extra ones that were asked for. */
export function chosenColumns<R>(columns: Column<R>[], { search }: ListState): Column<R>[] {
  const hidden = namesOf(search.hide);
  const extra = namesOf(search.show);
  return columns.filter(({ name, isExtra }, index) => index === 0 || (isExtra ? extra.has(name) : !hidden.has(name)));
}

const namesOf = (text: string | undefined) => new Set((text ?? '').split(',').filter(Boolean));

/** What narrows a list, and what is done with its page as a whole. */
export function Toolbar<R extends Row>({
  what,
  state,
  query,
  columns,
  filters,
  shown,
  hasSearch,
  hasCsv,
  exports,
  children,
}: {
  what: string;
  state: ListState;
  query: UseQueryResult<PageOf<R>>;
  columns: Column<R>[];
  filters: Filter[];
  /** How many rows there are, in words. */
  shown: string;
  hasSearch: boolean;
  hasCsv: boolean;
  /** Of all that match, by the server. */
  exports: MenuItem[];
  children: ReactNode;
}) {
  const { search, values, go } = state;
  const rows = query.data?.items ?? [];
  return (
    <search className="toolbar">
      {hasSearch ? <SearchBox what={what} value={search.q ?? ''} onChange={(q) => go({ q }, true)} /> : null}
      {filters
        .filter(({ options, choose }) => options.length > 0 || choose)
        .map((filter) =>
          filter.choose ? (
            <FilterButton key={filter.name} filter={filter} value={values[filter.name]} />
          ) : (
            <FilterSelect
              key={filter.name}
              filter={filter}
              value={values[filter.name] ?? ''}
              onChange={(value) => go({ [filter.name]: value })}
            />
          ),
        )}
      {children}
      <span className="toolbar-end">
        <span className="faint tabular" aria-hidden="true">
          {shown}
        </span>
        <ColumnsMenu columns={columns} state={state} />
        {hasCsv && rows.length > 0 ? (
          <CsvMenu what={what} columns={chosenColumns(columns, state)} rows={rows} more={exports} />
        ) : null}
        <IconButton label={en.action.refresh} onClick={() => query.refetch()}>
          <IconRefresh size={18} aria-hidden="true" className={query.isFetching ? 'turning' : ''} />
        </IconButton>
      </span>
    </search>
  );
}

function ColumnsMenu<R>({ columns, state: { search, go } }: { columns: Column<R>[]; state: ListState }) {
  const hidden = namesOf(search.hide);
  const extra = namesOf(search.show);
  const flip = (names: Set<string>, name: string) => {
    if (!names.delete(name)) names.add(name);
    return [...names].join(',');
  };
  return (
    <Menu
      label={en.list.columns}
      trigger={<IconAdjustmentsHorizontal size={18} aria-hidden="true" />}
      items={columns.slice(1).map(({ name, label, isExtra }) => ({
        label,
        isChecked: isExtra ? extra.has(name) : !hidden.has(name),
        onSelect: () =>
          go(
            { ...(isExtra ? { show: flip(extra, name) } : { hide: flip(hidden, name) }), cursor: search.cursor },
            true,
          ),
      }))}
    />
  );
}

/** The rows on screen; where the server exports, all that match too. */
function CsvMenu<R extends Row>({
  what,
  columns,
  rows,
  more,
}: {
  what: string;
  columns: Column<R>[];
  rows: R[];
  more: MenuItem[];
}) {
  const these = en.list.rows(number(rows.length), what);
  return (
    <Menu
      label={en.csv.label}
      trigger={<IconTableExport size={18} aria-hidden="true" />}
      items={[
        {
          label: en.csv.copy(these),
          onSelect: async () => {
            await copyText(csvOf(columns, rows));
            toast({ text: en.csv.copied(these) });
          },
        },
        {
          label: en.csv.download(these),
          onSelect: () => download(`${what.replaceAll(' ', '-')}.csv`, csvOf(columns, rows), 'text/csv'),
        },
        ...more,
      ]}
    />
  );
}

function SearchBox({ what, value, onChange }: { what: string; value: string; onChange: (value: string) => void }) {
  const { typed, change } = useTyped(value, onChange);
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
        onChange={(event) => change(event.currentTarget.value)}
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

function FilterButton({
  filter: { label, options, all = en.list.all, choose },
  value,
}: {
  filter: Filter;
  value: string | undefined;
}) {
  const said = value ? (options.find((option) => option.value === value)?.label ?? value) : all;
  return (
    <button
      type="button"
      className="filter"
      aria-haspopup="dialog"
      data-active={value ? true : undefined}
      onClick={choose}
    >
      <span>{label}</span>{' '}
      <span className="filter-value">
        {said} <IconChevronDown size={14} aria-hidden="true" />
      </span>
    </button>
  );
}

export function FilterSelect({
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
