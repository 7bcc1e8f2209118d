import { entryOf } from '../../kernel/audit.ts';
import { type Actor, rightsNow } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, notFound, Problem } from '../../kernel/problem.ts';
import { requireTenantOf } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import { noteLending } from '../delegations/service.ts';
import { requireMayShare } from '../groups/service.ts';
import type { Asked, AskedByKey, AskedMembers, AskedNames, ImportOver, UsedKey } from './messages.ts';
import { GroupImport } from './schema.ts';
import { endHere, over } from './service.ts';
import * as store from './store.ts';

/** What a tenant answers to another one about imports that they share. */

/** What a key is for. */
export interface Described {
  homeTenantId: string;
  homeTenantName: string;
  homeRegion: string;
  homeGroupId: string;
  name: string;
  description: string;
  memberCount: number;
  expiresAt: Date;
}

const asKey: Actor = { kind: 'system', id: null, credentialId: null, door: 'link' };
const asJob: Actor = { kind: 'system', id: null, credentialId: null, door: 'job' };

/** Does something in the tenant that is asked; undefined when it is not here. */
export async function inTenant<T>(
  platform: Platform,
  from: string,
  { fromTenantId, otherTenantId }: Asked,
  action: string,
  work: (ctx: TenantContext) => Promise<T>,
  actor: Actor = asKey,
): Promise<T | undefined> {
  await requireTenantOf(platform, from, fromTenantId);
  const place = await platform.locateHere(otherTenantId);
  if (!place) return undefined;
  const request = { id: newId(), action, sourceAddress: null, userAgent: null, ifMatch: '*' };
  return enterTenant({ platform, place, tenantId: otherTenantId, actor, request }, work);
}

async function byKey<T>(
  platform: Platform,
  from: string,
  asked: AskedByKey,
  work: (home: TenantContext, secretHash: Buffer) => Promise<T>,
): Promise<T> {
  const said = await inTenant(platform, from, asked, 'group-imports.create', async (home) => {
    requireDoorOpen(home.identity);
    return { result: await work(home, Buffer.from(asked.secretHash, 'base64url')) };
  });
  if (!said) throw over();
  return said.result;
}

/** The group that a key shares, if whoever made the key may still do so, as they had to when they made it. */
async function sharedBy(home: TenantContext, { groupId, createdBy }: { groupId: string; createdBy: string | null }) {
  const rights = createdBy ? await rightsNow(home.db, createdBy) : null;
  if (!rights?.may('groups.change')) throw over();
  return requireMayShare(home, groupId, { id: createdBy, rights }).catch((error) => {
    throw error instanceof Problem ? over() : error;
  });
}

export const sayQuestion = (platform: Platform, from: string, asked: AskedByKey): Promise<Described> =>
  byKey(platform, from, asked, async (home, secretHash) => {
    const key = await store.openKeyBy(home, secretHash, asked.fromTenantId);
    if (!key) throw over();
    return describe(home, await sharedBy(home, key), key.expiresAt);
  });

async function describe(
  home: TenantContext,
  { id, name, description }: { id: string; name: string; description: string },
  expiresAt: Date,
): Promise<Described> {
  return {
    homeTenantId: home.tenantId,
    homeTenantName: home.identity.tenantDisplayName,
    homeRegion: home.place.region.code,
    homeGroupId: id,
    name,
    description,
    memberCount: await store.countAccountsIn(home, id),
    expiresAt,
  };
}

const MOST_SHARED = 1_000;
/** Longer than any request of the other tenant, which has its row by then or never. */
const CONFIRM_SECONDS = 300;

/** The key is used up, and this tenant lets the group's members act there. @throws {Problem} 410; 409 `too-many-imports` */
export const sayUse = (platform: Platform, from: string, asked: UsedKey) =>
  byKey(platform, from, asked, async (home, secretHash) => {
    const key = await store.consumeKey(home, secretHash, asked.fromTenantId);
    if (!key) throw over();
    await sharedBy(home, key);
    // What was imported before and ended there only is over now.
    for (const { id, otherTenantId } of await store.standingOf(home, key.groupId, 'home'))
      if (otherTenantId === asked.fromTenantId)
        await endHere(home, await store.lock(home, id), 'receiver', { action: 'group-imports.follow' });
    if ((await store.countStanding(home, 'home')) >= MOST_SHARED)
      throw conflict('too-many-imports', 'The other organisation shares too many groups already. It must end some.');
    const made = await store.insert(home, {
      id: asked.id,
      side: 'home',
      otherTenantId: asked.fromTenantId,
      otherRegion: from,
      homeGroupId: key.groupId,
      groupId: null,
    });
    await noteLending(home);
    home.enqueue('group-imports.confirm', { id: made.id }, home.later(CONFIRM_SECONDS));
    home.record(
      entryOf(GroupImport, 'group-imports.create', {
        after: { ...made, actions: [] },
        details: { importKeyId: key.id },
      }),
      asKey,
    );
    home.notify({
      kind: 'group-imported',
      text: 'Another organisation imported a group of this tenant with a key. Its members can act there.',
      to: 'owners',
      target: { kind: 'group-import', id: made.id },
    });
    return { id: made.id };
  });

/** A tenant says that an import is over. */
export const hearOver = (platform: Platform, from: string, asked: ImportOver): Promise<unknown> =>
  inTenant(
    platform,
    from,
    asked,
    'group-imports.follow',
    async (ctx) => {
      const own = await store.lockIfAny(ctx, asked.id);
      if (own?.state !== 'active' || own.otherTenantId !== asked.fromTenantId) return;
      await endHere(ctx, own, asked.endedBy === 'home' ? 'home' : 'receiver', { action: 'group-imports.follow' });
    },
    asJob,
  );

/** What this side is called, and at home the group and how many are in it. */
export async function sayNames(platform: Platform, from: string, asked: AskedNames) {
  await requireTenantOf(platform, from, asked.fromTenantId);
  const place = await platform.locateHere(asked.otherTenantId);
  if (!place) return [];
  const statement = store.telling(asked.fromTenantId, asked.ids);
  const { unit, rows } = await Unit.open(place.cell, asked.otherTenantId, [statement], 'read');
  unit.finishRead();
  return rows[0] as store.Told[];
}

/** A page of who is in the group. @throws {Problem} 404 when it is not shared any more */
export async function sayMembers(platform: Platform, from: string, asked: AskedMembers) {
  const found = await inTenant(platform, from, asked, 'group-imports.list-members', async (home) => {
    requireDoorOpen(home.identity);
    const group = await store.groupOfImport(home, asked.id, asked.fromTenantId);
    return group && store.listAccountsIn(home, group.id, asked.query);
  });
  if (!found) throw notFound('import');
  return found;
}
