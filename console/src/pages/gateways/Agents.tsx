import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { type Agent, agents, drainAgent, type Gateway, removeAgent, resumeAgent } from '../../api/gateways.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { number } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const ClientCertificate = lazy(() => import('./ClientCertificate.tsx').then((m) => ({ default: m.ClientCertificate })));

/** The status whose tone each health has. */
const toneOf = {
  new: 'new',
  serving: 'active',
  draining: 'paused',
  refusing: 'failed',
  ended: 'inactive',
  silent: 'not-reached',
};

/** It was asked to drain, and has not said yet that it does. The other way round it may drain by itself, before it ends. */
const isToDrain = ({ health, state }: Pick<Agent, 'health' | 'state'>) => health === 'serving' && state === 'draining';

const healthText = (agent: Pick<Agent, 'health' | 'state'>) =>
  isToDrain(agent) ? text.toDrain : text.healths[agent.health];

const countColumn = (name: 'carried' | 'refused' | 'failed', label: string): Column<Agent> => ({
  name,
  label,
  text: ({ counts }) => (counts ? String(counts[name]) : '—'),
  isNumber: true,
  priority: 3,
});

/** Of the transactions that it has to report. */
const journalColumn = (name: 'waiting' | 'dropped' | 'leftOut', label: string): Column<Agent> => ({
  name,
  label,
  text: ({ journal }) => (journal ? number(journal[name]) : '—'),
  isNumber: true,
  isExtra: true,
});

const columns: Column<Agent>[] = [
  { name: 'name', label: text.name, sort: 'name', text: ({ name }) => name },
  {
    name: 'health',
    label: text.health,
    text: (agent) => [healthText(agent), agent.problem].filter(Boolean).join(': '),
    cell: ({ problem, journal, ...agent }) => (
      <>
        <Status status={toneOf[isToDrain(agent) ? 'draining' : agent.health]} text={healthText(agent)} />
        {problem ? <div className="faint">{problem}</div> : null}
        {journal && journal.dropped > 0 ? <div className="faint">{text.droppedOf(number(journal.dropped))}</div> : null}
        {journal && journal.leftOut > 0 ? <div className="faint">{text.leftOutOf(number(journal.leftOut))}</div> : null}
      </>
    ),
  },
  {
    name: 'configuration',
    label: text.configuration,
    text: ({ configuration }) => text.isCurrent(configuration.isCurrent),
    cell: ({ configuration: { isCurrent, inForce } }) => (
      <span title={inForce ?? undefined}>
        <Status status={isCurrent ? 'active' : 'expired'} text={text.isCurrent(isCurrent)} />
      </span>
    ),
    priority: 2,
  },
  timeColumn('lastContactAt', text.lastContact, ({ lastContactAt }) => lastContactAt, {
    none: text.never,
    priority: 2,
  }),
  {
    name: 'certificate',
    label: text.certificate,
    text: ({ certificate }) => (certificate ? certificate.fingerprint.slice(0, 16) : '—'),
    cell: ({ certificate }) =>
      certificate ? <code title={certificate.fingerprint}>{certificate.fingerprint.slice(0, 16)}…</code> : '—',
    isExtra: true,
  },
  { name: 'program', label: text.program, text: ({ program }) => program ?? '—', priority: 3 },
  countColumn('carried', text.carried),
  countColumn('refused', text.refusedCount),
  countColumn('failed', text.failedCount),
  journalColumn('waiting', text.waiting),
  journalColumn('dropped', text.dropped),
  journalColumn('leftOut', text.leftOut),
];

export function Agents({ gateway }: { gateway: Gateway }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const at = { tenantId, namespaceId: gateway.namespaceId, gatewayId: gateway.id };
  const state = useListState({ sort: 'name' });
  const query = useQuery(agents(at, state.query()));
  const [leaving, setLeaving] = useState<Agent>();
  const [isMaking, setMaking] = useState(false);
  const { run } = useAct();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'gateways', gateway.id, 'agents'] });
  const say = async (act: Promise<unknown>, said: string) => {
    await act;
    await refresh();
    toast({ text: said });
  };
  const make = (
    <Button reason={reasonOf(gateway.actions, 'agent-certificates.generate')} onClick={() => setMaking(true)}>
      {text.makeClientCertificate}
    </Button>
  );
  return (
    <>
      <p className="faint">{text.agentsLead}</p>
      <List
        what={text.whatAgents}
        state={state}
        query={query}
        columns={columns}
        rowName={({ name }) => name}
        rowActions={({ id, name, ...agent }) => [
          agent.state === 'serving'
            ? {
                label: text.drain,
                reason: reasonOf(agent.actions, 'agents.drain'),
                onSelect: () => void run('drain', () => say(drainAgent({ ...at, id }), text.drained(name))),
              }
            : {
                label: text.resume,
                reason: reasonOf(agent.actions, 'agents.resume'),
                onSelect: () => void run('resume', () => say(resumeAgent({ ...at, id }), text.resumed(name))),
              },
          {
            label: text.removeAgent,
            reason: reasonOf(agent.actions, 'agents.remove'),
            onSelect: () => setLeaving({ id, name, ...agent }),
            isDangerous: true,
          },
        ]}
        toolbar={make}
        empty={
          <Empty
            title={text.agentsEmpty}
            text={text.agentsEmptyText}
            action={make}
            command={`bailiwick gateway --enrol <agent key> --gateway ${gateway.name} --url ${location.origin}`}
          />
        }
        page={text.agents}
      />
      {isMaking ? (
        <Suspense>
          <ClientCertificate gateway={gateway} onClose={() => setMaking(false)} />
        </Suspense>
      ) : null}
      {leaving ? (
        <ConfirmDialog
          title={text.removeAgentTitle(leaving.name)}
          verb={text.removeAgent}
          text={text.removeAgentText}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await say(removeAgent({ ...at, id: leaving.id }), text.agentRemoved(leaving.name));
            setLeaving(undefined);
          }}
        />
      ) : null}
    </>
  );
}
