import fc from 'fast-check';
import { mixes } from '../src/capabilities/effects/mixes.ts';
import type { TestPlatform, TestTenant } from './harness.ts';

/**
 * A small tenant whose groups, members and grants are random, and each person's rights worked out one by one before
 * and after a change: the slow and plain way, which an effect is held against.
 */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

export interface Grant {
  permission: string;
  namespaceId: string | null;
}
export interface Group {
  id: string;
  grants: Grant[];
  members: Set<string>;
  isEnabled: boolean;
}
export interface Person {
  id: string;
  kind: 'people' | 'serviceAccounts';
  mayAct: boolean;
  keys: number;
}

function byGroup(rows: Any[]): Map<string, Any[]> {
  const found = new Map<string, Any[]>();
  for (const row of rows) {
    const those = found.get(row.group_id);
    if (those) those.push(row);
    else found.set(row.group_id, [row]);
  }
  return found;
}

export async function aModel(platform: TestPlatform, tenant: TestTenant) {
  const { client, given } = tenant;

  const spaces = [await given.namespace(), await given.namespace()].map(({ id }) => id as string);
  const catalogue = (await platform.anyone.get('/v1/topics')).body.items as Any[];
  const single = catalogue.flatMap(({ permissions }) => permissions.map(({ name }: Any) => name as string));
  const namespaced = (permission: string) =>
    catalogue.find(({ name }) => name === permission.split('.')[0]).namespaced as boolean;

  const people: Person[] = [];
  for (let at = 0; at < 6; at++) {
    const account = await given.account();
    people.push({ id: account.id, kind: 'people', mayAct: at < 4, keys: 0 });
  }
  await platform.sql('au', "update accounts set status = 'enabled', has_words = false where id = any($1)", [
    people.slice(0, 4).map(({ id }) => id),
  ]);
  for (let at = 0; at < 3; at++) {
    const machine = await client.post('/service-accounts', { name: `machine ${at}` });
    for (let key = 0; key < at; key++)
      await client.post(`/service-accounts/${machine.body.id}/keys`, { name: `${key}` });
    people.push({ id: machine.body.id, kind: 'serviceAccounts', mayAct: true, keys: at });
  }
  const groupIds = await Promise.all([0, 1, 2, 3].map(async () => (await given.group()).id as string));
  const owners: Group = {
    id: (await client.get('/groups?q=Owners')).body.items[0].id,
    grants: [],
    members: new Set(),
    isEnabled: true,
  };

  const grant = fc
    .record({
      permission: fc.constantFrom(
        ...single.filter((name) => /^(namespaces|gateways|accounts|groups|integrations)\./.test(name)),
        'namespaces.*',
        'gateways.*',
        'accounts.*',
        'groups.*',
      ),
      namespaceId: fc.constantFrom(null, ...spaces),
    })
    .map(({ permission, namespaceId }) => ({ permission, namespaceId: namespaced(permission) ? namespaceId : null }));
  const grants = fc.uniqueArray(grant, { maxLength: 5, selector: (each) => JSON.stringify(each) });
  const someone = fc.nat({ max: people.length - 1 }).map((at) => (people[at] as Person).id);
  const model = fc.record({
    groups: fc.tuple(
      ...groupIds.map(() =>
        fc.record({ grants, members: fc.uniqueArray(someone), isEnabled: fc.integer({ max: 4, min: 0 }).map(Boolean) }),
      ),
    ),
    owners: fc.uniqueArray(someone, { maxLength: 1 }),
  });
  const change = fc.record({
    group: fc.nat({ max: groupIds.length - 1 }),
    grants: fc.option(grants, { nil: undefined }),
    status: fc.constantFrom(undefined, undefined, 'enabled', 'disabled', 'deleted'),
    joining: fc.uniqueArray(someone, { maxLength: 2 }),
    leaving: fc.uniqueArray(someone, { maxLength: 2 }),
  });

  /** Puts the model into the database below the server: only previews are asked of it. */
  async function build(sample: Any): Promise<Group[]> {
    const groups = groupIds.map(
      (id, at): Group => ({ id, ...sample.groups[at], members: new Set(sample.groups[at].members) }),
    );
    await platform.sql(
      'au',
      `with gone as (delete from memberships where group_id = any($1) or (group_id = $2 and principal_id = any($3))),
          taken as (delete from grants where group_id = any($1))
     update groups set status = case when id = any($4) then 'enabled' else 'disabled' end where id = any($1)`,
      [
        groupIds,
        owners.id,
        people.map(({ id }) => id),
        groups.filter(({ isEnabled }) => isEnabled).map(({ id }) => id),
      ],
    );
    const memberships = [...groups, { id: owners.id, members: new Set<string>(sample.owners) }].flatMap(
      ({ id, members }) =>
        [...members].map((principalId) => ({ tenant_id: tenant.id, group_id: id, principal_id: principalId })),
    );
    await platform.sql(
      'au',
      'insert into memberships (tenant_id, group_id, principal_id) select tenant_id, group_id, principal_id from json_populate_recordset(null::memberships, $1)',
      [JSON.stringify(memberships)],
    );
    await platform.sql(
      'au',
      'insert into grants (tenant_id, group_id, permission, namespace_id) select tenant_id, group_id, permission, namespace_id from json_populate_recordset(null::grants, $1)',
      [
        JSON.stringify(
          groups.flatMap(({ id, grants: held }) =>
            held.map(({ permission, namespaceId }) => ({
              tenant_id: tenant.id,
              group_id: id,
              permission,
              namespace_id: namespaceId,
            })),
          ),
        ),
      ],
    );
    return [...groups, { ...owners, members: new Set(sample.owners) }];
  }

  /** How everybody stands in the database: groups as a model has them, and who may act. */
  async function state() {
    const rows = await platform.sql('au', 'select id, status from groups where tenant_id = $1 and not is_owner_group', [
      tenant.id,
    ]);
    const memberships = await platform.sql(
      'au',
      'select group_id, principal_id from memberships where tenant_id = $1',
      [tenant.id],
    );
    const granted = await platform.sql(
      'au',
      'select group_id, permission, namespace_id from grants where tenant_id = $1',
      [tenant.id],
    );
    const [grantsOf, membersOf] = [byGroup(granted), byGroup(memberships)];
    const groups: Group[] = rows.map(({ id, status: is }: Any) => ({
      id,
      isEnabled: is === 'enabled',
      grants: (grantsOf.get(id) ?? []).map((each) => ({ permission: each.permission, namespaceId: each.namespace_id })),
      members: new Set((membersOf.get(id) ?? []).map((each) => each.principal_id)),
    }));
    const found = await platform.sql('au', 'select id, status, deleted_at from accounts where tenant_id = $1', [
      tenant.id,
    ]);
    const everybody = found.map(
      ({ id, status: is, deleted_at: gone }: Any): Person => ({
        id,
        kind: 'people',
        mayAct: is === 'enabled' && gone === null,
        keys: 0,
      }),
    );
    return { groups, everybody };
  }

  /** Every right of a person, as `permission@place`, each place by itself: the slow and plain way. */
  function rightsOf(person: Person, groups: Group[]): Set<string> {
    const held = new Set<string>();
    for (const group of groups) {
      if (!group.isEnabled || !group.members.has(person.id)) continue;
      for (const permission of single)
        for (const place of namespaced(permission) ? ['', ...spaces] : ['']) {
          const isGiven =
            group.id === owners.id ||
            group.grants.some(
              (each) =>
                (each.permission === permission || each.permission === `${permission.split('.')[0]}.*`) &&
                (each.namespaceId === null || each.namespaceId === place),
            );
          if (isGiven) held.add(`${permission}@${place}`);
        }
    }
    return held;
  }

  function changed(groups: Group[], { group, grants: wanted, status, joining, leaving }: Any): Group[] {
    return groups.flatMap((each) => {
      if (each.id !== groupIds[group]) return [each];
      if (status === 'deleted') return [];
      const members = new Set([...each.members, ...joining].filter((id) => !leaving.includes(id)));
      return [
        { ...each, members, grants: wanted ?? each.grants, isEnabled: status ? status === 'enabled' : each.isEnabled },
      ];
    });
  }

  function brute(before: Group[], after: Group[], peopleAfter = people, newcomer?: Person, everybody = people) {
    const zero = () => ({ people: 0, serviceAccounts: 0, keys: 0, guests: 0, inactive: 0 });
    const sides: Any = { gains: { total: zero(), of: {} }, loses: { total: zero(), of: {} } };
    const mixed: Any = {};
    const add = (to: Any, { kind, keys }: Person, isInactive: boolean) => {
      if (isInactive) to.inactive++;
      else {
        to[kind]++;
        to.keys += keys;
      }
    };
    const places = new Set<string>();
    const known = new Set(everybody.map(({ id }) => id));
    const laterOf = new Map(peopleAfter.map((each) => [each.id, each]));
    for (const person of newcomer ? [newcomer] : [...everybody, ...peopleAfter.filter(({ id }) => !known.has(id))]) {
      const later = newcomer ?? laterOf.get(person.id);
      const isThere = newcomer || known.has(person.id);
      // Who cannot act before nor after is counted apart, by what it would hold if it could.
      const isInactive = Boolean(isThere && later && !person.mayAct && !later.mayAct);
      const was = isInactive || (person.mayAct && isThere) ? rightsOf(person, before) : new Set<string>();
      const will = isInactive || later?.mayAct ? rightsOf(person, after) : new Set<string>();
      for (const [side, from, to] of [
        ['gains', was, will],
        ['loses', will, was],
      ] as const) {
        const moved = [...to].filter((each) => !from.has(each));
        const said = moved.filter((each) => each.endsWith('@') || !moved.includes(`${each.split('@')[0]}@`));
        // A right in the whole tenant reaches every namespace.
        for (const each of said)
          if (namespaced(each))
            for (const place of each.endsWith('@') ? spaces : [each.split('@')[1]]) places.add(place as string);
        if (said.length) add(sides[side].total, person, isInactive);
        for (const each of said) {
          sides[side].of[each] ??= zero();
          add(sides[side].of[each], person, isInactive);
        }
      }
      const holds = (rights: Set<string>, permission: string) =>
        [...rights].some((each) => each.split('@')[0] === permission);
      for (const { permissions, text } of mixes)
        if (permissions.every((each) => holds(will, each)) && !permissions.every((each) => holds(was, each))) {
          mixed[text] ??= zero();
          add(mixed[text], person, isInactive);
        }
    }
    return {
      gains: { ...sides.gains.total, permissions: sides.gains.of },
      loses: { ...sides.loses.total, permissions: sides.loses.of },
      namespaces: places.size,
      mixes: mixed,
    };
  }

  /** The reply in the form of `brute`. */
  const asBrute = ({ gains, loses, namespaces, mixes: mixed }: Any) => {
    const byRight = ({ permissions, ...counts }: Any) => ({
      ...counts,
      permissions: Object.fromEntries(
        permissions.map(({ permission, namespaceId, ...count }: Any) => [`${permission}@${namespaceId ?? ''}`, count]),
      ),
    });
    const byText = Object.fromEntries(mixed.map(({ text, permissions: _both, ...count }: Any) => [text, count]));
    return { gains: byRight(gains), loses: byRight(loses), namespaces, mixes: byText };
  };

  return { spaces, people, groupIds, owners, someone, grants, model, change, build, state, changed, brute, asBrute };
}
