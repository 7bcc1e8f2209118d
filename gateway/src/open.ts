import type { Asked } from './admission.ts';

/** What is being carried, and can be ended. */
export interface Carriage {
  asked: Asked;
  /** The rules do not let it in any more, or its time is over. */
  cut: () => void;
  /** Ends it when nothing has moved for too long. */
  look?: (now: number) => void;
}

/**
 * All that is open. Not a Set: one that is filled and emptied by each request makes a new table over and over, and what
 * stood in those that it left is kept with all that hangs on it until the next full collection.
 */
export class Open {
  readonly #all: { carriage: Carriage; at: number }[] = [];

  get size() {
    return this.#all.length;
  }

  /** @returns what takes it out */
  add(carriage: Carriage): () => void {
    const all = this.#all;
    const entry = { carriage, at: all.length };
    all.push(entry);
    return () => {
      const last = all.pop();
      if (!last || last === entry) return;
      last.at = entry.at;
      all[entry.at] = last;
    };
  }

  /** As it stands: they may end meanwhile. */
  all = (): Carriage[] => this.#all.map(({ carriage }) => carriage);

  /** A fault with one of them is told and ends that one, and the others are none the worse. */
  each(act: (carriage: Carriage) => void, tell: (fault: unknown) => void) {
    for (const carriage of this.all())
      try {
        act(carriage);
      } catch (fault) {
        tell(fault);
        try {
          carriage.cut();
        } catch (another) {
          tell(another);
        }
      }
  }
}
