import { IconArrowDown, IconArrowUp, IconDots } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { en } from '../messages/en.ts';
import { Menu, type MenuItem } from './Menu.tsx';
import type { Ticks } from './ticks.ts';

export interface Row {
  id: string;
}

export interface Column<R> {
  name: string;
  label: string;
  /** The value as plain text: the cell, unless `cell` shows more, and the field of a CSV. */
  text: (row: R) => string | null | undefined;
  cell?: (row: R) => ReactNode;
  /** The name that the server sorts by. */
  sort?: string;
  /** 1 always stays; 3 is the first to go when the window is narrow. */
  priority?: 1 | 2 | 3;
  isNumber?: boolean;
  /** Shown only after it was chosen. */
  isExtra?: boolean;
}

interface TableProps<R extends Row> {
  what: string;
  rows: R[];
  columns: Column<R>[];
  rowName: (row: R) => string;
  rowActions?: ((row: R) => MenuItem[]) | undefined;
  rowClass?: ((row: R) => string) | undefined;
  sort?: string;
  onSort?: (sort: string) => void;
  isDimmed?: boolean;
  ticks?: Ticks | undefined;
}

/** A native table in a scroll region of its own. Up, Down, Home and End move among the rows, Space ticks one. */
export function Table<R extends Row>(props: TableProps<R>) {
  const { what, rows, columns, rowName, rowActions, rowClass, sort = '', onSort, isDimmed, ticks } = props;
  const onKeyDown = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target as HTMLElement;
    const row = target.closest('tr');
    if (event.key === ' ' && ticks && row?.dataset.id && target.matches('th a, .tick-row')) {
      event.preventDefault();
      ticks.toggle(row.dataset.id, event.shiftKey);
      return;
    }
    moveAmongRows(event, target.matches('.tick-row') ? '.tick-row' : 'th a, th button');
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-region" aria-label={en.list.table(what)} tabIndex={0} data-dimmed={isDimmed || undefined}>
      <table className="table">
        <thead>
          <tr>
            {ticks ? (
              <td className="tick-cell">
                <TickAll ticks={ticks} count={rows.length} />
              </td>
            ) : null}
            {columns.map((column) => (
              <Heading key={column.name} column={column} sort={sort} onSort={onSort} />
            ))}
            {rowActions ? (
              <th scope="col" className="row-actions">
                <span className="visually-hidden">{en.list.actions}</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown}>
          {rows.map((row) => (
            <tr
              key={row.id}
              data-id={row.id}
              className={rowClass?.(row)}
              data-ticked={ticks?.ids.has(row.id) || undefined}
            >
              {ticks ? (
                <td className="tick-cell">
                  <TickBox
                    label={en.bulk.tick(rowName(row))}
                    isTicked={ticks.ids.has(row.id)}
                    onTick={(isRange) => ticks.toggle(row.id, isRange)}
                  />
                </td>
              ) : null}
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.name} scope="row">
                    <Cell column={column} row={row} />
                  </th>
                ) : (
                  <td key={column.name} className={classOf(column)}>
                    <Cell column={column} row={row} />
                  </td>
                ),
              )}
              {rowActions ? <ActionsCell name={rowName(row)} items={rowActions(row)} /> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const classOf = ({ priority = 1, isNumber }: { priority?: number; isNumber?: boolean }) =>
  `priority-${priority}${isNumber ? ' number' : ''}`;

function Cell<R>({ column: { cell, text }, row }: { column: Column<R>; row: R }) {
  return cell ? cell(row) : text(row) || '—';
}

function ActionsCell({ name, items }: { name: string; items: MenuItem[] }) {
  return (
    <td className="row-actions">
      {items.length > 0 ? (
        <Menu label={en.action.more(name)} trigger={<IconDots size={18} aria-hidden="true" />} items={items} />
      ) : null}
    </td>
  );
}

function Heading<R>({
  column,
  sort,
  onSort,
}: {
  column: Column<R>;
  sort: string;
  onSort: ((sort: string) => void) | undefined;
}) {
  const { sort: by, label } = column;
  if (!by || !onSort)
    return (
      <th scope="col" className={classOf(column)}>
        {label}
      </th>
    );
  const direction = sort === by ? 'ascending' : sort === `-${by}` ? 'descending' : 'none';
  const Arrow = { ascending: IconArrowUp, descending: IconArrowDown, none: undefined }[direction];
  return (
    <th scope="col" className={classOf(column)} aria-sort={direction}>
      <button type="button" className="sort" onClick={() => onSort(direction === 'ascending' ? `-${by}` : by)}>
        {label}
        {Arrow ? <Arrow size={14} aria-hidden="true" /> : null}
      </button>
    </th>
  );
}

function TickAll({ ticks, count }: { ticks: Ticks; count: number }) {
  const isAll = count > 0 && ticks.ids.size === count;
  return (
    <TickBox
      label={en.bulk.tickAll}
      isTicked={isAll}
      isMixed={ticks.ids.size > 0 && !isAll}
      onTick={() => ticks.toggleAll()}
    />
  );
}

function TickBox({
  label,
  isTicked,
  isMixed = false,
  onTick,
}: {
  label: string;
  isTicked: boolean;
  isMixed?: boolean;
  onTick: (isRange: boolean) => void;
}) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = isMixed;
  });
  return (
    // The label makes the whole cell the target.
    <label className="tick-label">
      <input
        ref={box}
        type="checkbox"
        className="tick-row"
        aria-label={label}
        checked={isTicked}
        onChange={({ nativeEvent }) => onTick(nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
      />
    </label>
  );
}

function moveAmongRows(event: KeyboardEvent<HTMLElement>, stops: string) {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(stops)];
  const row = (event.target as HTMLElement).closest('tr');
  const at = all.findIndex((stop) => stop.closest('tr') === row);
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: all.length - 1,
    PageDown: Math.min(at + 10, all.length - 1),
    PageUp: Math.max(at - 10, 0),
  }[event.key];
  if (to === undefined || !all[to]) return;
  event.preventDefault();
  all[to].focus();
}
