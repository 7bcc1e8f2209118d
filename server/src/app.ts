import { groups } from './capabilities/groups/operations.ts';
import type { Capability } from './kernel/capability.ts';

/** What the product is made of: capabilities and protocols. Read this first. */
export const capabilities: Capability[] = [groups];
