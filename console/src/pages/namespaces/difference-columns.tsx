import type { SettingsChange } from '../../api/namespaces.ts';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { namespaceSettingsText as text } from '../../messages/en.namespace-settings.ts';
import { valueText } from './differences.ts';

/** Changes of settings as a person reads them: before they are taken over, and before somebody else approves that. */

/** As a comparison has it, and as the audit keeps it. */
export type Difference = Pick<SettingsChange, 'kind' | 'change' | 'name' | 'fields'>;

const tones = { add: 'active', change: 'waiting', remove: 'failed' } as const;

export const nameOf = ({ kind, name }: Difference) => `${text.kinds[kind] ?? kind} ${name}`;

export const differenceColumns: Column<Difference & { id: string }>[] = [
  { name: 'name', label: text.thing, text: nameOf },
  {
    name: 'change',
    label: text.change,
    text: ({ change }) => text.changes[change],
    cell: ({ change }) => <Status status={tones[change]} text={text.changes[change] ?? change} />,
  },
  {
    name: 'difference',
    label: text.difference,
    text: ({ fields }) => fields.map(({ name }) => name).join(', '),
    cell: (row) => <Fields of={row} />,
  },
];

function Fields({ of: { kind, change, fields } }: { of: Difference }) {
  // A rule without groups and claims is one that closes.
  if (kind === 'rule' && fields.length === 0) return <>{text.letsInNobody}</>;
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
