import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { regions } from '../../api/session.ts';
import { tenantsPage } from '../../api/tenant.ts';
import { type Column, type Filter, List, useListState } from '../../kit/List.tsx';
import { Page } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { tenantText } from '../../messages/en.tenants.ts';
import { statusText } from '../../messages/en.ts';

type Row = NonNullable<Awaited<ReturnType<NonNullable<ReturnType<typeof tenantsPage>['queryFn']>>>>['items'][number];

const columns: Column<Row>[] = [
  {
    name: 'displayName',
    label: tenantText.displayName,
    sort: 'displayName',
    cell: ({ id, displayName, name, baseUrl }) =>
      baseUrl && new URL(baseUrl).origin !== location.origin ? (
        <a href={`${baseUrl}/t/${id}`}>{displayName ?? name ?? id}</a>
      ) : (
        <Link to="/t/$tenantId" params={{ tenantId: id }}>
          {displayName ?? name ?? id}
        </Link>
      ),
  },
  { name: 'name', label: tenantText.name, sort: 'name', cell: ({ name }) => <code>{name ?? '—'}</code>, priority: 2 },
  {
    name: 'legalName',
    label: tenantText.legalName,
    sort: 'legalName',
    cell: ({ legalName }) => legalName ?? '—',
    priority: 3,
  },
  {
    name: 'region',
    label: tenantText.region,
    sort: 'region',
    cell: ({ region }) => <span className="tenant-region">{region}</span>,
  },
  { name: 'status', label: tenantText.status, sort: 'status', cell: ({ status }) => <Status status={status} /> },
  { name: 'id', label: tenantText.id, cell: ({ id }) => <code className="small">{id}</code>, priority: 3 },
  {
    name: 'createdAt',
    label: tenantText.created,
    sort: 'createdAt',
    cell: ({ createdAt }) => <Time at={createdAt} />,
    priority: 3,
  },
];

export function TenantsPage() {
  const offered = useQuery(regions).data?.items ?? [];
  const filters: Filter[] = [
    {
      name: 'region',
      label: tenantText.region,
      options: offered.map(({ code, name }) => ({ value: code, label: `${name} (${code})` })),
    },
    {
      name: 'status',
      label: tenantText.status,
      options: ['active', 'read-only', 'suspended', 'closing'].map((value) => ({ value, label: statusText(value) })),
    },
  ];
  const state = useListState({ filters });
  const query = useQuery(tenantsPage(state.query()));
  return (
    <Page title={tenantText.listTitle} lead={tenantText.listLead}>
      <List
        what={tenantText.what}
        state={state}
        query={query}
        columns={columns}
        filters={filters}
        rowKey={({ id }) => id}
        rowName={({ displayName, id }) => displayName ?? id}
        empty={<Empty title={tenantText.emptyTitle} text={tenantText.emptyText} />}
        page={tenantText.listTitle}
      />
    </Page>
  );
}
