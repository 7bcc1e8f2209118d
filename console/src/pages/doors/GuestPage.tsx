import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { acceptInvitation, goElsewhere, invitationOf } from '../../api/guests.ts';
import { ApiProblem } from '../../api/problem.ts';
import { me, regions } from '../../api/session.ts';
import { Button } from '../../kit/Button.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { Door, LinkDoor, tokenOfLink } from './Door.tsx';

/** From a link that an administrator of another tenant handed over: a person accepts it, signed in at home. */
export function GuestPage() {
  const who = useQuery({ ...me, retry: false });
  if (who.error instanceof ApiProblem && who.error.status === 401) return <SignInFirst />;
  if (!who.data)
    return (
      <Door title={text.acceptTitle}>
        <Skeleton />
      </Door>
    );
  return (
    <LinkDoor title={text.acceptTitle} ask={invitationOf}>
      {(invitation, token) => <Invitation {...invitation} token={token} />}
    </LinkDoor>
  );
}

function SignInFirst() {
  const offered = useQuery(regions).data?.items ?? [];
  return (
    <Door title={text.acceptTitle} lead={text.signInFirst}>
      <p className="door-links">
        {offered.map(({ code, name, baseUrl }) => (
          <a key={code} href={`${baseUrl}/guest#${tokenOfLink()}`}>
            {name}
          </a>
        ))}
      </p>
    </Door>
  );
}

interface Invited {
  tenantId: string;
  tenantName: string;
  region: string;
  groups: { id: string; name: string }[];
  token: string;
}

function Invitation({ tenantId, tenantName, region, groups, token }: Invited) {
  const [isDone, setDone] = useState(false);
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const doing = (work: () => Promise<unknown>) => async () => {
    setPending(true);
    setError(undefined);
    try {
      await work();
    } catch (problem) {
      setError(problem);
    } finally {
      setPending(false);
    }
  };
  if (isDone)
    return (
      <Door key="accepted" title={text.acceptedTitle(tenantName)} lead={text.acceptedLead}>
        <ProblemNote error={error} />
        <Button kind="primary" full pending={isPending} onClick={doing(() => goElsewhere(tenantId))}>
          {text.goThere}
        </Button>
      </Door>
    );
  return (
    <Door title={text.acceptTitle} lead={text.acceptLead(tenantName, region)}>
      <p>{text.acceptGroups}</p>
      <ul>
        {groups.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      <p className="faint small">{text.acceptWhy}</p>
      <ProblemNote error={error} />
      <Button
        kind="primary"
        full
        pending={isPending}
        onClick={doing(async () => {
          await acceptInvitation(token);
          setDone(true);
        })}
      >
        {text.accept}
      </Button>
    </Door>
  );
}
