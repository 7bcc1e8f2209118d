import { onPlatformTables } from '../../kernel/database/pool.ts';
import type { Chore } from '../../kernel/jobs.ts';
import * as store from './store.ts';

/** Makes the partition of tomorrow and the day after, and drops those that no tenant may see any more. */
export const keepingPartitions = (): Chore => ({
  name: 'transactions',
  everySeconds: 600,
  async run(_platform, { cells }) {
    for (const cell of cells) {
      await onPlatformTables(cell, (db) => store.makePartitions(db, store.daysAhead(2)));
      await onPlatformTables(cell, store.dropPartitions);
    }
  },
});
