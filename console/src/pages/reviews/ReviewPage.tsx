import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy } from 'react';
import { type Campaign, campaign } from '../../api/reviews.ts';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { Note } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { useHolds, useObjectId, useTenantId } from '../../shell/where.ts';

const Items = lazy(() => import('./Items.tsx').then((m) => ({ default: m.Items })));
const Report = lazy(() => import('./Report.tsx').then((m) => ({ default: m.Report })));
const Settings = lazy(() => import('./Settings.tsx').then((m) => ({ default: m.Settings })));

export function ReviewPage() {
  const tenantId = useTenantId();
  const seesGroups = useHolds('groups.view');
  return (
    <DetailPage
      found={useQuery(campaign(tenantId, useObjectId()))}
      parent={{ to: '/t/$tenantId/reviews', title: text.title }}
      one={text.one}
      nameOf={({ name }) => name}
      statusOf={({ state }) => <Status status={state} text={text.states[state] ?? state} />}
      leadOf={({ counts: { total, undecided, left }, dueAt, closedAt }) => (
        <>
          {text.decided}: {text.decidedOf(total - undecided - left, total)} · {closedAt ? text.endedAt : text.due}{' '}
          <Time at={closedAt ?? dueAt} />
        </>
      )}
      above={(value) => <Standing value={value} />}
      tabsLabel={text.tabs}
      tabs={({ value, version }) => [
        { name: 'items', label: text.tabItems, content: () => <Items campaign={value} /> },
        ...(seesGroups ? [{ name: 'report', label: text.tabReport, content: () => <Report campaign={value} /> }] : []),
        ...(seesGroups
          ? [{ name: 'settings', label: text.tabSettings, content: () => <Settings found={{ value, version }} /> }]
          : []),
      ]}
    />
  );
}

/** What is to be done now. */
function Standing({ value: { state, yours, counts } }: { value: Campaign }) {
  if (state === 'gathering') return <Note tone="info">{text.gathering}</Note>;
  if (state === 'closing') return <Note tone="info">{text.closing}</Note>;
  if (state === 'closed') return <Note tone="info">{text.over}</Note>;
  if (counts.undecided === 0) return <Note tone="good">{text.allDecided}</Note>;
  if (yours === 0) return <Note tone="info">{text.waitsForOthers(counts.undecided)}</Note>;
  return (
    <Note tone="warn">
      {text.waitsForYou(yours)}{' '}
      <Link to="." search={{ yours: 'true' } as never}>
        {text.showYours}
      </Link>
    </Note>
  );
}
