import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiProblem } from '../../api/problem.ts';
import { Button } from '../../kit/Button.tsx';
import { announce } from '../../kit/live.ts';
import { Section } from '../../kit/Page.tsx';
import { Empty, Note, ProblemNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { partText } from '../../messages/en.provider-parts.ts';
import { reasonOf } from '../../shell/where.ts';
import type { Desk } from './connection.ts';
import { TestReport } from './TestReport.tsx';

const ASKED_EVERY_MS = 1500;
/** A sign-in that is under way is over after ten minutes. */
const OVER_MS = 10.5 * 60_000;

/** Begins a test in a new window and shows what it finds, as it is found. */
export function TestSignIn({ desk }: { desk: Desk }) {
  const queryClient = useQueryClient();
  const { value } = desk.found;
  const [begun, setBegun] = useState<{ id: string; url: string; isBlocked: boolean }>();
  const [isBeginning, setBeginning] = useState(false);
  const [error, setError] = useState<unknown>();
  const id = begun?.id ?? value.lastTest?.id;
  const found = useQuery({
    queryKey: [...desk.queryKey, 'test', id],
    queryFn: () => desk.readTest(id ?? ''),
    enabled: id !== undefined,
    retry: false,
    gcTime: 0,
    refetchInterval: ({ state: { data } }) =>
      data?.state === 'waiting' && Date.now() - Date.parse(data.createdAt) < OVER_MS ? ASKED_EVERY_MS : false,
  });
  const test = found.data;
  useEffect(() => {
    if (!begun || !test || test.id !== begun.id || test.state === 'waiting') return;
    announce(test.state === 'passed' ? partText.testPassedTitle : partText.testFailedTitle);
    void queryClient.invalidateQueries({ queryKey: desk.queryKey, exact: true });
  }, [begun, test, queryClient, desk.queryKey]);

  const begin = async () => {
    // At once, while the click still counts as one: a window that opens later is blocked.
    const opened = window.open('', '_blank');
    setBeginning(true);
    setError(undefined);
    try {
      const { id: testId, url = '' } = await desk.beginTest();
      if (opened) {
        opened.opener = null;
        opened.location.replace(url);
      }
      setBegun({ id: testId, url, isBlocked: !opened });
    } catch (problem) {
      opened?.close();
      setError(problem);
    } finally {
      setBeginning(false);
    }
  };
  const button = (
    <Button
      kind="primary"
      reason={reasonOf(value.actions, 'identity-providers.test')}
      pending={isBeginning}
      onClick={begin}
    >
      {id ? partText.testAgain : partText.testVerb}
    </Button>
  );
  const isGone = found.error instanceof ApiProblem && found.error.status === 404;
  const isOver = test?.state === 'waiting' && Date.now() - Date.parse(test.createdAt) >= OVER_MS;
  return (
    <Section title={partText.test} lead={partText.testLead} actions={id ? button : null}>
      <ProblemNote error={error} />
      {id === undefined ? (
        <Empty title={partText.testNone} text={partText.testNoneText} action={button} />
      ) : isGone ? (
        <p className="faint">{partText.testGone}</p>
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={partText.test} />
      ) : !test ? (
        <Skeleton lines={7} />
      ) : isOver ? (
        <Note tone="warn">{partText.testOver}</Note>
      ) : test.state === 'waiting' ? (
        <div className="first-call" role="status">
          <span className="first-call-mark">
            <span className="spinner" aria-hidden="true" />
          </span>
          <div>
            <strong>{partText.testWaiting}</strong>
            <p>{partText.testStuck(partText.testStuckValues[value.type] ?? '')}</p>
            {begun?.isBlocked ? (
              <p>
                {partText.testBlocked}{' '}
                <a href={begun.url} target="_blank" rel="noreferrer">
                  {partText.testOpen}
                </a>
              </p>
            ) : null}
          </div>
        </div>
      ) : (
        <TestReport test={test} mend={desk.mend} />
      )}
    </Section>
  );
}
