import { Link } from '@tanstack/react-router';
import { en } from '../messages/en.ts';
import { useTenantId } from '../shell/where.ts';
import { ObjectLink, statusColumn } from './columns.tsx';
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
export function GroupsOf({ groups, none }: { groups: GroupOf[]; none: string }) {
  const tenantId = useTenantId();
  if (groups.length === 0)
    return (
      <Empty
        title={en.access.none}
        text={none}
        action={
          <Link to="/t/$tenantId/groups" params={{ tenantId }} className="plain-button">
            {en.access.toGroups}
          </Link>
        }
      />
    );
  return (
    <Section title={en.access.groups} lead={en.access.memberOf}>
      <Table what={en.access.groups} rows={groups} rowName={({ name }) => name} columns={columns} />
    </Section>
  );
}
