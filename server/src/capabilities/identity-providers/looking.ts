import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { groupBy } from '../../kernel/lists.ts';
import { invalid } from '../../kernel/problem.ts';
import * as effects from '../effects/service.ts';
import { changesOfGroups } from '../groups/service.ts';
import type { LookAtMapping, Mapping } from './schema.ts';
import { readIdentityProvider } from './showing.ts';
import * as store from './store.ts';

/** What another mapping to groups would change: for those who came in before, and for whoever comes. */

/** So many values are looked at, those that changed. */
const MOST_VALUES = 50;

type Wanted = Pick<Awaited<ReturnType<typeof readIdentityProvider>>['admission'], 'mappedGroups' | 'defaultGroupIds'>;

/** The memberships that a mapping gave and, as it would be, gives nobody any more: they end at the next sign-in. */
export async function changeByMapping(
  ctx: TenantContext,
  id: string,
  { mappedGroups }: Pick<Wanted, 'mappedGroups'>,
  groupsClaim: Mapping['groups'],
): Promise<effects.Change> {
  const mapped = new Set(groupsClaim === null ? [] : mappedGroups.map(({ groupId }) => groupId));
  const given = (await store.givenByProvider(ctx, id)).filter(({ groupId }) => !mapped.has(groupId));
  const wanted = new Map<string, effects.GroupChange>();
  for (const [groupId, those] of groupBy(given, (each) => each.groupId))
    wanted.set(groupId, { leaving: [...new Set(those.map(({ accountId }) => accountId))] });
  return { groups: await changesOfGroups(ctx, wanted) };
}

const pairsOf = ({ mappedGroups, defaultGroupIds }: Wanted) => [
  ...mappedGroups.map(({ value, groupId }) => ({ value: value as string | null, groupId })),
  ...defaultGroupIds.map((groupId) => ({ value: null, groupId })),
];

async function groupsOf(ctx: TenantContext, wanted: Wanted) {
  const ids = new Set(pairsOf(wanted).map(({ groupId }) => groupId));
  const changes = await changesOfGroups(ctx, new Map([...ids].map((groupId) => [groupId, {}])));
  return new Map(changes.map(({ group }) => [group.id, group]));
}

/** @throws {Problem} 404; 400 that names a group that is not there */
export async function lookAtMapping(ctx: TenantContext, { id, groupsClaim, ...named }: z.output<typeof LookAtMapping>) {
  const { admission, mapping } = await readIdentityProvider(ctx, id);
  const claim = groupsClaim === undefined ? mapping.groups : groupsClaim;
  const after: Wanted = {
    mappedGroups: named.mappedGroups ?? admission.mappedGroups,
    defaultGroupIds: named.defaultGroupIds ?? admission.defaultGroupIds,
  };
  const groups = await groupsOf(ctx, after);
  const missing = [
    ...after.mappedGroups.map(({ groupId }, at) => ({ groupId, path: `mappedGroups.${at}.groupId` })),
    ...after.defaultGroupIds.map((groupId, at) => ({ groupId, path: `defaultGroupIds.${at}` })),
  ].filter(({ groupId }) => !groups.has(groupId));
  if (missing.length)
    throw invalid(...missing.slice(0, 20).map(({ path }) => ({ path, message: 'names a group that does not exist' })));

  const newcomers = await newcomersBy(ctx, admission, after, groups);
  return { change: await changeByMapping(ctx, id, after, claim), newcomers };
}

/** What whoever comes with a value that was not mapped so would hold. */
export async function newcomersBy(
  ctx: TenantContext,
  was: Wanted,
  after: Wanted,
  groups?: Awaited<ReturnType<typeof groupsOf>>,
) {
  const joined = groups ?? (await groupsOf(ctx, after));
  const before = new Set(pairsOf(was).map((pair) => JSON.stringify(pair)));
  const added = pairsOf(after).filter((pair) => !before.has(JSON.stringify(pair)));
  const values = [...new Set(added.map(({ value }) => value))].slice(0, MOST_VALUES);
  const newcomers = [];
  for (const value of values) {
    const given = [...new Set(pairsOf(after).flatMap((pair) => (pair.value === value ? [pair.groupId] : [])))].flatMap(
      (groupId) => joined.get(groupId) ?? [],
    );
    const held = await effects.givenToNewcomer(ctx, given);
    newcomers.push({ value, groups: given.map(({ id: groupId, name }) => ({ id: groupId, name })), ...held });
  }
  return newcomers;
}
