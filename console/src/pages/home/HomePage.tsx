import {
  IconAlertTriangle,
  IconCheck,
  IconChevronRight,
  IconClock,
  IconCrown,
  IconLock,
  IconUserQuestion,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { overview } from '../../api/tenant.ts';
import type { Overview } from '../../api/types.ts';
import { DayChart } from '../../kit/DayChart.tsx';
import { Page, Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { Time } from '../../kit/Time.tsx';
import { homeText } from '../../messages/en.home.ts';
import { en } from '../../messages/en.ts';
import { total } from '../../messages/format.ts';
import { said } from '../../messages/said.ts';
import { setPreference, usePreference } from '../../shell/preferences.ts';
import { useHoldsNothing, usePlace, useTenant, useTenantId } from '../../shell/where.ts';

export function HomePage() {
  const tenantId = useTenantId();
  const place = usePlace();
  const isOpen = (useTenant(tenantId)?.value.status ?? 'active') === 'active';
  // The ticks are live: a step done in another window shows here.
  const found = useQuery({ ...overview(tenantId), refetchInterval: 15_000 });
  return (
    <Page title={homeText.title} place={place} lead={place ? homeText.lead(place) : null}>
      {found.data ? (
        <>
          {isOpen ? <SetupSteps tenantId={tenantId} steps={found.data.setupSteps} /> : null}
          <Attention tenantId={tenantId} overview={found.data} />
          <Counts tenantId={tenantId} overview={found.data} />
          {found.data.changesPerDay ? <DayChart tenantId={tenantId} days={found.data.changesPerDay} /> : null}
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
  'identity-provider': '/t/$tenantId/identity-providers/new',
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
                    search={step === 'second-owner' ? { as: 'owner' } : {}}
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

/** What the caller may not see stands here as such: its silence is no all-clear. */
function Attention({ tenantId, overview }: { tenantId: string; overview: Overview }) {
  const { expiring, waitingAccounts, waitingAccessRequests, waitingPartnerRequests, waitingRecovery, counts } =
    overview;
  const { waitingActivations, waitingChanges, refusedByLicences } = overview;
  const activations = waitingActivations ?? [];
  const changes = waitingChanges ?? [];
  const refused = refusedByLicences ?? [];
  const holdsNothing = useHoldsNothing(tenantId);
  const waiting = waitingAccounts ?? 0;
  const accessRequests = waitingAccessRequests ?? 0;
  const partnerRequests = waitingPartnerRequests ?? 0;
  const seen = {
    tokens: counts.provisioningTokens !== undefined,
    keys: counts.serviceAccounts !== undefined,
    waiting: waitingAccounts !== undefined,
    accessRequests: waitingAccessRequests !== undefined,
    partnerRequests: waitingPartnerRequests !== undefined,
    changes: waitingChanges !== undefined,
    licences: refusedByLicences !== undefined,
  };
  const isCalm =
    expiring.length +
      waiting +
      accessRequests +
      partnerRequests +
      activations.length +
      changes.length +
      refused.length ===
      0 && !waitingRecovery;
  const calm = [
    ...(seen.tokens || seen.keys ? [homeText.nothingExpires(seen.tokens, seen.keys)] : []),
    ...(seen.waiting ? [homeText.nobodyWaits] : []),
    ...(seen.accessRequests ? [homeText.nobodyAsks] : []),
    ...(seen.partnerRequests ? [homeText.noPartnerAsks] : []),
    ...(seen.changes ? [homeText.noChangeWaits] : []),
    ...(seen.licences ? [homeText.nothingRefused] : []),
  ];
  const unseen = (Object.keys(seen) as (keyof typeof seen)[])
    .filter((what) => !seen[what])
    .map((what) => homeText.unseen[what]);
  return (
    <Section title={homeText.attention}>
      {isCalm ? null : (
        <ul className="attention">
          {waitingRecovery ? (
            <li>
              <IconCrown size={20} stroke={1.6} aria-hidden="true" />
              <span>
                <TargetLink kind="ownership-recovery" id={waitingRecovery.id}>
                  {homeText.recovery}
                </TargetLink>{' '}
                <Time at={waitingRecovery.dueAt} />
              </span>
            </li>
          ) : null}
          {refused.map((reason) => (
            <li key={reason}>
              <IconAlertTriangle size={20} stroke={1.6} aria-hidden="true" />
              <Link to="/t/$tenantId/licences" params={{ tenantId }} search={{ tab: 'usage' }}>
                {said(reason)}
              </Link>
            </li>
          ))}
          {changes.map(({ namespaceId, namespaceName, count }) => (
            <li key={namespaceId}>
              <IconUserQuestion size={20} stroke={1.6} aria-hidden="true" />
              <Link
                to="/t/$tenantId/namespaces/$id"
                params={{ tenantId, id: namespaceId }}
                search={{ tab: 'changes', state: 'pending' }}
              >
                {homeText.changes(count, namespaceName)}
              </Link>
            </li>
          ))}
          {waiting > 0 ? (
            <li>
              <IconUserQuestion size={20} stroke={1.6} aria-hidden="true" />
              <Link to="/t/$tenantId/accounts" params={{ tenantId }} search={{ waiting: 'true' }}>
                {homeText.waiting(waiting)}
              </Link>
            </li>
          ) : null}
          {accessRequests > 0 ? (
            <li>
              <IconUserQuestion size={20} stroke={1.6} aria-hidden="true" />
              <Link to="/t/$tenantId/access-requests" params={{ tenantId }} search={{ state: 'pending' }}>
                {homeText.accessRequests(accessRequests)}
              </Link>
            </li>
          ) : null}
          {partnerRequests > 0 ? (
            <li>
              <IconUserQuestion size={20} stroke={1.6} aria-hidden="true" />
              <Link
                to="/t/$tenantId/partner-access"
                params={{ tenantId }}
                search={{ state: 'requested', side: 'customer' }}
              >
                {homeText.partnerRequests(partnerRequests)}
              </Link>
            </li>
          ) : null}
          {activations.map(({ delegationId, groupName, count }) => (
            <li key={delegationId}>
              <IconUserQuestion size={20} stroke={1.6} aria-hidden="true" />
              <Link
                to="/t/$tenantId/partner-access/$id"
                params={{ tenantId, id: delegationId }}
                search={{ tab: 'uses' }}
              >
                {homeText.activations(count, groupName)}
              </Link>
            </li>
          ))}
          {expiring.map(({ kind, id, name, expiresAt }) => (
            <li key={id}>
              <IconClock size={20} stroke={1.6} aria-hidden="true" />
              <span>
                {homeText.expiresKind[kind] ?? kind}{' '}
                <TargetLink kind={kind} id={id}>
                  {name}
                </TargetLink>{' '}
                {homeText.expires} <Time at={expiresAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {isCalm && calm.length > 0 ? (
        <p className="calm">
          <IconCheck size={18} aria-hidden="true" /> {calm.join(' ')}
        </p>
      ) : null}
      {holdsNothing ? <p>{homeText.noRights}</p> : null}
      {unseen.length > 0 ? (
        <p className="calm unseen">
          <IconLock size={18} aria-hidden="true" /> {homeText.unseenText(unseen)}
        </p>
      ) : null}
    </Section>
  );
}

function Counts({ tenantId, overview: { counts, atLeast } }: { tenantId: string; overview: Overview }) {
  const cards = [
    ['/t/$tenantId/accounts', en.nav.accounts, 'accounts'],
    ['/t/$tenantId/groups', en.nav.groups, 'groups'],
    ['/t/$tenantId/provisioning', homeText.tokens, 'provisioningTokens'],
    ['/t/$tenantId/namespaces', en.nav.namespaces, 'namespaces'],
    ['/t/$tenantId/integrations', homeText.serviceAccounts, 'serviceAccounts'],
  ] as const;
  return (
    <section aria-label={homeText.counts}>
      <ul className="counts">
        {cards.map(([to, label, name]) =>
          counts[name] === undefined ? null : (
            <li key={to}>
              <Link to={to} params={{ tenantId }} className="count-card">
                <span className="count-value">{total(counts[name], atLeast.includes(name))}</span>
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
