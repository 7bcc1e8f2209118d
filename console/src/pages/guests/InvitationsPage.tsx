import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type GuestInvitation, guestInvitations, revokeInvitation } from '../../api/guests.ts';
import { groupNames } from '../../api/providers.ts';
import { timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { useListState } from '../../kit/list-state.ts';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';

type NameOf = (invitation: GuestInvitation) => string;

const columnsOf = (nameOf: NameOf): Column<GuestInvitation>[] => [
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
  const ids = [...new Set(query.data?.items.flatMap(({ groupIds }) => groupIds))];
  const known = useQuery({ ...groupNames(tenantId, ids), enabled: useHolds('groups.view') && ids.length > 0 }).data;
  /** The groups by name; how many, where one of them is not known. */
  const nameOf: NameOf = ({ groupIds }) => {
    const names = groupIds.map((id) => known?.[id]);
    return names.includes(undefined) ? text.groupCount(groupIds.length) : names.join(', ');
  };
  return (
    <ListPage
      text={text.invitations}
      parent={{ to: '/t/$tenantId/guests', title: text.title }}
      what={text.invitations.what}
      state={state}
      query={query}
      hasSearch={false}
      columns={columnsOf(nameOf)}
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
