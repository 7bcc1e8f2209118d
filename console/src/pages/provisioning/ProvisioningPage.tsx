import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Versioned } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';
import { provisioning } from '../../api/tenant.ts';
import type { Provisioning } from '../../api/types.ts';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { Page, Tabs, useTab } from '../../kit/Page.tsx';
import { ProblemNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { en } from '../../messages/en.ts';
import { usePlace, useTenantId } from '../../shell/where.ts';
import { FirstCall } from './FirstCall.tsx';
import { State } from './State.tsx';
import { isAwaited, tokenCreation, useScimBaseUrl } from './scim.ts';
import { Tokens } from './Tokens.tsx';

const Guides = lazy(() => import('./Guides.tsx').then((m) => ({ default: m.Guides })));
const Activity = lazy(() => import('./Activity.tsx').then((m) => ({ default: m.Activity })));
const Holds = lazy(() => import('./Holds.tsx').then((m) => ({ default: m.Holds })));
const OutOfStep = lazy(() => import('./OutOfStep.tsx').then((m) => ({ default: m.OutOfStepList })));
const Safety = lazy(() => import('./Safety.tsx').then((m) => ({ default: m.Safety })));

const AWAITED_MS = 2_000;
const OTHERWISE_MS = 15_000;

/** Whether provisioning is on and how it goes, above its parts. The state and each part come and fail by themselves. */
export function ProvisioningPage() {
  const tenantId = useTenantId();
  const place = usePlace();
  const found = useQuery({
    ...provisioning(tenantId),
    // Until the first call has come, the page asks whether it has.
    refetchInterval: ({ state: { data } }) => (data && isAwaited(data.value) ? AWAITED_MS : OTHERWISE_MS),
  });
  const counts = found.data?.value.counts;
  const parts = [
    { name: 'tokens', label: text.tabTokens },
    { name: 'setup', label: text.tabSetUp },
    { name: 'activity', label: text.tabActivity },
    { name: 'holds', label: text.tabHolds, ...(counts ? { count: counts.openHolds } : {}) },
    { name: 'out-of-step', label: text.tabOutOfStep, ...(counts ? { count: counts.outOfStep } : {}) },
    { name: 'safety', label: text.tabSafety },
  ];
  const part = useTab(parts.map(({ name }) => name));
  // Who may not read any of it is told so once, by the part.
  const isRefused = found.error instanceof ApiProblem && found.error.status === 403;
  return (
    <Page
      title={text.title}
      place={place}
      lead={text.lead}
      actions={<CreateLink {...tokenCreation} label={text.create} />}
    >
      {found.data ? (
        <>
          <FirstCall value={found.data.value} />
          <State found={found.data} />
        </>
      ) : found.isError ? (
        isRefused ? null : (
          <ProblemNote error={found.error} />
        )
      ) : (
        <Skeleton lines={3} />
      )}
      <BaseUrl />
      <Tabs label={text.parts} tabs={parts} />
      <Suspense fallback={<Skeleton lines={6} />}>
        <Part name={part} found={found.data} error={found.error} retry={() => void found.refetch()} />
      </Suspense>
      <Outlet />
    </Page>
  );
}

interface PartProps {
  name: string;
  found: Versioned<Provisioning> | undefined;
  error: unknown;
  retry: () => void;
}

function Part({ name, found, error, retry }: PartProps) {
  if (name === 'setup') return <Guides />;
  if (name === 'activity') return <Activity />;
  if (name === 'holds') return <Holds />;
  if (name === 'out-of-step') return <OutOfStep />;
  if (name !== 'safety') return <Tokens />;
  if (found) return <Safety found={found} />;
  return error ? <ProblemPanel error={error} onRetry={retry} page={text.title} /> : <Skeleton lines={6} />;
}

function BaseUrl() {
  const baseUrl = useScimBaseUrl();
  return (
    <div className="copy-card">
      <div>
        <span className="copy-label">{text.baseUrl}</span>
        <code>{baseUrl}</code>
        <span className="faint small block">{text.baseUrlHelp}</span>
      </div>
      <CopyButton value={baseUrl} label={`${en.action.copy}: ${text.baseUrl}`} text={en.action.copy} />
    </div>
  );
}
