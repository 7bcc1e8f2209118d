import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { enterAsGuest } from '../../api/guests.ts';
import { regions } from '../../api/session.ts';
import { Button } from '../../kit/Button.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { Door, tokenOfLink } from './Door.tsx';

/**
 * Where a guest from another region arrives: what stands behind # opens once. Whoever was not sent by a page of ours is
 * asked first, since a link in a mail or on another page may let them in as somebody else.
 */
export function EnterPage() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [assertion] = useState(tokenOfLink);
  const [isWanted, setIsWanted] = useState(false);
  const [error, setError] = useState<unknown>();
  const known = useQuery(regions);
  const isSentByUs = [location.origin, ...(known.data?.items ?? []).map(({ baseUrl }) => originOf(baseUrl))].includes(
    originOf(document.referrer),
  );
  const goesOn = isWanted || isSentByUs;
  useEffect(() => {
    history.replaceState(history.state, '', '/enter'); // it is used up: nobody finds it in the address
    if (!goesOn) return;
    enterOnce(assertion).then(
      ({ tenantId }) => {
        queryClient.clear();
        void navigate({ to: '/t/$tenantId', params: { tenantId }, replace: true });
      },
      (problem) => setError(problem),
    );
  }, [assertion, goesOn, navigate, queryClient]);
  if (!goesOn && !known.isPending)
    return (
      <Door title={text.askEntering} lead={text.askEnteringWhy}>
        <Button kind="primary" onClick={() => setIsWanted(true)}>
          {text.goOn}
        </Button>
      </Door>
    );
  return <Door title={text.entering}>{error ? <ProblemPanel error={error} /> : <Skeleton />}</Door>;
}

const originOf = (address: string): string => (URL.canParse(address) ? new URL(address).origin : '');

const begun = new Map<string, ReturnType<typeof enterAsGuest>>();
/** Once, however often the page is drawn. */
const enterOnce = (assertion: string) => {
  const known = begun.get(assertion) ?? enterAsGuest(assertion);
  begun.set(assertion, known);
  return known;
};
