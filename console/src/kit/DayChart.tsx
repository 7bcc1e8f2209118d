import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Overview } from '../api/types.ts';
import { en } from '../messages/en.ts';
import { shortDay, total } from '../messages/format.ts';
import { Bars } from './Bars.tsx';
import { Section } from './Page.tsx';

const text = en.chart;
type Day = NonNullable<Overview['changesPerDay']>[number];

/** First and last instant of a day, as the audit log's time range. */
const rangeOf = (day: string) => ({ from: `${day}T00:00:00Z`, until: `${day}T23:59:59.999Z` });

/**
 * Entries of the audit log by day, refused ones apart. Each day leads to its part of the log; `chosen` says which of
 * them the log shows now.
 */
export function DayChart({
  tenantId,
  days,
  chosen,
  outcome,
  isCompact,
}: {
  tenantId: string;
  days: Day[];
  chosen?: { from?: string | undefined; until?: string | undefined };
  /** Only these are drawn. */
  outcome?: string | undefined;
  isCompact?: boolean;
}) {
  const [isTable, setTable] = useState(false);
  const shown = days.map(({ day, changes, refused, isAtLeast }) => ({
    day,
    isAtLeast,
    changes: outcome === 'refused' ? 0 : changes,
    refused: outcome === 'success' ? 0 : refused,
  }));
  const isInRange = ({ day }: Day) => {
    const { from, until } = rangeOf(day);
    return (!chosen?.from || chosen.from <= until) && (!chosen?.until || chosen.until >= from);
  };
  return (
    <Section
      title={text.title}
      {...(isCompact ? { tone: 'compact' } : {})}
      lead={`${findingOf(shown)}. ${text.utc}`}
      actions={
        <button type="button" className="link-button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? text.asChart : text.asTable}
        </button>
      }
    >
      {isTable ? <DayTable days={shown} /> : <Chart tenantId={tenantId} days={shown} isInRange={isInRange} />}
    </Section>
  );
}

function findingOf(days: Day[]): string {
  const changes = days.reduce((sum, each) => sum + each.changes, 0);
  const refused = days.reduce((sum, each) => sum + each.refused, 0);
  const busiest = days.reduce((top, each) => (each.changes > top.changes ? each : top), { day: '', changes: 0 });
  const finding = changes === 0 ? text.nothing(days.length) : text.finding(changes, days.length, shortDay(busiest.day));
  // A short day may end with the dot that ends the sentence.
  return refused ? `${finding}; ${text.refusals(refused)}` : finding.replace(/\.$/, '');
}

function DayTable({ days }: { days: Day[] }) {
  return (
    <table className="table table-small">
      <thead>
        <tr>
          <th scope="col">{text.day}</th>
          <th scope="col" className="number">
            {text.changesColumn}
          </th>
          <th scope="col" className="number">
            {text.refusedColumn}
          </th>
        </tr>
      </thead>
      <tbody>
        {days.map(({ day, changes, refused, isAtLeast }) => (
          <tr key={day}>
            <th scope="row">{shortDay(day)}</th>
            <td className="number">{total(changes, isAtLeast)}</td>
            <td className="number">{total(refused, isAtLeast)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A bar a day, each of which leads to its part of the log. */
function Chart({ tenantId, days, isInRange }: { tenantId: string; days: Day[]; isInRange: (day: Day) => boolean }) {
  return (
    <div className="chart">
      <Bars
        bars={days.map((day) => ({ key: day.day, parts: [day.changes, day.refused], isOutside: !isInRange(day) }))}
      />
      <ol className="chart-days">
        {days.map(({ day, changes, refused }) => (
          <li key={day}>
            <Link
              to="/t/$tenantId/audit"
              params={{ tenantId }}
              search={rangeOf(day)}
              aria-label={text.bar(shortDay(day), changes, refused)}
              title={text.bar(shortDay(day), changes, refused)}
            >
              <span aria-hidden="true">{Number(day.slice(8))}</span>
            </Link>
          </li>
        ))}
      </ol>
    </div>
  );
}
