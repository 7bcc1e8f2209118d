import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { en } from '../messages/en.ts';
import { useTenantId } from '../shell/where.ts';
import { ObjectLink, statusColumn } from './columns.tsx';
import type { MenuItem } from './Menu.tsx';
import { Section } from './Page.tsx';
import { Empty } from './problems.tsx';
import { type Column, Table } from './Table.tsx';

interface GroupOf {
  id: string;
  name: string;
  status: string;
}

const columns: Column<GroupOf>[] = [
  {
    name: 'name',
    label: en.access.group,
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <ObjectLink to="groups" id={id} tab="permissions">
        {name}
      </ObjectLink>
    ),
  },
  statusColumn('status', en.access.status, ({ status }) => status),
];

/** The groups that a person or a machine gets its permissions from, each leading to what it grants. */
export function GroupsOf<G extends GroupOf>({
  groups,
  none,
  add,
  rowActions,
}: {
  groups: G[];
  none: string;
  /** How another one is added from here. */
  add?: ReactNode;
  rowActions?: (group: G) => MenuItem[];
}) {
  const tenantId = useTenantId();
  if (groups.length === 0)
    return (
      <Empty
        title={en.access.none}
        text={none}
        action={
          add ?? (
            <Link to="/t/$tenantId/groups" params={{ tenantId }} className="plain-button">
              {en.access.toGroups}
            </Link>
          )
        }
      />
    );
  return (
    <Section title={en.access.groups} lead={en.access.memberOf} actions={add}>
      <Table
        what={en.access.groups}
        rows={groups}
        rowName={({ name }) => name}
        columns={columns}
        rowActions={rowActions}
      />
    </Section>
  );
}
