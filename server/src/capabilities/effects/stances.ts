import type { Rights } from '../../kernel/access.ts';
import { isNamespaced, permissions } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { mixes } from './mixes.ts';
import type { Grant, NamesAsked } from './service.ts';
import * as store from './store.ts';

/** Who gains and loses what among people of another tenant, of whom only is known how many stand how. */

/** So many guests, who stand alike before and after. */
export interface Stance {
  people: number;
  before: Rights;
  after: Rights;
}

/** The rights that may come or go. @param named all grants of theirs */
function rightsAround(named: readonly Grant[]): Grant[] {
  const places = [...new Set(named.flatMap(({ namespaceId }) => namespaceId ?? []))];
  return permissions.flatMap((permission): Grant[] =>
    (isNamespaced(permission) ? [null, ...places] : [null]).map((namespaceId) => ({ permission, namespaceId })),
  );
}

const isNew = ({ namespaceId, permission }: Grant, first: Rights, then: Rights) =>
  // Who comes to hold it in the whole tenant comes to hold it in each namespace: said once.
  then.may(permission, namespaceId) &&
  !first.may(permission, namespaceId) &&
  (namespaceId === null || first.may(permission) || !then.may(permission));

const moves = {
  gains: (right: Grant, { before, after }: Stance) => isNew(right, before, after),
  loses: (right: Grant, { before, after }: Stance) => isNew(right, after, before),
};

/** What one who stands so gains and loses. */
export function movesOf(named: readonly Grant[], stance: Stance) {
  const rights = rightsAround(named);
  return {
    gains: rights.filter((right) => moves.gains(right, stance)),
    loses: rights.filter((right) => moves.loses(right, stance)),
  };
}

/** Whether somebody who gains and loses that is asked for. */
export const isAskedFor = (
  { side, permission, namespaceId = null }: Pick<NamesAsked, 'side' | 'permission' | 'namespaceId'>,
  moved: ReturnType<typeof movesOf>,
) =>
  moved[side].some(
    (right) => permission === undefined || (right.permission === permission && right.namespaceId === namespaceId),
  );

/** How many gain and lose what. */
export async function effectOfStances(ctx: TenantContext, named: readonly Grant[], stances: readonly Stance[]) {
  const counted = (guests: number) => ({ people: 0, serviceAccounts: 0, keys: 0, guests, inactive: 0 });
  const sum = (isOne: (stance: Stance) => boolean) =>
    stances.filter(isOne).reduce((total, { people }) => total + people, 0);
  const rights = rightsAround(named);
  const moved = (hasMoved: (right: Grant, stance: Stance) => boolean) => ({
    ...counted(sum((stance) => rights.some((right) => hasMoved(right, stance)))),
    permissions: rights.flatMap((right) => {
      const count = sum((stance) => hasMoved(right, stance));
      return count > 0 ? [{ ...counted(count), ...right }] : [];
    }),
  });
  const [gains, loses] = [moved(moves.gains), moved(moves.loses)];
  const inNamespaces = [...gains.permissions, ...loses.permissions].filter(({ permission }) =>
    isNamespaced(permission),
  );
  const isEverywhere = inNamespaces.some(({ namespaceId }) => namespaceId === null);
  const hasBoth = (held: Rights, mix: (typeof mixes)[number]) =>
    mix.permissions.every((each) => held.namespacesWith(each).length > 0);
  return {
    gains,
    loses,
    namespaces: isEverywhere
      ? await store.countNamespaces(ctx)
      : new Set(inNamespaces.map(({ namespaceId }) => namespaceId)).size,
    mixes: mixes.flatMap((mix) => {
      const count = sum(({ before, after }) => hasBoth(after, mix) && !hasBoth(before, mix));
      return count > 0 ? [{ ...counted(count), permissions: [...mix.permissions], text: mix.text }] : [];
    }),
  };
}
