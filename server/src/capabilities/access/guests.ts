import type { TenantContext } from '../../kernel/context.ts';
import { wordOfHome } from '../../kernel/guests.ts';
import * as store from './store.ts';

/** How a guest stands at this moment, as the decision about its request would find it: home is asked. */
export interface GuestStanding {
  /** Null while home gives no answer. */
  isLetIn: boolean | null;
  /** Whether its memberships count; one of a partner's group has what delegations give. */
  isInvited: boolean;
  delegated: store.DelegatedRow[];
}

export async function guestStanding(ctx: TenantContext, id: string): Promise<GuestStanding> {
  const said = await wordOfHome(ctx, id).catch(() => null);
  if (said === null) return { isLetIn: null, isInvited: true, delegated: [] };
  if (!said?.visit) return { isLetIn: false, isInvited: true, delegated: [] };
  const { home, visit } = said;
  const delegated = visit.groupIds.length ? await store.delegatedTo(ctx, home, visit.groupIds) : [];
  return { isLetIn: visit.isInvited || delegated.length > 0, isInvited: visit.isInvited, delegated };
}

/** Whether a delegation gives what its group does, now. */
export const holds = ({ isStopped, isActivated }: store.DelegatedRow): boolean => isActivated && !isStopped;

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
  const kept = rows.filter(({ kind }) => kind !== 'guest');
  const waiting = [...guestIds];
  const inTurn = async () => {
    for (let id = waiting.shift(); id; id = waiting.shift()) {
      const guest = await guestStanding(ctx, id);
      const own = rows.filter(({ principalId }) => principalId === id);
      const none = {
        principalId: id,
        kind: 'guest' as const,
        // Without home's word nobody is let in.
        mayAct: guest.isLetIn === true,
        groupId: null,
        isOwner: null,
        permission: null,
        namespaceId: null,
      };
      const byDelegation = guest.delegated.filter(holds).map(({ groupId }) => groupId);
      const given = byDelegation.length > 0 ? await store.grantsIn(ctx, byDelegation, names) : [];
      kept.push(
        none,
        ...(guest.isInvited ? own.map((row) => ({ ...row, mayAct: none.mayAct })) : []),
        ...given.map((grant) => ({ ...none, ...grant, isOwner: false })),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(HOMES_AT_ONCE, waiting.length) }, inTurn));
  return kept;
}

const HOMES_AT_ONCE = 10;
