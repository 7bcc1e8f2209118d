import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, personal, secret, Timestamp } from '../../kernel/schema.ts';

/** A person of another tenant who was let into groups of this one. Their names stay at home. */
export const Guest = z
  .strictObject({
    id: Id,
    displayName: personal(z.string().nullable()).describe('As home says it at this moment; null while it does not.'),
    homeTenantId: Id,
    homeTenantName: z.string().nullable(),
    homeRegion: z.string(),
    homeAccountId: Id,
    groups: z.array(z.strictObject({ id: Id, name: z.string(), status: z.string(), isOwnerGroup: z.boolean() })),
    invitedBy: Id.nullable(),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable().describe(
      'When it last asked for anything here, to a minute; null when it never did.',
    ),
    actions: z.array(Action),
  })
  .meta({ id: 'Guest' });

export const GuestQuery = listQuery(['createdAt'])
  .omit({ q: true })
  .extend({
    homeTenantId: Id.optional().describe('Guests from this tenant.'),
  });
export const GuestList = listOf(Guest);

export const GuestInvitation = z
  .strictObject({
    id: Id,
    homeTenantId: Id.nullable().describe('Only people of this tenant may accept it.'),
    groupIds: z.array(Id),
    createdAt: Timestamp,
    createdBy: Id.nullable(),
    expiresAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'GuestInvitation' });
export const InvitationQuery = listQuery(['createdAt']).omit({ q: true });
export const GuestInvitationList = listOf(GuestInvitation);

export const NewGuestInvitation = z
  .strictObject({
    groupIds: z.array(Id).min(1, 'must name at least one group').max(50),
    homeTenantId: Id.optional().describe(
      'Only people of this tenant may accept it. Whether there is such a tenant is not told.',
    ),
  })
  .meta({ id: 'NewGuestInvitation' });

export const MadeGuestInvitation = GuestInvitation.extend({
  link: secret(z.string()).optional().describe('Shown once. Whoever opens it, signed in at home, may accept it once.'),
}).meta({ id: 'MadeGuestInvitation' });

export const GuestToken = z.strictObject({ token: z.string().max(200) }).meta({ id: 'GuestToken' });

/** What an invitation is about, for the person who holds its link. */
export const InvitationDetails = z
  .strictObject({
    tenantId: Id,
    tenantName: z.string(),
    region: z.string(),
    groups: z.array(z.strictObject({ id: Id, name: z.string() })),
    expiresAt: Timestamp,
  })
  .meta({ id: 'InvitationDetails' });

/** Where one is a guest from now on. */
export const LetIn = z
  .strictObject({ tenantId: Id, tenantName: z.string(), region: z.string(), guestId: Id })
  .meta({ id: 'LetIn' });

export const Assertion = z
  .strictObject({
    assertion: z
      .string()
      .max(200)
      .regex(/^[0-9A-Za-z]*$/, 'must be what stood behind # in the address'),
  })
  .meta({ id: 'Assertion' });

/** A guest's session in this region; its cookie is set. */
export const EnteredAsGuest = z
  .strictObject({ tenantId: Id, guestId: Id, expiresAt: Timestamp })
  .meta({ id: 'EnteredAsGuest' });
