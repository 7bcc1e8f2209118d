import { Input } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { en } from '../messages/en.ts';
import { IconButton } from './Button.tsx';
import { SearchField } from './SearchField.tsx';
import { useSettled } from './settled.ts';

export interface Picked {
  id: string;
  name: string;
  detail?: string | null | undefined;
}

/** Several of very many, found by typing. */
export function PickMany({
  label,
  find,
  help,
  error,
  chosen,
  onChange,
  useFound,
}: {
  label: string;
  /** What the field says before something is typed. */
  find: string;
  help?: string;
  error?: string | undefined;
  chosen: Picked[];
  onChange: (chosen: Picked[]) => void;
  /** What is found by what was typed; nothing is asked for nothing. */
  useFound: (q: string) => Picked[] | undefined;
}) {
  const [typed, setTyped] = useState('');
  const q = useSettled(typed.trim());
  const found = useFound(q)?.filter(({ id }) => !chosen.some((each) => each.id === id));
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      {chosen.length > 0 ? (
        <ul className="plain-list">
          {chosen.map((each) => (
            <li key={each.id}>
              {each.name}{' '}
              <IconButton
                label={en.list.take(each.name)}
                onClick={() => onChange(chosen.filter(({ id }) => id !== each.id))}
              >
                <IconX size={16} aria-hidden="true" />
              </IconButton>
            </li>
          ))}
        </ul>
      ) : null}
      <SearchField label={find} value={typed} onChange={setTyped} isFirst={false} />
      {q && found?.length === 0 ? <p className="faint small">{en.list.nothingFound}</p> : null}
      {q && found && found.length > 0 ? (
        <ul className="pick-list">
          {found.map((each) => (
            <li key={each.id}>
              <button
                type="button"
                className="link-button"
                onClick={() => {
                  onChange([...chosen, each]);
                  setTyped('');
                }}
              >
                {each.name} <span className="faint small">{each.detail}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {error ? <Input.Error>{error}</Input.Error> : null}
      {help ? <p className="faint small">{help}</p> : null}
    </fieldset>
  );
}
