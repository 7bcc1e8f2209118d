import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { en } from '../messages/en.ts';
import { useTenantId } from '../shell/where.ts';
import { Button } from './Button.tsx';
import type { ListState } from './list-state.ts';

interface Timed {
  at: string;
}

interface NewerProps<R extends Timed> {
  state: ListState;
  /** What the rows are, for the cache. */
  area: string;
  /** Asks for the newest rows, 50 at most. */
  load: () => Promise<{ items: R[] }>;
  shown: R[] | undefined;
  onShow: () => void;
  isFollowingFirst?: boolean;
  everyMs?: number;
}

/** Counts what has come since, and shows it when asked: rows never move below the reader's eyes. */
export function Newer<R extends Timed>(props: NewerProps<R>) {
  const { state, area, load, shown, onShow, isFollowingFirst = false, everyMs = 5000 } = props;
  const [isFollowing, setFollowing] = useState(isFollowingFirst);
  const { data } = useQuery({
    queryKey: ['t', useTenantId(), `${area}-latest`, state.query()],
    queryFn: load,
    enabled: isFollowing && !state.search.cursor && !state.search.sort,
    refetchInterval: everyMs,
  });
  const newest = shown?.[0]?.at ?? '';
  const newer = isFollowing && data && shown ? data.items.filter(({ at }) => at > newest).length : 0;
  return (
    <>
      <Button size="xs" kind="quiet" onClick={() => setFollowing(!isFollowing)}>
        {isFollowing ? en.list.followOff : en.list.follow}
      </Button>
      {newer > 0 ? (
        <Button size="xs" kind="primary" onClick={onShow}>
          {en.list.newer(newer, newer >= 50)}
        </Button>
      ) : null}
    </>
  );
}
