import { z } from 'zod';
import { tenantStates } from '../../kernel/doors.ts';

/** What a region asks home about its people, by kind of message. */

/** Somebody as home knows them. */
export const AtHome = z.object({ homeTenantId: z.uuid(), homeRegion: z.string(), homeAccountId: z.uuid() });
export type Home = z.infer<typeof AtHome>;

export const AskedLease = z.object({
  homeTenantId: z.uuid(),
  accountId: z.uuid(),
  sessionId: z.uuid(),
  visitedTenantId: z.uuid(),
  from: z.string().nullable(),
});
export type AskedLease = z.infer<typeof AskedLease>;

export const HandedAssertion = z.object({ homeTenantId: z.uuid(), secret: z.string() });
export type HandedAssertion = z.infer<typeof HandedAssertion>;

export const AskedPeople = z.object({
  homeTenantId: z.uuid(),
  visitedTenantId: z.uuid(),
  accountIds: z.array(z.uuid()),
});
export type AskedPeople = z.infer<typeof AskedPeople>;

export const AskedStanding = z.object({ homeTenantId: z.uuid(), accountId: z.uuid(), visitedTenantId: z.uuid() });
export type AskedStanding = z.infer<typeof AskedStanding>;

/** So many accounts of one tenant are asked about in one message. */
export const MOST_ASKED_ABOUT = 500;

export const AskedStandings = z.object({
  homeTenantId: z.uuid(),
  visitedTenantId: z.uuid(),
  accountIds: z.array(z.uuid()).max(MOST_ASKED_ABOUT),
});
export type AskedStandings = z.infer<typeof AskedStandings>;

export const AskedGroups = z.object({ homeTenantId: z.uuid(), accountId: z.uuid() });
export type AskedGroups = z.infer<typeof AskedGroups>;

export const AskedShown = z.object({
  homeTenantId: z.uuid(),
  /** The account, and its groups that are let in. */
  shownTo: z.array(z.uuid()),
  region: z.string(),
  query: z.object({
    limit: z.int().min(1).max(200),
    cursor: z.string().optional(),
    sort: z.string().regex(/^-?(createdAt|name|displayName|legalName|status|region)$/),
    q: z.string().optional(),
    id: z.uuid().optional(),
    statuses: z.array(z.enum(tenantStates)).optional(),
    createdAfter: z.string().optional(),
    createdBefore: z.string().optional(),
  }),
});
export type AskedShown = z.infer<typeof AskedShown>;

export const AskedCalled = AskedShown.omit({ query: true }).extend({ q: z.string() });
export type AskedCalled = z.infer<typeof AskedCalled>;

/** Without a stay every one is meant: so regions of an older version say it. */
export const GuestOver = AtHome.extend({ visitedTenantId: z.uuid(), stay: z.int().optional() });
export type GuestOver = z.infer<typeof GuestOver>;
