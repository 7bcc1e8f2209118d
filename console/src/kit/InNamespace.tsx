import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { everyNamespace } from '../api/tenant.ts';
import { en } from '../messages/en.ts';
import { setPreference, usePreference } from '../shell/preferences.ts';
import { useTenantId } from '../shell/where.ts';
import { Empty, Note, ProblemPanel, Skeleton } from './problems.tsx';

const text = en.inNamespace;

/**
 * What stands in one namespace: it is chosen first, of all that one sees; the one looked at last, until another is. One that is
 * named by the address is asked about also when it is not among them: the list says what is wrong with it.
 */
export function InNamespace({
  named,
  onChoose,
  page,
  children,
}: {
  named: string | undefined;
  onChoose: (id: string) => void;
  page: string;
  children: (id: string) => ReactNode;
}) {
  const tenantId = useTenantId();
  const found = useQuery(everyNamespace(tenantId));
  const last = usePreference(`namespace.${tenantId}`);
  useEffect(() => {
    if (named) setPreference(`namespace.${tenantId}`, named);
  }, [named, tenantId]);
  const isHidden = found.error instanceof ApiProblem && found.error.status === 403;
  if (found.isPending) return <Skeleton lines={6} />;
  if (found.isError && !found.data && !(isHidden && named))
    return (
      <>
        {isHidden ? <Note>{text.byAddress}</Note> : null}
        <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={page} />
      </>
    );
  const items = found.data ?? [];
  const chosen = named ?? (items.find(({ id }) => id === last) ?? items[0])?.id;
  if (!chosen)
    return (
      <Empty
        title={text.none}
        text={text.noneText}
        action={
          <Link to="/t/$tenantId/namespaces" params={{ tenantId }} className="plain-button">
            {text.namespaces}
          </Link>
        }
      />
    );
  return (
    <>
      <label className="filter filter-alone">
        <span>{text.namespace}</span>
        <select value={chosen} onChange={({ currentTarget: { value } }) => onChoose(value)}>
          {items.some(({ id }) => id === chosen) ? null : <option value={chosen}>{chosen}</option>}
          {items.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {children(chosen)}
    </>
  );
}
