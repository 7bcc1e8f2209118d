import { ConfirmDialog } from '../kit/confirm.tsx';
import { namespaceText as text } from '../messages/en.namespaces.ts';

/** A change of a protected namespace goes on when its name was typed; of several, their names with commas between. */
export function TypeName({ name, onEnd }: { name: string; onEnd: (isTyped: boolean) => void }) {
  return (
    <ConfirmDialog
      title={text.typeTitle(name)}
      text={name.includes(',') ? text.typeTexts : text.typeText}
      verb={text.typeVerb}
      typedName={name}
      onConfirm={async () => onEnd(true)}
      onClose={() => onEnd(false)}
    />
  );
}
