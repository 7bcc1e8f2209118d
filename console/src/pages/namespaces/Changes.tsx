import { useState } from 'react';
import type { NamespaceComparison, SettingsChange } from '../../api/namespaces.ts';
import { ApiProblem } from '../../api/problem.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Note, problemText } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { useTicks } from '../../kit/ticks.ts';
import { namespaceSettingsText as text } from '../../messages/en.namespace-settings.ts';
import { number } from '../../messages/format.ts';
import { differenceColumns, nameOf } from './difference-columns.tsx';
import { withNeeds } from './differences.ts';

const MOST_SHOWN = 200;
const MOST_NAMED = 10;

const firstOf = (names: string[]) =>
  names.length > MOST_NAMED ? [...names.slice(0, MOST_NAMED), text.more(names.length - MOST_NAMED)] : names;

type Row = SettingsChange & { id: string };

const columns: Column<Row>[] = [
  ...differenceColumns,
  { name: 'gateway', label: text.gateway, text: ({ gateway }) => gateway, priority: 3 },
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
  const taken = new Set(withNeeds(changes, ticks.ids));
  const keys = rows.every(({ key }) => taken.has(key)) ? undefined : [...taken];
  const chosen = keys ? changes.filter(({ key }) => taken.has(key)) : changes;
  const besides = chosen.filter(({ key }) => taken.has(key) && !ticks.ids.has(key)).map(nameOf);
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
          <Table what={text.what} rows={rows} columns={columns} rowName={nameOf} ticks={{ ...ticks, ids: taken }} />
          {besides.length > 0 ? <Note>{text.besides(firstOf(besides).join(', '))}</Note> : null}
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
          breaks={firstOf(going)}
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
