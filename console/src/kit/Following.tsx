import { useEffect, useRef } from 'react';
import { en } from '../messages/en.ts';
import { Button } from './Button.tsx';

interface FollowingProps {
  isFollowing: boolean;
  onFollow: (isFollowing: boolean) => void;
  /** How many came that are not shown yet. */
  newer: number;
  /** There may be more. */
  isAtLeast: boolean;
  /** Whether what comes has its place at the top of what is shown. */
  isOnTop: boolean;
  onShow: () => void;
}

/**
 * The switch of a list that follows. What comes is shown by itself; while the reader is further down, among the rows or
 * elsewhere in the list it is counted in a button instead, so that nothing moves below their eyes.
 */
export function Following({ isFollowing, onFollow, newer, isAtLeast, isOnTop, onShow }: FollowingProps) {
  const button = useRef<HTMLSpanElement>(null);
  const show = useRef(onShow);
  show.current = onShow;
  const isWaiting = isFollowing && isOnTop && newer > 0;
  useEffect(() => {
    if (!isWaiting) return;
    const look = () => {
      if (isReading(button.current)) return;
      leave();
      show.current();
    };
    const leave = () => {
      document.removeEventListener('scroll', look, true);
      document.removeEventListener('focusin', look);
    };
    document.addEventListener('scroll', look, true);
    document.addEventListener('focusin', look);
    look();
    return leave;
  }, [isWaiting]);
  return (
    <span className="following" ref={button}>
      <Button size="xs" kind="quiet" onClick={() => onFollow(!isFollowing)}>
        {isFollowing ? en.list.followOff : en.list.follow}
      </Button>
      {isFollowing && newer > 0 ? (
        <Button size="xs" kind="primary" onClick={onShow}>
          {en.list.newer(newer, isAtLeast)}
        </Button>
      ) : null}
    </span>
  );
}

/** Whether the first rows of the list are out of view, or the focus is in one. */
function isReading(within: Element | null): boolean {
  const rows = within?.closest('.list')?.querySelector('tbody');
  return rows ? rows.getBoundingClientRect().top < 0 || rows.contains(document.activeElement) : false;
}
