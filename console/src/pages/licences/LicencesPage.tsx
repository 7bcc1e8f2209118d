import { IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { billingProfile, type Licence, licences, offers, usage } from '../../api/licences.ts';
import { Button } from '../../kit/Button.tsx';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Page, Tabs, useTab } from '../../kit/Page.tsx';
import { Empty, Note, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { sorts } from '../../shell/sorts.ts';
import { usePlace, useReason, useTenantId } from '../../shell/where.ts';
import { nameOfLimit, standingOf } from './standing.ts';

const Usage = lazy(() => import('./Usage.tsx').then((m) => ({ default: m.Usage })));
const Billing = lazy(() => import('./Billing.tsx').then((m) => ({ default: m.Billing })));

export function LicencesPage() {
  const tenantId = useTenantId();
  const hasBilling = (useQuery(billingProfile(tenantId)).data?.value.state ?? 'off') !== 'off';
  const tabs = [
    { name: 'licences', label: text.tabLicences },
    { name: 'usage', label: text.tabUsage },
    ...(hasBilling ? [{ name: 'billing', label: text.tabBilling }] : []),
  ];
  const tab = useTab(tabs.map(({ name }) => name));
  return (
    <Page title={text.title} place={usePlace()} lead={text.lead} actions={<Ways />}>
      <Tabs label={text.tabs} tabs={tabs} />
      {tab === 'licences' ? (
        <Licences />
      ) : (
        <Suspense fallback={<Skeleton />}>{tab === 'usage' ? <Usage /> : <Billing />}</Suspense>
      )}
      <Outlet />
    </Page>
  );
}

/** The ways in that there are: by file, and from what the operator offers. */
function Ways() {
  const tenantId = useTenantId();
  const reason = useReason('licences.change');
  const { data } = useQuery(offers(tenantId));
  if (!data) return null;
  const icon = <IconUpload size={16} aria-hidden="true" />;
  return (
    <>
      {data.takesFiles ? (
        reason ? (
          <Button icon={icon} reason={reason}>
            {text.upload}
          </Button>
        ) : (
          <Link
            to="/t/$tenantId/licences/upload"
            params={{ tenantId }}
            search={(old) => old}
            className={data.items.length > 0 ? 'plain-button' : 'plain-button accent-button'}
          >
            {icon}
            {text.upload}
          </Link>
        )
      ) : null}
      {data.items.length > 0 ? (
        <CreateLink to="/t/$tenantId/licences/new" permission="licences.change" label={text.create} />
      ) : null}
    </>
  );
}

const columns: Column<Licence>[] = [
  {
    name: 'name',
    label: text.name,
    sort: 'name',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <ObjectLink to="licences" id={id}>
        {name}
      </ObjectLink>
    ),
  },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.states[state],
    cell: ({ state }) => <Status status={state} text={text.states[state] ?? state} />,
  },
  timeColumn('activeThrough', text.activeThrough, ({ activeThrough }) => activeThrough, { none: '—', priority: 2 }),
  {
    name: 'renewalFrequency',
    label: text.renewal,
    text: ({ renewalFrequency }) => (renewalFrequency ? text.frequencies[renewalFrequency] : null),
    priority: 2,
  },
  { name: 'owner', label: text.owner, text: ({ owner }) => owner?.displayName ?? text.nobody, priority: 3 },
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
];

function Licences() {
  const tenantId = useTenantId();
  const state = useListState({ sort: sorts.licences });
  return (
    <>
      <NearLimits />
      <List
        what={text.what}
        state={state}
        query={useQuery(licences(tenantId, state.query()))}
        columns={columns}
        rowName={({ name }) => name}
        empty={<NoLicence />}
        page={text.title}
      />
    </>
  );
}

function NoLicence() {
  const { data } = useQuery(offers(useTenantId()));
  if (!data) return <Skeleton />;
  const way = data.items.length > 0;
  const ways =
    way && data.takesFiles ? text.waysBoth : way ? text.waysOffers : data.takesFiles ? text.waysFile : text.waysNone;
  return (
    <Empty
      title={text.emptyTitle}
      text={`${data.isRequired ? text.required : text.unlimited} ${ways}`}
      {...(data.takesFiles ? { command: 'bailiwick licences upload --file acme.licence' } : {})}
    />
  );
}

/** Said on the first look: what is near its limit, or at it. */
function NearLimits() {
  const tenantId = useTenantId();
  const near = useQuery(usage(tenantId)).data?.limits.filter(({ state }) => state !== 'within') ?? [];
  if (near.length === 0) return null;
  return (
    <Note tone="warn" title={text.nearTitle}>
      {near.map((limit) => (
        <p key={nameOfLimit(limit)}>
          {nameOfLimit(limit)}: {text.usedOf(limit.used, limit.limit)}. {standingOf(limit)}.
        </p>
      ))}
      <Link to="/t/$tenantId/licences" params={{ tenantId }} search={{ tab: 'usage' }}>
        {text.tabUsage}
      </Link>
    </Note>
  );
}
