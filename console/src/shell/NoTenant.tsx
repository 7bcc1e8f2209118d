import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { me } from '../api/session.ts';
import { tenantsPage } from '../api/tenant.ts';
import { Button } from '../kit/Button.tsx';
import { Page, Section } from '../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../kit/problems.tsx';
import { en } from '../messages/en.ts';
import { accessBy, PartnerAccessNote, useDelegationsWith, usePartnerAccess } from './partner-access.tsx';
import { TenantLink } from './TenantLink.tsx';
import { useNeedsActivation } from './where.ts';

/** At the address of a tenant that is not there, or of others: why, and where one can go instead. */
export function NoTenant() {
  const { tenantId } = useParams({ strict: false });
  const found = useQuery(tenantsPage({ limit: 20 }));
  const access = usePartnerAccess((found.data?.items ?? []).map(({ id }) => id));
  return (
    <Page {...useWhy(tenantId)} width="text">
      <Section title={en.noTenant.yours}>
        {found.data?.items.length === 0 ? (
          <p className="faint">{en.noTenant.none}</p>
        ) : found.data ? (
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

/** The tenant itself answers like one that is not there; at home stands whether it let the person's group in. */
function useWhy(tenantId = ''): { title: string; lead: ReactNode } {
  const isAway = useQuery(me).data?.kind === 'guest';
  const isEachUse = useNeedsActivation(tenantId);
  // Whoever comes here wants to know how it is now, and waits for no other customer.
  const asked = useDelegationsWith([tenantId], { staleTime: 0 });
  const rows = (asked.data?.items ?? []).filter(({ otherTenantId }) => otherTenantId === tenantId);
  const tenant = rows[0]?.otherTenantName ?? en.noTenant.thisTenant;
  if (isEachUse)
    return {
      title: en.noTenant.eachUse(tenant),
      lead: (
        <>
          <p>{en.noTenant.eachUseText}</p>
          <Link to="/me">{en.noTenant.askToAct}</Link>
        </>
      ),
    };
  if (rows.length > 0) {
    const why = accessBy(rows) === 'stopped' ? 'stopped' : 'unconfirmed';
    return { title: en.noTenant[why](tenant), lead: en.noTenant[`${why}Text`] };
  }
  if (asked.isLoading || asked.isPlaceholderData) return { title: en.noTenant.shut, lead: en.noTenant.asking };
  if (asked.isError)
    return {
      title: en.noTenant.shut,
      lead: (
        <>
          <p>{en.noTenant.unknown}</p>
          <Button onClick={() => void asked.refetch()}>{en.action.tryAgain}</Button>
        </>
      ),
    };
  return { title: en.noTenant.title, lead: isAway ? en.noTenant.away : en.noTenant.text };
}
