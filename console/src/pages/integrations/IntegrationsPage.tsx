import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { disableServiceAccount, enableServiceAccount, serviceAccounts } from '../../api/tenant.ts';
import type { ServiceAccount } from '../../api/types.ts';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { type Column, type Filter, List, useListState } from '../../kit/List.tsx';
import type { MenuItem } from '../../kit/Menu.tsx';
import { Page } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { statusText } from '../../messages/en.ts';
import { isOffered, reasonOf, usePlace, useTenantId } from '../../shell/where.ts';

const filters: Filter[] = [
  {
    name: 'status',
    label: text.status,
    options: ['enabled', 'disabled'].map((value) => ({ value, label: statusText(value) })),
  },
];

export function IntegrationsPage() {
  const tenantId = useTenantId();
  const place = usePlace();
  const queryClient = useQueryClient();
  const state = useListState({ filters, sort: 'name' });
  const query = useQuery(serviceAccounts(tenantId, state.query()));
  const { run } = useAct();
  const columns: Column<ServiceAccount>[] = [
    {
      name: 'name',
      label: text.name,
      sort: 'name',
      cell: ({ id, name }) => (
        <Link to="/t/$tenantId/integrations/$id" params={{ tenantId, id }}>
          {name}
        </Link>
      ),
    },
    {
      name: 'description',
      label: text.description,
      cell: ({ description }) => <span className="clip">{description}</span>,
      priority: 3,
    },
    {
      name: 'groups',
      label: text.groups,
      cell: ({ groups }) => groups.map(({ name }) => name).join(', ') || '—',
      priority: 2,
    },
    { name: 'status', label: text.status, sort: 'status', cell: ({ status }) => <Status status={status} /> },
    {
      name: 'createdAt',
      label: text.created,
      sort: 'createdAt',
      cell: ({ createdAt }) => <Time at={createdAt} />,
      priority: 3,
    },
  ];
  const switchTo = (account: ServiceAccount, isOn: boolean): Promise<unknown> =>
    run(account.id, async () => {
      await (isOn ? enableServiceAccount : disableServiceAccount)(tenantId, account.id);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'service-accounts'] });
      toast({
        text: isOn ? text.enabled(account.name) : text.disabled(account.name),
        undo: () => switchTo(account, !isOn),
      });
    });
  const rowActions = (account: ServiceAccount): MenuItem[] =>
    isOffered(account.actions, 'service-accounts.disable')
      ? [
          {
            label: text.disableVerb,
            reason: reasonOf(account.actions, 'service-accounts.disable'),
            onSelect: () => void switchTo(account, false),
          },
        ]
      : [
          {
            label: text.enableVerb,
            reason: reasonOf(account.actions, 'service-accounts.enable'),
            onSelect: () => void switchTo(account, true),
          },
        ];
  return (
    <Page
      title={text.title}
      place={place}
      lead={text.lead}
      actions={<CreateLink to="/t/$tenantId/integrations/new" permission="integrations.change" label={text.create} />}
    >
      <List
        what={text.what}
        state={state}
        query={query}
        columns={columns}
        filters={filters}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        rowActions={rowActions}
        empty={
          <Empty
            title={text.emptyTitle}
            text={text.emptyText}
            command={text.command}
            action={
              <CreateLink
                to="/t/$tenantId/integrations/new"
                permission="integrations.change"
                label={text.createFirst}
              />
            }
          />
        }
        page={text.title}
      />
      <Outlet />
    </Page>
  );
}
