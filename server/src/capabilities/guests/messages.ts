import { z } from 'zod';
import { AtHome } from '../visits/service.ts';

/** What home says of its people to the region where they are, by kind of message. */

export const ByLink = z.object({ token: z.string(), comer: AtHome });
export type ByLink = z.infer<typeof ByLink>;

/** Without a stay every one is meant: so regions of an older version say it. */
export const VisitOver = AtHome.extend({ visitedTenantId: z.uuid(), stay: z.int().optional() });
export type VisitOver = z.infer<typeof VisitOver>;

export const Recall = z.object({
  homeTenantId: z.uuid(),
  guests: z.array(z.object({ accountId: z.uuid(), visitedTenantId: z.uuid() })),
});
export type Recall = z.infer<typeof Recall>;
