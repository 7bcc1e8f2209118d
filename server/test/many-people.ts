import type { TestPlatform } from './harness.ts';

/** So many accounts at once, put into the database below the server: as provisioning makes them, or local ones. @returns their ids */
export async function manyPeople(
  platform: TestPlatform,
  tenantId: string,
  count: number,
  { region = 'au', source = 'scim' } = {},
): Promise<string[]> {
  const rows = await platform.sql(
    region,
    `with made as (insert into principals (tenant_id, id, kind)
                   select $1, gen_random_uuid(), 'account' from generate_series(1, $2) returning id)
     insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, username_folded,
                           first_name, last_name, display_name, status, source, attributes, has_words)
     select $1, id, id || '@x.example', id || '@x.example', id, id, case $3 when 'scim' then id::text end,
            '', '', id, 'enabled', $3, case $3 when 'scim' then '{}'::jsonb end, false from made returning id`,
    [tenantId, count, source],
  );
  return rows.map(({ id }) => id);
}
