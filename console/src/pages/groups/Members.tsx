import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { addMembers, members, removeMember } from '../../api/groups.ts';
import type { Group, Member } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, statusColumn, targetColumn, timeColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { membersOf } from './members-of.ts';

const AddDialog = lazy(() => import('./AddMembers.tsx').then((m) => ({ default: m.AddDialog })));
const EndDialog = lazy(() => import('./MemberEnd.tsx').then((m) => ({ default: m.EndDialog })));

const columns: Column<Member>[] = [
  targetColumn('displayName', groupText.person, ({ id, kind, displayName: name }) => ({ kind, id, name }), {
    sort: 'displayName',
  }),
  clippedColumn('email', groupText.email, ({ email }) => email, { priority: 2 }),
  { name: 'kind', label: groupText.kind, text: ({ kind }) => groupText.kinds[kind] ?? kind, priority: 2 },
  statusColumn('status', groupText.status, ({ status }) => status),
  timeColumn('addedAt', groupText.added, ({ addedAt }) => addedAt, { sort: 'addedAt', priority: 3 }),
  timeColumn('endsAt', groupText.ends, ({ endsAt }) => endsAt, {
    sort: 'endsAt',
    priority: 2,
    none: groupText.endsNever,
  }),
];

export function Members({ group }: { group: Group }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({});
  const query = useQuery(members(tenantId, group.id, state.query()));
  const [isAdding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Member>();
  const { run } = useAct();
  const reason = reasonOf(group.actions, 'groups.add-members');
  const endReason = reason ?? (group.isOwnerGroup ? groupText.ownersStay : null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups'] });

  const putBack = ({ id, kind, endsAt }: Member) =>
    addMembers(tenantId, group.id, { ...membersOf([{ id, kind }]), ...(endsAt ? { endsAt } : {}) });
  const remove = (member: Member) =>
    run(member.id, async () => {
      await removeMember(tenantId, group.id, member.id);
      await refresh();
      toast({
        text: groupText.removed(member.displayName),
        undo: () => putBack(member).then(refresh),
      });
    });
  const add = (
    <Button
      kind="primary"
      icon={<IconPlus size={16} aria-hidden="true" />}
      reason={reason}
      onClick={() => setAdding(true)}
    >
      {groupText.addMembers}
    </Button>
  );
  return (
    <>
      <List
        what={groupText.whatMembers}
        state={state}
        query={query}
        columns={columns}
        rowName={({ displayName }) => displayName}
        rowActions={(member) => [
          { label: groupText.setEnd, reason: endReason, onSelect: () => setEnding(member) },
          { label: groupText.remove, reason, onSelect: () => void remove(member), isDangerous: true },
        ]}
        bulk={[
          {
            name: 'groups.remove-member',
            verb: groupText.removeShort,
            skip: () => reason,
            act: ({ id }) => removeMember(tenantId, group.id, id),
            undo: putBack,
          },
        ]}
        toolbar={add}
        empty={
          <Empty
            title={groupText.noMembersTitle}
            text={groupText.noMembersText}
            action={add}
            command={`bailiwick groups add-members ${group.id} --account-ids ...`}
          />
        }
        page={groupText.tabMembers}
      />
      <Suspense>
        {ending ? (
          <EndDialog
            group={group}
            member={ending}
            onClose={() => setEnding(undefined)}
            onSaved={async () => {
              setEnding(undefined);
              await refresh();
              toast({ text: groupText.endSaved(ending.displayName) });
            }}
          />
        ) : null}
        {isAdding ? (
          <AddDialog
            group={group}
            onClose={() => setAdding(false)}
            onAdded={async (added) => {
              setAdding(false);
              await refresh();
              toast({ text: groupText.addedToast(added) });
            }}
          />
        ) : null}
      </Suspense>
    </>
  );
}
