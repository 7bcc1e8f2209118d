import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Look } from '../../api/access.ts';
import { addMembers, removeMember } from '../../api/groups.ts';
import type { Account } from '../../api/types.ts';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { PickMany } from '../../kit/PickMany.tsx';
import { type Picked, useGroups } from '../../kit/pickers.ts';
import { toast } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';

type Act = NonNullable<Look['accounts']>['act'];

/** What the act would change, and how it ends. */
function useGroupAct(act: Act, account: Account, groupId: string | undefined, onClose: () => void) {
  const queryClient = useQueryClient();
  const tenantId = useTenantId();
  const { shown, isGrave } = useLook(groupId ? { accounts: { act, ids: [account.id], groupId } } : null);
  const done = async (said: string) => {
    await queryClient.invalidateQueries({ queryKey: ['t', tenantId] });
    onClose();
    toast({ text: said });
  };
  return { tenantId, shown, typed: isGrave ? { typedName: account.displayName } : {}, done };
}

export function JoinDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const [group, setGroup] = useState<Picked>();
  const [error, setError] = useState<string>();
  const { tenantId, shown, typed, done } = useGroupAct('addToGroup', account, group?.id, onClose);
  return (
    <ConfirmDialog
      title={text.joinTitle(account.displayName)}
      verb={text.manyVerbs['add-to-group']}
      kind="primary"
      reason={group ? null : text.chooseGroup}
      text={text.manyTexts['add-to-group']}
      {...typed}
      onClose={onClose}
      onConfirm={async () => {
        if (!group) return;
        await addMembers(tenantId, group.id, { accountIds: [account.id] });
        await done(text.joined(account.displayName, group.name));
      }}
    >
      <PickMany
        label={text.inGroup}
        find={en.list.findGroup}
        error={error}
        isOne
        chosen={group ? [group] : []}
        onChange={(chosen) => {
          const last = chosen.at(-1);
          const isIn = account.groups.some(({ id }) => id === last?.id);
          setError(isIn ? text.alreadyIn(account.displayName, last?.name ?? '') : undefined);
          setGroup(isIn ? undefined : last);
        }}
        useFound={useGroups}
      />
      {shown}
    </ConfirmDialog>
  );
}

export function LeaveDialog({
  account,
  group,
  onClose,
}: {
  account: Account;
  group: Account['groups'][number];
  onClose: () => void;
}) {
  const { tenantId, shown, typed, done } = useGroupAct('removeFromGroup', account, group.id, onClose);
  return (
    <ConfirmDialog
      title={text.leaveTitle(account.displayName, group.name)}
      verb={text.manyVerbs['remove-from-group']}
      text={text.manyTexts['remove-from-group']}
      {...typed}
      onClose={onClose}
      onConfirm={async () => {
        await removeMember(tenantId, group.id, account.id);
        await done(text.left(account.displayName, group.name));
      }}
    >
      {shown}
    </ConfirmDialog>
  );
}
