import type { Chore, JobKind } from './jobs.ts';
import type { Operation } from './operation.ts';
import type { RegionMessage } from './region-messages.ts';
import type { Platform } from './regions.ts';
import type { Rendering } from './serve.ts';

/** What a capability or protocol brings: endpoints, work after commits, sweeping. */
export interface Capability {
  name: string;
  operations: Operation[];
  jobs?: JobKind[];
  chores?: Chore[];
  /** What other regions may say to this one, by kind, with the code of the one that says it. */
  messages?: Record<string, RegionMessage>;
  /** Writes what it still holds in memory, before a node ends. */
  stop?: (platform: Platform) => Promise<void>;
  /** A protocol's own form of problems and replies. */
  rendering?: Rendering;
}
