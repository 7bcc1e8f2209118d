import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { type Licence, type Usage as Used, usage } from '../../api/licences.ts';
import { Bars } from '../../kit/Bars.tsx';
import { ObjectLink } from '../../kit/columns.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Section } from '../../kit/Page.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { FilterSelect } from '../../kit/Toolbar.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { number, shortDay, shortMonth } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';
import { byMonth, type Day, firstDay, type Range, ranges } from './periods.ts';
import { atLimit, nameOfLimit, standingOf } from './standing.ts';

type Limit = Used['limits'][number] & { id: string };

const rangeFilter = {
  name: 'range',
  label: text.range,
  all: text.rangeDays,
  options: ranges.map((value) => ({ value, label: text.ranges[value] })),
};

/** What is used against what is allowed, and over time; of one licence its own transactions and what limits it. */
export function Usage({ of }: { of?: Licence }) {
  const state = useListState({ filters: [rangeFilter] });
  const range = state.values.range as Range | undefined;
  const now = new Date();
  const found = useQuery(
    usage(useTenantId(), { ...(range ? { from: firstDay(range, now) } : {}), ...(of ? { licenceId: of.id } : {}) }),
  );
  if (!found.data)
    return found.isError ? (
      <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.tabUsage} />
    ) : (
      <Skeleton lines={6} />
    );
  const { limits, refused, users, transactionsThisMonth, items } = found.data;
  const today = now.toISOString().slice(0, 10);
  const days = items.map((item) =>
    item.day === today ? { ...item, users, peakUsers: Math.max(users, item.peakUsers ?? 0) } : item,
  );
  const months = byMonth(days);
  const seen: Seen =
    days.length > 31
      ? { figures: months, isByMonth: true, span: text.inMonths(months.length) }
      : { figures: days, isByMonth: false, span: text.inDays(days.length) };
  return (
    <>
      <Section title={text.limits} lead={text.limitsLead(users, transactionsThisMonth)}>
        {refused.map(({ reason }) => (
          <Note key={reason} tone="warn">
            {reason}
          </Note>
        ))}
        {limits.length === 0 ? (
          refused.length > 0 ? null : (
            <p>{text.limitsNone}</p>
          )
        ) : (
          <Table
            what={text.whatLimits}
            rows={limits.map((limit) => ({ id: nameOfLimit(limit), ...limit }))}
            columns={limitColumns}
            rowName={nameOfLimit}
          />
        )}
      </Section>
      <search className="toolbar">
        <FilterSelect filter={rangeFilter} value={range ?? ''} onChange={(value) => state.go({ range: value })} />
      </search>
      <Transactions seen={seen} />
      <Users seen={seen} />
    </>
  );
}

const limitColumns: Column<Limit>[] = [
  {
    name: 'limited',
    label: text.limited,
    text: nameOfLimit,
    cell: ({ of, product, licence }) => (
      <>
        {text.of[of]}
        <div className="small faint">
          {product.name}
          {licence ? (
            <>
              {' · '}
              <ObjectLink to="licences" id={licence.id}>
                {licence.name}
              </ObjectLink>
            </>
          ) : null}
        </div>
      </>
    ),
  },
  {
    name: 'used',
    label: text.used,
    text: ({ used, limit }) => text.usedOf(used, limit),
    cell: (limit) => (
      <>
        {text.usedOf(limit.used, limit.limit)}
        {limit.used > limit.limit ? <div className="small">{text.overBy(number(limit.used - limit.limit))}</div> : null}
        <div className={limit.used > limit.limit ? 'progress progress-over' : 'progress'} aria-hidden="true">
          <progress value={Math.min(limit.used, limit.limit)} max={Math.max(1, limit.limit)} />
        </div>
      </>
    ),
  },
  {
    name: 'standing',
    label: text.standing,
    text: standingOf,
    cell: (limit) => <Status status={limit.state} text={standingOf(limit)} />,
  },
  { name: 'kind', label: text.kind, text: ({ enforcement }) => text.enforcements[enforcement], priority: 2 },
  {
    name: 'happens',
    label: text.happens,
    text: atLimit,
    cell: (limit) => <div className="limit-says">{atLimit(limit)}</div>,
  },
];

/** Figures of days or of months, and of how many in words. */
interface Seen {
  figures: Day[];
  isByMonth: boolean;
  span: string;
}

const labelOf = ({ isByMonth }: Seen, { day }: Day) => (isByMonth ? shortMonth(day) : shortDay(day));
const whenOf = (seen: Seen, day: Day) => (seen.isByMonth ? text.inMonth : text.onDay)(labelOf(seen, day));

interface Figure {
  label: string;
  of: (day: Day) => number | null;
}

/** A chart of one figure a day or month, and the same as a table. */
function Chart({
  title,
  finding,
  seen,
  drawn,
  columns,
}: {
  title: string;
  finding: string;
  seen: Seen;
  drawn: (day: Day) => number;
  columns: Figure[];
}) {
  const [isTable, setTable] = useState(false);
  const { figures } = seen;
  const isEmpty = figures.every((day) => columns.every(({ of }) => !of(day)));
  const [first, last] = [figures[0], figures.at(-1)];
  return (
    <Section
      title={title}
      lead={finding}
      actions={
        isEmpty ? null : (
          <button type="button" className="link-button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? text.asChart : text.asTable}
          </button>
        )
      }
    >
      {isEmpty ? null : isTable ? (
        <FigureTable seen={seen} columns={columns} />
      ) : (
        <div className="chart">
          <Bars bars={figures.map((day) => ({ key: day.day, parts: [drawn(day)] }))} />
          <p className="chart-ends">
            <span>{first ? labelOf(seen, first) : null}</span>
            <span>{last ? labelOf(seen, last) : null}</span>
          </p>
        </div>
      )}
    </Section>
  );
}

const FigureTable = ({ seen, columns }: { seen: Seen; columns: Figure[] }): ReactNode => (
  <table className="table table-small">
    <thead>
      <tr>
        <th scope="col">{seen.isByMonth ? text.month : text.day}</th>
        {columns.map(({ label }) => (
          <th key={label} scope="col" className="number">
            {label}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {seen.figures.map((day) => (
        <tr key={day.day}>
          <th scope="row">{labelOf(seen, day)}</th>
          {columns.map(({ label, of }) => {
            const value = of(day);
            return (
              <td key={label} className="number">
                {value === null ? '—' : number(value)}
              </td>
            );
          })}
        </tr>
      ))}
    </tbody>
  </table>
);

const mostOf = ({ figures }: Seen, of: (day: Day) => number) =>
  figures.reduce<Day | undefined>((top, day) => (of(day) > (top ? of(top) : 0) ? day : top), undefined);

function Transactions({ seen }: { seen: Seen }) {
  const of = ({ transactions }: Day) => transactions;
  const sum = seen.figures.reduce((total, day) => total + of(day), 0);
  const most = mostOf(seen, of);
  return (
    <Chart
      title={seen.isByMonth ? text.transactionsByMonth : text.transactionsChart}
      finding={
        most ? text.transactionsFinding(sum, seen.span, whenOf(seen, most)) : text.transactionsNothing(seen.span)
      }
      seen={seen}
      drawn={of}
      columns={[{ label: text.transactionsColumn, of }]}
    />
  );
}

function Users({ seen }: { seen: Seen }) {
  const of = ({ peakUsers, users }: Day) => Math.max(peakUsers ?? 0, users ?? 0);
  const most = mostOf(seen, of);
  return (
    <Chart
      title={seen.isByMonth ? text.usersByMonth : text.usersChart}
      finding={most ? text.usersFinding(of(most), whenOf(seen, most)) : text.usersNothing}
      seen={seen}
      drawn={of}
      columns={[
        { label: text.usersColumn, of: ({ users }) => users },
        { label: text.peakColumn, of: ({ peakUsers }) => peakUsers },
      ]}
    />
  );
}
