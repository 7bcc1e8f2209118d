import type { z } from 'zod';
import type { PlatformContext } from '../../kernel/context.ts';
import { formatLinkSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { invalid, unauthenticated } from '../../kernel/problem.ts';
import type { Place, Platform } from '../../kernel/regions.ts';
import { createOwnerWithPassword, hashNewPassword } from '../accounts/service.ts';
import { joinOwnerGroup } from '../groups/service.ts';
import { consumeLink, findLink, hasTenants, linkUsed, throughLink, writeLink } from './links.ts';
import { inUnmade, makeTenant } from './making.ts';
import { checkProfile } from './profile.ts';
import type { FirstRun } from './schema.ts';

const DAY_SECONDS = 86_400;

/**
 * Makes the one-time link with which the first tenant is set up on the embedded databases. Only its hash is kept, in
 * each region, since the region is chosen later; it ends with its use, with the first tenant, or after a day.
 *
 * @param url where the console is
 * @returns undefined when there is a tenant, or tenants are the operator's to make
 */
export async function setUpLink(platform: Platform, url: string): Promise<string | undefined> {
  const { embedded, registration } = platform.config;
  if (!embedded || registration === 'off' || (await hasTenants(platform))) return undefined;
  const tenantId = newId();
  const token = formatLinkSecret(tenantId);
  const request = { id: newId(), action: 'first-run.offer', sourceAddress: null, userAgent: null, ifMatch: undefined };
  for (const region of platform.regions.values()) {
    const place: Place = { region, cell: region.cells[0] as Place['cell'], cellIndex: 0 };
    await inUnmade({ platform, request, place, tenantId, actor: throughLink }, (ctx) =>
      writeLink(ctx, { purpose: 'setup', expiresAt: ctx.later(DAY_SECONDS), token }),
    );
  }
  return `${url}/setup#${token}`;
}

/** @throws {Problem} 401 for a code that is none of ours; 410 `link-over` */
async function openSetUp({ platform }: PlatformContext, token: string) {
  const found = await findLink(platform.regions.values(), 'setup', token);
  if (!found) throw unauthenticated('This set-up code is not valid. Start Bailiwick again to see a new link.');
  if (!found.isOpen || (await hasTenants(platform))) throw linkUsed();
  return found;
}

/** Whether the link still opens, and where the first tenant can be made. @throws {Problem} 401, 410 `link-over` */
export async function askFirstRun(ctx: PlatformContext, token: string) {
  await openSetUp(ctx, token);
  return { regions: [...ctx.platform.regions.values()] };
}

/**
 * Makes the first tenant and its owner, who is enabled and has the password.
 *
 * @throws {Problem} 401 and 410 `link-over` as `askFirstRun`; 421; 400 that names the field
 */
export async function firstRun(
  { platform, request }: PlatformContext,
  { token, region: code, owner, ...profile }: z.output<typeof FirstRun>,
) {
  const { tenantId, secretHash } = await openSetUp({ platform, request }, token);
  const region = await platform.regionOf(code);
  const row = checkProfile(profile, request, 'customer', { path: 'owner.email', value: owner.email });
  const { password, ...person } = owner;
  const names = [owner.firstName, owner.lastName, row.name, row.displayName, row.legalName];
  const passwordHash = await hashNewPassword(platform, tenantId, password, {
    email: owner.email,
    names,
    minLength: 15,
  }).catch((error) => {
    throw error?.code === 'invalid-request'
      ? invalid({ path: 'owner.password', message: error.errors[0].message })
      : error;
  });
  const made = await makeTenant(platform, {
    tenantId,
    region,
    cellIndex: 0,
    actor: throughLink,
    request,
    row,
    also: async (ctx) => {
      await consumeLink(ctx, secretHash);
      const account = await createOwnerWithPassword(ctx, { ...person, passwordHash });
      await joinOwnerGroup(ctx, account.id);
      return account.id;
    },
  });
  if (!made) throw linkUsed();
  return { tenantId, accountId: made.also, region: region.code, baseUrl: region.baseUrl };
}
