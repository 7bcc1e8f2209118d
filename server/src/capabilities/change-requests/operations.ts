import { z } from 'zod';
import { allow, member } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { ChangeRefusal, ChangeRequest, ChangeRequestList, ChangeRequestQuery, MadeChange } from './schema.ts';
import {
  approveChange,
  lapse,
  listChanges,
  readChange,
  refuseChange,
  tellApprovers,
  withdrawChange,
} from './service.ts';

const InNamespace = z.strictObject({ tenantId: Id, namespaceId: Id });
const OneChange = z.strictObject({ tenantId: Id, namespaceId: Id, id: Id });
const path = '/v1/tenants/:tenantId/namespaces/:namespaceId/change-requests';
const everybody = member('who asked sees their own; whoever may see the namespace, or approve in it, sees all');

/** Changes of a protected namespace that wait for a second person. The kernel makes them. */
export const changeRequests: Capability = {
  name: 'change-requests',
  operations: [
    operation({
      id: 'change-requests.list',
      method: 'GET',
      path,
      summary: 'List the changes of a namespace that wait, or waited, for a second person',
      access: everybody,
      params: InNamespace,
      query: ChangeRequestQuery,
      reply: ChangeRequestList,
      handle: (ctx, { params, query }) => listChanges(ctx, params.namespaceId, query),
    }),
    operation({
      id: 'change-requests.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a change that waits, with what it would do',
      access: everybody,
      params: OneChange,
      reply: ChangeRequest,
      handle: (ctx, { params }) => readChange(ctx, params),
    }),
    operation({
      id: 'change-requests.approve',
      method: 'POST',
      path: `${path}/:id/approve`,
      summary: 'Approve a change of somebody else: it is made now',
      access: allow('namespaces.approve', { namespace: 'namespaceId', freshSignIn: true, unprotected: true }),
      params: OneChange,
      reply: MadeChange,
      afterRefusal: (ctx, problem, { params }) => lapse(ctx, problem, params),
      handle: (ctx, { params }) => approveChange(ctx, params),
    }),
    operation({
      id: 'change-requests.refuse',
      method: 'POST',
      path: `${path}/:id/refuse`,
      summary: 'Refuse a change of somebody else, with the reason',
      access: allow('namespaces.approve', { namespace: 'namespaceId', unprotected: true }),
      params: OneChange,
      body: ChangeRefusal,
      reply: ChangeRequest,
      handle: (ctx, { params, body }) => refuseChange(ctx, params, body),
    }),
    operation({
      id: 'change-requests.withdraw',
      method: 'POST',
      path: `${path}/:id/withdraw`,
      summary: 'Withdraw a change that you asked for',
      access: everybody,
      params: OneChange,
      reply: ChangeRequest,
      handle: (ctx, { params }) => withdrawChange(ctx, params),
    }),
  ],
  jobs: [job('change-requests.tell', tellApprovers)],
};
