import type { z } from 'zod';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { standingNow } from '../../kernel/guests.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, Problem } from '../../kernel/problem.ts';
import { changeIdentityProvider } from './changing.ts';
import { type SetUpChanges, SetUpLink, type SetUpSecret } from './schema.ts';
import { changeClientSecret } from './secrets.ts';
import { readIdentityProvider } from './showing.ts';
import * as store from './store.ts';
import { beginTest, readTest } from './tests.ts';

/**
 * A link by which somebody who knows the provider fills in its settings here: for 7 days, for this provider and nothing
 * else, and only while it is inactive.
 */

const LINK_SECONDS = 7 * 86_400;

/**
 * Makes the link; an earlier one is over.
 *
 * @throws {Problem} 409 `provider-active`
 */
export async function makeSetUpLink(ctx: TenantContext, providerId: string) {
  const provider = await store.lock(ctx, providerId);
  if (provider.status === 'active')
    throw conflict('provider-active', 'Deactivate it first: a set-up link opens inactive ones only.');
  await store.endSetUpLinks(ctx, providerId);
  const secret = formatLinkSecret(ctx.tenantId);
  const expiresAt = ctx.later(LINK_SECONDS);
  await store.insertSetUpLink(ctx, { id: newId(), providerId, secretHash: hashSecret(secret), expiresAt });
  const target = { kind: 'identity-provider', id: providerId, name: provider.name };
  ctx.audit(SetUpLink, { target, details: { expiresAt: expiresAt.toISOString() } });
  return { url: `${ctx.place.region.baseUrl}/identity-provider-set-up#${secret}`, expiresAt };
}

/** Ends the link before its time; nothing when there is none. */
export async function endSetUpLink(ctx: TenantContext, providerId: string): Promise<void> {
  const provider = await store.lock(ctx, providerId);
  await store.endSetUpLinks(ctx, providerId);
  ctx.audit(SetUpLink, { target: { kind: 'identity-provider', id: providerId, name: provider.name } });
}

const linkOver = () =>
  new Problem(
    410,
    'link-over',
    'This link is not valid any more: it was replaced, ended or is too old. Ask for another.',
  );

/**
 * Opens the provider that a link is for, by the rights of who made the link, as far as they still hold.
 *
 * @throws {Problem} 410 `link-over`
 */
async function throughLink<T>(
  { platform, request }: PlatformContext,
  token: string,
  work: (ctx: TenantContext, providerId: string) => Promise<T>,
): Promise<T> {
  const tenantId = parseLinkSecret(token)?.tenantId;
  const place = tenantId && (await platform.locate(tenantId));
  if (!tenantId || !place) throw linkOver();
  const actor = { kind: 'system', id: null, credentialId: null, door: 'link' } as const;
  const done = await enterTenant({ platform, place, tenantId, actor, request }, async (ctx) => {
    const named = await store.liveSetUpLink(ctx, hashSecret(token));
    const provider = named && (await store.lockIfAny(ctx, named.providerId));
    // Asked again: who ends a link holds the provider, and may have ended this one while it was waited for.
    const link = provider?.status === 'inactive' && (await store.liveSetUpLink(ctx, hashSecret(token)));
    if (!link) throw linkOver();
    requireDoorOpen(ctx.identity);
    const rights = link.createdBy ? (await standingNow(ctx, link.createdBy)).rights : undefined;
    if (!rights?.may('identity-providers.change')) throw linkOver();
    ctx.identity.rights = rights;
    ctx.identity.actor = { ...actor, credentialId: link.id };
    return work(ctx, link.providerId);
  });
  return done as T;
}

/** What the holder of a link sees: what the provider needs of us, and what we need of it. */
const shownTo = async (ctx: TenantContext, providerId: string) => {
  const { admission: _rule, actions: _acts, ...provider } = await readIdentityProvider(ctx, providerId);
  return { ...provider, tenantDisplayName: ctx.identity.tenantDisplayName };
};

/** For what a link lets its holder do that changes nothing. @throws {Problem} 410 `link-over` */
export const requireSetUpLink = (ctx: PlatformContext, token: string): Promise<Date> =>
  throughLink(ctx, token, async ({ now }) => now);

/** @throws {Problem} 410 `link-over` */
export const openSetUp = (ctx: PlatformContext, token: string) => throughLink(ctx, token, shownTo);

/** @throws {Problem} 410 `link-over`; as `changeIdentityProvider` */
export const changeThroughSetUp = (
  ctx: PlatformContext,
  { token, ...changes }: z.output<typeof SetUpChanges>,
): Promise<unknown> =>
  throughLink(ctx, token, async (tenant, providerId) => {
    await changeIdentityProvider(tenant, providerId, changes);
    return shownTo(tenant, providerId);
  });

/** @throws {Problem} 410 `link-over`; 400 that names `expiresAt` */
export const changeSecretThroughSetUp = (
  ctx: PlatformContext,
  { token, ...secret }: z.output<typeof SetUpSecret>,
): Promise<unknown> =>
  throughLink(ctx, token, async (tenant, providerId) => {
    await changeClientSecret(tenant, providerId, secret);
    return shownTo(tenant, providerId);
  });

/** @throws {Problem} 410 `link-over`; 409 `provider-incomplete` */
export const testThroughSetUp = (ctx: PlatformContext, token: string) =>
  throughLink(ctx, token, (tenant, providerId) =>
    beginTest(tenant, providerId, '/identity-provider-set-up?tested=:id'),
  );

/** @throws {Problem} 410 `link-over`; 404 */
export const readTestThroughSetUp = (ctx: PlatformContext, { token, testId }: { token: string; testId: string }) =>
  throughLink(ctx, token, (tenant, providerId) => readTest(tenant, providerId, testId));
