import { useQuery } from '@tanstack/react-query';
import { Link, Navigate, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { isOwnPath } from '../../addresses.ts';
import { ApiProblem } from '../../api/problem.ts';
import { signInPage } from '../../api/sign-in.ts';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { Door } from './Door.tsx';
import { useNext } from './enter.ts';
import { Ways } from './Ways.tsx';

interface Arrived {
  /** Why a trip to a provider ended here. */
  problem?: string;
  /** What is asked beside a provider's proof. */
  unfinished?: string;
  returnTo?: string;
}

const meaningOf = (code: string) => {
  const meaning = text.problems[code];
  return typeof meaning === 'string' ? meaning : text.problems.other(code);
};

/** The sign-in page of one tenant, by its own address: its providers, what stands beside them, and the emergency door. */
export function TenantSignInPage() {
  const { tenantId } = useParams({ strict: false }) as { tenantId: string };
  const { problem, unfinished, returnTo } = useSearch({ strict: false }) as Arrived;
  const { email } = useLocation({ select: ({ state }) => state });
  const navigate = useNavigate();
  const next = useNext();
  const page = useQuery(signInPage(tenantId));
  if (unfinished) {
    const search = isOwnPath(returnTo) ? { next: returnTo } : {};
    return <Navigate to="/sign-in/finish" search={search} replace />;
  }
  if (page.error instanceof ApiProblem && page.error.status === 404)
    return (
      <Door title={text.noTenant} lead={text.noTenantText}>
        <p className="door-link">
          <Link to="/sign-in">{text.back}</Link>
        </p>
      </Door>
    );
  if (!page.data)
    return (
      <Door title={text.title}>
        {page.isError ? <ProblemPanel error={page.error} onRetry={() => page.refetch()} /> : <Skeleton />}
      </Door>
    );
  const { displayName, logo, providers, methods } = page.data;
  const then = `?returnTo=${encodeURIComponent(next ?? `/t/${tenantId}`)}`;
  return (
    <Door title={text.atTenant(displayName)} logo={logo}>
      {problem ? (
        <p className="note note-bad" role="alert">
          {meaningOf(problem)}
        </p>
      ) : null}
      {providers.length > 0 ? (
        <ul className="door-ways">
          {providers.map(({ id, name }) => (
            <li key={id}>
              <a
                className="button button-primary button-sm"
                data-full
                href={`/v1/sign-in/${tenantId}/providers/${id}/start${then}`}
              >
                {text.by(name)}
              </a>
            </li>
          ))}
        </ul>
      ) : null}
      {methods.length > 0 ? (
        <>
          {providers.length > 0 ? <p className="door-or">{text.or}</p> : null}
          <Ways
            tenantId={tenantId}
            email={email}
            methods={methods}
            onOtherAddress={() => navigate({ to: '/sign-in', search: next ? { next } : {} })}
            isBeside={providers.length > 0}
          />
        </>
      ) : (
        <p className="faint small">{text.only}</p>
      )}
      <p className="door-link">
        <Link to="/t/$tenantId/emergency" params={{ tenantId }}>
          {text.emergency}
        </Link>
      </p>
    </Door>
  );
}
