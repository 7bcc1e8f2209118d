import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { enterAsGuest } from '../../api/guests.ts';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { Door, tokenOfLink } from './Door.tsx';

/** Where a guest from another region arrives: what stands behind # opens once. */
export function EnterPage() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [assertion] = useState(tokenOfLink);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    history.replaceState(history.state, '', '/enter'); // it is used up: nobody finds it in the address
    enterOnce(assertion).then(
      ({ tenantId }) => {
        queryClient.clear();
        void navigate({ to: '/t/$tenantId', params: { tenantId }, replace: true });
      },
      (problem) => setError(problem),
    );
  }, [assertion, navigate, queryClient]);
  return <Door title={text.entering}>{error ? <ProblemPanel error={error} /> : <Skeleton />}</Door>;
}

const begun = new Map<string, ReturnType<typeof enterAsGuest>>();
/** Once, however often the page is drawn. */
const enterOnce = (assertion: string) => {
  const known = begun.get(assertion) ?? enterAsGuest(assertion);
  begun.set(assertion, known);
  return known;
};
