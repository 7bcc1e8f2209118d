import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import {
  MadeProvisioningToken,
  NewProvisioningToken,
  ProvisioningToken,
  ProvisioningTokenList,
  ProvisioningTokenQuery,
  Rotation,
} from './schema.ts';
import {
  cancelRotation,
  issueToken,
  listTokens,
  noticeExpiry,
  pauseToken,
  readToken,
  resumeToken,
  revokeToken,
  rotateToken,
} from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const OneToken = z.strictObject({ tenantId: Id, id: Id });
const path = '/v1/tenants/:tenantId/provisioning-tokens';

export const provisioning: Capability = {
  name: 'provisioning',
  operations: [
    operation({
      id: 'provisioning-tokens.list',
      method: 'GET',
      path,
      summary: 'List provisioning tokens',
      access: allow('provisioning.view'),
      params: InTenant,
      query: ProvisioningTokenQuery,
      reply: ProvisioningTokenList,
      handle: (ctx, { query }) => listTokens(ctx, query),
    }),
    operation({
      id: 'provisioning-tokens.issue',
      method: 'POST',
      path,
      summary: 'Issue a provisioning token, shown once',
      access: allow('provisioning.issue'),
      params: InTenant,
      body: NewProvisioningToken,
      reply: MadeProvisioningToken,
      creates: { reread: readToken },
      handle: (ctx, { body }) => issueToken(ctx, body),
    }),
    operation({
      id: 'provisioning-tokens.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a provisioning token',
      access: allow('provisioning.view'),
      params: OneToken,
      reply: ProvisioningToken,
      handle: (ctx, { params }) => readToken(ctx, params.id),
    }),
    operation({
      id: 'provisioning-tokens.revoke',
      method: 'DELETE',
      path: `${path}/:id`,
      summary: 'Revoke a provisioning token: it is refused with its next request',
      access: allow('provisioning.change', { duringReadOnly: true }),
      params: OneToken,
      reply: null,
      withoutVersion: 'a revocation never waits for another edit',
      handle: (ctx, { params }) => revokeToken(ctx, params.id),
    }),
    operation({
      id: 'provisioning-tokens.rotate',
      method: 'POST',
      path: `${path}/:id/rotate`,
      summary: 'Replace a provisioning token by a successor, shown once; both are valid for the overlap',
      access: allow('provisioning.issue'),
      params: OneToken,
      body: Rotation.prefault({}),
      reply: MadeProvisioningToken,
      handle: (ctx, { params, body }) => rotateToken(ctx, params.id, body),
    }),
    operation({
      id: 'provisioning-tokens.cancel-rotation',
      method: 'POST',
      path: `${path}/:id/cancel-rotation`,
      summary: 'Keep the old provisioning token and revoke its successor',
      access: allow('provisioning.issue'),
      params: OneToken,
      reply: ProvisioningToken,
      handle: (ctx, { params }) => cancelRotation(ctx, params.id),
    }),
    operation({
      id: 'provisioning-tokens.pause',
      method: 'POST',
      path: `${path}/:id/pause`,
      summary: 'Pause a provisioning token; its life runs on',
      access: allow('provisioning.change', { duringReadOnly: true }),
      params: OneToken,
      reply: ProvisioningToken,
      handle: (ctx, { params }) => pauseToken(ctx, params.id),
    }),
    operation({
      id: 'provisioning-tokens.resume',
      method: 'POST',
      path: `${path}/:id/resume`,
      summary: 'Resume a paused provisioning token',
      access: allow('provisioning.change'),
      params: OneToken,
      reply: ProvisioningToken,
      handle: (ctx, { params }) => resumeToken(ctx, params.id),
    }),
  ],
  jobs: [job('provisioning.expiry-notice', noticeExpiry)],
};
