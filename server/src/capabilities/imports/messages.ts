import { z } from 'zod';
import { NamesBehind } from '../delegations/schema.ts';

/** What a tenant says to another one about imports that they share, by kind of message. */

export const Asked = z.object({
  /** On whose behalf; it lives in the region that asks. */
  fromTenantId: z.uuid(),
  otherTenantId: z.uuid(),
});
export type Asked = z.infer<typeof Asked>;

export const AskedByKey = Asked.extend({ secretHash: z.string() });
export type AskedByKey = z.infer<typeof AskedByKey>;

export const UsedKey = AskedByKey.extend({ id: z.uuid() });
export type UsedKey = z.infer<typeof UsedKey>;

export const ImportOver = Asked.extend({ id: z.uuid(), endedBy: z.enum(['home', 'receiver']) });
export type ImportOver = z.infer<typeof ImportOver>;

export const AskedNames = Asked.extend({ ids: z.array(z.uuid()) });
export type AskedNames = z.infer<typeof AskedNames>;

export const AskedLook = Asked.extend({ id: z.uuid(), names: NamesBehind.optional() });
export type AskedLook = z.infer<typeof AskedLook>;

export const AskedMembers = Asked.extend({
  id: z.uuid(),
  query: z.object({
    limit: z.int().min(1).max(200),
    cursor: z.string().optional(),
    sort: z
      .string()
      .regex(/^-?displayName$/)
      .optional(),
    q: z.string().optional(),
  }),
});
export type AskedMembers = z.infer<typeof AskedMembers>;
