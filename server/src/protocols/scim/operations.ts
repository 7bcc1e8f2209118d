import type { z } from 'zod';
import { flushCalls, noteCall } from '../../capabilities/provisioning/service.ts';
import { allow, provisioning } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { operation } from '../../kernel/operation.ts';
import { forbidden, notFound, Problem } from '../../kernel/problem.ts';
import type { Call } from '../../kernel/serve.ts';
import { groupType, type ResourceType, userType } from './attributes.ts';
import { baseUrlOf } from './base-url.ts';
import { performBulk } from './bulk.ts';
import * as groups from './groups.ts';
import { previewBulk } from './looking.ts';
import { gatherMembers, gatherMembersOfPatch } from './members.ts';
import { scimRendering, scimTypeOf } from './rendering.ts';
import {
  AnyQuery,
  InTenant,
  OneResource,
  OneResourceType,
  OneSchema,
  PreviewQuery,
  ScimBulk,
  ScimBulkResponse,
  ScimDefinition,
  ScimGroup,
  ScimList,
  ScimPatch,
  ScimPreview,
  ScimSearch,
  ScimUser,
  ServiceProviderConfig,
} from './schema.ts';
import { listResourceTypes, listSchemas, readResourceType, readSchema } from './schemas.ts';
import { foreseenOfSearch, inOwnCase, searchAll, searchGroups, searchUsers } from './search.ts';
import { MAX_BODY_BYTES, MAX_GROUP_BYTES, serviceProviderConfig } from './service-provider-config.ts';
import * as users from './users.ts';

const base = '/scim/v2/:tenantId' as const;
const access = provisioning('the identity provider keeps the people and groups that it made');
const describing = provisioning('tells a holder of a valid token what the server does', { whateverItsState: true });
const maxBodyBytes = MAX_BODY_BYTES;

/**
 * What the server says of itself. It is fixed, so a filter of it is refused (RFC 7644 section 4).
 *
 * @param read undefined when there is none of that name
 */
const definition = <P extends z.ZodObject>({
  read,
  ...declared
}: {
  id: `scim.${string}`;
  path: `/${string}`;
  summary: string;
  params: P;
  reply: z.ZodType;
  read: (ctx: TenantContext, params: z.output<P>) => unknown;
}) =>
  operation({
    ...declared,
    method: 'GET',
    access: describing,
    query: AnyQuery,
    handle: async (ctx, { params, query }) => {
      if (query.filter !== undefined) throw forbidden('filter-refused', 'These are not filtered. Ask without filter.');
      const found = await read(ctx, params as z.output<P>);
      if (found === undefined) throw notFound('definition');
      return found;
    },
  });

/** What a search will ask first. The base URL matters to filters on addresses alone, which no index answers. */
const foreseen = (type: ResourceType, query: Record<string, unknown>) => foreseenOfSearch(type, query, '');

const createUser = operation({
  id: 'scim.create-user',
  method: 'POST',
  path: `${base}/Users`,
  summary: 'Create a user',
  access,
  params: InTenant,
  query: AnyQuery,
  body: ScimUser,
  maxBodyBytes,
  reply: ScimUser,
  status: 201,
  holdsNothing: true,
  afterRefusal: (ctx, problem, { body }) => users.noteUserClash(ctx, problem, body),
  handle: (ctx, { body, query }) => users.createUser(ctx, body, query),
});
const replaceUser = operation({
  id: 'scim.replace-user',
  method: 'PUT',
  path: `${base}/Users/:id`,
  summary: 'Replace a user',
  access,
  params: OneResource,
  query: AnyQuery,
  body: ScimUser,
  maxBodyBytes,
  reply: ScimUser,
  holdsNothing: true,
  foresees: ({ params, body }) => users.foreseenOfUserChange(params.id, body),
  afterRefusal: async (ctx, problem, { params, body }) => {
    await users.noteUserClash(ctx, problem, body, params.id);
    await users.noteUserRemoval(ctx, problem, params.id, 'deactivation');
    await users.noteUserCredentials(ctx, problem, params.id);
  },
  handle: (ctx, { params, body, query }) => users.replaceUser(ctx, params.id, body, query),
});
const changeUser = operation({
  id: 'scim.change-user',
  method: 'PATCH',
  path: `${base}/Users/:id`,
  summary: 'Change a user',
  access,
  params: OneResource,
  query: AnyQuery,
  body: ScimPatch,
  maxBodyBytes,
  reply: ScimUser,
  holdsNothing: true,
  foresees: ({ params, body }) => users.foreseenOfUserChange(params.id, body),
  afterRefusal: async (ctx, problem, { params, body }) => {
    await users.noteUserClashOfPatch(ctx, problem, params.id, body);
    await users.noteUserRemoval(ctx, problem, params.id, 'deactivation');
    await users.noteUserCredentials(ctx, problem, params.id);
  },
  handle: (ctx, { params, body, query }) => users.changeUser(ctx, params.id, body, query),
});
const deleteUser = operation({
  id: 'scim.delete-user',
  method: 'DELETE',
  path: `${base}/Users/:id`,
  summary: 'Delete a user',
  access,
  params: OneResource,
  query: AnyQuery,
  reply: null,
  foresees: ({ params }) => users.foreseenOfUserDeletion(params.id),
  afterRefusal: (ctx, problem, { params }) => users.noteUserRemoval(ctx, problem, params.id, 'deletion'),
  handle: (ctx, { params }) => users.deleteUser(ctx, params.id),
});
const createGroup = operation({
  id: 'scim.create-group',
  method: 'POST',
  path: `${base}/Groups`,
  summary: 'Create a group',
  access,
  params: InTenant,
  query: AnyQuery,
  body: ScimGroup,
  maxBodyBytes: MAX_GROUP_BYTES,
  gathers: gatherMembers,
  reply: ScimGroup,
  status: 201,
  afterRefusal: (ctx, problem, { body }) => groups.noteNewGroupClash(ctx, problem, body),
  handle: (ctx, { body, query }) => groups.createGroup(ctx, body, query),
});
const replaceGroup = operation({
  id: 'scim.replace-group',
  method: 'PUT',
  path: `${base}/Groups/:id`,
  summary: 'Replace a group',
  access,
  params: OneResource,
  query: AnyQuery,
  body: ScimGroup,
  maxBodyBytes: MAX_GROUP_BYTES,
  gathers: gatherMembers,
  reply: ScimGroup,
  foresees: ({ params, body }) => groups.foreseenOfReplacement(params.id, body),
  afterRefusal: (ctx, problem, { params, body }) => groups.noteReplacementClash(ctx, problem, params.id, body),
  handle: (ctx, { params, body, query }) => groups.replaceGroup(ctx, params.id, body, query),
});
const changeGroup = operation({
  id: 'scim.change-group',
  method: 'PATCH',
  path: `${base}/Groups/:id`,
  summary: 'Change a group',
  access,
  params: OneResource,
  query: AnyQuery,
  body: ScimPatch,
  maxBodyBytes: MAX_GROUP_BYTES,
  gathers: gatherMembersOfPatch,
  reply: ScimGroup,
  foresees: ({ params, body }) => groups.foreseenOfPatch(params.id, body),
  afterRefusal: (ctx, problem, { params, body }) => groups.notePatchClash(ctx, problem, params.id, body),
  handle: (ctx, { params, body, query }) => groups.changeGroup(ctx, params.id, body, query),
});
const deleteGroup = operation({
  id: 'scim.delete-group',
  method: 'DELETE',
  path: `${base}/Groups/:id`,
  summary: 'Delete a group',
  access,
  params: OneResource,
  query: AnyQuery,
  reply: null,
  foresees: ({ params }) => groups.foreseenOfDeletion(params.id),
  handle: (ctx, { params }) => groups.deleteGroup(ctx, params.id),
});

const searching = (
  id: 'scim.search-users' | 'scim.search-groups' | 'scim.search',
  path: `/${string}`,
  summary: string,
  search: (ctx: TenantContext, asked: Record<string, unknown>) => Promise<unknown>,
) =>
  operation({
    id,
    method: 'POST',
    path,
    summary,
    access: provisioning('a search by a body reads, as the GET does'),
    onlyShows: true,
    params: InTenant,
    query: AnyQuery,
    body: ScimSearch,
    reply: ScimList,
    status: 200,
    handle: (ctx, { body }) => search(ctx, inOwnCase(body)),
  });

// RFC 7644 section 3.11: a token stands for no user, and "MAY respond with HTTP status code 501".
const me = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', id: `scim.${string}`) =>
  operation({
    id,
    method,
    path: `${base}/Me`,
    summary: 'Refuse /Me: a provisioning token stands for no user',
    access,
    params: InTenant,
    query: AnyQuery,
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: ScimUser }),
    ...(method === 'PUT' || method === 'PATCH' || method === 'DELETE' ? { withoutVersion: 'it does nothing' } : {}),
    reply: null,
    handle: async () => {
      throw new Problem(501, 'not-implemented', 'A provisioning token stands for no user. Use /Users/{id}.');
    },
  });

/** For the page of provisioning: what was asked, and how it went. */
function noteAnswer(call: Call): void {
  const { url, about, problem } = call;
  const [address] = url.split('?', 1) as [string];
  const at = address.indexOf('/', base.indexOf(':'));
  noteCall({
    platform: call.platform,
    place: call.place,
    tenantId: call.tenantId,
    method: call.method,
    status: call.status,
    durationMs: call.durationMs,
    requestId: call.requestId,
    path: at < 0 ? '' : address.slice(at),
    targetKey: about,
    tokenId: call.credentialId,
    scimType: (problem && scimTypeOf(problem)) ?? null,
    detail: problem?.message ?? null,
  });
}

const performed = {
  POST: { Users: createUser, Groups: createGroup },
  PUT: { Users: replaceUser, Groups: replaceGroup },
  PATCH: { Users: changeUser, Groups: changeGroup },
  DELETE: { Users: deleteUser, Groups: deleteGroup },
};

/** What identity providers send, seen by people before it is sent. */
export const scimPreview: Capability = {
  name: 'scim-preview',
  operations: [
    operation({
      id: 'provisioning.preview-bulk',
      method: 'POST',
      path: '/v1/tenants/:tenantId/provisioning/bulk/preview',
      summary: 'See what a SCIM Bulk would do: who would gain and lose what, and what each operation would be answered',
      // Whoever may issue a token may read by it what the answers tell.
      access: allow('provisioning.issue'),
      params: InTenant,
      query: PreviewQuery,
      body: ScimBulk,
      maxBodyBytes,
      reply: ScimPreview,
      status: 200,
      handle: (ctx, { body, query }) => previewBulk(ctx, body, query, performed),
    }),
  ],
};

/** SCIM 2.0 (RFC 7642 to 7644, RFC 9865) for the identity providers of a tenant. */
export const scim: Capability = {
  name: 'scim',
  rendering: { ...scimRendering, watch: noteAnswer },
  stop: flushCalls,
  operations: [
    createUser,
    operation({
      id: 'scim.list-users',
      method: 'GET',
      path: `${base}/Users`,
      summary: 'List and search users',
      access,
      params: InTenant,
      query: AnyQuery,
      reply: ScimList,
      foresees: ({ query }) => foreseen(userType, query),
      handle: (ctx, { query }) => searchUsers(ctx, query),
    }),
    operation({
      id: 'scim.read-user',
      method: 'GET',
      path: `${base}/Users/:id`,
      summary: 'Read a user',
      access,
      params: OneResource,
      query: AnyQuery,
      reply: ScimUser,
      foresees: ({ params }) => users.foreseenOfUser(params.id),
      handle: (ctx, { params, query }) => users.readUser(ctx, params.id, query),
    }),
    replaceUser,
    changeUser,
    deleteUser,
    createGroup,
    operation({
      id: 'scim.list-groups',
      method: 'GET',
      path: `${base}/Groups`,
      summary: 'List and search groups',
      access,
      params: InTenant,
      query: AnyQuery,
      reply: ScimList,
      foresees: ({ query }) => foreseen(groupType, query),
      handle: (ctx, { query }) => searchGroups(ctx, query),
    }),
    operation({
      id: 'scim.read-group',
      method: 'GET',
      path: `${base}/Groups/:id`,
      summary: 'Read a group with its members',
      access,
      params: OneResource,
      query: AnyQuery,
      reply: ScimGroup,
      foresees: ({ params, query }) => groups.foreseenOfGroup(params.id, query),
      handle: (ctx, { params, query }) => groups.readGroup(ctx, params.id, query),
    }),
    replaceGroup,
    changeGroup,
    deleteGroup,
    searching('scim.search-users', `${base}/Users/.search`, 'Search users by a body', searchUsers),
    searching('scim.search-groups', `${base}/Groups/.search`, 'Search groups by a body', searchGroups),
    searching('scim.search', `${base}/.search`, 'Search users and groups by a body', searchAll),
    operation({
      id: 'scim.bulk',
      method: 'POST',
      path: `${base}/Bulk`,
      summary: 'Perform many operations',
      access,
      params: InTenant,
      query: AnyQuery,
      body: ScimBulk,
      maxBodyBytes,
      reply: ScimBulkResponse,
      status: 200,
      handle: (ctx, { body }) => performBulk(ctx, body, performed),
    }),
    me('GET', 'scim.read-me'),
    me('POST', 'scim.create-me'),
    me('PUT', 'scim.replace-me'),
    me('PATCH', 'scim.change-me'),
    me('DELETE', 'scim.delete-me'),
    definition({
      id: 'scim.read-service-provider-config',
      path: `${base}/ServiceProviderConfig`,
      summary: 'Read what the SCIM server does',
      params: InTenant,
      reply: ServiceProviderConfig,
      read: (ctx) => serviceProviderConfig(ctx),
    }),
    definition({
      id: 'scim.list-schemas',
      path: `${base}/Schemas`,
      summary: 'List the schemas',
      params: InTenant,
      reply: ScimList,
      read: (ctx) => listSchemas(baseUrlOf(ctx)),
    }),
    definition({
      id: 'scim.read-schema',
      path: `${base}/Schemas/:urn`,
      summary: 'Read a schema',
      params: OneSchema,
      reply: ScimDefinition,
      read: (ctx, { urn }) => readSchema(urn, baseUrlOf(ctx)),
    }),
    definition({
      id: 'scim.list-resource-types',
      path: `${base}/ResourceTypes`,
      summary: 'List the resource types',
      params: InTenant,
      reply: ScimList,
      read: (ctx) => listResourceTypes(baseUrlOf(ctx)),
    }),
    definition({
      id: 'scim.read-resource-type',
      path: `${base}/ResourceTypes/:name`,
      summary: 'Read a resource type',
      params: OneResourceType,
      reply: ScimDefinition,
      read: (ctx, { name }) => readResourceType(name, baseUrlOf(ctx)),
    }),
  ],
};
