import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { tenantsPage } from '../api/tenant.ts';
import { Page, Section } from '../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../kit/problems.tsx';
import { en } from '../messages/en.ts';

/** At the address of a tenant that is not there, or of others: where one can go instead. */
export function NoTenant() {
  const found = useQuery(tenantsPage({ limit: 20 }));
  return (
    <Page title={en.noTenant.title} lead={en.noTenant.text} width="text">
      <Section title={en.noTenant.yours}>
        {found.data ? (
          <ul className="pick-list">
            {found.data.items.map(({ id, displayName, name, region, baseUrl }) => (
              <li key={id}>
                {baseUrl && new URL(baseUrl).origin !== location.origin ? (
                  <a href={`${baseUrl}/t/${id}`}>{displayName ?? name ?? id}</a>
                ) : (
                  <Link to="/t/$tenantId" params={{ tenantId: id }}>
                    {displayName ?? name ?? id}
                  </Link>
                )}{' '}
                <span className="tenant-region">{region}</span>
              </li>
            ))}
          </ul>
        ) : found.isError ? (
          <ProblemPanel error={found.error} onRetry={() => found.refetch()} />
        ) : (
          <Skeleton lines={2} />
        )}
        {found.data?.nextCursor ? <Link to="/tenants">{en.switcher.all}</Link> : null}
      </Section>
    </Page>
  );
}
