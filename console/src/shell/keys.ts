import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useLatest } from '../kit/layers.tsx';
import { preference } from './preferences.ts';
import { sections } from './sections.ts';

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** The keys of the whole console. Single letters never fire while somebody types, or below an open dialog. */
export function useKeys({
  tenantId,
  openPalette,
  openKeys,
}: {
  tenantId: string | undefined;
  openPalette: () => void;
  openKeys: () => void;
}) {
  const navigate = useNavigate();
  const latest = useLatest({ openPalette, openKeys, navigate, tenantId });
  useEffect(() => {
    let afterG = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      const now = latest.current;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        if (!document.querySelector('dialog[open]')) now.openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (preference('letter-keys', 'on') === 'off' || document.querySelector('dialog[open]')) return;
      if (performance.now() - afterG < 1500) {
        afterG = Number.NEGATIVE_INFINITY;
        const link = sections.flatMap(({ links }) => links).find(({ letter }) => letter === event.key);
        if (link && now.tenantId) {
          event.preventDefault();
          void now.navigate({ to: link.to, params: { tenantId: now.tenantId } });
        }
        return;
      }
      if (event.key === 'g') afterG = performance.now();
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('[data-list-search]');
        if (!search) return;
        event.preventDefault();
        search.focus();
        search.select();
      } else if (event.key === 'c') {
        const create = document.querySelector<HTMLElement>('[data-create]');
        if (!create) return;
        event.preventDefault();
        create.click();
      } else if (event.key === '?') now.openKeys();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [latest]);
}
