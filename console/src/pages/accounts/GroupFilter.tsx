import { Dialog } from '../../kit/Dialog.tsx';
import { PickMany } from '../../kit/PickMany.tsx';
import { type Picked, useGroups } from '../../kit/pickers.ts';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';

/** The group whose accounts are listed. */
export function GroupDialog({
  chosen,
  onChoose,
  onClose,
}: {
  chosen: Picked | undefined;
  onChoose: (id: string | undefined) => void;
  onClose: () => void;
}) {
  return (
    <Dialog title={text.ofGroup} onClose={onClose}>
      <PickMany
        label={text.group}
        find={en.list.findGroup}
        isOne
        chosen={chosen ? [chosen] : []}
        onChange={([group]) => onChoose(group?.id)}
        useFound={useGroups}
      />
    </Dialog>
  );
}
