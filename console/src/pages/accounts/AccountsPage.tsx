import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { me } from '../../api/session.ts';
import { accounts, endAccountSessions, group as ofGroup } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
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
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';
import { ManyActs, type StartedTask, useExports } from './ManyActs.tsx';
import { standingOf } from './standing.ts';
import { accountSwitch } from './switch.ts';

const GroupDialog = lazy(() => import('./GroupFilter.tsx').then((m) => ({ default: m.GroupDialog })));
const TaskDialog = lazy(() => import('./TaskDialog.tsx').then((m) => ({ default: m.TaskDialog })));

const optionsOf = (words: Record<string, string>) => Object.entries(words).map(([value, label]) => ({ value, label }));

const fixed: Filter[] = [
  {
    name: 'status',
    label: text.status,
    options: ['new', 'enabled', 'disabled'].map((value) => ({ value, label: statusText(value) })),
  },
  {
    name: 'source',
    label: text.source,
    options: optionsOf(text.sources),
  },
  { name: 'waiting', label: text.waitingFilter, options: optionsOf(text.waitingOptions) },
  { name: 'lastSignIn', label: text.lastSignIn, options: optionsOf(text.lastSignIns) },
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
  statusColumn('status', text.status, standingOf, { sort: 'status' }),
  {
    name: 'groups',
    label: text.groups,
    text: ({ groups }) => groups.map(({ name }) => name).join(', '),
    cell: ({ groups }) => <span title={groups.map(({ name }) => name).join(', ')}>{number(groups.length)}</span>,
    isNumber: true,
    priority: 3,
  },
  {
    name: 'source',
    label: text.source,
    text: ({ source }) => text.sources[source] ?? source,
    sort: 'source',
    priority: 3,
  },
  timeColumn('lastSignInAt', text.lastSignIn, ({ lastSignInAt }) => lastSignInAt, {
    none: text.neverSignedIn,
    sort: 'lastSignInAt',
    priority: 2,
  }),
];

export function AccountsPage() {
  const tenantId = useTenantId();
  const mayReadGroups = useHolds('groups.view');
  const { groupId } = useSearch({ strict: false }) as { groupId?: string };
  const [isChoosing, setChoosing] = useState(false);
  const group = useQuery({
    ...ofGroup(tenantId, groupId ?? ''),
    enabled: mayReadGroups && groupId !== undefined,
    retry: false,
  }).data?.value;
  const filters = [
    ...fixed,
    {
      name: 'groupId',
      label: text.group,
      // Until it has come, a group in the address counts as it is.
      options: group ? [{ value: group.id, label: group.name }] : [],
      ...(mayReadGroups ? { choose: () => setChoosing(true) } : {}),
    },
  ];
  const state = useListState({ filters, sort: sorts.accounts });
  const query = useQuery(accounts(tenantId, state.query()));
  const { items, bulk, question } = useSwitch(accountSwitch);
  const myId = useQuery(me).data?.id;
  const [started, setStarted] = useState<StartedTask>();
  const filter = { ...state.values, ...(state.search.q ? { q: state.search.q } : {}) };
  const exports = useExports(setStarted);
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
      more={(given) => <ManyActs {...given} filter={filter} onStarted={setStarted} />}
      exports={(matching) =>
        exports({ filter }, text.accountsMatching(matching), (format) => text.exportAllAs[format](matching))
      }
      actions={<InviteManyLink />}
    >
      {question}
      {isChoosing ? (
        <Suspense>
          <GroupDialog
            chosen={group}
            onChoose={(id) => {
              void state.go({ groupId: id });
              if (id) setChoosing(false);
            }}
            onClose={() => setChoosing(false)}
          />
        </Suspense>
      ) : null}
      {started ? (
        <Suspense>
          <TaskDialog
            title={started.title}
            taskId={started.taskId}
            onClose={() => {
              setStarted(undefined);
              started.onEnd();
            }}
          />
        </Suspense>
      ) : null}
    </ListPage>
  );
}

function InviteManyLink() {
  const tenantId = useTenantId();
  const mayInvite = useHolds('accounts.change');
  if (!mayInvite) return <Button reason={text.needs('accounts.change')}>{text.inviteMany}</Button>;
  return (
    <Link
      to="/t/$tenantId/accounts/invite-many"
      params={{ tenantId }}
      search={((old: object) => old) as never}
      className="plain-button"
    >
      {text.inviteMany}
    </Link>
  );
}
