import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { addMembers } from '../../api/groups.ts';
import { guests } from '../../api/guests.ts';
import { accounts, serviceAccounts } from '../../api/tenant.ts';
import type { Group } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { useGuestsCalled } from '../../kit/guests-called.ts';
import { endOfDay, LastDay } from '../../kit/LastDay.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { SearchField } from '../../kit/SearchField.tsx';
import { useSettled } from '../../kit/settled.ts';
import { groupText } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';
import { useGroupLook } from '../access/looking.tsx';
import { type Kind, membersOf } from './members-of.ts';

/** Of each kind. */
const MOST_SHOWN = 20;

export function AddDialog({
  group,
  onClose,
  onAdded,
}: {
  group: Group;
  onClose: () => void;
  onAdded: (added: number) => void;
}) {
  const tenantId = useTenantId();
  const [typed, setTyped] = useState('');
  const q = useSettled(typed);
  const query = { limit: MOST_SHOWN, ...(q ? { q } : {}) };
  const people = useQuery({ ...accounts(tenantId, query), enabled: useHolds('accounts.view') });
  const machines = useQuery({
    ...serviceAccounts(tenantId, query),
    enabled: useHolds('integrations.view'),
    retry: false,
  });
  const seesGuests = useHolds('accounts.view');
  const newest = useQuery({ ...guests(tenantId, { limit: MOST_SHOWN }), enabled: seesGuests && !q, retry: false });
  const called = useGuestsCalled(q);
  const visitors = (q ? called.data : newest.data?.items) ?? [];
  const [chosen, setChosen] = useState<ReadonlyMap<string, { id: string; name: string; kind: Kind }>>(new Map());
  const [lastDay, setLastDay] = useState('');
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);

  const rows = [
    ...(people.data?.items ?? []).map(({ id, displayName, email, username, groups }) => ({
      id,
      name: displayName,
      detail: email ?? username,
      kind: 'account' as Kind,
      isMember: groups.some((each) => each.id === group.id),
    })),
    ...(machines.data?.items ?? []).map(({ id, name, groups }) => ({
      id,
      name,
      detail: groupText.kinds['service-account'],
      kind: 'service-account' as Kind,
      isMember: groups.some((each) => each.id === group.id),
    })),
    ...visitors.slice(0, MOST_SHOWN).map(({ id, displayName, homeTenantName, groups }) => ({
      id,
      name: displayName ?? groupText.kinds.guest ?? '',
      detail: [groupText.kinds.guest, homeTenantName].filter(Boolean).join(' · '),
      kind: 'guest' as Kind,
      isMember: groups.some((each) => each.id === group.id),
    })),
  ];
  const toggle = (row: { id: string; name: string; kind: Kind }) =>
    setChosen((old) => {
      const next = new Map(old);
      if (!next.delete(row.id)) next.set(row.id, row);
      return next;
    });
  const { accountIds = [], serviceAccountIds = [], guestIds = [] } = membersOf([...chosen.values()]);
  const { shown } = useGroupLook(
    group.id,
    chosen.size > 0
      ? { addAccountIds: accountIds, addServiceAccountIds: serviceAccountIds, addGuestIds: guestIds }
      : null,
  );
  const send = async () => {
    setPending(true);
    setError(undefined);
    try {
      const { added } = await addMembers(tenantId, group.id, {
        ...membersOf([...chosen.values()]),
        ...(lastDay ? { endsAt: endOfDay(lastDay) } : {}),
      });
      onAdded(added);
    } catch (problem) {
      setError(problem);
      setPending(false);
    }
  };
  return (
    <Dialog
      title={groupText.addTitle(group.name)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          <Button kind="primary" pending={isPending} reason={chosen.size ? null : groupText.chooseFirst} onClick={send}>
            {groupText.addChosen(chosen.size)}
          </Button>
        </>
      }
    >
      <SearchField label={groupText.findPeople} value={typed} onChange={setTyped} />
      <ProblemNote error={error ?? people.error} />
      {people.isLoading || called.isLoading ? <Skeleton lines={5} /> : null}
      <ul className="pick-list">
        {rows.map((row) => (
          <li key={row.id}>
            <label className="check">
              <input
                type="checkbox"
                checked={row.isMember || chosen.has(row.id)}
                disabled={row.isMember}
                onChange={() => toggle(row)}
              />
              <span>
                {row.name}{' '}
                <span className="faint small">
                  {row.isMember ? `${row.detail}, ${groupText.alreadyMember}` : row.detail}
                </span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {!people.isLoading && !called.isLoading && rows.length === 0 ? (
        <p className="faint">{en.palette.nothing}</p>
      ) : null}
      {/* Below the list, whose rows stay under the pointer while it is chosen from. */}
      {chosen.size > 0 ? (
        <p className="active-filters">
          {[...chosen].map(([id, row]) => (
            <button
              key={id}
              type="button"
              className="chip"
              aria-label={en.list.take(row.name)}
              onClick={() => toggle(row)}
            >
              {row.name} ×
            </button>
          ))}
        </p>
      ) : null}
      {shown}
      {group.isOwnerGroup ? null : <LastDay value={lastDay} onChange={setLastDay} />}
    </Dialog>
  );
}
