import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Look } from '../../api/access.ts';
import { groups } from '../../api/tenant.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { TextField } from '../../kit/fields.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { SearchField } from '../../kit/SearchField.tsx';
import { useSettled } from '../../kit/settled.ts';
import { partText } from '../../messages/en.provider-parts.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';

/** Chooses a group, and the value that gives it where it is given by one. */
export function GroupRuleDialog({
  isMapped,
  lookOf,
  onAdd,
  onClose,
}: {
  isMapped: boolean;
  lookOf: (rule: { groupId: string; value: string }) => Look;
  onAdd: (rule: { groupId: string; value: string }) => Promise<void>;
  onClose: () => void;
}) {
  const tenantId = useTenantId();
  const draft = useDraft({ value: '' });
  const [typed, setTyped] = useState('');
  const [groupId, setGroupId] = useState('');
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const q = useSettled(typed);
  const found = useQuery(groups(tenantId, { limit: 20, sort: 'name', ...(q ? { q } : {}) }));
  // Nobody becomes an owner by a sign-in.
  const offered = found.data?.items.filter(({ isOwnerGroup }) => !isOwnerGroup);
  const value = draft.values.value.trim();
  const settled = useSettled(value);
  const { shown } = useLook(groupId && (settled || !isMapped) ? lookOf({ groupId, value: settled }) : null);
  const reason = isMapped && value === '' ? partText.valueHelp : groupId === '' ? partText.chooseGroup : null;
  const add = async () => {
    setPending(true);
    setError(undefined);
    try {
      await onAdd({ groupId, value });
    } catch (problem) {
      setError(problem);
      setPending(false);
    }
  };
  return (
    <Dialog
      title={isMapped ? partText.addMappedGroup : partText.addDefaultGroup}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          <Button kind="primary" reason={reason} pending={isPending} onClick={add}>
            {partText.addVerb}
          </Button>
        </>
      }
    >
      {isMapped ? (
        <TextField draft={draft} name="value" label={partText.value} help={partText.valueHelp} autoFocus />
      ) : null}
      <SearchField label={partText.findGroup} value={typed} onChange={setTyped} isFirst={!isMapped} />
      <ProblemNote error={error ?? found.error} />
      {found.isLoading ? <Skeleton lines={5} /> : null}
      <ul className="pick-list">
        {offered?.map(({ id, name, description }) => (
          <li key={id}>
            <label className="check">
              <input type="radio" name="group" checked={groupId === id} onChange={() => setGroupId(id)} />
              <span>
                {name} <span className="faint small">{description}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {shown}
      {offered?.length === 0 ? <p className="faint">{en.palette.nothing}</p> : null}
    </Dialog>
  );
}
