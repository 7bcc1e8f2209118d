import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiProblem, Unreachable } from '../api/problem.ts';
import { Button } from '../kit/Button.tsx';
import { usePageTitle } from '../kit/Page.tsx';
import { problemText, Skeleton } from '../kit/problems.tsx';
import { en } from '../messages/en.ts';

const LONG_MS = 3_000;

/** What stands in for a page that waits, is missing, or broke. */
export function Waiting() {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="page">
      {isLong ? <p role="status">{en.error.noAnswerYet}</p> : null}
      <Skeleton lines={5} />
    </div>
  );
}

export function Missing() {
  const heading = usePageTitle(en.error.notFound);
  return (
    <div className="page state">
      <h1 ref={heading} tabIndex={-1}>
        {en.error.notFound}
      </h1>
      <p>{en.error.notFoundText}</p>
      <Link to="/">{en.error.goHome}</Link>
    </div>
  );
}

/** Outside of every frame: the page has no other landmark. */
export const MissingAlone = () => (
  <main>
    <Missing />
  </main>
);

export const BrokenAlone = ({ error }: { error: unknown }) => (
  <main>
    <Broken error={error} />
  </main>
);

export function Broken({ error }: { error: unknown }) {
  const heading = usePageTitle(en.error.broken);
  const isKnown = error instanceof Unreachable || error instanceof ApiProblem;
  const isShut = error instanceof ApiProblem && error.code === 'tenant-suspended';
  const { text, requestId } = problemText(error);
  return (
    <div className="page state" role="alert">
      <h1 ref={heading} tabIndex={-1}>
        {isShut ? en.error.shut : isKnown ? en.error.failed : en.error.broken}
      </h1>
      <p>{text}</p>
      {requestId ? (
        <p>
          {en.error.requestId} <code>{requestId}</code>
        </p>
      ) : null}
      <Button kind="primary" onClick={() => location.reload()}>
        {isKnown ? en.action.tryAgain : en.error.reload}
      </Button>
      {isShut ? <a href="/sign-in">{en.error.signInElsewhere}</a> : null}
    </div>
  );
}
