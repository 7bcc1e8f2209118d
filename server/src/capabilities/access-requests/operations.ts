import { z } from 'zod';
import { allow, member } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { AccessRequest, AccessRequestList, AccessRequestQuery, Approval, NewAccessRequest, Refusal } from './schema.ts';
import { approveRequest, createRequest, listRequests, readRequest, refuseRequest, withdrawRequest } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const OneRequest = z.strictObject({ tenantId: Id, id: Id });
const path = '/v1/tenants/:tenantId/access-requests';
const everybody = member('everybody may ask, and sees their own; those who may change groups see all');

export const accessRequests: Capability = {
  name: 'access-requests',
  operations: [
    operation({
      id: 'access-requests.list',
      method: 'GET',
      path,
      summary: 'List requests for access',
      access: everybody,
      params: InTenant,
      query: AccessRequestQuery,
      reply: AccessRequestList,
      handle: (ctx, { query }) => listRequests(ctx, query),
    }),
    operation({
      id: 'access-requests.create',
      method: 'POST',
      path,
      summary: 'Ask for a permission',
      access: everybody,
      params: InTenant,
      body: NewAccessRequest,
      reply: AccessRequest,
      creates: { reread: (ctx, id) => readRequest(ctx, id) },
      handle: (ctx, { body }) => createRequest(ctx, body),
    }),
    operation({
      id: 'access-requests.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a request for access',
      access: everybody,
      params: OneRequest,
      reply: AccessRequest,
      handle: (ctx, { params }) => readRequest(ctx, params.id),
    }),
    operation({
      id: 'access-requests.approve',
      method: 'POST',
      path: `${path}/:id/approve`,
      summary: 'Approve a request: the person joins a group that gives it',
      access: allow('groups.change'),
      params: OneRequest,
      body: Approval,
      reply: AccessRequest,
      handle: (ctx, { params, body }) => approveRequest(ctx, params.id, body),
    }),
    operation({
      id: 'access-requests.refuse',
      method: 'POST',
      path: `${path}/:id/refuse`,
      summary: 'Refuse a request, with the reason',
      access: allow('groups.change'),
      params: OneRequest,
      body: Refusal,
      reply: AccessRequest,
      handle: (ctx, { params, body }) => refuseRequest(ctx, params.id, body),
    }),
    operation({
      id: 'access-requests.withdraw',
      method: 'POST',
      path: `${path}/:id/withdraw`,
      summary: 'Withdraw your own request',
      access: everybody,
      params: OneRequest,
      reply: AccessRequest,
      handle: (ctx, { params }) => withdrawRequest(ctx, params.id),
    }),
  ],
};
