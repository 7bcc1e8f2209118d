import { z } from 'zod';
import { allow, member } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { look } from './looking.ts';
import {
  EvaluateBody,
  Evaluated,
  ExplainQuery,
  Explanation,
  HolderList,
  HoldersQuery,
  Look,
  Looked,
  OwnRights,
} from './schema.ts';
import { evaluate, explain, listHolders } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const path = '/v1/tenants/:tenantId/access';

export const access: Capability = {
  name: 'access',
  operations: [
    operation({
      id: 'access.explain',
      method: 'GET',
      path: `${path}/explain`,
      summary: 'Explain whether somebody may do something: why, or what would have to change',
      access: member('everybody may know about themselves; of others it needs groups.view'),
      params: InTenant,
      query: ExplainQuery,
      reply: Explanation,
      handle: (ctx, { query }) => explain(ctx, query),
    }),
    operation({
      id: 'access.read-own',
      method: 'GET',
      path: `${path}/own`,
      summary: 'Say what the caller holds in this tenant, also where it is a guest',
      access: member('everybody may know about themselves'),
      params: InTenant,
      reply: OwnRights,
      handle: async ({ rights: { isOwner, grants } }) => ({ isOwner, grants }),
    }),
    operation({
      id: 'access.look',
      method: 'POST',
      path: `${path}/look`,
      summary: 'Show who would gain and lose what by a change, without doing it',
      access: allow('groups.view'),
      params: InTenant,
      body: Look,
      reply: Looked,
      onlyShows: true,
      handle: (ctx, { body }) => look(ctx, body),
    }),
    operation({
      id: 'access.list-holders',
      method: 'GET',
      path: `${path}/holders`,
      summary: 'List everybody who may do something, and by which paths',
      access: allow('groups.view'),
      params: InTenant,
      query: HoldersQuery,
      reply: HolderList,
      handle: (ctx, { query }) => listHolders(ctx, query),
    }),
    operation({
      id: 'access.evaluate',
      method: 'POST',
      path: `${path}/evaluate`,
      summary: 'Decide whether they may do it, up to 1,000 at once',
      access: member('everybody may know about themselves; of others it needs groups.evaluate'),
      params: InTenant,
      body: EvaluateBody,
      reply: Evaluated,
      onlyShows: true,
      handle: (ctx, { body }) => evaluate(ctx, body),
    }),
  ],
};
