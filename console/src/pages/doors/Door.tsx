import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { ApiProblem } from '../../api/problem.ts';
import type { Logo } from '../../api/sign-in.ts';
import { usePageTitle } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { doorText } from '../../messages/en.doors.ts';

/** A card with one question of a door. */
export function Door({
  title,
  lead,
  logo,
  children,
  wide,
}: {
  title: string;
  lead?: ReactNode;
  /** Of the tenant that is known by its own address; the title names it. */
  logo?: Logo | null;
  children?: ReactNode;
  wide?: boolean;
}) {
  const heading = usePageTitle(title);
  return (
    <div className={`door-card${wide ? ' door-card-wide' : ''}`}>
      {logo ? <img className="logo" src={logo.address} width={logo.width} height={logo.height} alt="" /> : null}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {lead ? <p className="door-lead">{lead}</p> : null}
      {children}
    </div>
  );
}

/** Takes the focus to the step's first field when the step appears. */
export function FocusField({ name }: { name: string }) {
  useEffect(() => document.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.focus(), [name]);
  return null;
}

/** The end of a tenant's id, which its people find in every address of its pages, where nothing else tells two apart. */
export const ToldApart = ({ tenantId, isAlike }: { tenantId: string; isAlike: boolean }) =>
  isAlike ? <span className="faint mono small">…{tenantId.slice(-8)}</span> : null;

/** The code of a mailed or printed link stands behind #, so that it reaches no server's log with the address. */
export const tokenOfLink = () => location.hash.slice(1);

/** A page that a link with a code opens: asks what the code is for, then shows the form, or says why not. */
export function LinkDoor<T>({
  title,
  ask,
  renew = doorText.askAnew.other,
  missing = doorText.linkMissingText,
  again,
  children,
}: {
  title: string;
  ask: (token: string) => Promise<T>;
  /** How to come by another link, and the page where one is asked for. */
  renew?: string;
  /** Where a whole link is found. */
  missing?: string;
  again?: { to: '/register' | '/sign-in/forgot'; text: string };
  children: (details: T, token: string) => ReactNode;
}) {
  const token = tokenOfLink();
  const question = useQuery({
    queryKey: ['link', title],
    queryFn: () => ask(token),
    enabled: token !== '',
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (token === '')
    return (
      <Door title={title} lead={doorText.linkMissingTitle}>
        <p>{missing}</p>
        <p className="door-links">
          {again ? <Link to={again.to}>{again.text}</Link> : null}
          <Link to="/sign-in">{doorText.signIn}</Link>
        </p>
      </Door>
    );
  if (question.data) return children(question.data, token);
  if (!question.isError)
    return (
      <Door title={title}>
        <Skeleton />
      </Door>
    );
  const isDead = question.error instanceof ApiProblem && question.error.status < 500 && question.error.status !== 429;
  return isDead ? (
    <Door title={doorText.linkDead} lead={`${doorText.linkDeadText} ${renew}`}>
      <p className="door-links">
        {again ? <Link to={again.to}>{again.text}</Link> : null}
        <Link to="/sign-in">{doorText.signIn}</Link>
      </p>
    </Door>
  ) : (
    <Door title={title}>
      <ProblemPanel error={question.error} onRetry={() => question.refetch()} />
    </Door>
  );
}
