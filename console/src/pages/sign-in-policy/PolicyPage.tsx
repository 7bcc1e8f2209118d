import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { signInPolicy } from '../../api/sign-in-policy.ts';
import { Page, Tabs, useTab } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { policyText as text } from '../../messages/en.sign-in-policy.ts';
import { usePlace, useTenantId } from '../../shell/where.ts';
import { LogoSection } from './LogoSection.tsx';
import { Rules } from './Rules.tsx';

const Requiring = lazy(() => import('./Requiring.tsx').then((m) => ({ default: m.Requiring })));

const parts = [
  { name: 'rules', label: text.tabRules },
  { name: 'single-sign-on', label: text.tabSingleSignOn },
];

export function PolicyPage() {
  const part = useTab(parts.map(({ name }) => name));
  return (
    <Page title={text.title} place={usePlace()} lead={text.lead}>
      <Tabs label={text.parts} tabs={parts} />
      <Suspense fallback={<Skeleton lines={6} />}>{part === 'rules' ? <RulesPart /> : <Requiring />}</Suspense>
    </Page>
  );
}

function RulesPart() {
  const found = useQuery(signInPolicy(useTenantId()));
  if (found.data)
    return (
      <>
        <Rules found={found.data} />
        <LogoSection />
      </>
    );
  return found.isError ? (
    <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />
  ) : (
    <Skeleton lines={6} />
  );
}
