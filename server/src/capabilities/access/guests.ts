import type { TenantContext } from '../../kernel/context.ts';
import { passages } from '../../kernel/doors.ts';
import { groupBy } from '../../kernel/lists.ts';
import { standingsAtHome } from '../visits/service.ts';
import type { Holder } from './giving.ts';
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

/** The same people, guests by what home says of each at this moment. */
export async function asTheyStand(ctx: TenantContext, holders: Holder[], names: readonly string[]): Promise<Holder[]> {
  const guestIds = holders.flatMap(({ id, kind }) => (kind === 'guest' ? [id] : []));
  if (guestIds.length === 0) return holders;
  const standings = await guestStandings(ctx, guestIds);
  const lentIds = [...standings.values()].flatMap(({ delegated }) =>
    delegated.filter(holds).map(({ groupId }) => groupId),
  );
  const grants = lentIds.length > 0 ? await store.grantsIn(ctx, [...new Set(lentIds)], names) : [];
  const lent = groupBy(grants, ({ groupId }) => groupId);
  return holders.map((holder) => {
    if (holder.kind !== 'guest') return holder;
    const standing = standings.get(holder.id) ?? unknown;
    const { isInvited, delegated } = standing;
    const given = new Set(delegated.filter(holds).map(({ groupId }) => groupId));
    const giving = [...(isInvited ? holder.giving : []), ...[...given].map((id) => lent.get(id) ?? [])];
    // Without home's word nobody is let in.
    return { ...holder, mayAct: mayCome(ctx, standing), giving };
  });
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
