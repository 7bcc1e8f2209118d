import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { inviteGuest } from '../../api/guests.ts';
import { groups } from '../../api/tenant.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { NewcomerLook } from '../access/looking.tsx';

export function InviteGuestDialog({ onClose, onMade }: { onClose: () => void; onMade: (link: string) => void }) {
  const tenantId = useTenantId();
  const id = useId();
  const offered = useQuery(groups(tenantId, { limit: 200, sort: 'name' }));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [homeTenantId, setHomeTenantId] = useState('');
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const toggle = (groupId: string) =>
    setChosen((old) => {
      const next = new Set(old);
      if (!next.delete(groupId)) next.add(groupId);
      return next;
    });
  const send = async () => {
    setPending(true);
    setError(undefined);
    try {
      const home = homeTenantId.trim();
      const { link } = await inviteGuest(tenantId, {
        groupIds: [...chosen],
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
          <Button kind="primary" pending={isPending} reason={chosen.size ? null : text.chooseFirst} onClick={send}>
            {text.makeLink}
          </Button>
        </>
      }
    >
      <p>{text.inviteLead}</p>
      <ProblemNote error={error ?? offered.error} />
      {offered.isLoading ? <Skeleton lines={4} /> : null}
      <fieldset className="plain-fieldset">
        <legend>{text.chooseGroups}</legend>
        <ul className="pick-list">
          {(offered.data?.items ?? [])
            .filter(({ source }) => source === 'local')
            .map(({ id: groupId, name, description }) => (
              <li key={groupId}>
                <label className="check">
                  <input type="checkbox" checked={chosen.has(groupId)} onChange={() => toggle(groupId)} />
                  <span>
                    {name} <span className="faint small">{description}</span>
                  </span>
                </label>
              </li>
            ))}
        </ul>
      </fieldset>
      <NewcomerLook groupIds={[...chosen].sort()} />
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
