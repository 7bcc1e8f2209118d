import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { groups } from '../../api/tenant.ts';
import type { Group } from '../../api/types.ts';
import { clippedColumn, ObjectLink, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { useSwitch } from '../../kit/switch.tsx';
import type { Column } from '../../kit/Table.tsx';
import { groupText as text } from '../../messages/en.groups.ts';
import { statusText } from '../../messages/en.ts';
import { total } from '../../messages/format.ts';
import { sorts } from '../../shell/sorts.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { groupSwitch } from './switch.ts';

const DuplicateDialog = lazy(() => import('./DuplicateDialog.tsx').then((m) => ({ default: m.DuplicateDialog })));

const filters: Filter[] = [
  {
    name: 'status',
    label: text.status,
    options: ['enabled', 'disabled'].map((value) => ({ value, label: statusText(value) })),
  },
  {
    name: 'source',
    label: text.source,
    options: Object.entries(text.sources).map(([value, label]) => ({ value, label })),
  },
];

const columns: Column<Group>[] = [
  {
    name: 'name',
    label: text.name,
    sort: 'name',
    text: ({ name }) => name,
    cell: ({ id, name, isOwnerGroup }) => (
      <>
        <ObjectLink to="groups" id={id}>
          {name}
        </ObjectLink>
        {isOwnerGroup ? <span className="tag">{text.ownerGroup}</span> : null}
      </>
    ),
  },
  clippedColumn('description', text.description, ({ description }) => description, { priority: 3 }),
  {
    name: 'memberCount',
    label: text.members,
    // Of an imported one they are at its home.
    text: ({ source, memberCount, memberCountIsAtLeast }) =>
      source === 'imported' ? '—' : `${memberCount}${memberCountIsAtLeast ? '+' : ''}`,
    cell: ({ source, memberCount, memberCountIsAtLeast }) =>
      source === 'imported' ? '—' : total(memberCount, memberCountIsAtLeast),
    isNumber: true,
    priority: 2,
  },
  statusColumn('status', text.status, ({ status }) => status, { sort: 'status' }),
  {
    name: 'source',
    label: text.source,
    sort: 'source',
    text: ({ source }) => text.sources[source] ?? source,
    priority: 2,
  },
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
];

export function GroupsPage() {
  const tenantId = useTenantId();
  const state = useListState({ filters, sort: sorts.groups });
  const query = useQuery(groups(tenantId, state.query()));
  const { items, bulk, question } = useSwitch(groupSwitch);
  const [copied, setCopied] = useState<Group>();
  return (
    <ListPage
      text={text}
      what={text.what}
      create={{
        to: '/t/$tenantId/groups/new',
        permission: 'groups.change',
        label: text.create,
        first: text.createFirst,
      }}
      actions={
        <Link to="/t/$tenantId/shared-groups" params={{ tenantId }} className="plain-button">
          {text.shared}
        </Link>
      }
      state={state}
      query={query}
      columns={columns}
      filters={filters}
      rowName={({ name }) => name}
      rowActions={(row) => [
        ...items(row),
        { label: text.duplicate, reason: reasonOf(row.actions, 'groups.duplicate'), onSelect: () => setCopied(row) },
      ]}
      bulk={bulk}
    >
      {question}
      {copied ? (
        <Suspense>
          <DuplicateDialog group={copied} onClose={() => setCopied(undefined)} />
        </Suspense>
      ) : null}
    </ListPage>
  );
}
