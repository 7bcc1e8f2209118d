import { useQuery, useQueryClient } from '@tanstack/react-query';
import { leaveTenant, ownVisits, type Visit } from '../../api/guests.ts';
import { Button } from '../../kit/Button.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemPanel } from '../../kit/problems.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { guestText as text } from '../../messages/en.guests.ts';

const nameOf = ({ visitedTenantName, visitedTenantId }: Visit) => visitedTenantName ?? visitedTenantId;

/** Where the person is a guest; nothing for who is none. */
export function OwnVisits() {
  const queryClient = useQueryClient();
  const found = useQuery(ownVisits);
  const { run, pending } = useAct();
  if (found.isError) return <ProblemPanel error={found.error} onRetry={() => found.refetch()} />;
  if (!found.data?.items.length) return null;
  const leave = (visit: Visit) =>
    run(visit.id, async () => {
      await leaveTenant(visit.id);
      await queryClient.invalidateQueries({ queryKey: ownVisits.queryKey });
      toast({ text: text.left(nameOf(visit)) });
    });
  return (
    <Section title={text.ownTitle} lead={text.ownLead}>
      <ul className="pick-list">
        {found.data.items.map((visit) => (
          <li key={visit.id} className="secret-row">
            <span>
              {nameOf(visit)} <span className="faint small">{visit.visitedRegion}</span>
            </span>
            <Button
              pending={pending === visit.id}
              label={text.leaveOf(nameOf(visit))}
              onClick={() => void leave(visit)}
            >
              {text.leave}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
