import { useQuery, useQueryClient } from '@tanstack/react-query';
import { calls } from '../../api/provisioning.ts';
import type { ProvisioningCall } from '../../api/types.ts';
import { ObjectLink } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Newer } from '../../kit/Newer.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { useTenantId } from '../../shell/where.ts';

/** Without options: given by links. */
const free = (name: string, label: string): Filter => ({ name, label, options: [] });
const filters: Filter[] = [
  {
    name: 'outcome',
    label: text.outcome,
    options: Object.entries(text.outcomes).map(([value, label]) => ({ value, label })),
  },
  free('target', text.about),
  free('tokenId', text.token),
];

const EMPTY_MS = 2_000;
const NEWER_MS = 3_000;

const asked = ({ method, resource }: ProvisioningCall) => `${method} /${resource}`;
/** Whom or what it was about, when its address does not say it. */
const nameOf = ({ target, resource }: ProvisioningCall) => (target && !resource.includes(target) ? target : null);
const saidOf = ({ detail, remedy }: ProvisioningCall) => [detail, remedy].filter(Boolean).join(' ');

const columns: Column<ProvisioningCall>[] = [
  {
    name: 'request',
    label: text.request,
    text: asked,
    cell: (call) => (
      <>
        <code className="clip call-request" title={asked(call)}>
          {asked(call)}
        </code>
        {nameOf(call) ? (
          <span className="block faint small">
            <span className="clip call-request" title={nameOf(call) ?? undefined}>
              {nameOf(call)}
            </span>
          </span>
        ) : null}
        <span className="narrow-only small call-below">
          <Outcome call={call} />
          <Time at={call.at} />
        </span>
      </>
    ),
  },
  {
    name: 'outcome',
    label: text.outcome,
    text: ({ status }) => String(status),
    cell: (call) => <Outcome call={call} />,
    priority: 2,
  },
  { name: 'said', label: text.said, text: saidOf, cell: (call) => <Said call={call} /> },
  {
    name: 'at',
    label: text.at,
    text: ({ at }) => at,
    cell: ({ at }) => <Time at={at} isExact />,
    sort: 'at',
    priority: 2,
  },
  {
    name: 'token',
    label: text.token,
    text: ({ tokenName }) => tokenName,
    cell: ({ tokenId, tokenName }) =>
      tokenId ? (
        <span className="clip clip-short" title={tokenName ?? tokenId}>
          <ObjectLink to="provisioning" id={tokenId}>
            {tokenName ?? tokenId}
          </ObjectLink>
        </span>
      ) : (
        <span className="faint">{text.noToken}</span>
      ),
    priority: 3,
  },
  { name: 'target', label: text.about, text: ({ target }) => target, isExtra: true },
  { name: 'duration', label: text.duration, text: ({ durationMs }) => text.milliseconds(durationMs), isExtra: true },
  { name: 'requestId', label: text.requestId, text: ({ requestId }) => requestId, isExtra: true },
];

function Outcome({ call: { status } }: { call: ProvisioningCall }) {
  return <Status status={status < 400 ? 'success' : 'failed'} text={String(status)} />;
}

/** What an error said, and what to do about it. */
export function Said({ call: { detail, remedy, scimType } }: { call: ProvisioningCall }) {
  if (!detail && !remedy) return <span className="faint">—</span>;
  return (
    <span className="call-said">
      {scimType ? <code className="faint">{scimType} </code> : null}
      {detail}
      {remedy ? (
        <span className="block">
          <span className="faint">{text.remedy}</span>
          {remedy}
        </span>
      ) : null}
    </span>
  );
}

/** The requests of identity providers, newest first: what has come since is counted, and shown when asked. */
export function Activity() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters });
  const query = useQuery({
    ...calls(tenantId, state.query()),
    refetchInterval: ({ state: { data } }) => (data?.items.length === 0 ? EMPTY_MS : false),
    staleTime: 0,
  });
  return (
    <List
      what={text.calls}
      page={text.title}
      state={state}
      query={query}
      columns={columns}
      filters={filters}
      hasSearch={false}
      rowName={asked}
      toolbar={
        <Newer
          state={state}
          area="calls"
          load={() =>
            queryClient.fetchQuery({
              ...calls(tenantId, { ...state.query<Record<string, string>>(), limit: 50 }),
              staleTime: 0,
            })
          }
          shown={query.data?.items}
          onShow={() => query.refetch()}
          isFollowingFirst
          everyMs={NEWER_MS}
        />
      }
      empty={<Empty title={text.activityEmpty} text={text.activityEmptyText} />}
    />
  );
}
