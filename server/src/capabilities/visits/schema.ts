import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, personal, Timestamp } from '../../kernel/schema.ts';

/** The home side of a guest: an account of this tenant that another tenant lets in. */
export const Visit = z
  .strictObject({
    id: Id,
    accountId: Id,
    displayName: personal(z.string()).describe('Of the account.'),
    visitedTenantId: Id,
    visitedRegion: z.string(),
    visitedTenantName: z.string().nullable().describe('As its region tells; null while it does not.'),
    createdAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Visit' });

export const VisitQuery = listQuery(['createdAt'])
  .omit({ q: true })
  .extend({
    accountId: Id.optional().describe('Visits of this account.'),
    visitedTenantId: Id.optional().describe('Visits to this tenant.'),
  });
export const OwnVisitQuery = listQuery(['createdAt']).omit({ q: true });
export const VisitList = listOf(Visit);

export const Entering = z.strictObject({ tenantId: Id }).meta({ id: 'Entering' });
export const Entrance = z
  .strictObject({
    url: z.string().describe('Where the browser goes. In another region it opens once.'),
    expiresAt: Timestamp.nullable(),
  })
  .meta({ id: 'Entrance' });
