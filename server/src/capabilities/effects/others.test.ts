import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { aPlatform, aTenant, signIn, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';
import type { RegionMessage } from '../../kernel/region-messages.ts';
import type { RunningNode } from '../../node.ts';
import { mixes } from './mixes.ts';

/**
 * Looks that concern people of another tenant, against brute force: each person's rights worked out one by one before and
 * after. Some come in by a delegation, some by one of which each use is approved, some are guests besides, and partner
 * access may be stopped.
 */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

interface Grant {
  permission: string;
  namespaceId: string | null;
}

const password = 'seven quiet herons walk home';
const letThrough = ['groups.view', 'accounts.view', 'accounts.change', 'namespaces.view', 'audit.view'];
/** Where each is seen with a request. */
const seenBy = { 'groups.view': '/groups', 'accounts.view': '/accounts', 'audit.view': '/audit-entries' };

let platform: TestPlatform;
let partner: TestTenant;
let lent: string[];
let people: { id: string; email: string }[];
let sessions: Any[];

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
  partner = await aTenant(platform, 'au');
  const profile = { type: 'partner', supportId: null };
  expect((await platform.operator.patch(`/v1/operator/tenants/${partner.id}`, profile, '*')).status).toBe(200);
  lent = await Promise.all([0, 1, 2].map(async () => (await partner.given.group()).id as string));
  people = await Promise.all([0, 1, 2, 3].map(() => partner.given.person(password)));
  sessions = await Promise.all(
    people.map(async ({ email }) => platform.session(await signIn(platform, email, password, partner.id))),
  );
});

const grantOf = (spaces: string[], permissions: string[]) =>
  fc
    .record({ permission: fc.constantFrom(...permissions), namespaceId: fc.constantFrom(null, ...spaces) })
    .map(({ permission, namespaceId }) => ({
      permission,
      namespaceId: permission.startsWith('namespaces.') ? namespaceId : null,
    }));
const unique = { maxLength: 4, selector: (each: Grant) => `${each.permission}@${each.namespaceId}` };
const some = fc.uniqueArray(fc.nat({ max: 3 }));

/** A right of somebody, in the tenant or in one namespace. */
const textOf = ({ permission, namespaceId }: Grant) => `${permission}@${namespaceId ?? ''}`;

function heldOf(grants: Grant[], spaces: string[]): Set<string> {
  const held = new Set(grants.map(textOf));
  for (const { permission, namespaceId } of grants)
    if (namespaceId === null && permission.startsWith('namespaces.'))
      for (const space of spaces) held.add(`${permission}@${space}`);
  return held;
}

/** What is in the first and not in the other; of the whole tenant and its namespaces the first alone. */
function beyond(first: Set<string>, other: Set<string>): string[] {
  const more = [...first].filter((each) => !other.has(each));
  return more.filter((each) => each.endsWith('@') || !more.includes(`${each.split('@')[0]}@`));
}

describe.each(['au', 'eu'] as const)('people of a partner of region au in a tenant of region %s', (region) => {
  let customer: TestTenant;
  let spaces: string[];
  let delegations: { id: string; groupId: string }[];
  let local: string[];
  /** By the person. */
  let guestIds: (string | undefined)[];
  const sql = (text: string, values: unknown[]) => platform.sql(region, text, values);

  beforeAll(async () => {
    customer = await aTenant(platform, region);
    spaces = [await customer.given.namespace(), await customer.given.namespace()].map(({ id }) => id as string);
    delegations = [];
    for (const [at, groupId] of lent.entries()) {
      const body = { customerTenantId: customer.id, groupId, permissions: letThrough, days: 30, purpose: 'Run it' };
      const asked = await partner.client.post('/delegations', body);
      const { id } = asked.body;
      await vi.waitFor(async () => expect((await customer.client.get(`/delegations/${id}`)).status).toBe(200), {
        timeout: 20_000,
      });
      const approved = await customer.client.post(`/delegations/${id}/approve`, { needsActivation: at === 1 });
      expect(approved, approved.text).toMatchObject({ status: 200 });
      delegations.push({ id, groupId: approved.body.groupId });
    }
    local = await Promise.all([0, 1].map(async () => (await customer.given.group()).id as string));
    guestIds = [];
    for (const at of [0, 1]) {
      const made = await customer.client.post('/guest-invitations', { groupIds: [local[0]] });
      const accepted = await sessions[at].post('/v1/me/guest-invitations/accept', {
        token: made.body.link.split('#')[1],
      });
      expect(accepted, accepted.text).toMatchObject({ status: 200 });
      const [row] = await sql('select id from guests where home_account_id = $1 and tenant_id = $2', [
        people[at]?.id,
        customer.id,
      ]);
      guestIds.push(row.id);
    }
  });

  const model = () =>
    fc.record({
      /** In the order of `delegations`, and of `local`. */
      given: fc.tuple(...[0, 1, 2].map(() => fc.uniqueArray(grantOf(spaces, letThrough), unique))),
      here: fc.tuple(...[0, 1].map(() => fc.uniqueArray(grantOf(spaces, [...letThrough, 'groups.change']), unique))),
      isOn: fc.tuple(...[0, 1, 2, 3, 4].map(() => fc.integer({ min: 0, max: 4 }).map(Boolean))),
      members: fc.tuple(some, some, some),
      membersHere: fc.tuple(...[0, 1].map(() => fc.uniqueArray(fc.nat({ max: 1 })))),
      activated: some,
      isStopped: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn === 0),
      change: fc.record({
        kind: fc.constantFrom('imported', 'imported', 'local', 'local', 'end', 'leaving'),
        at: fc.nat({ max: 2 }),
        grants: fc.option(fc.uniqueArray(grantOf(spaces, letThrough), unique), { nil: undefined }),
        status: fc.constantFrom(undefined, 'enabled', 'disabled'),
      }),
    });
  type Model = Any;

  async function build({ given, here, isOn, members, membersHere, activated, isStopped }: Model) {
    const groups = [...delegations.map(({ groupId }) => groupId), ...local];
    const rows = (lists: Any[][], ids: string[], field: (one: Any) => object) =>
      JSON.stringify(lists.flatMap((list, at) => list.map((one) => ({ group_id: ids[at], ...field(one) }))));
    await platform.sql('au', 'delete from memberships where group_id = any($1)', [lent]);
    const principal = (id: Any) => ({ principal_id: id });
    const insert = `insert into memberships (tenant_id, group_id, principal_id)
      select $1, group_id, principal_id from json_populate_recordset(null::memberships, $2)`;
    await platform.sql('au', insert, [partner.id, rows(members, lent, (at) => principal(people[at]?.id))]);
    await sql('delete from memberships where group_id = any($1)', [local]);
    await sql(insert, [customer.id, rows(membersHere, local, (at) => principal(guestIds[at]))]);
    await sql('delete from grants where group_id = any($1)', [groups]);
    await sql(
      `insert into grants (tenant_id, group_id, permission, namespace_id)
       select $1, group_id, permission, namespace_id from json_populate_recordset(null::grants, $2)`,
      [
        customer.id,
        rows([...given, ...here], groups, ({ permission, namespaceId }) => ({ permission, namespace_id: namespaceId })),
      ],
    );
    await sql(
      `update groups set status = case when id = any($2) then 'enabled' else 'disabled' end where id = any($1)`,
      [groups, groups.filter((_, at) => isOn[at])],
    );
    await sql('delete from delegation_activations where delegation_id = $1', [delegations[1]?.id]);
    await sql(
      `insert into delegation_activations (tenant_id, id, delegation_id, home_account_id, hours, state, asked_at, decided_at, ends_at)
       select $1, each.id, $2, each.account, 1, 'active', platform_time(), platform_time(), platform_time() + interval '1 hour'
       from unnest($3::uuid[], $4::uuid[]) as each(id, account)`,
      [customer.id, delegations[1]?.id, activated.map(() => newId()), activated.map((at: number) => people[at]?.id)],
    );
    await sql(
      'update tenants set partner_access_stopped_at = case when $2 then platform_time() end where tenant_id = $1',
      [customer.id, isStopped],
    );
  }

  /** What a person holds, now or with what waits, as the model is or is to be. */
  function held(
    { given, here, isOn, members, membersHere, activated, isStopped }: Model,
    who: number,
    isOnce: boolean,
  ) {
    const comesIn = (at: number) =>
      members[at].includes(who) && (isOnce || (!isStopped && (at !== 1 || activated.includes(who))));
    const grants = [
      ...given.filter((_: Any, at: number) => isOn[at] && comesIn(at)),
      ...here.filter((_: Any, at: number) => isOn[3 + at] && membersHere[at].includes(who)),
    ].flat();
    return heldOf(grants, spaces);
  }

  function changedBy(before: Model): Model {
    const { kind, at: drawn, grants, status } = before.change;
    const at = kind === 'imported' || kind === 'end' ? drawn : drawn % 2;
    const after = structuredClone(before);
    if (kind === 'end') after.given[at] = [];
    else if (kind === 'leaving') after.membersHere[at] = [];
    else {
      if (grants) (kind === 'imported' ? after.given : after.here)[at] = grants;
      if (status) after.isOn[(kind === 'imported' ? 0 : 3) + at] = status === 'enabled';
    }
    return after;
  }

  const ask = (before: Model, names?: object) => {
    const { kind, at, grants, status } = before.change;
    if (kind === 'end')
      return customer.client.post(`/delegations/${delegations[at]?.id}/preview`, {
        act: 'end',
        ...(names ? { names } : {}),
      });
    const id = kind === 'imported' ? delegations[at]?.groupId : local[at % 2];
    const wanted = grants?.map(({ permission, namespaceId }: Grant) => ({
      permission,
      ...(namespaceId ? { namespaceId } : {}),
    }));
    const leaving = before.membersHere[at % 2].map((who: number) => guestIds[who]);
    const body =
      kind === 'leaving'
        ? { removeMemberIds: leaving }
        : { ...(wanted ? { grants: wanted } : {}), ...(status ? { status } : {}) };
    return customer.client.post(`/groups/${id}/preview${names ? '/names' : ''}`, { ...body, ...names });
  };

  /** Each person of whom the change takes or gives something, by what. */
  function brute(before: Model) {
    const after = changedBy(before);
    const isTheirs = ['imported', 'end'].includes(before.change.kind);
    const turnOf = (who: number, isOnce: boolean) => {
      const [was, will] = [held(before, who, isOnce), held(after, who, isOnce)];
      const has = (all: Set<string>, permission: string) => [...all].some((each) => each.startsWith(`${permission}@`));
      return {
        gains: beyond(will, was),
        loses: beyond(was, will),
        mixes: mixes
          .filter(
            ({ permissions }) =>
              permissions.every((each) => has(will, each)) && !permissions.every((each) => has(was, each)),
          )
          .map(({ text }) => text),
      };
    };
    return people.map((_, who) => {
      const now = turnOf(who, false);
      // Of who is a guest of a group here it is said what changes now.
      return { now, once: isTheirs ? turnOf(who, true) : now };
    });
  }

  function asCounted(each: ReturnType<typeof brute>) {
    const said: Record<string, [number, number]> = {};
    const add = (what: string, at: 0 | 1) => {
      said[what] ??= [0, 0];
      (said[what] as [number, number])[at]++;
    };
    for (const { now, once } of each) {
      for (const side of ['gains', 'loses'] as const) {
        if (now[side].length > 0) add(side, 0);
        else if (once[side].length > 0) add(side, 1);
        for (const right of new Set([...now[side], ...once[side]]))
          add(`${side} ${right}`, now[side].includes(right) ? 0 : 1);
      }
      for (const mix of new Set([...now.mixes, ...once.mixes])) add(mix, now.mixes.includes(mix) ? 0 : 1);
    }
    return said;
  }

  function asSaid({ gains, loses, mixes: mixed }: Any) {
    const said: Record<string, [number, number]> = {};
    const add = (what: string, { guests, inactive }: Any) => {
      if (guests + inactive > 0) said[what] = [guests, inactive];
    };
    for (const [side, moved] of Object.entries({ gains, loses }) as [string, Any][]) {
      add(side, moved);
      for (const right of moved.permissions) add(`${side} ${textOf(right)}`, right);
    }
    for (const mix of mixed) add(mix.text, mix);
    return said;
  }

  test('random changes of groups and ends of delegations gain and lose what brute force says, by name too', {
    timeout: 300_000,
  }, async () => {
    let moved = 0;
    let waiting = 0;
    for (const sample of fc.sample(model(), { numRuns: 60, seed: 5 }) as Model[]) {
      if (sample.change.kind === 'leaving' && sample.membersHere[sample.change.at % 2].length === 0) continue;
      await build(sample);
      const reply = await ask(sample);
      const { kind } = sample.change;
      if (reply.status === 400 && !sample.change.grants && !sample.change.status) continue; // changes nothing
      expect(reply.status, reply.text).toBe(200);
      const expected = brute(sample);
      expect(asSaid(kind === 'end' ? reply.body.effect : reply.body), JSON.stringify(sample)).toEqual(
        asCounted(expected),
      );
      for (const side of ['gains', 'loses'] as const) {
        const named = await ask(sample, { side });
        expect(named.status, named.text).toBe(200);
        const { items } = kind === 'end' ? named.body.names : named.body;
        const ids = kind === 'imported' || kind === 'end' ? people.map(({ id }) => id) : guestIds;
        const wanted = expected.flatMap(({ now, once }, who) =>
          now[side].length + once[side].length > 0 ? [ids[who]] : [],
        );
        expect(items.map(({ id }: Any) => id).sort(), JSON.stringify(sample)).toEqual(wanted.sort());
        moved += wanted.length;
        waiting += items.filter(({ inactive }: Any) => inactive).length;
      }
    }
    expect(moved).toBeGreaterThan(40);
    expect(waiting).toBeGreaterThan(8);
  });

  test('while their home gives no answer a look at their group says so, and the change can be saved all the same', async () => {
    const [{ id, groupId }] = delegations as [(typeof delegations)[number]];
    await sql(`update delegations set other_region = 'us' where id = $1 and side = 'customer'`, [id]);
    const body = { grants: [{ permission: 'tenant.view' }] };
    for (const path of ['preview', 'grants/preview'])
      expect(await customer.client.post(`/groups/${groupId}/${path}`, body)).toMatchObject({
        status: 503,
        body: { detail: expect.stringContaining('does not answer, so who gains and loses is not known') },
      });
    expect((await customer.client.put(`/groups/${groupId}/grants`, body, '*')).status).toBe(200);
    const [entry] = (await customer.client.get(`/audit-entries?targetId=${groupId}&limit=1`)).body.items;
    expect(entry).toMatchObject({ action: 'groups.change-grants', details: { effect: null } });
    await sql(`update delegations set other_region = 'au' where id = $1 and side = 'customer'`, [id]);
    const off = await customer.client.post(`/groups/${groupId}/preview`, { status: 'disabled' });
    await customer.client.post(`/groups/${groupId}/disable`);
    const [after] = (await customer.client.get(`/audit-entries?targetId=${groupId}&limit=1`)).body.items;
    expect(after).toMatchObject({ action: 'groups.disable', details: { effect: off.body } });
  });

  test.each([
    ['both of their groups', 2],
    ['one of their groups, and a group of guests', 3],
  ])('of what is turned off at once, %s, each loss stands in one entry', async (_what, other) => {
    const gives = [{ permission: 'audit.view', namespaceId: null }];
    await build({
      given: [gives, [], gives],
      here: [gives, []],
      isOn: [true, true, true, true, true],
      members: [[0, 2], [], other === 2 ? [0, 2] : []],
      membersHere: [[0], []],
      activated: [],
      isStopped: false,
    });
    if (other === 2) expect((await customer.client.post(`/groups/${local[0]}/disable`)).status).toBe(200);
    const groups = [...delegations.map(({ groupId }) => groupId), ...local];
    const both = [groups[0], groups[other]] as string[];
    const replies: Promise<Any>[] = [];
    await platform.besideChange(region, 'lock table audit_entries in share mode', async () => {
      for (const id of both) {
        replies.push(customer.client.post(`/groups/${id}/disable`));
        await vi.waitFor(
          async () => {
            const [row] = await sql(
              `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
              [],
            );
            expect(row?.n).toBe(replies.length);
          },
          { timeout: 10_000 },
        );
      }
    });
    const ids = (await Promise.all(replies)).map(({ status, headers }) => {
      expect(status).toBe(200);
      return headers.get('x-request-id');
    });
    const rows = await sql(
      `select changes -> 'details' -> 'effect' -> 'loses' -> 'guests' as n from audit_entries where request_id = any($1)`,
      [ids],
    );
    expect(rows.reduce((sum: number, { n }: Any) => sum + n, 0)).toBe(2);
  });

  /** Makes a change, and looks whenever it asks a home whether another one could take the turn. @returns what was asked, and that */
  async function turnsWhile(change: () => Promise<unknown>): Promise<[string, 'free' | 'taken'][]> {
    const asked: [string, 'free' | 'taken'][] = [];
    const { answers } = (platform.nodes[0] as RunningNode).platform;
    const restored = ['delegation-people', 'delegation-words', 'activation-words', 'people'].map((kind) => {
      const message = answers.get(kind) as RegionMessage;
      const { answer } = message;
      message.answer = async (...said) => {
        // Shared, so that of two questions at once neither takes the other for a turn.
        const free = 'select from effect_turns where tenant_id = $1 for share skip locked';
        asked.push([kind, (await sql(free, [customer.id])).length === 1 ? 'free' : 'taken']);
        return answer(...said);
      };
      return () => Object.assign(message, { answer });
    });
    try {
      await change();
    } finally {
      for (const restore of restored) restore();
    }
    return asked;
  }

  /** Two people of the partner, who come in by a delegation too, are guests in both groups here. */
  const inBoth = () => {
    const gives = (permission: string) => [{ permission, namespaceId: null }];
    const both = [0, 1];
    return build({
      given: [gives('audit.view'), [], []],
      here: [gives('audit.view'), gives('accounts.view')],
      isOn: [true, true, true, true, true],
      members: [both, [], []],
      membersHere: [both, both],
      activated: [],
      isStopped: false,
    });
  };
  const effectsOf = async (action: string) =>
    (await customer.client.get(`/audit-entries?action=${action}&targetKind=group&limit=2`)).body.items.map(
      ({ details }: Any) => details.effect,
    );

  test('approvals and ends of partner access ask homes before the turn, for the words of their reply too', async () => {
    const { id: groupId } = await partner.given.group();
    const body = { customerTenantId: customer.id, groupId, permissions: letThrough, days: 30, purpose: 'Run it' };
    const { id } = (await partner.client.post('/delegations', body)).body;
    const path = `/delegations/${id}`;
    await vi.waitFor(async () => expect((await customer.client.get(path)).status).toBe(200), { timeout: 20_000 });
    const askedBy = (act: string, sent: object | undefined, reply: object) =>
      turnsWhile(async () => {
        const done = await customer.client.post(`${path}/${act}`, sent);
        expect(done, done.text).toMatchObject({ status: 200, body: reply });
      });
    const ofDelegation = [
      ['delegation-words', 'free'],
      ['delegation-people', 'free'],
    ];
    expect(await askedBy('approve', { needsActivation: true }, { purpose: 'Run it' })).toEqual(ofDelegation);
    await partner.client.post(`/groups/${groupId}/members`, { accountIds: [people[0]?.id] });
    const use = { reason: 'Ticket 7', hours: 1 };
    const asked = await sessions[0].post(`${partner.path}${path}/activate`, use);
    expect(asked, asked.text).toMatchObject({ status: 201 });
    const one = `activations/${asked.body.id}`;
    await vi.waitFor(
      async () => expect((await customer.client.get(`${path}/activations`)).body.items).toHaveLength(1),
      { timeout: 20_000 },
    );
    for (const [act, state] of [
      ['approve', 'active'],
      ['refuse', 'ended'],
    ] as const)
      expect(await askedBy(`${one}/${act}`, undefined, { state, reason: use.reason })).toEqual([
        ['delegation-people', 'free'],
        ['people', 'free'],
        ['activation-words', 'free'],
      ]);
    expect(await askedBy('end', undefined, { purpose: 'Run it' })).toEqual(ofDelegation);
  });

  test('approval of what a guest asks for asks home before the turn, for the name in its reply too', async () => {
    await inBoth();
    const { id: groupId } = await customer.given.group();
    await customer.client.put(`/groups/${groupId}/grants`, { grants: [{ permission: 'integrations.view' }] }, '*');
    const wanted = { permission: 'integrations.view', reason: 'To look' };
    const { body, text } = await sessions[0].post(`${customer.path}/access-requests`, wanted);
    expect(body, text).toMatchObject({ state: 'pending', principal: { id: guestIds[0] } });
    const asked = await turnsWhile(async () => {
      const done = await customer.client.post(`/access-requests/${body.id}/approve`, { groupId });
      expect(done, done.text).toMatchObject({ status: 200, body: { state: 'approved', principal: body.principal } });
    });
    expect(asked).toEqual([
      ['people', 'free'],
      ['delegation-people', 'free'],
    ]);
  });

  test('settings of a namespace that change what several groups grant ask homes before the turn', async () => {
    await inBoth();
    const { id } = await customer.given.namespace();
    const named = await Promise.all(local.map(async (each) => (await customer.client.get(`/groups/${each}`)).body));
    const grants = named.map(({ name }) => ({ group: name, permission: 'namespaces.view' }));
    const settings = { format: 'bailiwick-namespace', version: 1, grants };
    const { look } = (await customer.client.post(`/namespaces/${id}/import/preview`, { settings })).body;
    const asked = await turnsWhile(async () => {
      const done = await customer.client.post(`/namespaces/${id}/import`, { settings, look });
      expect(done, done.text).toMatchObject({ status: 200, body: { added: 2 } });
    });
    expect(asked).toEqual([['delegation-people', 'free']]);
    // Of two who gain the same by both groups the first entry says so.
    const effects = await effectsOf('namespaces.import');
    expect(effects.map(({ gains }: Any) => gains.guests).sort()).toEqual([0, 2]);
    expect(effects.some((effect: Any) => 'uncounted' in effect)).toBe(false);
  });

  test('a review that removes guests from several groups asks homes before the turn', async () => {
    await inBoth();
    const reviewer = await customer.given.person(password);
    const may = await customer.given.group();
    const held = ['groups.change', 'audit.view', 'accounts.view'].map((permission) => ({ permission }));
    await customer.client.put(`/groups/${may.id}/grants`, { grants: held }, '*');
    await customer.client.post(`/groups/${may.id}/members`, { accountIds: [reviewer.id] });
    const made = await customer.client.post('/review-campaigns', {
      name: 'Guests',
      reviewers: 'accounts',
      reviewerIds: [reviewer.id],
      scope: { groupIds: local },
      dueAt: new Date(Date.now() + 7 * 86_400_000).toISOString(),
    });
    expect(made, made.text).toMatchObject({ status: 201 });
    const path = `${customer.path}/review-campaigns/${made.body.id}`;
    const session = platform.session(await signIn(platform, reviewer.email, password, customer.id));
    const itemsThat = async (state: string) => (await session.get(`${path}/items?state=${state}`)).body.items ?? [];
    await vi.waitFor(async () => expect(await itemsThat('undecided')).toHaveLength(4), { timeout: 20_000 });
    const [one] = await itemsThat('undecided');
    const decision = { decision: 'remove', reason: 'Over' };
    const alone = await turnsWhile(async () => {
      const done = await session.post(`${path}/items/${one.id}/decide`, decision);
      expect(done, done.text).toMatchObject({ status: 200, body: { state: 'removed', displayName: one.displayName } });
    });
    expect(alone).toEqual([
      ['people', 'free'],
      ['delegation-people', 'free'],
    ]);
    const many = await turnsWhile(async () => {
      expect((await session.post(`${path}/decide`, decision)).status).toBe(202);
      await vi.waitFor(async () => expect(await itemsThat('undecided')).toHaveLength(0), { timeout: 20_000 });
    });
    expect(many.filter(([kind]) => kind === 'delegation-people')).toEqual([['delegation-people', 'free']]);
    const effects = await effectsOf('review-campaigns.decide-many');
    expect(effects).toHaveLength(2);
    expect(effects.some((effect: Any) => 'uncounted' in effect)).toBe(false);
  });

  test('many looks at once do not wait for one another: who asks a home holds no connection that it answers by', async () => {
    const [{ groupId }] = delegations as [(typeof delegations)[number]];
    const looks = await Promise.all(
      Array.from({ length: 12 }, () => customer.client.post(`/groups/${groupId}/preview`, { status: 'disabled' })),
    );
    const statuses = looks.map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(2);
  });

  test('what brute force says of a person is what their requests are answered', async () => {
    for (const sample of fc.sample(model(), { numRuns: region === 'au' ? 12 : 3, seed: 6 }) as Model[]) {
      await build(sample);
      for (const [who, session] of sessions.entries())
        for (const [permission, list] of Object.entries(seenBy)) {
          const { status } = await session.get(`${customer.path}${list}`);
          expect(status === 200, `${who} ${permission} ${status} ${JSON.stringify(sample)}`).toBe(
            held(sample, who, false).has(`${permission}@`),
          );
        }
    }
  });
});
