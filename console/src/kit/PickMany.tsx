import { IconX } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { en } from '../messages/en.ts';
import { IconButton } from './Button.tsx';
import type { Draft } from './draft.ts';
import { type Found, keptOf, type Picked, pickedOf } from './pickers.ts';
import { afterPress } from './press.ts';
import { ProblemNote } from './problems.tsx';
import { SearchField } from './SearchField.tsx';
import { useSettled } from './settled.ts';

/** Several of very many, or one: the first of them as soon as one is here, then what is found by typing. */
export function PickMany({
  label,
  find,
  help,
  error,
  isOne = false,
  chosen,
  onChange,
  useFound,
}: {
  label: string;
  /** What the field says before something is typed. */
  find: string;
  help?: string;
  error?: string | undefined;
  /** Whether it is one, and not several. */
  isOne?: boolean;
  chosen: Picked[];
  onChange: (chosen: Picked[]) => void;
  /** What is found by what was typed; nothing is asked before somebody is here. */
  useFound: (q: string | undefined) => Found;
}) {
  const [typed, setTyped] = useState('');
  const [isHere, setHere] = useState(false);
  const isAsking = isHere && !(isOne && chosen.length > 0);
  const q = useSettled(typed.trim());
  const answer = useFound(isAsking ? q : undefined);
  const problem = answer instanceof Error ? answer : undefined;
  const found =
    answer instanceof Error ? undefined : answer?.filter(({ id }) => !chosen.some((each) => each.id === id));
  const fieldset = useRef<HTMLFieldSetElement>(null);
  const change = (next: Picked[]) => {
    onChange(next);
    setTyped('');
    // What was pressed is gone with it.
    setTimeout(() => (fieldset.current?.querySelector('input') ?? fieldset.current?.querySelector('button'))?.focus());
  };
  return (
    <fieldset
      ref={fieldset}
      className="choices"
      onFocus={() => setHere(true)}
      onBlur={() => afterPress(() => setTimeout(() => setHere(!!fieldset.current?.contains(document.activeElement))))}
    >
      <legend>{label}</legend>
      {chosen.length > 0 ? (
        <ul className="plain-list">
          {chosen.map((each) => (
            <li key={each.id}>
              {each.name}{' '}
              <IconButton
                label={en.list.take(each.name)}
                onClick={() => change(chosen.filter(({ id }) => id !== each.id))}
              >
                <IconX size={16} aria-hidden="true" />
              </IconButton>
            </li>
          ))}
        </ul>
      ) : null}
      {isOne && chosen.length > 0 ? null : (
        <SearchField
          label={find}
          value={typed}
          onChange={setTyped}
          isFirst={false}
          onEnter={() => {
            if (found?.[0] && q === typed.trim()) change([...chosen, found[0]]);
          }}
        />
      )}
      {isAsking ? <ProblemNote error={problem} /> : null}
      {isAsking && q && found?.length === 0 ? <p className="faint small">{en.list.nothingFound}</p> : null}
      {isAsking && found && found.length > 0 ? (
        <ul className="pick-list">
          {found.map((each) => (
            <li key={each.id}>
              <button type="button" className="link-button" onClick={() => change([...chosen, each])}>
                {each.name} <span className="faint small">{each.detail}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {error ? <p className="small filter-wrong">{error}</p> : null}
      {help ? <p className="faint small">{help}</p> : null}
    </fieldset>
  );
}

/** The same as a field of a form. */
export function PickField<K extends string>({
  draft,
  name,
  ...props
}: Omit<Parameters<typeof PickMany>[0], 'chosen' | 'onChange' | 'error'> & { draft: Draft<K>; name: K }) {
  return (
    <PickMany
      {...props}
      error={draft.errors[name]}
      chosen={pickedOf(draft.values[name])}
      onChange={(chosen) => draft.set(name, keptOf(chosen))}
    />
  );
}
