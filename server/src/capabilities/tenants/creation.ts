import type { z } from 'zod';
import { type Actor, operatorOf, operatorStatement } from '../../kernel/authenticate.ts';
import { type PlatformContext, TenantContext } from '../../kernel/context.ts';
import { ask, type Pool, Unit } from '../../kernel/database/pool.ts';
import { newId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { invalid, notFound, Problem } from '../../kernel/problem.ts';
import type { Platform, Region } from '../../kernel/regions.ts';
import { fingerprint } from '../../kernel/secrets.ts';
import { inviteFirstOwner } from '../accounts/service.ts';
import { joinOwnerGroup } from '../groups/service.ts';
import { createBootstrapKey } from '../service-accounts/service.ts';
import { makeTenant } from './making.ts';
import { checkProfile } from './profile.ts';
import type { NewTenant } from './schema.ts';
import { readTenant, shown } from './service.ts';

const DAY_MS = 86_400_000;
const operatorActor: Actor = { kind: 'operator', id: null, credentialId: null, door: 'operator' };

/**
 * Makes a tenant for the operator and invites its first owner by mail.
 *
 * @returns 201 with the tenant and, when asked for, a key of its owners, shown once
 * @throws {Problem} 421 for a region served elsewhere; 400 that names the field; 409 `name-taken`;
 *   422 `idempotency-key-reused`
 */
export async function createTenant({ platform, request }: PlatformContext, body: NewTenant): Promise<Reply> {
  const region = await platform.regionOf(body.region);
  const { owner, type } = body;
  const row = checkProfile(body, request, type, { path: 'owner.email', value: owner.email });
  if (body.bootstrapKeyExpiresAt && !body.bootstrapKey)
    throw invalid({ path: 'bootstrapKeyExpiresAt', message: 'needs bootstrapKey' });

  const claim = await claimKey(platform, region, request.idempotencyKey, body);
  const earlier = claim && !claim.isFirst && (await replay(platform, request, claim.tenantId));
  if (earlier) return earlier;
  try {
    const bootstrapKeyExpiresAt = body.bootstrapKey
      ? await bootstrapEnd(region, body.bootstrapKeyExpiresAt)
      : undefined;
    const made = await makeTenant(platform, {
      tenantId: claim?.tenantId ?? newId(),
      region,
      actor: operatorActor,
      request,
      row,
      also: async (ctx) => {
        const account = await inviteFirstOwner(ctx, owner);
        await joinOwnerGroup(ctx, account.id);
        return bootstrapKeyExpiresAt && (await createBootstrapKey(ctx, bootstrapKeyExpiresAt));
      },
    });
    if (made) {
      const { ctx, tenant, also } = made;
      return reply(shown(ctx, tenant), also ? { ownerKey: also.value } : {});
    }
  } catch (error) {
    if (claim && error instanceof Problem && error.status < 500) await releaseKey(region, claim);
    throw error;
  }
  const other = claim && (await replay(platform, request, claim.tenantId));
  if (!other) throw notFound('tenant');
  return other;
}

const reply = (tenant: ReturnType<typeof shown>, more: object, headers: Record<string, string> = {}) =>
  new Reply(
    { tenant, ...more },
    { status: 201, headers: { etag: `"${tenant.version}"`, location: `/v1/tenants/${tenant.id}`, ...headers } },
  );

/** The answer to a repeated request: the tenant as it is now, without the key that was shown then. */
async function replay(
  platform: Platform,
  request: PlatformContext['request'],
  tenantId: string,
): Promise<Reply | undefined> {
  const place = await platform.locate(tenantId);
  if (!place) return undefined;
  const { unit, rows } = await Unit.open(place.cell, tenantId, [operatorStatement]);
  try {
    const identity = operatorOf(rows[0] ?? []);
    if (!identity) return undefined;
    const ctx = new TenantContext({ platform, place, tenantId, identity, request, unit });
    return reply(await readTenant(ctx), {}, { 'idempotency-replayed': 'true' });
  } finally {
    await unit.rollback();
  }
}

/** @throws {Problem} 400 when it is over already or more than 30 days away, by the region's clock */
async function bootstrapEnd(region: Region, asked: string | undefined): Promise<Date> {
  const rows = await ask<{ now: Date }>(region.cells[0] as Pool, {
    name: 'region-clock',
    text: 'select platform_time() as now',
    values: [],
  });
  const now = (rows[0]?.now ?? new Date(0)).getTime();
  const end = asked ? new Date(asked) : new Date(now + DAY_MS);
  if (end.getTime() <= now || end.getTime() > now + 30 * DAY_MS)
    throw invalid({ path: 'bootstrapKeyExpiresAt', message: 'must be a time within the next 30 days' });
  return end;
}

interface KeyClaim {
  fingerprint: Buffer;
  tenantId: string;
  isFirst: boolean;
}

/**
 * P35 above tenants: the key's fingerprint holds the id that the tenant gets, for 24 hours, so that equal requests,
 * at once or one after another, make one tenant.
 *
 * @returns undefined without a key
 * @throws {Problem} 422 `idempotency-key-reused` with another body
 */
async function claimKey(
  platform: Platform,
  region: Region,
  key: string | string[] | undefined,
  body: z.output<typeof NewTenant>,
): Promise<KeyClaim | undefined> {
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))
    throw invalid({ path: 'header.idempotency-key', message: 'must be 1 to 200 visible ASCII characters' });
  const reused = new Problem(
    422,
    'idempotency-key-reused',
    'This Idempotency-Key was used with another request. Use a new key for a new request.',
  );
  const keyPrint = fingerprint(platform.fingerprintKey, 'operator-request-key', key);
  const bodyPrint = fingerprint(platform.fingerprintKey, 'operator-request-body', JSON.stringify(body));
  const earlierIn = (cell: Pool) =>
    ask<{ tenantId: string; isSame: boolean }>(cell, {
      name: 'operator-request',
      text: `select tenant_id as "tenantId", body_fingerprint = $2 as "isSame" from operator_requests
             where key_fingerprint = $1 and created_at > platform_time() - interval '24 hours'`,
      values: [keyPrint, bodyPrint],
    });
  const others = [...platform.regions.values()].filter((each) => each !== region);
  for (const rows of await Promise.all(others.map((each) => earlierIn(each.cells[0] as Pool))))
    if (rows.length) throw reused; // the region is part of the body
  const home = region.cells[0] as Pool;
  const taken = await ask<{ tenantId: string }>(home, {
    name: 'claim-operator-request',
    text: `insert into operator_requests as r (key_fingerprint, body_fingerprint, tenant_id) values ($1, $2, $3)
           on conflict (key_fingerprint) do update
             set body_fingerprint = excluded.body_fingerprint, tenant_id = excluded.tenant_id, created_at = platform_time()
             where r.created_at <= platform_time() - interval '24 hours'
           returning tenant_id as "tenantId"`,
    values: [keyPrint, bodyPrint, newId()],
  });
  if (taken[0]) return { fingerprint: keyPrint, tenantId: taken[0].tenantId, isFirst: true };
  const [earlier] = await earlierIn(home);
  if (!earlier) return claimKey(platform, region, key, body); // the first one was refused meanwhile
  if (!earlier.isSame) throw reused;
  return { fingerprint: keyPrint, tenantId: earlier.tenantId, isFirst: false };
}

/** A request that was refused leaves its key free for a corrected one. */
const releaseKey = (region: Region, { fingerprint: keyPrint, tenantId }: KeyClaim) =>
  ask(region.cells[0] as Pool, {
    name: 'release-operator-request',
    text: 'delete from operator_requests where key_fingerprint = $1 and tenant_id = $2',
    values: [keyPrint, tenantId],
  });
