import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type GuestInvitation, guestInvitations, revokeInvitation } from '../../api/guests.ts';
import { timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { useListState } from '../../kit/list-state.ts';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const nameOf = ({ groupIds }: GuestInvitation) => text.groupCount(groupIds.length);

const columns: Column<GuestInvitation>[] = [
  { name: 'groups', label: text.groups, text: nameOf },
  { name: 'homeTenantId', label: text.onlyFrom, text: ({ homeTenantId }) => homeTenantId ?? text.anybody, priority: 2 },
  timeColumn('createdAt', text.made, ({ createdAt }) => createdAt, { sort: 'createdAt' }),
  timeColumn('expiresAt', text.expires, ({ expiresAt }) => expiresAt),
];

export function InvitationsPage() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({});
  const query = useQuery(guestInvitations(tenantId, state.query()));
  const { run } = useAct();
  return (
    <ListPage
      text={text.invitations}
      what={text.invitations.what}
      state={state}
      query={query}
      columns={columns}
      rowName={nameOf}
      rowActions={({ id, actions }) => [
        {
          label: text.revoke,
          reason: reasonOf(actions, 'guest-invitations.revoke'),
          onSelect: () =>
            void run(id, async () => {
              await revokeInvitation(tenantId, id);
              await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'guest-invitations'] });
              toast({ text: text.revoked });
            }),
          isDangerous: true,
        },
      ]}
    />
  );
}
