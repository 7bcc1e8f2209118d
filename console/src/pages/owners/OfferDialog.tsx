import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { offerOwnership } from '../../api/ownership.ts';
import { me } from '../../api/session.ts';
import { accounts, groups } from '../../api/tenant.ts';
import type { Account } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { useCreation } from '../../kit/creation.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { SearchField } from '../../kit/SearchField.tsx';
import { useSettled } from '../../kit/settled.ts';
import { ownerText as text } from '../../messages/en.owners.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { useGroupLook } from '../access/looking.tsx';

/** Why the account cannot be offered ownership; null when it can. */
const reasonAgainst = ({ id, source, status }: Account, own: string | null | undefined) => {
  if (id === own) return text.yourself;
  if (source !== 'local') return text.notLocal;
  return status === 'enabled' ? null : text.notEnabled;
};

export function OfferDialog({ onClose, onOffered }: { onClose: () => void; onOffered: (name: string) => void }) {
  const tenantId = useTenantId();
  const [typed, setTyped] = useState('');
  const { data: own } = useQuery(me);
  const q = useSettled(typed);
  const found = useQuery(accounts(tenantId, { limit: 20, ...(q ? { q } : {}) }));
  const [chosen, setChosen] = useState<{ id: string; name: string }>();
  const [staysOwner, setStaysOwner] = useState(true);
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  // Whoever offers is an owner, and sees the group.
  const ownerGroup = useQuery(groups(tenantId, { isOwnerGroup: 'true' })).data?.items[0];
  const { shown } = useGroupLook(
    ownerGroup?.id ?? '',
    ownerGroup && chosen
      ? { addAccountIds: [chosen.id], removeMemberIds: staysOwner || !own?.id ? [] : [own.id] }
      : null,
  );
  const { key } = useCreation({ id: chosen?.id ?? '', staysOwner: String(staysOwner) });
  const send = async () => {
    if (!chosen) return;
    setPending(true);
    setError(undefined);
    try {
      await offerOwnership(tenantId, { accountId: chosen.id, staysOwner }, key);
      onOffered(chosen.name);
    } catch (problem) {
      setError(problem);
      setPending(false);
    }
  };
  return (
    <Dialog
      title={text.offer}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          <Button kind="primary" pending={isPending} reason={chosen ? null : text.chooseFirst} onClick={send}>
            {text.offer}
          </Button>
        </>
      }
    >
      <p>{text.offerLead}</p>
      <SearchField label={text.find} value={typed} onChange={setTyped} />
      <ProblemNote error={error ?? found.error} />
      {found.isLoading ? <Skeleton lines={4} /> : null}
      <fieldset className="plain-fieldset">
        <legend className="visually-hidden">{text.person}</legend>
        <ul className="pick-list">
          {(found.data?.items ?? []).map((account) => {
            const reason = reasonAgainst(account, own?.id);
            return (
              <li key={account.id}>
                <label className="check">
                  <input
                    type="radio"
                    name="new-owner"
                    checked={chosen?.id === account.id}
                    disabled={reason !== null}
                    onChange={() => setChosen({ id: account.id, name: account.displayName })}
                  />
                  <span>
                    {account.displayName}{' '}
                    <span className="faint small">{reason ?? account.email ?? account.username}</span>
                  </span>
                </label>
              </li>
            );
          })}
        </ul>
      </fieldset>
      {found.data?.items.length === 0 ? <p className="faint">{en.palette.nothing}</p> : null}
      <label className="check">
        <input type="checkbox" checked={staysOwner} onChange={(event) => setStaysOwner(event.currentTarget.checked)} />
        <span>
          {text.staysOwner} <span className="faint small">{text.staysOwnerHelp}</span>
        </span>
      </label>
      {shown}
    </Dialog>
  );
}
