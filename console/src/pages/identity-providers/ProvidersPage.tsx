import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { identityProviders } from '../../api/tenant.ts';
import type { IdentityProvider } from '../../api/types.ts';
import { clippedColumn, ObjectLink, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { providerText as text } from '../../messages/en.providers.ts';
import { statusText } from '../../messages/en.ts';
import { sorts } from '../../shell/sorts.ts';
import { isOffered, reasonOf, useTenantId } from '../../shell/where.ts';
import { ActivateDialog, DeactivateDialog } from './acts.tsx';
import { endOf } from './standing.ts';

const filters: Filter[] = [
  {
    name: 'status',
    label: text.status,
    options: ['active', 'inactive'].map((value) => ({ value, label: statusText(value) })),
  },
  {
    name: 'type',
    label: text.type,
    options: Object.entries(text.types).map(([value, label]) => ({ value, label })),
  },
];

const testOf = ({ lastTest }: IdentityProvider) =>
  lastTest ? (text.testStates[lastTest.state] ?? lastTest.state) : text.neverTested;

const columns: Column<IdentityProvider>[] = [
  {
    name: 'name',
    label: text.name,
    sort: 'name',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <ObjectLink to="identity-providers" id={id}>
        {name}
      </ObjectLink>
    ),
  },
  { name: 'type', label: text.type, sort: 'type', text: ({ type }) => text.types[type], priority: 2 },
  statusColumn('status', text.status, ({ status }) => status, { sort: 'status' }),
  {
    name: 'lastTest',
    label: text.tested,
    text: testOf,
    cell: (row) =>
      row.lastTest ? (
        <Status status={row.lastTest.state === 'passed' ? 'done' : row.lastTest.state} text={testOf(row)} />
      ) : (
        <span className="faint">{text.neverTested}</span>
      ),
    priority: 2,
  },
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt, { none: text.neverUsed, priority: 2 }),
  timeColumn('expiresAt', text.secretExpires, endOf, {
    none: text.noExpiry,
    priority: 2,
  }),
  clippedColumn('description', text.description, ({ description }) => description, { isExtra: true }),
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
];

export function ProvidersPage() {
  const tenantId = useTenantId();
  const state = useListState({ filters, sort: sorts.identityProviders });
  const query = useQuery(identityProviders(tenantId, state.query()));
  const [asked, setAsked] = useState<{ act: 'activate' | 'deactivate'; value: IdentityProvider }>();
  const close = () => setAsked(undefined);
  return (
    <ListPage
      text={text}
      what={text.what}
      create={{
        to: '/t/$tenantId/identity-providers/new',
        permission: 'identity-providers.change',
        label: text.create,
        first: text.createFirst,
      }}
      state={state}
      query={query}
      columns={columns}
      filters={filters}
      rowName={({ name }) => name}
      rowActions={(value) =>
        (['activate', 'deactivate'] as const)
          .filter((act) => isOffered(value.actions, `identity-providers.${act}`))
          .map((act) => ({
            label: text[act],
            reason: reasonOf(value.actions, `identity-providers.${act}`),
            onSelect: () => setAsked({ act, value }),
          }))
      }
    >
      {asked?.act === 'activate' ? <ActivateDialog value={asked.value} onClose={close} /> : null}
      {asked?.act === 'deactivate' ? <DeactivateDialog value={asked.value} onClose={close} /> : null}
    </ListPage>
  );
}
