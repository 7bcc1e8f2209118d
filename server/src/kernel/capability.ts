import type { Chore, JobKind } from './jobs.ts';
import type { Operation } from './operation.ts';
import type { Rendering } from './serve.ts';

/** What a capability or protocol brings: endpoints, work after commits, sweeping. */
export interface Capability {
  name: string;
  operations: Operation[];
  jobs?: JobKind[];
  chores?: Chore[];
  /** A protocol's own form of problems and replies. */
  rendering?: Rendering;
}
