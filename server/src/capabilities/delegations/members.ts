import type { TenantContext } from '../../kernel/context.ts';
import * as store from './store.ts';
import { sayToOther } from './telling.ts';

/** Those who come in by groups of another tenant: home says who they are while somebody looks. */

/** By one delegation or import; null for what home does not say. */
export interface ComingIn {
  id: string;
  otherTenantId: string;
  groupId: string;
  since: Date;
  until: Date | null;
  people: number | null;
  /** How many more could after an activation: none where none is needed. */
  afterApproval: number | null;
  names: { homeAccountId: string; displayName: string }[];
}

/** Who is in these imported groups and may act at this moment. */
export async function comingInBy(ctx: TenantContext, groupIds: string[]): Promise<ComingIn[]> {
  const rows = await store.lettingIn(ctx, groupIds);
  return Promise.all(
    rows.map(async ({ otherRegion, needsActivation, activated, ...row }) => {
      /** Of these accounts there, or of all. */
      const membersAmong = async (only: string[] | null) => {
        const other = { otherTenantId: row.otherTenantId, otherRegion };
        const asked = { ids: [row.id], only };
        const said = await sayToOther<store.MemberRow[]>(ctx, other, 'delegation-members', asked).catch(
          () => undefined,
        );
        return { said, total: said ? (said[0]?.total ?? 0) : null };
      };
      const [now, all] = await Promise.all([
        membersAmong(needsActivation ? activated : null),
        needsActivation ? membersAmong(null) : undefined,
      ]);
      const names = (now.said ?? []).map(({ homeAccountId, displayName }) => ({ homeAccountId, displayName }));
      const people = now.total;
      const more = all ? all.total : people;
      const afterApproval = people === null || more === null ? null : Math.max(0, more - people);
      return { ...row, people, afterApproval, names };
    }),
  );
}
