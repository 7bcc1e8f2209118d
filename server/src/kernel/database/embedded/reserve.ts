import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Kept free for the databases themselves: write-ahead log, recovery and the small files that a connection needs. */
const RESERVE_MIB = 64;
/** With less free than this the reserve is given up and the databases take no more changes. */
const LOW_MIB = 16;
/** So much must be free for changes again: more than the reserve that was given up, so that it does not swing. */
const ROOM_MIB = LOW_MIB + RESERVE_MIB + 16;

const LOOK_MS = 500;

async function freeMiBOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / 2 ** 20);
}

/**
 * A file of zeros beside the databases. On a disk without any room PostgreSQL cannot write the file that each new
 * connection needs, ends when its write-ahead log needs another segment, and does not come up again: reads would end
 * with writes. So before that changes are stopped, and the reserve gives what reading still needs.
 */
export class DiskReserve {
  readonly #file: string;
  readonly #changed: (isFull: boolean) => Promise<void>;
  readonly #freeMiB: () => Promise<number>;
  #isFull = false;
  /** Whether the databases know. */
  #isTold = true;
  #looking: Promise<void> | undefined;
  readonly #timer: NodeJS.Timeout;

  private constructor(folder: string, changed: (isFull: boolean) => Promise<void>, freeMiB: () => Promise<number>) {
    this.#freeMiB = freeMiB;
    this.#file = join(folder, 'reserve');
    this.#changed = changed;
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /** @param changed told when the disk became full, before the reserve is given up, and when there is room again */
  static async make(
    folder: string,
    changed: (isFull: boolean) => Promise<void>,
    freeMiB = () => freeMiBOf(folder),
  ): Promise<DiskReserve> {
    const reserve = new DiskReserve(folder, changed, freeMiB);
    if ((await reserve.#freeMiB()) >= ROOM_MIB) await reserve.#fill().catch(() => undefined);
    return reserve;
  }

  /** Looks how much is free, and does what follows from it. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(() => undefined) // looked at again soon
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const free = await this.#freeMiB();
    if (!this.#isFull && free < LOW_MIB) {
      this.#isFull = true;
      this.#isTold = await this.#changed(true).then(
        () => true,
        () => false, // not even that could be written: told again with what the reserve gives
      );
      await rm(this.#file, { force: true });
    } else if (this.#isFull && free >= ROOM_MIB) {
      await this.#fill();
      this.#isFull = false;
      this.#isTold = false;
    }
    if (this.#isTold) return;
    await this.#changed(this.#isFull);
    this.#isTold = true;
  }

  async #fill(): Promise<void> {
    const handle = await open(this.#file, 'a', 0o600);
    try {
      const zeros = Buffer.alloc(2 ** 20);
      for (let { size } = await handle.stat(); size < RESERVE_MIB * 2 ** 20; size += zeros.length)
        await handle.write(zeros);
    } catch (error) {
      await rm(this.#file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
