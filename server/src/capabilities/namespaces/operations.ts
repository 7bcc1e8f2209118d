import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import {
  DeleteNamespaceQuery,
  KeyReset,
  MadeNamespace,
  Namespace,
  NamespaceChanges,
  NamespaceContents,
  NamespaceList,
  NamespaceQuery,
  NewNamespace,
  ResetAgentKey,
  ResetServiceKey,
} from './schema.ts';
import {
  changeNamespace,
  createNamespace,
  deleteNamespace,
  listNamespaces,
  purgeWhenOver,
  readContents,
  readNamespace,
  resetAgentKey,
  resetServiceKey,
  restoreNamespace,
} from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const OneNamespace = z.strictObject({ tenantId: Id, id: Id });
const path = '/v1/tenants/:tenantId/namespaces';

export const namespaces: Capability = {
  name: 'namespaces',
  operations: [
    operation({
      id: 'namespaces.list',
      method: 'GET',
      path,
      summary: 'List namespaces',
      access: allow('namespaces.view', { inAnyNamespace: true }),
      params: InTenant,
      query: NamespaceQuery,
      reply: NamespaceList,
      handle: (ctx, { query }) => listNamespaces(ctx, query),
    }),
    operation({
      id: 'namespaces.create',
      method: 'POST',
      path,
      summary: 'Create a namespace; its agent key and service key are shown once',
      access: allow('namespaces.change'),
      params: InTenant,
      body: NewNamespace,
      reply: MadeNamespace,
      creates: { reread: readNamespace },
      handle: (ctx, { body }) => createNamespace(ctx, body),
    }),
    operation({
      id: 'namespaces.read',
      method: 'GET',
      path: `${path}/:id`,
      summary: 'Read a namespace',
      access: allow('namespaces.view', { namespace: 'id' }),
      params: OneNamespace,
      reply: Namespace,
      handle: (ctx, { params }) => readNamespace(ctx, params.id),
    }),
    operation({
      id: 'namespaces.change',
      method: 'PATCH',
      path: `${path}/:id`,
      summary: 'Change a namespace',
      access: allow('namespaces.change', { namespace: 'id' }),
      params: OneNamespace,
      body: NamespaceChanges,
      reply: Namespace,
      handle: (ctx, { params, body }) => changeNamespace(ctx, params.id, body),
    }),
    operation({
      id: 'namespaces.read-contents',
      method: 'GET',
      path: `${path}/:id/contents`,
      summary: 'List what goes with a namespace when it is deleted',
      access: allow('namespaces.view', { namespace: 'id' }),
      params: OneNamespace,
      reply: NamespaceContents,
      handle: (ctx, { params }) => readContents(ctx, params.id),
    }),
    operation({
      id: 'namespaces.delete',
      method: 'DELETE',
      path: `${path}/:id`,
      summary: 'Delete a namespace; it can be restored within its grace',
      access: allow('namespaces.change', { namespace: 'id' }),
      params: OneNamespace,
      query: DeleteNamespaceQuery,
      reply: null,
      handle: (ctx, { params, query }) => deleteNamespace(ctx, params.id, query),
    }),
    operation({
      id: 'namespaces.restore',
      method: 'POST',
      path: `${path}/:id/restore`,
      summary: 'Restore a deleted namespace with its keys',
      access: allow('namespaces.change', { namespace: 'id' }),
      params: OneNamespace,
      reply: Namespace,
      handle: (ctx, { params }) => restoreNamespace(ctx, params.id),
    }),
    operation({
      id: 'namespaces.reset-agent-key',
      method: 'POST',
      path: `${path}/:id/agent-key/reset`,
      summary: 'Replace the agent key; the new one is shown once',
      access: allow('namespaces.reset-keys', { namespace: 'id', freshSignIn: true }),
      params: OneNamespace,
      body: KeyReset.prefault({}),
      reply: ResetAgentKey,
      handle: (ctx, { params, body }) => resetAgentKey(ctx, params.id, body),
    }),
    operation({
      id: 'namespaces.reset-service-key',
      method: 'POST',
      path: `${path}/:id/service-key/reset`,
      summary: 'Replace the service key; the new one is shown once',
      access: allow('namespaces.reset-keys', { namespace: 'id', freshSignIn: true }),
      params: OneNamespace,
      body: KeyReset.prefault({}),
      reply: ResetServiceKey,
      handle: (ctx, { params, body }) => resetServiceKey(ctx, params.id, body),
    }),
  ],
  jobs: [job('namespaces.purge', purgeWhenOver)],
};
