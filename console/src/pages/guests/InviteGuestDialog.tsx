import { useId, useState } from 'react';
import { inviteGuest } from '../../api/guests.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { PickMany } from '../../kit/PickMany.tsx';
import { type Picked, useLocalGroups } from '../../kit/pickers.ts';
import { ProblemNote } from '../../kit/problems.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { NewcomerLook } from '../access/looking.tsx';

export function InviteGuestDialog({ onClose, onMade }: { onClose: () => void; onMade: (link: string) => void }) {
  const tenantId = useTenantId();
  const id = useId();
  const [chosen, setChosen] = useState<Picked[]>([]);
  const groupIds = chosen.map((group) => group.id);
  const [homeTenantId, setHomeTenantId] = useState('');
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const send = async () => {
    setPending(true);
    setError(undefined);
    try {
      const home = homeTenantId.trim();
      const { link } = await inviteGuest(tenantId, {
        groupIds,
        ...(home ? { homeTenantId: home } : {}),
      });
      if (link) onMade(link);
    } catch (problem) {
      setError(problem);
      setPending(false);
    }
  };
  return (
    <Dialog
      title={text.inviteTitle}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          <Button kind="primary" pending={isPending} reason={chosen.length ? null : text.chooseFirst} onClick={send}>
            {text.makeLink}
          </Button>
        </>
      }
    >
      <p>{text.inviteLead}</p>
      <ProblemNote error={error} />
      <PickMany
        label={text.chooseGroups}
        find={en.list.findGroup}
        chosen={chosen}
        onChange={setChosen}
        useFound={useLocalGroups}
      />
      <NewcomerLook groupIds={groupIds} />
      <div className="field">
        <label htmlFor={id}>{text.onlyFrom}</label>
        <input
          id={id}
          value={homeTenantId}
          onChange={(event) => setHomeTenantId(event.currentTarget.value)}
          aria-describedby={`${id}-help`}
          autoComplete="off"
          spellCheck={false}
        />
        <p id={`${id}-help`} className="faint small">
          {text.onlyFromHelp}
        </p>
      </div>
    </Dialog>
  );
}
