import { useEffect, useState } from 'react';
import type { ListState } from '../../kit/list-state.ts';
import { auditText as text } from '../../messages/en.audit.ts';

const DAY_MS = 86_400_000;

/** The last days, or a range of one's own in local time; either is a part of the address, in UTC. */
export function TimeRange({ state: { values, go } }: { state: ListState }) {
  const { from, until } = values;
  const preset =
    from && !until
      ? Object.keys(text.presets).find(
          (days) => Math.abs(Date.now() - Number(days) * DAY_MS - Date.parse(from)) < 3_600_000,
        )
      : undefined;
  const isOwn = preset === undefined && Boolean(from || until);
  const [isOpen, setOpen] = useState(false);
  const isShown = isOwn || isOpen;
  return (
    <>
      <label className="filter" data-active={from || until ? true : undefined}>
        <span>{text.last}</span>
        <select
          value={preset ?? (isShown ? 'own' : '')}
          onChange={({ currentTarget: { value } }) => {
            setOpen(value === 'own');
            if (value === 'own') return;
            const since = new Date(Date.now() - Number(value) * DAY_MS).toISOString().slice(0, 16);
            void go({ from: value ? `${since}:00Z` : undefined, until: undefined });
          }}
        >
          <option value="">{text.anyTime}</option>
          {Object.entries(text.presets).map(([days, label]) => (
            <option key={days} value={days}>
              {label}
            </option>
          ))}
          <option value="own">{text.ownRange}</option>
        </select>
      </label>
      {isShown ? (
        <>
          <Instant label={text.from} value={from} onChange={(at) => go({ from: at })} />
          <Instant label={text.until} value={until} onChange={(at) => go({ until: at })} />
        </>
      ) : null}
    </>
  );
}

function Instant({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (at: string | undefined) => void;
}) {
  const [typed, setTyped] = useState(localOf(value));
  useEffect(() => setTyped(localOf(value)), [value]);
  const leave = () => {
    const at = typed ? new Date(typed).toISOString() : undefined;
    if (localOf(at) !== localOf(value)) onChange(at);
  };
  return (
    <label className="filter">
      <span>{label}</span>
      <input
        type="datetime-local"
        step={1}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={leave}
        onKeyDown={(event) => {
          if (event.key === 'Enter') leave();
        }}
      />
    </label>
  );
}

/** `2026-11-24T14:05:09` of the browser's zone, as the field wants it. */
function localOf(at: string | undefined): string {
  const time = at ? new Date(at) : undefined;
  if (!time || Number.isNaN(time.getTime())) return '';
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export function ActionField({ state: { values, go } }: { state: ListState }) {
  const [action, setAction] = useState(values.action ?? '');
  useEffect(() => setAction(values.action ?? ''), [values.action]);
  return (
    <form
      className="filter"
      onSubmit={(event) => {
        event.preventDefault();
        void go({ action: action.trim() });
      }}
    >
      <label htmlFor="audit-action">{text.action}</label>
      <input
        id="audit-action"
        data-list-search
        value={action}
        placeholder={text.actionHelp}
        spellCheck={false}
        autoCapitalize="none"
        onChange={(event) => setAction(event.currentTarget.value)}
        onBlur={() => action.trim() !== (values.action ?? '') && go({ action: action.trim() })}
      />
    </form>
  );
}
