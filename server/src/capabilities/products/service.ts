import type { z } from 'zod';
import { type PlatformContext, requireVersion, type TenantContext } from '../../kernel/context.ts';
import type { Pool } from '../../kernel/database/pool.ts';
import { conflict, notFound, Problem } from '../../kernel/problem.ts';
import type { Place, Region } from '../../kernel/regions.ts';
import { lacksBillingProfile } from '../billing-profile/service.ts';
import type { NewProduct, ProductQuery, ProductReplacement } from './schema.ts';
import * as store from './store.ts';

/** What the operator offers in a region, which is data of no tenant. */

const homeOf = ({ cells }: Region) => cells[0] as Pool;
const shown = ({ code }: Region, row: store.ProductRow) => ({ region: code, ...row });
const actOf = ({ request }: PlatformContext) => ({ action: request.action, requestId: request.id });

/** @throws {Problem} 421 or 400 for a region that is not served or known */
export async function listProducts({ platform }: PlatformContext, { region }: z.output<typeof ProductQuery>) {
  const asked =
    region === undefined ? [...platform.regions.values()] : [await platform.regionOf(region, 'query.region')];
  const found = await Promise.all(
    asked.map(async (each) => (await store.list(homeOf(each))).map((row) => shown(each, row))),
  );
  return { items: found.flat() };
}

/** @throws {Problem} 404 when none of the regions that this node serves has it */
async function located({ platform }: PlatformContext, id: string) {
  for (const region of platform.regions.values()) {
    const row = await store.find(homeOf(region), id);
    if (row) return { region, row };
  }
  throw notFound('product');
}

export async function readProduct(ctx: PlatformContext, id: string) {
  const { region, row } = await located(ctx, id);
  return shown(region, row);
}

/** @throws {Problem} 409 `code-taken`, `too-many-products`; 421 or 400 for a region that is not served or known */
export async function createProduct(ctx: PlatformContext, { region: code, ...product }: z.output<typeof NewProduct>) {
  const region = await ctx.platform.regionOf(code);
  const made = await store.insert(homeOf(region), actOf(ctx), product);
  if (!made) throw conflict('too-many-products', 'A region has 500 products at most. Delete some that are not needed.');
  return shown(region, made);
}

const overtaken = () =>
  new Problem(412, 'version-changed', 'Somebody changed this since you read it. Read it again, then change it.');

/** What tenants have of it already stays as it is. */
export async function replaceProduct(ctx: PlatformContext, id: string, product: ProductReplacement) {
  const { region, row } = await located(ctx, id);
  requireVersion(ctx.request, row);
  const after = await store.replace(homeOf(region), actOf(ctx), row, product);
  if (!after) throw overtaken();
  return shown(region, after);
}

export async function deleteProduct(ctx: PlatformContext, id: string): Promise<void> {
  const { region, row } = await located(ctx, id);
  requireVersion(ctx.request, row);
  if (!(await store.remove(homeOf(region), actOf(ctx), row))) throw overtaken();
}

const offered = async ({ region }: Place) =>
  (await store.listOffered(homeOf(region)))
    .map(({ code, name, description, tiers }) => ({
      code,
      name,
      description,
      tiers: tiers.filter(({ isOffered }) => isOffered),
    }))
    .filter(({ tiers }) => tiers.length > 0);

/** What the operator offers where the tenant is. */
export const readOffers = async (ctx: TenantContext) => ({
  items: await offered(ctx.place),
  needsBillingProfile: await lacksBillingProfile(ctx),
  takesFiles: ctx.platform.config.licences.keys.length > 0,
  isRequired: ctx.platform.config.licences.isRequired,
});

export { offered as offeredIn };
