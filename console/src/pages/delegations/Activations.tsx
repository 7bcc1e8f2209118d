import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Activation, activations, type Delegation, decideActivation } from '../../api/delegations.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Section } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { DecisionLook } from './DecisionLook.tsx';

const nameOf = ({ displayName, homeAccountId }: Activation) => displayName ?? homeAccountId;

/** Each use that needs the customer's approval. */
export function Activations({ value: { id } }: { value: Delegation }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({});
  const { run, pending } = useAct();
  const [asked, setAsked] = useState<Activation>();
  const query = useQuery({ ...activations(tenantId, id, state.query()), refetchInterval: 10_000 });
  const decide = async (activation: Activation, how: 'approve' | 'refuse') => {
    await decideActivation(tenantId, id, activation.id, how);
    setAsked(undefined);
    await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'delegations', `${id}/activations`] });
  };
  const columns: Column<Activation>[] = [
    {
      name: 'person',
      label: text.person,
      text: nameOf,
      cell: (row) => (
        <>
          {nameOf(row)}
          <span className="faint small block row-detail">{row.reason}</span>
        </>
      ),
    },
    {
      name: 'state',
      label: text.state,
      text: (row) => text.states[row.state] ?? row.state,
      cell: (row) => <Status status={row.state} text={text.states[row.state] ?? row.state} />,
    },
    { name: 'hours', label: text.hours, text: ({ hours }) => String(hours), isNumber: true, priority: 3 },
    timeColumn('askedAt', text.askedAt, ({ askedAt }) => askedAt, { priority: 3 }),
    timeColumn('endsAt', text.until, ({ endsAt }) => endsAt, { none: '', priority: 2 }),
    {
      name: 'decide',
      label: text.decide,
      text: () => '',
      cell: (row) =>
        row.state === 'requested' || row.state === 'active' ? (
          <span className="decide">
            {row.state === 'requested' ? (
              <Button
                size="xs"
                reason={reasonOf(row.actions, 'delegations.approve-activation')}
                label={`${text.allowUse}: ${nameOf(row)}`}
                onClick={() => setAsked(row)}
              >
                {text.allowUse}
              </Button>
            ) : null}
            <Button
              size="xs"
              kind="quiet"
              reason={reasonOf(row.actions, 'delegations.refuse-activation')}
              pending={pending === row.id}
              label={`${row.state === 'active' ? text.endUse : text.refuseUse}: ${nameOf(row)}`}
              onClick={() => run(row.id, () => decide(row, 'refuse'))}
            >
              {row.state === 'active' ? text.endUse : text.refuseUse}
            </Button>
          </span>
        ) : null,
    },
  ];
  return (
    <Section title={text.activations} lead={text.activationsLead}>
      <List
        page={text.activations}
        what={text.activations}
        state={state}
        query={query}
        columns={columns}
        rowName={nameOf}
        hasSearch={false}
        empty={<Empty title={text.noActivations} text={text.noActivationsText} />}
      />
      {asked ? (
        <ConfirmDialog
          title={text.allowQuestion(nameOf(asked), asked.hours)}
          verb={text.allowUse}
          kind="primary"
          text={text.allowText}
          onClose={() => setAsked(undefined)}
          onConfirm={() => decide(asked, 'approve')}
        >
          <DecisionLook id={id} body={{ act: 'approve-activation', activationId: asked.id }} />
        </ConfirmDialog>
      ) : null}
    </Section>
  );
}
