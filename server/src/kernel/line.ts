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

  get isIdle(): boolean {
    return this.#running === 0;
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

/** A line for each of many, while anybody is in it. */
export class Lines {
  readonly #lines = new Map<string, Line>();
  readonly #made: () => Line;

  constructor(...each: ConstructorParameters<typeof Line>) {
    this.#made = () => new Line(...each);
  }

  /** @throws {Problem} 429 */
  async run<T>(whose: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(whose) ?? this.#made();
    this.#lines.set(whose, line);
    try {
      return await line.run(work);
    } finally {
      if (line.isIdle) this.#lines.delete(whose);
    }
  }
}
