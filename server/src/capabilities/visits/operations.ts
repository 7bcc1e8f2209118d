import { z } from 'zod';
import { allow, own } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { message } from '../../kernel/region-messages.ts';
import { Id } from '../../kernel/schema.ts';
import { enterVisited, sayAssertion, sayLease, sayStanding, sayStandings } from './abroad.ts';
import {
  AskedCalled,
  AskedGroups,
  AskedLease,
  AskedPeople,
  AskedShown,
  AskedStanding,
  AskedStandings,
  GuestOver,
  HandedAssertion,
} from './messages.ts';
import { Entering, Entrance, OwnVisitQuery, VisitList, VisitQuery } from './schema.ts';
import {
  dropVisit,
  leaveVisit,
  listOwnVisits,
  listVisits,
  sayCalled,
  sayGroups,
  sayPeople,
  sayShown,
  visitOver,
  withdrawVisit,
} from './service.ts';

const path = '/v1/tenants/:tenantId/visits';

export const visits: Capability = {
  name: 'visits',
  operations: [
    operation({
      id: 'visits.list',
      method: 'GET',
      path,
      summary: 'List where accounts of this tenant are guests',
      access: allow('accounts.view'),
      params: z.strictObject({ tenantId: Id }),
      query: VisitQuery,
      reply: VisitList,
      handle: (ctx, { query }) => listVisits(ctx, query),
    }),
    operation({
      id: 'visits.withdraw',
      method: 'DELETE',
      path: `${path}/:id`,
      summary: 'Let an account of this tenant no longer be a guest of another',
      access: allow('accounts.change', { duringReadOnly: true }),
      params: z.strictObject({ tenantId: Id, id: Id }),
      reply: null,
      withoutVersion: 'ending access loses nothing to another writer',
      handle: (ctx, { params }) => withdrawVisit(ctx, params.id),
    }),
    operation({
      id: 'me.list-visits',
      method: 'GET',
      path: '/v1/me/visits',
      summary: 'List where one is a guest',
      access: own('everybody sees where they are let in'),
      query: OwnVisitQuery,
      reply: VisitList,
      handle: (ctx, { query }) => listOwnVisits(ctx, query),
    }),
    operation({
      id: 'me.enter-tenant',
      method: 'POST',
      path: '/v1/me/visits/enter',
      summary: 'Get the address at which one enters a tenant that lets one in',
      access: own('everybody enters where they are let in'),
      body: Entering,
      reply: Entrance,
      handle: (ctx, { body }) => enterVisited(ctx, body.tenantId),
    }),
    operation({
      id: 'me.leave-tenant',
      method: 'DELETE',
      path: '/v1/me/visits/:id',
      summary: 'Be a guest of a tenant no longer',
      access: own('everybody may leave where they are let in'),
      params: z.strictObject({ id: Id }),
      reply: null,
      withoutVersion: 'ending access loses nothing to another writer',
      handle: (ctx, { params }) => leaveVisit(ctx, params.id),
    }),
  ],
  jobs: [job('visits.drop', dropVisit)],
  messages: {
    lease: message(AskedLease, sayLease),
    standing: message(AskedStanding, sayStanding),
    standings: message(AskedStandings, sayStandings),
    assertion: message(HandedAssertion, sayAssertion),
    people: message(AskedPeople, sayPeople),
    'groups-let-in': message(AskedGroups, sayGroups),
    shown: message(AskedShown, sayShown),
    'shown-called': message(AskedCalled, sayCalled),
    'guest-over': message(GuestOver, visitOver),
  },
};
