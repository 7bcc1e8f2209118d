import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { type Pool, type Prepared, Unit } from '../../kernel/database/pool.ts';
import type { AskedStandings } from './messages.ts';

/** What home keeps and says of guests in other regions. */

interface Asked {
  accountId: string;
  sessionId: string;
  visitedTenantId: string;
  from: string | null;
}

/** Whether the visited tenant lives in the region that asks ($4), as it said itself or ($5) the directory. */
const livesThere = `(d.other_region = $4 or d.other_region is null and $5)`;

/** The account's groups that the tenant ($3) lets in, each with the end of the membership. */
const lentBy = (account: string) => `
  from delegations d
  join groups g on g.id = d.partner_group_id and ${allOf(conditions.group)}
  join memberships m on m.group_id = g.id and ${allOf(conditions.membership)}
  where d.side = 'partner' and d.other_tenant_id = $3 and d.state in ('requested', 'active') and ${livesThere}
    and m.principal_id = ${account}`;
const lent = lentBy('$1');

/** Whom home noted so lately that its word may hold yet: with groups of then, besides those of now. */
const recent = `leases.asked_at > platform_time() - interval '15 seconds'`;

/** Notes that a region asks; rows only for what there is. */
const notingLease = ({ accountId, sessionId, visitedTenantId }: Asked, region: string, isThere: boolean): Prepared => ({
  name: 'note-lease',
  text: `insert into leases (tenant_id, account_id, session_id, visited_tenant_id, visited_region, asked_at, group_ids)
         select current_tenant(), $1, $2, $3, $4, platform_time(), lent.ids
         from (select array(select g.id ${lent}) as ids) lent
         where cardinality(lent.ids) > 0
            or exists (select from visits v where v.account_id = $1 and v.visited_tenant_id = $3 and v.visited_region = $4)
         on conflict (tenant_id, account_id, session_id, visited_tenant_id) do update set asked_at = excluded.asked_at,
           group_ids = case when ${recent}
             then array(select unnest(leases.group_ids) union select unnest(excluded.group_ids)) else excluded.group_ids end
         returning group_ids as "groupIds"`,
  values: [accountId, sessionId, visitedTenantId, region, isThere],
});

/** @param noted no other groups are spoken of: of these it can be taken back */
const standing = (
  { accountId, sessionId, visitedTenantId, from }: Asked,
  region: string,
  isThere: boolean,
  noted: string[],
): Prepared => ({
  name: 'standing-of-visitor',
  text: `select (extract(epoch from least(s.expires_at, s.last_seen_at + make_interval(mins => t.idle_minutes), lent.ends_at)
                  - platform_time()) * 1000)::int as "validMs",
                (extract(epoch from s.proved_at + interval '15 minutes' - platform_time()) * 1000)::int as "freshMs",
                exists (select from visits v where v.account_id = $1 and v.visited_tenant_id = $3 and v.visited_region = $4)
                  as "isInvited", lent.ids as "groupIds"
         from sessions s
         join accounts a on a.id = s.account_id
         cross join tenants t
         cross join (select coalesce(array_agg(distinct g.id), '{}') as ids, min(m.ends_at) as ends_at ${lent}
                       and g.id = any($7::uuid[])) lent
         where s.id = $2 and s.account_id = $1
           and s.ended_at is null and ${allOf(conditions.account)} and t.status in ('active', 'read-only')
           and (t.allowed_networks = '{}' or s.method = 'emergency-code' or $6::inet <<= any (t.allowed_networks::inet[]))`,
  values: [accountId, sessionId, visitedTenantId, region, isThere, from, noted],
});

/**
 * Says for how long somebody is let in and by what, and notes first who asked: a recall that is committed before this looks
 * is seen by it, and one that is committed later sees the note. The note holds the account's row (a trigger does it), so
 * that a change that holds it too need not be committed to see it (`recallFound`).
 */
export async function grant(cell: Pool, tenantId: string, asked: Asked, region: string, isThere: boolean) {
  const noting = await Unit.open(cell, tenantId, [notingLease(asked, region, isThere)]);
  await noting.unit.commit();
  const [noted] = noting.rows[0] as { groupIds: string[] }[];
  if (!noted) return undefined;
  const { unit, rows } = await Unit.open(cell, tenantId, [standing(asked, region, isThere, noted.groupIds)], 'read');
  unit.finishRead();
  const [said] = rows[0] as { validMs: number; freshMs: number; isInvited: boolean; groupIds: string[] }[];
  return said && (said.isInvited || said.groupIds.length > 0) ? said : undefined;
}

export interface Standing {
  accountId: string;
  isInvited: boolean;
  groupIds: string[];
}

/** Of these accounts those that home lets visit, whatever their sessions. */
export async function standingsOf(
  cell: Pool,
  { homeTenantId, accountIds, visitedTenantId }: AskedStandings,
  region: string,
  isThere: boolean,
): Promise<Standing[]> {
  const statement = {
    name: 'standing-of-accounts',
    text: `select a.id as "accountId",
                  exists (select from visits v where v.account_id = a.id and v.visited_tenant_id = $3 and v.visited_region = $4)
                    as "isInvited", array(select g.id ${lentBy('a.id')}) as "groupIds"
           from accounts a cross join tenants t
           where a.id = any($1::uuid[]) and $2 = a.tenant_id and ${allOf(conditions.account)}
             and t.status in ('active', 'read-only')`,
    values: [accountIds, homeTenantId, visitedTenantId, region, isThere],
  };
  const { unit, rows } = await Unit.open(cell, homeTenantId, [statement], 'read');
  unit.finishRead();
  return (rows[0] as Standing[]).filter(({ isInvited, groupIds }) => isInvited || groupIds.length > 0);
}

const SEEN_EVERY = '1 minute';

/** A session that is used in another region is used. */
export async function noteSeen(cell: Pool, tenantId: string, sessionId: string): Promise<void> {
  const { unit } = await Unit.open(cell, tenantId, [], 'late');
  await unit.commit([
    {
      name: 'note-seen-abroad',
      text: `update sessions set last_seen_at = platform_time()
             where id = $1 and ended_at is null and last_seen_at < platform_time() - interval '${SEEN_EVERY}'`,
      values: [sessionId],
    },
  ]);
}

export interface Granted {
  accountId: string;
  visitedTenantId: string;
  visitedRegion: string;
}

/** What was asked so lately that it may hold yet. @param accountIds all of the tenant when null */
export async function mayHold(cell: Pool, tenantId: string, accountIds: string[] | null): Promise<Granted[]> {
  const statement = {
    name: 'leases-that-may-hold',
    text: `select distinct account_id as "accountId", visited_tenant_id as "visitedTenantId", visited_region as "visitedRegion"
           from leases
           where asked_at > platform_time() - interval '15 seconds'
             and ($1::uuid[] is null or account_id = any($1::uuid[]))`,
    values: [accountIds],
  };
  const { unit, rows } = await Unit.open(cell, tenantId, [statement], 'read');
  unit.finishRead();
  return rows[0] as Granted[];
}

interface NewAssertion {
  id: string;
  secretHash: Buffer;
  accountId: string;
  sessionId: string;
  visitedTenantId: string;
  visitedRegion: string;
  expiresAt: Date;
}

export const insertAssertion = (ctx: TenantContext, row: NewAssertion): void =>
  ctx.defer(ctx.db.insertInto('assertions').values({ tenantId: ctx.tenantId, ...row }));

/** Uses an assertion up, for the region that it was made for. */
export async function consumeAssertion(cell: Pool, tenantId: string, secretHash: Buffer, region: string) {
  const { unit, rows } = await Unit.open(cell, tenantId, [
    {
      name: 'consume-assertion',
      text: `update assertions a set consumed_at = platform_time() from sessions s
             where a.secret_hash = $1 and a.visited_region = $2 and a.consumed_at is null
               and a.expires_at > platform_time() and s.id = a.session_id and s.ended_at is null
             returning a.account_id as "accountId", a.session_id as "sessionId", a.visited_tenant_id as "visitedTenantId",
               (extract(epoch from s.expires_at - platform_time()) * 1000)::int as "validMs"`,
      values: [secretHash, region],
    },
  ]);
  try {
    await unit.commit();
  } catch (error) {
    await unit.rollback();
    throw error;
  }
  return (rows[0] as { accountId: string; sessionId: string; visitedTenantId: string; validMs: number }[])[0];
}
