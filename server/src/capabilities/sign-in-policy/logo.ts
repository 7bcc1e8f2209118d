import { createHash } from 'node:crypto';
import { actionsOf } from '../../kernel/actions.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { Reply } from '../../kernel/operation.ts';
import { invalid, notFound } from '../../kernel/problem.ts';
import { type Picture, readPicture } from './picture.ts';
import { Logo } from './schema.ts';
import type { LogoRow } from './store.ts';
import * as store from './store.ts';

export { type LogoRow, logoQuery, logoStatement } from './store.ts';

const MAX_BYTES = 100 * 1024;
const LEAST_PIXELS = 16;
const MOST_PIXELS = 2048;

/** A picture that a sign-in page may show. @throws {Problem} 400 that names `image` */
function pictureOf(image: string): Picture {
  const refused = (message: string) => invalid({ path: 'image', message });
  const picture = readPicture(Buffer.from(image, 'base64'));
  if (!picture) throw refused('must be a whole PNG, JPEG or WebP picture without animation');
  if (picture.bytes.length > MAX_BYTES)
    throw refused(`must have at most ${MAX_BYTES} bytes; this one has ${picture.bytes.length}`);
  const { width, height } = picture;
  if (Math.min(width, height) < LEAST_PIXELS || Math.max(width, height) > MOST_PIXELS)
    throw refused(
      `must be ${LEAST_PIXELS} to ${MOST_PIXELS} pixels wide and high; this one is ${width} by ${height} pixels`,
    );
  return picture;
}

const addressOf = (tenantId: string, digest: string) => `/v1/sign-in/tenants/${tenantId}/logos/${digest}`;

/** A logo as pages show it; null without one. */
export const shownLogo = (tenantId: string, row: LogoRow | undefined) =>
  row ? { address: addressOf(tenantId, row.digest), type: row.type, width: row.width, height: row.height } : null;

const shown = (ctx: TenantContext, row: LogoRow | undefined, { version }: { version: number }) => ({
  picture: shownLogo(ctx.tenantId, row),
  version,
  actions: actionsOf(ctx, [
    { name: 'sign-in-policy.change-logo', permission: 'identity-providers.change' },
    { name: 'sign-in-policy.remove-logo', permission: 'identity-providers.change' },
  ]),
});

export const readLogo = async (ctx: TenantContext) => shown(ctx, await store.logo(ctx), await store.read(ctx));

/**
 * Shows another picture on the sign-in page, from the next request on. The version is that of the tenant.
 *
 * @throws {Problem} 400 that names `image`
 */
export async function changeLogo(ctx: TenantContext, { image }: { image: string }) {
  const { bytes, ...picture } = pictureOf(image);
  ctx.requireVersion(await store.lock(ctx));
  const before = await store.logo(ctx);
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  const after = { ...picture, digest };
  store.putLogo(ctx, { ...after, picture: bytes });
  return recorded(ctx, before, after);
}

/** Shows no picture any more. @throws {Problem} 404 without one */
export async function removeLogo(ctx: TenantContext): Promise<void> {
  const tenant = await store.lock(ctx);
  const before = await store.logo(ctx);
  if (!before) throw notFound('logo');
  ctx.requireVersion(tenant);
  store.deleteLogo(ctx);
  await recorded(ctx, before, undefined);
}

async function recorded(ctx: TenantContext, before: LogoRow | undefined, after: LogoRow | undefined) {
  const tenant = await store.update(ctx, {});
  const kept = (row: LogoRow | undefined) => ({ picture: shownLogo(ctx.tenantId, row) });
  ctx.audit(Logo, { before: kept(before), after: kept(after), target: { kind: 'sign-in-policy', id: null } });
  return shown(ctx, after, tenant);
}

/**
 * The picture itself, for whoever knows its address, which the sign-in page names. Another picture has another address,
 * so it may be kept.
 *
 * @throws {Problem} 404; 421 when another region has the tenant
 */
export async function sendLogo({ platform }: PlatformContext, tenantId: string, digest: string): Promise<Reply> {
  const place = await platform.locate(tenantId);
  if (!place) throw notFound('logo');
  const { unit, rows } = await Unit.open(place.cell, tenantId, [store.pictureStatement(digest)], 'read');
  unit.finishRead();
  const [row] = rows[0] as { type: string; picture: Buffer }[];
  if (!row) throw notFound('logo');
  return new Reply(row.picture, {
    headers: {
      'content-type': row.type,
      'cache-control': 'public, max-age=86400, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
    },
  });
}
