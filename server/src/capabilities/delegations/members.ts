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
  names: { homeAccountId: string; displayName: string }[];
}

/** Who is in these imported groups and may act at this moment. */
export async function comingInBy(ctx: TenantContext, groupIds: string[]): Promise<ComingIn[]> {
  const rows = await store.lettingIn(ctx, groupIds);
  return Promise.all(
    rows.map(async ({ otherRegion, needsActivation, activated, ...row }) => {
      const asked = { ids: [row.id], only: needsActivation ? activated : null };
      const said = await sayToOther<store.MemberRow[]>(
        ctx,
        { otherTenantId: row.otherTenantId, otherRegion },
        'delegation-members',
        asked,
      ).catch(() => undefined);
      const names = (said ?? []).map(({ homeAccountId, displayName }) => ({ homeAccountId, displayName }));
      return { ...row, people: said ? (said[0]?.total ?? 0) : null, names };
    }),
  );
}
