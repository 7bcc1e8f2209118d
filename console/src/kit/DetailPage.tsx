import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, Suspense } from 'react';
import type { Versioned } from '../api/client.ts';
import { usePlace, useTenantId } from '../shell/where.ts';
import type { Path } from './CreateLink.tsx';
import { ObjectFacts, Page, Tabs, useTab, WayUp } from './Page.tsx';
import { ProblemPanel, Skeleton } from './problems.tsx';

interface Detailed {
  id: string;
  createdAt: string;
  updatedAt?: string;
}

export interface Tab {
  name: string;
  label: string;
  count?: number | string;
  content: () => ReactNode;
}

interface DetailPageProps<T extends Detailed> {
  found: UseQueryResult<Versioned<T>>;
  /** The list that the object is in. */
  parent: { to: Path; title: string; search?: Record<string, string> };
  /** What such an object is called: the title until it has come. */
  one: string;
  nameOf: (value: T) => string;
  statusOf: (value: T) => ReactNode;
  leadOf?: (value: T) => ReactNode;
  actionsOf?: (value: T) => ReactNode;
  /** What cannot wait for a tab: an invitation that is open, a first call that is awaited. */
  above?: (value: T) => ReactNode;
  /** The parts of the object, the first one shown first; a page without parts has `children`. */
  tabs?: (found: Versioned<T>) => Tab[];
  tabsLabel?: string;
  children?: (found: Versioned<T>) => ReactNode;
}

/** The one frame of a page that is an object: the way back, name, status, id, history, tabs, and every state of it. */
export function DetailPage<T extends Detailed>(props: DetailPageProps<T>) {
  const { found, parent, one, nameOf, statusOf, leadOf, actionsOf, above, tabs, tabsLabel = '', children } = props;
  const tenantId = useTenantId();
  const place = usePlace();
  const { data } = found;
  const value = data?.value;
  return (
    <Page
      title={value ? nameOf(value) : one}
      place={place}
      crumb={<WayUp {...parent} />}
      status={value ? statusOf(value) : null}
      lead={value ? leadOf?.(value) : null}
      actions={value ? actionsOf?.(value) : null}
    >
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={one} />
      ) : data && value ? null : (
        <Skeleton lines={6} />
      )}
      {data && value ? (
        <>
          <ObjectFacts
            id={value.id}
            createdAt={value.createdAt}
            {...(value.updatedAt ? { updatedAt: value.updatedAt } : {})}
            tenantId={tenantId}
          />
          {above?.(value)}
          {tabs ? <Parts label={tabsLabel} tabs={tabs(data)} /> : null}
          {children?.(data)}
        </>
      ) : null}
    </Page>
  );
}

function Parts({ label, tabs }: { label: string; tabs: Tab[] }) {
  const current = useTab(tabs.map(({ name }) => name));
  return (
    <>
      <Tabs label={label} tabs={tabs} />
      <Suspense fallback={<Skeleton />}>{tabs.find(({ name }) => name === current)?.content()}</Suspense>
    </>
  );
}
