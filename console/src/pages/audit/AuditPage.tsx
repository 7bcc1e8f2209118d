import { IconDownload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { auditEntries, exportAudit, overview } from '../../api/tenant.ts';
import type { AuditEntry } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, statusColumn } from '../../kit/columns.tsx';
import { DayChart } from '../../kit/DayChart.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, type ListState, useListState } from '../../kit/list-state.ts';
import { Newer } from '../../kit/Newer.tsx';
import type { Column } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { auditText as text } from '../../messages/en.audit.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';
import { EntryPanel, nameOfActor, nameOfTarget } from './Entry.tsx';
import { ActionField, TimeRange } from './Narrow.tsx';

const outcome: Filter = {
  name: 'outcome',
  label: text.outcome,
  options: Object.entries(text.outcomes).map(([value, label]) => ({ value, label })),
};
/** Without options: given by links, or by the fields beside the list. */
const free = (name: string, label: string): Filter => ({ name, label, options: [] });
const filters: Filter[] = [
  outcome,
  free('action', text.action),
  free('actorId', text.actor),
  free('targetId', text.target),
  free('targetKind', text.targetKind),
  free('from', text.from),
  free('until', text.until),
];

const columns: Column<AuditEntry>[] = [
  { name: 'action', label: text.action, text: ({ action }) => action, cell: (entry) => <ActionLink entry={entry} /> },
  { name: 'at', label: text.at, text: ({ at }) => at, cell: ({ at }) => <Time at={at} isExact />, sort: 'at' },
  clippedColumn('actor', text.actor, nameOfActor, { isShort: true }),
  clippedColumn('target', text.target, nameOfTarget, { isShort: true }),
  statusColumn('outcome', text.outcome, (entry) => entry.outcome, { priority: 2 }),
  { name: 'door', label: text.door, text: ({ door }) => door, priority: 3 },
];

export function AuditPage() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters });
  const query = useQuery(auditEntries(tenantId, state.query()));
  const opened = state.search.entry;
  return (
    <ListPage
      text={text}
      what={text.what}
      actions={<ExportButton state={state} />}
      above={<Histogram state={state} />}
      state={state}
      query={query}
      filters={filters}
      columns={columns}
      hasSearch={false}
      hasCsv={false}
      toolbar={
        <>
          <TimeRange state={state} />
          <ActionField state={state} />
          <Newer
            state={state}
            area="audit"
            load={() =>
              queryClient.fetchQuery({
                ...auditEntries(tenantId, { ...state.query<Record<string, string>>(), limit: 50 }),
                staleTime: 0,
              })
            }
            shown={query.data?.items}
            onShow={() => query.refetch()}
          />
        </>
      }
      rowName={({ action }) => action}
      rowClass={({ id }) => (id === opened ? 'row-open' : '')}
    >
      {opened ? (
        <EntryPanel key={opened} id={opened} known={query.data?.items.find(({ id }) => id === opened)} state={state} />
      ) : null}
    </ListPage>
  );
}

/** The action breaks after its dot only; where the outcome has no column, a refusal says so here. */
function ActionLink({ entry: { id, action, outcome: result } }: { entry: AuditEntry }) {
  const dot = action.indexOf('.') + 1;
  return (
    <>
      <Link to="." search={(old) => ({ ...old, entry: id })} resetScroll={false} className="action-name">
        {action.slice(0, dot)}
        <wbr />
        {action.slice(dot)}
      </Link>
      {result === 'success' ? null : <span className="tag tag-warn narrow-only">{text.outcomes[result]}</span>}
    </>
  );
}

/** The last days, from the overview: the API counts all entries by day, not those of an actor or an action. */
function Histogram({ state: { values } }: { state: ListState }) {
  const tenantId = useTenantId();
  const isCounted = !values.action && !values.actorId && !values.targetId && !values.targetKind;
  const mayCount = useHolds('audit.view');
  const found = useQuery({ ...overview(tenantId), staleTime: 60_000, enabled: isCounted && mayCount });
  const days = found.data?.changesPerDay;
  if (isCounted && mayCount && found.isPending) return <div className="histogram-place" />;
  if (!isCounted || !days) return null;
  return (
    <DayChart
      tenantId={tenantId}
      days={days}
      chosen={{ from: values.from, until: values.until }}
      outcome={values.outcome}
      isCompact
    />
  );
}

function ExportButton({ state }: { state: ListState }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const mayExport = useHolds('audit.export');
  const start = () =>
    run('export', async () => {
      await exportAudit(tenantId, state.values as never);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'tasks'] });
      toast({
        text: text.exporting,
        link: (
          <Link to="/t/$tenantId/tasks" params={{ tenantId }}>
            {text.seeTasks}
          </Link>
        ),
      });
    });
  return (
    <Button
      icon={<IconDownload size={16} aria-hidden="true" />}
      reason={mayExport ? null : text.exportNeeds}
      pending={pending === 'export'}
      onClick={start}
    >
      {text.export}
    </Button>
  );
}
