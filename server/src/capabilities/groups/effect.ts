import type { TenantContext } from '../../kernel/context.ts';
import { unavailable } from '../../kernel/problem.ts';
import * as effects from '../effects/service.ts';
import * as store from './store.ts';

/** Who gains and loses what by a change of one group: of an imported one its people at home, whom home counts and names. */

const withGrants = async (ctx: TenantContext, group: store.GroupRow) => ({
  ...group,
  grants: await store.grantsOf(ctx, group.id),
});

/** As the audit keeps it with the change; null when the home of an imported group gives no answer. */
export async function effectOf(ctx: TenantContext, group: store.GroupRow, change: effects.GroupChange) {
  const changed = { ...change, group: await withGrants(ctx, group) };
  if (group.source === 'imported') return (await effects.lookAtImported(ctx, changed, { isKept: true })).effect;
  return effects.effectOf(ctx, { groups: [changed] });
}

const silent = () =>
  unavailable(
    'The organisation whose people are in this group does not answer, so who gains and loses is not known. Try again; the change can be saved without.',
  );

const lookAt = async (ctx: TenantContext, group: store.GroupRow, change: effects.GroupChange) => {
  const changed = { ...change, group: await withGrants(ctx, group) };
  if (group.source !== 'imported') return { effect: await effects.lookAt(ctx, { groups: [changed] }) };
  const { effect, inGroup } = await effects.lookAtImported(ctx, changed);
  if (!effect) throw silent();
  return { effect, inGroup };
};

/** Before it is saved. @throws {Problem} 503 when the home of an imported group gives no answer */
export const lookAtChange = async (ctx: TenantContext, group: store.GroupRow, change: effects.GroupChange) =>
  (await lookAt(ctx, group, change)).effect;

/** The same with how many are in the group. */
export async function lookAtChangeAndMembers(ctx: TenantContext, group: store.GroupRow, change: effects.GroupChange) {
  const { effect, inGroup } = await lookAt(ctx, group, change);
  const affected =
    inGroup === undefined
      ? await store.countMembers(ctx, group.id)
      : { accounts: 0, serviceAccounts: 0, guests: inGroup };
  return { effect, affected };
}

/** The people behind a number. @throws {Problem} as `lookAtChange` */
export async function namesOfChange(
  ctx: TenantContext,
  group: store.GroupRow,
  change: effects.GroupChange,
  asked: effects.NamesAsked,
) {
  const changed = { ...change, group: await withGrants(ctx, group) };
  if (group.source !== 'imported') return effects.namesOfEffect(ctx, { groups: [changed] }, asked);
  const { names } = await effects.lookAtImported(ctx, changed, { names: asked });
  if (!names) throw silent();
  return names;
}
