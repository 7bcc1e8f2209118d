import { type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { ApiProblem } from '../api/problem.ts';
import type { Page as PageOf } from '../api/types.ts';
import { en } from '../messages/en.ts';
import { total as totalText } from '../messages/format.ts';
import { Bulk, type More } from './Bulk.tsx';
import type { BulkAction } from './bulk-run.ts';
import type { Filter, ListState } from './list-state.ts';
import { announce } from './live.ts';
import type { MenuItem } from './Menu.tsx';
import { NoMatch, ProblemPanel, Skeleton } from './problems.tsx';
import { type Column, type Row, Table } from './Table.tsx';
import { chosenColumns, Toolbar } from './Toolbar.tsx';
import { useTicks } from './ticks.ts';

export interface ListProps<R extends Row> {
  /** Plural, lower case: "accounts". */
  what: string;
  state: ListState;
  query: UseQueryResult<PageOf<R>>;
  columns: Column<R>[];
  filters?: Filter[];
  rowName: (row: R) => string;
  rowActions?: (row: R) => MenuItem[];
  /** Acts on ticked rows; without any, rows have no ticks. */
  bulk?: BulkAction<R>[];
  /** More that can be done with ticked rows, and with all that match where these are more than the page holds. */
  more?: (given: More) => ReactNode;
  empty: ReactNode;
  hasSearch?: boolean;
  hasCsv?: boolean;
  /** Exports of all that match, of which there are so many, in words. */
  exports?: (matching: string) => MenuItem[];
  toolbar?: ReactNode;
  page?: string;
  rowClass?: (row: R) => string;
}

/** The one list: toolbar, table, pages, and every state of it. */
export function List<R extends Row>(props: ListProps<R>) {
  const { what, state, query, columns, filters = [], bulk = [], empty, hasSearch = true, hasCsv = true, page } = props;
  const { search, values, go } = state;
  const queryClient = useQueryClient();
  const rows = query.data?.items ?? [];
  const ticks = useTicks(rows, JSON.stringify([search.q, search.sort, search.cursor, values]));
  const active = activeFilters(search.q, filters, values);
  const clear = () => go({ q: undefined, ...Object.fromEntries(filters.map(({ name }) => [name, undefined])) });
  const { data } = query;
  const shown = data ? en.list.rows(totalText(data.total, data.totalIsAtLeast), what) : '';
  useEffect(() => {
    if (shown) announce(shown);
  }, [shown]);

  const isRefused = !data && query.error instanceof ApiProblem && query.error.status === 403;
  const isBare = data?.items.length === 0 && active.length === 0 && !search.cursor;
  const again = () => void query.refetch();
  return (
    <div className="list">
      {(isBare && !query.isPlaceholderData) || isRefused ? null : (
        <Toolbar
          what={what}
          state={state}
          query={query}
          columns={columns}
          filters={filters}
          shown={shown}
          hasSearch={hasSearch}
          hasCsv={hasCsv}
          exports={data && props.exports ? props.exports(totalText(data.total, data.totalIsAtLeast)) : []}
        >
          {props.toolbar}
        </Toolbar>
      )}
      {active.length > 0 && rows.length > 0 ? (
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
      {query.isError ? <ProblemPanel error={query.error} onRetry={again} {...(page ? { page } : {})} /> : null}
      {!data ? (
        query.isError ? null : (
          <Skeleton lines={6} />
        )
      ) : rows.length === 0 ? (
        active.length > 0 ? (
          <NoMatch what={what} filters={active} onClear={clear} />
        ) : (
          empty
        )
      ) : (
        <>
          <Table
            what={what}
            rows={rows}
            columns={chosenColumns(columns, state)}
            rowName={props.rowName}
            rowActions={props.rowActions}
            rowClass={props.rowClass}
            sort={state.sort}
            onSort={(sort) => go({ sort })}
            isDimmed={query.isPlaceholderData}
            ticks={bulk.length > 0 || props.more ? ticks : undefined}
          />
          <Pages state={state} next={data.nextCursor} />
        </>
      )}
      <Bulk
        what={what}
        rows={rows}
        actions={bulk}
        ticks={ticks}
        rowName={props.rowName}
        more={props.more}
        narrowedBy={active}
        matching={
          data && data.nextCursor !== null && !search.cursor ? totalText(data.total, data.totalIsAtLeast) : null
        }
        refresh={() => queryClient.invalidateQueries({ queryKey: ['t'] })}
      />
    </div>
  );
}

/** What narrows the list now, in words. */
function activeFilters(q: string | undefined, filters: Filter[], values: Record<string, string | undefined>): string[] {
  const said = filters.flatMap(({ name, label, options }) => {
    const parts = values[name]?.split(',').map((part) => options.find(({ value }) => value === part)?.label ?? part);
    return parts ? [en.list.is(label, parts.join(' or '))] : [];
  });
  return q ? [en.list.searchFor(q), ...said] : said;
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
