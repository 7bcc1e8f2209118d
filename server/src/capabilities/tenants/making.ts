import { type Actor, systemIdentity } from '../../kernel/authenticate.ts';
import { canonicalName } from '../../kernel/canonical.ts';
import { type RequestFacts, TenantContext } from '../../kernel/context.ts';
import { ask, type Prepared, Unit } from '../../kernel/database/pool.ts';
import { conflict } from '../../kernel/problem.ts';
import type { Place, Platform, Region } from '../../kernel/regions.ts';
import { fingerprint } from '../../kernel/secrets.ts';
import { createOwnerGroup } from '../groups/service.ts';
import { Tenant } from './schema.ts';
import * as store from './store.ts';

/*
 * Making a tenant writes two databases (design, section 3): the directory reserves id and name fingerprint; the region
 * commits; the directory confirms; `finishHalfDone` finishes or frees what was left between. Each step may be repeated
 * with the same id, so that a repeated request goes on where the first one stopped.
 */

export interface Making<T> {
  tenantId: string;
  region: Region;
  /** Where it is made; the cell with the fewest tenants when left out. */
  cellIndex?: number;
  actor: Actor;
  request: RequestFacts;
  row: store.NewRow;
  /** What is committed with the tenant: its first owner, the use of the link that led here. */
  also: (ctx: TenantContext) => Promise<T>;
}

const clock: Prepared = { name: 'clock', text: 'select platform_time() as now', values: [] };

interface Unmade {
  platform: Platform;
  request: RequestFacts;
  place: Place;
  tenantId: string;
  actor: Actor;
}

async function openUnmade({ platform, request, place, tenantId, actor }: Unmade): Promise<TenantContext> {
  const { unit, rows } = await Unit.open(place.cell, tenantId, [clock]);
  const [{ now }] = rows[0] as [{ now: Date }];
  const identity = systemIdentity(actor, {
    tenantStatus: 'active',
    tenantDisplayName: '',
    provisioning: 'on',
    lendsGroups: false,
    now,
  });
  return new TenantContext({ platform, place, tenantId, identity, request, unit });
}

/** Works in the context of a tenant that is not there yet, and commits. */
export async function inUnmade<T>(unmade: Unmade, work: (ctx: TenantContext) => Promise<T>): Promise<T> {
  const ctx = await openUnmade(unmade);
  try {
    const result = await work(ctx);
    await ctx.commit();
    return result;
  } catch (error) {
    await ctx.rollback();
    throw error;
  }
}

/**
 * Makes a tenant with its data key and Owner Group.
 *
 * @returns undefined when a tenant of this id is there already
 * @throws {Problem} 409 `name-taken`
 */
export async function makeTenant<T>(
  platform: Platform,
  making: Making<T>,
): Promise<{ ctx: TenantContext; tenant: store.TenantRow; also: T } | undefined> {
  const { tenantId, region, actor, request, row } = making;
  const nameFingerprint = fingerprint(platform.fingerprintKey, 'system-name', canonicalName(row.name));
  if (!(await reserve(platform, tenantId, region, nameFingerprint))) return undefined;
  const place = await settle(region, tenantId, making.cellIndex ?? (await emptiestCell(region)));
  const ctx = await openUnmade({ platform, request, place, tenantId, actor });
  try {
    const tenant = await store.insert(ctx, row);
    if (!tenant) {
      await ctx.rollback();
      return undefined;
    }
    await ctx.keys.create();
    ctx.audit(Tenant, { after: tenant });
    await createOwnerGroup(ctx);
    const also = await making.also(ctx);
    await ctx.commit();
    await confirm(platform, tenantId, region, nameFingerprint).catch((error) =>
      platform.log.warn({ err: error }, 'the directory could not confirm a tenant; the sweeper will'),
    );
    return { ctx, tenant, also };
  } catch (error) {
    await ctx.rollback();
    throw error;
  }
}

interface Reserved {
  id: string;
  region: string;
  state: 'reserved' | 'confirmed';
  isSameName: boolean;
}

/** @returns false when a tenant of this id is there already */
async function reserve(platform: Platform, id: string, region: Region, name: Buffer): Promise<boolean> {
  const taken = conflict('name-taken', 'A tenant of this platform has this system name, or had it. Choose another.');
  const made = await ask(platform.directory, {
    name: 'reserve-tenant',
    text: `insert into tenants (id, region, name_fingerprint, state) values ($1, $2, $3, 'reserved')
           on conflict do nothing returning id`,
    values: [id, region.code, name],
  });
  if (made.length) return true;
  const found = await ask<Reserved>(platform.directory, {
    name: 'reserved-tenant',
    text: 'select id, region, state, name_fingerprint = $2 as "isSameName" from tenants where id = $1 or name_fingerprint = $2',
    values: [id, name],
  });
  if (found.length === 0) return reserve(platform, id, region, name); // freed meanwhile
  const own = found.find((each) => each.id === id);
  if (own?.state === 'confirmed') return false;
  if (!own || found.length > 1) throw taken;
  if (own.region !== region.code) throw halfMade('in another region');
  try {
    // Goes on with what was reserved, under another name when that failed; within a minute it may still be under way.
    const held = await ask(platform.directory, {
      name: 'reserve-again',
      text: `update tenants set name_fingerprint = $2, reserved_at = clock_timestamp()
             where id = $1 and state = 'reserved'
               and (name_fingerprint = $2 or reserved_at < clock_timestamp() - interval '1 minute') returning id`,
      values: [id, name],
    });
    if (held.length) return true;
  } catch (error) {
    if ((error as { code?: string }).code === '23505') throw taken;
    throw error;
  }
  if (own.isSameName) return reserve(platform, id, region, name); // confirmed or freed meanwhile
  throw halfMade('with another name');
}

const halfMade = (how: string) =>
  conflict('half-made', `This tenant is being made ${how}. Wait ten minutes, then try again.`);

const confirm = (platform: Platform, id: string, { code }: Region, name: Buffer) =>
  ask(platform.directory, {
    name: 'confirm-tenant',
    text: `insert into tenants (id, region, name_fingerprint, state) values ($1, $2, $3, 'confirmed')
           on conflict (id) do update set state = 'confirmed', name_fingerprint = excluded.name_fingerprint`,
    values: [id, code, name],
  });

/** Writes where the tenant lives; who comes second with the same id is told the first one's cell. */
async function settle(region: Region, tenantId: string, cellIndex: number): Promise<Place> {
  const rows = await ask<{ cell: number }>(region.cells[0] as Place['cell'], {
    name: 'place-tenant',
    text: `insert into placements as p (tenant_id, cell) values ($1, $2)
           on conflict (tenant_id) do update set cell = p.cell returning cell`,
    values: [tenantId, cellIndex],
  });
  const at = rows[0]?.cell ?? cellIndex;
  const cell = region.cells[at];
  if (!cell) throw new Error(`Region ${region.code} has no cell ${at + 1}.`);
  return { region, cell, cellIndex: at };
}

/** The cell with the fewest tenants: counted up to 10 000, above that as the planner estimates. */
export async function emptiestCell(region: Region): Promise<number> {
  if (region.cells.length === 1) return 0;
  const counts = await Promise.all(
    region.cells.map(async (cell) => {
      const rows = await ask<{ count: number }>(cell, {
        name: 'count-tenants',
        text: `select case when c.n < 10000 then c.n
                 else greatest(c.n, (select reltuples from pg_class where oid = 'tenant_index'::regclass)) end as count
               from (select count(*)::real as n from (select from tenant_index limit 10000) as few) as c`,
        values: [],
      });
      return rows[0]?.count ?? 0;
    }),
  );
  return counts.indexOf(Math.min(...counts));
}

const isMade = async (region: Region, tenantId: string) =>
  (
    await Promise.all(
      region.cells.map((cell) =>
        ask(cell, {
          name: 'tenant-is-made',
          text: 'select 1 from tenant_index where tenant_id = $1',
          values: [tenantId],
        }),
      ),
    )
  ).some((rows) => rows.length > 0);

/** Confirms in the directory what the region made, and frees the name of what it did not, 10 minutes after. */
export async function finishHalfDone(platform: Platform, region: Region): Promise<void> {
  const halfDone = await ask<{ id: string }>(platform.directory, {
    name: 'half-done-tenants',
    text: `select id from tenants where region = $1 and state = 'reserved'
             and reserved_at < clock_timestamp() - interval '10 minutes' limit 100`,
    values: [region.code],
  });
  for (const { id } of halfDone) {
    if (await isMade(region, id))
      await ask(platform.directory, {
        name: 'confirm-half-done',
        text: `update tenants set state = 'confirmed' where id = $1`,
        values: [id],
      });
    else {
      // Placement first: what fails between is found again by the directory's row.
      await ask(region.cells[0] as Place['cell'], {
        name: 'free-placement',
        text: 'delete from placements where tenant_id = $1',
        values: [id],
      });
      await ask(platform.directory, {
        name: 'free-half-done',
        text: `delete from tenants where id = $1 and state = 'reserved'`,
        values: [id],
      });
    }
  }
  await ask(region.cells[0] as Place['cell'], {
    name: 'sweep-operator-requests',
    text: `delete from operator_requests where created_at < platform_time() - interval '24 hours'`,
    values: [],
  });
}
