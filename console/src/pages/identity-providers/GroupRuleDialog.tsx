import { useState } from 'react';
import type { Look } from '../../api/access.ts';
import { Button } from '../../kit/Button.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { useDraft } from '../../kit/draft.ts';
import { TextField } from '../../kit/fields.tsx';
import { PickMany } from '../../kit/PickMany.tsx';
import { type Picked, useOrdinaryGroups } from '../../kit/pickers.ts';
import { ProblemNote } from '../../kit/problems.tsx';
import { useSettled } from '../../kit/settled.ts';
import { partText } from '../../messages/en.provider-parts.ts';
import { en } from '../../messages/en.ts';
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
  const draft = useDraft({ value: '' });
  const [group, setGroup] = useState<Picked[]>([]);
  const groupId = group[0]?.id ?? '';
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
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
      <ProblemNote error={error} />
      {/* Nobody becomes an owner by a sign-in. */}
      <PickMany
        label={partText.group}
        find={en.list.findGroup}
        isOne
        chosen={group}
        onChange={setGroup}
        useFound={useOrdinaryGroups}
      />
      {shown}
    </Dialog>
  );
}
