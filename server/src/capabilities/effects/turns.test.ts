import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { patchOf, unlimited } from '../../../test/conformance/scim/scim.ts';
import { urn } from '../../../test/conformance/scim/urn.ts';
import { aName, aPlatform, aTenant, type Reply } from '../../../test/harness.ts';

/** Of changes that are made at once each gain and each loss stands in one entry: the entries together say what came of all. */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const platform = await aPlatform({ regions: ['au'], nodes: 2, env: unlimited });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const second = platform.client(tenant.ownerKey as string, 1);
const partner = await aTenant(platform);
const profile = { type: 'partner', supportId: null };
expect((await platform.operator.patch(`/v1/operator/tenants/${partner.id}`, profile, '*')).status).toBe(200);
const scim = platform.client((await given.token()).value);
await client.patch('/provisioning', { guardPercent: 100 }, '*');
const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);

const permissions = ['audit.view', 'accounts.view', 'groups.view'];
const granting = (...names: string[]) => ({ grants: names.map((permission) => ({ permission })) });

/** How many people and machines that may act, and people of the partner, hold each permission by groups. */
async function holders(): Promise<Record<string, number>> {
  const rows = await sql(
    `select r.permission, count(distinct m.principal_id)::int as n
     from (select tenant_id, group_id, principal_id from memberships
           union all
           select d.tenant_id, d.group_id, m.principal_id
           from delegations d join memberships m on m.group_id = d.partner_group_id
           where d.side = 'customer' and d.state = 'active') m
     join groups g on g.id = m.group_id and g.status = 'enabled'
     join grants r on r.group_id = g.id
     where m.tenant_id = $1 and r.permission = any($2)
       and m.principal_id in (select id from accounts where status = 'enabled' and deleted_at is null
                              union all select id from service_accounts where status = 'enabled' and deleted_at is null)
     group by 1`,
    [tenant.id, permissions],
  );
  return Object.fromEntries(permissions.map((each) => [each, rows.find((row) => row.permission === each)?.n ?? 0]));
}

/** What the entries of these requests say together: of each permission by how many more hold it. */
async function said(replies: Reply[]): Promise<Record<string, number>> {
  const rows = await sql(
    `select changes -> 'details' -> 'effect' as effect from audit_entries where request_id = any($1)`,
    [replies.map(({ headers }) => headers.get('x-request-id'))],
  );
  const sums = Object.fromEntries(permissions.map((each) => [each, 0]));
  for (const { effect } of rows as Any[])
    for (const [side, sign] of [
      ['gains', 1],
      ['loses', -1],
    ] as const)
      for (const each of effect?.[side].permissions ?? [])
        if (each.permission in sums)
          sums[each.permission] =
            (sums[each.permission] as number) + sign * (each.people + each.serviceAccounts + each.guests);
  return sums;
}

/**
 * Makes changes and holds what their entries say together against who holds what before and after.
 *
 * @returns of how many permissions another number of principals has them
 */
async function held(make: () => Promise<Reply[]>) {
  const before = await holders();
  const replies = await make();
  const after = await holders();
  for (const { status, text } of replies) expect([200, 201, 204, 404], text).toContain(status);
  const wanted = permissions.map((each) => [each, (after[each] as number) - (before[each] as number)]);
  expect(await said(replies)).toEqual(Object.fromEntries(wanted));
  return wanted.filter(([, by]) => by !== 0).length;
}

/** Two changes, neither of which is committed before the other one waits, or has said what it does. */
const atOnce = (one: () => Promise<Reply>, other: () => Promise<Reply>) =>
  held(async () => {
    let replies: Promise<Reply>[] = [];
    await platform.besideChange('au', 'lock table audit_entries in share mode', async () => {
      const waiting = async () =>
        (
          await sql(
            `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        )[0]?.n;
      replies = [one()];
      await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
      replies.push(other());
      await expect.poll(waiting, { timeout: 10_000 }).toBe(2);
    });
    return Promise.all(replies);
  });

const account = async () => {
  const { id } = await given.account();
  await sql("update accounts set status = 'enabled', verified_at = now(), has_words = false where id = $1", [id]);
  return id as string;
};
const group = async (grants: string[], members?: object) => {
  const { id } = await given.group();
  await client.put(`/groups/${id}/grants`, granting(...grants), '*');
  if (members) expect((await client.post(`/groups/${id}/members`, members)).status).toBe(200);
  return id as string;
};
const base = `/scim/v2/${tenant.id}`;
const made = async (path: string, body: object) => {
  const reply = await scim.post(base + path, body);
  expect(reply.status, reply.text).toBe(201);
  return reply.body.id as string;
};
const user = () => made('/Users', { schemas: [urn.user], userName: aName('user'), active: true });
const pushed = async (grants: string[], members: string[] = []) => {
  const id = await made('/Groups', {
    schemas: [urn.group],
    displayName: aName('group'),
    members: members.map((value) => ({ value })),
  });
  expect((await client.put(`/groups/${id}/grants`, granting(...grants), '*')).status).toBe(200);
  return id;
};

const grants =
  (id: string, ...names: string[]) =>
  () =>
    client.put(`/groups/${id}/grants`, granting(...names), '*');
const turned = (id: string, how: 'enable' | 'disable') => () => second.post(`${tenant.path}/groups/${id}/${how}`);
const removed = (id: string, member: string) => () => client.delete(`/groups/${id}/members/${member}`);
const added = (id: string, body: object) => () => second.post(`${tenant.path}/groups/${id}/members`, body);
const acting = (id: string, how: 'enable' | 'disable') => () => client.post(`/accounts/${id}/${how}`);
const machine = (id: string, how: 'enable' | 'disable') => () => client.post(`/service-accounts/${id}/${how}`);
const deleted = (id: string) => () => second.delete(`${tenant.path}/groups/${id}`, '*');
const patched =
  (path: string, ...operations: object[]) =>
  () =>
    scim.patch(base + path, patchOf(...(operations as [object])));
const switched = (id: string, value: boolean) => patched(`/Users/${id}`, { op: 'replace', path: 'active', value });
const member = (id: string, op: 'add' | 'remove', value: string) =>
  op === 'add'
    ? patched(`/Groups/${id}`, { op, path: 'members', value: [{ value }] })
    : patched(`/Groups/${id}`, { op, path: `members[value eq "${value}"]` });

/** People of the partner. */
const theirs = async (...others: string[]) => {
  const { id } = await partner.given.account();
  await sql("update accounts set status = 'enabled', verified_at = now(), has_words = false where id = $1", [id]);
  return [...others, id as string];
};
const lent = async (accountIds: string[]) => {
  const { id } = await partner.given.group();
  expect((await partner.client.post(`/groups/${id}/members`, { accountIds })).status).toBe(200);
  return id as string;
};
/** Nothing that came of what was done before is done beside the changes of a test. */
const settled = () =>
  expect.poll(() => sql('select kind from due_jobs where due_at <= now()'), { timeout: 20_000 }).toEqual([]);
/** A request of a group of the partner with these people. @returns its id */
async function asking(accountIds: string[], wanted: string[]) {
  const groupId = await lent(accountIds);
  const body = { customerTenantId: tenant.id, groupId, permissions: wanted, days: 30, purpose: 'Run it' };
  const { body: asked, ...reply } = await partner.client.post('/delegations', body);
  expect(reply.status, reply.text).toBe(201);
  await expect.poll(async () => (await client.get(`/delegations/${asked.id}`)).status, { timeout: 20_000 }).toBe(200);
  await settled();
  return asked.id as string;
}
const approved = (id: string) => () => second.post(`${tenant.path}/delegations/${id}/approve`, { namespaceIds: [] });
const ended =
  (id: string, kind = 'delegations') =>
  () =>
    client.post(`/${kind}/${id}/end`);
/** A group of the partner that is let in. */
async function letIn(accountIds: string[], ...wanted: string[]) {
  const id = await asking(accountIds, wanted);
  const { body, status, text } = await approved(id)();
  expect(status, text).toBe(200);
  await settled();
  return { id, groupId: body.groupId as string };
}
/** A group of the partner that is imported. */
async function imported(accountIds: string[], ...wanted: string[]) {
  const key = await partner.client.post('/import-keys', {
    groupId: await lent(accountIds),
    receivingTenantId: tenant.id,
  });
  const { body, status, text } = await client.post('/group-imports', { key: key.body.value });
  expect(status, text).toBe(201);
  expect((await grants(body.groupId, ...wanted)()).status).toBe(200);
  await settled();
  return { id: body.id as string, groupId: body.groupId as string };
}

type Pair = [() => Promise<Reply>, () => Promise<Reply>];
const pairs: Record<string, () => Promise<Pair>> = {
  'grants of a group, and a member who is disabled': async () => {
    const one = await account();
    return [grants(await group([], { accountIds: [one] }), 'audit.view', 'groups.view'), acting(one, 'disable')];
  },
  'grants that end, and a member who is enabled': async () => {
    const one = await account();
    const id = await group(['audit.view'], { accountIds: [one] });
    expect((await acting(one, 'disable')()).status).toBe(200);
    return [grants(id), acting(one, 'enable')];
  },
  'two groups that give the same, both turned off': async () => {
    const accountIds = [await account(), await account()];
    return [
      turned(await group(['audit.view', 'accounts.view'], { accountIds }), 'disable'),
      turned(await group(['audit.view'], { accountIds }), 'disable'),
    ];
  },
  'two groups that give the same, both deleted': async () => {
    const accountIds = [await account()];
    return [deleted(await group(['audit.view'], { accountIds })), deleted(await group(['audit.view'], { accountIds }))];
  },
  'a member who is removed, and another group that gives the same turned off': async () => {
    const one = await account();
    const both = [
      await group(['audit.view'], { accountIds: [one] }),
      await group(['audit.view'], { accountIds: [one] }),
    ];
    return [removed(both[0] as string, one), turned(both[1] as string, 'disable')];
  },
  'one who joins two groups that give the same': async () => {
    const one = await account();
    return [
      added(await group(['audit.view']), { accountIds: [one] }),
      added(await group(['audit.view']), { accountIds: [one] }),
    ];
  },
  'a service account that is disabled, and grants of its group': async () => {
    const { id, groupId } = await given.machine([]);
    return [machine(id, 'disable'), grants(groupId, 'audit.view')];
  },
  'a service account that is deleted, and grants of its group': async () => {
    const { id, groupId } = await given.machine([]);
    return [() => client.delete(`/service-accounts/${id}`, '*'), grants(groupId, 'audit.view')];
  },
  'two service accounts that are made, each in two groups': async () => {
    const groupIds = [await group(['audit.view']), await group(['audit.view', 'groups.view'])];
    const making = (ids: string[]) => () => client.post('/service-accounts', { name: aName(), groupIds: ids });
    return [making(groupIds), making([...groupIds].reverse())];
  },
  'one whom provisioning adds, and another group that gives the same': async () => {
    const one = await user();
    const other = await pushed(['audit.view'], [one]);
    return [member(await pushed(['audit.view']), 'add', one), turned(other, 'disable')];
  },
  'one whom provisioning adds to two groups that give the same': async () => {
    const one = await user();
    return [member(await pushed(['audit.view']), 'add', one), member(await pushed(['audit.view']), 'add', one)];
  },
  'one whom provisioning switches off, and grants of a group that gives already': async () => {
    const one = await user();
    return [switched(one, false), grants(await pushed(['audit.view'], [one]), 'audit.view', 'groups.view')];
  },
  'one whom provisioning deletes, and a group that gives the same': async () => {
    const one = await user();
    await pushed(['audit.view'], [one]);
    const local = await group(['audit.view'], { accountIds: [one] });
    return [() => scim.delete(`${base}/Users/${one}`), removed(local, one)];
  },
  'one whom provisioning switches off, and an administrator disables a group': async () => {
    const one = await user();
    const id = await pushed(['audit.view'], [one]);
    return [turned(id, 'disable'), switched(one, false)];
  },
  'two delegations that give the same people the same, both ended': async () => {
    const people = await theirs();
    const [one, other] = [await letIn(people, 'audit.view', 'groups.view'), await letIn(people, 'audit.view')];
    return [ended(one.id), ended(other.id)];
  },
  'a delegation that is ended, and another group that gives the same people the same turned off': async () => {
    const people = await theirs(...(await theirs()));
    const [one, other] = [await letIn(people, 'audit.view'), await letIn(people, 'audit.view', 'groups.view')];
    return [ended(one.id), turned(other.groupId, 'disable')];
  },
  'an import that is ended, and a delegation that gives the same people the same': async () => {
    const people = await theirs();
    const [one, other] = [await imported(people, 'audit.view'), await letIn(people, 'audit.view')];
    return [ended(one.id, 'group-imports'), ended(other.id)];
  },
  'an import that is ended, and another one that gives no longer': async () => {
    const people = await theirs();
    const [one, other] = [await imported(people, 'audit.view', 'groups.view'), await imported(people, 'audit.view')];
    return [ended(one.id, 'group-imports'), grants(other.groupId)];
  },
  'a delegation that is approved, and another group that gives the same people the same turned off': async () => {
    const people = await theirs();
    const { groupId } = await letIn(people, 'audit.view');
    return [approved(await asking(people, ['audit.view', 'groups.view'])), turned(groupId, 'disable')];
  },
  'two delegations for the same people, both approved': async () => {
    const people = await theirs();
    const [one, other] = [await asking(people, ['audit.view']), await asking(people, ['audit.view', 'groups.view'])];
    return [approved(one), approved(other)];
  },
};

describe('two at once', () => {
  test.each(Object.entries(pairs))('%s', async (_what, prepare) => {
    const [one, other] = await prepare();
    await atOnce(one, other);
    const [first, last] = await prepare();
    await atOnce(last, first);
  });
});

test('many at once, of people, groups and provisioning: each is answered, and their entries add up', async () => {
  const people = [await account(), await account(), await account()];
  const users = [await user(), await user(), await user()];
  const machines = [(await given.machine()).id, (await given.machine()).id];
  const everybody = { accountIds: [...people, ...users], serviceAccountIds: machines };
  const local = [
    await group(['audit.view'], everybody),
    await group(['audit.view', 'groups.view'], everybody),
    await group(['accounts.view'], everybody),
  ];
  const provisioned = [await pushed(['audit.view'], users), await pushed(['accounts.view', 'audit.view'], users)];
  const all = [...local, ...provisioned];
  const how = fc.constantFrom('enable' as const, 'disable' as const);
  const of = <T>(...list: T[]) => fc.constantFrom(...list);
  const some = fc.subarray(permissions, { minLength: 1 });
  const change = fc.oneof(
    fc.tuple(of(...all), some).map(([id, names]) => grants(id, ...names)),
    fc.tuple(of(...all), how).map(([id, act]) => turned(id, act)),
    fc.tuple(of(...local), of(...people, ...machines)).map(([id, one]) => removed(id, one)),
    fc.tuple(of(...local), of(...people)).map(([id, one]) => added(id, { accountIds: [one] })),
    fc.tuple(of(...people), how).map(([id, act]) => acting(id, act)),
    fc.tuple(of(...machines), how).map(([id, act]) => machine(id, act)),
    fc.tuple(of(...users), fc.boolean()).map(([id, active]) => switched(id, active)),
    fc
      .tuple(of(...provisioned), of('add' as const, 'remove' as const), of(...users))
      .map(([id, op, one]) => member(id, op, one)),
    fc
      .shuffledSubarray(local, { minLength: 2 })
      .map((groupIds) => () => client.post('/service-accounts', { name: aName(), groupIds })),
  );
  let moved = 0;
  for (const changes of fc.sample(fc.array(change, { minLength: 24, maxLength: 24 }), { numRuns: 12, seed: 7 })) {
    moved += await held(() => Promise.all(changes.map((make) => make())));
  }
  expect(moved).toBeGreaterThan(8);
}, 120_000);

test('many at once, of partner access, imports and who the partner is: each is answered, and their entries add up', async () => {
  let moved = 0;
  for (const seed of [1, 2, 3]) {
    const people = await theirs(...(await theirs()));
    const lets = (...names: string[]) => letIn(people, ...names);
    const [one, two, third] = [
      await lets('audit.view'),
      await lets('audit.view', 'groups.view'),
      await lets('audit.view'),
    ];
    const other = await imported(people, 'groups.view');
    const asked = [await asking(people, ['accounts.view', 'audit.view']), await asking(people, ['accounts.view'])];
    // As many as ask their home at once, and some that ask nobody.
    const changes = [
      ...[ended(one.id), ended(two.id), ended(other.id, 'group-imports'), turned(third.groupId, 'disable')],
      ...asked.map(approved),
      () => client.patch('', { displayName: aName('name') }, '*'),
      added(await group(permissions), { accountIds: [await account()] }),
    ];
    const [order] = fc.sample(fc.shuffledSubarray(changes, { minLength: changes.length }), { numRuns: 1, seed });
    moved += await held(() => Promise.all((order as typeof changes).map((make) => make())));
  }
  expect(moved).toBe(9);
}, 120_000);

describe('all groups are held before the turn', () => {
  /** Of a change that waits for the group nobody else waits but for the group. */
  async function waitsFirst(groupId: string, change: () => Promise<Reply>) {
    let reply: Promise<Reply> | undefined;
    await platform.besideChange(
      'au',
      `select from groups where id = '${groupId}' for update`,
      async (somebodyWaits) => {
        reply = change();
        await somebodyWaits();
        const free = 'select tenant_id from effect_turns where tenant_id = $1 for update skip locked';
        expect(await sql(free, [tenant.id])).toHaveLength(1);
      },
    );
    expect((await reply)?.status).toBeLessThan(300);
  }

  test('by who invites many', async () => {
    const names = [aName('first'), aName('second')];
    const ids: string[] = [];
    for (const name of names) {
      const { body } = await client.post('/groups', { name });
      await client.put(`/groups/${body.id}/grants`, granting('audit.view'), '*');
      ids.push(body.id);
    }
    const csv = ['email,firstName,lastName,groups', ...names.map((name) => `${aName('a')}@example.com,A,B,${name}`)];
    await waitsFirst(ids[1] as string, () => client.post('/accounts/invite-many', { csv: csv.join('\n') }));
    await expect.poll(async () => (await client.get(`/groups/${ids[1]}/members`)).body.items?.length).toBe(1);
  });

  test('by who makes a namespace as a file says', async () => {
    const both = [await group(['audit.view']), await group(['audit.view'])];
    const names = await Promise.all(both.map(async (id) => (await client.get(`/groups/${id}`)).body.name));
    const { id } = await given.namespace();
    const added = names.map((name) => ({ group: name, permission: 'gateways.view' }));
    const settings = { format: 'bailiwick-namespace', version: 1, grants: added };
    const { look } = (await client.post(`/namespaces/${id}/import/preview`, { settings })).body;
    await waitsFirst(both[1] as string, () => client.post(`/namespaces/${id}/import`, { settings, look }));
  });

  test('by who deletes a service account', async () => {
    const { id, groupId } = await given.machine([{ permission: 'audit.view' }]);
    await waitsFirst(groupId, () => client.delete(`/service-accounts/${id}`, '*'));
  });
});

describe('a change that the database ended, since it and another one waited for each other, is made all the same', () => {
  test.each(['an administrator', 'provisioning'])('of %s', async (who) => {
    const isAdministrator = who === 'an administrator';
    const one = isAdministrator ? await account() : await user();
    const id = isAdministrator ? await group(['audit.view']) : await pushed(['audit.view']);
    const other = sql(
      `do $$ begin
         perform set_config('deadlock_timeout', '1min', true);
         perform from groups where id = '${id}' for update;
         while not exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))) loop
           perform pg_sleep(0.01);
         end loop;
         perform from principals where id = '${one}' for update;
       end $$`,
    );
    await expect.poll(() => sql('select id from groups where id = $1 for update skip locked', [id])).toEqual([]);
    const change = isAdministrator ? added(id, { accountIds: [one] }) : member(id, 'add', one);
    expect(await held(async () => [await change()])).toBe(1);
    await other;
  });
});

test('a change that is committed is not made again, whatever the database ends after it', async () => {
  const one = await account();
  const id = await group(['audit.view'], { accountIds: [one] });
  await sql('update tenants set lends_groups = true where tenant_id = $1', [tenant.id]);
  await sql(
    `insert into leases (tenant_id, account_id, session_id, visited_tenant_id, visited_region, asked_at, group_ids)
     values ($1, $2, gen_random_uuid(), $1, 'au', platform_time(), array[$3::uuid])`,
    [tenant.id, one, id],
  );
  await sql(`create function ends_it() returns trigger language plpgsql
             as $$ begin raise exception 'ended' using errcode = 'deadlock_detected'; end $$`);
  await sql('create trigger ends_it before update on leases for each row execute function ends_it()');
  try {
    const { status, headers } = await removed(id, one)();
    expect(status).not.toBe(404);
    const rows = await sql('select id from audit_entries where request_id = $1', [headers.get('x-request-id')]);
    expect(rows).toHaveLength(1);
  } finally {
    await sql('drop function ends_it cascade');
    await sql('update tenants set lends_groups = false where tenant_id = $1', [tenant.id]);
  }
});

test('leases are taken back in one order, so that no two changes wait for each other over them', async () => {
  const people = [await account(), await account(), await account()].sort();
  const id = await group(['audit.view'], { accountIds: people });
  // First, since any change of the tenant takes them back.
  await sql('create table taken_back (number serial, account_id uuid)');
  await sql(`create function note_it() returns trigger language plpgsql security definer set search_path = public
             as $$ begin insert into taken_back (account_id) values (old.account_id); return new; end $$`);
  await sql('create trigger note_it before update on leases for each row execute function note_it()');
  try {
    await sql('update tenants set lends_groups = true where tenant_id = $1', [tenant.id]);
    // Neither as they lie in the table nor by when they were asked for, which is not over however long this takes.
    await sql(
      `insert into leases (tenant_id, account_id, session_id, visited_tenant_id, visited_region, asked_at, group_ids)
       select $1, account, gen_random_uuid(), $1, 'au', platform_time() + interval '1 hour' - place * interval '1 second', array[$3::uuid]
       from unnest($2::uuid[]) with ordinality named (account, place) order by place desc`,
      [tenant.id, people, id],
    );
    expect((await client.post(`/groups/${id}/disable`)).status).toBe(200);
    // Whatever takes them back beside it does so too: of each the first counts.
    const rows = await sql(
      'select account_id from taken_back where account_id = any($1) group by account_id order by min(number)',
      [people],
    );
    expect(rows.map(({ account_id }: Any) => account_id)).toEqual(people);
  } finally {
    await sql('drop function note_it cascade');
    await sql('drop table taken_back');
    await sql('update tenants set lends_groups = false where tenant_id = $1', [tenant.id]);
  }
});
