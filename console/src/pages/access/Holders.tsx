import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { type Holder, holders, type Permission } from '../../api/access.ts';
import { targetColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Section } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { accessText as text } from '../../messages/en.access.ts';
import { groupText } from '../../messages/en.groups.ts';
import { useTenantId } from '../../shell/where.ts';
import { grantText, Paths } from './Paths.tsx';
import { useRightNames } from './right-names.ts';

const columnsOf = (nameOf: ReturnType<typeof useRightNames>): Column<Holder>[] => [
  targetColumn('displayName', text.name, ({ id, kind, displayName: name }) => ({ kind, id, name })),
  { name: 'email', label: text.email, text: ({ email }) => email, priority: 2 },
  { name: 'kind', label: text.kind, text: ({ kind }) => groupText.kinds[kind] ?? kind, priority: 3 },
  {
    name: 'why',
    label: text.why,
    text: ({ paths }) => paths.map(({ group, grant }) => `${group.name} ${grantText(nameOf, grant)}`.trim()).join(', '),
    cell: ({ paths }) => <Paths paths={paths} />,
  },
];

/** The question is in the address beside what the list keeps there. */
const asFilters = ['permission', 'resource'].map((name) => ({ name, label: name, options: [] }));

/** Everybody who may, and how many of other organisations. */
export function Holders({ permission, resource }: { permission: Permission; resource: string | undefined }) {
  const tenantId = useTenantId();
  const state = useListState({ filters: asFilters });
  /** Whoever was here once is explained. */
  const whyOf = ({ id, displayName }: { id: string | null; displayName: string }) =>
    id ? (
      <Link
        to="/t/$tenantId/access"
        params={{ tenantId }}
        search={{ permission, principal: id, ...(resource ? { resource } : {}) }}
      >
        {displayName}
      </Link>
    ) : (
      displayName
    );
  const query = useQuery(holders(tenantId, { ...state.query(), permission, ...(resource ? { resource } : {}) }));
  return (
    <Section title={text.holdersTitle}>
      <List
        what={text.holders}
        state={state}
        query={query}
        columns={columnsOf(useRightNames())}
        rowName={({ displayName }) => displayName}
        empty={<Empty title={text.holdersNone} text={text.holdersNoneText} />}
        page={text.title}
      />
      {(query.data?.byGroupsOfOthers ?? []).length > 0 ? (
        <>
          <h3>{text.othersTitle}</h3>
          <ul>
            {query.data?.byGroupsOfOthers.map(({ partnerTenantId, people, afterApproval, names, paths }) => (
              <li key={paths.map(({ group }) => group.id).join() || partnerTenantId}>
                {people === null ? text.othersUnknown : text.others(people)}
                {names.map((person, at) => (
                  <Fragment key={person.homeAccountId}>
                    {at === 0 ? ': ' : ', '}
                    {whyOf(person)}
                  </Fragment>
                ))}
                {afterApproval ? <div>{text.afterApproval(afterApproval)}</div> : null}
                <Paths paths={paths} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </Section>
  );
}
