import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeGroup } from '../../api/groups.ts';
import { account, accounts, group as ofGroup } from '../../api/tenant.ts';
import type { Group } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { Facts } from '../../kit/Page.tsx';
import { ProblemNote } from '../../kit/problems.tsx';
import { SearchField } from '../../kit/SearchField.tsx';
import { useSettled } from '../../kit/settled.ts';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { toast } from '../../kit/toasts.tsx';
import { groupText as text } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';

/** The account that answers for a group. */
export function OwnerOf({ found: { value, version } }: { found: Versioned<Group> }) {
  const tenantId = useTenantId();
  const seesAccounts = useHolds('accounts.view');
  const owner = useQuery({
    ...account(tenantId, value.ownerId ?? ''),
    enabled: seesAccounts && value.ownerId !== null,
    retry: false,
  }).data?.value;
  const [isChoosing, setChoosing] = useState(false);
  const shown = value.ownerId ? (
    <TargetLink kind="account" id={value.ownerId}>
      {owner?.displayName ?? value.ownerId}
    </TargetLink>
  ) : (
    text.ownerNone
  );
  return (
    <>
      <Facts items={[[text.owner, shown, text.ownerHelp]]} />
      {seesAccounts ? (
        <Button reason={reasonOf(value.actions, 'groups.change')} onClick={() => setChoosing(true)}>
          {text.ownerChange}
        </Button>
      ) : null}
      {isChoosing ? <Choose value={value} version={version} onClose={() => setChoosing(false)} /> : null}
    </>
  );
}

function Choose({ value, version, onClose }: { value: Group; version: string; onClose: () => void }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState('');
  const q = useSettled(typed.trim());
  const people = useQuery(accounts(tenantId, { limit: 10, ...(q ? { q } : {}) }));
  const [error, setError] = useState<unknown>();
  const name = async (ownerId: string | null) => {
    setError(undefined);
    try {
      const saved = await changeGroup(tenantId, value.id, version, { ownerId });
      queryClient.setQueryData(ofGroup(tenantId, value.id).queryKey, saved);
      toast({ text: text.saved });
      onClose();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Dialog
      title={text.ownerChange}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          {value.ownerId ? <Button onClick={() => name(null)}>{text.ownerRemove}</Button> : null}
        </>
      }
    >
      <SearchField label={text.findPeople} value={typed} onChange={setTyped} />
      <ProblemNote error={error ?? people.error} />
      <ul className="pick-list">
        {(people.data?.items ?? []).map(({ id, displayName, email, username }) => (
          <li key={id}>
            <button type="button" className="link-button" onClick={() => void name(id)}>
              {displayName} <span className="faint small">{email ?? username}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
