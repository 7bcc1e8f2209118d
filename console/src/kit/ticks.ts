import { useRef, useState } from 'react';

/** Which rows of the page on screen are ticked. */
export interface Ticks {
  ids: ReadonlySet<string>;
  /** Ticks a row or takes the tick away; `isRange` does the same to all rows since the last one. */
  toggle: (id: string, isRange?: boolean) => void;
  toggleAll: () => void;
  clear: () => void;
}

/**
 * `place` says which rows are looked at: with another one every tick goes, so that nothing unseen is ever acted on; or all
 * come, where that is how it begins.
 */
export function useTicks(rows: { id: string }[], place: string, begins: 'none' | 'all' = 'none'): Ticks {
  const order = rows.map(({ id }) => id);
  const first = () => new Set(begins === 'all' ? order : []);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(first);
  const [seen, setSeen] = useState(place);
  const last = useRef<string>(undefined);
  if (seen !== place) {
    setSeen(place);
    setChosen(first());
  }
  const ids = new Set(order.filter((id) => chosen.has(id)));
  return {
    ids,
    toggle(id, isRange = false) {
      const isOn = !ids.has(id);
      const next = new Set(ids);
      for (const each of isRange ? between(order, last.current ?? id, id) : [id])
        if (isOn) next.add(each);
        else next.delete(each);
      last.current = id;
      setChosen(next);
    },
    toggleAll: () => setChosen(new Set(ids.size === order.length ? [] : order)),
    clear: () => setChosen(new Set()),
  };
}

/** Everything from one to the other, in whichever order they stand. */
export function between(order: string[], one: string, other: string): string[] {
  const ends = [order.indexOf(one), order.indexOf(other)];
  if (ends.includes(-1)) return [other];
  return order.slice(Math.min(...ends), Math.max(...ends) + 1);
}
