import { useEffect, useState } from 'react';
import { tail } from '../../api/transactions.ts';
import { Following } from '../../kit/Following.tsx';
import type { At } from './Transactions.tsx';

const AGAIN_MS = 5_000;

interface FollowProps {
  at: At;
  query: Record<string, string>;
  /** Whether the newest rows are the first that are shown. */
  isOnTop: boolean;
  onShow: () => void;
}

const none = { count: 0, isAtLeast: false };

/** Follows what is reported from now on. */
export function Follow({ at, query, isOnTop, onShow }: FollowProps) {
  const [isFollowing, setFollowing] = useState(false);
  const [newer, setNewer] = useState(none);
  const asked = JSON.stringify([at, query]);
  useEffect(() => {
    setNewer(none);
    if (!isFollowing) return;
    const leaving = new AbortController();
    const [place, filters] = JSON.parse(asked) as [At, Record<string, string>];
    void follow(place, filters, leaving.signal, (count, isAtLeast) =>
      setNewer((before) => ({ count: before.count + count, isAtLeast: before.isAtLeast || isAtLeast })),
    );
    return () => leaving.abort();
  }, [isFollowing, asked]);
  return (
    <Following
      isFollowing={isFollowing}
      onFollow={setFollowing}
      newer={newer.count}
      isAtLeast={newer.isAtLeast}
      isOnTop={isOnTop}
      onShow={() => {
        setNewer(none);
        onShow();
      }}
    />
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
