import { useState } from 'react';
import type { NamespaceComparison, SettingsChange } from '../../api/namespaces.ts';
import { ApiProblem } from '../../api/problem.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Note, problemText } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { useTicks } from '../../kit/ticks.ts';
import { namespaceSettingsText as text } from '../../messages/en.namespace-settings.ts';
import { number } from '../../messages/format.ts';
import { valueText, withNeeds } from './differences.ts';

const MOST_SHOWN = 200;
const tones = { add: 'active', change: 'waiting', remove: 'failed' } as const;

type Row = SettingsChange & { id: string };

const nameOf = ({ kind, name }: SettingsChange) => `${text.kinds[kind] ?? kind} ${name}`;

const columns: Column<Row>[] = [
  { name: 'name', label: text.thing, text: nameOf },
  {
    name: 'change',
    label: text.change,
    text: ({ change }) => text.changes[change],
    cell: ({ change }) => <Status status={tones[change]} text={text.changes[change] ?? change} />,
  },
  { name: 'gateway', label: text.gateway, text: ({ gateway }) => gateway, priority: 3 },
  {
    name: 'difference',
    label: text.difference,
    text: ({ fields }) => fields.map(({ name }) => name).join(', '),
    cell: (row) => <Difference change={row} />,
  },
  { name: 'obstacle', label: text.obstacle, text: ({ obstacle }) => obstacle, priority: 2 },
];

/** What would be changed, all ticked to begin with, and the button that does it. */
export function Changes({
  found,
  reason,
  take,
  again,
}: {
  found: NamespaceComparison;
  /** Why the caller cannot take anything over. */
  reason: string | null;
  /** Without keys: all of it, with what is not shown. */
  take: (keys: string[] | undefined) => Promise<unknown>;
  /** Looks again, when what was looked at is over. */
  again: () => void;
}) {
  const { changes, parts, name, look } = found;
  /** The look that is asked about: a newer one was not seen by who confirms. */
  const [asked, setAsked] = useState<string>();
  const [stale, setStale] = useState<string>();
  const rows = changes.slice(0, MOST_SHOWN).map((change) => ({ id: change.key, ...change }));
  const ticks = useTicks(rows, look, 'all');
  const keys = ticks.ids.size < rows.length ? withNeeds(changes, ticks.ids) : undefined;
  const chosen = keys ? changes.filter(({ key }) => keys.includes(key)) : changes;
  const impossible = chosen.filter(({ obstacle }) => obstacle !== null).length;
  const going = chosen.filter(({ change }) => change === 'remove').map(nameOf);
  const missing = parts.length < 2 ? text.partsOnly(parts.map((part) => text.parts[part]).join(', ')) : '';
  return (
    <>
      {stale ? <Note tone="warn">{stale}</Note> : null}
      {missing ? <Note>{missing}</Note> : null}
      {changes.length === 0 ? <Note tone="good">{text.same}</Note> : null}
      {changes.length > MOST_SHOWN ? <Note>{text.firstOnly(number(MOST_SHOWN), number(changes.length))}</Note> : null}
      {changes.length > 0 ? (
        <>
          <Table what={text.what} rows={rows} columns={columns} rowName={nameOf} ticks={ticks} />
          <div className="form-actions">
            <Button
              kind="primary"
              reason={
                reason ?? (chosen.length === 0 ? text.noneTicked : impossible > 0 ? text.blocked(impossible) : null)
              }
              onClick={() => setAsked(look)}
            >
              {text.takeAll(chosen.length)}
            </Button>
          </div>
        </>
      ) : null}
      {asked === look ? (
        <ConfirmDialog
          title={text.confirmTitle(chosen.length, name)}
          verb={text.takeAll(chosen.length)}
          text={text.confirmText}
          kind={going.length > 0 ? 'danger' : 'primary'}
          breaksTitle={text.goes}
          breaks={going.length > 10 ? [...going.slice(0, 10), text.more(going.length - 10)] : going}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            try {
              await take(keys);
              setStale(undefined);
            } catch (error) {
              if (!(error instanceof ApiProblem) || error.status !== 412) throw error;
              // What would be confirmed now was not seen: back to the table, which shows it.
              setStale(problemText(error).text);
              again();
            }
            setAsked(undefined);
          }}
        />
      ) : null}
    </>
  );
}

function Difference({ change: { change, fields } }: { change: Row }) {
  const list = (
    <ul className="differences">
      {fields.map(({ name, before, after }) => (
        <li key={name}>
          {text.fieldNames[name] ?? name}:{' '}
          {change === 'change' ? (
            <>
              <del>{valueText(before)}</del> {text.to} <ins>{valueText(after)}</ins>
            </>
          ) : (
            valueText(change === 'add' ? after : before)
          )}
        </li>
      ))}
    </ul>
  );
  if (change === 'change' || fields.length < 2) return list;
  return (
    <details>
      <summary>{text.fields(fields.length)}</summary>
      {list}
    </details>
  );
}
