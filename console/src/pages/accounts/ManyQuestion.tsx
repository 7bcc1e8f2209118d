import { useState } from 'react';
import type { Look } from '../../api/access.ts';
import { startActOnMany, startGroupActOnMany, type Which } from '../../api/accounts.ts';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { PickMany } from '../../kit/PickMany.tsx';
import { type Picked, useGroups } from '../../kit/pickers.ts';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';
import { type Act, isOfGroup } from './ManyActs.tsx';

const lookActs: Partial<Record<Act, NonNullable<Look['accounts']>['act']>> = {
  'enable-many': 'enable',
  'disable-many': 'disable',
  'delete-many': 'delete',
  'add-to-group': 'addToGroup',
  'remove-from-group': 'removeFromGroup',
};

/** Says what the act does to how many, asks for the group where it needs one, and starts the task. */
export function ManyQuestion({
  act,
  which,
  these,
  narrowedBy,
  onClose,
  onStarted,
}: {
  act: Act;
  which: Which;
  these: string;
  narrowedBy: string[];
  onClose: () => void;
  onStarted: (taskId: string) => void;
}) {
  const tenantId = useTenantId();
  const [group, setGroup] = useState<Picked[]>([]);
  const groupId = group[0]?.id ?? '';
  const lookAct = lookActs[act];
  const { shown, isGrave } = useLook(
    lookAct && (!isOfGroup(act) || groupId)
      ? { accounts: { act: lookAct, ...which, ...(isOfGroup(act) ? { groupId } : {}) } }
      : null,
  );
  return (
    <ConfirmDialog
      title={`${text.manyVerbs[act]}: ${these}?`}
      {...(isGrave ? { typedName: these } : {})}
      verb={text.manyVerbs[act]}
      kind={act === 'delete-many' || act === 'disable-many' ? 'danger' : 'primary'}
      text={text.manyTexts[act]}
      reason={isOfGroup(act) && !groupId ? text.chooseGroup : null}
      breaks={narrowedBy}
      breaksTitle={text.onlyThose}
      onClose={onClose}
      onConfirm={async () => {
        const { id } = isOfGroup(act)
          ? await startGroupActOnMany(tenantId, act, groupId, which)
          : await startActOnMany(tenantId, act, which);
        onStarted(id);
      }}
    >
      {isOfGroup(act) ? (
        <PickMany
          label={text.inGroup}
          find={en.list.findGroup}
          isOne
          chosen={group}
          onChange={setGroup}
          useFound={useGroups}
        />
      ) : null}
      {shown}
    </ConfirmDialog>
  );
}
