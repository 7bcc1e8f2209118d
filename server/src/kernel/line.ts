import { tooMany } from './problem.ts';

/** Work of which few are done at once on a node, in the order in which they came. */
export class Line {
  readonly #atOnce: number;
  readonly #most: number;
  readonly #said: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /**
   * @param most may wait; who comes then is told to come again
   * @param said what that one is told
   */
  constructor(atOnce: number, most: number, said: string) {
    this.#atOnce = atOnce;
    this.#most = most;
    this.#said = said;
  }

  /** @throws {Problem} 429 */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else {
      if (this.#waiting.length >= this.#most) throw tooMany(this.#said, 1);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
