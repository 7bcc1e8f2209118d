import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import type { Versioned } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';
import {
  changeSecretThroughSetUp,
  changeThroughSetUp,
  openSetUp,
  readMetadataThroughSetUp,
  readTestThroughSetUp,
  testThroughSetUp,
} from '../../api/providers.ts';
import type { IdentityProviderSetUp } from '../../api/types.ts';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Time } from '../../kit/Time.tsx';
import { doorText } from '../../messages/en.doors.ts';
import { providerText as text } from '../../messages/en.providers.ts';
import { type Desk, focusField } from '../identity-providers/connection.ts';
import { Missing } from '../identity-providers/NextStep.tsx';
import { isProved } from '../identity-providers/standing.ts';
import { Door, tokenOfLink } from './Door.tsx';

const ConnectionPart = lazy(() =>
  import('../identity-providers/ConnectionPart.tsx').then((m) => ({ default: m.ConnectionPart })),
);
const AttributesPart = lazy(() =>
  import('../identity-providers/ConnectionPart.tsx').then((m) => ({ default: m.AttributesPart })),
);
const TestSignIn = lazy(() => import('../identity-providers/TestSignIn.tsx').then((m) => ({ default: m.TestSignIn })));

type SetUp = IdentityProviderSetUp & { actions: [] };
const withoutActs = ({ value, version }: Versioned<IdentityProviderSetUp>): Versioned<SetUp> => ({
  value: { ...value, actions: [] },
  version,
});

/** Finishes the set-up of one provider, by whoever holds the link to it. */
export function ProviderSetUpPage() {
  const { tested } = useSearch({ strict: false }) as { tested?: string };
  // The address may lose what stands behind # while one goes from part to part.
  const token = useMemo(tokenOfLink, []);
  const queryClient = useQueryClient();
  const query = {
    queryKey: ['set-up'],
    queryFn: () => openSetUp(token).then(withoutActs),
    retry: false,
    gcTime: 0,
  };
  const question = useQuery({ ...query, enabled: token !== '' });
  if (token === '' && tested) return <Door title={text.setUpTested} lead={text.setUpTestedText} />;
  if (token === '') return <Door title={text.setUpTitle} lead={doorText.linkMissingTitle} />;
  const { data } = question;
  if (!data) {
    const { error } = question;
    if (error instanceof ApiProblem && error.status < 500 && error.status !== 429)
      return <Door title={doorText.linkDead} lead={text.setUpOver} />;
    return (
      <Door title={text.setUpTitle}>
        {question.isError ? <ProblemPanel error={error} onRetry={() => question.refetch()} /> : <Skeleton />}
      </Door>
    );
  }
  const { value } = data;
  const desk: Desk = {
    found: data,
    queryKey: query.queryKey,
    read: () => queryClient.fetchQuery({ ...query, staleTime: 0 }),
    change: (version, changes) => changeThroughSetUp(version, { token, ...changes }).then(withoutActs),
    changeSecret: (body) => changeSecretThroughSetUp({ token, ...body }),
    hasOverlap: false,
    readMetadata: (from) => readMetadataThroughSetUp({ token, ...from }),
    beginTest: () => testThroughSetUp(token),
    readTest: (id) => readTestThroughSetUp(token, id),
    mend: focusField,
  };
  return (
    <div className="door-work">
      <Door title={text.setUpTitle} lead={text.setUpLead(value.tenantDisplayName, value.name)} wide>
        {value.setUpLinkExpiresAt ? (
          <p className="faint">
            {text.setUpUntil} <Time at={value.setUpLinkExpiresAt} />
          </p>
        ) : null}
        {value.missing.length > 0 ? (
          <Missing value={value} mend={desk.mend} />
        ) : (
          <Note tone={isProved(value) ? 'good' : 'info'}>{isProved(value) ? text.setUpPassed : text.setUpDone}</Note>
        )}
      </Door>
      <Suspense fallback={<Skeleton lines={8} />}>
        <ConnectionPart desk={desk} />
        <AttributesPart desk={desk} />
        <TestSignIn desk={desk} />
      </Suspense>
    </div>
  );
}
