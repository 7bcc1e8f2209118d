import { Link } from '@tanstack/react-router';
import { statusText } from '../messages/en.ts';
import { useTenantId } from '../shell/where.ts';
import { Status } from './Status.tsx';
import type { Column } from './Table.tsx';
import { TargetLink } from './TargetLink.tsx';
import { Time } from './Time.tsx';

/** Columns that look the same in every table. */

interface More {
  sort?: string;
  priority?: 1 | 2 | 3;
}

/** From now on screen, the instant in UTC in a CSV. */
export const timeColumn = <R,>(
  name: string,
  label: string,
  at: (row: R) => string | null | undefined,
  { none, ...more }: More & { none?: string } = {},
): Column<R> => ({
  name,
  label,
  text: at,
  cell: (row) => <Time at={at(row)} {...(none === undefined ? {} : { none })} />,
  ...more,
});

export const statusColumn = <R,>(
  name: string,
  label: string,
  status: (row: R) => string,
  more: More = {},
): Column<R> => ({
  name,
  label,
  text: (row) => statusText(status(row)),
  cell: (row) => <Status status={status(row)} />,
  ...more,
});

/** What something is called, as a link to its page. */
export const targetColumn = <R,>(
  name: string,
  label: string,
  target: (row: R) => { kind: string; id: string | null; name: string },
  more: More = {},
): Column<R> => ({
  name,
  label,
  text: (row) => target(row).name,
  cell: (row) => {
    const { kind, id, name: text } = target(row);
    return (
      <TargetLink kind={kind} id={id}>
        {text}
      </TargetLink>
    );
  },
  ...more,
});

/** Text of any length, on one line; all of it on hover. */
export const clippedColumn = <R,>(
  name: string,
  label: string,
  text: (row: R) => string | null | undefined,
  { isShort, ...more }: More & { isExtra?: boolean; isShort?: boolean } = {},
): Column<R> => ({
  name,
  label,
  text,
  cell: (row) => (
    <span className={isShort ? 'clip clip-short' : 'clip'} title={`${label}: ${text(row) || '—'}`}>
      {text(row) || '—'}
    </span>
  ),
  ...more,
});

/** A link to an object of the page's tenant. */
export function ObjectLink({
  to,
  id,
  tab,
  children,
}: {
  to:
    | 'accounts'
    | 'groups'
    | 'identity-providers'
    | 'provisioning'
    | 'domains'
    | 'namespaces'
    | 'integrations'
    | 'partner-access'
    | 'reviews'
    | 'licences';
  id: string;
  tab?: string;
  children: string;
}) {
  const tenantId = useTenantId();
  return (
    <Link to={`/t/$tenantId/${to}/$id`} params={{ tenantId, id }} search={tab ? { tab } : {}}>
      {children}
    </Link>
  );
}
