import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { accounts, disableAccount, enableAccount } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { type Column, type Filter, List, useListState } from '../../kit/List.tsx';
import type { MenuItem } from '../../kit/Menu.tsx';
import { Page } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { statusText } from '../../messages/en.ts';
import { number } from '../../messages/format.ts';
import { reasonOf, usePlace, useTenantId } from '../../shell/where.ts';

const filters: Filter[] = [
  {
    name: 'status',
    label: text.status,
    options: ['new', 'enabled', 'disabled'].map((value) => ({ value, label: statusText(value) })),
  },
  {
    name: 'source',
    label: text.source,
    options: Object.entries(text.sources).map(([value, label]) => ({ value, label })),
  },
];

export function AccountsPage() {
  const tenantId = useTenantId();
  const place = usePlace();
  const queryClient = useQueryClient();
  const state = useListState({ filters, sort: 'displayName' });
  const query = useQuery(accounts(tenantId, state.query()));
  const { run } = useAct();
  const columns: Column<Account>[] = [
    {
      name: 'displayName',
      label: text.name,
      sort: 'displayName',
      cell: ({ id, displayName }) => (
        <Link to="/t/$tenantId/accounts/$id" params={{ tenantId, id }}>
          {displayName}
        </Link>
      ),
    },
    {
      name: 'email',
      label: text.email,
      sort: 'email',
      cell: ({ email }) => <span className="clip">{email}</span>,
      priority: 2,
    },
    {
      name: 'username',
      label: text.username,
      sort: 'username',
      cell: ({ username }) => <span className="clip">{username}</span>,
      priority: 3,
    },
    { name: 'status', label: text.status, sort: 'status', cell: ({ status }) => <Status status={status} /> },
    { name: 'groups', label: text.groups, cell: ({ groups }) => number(groups.length), isNumber: true, priority: 3 },
    { name: 'source', label: text.source, cell: ({ source }) => text.sources[source] ?? source, priority: 3 },
    {
      name: 'lastSignInAt',
      label: text.lastSignIn,
      sort: 'lastSignInAt',
      cell: ({ lastSignInAt }) => <Time at={lastSignInAt} none={text.neverSignedIn} />,
      priority: 2,
    },
  ];
  const switchTo = (account: Account, isOn: boolean): Promise<unknown> =>
    run(account.id, async () => {
      await (isOn ? enableAccount : disableAccount)(tenantId, account.id);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'accounts'] });
      toast({
        text: isOn ? text.enabled(account.displayName) : text.disabled(account.displayName),
        undo: () => switchTo(account, !isOn),
      });
    });
  const rowActions = (account: Account): MenuItem[] =>
    account.status === 'enabled'
      ? [
          {
            label: text.disableVerb,
            reason: reasonOf(account.actions, 'accounts.disable'),
            onSelect: () => void switchTo(account, false),
          },
        ]
      : [
          {
            label: text.enableVerb,
            reason: reasonOf(account.actions, 'accounts.enable'),
            onSelect: () => void switchTo(account, true),
          },
        ];
  return (
    <Page
      title={text.title}
      place={place}
      lead={text.lead}
      actions={<CreateLink to="/t/$tenantId/accounts/new" permission="accounts.change" label={text.invite} />}
    >
      <List
        what={text.what}
        state={state}
        query={query}
        columns={columns}
        filters={filters}
        rowKey={({ id }) => id}
        rowName={({ displayName }) => displayName}
        rowActions={rowActions}
        empty={<Empty title={text.emptyTitle} text={text.emptyText} command={text.command} />}
        page={text.title}
      />
      <Outlet />
    </Page>
  );
}
