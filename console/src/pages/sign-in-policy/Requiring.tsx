import { IconCheck } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { me } from '../../api/session.ts';
import {
  requireSingleSignOn,
  type SingleSignOn,
  singleSignOn,
  stopRequiringSingleSignOn,
} from '../../api/sign-in-policy.ts';
import { Button } from '../../kit/Button.tsx';
import { ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Section } from '../../kit/Page.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast } from '../../kit/toasts.tsx';
import { policyText as text } from '../../messages/en.sign-in-policy.ts';
import { en } from '../../messages/en.ts';
import { number } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { EmergencyCodes } from './EmergencyCodes.tsx';

/** Whether single sign-on is required, what stands before it, and the emergency door. */
export function Requiring() {
  const tenantId = useTenantId();
  const found = useQuery(singleSignOn(tenantId));
  const who = useQuery(me).data;
  const value = found.data;
  if (!value)
    return found.isError ? (
      <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.singleSignOn} />
    ) : (
      <Skeleton lines={6} />
    );
  return (
    <>
      <Standing value={value} />
      {who?.isOwner && who.tenantId === tenantId ? <EmergencyCodes /> : null}
      <Section title={text.owners} lead={text.ownersLead}>
        {value.owners.length > 0 ? (
          <Table
            what={text.ownersWhat}
            rows={value.owners.map((owner) => ({ ...owner, id: owner.accountId }))}
            columns={ownerColumns}
            rowName={({ displayName }) => displayName}
          />
        ) : (
          <p className="faint">{text.noOwners}</p>
        )}
      </Section>
    </>
  );
}

const ownerColumns: Column<SingleSignOn['owners'][number] & { id: string }>[] = [
  {
    name: 'displayName',
    label: text.owner,
    text: ({ displayName }) => displayName,
    cell: ({ id, displayName }) => (
      <ObjectLink to="accounts" id={id}>
        {displayName}
      </ObjectLink>
    ),
  },
  {
    name: 'unusedCodes',
    label: text.codes,
    text: ({ unusedCodes }) => number(unusedCodes),
    isNumber: true,
  },
  timeColumn('triedAt', text.tried, ({ triedAt }) => triedAt, { none: text.notTried }),
];

const statuses = { optional: 'disabled', required: 'active', suspended: 'paused' } as const;

function Standing({ value: { state, suspendedAt, conditions, actions } }: { value: SingleSignOn }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [asked, setAsked] = useState<'require' | 'stop'>();
  const done = async (act: Promise<SingleSignOn>, said: string) => {
    queryClient.setQueryData(singleSignOn(tenantId).queryKey, await act);
    setAsked(undefined);
    toast({ text: said });
    await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'sign-in-policy', 'settings'] });
  };
  return (
    <Section
      title={text.singleSignOn}
      lead={
        <>
          <Status status={statuses[state]} text={text.states[state] ?? state} /> {text.means[state]}
        </>
      }
      actions={
        state === 'optional' ? (
          <Button
            kind="primary"
            reason={reasonOf(actions, 'single-sign-on.require')}
            onClick={() => setAsked('require')}
          >
            {text.require}
          </Button>
        ) : (
          <Button
            kind="danger-quiet"
            reason={reasonOf(actions, 'single-sign-on.stop-requiring')}
            onClick={() => setAsked('stop')}
          >
            {text.stop}
          </Button>
        )
      }
    >
      {suspendedAt ? (
        <Note tone="warn">
          <p>
            {text.states.suspended} <Time at={suspendedAt} />
          </p>
        </Note>
      ) : null}
      {state === 'required' ? null : (
        <>
          <h3 className="conditions">{text.conditionsTitle}</h3>
          <ul className="steps">
            {conditions.map(({ name, isMet }) => (
              <li key={name} className="step" data-done={isMet || undefined}>
                <span className="step-mark">
                  {isMet ? <IconCheck size={16} stroke={3} aria-hidden="true" /> : null}
                  <span className="visually-hidden">{isMet ? text.isMet : text.isOpen}: </span>
                </span>
                <span className="step-text">
                  <strong>{text.conditions[name]}</strong>
                  {isMet ? null : <span className="faint">{text.toDo[name]}</span>}
                </span>
                {!isMet && name === 'provider-active' ? (
                  <span className="step-actions">
                    <Link to="/t/$tenantId/identity-providers" params={{ tenantId }}>
                      {en.nav.identityProviders}
                    </Link>
                  </span>
                ) : null}
              </li>
            ))}
          </ul>
        </>
      )}
      {asked === 'require' ? (
        <ConfirmDialog
          title={text.requireTitle}
          verb={text.require}
          text={text.requireText}
          breaks={text.requireBreaks}
          onClose={() => setAsked(undefined)}
          onConfirm={() => done(requireSingleSignOn(tenantId), text.required)}
        />
      ) : null}
      {asked === 'stop' ? (
        <ConfirmDialog
          title={text.stopTitle}
          verb={text.stop}
          text={text.stopText}
          onClose={() => setAsked(undefined)}
          onConfirm={() => done(stopRequiringSingleSignOn(tenantId), text.stopped)}
        />
      ) : null}
    </Section>
  );
}
