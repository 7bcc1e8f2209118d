import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { readProviderTest } from '../../api/providers.ts';
import { identityProvider } from '../../api/tenant.ts';
import { Page, Section } from '../../kit/Page.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { partText } from '../../messages/en.provider-parts.ts';
import { useObjectId, usePlace, useTenantId } from '../../shell/where.ts';
import { tabOf } from './connection.ts';
import { TestReport } from './TestReport.tsx';

/** Where the window of a test comes back to from the provider. */
export function TestPage() {
  const tenantId = useTenantId();
  const id = useObjectId();
  const place = usePlace();
  const navigate = useNavigate();
  const { testId = '' } = useParams({ strict: false }) as { testId?: string };
  const found = useQuery({
    queryKey: [...identityProvider(tenantId, id).queryKey, 'test', testId],
    queryFn: () => readProviderTest(tenantId, id, testId),
    retry: false,
    gcTime: 0,
  });
  const params = { tenantId, id };
  const mend = (path: string) =>
    void navigate({
      to: '/t/$tenantId/identity-providers/$id',
      params,
      search: { ...(tabOf(path) ? { tab: tabOf(path) } : {}), field: path } as never,
    });
  return (
    <Page
      title={partText.test}
      place={place}
      crumb={
        <Link to="/t/$tenantId/identity-providers/$id" params={params} search={{ tab: 'test' } as never}>
          {partText.backToProvider}
        </Link>
      }
      lead={partText.testWindow}
    >
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={partText.test} />
      ) : found.data ? (
        <Section title={partText.test}>
          {found.data.state === 'waiting' ? (
            <Note>{partText.testWaiting}</Note>
          ) : (
            <TestReport test={found.data} mend={mend} />
          )}
        </Section>
      ) : (
        <Skeleton lines={7} />
      )}
    </Page>
  );
}
