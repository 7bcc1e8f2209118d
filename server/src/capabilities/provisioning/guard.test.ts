import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, type TestTenant } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_REQUESTS_PER_SECOND: '10000' } });

afterEach(() => platform.shiftClock('au', '0'));

const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);

/** A tenant with so many people of provisioning who were made before the day that the guard looks at. */
async function aTenantOf(people: number) {
  const tenant = await aTenant(platform);
  const { value } = await tenant.given.token();
  await sql(
    `with made as (select gen_random_uuid() as id, 'user-' || n || '@x.example' as name from generate_series(1, $2) n),
          principal as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from made)
     insert into accounts (tenant_id, id, source, username, username_canonical, username_folded, first_name, last_name,
       display_name, status, attributes, created_at, updated_at)
     select $1, id, 'scim', name, name, name, '', '', name, 'enabled', '{}', now() - interval '3 days', now() from made`,
    [tenant.id, people],
  );
  const ids = (
    await sql(`select id from accounts where tenant_id = $1 and source = 'scim' order by id`, [tenant.id])
  ).map(({ id }) => id as string);
  const scim = (node = 0) => platform.client(value, node);
  const at = (id: string) => `/scim/v2/${tenant.id}/Users/${id}`;
  const active = (is: boolean) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'active', value: is }],
  });
  return {
    tenant,
    ids,
    create: async () =>
      (
        await scim().post(`/scim/v2/${tenant.id}/Users`, {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
          userName: aName('new'),
        })
      ).body.id as string,
    read: async (id: string) => (await scim().get(at(id))).body,
    remove: (id: string, node = 0) => scim(node).delete(at(id)),
    deactivate: (id: string, node = 0) => scim(node).patch(at(id), active(false)),
    reactivate: (id: string) => scim().patch(at(id), active(true)),
  };
}

const change = async (tenant: TestTenant, changes: object) => {
  const reply = await tenant.client.patch('/provisioning', changes, '*');
  expect(reply.status).toBe(200);
};

describe('of 60 people 12 may go within a day', () => {
  let people: Awaited<ReturnType<typeof aTenantOf>>;
  let one: (at: number) => string;
  beforeEach(async () => {
    people = await aTenantOf(60);
    one = (at) => people.ids[at] as string;
  });

  test('the 13th is refused in words, and nothing of it is done', async () => {
    for (let at = 0; at < 6; at++) expect((await people.remove(one(at))).status).toBe(204);
    for (let at = 6; at < 12; at++) expect((await people.deactivate(one(at))).status).toBe(200);

    const refused = await people.deactivate(one(12));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('3600');
    expect(refused.body.detail).toMatch(/12 of its accounts .* 20 % of the 60 .*administrator/);
    expect((await people.remove(one(13))).status).toBe(429);
    expect(await people.read(one(12))).toMatchObject({ active: true });
    expect(await people.read(one(13))).toMatchObject({ active: true });
  });

  test('of 40 at once on two nodes exactly 12 pass', async () => {
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        at % 4 < 2 ? people.deactivate(one(at), at % 2) : people.remove(one(at), at % 2),
      ),
    );

    expect(replies.filter(({ status }) => status < 300)).toHaveLength(12);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(28);
  });

  test('the same people deactivated and deleted at once wait for one another in one order', async () => {
    for (let round = 0; round < 12; round += 4) {
      const both = [0, 1, 2, 3].map((at) => one(round + at));
      const replies = await Promise.all(
        both.flatMap((id, at) => [people.deactivate(id, at % 2), people.remove(id, (at + 1) % 2)]),
      );
      for (const { status, text } of replies) expect([200, 204, 404], text).toContain(status);
    }
  });

  test('the day rolls: what went 24 hours ago counts no more, and the base is smaller', async () => {
    for (let at = 0; at < 12; at++) await people.remove(one(at));
    await platform.shiftClock('au', '23 hours 59 minutes');
    expect((await people.remove(one(12))).status).toBe(429);

    await platform.shiftClock('au', '24 hours 1 minute');
    // 48 were there, of which 20 % are 9; 10 may go in any case.
    for (let at = 12; at < 22; at++) expect((await people.remove(one(at))).status).toBe(204);
    expect((await people.remove(one(22))).status).toBe(429);
  });

  test('who was made within the day counts only once signed in, and never to the base', async () => {
    const made = [];
    for (let at = 0; at < 8; at++) made.push(await people.create());
    const used = await people.create();
    await sql(`update accounts set last_sign_in_at = now() where id = $1`, [used]);
    for (const id of made) expect((await people.remove(id)).status).toBe(204);
    expect((await people.remove(used)).status).toBe(204);
    for (let at = 0; at < 11; at++) expect((await people.remove(one(at))).status).toBe(204);
    const fresh = await people.create();

    expect((await people.remove(one(11))).status).toBe(429);
    expect((await people.remove(fresh)).status).toBe(204);
  });

  test('who was counted is not counted again, and who is back counts no more', async () => {
    for (let at = 0; at < 12; at++) await people.deactivate(one(at));

    expect((await people.remove(one(0))).status).toBe(204);
    expect((await people.deactivate(one(12))).status).toBe(429);
    expect((await people.reactivate(one(1))).status).toBe(200);
    expect((await people.deactivate(one(12))).status).toBe(200);
    expect((await people.deactivate(one(13))).status).toBe(429);
  });

  test('a tenant sets the share; 100 turns the guard off', async () => {
    await change(people.tenant, { guardPercent: 50 });
    for (let at = 0; at < 30; at++) expect((await people.remove(one(at))).status).toBe(204);
    expect((await people.remove(one(30))).status).toBe(429);

    await change(people.tenant, { guardPercent: 100 });
    for (let at = 30; at < 60; at++) expect((await people.remove(one(at))).status).toBe(204);
  });
});

test('far from the limit removals do not wait for one another', async () => {
  const people = await aTenantOf(600); // 120 may go
  for (let at = 0; at < 3; at++) expect((await people.remove(people.ids[at] as string)).status).toBe(204);
  const seen = await Promise.all(people.ids.slice(3, 150).map((id, at) => people.remove(id, at % 2)));

  expect(seen.filter(({ status }) => status === 204)).toHaveLength(117);
  expect(seen.filter(({ status }) => status === 429)).toHaveLength(30);
});

test('the deletions of one tenant are not counted in another', async () => {
  const [one, other] = [await aTenantOf(12), await aTenantOf(12)];
  for (const id of one.ids.slice(0, 10)) await one.remove(id);

  expect((await one.remove(one.ids[10] as string)).status).toBe(429);
  expect((await other.remove(other.ids[0] as string)).status).toBe(204);
});
