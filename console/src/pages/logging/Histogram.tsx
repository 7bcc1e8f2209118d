import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Histogram as Counted, histogram } from '../../api/transactions.ts';
import { Bars } from '../../kit/Bars.tsx';
import type { ListState } from '../../kit/list-state.ts';
import { Section } from '../../kit/Page.tsx';
import { loggingText as text } from '../../messages/en.logging.ts';
import { count, localTime, number } from '../../messages/format.ts';
import type { At } from './Transactions.tsx';

interface Bar {
  at: string;
  succeeded: number;
  refused: number;
  failed: number;
}

const barsOf = ({ items }: Counted): Bar[] =>
  items.map((item) => ({
    at: item.at,
    succeeded: item['1xx'] + item['2xx'] + item['3xx'],
    refused: item['4xx'],
    failed: item['5xx'],
  }));

const sum = (bars: Bar[], name: 'succeeded' | 'refused' | 'failed') =>
  bars.reduce((total, bar) => total + bar[name], 0);

/** Requests over time by class of status. The table leads to the part of the list that each bar counts. */
export function Histogram({ at, query, state }: { at: At; query: Record<string, string>; state: ListState }) {
  const found = useQuery(histogram(at, query));
  const [isTable, setTable] = useState(false);
  if (found.isError) return null; // the list, which has the same filters, says why
  if (!found.data) return <div className="histogram-place" />;
  const bars = barsOf(found.data);
  const [succeeded, refused, failed] = [sum(bars, 'succeeded'), sum(bars, 'refused'), sum(bars, 'failed')];
  const all = succeeded + refused + failed;
  return (
    <Section
      title={text.chart}
      tone="compact"
      lead={
        all === 0
          ? text.chartNothing
          : text.chartFinding(count(all, text.request, text.requests), number(refused), number(failed))
      }
      actions={
        <button type="button" className="link-button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? text.asChart : text.asTable}
        </button>
      }
    >
      {isTable ? (
        <BarTable
          bars={bars}
          onChoose={(from) => {
            const until = new Date(Date.parse(from) + found.data.bucketSeconds * 1000 - 1).toISOString();
            void state.go({ from, until });
          }}
        />
      ) : (
        <Chart bars={bars} until={found.data.until} />
      )}
    </Section>
  );
}

function BarTable({ bars, onChoose }: { bars: Bar[]; onChoose: (from: string) => void }) {
  return (
    <table className="table table-small">
      <thead>
        <tr>
          <th scope="col">{text.span}</th>
          {[text.succeeded, text.refused, text.failed].map((label) => (
            <th key={label} scope="col" className="number">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars
          .filter(({ succeeded, refused, failed }) => succeeded + refused + failed > 0)
          .map(({ at, succeeded, refused, failed }) => (
            <tr key={at}>
              <th scope="row">
                <button type="button" className="link-button" onClick={() => onChoose(at)}>
                  {localTime(at)}
                </button>
              </th>
              <td className="number">{number(succeeded)}</td>
              <td className="number">{number(refused)}</td>
              <td className="number">{number(failed)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Chart({ bars, until }: { bars: Bar[]; until: string }) {
  return (
    <div className="chart">
      <Bars
        bars={bars.map(({ at, succeeded, refused, failed }) => ({ key: at, parts: [succeeded, refused, failed] }))}
      />
      <p className="chart-ends">
        <span>{localTime(bars[0]?.at ?? '')}</span>
        <span>{localTime(until)}</span>
      </p>
    </div>
  );
}
