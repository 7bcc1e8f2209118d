import { auditText as text } from '../messages/en.audit.ts';
import { en } from '../messages/en.ts';

/** The values of an act before and after, field by field. */
export function BeforeAfter({ before, after }: { before: Record<string, unknown>; after: Record<string, unknown> }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (names.length === 0) return <p className="faint">{text.noChanges}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-region" aria-label={en.list.table(text.changes)} tabIndex={0}>
      <table className="table table-small changes">
        <thead>
          <tr>
            <th scope="col">{text.field}</th>
            <th scope="col">{text.before}</th>
            <th scope="col">{text.after}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className={name in before && name in after ? 'was' : ''}>
                {name in before ? <Value value={before[name]} /> : '—'}
              </td>
              <td>{name in after ? <Value value={after[name]} /> : '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export const Value = ({ value }: { value: unknown }) =>
  value === null || value === '' ? (
    <span className="faint">{en.form.empty}</span>
  ) : (
    <span className="value">{typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value)}</span>
  );
