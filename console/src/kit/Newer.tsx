import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTenantId } from '../shell/where.ts';
import { Following } from './Following.tsx';
import type { ListState } from './list-state.ts';

interface Timed {
  at: string;
}

/** Rows that are asked for at once: there may be more. */
const MOST = 50;

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

/** Follows a list whose newest rows are asked for again and again. */
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
  const newer = data && shown ? data.items.filter(({ at }) => at > newest).length : 0;
  return (
    <Following
      isFollowing={isFollowing}
      onFollow={setFollowing}
      newer={newer}
      isAtLeast={newer >= MOST}
      isOnTop
      onShow={onShow}
    />
  );
}
