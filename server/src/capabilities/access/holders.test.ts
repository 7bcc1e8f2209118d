import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';

/** Everyone who may, of so many that they are walked through in their order. */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const MANY = 6_000;

const { id: everybody } = await given.group();
const { id: some } = await given.group();
const { id: space } = await given.namespace();
await client.put(`/groups/${everybody}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
await client.put(
  `/groups/${some}/grants`,
  {
    grants: [
      { permission: 'gateways.*', namespaceId: space },
      { permission: 'audit.*', namespaceId: undefined },
    ],
  },
  '*',
);
await platform.sql(
  'au',
  `with named as (select gen_random_uuid() as id, n from generate_series(1, $2::int) n),
        people as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from named),
        made as (insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, first_name,
                   last_name, display_name, status)
                 select $1, id, n || '@m.example', n || '@m.example', n || '@m.example', n || '@m.example', 'M', n,
                        (array['Ada', 'émile', 'Zoe', 'bob'])[n % 4 + 1] || ' ' || n / 8,
                        case when n % 10 = 0 then 'disabled' else 'enabled' end from named)
   insert into memberships (tenant_id, group_id, principal_id, ends_at)
   select $1, $3::uuid, id, case when n % 7 = 0 then platform_time() - interval '1 hour' end from named
   union all select $1, $4::uuid, id, null from named where n % 100 < 2`,
  [tenant.id, MANY, everybody, some],
);
const machine = await given.machine();
await client.post(`/groups/${everybody}/members`, { serviceAccountIds: [machine.id] });

/** By the rows themselves: who may act and is in one of these groups, in the order of bytes. */
const expected = async (groups: string[], like = '%') =>
  (
    await platform.sql(
      'au',
      `select distinct id, coalesce(a.display_name, s.name) collate "C" as name
       from memberships m join principals p on p.tenant_id = m.tenant_id and p.id = m.principal_id
       left join accounts a using (id) left join service_accounts s using (id)
       where m.tenant_id = $1 and (m.ends_at is null or m.ends_at > platform_time())
         and (m.group_id = any($2) or (select is_owner_group from groups g where g.id = m.group_id))
         and coalesce(a.status, s.status) = 'enabled' and (coalesce(a.display_name, s.name) ilike $3 or a.email ilike $3)
       order by 2, 1`,
      [tenant.id, groups, like],
    )
  ).map(({ id }: Any) => id);

async function all(query: string, limit = 200) {
  const ids: string[] = [];
  let cursor: string | null = null;
  let total = 0;
  do {
    const { body }: Any = await client.get(
      `/access/holders?${query}&limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    ids.push(...body.items.map(({ id }: Any) => id));
    cursor = body.nextCursor;
    total = body.total;
  } while (cursor);
  expect(total).toBe(ids.length);
  return ids;
}

test('many who may do something are listed in their order, whole, both ways, and by what they are called', async () => {
  const ids = await expected([everybody, some]);
  expect(ids.length).toBeGreaterThan(4_000);
  expect(await all('permission=audit.view')).toEqual(ids);
  expect(await all('permission=audit.view&sort=-displayName')).toEqual([...ids].reverse());
  const called = await expected([everybody, some], '%oe 12%');
  expect(called.length).toBeGreaterThan(5);
  expect(await all('permission=audit.view&q=oe%2012', 3)).toEqual(called);
});

test('few are listed alike', async () => {
  const ids = await expected([some]);
  expect(ids.length).toBeGreaterThan(50);
  expect(await all(`permission=gateways.change&resource=${space}`, 50)).toEqual(ids);
});
