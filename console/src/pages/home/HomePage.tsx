import { IconCheck, IconChevronRight, IconClock, IconUserQuestion } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { overview } from '../../api/tenant.ts';
import type { Overview } from '../../api/types.ts';
import { Page, Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Time } from '../../kit/Time.tsx';
import { homeText } from '../../messages/en.home.ts';
import { en } from '../../messages/en.ts';
import { number, shortDay } from '../../messages/format.ts';
import { setPreference, usePreference } from '../../shell/preferences.ts';
import { usePlace, useTenantId } from '../../shell/where.ts';

export function HomePage() {
  const tenantId = useTenantId();
  const place = usePlace();
  // The ticks are live: a step done in another window shows here.
  const found = useQuery({ ...overview(tenantId), refetchInterval: 15_000 });
  return (
    <Page title={homeText.title} place={place} lead={place ? homeText.lead(place) : null}>
      {found.data ? (
        <>
          <SetupSteps tenantId={tenantId} steps={found.data.setupSteps} />
          <Attention tenantId={tenantId} overview={found.data} />
          <Counts tenantId={tenantId} counts={found.data.counts} />
          {found.data.changesPerDay ? <Changes tenantId={tenantId} days={found.data.changesPerDay} /> : null}
        </>
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
    </Page>
  );
}

const stepLinks = {
  'identity-provider': undefined,
  'provisioning-token': '/t/$tenantId/provisioning/new',
  'second-owner': '/t/$tenantId/accounts/new',
  namespace: '/t/$tenantId/namespaces/new',
} as const;

function SetupSteps({ tenantId, steps }: { tenantId: string; steps: Overview['setupSteps'] }) {
  const [areSkippedShown, setSkippedShown] = useState(false);
  const preferenceName = `skipped-steps.${tenantId}`;
  const skipped = usePreference(preferenceName).split(',').filter(Boolean);
  const possible = steps.filter(({ isAvailable, step }) => isAvailable && stepLinks[step]);
  const done = possible.filter(({ isDone }) => isDone).length;
  const open = possible.filter(({ isDone, step }) => !isDone && !skipped.includes(step));
  const hidden = possible.filter(({ isDone, step }) => !isDone && skipped.includes(step));
  if (possible.length === done || (open.length === 0 && hidden.length === 0)) return null;
  const shown = possible.filter(({ isDone, step }) => isDone || areSkippedShown || !skipped.includes(step));
  return (
    <Section
      title={homeText.setup}
      lead={homeText.setupLead}
      actions={<span className="faint tabular">{homeText.progress(done, possible.length)}</span>}
    >
      <ol className="steps">
        {shown.map(({ step, isDone }) => {
          const { title, text, action } = homeText.steps[step];
          const to = stepLinks[step];
          return (
            <li key={step} className="step" data-done={isDone || undefined}>
              <span className="step-mark">
                {isDone ? <IconCheck size={16} aria-hidden="true" /> : null}
                {isDone ? <span className="visually-hidden">{homeText.stepDone}: </span> : null}
              </span>
              <div className="step-text">
                <strong>{title}</strong>
                <span className="faint">{text}</span>
              </div>
              {isDone || !to ? null : (
                <div className="step-actions">
                  <Link
                    to={to}
                    params={{ tenantId }}
                    search={(step === 'second-owner' ? { as: 'owner' } : {}) as never}
                    className={`plain-button${step === open[0]?.step ? ' accent-button' : ''}`}
                  >
                    {action}
                  </Link>
                  {skipped.includes(step) ? null : (
                    <button
                      type="button"
                      className="link-button"
                      aria-label={`${homeText.skip}: ${title}`}
                      onClick={() => setPreference(preferenceName, [...skipped, step].join(','))}
                    >
                      {homeText.skip}
                    </button>
                  )}
                </div>
              )}
            </li>
          );
        })}
      </ol>
      {hidden.length > 0 && !areSkippedShown ? (
        <p className="faint small">
          {homeText.skipped(hidden.length)}{' '}
          <button type="button" className="link-button" onClick={() => setSkippedShown(true)}>
            {homeText.showSkipped}
          </button>
        </p>
      ) : null}
    </Section>
  );
}

function Attention({ tenantId, overview: { expiring, waitingAccounts } }: { tenantId: string; overview: Overview }) {
  const waiting = waitingAccounts ?? 0;
  return (
    <Section title={homeText.attention}>
      {expiring.length === 0 && waiting === 0 ? (
        <p className="calm">
          <IconCheck size={18} aria-hidden="true" /> {homeText.nothing}
        </p>
      ) : (
        <ul className="attention">
          {waiting > 0 ? (
            <li>
              <IconUserQuestion size={20} stroke={1.6} aria-hidden="true" />
              <Link to="/t/$tenantId/accounts" params={{ tenantId }} search={{ status: 'new' } as never}>
                {homeText.waiting(waiting)}
              </Link>
            </li>
          ) : null}
          {expiring.map(({ kind, id, name, expiresAt }) => (
            <li key={id}>
              <IconClock size={20} stroke={1.6} aria-hidden="true" />
              <span>
                {homeText.expiresKind[kind] ?? kind}{' '}
                {kind === 'provisioning-token' ? (
                  <Link to="/t/$tenantId/provisioning/$id" params={{ tenantId, id }}>
                    {name}
                  </Link>
                ) : (
                  <Link to="/t/$tenantId/integrations" params={{ tenantId }}>
                    {name}
                  </Link>
                )}{' '}
                {homeText.expires} <Time at={expiresAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Counts({ tenantId, counts }: { tenantId: string; counts: Overview['counts'] }) {
  const cards = [
    ['/t/$tenantId/accounts', en.nav.accounts, counts.accounts],
    ['/t/$tenantId/groups', en.nav.groups, counts.groups],
    ['/t/$tenantId/provisioning', 'Provisioning tokens', counts.provisioningTokens],
    ['/t/$tenantId/namespaces', en.nav.namespaces, counts.namespaces],
    ['/t/$tenantId/integrations', 'Service accounts', counts.serviceAccounts],
  ] as const;
  return (
    <section aria-label={homeText.counts}>
      <ul className="counts">
        {cards.map(([to, label, value]) =>
          value === undefined ? null : (
            <li key={to}>
              <Link to={to} params={{ tenantId }} className="count-card">
                <span className="count-value">{number(value)}</span>
                <span className="count-label">
                  {label}
                  <IconChevronRight size={14} aria-hidden="true" />
                </span>
              </Link>
            </li>
          ),
        )}
      </ul>
    </section>
  );
}

type Days = NonNullable<Overview['changesPerDay']>;

function Changes({ tenantId, days }: { tenantId: string; days: Days }) {
  const [isTable, setTable] = useState(false);
  const sum = days.reduce((all, { changes }) => all + changes, 0);
  const refused = days.reduce((all, each) => all + each.refused, 0);
  const busiest = days.reduce(
    (top, each) => (each.changes > top.changes ? each : top),
    days[0] ?? { day: '', changes: 0, refused: 0 },
  );
  const finding =
    sum === 0 ? homeText.chartNone(days.length) : homeText.chartTitle(sum, days.length, shortDay(busiest.day));
  return (
    <Section
      title={homeText.changes}
      lead={refused ? `${finding}; ${homeText.chartRefused(refused)}` : finding}
      actions={
        <button type="button" className="link-button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? homeText.asChart : homeText.asTable}
        </button>
      }
    >
      {isTable ? <ChangesTable days={days} /> : <Chart tenantId={tenantId} days={days} />}
    </Section>
  );
}

function ChangesTable({ days }: { days: Days }) {
  return (
    <table className="table table-small">
      <thead>
        <tr>
          <th scope="col">{homeText.day}</th>
          <th scope="col" className="number">
            {homeText.changesColumn}
          </th>
          <th scope="col" className="number">
            {homeText.refusedColumn}
          </th>
        </tr>
      </thead>
      <tbody>
        {days.map(({ day, changes, refused }) => (
          <tr key={day}>
            <th scope="row">{shortDay(day)}</th>
            <td className="number">{number(changes)}</td>
            <td className="number">{number(refused)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A bar a day; refused ones stand hatched on top. Each bar leads to that day in the audit log. */
function Chart({ tenantId, days }: { tenantId: string; days: Days }) {
  const top = Math.max(4, ...days.map(({ changes, refused }) => changes + refused));
  const height = 120;
  const width = 700;
  const step = width / days.length;
  const y = (value: number) => (value / top) * height;
  return (
    <div className="chart">
      <svg viewBox={`0 0 ${width} ${height + 4}`} preserveAspectRatio="none" aria-hidden="true" className="chart-bars">
        <defs>
          <pattern id="refused" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" x2="0" y1="0" y2="6" className="chart-hatch" />
          </pattern>
        </defs>
        <line x1="0" x2={width} y1={height + 1} y2={height + 1} className="chart-axis" />
        {days.map(({ day, changes, refused }, index) => (
          <g key={day}>
            <rect
              x={index * step + step * 0.16}
              width={step * 0.68}
              y={height - y(changes)}
              height={y(changes)}
              rx="2"
              className="chart-bar"
            />
            <rect
              x={index * step + step * 0.16}
              width={step * 0.68}
              y={height - y(changes) - y(refused)}
              height={y(refused)}
              className="chart-refused"
            />
          </g>
        ))}
      </svg>
      <ol className="chart-days">
        {days.map(({ day, changes, refused }) => (
          <li key={day}>
            <Link
              to="/t/$tenantId/audit"
              params={{ tenantId }}
              search={{ from: `${day}T00:00:00Z`, until: `${day}T23:59:59.999Z` } as never}
              aria-label={homeText.bar(shortDay(day), changes, refused)}
              title={homeText.bar(shortDay(day), changes, refused)}
            >
              <span aria-hidden="true">{Number(day.slice(8))}</span>
            </Link>
          </li>
        ))}
      </ol>
    </div>
  );
}
