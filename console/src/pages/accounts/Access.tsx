import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { type AccountAccess, accountAccess } from '../../api/accounts.ts';
import type { Account } from '../../api/types.ts';
import { ObjectLink } from '../../kit/columns.tsx';
import { GroupsOf } from '../../kit/GroupsOf.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { useTenantId } from '../../shell/where.ts';

type Held = AccountAccess['permissions'][number] & { id: string };

const columns: Column<Held>[] = [
  {
    name: 'permission',
    label: text.permission,
    text: ({ permission }) => permission,
    cell: ({ permission }) => <code>{permission}</code>,
  },
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
  return (
    <>
      <GroupsOf groups={value.groups} none={text.noGroupsText} />
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
                  columns={columns}
                  rowName={({ permission }) => permission}
                />
              )}
            </>
          )}
        </Section>
      )}
    </>
  );
}
