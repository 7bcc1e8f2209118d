import { useState } from 'react';
import { en } from '../messages/en.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { useDraft } from './draft.ts';
import { SelectField } from './fields.tsx';
import { ProblemNote } from './problems.tsx';

/** Asks how long the old credential stays valid beside the new one, in seconds. */
export function OverlapDialog({
  title,
  text,
  label,
  verb,
  options,
  first,
  onConfirm,
  onClose,
}: {
  title: string;
  text: string;
  label: string;
  verb: string;
  options: Record<string, string>;
  first: string;
  onConfirm: (overlapSeconds: number) => Promise<unknown>;
  onClose: () => void;
}) {
  const draft = useDraft({ overlap: first });
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const confirm = async () => {
    setPending(true);
    setError(undefined);
    try {
      await onConfirm(Number(draft.values.overlap));
    } catch (problem) {
      setError(problem);
      setPending(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{en.action.cancel}</Button>
          <Button kind={draft.values.overlap === '0' ? 'danger' : 'primary'} pending={isPending} onClick={confirm}>
            {verb}
          </Button>
        </>
      }
    >
      <p>{text}</p>
      <SelectField
        draft={draft}
        name="overlap"
        label={label}
        options={Object.entries(options).map(([value, name]) => ({ value, label: name }))}
        autoFocus
      />
      <ProblemNote error={error} />
    </Dialog>
  );
}
