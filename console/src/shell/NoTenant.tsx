import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { OwnDelegation } from '../api/delegations.ts';
import { me } from '../api/session.ts';
import { tenantsPage } from '../api/tenant.ts';
import { Button } from '../kit/Button.tsx';
import { Page, Section } from '../kit/Page.tsx';
import { ProblemPanel, problemText, Skeleton } from '../kit/problems.tsx';
import { toast } from '../kit/toasts.tsx';
import { en } from '../messages/en.ts';
import { accessBy, isToBeAsked, PartnerAccessNote, useDelegationsWith, usePartnerAccess } from './partner-access.tsx';
import { TenantLink } from './TenantLink.tsx';
import { useAskAgain, useNeedsActivation } from './where.ts';

const AskDialog = lazy(() => import('../pages/me/OwnCustomers.tsx').then((m) => ({ default: m.AskDialog })));

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
  const because = (title: string, text: string, instead?: ReactNode) => ({
    title,
    lead: (
      <>
        <p>{text}</p>
        {instead}
        <TryAgain tenantId={tenantId} askHome={async () => isAway || asked.refetch()} />
      </>
    ),
  });
  if (isEachUse) return because(en.noTenant.eachUse(tenant), en.noTenant.eachUseText, <AskToAct rows={rows} />);
  if (rows.length > 0) {
    const why = accessBy(rows) === 'stopped' ? 'stopped' : 'unconfirmed';
    return because(en.noTenant[why](tenant), en.noTenant[`${why}Text`]);
  }
  if (asked.isLoading || asked.isPlaceholderData) return { title: en.noTenant.shut, lead: en.noTenant.asking };
  if (asked.isError) return because(en.noTenant.shut, en.noTenant.unknown);
  if (isAway) return because(en.noTenant.title, en.noTenant.away);
  return { title: en.noTenant.title, lead: en.noTenant.text };
}

/** Where the customer approves each use: the way to ask for one. */
function AskToAct({ rows }: { rows: OwnDelegation[] }) {
  const who = useQuery(me).data;
  const [isAsking, setAsking] = useState(false);
  const row = rows.find(isToBeAsked);
  // Away from home it is asked for there.
  if (who?.kind !== 'account' || !who.tenantId)
    return (
      <p>
        <Link to="/me">{en.noTenant.askInProfile}</Link>
      </p>
    );
  if (!row) return rows.length > 0 ? <p>{en.noTenant.asked}</p> : null;
  return (
    <>
      <Button kind="primary" onClick={() => setAsking(true)}>
        {en.noTenant.askToAct}
      </Button>{' '}
      {isAsking ? (
        <Suspense>
          <AskDialog tenantId={who.tenantId} row={row} onClose={() => setAsking(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** For whom the tenant may come to let in while the page is open. @param props.askHome what home says of it now */
function TryAgain({ tenantId, askHome }: { tenantId: string; askHome: () => Promise<unknown> }) {
  const [isPending, setPending] = useState(false);
  const askAgain = useAskAgain(tenantId);
  const tryAgain = async () => {
    setPending(true);
    try {
      if (await askAgain()) return;
      await askHome();
      toast({ text: en.noTenant.still });
    } catch (error) {
      toast({ ...problemText(error), isError: true });
    } finally {
      setPending(false);
    }
  };
  return (
    <Button pending={isPending} onClick={() => void tryAgain()}>
      {en.action.tryAgain}
    </Button>
  );
}
