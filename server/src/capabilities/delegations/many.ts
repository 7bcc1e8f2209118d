import type { TenantContext } from '../../kernel/context.ts';
import { problemOf } from '../../kernel/problem.ts';
import { csvLine } from '../audit/service.ts';
import { accepted, type Batch, startTask, taskKind } from '../tasks/service.ts';
import type { NewDelegations } from './schema.ts';
import { requestDelegation, requireMayAsk } from './service.ts';
import * as store from './store.ts';

/** One request to many customers, each with a result of its own; where one has a delegation, it is asked to renew it. */

const BATCH = 25;
const columns = ['customerTenantId', 'outcome', 'delegationId', 'reason'];

const requestMany = taskKind<NewDelegations>({
  kind: 'delegations.request-many',
  permission: 'delegations.change',
  fileName: 'delegations.csv',
  actsAs: 'delegations.request',
  count: async (_ctx, { customerTenantIds }) => customerTenantIds.length,
  batch: doBatch,
});

export const manyJobs = [requestMany.job];

export async function requestDelegations(ctx: TenantContext, body: NewDelegations) {
  await requireMayAsk(ctx, body);
  const asked = { ...body, customerTenantIds: [...new Set(body.customerTenantIds)] };
  return accepted(ctx, await startTask(ctx, requestMany, asked));
}

async function doBatch(ctx: TenantContext, asked: NewDelegations, cursor: string | null): Promise<Batch> {
  const { customerTenantIds, ...request } = asked;
  const from = cursor === null ? 0 : Number(cursor);
  const lines = cursor === null ? [csvLine(columns)] : [];
  const counts = { requested: 0, renewed: 0, skipped: 0 };
  const part = customerTenantIds.slice(from, from + BATCH);
  for (const customerTenantId of part) {
    try {
      const standing = await store.standingWith(ctx, 'partner', customerTenantId, request.groupId);
      const renews = standing.find(({ state }) => state === 'active')?.id;
      const made = await ctx.attempt(() =>
        requestDelegation(ctx, { customerTenantId, ...(renews ? { renews } : {}), ...request }),
      );
      const outcome = renews ? 'renewed' : 'requested';
      counts[outcome]++;
      lines.push(csvLine([customerTenantId, renews ? 'renewal requested' : 'requested', made.id, null]));
    } catch (error) {
      const problem = problemOf(error);
      if (!problem || problem.status >= 500) throw error;
      counts.skipped++;
      lines.push(csvLine([customerTenantId, 'skipped', null, problem.message]));
    }
  }
  const next = from + part.length;
  return {
    text: lines.join(''),
    rows: part.length,
    counts,
    cursor: next < customerTenantIds.length ? String(next) : null,
  };
}
