import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { type Delegation, delegations, partnerAccess, switchPartnerAccess } from '../../api/delegations.ts';
import { Button } from '../../kit/Button.tsx';
import { ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Note, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { sorts } from '../../shell/sorts.ts';
import { reasonOf, useReason, useTenant, useTenantId } from '../../shell/where.ts';
import { nameOf } from './names.ts';
import { termsOf } from './terms.ts';

const SwitchLook = lazy(() => import('./DecisionLook.tsx').then((m) => ({ default: m.SwitchLook })));

const options = (labels: Record<string, string>) => Object.entries(labels).map(([value, label]) => ({ value, label }));
const filters: Filter[] = [
  { name: 'state', label: text.state, all: text.allStates, options: options(text.states) },
  { name: 'side', label: text.side, all: text.allSides, options: options(text.sides) },
];

const columns: Column<Delegation>[] = [
  {
    name: 'other',
    label: text.other,
    text: nameOf,
    cell: (row) => (
      <>
        <ObjectLink to="partner-access" id={row.id}>
          {nameOf(row)}
        </ObjectLink>
        <span className="faint small block row-detail">{row.purpose ?? ''}</span>
      </>
    ),
  },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.states[state] ?? state,
    cell: ({ state }) => <Status status={state} text={text.states[state] ?? state} />,
  },
  { name: 'side', label: text.side, text: ({ side }) => text.sides[side] ?? side, priority: 2 },
  timeColumn('endsAt', text.ends, ({ state, endsAt }) => (state === 'active' ? endsAt : null), {
    sort: 'endsAt',
    none: '',
  }),
  timeColumn('createdAt', text.requested, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
];

/** Whether it is the partner's, and stands: what is over, or waits, is asked for anew. */
const isRenewable = ({ side, state }: Delegation) => side === 'partner' && state === 'active';

/** Why these are not renewed in one act. */
const notTogether = (rows: Delegation[]): string | null => {
  if (!rows.every(isRenewable)) return text.renewOnlyStanding;
  if (new Set(rows.map(({ partnerGroupId }) => partnerGroupId)).size > 1) return text.renewOneGroup;
  // They are asked for the same: what another customer let through would be sent to each.
  return new Set(rows.map((row) => JSON.stringify(termsOf(row)))).size > 1 ? text.renewAlike : null;
};

export function DelegationsPage() {
  const tenantId = useTenantId();
  const type = useTenant(tenantId)?.value.type;
  const isPartner = type === 'partner';
  const state = useListState({ sort: sorts.delegations, filters });
  const query = useQuery(delegations(tenantId, state.query()));
  const navigate = useNavigate();
  const mayNot = useReason('delegations.change');
  const renew = (rows: Delegation[]) =>
    navigate({
      to: '/t/$tenantId/partner-access/new',
      params: { tenantId },
      search: (old) => ({ ...old, as: [rows[0]?.id, ...rows.map(({ otherTenantId }) => otherTenantId)].join() }),
    });
  return (
    <ListPage
      text={isPartner ? { ...text, emptyText: text.emptyTextOfPartner } : text}
      what={text.what}
      create={{
        to: '/t/$tenantId/partner-access/new',
        permission: 'delegations.change',
        label: text.create,
        blocked: type && !isPartner ? text.notPartner : null,
      }}
      actions={<OneSwitch />}
      above={<Stopped />}
      state={state}
      query={query}
      columns={columns}
      filters={filters}
      rowName={nameOf}
      {...(isPartner
        ? {
            rowActions: (row: Delegation) => [
              { label: text.renew, reason: mayNot ?? notTogether([row]), onSelect: () => void renew([row]) },
            ],
            more: ({ ids }) => {
              const ticked = query.data?.items.filter(({ id }) => ids.includes(id)) ?? [];
              return (
                <Button reason={mayNot ?? notTogether(ticked)} onClick={() => void renew(ticked)}>
                  {text.renew}
                </Button>
              );
            },
          }
        : {})}
    />
  );
}

function Stopped() {
  const access = useQuery(partnerAccess(useTenantId())).data;
  return access?.stoppedAt ? <Note tone="warn">{text.stopped}</Note> : null;
}

/** The owners' one switch. */
function OneSwitch() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const access = useQuery(partnerAccess(tenantId)).data;
  const [isAsking, setAsking] = useState(false);
  if (!access) return null;
  const isStopped = access.stoppedAt !== null;
  const turn = async (to: 'stop' | 'resume') => {
    queryClient.setQueryData(partnerAccess(tenantId).queryKey, await switchPartnerAccess(tenantId, to));
    setAsking(false);
    toast({ text: to === 'stop' ? text.nowStopped : text.nowOpen });
  };
  const verb = isStopped ? text.switchOff : text.switchOn;
  return (
    <>
      <Button
        kind={isStopped ? 'plain' : 'danger-quiet'}
        reason={reasonOf(access.actions, isStopped ? 'partner-access.resume' : 'partner-access.stop')}
        onClick={() => setAsking(true)}
      >
        {verb}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title={isStopped ? text.resumeQuestion : text.stopQuestion}
          verb={verb}
          kind={isStopped ? 'primary' : 'danger'}
          text={isStopped ? text.resumeText : text.stopText}
          onClose={() => setAsking(false)}
          onConfirm={() => turn(isStopped ? 'resume' : 'stop')}
        >
          <Suspense fallback={<Skeleton lines={2} />}>
            <SwitchLook to={isStopped ? 'open' : 'stopped'} />
          </Suspense>
        </ConfirmDialog>
      ) : null}
    </>
  );
}
