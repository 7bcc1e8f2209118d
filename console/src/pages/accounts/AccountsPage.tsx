import { useQuery } from '@tanstack/react-query';
import { me } from '../../api/session.ts';
import { accounts, endAccountSessions } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import type { BulkAction } from '../../kit/bulk-run.ts';
import { clippedColumn, ObjectLink, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { useSwitch } from '../../kit/switch.tsx';
import type { Column } from '../../kit/Table.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { statusText } from '../../messages/en.ts';
import { number } from '../../messages/format.ts';
import { sorts } from '../../shell/sorts.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { accountSwitch } from './switch.ts';

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

const columns: Column<Account>[] = [
  {
    name: 'displayName',
    label: text.name,
    sort: 'displayName',
    text: ({ displayName }) => displayName,
    cell: ({ id, displayName }) => (
      <ObjectLink to="accounts" id={id}>
        {displayName}
      </ObjectLink>
    ),
  },
  clippedColumn('email', text.email, ({ email }) => email, { sort: 'email', priority: 2 }),
  clippedColumn('username', text.username, ({ username }) => username, { sort: 'username', isExtra: true }),
  statusColumn('status', text.status, ({ status }) => status, { sort: 'status' }),
  {
    name: 'groups',
    label: text.groups,
    text: ({ groups }) => groups.map(({ name }) => name).join(', '),
    cell: ({ groups }) => <span title={groups.map(({ name }) => name).join(', ')}>{number(groups.length)}</span>,
    isNumber: true,
    priority: 3,
  },
  { name: 'source', label: text.source, text: ({ source }) => text.sources[source] ?? source, priority: 3 },
  timeColumn('lastSignInAt', text.lastSignIn, ({ lastSignInAt }) => lastSignInAt, {
    none: text.neverSignedIn,
    sort: 'lastSignInAt',
    priority: 2,
  }),
];

export function AccountsPage() {
  const tenantId = useTenantId();
  const state = useListState({ filters, sort: sorts.accounts });
  const query = useQuery(accounts(tenantId, state.query()));
  const { items, bulk } = useSwitch(accountSwitch);
  const myId = useQuery(me).data?.id;
  const endSessions: BulkAction<Account> = {
    name: 'accounts.end-sessions',
    verb: text.endAll,
    title: text.endAllOf,
    isDangerous: true,
    skip: ({ actions }) => reasonOf(actions, 'accounts.end-sessions'),
    act: ({ id }) => endAccountSessions(tenantId, id),
    confirm: (rows) => ({
      text: text.endAllMany,
      breaks: rows.some(({ id }) => id === myId) ? [text.ownSessions] : [],
    }),
  };
  return (
    <ListPage
      text={text}
      what={text.what}
      create={{ to: '/t/$tenantId/accounts/new', permission: 'accounts.change', label: text.invite }}
      state={state}
      query={query}
      columns={columns}
      filters={filters}
      rowName={({ displayName }) => displayName}
      rowActions={items}
      bulk={[...bulk, endSessions]}
    />
  );
}
