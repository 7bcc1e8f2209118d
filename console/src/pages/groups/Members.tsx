import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addMembers, changeMember, members, removeMember } from '../../api/groups.ts';
import { guests } from '../../api/guests.ts';
import { accounts, serviceAccounts } from '../../api/tenant.ts';
import type { Group, Member } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, statusColumn, targetColumn, timeColumn } from '../../kit/columns.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { dayOf, endOfDay, LastDay } from '../../kit/LastDay.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty, ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { SearchField } from '../../kit/SearchField.tsx';
import { useSettled } from '../../kit/settled.ts';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { groupText } from '../../messages/en.groups.ts';
import { en } from '../../messages/en.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';
import { useGroupLook } from '../access/looking.tsx';

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

type Kind = Member['kind'];

/** Each kind has a field of its own. */
function membersOf(chosen: { id: string; kind: Kind }[]) {
  const of = (wanted: Kind) => chosen.filter(({ kind }) => kind === wanted).map(({ id }) => id);
  const [accountIds, serviceAccountIds, guestIds] = [of('account'), of('service-account'), of('guest')];
  return {
    ...(accountIds.length ? { accountIds } : {}),
    ...(serviceAccountIds.length ? { serviceAccountIds } : {}),
    ...(guestIds.length ? { guestIds } : {}),
  };
}

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
    </>
  );
}

function EndDialog({
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

function AddDialog({
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
  const query = { limit: 20, ...(q ? { q } : {}) };
  const people = useQuery({ ...accounts(tenantId, query), enabled: useHolds('accounts.view') });
  const machines = useQuery({
    ...serviceAccounts(tenantId, query),
    enabled: useHolds('integrations.view'),
    retry: false,
  });
  const visitors = useQuery({ ...guests(tenantId, { limit: 20 }), enabled: useHolds('accounts.view'), retry: false });
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
    // Their names are at home, so they are found among the first ones only.
    ...(visitors.data?.items ?? [])
      .filter(({ displayName }) => !q || displayName?.toLowerCase().includes(q.toLowerCase()))
      .map(({ id, displayName, homeTenantName, groups }) => ({
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
  const { accountIds = [], serviceAccountIds = [] } = membersOf([...chosen.values()]);
  const { shown } = useGroupLook(
    group.id,
    accountIds.length + serviceAccountIds.length > 0
      ? { addAccountIds: accountIds, addServiceAccountIds: serviceAccountIds }
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
      {chosen.size > 0 ? (
        <p className="active-filters">
          {[...chosen].map(([id, row]) => (
            <button
              key={id}
              type="button"
              className="chip"
              aria-label={`${en.action.dismiss} ${row.name}`}
              onClick={() => toggle(row)}
            >
              {row.name} ×
            </button>
          ))}
        </p>
      ) : null}
      {shown}
      <ProblemNote error={error ?? people.error} />
      {people.isLoading ? <Skeleton lines={5} /> : null}
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
      {!people.isLoading && rows.length === 0 ? <p className="faint">{en.palette.nothing}</p> : null}
      {group.isOwnerGroup ? null : <LastDay value={lastDay} onChange={setLastDay} />}
    </Dialog>
  );
}
