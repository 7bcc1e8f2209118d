import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { tenantsPage } from '../api/tenant.ts';
import { Page, Section } from '../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../kit/problems.tsx';
import { en } from '../messages/en.ts';
import { PartnerAccessNote, usePartnerAccess } from './partner-access.tsx';
import { TenantLink } from './TenantLink.tsx';
import { useNeedsActivation } from './where.ts';

/** At the address of a tenant that is not there, or of others: where one can go instead. */
export function NoTenant() {
  const { tenantId } = useParams({ strict: false });
  const isEachUse = useNeedsActivation(tenantId);
  const found = useQuery(tenantsPage({ limit: 20 }));
  // The tenant itself answers like one that is not there; at home stands that it let the person's group in. Whoever comes
  // here wants to know how it is now, and waits for no other customer.
  const here = usePartnerAccess([tenantId ?? ''], { staleTime: 0 }).get(tenantId ?? '');
  const access = usePartnerAccess((found.data?.items ?? []).map(({ id }) => id));
  const why = here === 'stopped' ? 'stopped' : isEachUse ? 'eachUse' : here ? 'unconfirmed' : undefined;
  return (
    <Page
      title={why ? en.noTenant[why] : en.noTenant.title}
      lead={why ? en.noTenant[`${why}Text`] : en.noTenant.text}
      width="text"
    >
      {why === 'eachUse' ? (
        <p>
          <Link to="/me">{en.noTenant.askToAct}</Link>
        </p>
      ) : null}
      <Section title={en.noTenant.yours}>
        {found.data ? (
          <ul className="pick-list">
            {found.data.items.map(({ id, displayName, name, region, baseUrl }) => (
              <li key={id}>
                <TenantLink id={id} baseUrl={baseUrl} name={displayName ?? name ?? id} />{' '}
                <span className="tenant-region">{region}</span>
                <PartnerAccessNote access={access.get(id)} />
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
