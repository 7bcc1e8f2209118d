import { setTimeout } from 'node:timers/promises';
import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { conflict, invalid, unauthenticated } from '../../kernel/problem.ts';
import { readGateway, requireAgentCertificate, routesOf, signingOf } from '../gateways/service.ts';
import type { TransactionBatch, TransactionReceipt } from '../transactions/schema.ts';
import { recordTransactions } from '../transactions/service.ts';
import { Agent, type AgentQuery, type AgentReport, type ConfigurationQuery, type Enrolment } from './schema.ts';
import * as store from './store.ts';

/** An agent, and where the path names it. */
export interface AgentPath {
  namespaceId: string;
  gatewayId: string;
  id: string;
}

const MOST_AGENTS = 50;
const SILENT_MS = 60_000;
const FORGOTTEN_SECONDS = -86_400;
/** How often a waiting agent's version is looked at. */
const LOOK_MS = 1_000;
/** The last request of each agent that waits in this process. */
const waiting = new Map<string, object>();

function shown(ctx: TenantContext, agent: store.AgentRow) {
  const { namespaceId, lastContactAt, inForce, wantedVersion, state, program } = agent;
  const change = { permission: 'gateways.change', namespaceId };
  const { carried, refused, failed, openRequests, recordsWaiting, recordsDropped, recordsLeftOut } = agent;
  const { certificateFingerprint: fingerprint, certificateExpiresAt: expiresAt } = agent;
  return {
    health: healthOf(ctx, agent),
    configuration: { inForce, isCurrent: inForce === wantedVersion },
    certificate: fingerprint && expiresAt ? { fingerprint, expiresAt } : null,
    journal:
      recordsWaiting === null
        ? null
        : { waiting: recordsWaiting, dropped: recordsDropped ?? 0, leftOut: recordsLeftOut ?? 0 },
    counts: program === null ? null : { carried, refused, failed, openRequests },
    actions: actionsOf(ctx, [
      state === 'serving' ? { name: 'agents.drain', ...change } : { name: 'agents.resume', ...change },
      { name: 'agents.remove', ...change },
    ]),
    ...agent,
    lastContactAt,
  };
}

function healthOf({ now }: TenantContext, { lastContactAt, said }: store.AgentRow) {
  if (!lastContactAt) return 'new';
  const isSilent = said !== 'ended' && now.getTime() - lastContactAt.getTime() > SILENT_MS;
  return isSilent ? 'silent' : (said ?? 'new');
}

export async function listAgents(
  ctx: TenantContext,
  { namespaceId, gatewayId }: Omit<AgentPath, 'id'>,
  query: z.output<typeof AgentQuery>,
) {
  await readGateway(ctx, { namespaceId, id: gatewayId });
  const found = await store.list(ctx, gatewayId, query);
  return { ...found, items: found.items.map((agent) => shown(ctx, agent)) };
}

export async function readAgent(ctx: TenantContext, { namespaceId, gatewayId, id }: AgentPath) {
  await readGateway(ctx, { namespaceId, id: gatewayId });
  return shown(ctx, await store.find(ctx, { gatewayId, id }));
}

/** Has it let in nobody new while it ends what is open, or serve again. */
export async function setState(ctx: TenantContext, at: AgentPath, state: 'serving' | 'draining') {
  const before = await readAgent(ctx, at);
  if (before.state === state) return before;
  await store.setState(ctx, at.id, state);
  const after = await readAgent(ctx, at);
  ctx.audit(Agent, { before, after });
  return after;
}

/** Ends an enrolment: what runs under it lets in nobody any more, and enrols anew when it is started on an empty data folder. */
export async function removeAgent(ctx: TenantContext, at: AgentPath): Promise<void> {
  const before = await readAgent(ctx, at);
  await store.remove(ctx, [at.id]);
  ctx.audit(Agent, { before });
}

/**
 * Takes a program in that runs a gateway of the key's namespace. Those of the gateway that were silent for a day go.
 *
 * @throws {Problem} 400 that names `gateway`; 409 `too-many-agents`
 */
export async function enrol(ctx: TenantContext, { gateway: wanted, name }: Enrolment) {
  const gateways = await store.gatewaysOf(ctx);
  const gateway =
    wanted === undefined
      ? gateways.length === 1
        ? gateways[0]
        : undefined
      : gateways.find((each) => each.id === wanted || each.name === wanted);
  if (!gateway)
    throw invalid({
      path: 'gateway',
      message:
        gateways.length === 0
          ? 'cannot be chosen: this namespace has no gateway yet'
          : `must be one of this namespace: ${gateways
              .slice(0, 20)
              .map((each) => each.name)
              .join(', ')}`,
    });
  requireAgentCertificate(ctx, gateway.agentCertificates);
  await store.holdGateway(ctx, gateway.id);
  const forgotten = await store.silentSince(ctx, gateway.id, ctx.later(FORGOTTEN_SECONDS));
  if (forgotten.length > 0)
    await store.remove(
      ctx,
      forgotten.map(({ id }) => id),
    );
  for (const before of forgotten) ctx.audit(Agent, { before: shown(ctx, before), action: 'agents.forget' });
  if ((await store.countOf(ctx, gateway.id)) >= MOST_AGENTS)
    throw conflict('too-many-agents', `A gateway is run by ${MOST_AGENTS} agents at most. Remove some that are gone.`);
  await requireRoom(ctx, 'agents');
  const id = newId();
  await store.insert(ctx, { id, gatewayId: gateway.id, name });
  ctx.audit(Agent, { after: shown(ctx, await store.ofNamespace(ctx, id)) });
  const { code, baseUrl } = ctx.place.region;
  return { id, gateway: { id: gateway.id, name: gateway.name }, region: { code, baseUrl } };
}

/** The agent that asks, with the certificate that its gateway wants. */
async function itself(ctx: TenantContext, id: string) {
  const agent = await store.ofNamespace(ctx, id);
  requireAgentCertificate(ctx, agent.agentCertificates);
  return agent;
}

/**
 * The configuration of an agent's gateway; 304 when it is still the one that the agent has after the time.
 *
 * While it waits it holds no connection, and the key was still valid when what it answers had been read.
 */
export async function readConfiguration(
  ctx: TenantContext,
  id: string,
  { after, waitSeconds }: z.output<typeof ConfigurationQuery>,
) {
  await itself(ctx, id);
  const read = await store.versionFor(ctx, id);
  ctx.finishRead();
  const version = read !== undefined && read === after ? await waitedFor(ctx, id, read, waitSeconds * 1000) : read;
  if (version === undefined) throw over();
  if (version === after) return new Reply(undefined, { status: 304 });
  return ctx.again(async (now) => {
    const configuration = await configurationFor(now, id);
    // A key that was reset meanwhile gets none of it.
    if ((await store.versionFor(now, id)) === undefined) throw over();
    return configuration;
  });
}

const over = () => unauthenticated('The key, its namespace or this enrolment is over.');

/** The version once it is another one, or when the time is over; an agent's next request ends the waiting of the one before. */
async function waitedFor(ctx: TenantContext, id: string, after: string, milliseconds: number) {
  const mine = {};
  waiting.set(id, mine);
  try {
    let version: string | undefined = after;
    for (let waited = 0; version === after && waited < milliseconds; waited += LOOK_MS) {
      await setTimeout(LOOK_MS);
      if (waiting.get(id) !== mine || ctx.request.isGone?.() || ctx.platform.isLeaving) break;
      version = await ctx.again((now) => store.versionFor(now, id));
    }
    return version;
  } finally {
    if (waiting.get(id) === mine) waiting.delete(id);
  }
}

async function configurationFor(ctx: TenantContext, id: string) {
  const {
    namespaceId,
    gatewayId,
    gatewayName,
    prefix,
    audiences,
    providerStatus,
    issuer,
    state,
    wantedVersion,
    refusal,
  } = await itself(ctx, id);
  return {
    version: wantedVersion,
    state,
    refusal,
    gateway: { id: gatewayId, name: gatewayName, prefix },
    provider: providerStatus === 'active' && issuer ? { issuer, audiences } : null,
    routes: await routesOf(ctx, gatewayId),
    rules: await store.rulesOf(ctx, gatewayId),
    signing: await signingOf(ctx, await readGateway(ctx, { namespaceId, id: gatewayId })),
  };
}

/** What people are let in by, asked for one by one: never who is in a group. */
export async function groupsOfSubjects(ctx: TenantContext, id: string, subjects: string[]) {
  const { gatewayId, providerId, issuer, providerStatus } = await itself(ctx, id);
  const found =
    providerId && issuer && providerStatus === 'active'
      ? await store.groupsOf(ctx, { gatewayId, providerId, issuer }, subjects)
      : new Map<string, string[]>();
  return { items: subjects.map((subject) => ({ subject, groupIds: found.get(subject) ?? [] })) };
}

export async function report(ctx: TenantContext, id: string, said: AgentReport): Promise<void> {
  const { agentCertificates } = await store.ofNamespace(ctx, id);
  await store.report(ctx, id, said, requireAgentCertificate(ctx, agentCertificates));
}

/**
 * Writes down what the gateway carried and refused; when it is answered, it is counted, and kept for Logging as long as the
 * tenant's day has room.
 */
export async function record(ctx: TenantContext, id: string, batch: TransactionBatch): Promise<TransactionReceipt> {
  const { namespaceId, gatewayId, providerId, issuer } = await itself(ctx, id);
  return recordTransactions(ctx, { namespaceId, gatewayId, agentId: id, providerId, issuer }, batch);
}
