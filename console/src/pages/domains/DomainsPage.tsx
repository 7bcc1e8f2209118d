import { useQuery } from '@tanstack/react-query';
import { type Domain, domains } from '../../api/domains.ts';
import { ObjectLink, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { useListState } from '../../kit/list-state.ts';
import type { Column } from '../../kit/Table.tsx';
import { domainText as text } from '../../messages/en.domains.ts';
import { sorts } from '../../shell/sorts.ts';
import { useTenantId } from '../../shell/where.ts';

const columns: Column<Domain>[] = [
  {
    name: 'name',
    label: text.name,
    sort: 'name',
    text: ({ displayName }) => displayName,
    cell: ({ id, displayName }) => (
      <ObjectLink to="domains" id={id}>
        {displayName}
      </ObjectLink>
    ),
  },
  statusColumn('status', text.status, ({ status }) => status),
  timeColumn('verifiedAt', text.verified, ({ verifiedAt }) => verifiedAt, { none: text.notChecked }),
  timeColumn('lastCheckedAt', text.checked, ({ lastCheckedAt }) => lastCheckedAt, {
    none: text.notChecked,
    priority: 2,
  }),
  {
    name: 'lastOutcome',
    label: text.outcome,
    text: ({ lastOutcome }) => (lastOutcome ? text.outcomes[lastOutcome] : null),
    priority: 2,
  },
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
];

export function DomainsPage() {
  const tenantId = useTenantId();
  const state = useListState({ sort: sorts.domains });
  return (
    <ListPage
      text={text}
      what={text.what}
      create={{
        to: '/t/$tenantId/domains/new',
        permission: 'identity-providers.change',
        label: text.create,
        first: text.createFirst,
      }}
      state={state}
      query={useQuery(domains(tenantId, state.query()))}
      columns={columns}
      rowName={({ displayName }) => displayName}
    />
  );
}
