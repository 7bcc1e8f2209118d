import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Act, acts } from '../../api/delegations.ts';
import { importActs } from '../../api/imports.ts';
import { ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Section } from '../../kit/Page.tsx';
import { Empty, Note } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { useTenantId } from '../../shell/where.ts';

type Row = Act & { id: string };
type Side = 'customer' | 'partner';

const whoDid = ({ displayName, homeAccountId }: Row) => displayName ?? homeAccountId;

/** The entry is the customer's, the person the partner's: each side is led to what is its own. */
const columnsOf = (side: Side | undefined): Column<Row>[] => [
  {
    name: 'action',
    label: text.action,
    text: ({ action }) => action,
    ...(side === 'customer'
      ? { cell: ({ entryId, action }: Row) => <EntryLink id={entryId}>{action}</EntryLink> }
      : {}),
  },
  {
    name: 'person',
    label: text.person,
    text: whoDid,
    ...(side === 'partner'
      ? {
          cell: (row: Row) => (
            <ObjectLink to="accounts" id={row.homeAccountId}>
              {whoDid(row)}
            </ObjectLink>
          ),
        }
      : {}),
    priority: 2,
  },
  timeColumn('at', text.at, ({ at }) => at, { sort: 'at' }),
];

function EntryLink({ id, children }: { id: string; children: string }) {
  const tenantId = useTenantId();
  return (
    <Link to="/t/$tenantId/audit" params={{ tenantId }} search={{ entry: id } as never}>
      {children}
    </Link>
  );
}

/** Twin audit: what was done, and whether both sides have the same. */
export function Acts({ id, of = 'delegation', side }: { id: string; of?: 'delegation' | 'import'; side?: Side }) {
  const tenantId = useTenantId();
  const state = useListState({ sort: '-at' });
  const query = useQuery({
    ...(of === 'import' ? importActs : acts)(tenantId, id, state.query()),
    select: (report) => ({ ...report, items: report.items.map((act) => ({ id: act.entryId, ...act })) }),
  });
  const report = query.data;
  return (
    <Section title={text.acts} lead={text.actsLead}>
      {report ? (
        report.agrees === null ? (
          <Note tone="warn">{text.unknownTwin}</Note>
        ) : report.agrees ? (
          report.acts > 0 ? (
            <Note tone="good">{text.agrees}</Note>
          ) : null
        ) : report.outstanding > 0 ? (
          <Note>{text.outstanding(report.outstanding)}</Note>
        ) : (
          <Note tone="warn">{text.differs(report.missingHere ?? 0, report.missingThere ?? 0)}</Note>
        )
      ) : null}
      <List
        page={text.acts}
        what={text.actsWhat}
        state={state}
        query={query}
        columns={columnsOf(side)}
        rowName={({ action }) => action}
        hasSearch={false}
        empty={<Empty title={text.noActs} text={text.noActsText} />}
      />
    </Section>
  );
}
