import type { TenantContext } from '../../kernel/context.ts';
import { passages } from '../../kernel/doors.ts';
import { standingsAtHome } from '../visits/service.ts';
import * as store from './store.ts';

/** How a guest stands at this moment, as the decision about its request would find it: home is asked. */
export interface GuestStanding {
  /** Null while home gives no answer. */
  isLetIn: boolean | null;
  /** Whether its memberships count; one of a partner's group has what delegations give. */
  isInvited: boolean;
  delegated: store.DelegatedRow[];
}

/** Each home is asked once about all of its people. */
export async function guestStandings(ctx: TenantContext, ids: string[]): Promise<Map<string, GuestStanding>> {
  const guests = await standingsAtHome(ctx, ids);
  const lent = guests.flatMap(({ says, ...guest }) => (says?.groupIds.length ? [{ ...guest, ...says }] : []));
  const found = new Map<string, GuestStanding>();
  for (const { id, says } of guests)
    found.set(id, {
      isLetIn: says ? says.isInvited : says === null ? null : false,
      isInvited: says?.isInvited ?? true,
      delegated: [],
    });
  for (const delegation of await store.delegatedTo(ctx, lent)) {
    const standing = found.get(delegation.guestId) as GuestStanding;
    standing.isLetIn = true;
    standing.delegated.push(delegation);
  }
  return found;
}

const unknown: GuestStanding = { isLetIn: false, isInvited: true, delegated: [] };

export const guestStanding = async (ctx: TenantContext, id: string): Promise<GuestStanding> =>
  (await guestStandings(ctx, [id])).get(id) ?? unknown;

/** Whether a delegation gives what its group does, now. */
export const holds = ({ isStopped, isActivated }: store.DelegatedRow): boolean => isActivated && !isStopped;

/** By what way a guest comes: as a partner's person as soon as a delegation gives anything, and where nothing else lets it in. */
export const doorOf = ({ isInvited, delegated }: GuestStanding): 'partner' | 'console' =>
  delegated.some(holds) || !isInvited ? 'partner' : 'console';

/** Whether home lets it in, and the tenant's state does not shut its way. */
const mayCome = ({ identity }: TenantContext, standing: GuestStanding): boolean =>
  standing.isLetIn === true && passages[identity.tenantStatus][doorOf(standing)] !== 'shut';

/** The groups around a guest, with those that it is in by a delegation, and without those that it is in no longer. */
export function asGuest(rows: store.GroupRow[], { isInvited, delegated }: GuestStanding): store.GroupRow[] {
  const byGroup = new Map(delegated.map((each) => [each.groupId, each]));
  return rows.map((row) => {
    const delegation = byGroup.get(row.id);
    if (!delegation) return isInvited ? row : { ...row, memberSince: null };
    return {
      ...row,
      delegation,
      memberSince: holds(delegation) ? delegation.since : null,
      memberUntil: delegation.until,
    };
  });
}

/** Decisions of guests, by what home says of each. Nobody else's rows are touched. */
export async function rowsOfGuests(
  ctx: TenantContext,
  rows: store.DecisionOfManyRow[],
  names: readonly string[],
): Promise<store.DecisionOfManyRow[]> {
  const guestIds = [...new Set(rows.filter(({ kind }) => kind === 'guest').map(({ principalId }) => principalId))];
  if (guestIds.length === 0) return rows;
  const standings = await guestStandings(ctx, guestIds);
  const groupIds = [...standings.values()].flatMap(({ delegated }) =>
    delegated.filter(holds).map(({ groupId }) => groupId),
  );
  const grants = groupIds.length > 0 ? await store.grantsIn(ctx, [...new Set(groupIds)], names) : [];
  return [
    ...rows.filter(({ kind }) => kind !== 'guest'),
    ...guestIds.flatMap((id) => {
      const standing = standings.get(id) ?? unknown;
      const { isInvited, delegated } = standing;
      const none = {
        principalId: id,
        kind: 'guest' as const,
        // Without home's word nobody is let in.
        mayAct: mayCome(ctx, standing),
        groupId: null,
        isOwner: null,
        permission: null,
        namespaceId: null,
      };
      const given = new Set(delegated.filter(holds).map(({ groupId }) => groupId));
      return [
        none,
        ...(isInvited
          ? rows.filter(({ principalId }) => principalId === id).map((row) => ({ ...row, mayAct: none.mayAct }))
          : []),
        ...grants
          .filter(({ groupId }) => given.has(groupId))
          .map((grant) => ({ ...none, ...grant, isOwner: false as const })),
      ];
    }),
  ];
}

/** Of more guests than so many the list has those too whom home lets in no longer. */
const MOST_ASKED = 10_000;

/** What guests change about who is in some groups. */
export interface GuestsActing {
  /** Members whom home does not let in. */
  out: string[];
  /** In by a delegation, without being members. */
  delegated: string[];
}

export const noGuests: GuestsActing = { out: [], delegated: [] };

/** Who of the guests around these groups may act by them at this moment; without home's word nobody does. */
export async function guestsActing(ctx: TenantContext, groupIds: string[]): Promise<GuestsActing> {
  const acting: GuestsActing = { out: [], delegated: [] };
  const near = await store.guestsNear(ctx, groupIds, MOST_ASKED);
  for (const [id, standing] of await guestStandings(ctx, near)) {
    const { isInvited, delegated } = standing;
    const comes = mayCome(ctx, standing);
    if (!comes || !isInvited) acting.out.push(id);
    if (comes && delegated.some((each) => holds(each) && groupIds.includes(each.groupId))) acting.delegated.push(id);
  }
  return acting;
}
