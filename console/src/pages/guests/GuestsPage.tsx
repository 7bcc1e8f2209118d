import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Guest, guests, removeGuest } from '../../api/guests.ts';
import { Button } from '../../kit/Button.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { useListState } from '../../kit/list-state.ts';
import { SecretDialog } from '../../kit/secret.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { reasonOf, useReason, useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';
import { InviteGuestDialog } from './InviteGuestDialog.tsx';

const nameOf = ({ displayName }: Guest) => displayName ?? text.noName;

/** What the guest loses by it. */
const EndLook = ({ id }: { id: string }) => useLook({ guest: { id } }).shown;

const columns: Column<Guest>[] = [
  { name: 'displayName', label: text.name, text: nameOf },
  {
    name: 'homeTenantName',
    label: text.homeTenant,
    text: ({ homeTenantName, homeTenantId }) => homeTenantName ?? homeTenantId,
  },
  { name: 'homeRegion', label: text.homeRegion, text: ({ homeRegion }) => homeRegion, priority: 3 },
  {
    name: 'groups',
    label: text.groups,
    text: ({ groups }) => groups.map(({ name }) => name).join(', '),
    priority: 2,
  },
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt, { none: text.neverUsed, priority: 2 }),
  timeColumn('createdAt', text.since, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
  {
    name: 'homeAccountId',
    label: text.homeAccount,
    text: ({ homeAccountId }) => homeAccountId,
    cell: ({ homeAccountId }) => <code className="small">{homeAccountId}</code>,
    isExtra: true,
  },
];

export function GuestsPage() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({});
  const query = useQuery(guests(tenantId, state.query()));
  const [isInviting, setInviting] = useState(false);
  const [link, setLink] = useState<string>();
  const [leaving, setLeaving] = useState<Guest>();
  const reason = useReason('accounts.change');
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId] });
  return (
    <ListPage
      text={text}
      what={text.what}
      state={state}
      query={query}
      hasSearch={false}
      columns={columns}
      rowName={nameOf}
      rowActions={(guest) => [
        {
          label: text.remove,
          reason: reasonOf(guest.actions, 'guests.remove'),
          onSelect: () => setLeaving(guest),
          isDangerous: true,
        },
      ]}
      actions={
        <>
          <Link to="/t/$tenantId/guest-invitations" params={{ tenantId }} className="plain-button">
            {text.invitations.title}
          </Link>
          <Link to="/t/$tenantId/visits" params={{ tenantId }} className="plain-button">
            {text.visits.title}
          </Link>
          <Button
            kind="primary"
            icon={<IconPlus size={16} aria-hidden="true" />}
            reason={reason}
            onClick={() => setInviting(true)}
          >
            {text.invite}
          </Button>
        </>
      }
    >
      {isInviting ? (
        <InviteGuestDialog
          onClose={() => setInviting(false)}
          onMade={(made) => {
            setInviting(false);
            setLink(made);
          }}
        />
      ) : null}
      {link ? (
        <SecretDialog
          title={text.linkTitle}
          secrets={[{ label: text.link, value: link, fileName: 'guest-link.txt', help: text.linkHelp }]}
          onDone={() => {
            setLink(undefined);
            void refresh();
          }}
        />
      ) : null}
      {leaving ? (
        <ConfirmDialog
          title={text.removeTitle(nameOf(leaving))}
          verb={text.removeShort}
          text={text.removeWhy}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await removeGuest(tenantId, leaving.id);
            setLeaving(undefined);
            await refresh();
            toast({ text: text.removed(nameOf(leaving)) });
          }}
        >
          <EndLook id={leaving.id} />
        </ConfirmDialog>
      ) : null}
    </ListPage>
  );
}
