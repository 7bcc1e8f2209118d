import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { type GroupImport, groupImports, type ImportedMember, importedMembers } from '../../api/imports.ts';
import type { Group } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { statusColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { DangerRow, Facts, Section } from '../../kit/Page.tsx';
import { Empty, Note, ProblemNote, Skeleton } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { importText as text } from '../../messages/en.imports.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { Ending } from './Ending.tsx';

const Acts = lazy(() => import('../delegations/Acts.tsx').then((m) => ({ default: m.Acts })));

const columns: Column<ImportedMember & { id: string }>[] = [
  { name: 'displayName', label: text.person, sort: 'displayName', text: ({ displayName }) => displayName },
  statusColumn('status', text.state, ({ status }) => status),
];

const useImport = (group: Group) =>
  useQuery(groupImports(useTenantId(), { groupId: group.id, side: 'receiver', state: 'active' }));

/** Who is in an imported group, as its home tells it. Of what partner access made it is said where that stands. */
export function ImportedMembers({ group }: { group: Group }) {
  const found = useImport(group);
  const [value] = found.data?.items ?? [];
  if (found.isLoading) return <Skeleton lines={4} />;
  return (
    <>
      <Note tone="info">{text.fromLead}</Note>
      {found.error ? <ProblemNote error={found.error} /> : value ? <Members value={value} /> : <ByPartner />}
    </>
  );
}

function ByPartner() {
  const tenantId = useTenantId();
  return (
    <p>
      {text.byPartner}{' '}
      <Link to="/t/$tenantId/partner-access" params={{ tenantId }}>
        {text.partnerAccess}
      </Link>
    </p>
  );
}

function Members({ value }: { value: GroupImport }) {
  const tenantId = useTenantId();
  const state = useListState({});
  const query = useQuery({
    ...importedMembers(tenantId, value.id, state.query()),
    select: (page) => ({ ...page, items: page.items.map((item) => ({ id: item.homeAccountId, ...item })) }),
  });
  return (
    <List
      what={text.whatMembers}
      state={state}
      query={query}
      columns={columns}
      rowName={({ displayName }) => displayName}
      empty={<Empty title={text.noMembersTitle} text={text.noMembersText} />}
    />
  );
}

/** Where an imported group comes from, and its end. */
export function Home({ group }: { group: Group }) {
  const found = useImport(group);
  const [isEnding, setEnding] = useState(false);
  const [value] = found.data?.items ?? [];
  if (found.isLoading) return <Skeleton lines={4} />;
  if (found.error) return <ProblemNote error={found.error} />;
  if (!value) return <ByPartner />;
  return (
    <>
      <Section title={text.tabHome}>
        <Facts
          items={[
            [text.other, value.otherTenantName ?? text.unnamed],
            [text.theirName, value.homeGroupName ?? text.unnamed],
            [text.description, value.homeGroupDescription || '—'],
            [text.people, value.memberCount === null ? text.unnamed : text.members(value.memberCount)],
            [text.since, <Time key="s" at={value.createdAt} />],
          ]}
        />
      </Section>
      <Suspense fallback={<Skeleton lines={2} />}>
        <Acts id={value.id} of="import" />
      </Suspense>
      <Section title={text.danger} tone="danger">
        <DangerRow title={text.endTitle} text={text.endText}>
          <Button
            kind="danger-quiet"
            reason={reasonOf(value.actions, 'group-imports.end')}
            onClick={() => setEnding(true)}
          >
            {text.end}
          </Button>
        </DangerRow>
      </Section>
      {isEnding ? <Ending value={value} isOnGroup onClose={() => setEnding(false)} /> : null}
    </>
  );
}
