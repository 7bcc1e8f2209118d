import { z } from 'zod';
import { agent, allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { TransactionBatch, TransactionReceipt } from '../transactions/schema.ts';
import {
  Agent,
  AgentConfiguration,
  AgentList,
  AgentQuery,
  AgentReport,
  ConfigurationQuery,
  Enrolled,
  Enrolment,
  SubjectGroups,
  Subjects,
} from './schema.ts';
import {
  enrol,
  groupsOfSubjects,
  listAgents,
  readAgent,
  readConfiguration,
  record,
  removeAgent,
  report,
  setState,
} from './service.ts';

const OfGateway = z.strictObject({ tenantId: Id, namespaceId: Id, gatewayId: Id });
const OneOfGateway = z.strictObject({ tenantId: Id, namespaceId: Id, gatewayId: Id, id: Id });
const OneAgent = z.strictObject({ tenantId: Id, id: Id });
const ofGateway = '/v1/tenants/:tenantId/namespaces/:namespaceId/gateways/:gatewayId/agents';
const ofItself = '/v1/tenants/:tenantId/agents';
const view = allow('gateways.view', { namespace: 'namespaceId' });
const change = allow('gateways.change', { namespace: 'namespaceId' });

/** Programs that run gateways: administrators see and drain them, and they ask for what they decide by. */
export const agents: Capability = {
  name: 'agents',
  operations: [
    operation({
      id: 'agents.list',
      method: 'GET',
      path: ofGateway,
      summary: 'List the programs that run a gateway',
      access: view,
      params: OfGateway,
      query: AgentQuery,
      reply: AgentList,
      handle: (ctx, { params, query }) => listAgents(ctx, params, query),
    }),
    operation({
      id: 'agents.read',
      method: 'GET',
      path: `${ofGateway}/:id`,
      summary: 'Read how a program that runs a gateway is',
      access: view,
      params: OneOfGateway,
      reply: Agent,
      handle: (ctx, { params }) => readAgent(ctx, params),
    }),
    operation({
      id: 'agents.drain',
      method: 'POST',
      path: `${ofGateway}/:id/drain`,
      summary: 'Have it end what is open and let in nobody new',
      access: change,
      params: OneOfGateway,
      reply: Agent,
      handle: (ctx, { params }) => setState(ctx, params, 'draining'),
    }),
    operation({
      id: 'agents.resume',
      method: 'POST',
      path: `${ofGateway}/:id/resume`,
      summary: 'Have it serve again',
      access: change,
      params: OneOfGateway,
      reply: Agent,
      handle: (ctx, { params }) => setState(ctx, params, 'serving'),
    }),
    operation({
      id: 'agents.remove',
      method: 'DELETE',
      path: `${ofGateway}/:id`,
      summary: 'End an enrolment: what runs under it lets in nobody any more',
      access: change,
      params: OneOfGateway,
      reply: null,
      withoutVersion: 'ends what a program may do',
      handle: (ctx, { params }) => removeAgent(ctx, params),
    }),
    operation({
      id: 'agents.enrol',
      method: 'POST',
      path: ofItself,
      summary: 'Enrol a program that runs a gateway of the namespace',
      access: agent('the key of a namespace takes programs in that run its gateways'),
      params: z.strictObject({ tenantId: Id }),
      body: Enrolment,
      reply: Enrolled,
      status: 201,
      handle: (ctx, { body }) => enrol(ctx, body),
    }),
    operation({
      id: 'agents.read-configuration',
      method: 'GET',
      path: `${ofItself}/:id/configuration`,
      summary: 'Read what to decide by, when it is another than the one that is named',
      access: agent('of the gateway that it enrolled for', { duringReadOnly: true }),
      params: OneAgent,
      query: ConfigurationQuery,
      reply: AgentConfiguration,
      handle: (ctx, { params, query }) => readConfiguration(ctx, params.id, query),
    }),
    operation({
      id: 'agents.read-groups',
      method: 'POST',
      path: `${ofItself}/:id/principals`,
      summary: 'Ask which groups of the rules some people are in',
      access: agent('of the gateway that it enrolled for', { duringReadOnly: true }),
      params: OneAgent,
      body: Subjects,
      reply: SubjectGroups,
      handle: (ctx, { params, body }) => groupsOfSubjects(ctx, params.id, body.subjects),
    }),
    operation({
      id: 'agents.report',
      method: 'POST',
      path: `${ofItself}/:id/report`,
      summary: 'Say how it is',
      access: agent('about itself', { duringReadOnly: true }),
      params: OneAgent,
      body: AgentReport,
      reply: null,
      handle: (ctx, { params, body }) => report(ctx, params.id, body),
    }),
    operation({
      id: 'agents.record-transactions',
      method: 'POST',
      path: `${ofItself}/:id/transactions`,
      summary: 'Report what was carried and refused',
      access: agent('of the gateway that it enrolled for', { duringReadOnly: true }),
      params: OneAgent,
      body: TransactionBatch,
      reply: TransactionReceipt,
      handle: (ctx, { params, body }) => record(ctx, params.id, body),
    }),
  ],
};
