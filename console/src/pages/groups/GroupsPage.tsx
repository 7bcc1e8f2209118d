import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { disableGroup, enableGroup, groups } from '../../api/tenant.ts';
import type { Group } from '../../api/types.ts';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { type Column, type Filter, List, useListState } from '../../kit/List.tsx';
import type { MenuItem } from '../../kit/Menu.tsx';
import { Page } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { statusText } from '../../messages/en.ts';
import { number } from '../../messages/format.ts';
import { isOffered, reasonOf, usePlace, useTenantId } from '../../shell/where.ts';

const filters: Filter[] = [
  {
    name: 'status',
    label: groupText.status,
    options: ['enabled', 'disabled'].map((value) => ({ value, label: statusText(value) })),
  },
  {
    name: 'source',
    label: groupText.source,
    options: Object.entries(groupText.sources).map(([value, label]) => ({ value, label })),
  },
];

export function GroupsPage() {
  const tenantId = useTenantId();
  const place = usePlace();
  const queryClient = useQueryClient();
  const state = useListState({ filters, sort: 'name' });
  const query = useQuery(groups(tenantId, state.query()));
  const { run } = useAct();

  const columns: Column<Group>[] = [
    {
      name: 'name',
      label: groupText.name,
      sort: 'name',
      cell: ({ id, name, isOwnerGroup }) => (
        <>
          <Link to="/t/$tenantId/groups/$id" params={{ tenantId, id }}>
            {name}
          </Link>
          {isOwnerGroup ? <span className="tag">{groupText.ownerGroup}</span> : null}
        </>
      ),
    },
    {
      name: 'description',
      label: groupText.description,
      cell: ({ description }) => <span className="clip">{description}</span>,
      priority: 3,
    },
    { name: 'memberCount', label: groupText.members, cell: ({ memberCount }) => number(memberCount), isNumber: true },
    { name: 'status', label: groupText.status, sort: 'status', cell: ({ status }) => <Status status={status} /> },
    {
      name: 'source',
      label: groupText.source,
      sort: 'source',
      cell: ({ source }) => groupText.sources[source] ?? source,
      priority: 2,
    },
    {
      name: 'createdAt',
      label: groupText.created,
      sort: 'createdAt',
      cell: ({ createdAt }) => <Time at={createdAt} />,
      priority: 3,
    },
  ];

  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups'] });
  const switchTo = (group: Group, isOn: boolean): Promise<unknown> =>
    run(group.id, async () => {
      await (isOn ? enableGroup : disableGroup)(tenantId, group.id);
      await refresh();
      toast({
        text: isOn ? groupText.enabled(group.name) : groupText.disabled(group.name),
        undo: () => switchTo(group, !isOn),
      });
    });
  const rowActions = (group: Group): MenuItem[] =>
    isOffered(group.actions, 'groups.disable')
      ? [
          {
            label: groupText.disableVerb,
            reason: reasonOf(group.actions, 'groups.disable'),
            onSelect: () => void switchTo(group, false),
          },
        ]
      : [
          {
            label: groupText.enableVerb,
            reason: reasonOf(group.actions, 'groups.enable'),
            onSelect: () => void switchTo(group, true),
          },
        ];

  const create = <CreateLink to="/t/$tenantId/groups/new" permission="groups.change" label={groupText.create} />;
  return (
    <Page title={groupText.title} place={place} lead={groupText.lead} actions={create}>
      <List
        what={groupText.what}
        state={state}
        query={query}
        columns={columns}
        filters={filters}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        rowActions={rowActions}
        empty={
          <Empty
            title={groupText.emptyTitle}
            text={groupText.emptyText}
            command={groupText.command}
            action={
              <CreateLink to="/t/$tenantId/groups/new" permission="groups.change" label={groupText.createFirst} />
            }
          />
        }
        page={groupText.title}
      />
      <Outlet />
    </Page>
  );
}
