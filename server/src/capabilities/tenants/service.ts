import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type { TenantState } from '../../kernel/doors.ts';
import { conflict, type FieldError, invalid, lacking } from '../../kernel/problem.ts';
import { withdrawDomains } from '../domains/service.ts';
import { namesChanged, partWithAll } from '../guests/service.ts';
import { beginWaitingAgain } from '../ownership/service.ts';
import { recall } from '../visits/service.ts';
import { checkIdentifiers } from './profile.ts';
import { type OperatorTenantChanges, Tenant, type TenantChanges } from './schema.ts';
import * as store from './store.ts';

const DAY_SECONDS = 86_400;

/** The profile as the caller sees it, with what it may do. */
export function shown(ctx: TenantContext, tenant: store.TenantRow) {
  const { status } = tenant;
  const settled = status === 'active' ? null : `This tenant is ${status}.`;
  return {
    actions: actionsOf(ctx, [
      { name: 'tenants.change', permission: 'tenant.change', blocked: settled },
      { name: 'tenants.close', permission: 'tenant.close', blocked: settled },
      {
        name: 'tenants.restore',
        permission: 'tenant.close',
        blocked: status === 'closing' ? null : 'Only a tenant that is closing can be restored.',
      },
    ]),
    ...tenant,
  };
}

export const readTenant = async (ctx: TenantContext) => shown(ctx, await store.find(ctx));

/** For the operator: its schema leaves out everything of the contents. */
export const readForOperator = (ctx: TenantContext) => store.find(ctx);

/**
 * Changes the profile. Identifiers follow the rules of the country that the tenant then has, also those that stay.
 *
 * @throws {Problem} 400 that names the field
 */
export async function changeTenant(ctx: TenantContext, changes: TenantChanges) {
  const before = await store.lock(ctx);
  const isOtherEnabling = changes.accountEnabling !== undefined && changes.accountEnabling !== before.accountEnabling;
  if (isOtherEnabling && !ctx.rights.may('identity-providers.change'))
    throw lacking(
      'accountEnabling is part of how people sign in: it needs the permission identity-providers.change as well.',
      { permission: 'identity-providers.change' },
    );
  const errors: FieldError[] = [];
  const next = {
    country: changes.country ?? before.country,
    companyId: changes.companyId === undefined ? before.companyId : changes.companyId,
    taxId: changes.taxId === undefined ? before.taxId : changes.taxId,
    supportDomain: changes.supportDomain === undefined ? before.supportDomain : changes.supportDomain,
  };
  const identifiers = checkIdentifiers(next, errors);
  if (changes.namespaceRegions) errors.push(...(await regionErrors(ctx, before.region, changes.namespaceRegions)));
  if (errors.length) throw invalid(...errors);
  ctx.requireVersion(before);
  const { displayName, legalName, phone, primaryAddress, billingAddress, namespaceRegions, accountEnabling, language } =
    changes;
  const after = await store.update(ctx, {
    country: next.country,
    ...identifiers,
    ...(displayName === undefined ? {} : { displayName }),
    ...(legalName === undefined ? {} : { legalName }),
    ...(phone === undefined ? {} : { phone }),
    ...(primaryAddress === undefined ? {} : { primaryAddress }),
    ...(billingAddress === undefined ? {} : { billingAddress }),
    ...(namespaceRegions === undefined ? {} : { namespaceRegions }),
    ...(accountEnabling === undefined ? {} : { accountEnabling }),
    ...(language === undefined ? {} : { language }),
  });
  ctx.audit(Tenant, { before, after });
  if (after.displayName !== before.displayName || after.legalName !== before.legalName) namesChanged(ctx);
  return shown(ctx, after);
}

async function regionErrors(ctx: TenantContext, own: string, wanted: string[]): Promise<FieldError[]> {
  const known = (await ctx.platform.everyRegion()).map(({ code }) => code);
  const errors = wanted.flatMap((code, at) => {
    const path = `namespaceRegions.${at}`;
    if (!known.includes(code)) return [{ path, message: `must be one of ${known.join(', ')}` }];
    if (wanted.indexOf(code) !== at) return [{ path, message: 'is named twice' }];
    return [];
  });
  if (!wanted.includes(own))
    errors.push({ path: 'namespaceRegions', message: `must include the tenant's own region, ${own}` });
  return errors;
}

/** Changes what only the operator decides: type and support id. */
export async function changeAsOperator(ctx: TenantContext, changes: z.output<typeof OperatorTenantChanges>) {
  const before = await store.lock(ctx);
  ctx.requireVersion(before);
  const { type, supportId } = changes;
  const after = await store.update(ctx, {
    ...(type === undefined ? {} : { type }),
    ...(supportId === undefined ? {} : { supportId }),
  });
  ctx.audit(Tenant, { before, after });
  if (after.type !== before.type) namesChanged(ctx);
  return after;
}

interface Step {
  from: TenantState[];
  to: TenantState;
  /** What was asked for, as the refusal says it. */
  act: string;
  closesAt?: Date;
}

async function move(ctx: TenantContext, before: store.TenantRow, { from, to, act, closesAt }: Step) {
  if (!from.includes(before.status))
    throw conflict(
      'wrong-state',
      `This tenant is ${before.status}. Only one that is ${from.join(' or ')} can be ${act}.`,
    );
  if (before.status === 'suspended') await beginWaitingAgain(ctx);
  if (to !== 'active' && to !== 'read-only') recall(ctx, 'all');
  const after = await store.update(ctx, { status: to, closesAt: closesAt ?? null });
  ctx.audit(Tenant, { before, after });
  return after;
}

/** Shuts every door but the operator's, with the next request. @throws {Problem} 409 `wrong-state` */
export const suspendTenant = async (ctx: TenantContext) =>
  move(ctx, await store.lock(ctx), { from: ['active', 'read-only'], to: 'suspended', act: 'suspended' });

/** Lets everybody read and nobody change. @throws {Problem} 409 `wrong-state` */
export const makeReadOnly = async (ctx: TenantContext) =>
  move(ctx, await store.lock(ctx), { from: ['active', 'suspended'], to: 'read-only', act: 'made read-only' });

/** @throws {Problem} 409 `wrong-state` */
export const resumeTenant = async (ctx: TenantContext) =>
  move(ctx, await store.lock(ctx), { from: ['read-only', 'suspended'], to: 'active', act: 'resumed' });

const closingTime = (ctx: TenantContext) => ctx.later(ctx.platform.config.closeGraceDays * DAY_SECONDS);

/** What stands in the way of closing, and what would end with the tenant. */
export async function preflightClose(ctx: TenantContext) {
  const tenant = await store.find(ctx);
  const held = await store.contents(ctx);
  const ends = [
    { kind: 'account', count: held.accounts, text: 'Nobody signs in any more; all accounts are deleted.' },
    { kind: 'service-account', count: held.serviceAccounts, text: 'Service accounts are deleted.' },
    { kind: 'credential', count: held.credentials, text: 'Keys and provisioning tokens stop at once.' },
    { kind: 'group', count: held.groups, text: 'Security groups and their grants are deleted.' },
    { kind: 'namespace', count: held.namespaces, text: 'Namespaces, their gateways and their keys are deleted.' },
  ];
  return {
    tenantId: ctx.tenantId,
    closesAt: closingTime(ctx),
    graceDays: ctx.platform.config.closeGraceDays,
    ends: ends.filter(({ count }) => count > 0),
    blockers: tenant.status === 'active' ? [] : [`This tenant is ${tenant.status}.`],
  };
}

/**
 * Begins closing: from now on the tenant can only be read and restored; at `closesAt` it is gone for good.
 *
 * @throws {Problem} 400 when the typed name is another; 409 `wrong-state`
 */
export async function closeTenant(ctx: TenantContext, confirmName: string) {
  const before = await store.lock(ctx);
  if (confirmName !== before.name)
    throw invalid({ path: 'confirmName', message: 'is not the system name of this tenant; type it to confirm' });
  const closesAt = closingTime(ctx);
  const after = await move(ctx, before, { from: ['active'], to: 'closing', act: 'closed', closesAt });
  await ctx.enqueue('tenants.close-for-good', { closesAt: closesAt.toISOString() }, closesAt);
  await ctx.notify({
    kind: 'tenant-closing',
    text: `This tenant is closing. Until ${closesAt.toISOString()} an owner can restore it; then all of it is deleted.`,
    to: 'owners',
    target: { kind: 'tenant', id: ctx.tenantId },
  });
  return shown(ctx, after);
}

/** Takes closing back, within the grace. @throws {Problem} 409 `wrong-state` */
export async function restoreTenant(ctx: TenantContext) {
  const after = await move(ctx, await store.lock(ctx), { from: ['closing'], to: 'active', act: 'restored' });
  await ctx.notify({
    kind: 'tenant-restored',
    text: 'This tenant was restored. It is not closing any more.',
    to: 'owners',
    target: { kind: 'tenant', id: ctx.tenantId },
  });
  return shown(ctx, after);
}

/** What was decided before a tenant was closed is written or given up by then. */
const UNITS_END_SECONDS = 60;

/**
 * The end of the grace: marks the tenant closed; what it held goes with the next job. A tenant that was restored
 * meanwhile, or closed again with another end, is left alone.
 */
export async function closeForGood(ctx: TenantContext, { closesAt }: { closesAt: string }): Promise<void> {
  const before = await store.lock(ctx);
  if (before.status !== 'closing' || before.closesAt?.toISOString() !== closesAt) return;
  await move(ctx, before, { from: ['closing'], to: 'closed', act: 'closed for good' });
  await withdrawDomains(ctx);
  await ctx.enqueue('tenants.purge', {}, ctx.later(UNITS_END_SECONDS));
}

/**
 * Deletes the rows and the data key of a closed tenant, its audit too. Its id, region, state and times stay in the
 * operator's list, and its system name in the directory as a fingerprint: it is never given again.
 */
export async function purgeTenant(ctx: TenantContext): Promise<void> {
  await partWithAll(ctx);
  await store.purge(ctx);
}
