import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { licences, offers } from '../../api/licences.ts';
import { ObjectLink } from '../../kit/columns.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { useTenantId } from '../../shell/where.ts';

/** The licence against which the namespace's transactions are counted, seen from the namespace. */
export function LicenceSection({ namespaceId }: { namespaceId: string }) {
  const tenantId = useTenantId();
  const found = useQuery(licences(tenantId, { limit: 200 }));
  const offered = useQuery(offers(tenantId)).data;
  const licence = found.data?.items.find(({ namespaces }) => namespaces.some(({ id }) => id === namespaceId));
  return (
    <Section
      title={text.ofNamespace}
      lead={text.ofNamespaceLead}
      actions={
        <Link to="/t/$tenantId/licences" params={{ tenantId }} className="plain-button">
          {text.seeLicences}
        </Link>
      }
    >
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />
      ) : !found.data ? (
        <Skeleton lines={1} />
      ) : licence ? (
        <p>
          <ObjectLink to="licences" id={licence.id}>
            {licence.name}
          </ObjectLink>{' '}
          <Status status={licence.state} text={text.states[licence.state] ?? licence.state} />
        </p>
      ) : (
        <p>
          {text.ofNamespaceNone}{' '}
          {offered ? (offered.isRequired ? text.ofNamespaceRequired : text.ofNamespaceUnlimited) : null}
        </p>
      )}
    </Section>
  );
}
