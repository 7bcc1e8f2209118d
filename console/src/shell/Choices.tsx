import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';

export interface Choice {
  id: string;
  label: string;
  detail?: string;
  icon?: ReactNode;
  group: string;
  onChoose: () => void;
}

/** A search field over a list of choices: arrows move, Enter takes. The field keeps the focus. */
export function Choices({
  label,
  placeholder,
  value,
  onChange,
  choices,
  nothing,
  isNothing = choices.length === 0,
}: {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  choices: Choice[];
  nothing: string;
  /** Whether nothing was found, where there is something to choose all the same. */
  isNothing?: boolean;
}) {
  const id = useId();
  const [at, setAt] = useState(0);
  const current = Math.min(at, choices.length - 1);
  const move = (to: number) => {
    const next = (to + choices.length) % choices.length;
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(current + 1);
    else if (event.key === 'ArrowUp') move(current - 1);
    else if (event.key === 'Enter') choices[current]?.onChoose();
    else return;
    event.preventDefault();
  };
  const groups = [...new Set(choices.map(({ group }) => group))];
  return (
    <div className="choices-box">
      <input
        className="choices-input"
        type="search"
        role="combobox"
        aria-label={label}
        aria-expanded={choices.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={choices.length ? `${id}-${current}` : undefined}
        placeholder={placeholder}
        value={value}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          onChange(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {isNothing ? <p className="faint choices-none">{nothing}</p> : null}
      <div id={`${id}-list`} role="listbox" aria-label={label} className="choices-list" hidden={choices.length === 0}>
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options has no element of its own outside select
          <div key={group} role="group" aria-label={group}>
            <p className="side-label" aria-hidden="true">
              {group}
            </p>
            {choices.map((choice, index) =>
              choice.group === group ? (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
                // biome-ignore lint/a11y/useFocusableInteractive: moved to by aria-activedescendant
                <div
                  key={choice.id}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === current}
                  className="choice"
                  onPointerMove={() => setAt(index)}
                  onClick={choice.onChoose}
                >
                  {choice.icon}
                  <span className="choice-text">
                    <span>{choice.label}</span>
                    {choice.detail ? <span className="faint small">{choice.detail}</span> : null}
                  </span>
                </div>
              ) : null,
            )}
          </div>
        ))}
      </div>
    </div>
  );
}
