import { useState } from 'react';
import { changeMember } from '../../api/groups.ts';
import type { Group, Member } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { dayOf, endOfDay, LastDay } from '../../kit/LastDay.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';

export function EndDialog({
  group,
  member: { id, displayName, endsAt },
  onClose,
  onSaved,
}: {
  group: Group;
  member: Member;
  onClose: () => void;
  onSaved: () => void;
}) {
  const tenantId = useTenantId();
  const [lastDay, setLastDay] = useState(endsAt ? dayOf(endsAt) : '');
  const { run, pending } = useAct();
  const save = (end: string | null) =>
    run(id, async () => {
      await changeMember(tenantId, group.id, id, { endsAt: end });
      onSaved();
    });
  return (
    <Dialog
      title={groupText.endTitle(displayName)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          {endsAt ? <Button onClick={() => void save(null)}>{groupText.endRemove}</Button> : null}
          <Button
            kind="primary"
            pending={pending === id}
            reason={lastDay ? null : groupText.lastDay}
            onClick={() => void save(endOfDay(lastDay))}
          >
            {en.action.save}
          </Button>
        </>
      }
    >
      <LastDay value={lastDay} onChange={setLastDay} />
    </Dialog>
  );
}
