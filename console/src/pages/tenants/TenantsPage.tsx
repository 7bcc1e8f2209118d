import { useQuery } from '@tanstack/react-query';
import { regions } from '../../api/session.ts';
import { tenantsPage } from '../../api/tenant.ts';
import { clippedColumn, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import type { Column } from '../../kit/Table.tsx';
import { tenantText } from '../../messages/en.tenants.ts';
import { statusText } from '../../messages/en.ts';
import { PartnerAccessNote, usePartnerAccess } from '../../shell/partner-access.tsx';
import { TenantLink } from '../../shell/TenantLink.tsx';

type Row = NonNullable<Awaited<ReturnType<NonNullable<ReturnType<typeof tenantsPage>['queryFn']>>>>['items'][number];

const nameOf = ({ displayName, name, id }: Row) => displayName ?? name ?? id;

const columnsOf = (access: ReturnType<typeof usePartnerAccess>): Column<Row>[] => [
  {
    name: 'displayName',
    label: tenantText.displayName,
    sort: 'displayName',
    text: nameOf,
    cell: (row) => (
      <>
        <TenantLink id={row.id} baseUrl={row.baseUrl} name={nameOf(row)} />
        <PartnerAccessNote access={access.get(row.id)} />
      </>
    ),
  },
  {
    name: 'name',
    label: tenantText.name,
    sort: 'name',
    text: ({ name }) => name,
    cell: ({ name }) => <code>{name ?? '—'}</code>,
    priority: 2,
  },
  clippedColumn('legalName', tenantText.legalName, ({ legalName }) => legalName, { sort: 'legalName', priority: 3 }),
  {
    name: 'region',
    label: tenantText.region,
    sort: 'region',
    text: ({ region }) => region,
    cell: ({ region }) => <span className="tenant-region">{region}</span>,
  },
  statusColumn('status', tenantText.status, ({ status }) => status, { sort: 'status' }),
  timeColumn('createdAt', tenantText.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
  {
    name: 'id',
    label: tenantText.id,
    text: ({ id }) => id,
    cell: ({ id }) => <code className="small">{id}</code>,
    isExtra: true,
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
  const access = usePartnerAccess((query.data?.items ?? []).map(({ id }) => id));
  return (
    <ListPage
      text={{ ...tenantText, title: tenantText.listTitle, lead: tenantText.listLead }}
      what={tenantText.what}
      state={state}
      query={query}
      columns={columnsOf(access)}
      filters={filters}
      rowName={nameOf}
    />
  );
}
