import { z } from 'zod';
import { allow, openedByLink, own } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { message, regionMessages } from '../../kernel/region-messages.ts';
import { Id } from '../../kernel/schema.ts';
import { enterFromHome } from './entering.ts';
import { followHome, forget, guestOver } from './following.ts';
import {
  acceptInvitation,
  askInvitation,
  invite,
  listInvitations,
  readInvitation,
  revokeInvitation,
  sayAcceptance,
  sayInvitation,
} from './invitations.ts';
import { ByLink, Recall, VisitOver } from './messages.ts';
import {
  Assertion,
  EnteredAsGuest,
  Guest,
  GuestInvitationList,
  GuestList,
  GuestQuery,
  GuestToken,
  InvitationDetails,
  InvitationQuery,
  LetIn,
  MadeGuestInvitation,
  NewGuestInvitation,
} from './schema.ts';
import { listGuests, readGuest, removeGuest, showTo, showToAll } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const One = z.strictObject({ tenantId: Id, id: Id });
const path = '/v1/tenants/:tenantId/guests';
const invitations = '/v1/tenants/:tenantId/guest-invitations';
const ending = 'ending access loses nothing to another writer';
const atHome = 'a person accepts for themselves, signed in at home';

export const guests: Capability = {
  name: 'guests',
  operations: [
    operation({
      id: 'guests.list',
      method: 'GET',
      path,
      summary: 'List people of other tenants who were let in',
      access: allow('accounts.view'),
      params: InTenant,
      query: GuestQuery,
      reply: GuestList,
      handle: (ctx, { query }) => listGuests(ctx, query),
    }),
    operation({
      id: 'guests.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a guest',
      access: allow('accounts.view'),
      params: One,
      reply: Guest,
      handle: (ctx, { params }) => readGuest(ctx, params.id),
    }),
    operation({
      id: 'guests.remove',
      method: 'DELETE',
      path: `${path}/:id`,
      summary: 'Let a guest in no longer',
      access: allow('accounts.change', { duringReadOnly: true }),
      params: One,
      reply: null,
      withoutVersion: ending,
      handle: (ctx, { params }) => removeGuest(ctx, params.id),
    }),
    operation({
      id: 'guest-invitations.list',
      method: 'GET',
      path: invitations,
      summary: 'List invitations of guests that are open',
      access: allow('accounts.view'),
      params: InTenant,
      query: InvitationQuery,
      reply: GuestInvitationList,
      handle: (ctx, { query }) => listInvitations(ctx, query),
    }),
    operation({
      id: 'guest-invitations.create',
      method: 'POST',
      path: invitations,
      summary: 'Make a link by which a person of another tenant joins groups of this one',
      access: allow('accounts.change'),
      params: InTenant,
      body: NewGuestInvitation,
      reply: MadeGuestInvitation,
      creates: { reread: readInvitation },
      handle: (ctx, { body }) => invite(ctx, body),
    }),
    operation({
      id: 'guest-invitations.revoke',
      method: 'DELETE',
      path: `${invitations}/:id`,
      summary: 'Revoke an invitation that nobody has accepted',
      access: allow('accounts.change', { duringReadOnly: true }),
      params: One,
      reply: null,
      withoutVersion: ending,
      handle: (ctx, { params }) => revokeInvitation(ctx, params.id),
    }),
    operation({
      id: 'guest-sessions.create',
      method: 'POST',
      path: '/v1/guest-sessions',
      summary: 'Enter a tenant of this region with the assertion of one that is signed in elsewhere',
      access: openedByLink('the assertion, which home gave to the browser, is the credential'),
      body: Assertion,
      reply: EnteredAsGuest,
      status: 201,
      handle: (ctx, { body }) => enterFromHome(ctx, body.assertion),
    }),
    regionMessages,
    operation({
      id: 'me.read-guest-invitation',
      method: 'POST',
      path: '/v1/me/guest-invitations/question',
      summary: 'See what an invitation to another tenant is about',
      access: own(atHome),
      body: GuestToken,
      reply: InvitationDetails,
      handle: (ctx, { body }) => askInvitation(ctx, body.token),
    }),
    operation({
      id: 'me.accept-guest-invitation',
      method: 'POST',
      path: '/v1/me/guest-invitations/accept',
      summary: 'Accept an invitation to another tenant',
      access: own(atHome),
      body: GuestToken,
      reply: LetIn,
      handle: (ctx, { body }) => acceptInvitation(ctx, body.token),
    }),
  ],
  messages: {
    invitation: message(ByLink, sayInvitation),
    acceptance: message(ByLink, sayAcceptance),
    'visit-over': message(VisitOver, guestOver),
    recall: message(Recall, forget),
  },
  jobs: [job('guests.show', showTo), job('guests.show-to-all', showToAll), job('guests.follow-home', followHome)],
};
