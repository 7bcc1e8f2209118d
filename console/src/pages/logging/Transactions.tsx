import { IconDownload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { everyGateway } from '../../api/gateways.ts';
import { exportTransactions, type Transaction, transactions } from '../../api/transactions.ts';
import { clippedColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { type Filter, type ListState, useListState } from '../../kit/list-state.ts';
import { Menu } from '../../kit/Menu.tsx';
import { Empty } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { useTyped } from '../../kit/typed.ts';
import { loggingText as text } from '../../messages/en.logging.ts';
import { number } from '../../messages/format.ts';
import { TimeRange } from '../audit/Narrow.tsx';
import { Follow } from './Follow.tsx';
import { Histogram } from './Histogram.tsx';

export interface At {
  tenantId: string;
  namespaceId: string;
}

/** Without options: typed beside the list, or given by links. */
const free = (name: string, label: string): Filter => ({ name, label, options: [] });
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const narrowing: Filter[] = [
  {
    name: 'status',
    label: text.status,
    options: Object.entries(text.classes).map(([value, label]) => ({ value, label })),
  },
  { name: 'method', label: text.method, options: methods.map((value) => ({ value, label: value })) },
  free('pathPrefix', text.pathPrefix),
  free('person', text.person),
  free('minDurationMs', text.minDuration),
  free('gatewayId', text.gateway),
  free('from', text.from),
  free('until', text.until),
];
export const filters: Filter[] = [...narrowing, free('namespace', text.namespace)];

const reasonText = (code: string) => text.reasons[code] ?? code;

const columns: Column<Transaction>[] = [
  {
    name: 'path',
    label: text.path,
    sort: 'path',
    text: ({ method, path }) => `${method} ${path}`,
    cell: ({ method, path, status }) => (
      <>
        <span className="transaction-path" title={`${method} ${path}`}>
          {method} <code>{path}</code>
        </span>
        {status >= 400 ? <span className="tag tag-warn narrow-only">{status}</span> : null}
      </>
    ),
  },
  { name: 'at', label: text.at, sort: 'at', text: ({ at }) => at, cell: ({ at }) => <Time at={at} isExact /> },
  {
    name: 'status',
    label: text.status,
    sort: 'status',
    text: ({ status, reason }) => (reason ? `${status} ${reasonText(reason)}` : String(status)),
    cell: ({ status, reason }) => (
      <span className={status >= 400 ? 'tag tag-warn' : 'tag'} title={reason ?? undefined}>
        {status} {reason ? reasonText(reason) : status < 300 ? text.carried : ''}
      </span>
    ),
  },
  {
    name: 'person',
    label: text.person,
    priority: 2,
    text: ({ person }) => person?.name ?? text.nobody,
    cell: ({ person }) =>
      person?.accountId ? (
        <TargetLink kind="account" id={person.accountId}>
          {person.name}
        </TargetLink>
      ) : (
        <span className={person ? undefined : 'faint'}>{person?.name ?? text.nobody}</span>
      ),
  },
  {
    name: 'durationMs',
    label: text.duration,
    sort: 'durationMs',
    isNumber: true,
    priority: 2,
    text: ({ durationMs }) => text.milliseconds(number(durationMs)),
  },
  clippedColumn('route', text.route, ({ route }) => (route ? (route.name ?? text.gone) : ''), { priority: 3 }),
  clippedColumn('gateway', text.gateway, ({ gateway }) => gateway.name ?? text.gone, { priority: 3 }),
  { name: 'agent', label: text.agent, text: ({ agent }) => agent.name ?? text.gone, isExtra: true },
  { name: 'bytesIn', label: text.bytesIn, text: ({ bytesIn }) => number(bytesIn), isNumber: true, isExtra: true },
  { name: 'bytesOut', label: text.bytesOut, text: ({ bytesOut }) => number(bytesOut), isNumber: true, isExtra: true },
];

export function Transactions({ at }: { at: At }) {
  const all = useListState({ filters });
  const { namespace: _chosen, ...values } = all.values;
  const state = { ...all, values };
  const { namespace: _same, ...query } = all.query<Record<string, string>>();
  const { sort: order, cursor, ...narrowed } = query;
  const found = useQuery(transactions(at, query));
  const shown = useGatewaysIn(narrowing, at, values.gatewayId);
  return (
    <>
      <Histogram at={at} query={narrowed} state={state} />
      <List
        what={text.what}
        page={text.title}
        state={state}
        query={found}
        columns={columns}
        filters={shown}
        hasSearch={false}
        hasCsv={false}
        rowName={({ method, path }) => `${method} ${path}`}
        toolbar={
          <>
            <TimeRange state={state} />
            <Typed name="pathPrefix" label={text.pathPrefix} help={text.pathHelp} state={state} />
            <Typed name="person" label={text.person} help={text.personHelp} state={state} />
            <Typed name="minDurationMs" label={text.minDuration} state={state} rule={isNoDuration} />
            <Follow
              at={at}
              query={narrowed}
              isOnTop={!order && !cursor}
              onShow={() => (order || cursor ? state.go({ sort: undefined }) : found.refetch())}
            />
            <ExportMenu at={at} query={narrowed} />
          </>
        }
        empty={<Empty title={text.emptyTitle} text={text.emptyText} />}
      />
    </>
  );
}

/** The filters with the gateways of the namespace to choose from, where they may be seen; one that is gone is named so. */
function useGatewaysIn(filters: Filter[], at: At, chosen: string | undefined): Filter[] {
  const found = useQuery(everyGateway(at));
  const options = (found.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  if (chosen && found.data && !options.some(({ value }) => value === chosen))
    options.push({ value: chosen, label: text.gone });
  return filters.map((filter) => (filter.name === 'gatewayId' ? { ...filter, options } : filter));
}

/** As the operation has it. */
const isNoDuration = (typed: string) => !/^\d{0,9}$/.test(typed);

function Typed({
  name,
  label,
  help = '',
  state: { values, go },
  rule,
}: {
  name: string;
  label: string;
  help?: string;
  state: ListState;
  rule?: (typed: string) => boolean;
}) {
  const { typed, change, isWrong } = useTyped(values[name] ?? '', (value) => go({ [name]: value }, true), rule);
  const id = `logging-${name}`;
  return (
    <span className="filter">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={typed}
        placeholder={help}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        inputMode={rule ? 'numeric' : undefined}
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? `${id}-wrong` : undefined}
        onChange={({ currentTarget: { value } }) => change(value)}
        onKeyDown={({ key }) => {
          if (key === 'Enter') change(typed, 0);
        }}
      />
      {isWrong ? (
        <span id={`${id}-wrong`} role="alert" className="filter-wrong">
          {text.durationRule}
        </span>
      ) : null}
    </span>
  );
}

function ExportMenu({ at, query }: { at: At; query: Record<string, string> }) {
  const queryClient = useQueryClient();
  const { run } = useAct();
  const start = (format: 'csv' | 'json') =>
    run('export', async () => {
      const { minDurationMs, ...others } = query;
      await exportTransactions(at, {
        ...others,
        ...(minDurationMs ? { minDurationMs: Number(minDurationMs) } : {}),
        format,
      });
      await queryClient.invalidateQueries({ queryKey: ['t', at.tenantId, 'tasks'] });
      toast({
        text: text.exporting,
        link: (
          <Link to="/t/$tenantId/tasks" params={{ tenantId: at.tenantId }}>
            {text.seeTasks}
          </Link>
        ),
      });
    });
  return (
    <Menu
      label={text.exportAs}
      trigger={<IconDownload size={18} aria-hidden="true" />}
      items={[
        { label: text.exportCsv, onSelect: () => void start('csv') },
        { label: text.exportJson, onSelect: () => void start('json') },
      ]}
    />
  );
}
