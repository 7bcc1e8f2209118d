import type { z } from 'zod';
import type { Permission } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid, lacking, Problem } from '../../kernel/problem.ts';
import { changeByMany } from '../accounts/service.ts';
import * as effects from '../effects/service.ts';
import { changeByGroups, newcomerTo } from '../groups/service.ts';
import { lookAtGuest } from '../guests/service.ts';
import { lookAtMapping } from '../identity-providers/service.ts';
import { changeByHolds, changeByUndo } from '../provisioning/service.ts';
import { lookAtServiceAccount, lookAtServiceAccounts } from '../service-accounts/service.ts';
import type { Look, Looked } from './schema.ts';

/** What is looked at before it is saved: each capability says what its act would change, and one engine who gains and loses. */

interface Found {
  change: effects.Change;
  skipped?: number;
  newcomers?: z.output<typeof Looked>['newcomers'];
}

/** @throws {Problem} 403 that names the permission */
function requireMayLook(ctx: TenantContext, permission: Permission) {
  if (!ctx.rights.may(permission))
    throw lacking(`To look at this needs the permission ${permission} too.`, { permission });
}

/** Names fields as the body of the request has them. */
const below = <T>(part: string, work: Promise<T>): Promise<T> =>
  work.catch((error) => {
    if (error instanceof Problem && error.errors)
      throw invalid(...error.errors.map(({ path, message }) => ({ path: `${part}.${path}`, message })));
    throw error;
  });

async function changeIn(ctx: TenantContext, asked: z.output<typeof Look>): Promise<Found> {
  const { accounts, groups, serviceAccount, serviceAccounts, guest, identityProvider, newcomer } = asked;
  const { provisioning = {} } = asked;
  if (accounts) {
    requireMayLook(ctx, 'accounts.view');
    return below('accounts', changeByMany(ctx, accounts));
  }
  if (groups) return below('groups', changeByGroups(ctx, groups));
  if (serviceAccount) {
    requireMayLook(ctx, 'integrations.view');
    return below('serviceAccount', lookAtServiceAccount(ctx, serviceAccount));
  }
  if (serviceAccounts) {
    requireMayLook(ctx, 'integrations.view');
    return below('serviceAccounts', lookAtServiceAccounts(ctx, serviceAccounts));
  }
  if (guest) {
    requireMayLook(ctx, 'accounts.view');
    return below('guest', lookAtGuest(ctx, guest));
  }
  if (identityProvider) {
    requireMayLook(ctx, 'identity-providers.view');
    return below('identityProvider', lookAtMapping(ctx, identityProvider));
  }
  if (newcomer) return { change: {}, newcomers: [await below('newcomer', newcomerTo(ctx, newcomer.groupIds))] };
  requireMayLook(ctx, 'provisioning.view');
  if (provisioning.undo) return { change: await below('provisioning.undo', changeByUndo(ctx, provisioning.undo)) };
  return { change: await changeByHolds(ctx, provisioning.holdId) };
}

/**
 * Who would gain and lose what by a change, without doing it.
 *
 * @throws {Problem} 403 without the permission to view what is changed; 400 that names a field; 404
 */
export async function look(ctx: TenantContext, asked: z.output<typeof Look>): Promise<z.output<typeof Looked>> {
  const { change, skipped = 0, newcomers = [] } = await changeIn(ctx, asked);
  return {
    effect: await effects.lookAt(ctx, change),
    names: asked.names ? await effects.namesOfEffect(ctx, change, asked.names) : null,
    skipped,
    newcomers,
  };
}
