import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { aTenantThatLooks } from '../../../test/bulk-looks.ts';
import { bulkOf, patchOf } from '../../../test/conformance/scim/scim.ts';
import { urn } from '../../../test/conformance/scim/urn.ts';
import { aName } from '../../../test/harness.ts';
import { manyPeople } from '../../../test/many-people.ts';
import { message } from '../../kernel/database/message.ts';

/** A Bulk is done as it will be, whatever is refused among its operations, and taken back. */

const looks = await aTenantThatLooks();
const { platform, tenant, client, given, groupIds, sql, user, group, guard, previewed, lookedAndSent } = looks;
looks.unhurried();

// Nobody is to have their name or address.
await given.account({ email: 'taken@example.com' });

/** How many rounds, how many people and operations in each, and how many of the rounds move somebody at least. */
const sizes = [
  { what: 'small ones', rounds: 24, people: 4, least: 1, most: 10, errors: 1, moving: 9 },
  { what: 'ones of hundreds', rounds: 5, people: 40, least: 61, most: 300, errors: 10, moving: 4 },
];

test.each(sizes)('a Bulk does what was looked at, on random $what', { timeout: 120_000 }, async (size) => {
  await guard(100);
  const [space] = (await client.get('/namespaces')).body.items;
  const grants = [
    [{ permission: 'accounts.change' }],
    [{ permission: 'groups.change' }, { permission: 'gateways.change', namespaceId: space.id }],
    [{ permission: 'gateways.*' }],
  ];
  const local = groupIds[0] as string;
  await client.put(`/groups/${local}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  let moved = 0;
  const outcomes = new Set<string>();
  for (let round = 0; round < size.rounds; round++) {
    const users = await Promise.all(Array.from({ length: size.people }, (_, at) => user({ active: at % 4 !== 3 })));
    const groups = await Promise.all(
      grants.map((each, at) =>
        group(
          users.filter((_, place) => (place + at + round) % 2 === 0),
          each,
        ),
      ),
    );
    await client.post(`/groups/${local}/members`, { accountIds: users.filter((_, at) => at % 3 === 0) });
    const someone = fc.constantFrom(...users, 'bulkId:u0', 'bulkId:u1');
    const somewhere = fc.constantFrom(...groups, 'bulkId:g0');
    const members = fc.uniqueArray(someone, { maxLength: 3 }).map((ids) => ids.map((value) => ({ value })));
    const names = aName('r');
    const operation = fc.oneof(
      fc.record({ id: someone, active: fc.boolean() }).map(({ id, active }) => ({
        method: 'PATCH',
        path: `/Users/${id}`,
        data: patchOf({ op: 'replace', path: 'active', value: active }),
      })),
      fc
        .record({ id: someone, active: fc.constantFrom(undefined, true, false), at: fc.nat({ max: 4 }) })
        .map(({ id, active, at }) => ({
          method: 'PUT',
          path: `/Users/${id}`,
          data: { schemas: [urn.user], userName: at === 4 ? 'taken@example.com' : `${names}-${at}`, active },
        })),
      fc
        .record({ id: somewhere, value: members, op: fc.constantFrom('add', 'remove', 'replace') })
        .map(({ id, value, op }) => ({
          method: 'PATCH',
          path: `/Groups/${id}`,
          data: patchOf({ op, path: 'members', value }),
        })),
      fc.record({ id: somewhere, who: someone }).map(({ id, who }) => ({
        method: 'PATCH',
        path: `/Groups/${id}`,
        data: patchOf({ op: 'remove', path: `members[value eq "${who}"]` }),
      })),
      fc
        .record({ id: somewhere, value: fc.option(members, { nil: undefined }), at: fc.nat({ max: 3 }) })
        .map(({ id, value, at }) => ({
          method: 'PUT',
          path: `/Groups/${id}`,
          data: { schemas: [urn.group], displayName: `${names} ${at}`, members: value },
        })),
      fc.constantFrom(...users.map((id) => ({ method: 'DELETE', path: `/Users/${id}` }))),
      fc.constantFrom(...groups.map((id) => ({ method: 'DELETE', path: `/Groups/${id}` }))),
      fc
        .record({ at: fc.nat({ max: 1 }), name: fc.nat({ max: 4 }), active: fc.boolean() })
        .map(({ at, name, active }) => ({
          method: 'POST',
          path: '/Users',
          bulkId: `u${at}`,
          data: { userName: name === 4 ? 'Taken@example.com' : `${names}-${name}`, active },
        })),
      fc.record({ value: members }).map(({ value }) => ({
        method: 'POST',
        path: '/Groups',
        bulkId: 'g0',
        data: { displayName: names, members: value },
      })),
      fc.constantFrom<object>(
        { method: 'DELETE', path: '/Users/nobody' },
        {
          method: 'PATCH',
          path: `/Groups/${groups[0]}`,
          data: patchOf({ op: 'add', path: 'members', value: `${round}` }),
        },
        { method: 'GET', path: '/Users' },
        { method: 'PUT', path: `/Users/${users[0]}`, version: 'W/"7"', data: { userName: `${names}-9` } },
      ),
    );
    const [body] = fc.sample(
      fc
        .record({
          operations: fc.array(operation, { minLength: size.least, maxLength: size.most, size: 'max' }),
          failOnErrors: fc.constantFrom(undefined, undefined, 1, 2).map((most) => most && most * size.errors),
        })
        .map(({ operations, failOnErrors }) => bulkOf(operations, failOnErrors ? { failOnErrors } : {})),
      { numRuns: 1, seed: round },
    );
    const { seen, expected, come } = await lookedAndSent(body as object);
    for (const { outcome } of seen.operations) outcomes.add(outcome);
    expect(seen.counts.users.created).toBe(come.length);
    if (expected.gains.people + expected.loses.people + expected.loses.inactive > 0) moved++;
  }
  expect(moved).toBeGreaterThanOrEqual(size.moving);
  expect([...outcomes].sort()).toEqual(
    ['activated', 'changed', 'created', 'deactivated', 'deleted', 'not-reached', 'nothing', 'refused'].sort(),
  );
});

/** Has each change of an account tell what its transaction has of the places that PostgreSQL remembers. */
async function countSubtransactions(work: () => Promise<void>): Promise<{ most: number; isOverflown: boolean }> {
  await sql(`create sequence most_subtransactions minvalue 0 start 0`);
  await sql(`create function count_subtransactions() returns trigger language plpgsql security definer as $$
    declare
      standing record;
    begin
      perform pg_stat_clear_snapshot();
      select s.* into standing from pg_stat_get_backend_idset() id, pg_stat_get_backend_subxact(id) s
        where pg_stat_get_backend_pid(id) = pg_backend_pid();
      -- A sequence keeps what is taken back.
      perform setval('most_subtransactions', greatest((select last_value from most_subtransactions),
        standing.subxact_count + case when standing.subxact_overflowed then 1000 else 0 end));
      return new;
    end $$`);
  await sql('create trigger counting after update on accounts for each row execute function count_subtransactions()');
  try {
    await work();
    const [{ most }] = await sql('select last_value::int as most from most_subtransactions');
    return { most: most % 1000, isOverflown: most >= 1000 };
  } finally {
    await sql('drop trigger counting on accounts');
    await sql('drop function count_subtransactions');
    await sql('drop sequence most_subtransactions');
  }
}
// PostgreSQL tells from version 16 on.
const [{ tells }] = await sql("select to_regproc('pg_stat_get_backend_subxact') is not null as tells");

test.runIf(tells)('a look leaves PostgreSQL the places that it remembers a transaction by', async () => {
  const users = await Promise.all(Array.from({ length: 200 }, () => user()));
  const titles = users.map((id) => ({
    method: 'PATCH',
    path: `/Users/${id}`,
    data: patchOf({ op: 'replace', path: 'title', value: 'x' }),
  }));
  const refused = { method: 'DELETE', path: '/Users/nobody' };
  for (const operations of [titles, titles.flatMap((each) => [each, refused])]) {
    const counted = await countSubtransactions(async () => {
      const { counts } = await previewed(bulkOf(operations));
      expect(counts.users).toMatchObject({ changed: 200, refused: operations.length - 200 });
    });
    expect(counted.isOverflown).toBe(false);
    expect(counted.most).toBeGreaterThan(0);
    expect(counted.most).toBeLessThan(20);
  }
});

test('what an operation writes goes with what the next one asks, in one message', async () => {
  await guard(100);
  const users = await manyPeople(platform, tenant.id, 200);
  const off = { op: 'replace', path: 'active', value: false };
  const sending = vi.spyOn(message, 'end');
  await previewed(bulkOf(users.map((id) => ({ method: 'PATCH', path: `/Users/${id}`, data: patchOf(off) }))));
  const messages = sending.mock.calls.length;
  sending.mockRestore();
  expect(messages).toBeGreaterThan(users.length);
  expect(messages).toBeLessThan(1.5 * users.length); // each asks for its row, and the look for some things besides
});
