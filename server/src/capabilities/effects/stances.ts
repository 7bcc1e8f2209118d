import { Rights } from '../../kernel/access.ts';
import { isNamespaced, permissions } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { mixes } from './mixes.ts';
import type { Grant, NamesAsked } from './service.ts';
import * as store from './store.ts';

/** Who gains and loses what among people of another tenant, of whom only is known how many stand how. */

export interface Turn {
  before: Rights;
  after: Rights;
}

/** So many guests, who stand alike before and after. */
export interface Stance {
  people: number;
  /** What they may use at this moment. */
  now: Turn;
  /** With what waits: a use that is to be approved, partner access that is stopped. */
  once: Turn;
}

/** Their rights by what they hold here themselves and by these grants. */
export const besides = (own: Rights, grants: readonly Grant[]) =>
  new Rights(own.isOwner, [...own.grants, ...Rights.of(false, grants).grants]);

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
  gains: (right: Grant, { before, after }: Turn) => isNew(right, before, after),
  loses: (right: Grant, { before, after }: Turn) => isNew(right, after, before),
};
type Side = keyof typeof moves;

const movedIn = (rights: readonly Grant[], { now, once }: Stance, side: Side) =>
  rights.filter((right) => moves[side](right, now) || moves[side](right, once));

/** What one who stands so gains and loses, now or once they can act. */
export function movesOf(named: readonly Grant[], stance: Stance) {
  const rights = rightsAround(named);
  const gains = movedIn(rights, stance, 'gains');
  const loses = movedIn(rights, stance, 'loses');
  const isNow = (side: Side) => rights.some((right) => moves[side](right, stance.now));
  return { gains, loses, inactive: !isNow('gains') && !isNow('loses') };
}

/** Whether somebody who gains and loses that is asked for. */
export const isAskedFor = (
  { side, permission, namespaceId = null }: Pick<NamesAsked, 'side' | 'permission' | 'namespaceId'>,
  moved: ReturnType<typeof movesOf>,
) =>
  moved[side].some(
    (right) => permission === undefined || (right.permission === permission && right.namespaceId === namespaceId),
  );

/** How many gain and lose what: guests now, and counted apart who does only once they can act. */
export async function effectOfStances(ctx: TenantContext, named: readonly Grant[], stances: readonly Stance[]) {
  const rights = rightsAround(named);
  const counted = (isOne: (turn: Turn) => boolean) => {
    const count = { people: 0, serviceAccounts: 0, keys: 0, guests: 0, inactive: 0 };
    for (const { people, now, once } of stances) {
      if (isOne(now)) count.guests += people;
      else if (isOne(once)) count.inactive += people;
    }
    return count;
  };
  const isAnybody = ({ guests, inactive }: { guests: number; inactive: number }) => guests + inactive > 0;
  const moved = (side: Side) => ({
    ...counted((turn) => rights.some((right) => moves[side](right, turn))),
    permissions: rights.flatMap((right) => {
      const count = counted((turn) => moves[side](right, turn));
      return isAnybody(count) ? [{ ...count, ...right }] : [];
    }),
  });
  const [gains, loses] = [moved('gains'), moved('loses')];
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
      const count = counted(({ before, after }) => hasBoth(after, mix) && !hasBoth(before, mix));
      return isAnybody(count) ? [{ ...count, permissions: [...mix.permissions], text: mix.text }] : [];
    }),
  };
}
