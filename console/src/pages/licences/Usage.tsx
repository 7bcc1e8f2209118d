import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { type Licence, type Usage as Used, usage } from '../../api/licences.ts';
import { Bars } from '../../kit/Bars.tsx';
import { ObjectLink } from '../../kit/columns.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { number, shortDay } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';
import { atLimit, nameOfLimit, standingOf } from './standing.ts';

type Day = Used['items'][number];
type Limit = Used['limits'][number] & { id: string };

/** What is used against what is allowed, and day by day; of one licence only what limits it. */
export function Usage({ of }: { of?: Licence }) {
  const found = useQuery(usage(useTenantId()));
  if (!found.data)
    return found.isError ? (
      <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.tabUsage} />
    ) : (
      <Skeleton lines={6} />
    );
  const { limits, users, transactionsThisMonth, items } = found.data;
  const today = new Date().toISOString().slice(0, 10);
  const shown = limits.filter(({ licence }) => !of || !licence || licence.id === of.id);
  return (
    <>
      <Section title={text.limits} lead={text.limitsLead(users, transactionsThisMonth)}>
        {shown.length === 0 ? (
          <p>{text.limitsNone}</p>
        ) : (
          <Table
            what={text.whatLimits}
            rows={shown.map((limit) => ({ id: nameOfLimit(limit), ...limit }))}
            columns={limitColumns}
            rowName={nameOfLimit}
          />
        )}
      </Section>
      <Transactions days={items} />
      <Users
        days={items.map((item) =>
          item.day === today ? { ...item, users, peakUsers: Math.max(users, item.peakUsers ?? 0) } : item,
        )}
      />
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
        <div className="progress" aria-hidden="true">
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

interface Figure {
  label: string;
  of: (day: Day) => number | null;
}

/** A chart of one figure a day, and the same as a table. */
function Days({
  title,
  finding,
  days,
  drawn,
  figures,
}: {
  title: string;
  finding: string;
  days: Day[];
  drawn: (day: Day) => number;
  figures: Figure[];
}) {
  const [isTable, setTable] = useState(false);
  const isEmpty = days.every((day) => figures.every(({ of }) => !of(day)));
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
        <DayTable days={days} figures={figures} />
      ) : (
        <div className="chart">
          <Bars bars={days.map((day) => ({ key: day.day, parts: [drawn(day)] }))} />
          <p className="chart-ends">
            <span>{shortDay(days[0]?.day ?? '')}</span>
            <span>{shortDay(days.at(-1)?.day ?? '')}</span>
          </p>
        </div>
      )}
    </Section>
  );
}

const DayTable = ({ days, figures }: { days: Day[]; figures: Figure[] }): ReactNode => (
  <table className="table table-small">
    <thead>
      <tr>
        <th scope="col">{text.day}</th>
        {figures.map(({ label }) => (
          <th key={label} scope="col" className="number">
            {label}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {days.map((day) => (
        <tr key={day.day}>
          <th scope="row">{shortDay(day.day)}</th>
          {figures.map(({ label, of }) => {
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

const most = (days: Day[], of: (day: Day) => number) =>
  days.reduce((top, day) => (of(day) > top.value ? { value: of(day), day: day.day } : top), { value: 0, day: '' });

function Transactions({ days }: { days: Day[] }) {
  const of = ({ transactions }: Day) => transactions;
  const sum = days.reduce((total, day) => total + of(day), 0);
  return (
    <Days
      title={text.transactionsChart}
      finding={
        sum === 0
          ? text.transactionsNothing(days.length)
          : text.transactionsFinding(sum, days.length, shortDay(most(days, of).day))
      }
      days={days}
      drawn={of}
      figures={[{ label: text.transactionsColumn, of }]}
    />
  );
}

function Users({ days }: { days: Day[] }) {
  const of = ({ peakUsers, users }: Day) => Math.max(peakUsers ?? 0, users ?? 0);
  const top = most(days, of);
  return (
    <Days
      title={text.usersChart}
      finding={top.value === 0 ? text.usersNothing : text.usersFinding(top.value, shortDay(top.day))}
      days={days}
      drawn={of}
      figures={[
        { label: text.usersColumn, of: ({ users }) => users },
        { label: text.peakColumn, of: ({ peakUsers }) => peakUsers },
      ]}
    />
  );
}
