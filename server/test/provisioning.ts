import type { CompiledQuery } from 'kysely';
import { inject } from 'vitest';
import { Rights } from '../src/kernel/access.ts';
import { operatorStatement, systemIdentity } from '../src/kernel/authenticate.ts';
import { TenantContext } from '../src/kernel/context.ts';
import { makePool, Unit } from '../src/kernel/database/pool.ts';
import { problemOf } from '../src/kernel/problem.ts';
import { aName, type aPlatform } from './harness.ts';

/** What provisioning does below its protocol: rules of accounts and groups, called with a token's unit of work. */

type Platform = Awaited<ReturnType<typeof aPlatform>>;

export interface Way {
  node?: number;
  tenantId?: string;
  foreseen?: CompiledQuery[];
  action?: string;
  /** Another pool than the node's. */
  cell?: ReturnType<typeof makePool>;
  /** With every right. */
  isOwner?: boolean;
}

type Work<T> = (ctx: TenantContext) => T | Promise<T>;

export function provisioningOf(platform: Platform, usual: { tenantId: string; tokenId: string; action: string }) {
  /** A unit of work as a provisioning token opens it; committed. Throws the problem that HTTP would answer. */
  async function provisioning<T>(work: Work<T>, way: Way = {}): Promise<T> {
    const { node = 0, foreseen = [], isOwner = false, tenantId, action, cell } = { ...usual, ...way };
    const served = platform.nodes[node]?.platform as Platform['nodes'][number]['platform'];
    const place = await served.locate(tenantId);
    if (!place) throw new Error('The tenant is not here.');
    const { unit, rows } = await Unit.open(cell ?? place.cell, tenantId, [operatorStatement], 'write', foreseen);
    const { tokenId } = usual;
    const actor = { kind: 'provisioning-token', id: tokenId, credentialId: tokenId, door: 'scim' } as const;
    const identity = systemIdentity(actor, rows[0]?.[0] as Parameters<typeof systemIdentity>[1]);
    if (isOwner) identity.rights = Rights.of(true, []);
    const request = { id: aName('request'), action, sourceAddress: null, userAgent: null, ifMatch: undefined };
    try {
      const ctx = new TenantContext({ platform: served, place, tenantId, identity, request, unit });
      const result = await work(ctx);
      await ctx.commit();
      return result;
    } catch (error) {
      await unit.rollback();
      throw problemOf(error) ?? error;
    }
  }

  /** How many messages to PostgreSQL the work takes, beginning and commit with it. */
  async function messagesOf(work: Work<unknown>, foreseen: CompiledQuery[] = []): Promise<number> {
    const { host, port } = inject('postgres');
    const database = platform.databases.cells.au?.[0] as string;
    const cell = makePool({ connection: { host, port, user: 'app', database }, size: 1 });
    let messages = 0;
    cell.on('connect', (client) => {
      const query = client.query.bind(client) as (...all: unknown[]) => unknown;
      client.query = ((...all: unknown[]) => {
        messages++;
        return query(...all);
      }) as typeof client.query;
    });
    try {
      await provisioning(work, { cell, foreseen });
      return messages;
    } finally {
      await cell.end();
    }
  }

  return { provisioning, messagesOf };
}

/** What an attempt was refused with. */
export async function refusal(attempt: Promise<unknown>) {
  const error = await attempt.then(
    () => undefined,
    (reason) => reason,
  );
  if (!error) throw new Error('It was not refused.');
  return error;
}
