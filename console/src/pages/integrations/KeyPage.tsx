import { useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { holderOfKey } from '../../api/service-accounts.ts';
import { Page } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { useObjectId, usePlace, useTenantId } from '../../shell/where.ts';

/** Leads on to the service account whose key it is: notices, the audit log and the home page name the key alone. */
export function KeyPage() {
  const tenantId = useTenantId();
  const id = useObjectId();
  const place = usePlace();
  const found = useQuery(holderOfKey(tenantId, id));
  if (found.data)
    return (
      <Navigate to="/t/$tenantId/integrations/$id" params={{ tenantId, id: found.data }} search={{ key: id }} replace />
    );
  return (
    <Page title={text.one} place={place}>
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={text.title} />
      ) : found.isPending ? (
        <>
          <p className="faint">{text.findingKey}</p>
          <Skeleton lines={4} />
        </>
      ) : (
        <p>{text.noKey}</p>
      )}
    </Page>
  );
}
