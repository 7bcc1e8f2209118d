import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { type GroupImport, groupImports } from '../../api/imports.ts';
import { Button } from '../../kit/Button.tsx';
import { ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { importText as text } from '../../messages/en.imports.ts';
import { reasonOf, useReason, useTenantId } from '../../shell/where.ts';
import { Ending } from './Ending.tsx';

const ImportDialog = lazy(() => import('./ImportDialog.tsx').then((m) => ({ default: m.ImportDialog })));

const options = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }));
const filters: Filter[] = [
  { name: 'side', label: text.side, all: text.allSides, options: options(text.sides) },
  { name: 'state', label: text.state, all: text.allStates, options: options(text.states) },
];

const nameOf = ({ homeGroupName }: GroupImport) => homeGroupName ?? text.unnamed;
const ownGroupOf = ({ side, groupId, homeGroupId }: GroupImport) => (side === 'home' ? homeGroupId : groupId);

const columns: Column<GroupImport>[] = [
  {
    name: 'group',
    label: text.group,
    text: nameOf,
    cell: (row) => {
      const id = ownGroupOf(row);
      return id && row.state === 'active' ? (
        <ObjectLink to="groups" id={id} tab={row.side === 'home' ? 'sharing' : 'home'}>
          {nameOf(row)}
        </ObjectLink>
      ) : (
        nameOf(row)
      );
    },
  },
  {
    name: 'other',
    label: text.other,
    text: ({ otherTenantName, otherTenantId }) => otherTenantName ?? otherTenantId,
  },
  { name: 'side', label: text.side, text: ({ side }) => text.sides[side] ?? side, priority: 2 },
  {
    name: 'people',
    label: text.people,
    text: ({ memberCount }) => memberCount?.toString() ?? '—',
    isNumber: true,
    priority: 2,
  },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.states[state] ?? state,
    cell: ({ state }) => (
      <Status status={state === 'active' ? 'active' : 'inactive'} text={text.states[state] ?? state} />
    ),
  },
  timeColumn('createdAt', text.since, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
];

export function ImportsPage() {
  const tenantId = useTenantId();
  const state = useListState({ filters });
  const [isImporting, setImporting] = useState(false);
  const [ending, setEnding] = useState<GroupImport>();
  const reason = useReason('groups.change');
  return (
    <ListPage
      text={text}
      what={text.what}
      state={state}
      query={useQuery(groupImports(tenantId, state.query()))}
      columns={columns}
      filters={filters}
      hasSearch={false}
      rowName={nameOf}
      rowActions={(row) => [
        {
          label: text.end,
          reason: reasonOf(row.actions, 'group-imports.end'),
          onSelect: () => setEnding(row),
          isDangerous: true,
        },
      ]}
      actions={
        <Button kind="primary" reason={reason} onClick={() => setImporting(true)}>
          {text.importVerb}
        </Button>
      }
    >
      <Suspense>{isImporting ? <ImportDialog onClose={() => setImporting(false)} /> : null}</Suspense>
      {ending ? <Ending value={ending} onClose={() => setEnding(undefined)} /> : null}
    </ListPage>
  );
}
