import { deciding, open } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { operation } from '../../kernel/operation.ts';
import { configurationOf } from './configuration.ts';
import { evaluate, evaluateMany, foreseen, foreseenOfMany } from './evaluations.ts';
import { authzenRendering } from './rendering.ts';
import {
  ActionSearch,
  Actions,
  Configuration,
  Evaluation,
  EvaluationReply,
  Evaluations,
  EvaluationsReply,
  InTenant,
  ResourceSearch,
  Resources,
  SubjectSearch,
  Subjects,
} from './schema.ts';
import { searchActions, searchResources, searchSubjects } from './search.ts';

const base = '/authzen/:tenantId/access/v1' as const;
const access = deciding('groups.evaluate', 'software asks what others may do before it lets them');

/** Section 9.2 has its path in front of the tenant's; some clients put it behind, as OpenID Connect does. */
const configuration = {
  method: 'GET',
  access: open('says of every tenant the same, whether there is one or not'),
  params: InTenant,
  reply: Configuration,
  handle: async (ctx: PlatformContext, { params }: { params: { tenantId: string } }) =>
    configurationOf(ctx, params.tenantId),
} as const;

/** OpenID AuthZEN Authorization API 1.0, for gateways and other software that decide by a tenant's groups. */
export const authzen: Capability = {
  name: 'authzen',
  rendering: authzenRendering,
  operations: [
    operation({
      id: 'authzen.read-configuration',
      path: '/.well-known/authzen-configuration/authzen/:tenantId',
      summary: 'Say where decisions are asked for',
      ...configuration,
    }),
    operation({
      id: 'authzen.read-configuration-below',
      path: '/authzen/:tenantId/.well-known/authzen-configuration',
      summary: 'Say the same where clients look for it that put the well-known path at the end',
      ...configuration,
    }),
    operation({
      id: 'authzen.evaluate',
      method: 'POST',
      path: `${base}/evaluation`,
      summary: 'Decide whether a subject may do something',
      access,
      params: InTenant,
      body: Evaluation,
      reply: EvaluationReply,
      foresees: ({ params, body }) => foreseen(params.tenantId, body),
      handle: (ctx, { body }) => evaluate(ctx, body),
    }),
    operation({
      id: 'authzen.evaluate-many',
      method: 'POST',
      path: `${base}/evaluations`,
      summary: 'Decide up to 1,000 times in one call',
      access,
      params: InTenant,
      body: Evaluations,
      reply: EvaluationsReply,
      foresees: ({ params, body }) => foreseenOfMany(params.tenantId, body),
      handle: (ctx, { body }) => evaluateMany(ctx, body),
    }),
    operation({
      id: 'authzen.search-subjects',
      method: 'POST',
      path: `${base}/search/subject`,
      summary: 'Find who may do something',
      access,
      params: InTenant,
      body: SubjectSearch,
      reply: Subjects,
      handle: (ctx, { body }) => searchSubjects(ctx, body),
    }),
    operation({
      id: 'authzen.search-resources',
      method: 'POST',
      path: `${base}/search/resource`,
      summary: 'Find where a subject may do something',
      access,
      params: InTenant,
      body: ResourceSearch,
      reply: Resources,
      handle: (ctx, { body }) => searchResources(ctx, body),
    }),
    operation({
      id: 'authzen.search-actions',
      method: 'POST',
      path: `${base}/search/action`,
      summary: 'Find what a subject may do',
      access,
      params: InTenant,
      body: ActionSearch,
      reply: Actions,
      handle: (ctx, { body }) => searchActions(ctx, body),
    }),
  ],
};
