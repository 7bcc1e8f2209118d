import { createHash } from 'node:crypto';
import type { TenantContext } from './context.ts';
import type { Operation } from './operation.ts';
import { invalid, notFound, Problem } from './problem.ts';
import { rereadChange, wasKept } from './second-approver.ts';

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

function recordKey(ctx: TenantContext, operation: Operation, key: string | string[]) {
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))
    throw invalid({ path: 'header.idempotency-key', message: 'must be 1 to 200 visible ASCII characters' });
  return { tenantId: ctx.tenantId, actorId: ctx.actor.id as string, route: operation.id, keyHash: sha256(key) };
}

/**
 * P35: one object for each key, tenant, actor and route, kept 24 hours. The record is written in the creation's own
 * transaction; a second request with the key waits for the first to end.
 *
 * @returns the first answer's status and the object as it is now, without secrets; undefined for the first request
 * @throws {Problem} 422 `idempotency-key-reused` with another body; 404 when the object is gone
 */
export async function idempotent(
  ctx: TenantContext,
  operation: Operation,
  key: string | string[],
  body: Buffer,
  params: unknown,
) {
  const record = recordKey(ctx, operation, key);
  const bodyHash = sha256(Buffer.concat([Buffer.from(JSON.stringify(params ?? null)), body]));
  const dayAgo = ctx.later(-86_400);
  const taken = await ctx.db
    .insertInto('idempotencyRecords')
    .values({ ...record, bodyHash, createdAt: ctx.now })
    .onConflict((conflict) =>
      conflict
        .columns(['tenantId', 'actorId', 'route', 'keyHash'])
        .doUpdateSet({ bodyHash, status: null, objectId: null, createdAt: ctx.now })
        .where('idempotencyRecords.createdAt', '<', dayAgo),
    )
    .returning('createdAt')
    .executeTakeFirst();
  if (taken) return undefined;
  const earlier = await ctx.db
    .selectFrom('idempotencyRecords')
    .select(['bodyHash', 'status', 'objectId'])
    .where('actorId', '=', record.actorId)
    .where('route', '=', record.route)
    .where('keyHash', '=', record.keyHash)
    .executeTakeFirstOrThrow();
  if (!earlier.bodyHash.equals(bodyHash))
    throw new Problem(
      422,
      'idempotency-key-reused',
      'This Idempotency-Key was used with another request. Use a new key for a new request.',
    );
  const reread = wasKept(operation, earlier.status) ? rereadChange : operation.creates?.reread;
  const object = earlier.objectId && (await reread?.(ctx, earlier.objectId, params as never));
  if (!object) throw notFound();
  return { status: earlier.status ?? operation.status, object };
}

/** Notes what the creation gave, in the same transaction. */
idempotent.remember = async (
  ctx: TenantContext,
  operation: Operation,
  key: string | string[],
  status: number,
  result: unknown,
) => {
  const { actorId, route, keyHash } = recordKey(ctx, operation, key);
  const objectId = (result as { id?: string }).id ?? null;
  await ctx.db
    .updateTable('idempotencyRecords')
    .set({ status, objectId })
    .where('actorId', '=', actorId)
    .where('route', '=', route)
    .where('keyHash', '=', keyHash)
    .execute();
};
