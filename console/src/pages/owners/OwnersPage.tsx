import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { members } from '../../api/groups.ts';
import {
  acceptOwnership,
  cancelOffer,
  declineOwnership,
  type OwnershipRecovery,
  type OwnershipTransfer,
  recoveries,
  stopRecovery,
  transfers,
} from '../../api/ownership.ts';
import { groups } from '../../api/tenant.ts';
import type { Member } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, statusColumn, targetColumn, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Page, Section } from '../../kit/Page.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { ownerText as text } from '../../messages/en.owners.ts';
import { en } from '../../messages/en.ts';
import { isOffered, reasonOf, useHolds, usePlace, useTenantId } from '../../shell/where.ts';
import { OfferDialog } from './OfferDialog.tsx';

/** Who owns the tenant, and how that changes. Each part comes and fails by itself. */
export function OwnersPage() {
  const maySeeGroups = useHolds('groups.view');
  const maySeeRecoveries = useHolds('accounts.view');
  return (
    <Page title={text.title} place={usePlace()} lead={text.lead}>
      {maySeeRecoveries ? <WaitingRecovery /> : null}
      <Offers />
      {maySeeGroups ? <OwnerGroup /> : null}
      {maySeeRecoveries ? <Recoveries /> : null}
    </Page>
  );
}

const memberColumns: Column<Member>[] = [
  targetColumn('displayName', text.name, ({ id, kind, displayName: name }) => ({ kind, id, name })),
  clippedColumn('email', text.email, ({ email }) => email, { priority: 2 }),
  statusColumn('status', text.status, ({ status }) => status),
];

function OwnerGroup() {
  const tenantId = useTenantId();
  const found = useQuery(groups(tenantId, { isOwnerGroup: 'true' }));
  const group = found.data?.items[0];
  const inIt = useQuery({
    ...members(tenantId, group?.id ?? '', { limit: 200 }),
    enabled: group !== undefined,
  });
  const failed = [found, inIt].find(({ isError }) => isError);
  return (
    <Section
      title={text.group}
      lead={text.groupLead}
      actions={
        group ? (
          <Link to="/t/$tenantId/groups/$id" params={{ tenantId, id: group.id }} className="plain-button">
            {text.openGroup}
          </Link>
        ) : null
      }
    >
      {failed ? (
        <ProblemPanel error={failed.error} onRetry={() => void failed.refetch()} page={text.title} />
      ) : inIt.data ? (
        <Table
          what={text.membersWhat}
          rows={inIt.data.items}
          columns={memberColumns}
          rowName={({ displayName }) => displayName}
        />
      ) : (
        <Skeleton lines={3} />
      )}
    </Section>
  );
}

const offerColumns: Column<OwnershipTransfer>[] = [
  targetColumn('to', text.to, ({ to }) => ({ kind: 'account', id: to.accountId, name: to.displayName })),
  { name: 'from', label: text.from, text: ({ from }) => from.displayName },
  {
    name: 'staysOwner',
    label: text.afterwards,
    text: ({ staysOwner }) => (staysOwner ? text.stays : text.leaves),
    priority: 2,
  },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.states[state],
    cell: ({ state }) => <Status status={offerTones[state]} text={text.states[state] ?? state} />,
  },
  timeColumn('createdAt', text.made, ({ createdAt }) => createdAt, { priority: 3 }),
  timeColumn('expiresAt', text.ends, ({ state, expiresAt }) => (state === 'waiting' ? expiresAt : null), {
    priority: 3,
  }),
];
const offerTones = {
  waiting: 'waiting',
  accepted: 'done',
  declined: 'refused',
  cancelled: 'cancelled',
  expired: 'expired',
} as const;

function Offers() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const found = useQuery(transfers(tenantId));
  const { run, pending } = useAct();
  const [isOffering, setOffering] = useState(false);
  const mayOffer = useHolds('groups.change');
  // Who is an owner has changed, and with it what the caller may do.
  const refresh = () =>
    queryClient.invalidateQueries({ predicate: ({ queryKey }) => ['t', 'me'].includes(queryKey[0] as string) });
  const decide = (name: string, act: (tenantId: string, id: string) => Promise<unknown>, id: string, said: string) =>
    run(name, async () => {
      await act(tenantId, id);
      toast({ text: said });
      await refresh();
    });
  const items = found.data?.items ?? [];
  const forMe = items.find(
    ({ state, actions }) => state === 'waiting' && isOffered(actions, 'ownership-transfers.accept'),
  );
  return (
    <>
      {forMe ? (
        <Note tone="warn" title={text.forYou(forMe.from.displayName)}>
          <p>
            {text.forYouText} {forMe.staysOwner ? text.stays : text.leaves}.
          </p>
          <div className="note-row">
            <Button
              kind="primary"
              reason={reasonOf(forMe.actions, 'ownership-transfers.accept')}
              pending={pending === 'accept'}
              onClick={() => decide('accept', acceptOwnership, forMe.id, text.accepted)}
            >
              {text.accept}
            </Button>
            <Button
              reason={reasonOf(forMe.actions, 'ownership-transfers.decline')}
              pending={pending === 'decline'}
              onClick={() => decide('decline', declineOwnership, forMe.id, text.declined)}
            >
              {text.decline}
            </Button>
          </div>
        </Note>
      ) : null}
      <Section
        title={text.offers}
        lead={text.offersLead}
        actions={
          <Button reason={mayOffer ? null : en.noPermission.needs('groups.change')} onClick={() => setOffering(true)}>
            {text.offer}
          </Button>
        }
      >
        {found.isError ? (
          <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />
        ) : !found.data ? (
          <Skeleton lines={3} />
        ) : items.length === 0 ? (
          <p className="faint">{text.noOffers}</p>
        ) : (
          <Table
            what={text.offersWhat}
            rows={items}
            columns={offerColumns}
            rowName={({ to }) => to.displayName}
            rowActions={({ id, actions, state }) =>
              state === 'waiting' && isOffered(actions, 'ownership-transfers.cancel')
                ? [
                    {
                      label: text.cancel,
                      isDangerous: true,
                      reason: reasonOf(actions, 'ownership-transfers.cancel'),
                      onSelect: () => void decide('cancel', cancelOffer, id, text.cancelled),
                    },
                  ]
                : []
            }
          />
        )}
      </Section>
      {isOffering ? (
        <OfferDialog
          onClose={() => setOffering(false)}
          onOffered={async (name) => {
            setOffering(false);
            toast({ text: text.offered(name) });
            await refresh();
          }}
        />
      ) : null}
    </>
  );
}

const nameOf = ({ firstName, lastName, email }: OwnershipRecovery) => `${firstName} ${lastName} (${email})`;

/** What an owner must see at once: the operator is about to let somebody in. */
function WaitingRecovery() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const waiting = useQuery(recoveries(tenantId)).data?.items.find(({ state }) => state === 'waiting');
  const [isAsking, setAsking] = useState(false);
  if (!waiting) return null;
  return (
    <Note tone="warn" title={text.warning(nameOf(waiting))}>
      <p>
        {text.warningText} <Time at={waiting.dueAt} />.
      </p>
      <div className="note-row">
        <Button
          kind="danger"
          reason={reasonOf(waiting.actions, 'ownership-recoveries.stop')}
          onClick={() => setAsking(true)}
        >
          {text.stop}
        </Button>
      </div>
      {isAsking ? (
        <ConfirmDialog
          title={text.stopTitle}
          verb={text.stop}
          text={text.stopText}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await stopRecovery(tenantId, waiting.id);
            setAsking(false);
            toast({ text: text.stopped });
            await queryClient.invalidateQueries({ queryKey: recoveries(tenantId).queryKey });
          }}
        />
      ) : null}
    </Note>
  );
}

const recoveryTones = { waiting: 'waiting', done: 'done', stopped: 'cancelled', failed: 'failed' } as const;
const recoveryColumns: Column<OwnershipRecovery>[] = [
  targetColumn('name', text.name, (recovery) => ({
    kind: 'account',
    id: recovery.accountId,
    name: nameOf(recovery),
  })),
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.recoveryStates[state],
    cell: ({ state }) => <Status status={recoveryTones[state]} text={text.recoveryStates[state] ?? state} />,
  },
  timeColumn('dueAt', text.due, ({ dueAt }) => dueAt, { priority: 2 }),
  timeColumn('decidedAt', text.decided, ({ decidedAt }) => decidedAt, { none: '—', priority: 3 }),
];

function Recoveries() {
  const found = useQuery(recoveries(useTenantId()));
  return (
    <Section title={text.recoveries} lead={text.recoveriesLead}>
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />
      ) : !found.data ? (
        <Skeleton lines={2} />
      ) : found.data.items.length === 0 ? (
        <p className="faint">{text.noRecoveries}</p>
      ) : (
        <Table what={text.recoveriesWhat} rows={found.data.items} columns={recoveryColumns} rowName={nameOf} />
      )}
    </Section>
  );
}
