import { useQuery } from '@tanstack/react-query';
import { Fragment, lazy, Suspense, useState } from 'react';
import { type AccountAccess, accountAccess } from '../../api/accounts.ts';
import type { Account } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ObjectLink } from '../../kit/columns.tsx';
import { GroupsOf } from '../../kit/GroupsOf.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { useReason, useTenantId } from '../../shell/where.ts';
import { useRightNames } from '../access/right-names.ts';

const JoinDialog = lazy(() => import('./GroupActs.tsx').then((m) => ({ default: m.JoinDialog })));
const LeaveDialog = lazy(() => import('./GroupActs.tsx').then((m) => ({ default: m.LeaveDialog })));

type Held = AccountAccess['permissions'][number] & { id: string };

const columnsOf = (nameOf: ReturnType<typeof useRightNames>): Column<Held>[] => [
  { name: 'permission', label: text.permission, text: ({ permission }) => nameOf({ permission }) },
  {
    name: 'where',
    label: text.where,
    text: ({ namespaceName }) => (namespaceName === null ? text.wholeTenant : text.inNamespace(namespaceName)),
    priority: 2,
  },
  {
    name: 'groups',
    label: text.givenBy,
    text: ({ groups }) => groups.map(({ name }) => name).join(', '),
    cell: ({ groups }) => (
      <>
        {groups.map(({ id, name }, at) => (
          <Fragment key={id}>
            {at > 0 ? ', ' : null}
            <ObjectLink to="groups" id={id} tab="permissions">
              {name}
            </ObjectLink>
          </Fragment>
        ))}
      </>
    ),
  },
];

/** The groups of a person, and what each of them gives. */
export function Access({ value }: { value: Account }) {
  const tenantId = useTenantId();
  const found = useQuery(accountAccess(tenantId, value.id));
  const [act, setAct] = useState<'join' | { leave: Account['groups'][number] }>();
  const nameOf = useRightNames();
  const reason = useReason('groups.change');
  const close = () => setAct(undefined);
  return (
    <>
      <GroupsOf
        groups={value.groups}
        none={text.noGroupsText}
        add={
          <Button reason={reason} onClick={() => setAct('join')}>
            {text.manyVerbs['add-to-group']}
          </Button>
        }
        rowActions={(group) => [
          {
            label: text.manyVerbs['remove-from-group'],
            reason,
            isDangerous: true,
            onSelect: () => setAct({ leave: group }),
          },
        ]}
      />
      <Suspense>
        {act === 'join' ? (
          <JoinDialog account={value} onClose={close} />
        ) : act ? (
          <LeaveDialog account={value} group={act.leave} onClose={close} />
        ) : null}
      </Suspense>
      {value.groups.length === 0 ? null : (
        <Section title={text.permissions} lead={text.permissionsLead}>
          {found.isError ? (
            <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={text.permissions} />
          ) : !found.data ? (
            <Skeleton />
          ) : (
            <>
              {found.data.isHeldBack ? <p className="note note-warn">{text.heldBack}</p> : null}
              {found.data.isOwner ? <p>{text.isOwner}</p> : null}
              {found.data.permissions.length === 0 ? (
                <p className="faint">{text.noPermissions}</p>
              ) : (
                <Table
                  what={text.permissionsWhat}
                  rows={found.data.permissions.map((held) => ({
                    ...held,
                    id: `${held.permission}@${held.namespaceId ?? ''}`,
                  }))}
                  columns={columnsOf(nameOf)}
                  rowName={({ permission }) => nameOf({ permission })}
                />
              )}
            </>
          )}
        </Section>
      )}
    </>
  );
}
