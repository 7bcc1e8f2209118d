import { useQuery } from '@tanstack/react-query';
import { serviceAccounts } from '../../api/tenant.ts';
import type { ServiceAccount } from '../../api/types.ts';
import { clippedColumn, ObjectLink, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { useSwitch } from '../../kit/switch.tsx';
import type { Column } from '../../kit/Table.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { statusText } from '../../messages/en.ts';
import { sorts } from '../../shell/sorts.ts';
import { useTenantId } from '../../shell/where.ts';
import { serviceAccountSwitch } from './switch.ts';

const filters: Filter[] = [
  {
    name: 'status',
    label: text.status,
    options: ['enabled', 'disabled'].map((value) => ({ value, label: statusText(value) })),
  },
];

const columns: Column<ServiceAccount>[] = [
  {
    name: 'name',
    label: text.name,
    sort: 'name',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <ObjectLink to="integrations" id={id}>
        {name}
      </ObjectLink>
    ),
  },
  clippedColumn('description', text.description, ({ description }) => description, { priority: 3 }),
  clippedColumn('groups', text.groups, ({ groups }) => groups.map(({ name }) => name).join(', '), { priority: 2 }),
  statusColumn('status', text.status, ({ status }) => status, { sort: 'status' }),
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
];

export function IntegrationsPage() {
  const tenantId = useTenantId();
  const state = useListState({ filters, sort: sorts.integrations });
  const query = useQuery(serviceAccounts(tenantId, state.query()));
  const { items, bulk, question } = useSwitch(serviceAccountSwitch);
  return (
    <ListPage
      text={text}
      what={text.what}
      create={{
        to: '/t/$tenantId/integrations/new',
        permission: 'integrations.change',
        label: text.create,
        first: text.createFirst,
      }}
      state={state}
      query={query}
      columns={columns}
      filters={filters}
      rowName={({ name }) => name}
      rowActions={items}
      bulk={bulk}
    >
      {question}
    </ListPage>
  );
}
