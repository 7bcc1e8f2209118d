import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import { lacksBillingProfile } from '../billing-profile/service.ts';
import { offeredIn } from '../products/service.ts';
import { holdLicences, look } from './looks.ts';
import { keepLooksAway } from './metering-store.ts';
import {
  Licence,
  type LicenceNamespaces,
  type LicenceQuery,
  type NewLicence,
  type NewSubscription,
  Subscription,
  type SubscriptionChanges,
  type SubscriptionQuery,
} from './schema.ts';
import * as store from './store.ts';
import { graceEndOf, renewed, stateOf } from './terms.ts';

export { countTransactions, keptToday, notTold, refusalIn, refusalOf } from './metering-store.ts';
export { refusedNow } from './usage.ts';

const MOST_LICENCES = 100;
const MOST_SUBSCRIPTIONS = 200;
const MOST_IN_TENANT = 500;
const change = 'licences.change';

const fromFile = 'It comes from a file of the vendor’s. Upload a new one to change it.';

// ---------------------------------------------------------------- licences

type Named = { licenceId: string; id: string; name: string };

function shown(ctx: TenantContext, row: store.LicenceRow, terms: store.SubscriptionRow[], namespaces: Named[]) {
  const { id, source, createdBy, ownerName, issuer, fileNumber, keyId, issuedAt, fileEndsAt, ...licence } = row;
  const own = terms.filter(({ licenceId }) => licenceId === id);
  const states = own.map((term) => stateOf(term, ctx.now));
  const state = (['active', 'grace', 'upcoming', 'ended'] as const).find((each) => states.includes(each)) ?? 'empty';
  const last = Math.max(...own.map(({ activeThrough }) => activeThrough.getTime()));
  const blocked = source === 'file' ? fromFile : null;
  return {
    id,
    source,
    renewalFrequency: own.at(-1)?.renewalFrequency ?? null,
    owner: createdBy === null ? null : { id: createdBy, displayName: ownerName ?? 'Former account' },
    file:
      issuer === null || fileNumber === null || keyId === null || issuedAt === null
        ? null
        : { issuer, number: fileNumber, keyId, issuedAt, endsAt: fileEndsAt },
    state,
    activeThrough: own.length > 0 ? new Date(last) : null,
    subscriptions: own.length,
    namespaces: namespaces.filter(({ licenceId }) => licenceId === id).map(({ id: of, name }) => ({ id: of, name })),
    actions: actionsOf(ctx, [
      { name: 'licences.change', permission: change },
      { name: 'licences.assign', permission: change },
      { name: 'licences.delete', permission: change },
      { name: 'subscriptions.create', permission: change, blocked },
    ]),
    ...licence,
  };
}

async function shownAll(ctx: TenantContext, rows: store.LicenceRow[]) {
  const ids = rows.map(({ id }) => id);
  const [terms, namespaces] = await Promise.all([store.subscriptionsOf(ctx, ids), store.namespacesOf(ctx, ids)]);
  return rows.map((row) => shown(ctx, row, terms, namespaces));
}

const shownOne = async (ctx: TenantContext, row: store.LicenceRow) =>
  (await shownAll(ctx, [row]))[0] as ReturnType<typeof shown>;

export const readLicence = async (ctx: TenantContext, id: string) => shownOne(ctx, await store.find(ctx, id));

export async function listLicences(ctx: TenantContext, query: z.output<typeof LicenceQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: await shownAll(ctx, found.items) };
}

/** @throws {Problem} 409 `too-many-licences` */
export async function requireRoomForLicence(ctx: TenantContext): Promise<void> {
  if ((await store.count(ctx)) >= MOST_LICENCES)
    throw conflict('too-many-licences', `This tenant has ${MOST_LICENCES} licences, the most that one may have.`);
}

/** @throws {Problem} 409 `billing-profile-missing`: the operator bills, and nobody said whom */
async function requireBillingProfile(ctx: TenantContext): Promise<void> {
  if (await lacksBillingProfile(ctx))
    throw conflict('billing-profile-missing', 'No active billing profile found. Add one, then add the licence.');
}

/**
 * Adds a licence without anything in it yet: subscriptions are added from what the operator offers.
 *
 * @throws {Problem} 409 `billing-profile-missing`, `too-many-licences`
 */
export async function createLicence(ctx: TenantContext, { name }: z.output<typeof NewLicence>) {
  await holdLicences(ctx);
  await requireBillingProfile(ctx);
  await requireRoomForLicence(ctx);
  const id = newId();
  await store.insert(ctx, { id, name, source: 'catalogue' });
  const licence = await readLicence(ctx, id);
  ctx.audit(Licence, { after: licence });
  await look(ctx);
  return licence;
}

export async function changeLicence(ctx: TenantContext, id: string, changes: { name: string }) {
  await holdLicences(ctx);
  const row = await store.lock(ctx, id);
  ctx.requireVersion(row);
  const before = await shownOne(ctx, row);
  await store.update(ctx, id, changes);
  const after = await readLicence(ctx, id);
  ctx.audit(Licence, { before, after });
  await look(ctx);
  return after;
}

/** The namespaces that get the licence, or have it no more, when it is for these and no others. Holds the licences. */
export async function namespacesReached(ctx: TenantContext, id: string, namespaceIds: string[]): Promise<string[]> {
  await keepLooksAway(ctx);
  const now = (await store.namespacesOf(ctx, [id])).map((namespace) => namespace.id);
  return [...now.filter((each) => !namespaceIds.includes(each)), ...namespaceIds.filter((each) => !now.includes(each))];
}

/** With its subscriptions; its namespaces have none then. What it limited is limited by the others, if there are any. */
export async function deleteLicence(ctx: TenantContext, id: string): Promise<void> {
  await holdLicences(ctx);
  const row = await store.lock(ctx, id);
  ctx.requireVersion(row);
  const before = await shownOne(ctx, row);
  await store.remove(ctx, id);
  ctx.audit(Licence, { before });
  await look(ctx);
}

/**
 * Assigns a licence to these namespaces and no others.
 *
 * @throws {Problem} 400 that names a namespace that is not there, or has another licence and is not to be taken from it
 */
export async function assignLicence(
  ctx: TenantContext,
  id: string,
  { namespaceIds, takeOver = false }: z.output<typeof LicenceNamespaces>,
) {
  await holdLicences(ctx);
  const row = await store.lock(ctx, id);
  ctx.requireVersion(row);
  const found = new Map((await store.namespacesNamed(ctx, namespaceIds)).map((each) => [each.id, each]));
  const others = new Set<string>();
  for (const [at, namespaceId] of namespaceIds.entries()) {
    const namespace = found.get(namespaceId);
    const path = `namespaceIds.${at}`;
    if (!namespace) throw invalid({ path, message: 'names a namespace that does not exist' });
    const { licenceId, name } = namespace;
    if (licenceId === null || licenceId === id) continue;
    if (!takeOver)
      throw invalid({ path, message: `${name} has another licence: take it from that one first, or send takeOver` });
    others.add(licenceId);
  }
  for (const other of others)
    await audited(ctx, await store.lock(ctx, other), () => store.unassign(ctx, other, namespaceIds));
  const after = await audited(ctx, row, () => store.assign(ctx, id, namespaceIds));
  await look(ctx);
  return after;
}

/** Changes which namespaces a licence has, which is held, and records it. */
async function audited(ctx: TenantContext, row: store.LicenceRow, act: () => Promise<void>) {
  const before = await shownOne(ctx, row);
  await act();
  await store.update(ctx, row.id, {});
  const after = await readLicence(ctx, row.id);
  ctx.audit(Licence, { before, after });
  return after;
}

// ---------------------------------------------------------------- subscriptions

interface SubscriptionPath {
  licenceId: string;
  id: string;
}

function shownSubscription(ctx: TenantContext, { source }: { source: string }, row: store.SubscriptionRow) {
  const blocked = source === 'file' ? fromFile : null;
  return {
    graceEndsAt: graceEndOf(row),
    state: stateOf(row, ctx.now),
    actions: actionsOf(ctx, [
      { name: 'subscriptions.change', permission: change, blocked },
      { name: 'subscriptions.delete', permission: change, blocked },
    ]),
    ...row,
  };
}

export async function readSubscription(ctx: TenantContext, { licenceId, id }: SubscriptionPath) {
  const licence = await store.find(ctx, licenceId);
  return shownSubscription(ctx, licence, await store.findSubscription(ctx, licenceId, id));
}

export async function listSubscriptions(
  ctx: TenantContext,
  licenceId: string,
  query: z.output<typeof SubscriptionQuery>,
) {
  const licence = await store.find(ctx, licenceId);
  const found = await store.listSubscriptions(ctx, licenceId, query);
  return { ...found, items: found.items.map((row) => shownSubscription(ctx, licence, row)) };
}

/** So that a look at all of them stays short. @throws {Problem} 409 `too-many-subscriptions` */
export async function requireRoomForSubscriptions(ctx: TenantContext, more: number): Promise<void> {
  if (more > 0 && (await store.countSubscriptions(ctx)) + more > MOST_IN_TENANT)
    throw conflict(
      'too-many-subscriptions',
      `A tenant has ${MOST_IN_TENANT} subscriptions at most. Delete those that are over, or licences that are not needed.`,
    );
}

/** Holds the licences, of them one that is not a file's. @throws {Problem} 409 `licence-of-file` */
async function lockOwn(ctx: TenantContext, licenceId: string) {
  await holdLicences(ctx);
  const licence = await store.lock(ctx, licenceId);
  if (licence.source === 'file') throw conflict('licence-of-file', fromFile);
  return licence;
}

/**
 * Adds what the operator offers, from now on. It keeps the limits of this moment, whatever is offered later.
 *
 * @throws {Problem} 400 that names what is not offered, or renewed otherwise than the first; 409
 *   `billing-profile-missing`, `licence-of-file`, `too-many-subscriptions`
 */
export async function createSubscription(
  ctx: TenantContext,
  licenceId: string,
  { tiers: chosen, autoRenew = true }: z.output<typeof NewSubscription>,
) {
  const licence = await lockOwn(ctx, licenceId);
  const offers = await offeredIn(ctx.place);
  const found = chosen.map(({ product: code, tier: tierCode }, at) => {
    const product = offers.find((each) => each.code === code);
    if (!product) throw invalid({ path: `tiers.${at}.product`, message: 'is not offered here' });
    const tier = product.tiers.find((each) => each.code === tierCode);
    if (!tier) throw invalid({ path: `tiers.${at}.tier`, message: 'is not offered of this product' });
    return { product, tier };
  });
  const renewalFrequency = found[0]?.tier.renewalFrequency ?? 'year';
  const other = found.findIndex(({ tier }) => tier.renewalFrequency !== renewalFrequency);
  if (other >= 0)
    throw invalid({
      path: `tiers.${other}.tier`,
      message: `is renewed each ${found[other]?.tier.renewalFrequency}, the first each ${renewalFrequency}: add it as a subscription of its own`,
    });
  await requireBillingProfile(ctx);
  const there = await store.subscriptionsOf(ctx, [licenceId]);
  if (there.length >= MOST_SUBSCRIPTIONS)
    throw conflict('too-many-subscriptions', `A licence has ${MOST_SUBSCRIPTIONS} subscriptions at most.`);
  await requireRoomForSubscriptions(ctx, 1);
  const highest = Math.max(0, ...there.map(({ number }) => Number(number)).filter(Number.isInteger));
  const id = newId();
  await store.insertSubscription(ctx, {
    id,
    licenceId,
    number: String(highest + 1).padStart(4, '0'),
    activeFrom: ctx.now,
    activeThrough: renewed(ctx.now, renewalFrequency),
    autoRenew,
    renewalFrequency,
    tiers: found.map(({ product, tier }) => ({
      product: { code: product.code, name: product.name },
      tier: { code: tier.code, name: tier.name },
      userLimit: tier.userLimit,
      transactionLimit: tier.transactionLimit,
      enforcement: tier.enforcement,
      graceDays: tier.graceDays,
    })),
  });
  const subscription = shownSubscription(ctx, licence, await store.findSubscription(ctx, licenceId, id));
  ctx.audit(Subscription, { after: subscription });
  await look(ctx);
  return subscription;
}

/** Turned on after the end it is renewed at once. @throws {Problem} 409 `licence-of-file` */
export async function changeSubscription(
  ctx: TenantContext,
  path: SubscriptionPath,
  { autoRenew }: z.output<typeof SubscriptionChanges>,
) {
  const { licenceId, id } = path;
  const licence = await lockOwn(ctx, licenceId);
  const row = await store.lockSubscription(ctx, licenceId, id);
  ctx.requireVersion(row);
  const before = shownSubscription(ctx, licence, row);
  await store.updateSubscription(ctx, id, { autoRenew });
  const after = shownSubscription(ctx, licence, await store.findSubscription(ctx, licenceId, id));
  ctx.audit(Subscription, { before, after });
  await look(ctx);
  return readSubscription(ctx, path);
}

/** @throws {Problem} 409 `licence-of-file` */
export async function deleteSubscription(ctx: TenantContext, { licenceId, id }: SubscriptionPath): Promise<void> {
  const licence = await lockOwn(ctx, licenceId);
  const row = await store.lockSubscription(ctx, licenceId, id);
  ctx.requireVersion(row);
  await store.removeSubscription(ctx, id);
  ctx.audit(Subscription, { before: shownSubscription(ctx, licence, row) });
  await look(ctx);
}
