import type { Member } from '../../api/types.ts';

export type Kind = Member['kind'];

/** Each kind has a field of its own. */
export function membersOf(chosen: { id: string; kind: Kind }[]) {
  const of = (wanted: Kind) => chosen.filter(({ kind }) => kind === wanted).map(({ id }) => id);
  const [accountIds, serviceAccountIds, guestIds] = [of('account'), of('service-account'), of('guest')];
  return {
    ...(accountIds.length ? { accountIds } : {}),
    ...(serviceAccountIds.length ? { serviceAccountIds } : {}),
    ...(guestIds.length ? { guestIds } : {}),
  };
}
