import { useEffect, useState } from 'react';
import { tail } from '../../api/transactions.ts';
import { Button } from '../../kit/Button.tsx';
import { en } from '../../messages/en.ts';
import type { At } from './Transactions.tsx';

const AGAIN_MS = 5_000;

/** Counts what is reported from now on, and shows it when asked: rows never move below the reader's eyes. */
export function Follow({ at, query, onShow }: { at: At; query: Record<string, string>; onShow: () => void }) {
  const [isFollowing, setFollowing] = useState(false);
  const [newer, setNewer] = useState({ count: 0, isAtLeast: false });
  const asked = JSON.stringify([at, query]);
  useEffect(() => {
    setNewer({ count: 0, isAtLeast: false });
    if (!isFollowing) return;
    const leaving = new AbortController();
    const [place, filters] = JSON.parse(asked) as [At, Record<string, string>];
    void follow(place, filters, leaving.signal, (count, isAtLeast) =>
      setNewer((before) => ({ count: before.count + count, isAtLeast: before.isAtLeast || isAtLeast })),
    );
    return () => leaving.abort();
  }, [isFollowing, asked]);
  return (
    <>
      <Button size="xs" kind="quiet" onClick={() => setFollowing(!isFollowing)}>
        {isFollowing ? en.list.followOff : en.list.follow}
      </Button>
      {newer.count > 0 ? (
        <Button
          size="xs"
          kind="primary"
          onClick={() => {
            setNewer({ count: 0, isAtLeast: false });
            onShow();
          }}
        >
          {en.list.newer(newer.count, newer.isAtLeast)}
        </Button>
      ) : null}
    </>
  );
}

/** One question after another, each waiting for what comes; the list itself says what is wrong. */
async function follow(
  at: At,
  query: Record<string, string>,
  signal: AbortSignal,
  tell: (count: number, isAtLeast: boolean) => void,
) {
  let after: string | undefined;
  while (!signal.aborted)
    try {
      const { items, cursor, isComplete } = await tail(at, { ...query, ...(after ? { after } : {}) }, signal);
      after = cursor;
      if (items.length > 0 && !signal.aborted) tell(items.length, !isComplete);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
}
