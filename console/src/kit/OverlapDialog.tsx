import { useDraft } from './draft.ts';
import { SelectField } from './fields.tsx';
import { SendDialog } from './SendDialog.tsx';

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
  return (
    <SendDialog
      title={title}
      verb={verb}
      kind={draft.values.overlap === '0' ? 'danger' : 'primary'}
      send={() => onConfirm(Number(draft.values.overlap))}
      onClose={onClose}
    >
      <p>{text}</p>
      <SelectField
        draft={draft}
        name="overlap"
        label={label}
        options={Object.entries(options).map(([value, name]) => ({ value, label: name }))}
        autoFocus
      />
    </SendDialog>
  );
}
